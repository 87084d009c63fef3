//! The dose: whether it may be recorded as it is said, who sits how long afterwards, how urgent its upload is.

use super::booking::{PastDose, Refusal};
use super::campaign::{Campaign, Vaccine};
use super::closing::Ending;
use super::moment::{Day, Moment};
use super::person::{Gender, Mobile, Name};
use crate::ids::BeneficiaryId;
use crate::words::words;

/// How long somebody stays in view after the jab, in seconds.
pub const OBSERVATION: i64 = 30 * 60;

/// How long the case form of a severe or serious event may take, in seconds.
pub const CASE_FORM: i64 = 24 * 3600;

/// By how many years a birth year may differ between two records of one person under one mobile number.
const YEARS_APART: i64 = 2;

words! {
    /// Why a dose is recorded without the person's secret code.
    NoCode {
        /// The slip is lost, or at home.
        NoSlip = "no_slip",
        /// The phone with the message is not here.
        NoPhone = "no_phone",
        /// It cannot be read any more.
        Unreadable = "unreadable",
        /// It was typed wrongly too often, and the card was compared.
        Locked = "locked",
        /// The dose was given without a token, and so without a code.
        NoToken = "no_token",
    }
}

words! {
    /// Why somebody who came got no dose today.
    NoDose {
        /// Has a fever.
        Fever = "fever",
        /// Is ill, or has just been.
        Illness = "illness",
        /// Is or may be pregnant, or has just given birth.
        Pregnancy = "pregnancy",
        /// Had an allergic reaction before.
        Allergy = "allergy",
        /// A doctor is to be asked first.
        Doctor = "doctor",
        /// Does not want it.
        Refused = "refused",
        /// Went away before the turn came.
        LeftWithout = "left_without",
    }
}

impl NoDose {
    /// How this ends the visit.
    pub fn ending(self) -> Ending {
        match self {
            Self::Fever | Self::Illness | Self::Pregnancy | Self::Allergy | Self::Doctor => Ending::Deferred,
            Self::Refused => Ending::Refused,
            Self::LeftWithout => Ending::Left,
        }
    }

    /// Whether somebody comes again, on another day. Others begin anew at the counter, should they come.
    pub fn comes_again(self) -> bool {
        self.ending() == Ending::Deferred
    }
}

words! {
    /// How bad an adverse event is.
    Severity {
        /// Pain, swelling, fever: passes by itself.
        Minor = "minor",
        /// Cannot be ignored, without danger to life.
        Severe = "severe",
        /// Hospital, lasting harm, or danger to life.
        Serious = "serious",
    }
}

impl Severity {
    /// By when the case form must be sent, if one is needed.
    pub fn due(self, noted_at: Moment) -> Option<Moment> {
        (self != Self::Minor).then(|| noted_at + CASE_FORM)
    }
}

words! {
    /// Why somebody leaves before the time is over.
    LeftEarly {
        /// Went without a word.
        Unseen = "unseen",
        /// Did not want to wait.
        Unwilling = "unwilling",
        /// Was brought to a doctor.
        Doctor = "doctor",
    }
}

/// A dose as somebody says it was given.
#[derive(Debug, Clone, Copy)]
pub struct Jab {
    /// 1, 2…
    pub number: i64,
    /// Which vaccine.
    pub vaccine: Vaccine,
    /// When.
    pub given_on: Day,
    /// The day whose rule for the interval counts: when the place was booked, else when it was given.
    pub booked_on: Day,
}

impl Jab {
    /// Whether this goes with the doses that the person has had.
    pub fn check(&self, campaign: &Campaign, doses: &[PastDose]) -> Result<(), Refusal> {
        if self.number < 1 || self.number > campaign.last_dose {
            return Err(Refusal::CourseComplete);
        }
        if let Some(same) = doses.iter().find(|dose| dose.number == self.number) {
            return Err(Refusal::DoseRecorded { dose: same.number, given_on: same.given_on });
        }
        if let Some(other) = doses.iter().find(|dose| dose.vaccine != self.vaccine) {
            return Err(Refusal::OtherVaccine { vaccine: other.vaccine });
        }
        if self.number == 1 {
            return Ok(());
        }
        let Some(before) = doses.iter().find(|dose| dose.number == self.number - 1) else {
            return Err(Refusal::DoseMissing { dose: self.number - 1 });
        };
        let earliest = campaign.interval(before.vaccine, self.booked_on).map(|interval| before.given_on.plus(interval.min_days));
        match earliest {
            Some(earliest) if self.given_on < earliest => Err(Refusal::TooSoon { earliest }),
            _ => Ok(()),
        }
    }
}

impl Refusal {
    /// Whether a dose may be recorded despite this, because it has been given: a fact is not undone by a rule.
    pub fn yields_to_fact(&self) -> bool {
        matches!(self, Self::OtherVaccine { .. } | Self::TooSoon { .. } | Self::DoseMissing { .. } | Self::TokenCancelled)
    }
}

/// Somebody on record who may be the person at the desk: another ID or mobile number is how dose 2 becomes dose 1.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Lookalike {
    /// Who.
    pub person: BeneficiaryId,
    /// The name on record.
    pub name: String,
    /// Birth year.
    pub birth_year: i64,
    /// The end of the mobile number on record.
    pub mobile_end: Option<String>,
    /// The last dose on record.
    pub dose: i64,
    /// Which vaccine it was.
    pub vaccine: Vaccine,
    /// And when.
    pub given_on: Day,
}

/// What two records of one person have in common.
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    /// The name as written.
    pub name: &'a Name,
    /// Birth year.
    pub birth_year: i64,
    /// Gender.
    pub gender: Gender,
    /// Mobile number.
    pub mobile: Option<&'a Mobile>,
}

impl Trace<'_> {
    /// Whether both may be the same person: gender and age fit, and the mobile number is the same or, where that is enough, the name.
    pub fn looks_like(&self, other: &Self, by_name: bool) -> bool {
        let apart = (self.birth_year - other.birth_year).abs();
        let same_mobile = self.mobile.is_some() && self.mobile == other.mobile;
        let same_name = by_name && apart <= 1 && self.name.key() == other.name.key();
        self.gender == other.gender && (same_mobile && apart <= YEARS_APART || same_name)
    }
}

words! {
    /// How near a record's deadline is.
    Age {
        /// Past.
        Overdue = "overdue",
        /// Less than six hours left.
        UnderSix = "under_6",
        /// Less than a day left.
        UnderDay = "under_24",
        /// A day or more.
        Later = "later",
    }
}

impl Age {
    /// Of a deadline, now.
    pub fn of(due_at: Moment, now: Moment) -> Self {
        match due_at - now {
            ..0 => Self::Overdue,
            0..21_600 => Self::UnderSix,
            21_600..86_400 => Self::UnderDay,
            _ => Self::Later,
        }
    }

    /// The deadlines of this age: from the first until before the second.
    pub fn bounds(self, now: Moment) -> (Moment, Moment) {
        let (from, until) = match self {
            Self::Overdue => (i64::MIN, 0),
            Self::UnderSix => (0, 21_600),
            Self::UnderDay => (21_600, 86_400),
            Self::Later => (86_400, i64::MAX),
        };
        (Moment(now.0.saturating_add(from)), Moment(now.0.saturating_add(until)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn first(vaccine: Vaccine, given_on: &str) -> PastDose {
        PastDose { number: 1, vaccine, given_on: day(given_on) }
    }

    #[test]
    fn the_interval_is_that_of_the_day_of_booking() {
        let campaign = Campaign::built_in();
        let doses = [first(Vaccine::Covishield, "2021-04-10")];
        let jab = |booked_on: &str, given_on: &str| {
            let jab = Jab { number: 2, vaccine: Vaccine::Covishield, given_on: day(given_on), booked_on: day(booked_on) };
            jab.check(&campaign, &doses)
        };
        assert_eq!(jab("2021-05-12", "2021-05-22"), Ok(()));
        assert_eq!(jab("2021-05-12", "2021-05-21"), Err(Refusal::TooSoon { earliest: day("2021-05-22") }));
        assert_eq!(jab("2021-05-13", "2021-05-22"), Err(Refusal::TooSoon { earliest: day("2021-07-03") }));
    }

    #[test]
    fn a_dose_goes_with_those_before_it() {
        let campaign = Campaign::built_in();
        let jab = |number, vaccine| Jab { number, vaccine, given_on: day("2021-06-16"), booked_on: day("2021-06-16") };
        let doses = [first(Vaccine::Covaxin, "2021-05-01")];
        let again = Refusal::DoseRecorded { dose: 1, given_on: day("2021-05-01") };
        assert_eq!(jab(1, Vaccine::Covaxin).check(&campaign, &doses), Err(again));
        assert_eq!(jab(2, Vaccine::Covaxin).check(&campaign, &doses), Ok(()));
        assert_eq!(jab(2, Vaccine::Covishield).check(&campaign, &doses), Err(Refusal::OtherVaccine { vaccine: Vaccine::Covaxin }));
        assert_eq!(jab(2, Vaccine::Covaxin).check(&campaign, &[]), Err(Refusal::DoseMissing { dose: 1 }));
        assert_eq!(jab(3, Vaccine::Covaxin).check(&campaign, &doses), Err(Refusal::CourseComplete));
    }

    proptest! {
        #[test]
        fn every_deadline_has_exactly_one_age(due in -1_000_000_i64..1_000_000) {
            let (due, now) = (Moment(due), Moment(0));
            let holds = |age: &&Age| { let (from, until) = age.bounds(now); from <= due && due < until };
            prop_assert_eq!(Age::ALL.iter().copied().filter(|age| holds(&age)).collect::<Vec<_>>(), vec![Age::of(due, now)]);
        }
    }
}
