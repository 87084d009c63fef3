//! Moving a token to another slot: the same token, a higher revision. The place it takes and the place it gives back change
//! in one transaction.

use std::collections::BTreeSet;

use super::answer::TokenAnswer;
use super::cancel_token::{authorise, release};
use super::command::{CommandId, commit};
use super::tell::tell_holder;
use super::{Actor, Authority};
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::{Applicant, PastDose, Refusal};
use crate::domain::message::Template;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::person::Category;
use crate::domain::place::{Owner, Role, Scope, owners_for, owners_next};
use crate::domain::token::{Claims, Holder, LAST_REVISION};
use crate::error::{Error, Fault, Result};
use crate::ids::SlotId;
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::slot::{BookingSlot, Claim, Share};
use crate::storage::token::{NewToken, Token};

/// "Move this token to that slot."
#[derive(Debug, Clone)]
pub struct RescheduleToken {
    /// The command's id.
    pub command: CommandId,
    /// On whose word.
    pub authority: Authority,
    /// Which token.
    pub number: TokenNumber,
    /// Where to: the first of these that has a place for it.
    pub slots: Vec<SlotId>,
}

/// Does it, or says why not.
pub async fn reschedule_token(core: &Core, asked: &RescheduleToken) -> Result<TokenAnswer> {
    repeating(|| write(core, asked)).await
}

async fn write(core: &Core, asked: &RescheduleToken) -> Result<TokenAnswer, Failure> {
    let mut tx = core.db.write().await?;
    if let Some(answer) = asked.command.done_before(&mut tx).await? {
        return Ok(answer);
    }
    // Slots and shares are locked before the token, everywhere; which slot it is in is read first and compared after.
    let before = tx.token(asked.number).await?.ok_or(Error::NotFound)?;
    let to_lock: BTreeSet<_> = asked.slots.iter().copied().chain([before.slot_id]).collect();
    let (slots, shares) = tx.lock_slots(&Vec::from_iter(to_lock)).await?;
    let token = tx.lock_token(asked.number).await?.ok_or(Error::NotFound)?;
    if token.slot_id != before.slot_id {
        return Err(Failure::Again);
    }
    let mut tx = authorise(tx, core, &token, &asked.authority, &asked.command).await?;
    let place = Scope::Centre(token.centre_id);
    let note = core.note_in(asked.authority.name(), place, Act::RescheduleToken, Some(token.number.plain()));
    let wanted = asked.slots.iter().filter_map(|id| slots.iter().find(|slot| slot.id == *id)).collect::<Vec<_>>();
    let first = wanted.first().ok_or_else(|| Error::field("slot", Fault::Choice))?;
    let doses: Vec<_> = tx.doses_of(&[token.beneficiary_id]).await?.into_iter().map(Into::into).collect();
    let may = |to: &BookingSlot| may_move(core, &token, to, &shares, &asked.authority, doses.clone());
    // Where none of them has a place, the first one says why.
    let found = wanted.iter().find_map(|to| Some((*to, may(to).ok()?)));
    let found = found.map_or_else(|| may(first).map(|owner| (*first, owner)), Ok);
    let (to, owner) = match found {
        Ok(found) => found,
        Err(refusal) => {
            let entry = asked.command.entry::<TokenAnswer>(note, Err(&refusal));
            if !tx.add_entries(&[entry]).await? {
                return Err(Failure::Again);
            }
            commit(tx).await?;
            return Err(refusal.into());
        }
    };

    if !release(&mut tx, &token).await? {
        return Err(Error::Internal("a slot's count does not match its tokens".into()).into());
    }
    // The gates of the centre that it leaves must hear of it too.
    let centres = BTreeSet::from([token.centre_id, to.centre_id]);
    tx.add_changes(&centres.into_iter().map(|centre| (centre, token.number)).collect::<Vec<_>>()).await?;
    move_to(core, &mut tx, &token, to, owner).await?;
    let stored = tx.token(token.number).await?.ok_or(Error::NotFound)?;
    tell_holder(core, &mut tx, Template::TokenMoved, &stored, matches!(asked.authority, Authority::Holder { .. })).await?;
    let answer = TokenAnswer::new(core, &stored);
    let entry = asked.command.entry(note, Ok(&answer));
    if !tx.add_entries(&[entry]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    core.touch(token.slot_id);
    core.touch(to.id);
    Ok(answer)
}

/// Takes a place in a slot and moves the token there. Slots, shares and token are locked, and its old place is given back.
pub(super) async fn move_to(core: &Core, tx: &mut Tx, token: &Token, to: &BookingSlot, owner: Owner) -> Result<(), Failure> {
    let now = core.clock.now();
    let (mut moved, claims) = moved_token(token, to, owner, to.serials + 1, now);
    moved.cose = core.keys().signer.sign(&claims);
    let claims = [Claim { slot: to.id, places: 1, serials: 1 }];
    if !tx.claim_slots(&claims).await? || !tx.claim_shares(&[(to.id, owner, 1)]).await? {
        return Err(Error::Internal("a slot's count does not match its tokens".into()).into());
    }
    Ok(tx.move_token(token.number, &moved, token.revision + 1, now).await?)
}

/// Whose place in the new slot the token takes.
fn may_move(
    core: &Core,
    token: &Token,
    to: &BookingSlot,
    shares: &[Share],
    authority: &Authority,
    doses: Vec<PastDose>,
) -> Result<Owner, Refusal> {
    let now = core.clock.now();
    if token.state != TokenState::Issued {
        return Err(Refusal::NotWaiting);
    }
    if to.id == token.slot_id {
        return Err(Refusal::SameSlot);
    }
    if token.revision >= LAST_REVISION {
        return Err(Refusal::TooManyMoves);
    }
    let owners = match authority {
        // The person keeps to places that are for everybody, or of the zone that gave the first one.
        Authority::Holder { .. } if to.centre_id != token.centre_id => return Err(Refusal::OutOfScope),
        Authority::Holder { .. } => holders_owners(token),
        Authority::Staff(actor) => staff_owners(actor, token, to),
    };
    let share = |owner: &Owner| shares.iter().find(|share| share.slot_id == to.id && share.owner == *owner);
    if let Authority::Staff(actor) = authority
        && !actor.scope.covers(to.place())
        && !owners.iter().any(|owner| share(owner).is_some())
    {
        return Err(Refusal::OutOfScope);
    }
    // A move of a token that was good when issued asks no window, no age and no new interval rule; only that the dose is served.
    let offer = core.board().offer(to);
    offer.is_open(Role::StateOfficer, now)?;
    let applicant = holder(token, doses);
    offer.serves(&core.campaign, &applicant, token.dose, token.issued_at)?;
    let has_room = |owner: &Owner| share(owner).is_some_and(|share| share.taken < share.capacity);
    owners.into_iter().find(has_room).filter(|_| to.taken < to.capacity).ok_or(Refusal::NoPlace)
}

/// Out of whose places a token's holder may take another one.
pub fn holders_owners(token: &Token) -> Vec<Owner> {
    let mut owners = owners_next(token.owner, token.dose, token.zone_id);
    // A zone's quota is that zone's to give: the holder comes into it only out of it.
    owners.retain(|owner| !matches!(owner, Owner::Zone(_)) || *owner == token.owner);
    owners
}

/// Out of whose places of a slot somebody may give a token another one.
pub fn staff_owners(actor: &Actor, token: &Token, to: &BookingSlot) -> Vec<Owner> {
    let mut owners = owners_for(actor.role, actor.scope, token.dose);
    let within = actor.scope.covers(to.place());
    owners.retain(|owner| within || matches!(owner, Owner::Zone(_)));
    let is_guest = matches!(token.owner, Owner::Zone(zone) if zone != to.zone_id);
    if within || to.centre_id == token.centre_id {
        // What another zone has given out stays that zone's as long as it can.
        owners.insert(if is_guest { 0 } else { owners.len() }, token.owner);
    }
    owners
}

/// The holder of a token, for moving it: who was due when it was issued stays so, and only what a session serves is asked.
pub(super) fn holder(token: &Token, doses: Vec<PastDose>) -> Applicant {
    Applicant { birth_year: token.birth_year, category: Category::Citizen, certificate: true, doses, live: Vec::new() }
}

/// The token in its new slot, one revision higher, and what its signature will be about.
pub(super) fn moved_token(token: &Token, to: &BookingSlot, owner: Owner, serial: i64, now: Moment) -> (NewToken, Claims) {
    let claims = Claims {
        number: token.number,
        revision: token.revision + 1,
        slot: to.id,
        serial,
        centre: to.centre_id,
        starts: to.starts,
        minutes: to.minutes,
        dose: token.dose,
        issued: now,
        holder: Some(Holder { birth_year: token.birth_year, id_type: token.id_type, id_end: token.id_end.clone() }),
    };
    let moved = NewToken {
        number: token.number,
        beneficiary_id: token.beneficiary_id,
        dose: token.dose,
        vaccine: to.vaccine,
        centre_id: to.centre_id,
        slot_id: to.id,
        owner,
        serial,
        id_type: token.id_type,
        id_end: token.id_end.clone(),
        link: token.link.clone(),
        secret_code: token.secret_code.clone(),
        cose: Vec::new(),
        issued_at: now,
        issued_by: token.issued_by.clone(),
    };
    (moved, claims)
}
