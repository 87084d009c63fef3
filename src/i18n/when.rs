//! Dates and times as people say them.

use chrono::{Datelike, Timelike};

use super::Lang;
use crate::domain::moment::{Day, Moment};

const WEEKDAYS: [(&str, &str); 7] =
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
        let local = at.local();
        let (hour, minute) = (local.hour(), local.minute());
        let clock = format!("{}:{minute:02}", (hour + 11) % 12 + 1);
        match self {
            Self::En => format!("{clock} {}", if hour < 12 { "am" } else { "pm" }),
            Self::Hi => format!("{} {clock}", part_of_day(hour)),
        }
    }

    /// `सुबह 10:30–11:00`, or with both parts of the day where they differ.
    pub fn window(self, from: Moment, until: Moment) -> String {
        let (start, end) = (self.time(from), self.time(until));
        let (from_hour, until_hour) = (from.local().hour(), until.local().hour());
        match self {
            Self::En if (from_hour < 12) == (until_hour < 12) => format!("{}–{end}", start.trim_end_matches([' ', 'a', 'p', 'm'])),
            Self::Hi if part_of_day(from_hour) == part_of_day(until_hour) => {
                format!("{start}–{}", end.rsplit(' ').next().unwrap_or(&end))
            }
            _ => format!("{start} – {end}"),
        }
    }
}

fn part_of_day(hour: u32) -> &'static str {
    match hour {
        4..12 => "सुबह",
        12..16 => "दोपहर",
        16..20 => "शाम",
        _ => "रात",
    }
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
