//! Printing forms ahead for a place without power: numbered, each with a code that is signed without a person. Their places are lent, so
//! that nobody else gets them.

use super::Actor;
use super::command::{CommandId, commit};
use super::leases::{Holder, Lending, lend};
use crate::core::Core;
use crate::domain::booking::Refusal;
use crate::domain::moment::Moment;
use crate::domain::place::{Role, Scope, owners_for};
use crate::domain::token::Claims;
use crate::error::{Error, Fault, Result};
use crate::ids::{CentreId, PackId, SlotId};
use crate::slice::{Failure, repeating};
use crate::storage::journal::Act;
use crate::storage::lease::Leased;
use crate::storage::pack::{NewPack, Pack, PrintedForm};
use crate::storage::slot::BookingSlot;

/// The most forms of a bundle.
pub const MOST_FORMS: i64 = 200;

/// "Print so many forms for this slot."
#[derive(Debug, Clone)]
pub struct PrintForms {
    /// The command's id.
    pub command: CommandId,
    /// Who asks.
    pub actor: Actor,
    /// At which centre.
    pub centre: CentreId,
    /// For which slot.
    pub slot: SlotId,
    /// For which dose.
    pub dose: i64,
    /// How many.
    pub forms: i64,
}

/// Does it, or says why not.
pub async fn print_forms(core: &Core, asked: &PrintForms) -> Result<PackId> {
    if !(1..=MOST_FORMS).contains(&asked.forms) {
        return Err(Error::field("forms", Fault::Number));
    }
    asked.actor.centre(&core.board(), asked.centre)?;
    let first_index = core.take_token_indexes(asked.forms).await?;
    repeating(|| write(core, asked, first_index)).await
}

async fn write(core: &Core, asked: &PrintForms, first_index: i64) -> Result<PackId, Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    if let Some(pack) = asked.command.done_before(&mut tx).await? {
        return Ok(pack);
    }
    let (slots, shares) = tx.lock_slots(&[asked.slot]).await?;
    let slot = slots.into_iter().find(|slot| slot.centre_id == asked.centre).ok_or_else(|| Error::field("slot", Fault::Choice))?;
    core.board().offer(&slot).is_open(Role::Operator, now)?;
    if slot.doses & asked.dose == 0 {
        return Err(Refusal::DoseNotServed { dose: asked.dose }.into());
    }
    let mut left = asked.forms.min(slot.capacity - slot.taken);
    let mut lendings = Vec::new();
    for owner in owners_for(asked.actor.role, asked.actor.scope, asked.dose) {
        let free = shares.iter().filter(|share| share.owner == owner).map(|share| share.capacity - share.taken).sum::<i64>();
        let places = free.min(left);
        if places > 0 {
            lendings.push(Lending { slot: slot.clone(), owner, places });
            left -= places;
        }
    }
    if lendings.iter().map(|lending| lending.places).sum::<i64>() < asked.forms {
        return Err(Refusal::NoPlace.into());
    }
    let id = PackId(tx.take_numbers("pack", 1).await?);
    let made_by = asked.actor.name.to_string();
    let pack = NewPack { id, centre_id: asked.centre, slot_id: slot.id, dose: asked.dose, forms: asked.forms, made_at: now, made_by };
    tx.add_pack(&pack).await?;
    let mut places = lend(&mut tx, core, Holder::Pack(id), &lendings, first_index, now).await?;
    places.sort_by_key(|place| place.serial);
    let keys = core.keys();
    let claims: Vec<_> = places.iter().map(|place| blank(place, &slot, asked.dose, now)).collect();
    let signed = tokio::task::spawn_blocking(move || claims.iter().map(|claims| keys.signer.sign(claims)).collect::<Vec<_>>());
    let signed = signed.await.map_err(|error| Error::Internal(error.to_string()))?;
    let forms: Vec<_> = (1..).zip(places.iter().zip(signed)).map(|(position, (place, cose))| (position, place.number, cose)).collect();
    tx.add_forms(id, &forms).await?;
    let note = core.note_in(&asked.actor.name, Scope::Centre(asked.centre), Act::PrintForms, Some(format!("pack:{id}")));
    if !tx.add_entries(&[asked.command.entry(note, Ok(&id))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    core.touch(slot.id);
    Ok(id)
}

/// What a form's code says: everything but the person.
fn blank(place: &Leased, slot: &BookingSlot, dose: i64, now: Moment) -> Claims {
    Claims {
        number: place.number,
        revision: 1,
        slot: slot.id,
        serial: place.serial,
        centre: slot.centre_id,
        starts: slot.starts,
        minutes: slot.minutes,
        dose,
        issued: now,
        holder: None,
    }
}

/// A bundle within the actor's scope, and its forms.
pub async fn pack_with_forms(core: &Core, actor: &Actor, id: PackId) -> Result<(Pack, Vec<PrintedForm>)> {
    let mut tx = core.read().await?;
    let pack = tx.pack(id).await?.ok_or(Error::NotFound)?;
    actor.centre(&core.board(), pack.centre_id)?;
    let forms = tx.forms_of(id).await?;
    Ok((pack, forms))
}
