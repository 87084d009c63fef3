//! One page of help for each role: the day's steps in order, the keys, what to do when something fails. As a good trainer
//! would say it, and no longer than one side of A4.

mod citizen;
mod clerk;
mod gatekeeper;
mod officer;
mod operator;

use super::Lang;
use crate::words::words;

words! {
    /// Whom a page of help is for.
    Reader {
        /// The zone office's clerk.
        Clerk = "clerk",
        /// Whoever holds the phone at the door.
        Gatekeeper = "gatekeeper",
        /// Inside the centre.
        Operator = "operator",
        /// District and state officers.
        Officer = "officer",
        /// Everybody else.
        Citizen = "citizen",
    }
}

/// A text in both languages.
#[derive(Debug, Clone, Copy)]
pub struct Both {
    en: &'static str,
    hi: &'static str,
}

const fn both(en: &'static str, hi: &'static str) -> Both {
    Both { en, hi }
}

impl Both {
    /// In one language.
    pub fn of(&self, lang: Lang) -> &'static str {
        lang.pick(self.en, self.hi)
    }
}

/// A page of help.
#[derive(Debug)]
pub struct Sheet {
    /// Its heading.
    pub title: Both,
    /// What to do, in the order of the day.
    pub steps: &'static [Both],
    /// Keys, and what they do.
    pub keys: &'static [(&'static str, Both)],
    /// When something is not as it should be, and what to do then.
    pub troubles: &'static [(Both, Both)],
}

/// The page for a reader.
pub fn sheet(reader: Reader) -> &'static Sheet {
    match reader {
        Reader::Clerk => &clerk::SHEET,
        Reader::Gatekeeper => &gatekeeper::SHEET,
        Reader::Operator => &operator::SHEET,
        Reader::Officer => &officer::SHEET,
        Reader::Citizen => &citizen::SHEET,
    }
}
