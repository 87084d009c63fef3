//! Compares with the portal every evening, when it has the least to do, and when somebody asks for it.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::Shift;
use crate::actions::Actor;
use crate::actions::reconcile::{comparing, reconcile, was_compared};
use crate::core::Core;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Result};
use crate::portal::Portal;

/// From which minute of the day on.
const FROM_MINUTE: u32 = 21 * 60;

/// How many days back.
const DAYS: i64 = 14;

/// The setting that says on which day it was done last.
const DONE_ON: &str = "reconciled_on";

/// For how long one process has the comparison, in seconds, unless it says again that it is at it. One that failed is tried again
/// then.
const LEASE: i64 = 15 * 60;

/// How often it says so.
const STILL_AT_IT: Duration = Duration::from_mins(5);

/// Compares, if somebody asks for it or it is evening and nobody has done it yet, and nobody is at it. There is never more to do at once.
pub async fn turn(shift: Shift, portal: Arc<Portal>) -> Result<bool> {
    let (core, Portal::Cowin(cowin)) = (&shift.core, &*portal) else { return Ok(false) };
    let now = core.clock.now();
    let today = now.day().to_string();
    let (is_evening, is_asked) = (now.minute_of_day() >= FROM_MINUTE, comparing(core).await?.asked.is_some());
    if !is_evening && !is_asked {
        return Ok(false);
    }
    let is_done = !is_asked && core.read().await?.setting(DONE_ON).await?.as_deref() == Some(&*today);
    // Each try has a lease of its own: after one that failed there is a pause for this process, too.
    let own = core.chance.id(now);
    if is_done || !take(core, own).await? {
        return Ok(false);
    }
    let actor = Actor { name: "portal".into(), role: Role::StateOfficer, scope: Scope::State };
    let told = tokio::select! {
        told = reconcile(core, &actor, cowin, now.day().plus(-DAYS)) => told?,
        error = stay(core, own) => return Err(error),
    };
    if is_evening {
        let mut tx = core.write().await?;
        tx.set_setting(DONE_ON, &today).await?;
        tx.commit().await?;
    }
    was_compared(core).await?;
    tracing::info!(people = told.people, unread = told.unread, found = ?told.found, "compared with the portal");
    Ok(false)
}

/// Takes the comparison, or keeps it. False: another process is at it.
async fn take(core: &Core, own: Uuid) -> Result<bool> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let taken = tx.take_work("reconcile", own, now, now + LEASE).await?;
    tx.commit().await?;
    Ok(taken)
}

/// Keeps it for as long as it takes; ends only when it is lost.
async fn stay(core: &Core, own: Uuid) -> Error {
    loop {
        tokio::time::sleep(STILL_AT_IT).await;
        match take(core, own).await {
            Ok(true) => {}
            Ok(false) => return Error::Unavailable("another process has taken the comparison over".into()),
            Err(error) => return error,
        }
    }
}
