//! What waits to be settled within an officer's scope: how much of each kind, and how much of that nobody has taken on.

use super::Actor;
use super::look_after_messages::untold;
use crate::core::Core;
use crate::domain::charge::Matter;
use crate::error::Result;
use crate::storage::charge::Open;

/// The kinds of which something is open.
pub async fn to_settle(core: &Core, actor: &Actor, gateway_reports: bool) -> Result<Vec<(Matter, Open)>> {
    let untold = untold(core, gateway_reports);
    let mut tx = core.read().await?;
    let mut open = Vec::new();
    for matter in Matter::ALL.iter().filter(|matter| matter.is_for(actor.role)) {
        open.push((*matter, tx.count_open(*matter, actor.scope, untold).await?));
    }
    tx.commit().await?;
    open.retain(|(_, count)| count.all > 0);
    Ok(open)
}
