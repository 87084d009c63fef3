//! A session that goes on with fewer places than it has: too few vials came, a vaccinator is ill.
//!
//! Free places go first. Only where that is not enough do people leave, the last of each slot, in proportion to how many each slot
//! has. A slot keeps as many places as are taken until its people have left: nobody is ever without a place on paper.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::moving::Mover;
use super::number::TokenNumber;
use super::person::Mobile;
use super::place::Owner;
use crate::ids::SlotId;

/// A slot's places now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Which slot.
    pub slot: SlotId,
    /// How many it has.
    pub capacity: i64,
    /// How many of them are taken.
    pub taken: i64,
    /// Of each owner: how many, and how many of them are taken.
    pub shares: Vec<(Owner, i64, i64)>,
}

/// How many of so many places each slot is to have, in the slots' order.
pub fn targets(slots: &[Places], places: i64) -> Vec<i64> {
    let taken: i64 = slots.iter().map(|slot| slot.taken).sum();
    if places < taken {
        return portions(places, &slots.iter().map(|slot| slot.taken).collect::<Vec<_>>());
    }
    let free = portions(places - taken, &slots.iter().map(|slot| slot.capacity - slot.taken).collect::<Vec<_>>());
    slots.iter().zip(free).map(|(slot, free)| slot.taken + free).collect()
}

/// The slot with as few places as it can have now, on its way to a target: free places are given up, whose they are in proportion.
#[must_use]
pub fn trimmed(slot: &Places, target: i64) -> Places {
    let free: Vec<_> = slot.shares.iter().map(|(_, capacity, taken)| capacity - taken).collect();
    let over = (slot.capacity - target).clamp(0, (slot.capacity - slot.taken).min(free.iter().sum()));
    let shares = slot.shares.iter().zip(portions(over, &free));
    Places {
        capacity: slot.capacity - over,
        shares: shares.map(|((owner, capacity, taken), less)| (*owner, capacity - less, *taken)).collect(),
        ..slot.clone()
    }
}

/// Who leaves a slot: so many of its people, whoever came last first, families (the same mobile number) as a whole while that goes.
/// Each person comes with the serial of their slip.
pub fn leaving(people: &[(Mover, i64)], count: usize) -> Vec<TokenNumber> {
    let mut last_first: Vec<_> = people.iter().collect();
    last_first.sort_by_key(|(person, serial)| (Reverse(*serial), person.number));
    let mut families: Vec<Vec<TokenNumber>> = Vec::new();
    let mut known: HashMap<&Mobile, usize> = HashMap::new();
    for (person, _) in last_first {
        let at = person.mobile.as_ref().map_or(families.len(), |mobile| *known.entry(mobile).or_insert(families.len()));
        if at == families.len() {
            families.push(Vec::new());
        }
        families[at].push(person.number);
    }
    let (mut chosen, mut parted) = (Vec::with_capacity(count), Vec::new());
    for family in families {
        let goes = chosen.len() + family.len() <= count;
        if goes { chosen.extend(family) } else { parted.extend(family) }
    }
    chosen.extend(parted);
    chosen.truncate(count);
    chosen
}

/// A whole number in proportion to weights; what does not divide goes to the largest remainders. At most as much as the weights.
fn portions(whole: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i64 = weights.iter().sum();
    let whole = whole.clamp(0, sum);
    let mut parts: Vec<_> = weights.iter().map(|weight| if sum > 0 { whole * weight / sum } else { 0 }).collect();
    let mut order: Vec<_> = (0..weights.len()).collect();
    order.sort_by_key(|at| Reverse(if sum > 0 { whole * weights[*at] % sum } else { 0 }));
    let rest = whole - parts.iter().sum::<i64>();
    for at in order.into_iter().take(usize::try_from(rest).unwrap_or(0)) {
        parts[at] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::moment::Moment;
    use crate::ids::ZoneId;

    fn slot(slot: i64, capacity: i64, taken: i64) -> Places {
        let shares = vec![(Owner::Open, capacity / 2, taken / 2), (Owner::WalkIn, capacity - capacity / 2, taken - taken / 2)];
        Places { slot: SlotId(slot), capacity, taken, shares }
    }

    fn person(number: i64, serial: i64, mobile: Option<&str>) -> (Mover, i64) {
        let number = TokenNumber::from_nine(number).unwrap();
        let mobile = mobile.map(|mobile| mobile.parse().unwrap());
        (Mover { number, birth_year: 1950, mobile, starts: Moment(0), owner: Owner::Open, dose: 1, zone: ZoneId(2) }, serial)
    }

    #[test]
    fn free_places_go_before_people() {
        let slots = [slot(1, 10, 10), slot(2, 10, 2)];
        assert_eq!(targets(&slots, 14), [10, 4]);
        assert_eq!(targets(&slots, 12), [10, 2]);
        assert_eq!(targets(&slots, 6), [5, 1]);
        assert_eq!(targets(&slots, 0), [0, 0]);
        assert_eq!(trimmed(&slots[0], 5), slots[0], "everybody still has a place");
        assert_eq!(trimmed(&slots[1], 4).capacity, 4);
    }

    #[test]
    fn the_last_leave_and_families_leave_together() {
        let (own, other) = (Some("9876543210"), Some("9876543211"));
        let people = [person(1, 1, None), person(2, 2, own), person(3, 3, own), person(4, 4, other), person(5, 5, None)];
        let who = |count| leaving(&people, count).into_iter().map(|number| number.value() / 10).collect::<Vec<_>>();
        assert_eq!(who(1), [5]);
        assert_eq!(who(2), [5, 4]);
        assert_eq!(who(3), [5, 4, 1], "two of the same number stay together");
        assert_eq!(who(4), [5, 4, 3, 2]);
        assert_eq!(who(9), [5, 4, 3, 2, 1]);
    }

    proptest! {
        #[test]
        fn whatever_the_numbers_nothing_is_lost(rows in prop::collection::vec((0_i64..60, 0_i64..60), 1..8), places in 0_i64..400) {
            let slots: Vec<_> = (1..).zip(&rows).map(|(id, (taken, free))| slot(id, taken + free, *taken)).collect();
            let capacity: i64 = slots.iter().map(|slot| slot.capacity).sum();
            let aims = targets(&slots, places);
            prop_assert_eq!(aims.iter().sum::<i64>(), places.min(capacity));
            for (slot, aim) in slots.iter().zip(&aims) {
                prop_assert!((0..=slot.capacity).contains(aim));
                let now = trimmed(slot, *aim);
                prop_assert_eq!(now.capacity, slot.taken.max(*aim));
                prop_assert_eq!(now.capacity, now.shares.iter().map(|(_, capacity, _)| capacity).sum::<i64>());
                prop_assert!(now.shares.iter().all(|(_, capacity, taken)| capacity >= taken));
                prop_assert_eq!(&trimmed(&now, *aim), &now);
            }
        }
    }
}
