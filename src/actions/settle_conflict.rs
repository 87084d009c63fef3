//! Settling a conflict: an officer says what was behind two facts that do not go together. Both stay.

use uuid::Uuid;

use super::Actor;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::storage::journal::Entry;
use crate::storage::scan::Settlement;

/// Notes how it was settled. Whoever settles first has the word; the second one changes nothing.
pub async fn settle_conflict(core: &Core, actor: &Actor, scan: Uuid, how: Settlement) -> Result<()> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let conflict = tx.conflict(scan).await?.ok_or(Error::NotFound)?;
    let board = core.board();
    board.centre(conflict.centre_id).filter(|centre| actor.scope.covers(centre.place())).ok_or(Error::NotFound)?;
    if tx.settle_conflict(scan, how, &actor.name, now).await? {
        let entry = Entry {
            id: core.chance.id(now),
            at: now,
            actor: actor.name.to_string(),
            act: "settle_conflict".into(),
            subject: Some(conflict.number.plain()),
            body_hash: None,
            answer: Some(how.to_string()),
        };
        tx.add_entries(&[entry]).await?;
    }
    Ok(tx.commit().await?)
}
