//! Who goes where when a session is stopped.
//!
//! Families (the same mobile number) take their turn by their oldest member, the oldest first. Each takes the first place that holds
//! all of them: at the same centre before the zone's others, on the soonest day, in the same part of the day, at the soonest time.
//! Only where no slot holds all of them do they part. A place comes from those kept for the person's dose, from the
//! share that the old one came from, or from the open one; never from the walk-in places.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::moment::Moment;
use super::number::TokenNumber;
use super::person::Mobile;
use super::place::{Owner, owners_next};
use crate::ids::{CentreId, SlotId, ZoneId};

/// How many days ahead places are looked for.
pub const DAYS_AHEAD: i64 = 7;

/// How long before a slot begins people must be told at the latest, in seconds.
pub const NOTICE: i64 = 3600;

/// The hour from which on it is no longer morning.
const NOON: u32 = 12 * 60;

/// Somebody who must move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mover {
    /// Their token.
    pub number: TokenNumber,
    /// Year of birth.
    pub birth_year: i64,
    /// Whom they belong to.
    pub mobile: Option<Mobile>,
    /// When their slot begins.
    pub starts: Moment,
    /// Whose place it was.
    pub owner: Owner,
    /// Which dose they come for.
    pub dose: i64,
    /// In which zone they keep within.
    pub zone: ZoneId,
}

/// A slot that may take people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Which.
    pub slot: SlotId,
    /// Where.
    pub centre: CentreId,
    /// When it begins.
    pub starts: Moment,
    /// Free places of the slot.
    pub free: i64,
    /// Free places of each share.
    pub shares: Vec<(Owner, i64)>,
}

/// Who goes where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Token, slot, and whose place it takes.
    pub placed: Vec<(TokenNumber, SlotId, Owner)>,
    /// For whom no place was found.
    pub unplaced: Vec<TokenNumber>,
}

/// Puts people in the order of their turn: families beside each other, the one with the oldest member first.
pub fn in_turn(people: Vec<Mover>) -> Vec<Vec<Mover>> {
    let mut families: Vec<Vec<Mover>> = Vec::new();
    let mut known: HashMap<Mobile, usize> = HashMap::new();
    for person in people {
        if let Some(at) = person.mobile.as_ref().and_then(|mobile| known.get(mobile)) {
            families[*at].push(person);
        } else {
            known.extend(person.mobile.clone().map(|mobile| (mobile, families.len())));
            families.push(vec![person]);
        }
    }
    for family in &mut families {
        family.sort_by_key(|person| (person.birth_year, person.starts, person.number));
    }
    families.sort_by_key(|family| family.first().map(|oldest| (oldest.birth_year, oldest.starts, oldest.number)));
    families
}

/// Finds everybody a place. `rooms` keep what is left; `fits` says whether a slot serves somebody at all.
pub fn plan(families: &[Vec<Mover>], home: CentreId, rooms: &mut [Room], fits: impl Fn(&Mover, &Room) -> bool) -> Plan {
    let is_morning = |at: Moment| at.minute_of_day() < NOON;
    let by_preference = |morning: bool| {
        let mut order: Vec<usize> = (0..rooms.len()).collect();
        order.sort_by_key(|at| {
            let room = &rooms[*at];
            (room.centre != home, room.starts.day(), is_morning(room.starts) != morning, room.starts, room.slot)
        });
        order
    };
    let orders = [by_preference(false), by_preference(true)];
    let mut plan = Plan::default();
    for family in families {
        let Some(oldest) = family.first() else { continue };
        let order = &orders[usize::from(is_morning(oldest.starts))];
        let together = order.iter().find_map(|at| take(&mut rooms[*at], family, &fits));
        if let Some(places) = together {
            plan.placed.extend(places);
            continue;
        }
        for person in family {
            let order = &orders[usize::from(is_morning(person.starts))];
            let alone = order.iter().find_map(|at| take(&mut rooms[*at], std::slice::from_ref(person), &fits));
            plan.unplaced.extend(alone.is_none().then_some(person.number));
            plan.placed.extend(alone.into_iter().flatten());
        }
    }
    plan
}

/// Takes a place for each, or none at all.
fn take(room: &mut Room, people: &[Mover], fits: &impl Fn(&Mover, &Room) -> bool) -> Option<Vec<(TokenNumber, SlotId, Owner)>> {
    if room.free < people.len() as i64 || !people.iter().all(|person| fits(person, room)) {
        return None;
    }
    let before = room.shares.clone();
    let mut places = Vec::with_capacity(people.len());
    for person in people {
        let mut own = owners_next(person.owner, person.dose, person.zone).into_iter().filter(|owner| *owner != Owner::WalkIn);
        let share = own.find_map(|owner| room.shares.iter().position(|(of, free)| *of == owner && *free > 0));
        let Some(share) = share else {
            room.shares = before;
            return None;
        };
        room.shares[share].1 -= 1;
        places.push((person.number, room.slot, room.shares[share].0));
    }
    room.free -= people.len() as i64;
    Some(places)
}

/// How many people of a plan stay at their centre.
pub fn staying(plan: &Plan, home: CentreId, rooms: &[Room]) -> usize {
    let at_home = |slot: &SlotId| rooms.iter().any(|room| room.slot == *slot && room.centre == home);
    plan.placed.iter().filter(|(_, slot, _)| at_home(slot)).count()
}

/// Where most go first: slots with how many come, the most first.
pub fn by_slot(plan: &Plan) -> Vec<(SlotId, i64)> {
    let mut counts: HashMap<SlotId, i64> = HashMap::new();
    for (_, slot, _) in &plan.placed {
        *counts.entry(*slot).or_default() += 1;
    }
    let mut counts = Vec::from_iter(counts);
    counts.sort_by_key(|(slot, count)| (Reverse(*count), *slot));
    counts
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    const HOME: CentreId = CentreId(1);
    const ZONE: Owner = Owner::Zone(ZoneId(2));

    fn hour(day: i64, hour: i64) -> Moment {
        "2021-03-30".parse::<super::super::moment::Day>().unwrap().plus(day).start() + hour * 3600
    }

    fn person(n: i64, birth_year: i64, mobile: Option<i64>, starts: Moment, owner: Owner) -> Mover {
        let mobile = mobile.map(|n| format!("9{n:09}").parse().unwrap());
        Mover { number: TokenNumber::from_nine(n).unwrap(), birth_year, mobile, starts, owner, dose: 1 + n % 2, zone: ZoneId(2) }
    }

    fn room(slot: i64, centre: i64, starts: Moment, shares: &[(Owner, i64)]) -> Room {
        let free = shares.iter().map(|(_, free)| free).sum();
        Room { slot: SlotId(slot), centre: CentreId(centre), starts, free, shares: shares.to_vec() }
    }

    fn slots(plan: &Plan) -> Vec<(i64, i64)> {
        plan.placed.iter().map(|(number, slot, _)| (number.nine(), slot.0)).collect()
    }

    #[test]
    fn the_same_centre_then_the_soonest_day_then_the_part_of_the_day() {
        let morning = |n, year| vec![person(n, year, None, hour(0, 10), ZONE)];
        let afternoon = |n, year| vec![person(n, year, None, hour(0, 15), ZONE)];
        let mut rooms = [
            room(1, 9, hour(1, 10), &[(ZONE, 5)]),
            room(2, 1, hour(2, 10), &[(ZONE, 1)]),
            room(3, 1, hour(1, 15), &[(ZONE, 2)]),
            room(4, 1, hour(1, 11), &[(ZONE, 1), (Owner::WalkIn, 5)]),
        ];
        let families = [morning(1, 1940), afternoon(2, 1941), morning(3, 1942), morning(4, 1943), morning(5, 1944)];
        let found = plan(&families, HOME, &mut rooms, |_, _| true);
        // The walk-in places of slot 4 are nobody's who has a token.
        assert_eq!(slots(&found), [(1, 4), (2, 3), (3, 3), (4, 2), (5, 1)]);
        assert_eq!(staying(&found, HOME, &rooms), 4);
    }

    #[test]
    fn a_family_waits_a_day_rather_than_part_and_parts_rather_than_stay() {
        let people = vec![
            person(1, 1950, Some(7), hour(0, 10), ZONE),
            person(2, 1935, None, hour(0, 10), ZONE),
            person(3, 1930, Some(7), hour(0, 10), Owner::Open),
        ];
        let families = in_turn(people);
        assert_eq!(families.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        let small = || [room(1, 1, hour(1, 10), &[(ZONE, 1)]), room(2, 1, hour(2, 10), &[(ZONE, 1), (Owner::Open, 1)])];
        assert_eq!(slots(&plan(&families, HOME, &mut small(), |_, _| true)), [(3, 2), (1, 2), (2, 1)]);
        let mut apart = [room(1, 1, hour(1, 10), &[(Owner::Open, 1)]), room(2, 1, hour(2, 10), &[(ZONE, 1)])];
        let found = plan(&families, HOME, &mut apart, |_, _| true);
        assert_eq!((slots(&found), found.unplaced.len()), (vec![(3, 1), (1, 2)], 1));
    }

    fn people() -> impl Strategy<Value = Vec<Mover>> {
        let one = (1930..1976_i64, prop::option::weighted(0.6, 0..12_i64), 10..17_i64, prop::bool::ANY);
        prop::collection::vec(one, 0..60).prop_map(|all| {
            let owner = |zone| if zone { ZONE } else { Owner::Open };
            let make = |(n, (year, mobile, at, zone)): (usize, _)| person(n as i64, year, mobile, hour(0, at), owner(zone));
            all.into_iter().enumerate().map(make).collect()
        })
    }

    fn rooms() -> impl Strategy<Value = Vec<Room>> {
        let one = (1..4_i64, 0..3_i64, 10..17_i64, 0..5_i64, 0..5_i64, 0..3_i64, 0..3_i64);
        prop::collection::vec(one, 0..14).prop_map(|all| {
            let make = |(n, (centre, day, at, zone, open, walk_in, second)): (usize, _)| {
                let shares = [(ZONE, zone), (Owner::Open, open), (Owner::WalkIn, walk_in), (Owner::Dose(2), second)];
                room(n as i64 + 1, centre, hour(day, at), &shares)
            };
            all.into_iter().enumerate().map(make).collect()
        })
    }

    proptest! {
        #[test]
        fn no_slot_or_share_is_ever_overfilled_and_nobody_is_lost(people in people(), rooms in rooms()) {
            let mut left = rooms.clone();
            let found = plan(&in_turn(people.clone()), HOME, &mut left, |_, _| true);
            let mut taken: BTreeMap<(SlotId, Owner), i64> = BTreeMap::new();
            for (_, slot, owner) in &found.placed {
                *taken.entry((*slot, *owner)).or_default() += 1;
            }
            let dose = |number: &TokenNumber| people.iter().find(|person| person.number == *number).map(|person| person.dose);
            prop_assert!(found.placed.iter().all(|(number, _, owner)| dose(number).is_some_and(|dose| owner.serves(dose))));
            for (before, after) in rooms.iter().zip(&left) {
                let took = |owner: &Owner| taken.get(&(before.slot, *owner)).copied().unwrap_or(0);
                for ((owner, had), (_, has)) in before.shares.iter().zip(&after.shares) {
                    prop_assert!(*has >= 0 && had - has == took(owner));
                    prop_assert!(*owner != Owner::WalkIn || took(owner) == 0);
                }
                prop_assert_eq!(before.free - after.free, before.shares.iter().map(|(owner, _)| took(owner)).sum::<i64>());
            }
            let told: Vec<_> = found.placed.iter().map(|(number, ..)| *number).chain(found.unplaced.iter().copied()).collect();
            let all: BTreeSet<_> = people.iter().map(|person| person.number).collect();
            prop_assert_eq!(told.len(), people.len());
            prop_assert_eq!(BTreeSet::from_iter(told), all);
        }

        #[test]
        fn the_oldest_has_the_first_choice(people in people(), rooms in rooms()) {
            // Everybody alone, at the same time and out of the same share.
            let alone: Vec<_> =
                people.into_iter().map(|person| Mover { mobile: None, starts: hour(0, 10), owner: Owner::Open, dose: 1, ..person }).collect();
            let families = in_turn(alone);
            let found = plan(&families, HOME, &mut rooms.clone(), |_, _| true);
            let order: Vec<_> = families.iter().flatten().map(|person| (person.birth_year, person.number)).collect();
            prop_assert!(order.is_sorted());
            let placed: Vec<_> = found.placed.iter().map(|(number, ..)| *number).collect();
            // Whoever finds none is younger than all who do.
            prop_assert_eq!(placed, order.iter().map(|(_, number)| *number).take(found.placed.len()).collect::<Vec<_>>());
            let rank = |slot: &SlotId| {
                let room = rooms.iter().find(|room| room.slot == *slot).unwrap();
                (room.centre != HOME, room.starts.day(), room.starts.minute_of_day() >= NOON, room.starts)
            };
            prop_assert!(found.placed.iter().map(|(_, slot, _)| rank(slot)).is_sorted());
        }

        #[test]
        fn a_family_parts_only_where_no_slot_holds_it(people in people(), rooms in rooms()) {
            let families = in_turn(people);
            let mut left = rooms.clone();
            let found = plan(&families, HOME, &mut left, |_, _| true);
            for family in &families {
                let slot = |person: &Mover| found.placed.iter().find(|(number, ..)| *number == person.number).map(|(_, slot, _)| *slot);
                let slots: BTreeSet<_> = family.iter().map(slot).collect();
                if slots.len() > 1 || slots.contains(&None) {
                    // Slots only fill up: one that holds them all now would have held them at their turn.
                    prop_assert!(left.iter_mut().all(|room| take(room, family, &|_, _| true).is_none()));
                }
            }
        }
    }
}
