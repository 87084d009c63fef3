//! Keying a paper form in by its number: whoever was written on it becomes the token's holder. The dose is recorded after it, like any other.

use super::Actor;
use super::command::{CommandId, commit};
use super::issue_tokens::Details;
use super::leases::make_known;
use super::look_up::with_history;
use crate::core::Core;
use crate::domain::booking::Refusal;
use crate::domain::number::TokenNumber;
use crate::domain::paper::FormState;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::BeneficiaryId;
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::lease::Leased;
use crate::storage::pack::{Pack, PrintedForm};
use crate::storage::token::NewToken;

/// "On this form stands this person."
#[derive(Debug, Clone)]
pub struct KeyForm {
    /// The command's id.
    pub command: CommandId,
    /// Who says so.
    pub actor: Actor,
    /// The form's number.
    pub number: TokenNumber,
    /// Who stands on it.
    pub person: Details,
}

/// Does it, or says why not. Done twice with the same person, it is done once.
pub async fn key_form(core: &Core, asked: &KeyForm) -> Result<TokenNumber> {
    repeating(|| write(core, asked)).await
}

async fn write(core: &Core, asked: &KeyForm) -> Result<TokenNumber, Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    if let Some(number) = asked.command.done_before(&mut tx).await? {
        return Ok(number);
    }
    let form = tx.form(asked.number).await?.ok_or(Error::NotFound)?;
    let pack = tx.pack(form.pack_id).await?.ok_or(Error::NotFound)?;
    asked.actor.centre(&core.board(), pack.centre_id)?;
    tx.lock_slots(&[pack.slot_id]).await?;
    let place = tx.lock_leased(&[asked.number]).await?.pop().ok_or(Error::NotFound)?;
    let form = tx.form(form.number).await?.ok_or(Error::NotFound)?;
    match form.state {
        FormState::Printed | FormState::Used => {}
        FormState::Keyed => return Err(Refusal::FormKeyed.into()),
        FormState::Spoiled | FormState::Returned => return Err(Refusal::FormGivenBack.into()),
    }
    let person = holder(core, &mut tx, &asked.person, pack.dose).await?;
    tx.add_tokens(&[token(&place, &pack, form, person, asked)]).await?;
    tx.use_leased(asked.number, asked.command.id, now).await?;
    tx.set_keyed(asked.number, &asked.actor.name, now).await?;
    make_known(&mut tx, pack.centre_id, asked.number).await?;
    let note = core.note_in(&asked.actor.name, Scope::Centre(pack.centre_id), Act::KeyForm, Some(asked.number.plain()));
    if !tx.add_entries(&[asked.command.entry(note, Ok(&asked.number))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    Ok(asked.number)
}

/// Who on record stands on the form; a new person is written down. The form was used, so no rule of being due is asked: only that it does not
/// go together with what is known.
async fn holder(core: &Core, tx: &mut Tx, person: &Details, dose: i64) -> Result<BeneficiaryId, Failure> {
    let people = tx.people(&[], &[], std::slice::from_ref(&person.id_hash)).await?;
    let Some(found) = with_history(tx, people).await?.pop() else {
        let id = BeneficiaryId(core.chance.id(core.clock.now()));
        tx.add_people(&[person.beneficiary(id)], core.clock.now()).await?;
        return if tx.add_identities(&[person.identity(id)]).await? { Ok(id) } else { Err(Failure::Again) };
    };
    // The card is somebody else's: a mistyped number that happens to be another person's.
    if person.is_other(&found.row) {
        return Err(found.row.holds_the_id().into());
    }
    if let Some((number, _, starts)) = found.applicant.live.iter().find(|(_, of, _)| *of == dose) {
        return Err(Refusal::HasToken { number: *number, starts: *starts }.into());
    }
    if let Some(given) = found.applicant.doses.iter().find(|given| given.number == dose) {
        return Err(Refusal::DoseRecorded { dose, given_on: given.given_on }.into());
    }
    if let Some(locality) = &person.locality {
        tx.set_localities(&[(found.row.id, locality.clone())]).await?;
    }
    Ok(found.row.id)
}

fn token(place: &Leased, pack: &Pack, form: PrintedForm, person: BeneficiaryId, asked: &KeyForm) -> NewToken {
    NewToken {
        number: place.number,
        beneficiary_id: person,
        dose: pack.dose,
        vaccine: pack.vaccine,
        centre_id: pack.centre_id,
        slot_id: place.slot_id,
        owner: place.owner,
        serial: place.serial,
        id_type: asked.person.id_type,
        id_end: asked.person.id_end.clone(),
        link: place.link.clone(),
        secret_code: place.secret_code.clone(),
        cose: form.cose,
        issued_at: pack.made_at,
        issued_by: asked.actor.name.to_string(),
    }
}
