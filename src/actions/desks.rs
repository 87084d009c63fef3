//! Desks, as officers and clerks deal with them: a clerk asks that this browser be one, an officer approves it, says how many places it
//! may hold, asks them back, ends it, or declares it lost.

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use super::Actor;
use super::leases::give_back;
use super::sync_desk::{DeskRecord, Outcome, take};
use crate::chance::fingerprint;
use crate::core::Core;
use crate::domain::place::Scope;
use crate::error::{Error, Fault, Result};
use crate::ids::{DeskId, DistrictId, ZoneId};
use crate::storage::Tx;
use crate::storage::charge::Whose;
use crate::storage::desk::{Desk, DeskTask, TaskKind};
use crate::storage::journal::Act;
use crate::storage::lease::LeaseState;

/// How many places a desk may hold until its officer says otherwise.
const MOST: i64 = 60;

/// How many tasks a page shows.
const MOST_TASKS: i64 = 200;

/// What a browser says of itself that is to be a desk.
#[derive(Debug, serde::Deserialize)]
pub struct AskForDesk {
    /// What the office calls it.
    pub name: String,
    /// Its public key, an uncompressed P-256 point in base64url. The other half never leaves it.
    pub public: String,
    /// By which it is known from now on.
    pub secret: String,
}

/// "Make this browser a desk of our office." It waits for an officer. Asking twice with one secret is asking once.
pub async fn ask_for_desk(core: &Core, actor: &Actor, asked: &AskForDesk) -> Result<Desk> {
    let Scope::Zone(zone_id) = actor.scope else { return Err(Error::Forbidden) };
    let name = asked.name.trim();
    if name.is_empty() || name.chars().count() > 30 || name.chars().any(char::is_control) {
        return Err(Error::field("name", Fault::Missing));
    }
    let public = BASE64URL_NOPAD.decode(asked.public.as_bytes()).ok().filter(|public| public.len() == 65 && public[0] == 4);
    let public = public.ok_or_else(|| Error::Malformed("public: 65 bytes of an uncompressed point in base64url".into()))?;
    if asked.secret.len() < 40 {
        return Err(Error::Malformed("secret: at least 32 random bytes in base64url".into()));
    }
    let (now, hash) = (core.clock.now(), fingerprint(&asked.secret));
    let mut tx = core.write().await?;
    if let Some(desk) = tx.desk_by_secret(&hash).await? {
        return Ok(desk);
    }
    let desk = Desk {
        id: DeskId(tx.take_numbers("desk", 1).await?),
        zone_id,
        name: name.to_owned(),
        public,
        kid: None,
        asked_at: now,
        asked_by: actor.name.to_string(),
        approved_at: None,
        approved_by: None,
        most: MOST,
        revoked_at: None,
        lost_at: None,
        fenced_at: None,
        heard_at: None,
        waiting: 0,
        oldest_at: None,
        clock_offset: 0,
        pace: 0,
        call_id: None,
        word: core.chance.link(),
        epoch: Some(core.epoch().to_string()),
    };
    tx.add_desk(&desk, &hash).await?;
    tx.add_entries(&[core.note(actor, Act::AskForDesk, Some(subject(desk.id)))]).await?;
    tx.commit().await?;
    Ok(desk)
}

/// What an officer decides of a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may issue without a link.
    Approve,
    /// So many places at most; 0 asks all back.
    Cap(i64),
    /// It signs nothing new. What it signed and the server has heard of stays good; the rest is compared at the gate.
    Revoke,
    /// It is gone with what it held: its places are free, and a token of it that turns up is honoured and listed.
    Lose,
}

/// Does it.
pub async fn decide_desk(core: &Core, actor: &Actor, id: DeskId, decision: Decision) -> Result<()> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let mut desk = own_desk(core, &mut tx, actor, id).await?;
    let mut touched = Vec::new();
    let act = match decision {
        Decision::Approve => {
            if desk.approved_at.is_none() {
                // The next key of the installation must not get the same name.
                desk.kid = Some(tx.take_numbers("signing_key", 1).await?);
                (desk.approved_at, desk.approved_by) = (Some(now), Some(actor.name.to_string()));
            }
            Act::ApproveDesk
        }
        Decision::Cap(most) => {
            desk.most = most.clamp(0, 500);
            Act::CapDesk
        }
        Decision::Revoke => {
            desk.revoked_at = desk.revoked_at.or(Some(now));
            Act::RevokeDesk
        }
        Decision::Lose => {
            let held = tx.leased_to(id).await?;
            let mut slots: Vec<_> = held.iter().map(|place| place.slot_id).collect();
            slots.dedup();
            tx.lock_slots(&slots).await?;
            let numbers: Vec<_> = held.iter().map(|place| place.number).collect();
            touched = give_back(&mut tx, &numbers, LeaseState::Lost).await?;
            desk.lost_at = desk.lost_at.or(Some(now));
            Act::LoseDesk
        }
    };
    tx.put_desk(&desk).await?;
    tx.add_entries(&[core.note_in(&actor.name, Scope::Zone(desk.zone_id), act, Some(subject(id)))]).await?;
    tx.commit().await?;
    for place in touched {
        core.touch(place.slot_id);
    }
    core.reload_keys().await.map_err(|error| Error::Internal(error.to_string()))
}

/// The desks that somebody may see, and what waits of them, whose it may be.
pub async fn look_at_desks(core: &Core, actor: &Actor, whose: Whose<'_>) -> Result<(Vec<(Desk, i64)>, Vec<DeskTask>)> {
    let mut tx = core.read().await?;
    let mut desks = Vec::new();
    for desk in tx.desks(actor.scope).await? {
        let held = tx.leased_to(desk.id).await?.len() as i64;
        desks.push((desk, held));
    }
    Ok((desks, tx.desk_tasks(actor.scope, whose, MOST_TASKS).await?))
}

/// Settles what a desk brought, with a word on how. `take_it`: what was held because the desk is revoked becomes a token after all.
pub async fn settle_desk_task(core: &Core, actor: &Actor, id: Uuid, how: &str, take_it: bool) -> Result<()> {
    let how = how.trim();
    if how.is_empty() && !take_it {
        return Err(Error::field("how", Fault::Missing));
    }
    let mut tx = core.write().await?;
    let task = tx.desk_task(id).await?.ok_or(Error::NotFound)?;
    let desk = own_desk(core, &mut tx, actor, task.desk_id).await?;
    if take_it && matches!(task.kind, TaskKind::Revoked | TaskKind::Cancel) && task.settled_at.is_none() {
        tx.commit().await?;
        let record: DeskRecord = serde_json::from_str(task.record.as_deref().unwrap_or(""))
            .map_err(|error| Error::Internal(format!("a desk's record cannot be read: {error}")))?;
        if take(core, &desk, &record, true).await? != Outcome::Stored {
            return Err(Error::Unavailable("the record is held for another reason now".into()));
        }
        tx = core.write().await?;
    }
    let how = if take_it { "taken" } else { how };
    tx.settle_desk_task(id, &actor.name, how, core.clock.now()).await?;
    tx.add_entries(&[core.note_in(&actor.name, Scope::Zone(desk.zone_id), Act::SettleDeskTask, Some(subject(desk.id)))]).await?;
    Ok(tx.commit().await?)
}

/// A desk of a zone within the actor's district. What lies outside does not exist for them.
pub(super) async fn own_desk(core: &Core, tx: &mut Tx, actor: &Actor, id: DeskId) -> Result<Desk> {
    let desk = tx.lock_desk(id).await?.ok_or(Error::NotFound)?;
    let district = district_of(core, desk.zone_id).ok_or(Error::NotFound)?;
    if actor.scope.meets(district) { Ok(desk) } else { Err(Error::NotFound) }
}

fn district_of(core: &Core, zone: ZoneId) -> Option<DistrictId> {
    core.board().zone(zone).map(|zone| zone.district_id)
}

fn subject(desk: DeskId) -> String {
    format!("desk:{desk}")
}
