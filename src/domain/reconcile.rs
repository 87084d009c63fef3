//! Comparing what is recorded here with what the portal holds.

use super::moment::Day;
use super::person::Mobile;
use crate::words::words;

words! {
    /// How the two differ.
    Difference {
        /// Recorded here, not there.
        Missing = "missing",
        /// There under another dose's number.
        WrongNumber = "wrong_number",
        /// There with another day.
        WrongDate = "wrong_date",
        /// The person is there under another mobile number.
        OtherMobile = "other_mobile",
        /// There, and not here.
        UnknownHere = "unknown_here",
    }
}

/// Somebody as the portal holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct There {
    /// The days of doses 1 and 2.
    pub days: [Option<Day>; 2],
    /// The end of the mobile number.
    pub mobile_end: String,
}

/// A difference: which, of which dose, what is here, what is there.
pub type Found = (Difference, i64, String, String);

/// Compares. `here` has the numbers and days of the standing doses, uploaded or shown on a card; `true` for those that were uploaded from here.
pub fn differences(here: &[(i64, Day, bool)], mobile: Option<&Mobile>, there: &[There]) -> Vec<Found> {
    let mut found = Vec::new();
    let on_portal = |number: i64| there.iter().filter_map(move |held| held.days.get(usize::try_from(number - 1).ok()?).copied().flatten());
    for (number, day, uploaded) in here {
        if !uploaded || on_portal(*number).any(|other| other == *day) {
            continue;
        }
        let elsewhere = (1..=2).find(|other| other != number && on_portal(*other).any(|held| held == *day));
        found.push(match (elsewhere, on_portal(*number).next()) {
            (Some(other), _) => (Difference::WrongNumber, *number, day.to_string(), format!("{other}: {day}")),
            (None, Some(held)) => (Difference::WrongDate, *number, day.to_string(), held.to_string()),
            (None, None) => (Difference::Missing, *number, day.to_string(), String::new()),
        });
    }
    for number in 1..=2 {
        let known = |held: &Day| here.iter().any(|(own, day, _)| day == held || *own == number);
        if let Some(held) = on_portal(number).find(|held| !known(held)) {
            found.push((Difference::UnknownHere, number, String::new(), held.to_string()));
        }
    }
    if let (Some(mobile), Some(held)) = (mobile, there.first()) {
        let mobile = mobile.to_string();
        if there.iter().all(|held| !held.mobile_end.is_empty() && !mobile.ends_with(&held.mobile_end)) {
            found.push((Difference::OtherMobile, 0, format!("…{}", &mobile[6..]), format!("…{}", held.mobile_end)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn kinds(here: &[(i64, Day, bool)], there: &[There]) -> Vec<&'static str> {
        let mobile = "9876543210".parse().unwrap();
        differences(here, Some(&mobile), there).iter().map(|found| found.0.word()).collect()
    }

    #[test]
    fn each_fault_has_its_name() {
        let (first, second) = (day("2021-03-30"), day("2021-06-22"));
        let here = [(1, first, true), (2, second, true)];
        let held = |one, two, end: &str| There { days: [one, two], mobile_end: end.into() };
        assert!(kinds(&here, &[held(Some(first), Some(second), "3210")]).is_empty());
        assert_eq!(kinds(&here, &[]), ["missing", "missing"]);
        // "The portal only knows my first dose": it stands there as dose 1.
        assert_eq!(kinds(&here[1..], &[held(Some(second), None, "3210")]), ["wrong_number"]);
        assert_eq!(kinds(&here, &[held(Some(day("2021-03-31")), Some(second), "3210")]), ["wrong_date"]);
        assert_eq!(kinds(&here, &[held(Some(first), Some(second), "9999")]), ["other_mobile"]);
        assert_eq!(kinds(&here[..1], &[held(Some(first), Some(second), "3210")]), ["unknown_here"]);
        // Dose 1 was given elsewhere and seen on a card: nothing to say about it.
        assert!(kinds(&[(1, first, false), (2, second, true)], &[held(None, Some(second), "3210")]).is_empty());
        // The person split in two: together they hold both.
        assert!(kinds(&here, &[held(Some(first), None, "3210"), held(None, Some(second), "9999")]).is_empty());
    }
}
