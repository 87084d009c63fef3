//! Letting somebody go ahead in the hall, or not, whatever age and needs say.

use super::Actor;
use super::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::booking::Refusal;
use crate::domain::number::TokenNumber;
use crate::error::Result;
use crate::ids::CentreId;
use crate::slice::{Failure, repeating};
use crate::storage::journal::Act;

/// "This person goes ahead", or "does not".
#[derive(Debug, Clone)]
pub struct LetAhead {
    /// The same key press, however often it arrives.
    pub command: CommandId,
    /// Who says so.
    pub actor: Actor,
    /// In which hall.
    pub centre: CentreId,
    /// Whose token it is.
    pub number: TokenNumber,
    /// Whether they go ahead.
    pub ahead: bool,
}

/// Does it, once.
pub async fn let_ahead(core: &Core, asked: &LetAhead) -> Result<()> {
    asked.actor.centre(&core.board(), asked.centre)?;
    repeating(|| write(core, asked)).await
}

async fn write(core: &Core, asked: &LetAhead) -> Result<(), Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    if let Some(before) = asked.command.done_before(&mut tx).await? {
        return Ok(before);
    }
    tx.lock_hall(asked.centre).await?;
    let hall = tx.in_hall(asked.centre, now.day()).await?;
    if hall.iter().all(|person| person.number != asked.number) {
        return Err(Refusal::NotWaiting.into());
    }
    tx.set_ahead(asked.number, asked.ahead, &asked.actor.name, now).await?;
    let act = if asked.ahead { Act::LetAhead } else { Act::LetNotAhead };
    let note = core.note(&asked.actor, act, Some(asked.number.plain()));
    if !tx.add_entries(&[asked.command.entry(note, Ok(&()))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    Ok(())
}
