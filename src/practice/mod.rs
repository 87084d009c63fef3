//! The practice centre: a second app with a database, keys and a clock of its own. It has no workers and no metrics; everything
//! in it stands behind `/practice/`, which is how nothing of it can be taken for the real day, nor the other way round.

mod fill;
mod samples;

use std::sync::Arc;

use axum::Router;
use tokio::sync::OnceCell;

use crate::actions::Actor;
use crate::actions::enrol_gate::prepare_gate;
use crate::actions::log_in::log_in_as;
use crate::app::App;
use crate::clock::Clock;
use crate::core::Core;
use crate::domain::campaign::Campaign;
use crate::domain::moment::{Day, Moment};
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Result};
use crate::routes::routes;

pub use fill::CENTRE;
pub use samples::{Sample, samples};

/// Where practice stands in the URL table.
pub const PATH: &str = "/practice";

/// In practice somebody may come so many minutes after the slot: then there is somebody who came too late, whatever the hour.
const LATE_MINUTES: i64 = 180;

/// The practice centre of an installation, opened when it is first asked for.
#[derive(Default)]
pub struct Practice(OnceCell<Opened>);

/// The open practice centre.
pub struct Opened {
    /// Its app.
    pub app: Arc<App>,
    /// Its pages, as if they stood at the top.
    pub routes: Router,
}

impl Practice {
    /// Opens the practice centre, making and filling it when it is not there.
    pub async fn open(&self, real: &Core) -> Result<&Opened> {
        let opened = self.0.get_or_try_init(|| open(real)).await?;
        opened.follow_clock().await?;
        Ok(opened)
    }

    /// The practice centre, if anybody has ever opened it.
    pub async fn found(&self, real: &Core) -> Result<Option<&Opened>> {
        if self.0.get().is_none() && !real.db.has_practice().await? {
            return Ok(None);
        }
        self.open(real).await.map(Some)
    }
}

async fn open(real: &Core) -> Result<Opened> {
    let unopened = |error: &dyn std::fmt::Display| Error::Unavailable(format!("practice: {error}"));
    // Held until it is filled: of several processes one does it.
    let mut alone = if real.db.is_shared() { Some(real.write().await?) } else { None };
    if let Some(tx) = &mut alone {
        tx.lock_practice().await?;
    }
    let db = real.db.open_practice().await.map_err(|error| unopened(&error))?;
    let mut tx = db.write().await?;
    tx.expect_practice_key().await?;
    tx.commit().await?;
    let mut campaign = Campaign::built_in();
    campaign.late_minutes = Some(LATE_MINUTES);
    let core = real.beside(db, Clock::starting_at(begins()), campaign, PATH).await.map_err(|error| unopened(&error))?;
    let app = App::start(core, None, None);
    fill::fill(&app).await?;
    drop(alone);
    Ok(Opened { routes: routes(Arc::clone(&app)), app })
}

impl Opened {
    /// Goes by the one practice clock of all processes. A practice day ends when the printed codes would no longer say what
    /// they should; then it begins afresh by itself.
    async fn follow_clock(&self) -> Result<()> {
        let core = &self.app.core;
        let offset = core.read().await?.setting(CLOCK).await?.and_then(|text| text.parse().ok());
        if let Some(offset) = offset {
            core.clock.set_offset(offset);
        }
        if (begins()..ends()).contains(&core.clock.now()) { Ok(()) } else { self.begin_afresh().await }
    }

    /// Everything is as it was when the centre was filled: 11:07 on a session day. Keys and numbers stay, so printed codes do too.
    pub async fn begin_afresh(&self) -> Result<()> {
        let core = &self.app.core;
        core.clock.set(begins());
        let mut tx = core.write().await?;
        tx.begin_afresh().await?;
        tx.set_setting(CLOCK, &core.clock.offset().to_string()).await?;
        tx.commit().await?;
        Ok(core.reload_board().await?)
    }

    /// Logs somebody into the practice account of their role; returns the cookie's secret.
    pub async fn log_in(&self, role: Role) -> Result<String> {
        log_in_as(&self.app.core, &fill::username(role), "practice").await
    }

    /// The one-time code that makes a phone a gate of the practice centre.
    pub async fn gate_code(&self) -> Result<String> {
        let core = &self.app.core;
        let centre = core.board().centre_by_code(CENTRE).ok_or(Error::NotFound)?.id;
        prepare_gate(core, &everybody(), &core.chance.secret(), centre, "अभ्यास A", &[0]).await
    }
}

/// How far practice is ahead of the system's time, for all processes.
const CLOCK: &str = "practice_clock";

fn day() -> Day {
    Day(chrono::NaiveDate::from_ymd_opt(2021, 3, 30).expect("a date"))
}

fn begins() -> Moment {
    day().at_minute(11 * 60 + 7)
}

fn ends() -> Moment {
    day().at_minute(14 * 60)
}

/// Whoever sets the practice centre up.
fn everybody() -> Actor {
    Actor { name: "practice".into(), role: Role::StateOfficer, scope: Scope::State }
}
