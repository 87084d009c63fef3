//! What is unusual in issuing: places were sold, and registrations were made in bulk. An alarm accuses nobody; an officer looks.

use crate::words::words;

words! {
    /// What is unusual.
    AlarmKind {
        /// One operator issued far more than the others, or more than anybody types.
        Operator = "operator",
        /// Many people under one mobile number.
        Mobile = "mobile",
        /// Tokens outside the session's issue window.
        Window = "window",
    }
}

/// From when on something is unusual: settings of the campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct AlarmRules {
    /// So many tokens by one operator in an hour are unusual, whatever the others do.
    pub operator_hour: i64,
    /// Fewer than so many in an hour never are.
    pub operator_least: i64,
    /// Between the two: so many times the pace of the others.
    pub operator_times: i64,
    /// More than so many people under one mobile number on a day.
    pub mobile_day: i64,
    /// So many outside the issue window by one operator in an hour; walk-in places have none.
    pub outside_hour: i64,
}

impl Default for AlarmRules {
    fn default() -> Self {
        Self { operator_hour: 120, operator_least: 30, operator_times: 4, mobile_day: 8, outside_hour: 5 }
    }
}

impl AlarmRules {
    /// From how many tokens in an hour on an operator is unusual beside those of the others who issued in that hour.
    pub fn fast_from(&self, others: &[i64]) -> i64 {
        let mut others = others.to_vec();
        others.sort_unstable();
        // Beside one or two others there is no usual pace.
        let usual = (others.len() > 2).then(|| others[others.len() / 2]);
        usual.map_or(self.operator_hour, |usual| self.operator_hour.min(self.operator_least.max(usual * self.operator_times + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_fast_beside_the_others_or_by_the_campaign() {
        let rules = AlarmRules::default();
        assert_eq!(rules.fast_from(&[10, 12]), 120, "two others are no pace");
        assert_eq!(rules.fast_from(&[10, 12, 11]), 45, "more than four times the usual");
        assert_eq!(rules.fast_from(&[1, 1, 1]), 30, "a small office next to empty ones");
        assert_eq!(rules.fast_from(&[110, 115, 119]), 120, "more than anybody types");
    }
}
