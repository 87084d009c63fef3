//! Mending what was typed wrong of a person. The old values stay on record with who changed them and when; a waiting token whose birth
//! year or ID changes is signed anew, as a higher revision; what has not reached the portal yet goes there as it is right.

use std::collections::BTreeSet;

use super::Actor;
use super::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::Refusal;
use crate::domain::number::TokenNumber;
use crate::domain::person::{IdType, Mobile};
use crate::domain::token::{Claims, Holder, LAST_REVISION};
use crate::error::{Error, Result};
use crate::ids::BeneficiaryId;
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::mending::{Former, Particulars};
use crate::storage::person::Identity;

/// The right ID: its hash, kind and end.
pub type Card = (Vec<u8>, IdType, String);

/// "This person is really called so, was born then, has this number and this ID."
#[derive(Debug, Clone)]
pub struct MendPerson {
    /// The command's id.
    pub command: CommandId,
    /// Who says so.
    pub actor: Actor,
    /// Whom.
    pub person: BeneficiaryId,
    /// A token of theirs: the ID on it is the one that may be wrong.
    pub token: Option<TokenNumber>,
    /// What is right.
    pub right: Particulars,
    /// The right ID, where it was wrong.
    pub id: Option<Card>,
}

/// What stands on record of somebody, and the ID that may be wrong.
#[derive(Debug, Clone)]
pub struct OnRecord {
    /// Who.
    pub person: BeneficiaryId,
    /// Their last token within the actor's scope, if there is one.
    pub token: Option<TokenNumber>,
    /// What may be mended.
    pub said: Particulars,
    /// The ID: its kind and end.
    pub card: (IdType, String),
}

/// Somebody with a token or a dose within the actor's scope, to be mended; that they were looked at is written down.
pub async fn person_on_record(core: &Core, actor: &Actor, person: BeneficiaryId) -> Result<OnRecord> {
    let mut tx = core.write().await?;
    tx.askers(actor.scope, &[person], 1).await?.pop().ok_or(Error::NotFound)?;
    let mut token = None;
    for visit in tx.visits(person).await? {
        token = tx.token(visit.number).await?.filter(|token| token.within(actor.scope));
        if token.is_some() {
            break;
        }
    }
    let found = read(&mut tx, person, token.map(|token| token.number)).await?;
    tx.add_entries(&[core.note(actor, Act::LookUpPerson, Some(format!("person:{person}")))]).await?;
    commit(tx).await?;
    Ok(found)
}

/// What stands on record of a token's holder.
pub async fn holder_on_record(core: &Core, person: BeneficiaryId, token: TokenNumber) -> Result<OnRecord> {
    read(&mut core.read().await?, person, Some(token)).await
}

async fn read(tx: &mut Tx, person: BeneficiaryId, token: Option<TokenNumber>) -> Result<OnRecord> {
    let found = tx.people(&[person], &[], &[]).await?.into_iter().next().ok_or(Error::NotFound)?;
    let said = Particulars::from(&found.person);
    let Some(number) = token else {
        return Ok(OnRecord { person, token, said, card: (found.identity.kind, found.identity.id_end) });
    };
    let own = tx.token(number).await?.filter(|token| token.beneficiary_id == person).ok_or(Error::NotFound)?;
    Ok(OnRecord { person, token, said, card: (own.id_type, own.id_end) })
}

/// Does it, or says why not.
pub async fn mend_person(core: &Core, asked: &MendPerson) -> Result<()> {
    repeating(|| write(core, asked)).await
}

async fn write(core: &Core, asked: &MendPerson) -> Result<(), Failure> {
    let mut tx = core.db.write().await?;
    if asked.command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(());
    }
    let is_own = match asked.token {
        Some(number) => tx.token(number).await?.is_some_and(|token| token.within(asked.actor.scope)),
        None => !tx.askers(asked.actor.scope, &[asked.person], 1).await?.is_empty(),
    };
    if !is_own {
        return Err(Error::NotFound.into());
    }
    let before = read(&mut tx, asked.person, asked.token).await?;
    let subject = asked.token.map_or_else(|| format!("person:{}", asked.person), TokenNumber::plain);
    let note = core.note(&asked.actor, Act::MendPerson, Some(subject));
    if let Err(refusal) = may_mend(core, &mut tx, &before, asked).await? {
        let entry = asked.command.entry::<()>(note, Err(&refusal));
        if !tx.add_entries(&[entry]).await? {
            return Err(Failure::Again);
        }
        commit(tx).await?;
        return Err(refusal.into());
    }
    put_right(core, &mut tx, &asked.actor, &before, &asked.right, asked.id.as_ref()).await?;
    if !tx.add_entries(&[asked.command.entry(note, Ok(&()))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    Ok(())
}

/// Keeps what stood on record, writes what is right, signs the waiting tokens anew whose slips say something else now, and sees to it that
/// the portal has it so.
pub(super) async fn put_right(
    core: &Core,
    tx: &mut Tx,
    actor: &Actor,
    before: &OnRecord,
    right: &Particulars,
    id: Option<&Card>,
) -> Result<(), Failure> {
    let (now, person, (id_type, id_end)) = (core.clock.now(), before.person, before.card.clone());
    if before.said == *right && id.is_none() {
        return Ok(());
    }
    let former = Former { at: now, by_whom: actor.name.to_string(), said: before.said.clone(), id_type, id_end };
    tx.add_former(core.chance.id(now), person, &former).await?;
    tx.mend_person(person, right).await?;
    if let Some((hash, kind, id_end)) = id {
        let own = tx.people(&[], &[], std::slice::from_ref(hash)).await?.iter().any(|found| found.person.id == person);
        // Another card of theirs that is on record already: both stay, and the token is held against this one.
        if !own {
            tx.remove_identity(person, former.id_type, &former.id_end).await?;
            let identity = Identity { hash: hash.clone(), beneficiary_id: person, kind: *kind, id_end: id_end.clone() };
            if !tx.add_identities(&[identity]).await? {
                return Err(Failure::Again);
            }
        }
    }
    if id.is_some() || right.birth_year != before.said.birth_year {
        sign_anew(core, tx, person, right.birth_year, id).await?;
    }
    let said = |of: &Particulars| (of.name.clone(), of.birth_year, of.gender, of.mobile.clone());
    if id.is_some() || said(&before.said) != said(right) {
        tx.upload_as_mended(person, right.mobile.as_ref(), now).await?;
    }
    Ok(())
}

/// Whether it is still the same person whose details are mended, and whether others hold what they are said to have.
async fn may_mend(core: &Core, tx: &mut Tx, before: &OnRecord, asked: &MendPerson) -> Result<Result<(), Refusal>> {
    let (said, right) = (&before.said, &asked.right);
    // With everything changed it would be somebody else's token: places were sold.
    if asked.id.is_some() && right.birth_year != said.birth_year && right.name.key() != said.name.key() {
        return Ok(Err(Refusal::AnotherPerson));
    }
    if let Some(mobile) = right.mobile.as_ref().filter(|mobile| right.mobile_of.counts() && said.mobile.as_ref() != Some(*mobile))
        && let Err(full) = mobile_has_room(core, tx, mobile, Some(asked.person)).await?
    {
        return Ok(Err(full));
    }
    let Some((hash, ..)) = &asked.id else { return Ok(Ok(())) };
    let holder = tx.people(&[], &[], std::slice::from_ref(hash)).await?.into_iter().find(|found| found.person.id != asked.person);
    Ok(holder.map_or(Ok(()), |found| Err(found.person.holds_the_id())))
}

/// Whether one more person may hold a live token under a number that is their own. Who is on a waiting list will have one.
pub(super) async fn mobile_has_room(
    core: &Core,
    tx: &mut Tx,
    mobile: &Mobile,
    besides: Option<BeneficiaryId>,
) -> sqlx::Result<Result<(), Refusal>> {
    let most = core.campaign.people_per_mobile(core.clock.now().day());
    tx.lock_mobiles(std::slice::from_ref(mobile)).await?;
    let people = tx.people(&[], std::slice::from_ref(mobile), &[]).await?.into_iter().map(|found| found.person);
    let others: BTreeSet<_> = people.filter(|other| other.mobile_of.counts() && Some(other.id) != besides).map(|other| other.id).collect();
    if others.is_empty() {
        return Ok(Ok(()));
    }
    let others = Vec::from_iter(others);
    let mut live: BTreeSet<_> = tx.live_tokens_of(&others).await?.into_iter().map(|token| token.beneficiary_id).collect();
    for other in others {
        if tx.waiting_of(other).await?.is_some() {
            live.insert(other);
        }
    }
    Ok(if live.len() as i64 >= most { Err(Refusal::MobileFull { most }) } else { Ok(()) })
}

/// Signs the person's waiting tokens as they now are, and tells the gates.
async fn sign_anew(core: &Core, tx: &mut Tx, person: BeneficiaryId, birth_year: i64, id: Option<&Card>) -> Result<(), Failure> {
    let now = core.clock.now();
    let mut numbers: Vec<_> = tx.live_tokens_of(&[person]).await?.into_iter().map(|token| token.number).collect();
    numbers.sort_unstable();
    let mut changed = Vec::new();
    for number in numbers {
        let Some(token) = tx.lock_token(number).await? else { continue };
        if token.state != TokenState::Issued {
            if let Some((_, kind, end)) = id {
                tx.set_card(number, *kind, end).await?;
            }
            continue;
        }
        if token.revision >= LAST_REVISION {
            return Err(Refusal::TooManyMoves.into());
        }
        let (id_type, id_end) = match id {
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
            holder: Some(Holder { birth_year, id_type, id_end: id_end.clone() }),
        };
        tx.sign_anew(number, claims.revision, id_type, &id_end, &core.keys().signer.sign(&claims), now).await?;
        changed.push((token.centre_id, number));
    }
    if !changed.is_empty() {
        tx.add_changes(&changed).await?;
    }
    Ok(())
}
