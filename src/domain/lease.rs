//! How many places each desk holds, and what its key may sign.
//!
//! A desk that issues without a link does so out of places that were lent to it. Lent places that nobody uses are places that somebody
//! else goes without, so a desk holds what it is likely to issue while it is cut off, never more than its fair part of what is left,
//! and less and less as the slot comes near.

use std::collections::BTreeMap;

use super::admission::Signature;
use super::moment::Moment;
use crate::ids::SlotId;

/// For how many hours without a link a desk is to have places.
const HOURS: i64 = 4;

/// What a desk is to hold at least while there is enough.
const LEAST: i64 = 40;

/// What a desk is taken to issue in an hour at least: of one that has just begun nobody knows.
const SLOWEST: i64 = 3;

/// From so many minutes before a slot on, a desk holds no more of it than its pace will use.
const NEAR_MINUTES: i64 = 60;

/// What deciding how many places of a slot a desk holds needs.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// When the slot begins.
    pub starts: Moment,
    /// Offices may give its places out now.
    pub open: bool,
    /// Places that nobody has.
    pub free: i64,
    /// Unused places that this desk holds.
    pub held: i64,
    /// Unused places that any desk holds, this one too.
    pub held_by_all: i64,
}

/// A desk, as far as its places go.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Tokens that it made in the last hour.
    pub an_hour: i64,
    /// The most that its officer lets it hold.
    pub most: i64,
}

/// How many unused places of each slot a desk should hold. `rooms` soonest first; `desks` share them, this one among them.
pub fn holdings(rooms: &[Room], pace: Pace, desks: i64, now: Moment) -> Vec<i64> {
    let an_hour = pace.an_hour.max(SLOWEST);
    let mut needed = (an_hour * HOURS).max(LEAST).min(pace.most);
    let hold = |room: &Room| {
        if !room.open || room.starts <= now {
            return 0;
        }
        // One part stays with those who issue by the link.
        let fair = (room.free + room.held_by_all) / (desks + 1);
        let minutes = (room.starts - now) / 60;
        let soon = if minutes < NEAR_MINUTES { an_hour * minutes / 60 } else { i64::MAX };
        let holds = needed.min(fair).min(soon).min(room.held + room.free).max(0);
        needed -= holds;
        holds
    };
    rooms.iter().map(hold).collect()
}

/// What a desk gives back of what it holds, or gets: small differences are not worth a call, except where the slot is near.
pub fn difference(room: &Room, should: i64, now: Moment) -> i64 {
    let near = (room.starts - now) / 60 < NEAR_MINUTES;
    match should - room.held {
        more if more > 0 && (near || more * 4 >= should) => more,
        less if less < 0 && (near || -less > should / 4) => less,
        _ => 0,
    }
}

/// The serials of each slot that a key may sign: pairs of first and last.
pub type Serials = BTreeMap<SlotId, Vec<(i64, i64)>>;

/// What is known of a desk's key: what it may sign, as it was at a moment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DeskKey {
    /// Signs nothing new: what it signed is known, or cannot be checked.
    pub revoked: bool,
    /// By slot.
    pub serials: Serials,
}

/// When a list of what desks may sign was true.
#[derive(Debug, Clone, Copy)]
pub struct ListTimes {
    /// Of what was lent before, it names everything.
    pub true_at: Moment,
    /// Save what was lent before this moment, when the database was brought back from a copy.
    pub forgot_until: Option<Moment>,
}

impl DeskKey {
    /// What a good signature of this key is worth, by a list that was true at a moment. The same rule stands in
    /// `src/browser/lease.ts`; `tests/vectors/leases.json` holds both to one truth.
    pub fn says(&self, list: ListTimes, slot: SlotId, serial: i64, issued: Moment) -> Signature {
        let may = self.serials.get(&slot).is_some_and(|ranges| ranges.iter().any(|(first, last)| (*first..=*last).contains(&serial)));
        if self.revoked {
            Signature::Unproved
        } else if may {
            Signature::Good
        } else if issued < list.true_at && list.forgot_until.is_none_or(|forgot| forgot < issued) {
            // The list is newer than the token: the serial was never the desk's to sign.
            Signature::Bad
        } else {
            Signature::Unproved
        }
    }
}

/// Serials in order, as first and last of each run.
pub fn runs(serials: impl IntoIterator<Item = i64>) -> Vec<(i64, i64)> {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for serial in serials {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == serial => *last = serial,
            _ => runs.push((serial, serial)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Moment = Moment(1_617_085_800);
    const LIST: ListTimes = ListTimes { true_at: NOON, forgot_until: None };

    fn room(minutes: i64, free: i64, held: i64, held_by_all: i64) -> Room {
        Room { starts: NOON + minutes * 60, open: true, free, held, held_by_all }
    }

    #[test]
    fn a_desk_holds_its_need_of_the_soonest_slots_and_never_more_than_its_part() {
        let pace = Pace { an_hour: 6, most: 60 };
        let rooms = [room(180, 100, 0, 0), room(240, 60, 0, 0), room(300, 100, 0, 0), room(360, 100, 0, 0)];
        assert_eq!(holdings(&rooms, pace, 4, NOON), [20, 12, 8, 0]);
        assert_eq!(holdings(&[room(180, 3, 0, 0)], pace, 4, NOON), [0], "what is left goes to whoever has the link");
        assert_eq!(holdings(&[room(180, 0, 8, 20)], pace, 4, NOON), [4], "and a desk gives back when others need it");
        assert_eq!(holdings(&[room(180, 100, 0, 0)], Pace { most: 5, ..pace }, 4, NOON), [5], "the officer's word");
    }

    #[test]
    fn near_its_start_a_slot_is_let_go() {
        let pace = Pace { an_hour: 6, most: 60 };
        assert_eq!(holdings(&[room(30, 100, 10, 10)], pace, 1, NOON), [3]);
        assert_eq!(holdings(&[room(15, 100, 10, 10)], Pace { an_hour: 0, most: 60 }, 1, NOON), [0]);
        assert_eq!(holdings(&[room(0, 100, 10, 10)], pace, 1, NOON), [0]);
        assert_eq!(difference(&room(30, 100, 10, 10), 3, NOON), -7);
    }

    #[test]
    fn a_key_signs_what_it_was_lent() {
        let key = DeskKey { revoked: false, serials: [(SlotId(7), runs([3, 4, 5, 9]))].into() };
        assert_eq!(key.serials[&SlotId(7)], [(3, 5), (9, 9)]);
        assert_eq!(key.says(LIST, SlotId(7), 4, NOON + -60), Signature::Good);
        assert_eq!(key.says(LIST, SlotId(7), 6, NOON + -60), Signature::Bad);
        assert_eq!(key.says(LIST, SlotId(7), 6, NOON + 60), Signature::Unproved);
        assert_eq!(DeskKey { revoked: true, ..key }.says(LIST, SlotId(7), 4, NOON), Signature::Unproved);
    }
}
