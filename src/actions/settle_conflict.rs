//! Settling a conflict: an officer says what was behind two facts that do not go together. Both stay.

use uuid::Uuid;

use super::Actor;
use crate::core::Core;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::storage::journal::{Act, Entry};
use crate::storage::scan::Settlement;

/// Notes how it was settled. Whoever settles first has the word; the second one changes nothing.
pub async fn settle_conflict(core: &Core, actor: &Actor, scan: Uuid, how: Settlement) -> Result<()> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let conflict = tx.conflict(scan).await?.ok_or(Error::NotFound)?;
    actor.centre(&core.board(), conflict.centre_id)?;
    if tx.settle_conflict(scan, how, &actor.name, now).await? {
        let note = core.note_in(&actor.name, Scope::Centre(conflict.centre_id), Act::SettleConflict, Some(conflict.number.plain()));
        tx.add_entries(&[Entry { answer: Some(how.to_string()), ..note }]).await?;
    }
    Ok(tx.commit().await?)
}
