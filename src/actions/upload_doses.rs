//! Doses on their way to the portal: taken under a lease, and settled by what the portal said.

use super::command::commit;
use super::tell::of_dose;
use crate::core::Core;
use crate::domain::message::Template;
use crate::domain::moment::Moment;
use crate::error::Result;
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::message::MessageState;
use crate::storage::portal::SpellKind;
use crate::storage::upload::{Settled, Upload};
use uuid::Uuid;

/// What a worker has to write, and how much it wants to take.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Who works.
    pub worker: Uuid,
    /// What calls came to.
    pub settled: Vec<Settled>,
    /// When the portal went down or became slow (with what was heard), or ceased to be so.
    pub spells: Vec<(SpellKind, Option<String>)>,
    /// Seconds a record, and how many at once, when there is something new to say.
    pub pace: Option<(f64, i64)>,
    /// How many records to take.
    pub take: i64,
    /// Until when the lease of those holds.
    pub until: Moment,
}

/// Writes what was done and takes what is next, in one transaction.
pub async fn turn(core: &Core, turn: &Turn) -> Result<Vec<Upload>> {
    repeating(|| write(core, turn)).await
}

async fn write(core: &Core, turn: &Turn) -> Result<Vec<Upload>, Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    let written = tx.settle_uploads(turn.worker, &turn.settled, now).await?;
    let uploaded = turn.settled.iter().filter(|row| row.state == "uploaded" && written.contains(&row.dose_id));
    tell_uploaded(core, &mut tx, uploaded).await?;
    for (kind, words) in &turn.spells {
        match words {
            Some(words) => tx.begin_spell(core.chance.id(now), *kind, words, now).await?,
            None => tx.end_spell(*kind, now).await?,
        }
        if (*kind, words.is_none()) == (SpellKind::Down, true) {
            tx.try_all_uploads().await?;
        }
    }
    if let Some((seconds, at_once)) = turn.pace {
        tx.set_pace(turn.worker, seconds, at_once, now).await?;
    }
    tx.close_uploads(now).await?;
    let taken = if turn.take > 0 { tx.take_uploads(turn.worker, now, turn.until, turn.take).await? } else { Vec::new() };
    commit(tx).await?;
    Ok(taken)
}

/// The portal has these doses: whoever has a phone is told.
async fn tell_uploaded<'a>(core: &Core, tx: &mut Tx, doses: impl Iterator<Item = &'a Settled>) -> sqlx::Result<()> {
    let mut messages = Vec::new();
    for row in doses {
        metrics::counter!("baari_doses_uploaded_total").increment(1);
        if row.has_phone {
            messages.push(of_dose(core, Template::DoseUploaded, row.dose_id, row.beneficiary_id, row.centre_id));
        }
    }
    if messages.is_empty() { Ok(()) } else { tx.add_messages(&messages, MessageState::Waiting, core.clock.now()).await }
}
