//! "The centre is running late": by one touch, with the effect said before.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::run_late::run_late;
use crate::app::App;
use crate::domain::admission::TokenState;
use crate::domain::moment::Moment;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::i18n::grouped;
use crate::ids::CentreId;
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;

/// The delays that can be chosen, in minutes.
const CHOICES: [i64; 4] = [15, 30, 60, 90];

struct Row {
    id: CentreId,
    name: String,
    late: i64,
    /// When the last session of the day closes, by the plan.
    closes: Moment,
    /// Who has still to come today.
    waiting: i64,
}

impl Row {
    /// Until when people are let in with so many minutes.
    fn until(&self, minutes: i64) -> Moment {
        self.closes + minutes * 60
    }
}

#[derive(Template)]
#[template(path = "office/late.html")]
struct LatePage {
    f: Frame,
    rows: Vec<Row>,
}

impl LatePage {
    fn choices(&self) -> &'static [i64] {
        &CHOICES
    }

    fn count(&self, count: &i64) -> String {
        grouped(*count)
    }
}

/// The centres that have a session today.
pub async fn late(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff) -> Result<Response> {
    if !user.actor.role.runs_gates() {
        return Err(Error::Forbidden);
    }
    let (board, today) = (app.core.board(), f.now.day());
    let mut tx = app.core.read().await?;
    let mut rows = Vec::new();
    for centre in board.field.centres.iter().filter(|centre| user.actor.scope.covers(centre.place())) {
        let sessions = board.field.sessions.iter().filter(|session| session.centre_id == centre.id && session.day == today);
        let Some(closes) = sessions.map(|session| session.closes).max() else { continue };
        let states = tx.count_states(Scope::Centre(centre.id), today).await?;
        let waiting = states.iter().find(|(state, _)| *state == TokenState::Issued).map_or(0, |(_, count)| *count);
        rows.push(Row { id: centre.id, name: centre.name(f.lang).to_owned(), late: centre.late(today), closes, waiting });
    }
    tx.commit().await?;
    page(&LatePage { f, rows })
}

/// What was touched.
#[derive(Debug, serde::Deserialize)]
pub struct Touched {
    minutes: i64,
}

/// Says it, or takes it back.
pub async fn say(
    State(app): State<Arc<App>>,
    Staff(user): Staff,
    Path(centre): Path<i64>,
    Form(touched): Form<Touched>,
) -> Result<Response> {
    run_late(&app.core, &user.actor, CentreId(centre), touched.minutes).await?;
    Ok(Redirect::to("/office/late").into_response())
}
