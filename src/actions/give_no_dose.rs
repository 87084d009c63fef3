//! Sending somebody home without a dose: ill today, or unwilling. Who comes again has a new place at once, if there is one.

use super::Actor;
use super::answer::TokenAnswer;
use super::cancel_token::release;
use super::command::{CommandId, commit};
use super::reschedule_token::{holder, move_to};
use super::tell::tell_holder;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::Refusal;
use crate::domain::dose::NoDose;
use crate::domain::message::Template;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::place::{Owner, Role};
use crate::domain::token::LAST_REVISION;
use crate::error::{Error, Result};
use crate::ids::{CentreId, SlotId};
use crate::slice::{Failure, repeating};
use crate::storage::centre::Deferral;
use crate::storage::journal::Act;
use crate::storage::slot::BookingSlot;

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
    // The centre's next free slots from that day on; slots are locked before the token.
    let wanted: Vec<SlotId> = match asked.earliest {
        Some(earliest) => {
            let slots = tx.upcoming_slots(before.centre_id, earliest.start().max(now)).await?;
            let fits = slots.iter().filter(|slot| {
                slot.starts >= earliest.start() && slot.id != before.slot_id && slot.vaccine == before.vaccine && slot.taken < slot.capacity
            });
            fits.map(|slot| slot.id).take(12).collect()
        }
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
    tx.add_changes(&[(token.centre_id, token.number)]).await?;
    let applicant = holder(&token, tx.doses_of(&[token.beneficiary_id]).await?.into_iter().map(Into::into).collect());
    let serves = |slot: &&BookingSlot| {
        let offer = slot.offer();
        token.revision < LAST_REVISION
            && wanted.contains(&slot.id)
            && offer.is_open(Role::StateOfficer, now).is_ok()
            && offer.serves(&core.campaign, &applicant, token.dose, token.issued_at).is_ok()
    };
    let room = slots.iter().filter(serves).find_map(|slot| {
        let share = shares.iter().find(|share| {
            share.slot_id == slot.id && share.taken < share.capacity && (share.owner == token.owner || share.owner != Owner::WalkIn)
        });
        Some((slot, share?.owner))
    });
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
