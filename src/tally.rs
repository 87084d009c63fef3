//! The counts of a day, shared by everybody who looks at it.
//!
//! What takes no time to count is counted for each viewer. What takes longer is kept: for twenty times as long as counting took, so
//! that at most a twentieth of the time goes into it, and for as long again while somebody counts anew behind the viewer's back. A
//! day's counts carry the time they were true.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::actions::check_opening::Mornings;
use crate::core::Core;
use crate::domain::moment::{Day, Moment};
use crate::domain::place::Scope;
use crate::error::Result;
use crate::ids::{CentreId, SlotId};
use crate::storage::gate::Gate;
use crate::storage::tally::{BacklogTally, ScanTally, SlotTally};

/// What is counted faster is not kept.
const WORTH_KEEPING: Duration = Duration::from_millis(80);

/// How many times longer than it took to count a day's counts are kept.
const KEPT: u32 = 20;

/// How many days are kept.
const MOST_DAYS: usize = 8;

/// The counts of a day.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Counted {
    /// When they were true.
    pub as_of: Moment,
    pub slots: HashMap<SlotId, SlotTally>,
    pub scans: Vec<ScanTally>,
    pub backlog: HashMap<CentreId, BacklogTally>,
    /// Doses without a token: all, to people of 60 and over, of 45 to 59.
    pub tokenless: HashMap<CentreId, [i64; 3]>,
    /// Case forms of adverse events whose time is over.
    pub overdue_forms: HashMap<CentreId, i64>,
    pub gates: Vec<Gate>,
    pub mornings: Mornings,
}

struct Kept {
    counted: Arc<Counted>,
    at: Instant,
    took: Duration,
}

/// The days that were counted last.
#[derive(Default)]
pub struct Tallies {
    days: Mutex<HashMap<Day, Kept>>,
    counting: tokio::sync::Mutex<()>,
}

enum Found {
    Fresh(Arc<Counted>),
    Aging(Arc<Counted>),
    None,
}

impl Tallies {
    /// The counts of a day.
    pub async fn of(self: &Arc<Self>, core: &Arc<Core>, day: Day) -> Result<Arc<Counted>> {
        match self.kept(day) {
            Found::Fresh(counted) => return Ok(counted),
            Found::Aging(counted) => {
                let (tallies, core) = (Arc::clone(self), Arc::clone(core));
                tokio::spawn(async move {
                    if let Ok(_turn) = tallies.counting.try_lock()
                        && let Err(error) = tallies.count(&core, day).await
                    {
                        tracing::warn!(%error, "a day could not be counted");
                    }
                });
                return Ok(counted);
            }
            Found::None => {}
        }
        let _turn = self.counting.lock().await;
        match self.kept(day) {
            Found::Fresh(counted) => Ok(counted),
            Found::Aging(_) | Found::None => self.count(core, day).await,
        }
    }

    fn kept(&self, day: Day) -> Found {
        let days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = days.get(&day) else { return Found::None };
        let age = kept.at.elapsed();
        if age < kept.took * KEPT {
            Found::Fresh(Arc::clone(&kept.counted))
        } else if age < kept.took * KEPT * 2 {
            Found::Aging(Arc::clone(&kept.counted))
        } else {
            Found::None
        }
    }

    async fn count(&self, core: &Core, day: Day) -> Result<Arc<Counted>> {
        let at = Instant::now();
        let counted = Arc::new(count(core, day).await?);
        let took = at.elapsed();
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        days.retain(|_, kept| kept.at.elapsed() < kept.took * KEPT * 2);
        if took >= WORTH_KEEPING && days.len() < MOST_DAYS {
            days.insert(day, Kept { counted: Arc::clone(&counted), at: Instant::now(), took });
        }
        Ok(counted)
    }
}

async fn count(core: &Core, day: Day) -> Result<Counted> {
    let as_of = core.clock.now();
    let mut tx = core.read().await?;
    let counted = Counted {
        as_of,
        slots: tx.slot_tallies(day).await?.into_iter().map(|row| (row.slot_id, row)).collect(),
        scans: tx.scan_tallies(day).await?,
        backlog: tx.backlog_tallies(as_of).await?.into_iter().map(|row| (row.centre_id, row)).collect(),
        tokenless: tx
            .tokenless_doses(day)
            .await?
            .into_iter()
            .map(|(centre, all, sixty, younger)| (centre, [all, sixty, younger]))
            .collect(),
        overdue_forms: tx.case_forms(as_of).await?.into_iter().map(|forms| (forms.centre_id, forms.overdue)).collect(),
        gates: tx.gates().await?,
        mornings: Mornings::read(&mut tx, Scope::State, day).await?,
    };
    tx.commit().await?;
    Ok(counted)
}
