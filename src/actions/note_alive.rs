//! The servers' sign of life, and what its absence gives back: an issue window that was open in an outage lasts that much longer.

use super::Actor;
use super::command::commit;
use crate::core::Core;
use crate::domain::outage::Outage;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{OutageId, SessionId};
use crate::storage::Tx;
use crate::storage::journal::{Act, Entry};
use crate::storage::outage::Extension;

/// As the journal names who extends windows.
pub const SERVER: &str = "server";

/// Notes that a server is alive. Whichever of several is the first after an outage extends the windows.
pub async fn note_alive(core: &Core) -> Result<bool> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let last = tx.last_alive().await?;
    if last.is_some_and(|last| last >= now) || !tx.note_alive(last, now).await? {
        return Ok(false);
    }
    let outage = last.and_then(|last| Outage::between(last, now));
    let extended = match outage {
        Some(outage) => extend(core, &mut tx, outage).await?,
        None => false,
    };
    commit(tx).await?;
    if extended {
        core.reload_board().await?;
    }
    Ok(false)
}

async fn extend(core: &Core, tx: &mut Tx, outage: Outage) -> Result<bool> {
    let id = OutageId(tx.take_numbers("outage", 1).await?);
    tx.add_outage(id, outage).await?;
    let mut entries = Vec::new();
    for window in tx.windows_in(outage).await? {
        let Some(until) = outage.extends((window.issue_from, window.issue_until), window.closes) else { continue };
        tx.extend_window(id, &window, until).await?;
        let note = core.note_in(SERVER, Scope::Centre(window.centre_id), Act::ExtendWindow, Some(format!("session:{}", window.id)));
        entries.push(Entry { answer: Some(format!("{} {}", window.issue_until.0, until.0)), ..note });
    }
    for some in entries.chunks(500) {
        tx.add_entries(some).await?;
    }
    Ok(!entries.is_empty())
}

/// How a session's window was extended, the last first.
pub async fn extensions(core: &Core, actor: &Actor, session: SessionId) -> Result<Vec<Extension>> {
    own(core, actor, session)?;
    Ok(core.read().await?.extensions_of(session).await?)
}

/// Takes an extension back. False: the window was changed since, or it was taken back.
pub async fn undo_extension(core: &Core, actor: &Actor, session: SessionId, outage: OutageId) -> Result<bool> {
    own(core, actor, session)?;
    let mut tx = core.write().await?;
    let undone = tx.undo_extension(outage, session, &actor.name, core.clock.now()).await?;
    if undone {
        tx.add_entries(&[core.note(actor, Act::UndoExtension, Some(format!("session:{session}")))]).await?;
    }
    commit(tx).await?;
    core.reload_board().await?;
    Ok(undone)
}

fn own(core: &Core, actor: &Actor, session: SessionId) -> Result<()> {
    let board = core.board();
    let session = board.session(session).ok_or(Error::NotFound)?;
    actor.centre(&board, session.centre_id).map(drop)
}
