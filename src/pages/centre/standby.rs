//! Doses that are left: those on the waiting list who can come within the hour are called.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::Operator;
use crate::actions::call_standby::{CallStandby, call_standby};
use crate::actions::command::CommandId;
use crate::actions::log_in::User;
use crate::actions::wait_for_place::waiting_list;
use crate::app::App;
use crate::domain::admission::TokenState;
use crate::domain::moment::Moment;
use crate::domain::place::Scope;
use crate::error::{Error, FieldFault, Result};
use crate::ids::{CentreId, SessionId};
use crate::pages::frame::Frame;
use crate::pages::page;
use crate::storage::slot::Session;
use crate::storage::waiting::{Waiting, WaitingFilter};

#[derive(Template)]
#[template(path = "centre/standby.html")]
struct StandbyPage {
    f: Frame,
    sessions: Vec<Session>,
    people: Vec<Waiting>,
    /// Who has a token for today and has not come.
    missing: i64,
    /// Until when the gate lets people in.
    until: Option<Moment>,
    doses: String,
    key: String,
    /// How many were called just now.
    called: Option<i64>,
    faults: Vec<FieldFault>,
    refusal: Option<String>,
}

impl StandbyPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }

    fn has_errors(&self) -> bool {
        !self.faults.is_empty() || self.refusal.is_some()
    }
}

/// What has just been done.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Done {
    called: Option<i64>,
}

/// Who could be called.
pub async fn standby(
    State(app): State<Arc<App>>,
    f: Frame,
    Operator(user, centre): Operator,
    Query(done): Query<Done>,
) -> Result<Response> {
    let key = app.core.chance.link();
    show(&app, f, &user, centre, Typed { key, ..Typed::default() }, done.called, Wrong::default()).await
}

/// What is wrong with what was typed.
#[derive(Default)]
struct Wrong {
    faults: Vec<FieldFault>,
    refusal: Option<String>,
}

async fn show(app: &App, f: Frame, user: &User, centre: CentreId, typed: Typed, called: Option<i64>, wrong: Wrong) -> Result<Response> {
    let (board, today) = (app.core.board(), f.now.day());
    let late = board.centre(centre).map_or(0, |centre| centre.late(today)) * 60;
    let running = |session: &&Session| {
        session.centre_id == centre && session.day == today && !session.stopped && (session.opens..session.closes + late).contains(&f.now)
    };
    let sessions: Vec<_> = board.field.sessions.iter().filter(running).cloned().collect();
    let filter = WaitingFilter { standby: true, most: 200, ..WaitingFilter::default() };
    let people = waiting_list(&app.core, &user.actor, &filter).await?;
    let mut tx = app.core.read().await?;
    let states = tx.count_states(Scope::Centre(centre), today).await?;
    tx.commit().await?;
    let missing = states.iter().find(|(state, _)| *state == TokenState::Issued).map_or(0, |(_, count)| *count);
    let until = sessions.iter().map(|session| session.closes + late).max();
    let Wrong { faults, refusal } = wrong;
    page(&StandbyPage { f, sessions, people, missing, until, doses: typed.doses, key: typed.key, called, faults, refusal })
}

/// How many are left, and of which session.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    session: String,
    doses: String,
    key: String,
}

/// Calls them.
pub async fn call(
    State(app): State<Arc<App>>,
    f: Frame,
    Operator(user, centre): Operator,
    Form(mut typed): Form<Typed>,
) -> Result<Response> {
    let session = SessionId(typed.session.parse().map_err(|_| Error::NotFound)?);
    let command = CommandId::new(&user.actor.name, &typed.key, format!("standby {session} {}", typed.doses.trim()));
    let doses = typed.doses.trim().parse().unwrap_or(0);
    let done = call_standby(&app.core, &CallStandby { command, actor: user.actor.clone(), centre, session, doses }).await;
    let wrong = match done {
        Ok(called) => return Ok(Redirect::to(&format!("/centre/standby?called={called}")).into_response()),
        Err(Error::Invalid(faults)) => Wrong { faults, refusal: None },
        Err(Error::Refused(refusal)) => Wrong { faults: Vec::new(), refusal: Some(f.lang.refusal(&refusal)) },
        Err(error) => return Err(error),
    };
    typed.key = app.core.chance.link();
    show(&app, f, &user, centre, typed, None, wrong).await
}
