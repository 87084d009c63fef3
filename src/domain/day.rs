//! The figures of a part of the field on a day, which add up from slots to the state.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::admission::Verdict;
use crate::words::words;

words! {
    /// Why people did not get in.
    TurnedBack {
        /// Came without a token.
        NoToken = "no_token",
        /// The card did not match the slip.
        WrongPerson = "wrong_person",
        /// A code that is no token.
        NotOurs = "not_ours",
        /// The signature does not match.
        NotGenuine = "not_genuine",
        /// The phone could not check it.
        CannotCheck = "cannot_check",
        /// A cancelled token.
        Cancelled = "cancelled",
        /// Another centre's token.
        WrongCentre = "wrong_centre",
        /// Used before.
        AlreadyAdmitted = "already_admitted",
        /// Another date.
        WrongDay = "wrong_day",
        /// The session was stopped.
        SessionStopped = "session_stopped",
        /// Moved to another time.
        Rescheduled = "rescheduled",
        /// Too early.
        TooEarly = "too_early",
        /// Too late.
        TooLate = "too_late",
    }
}

impl TurnedBack {
    /// What a verdict at the gate counts as. Another gate's lane is a direction, not a refusal.
    pub fn of(verdict: Verdict) -> Option<Self> {
        Some(match verdict {
            Verdict::NotOurs => Self::NotOurs,
            Verdict::NotGenuine => Self::NotGenuine,
            Verdict::CannotCheck => Self::CannotCheck,
            Verdict::Cancelled => Self::Cancelled,
            Verdict::WrongCentre => Self::WrongCentre,
            Verdict::AlreadyAdmitted => Self::AlreadyAdmitted,
            Verdict::WrongDay => Self::WrongDay,
            Verdict::SessionStopped => Self::SessionStopped,
            Verdict::Rescheduled => Self::Rescheduled,
            Verdict::TooEarly => Self::TooEarly,
            Verdict::TooLate => Self::TooLate,
            Verdict::OtherGate | Verdict::Admitted => return None,
        })
    }
}

/// How far people have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Steps {
    /// Hold a token.
    pub issued: i64,
    /// Entered.
    pub arrived: i64,
    /// Got the dose.
    pub vaccinated: i64,
}

impl AddAssign for Steps {
    fn add_assign(&mut self, more: Self) {
        self.issued += more.issued;
        self.arrived += more.arrived;
        self.vaccinated += more.vaccinated;
    }
}

/// What has not reached the portal, by how soon it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// The deadline is over.
    pub overdue: i64,
    /// Within six hours.
    pub within_six: i64,
    /// Within a day.
    pub within_day: i64,
    /// Later.
    pub later: i64,
    /// Refused, until somebody mends it.
    pub refused: i64,
}

impl Backlog {
    /// All of it.
    pub fn all(&self) -> i64 {
        self.overdue + self.within_six + self.within_day + self.later + self.refused
    }
}

impl AddAssign for Backlog {
    fn add_assign(&mut self, more: Self) {
        self.overdue += more.overdue;
        self.within_six += more.within_six;
        self.within_day += more.within_day;
        self.later += more.later;
        self.refused += more.refused;
    }
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Places.
    pub capacity: i64,
    /// Everybody.
    pub steps: Steps,
    /// Those of 60 and over.
    pub sixty: Steps,
    /// Those of 45 to 59.
    pub forty_five: Steps,
    /// Inside, waiting for the dose.
    pub waiting: i64,
    /// Left after the observation.
    pub gone: i64,
    /// Did not come, though their session is over.
    pub no_show: i64,
    /// Turned back, by reason.
    pub turned_back: BTreeMap<TurnedBack, i64>,
    /// Not yet on the portal.
    pub backlog: Backlog,
}

impl Figures {
    /// Turned back, for whatever reason.
    pub fn all_turned_back(&self) -> i64 {
        self.turned_back.values().sum()
    }
}

impl AddAssign<&Self> for Figures {
    fn add_assign(&mut self, more: &Self) {
        self.capacity += more.capacity;
        self.steps += more.steps;
        self.sixty += more.sixty;
        self.forty_five += more.forty_five;
        self.waiting += more.waiting;
        self.gone += more.gone;
        self.no_show += more.no_show;
        for (reason, count) in &more.turned_back {
            *self.turned_back.entry(*reason).or_default() += count;
        }
        self.backlog += more.backlog;
    }
}
