//! The newspaper's table beside its source: what was printed, and what the recorded doses add up to.

use std::borrow::Borrow;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::actions::round_table::round_table;
use crate::app::App;
use crate::demo::{second_round, state_officer};
use crate::error::{Error, Result};
use crate::i18n::grouped;
use crate::pages::frame::Frame;
use crate::pages::page;

/// A figure that was printed, and the same one as the recorded doses give it.
struct Figure {
    name: String,
    printed: i64,
    counted: i64,
}

#[derive(Template)]
#[template(path = "demo_newspaper.html")]
struct NewspaperPage {
    f: Frame,
    /// Of the whole state.
    state: Vec<Figure>,
    /// Doses by district, in the order in which they were printed.
    districts: Vec<Figure>,
}

impl NewspaperPage {
    fn n(&self, value: impl Borrow<i64>) -> String {
        grouped(*value.borrow())
    }

    /// The first rows, and how many of all are the same.
    fn same(&self) -> String {
        let all: Vec<_> = self.state.iter().chain(&self.districts).collect();
        format!("{} / {}", all.iter().filter(|figure| figure.printed == figure.counted).count(), all.len())
    }
}

/// The page.
pub(super) async fn newspaper(State(app): State<Arc<App>>, f: Frame) -> Result<Response> {
    let (core, board) = (&app.core, app.core.board());
    let round = core.campaign.rounds.iter().find(|round| round.number == 2).ok_or(Error::NotFound)?;
    let table = round_table(core, &state_officer(), round, second_round::printed_at()).await?;
    let districts: Vec<_> = second_round::printed()
        .into_iter()
        .map(|(code, printed)| {
            let district = board.field.districts.iter().find(|district| district.code == code);
            let line = table.districts.iter().find(|(id, _)| district.is_some_and(|district| district.id == *id));
            Figure {
                name: district.map_or(code, |district| district.name(f.lang)).to_owned(),
                printed: printed as i64,
                counted: line.map_or(0, |(_, line)| line.doses.all()),
            }
        })
        .collect();
    let total = &table.total;
    let all: i64 = districts.iter().map(|district| district.printed).sum();
    let sixty = second_round::SIXTY as i64;
    let state = [
        (f.t.doses, all, total.doses.all()),
        (f.t.age_sixty, sixty, total.doses.sixty),
        (f.t.age_forty_five, all - sixty, total.doses.forty_five),
        (f.t.sites_government, second_round::GOVERNMENT as i64, total.government.gave),
        (f.t.sites_private, second_round::PRIVATE as i64, total.private.gave),
    ];
    let state = state.map(|(name, printed, counted)| Figure { name: name.to_owned(), printed, counted }).into();
    page(&NewspaperPage { f, state, districts })
}
