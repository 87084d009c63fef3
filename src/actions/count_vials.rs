//! Counting the vials of a day that have not been opened: received, given back, lost. The last count of a batch counts.

use super::Actor;
use super::check_opening::actor_inside;
use super::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::closing::{Batch, Span};
use crate::domain::moment::{Day, Moment};
use crate::domain::place::Scope;
use crate::error::{Error, Fault, Result};
use crate::ids::CentreId;
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::opening::{Counted, VialCount};

/// So many vials of a batch, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Count {
    pub batch: Batch,
    pub what: Counted,
    pub vials: i64,
}

/// Counts vials of a day that has begun. A batch that is counted as before stays as it is.
pub async fn count_vials(core: &Core, actor: &Actor, centre: CentreId, day: Day, command: &CommandId, counts: &[Count]) -> Result<()> {
    actor_inside(core, actor, centre)?;
    let now = core.clock.now();
    if day > now.day() {
        return Err(Error::field("date", Fault::NotYet));
    }
    let mut tx = core.write().await?;
    if command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(());
    }
    counted(&mut tx, actor, centre, day, counts, now).await?;
    let note = core.note(actor, Act::CountVials, Some(format!("day:{centre}:{day}")));
    command.note(&mut tx, note, &()).await?;
    commit(tx).await
}

/// Adds the counts that say something new.
pub(super) async fn counted(tx: &mut Tx, actor: &Actor, centre: CentreId, day: Day, counts: &[Count], now: Moment) -> sqlx::Result<()> {
    let known = tx.vial_counts(Scope::Centre(centre), Span::day(day)).await?;
    let last = |count: &Count| {
        let of = known.iter().find(|row| row.vaccine == count.batch.vaccine && row.batch == count.batch.batch && row.what == count.what);
        of.map(|row| row.vials)
    };
    let new: Vec<_> = counts.iter().filter(|count| last(count) != Some(count.vials)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let first = tx.take_numbers("vial_count", new.len() as i64).await?;
    let row = |(id, count): (i64, &&Count)| VialCount {
        id,
        centre_id: centre,
        day,
        vaccine: count.batch.vaccine,
        batch: count.batch.batch.clone(),
        what: count.what,
        vials: count.vials,
        said_at: now,
        said_by: actor.name.to_string(),
    };
    tx.add_vial_counts(&(first..).zip(&new).map(row).collect::<Vec<_>>()).await
}
