//! A centre's day, accounted for: everybody who entered has one ending, every vial went somewhere, every form is keyed in. What does not
//! add up has a name.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::campaign::Vaccine;
use super::moment::{Day, Moment};
use crate::words::words;

words! {
    /// How somebody's visit ended.
    Ending {
        /// Got the dose.
        Vaccinated = "vaccinated",
        /// Not today: ill, or a doctor is to be asked.
        Deferred = "deferred",
        /// Does not want it.
        Refused = "refused",
        /// Went away before the turn came.
        Left = "left",
        /// Nobody has said yet.
        Inside = "inside",
    }
}

words! {
    /// What became of a vial.
    Column {
        /// Came in for the day.
        Received = "received",
        /// Doses were drawn from it, and it is empty or thrown away.
        Used = "used",
        /// Is open now.
        Open = "open",
        /// Thrown away or broken without a dose drawn from it.
        Wasted = "wasted",
        /// Went back unopened.
        Returned = "returned",
    }
}

/// Days in a row, the last one counted too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: Day,
    /// The last.
    pub until: Day,
}

impl Span {
    /// One day.
    pub fn day(day: Day) -> Self {
        Self { from: day, until: day }
    }

    /// The month that a day lies in.
    pub fn month(day: Day) -> Self {
        use chrono::Datelike;
        let first = day.plus(1 - i64::from(day.0.day()));
        let into_next = first.plus(31);
        Self { from: first, until: into_next.plus(-i64::from(into_next.0.day())) }
    }

    /// When the first day begins.
    pub fn begins(self) -> Moment {
        self.from.start()
    }

    /// When the day after the last one begins.
    pub fn ends(self) -> Moment {
        self.until.plus(1).start()
    }
}

/// How many people's visits ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the endings say what they are")]
pub struct People {
    pub vaccinated: i64,
    pub deferred: i64,
    pub refused: i64,
    pub left: i64,
    pub inside: i64,
}

impl People {
    /// Everybody who entered.
    pub fn admitted(&self) -> i64 {
        Ending::ALL.iter().map(|ending| self.of(*ending)).sum()
    }

    /// How many ended so.
    pub fn of(&self, ending: Ending) -> i64 {
        let mut own = *self;
        *own.at(ending)
    }

    /// The same, to be counted up.
    pub fn at(&mut self, ending: Ending) -> &mut i64 {
        match ending {
            Ending::Vaccinated => &mut self.vaccinated,
            Ending::Deferred => &mut self.deferred,
            Ending::Refused => &mut self.refused,
            Ending::Left => &mut self.left,
            Ending::Inside => &mut self.inside,
        }
    }
}

impl AddAssign for People {
    fn add_assign(&mut self, more: Self) {
        for ending in Ending::ALL {
            *self.at(*ending) += more.of(*ending);
        }
    }
}

/// What became of vials, and of the doses in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Vials {
    pub received: i64,
    pub used: i64,
    pub open: i64,
    pub wasted: i64,
    pub returned: i64,
    /// Doses recorded.
    pub doses: i64,
    /// Doses that were in used and wasted vials, and nobody got.
    pub lost: i64,
}

impl Vials {
    /// How many became what.
    pub fn of(&self, column: Column) -> i64 {
        match column {
            Column::Received => self.received,
            Column::Used => self.used,
            Column::Open => self.open,
            Column::Wasted => self.wasted,
            Column::Returned => self.returned,
        }
    }

    /// Vials that are missing; below nothing when there are too many.
    pub fn difference(&self) -> i64 {
        self.received - self.used - self.open - self.wasted - self.returned
    }

    /// Of a hundred doses that left the fridge, so many were lost.
    pub fn lost_percent(&self) -> i64 {
        if self.lost == 0 { 0 } else { self.lost * 100 / (self.lost + self.doses) }
    }
}

impl AddAssign for Vials {
    fn add_assign(&mut self, more: Self) {
        self.received += more.received;
        self.used += more.used;
        self.open += more.open;
        self.wasted += more.wasted;
        self.returned += more.returned;
        self.doses += more.doses;
        self.lost += more.lost;
    }
}

/// A vial that was opened on the day, and not put back.
#[derive(Debug, Clone, Copy)]
pub struct Opened {
    /// How many doses it holds when full.
    pub holds: i64,
    /// How many were drawn.
    pub drawn: i64,
    /// Nobody has thrown it away.
    pub open: bool,
}

/// What somebody counted of a batch.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Said {
    pub received: Option<i64>,
    pub returned: Option<i64>,
    /// Lost before they were opened.
    pub broken: Option<i64>,
}

/// What became of a batch's vials. Doses whose vial nobody opened here were drawn from vials all the same: as few as can hold them.
pub fn vials(holds: i64, opened: &[Opened], doses: i64, said: Said) -> Vials {
    let holds = holds.max(1);
    let is_open = |vial: &&Opened| vial.open && vial.drawn < vial.holds;
    let open = opened.iter().filter(is_open).count() as i64;
    let drawn_from_open: i64 = opened.iter().filter(is_open).map(|vial| vial.drawn).sum();
    let emptied: Vec<_> = opened.iter().filter(|vial| !is_open(vial) && vial.drawn > 0).collect();
    let thrown = opened.iter().filter(|vial| !is_open(vial) && vial.drawn == 0).count() as i64;
    let from_used = (doses - drawn_from_open).max(0);
    // Doses of no vial fill up those that are known to be empty. A vial may have given one more than it holds.
    let loose = (doses - opened.iter().map(|vial| vial.drawn).sum::<i64>()).max(0);
    let room: i64 = emptied.iter().map(|vial| (vial.holds - vial.drawn).max(0)).sum();
    let used = emptied.len() as i64 + ((loose - room).max(0) + holds - 1) / holds;
    let wasted = thrown + said.broken.unwrap_or(0);
    let lost = ((used + wasted) * holds - from_used).max(0);
    Vials { received: said.received.unwrap_or(0), used, open, wasted, returned: said.returned.unwrap_or(0), doses, lost }
}

/// A batch of a vaccine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Batch {
    pub vaccine: Vaccine,
    pub batch: String,
}

/// The account of a day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    /// Everybody who entered.
    pub people: People,
    /// People who are still watched.
    pub observed: i64,
    /// Paper forms that nobody has counted or keyed in.
    pub forms: i64,
    /// Vials by batch.
    pub vials: Vec<(Batch, Vials)>,
}

impl Account {
    /// All batches together.
    pub fn all_vials(&self) -> Vials {
        let mut all = Vials::default();
        for (_, vials) in &self.vials {
            all += *vials;
        }
        all
    }

    /// Vials that are missing or too many, whatever the batch.
    pub fn vials_off(&self) -> i64 {
        self.vials.iter().map(|(_, vials)| vials.difference().abs()).sum()
    }

    /// Whether everything adds up.
    pub fn is_balanced(&self) -> bool {
        self.people.inside == 0 && self.observed == 0 && self.forms == 0 && self.vials_off() == 0 && self.all_vials().open == 0
    }

    /// What is another number than it was: the number then, and now.
    pub fn changes_since(&self, before: &Self) -> Vec<(Line, i64, i64)> {
        let mut lines: Vec<_> =
            Ending::ALL.iter().map(|ending| (Line::People(*ending), before.people.of(*ending), self.people.of(*ending))).collect();
        lines.extend([(Line::Observed, before.observed, self.observed), (Line::Forms, before.forms, self.forms)]);
        let mut batches: Vec<&Batch> = before.vials.iter().chain(&self.vials).map(|(batch, _)| batch).collect();
        batches.sort();
        batches.dedup();
        for batch in batches {
            let of = |account: &Self| account.vials.iter().find(|(own, _)| own == batch).map(|(_, vials)| *vials).unwrap_or_default();
            let (then, now) = (of(before), of(self));
            lines.extend(Column::ALL.iter().map(|column| (Line::Vials(batch.clone(), *column), then.of(*column), now.of(*column))));
        }
        lines.retain(|(_, then, now)| then != now);
        lines
    }
}

/// A number of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// People.
    People(Ending),
    /// People who are still watched.
    Observed,
    /// Forms to be keyed in.
    Forms,
    /// Vials of a batch.
    Vials(Batch, Column),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account(vaccinated: i64, inside: i64, vials: Vials) -> Account {
        let batch = Batch { vaccine: Vaccine::Covishield, batch: "4120Z001".into() };
        Account { people: People { vaccinated, inside, ..People::default() }, vials: vec![(batch, vials)], ..Account::default() }
    }

    #[test]
    fn vials_go_somewhere() {
        let of = |drawn: i64, open: bool| Opened { holds: 10, drawn, open };
        let said = Said { received: Some(6), returned: Some(1), broken: Some(1) };
        // Emptied without a touch, thrown away with four left, open, thrown away undrawn.
        let found = vials(10, &[of(10, true), of(6, false), of(3, true), of(0, false)], 19, said);
        assert_eq!((found.used, found.open, found.wasted, found.returned, found.lost), (2, 1, 2, 1, 24));
        assert_eq!(found.difference(), 0);
        // An eleventh dose out of a vial of ten is one vial all the same.
        let found = vials(10, &[of(11, true)], 11, Said { received: Some(1), ..Said::default() });
        assert_eq!((found.used, found.difference(), found.lost), (1, 0, 0));
        // Nobody opened a vial here: eleven doses take two.
        let found = vials(10, &[], 11, Said { received: Some(1), ..Said::default() });
        assert_eq!((found.used, found.difference(), found.lost, found.lost_percent()), (2, -1, 9, 45));
    }

    #[test]
    fn a_closing_says_what_has_changed_since() {
        let whole = Vials { received: 1, used: 1, doses: 9, lost: 1, ..Vials::default() };
        let then = account(9, 0, whole);
        assert!(then.is_balanced() && !account(9, 1, whole).is_balanced());
        assert!(!account(9, 0, Vials { received: 2, ..whole }).is_balanced());
        assert_eq!(then.changes_since(&then), []);
        let now = account(10, 0, Vials { received: 2, ..whole });
        let batch = then.vials[0].0.clone();
        assert_eq!(now.changes_since(&then), [(Line::People(Ending::Vaccinated), 9, 10), (Line::Vials(batch, Column::Received), 1, 2)]);
    }

    #[test]
    fn a_month_has_its_days() {
        let month = |day: &str| {
            let span = Span::month(day.parse().unwrap());
            format!("{} {}", span.from, span.until)
        };
        assert_eq!(month("2021-03-30"), "2021-03-01 2021-03-31");
        assert_eq!(month("2021-02-01"), "2021-02-01 2021-02-28");
        assert_eq!(month("2020-02-29"), "2020-02-01 2020-02-29");
        assert_eq!(month("2021-12-31"), "2021-12-01 2021-12-31");
    }

    proptest! {
        #[test]
        fn every_dose_came_out_of_a_vial(
            opened in prop::collection::vec((0_i64..=11, any::<bool>()), 0..8),
            loose in 0_i64..40,
        ) {
            let opened: Vec<_> = opened.into_iter().map(|(drawn, open)| Opened { holds: 10, drawn, open }).collect();
            let doses = opened.iter().map(|vial| vial.drawn).sum::<i64>() + loose;
            let found = vials(10, &opened, doses, Said::default());
            let beyond: i64 = opened.iter().map(|vial| (vial.drawn - vial.holds).max(0)).sum();
            prop_assert!((found.used + found.open) * 10 + beyond >= doses);
            prop_assert!(found.used + found.open + found.wasted >= opened.len() as i64);
            prop_assert!(found.lost >= 0);
        }
    }
}
