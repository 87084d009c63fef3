//! Stopping a session (no vaccine, no power), and letting it go on.

use super::Actor;
use crate::core::Core;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::storage::journal::Act;
use crate::storage::slot::Session;

/// Stops a session within the officer's scope, or lets it go on.
pub async fn stop_session(core: &Core, actor: &Actor, id: SessionId, stopped: bool) -> Result<Session> {
    let board = core.board();
    let session = board.session(id).ok_or(Error::NotFound)?;
    actor.centre(&board, session.centre_id)?;
    let mut tx = core.write().await?;
    tx.set_stopped(id, stopped).await?;
    let act = if stopped { Act::StopSession } else { Act::ResumeSession };
    tx.add_entries(&[core.note_in(&actor.name, Scope::Centre(session.centre_id), act, Some(format!("session:{id}")))]).await?;
    tx.commit().await?;
    core.reload_board().await?;
    Ok(session.clone())
}
