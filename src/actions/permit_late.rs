//! Noting a permission to enter doses after their deadline: it reopens exactly the doses of the roll that it was given for.

use super::Actor;
use super::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::moment::Day;
use crate::error::{Error, Result};
use crate::ids::DoseId;
use crate::storage::backlog::Permission;
use crate::storage::journal::Act;

/// The letter.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its number.
    pub number: String,
    /// Who signed it.
    pub signed_by: String,
    /// And when.
    pub signed_on: Day,
}

/// Notes the letter and reopens these doses, as far as they lie within the actor's scope and wait for a permission; how many they were.
pub async fn permit_late(core: &Core, actor: &Actor, command: &CommandId, letter: &Letter, doses: &[DoseId]) -> Result<u64> {
    if !actor.role.is_officer() {
        return Err(Error::Forbidden);
    }
    let now = core.clock.now();
    let mut tx = core.write().await?;
    if let Some(reopened) = command.done_before(&mut tx).await? {
        return Ok(reopened);
    }
    let Letter { number, signed_by, signed_on } = letter.clone();
    let permission = Permission { id: command.id, letter: number, signed_by, signed_on, noted_at: now, noted_by: actor.name.to_string() };
    tx.add_permission(&permission).await?;
    let mut reopened = 0;
    for some in doses.chunks(500) {
        let own = tx.closed_among(actor.scope, some).await?;
        reopened += tx.reopen(&own, permission.id).await?;
    }
    command.note(&mut tx, core.note(actor, Act::PermitLate, Some(format!("letter:{}", letter.number))), &reopened).await?;
    commit(tx).await?;
    Ok(reopened)
}
