//! The links: each phone as it was last heard, and the minutes without the link by centre, beside the day before.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::actions::look_at_links::{CentreLink, look_at_links};
use crate::app::App;
use crate::domain::link::GAP;
use crate::domain::moment::Day;
use crate::error::Result;
use crate::pages::frame::{Frame, Officer};
use crate::pages::{page, picture};
use crate::storage::gate::Gate;

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
}

impl LinksPage {
    fn on(&self, day: &Day) -> String {
        format!("/district/links?date={day}")
    }

    fn phones(&self) -> impl Iterator<Item = (&CentreLink, &Gate)> {
        self.centres.iter().flat_map(|row| row.gates.iter().map(move |gate| (row, gate)))
    }

    fn is_silent(&self, gate: &Gate) -> bool {
        gate.heard_at.is_none_or(|heard| self.f.now - heard > GAP)
    }

    fn bar(&self, minutes: &i64) -> String {
        let most = self.centres.iter().map(|row| row.day.minutes.max(row.before.minutes)).max().unwrap_or(0);
        picture::share(*minutes, most)
    }
}

/// The page.
pub async fn links(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let day = asked.date.parse().unwrap_or(f.now.day());
    let centres = look_at_links(&app.core, &user.actor, day).await?;
    let days = (-2..=0).map(|ago| f.now.day().plus(ago)).collect();
    page(&LinksPage { f, day, days, centres })
}
