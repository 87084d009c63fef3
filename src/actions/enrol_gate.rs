//! Making a phone a gate: a one-time code on the officer's screen binds it to one centre.

use data_encoding::BASE64URL_NOPAD;

use super::Actor;
use super::command::{CommandId, commit};
use super::lanes::{lanes_to_take, take};
use crate::chance::fingerprint;
use crate::core::Core;
use crate::domain::place::Scope;
use crate::error::{Error, Fault, Result};
use crate::ids::{CentreId, GateId};
use crate::storage::gate::Gate;
use crate::storage::journal::Act;

/// How long a code waits to be scanned, in seconds.
pub const CODE_SECONDS: i64 = 30 * 60;

/// How many characters a secret has that a phone made: 32 random bytes or more.
const LEAST_SECRET: usize = 43;
const MOST_SECRET: usize = 200;

/// Prepares a gate; returns the one-time code, which follows from the form's secret key: sent twice, there is one gate and one code. When the
/// phone enrols, its lanes become its own, or are asked of whoever holds them.
///
/// `lanes` empty: when the phone enrols it takes all if no other gate holds any, else the first that nobody holds, else none.
pub async fn prepare_gate(core: &Core, actor: &Actor, key: &str, centre: CentreId, name: &str, lanes: &[i64]) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 30 {
        return Err(Error::field("name", Fault::Missing));
    }
    // A code that could be guessed would be worth nothing.
    if key.len() < 40 {
        return Err(Error::KeyMissing);
    }
    let board = core.board();
    actor.centre(&board, centre)?;
    let command = CommandId::new(&actor.name, key, format!("prepare {centre} {name} {lanes:?}"));
    let (now, code) = (core.clock.now(), BASE64URL_NOPAD.encode(&fingerprint(format!("gate {key}"))));
    let mut tx = core.write().await?;
    if command.done_before::<GateId>(&mut tx).await?.is_some() {
        return Ok(code);
    }
    let gate = Gate {
        id: GateId(tx.take_numbers("gate", 1).await?),
        centre_id: centre,
        name: name.to_owned(),
        enrol_lanes: lanes.iter().map(i64::to_string).collect::<Vec<_>>().join(","),
        enrolled_at: None,
        revoked_at: None,
        heard_at: None,
        waiting: 0,
        oldest_at: None,
        clock_offset: 0,
        version: String::new(),
        moving_to: None,
        asked: 0,
    };
    let note = core.note_in(&actor.name, Scope::Centre(centre), Act::PrepareGate, Some(about(gate.id)));
    command.note(&mut tx, note, &gate.id).await?;
    tx.add_gate(&gate, &fingerprint(&code), now + CODE_SECONDS).await?;
    commit(tx).await?;
    Ok(code)
}

/// Uses a one-time code up; returns the gate and the secret that the phone keeps. A phone that has made its own secret may ask again when the
/// answer was lost: it is that gate already.
pub async fn enrol_gate(core: &Core, code: &str, own: Option<String>) -> Result<(Gate, String)> {
    // One that could be guessed would be worth nothing.
    if own.as_ref().is_some_and(|secret| !(LEAST_SECRET..=MOST_SECRET).contains(&secret.len())) {
        return Err(Error::field("secret", Fault::Type));
    }
    let secret = own.unwrap_or_else(|| core.chance.secret());
    let mut tx = core.write().await?;
    if let Some(gate) = tx.gate_by_secret(&fingerprint(&secret)).await? {
        return Ok((gate, secret));
    }
    let gate = tx.enrol(&fingerprint(code), &fingerprint(&secret), core.clock.now()).await?.ok_or(Error::NotFound)?;
    let (now, held) = (core.clock.now(), tx.lock_lanes(gate.centre_id).await?);
    let asked: Vec<_> = gate.enrol_lanes.split(',').filter_map(|lane| lane.parse().ok()).collect();
    let board = core.board();
    let place = board.centre(gate.centre_id).ok_or(Error::NotFound)?;
    let lanes = lanes_to_take(board.lanes_at(place, now.day()), &held, &asked);
    take(&mut tx, gate.centre_id, &held, &lanes, gate.id, now).await?;
    tx.add_entries(&[core.note_in(&about(gate.id), Scope::Centre(gate.centre_id), Act::EnrolGate, Some(about(gate.id)))]).await?;
    tx.commit().await?;
    Ok((gate, secret))
}

/// Revokes a gate: the server does not hear it any more, and its lanes are free.
pub async fn revoke_gate(core: &Core, actor: &Actor, id: GateId) -> Result<()> {
    let mut tx = core.write().await?;
    let gate = tx.gate(id).await?.ok_or(Error::NotFound)?;
    actor.centre(&core.board(), gate.centre_id)?;
    if tx.revoke_gate(id, core.clock.now()).await? {
        tx.leave_centre(gate.centre_id, id).await?;
    }
    tx.add_entries(&[core.note_in(&actor.name, Scope::Centre(gate.centre_id), Act::RevokeGate, Some(about(id)))]).await?;
    tx.commit().await?;
    Ok(core.reload_board().await?)
}

/// The gate behind a phone's secret.
pub async fn gate_by_secret(core: &Core, secret: &str) -> Result<Option<Gate>> {
    Ok(core.read().await?.gate_by_secret(&fingerprint(secret)).await?)
}

/// Gives a gate another name.
pub async fn rename_gate(core: &Core, actor: &Actor, id: GateId, name: &str) -> Result<()> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 30 {
        return Err(Error::field("name", Fault::Missing));
    }
    let mut tx = core.write().await?;
    let gate = tx.gate(id).await?.ok_or(Error::NotFound)?;
    actor.centre(&core.board(), gate.centre_id)?;
    tx.rename_gate(id, name).await?;
    tx.add_entries(&[core.note_in(&actor.name, Scope::Centre(gate.centre_id), Act::RenameGate, Some(about(id)))]).await?;
    Ok(tx.commit().await?)
}

pub(super) fn about(gate: GateId) -> String {
    format!("gate:{gate}")
}
