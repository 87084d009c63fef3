//! Time: UTC seconds inside, Indian time for people.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, TimeZone, Timelike};

/// India has one time zone and no summer time.
const INDIA: FixedOffset = FixedOffset::east_opt(5 * 3600 + 1800).expect("a valid offset");

/// Seconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "i64")]
pub struct Moment(pub i64);

impl TryFrom<i64> for Moment {
    type Error = &'static str;

    /// What comes from outside may be wrong by any time that a token can name, but no sum or product of it may ever overflow.
    fn try_from(seconds: i64) -> Result<Self, Self::Error> {
        if (0..1 << 40).contains(&seconds) { Ok(Self(seconds)) } else { Err("not a number of seconds since 1970") }
    }
}

/// How far back a device's clock is believed, and how far ahead, in seconds.
const OLDEST: i64 = 14 * 86_400;
const AHEAD: i64 = 10 * 60;

impl Moment {
    /// Whether a device's clock can have been right when it wrote this down.
    pub fn is_possible(self, now: Self) -> bool {
        (now + -OLDEST..=now + AHEAD).contains(&self)
    }

    /// The same moment on an Indian wall clock.
    pub fn local(self) -> DateTime<FixedOffset> {
        INDIA.timestamp_opt(self.0, 0).single().unwrap_or_default()
    }

    /// The Indian calendar day this moment falls on.
    pub fn day(self) -> Day {
        Day(self.local().date_naive())
    }

    /// Minutes since Indian midnight, 0 to 1439.
    pub fn minute_of_day(self) -> u32 {
        let local = self.local();
        local.hour() * 60 + local.minute()
    }

    /// `14:05`, for officers' tables and logs.
    pub fn clock(self) -> String {
        self.local().format("%H:%M").to_string()
    }
}

impl Add<i64> for Moment {
    type Output = Self;

    fn add(self, seconds: i64) -> Self {
        Self(self.0 + seconds)
    }
}

impl Sub for Moment {
    type Output = i64;

    fn sub(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

/// A calendar day in India, written `2021-03-30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(pub NaiveDate);

impl Day {
    /// The moment at which the given minute of this day begins.
    pub fn at_minute(self, minute: u32) -> Moment {
        let time = NaiveTime::from_num_seconds_from_midnight_opt(minute * 60, 0).unwrap_or(NaiveTime::MIN);
        let local = INDIA.from_local_datetime(&self.0.and_time(time)).single();
        Moment(local.map_or(0, |at| at.timestamp()))
    }

    /// The moment at which this day begins.
    pub fn start(self) -> Moment {
        self.at_minute(0)
    }

    /// The day so many days later (or earlier).
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0 + chrono::Days::new(0) + chrono::TimeDelta::days(days))
    }

    /// The calendar year.
    pub fn year(self) -> i64 {
        i64::from(self.0.year())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%d").fmt(f)
    }
}

/// A text that is not a date.
#[derive(Debug, thiserror::Error)]
#[error("is not a date; write it as 2021-03-30 or 30-03-2021")]
pub struct BadDay;

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Self, BadDay> {
        ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"]
            .iter()
            .find_map(|format| NaiveDate::parse_from_str(text.trim(), format).ok())
            .filter(|date| (1900..2200).contains(&date.year()))
            .map(Self)
            .ok_or(BadDay)
    }
}

crate::words::as_json_text!(Day);

/// Minutes since midnight, of a time written `14:05`, `9.05`, `1405` or `14:05:00`, in either script's digits.
pub fn parse_minute(text: &str) -> Option<u32> {
    let text = text.trim();
    let without_seconds = text.strip_suffix(":00").filter(|minutes| minutes.contains(':')).unwrap_or(text);
    let digits = without_seconds.chars().filter(|c| !matches!(c, ':' | '.' | ' ')).map(|c| super::person::digit(c).map(u32::from));
    let digits = digits.collect::<Option<Vec<_>>>().filter(|digits| (3..=4).contains(&digits.len()))?;
    let value = digits.into_iter().fold(0, |value, digit| value * 10 + digit);
    let (hour, minute) = (value / 100, value % 100);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// Minutes since midnight as `14:05`.
pub fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_indian_midnight() {
        let day: Day = "2021-03-30".parse().unwrap();
        assert_eq!(day.start(), Moment(1_617_042_600)); // 2021-03-29T18:30:00Z
        assert_eq!((day.start() + 86_399).day(), day);
        assert_eq!(day.at_minute(11 * 60 + 7).clock(), "11:07");
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        for text in ["2021-03-30", "30-03-2021", "30/03/2021"] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), "2021-03-30");
        }
        assert!("2021-02-30".parse::<Day>().is_err());
        assert!("0021-03-30".parse::<Day>().is_err());
    }
}
