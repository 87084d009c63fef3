//! Opening a session's issue window now, or letting it last longer.

use super::Actor;
use super::command::CommandId;
use super::copy_sessions::{finish, session_name};
use super::import::plans::Present;
use super::import::{Change, FORM, Kind, Thing, write_down};
use crate::core::Core;
use crate::domain::moment::Moment;
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::storage::slot::Session;

/// Sets when zone offices may issue for a session.
pub async fn set_window(core: &Core, actor: &Actor, id: SessionId, from: Moment, until: Moment, command: &CommandId) -> Result<Session> {
    let board = core.board();
    let session = board.session(id).ok_or(Error::NotFound)?;
    let centre = actor.centre(&board, session.centre_id)?;
    if until <= from {
        return Err(Error::NotFound);
    }
    let mut tx = core.write().await?;
    if command.done_before::<i64>(&mut tx).await?.is_some() {
        return Ok(session.clone());
    }
    let present = Present::to_change(&mut tx, session.centre_id, session.day).await?;
    let before = present.plan(session.centre_id, session.day, session.vaccine).ok_or(Error::NotFound)?;
    let after = crate::domain::plan::Plan { issue_from: from, issue_until: until, ..before.clone() };
    tx.set_window(id, from, until).await?;
    let change = Change {
        name: session_name(&centre.code, session.day, session.vaccine),
        issued: present.issued(&before),
        before: Some(Thing::Session(Box::new(before))),
        after: Some(Thing::Session(Box::new(after))),
    };
    write_down(core, &mut tx, actor, Kind::Sessions, FORM, &[change], Some(command)).await?;
    finish(core, tx).await?;
    Ok(session.clone())
}
