//! The links: each phone and desk as it was last heard, the portal and the SMS gateway, and the minutes without the link by centre,
//! beside the day before.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::actions::look_at_links::{CentreLink, Links, look_at_links};
use crate::actions::watch_portal::PortalState;
use crate::app::App;
use crate::domain::link::GAP;
use crate::domain::moment::{Day, Moment};
use crate::error::Result;
use crate::pages::frame::{Frame, Officer};
use crate::pages::{page, picture};
use crate::storage::desk::Desk;
use crate::storage::gate::Gate;
use crate::storage::link::CentrePc;
use crate::storage::message::GatewayDown;

/// From how many seconds on a clock is shown as wrong.
const CLOCK_OFF: i64 = 120;

/// Which day.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    date: String,
}

#[derive(Template)]
#[template(path = "district/links.html")]
struct LinksPage {
    f: Frame,
    day: Day,
    days: Vec<Day>,
    centres: Vec<CentreLink>,
    /// Each with its zone.
    desks: Vec<(String, Desk)>,
    /// Each with its centre.
    pcs: Vec<(String, CentrePc)>,
    portal: PortalState,
    /// Whether there is a gateway, and since when it takes nothing.
    has_gateway: bool,
    gateway_down: Option<GatewayDown>,
}

impl LinksPage {
    fn on(&self, day: &Day) -> String {
        format!("/district/links?date={day}")
    }

    fn phones(&self) -> impl Iterator<Item = (&CentreLink, &Gate)> {
        self.centres.iter().flat_map(|row| row.gates.iter().map(move |gate| (row, gate)))
    }

    fn is_gate_silent(&self, gate: &Gate) -> bool {
        self.is_silent(gate.heard_at)
    }

    fn is_desk_silent(&self, desk: &Desk) -> bool {
        self.is_silent(desk.heard_at)
    }

    fn is_pc_silent(&self, pc: &CentrePc) -> bool {
        self.is_silent(Some(pc.heard_at))
    }

    fn is_silent(&self, heard: Option<Moment>) -> bool {
        heard.is_none_or(|heard| self.f.now - heard > GAP)
    }

    /// Whether a clock is so far off that people could be turned back for it.
    fn is_wrong(&self, offset: &i64) -> bool {
        offset.abs() >= CLOCK_OFF
    }

    fn bar(&self, minutes: &i64) -> String {
        let most = self.centres.iter().map(|row| row.day.minutes.max(row.before.minutes)).max().unwrap_or(0);
        picture::share(*minutes, most)
    }
}

/// The page.
pub async fn links(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let day = asked.date.parse().unwrap_or(f.now.day());
    let Links { centres, desks, pcs, portal, gateway_down } = look_at_links(&app.core, &user.actor, day).await?;
    let board = app.core.board();
    let zone = |desk: &Desk| board.zone(desk.zone_id).map_or_else(String::new, |zone| zone.name(f.lang).to_owned());
    let desks = desks.into_iter().map(|desk| (zone(&desk), desk)).collect();
    let centre = |pc: &CentrePc| board.centre_name(pc.centre_id, f.lang).to_owned();
    let pcs = pcs.into_iter().map(|pc| (centre(&pc), pc)).collect();
    let days = (-2..=0).map(|ago| f.now.day().plus(ago)).collect();
    let has_gateway = app.gateway.get().is_some_and(|gateway| !gateway.address().is_empty());
    page(&LinksPage { f, day, days, centres, desks, pcs, portal, has_gateway, gateway_down })
}
