//! Taking a cancellation back: within the minute, by whoever cancelled, while the place is still free. The slip in hand is good again.

use super::answer::TokenAnswer;
use super::command::{CommandId, commit};
use super::{Actor, Authority};
use crate::actions::cancel_token::authorise;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::{Refusal, UNDO_SECONDS};
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::slot::{BookingSlot, Claim, Share};
use crate::storage::token::Token;

/// "I did not mean to cancel this token."
#[derive(Debug, Clone)]
pub struct ReviveToken {
    /// The command's id.
    pub command: CommandId,
    /// On whose word: only who cancelled it takes that back.
    pub actor: Actor,
    /// Which token.
    pub number: TokenNumber,
}

/// Does it, or says why not. Nothing is noted of a refusal: the token stays what it was.
pub async fn revive_token(core: &Core, asked: &ReviveToken) -> Result<TokenAnswer> {
    repeating(|| write(core, asked)).await
}

async fn write(core: &Core, asked: &ReviveToken) -> Result<TokenAnswer, Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    if let Some(answer) = asked.command.done_before(&mut tx).await? {
        return Ok(answer);
    }
    let before = tx.token(asked.number).await?.ok_or(Error::NotFound)?;
    let (slots, shares) = tx.lock_slots(&[before.slot_id]).await?;
    let slot = slots.into_iter().next().ok_or(Error::NotFound)?;
    let mut token = tx.lock_token(asked.number).await?.ok_or(Error::NotFound)?;
    let mut tx = authorise(tx, core, &token, &Authority::Staff(asked.actor.clone()), &asked.command).await?;
    may_revive(&mut tx, &token, &asked.actor, now).await?;
    if !token.over_capacity {
        take_place(&mut tx, &token, &slot, &shares).await?;
    }
    tx.revive_token(token.number).await?;
    tx.forget_cancellation(token.number, token.revision).await?;
    tx.add_changes(&[(token.centre_id, token.number)]).await?;
    token.state = TokenState::Issued;
    let answer = TokenAnswer::new(core, &token);
    let note = core.note_in(&asked.actor.name, Scope::Centre(token.centre_id), Act::ReviveToken, Some(token.number.plain()));
    if !tx.add_entries(&[asked.command.entry(note, Ok(&answer))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    core.touch(token.slot_id);
    Ok(answer)
}

async fn may_revive(tx: &mut Tx, token: &Token, actor: &Actor, now: Moment) -> Result<()> {
    let since = now + -UNDO_SECONDS;
    let is_fresh = token.state == TokenState::Cancelled && token.cancelled_at.is_some_and(|at| at >= since);
    if !is_fresh || !tx.has_cancelled(token.number, &actor.name, since).await? {
        return Err(Refusal::TokenCancelled.into());
    }
    match tx.live_token(token.beneficiary_id, token.dose).await? {
        Some((number, starts)) => Err(Refusal::HasToken { number, starts }.into()),
        None => Ok(()),
    }
}

/// Its own place once more, whether or not its time has come: somebody may have been given it since.
async fn take_place(tx: &mut Tx, token: &Token, slot: &BookingSlot, shares: &[Share]) -> Result<()> {
    let has_room = shares.iter().any(|share| share.owner == token.owner && share.taken < share.capacity);
    let claims = [Claim { slot: slot.id, places: 1, serials: 0 }];
    if !has_room || slot.taken >= slot.capacity {
        return Err(Refusal::NoPlace.into());
    }
    if !tx.claim_slots(&claims).await? || !tx.claim_shares(&[(slot.id, token.owner, 1)]).await? {
        return Err(Error::Internal("a slot's count does not match its tokens".into()));
    }
    Ok(())
}
