//! The day at a glance: each session's places and people, and what needs a decision.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::stop_session::stop_session;
use crate::app::App;
use crate::domain::admission::{TokenState, Verdict};
use crate::domain::moment::Day;
use crate::error::Result;
use crate::i18n::grouped;
use crate::ids::SessionId;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::scan::ConflictFound;
use crate::storage::slot::Session;

struct SessionRow {
    session: Session,
    centre: String,
    capacity: i64,
    issued: i64,
    entered: i64,
    turned_back: i64,
}

#[derive(Template)]
#[template(path = "district/day.html")]
struct DayPage {
    f: Frame,
    day: Day,
    days: Vec<Day>,
    counts: Vec<(TokenState, i64)>,
    rows: Vec<SessionRow>,
    /// How many are open.
    conflicts: usize,
}

impl DayPage {
    fn on(&self, day: &Day) -> String {
        format!("/district?date={day}")
    }

    fn register(&self, state: &TokenState) -> String {
        format!("/office/register?date={}&state={state}", self.day)
    }

    fn count(&self, count: &i64) -> String {
        grouped(*count)
    }
}

/// Which day.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    date: String,
}

/// The day.
pub async fn day(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let day = asked.date.parse().unwrap_or(f.now.day());
    let (board, scope) = (app.core.board(), user.actor.scope);
    let mut tx = app.core.read().await?;
    let counts = tx.count_states(scope, day).await?;
    let people: HashMap<_, _> = tx.people_by_session(day).await?.into_iter().map(|(id, issued, entered)| (id, (issued, entered))).collect();
    let verdicts = tx.verdict_counts(day.start(), day.plus(1).start()).await?;
    let conflicts = tx.open_conflicts(None, 200).await?;
    tx.commit().await?;
    let mut rows = Vec::new();
    for session in board.field.sessions.iter().filter(|session| session.day == day) {
        let Some(centre) = board.centre(session.centre_id).filter(|centre| scope.covers(centre.place())) else { continue };
        let slots: Vec<_> = board.field.slots.iter().filter(|slot| slot.session_id == session.id).collect();
        let turned_back = verdicts.iter().filter(|(at, verdict, _)| *at == centre.id && *verdict != Verdict::Admitted);
        let (issued, entered) = people.get(&session.id).copied().unwrap_or_default();
        rows.push(SessionRow {
            session: session.clone(),
            centre: centre.name(f.lang).to_owned(),
            capacity: slots.iter().map(|slot| slot.capacity).sum(),
            issued,
            entered,
            turned_back: turned_back.map(|(_, _, count)| count).sum(),
        });
    }
    let here = |conflict: &&ConflictFound| board.centre(conflict.centre_id).is_some_and(|centre| scope.covers(centre.place()));
    let conflicts = conflicts.iter().filter(here).count();
    let days = board.days(None, f.now.day().start());
    page(&DayPage { f, day, days, counts, rows, conflicts })
}

/// Whether to stop.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Stop {
    stopped: String,
}

/// Stops a session (no vaccine, no power), or lets it go on.
pub async fn stop(
    State(app): State<Arc<App>>,
    Officer(user): Officer,
    Path(session): Path<i64>,
    Form(typed): Form<Stop>,
) -> Result<Response> {
    let session = stop_session(&app.core, &user.actor, SessionId(session), typed.stopped == "yes").await?;
    Ok(Redirect::to(&format!("/district?date={}", session.day)).into_response())
}
