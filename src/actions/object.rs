//! "This is wrong": what a person says of their own page, under a number, until an officer has answered.

use super::Actor;
use super::command::{CommandId, commit};
use super::look_up::Own;
use crate::core::Core;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::storage::charge::Whose;
use crate::storage::journal::Act;
use crate::storage::objection::{Objection, Wrong};

/// How many of one page may wait for an answer.
const OPEN: usize = 3;

/// How many that wait are shown.
const OPEN_SHOWN: i64 = 200;

/// The number of the first is one more.
const FIRST: i64 = 1_000;

/// Writes down what somebody says is wrong; returns its number, or nothing where enough of that page wait for an answer.
pub async fn object(core: &Core, command: &CommandId, own: &Own, about: Wrong, words: &str) -> Result<Option<i64>> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    if let Some(number) = command.done_before(&mut tx).await? {
        return Ok(number);
    }
    // Taking the number keeps out whoever says something at the same time, until this one is counted.
    let number = FIRST + tx.take_numbers("objection", 1).await?;
    let open = tx.objections_of(own.person, own.token).await?.iter().filter(|row| row.answered_at.is_none()).count();
    if open >= OPEN {
        return Ok(None);
    }
    let said = Objection {
        number,
        beneficiary_id: own.person,
        centre_id: own.centre,
        token: own.token,
        about,
        words: words.to_owned(),
        made_at: now,
        answer: None,
        answered_at: None,
        answered_by: None,
    };
    tx.add_objection(&said).await?;
    let note = core.note_in("citizen", Scope::Centre(own.centre), Act::Object, Some(said.subject()));
    if !tx.add_entries(&[command.entry(note, Ok(&Some(number)))]).await? {
        return Err(Error::Unavailable("the same form came twice at once".into()));
    }
    commit(tx).await?;
    Ok(Some(number))
}

/// What waits for an answer within the officer's scope, and what was answered last.
pub async fn objections(core: &Core, actor: &Actor, whose: Whose<'_>) -> Result<(Vec<Objection>, Vec<Objection>)> {
    let mut tx = core.read().await?;
    let open = tx.open_objections(actor.scope, whose, OPEN_SHOWN).await?;
    let answered = tx.answered_objections(actor.scope, 50).await?;
    tx.commit().await?;
    Ok((open, answered))
}

/// Answers one within the officer's scope. Once answered it stays so.
pub async fn answer(core: &Core, actor: &Actor, number: i64, words: &str) -> Result<()> {
    let mut tx = core.write().await?;
    let found = tx.objection(number).await?.ok_or(Error::NotFound)?;
    actor.centre(&core.board(), found.centre_id)?;
    if tx.answer_objection(number, words, &actor.name, core.clock.now()).await? {
        tx.add_entries(&[core.note(actor, Act::AnswerObjection, Some(found.subject()))]).await?;
    }
    Ok(tx.commit().await?)
}
