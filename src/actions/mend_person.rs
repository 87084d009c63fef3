//! Mending what was typed wrong: name, birth year, ID. The old values stay on record with who changed them and when; a token
//! whose birth year or ID changes is signed anew, as a higher revision.

use super::Actor;
use super::answer::TokenAnswer;
use super::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::Refusal;
use crate::domain::number::TokenNumber;
use crate::domain::person::{IdType, Name};
use crate::domain::token::{Claims, Holder, LAST_REVISION};
use crate::error::{Error, Result};
use crate::ids::BeneficiaryId;
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::mending::Former;
use crate::storage::person::Identity;
use crate::storage::token::Token;

/// "The holder of this token is really called so, was born then, and has this ID."
#[derive(Debug, Clone)]
pub struct MendPerson {
    /// The command's id.
    pub command: CommandId,
    /// Who says so.
    pub actor: Actor,
    /// A token of the person.
    pub number: TokenNumber,
    /// The right name.
    pub name: Name,
    /// The right year.
    pub birth_year: i64,
    /// The right ID, where it was wrong: its hash, kind and end.
    pub id: Option<(Vec<u8>, IdType, String)>,
}

/// Does it, or says why not.
pub async fn mend_person(core: &Core, asked: &MendPerson) -> Result<TokenAnswer> {
    repeating(|| write(core, asked)).await
}

async fn write(core: &Core, asked: &MendPerson) -> Result<TokenAnswer, Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    if let Some(answer) = asked.command.done_before(&mut tx).await? {
        return Ok(answer);
    }
    let token = tx.token(asked.number).await?.filter(|token| token.within(asked.actor.scope)).ok_or(Error::NotFound)?;
    let person = token.beneficiary_id;
    let note = core.note(&asked.actor, Act::MendPerson, Some(token.number.plain()));
    if let Err(refusal) = may_mend(&mut tx, &token, asked).await? {
        let entry = asked.command.entry::<TokenAnswer>(note, Err(&refusal));
        if !tx.add_entries(&[entry]).await? {
            return Err(Failure::Again);
        }
        commit(tx).await?;
        return Err(refusal.into());
    }
    let former = Former {
        at: now,
        by_whom: asked.actor.name.to_string(),
        name: token.name.clone(),
        birth_year: token.birth_year,
        id_type: token.id_type,
        id_end: token.id_end.clone(),
    };
    let right = Right { name: &asked.name, birth_year: asked.birth_year, id: asked.id.as_ref() };
    put_right(core, &mut tx, person, &former, right).await?;
    let stored = tx.token(token.number).await?.ok_or(Error::NotFound)?;
    let answer = TokenAnswer::new(core, &stored);
    if !tx.add_entries(&[asked.command.entry(note, Ok(&answer))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    Ok(answer)
}

/// What is right of a person.
pub(super) struct Right<'a> {
    pub(super) name: &'a Name,
    pub(super) birth_year: i64,
    /// The right ID, where it was wrong.
    pub(super) id: Option<&'a (Vec<u8>, IdType, String)>,
}

/// Keeps what stood on record, writes what is right, and signs the waiting tokens anew whose slips say something else now.
pub(super) async fn put_right(core: &Core, tx: &mut Tx, person: BeneficiaryId, former: &Former, right: Right<'_>) -> Result<(), Failure> {
    tx.add_former(core.chance.id(former.at), person, former).await?;
    tx.mend_person(person, right.name, right.birth_year).await?;
    if let Some((hash, kind, id_end)) = right.id {
        tx.remove_identity(person, former.id_type, &former.id_end).await?;
        let identity = Identity { hash: hash.clone(), beneficiary_id: person, kind: *kind, id_end: id_end.clone() };
        if !tx.add_identities(&[identity]).await? {
            return Err(Failure::Again);
        }
    }
    if right.id.is_some() || right.birth_year != former.birth_year {
        sign_anew(core, tx, person, right).await?;
    }
    Ok(())
}

/// Whether it is still the same person whose details are mended.
async fn may_mend(tx: &mut Tx, token: &Token, asked: &MendPerson) -> Result<Result<(), Refusal>> {
    // With everything changed it would be somebody else's token: places were sold.
    if asked.id.is_some() && asked.birth_year != token.birth_year && asked.name.key() != token.name.key() {
        return Ok(Err(Refusal::AnotherPerson));
    }
    if token.revision >= LAST_REVISION {
        return Ok(Err(Refusal::TooManyMoves));
    }
    let Some((hash, ..)) = &asked.id else { return Ok(Ok(())) };
    let holder = tx.people(&[], &[], std::slice::from_ref(hash)).await?.into_iter().find(|found| found.person.id != token.beneficiary_id);
    Ok(holder.map_or(Ok(()), |found| {
        let mobile_end = found.person.mobile.as_ref().map(|mobile| mobile.end().to_owned());
        Err(Refusal::IdKnown { name: found.person.name.masked(), mobile_end })
    }))
}

/// Signs the person's waiting tokens as they now are, and tells the gates.
async fn sign_anew(core: &Core, tx: &mut Tx, person: BeneficiaryId, right: Right<'_>) -> Result<(), Failure> {
    let now = core.clock.now();
    let mut numbers: Vec<_> = tx.live_tokens_of(&[person]).await?.into_iter().map(|token| token.number).collect();
    numbers.sort_unstable();
    let mut changed = Vec::new();
    for number in numbers {
        let Some(token) = tx.lock_token(number).await?.filter(|token| token.state == TokenState::Issued) else { continue };
        if token.revision >= LAST_REVISION {
            return Err(Refusal::TooManyMoves.into());
        }
        let (id_type, id_end) = match right.id {
            Some((_, kind, end)) => (*kind, end.clone()),
            None => (token.id_type, token.id_end.clone()),
        };
        let claims = Claims {
            number,
            revision: token.revision + 1,
            slot: token.slot_id,
            serial: token.serial,
            centre: token.centre_id,
            starts: token.starts,
            minutes: token.minutes,
            dose: token.dose,
            issued: now,
            holder: Some(Holder { birth_year: right.birth_year, id_type, id_end: id_end.clone() }),
        };
        tx.sign_anew(number, claims.revision, id_type, &id_end, &core.keys().signer.sign(&claims), now).await?;
        changed.push((token.centre_id, number));
    }
    if !changed.is_empty() {
        tx.add_changes(&changed).await?;
    }
    Ok(())
}
