//! The doses behind a number of the day, with and without a token.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use super::day::{in_address, path, place};
use crate::actions::look_at_day::within;
use crate::actions::look_up::note_list;
use crate::app::App;
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::error::Result;
use crate::pages::frame::{Frame, Officer};
use crate::pages::office::register::born_in;
use crate::pages::page;
use crate::storage::given::{Given, GivenFilter};

/// Rows on a page.
const ROWS: i64 = 100;

/// Which doses.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    date: String,
    district: String,
    zone: String,
    centre: String,
    age: String,
    kind: String,
    skip: i64,
}

#[derive(Template)]
#[template(path = "district/given.html")]
struct GivenPage {
    f: Frame,
    asked: Asked,
    day: Day,
    place: Scope,
    path: Vec<(Scope, String)>,
    rows: Vec<Given>,
    more: bool,
}

impl GivenPage {
    fn back(&self) -> String {
        format!("/district?date={}{}", self.day, in_address(self.place))
    }

    fn next(&self) -> String {
        let Asked { age, kind, skip, .. } = &self.asked;
        format!("/district/given?date={}{}&age={age}&kind={kind}&skip={}", self.day, in_address(self.place), skip + ROWS)
    }

    fn centre(&self, row: &Given) -> &str {
        self.f.board.centre_name(row.centre_id, self.f.lang)
    }
}

/// The list.
pub async fn given(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let day = asked.date.parse().unwrap_or(f.now.day());
    let scope = place(&user.actor, &asked.district, &asked.zone, &asked.centre);
    let board = app.core.board();
    within(&board, &user.actor, scope)?;
    note_list(&app.core, &user.actor, &format!("given {day}")).await?;
    let (born, kind) = (born_in(&asked.age, day), asked.kind.parse().ok());
    let filter = GivenFilter { scope, day, born, kind, skip: asked.skip.max(0), most: ROWS + 1 };
    let mut tx = app.core.read().await?;
    let mut rows = tx.doses_of_day(&filter).await?;
    tx.commit().await?;
    let more = rows.len() as i64 > ROWS;
    rows.truncate(ROWS as usize);
    let path = path(&board, &user.actor, scope, &f);
    page(&GivenPage { f, asked, day, place: scope, path, rows, more })
}
