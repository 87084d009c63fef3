//! Who is called next, and how long the others will wait.
//!
//! Everybody has a moment that counts: when they entered, moved a little for who they are. So whoever is moved back or let
//! ahead is passed only by those who come within a bounded time after them, and nobody waits for ever.

use super::care::{Need, Needs};
use super::moment::Moment;
use super::number::{CallNumber, TokenNumber};
use crate::words::words;

/// By how much those who should not stand are let ahead, in seconds.
pub const HEAD_START: i64 = 20 * 60;

/// From which age on.
const HEAD_START_AGE: i64 = 80;

/// How far back the pace is measured, in seconds.
pub const PACE_WINDOW: i64 = 30 * 60;

/// How many people a vaccinator is taken to serve in an hour until there is a pace to measure: the ministry's planning figure
/// of 2021 was 13 to 14.
const USUAL_AN_HOUR: i64 = 13;

/// From how many calls and seconds on there is a pace to measure.
const ENOUGH_CALLS: i64 = 3;
const ENOUGH_SECONDS: i64 = 5 * 60;

/// Who should not have to wait for long, whatever their age: the disabled and the pregnant.
const AHEAD: [Need; 5] = [Need::Wheelchair, Need::Bed, Need::Sight, Need::Hearing, Need::Pregnant];

/// Whether somebody should not have to wait for long.
pub fn goes_ahead(age: i64, needs: &Needs) -> bool {
    age >= HEAD_START_AGE || AHEAD.iter().any(|need| needs.has(need))
}

words! {
    /// Where people are called to.
    Stage {
        /// Papers are looked at.
        Check = "check",
        /// The jab is given.
        Dose = "dose",
    }
}

words! {
    /// What became of a call.
    TurnState {
        /// The number is on the display.
        Called = "called",
        /// Nobody came; it can be called again at any time.
        Missed = "missed",
        /// Done at this stage.
        Passed = "passed",
    }
}

/// Somebody inside a centre who waits to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Their token.
    pub number: TokenNumber,
    /// What is called.
    pub call: CallNumber,
    /// When they entered.
    pub entered: Moment,
    /// They are old, or cannot stand for long.
    pub ahead: bool,
    /// They entered after the end of their slot, which was so many seconds long: they go behind the slot that was on.
    pub late: Option<i64>,
}

impl Waiting {
    /// The moment that counts.
    pub fn counts_from(&self) -> Moment {
        let ahead = if self.ahead { HEAD_START } else { 0 };
        self.entered + self.late.unwrap_or(0) + -ahead
    }
}

/// Puts people in the order in which they will be called.
pub fn in_order(waiting: &mut [Waiting]) {
    waiting.sort_by_key(|person| (person.counts_from(), person.entered, person.number));
}

/// What the pace of a hall is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// Calls to the dose within the last [`PACE_WINDOW`].
    pub calls: i64,
    /// Seconds from the first of them until now.
    pub seconds: i64,
    /// Counters that made them.
    pub counters: i64,
}

impl Pace {
    /// In how many minutes somebody with so many people before them will be called: the next multiple of five.
    pub fn minutes(self, before: i64) -> i64 {
        let (people, seconds) = if self.calls >= ENOUGH_CALLS && self.seconds >= ENOUGH_SECONDS {
            (self.calls, self.seconds)
        } else {
            (USUAL_AN_HOUR * self.counters.max(1), 3600)
        };
        let wait = (before + 1) * seconds / people;
        (wait / 300 + 1) * 5
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn person(entered: i64, ahead: bool, late: bool) -> Waiting {
        let number = TokenNumber::from_nine(entered % 1_000_000_000).unwrap();
        Waiting { number, call: CallNumber { slot: 1, serial: 1 }, entered: Moment(entered), ahead, late: late.then_some(3600) }
    }

    #[test]
    fn the_old_go_ahead_and_the_late_behind() {
        let mut hall = [person(1000, false, false), person(1900, true, false), person(900, false, true), person(2300, true, false)];
        in_order(&mut hall);
        assert_eq!(hall.map(|person| person.entered.0), [1900, 1000, 2300, 900]);
    }

    #[test]
    fn the_old_the_disabled_and_the_pregnant_need_not_wait_long() {
        let goes = |age, needs: &str| goes_ahead(age, &needs.parse().unwrap());
        assert!(goes(80, "") && ["wheelchair", "bed", "sight", "hearing", "pregnant"].iter().all(|need| goes(30, need)));
        assert!(!goes(79, "") && !goes(79, "companion"));
    }

    #[test]
    fn a_wait_follows_the_pace_of_the_hall() {
        // Two counters, nothing measured yet: 26 an hour.
        assert_eq!(Pace { calls: 0, seconds: 0, counters: 2 }.minutes(24), 60);
        // A few quick calls are no pace yet.
        assert_eq!(Pace { calls: 4, seconds: 9, counters: 2 }.minutes(24), 60);
        // Ten in ten minutes.
        assert_eq!(Pace { calls: 10, seconds: 600, counters: 2 }.minutes(8), 10);
        assert_eq!(Pace { calls: 10, seconds: 600, counters: 2 }.minutes(0), 5);
    }

    proptest! {
        /// Nobody is passed by somebody who came more than a head start and a slot later.
        #[test]
        fn nobody_waits_for_ever(people in prop::collection::vec((0i64..100_000, any::<bool>(), any::<bool>()), 1..60)) {
            let mut hall: Vec<_> = people.into_iter().map(|(entered, ahead, late)| person(entered, ahead, late)).collect();
            in_order(&mut hall);
            for (at, first) in hall.iter().enumerate() {
                for later in &hall[at + 1..] {
                    prop_assert!(first.entered - later.entered <= HEAD_START + 3600);
                }
            }
        }
    }
}
