//! Pages for everybody. They work without log-in and without JavaScript.

pub mod dose;
pub mod offices;
pub mod places;
pub mod tls;
pub mod token;
