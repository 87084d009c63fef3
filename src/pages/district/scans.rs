//! The scans behind a number of the day: who was turned back, where, when and why.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use super::day::{in_address, path, place};
use crate::actions::look_at_day::{turned_back, within};
use crate::app::App;
use crate::domain::day::TurnedBack;
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::error::Result;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::scan::ScanFound;

/// Rows on a page.
const ROWS: usize = 100;

/// Which scans.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    date: String,
    district: String,
    zone: String,
    centre: String,
    reason: String,
    skip: usize,
}

#[derive(Template)]
#[template(path = "district/scans.html")]
struct ScansPage {
    f: Frame,
    day: Day,
    place: Scope,
    path: Vec<(Scope, String)>,
    reason: Option<TurnedBack>,
    rows: Vec<(String, &'static str, ScanFound)>,
    skip: usize,
    more: bool,
}

impl ScansPage {
    fn on(&self, reason: &str) -> String {
        format!("/district/scans?date={}{}&reason={reason}", self.day, in_address(self.place))
    }

    fn next(&self) -> String {
        format!("{}&skip={}", self.on(self.reason.map_or("", TurnedBack::word)), self.skip + ROWS)
    }

    fn reasons(&self) -> &'static [TurnedBack] {
        TurnedBack::ALL
    }

    fn back(&self) -> String {
        format!("/district?date={}{}", self.day, in_address(self.place))
    }
}

/// The list.
pub async fn scans(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let day = asked.date.parse().unwrap_or(f.now.day());
    let place = place(&user.actor, &asked.district, &asked.zone, &asked.centre);
    let board = app.core.board();
    within(&board, &user.actor, place)?;
    let reason: Option<TurnedBack> = asked.reason.parse().ok();
    let mut tx = app.core.read().await?;
    let found = tx.refusals(place, day, reason.map(TurnedBack::word), asked.skip as i64, ROWS as i64 + 1).await?;
    tx.commit().await?;
    let more = found.len() > ROWS;
    let rows = found.into_iter().take(ROWS).map(|row| {
        let centre = board.centre_name(row.centre_id, f.lang).to_owned();
        let why = turned_back(row.kind, row.verdict).map_or("", |why| f.lang.turned_back(why));
        (centre, why, row)
    });
    let rows = rows.collect();
    let path = path(&board, &user.actor, place, &f);
    page(&ScansPage { day, place, path, reason, rows, skip: asked.skip, more, f })
}
