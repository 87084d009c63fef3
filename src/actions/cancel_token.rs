//! Cancelling a token: its place goes back to the owner it came from.

use super::command::{CommandId, commit};
use super::move_people::trim_returned;
use super::tell::{tell_after_the_minute, tell_holder};
use super::{Actor, Authority};
use crate::actions::answer::TokenAnswer;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::{CODE_TRIES, Refusal, UNDO_SECONDS};
use crate::domain::message::Template;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::slot::Claim;
use crate::storage::token::Token;

/// "Cancel this token."
#[derive(Debug, Clone)]
pub struct CancelToken {
    /// The command's id.
    pub command: CommandId,
    /// On whose word.
    pub authority: Authority,
    /// Which token.
    pub number: TokenNumber,
    /// Why, as the register shows it.
    pub reason: String,
    /// Take back what was just issued: only within the minute.
    pub undo: bool,
}

/// Does it, or says why not.
pub async fn cancel_token(core: &Core, asked: &CancelToken) -> Result<TokenAnswer> {
    repeating(|| write(core, asked)).await
}

async fn write(core: &Core, asked: &CancelToken) -> Result<TokenAnswer, Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    if let Some(answer) = asked.command.done_before(&mut tx).await? {
        return Ok(answer);
    }
    let before = tx.token(asked.number).await?.ok_or(Error::NotFound)?;
    tx.lock_slots(&[before.slot_id]).await?;
    let mut token = tx.lock_token(asked.number).await?.ok_or(Error::NotFound)?;
    if token.slot_id != before.slot_id {
        return Err(Failure::Again);
    }
    let mut tx = authorise(tx, core, &token, &asked.authority, &asked.command).await?;
    let place = Scope::Centre(token.centre_id);
    let note = |act| core.note_in(asked.authority.name(), place, act, Some(asked.number.plain()));
    if let Err(refusal) = may_cancel(&token, asked, now) {
        let entry = asked.command.entry::<TokenAnswer>(note(Act::CancelToken), Err(&refusal));
        if !tx.add_entries(&[entry]).await? {
            return Err(Failure::Again);
        }
        commit(tx).await?;
        return Err(refusal.into());
    }
    if !release(&mut tx, &token).await? {
        return Err(Error::Internal("a slot's count does not match its tokens".into()).into());
    }
    tx.add_changes(&[(token.centre_id, token.number)]).await?;
    tx.cancel_token(token.number, &asked.reason, now).await?;
    token.state = TokenState::Cancelled;
    if !asked.undo {
        match asked.authority {
            Authority::Holder { .. } => tell_holder(core, &mut tx, Template::TokenCancelled, &token, true).await?,
            Authority::Staff(_) => tell_after_the_minute(core, &mut tx, Template::TokenCancelled, &token).await?,
        }
    }
    let answer = TokenAnswer::new(core, &token);
    let act = if asked.undo { Act::UndoToken } else { Act::CancelToken };
    if !tx.add_entries(&[asked.command.entry(note(act), Ok(&answer))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    core.touch(token.slot_id);
    Ok(answer)
}

fn may_cancel(token: &Token, asked: &CancelToken, now: Moment) -> Result<(), Refusal> {
    if token.state != TokenState::Issued {
        return Err(Refusal::NotWaiting);
    }
    if asked.undo && (now - token.issued_at > UNDO_SECONDS || token.issued_by != asked.authority.name()) {
        return Err(Refusal::UndoTooLate);
    }
    Ok(())
}

/// Checks on whose word a token is changed: staff within their scope, or the holder by the secret code, five tries at most.
///
/// A wrong code is counted for good, so the transaction ends here when it is wrong; the same form sent again counts once.
pub(super) async fn authorise(mut tx: Tx, core: &Core, token: &Token, authority: &Authority, command: &CommandId) -> Result<Tx> {
    match authority {
        Authority::Staff(Actor { scope, .. }) if token.within(*scope) => Ok(tx),
        // What lies outside somebody's scope does not exist for them.
        Authority::Staff(_) => Err(Error::NotFound),
        Authority::Holder { .. } if token.code_tries >= CODE_TRIES => Err(Refusal::CodeLocked.into()),
        Authority::Holder { code } if *code == token.secret_code => Ok(tx),
        Authority::Holder { .. } => {
            let once = command.as_try();
            once.done_before::<()>(&mut tx).await?;
            let refusal = Refusal::WrongCode { left: CODE_TRIES - tx.count_code_try(token.number).await? };
            let note = core.note_in("citizen", Scope::Centre(token.centre_id), Act::WrongCode, Some(token.number.plain()));
            tx.add_entries(&[once.entry::<()>(note, Err(&refusal))]).await?;
            commit(tx).await?;
            Err(refusal.into())
        }
    }
}

/// Gives a token's place back to its owner. One that stands beside the capacity has none.
pub(super) async fn release(tx: &mut Tx, token: &Token) -> Result<bool> {
    if token.over_capacity {
        return Ok(true);
    }
    let slot = tx.claim_slots(&[Claim { slot: token.slot_id, places: -1, serials: 0 }]).await?;
    let share = tx.claim_shares(&[(token.slot_id, token.owner, -1)]).await?;
    trim_returned(tx, &[token.slot_id]).await?;
    Ok(slot && share)
}
