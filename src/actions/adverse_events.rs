//! What happened to somebody after a dose. Severe and serious events need a case form within 24 hours.

use uuid::Uuid;

use super::Actor;
use super::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::dose::Severity;
use crate::domain::number::TokenNumber;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::DoseId;
use crate::storage::journal::Act;

/// Notes an event.
pub async fn note_event(core: &Core, actor: &Actor, command: &CommandId, dose: DoseId, severity: Severity, words: &str) -> Result<()> {
    let mut tx = core.write().await?;
    if command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(());
    }
    let record = tx.dose_record(dose).await?.filter(|record| record.within(actor.scope)).ok_or(Error::NotFound)?;
    let subject = record.token.map_or_else(|| format!("dose:{dose}"), TokenNumber::plain);
    command.note(&mut tx, core.note(actor, Act::NoteEvent, Some(subject)), &()).await?;
    tx.add_adverse_event(command.id, dose, record.centre_id, (severity, words), &actor.name, core.clock.now()).await?;
    commit(tx).await
}

/// Notes that an event's case form went off, under its number. False: none is due any more.
pub async fn report_event(core: &Core, actor: &Actor, event: Uuid, case_number: &str) -> Result<bool> {
    let mut tx = core.write().await?;
    let centre = tx.place_of_event(event).await?.ok_or(Error::NotFound)?;
    actor.centre(&core.board(), centre)?;
    let done = tx.report_adverse_event(event, case_number, &actor.name, core.clock.now()).await?;
    if done {
        let about = Some(format!("case:{case_number}"));
        tx.add_entries(&[core.note_in(&actor.name, Scope::Centre(centre), Act::ReportEvent, about)]).await?;
    }
    commit(tx).await?;
    Ok(done)
}
