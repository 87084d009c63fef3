//! Stopping a session (no vaccine, no power), and letting it go on. Whoever is to come is told, by day and night.

use super::Actor;
use super::tell::tell_holders;
use crate::core::Core;
use crate::domain::message::{Fact, Template};
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::storage::journal::Act;
use crate::storage::slot::Session;

/// Stops a session within the officer's scope, or lets it go on. Asked for a second time, nothing is told twice.
pub async fn stop_session(core: &Core, actor: &Actor, id: SessionId, stopped: bool) -> Result<Session> {
    let board = core.board();
    let session = board.session(id).ok_or(Error::NotFound)?;
    actor.centre(&board, session.centre_id)?;
    let now = core.clock.now();
    let mut tx = core.write().await?;
    if tx.set_stopped(id, stopped).await? {
        let template = if stopped { Template::SessionStopped } else { Template::SessionResumed };
        let mut tokens = tx.tokens_to_come(id, now).await?;
        if !stopped {
            // Whoever has not heard that it was stopped need not hear that it goes on.
            let people: Vec<_> = tokens.iter().map(|token| token.beneficiary_id).collect();
            let told = tx.overtake_messages(Template::SessionStopped, &people, now).await?;
            tokens.retain(|token| told.contains(&token.beneficiary_id));
        }
        tell_holders(core, &mut tx, template, &tokens, |token| Fact::Session(token.number, token.revision, now)).await?;
        let act = if stopped { Act::StopSession } else { Act::ResumeSession };
        tx.add_entries(&[core.note_in(&actor.name, Scope::Centre(session.centre_id), act, Some(format!("session:{id}")))]).await?;
    }
    tx.commit().await?;
    core.reload_board().await?;
    Ok(session.clone())
}
