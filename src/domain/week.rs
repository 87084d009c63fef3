//! Weeks, Monday to Sunday.

use chrono::Datelike;

use super::moment::Day;

/// How many weeks ahead a week may be copied at once.
pub const MOST_WEEKS: i64 = 12;

/// The Monday of the week that a day lies in.
pub fn monday(day: Day) -> Day {
    day.plus(-i64::from(day.0.weekday().num_days_from_monday()))
}

/// Each day of a day's week with the same weekday in so many weeks after it, in the order of the later ones.
pub fn weeks_after(day: Day, weeks: i64) -> Vec<(Day, Day)> {
    let monday = monday(day);
    (7..7 * (weeks + 1)).map(|later| (monday.plus(later % 7), monday.plus(later))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn a_week_goes_to_the_same_weekdays_whichever_of_its_days_is_named() {
        for named in ["2021-03-29", "2021-03-31", "2021-04-04"] {
            let pairs = weeks_after(day(named), 2);
            assert_eq!(pairs.len(), 14);
            assert_eq!(pairs[0], (day("2021-03-29"), day("2021-04-05")));
            assert_eq!(pairs[13], (day("2021-04-04"), day("2021-04-18")));
            assert!(pairs.iter().all(|(from, to)| from.0.weekday() == to.0.weekday() && from < to));
        }
        assert_eq!(weeks_after(day("2021-03-31"), 0), []);
    }
}
