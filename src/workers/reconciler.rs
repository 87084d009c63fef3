//! Compares with the portal every evening, when it has the least to do.

use std::sync::Arc;

use super::Shift;
use crate::actions::Actor;
use crate::actions::reconcile::reconcile;
use crate::domain::place::{Role, Scope};
use crate::error::Result;
use crate::portal::Portal;

/// From which minute of the day on.
const FROM_MINUTE: u32 = 21 * 60;

/// How many days back.
const DAYS: i64 = 14;

/// Compares, if it is evening and nobody has begun to yet. There is never more to do at once.
pub async fn turn(shift: Shift, portal: Arc<Portal>) -> Result<bool> {
    let (core, Portal::Cowin(cowin)) = (&shift.core, &*portal) else { return Ok(false) };
    let now = core.clock.now();
    let today = now.day().to_string();
    if now.minute_of_day() < FROM_MINUTE {
        return Ok(false);
    }
    let mut tx = core.write().await?;
    let begun = tx.setting("reconciled_on").await?.as_deref() == Some(&*today);
    if !begun {
        tx.set_setting("reconciled_on", &today).await?;
    }
    tx.commit().await?;
    if begun {
        return Ok(false);
    }
    let actor = Actor { name: "portal".into(), role: Role::StateOfficer, scope: Scope::State };
    let told = reconcile(core, &actor, cowin, now.day().plus(-DAYS)).await?;
    tracing::info!(people = told.people, found = ?told.found, "compared with the portal");
    Ok(false)
}
