//! Closing a centre's day on the name of whoever is in charge, and opening it again. What comes in later changes the day all the same: the
//! closing then says what has changed since.

use super::Actor;
use super::account_for_days::{DayAccount, accounts};
use super::check_opening::actor_inside;
use super::command::{CommandId, commit};
use crate::chance::short_hash;
use crate::core::Core;
use crate::domain::closing::{Account, Span};
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::error::{Error, Fault, Result};
use crate::ids::CentreId;
use crate::storage::closing::Closing;
use crate::storage::journal::Act;

/// "These are the figures of the day, and I answer for them."
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct CloseDay {
    pub command: CommandId,
    pub actor: Actor,
    pub centre: CentreId,
    pub day: Day,
    pub in_charge: String,
    /// What is known of what does not add up; needed only then.
    pub note: Option<String>,
    /// The fingerprint of the figures that were seen.
    pub seen: String,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Closed {
    /// The day is closed, by this or, at the same time, by somebody else.
    Yes,
    /// The figures have changed since they were seen: look again.
    Changed,
}

/// The fingerprint of a day's figures.
pub fn fingerprint_of(account: &Account) -> Result<String> {
    Ok(short_hash(&as_json(account)?))
}

fn as_json(account: &Account) -> Result<String> {
    serde_json::to_string(account).map_err(|error| Error::Internal(error.to_string()))
}

/// Closes the day. However many confirm it at once, it is closed once.
pub async fn close_day(core: &Core, asked: &CloseDay) -> Result<Closed> {
    actor_inside(core, &asked.actor, asked.centre)?;
    let now = core.clock.now();
    if asked.day > now.day() {
        return Err(Error::field("date", Fault::NotYet));
    }
    let mut tx = core.write().await?;
    if asked.command.done_before::<Closed>(&mut tx).await?.is_some() {
        return Ok(Closed::Yes);
    }
    let found = accounts(&mut tx, &core.campaign, Scope::Centre(asked.centre), Span::day(asked.day)).await?;
    let day: DayAccount = found.into_values().next().ok_or(Error::NotFound)?;
    if day.closed().is_some() {
        return Ok(Closed::Yes);
    }
    if fingerprint_of(&day.account)? != asked.seen {
        return Ok(Closed::Changed);
    }
    if asked.note.is_none() && !day.account.is_balanced() {
        return Err(Error::field("note", Fault::Missing));
    }
    let row = Closing {
        id: tx.take_numbers("closing", 1).await?,
        centre_id: asked.centre,
        day: asked.day,
        closed_at: now,
        closed_by: asked.actor.name.to_string(),
        in_charge: asked.in_charge.clone(),
        note: asked.note.clone().unwrap_or_default(),
        account: as_json(&day.account)?,
        reopened_at: None,
        reopened_by: None,
        reopen_reason: None,
    };
    if tx.add_closing(&row).await? {
        let note = core.note(&asked.actor, Act::CloseDay, Some(format!("day:{}:{}", asked.centre, asked.day)));
        asked.command.note(&mut tx, note, &Closed::Yes).await?;
        commit(tx).await?;
    }
    Ok(Closed::Yes)
}

/// Opens a closed day again, with the reason. One that is open stays so.
pub async fn reopen_day(core: &Core, actor: &Actor, centre: CentreId, day: Day, command: &CommandId, why: &str) -> Result<()> {
    actor_inside(core, actor, centre)?;
    let mut tx = core.write().await?;
    if command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(());
    }
    if tx.reopen_day(centre, day, &actor.name, why, core.clock.now()).await? {
        let note = core.note(actor, Act::ReopenDay, Some(format!("day:{centre}:{day}")));
        command.note(&mut tx, note, &()).await?;
        commit(tx).await?;
    }
    Ok(())
}
