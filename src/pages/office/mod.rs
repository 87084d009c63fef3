//! The zone office: the counter, the register, a token, the slips.

pub mod advice;
pub mod alone;
pub mod counter;
pub mod day_list;
pub mod enquiry;
pub mod late;
pub mod mend;
pub mod messages;
pub mod register;
pub mod slip;
pub mod token;
pub mod turned_back;
pub mod typed;
pub mod waiting;
