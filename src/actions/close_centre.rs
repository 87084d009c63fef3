//! Closing a centre on a date, a holiday: only while no token is issued for it. Otherwise its sessions are stopped, not closed.

use super::Actor;
use super::command::CommandId;
use super::copy_sessions::{finish, session_name};
use super::import::plans::Present;
use super::import::{CLOSED, Change, Kind, Thing, write_down};
use crate::core::Core;
use crate::domain::moment::Day;
use crate::error::Result;
use crate::ids::{CentreId, ImportId};

/// What closing does, or why it does not.
#[derive(Debug, Clone, Default)]
pub struct Closing {
    /// How many sessions go.
    pub sessions: usize,
    /// With how many places.
    pub places: i64,
    /// Tokens are issued, or were: nothing is closed.
    pub issued: i64,
    /// Some token was issued and cancelled: the serials stay used.
    pub used: bool,
    /// Under which it stands in the history, once it is done.
    pub id: Option<ImportId>,
}

/// Says what would be closed; with a command, does it, once.
pub async fn close_centre(core: &Core, actor: &Actor, centre: CentreId, day: Day, command: Option<&CommandId>) -> Result<Closing> {
    let board = core.board();
    let code = &actor.centre(&board, centre)?.code;
    let mut tx = core.write().await?;
    if let Some(command) = command
        && let Some(id) = command.done_before::<i64>(&mut tx).await?
    {
        return Ok(Closing { id: Some(ImportId(id)), ..Closing::default() });
    }
    let mut present = Present::to_change(&mut tx, centre, day).await?;
    let plans: Vec<_> = present.plans().collect();
    let issued = plans.iter().flat_map(|plan| present.issued(plan)).map(|(_, issued)| issued).sum();
    let mut closing =
        Closing { sessions: plans.len(), places: plans.iter().map(crate::domain::plan::Plan::places).sum(), issued, ..Closing::default() };
    if issued > 0 {
        return Ok(closing);
    }
    let mut changes = Vec::new();
    for plan in plans {
        if present.remove(&mut tx, &plan).await?.is_err() {
            return Ok(Closing { used: true, ..closing });
        }
        let name = session_name(code, plan.day, plan.vaccine);
        changes.push(Change { name, before: Some(Thing::Session(Box::new(plan))), after: None, issued: Vec::new() });
    }
    if command.is_some() && !changes.is_empty() {
        closing.id = Some(write_down(core, &mut tx, actor, Kind::Sessions, CLOSED, &changes, command).await?);
        finish(core, tx).await?;
    }
    Ok(closing)
}
