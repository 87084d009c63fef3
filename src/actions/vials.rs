//! Opening, discarding and returning vials. A dose that is drawn beyond what a vial holds, or too late, is warned of and recorded.

use super::Actor;
use super::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Moment;
use crate::error::{Error, Fault, Result};
use crate::ids::{CentreId, VialId};
use crate::storage::centre::Vial;
use crate::storage::journal::Act;

/// How a vial is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Thrown away with what is left in it.
    Discarded,
    /// Put back: it had not been opened after all.
    Returned,
}

impl Closing {
    fn word(self) -> &'static str {
        match self {
            Self::Discarded => "discarded",
            Self::Returned => "returned",
        }
    }
}

/// Opens a vial at a centre.
pub async fn open_vial(core: &Core, actor: &Actor, centre: CentreId, command: &CommandId, vaccine: Vaccine, batch: &str) -> Result<VialId> {
    actor.centre(&core.board(), centre)?;
    let rule = core.campaign.vial(vaccine).ok_or_else(|| Error::field("vaccine", Fault::Choice))?;
    let now = core.clock.now();
    let mut tx = core.write().await?;
    if let Some(id) = command.done_before(&mut tx).await? {
        return Ok(id);
    }
    let id = VialId(command.id);
    let opened_by = actor.name.to_string();
    tx.add_vial(&Vial { id, centre_id: centre, vaccine, batch: batch.to_owned(), doses: rule.doses, opened_at: now, opened_by, used: 0 })
        .await?;
    tx.add_entries(&[command.entry(core.note(actor, Act::OpenVial, Some(format!("vial:{batch}"))), Ok(&id))]).await?;
    commit(tx).await?;
    Ok(id)
}

/// Closes a vial of a centre. One that was drawn from cannot be returned.
pub async fn close_vial(core: &Core, actor: &Actor, centre: CentreId, vial: VialId, how: Closing) -> Result<bool> {
    actor.centre(&core.board(), centre)?;
    let mut tx = core.write().await?;
    let closed = tx.close_vial(vial, centre, how.word(), core.clock.now()).await?;
    if closed {
        tx.add_entries(&[core.note(actor, Act::CloseVial, Some(format!("{}:{vial}", how.word())))]).await?;
    }
    commit(tx).await?;
    Ok(closed)
}

/// Until when a vial is good.
pub fn good_until(core: &Core, vial: &Vial) -> Moment {
    core.campaign.vial(vial.vaccine).map_or(Moment(i64::MAX), |rule| vial.opened_at + rule.hours * 3600)
}
