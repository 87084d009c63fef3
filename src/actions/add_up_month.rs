//! A month's figures, added up from its days: by zone, centre, day, vaccinator or operator.

use std::collections::{BTreeMap, BTreeSet};

use super::Actor;
use super::account_for_days::{DayAccount, look_at_accounts};
use crate::core::Core;
use crate::domain::closing::{Ending, People, Span, Vials};
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::error::Result;
use crate::ids::{CentreId, ZoneId};
use crate::words::words;

words! {
    /// What a month is divided by.
    By {
        /// Zone offices and blocks.
        Zone = "zone",
        /// Centres.
        Centre = "centre",
        /// Days.
        Day = "day",
        /// Who gave the doses.
        Vaccinator = "vaccinator",
        /// Who recorded them.
        Operator = "operator",
    }
}

impl By {
    /// Whether it divides people's work: that has neither vials nor closings of its own.
    pub fn is_work(self) -> bool {
        matches!(self, Self::Vaccinator | Self::Operator)
    }
}

/// One part of a month.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A zone.
    Zone(ZoneId),
    /// A centre.
    Centre(CentreId),
    /// A day.
    Day(Day),
    /// Somebody at a centre: a vaccinator's name, or an operator as the journal names them.
    Person(CentreId, String),
}

/// What was added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Days of centres on which there was a session, or anything happened.
    pub days: i64,
    /// How many of them are closed.
    pub closed: i64,
    /// How many of these have changed since.
    pub changed: i64,
    /// People.
    pub people: People,
    /// Vials.
    pub vials: Vials,
    /// Vials that are missing or too many, by batch and day.
    pub off: i64,
}

impl Sums {
    fn add(&mut self, day: &DayAccount) {
        self.days += 1;
        self.closed += i64::from(day.closed().is_some());
        self.changed += i64::from(!day.changes().is_empty());
        self.people += day.account.people;
        self.vials += day.account.all_vials();
        self.off += day.account.vials_off();
    }
}

/// A month's table.
#[derive(Debug)]
pub struct Month {
    /// Each part, in order.
    pub rows: Vec<(Part, Sums)>,
    /// All days.
    pub total: Sums,
}

/// Adds a month up as far as it has gone, of a part of the field within the actor's scope.
pub async fn add_up_month(core: &Core, actor: &Actor, place: Scope, month: Span, by: By) -> Result<Month> {
    let gone = Span { until: month.until.min(core.clock.now().day()), ..month };
    let days = look_at_accounts(core, actor, place, gone).await?;
    let board = core.board();
    let (mut rows, mut total) = (BTreeMap::<Part, Sums>::new(), Sums::default());
    // Whoever works on a day counts it once.
    let mut worked = BTreeSet::new();
    for ((centre, day), account) in &days {
        total.add(account);
        let mut work = |who: &String, ending: Ending, people: i64| {
            let part = Part::Person(*centre, who.clone());
            let sums = rows.entry(part.clone()).or_default();
            sums.days += i64::from(worked.insert((part, *day)));
            *sums.people.at(ending) += people;
        };
        match by {
            By::Zone => {
                if let Some(own) = board.centre(*centre) {
                    rows.entry(Part::Zone(own.zone_id)).or_default().add(account);
                }
            }
            By::Centre => rows.entry(Part::Centre(*centre)).or_default().add(account),
            By::Day => rows.entry(Part::Day(*day)).or_default().add(account),
            By::Vaccinator => {
                for given in &account.given {
                    work(&given.vaccinator, Ending::Vaccinated, given.doses);
                }
            }
            By::Operator => {
                for given in &account.given {
                    work(&given.entered_by, Ending::Vaccinated, given.doses);
                }
                for home in &account.sent_home {
                    work(&home.by_whom, home.kind, 1);
                }
            }
        }
    }
    Ok(Month { rows: Vec::from_iter(rows), total })
}
