//! What is kept of a person beside what makes them due: whose phone it is, and what help they need.

use std::fmt;
use std::str::FromStr;

use crate::words::{UnknownWord, words};

words! {
    /// Whose the mobile number is.
    MobileOf {
        /// Their own, or their family's: at most so many people share it.
        Own = "own",
        /// Somebody of the family who lives elsewhere.
        Relative = "relative",
        /// A neighbour's.
        Neighbour = "neighbour",
        /// A health worker's of the village or ward.
        HealthWorker = "health_worker",
        /// Anybody else's who helps.
        Helper = "helper",
    }
}

impl MobileOf {
    /// Whether the people under a number are counted: whoever helps many is not stopped for it.
    pub fn counts(self) -> bool {
        self == Self::Own
    }
}

words! {
    /// Help that somebody needs at the centre.
    Need {
        /// Comes in a wheelchair, or needs one.
        Wheelchair = "wheelchair",
        /// Cannot see.
        Sight = "sight",
        /// Cannot hear.
        Hearing = "hearing",
        /// Cannot leave the bed: is vaccinated in the vehicle or at home.
        Bed = "bed",
        /// Comes with somebody who helps.
        Companion = "companion",
        /// Is pregnant: should not stand in a line.
        Pregnant = "pregnant",
    }
}

/// All the help that somebody needs; none for most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs(Vec<Need>);

impl Needs {
    /// In the order of the list, each once.
    pub fn all(&self) -> &[Need] {
        &self.0
    }

    /// Whether this is among them.
    pub fn has(&self, need: &Need) -> bool {
        self.0.contains(need)
    }

    /// Whether nothing is needed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Need> for Needs {
    fn from_iter<I: IntoIterator<Item = Need>>(needs: I) -> Self {
        let mut needs = Vec::from_iter(needs);
        needs.sort_unstable();
        needs.dedup();
        Self(needs)
    }
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, need) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{need}")?;
        }
        Ok(())
    }
}

impl FromStr for Needs {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        text.split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::parse)
            .collect::<Result<Vec<Need>, _>>()
            .map(Self::from_iter)
    }
}

crate::words::as_json_text!(Needs);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_written_in_one_order() {
        let needs: Needs = "sight,wheelchair,sight,".parse().unwrap();
        assert_eq!(needs.to_string(), "wheelchair,sight");
        assert!("".parse::<Needs>().unwrap().is_empty());
        assert!("legs".parse::<Needs>().is_err());
    }
}
