//! A round of the campaign, and the table of it that the newspaper prints: doses by district, age group and kind of centre.

use std::collections::BTreeMap;

use super::moment::Day;
use super::person::Category;
use crate::ids::DistrictId;

/// Who is called from when on. Rounds go on beside each other; a dose counts in the round of its person's category and day.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Round {
    /// First, second…
    pub number: i64,
    /// Its first day.
    pub from: Day,
    /// Its last day; absent: it goes on.
    pub until: Option<Day>,
    /// Whom it is for.
    pub categories: Vec<Category>,
    /// Age counts as reached in this year.
    pub age_in_year: i64,
}

impl Round {
    /// Its days up to a day.
    pub fn days_until(&self, day: Day) -> (Day, Day) {
        (self.from, self.until.map_or(day, |until| until.min(day)))
    }
}

/// Doses by age group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByAge {
    /// 60 and over.
    pub sixty: i64,
    /// 45 to 59.
    pub forty_five: i64,
    /// Below 45.
    pub younger: i64,
}

impl ByAge {
    /// Of any age.
    pub fn all(&self) -> i64 {
        self.sixty + self.forty_five + self.younger
    }

    /// Adds others.
    pub fn add(&mut self, more: Self) {
        self.sixty += more.sixty;
        self.forty_five += more.forty_five;
        self.younger += more.younger;
    }
}

/// What one centre did in a round.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// Where it lies.
    pub district: DistrictId,
    /// Free of charge.
    pub government: bool,
    /// Whether a session of it was planned.
    pub planned: bool,
    /// What it gave.
    pub doses: ByAge,
}

/// Centres of one kind: what they gave, how many of them gave at least one dose, and how many were planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByKind {
    /// Doses.
    pub doses: i64,
    /// Centres that gave a dose.
    pub gave: i64,
    /// Centres that a session was planned at.
    pub planned: i64,
}

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Line {
    /// By age group.
    pub doses: ByAge,
    /// At government centres.
    pub government: ByKind,
    /// At private centres.
    pub private: ByKind,
}

impl Line {
    fn count(&mut self, site: &Site) {
        self.doses.add(site.doses);
        let kind = if site.government { &mut self.government } else { &mut self.private };
        kind.doses += site.doses.all();
        kind.gave += i64::from(site.doses.all() > 0);
        kind.planned += i64::from(site.planned);
    }

    /// Centres that gave a dose, of either kind.
    pub fn gave(&self) -> i64 {
        self.government.gave + self.private.gave
    }

    /// Centres that were planned, of either kind.
    pub fn planned(&self) -> i64 {
        self.government.planned + self.private.planned
    }
}

/// The table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// A line for each district, the most doses first.
    pub districts: Vec<(DistrictId, Line)>,
    /// All of them.
    pub total: Line,
}

/// Adds the centres up. Every district asked about has a line, even where nothing was given.
pub fn table(districts: &[DistrictId], sites: &[Site]) -> Table {
    let mut lines: BTreeMap<DistrictId, Line> = districts.iter().map(|id| (*id, Line::default())).collect();
    let mut total = Line::default();
    for site in sites {
        if let Some(line) = lines.get_mut(&site.district) {
            line.count(site);
            total.count(site);
        }
    }
    let mut districts = Vec::from_iter(lines);
    districts.sort_by_key(|(id, line)| (-line.doses.all(), *id));
    Table { districts, total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dose_is_counted_once_by_age_and_once_by_kind() {
        let site = |district, government, planned, sixty, forty_five| {
            let doses = ByAge { sixty, forty_five, younger: 0 };
            Site { district: DistrictId(district), government, planned, doses }
        };
        let sites = [site(1, true, true, 3, 1), site(1, false, false, 2, 0), site(2, true, true, 9, 0), site(2, true, true, 0, 0)];
        let table = table(&[1, 2, 3].map(DistrictId), &[&sites[..], &[site(4, true, true, 50, 50)]].concat());
        assert_eq!(table.districts.iter().map(|(id, line)| (id.0, line.doses.all())).collect::<Vec<_>>(), [(2, 9), (1, 6), (3, 0)]);
        assert_eq!((table.total.doses.sixty, table.total.doses.forty_five), (14, 1));
        assert_eq!(table.total.government, ByKind { doses: 13, gave: 2, planned: 3 });
        assert_eq!(table.total.private, ByKind { doses: 2, gave: 1, planned: 0 });
    }
}
