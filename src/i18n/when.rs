//! Dates and times as people say them.

use chrono::{Datelike, Timelike};

use super::Lang;
use crate::domain::moment::{Day, Moment};
use crate::domain::tongue::DayPart;

pub(super) const WEEKDAYS: [(&str, &str); 7] =
    [("Mon", "सोम"), ("Tue", "मंगल"), ("Wed", "बुध"), ("Thu", "गुरु"), ("Fri", "शुक्र"), ("Sat", "शनि"), ("Sun", "रवि")];

pub(super) const MONTHS: [(&str, &str); 12] = [
    ("January", "जनवरी"),
    ("February", "फ़रवरी"),
    ("March", "मार्च"),
    ("April", "अप्रैल"),
    ("May", "मई"),
    ("June", "जून"),
    ("July", "जुलाई"),
    ("August", "अगस्त"),
    ("September", "सितंबर"),
    ("October", "अक्टूबर"),
    ("November", "नवंबर"),
    ("December", "दिसंबर"),
];

impl Lang {
    /// `मंगल 30 मार्च`
    pub fn short_day(self, day: Day) -> String {
        let weekday = WEEKDAYS[day.0.weekday().num_days_from_monday() as usize];
        let month = MONTHS[day.0.month0() as usize];
        format!("{} {} {}", self.pick(weekday.0, weekday.1), day.0.day(), self.pick(month.0, month.1))
    }

    /// `मंगल 30 मार्च 2021`
    pub fn day(self, day: Day) -> String {
        format!("{} {}", self.short_day(day), day.0.year())
    }

    /// `सुबह 10:30`, `10:30 am`: with the part of the day, as nobody says 14:30.
    pub fn time(self, at: Moment) -> String {
        match self {
            Self::En => format!("{} {}", clock(at), if at.local().hour() < 12 { "am" } else { "pm" }),
            Self::Hi => time_by_part(at, |part| self.day_part(part)),
        }
    }

    /// `सुबह 10:30–11:00`, or with both parts of the day where they differ.
    pub fn window(self, from: Moment, until: Moment) -> String {
        let is_am = |at: Moment| at.local().hour() < 12;
        match self {
            Self::En if is_am(from) == is_am(until) => format!("{}–{}", clock(from), self.time(until)),
            Self::En => format!("{} – {}", self.time(from), self.time(until)),
            Self::Hi => window_by_part(from, until, |part| self.day_part(part)),
        }
    }

    /// What is said before the hour.
    pub fn day_part(self, part: DayPart) -> &'static str {
        match part {
            DayPart::Morning => self.pick("morning", "सुबह"),
            DayPart::Noon => self.pick("afternoon", "दोपहर"),
            DayPart::Evening => self.pick("evening", "शाम"),
            DayPart::Night => self.pick("night", "रात"),
        }
    }
}

/// `10:30`, of twelve hours.
fn clock(at: Moment) -> String {
    let local = at.local();
    format!("{}:{:02}", (local.hour() + 11) % 12 + 1, local.minute())
}

/// A time with what is said before the hour: so in Hindi and in every third language.
pub(super) fn time_by_part<'a>(at: Moment, say: impl Fn(DayPart) -> &'a str) -> String {
    format!("{} {}", say(DayPart::of(at.local().hour())), clock(at))
}

/// The same for a window.
pub(super) fn window_by_part<'a>(from: Moment, until: Moment, say: impl Fn(DayPart) -> &'a str) -> String {
    let part = |at: Moment| DayPart::of(at.local().hour());
    let start = time_by_part(from, &say);
    if part(from) == part(until) { format!("{start}–{}", clock(until)) } else { format!("{start} – {}", time_by_part(until, &say)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_with_the_part_of_the_day() {
        let day: Day = "2021-03-30".parse().unwrap();
        let at = |hour: u32, minute: u32| day.at_minute(hour * 60 + minute);
        assert_eq!(Lang::Hi.time(at(0, 5)), "रात 12:05");
        assert_eq!(Lang::Hi.time(at(12, 0)), "दोपहर 12:00");
        assert_eq!(Lang::Hi.window(at(10, 30), at(11, 0)), "सुबह 10:30–11:00");
        assert_eq!(Lang::Hi.window(at(11, 0), at(12, 0)), "सुबह 11:00 – दोपहर 12:00");
        assert_eq!(Lang::En.window(at(10, 30), at(11, 0)), "10:30–11:00 am");
        assert_eq!(Lang::En.window(at(11, 0), at(12, 0)), "11:00 am – 12:00 pm");
        assert_eq!(Lang::Hi.day(day), "मंगल 30 मार्च 2021");
    }
}
