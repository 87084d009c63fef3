//! What a session is meant to be: hours cut into slots, and whose each place is. The same whether a file, a form, a copy or an
//! undo says so.

use std::collections::BTreeMap;

use super::campaign::Vaccine;
use super::moment::{Day, Moment};
use super::place::Owner;
use crate::ids::CentreId;

/// A session with its slots, as an officer plans it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Plan {
    /// At which centre.
    pub centre: CentreId,
    /// On which day.
    pub day: Day,
    /// What is given.
    pub vaccine: Vaccine,
    /// 1: first doses, 2: second doses, 3: both.
    pub doses: i64,
    /// Youngest served.
    pub min_age: i64,
    /// Oldest served.
    pub max_age: i64,
    /// When it begins.
    pub opens: Moment,
    /// When it ends.
    pub closes: Moment,
    /// Zone offices may issue from here…
    pub issue_from: Moment,
    /// …until here.
    pub issue_until: Moment,
    /// Its slots, in order of time.
    pub slots: Vec<PlannedSlot>,
}

/// A time window and whose its places are.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PlannedSlot {
    /// When it begins.
    pub starts: Moment,
    /// How long it lasts.
    pub minutes: i64,
    /// How many places it has.
    pub places: i64,
    /// Each place has an owner: these add up to the places. An owner without any is not named.
    pub owners: BTreeMap<Owner, i64>,
}

/// What is wrong with a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the sentences in i18n say what each one means")]
pub enum PlanFault {
    EndsBeforeStart,
    AgesReversed,
    SlotsDoNotFit,
    SharesTooLarge { capacity: i64 },
    KeptForOtherDose { dose: i64 },
}

impl PlannedSlot {
    /// A slot whose places go to the named owners; what is left is open.
    pub fn new(starts: Moment, minutes: i64, places: i64, named: &BTreeMap<Owner, i64>) -> Result<Self, PlanFault> {
        let mut owners: BTreeMap<_, _> = named.iter().filter(|(owner, count)| **owner != Owner::Open && **count > 0).collect();
        let open = places - owners.values().copied().sum::<i64>();
        if open < 0 {
            return Err(PlanFault::SharesTooLarge { capacity: places });
        }
        if open > 0 {
            owners.insert(&Owner::Open, &open);
        }
        let owners = owners.into_iter().map(|(owner, count)| (*owner, *count)).collect();
        Ok(Self { starts, minutes, places, owners })
    }
}

/// The beginnings of slots of a length, from when a session opens until it closes.
pub fn starts(opens: Moment, closes: Moment, minutes: i64) -> Result<Vec<Moment>, (&'static str, PlanFault)> {
    if closes <= opens {
        return Err(("closes", PlanFault::EndsBeforeStart));
    }
    if minutes < 1 || (closes - opens) % (minutes * 60) != 0 {
        return Err(("slot_minutes", PlanFault::SlotsDoNotFit));
    }
    Ok((0..(closes - opens) / (minutes * 60)).map(|at| opens + at * minutes * 60).collect())
}

/// How many places each of so many slots has. Where they do not divide evenly, the earlier ones have one more.
pub fn spread(capacity: i64, slots: i64) -> impl Iterator<Item = i64> {
    (0..slots).map(move |at| capacity / slots + i64::from(at < capacity % slots))
}

/// The vials that a session's places need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vials {
    /// For so many places.
    pub places: i64,
    /// So many vials.
    pub count: i64,
    /// Doses of the last one that nobody has a place for.
    pub left: i64,
}

impl Vials {
    /// Whole vials of so many doses, as few as are enough.
    pub fn for_places(places: i64, holds: i64) -> Self {
        let (places, holds) = (places.max(0), holds.max(1));
        let count = (places + holds - 1) / holds;
        Self { places, count, left: count * holds - places }
    }
}

/// A slot's places and whose they are, made more or fewer in proportion. What does not divide is open to every office.
pub fn in_proportion(places: i64, before: i64, owners: impl IntoIterator<Item = (Owner, i64)>) -> BTreeMap<Owner, i64> {
    owners.into_iter().map(|(owner, count)| (owner, if before > 0 { count * places / before } else { 0 })).collect()
}

impl Plan {
    /// What contradicts itself, by column.
    pub fn faults(&self) -> Vec<(&'static str, PlanFault)> {
        let mut faults = Vec::new();
        if self.issue_until <= self.issue_from {
            faults.push(("issue_until", PlanFault::EndsBeforeStart));
        }
        if self.max_age < self.min_age {
            faults.push(("max_age", PlanFault::AgesReversed));
        }
        let kept = self.slots.iter().flat_map(|slot| slot.owners.keys());
        let other =
            kept.filter_map(|owner| if let Owner::Dose(dose) = owner { Some(*dose) } else { None }).find(|dose| self.doses & dose == 0);
        faults.extend(other.map(|dose| ("shares", PlanFault::KeptForOtherDose { dose })));
        faults
    }

    /// The same on another day: every time moves along.
    #[must_use]
    pub fn on(&self, day: Day) -> Self {
        let later = day.start() - self.day.start();
        let slots = self.slots.iter().map(|slot| PlannedSlot { starts: slot.starts + later, ..slot.clone() });
        Self {
            day,
            opens: self.opens + later,
            closes: self.closes + later,
            issue_from: self.issue_from + later,
            issue_until: self.issue_until + later,
            slots: slots.collect(),
            ..self.clone()
        }
    }

    /// How many places it has in all.
    pub fn places(&self) -> i64 {
        self.slots.iter().map(|slot| slot.places).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ZoneId;
    use proptest::prelude::*;

    #[test]
    fn places_need_whole_vials() {
        assert_eq!(Vials::for_places(120, 10), Vials { places: 120, count: 12, left: 0 });
        assert_eq!(Vials::for_places(121, 20), Vials { places: 121, count: 7, left: 19 });
        assert_eq!(Vials::for_places(0, 10), Vials { places: 0, count: 0, left: 0 });
    }

    proptest! {
        #[test]
        fn shares_in_proportion_never_pass_the_places(places in 0_i64..500, before in 1_i64..500, zone in 0_i64..500, walk_in in 0_i64..500) {
            let (zone, walk_in) = (zone.min(before), walk_in.min(before - zone.min(before)));
            let owners = in_proportion(places, before, [(Owner::Zone(ZoneId(2)), zone), (Owner::WalkIn, walk_in)]);
            prop_assert!(owners.values().sum::<i64>() <= places);
            prop_assert!(before != places || owners[&Owner::WalkIn] == walk_in);
        }

        #[test]
        fn every_place_has_exactly_one_owner(places in 0..500_i64, zone in 0..300_i64, walk_in in 0..300_i64) {
            let named = BTreeMap::from([(Owner::Zone(ZoneId(2)), zone), (Owner::WalkIn, walk_in)]);
            match PlannedSlot::new(Moment(0), 60, places, &named) {
                Ok(slot) => prop_assert_eq!(slot.owners.values().sum::<i64>(), places),
                Err(fault) => {
                    prop_assert!(zone + walk_in > places);
                    prop_assert_eq!(fault, PlanFault::SharesTooLarge { capacity: places });
                }
            }
        }

        #[test]
        fn spreading_loses_no_place(capacity in 1..100_000_i64, slots in 1..99_i64) {
            let each: Vec<_> = spread(capacity, slots).collect();
            prop_assert_eq!(each.iter().sum::<i64>(), capacity);
            prop_assert!(each.iter().max().zip(each.iter().min()).is_some_and(|(most, least)| most - least <= 1));
        }

        #[test]
        fn a_copied_day_and_back_is_the_same(days in -400..400_i64, hour in 0..20_i64) {
            let day: Day = "2021-03-30".parse().expect("a day");
            let (opens, closes) = (day.start() + hour * 3600, day.start() + (hour + 3) * 3600);
            let slots = starts(opens, closes, 60).expect("three slots").into_iter();
            let plan = Plan {
                centre: CentreId(1),
                day,
                vaccine: Vaccine::Covishield,
                doses: 3,
                min_age: 18,
                max_age: 120,
                opens,
                closes,
                issue_from: day.plus(-3).start(),
                issue_until: closes,
                slots: slots.map(|at| PlannedSlot::new(at, 60, 10, &BTreeMap::new()).expect("a slot")).collect(),
            };
            let copy = plan.on(day.plus(days));
            prop_assert!(copy.slots.iter().all(|slot| slot.starts.day() == copy.day));
            prop_assert_eq!(copy.on(day), plan);
        }
    }
}
