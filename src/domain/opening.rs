//! Whether a centre is ready for its day: what the system knows by itself, and what somebody there has looked at.

use super::moment::Moment;
use crate::words::words;

/// By when centres must be ready where the district has set no hour, in minutes after midnight.
pub const USUAL_HOUR: u32 = 9 * 60 + 30;

words! {
    /// What must be there before the first person comes.
    Check {
        /// A phone for each lane, which works until the end of the day should the link be cut.
        Phones = "phones",
        /// A printer that has printed.
        Printer = "printer",
        /// Vials.
        Vials = "vials",
        /// People who work here.
        Staff = "staff",
        /// Somebody who vaccinates.
        Vaccinators = "vaccinators",
        /// The list and the forms on paper, should the power fail.
        Paper = "paper",
    }
}

words! {
    /// How a check stands.
    Light {
        /// It is there.
        Ready = "ready",
        /// It is not there.
        Missing = "missing",
        /// Nobody has looked yet.
        Unsaid = "unsaid",
    }
}

/// What is known of a centre's morning.
#[derive(Debug, Clone, Copy, Default)]
pub struct Morning {
    /// Until when every lane has a phone; absent: one has none.
    pub phones_until: Option<Moment>,
    /// When its last session ends.
    pub closes: Moment,
    /// Vials received; absent: nobody has counted them.
    pub vials: Option<i64>,
    /// Whether the printer has printed.
    pub printer: Option<bool>,
    /// Whether the paper lies ready.
    pub paper: Option<bool>,
    /// How many people work there today.
    pub staff: Option<i64>,
    /// How many of them vaccinate.
    pub vaccinators: Option<i64>,
    /// Somebody has entered: the centre has opened, checked or not.
    pub begun: bool,
}

impl Morning {
    /// How each check stands.
    pub fn lights(&self) -> [(Check, Light); 6] {
        let said = |there: Option<bool>| there.map_or(Light::Unsaid, |there| if there { Light::Ready } else { Light::Missing });
        let counted = |count: Option<i64>| said(count.map(|count| count > 0));
        [
            (Check::Phones, said(Some(self.phones_until.is_some_and(|until| until >= self.closes)))),
            (Check::Printer, said(self.printer)),
            (Check::Vials, counted(self.vials)),
            (Check::Staff, counted(self.staff)),
            (Check::Vaccinators, counted(self.vaccinators)),
            (Check::Paper, said(self.paper)),
        ]
    }

    /// What is red once the hour has come: what is missing, and what nobody has looked at before the first person entered.
    pub fn red(&self) -> Checks {
        let red = |light: Light| light == Light::Missing || (light == Light::Unsaid && !self.begun);
        // A phone that is silent while people enter is another trouble.
        let counts = |check: Check| check != Check::Phones || !self.begun;
        self.lights().into_iter().filter(|(check, light)| red(*light) && counts(*check)).map(|(check, _)| check).collect()
    }
}

/// Some of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Checks([bool; Check::ALL.len()]);

impl Checks {
    /// Which.
    pub fn iter(self) -> impl Iterator<Item = Check> {
        Check::ALL.iter().copied().zip(self.0).filter_map(|(check, there)| there.then_some(check))
    }

    /// The same without one of them.
    #[must_use]
    pub fn without(mut self, check: Check) -> Self {
        self.0[check as usize] = false;
        self
    }

    /// How many.
    pub fn len(self) -> usize {
        self.iter().count()
    }

    /// None.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl FromIterator<Check> for Checks {
    fn from_iter<I: IntoIterator<Item = Check>>(checks: I) -> Self {
        let mut all = Self::default();
        for check in checks {
            all.0[check as usize] = true;
        }
        all
    }
}

/// Until when all lanes of a centre are held, by the ends of the grants of those that are. Any phone admits where lanes are lenient.
pub fn phones_until(lanes: i64, lenient: bool, held: &[(i64, Moment)]) -> Option<Moment> {
    if lenient {
        return held.iter().map(|(_, until)| *until).max();
    }
    let of = |lane: i64| held.iter().find(|(own, _)| *own == lane).map(|(_, until)| *until);
    (0..lanes).map(of).collect::<Option<Vec<_>>>()?.into_iter().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_looked_at_is_red_until_the_first_person_enters() {
        let nothing = Morning { closes: Moment(100), ..Morning::default() };
        let red = |morning: Morning| morning.red().iter().collect::<Vec<_>>();
        assert_eq!(red(nothing), Check::ALL);
        assert!(Morning { begun: true, ..nothing }.red().is_empty());
        let ready = Morning {
            phones_until: Some(Moment(100)),
            vials: Some(4),
            printer: Some(true),
            paper: Some(true),
            staff: Some(5),
            vaccinators: Some(2),
            ..nothing
        };
        assert_eq!(red(ready), []);
        let bad = Morning { phones_until: Some(Moment(99)), printer: Some(false), vaccinators: Some(0), ..ready };
        assert_eq!(red(bad), [Check::Phones, Check::Printer, Check::Vaccinators]);
        assert_eq!(red(Morning { begun: true, ..bad }), [Check::Printer, Check::Vaccinators]);
    }

    #[test]
    fn every_lane_needs_a_phone_unless_any_phone_admits() {
        let held = [(0, Moment(50)), (1, Moment(40))];
        assert_eq!(phones_until(2, false, &held), Some(Moment(40)));
        assert_eq!(phones_until(3, false, &held), None);
        assert_eq!(phones_until(3, true, &held), Some(Moment(50)));
        assert_eq!(phones_until(1, true, &[]), None);
    }
}
