//! The campaign: who is due, when, and how long a token waits. Dated data from `campaign.json`, decided here.
//!
//! The rule that counts is the one in force on the day the token is issued, so a rule that changes later never voids it.

use std::collections::HashMap;

use super::alarm::AlarmRules;
use super::dose::NoDose;
use super::moment::{Day, Moment};
use super::person::Category;
use super::round::Round;
use crate::words::words;

/// After how many days somebody comes again for whose reason the rules say nothing.
const DAYS_LATER: i64 = 14;

words! {
    /// What is in the vial.
    Vaccine {
        /// ChAdOx1 nCoV-19, made in Pune.
        Covishield = "covishield",
        /// BBV152, made in Hyderabad.
        Covaxin = "covaxin",
    }
}

/// The set of rules. Written out, it is what a desk without a link decides by.
#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
pub struct Campaign {
    /// What people call it.
    pub name: String,
    /// How many doses complete the course.
    pub last_dose: i64,
    eligible: Vec<Eligible>,
    intervals: Vec<Interval>,
    people_per_mobile: Vec<PerMobile>,
    #[serde(skip_serializing)]
    upload_deadlines: Vec<UploadDeadline>,
    /// Who is called from when on, in order.
    #[serde(skip_serializing)]
    pub rounds: Vec<Round>,
    vials: Vec<VialRule>,
    /// After how many days somebody who went home without a dose comes again, unless a doctor says another day. The Ministry of
    /// Health advises to wait four to eight weeks after an illness.
    #[serde(default, skip_serializing)]
    come_again_days: HashMap<NoDose, i64>,
    /// From when on something in issuing is unusual.
    #[serde(default)]
    pub alarms: AlarmRules,
    /// How many minutes before the slot somebody may enter.
    pub early_minutes: i64,
    /// How many minutes after the slot's end; absent: until the session closes.
    pub late_minutes: Option<i64>,
}

#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
struct Eligible {
    from: Day,
    min_age: i64,
    /// Age is reached in this year; absent: in the year of the day asked about.
    age_in_year: Option<i64>,
    #[serde(default)]
    certificate: bool,
    category: Option<Category>,
}

/// How long after one dose the next is due.
#[derive(Debug, Clone, Copy, serde::Deserialize, serde::Serialize)]
pub struct Interval {
    from: Day,
    vaccine: Vaccine,
    /// Earliest, in days.
    pub min_days: i64,
    /// Latest as advised, in days; a later dose is still given.
    pub max_days: i64,
}

#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
struct PerMobile {
    from: Day,
    most: i64,
}

/// What a vial holds, and how long it is good once opened.
#[derive(Debug, Clone, Copy, serde::Deserialize, serde::Serialize)]
pub struct VialRule {
    vaccine: Vaccine,
    /// How many doses.
    pub doses: i64,
    /// How many hours after opening.
    pub hours: i64,
}

/// By when a dose must have reached the portal.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
struct UploadDeadline {
    from: Day,
    #[serde(flatten)]
    within: Within,
}

#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Within {
    /// So many hours after the jab.
    Hours(i64),
    /// On the next day, so many minutes after midnight.
    NextDayMinute(u32),
}

/// Whether somebody is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eligibility {
    /// Due.
    Due,
    /// Due once a doctor's certificate has been seen.
    WithCertificate,
    /// Not yet: the day from which they are, when a rule says so.
    NotYet(Option<Day>),
}

impl Campaign {
    /// The rules that come with the program.
    pub fn built_in() -> Self {
        Self::read(include_str!("campaign.json")).expect("the built-in rules are valid")
    }

    /// Reads a rules file.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Whether somebody born in that year is due on that day.
    pub fn eligibility(&self, on: Day, birth_year: i64, category: Category) -> Eligibility {
        let age = |rule: &Eligible| rule.age_in_year.unwrap_or(on.year()) - birth_year;
        let fits = |rule: &&Eligible| rule.category.is_none_or(|of| of == category) && age(rule) >= rule.min_age;
        let in_force = || self.eligible.iter().filter(|rule| rule.from <= on).filter(fits);
        if in_force().any(|rule| !rule.certificate) {
            Eligibility::Due
        } else if in_force().next().is_some() {
            Eligibility::WithCertificate
        } else {
            let later = self.eligible.iter().filter(|rule| rule.from > on && !rule.certificate).filter(fits);
            Eligibility::NotYet(later.map(|rule| rule.from).min())
        }
    }

    /// The first day on which anybody was due.
    pub fn begins(&self) -> Option<Day> {
        self.eligible.iter().map(|rule| rule.from).min()
    }

    /// The interval after a dose of that vaccine, by the rule in force on a day. Absent: the campaign does not know it.
    pub fn interval(&self, vaccine: Vaccine, on: Day) -> Option<Interval> {
        let of_vaccine = self.intervals.iter().filter(|rule| rule.vaccine == vaccine && rule.from <= on);
        of_vaccine.max_by_key(|rule| rule.from).copied()
    }

    /// How many people may hold live tokens under one mobile number.
    pub fn people_per_mobile(&self, on: Day) -> i64 {
        let in_force = self.people_per_mobile.iter().filter(|rule| rule.from <= on);
        in_force.max_by_key(|rule| rule.from).map_or(i64::MAX, |rule| rule.most)
    }

    /// The newest round that has begun on a day; else the first.
    pub fn round_on(&self, day: Day) -> Option<&Round> {
        self.rounds.iter().rfind(|round| round.from <= day).or(self.rounds.first())
    }

    /// What a vial of that vaccine holds. Absent: the campaign does not know it.
    pub fn vial(&self, vaccine: Vaccine) -> Option<VialRule> {
        self.vials.iter().find(|rule| rule.vaccine == vaccine).copied()
    }

    /// After how many days whoever went home for this reason comes again. Absent: they do not.
    pub fn comes_again_after(&self, why: NoDose) -> Option<i64> {
        why.comes_again().then(|| self.come_again_days.get(&why).copied().unwrap_or(DAYS_LATER))
    }

    /// When the portal stops taking a dose that was given then, by the rule in force on that day.
    pub fn upload_due(&self, given_at: Moment) -> Moment {
        let day = given_at.day();
        let in_force = self.upload_deadlines.iter().filter(|rule| rule.from <= day).max_by_key(|rule| rule.from);
        match in_force.map(|rule| rule.within) {
            Some(Within::Hours(hours)) => given_at + hours * 3600,
            Some(Within::NextDayMinute(minute)) => day.plus(1).at_minute(minute),
            None => Moment(i64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dose_is_due_at_the_portal_by_the_rule_of_its_day() {
        let mut campaign = Campaign::built_in();
        let noon = |day: &str| day.parse::<Day>().unwrap().at_minute(12 * 60);
        assert_eq!(campaign.upload_due(noon("2021-03-30")), noon("2021-04-01"));
        let next_day = UploadDeadline { from: "2021-06-01".parse().unwrap(), within: Within::NextDayMinute(17 * 60) };
        campaign.upload_deadlines.push(next_day);
        assert_eq!(campaign.upload_due(noon("2021-05-31")), noon("2021-06-02"));
        assert_eq!(campaign.upload_due(noon("2021-06-16")), noon("2021-06-17") + 5 * 3600);
    }
}
