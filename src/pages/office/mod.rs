//! The zone office: the counter, the register, a token, the slips.

pub mod counter;
pub mod late;
pub mod register;
pub mod slip;
pub mod token;
