//! The links: each phone and desk as it was last heard, the portal and the SMS gateway, and the minutes without the link by centre,
//! beside the day before.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;

use crate::actions::Actor;
use crate::actions::look_at_links::{CentreLink, LinkSum, Links, look_at_links};
use crate::actions::watch_portal::PortalState;
use crate::app::App;
use crate::domain::link::GAP;
use crate::domain::moment::{Day, Moment};
use crate::error::{Error, Result};
use crate::ids::{DistrictId, ZoneId};
use crate::pages::frame::{Frame, Officer};
use crate::pages::sheet::{Cell, Sheet};
use crate::pages::{page, picture};
use crate::storage::desk::Desk;
use crate::storage::field::Centre;
use crate::storage::gate::Gate;
use crate::storage::link::CentrePc;
use crate::storage::message::GatewayDown;
use crate::storage::portal::Spell;

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
    gateway_spells: Vec<Spell>,
    /// Districts with their zones, added up; a district's own row has no zone.
    sums: Vec<(String, Option<String>, LinkSum)>,
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

    fn oldest(&self, at: Option<&Moment>) -> String {
        at.map_or_else(|| "–".to_owned(), |at| format!("{} {}", self.f.lang.short_day(at.day()), at.clock()))
    }

    fn file(&self, kind: &str) -> String {
        format!("/district/links/links.{kind}?date={}", self.day)
    }

    /// The centres' rows, with their district and zone.
    fn sheet(&self) -> Sheet {
        let (t, board) = (self.f.t, &self.f.board);
        let cells = |sum: &LinkSum| -> Vec<Cell> {
            let counts = [sum.phones, sum.waiting].map(Cell::from);
            let days = [sum.day.minutes, sum.before.minutes, sum.day.served, sum.before.served].map(Cell::from);
            counts.into_iter().chain([Cell::from(self.oldest(sum.oldest_at.as_ref()))]).chain(days).collect()
        };
        let mut total = LinkSum::default();
        let rows = self.centres.iter().map(|row| {
            let mut own = LinkSum::default();
            own.add(row);
            total.add(row);
            let district = board.district(row.centre.district_id).map_or("", |district| district.name(self.f.lang));
            let zone = board.zone(row.centre.zone_id).map_or("", |zone| zone.name(self.f.lang));
            [district, zone, row.centre.name(self.f.lang)].map(Cell::from).into_iter().chain(cells(&own)).collect()
        });
        let rows = rows.collect();
        let heads = [t.district, t.zone, t.centre, t.phones, t.waiting_scans, t.oldest_unsent, t.links_minutes, t.links_before];
        let heads = heads.into_iter().chain([t.links_served, t.links_served_before]).map(str::to_owned).collect();
        Sheet {
            name: format!("links-{}", self.day),
            title: format!("{} · {} · {} {}", t.links, self.f.lang.day(self.day), t.true_at, self.f.lang.time(self.f.now)),
            heads,
            rows,
            total: Some([t.total, "", ""].map(Cell::from).into_iter().chain(cells(&total)).collect()),
        }
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
    page(&read(&app, f, &user.actor, &asked).await?)
}

/// The centres' links as a file.
pub async fn file(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let kind = file.strip_prefix("links.").ok_or(Error::NotFound)?;
    read(&app, f, &user.actor, &asked).await?.sheet().download(kind)
}

/// Districts with their zones, in the order of their ids.
fn sums(f: &Frame, centres: &[CentreLink]) -> Vec<(String, Option<String>, LinkSum)> {
    let mut sums: BTreeMap<(DistrictId, Option<ZoneId>), LinkSum> = BTreeMap::new();
    for row in centres {
        let Centre { district_id, zone_id, .. } = row.centre;
        for zone in [None, Some(zone_id)] {
            sums.entry((district_id, zone)).or_default().add(row);
        }
    }
    let named = sums.into_iter().map(|((district, zone), sum)| {
        let district = f.board.district(district).map_or_else(String::new, |district| district.name(f.lang).to_owned());
        (district, zone.and_then(|id| f.board.zone(id)).map(|zone| zone.name(f.lang).to_owned()), sum)
    });
    named.collect()
}

async fn read(app: &App, f: Frame, actor: &Actor, asked: &Asked) -> Result<LinksPage> {
    let day = asked.date.parse().unwrap_or(f.now.day());
    let Links { centres, desks, pcs, portal, gateway_down, gateway_spells } = look_at_links(&app.core, actor, day).await?;
    let board = app.core.board();
    let zone = |desk: &Desk| board.zone(desk.zone_id).map_or_else(String::new, |zone| zone.name(f.lang).to_owned());
    let desks = desks.into_iter().map(|desk| (zone(&desk), desk)).collect();
    let centre = |pc: &CentrePc| board.centre_name(pc.centre_id, f.lang).to_owned();
    let pcs = pcs.into_iter().map(|pc| (centre(&pc), pc)).collect();
    let days = (-2..=0).map(|ago| f.now.day().plus(ago)).collect();
    let has_gateway = app.gateway.get().is_some_and(|gateway| !gateway.address().is_empty());
    let sums = sums(&f, &centres);
    Ok(LinksPage { f, day, days, centres, desks, pcs, portal, has_gateway, gateway_down, gateway_spells, sums })
}
