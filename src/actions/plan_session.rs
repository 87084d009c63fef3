//! What is known of a session to plan it with: its places, its hours, and the vaccinators that the centre counted.

use super::Actor;
use crate::core::Core;
use crate::domain::moment::Moment;
use crate::error::{Error, Result};
use crate::ids::{CentreId, SessionId};

/// A session as it is planned.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Which.
    pub session: SessionId,
    /// Where.
    pub centre: CentreId,
    /// Its places.
    pub places: i64,
    /// From when…
    pub opens: Moment,
    /// …until when people come.
    pub closes: Moment,
    /// How many vaccinators the centre's opening checks counted last.
    pub vaccinators: Option<i64>,
}

/// A session of the actor's part of the field.
pub async fn planned_session(core: &Core, actor: &Actor, id: SessionId) -> Result<Planned> {
    let board = core.board();
    let session = board.session(id).ok_or(Error::NotFound)?;
    actor.centre(&board, session.centre_id)?;
    let mut tx = core.read().await?;
    let vaccinators = tx.vaccinators_at(session.centre_id).await?;
    tx.commit().await?;
    Ok(Planned {
        session: id,
        centre: session.centre_id,
        places: board.field.slots.iter().filter(|slot| slot.session_id == id).map(|slot| slot.capacity).sum(),
        opens: session.opens,
        closes: session.closes,
        vaccinators,
    })
}
