//! The district office: the day, files of the field, phones at the gates.

pub mod conflicts;
pub mod day;
pub mod gates;
pub mod import;
