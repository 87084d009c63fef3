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
use crate::words::words;

words! {
    /// How a vial is closed.
    Closing {
        /// Thrown away with what is left in it.
        Discarded = "discarded",
        /// Put back: it had not been opened after all.
        Returned = "returned",
    }
}

/// "This vial is opened."
#[derive(Debug, Clone)]
pub struct OpenVial {
    /// The command's id.
    pub command: CommandId,
    /// Who says so.
    pub actor: Actor,
    /// Where.
    pub centre: CentreId,
    /// What it is called from now on.
    pub id: VialId,
    /// What is in it.
    pub vaccine: Vaccine,
    /// What is printed on it.
    pub batch: String,
    /// When it was opened.
    pub at: Moment,
}

/// Opens a vial at a centre. Opened twice, it is opened once.
pub async fn open_vial(core: &Core, asked: OpenVial) -> Result<VialId> {
    let OpenVial { command, actor, centre, id, vaccine, batch, at } = asked;
    actor.centre(&core.board(), centre)?;
    let rule = core.campaign.vial(vaccine).ok_or_else(|| Error::field("vaccine", Fault::Choice))?;
    let mut tx = core.write().await?;
    if let Some(id) = command.done_before(&mut tx).await? {
        return Ok(id);
    }
    let note = core.note(&actor, Act::OpenVial, Some(format!("vial:{batch}")));
    let opened_by = actor.name.to_string();
    command.note(&mut tx, note, &id).await?;
    tx.add_vial(&Vial { id, centre_id: centre, vaccine, batch, doses: rule.doses, opened_at: at, opened_by, used: 0 }).await?;
    commit(tx).await?;
    Ok(id)
}

/// Closes a vial of a centre. One that was drawn from cannot be returned. False: it is not open there, or cannot be returned.
pub async fn close_vial(core: &Core, actor: &Actor, centre: CentreId, vial: VialId, how: Closing, at: Moment) -> Result<bool> {
    actor.centre(&core.board(), centre)?;
    let mut tx = core.write().await?;
    let closed = tx.close_vial(vial, centre, how.word(), at).await?;
    if closed {
        tx.add_entries(&[core.note(actor, Act::CloseVial, Some(format!("{how}:{vial}")))]).await?;
    }
    commit(tx).await?;
    Ok(closed)
}

/// Until when a vial is good.
pub fn good_until(core: &Core, vial: &Vial) -> Moment {
    core.campaign.vial(vial.vaccine).map_or(Moment(i64::MAX), |rule| vial.opened_at + rule.hours * 3600)
}
