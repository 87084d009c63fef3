//! The waiting list: to whom a place goes that becomes free. Who has waited longest is first; nobody is passed who could have had the place.

use super::moment::{Day, Moment};
use super::moving::NOTICE;
use super::place::Free;
use crate::ids::{CentreId, SlotId, WaitingId};
use crate::words::words;

words! {
    /// What became of somebody on the list.
    WaitingState {
        /// Still on it.
        Waiting = "waiting",
        /// Got a place from the list.
        Placed = "placed",
        /// Got a token in another way.
        Elsewhere = "elsewhere",
        /// Was taken off it.
        Removed = "removed",
    }
}

words! {
    /// Why somebody was taken off the list.
    WhyRemoved {
        /// Does not want a place any more.
        Withdrew = "withdrew",
        /// Could not be reached.
        NotReached = "not_reached",
        /// Was put on it by mistake.
        Mistake = "mistake",
        /// Anything else.
        Other = "other",
    }
}

/// Within how many seconds standby people said that they can come.
pub const STANDBY: i64 = 3600;

/// Somebody on the list, as far as the order goes. The ids rise in the order in which people came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiter {
    /// Which entry.
    pub id: WaitingId,
    /// Only this centre will do; absent: any of the zone's.
    pub centre: Option<CentreId>,
    /// Can come within the hour.
    pub standby: bool,
    /// Not on a day before this one: was sent home ill.
    pub not_before: Option<Day>,
}

/// A slot and the places in it that the list may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Room {
    pub slot: SlotId,
    pub centre: CentreId,
    pub starts: Moment,
    pub ends: Moment,
    pub free: Free,
}

impl Waiter {
    /// Whether they would take a place there, and still come in time when they hear of it now.
    fn can_use(&self, room: &Room, now: Moment) -> bool {
        let in_time = if self.standby { room.ends >= now + STANDBY } else { room.starts >= now + NOTICE };
        let well = self.not_before.is_none_or(|day| room.starts.day() >= day);
        in_time && well && self.centre.is_none_or(|centre| centre == room.centre)
    }
}

/// Gives the free places out: to each in order the soonest that serves them. `dose` says for which one somebody comes, `fits` whether a
/// slot serves them. The rooms come soonest first.
pub fn assign(
    waiters: &[Waiter],
    rooms: &mut [Room],
    now: Moment,
    dose: impl Fn(&Waiter) -> Option<i64>,
    fits: impl Fn(&Waiter, &Room) -> bool,
) -> Vec<(WaitingId, SlotId)> {
    let place = |waiter: &Waiter| {
        let dose = dose(waiter)?;
        let room = rooms.iter_mut().find(|room| room.free.for_dose(dose) > 0 && waiter.can_use(room, now) && fits(waiter, room))?;
        room.free.take(dose).then_some((waiter.id, room.slot))
    };
    waiters.iter().filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::place::Owner;

    const NOW: Moment = Moment(1_617_082_620);

    fn kept(free: &[(Owner, i64)]) -> Free {
        let mut all = Free::default();
        for (owner, places) in free {
            all.count(*owner, *places);
        }
        all
    }

    fn room(slot: i64, centre: i64, hours: i64, free: i64) -> Room {
        let starts = NOW + hours * 3600;
        Room { slot: SlotId(slot), centre: CentreId(centre), starts, ends: starts + 3600, free: kept(&[(Owner::Open, free)]) }
    }

    fn waiter(id: i64, centre: Option<i64>, standby: bool) -> Waiter {
        Waiter { id: WaitingId(id), centre: centre.map(CentreId), standby, not_before: None }
    }

    #[test]
    fn who_was_ill_waits_for_the_day() {
        let ill = Waiter { not_before: Some(NOW.day().plus(1)), ..waiter(1, None, false) };
        let mut rooms = [room(1, 1, 4, 1), room(2, 1, 28, 1)];
        assert_eq!(
            assign(&[ill, waiter(2, None, false)], &mut rooms, NOW, |_| Some(1), |_, _| true),
            [(WaitingId(1), SlotId(2)), (WaitingId(2), SlotId(1))]
        );
    }

    #[test]
    fn the_first_who_can_come_in_time_gets_the_place() {
        let mut rooms = [room(1, 1, 0, 1), room(2, 2, 3, 1)];
        let list = [waiter(1, Some(1), false), waiter(2, None, true), waiter(3, None, false), waiter(4, None, false)];
        // The first can be told too late for their centre; standby people make it.
        let given = assign(&list, &mut rooms, NOW, |_| Some(1), |_, _| true);
        assert_eq!(given, [(WaitingId(2), SlotId(1)), (WaitingId(3), SlotId(2))]);
    }

    proptest! {
        #[test]
        fn nobody_is_passed_who_could_have_had_the_place(
            people in prop::collection::vec((prop::option::of(1_i64..4), any::<bool>()), 0..12),
            places in prop::collection::vec((1_i64..4, 0_i64..5, 0_i64..3, 0_i64..3), 0..6),
            odd in any::<u8>(),
        ) {
            let list: Vec<_> = (1..).zip(&people).map(|(id, (centre, standby))| waiter(id, *centre, *standby)).collect();
            let rooms: Vec<_> = (1..).zip(&places).map(|(slot, (centre, hours, open, second))| Room {
                free: kept(&[(Owner::Open, *open), (Owner::Dose(2), *second)]),
                ..room(slot, *centre, *hours, 0)
            }).collect();
            let dose = |waiter: &Waiter| 1 + waiter.id.0 % 2;
            let fits = |waiter: &Waiter, room: &Room| (waiter.id.0 * 3 + room.slot.0 + i64::from(odd)) % 4 != 0;
            let mut left = rooms.clone();
            let given = assign(&list, &mut left, NOW, |waiter| Some(dose(waiter)), fits);
            for (before, after) in rooms.iter().zip(&left) {
                let taken = given.iter().filter(|(_, slot)| *slot == before.slot).count() as i64;
                let second = given.iter().filter(|(id, slot)| *slot == before.slot && id.0 % 2 == 1).count() as i64;
                prop_assert!(after.free.for_dose(1) >= 0 && before.free.all() - after.free.all() == taken);
                prop_assert!(before.free.kept(2) - after.free.kept(2) == second.min(before.free.kept(2)));
            }
            for waiter in &list {
                let served = given.iter().any(|(id, _)| *id == waiter.id);
                // Somebody who came later and for the same dose has not got what they could have had.
                let later = given.iter().filter(|(id, _)| *id > waiter.id && (id.0 - waiter.id.0) % 2 == 0);
                let passed = later.filter_map(|(_, slot)| rooms.iter().find(|room| room.slot == *slot)).any(|room| waiter.can_use(room, NOW) && fits(waiter, room));
                prop_assert!(served || !passed);
            }
        }
    }
}
