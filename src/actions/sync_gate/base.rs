//! What a gate hears that changes seldom: itself, keys, slots, graces, neighbours.

use std::collections::BTreeMap;

use super::down::{Base, DownCentre, DownGate, DownKey, DownLeases, DownSlot};
use crate::board::Board;
use crate::chance::short_hash;
use crate::core::Core;
use crate::domain::lease::{Serials, runs};
use crate::domain::moment::{Day, Moment};
use crate::error::{Error, Result};
use crate::ids::CentreId;
use crate::storage::Tx;
use crate::storage::desk::DeskKeyRow;
use crate::storage::gate::{Gate, Lane};

/// For how many days ahead a gate hears of slots.
const DAYS_AHEAD: i64 = 7;

/// What changes seldom, as this gate is to hear it.
pub(super) fn base(core: &Core, gate: &Gate, lanes: &[Lane], gates: &[Gate], desks: &[DeskKeyRow]) -> Result<Base> {
    let board = core.board();
    let centre = board.centre(gate.centre_id).ok_or(Error::NotFound)?;
    let name_of = |id| gates.iter().find(|gate| gate.id == id).map_or_else(String::new, |gate| gate.name.clone());
    // A lane that the gate was asked for is no longer in its base, nor any when it is to leave: to hold this base is to have
    // given them up.
    let own = || lanes.iter().filter(|lane| lane.gate_id == gate.id && lane.to_gate.is_none() && gate.moving_to.is_none());
    // To a gate that is about to get a lane it is still the other one's: people are sent there until then. Nobody is sent to
    // the phone that leaves by itself.
    let holder = |lane: &Lane| if lane.next_holder() == gate.id { lane.gate_id } else { lane.next_holder() };
    let sends_to = |lane: &&Lane| gate.moving_to.is_none() || holder(lane) != gate.id;
    let today = core.clock.now().day();
    let mut base = Base {
        version: String::new(),
        gate: DownGate {
            id: gate.id,
            name: gate.name.clone(),
            centre: centre.id,
            // In practice several people stand at the same door, each with a phone of their own.
            lanes: if core.is_practice() { vec![0] } else { own().map(|lane| lane.lane).collect() },
            lane_epochs: lanes.iter().map(|lane| (lane.lane, lane.epoch)).collect(),
            lane_holders: lanes.iter().filter(sends_to).map(|lane| (lane.lane, name_of(holder(lane)))).collect(),
            lenient: centre.lenient,
            phones: gates
                .iter()
                .filter(|other| other.id != gate.id && other.is_active() && other.moving_to.is_none())
                .map(|other| (other.id, other.name.clone()))
                .collect(),
            lane_key: data_encoding::BASE64URL_NOPAD.encode(&core.lane_key(centre.id)),
            moving_to: gate.moving_to,
            asked: gate.asked,
            desk_phone: board.zone(centre.zone_id).map_or_else(String::new, |zone| zone.phone.clone()),
            supervisor_phone: centre.supervisor_phone.clone(),
        },
        keys: keys(core, desks),
        early_minutes: core.campaign.early_minutes,
        late_minutes: core.campaign.late_minutes,
        running_late_minutes: centre.late(today),
        late_until: (centre.late(today) > 0).then(|| today.plus(1).start()),
        slots: slots(&board, centre.id, today),
        centres: board.field.centres.iter().filter(|other| other.district_id == centre.district_id).map(DownCentre::from).collect(),
    };
    let json = serde_json::to_vec(&base).map_err(|error| Error::Internal(error.to_string()))?;
    base.version = short_hash(json);
    Ok(base)
}

fn keys(core: &Core, desks: &[DeskKeyRow]) -> Vec<DownKey> {
    let text = |public: &[u8]| data_encoding::BASE64URL_NOPAD.encode(public);
    let keyring = core.keys();
    let own = keyring.publics().into_iter().map(|(kid, public)| DownKey { kid, public: text(public), desk: false, revoked: false });
    let of_desks = desks.iter().map(|key| DownKey { kid: key.kid, public: text(&key.public), desk: true, revoked: key.revoked });
    own.chain(of_desks).collect()
}

/// What desks may sign at a centre, from today on.
pub(super) async fn leases(tx: &mut Tx, core: &Core, centre: CentreId, now: Moment) -> Result<DownLeases> {
    let today = now.day();
    let mut serials: BTreeMap<i64, Serials> = BTreeMap::new();
    let mut by_slot: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    for row in tx.signable(centre, today, today.plus(DAYS_AHEAD)).await? {
        by_slot.entry((row.kid, row.slot_id)).or_default().push(row.serial);
    }
    for ((kid, slot), lent) in by_slot {
        serials.entry(kid).or_default().insert(slot, runs(lent));
    }
    let forgot_until = core.forgot_until();
    let json = serde_json::to_vec(&(&serials, forgot_until)).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(DownLeases { version: short_hash(json), true_at: now, forgot_until, serials })
}

fn slots(board: &Board, centre: CentreId, today: Day) -> Vec<DownSlot> {
    let days = today..today.plus(DAYS_AHEAD);
    let wanted = board.field.slots.iter().filter(|slot| slot.centre_id == centre && days.contains(&slot.day));
    let slot = wanted.filter_map(|slot| {
        let session = board.session(slot.session_id)?;
        Some(DownSlot {
            id: slot.id,
            call: slot.call,
            starts: slot.starts,
            minutes: slot.minutes,
            closes: session.closes,
            stopped: session.stopped,
            lanes: session.lanes,
        })
    });
    slot.collect()
}
