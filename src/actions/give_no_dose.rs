//! Sending somebody home without a dose: ill today, or unwilling. Who comes again has a new place at once, or stands on the zone's waiting
//! list from the day on which they may come.

use std::collections::BTreeSet;

use super::Actor;
use super::answer::TokenAnswer;
use super::cancel_token::release;
use super::command::{CommandId, commit};
use super::reschedule_token::{holder, holders_owners, move_to};
use super::tell::tell_holder;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::Refusal;
use crate::domain::dose::NoDose;
use crate::domain::message::Template;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::place::Role;
use crate::domain::token::LAST_REVISION;
use crate::error::{Error, Result};
use crate::ids::{CentreId, SlotId, WaitingId};
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::centre::Deferral;
use crate::storage::journal::Act;
use crate::storage::slot::{BookingSlot, Share};
use crate::storage::token::Token;
use crate::storage::waiting::NewWaiting;

/// For how many days from the earliest on a new place is looked for.
const LOOKED_AHEAD: i64 = 28;

/// Among how many slots of the zone.
const LOOKED_AT: usize = 500;

/// How many of those with a place are locked, should the first be taken meanwhile.
const LOCKED: usize = 12;

/// "This person gets no dose today."
#[derive(Debug, Clone)]
pub struct GiveNoDose {
    /// The command's id.
    pub command: CommandId,
    /// Who says so.
    pub actor: Actor,
    /// Whose token it is.
    pub number: TokenNumber,
    /// Why.
    pub reason: NoDose,
    /// Not before this day; nothing: this token leads nowhere any more.
    pub earliest: Option<Day>,
    /// When it was said.
    pub at: Moment,
}

/// Does it. What is answered says where the token now stands: at a new time, or cancelled.
pub async fn give_no_dose(core: &Core, asked: &GiveNoDose) -> Result<TokenAnswer> {
    repeating(|| write(core, asked)).await
}

async fn write(core: &Core, asked: &GiveNoDose) -> Result<TokenAnswer, Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    if let Some(answer) = asked.command.done_before(&mut tx).await? {
        return Ok(answer);
    }
    let before = tx.token(asked.number).await?.ok_or(Error::NotFound)?;
    // Whoever entered elsewhere than the token says is sent home from there.
    let entered = tx.entered_at(asked.number).await?;
    let is_here = |centre: CentreId| core.board().centre(centre).is_some_and(|centre| asked.actor.scope.covers(centre.place()));
    if !before.within(asked.actor.scope) && !entered.is_some_and(is_here) {
        return Err(Error::NotFound.into());
    }
    // Slots are locked before the token.
    let wanted = match asked.earliest {
        Some(earliest) => places_from(core, &mut tx, &before, earliest).await?,
        None => Vec::new(),
    };
    let mut to_lock = wanted.clone();
    to_lock.push(before.slot_id);
    to_lock.sort_unstable();
    let (slots, shares) = tx.lock_slots(&to_lock).await?;
    let mut token = tx.lock_token(asked.number).await?.ok_or(Error::NotFound)?;
    if token.slot_id != before.slot_id {
        return Err(Failure::Again);
    }
    if !matches!(token.state, TokenState::Issued | TokenState::Admitted) {
        return Err(Refusal::NotWaiting.into());
    }
    // Said without a link, of a time at which the token was for another day: what it is for now is not meant.
    if token.state == TokenState::Issued && token.revision > 1 && token.revised_at > asked.at {
        return Err(Refusal::NotWaiting.into());
    }
    // Sent home today already, by another hand: the day they were given stays theirs.
    let home = tx.last_sent_home(&[token.number]).await?.first().map(|(_, home)| home.day());
    if token.state == TokenState::Issued && home == Some(asked.at.day()) && token.starts.day() > asked.at.day() {
        return Err(Refusal::NotWaiting.into());
    }
    let row = Deferral {
        id: asked.command.id,
        token: token.number,
        centre_id: entered.unwrap_or(token.centre_id),
        reason: asked.reason,
        earliest: asked.earliest,
        // Whom no gate has seen, and who is keyed in from paper later, came at their time.
        came_at: token.admitted_at.unwrap_or(asked.at.min(token.starts)),
        at: asked.at,
        by_whom: asked.actor.name.to_string(),
    };
    tx.add_deferral(&row).await?;
    if !release(&mut tx, &token).await? {
        return Err(Error::Internal("a slot's count does not match its tokens".into()).into());
    }
    // What was free a moment ago may be taken or stopped by now.
    let owners = holders_owners(&token);
    let owner_in = |slot: &BookingSlot| owners.iter().copied().find(|owner| Share::free(&shares, slot.id, &[*owner]) > 0);
    let may_have = |slot: &&BookingSlot| slot.taken < slot.capacity && slot.offer().is_open(Role::StateOfficer, now).is_ok();
    let slot_of = |id: &SlotId| slots.iter().find(|slot| slot.id == *id);
    let room = wanted.iter().filter_map(slot_of).filter(may_have).find_map(|slot| Some((slot, owner_in(slot)?)));
    // The gates hear of it where it was for, where the person came in, and where it now leads.
    let centres = [Some(token.centre_id), entered, room.map(|(slot, _)| slot.centre_id)];
    let centres: BTreeSet<_> = centres.into_iter().flatten().collect();
    tx.add_changes(&centres.into_iter().map(|centre| (centre, token.number)).collect::<Vec<_>>()).await?;
    let answer = if let Some((slot, owner)) = room {
        tx.give_back_admission(token.number).await?;
        tx.forget_turns(&[token.number]).await?;
        move_to(core, &mut tx, &token, slot, owner).await?;
        let moved = tx.token(token.number).await?.ok_or(Error::NotFound)?;
        tell_holder(core, &mut tx, Template::TokenMoved, &moved, false).await?;
        TokenAnswer::new(core, &moved)
    } else {
        tx.cancel_token(token.number, asked.reason.word(), now).await?;
        token.state = TokenState::Cancelled;
        if asked.earliest.is_some() {
            wait_until(&mut tx, asked, &token, now).await?;
            tell_holder(core, &mut tx, Template::TokenCancelled, &token, false).await?;
        }
        TokenAnswer::new(core, &token)
    };
    let note = core.note(&asked.actor, Act::GiveNoDose, Some(token.number.plain()));
    if !tx.add_entries(&[asked.command.entry(note, Ok(&answer))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    core.touch(token.slot_id);
    core.touch(SlotId(answer.slot));
    Ok(answer)
}

/// The next slots that have a place for this token from a day on: at its own centre, then at the zone's others.
async fn places_from(core: &Core, tx: &mut Tx, token: &Token, earliest: Day) -> Result<Vec<SlotId>, Failure> {
    let now = core.clock.now();
    if token.revision >= LAST_REVISION {
        return Ok(Vec::new());
    }
    let applicant = holder(token, tx.doses_of(&[token.beneficiary_id]).await?.into_iter().map(Into::into).collect());
    let mut slots = tx.slots_with_room(token.zone_id, earliest.start().max(now), earliest.max(now.day()).plus(LOOKED_AHEAD)).await?;
    slots.retain(|slot| {
        let offer = slot.offer();
        let is_open = slot.id != token.slot_id && offer.is_open(Role::StateOfficer, now).is_ok();
        is_open && offer.serves(&core.campaign, &applicant, token.dose, token.issued_at).is_ok()
    });
    slots.sort_by_key(|slot| (slot.centre_id != token.centre_id, slot.starts, slot.id));
    slots.truncate(LOOKED_AT);
    let shares = tx.shares_of(&slots.iter().map(|slot| slot.id).collect::<Vec<_>>()).await?;
    let owners = holders_owners(token);
    Ok(slots.iter().map(|slot| slot.id).filter(|id| Share::free(&shares, *id, &owners) > 0).take(LOCKED).collect())
}

/// Puts somebody for whom there is no place yet on the zone's list, from the day on which they may come.
async fn wait_until(tx: &mut Tx, asked: &GiveNoDose, token: &Token, now: Moment) -> Result<(), Failure> {
    let id = WaitingId(tx.take_numbers("waiting", 1).await?);
    let (beneficiary_id, zone_id, asked_by) = (token.beneficiary_id, token.zone_id, asked.actor.name.to_string());
    let (centre_id, standby, not_before) = (None, false, asked.earliest);
    // Who is on a list already keeps that place.
    tx.add_waiting(&NewWaiting { id, beneficiary_id, zone_id, centre_id, standby, not_before, asked_at: now, asked_by }).await?;
    Ok(())
}
