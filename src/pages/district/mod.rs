//! The district office: the day, files of the field, phones at the gates.

pub mod alarms;
pub mod camp;
pub mod closings;
pub mod conflicts;
pub mod day;
pub mod days;
pub mod desks;
pub mod differences;
pub mod doses;
pub mod field;
pub mod gates;
pub mod history;
pub mod import;
pub mod journal;
pub mod language;
pub mod links;
pub mod messages;
pub mod month;
pub mod moves;
pub mod objections;
pub mod planning;
pub mod portal;
pub mod scans;
pub mod sessions;
pub mod stop;
pub mod users;
