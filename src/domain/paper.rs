//! Printed forms: counted before they are keyed, so that no form is forgotten.

use super::moment::Moment;
use crate::words::words;

words! {
    /// What became of a form.
    FormState {
        /// Printed; nobody has said more of it.
        Printed = "printed",
        /// Counted as used: it waits to be keyed in.
        Used = "used",
        /// Counted as spoiled: its place was given back.
        Spoiled = "spoiled",
        /// Counted as unused: its place was given back.
        Returned = "returned",
        /// Keyed in.
        Keyed = "keyed",
    }
}

impl FormState {
    /// Whether it may still be keyed in.
    pub fn waits(self) -> bool {
        matches!(self, Self::Printed | Self::Used)
    }
}

/// What was counted when a bundle came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The first and the last form that was used; none: none was.
    pub used: Option<(i64, i64)>,
    /// Those among them that were spoiled.
    pub spoiled: Vec<i64>,
}

/// Why a count cannot be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miscount {
    /// The bundle has no such forms, or the last is before the first.
    Used,
    /// A spoiled form that is not among those used.
    Spoiled,
    /// A form that is keyed in is counted as unused or spoiled.
    Keyed(i64),
}

/// What the count says of each form, from the first on; `states` is what they were.
pub fn counted(states: &[FormState], count: &Count) -> Result<Vec<FormState>, Miscount> {
    let last = states.len() as i64;
    if count.used.is_some_and(|(from, until)| from < 1 || until < from || last < until) {
        return Err(Miscount::Used);
    }
    let used = |position: &i64| count.used.is_some_and(|(from, until)| (from..=until).contains(position));
    if count.spoiled.iter().any(|form| !used(form)) {
        return Err(Miscount::Spoiled);
    }
    let state = |(position, state): (i64, &FormState)| match (used(&position), count.spoiled.contains(&position), *state) {
        (true, false, FormState::Keyed) => Ok(FormState::Keyed),
        (_, _, FormState::Keyed) => Err(Miscount::Keyed(position)),
        (true, true, _) => Ok(FormState::Spoiled),
        (true, false, _) => Ok(FormState::Used),
        (false, ..) => Ok(FormState::Returned),
    };
    (1..).zip(states).map(state).collect()
}

/// Numbers as people write them: `7, 12-14`.
pub fn positions(text: &str) -> Option<Vec<i64>> {
    let mut all = Vec::new();
    for piece in text.split([',', ' ']).map(str::trim).filter(|piece| !piece.is_empty()) {
        let (from, until) = piece.split_once('-').unwrap_or((piece, piece));
        let (from, until): (i64, i64) = (from.trim().parse().ok()?, until.trim().parse().ok()?);
        if from < 1 || until < from || until > 1_000 {
            return None;
        }
        all.extend(from..=until);
    }
    Some(all)
}

/// How many are keyed in an hour, and when what is left is finished at that pace. Nothing while nobody has begun.
pub fn pace(keyed: i64, left: i64, first: Option<Moment>, last: Option<Moment>) -> Option<(i64, Moment)> {
    let (first, last) = (first?, last?);
    let seconds = (last - first).max(60);
    let an_hour = keyed * 3600 / seconds;
    (keyed > 1 && an_hour > 0).then(|| (an_hour, last + left * 3600 / an_hour))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_counted_form_by_form() {
        use FormState::{Keyed, Printed, Returned, Spoiled, Used};
        let states = [Printed, Keyed, Printed, Printed, Printed];
        let count = |used, spoiled: &[i64]| counted(&states, &Count { used, spoiled: spoiled.to_vec() });
        assert_eq!(count(Some((1, 4)), &[3]), Ok(vec![Used, Keyed, Spoiled, Used, Returned]));
        assert_eq!(count(Some((3, 4)), &[]), Err(Miscount::Keyed(2)));
        assert_eq!(count(Some((1, 4)), &[2]), Err(Miscount::Keyed(2)));
        assert_eq!(count(Some((1, 4)), &[5]), Err(Miscount::Spoiled));
        assert_eq!((count(Some((4, 3)), &[]), count(Some((1, 6)), &[])), (Err(Miscount::Used), Err(Miscount::Used)));
        assert_eq!(counted(&[Printed; 2], &Count { used: None, spoiled: Vec::new() }), Ok(vec![Returned; 2]));
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(positions(" 7, 12-14 "), Some(vec![7, 12, 13, 14]));
        assert_eq!(positions(""), Some(Vec::new()));
        for wrong in ["seven", "3-1", "0", "1-2-3"] {
            assert_eq!(positions(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_pace_says_when_the_bundle_is_finished() {
        let at = |minute: i64| Some(Moment(minute * 60));
        assert_eq!(pace(30, 60, at(0), at(15)), Some((120, Moment(45 * 60))));
        assert_eq!((pace(1, 60, at(0), at(0)), pace(0, 60, None, None)), (None, None));
    }
}
