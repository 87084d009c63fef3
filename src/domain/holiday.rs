//! What an officer may call a holiday, and on which day one may be.

use super::moment::Day;
use super::tongue::check_line;

/// The most characters of a name: it stands in one line on a phone.
pub const MOST_NAME: usize = 60;

/// What is wrong with a holiday that somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadHoliday {
    /// Not a date.
    NoDay,
    /// The day is over.
    Past,
    /// The day has one already: its name in English and Hindi.
    There(String, String),
    /// A name is missing.
    NoName,
    /// A name is too long, or has characters that nobody sees.
    Name,
    /// The officer does not look after that district.
    Place,
}

/// A name as it is kept: without spaces around it or doubled within.
pub fn name(typed: &str) -> Result<String, BadHoliday> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(BadHoliday::NoName);
    }
    check_line(&name, MOST_NAME).map(|()| name).map_err(|_| BadHoliday::Name)
}

/// The day that was typed, today or later.
pub fn day(typed: &str, today: Day) -> Result<Day, BadHoliday> {
    let day: Day = typed.parse().map_err(|_| BadHoliday::NoDay)?;
    if day < today { Err(BadHoliday::Past) } else { Ok(day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holiday_has_a_name_and_is_still_to_come() {
        assert_eq!(name("  Ambedkar   Jayanti "), Ok("Ambedkar Jayanti".into()));
        assert_eq!(name("अंबेडकर जयंती"), Ok("अंबेडकर जयंती".into()));
        assert_eq!(name(" \n"), Err(BadHoliday::NoName));
        assert_eq!(name(&"x".repeat(MOST_NAME + 1)), Err(BadHoliday::Name));
        assert_eq!(name("Holi\u{202e}"), Err(BadHoliday::Name));
        let today = "2021-03-30".parse().expect("a day");
        assert_eq!(day("30-03-2021", today), Ok(today));
        assert_eq!(day("2021-03-29", today), Err(BadHoliday::Past));
        assert_eq!(day("14 April", today), Err(BadHoliday::NoDay));
    }
}
