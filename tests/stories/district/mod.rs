//! The district office sees its day, and acts on it.

mod day;
mod doses;
mod fewer;
mod large;
mod links;
mod owners;
mod stop;
