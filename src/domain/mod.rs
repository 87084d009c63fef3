//! The pure core: no async, no SQL, no HTTP, no clock. Values and `now` go in, decisions come out.

pub mod admission;
pub mod booking;
pub mod campaign;
pub mod care;
pub mod day;
pub mod dose;
pub mod enquiry;
pub mod link;
pub mod message;
pub mod moment;
pub mod moving;
pub mod name_key;
pub mod number;
pub mod person;
pub mod place;
pub mod plan;
pub mod planning;
pub mod portal;
pub mod queue;
pub mod reconcile;
pub mod record;
pub mod round;
pub mod search;
pub mod signed_file;
pub mod token;
pub mod trouble;
