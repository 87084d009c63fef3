//! Taking on what has to be settled, and giving it back. It keeps nobody else from settling it: it says who looks after it.

use super::Actor;
use super::command::{CommandId, commit};
use super::desks::own_desk;
use crate::core::Core;
use crate::domain::charge::{Change, Matter, Request, Thing, decide};
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{AlarmId, BeneficiaryId, DoseId, MessageId};
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::message::MessageState;
use crate::words::words;

words! {
    /// How it stands after that.
    Outcome {
        /// It is the actor's.
        Yours = "yours",
        /// It is the actor's and was somebody else's.
        TakenOver = "taken_over",
        /// It is nobody's.
        Free = "free",
        /// Somebody else has it.
        Theirs = "theirs",
        /// It is settled already.
        Settled = "settled",
    }
}

/// Does what is asked for. Whoever took it on meanwhile keeps it.
pub async fn take_charge(
    core: &Core,
    actor: &Actor,
    command: &CommandId,
    matter: Matter,
    thing: Thing,
    asked: &Request,
) -> Result<Outcome> {
    if !matter.is_for(actor.role) {
        return Err(Error::Forbidden);
    }
    if !matter.fits(thing) {
        return Err(Error::NotFound);
    }
    repeating(|| write(core, actor, command, matter, thing, asked)).await
}

async fn write(core: &Core, actor: &Actor, command: &CommandId, matter: Matter, thing: Thing, asked: &Request) -> Result<Outcome, Failure> {
    let mut tx = core.write().await?;
    if let Some((_, before)) = command.done_before::<(Matter, Outcome)>(&mut tx).await? {
        return Ok(before);
    }
    let Some((place, subject)) = find_open(core, &mut tx, actor, matter, thing).await? else { return Ok(Outcome::Settled) };
    let held = tx.charges(matter, &[thing]).await?.remove(&thing).map(|charge| charge.by_whom);
    let (name, now) = (&*actor.name, core.clock.now());
    let change = decide(held.as_deref(), name, actor.role, asked);
    let (done, act, outcome) = match &change {
        Change::Take => (tx.take_on(matter, thing, name, now).await?, Act::TakeCharge, Outcome::Yours),
        Change::TakeOver(from) => (tx.take_over(matter, thing, from, name, now).await?, Act::TakeOver, Outcome::TakenOver),
        Change::GiveBack => (tx.give_charge_back(matter, thing, name).await?, Act::GiveBack, Outcome::Free),
        Change::Nothing => return Ok(if held.is_some() { Outcome::Yours } else { Outcome::Free }),
        Change::Theirs => return Ok(Outcome::Theirs),
    };
    if !done {
        return Err(Failure::Again);
    }
    let note = core.note_in(name, place, act, Some(subject));
    if !tx.add_entries(&[command.entry(note, Ok(&(matter, outcome)))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    Ok(outcome)
}

/// Where something open lies, and as what the journal names it; nothing: it is settled. What lies outside the actor's scope does not exist.
async fn find_open(core: &Core, tx: &mut Tx, actor: &Actor, matter: Matter, thing: Thing) -> Result<Option<(Scope, String)>> {
    let board = core.board();
    let found = match matter {
        Matter::Conflict => {
            let row = tx.conflict(thing.id).await?.ok_or(Error::NotFound)?;
            actor.centre(&board, row.centre_id)?;
            row.settled_at.is_none().then(|| (Scope::Centre(row.centre_id), row.number.plain()))
        }
        Matter::DeskTask => {
            let row = tx.desk_task(thing.id).await?.ok_or(Error::NotFound)?;
            let desk = own_desk(core, tx, actor, row.desk_id).await?;
            row.settled_at.is_none().then(|| (Scope::Zone(desk.zone_id), format!("desk:{}", desk.id)))
        }
        Matter::Objection => {
            let row = tx.objection(thing.number).await?.ok_or(Error::NotFound)?;
            actor.centre(&board, row.centre_id)?;
            row.answered_at.is_none().then(|| (Scope::Centre(row.centre_id), row.subject()))
        }
        Matter::Message => {
            use MessageState::{Expired, Failed, NoPhone, Outbox, Sent};
            let row = tx.message(MessageId(thing.id)).await?.ok_or(Error::NotFound)?;
            actor.centre(&board, row.centre_id)?;
            let is_open = row.told_at.is_none() && matches!(row.state, Sent | Failed | Expired | NoPhone | Outbox);
            is_open.then(|| (Scope::Centre(row.centre_id), format!("person:{}", row.beneficiary_id)))
        }
        Matter::Alarm => {
            let row = tx.alarm(AlarmId(thing.number)).await?.filter(|alarm| actor.scope.meets(alarm.district_id));
            let row = row.ok_or(Error::NotFound)?;
            row.settled_at.is_none().then(|| (Scope::District(row.district_id), format!("alarm:{}", row.id)))
        }
        // These two are no longer there once they are mended.
        Matter::Upload => {
            let row = tx.refused_upload(actor.scope, DoseId(thing.id)).await?;
            row.map(|row| (Scope::Centre(row.centre_id), format!("dose:{}", row.dose_id)))
        }
        Matter::Difference => {
            let centre = tx.finding_place(actor.scope, BeneficiaryId(thing.id), thing.number).await?;
            centre.map(|centre| (Scope::Centre(centre), format!("person:{}", thing.id)))
        }
    };
    Ok(found)
}
