//! What goes wrong at a centre, in the order in which an officer must look: people who stand outside first.

use super::opening::Checks;

/// How long a link may be silent before it is trouble, in minutes.
pub const SILENT: i64 = 30;

/// A wait inside that is trouble, in minutes.
pub const LONG_WAIT: i64 = 60;

/// Records that must reach the portal within so many hours are trouble.
pub const DUE_HOURS: i64 = 6;

/// From how many turned back on it is worth saying, and which share of those who came is too many.
const FEWEST_TURNED_BACK: i64 = 3;
const PERCENT_TURNED_BACK: i64 = 10;

/// What is known of a centre now.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts {
    /// People whose slot is now and who have not entered.
    pub due_now: i64,
    /// An officer has stopped the session.
    pub stopped: bool,
    /// For how many minutes none of its phones was heard; absent: one was, or none is enrolled.
    pub silent: Option<i64>,
    /// Records that are due at the portal within six hours, or overdue.
    pub due_records: i64,
    /// Case forms of adverse events whose time is over.
    pub overdue_forms: i64,
    /// People turned back today.
    pub turned_back: i64,
    /// People who entered today.
    pub arrived: i64,
    /// For how many minutes somebody inside has waited for the dose.
    pub wait: i64,
    /// What the opening check lacks, once the hour for it has come.
    pub red: Checks,
}

/// What goes wrong; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The session is stopped, and people are due.
    Stopped {
        /// How many.
        people: i64,
    },
    /// No phone is heard, and people are due.
    Silent {
        /// How many.
        people: i64,
        /// For how long, in minutes.
        minutes: i64,
    },
    /// Records are due at the portal.
    Records {
        /// How many.
        records: i64,
    },
    /// Case forms of adverse events did not go off in time.
    Forms {
        /// How many.
        forms: i64,
    },
    /// Too many were turned back.
    TurnedBack {
        /// How many.
        people: i64,
        /// Of a hundred who came.
        percent: i64,
    },
    /// Somebody waits too long inside.
    Wait {
        /// For how long, in minutes.
        minutes: i64,
    },
    /// The centre is not ready for its day.
    Unready {
        /// What it lacks.
        red: Checks,
    },
    /// No phone is heard, and nobody is due.
    Link {
        /// For how long, in minutes.
        minutes: i64,
    },
}

impl Trouble {
    /// Its place in the order, and how large it is.
    fn weight(&self) -> (u8, i64) {
        match *self {
            Self::Stopped { people } => (0, -people),
            Self::Silent { people, .. } => (1, -people),
            Self::Records { records } => (2, -records),
            Self::Forms { forms } => (3, -forms),
            Self::TurnedBack { percent, .. } => (4, -percent),
            Self::Wait { minutes } => (5, -minutes),
            Self::Unready { red } => (6, -(red.len() as i64)),
            Self::Link { minutes } => (7, -minutes),
        }
    }
}

/// The centre's troubles, the worst first.
pub fn troubles(facts: &Facts) -> Vec<Trouble> {
    let people = facts.due_now;
    let came = facts.turned_back + facts.arrived;
    let too_many = facts.turned_back >= FEWEST_TURNED_BACK && facts.turned_back * 100 > came * PERCENT_TURNED_BACK;
    let silent = facts.silent.filter(|minutes| *minutes > SILENT);
    let found = [
        (facts.stopped && people > 0).then_some(Trouble::Stopped { people }),
        silent.filter(|_| people > 0 && !facts.stopped).map(|minutes| Trouble::Silent { people, minutes }),
        (facts.due_records > 0).then_some(Trouble::Records { records: facts.due_records }),
        (facts.overdue_forms > 0).then_some(Trouble::Forms { forms: facts.overdue_forms }),
        too_many.then(|| Trouble::TurnedBack { people: facts.turned_back, percent: facts.turned_back * 100 / came }),
        (facts.wait > LONG_WAIT).then_some(Trouble::Wait { minutes: facts.wait }),
        (!facts.red.is_empty() && !facts.stopped).then_some(Trouble::Unready { red: facts.red }),
        silent.filter(|_| people == 0 || facts.stopped).map(|minutes| Trouble::Link { minutes }),
    ];
    found.into_iter().flatten().collect()
}

/// Puts centres in order of trouble: by the worst of each, then by how many troubles there are. Those without any come last.
pub fn in_order<T>(centres: &mut [(T, Vec<Trouble>)]) {
    centres.sort_by_key(|(_, troubles)| (troubles.first().map_or((u8::MAX, 0), Trouble::weight), std::cmp::Reverse(troubles.len())));
}

#[cfg(test)]
mod tests {
    use super::super::opening::Check;
    use super::*;

    #[test]
    fn people_outside_come_before_everything_else() {
        let of = |facts: Facts| (facts.due_now, troubles(&facts));
        let quiet = Facts { arrived: 90, turned_back: 9, wait: 60, silent: Some(30), ..Facts::default() };
        let mut centres = vec![
            of(quiet),
            of(Facts { silent: Some(45), ..Facts::default() }),
            of(Facts { wait: 61, ..Facts::default() }),
            of(Facts { arrived: 80, turned_back: 20, ..Facts::default() }),
            of(Facts { overdue_forms: 1, ..Facts::default() }),
            of(Facts { due_records: 2, ..Facts::default() }),
            of(Facts { red: Checks::from_iter([Check::Printer]), ..Facts::default() }),
            of(Facts { red: Checks::from_iter([Check::Printer]), stopped: true, ..Facts::default() }),
            of(Facts { due_now: 3, silent: Some(31), ..Facts::default() }),
            of(Facts { due_now: 2, stopped: true, silent: Some(90), ..Facts::default() }),
            of(Facts { due_now: 5, stopped: true, ..Facts::default() }),
        ];
        in_order(&mut centres);
        let order: Vec<_> = centres.iter().map(|(_, troubles)| troubles.first().copied()).collect();
        let expected = [
            Some(Trouble::Stopped { people: 5 }),
            Some(Trouble::Stopped { people: 2 }),
            Some(Trouble::Silent { people: 3, minutes: 31 }),
            Some(Trouble::Records { records: 2 }),
            Some(Trouble::Forms { forms: 1 }),
            Some(Trouble::TurnedBack { people: 20, percent: 20 }),
            Some(Trouble::Wait { minutes: 61 }),
            Some(Trouble::Unready { red: Checks::from_iter([Check::Printer]) }),
            Some(Trouble::Link { minutes: 45 }),
            None,
            None,
        ];
        assert_eq!(order, expected);
    }

    #[test]
    fn one_person_turned_back_in_the_morning_is_no_alarm() {
        assert_eq!(troubles(&Facts { arrived: 4, turned_back: 2, ..Facts::default() }), []);
    }
}
