//! What a revoked phone hands over: it waits for an officer and changes nothing until then.

use super::Actor;
use super::record_scans::Scanning;
use super::sync_gate::{Down, MOST_SCANS, Up, UpAnswer, UpScan, store};
use crate::core::Core;
use crate::domain::moment::Moment;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::GateId;
use crate::storage::gate::{Gate, HeldScan};
use crate::storage::journal::{Act, Entry};

/// The longest record of one scan, in bytes: whoever holds a revoked phone fills nobody's disk with one.
const LONGEST: usize = 4_000;

/// A revoked phone hands over what it wrote: an officer decides what of it counts.
pub(super) async fn hand_in(core: &Core, gate: &Gate, up: Up, now: Moment) -> Result<Down> {
    let mut answers = Vec::with_capacity(up.scans.len());
    let mut held = Vec::with_capacity(up.scans.len());
    let mut tx = core.write().await?;
    let first = tx.take_numbers("held", up.scans.len() as i64).await?;
    for (scan, position) in up.scans.into_iter().zip(first..) {
        let id = scan["id"].as_str().unwrap_or("").to_owned();
        let body = scan.to_string();
        let read = serde_json::from_value::<UpScan>(scan).ok().filter(|_| body.len() <= LONGEST);
        answers.push(UpAnswer { id, outcome: if read.is_some() { "held" } else { "malformed" }, detail: None });
        held.extend(read.map(|read| HeldScan { id: read.id, gate_id: gate.id, position, body, received_at: now }));
    }
    let heard = Gate { heard_at: Some(now), waiting: up.waiting, clock_offset: core.clock.offset_of(up.phone_time), ..gate.clone() };
    if !held.is_empty() {
        tx.hold_scans(&held).await?;
    }
    tx.heard_gate(&heard, now).await?;
    tx.commit().await?;
    Ok(Down {
        server_time: now,
        epoch: core.epoch(),
        cursor: 0,
        more: false,
        answers,
        base: None,
        leases: None,
        tokens: Vec::new(),
        lanes_until: now,
        conflicts: Vec::new(),
        revoked: true,
    })
}

/// Takes in, or leaves out, what a revoked phone handed over; how many scans that were.
pub async fn decide_held(core: &Core, scanning: &Scanning, actor: &Actor, gate: GateId, take: bool) -> Result<usize> {
    let mut tx = core.read().await?;
    let gate = tx.gate(gate).await?.ok_or(Error::NotFound)?;
    let held = tx.held_scans(gate.id).await?;
    tx.commit().await?;
    actor.centre(&core.board(), gate.centre_id)?;
    if take {
        for some in held.chunks(MOST_SCANS) {
            let answers =
                store(core, scanning, &gate, some.iter().filter_map(|scan| serde_json::from_str(&scan.body).ok()).collect()).await?;
            // What could not be written at this moment is taken in at the next try: this is the only copy.
            if !answers.iter().all(|answer| matches!(answer.outcome, "stored" | "id_reused" | "malformed")) {
                return Err(Error::Unavailable("some of the held scans could not be written".into()));
            }
        }
    }
    let mut tx = core.write().await?;
    for some in held.chunks(MOST_SCANS) {
        tx.drop_held(&some.iter().map(|scan| scan.id).collect::<Vec<_>>()).await?;
    }
    let act = if take { Act::TakeHeldScans } else { Act::LeaveHeldScans };
    let note = core.note_in(&actor.name, Scope::Centre(gate.centre_id), act, Some(format!("gate:{}", gate.id)));
    tx.add_entries(&[Entry { answer: Some(held.len().to_string()), ..note }]).await?;
    tx.commit().await?;
    Ok(held.len())
}
