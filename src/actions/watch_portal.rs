//! How the portal is, and what that means for those who wait.

use crate::core::Core;
use crate::domain::moment::Moment;
use crate::domain::portal::{Forecast, forecast};
use crate::error::Result;
use crate::storage::Tx;
use crate::storage::portal::{Measured, Spell, SpellKind};

/// For how long a measured pace is believed, in seconds.
const BELIEVED: i64 = 600;

/// How many spells are told of.
const SPELLS: i64 = 20;

/// The portal as it is now.
#[derive(Debug, Clone)]
pub struct PortalState {
    /// Whether any process has ever called it.
    pub called: bool,
    /// Since when it is down, and what was heard then.
    pub down: Option<Spell>,
    /// Since when it is slow.
    pub slow: Option<Spell>,
    /// How fast it was in the last minutes.
    pub measured: Option<Measured>,
    /// How many doses wait.
    pub waiting: i64,
    /// The earliest deadline among them.
    pub oldest_due: Option<Moment>,
    /// What becomes of them at this pace.
    pub forecast: Option<Forecast>,
    /// When it was down or slow, the last time first.
    pub spells: Vec<Spell>,
}

/// Looks at it.
pub async fn portal_state(core: &Core) -> Result<PortalState> {
    let mut tx = core.read().await?;
    let state = read(&mut tx, core.clock.now()).await?;
    tx.commit().await?;
    Ok(state)
}

/// The same inside a transaction.
pub async fn read(tx: &mut Tx, now: Moment) -> Result<PortalState> {
    let waiting = tx.waiting_by_deadline().await?;
    let measured = tx.pace_since(now + -BELIEVED).await?;
    let spells = tx.spells(SPELLS).await?;
    let open = |kind| spells.iter().find(|spell: &&Spell| spell.kind == kind && spell.ended_at.is_none()).cloned();
    let (down, slow) = (open(SpellKind::Down), open(SpellKind::Slow));
    let told = measured.filter(|_| down.is_none()).map(|measured| forecast(&waiting, measured.rate, now));
    Ok(PortalState {
        called: !spells.is_empty() || tx.pace_since(Moment(0)).await?.is_some(),
        down,
        slow,
        measured,
        waiting: waiting.iter().map(|(_, count)| count).sum(),
        oldest_due: waiting.first().map(|(due, _)| *due),
        forecast: told,
        spells,
    })
}
