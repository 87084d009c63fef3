//! Baari: time-slotted vaccination tokens that hold with and without a link.
//!
//! In reading order:

// What everything is made of.
pub mod chance;
pub mod clock;
pub mod error;
pub mod i18n;
pub mod ids;
pub mod words;

// The pure core: tokens, verdicts, eligibility. No async, no SQL, no HTTP, no clock.
pub mod domain;

// The only SQL, one text for SQLite and PostgreSQL.
pub mod storage;

// One verb, one transaction; and what all of them need.
pub mod actions;
pub mod board;
pub mod core;
pub mod hall;
pub mod keyring;
pub mod slice;
pub mod tally;

// What people and programs see.
pub mod api;
pub mod pages;

// What goes on by itself, and whom it calls.
pub mod portal;
pub mod workers;

// The running program.
pub mod app;
pub mod authority;
pub mod cli;
pub mod demo;
pub mod doctor;
pub mod practice;
pub mod routes;
pub mod tls;
