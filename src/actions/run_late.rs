//! Saying that a centre is running late today: everybody's time there counts that much longer.

use super::Actor;
use crate::core::Core;
use crate::domain::place::Scope;
use crate::error::{Error, Fault, Result};
use crate::ids::CentreId;
use crate::storage::journal::{Act, Entry};

/// The latest that a centre can be, in minutes.
pub const LATEST: i64 = 180;

/// Says by how many minutes a centre is late today; 0: it is on time again. Tomorrow it is on time by itself.
pub async fn run_late(core: &Core, actor: &Actor, centre: CentreId, minutes: i64) -> Result<()> {
    if !actor.role.runs_gates() {
        return Err(Error::Forbidden);
    }
    if !(0..=LATEST).contains(&minutes) {
        return Err(Error::field("minutes", Fault::Choice));
    }
    actor.centre(&core.board(), centre)?;
    let mut tx = core.write().await?;
    tx.set_late(centre, minutes, (minutes > 0).then(|| core.clock.now().day())).await?;
    let act = if minutes > 0 { Act::RunLate } else { Act::OnTime };
    let note = core.note_in(&actor.name, Scope::Centre(centre), act, Some(format!("centre:{centre}")));
    tx.add_entries(&[Entry { answer: Some(minutes.to_string()), ..note }]).await?;
    tx.commit().await?;
    Ok(core.reload_board().await?)
}
