//! A session with fewer places: who would have to leave, and then making it so.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::stop::{SHOWN, Where, where_to};
use crate::actions::Actor;
use crate::actions::command::CommandId;
use crate::actions::import::{ImportFault, read_number};
use crate::actions::move_people::{Fewer, Smaller, fewer_places, make_smaller};
use crate::app::App;
use crate::error::{Error, Fault, Result};
use crate::i18n::grouped;
use crate::ids::SessionId;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::moving::StopReason;

#[derive(Template)]
#[template(path = "district/fewer.html")]
struct FewerPage {
    f: Frame,
    centre: String,
    fewer: Fewer,
    /// As typed, and read; absent: nothing was asked yet.
    typed: String,
    places: Option<i64>,
    slots: Vec<Where>,
    key: String,
    chosen: Option<StopReason>,
    fault: Option<String>,
}

impl FewerPage {
    fn reasons(&self) -> &'static [StopReason] {
        StopReason::ALL
    }

    fn n(&self, value: &usize) -> String {
        grouped(*value as i64)
    }

    fn elsewhere(&self) -> String {
        self.n(&self.fewer.moving.elsewhere())
    }

    fn more(&self) -> usize {
        self.fewer.moving.slots.len().saturating_sub(SHOWN)
    }
}

/// What is asked and chosen.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Absent: nothing has been asked yet.
    places: Option<String>,
    /// How many places the slots to come had when the effect was shown.
    had: String,
    key: String,
    reason: String,
}

/// What so few places would mean.
pub async fn form(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(session): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    show(&app, f, &user.actor, SessionId(session), &asked, None).await
}

async fn show(app: &App, f: Frame, actor: &Actor, id: SessionId, asked: &Asked, fault: Option<Fault>) -> Result<Response> {
    let now = fewer_places(&app.core, actor, id, i64::MAX).await?;
    if now.moving.session.stopped {
        // All of its people have to move.
        return Ok(Redirect::to(&format!("/district/sessions/{id}/stop")).into_response());
    }
    let places = read_number(asked.places.as_deref().unwrap_or("").trim(), 0, now.had);
    let fewer = match places {
        Some(places) => fewer_places(&app.core, actor, id, places).await?,
        None => now,
    };
    let board = app.core.board();
    let fault = match (places, fault) {
        (None, _) if asked.places.is_some() => Some(f.lang.import_fault(&ImportFault::Number { from: 0, to: fewer.had })),
        (_, fault) => fault.map(|fault| f.lang.fault(fault).to_owned()),
    };
    let slots = where_to(&f, &board, &fewer.moving.slots);
    let centre = board.centre_name(fewer.moving.session.centre_id, f.lang).to_owned();
    let (typed, chosen) = (asked.places.clone().unwrap_or_default(), asked.reason.parse().ok());
    page(&FewerPage { f, centre, fewer, typed, places, slots, key: app.core.chance.secret(), chosen, fault })
}

/// Makes it so.
pub async fn save(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(session): Path<i64>,
    Form(asked): Form<Asked>,
) -> Result<Response> {
    let (core, actor, id) = (&app.core, &user.actor, SessionId(session));
    let (Some(places), Ok(reason)) =
        (read_number(asked.places.as_deref().unwrap_or("").trim(), 0, i64::MAX), asked.reason.parse::<StopReason>())
    else {
        return show(&app, f, actor, id, &asked, Some(Fault::Choice)).await;
    };
    let had = read_number(&asked.had, 0, i64::MAX).unwrap_or(0);
    let command = CommandId::new(&actor.name, &asked.key, format!("fewer {id} {reason} {places} of {had}"));
    match make_smaller(core, actor, &command, id, reason, (had, places)).await {
        Ok(Smaller::Moving(job)) => Ok(Redirect::to(&format!("/district/moves/{job}")).into_response()),
        Ok(Smaller::Done) => Ok(Redirect::to(&format!("/district/sessions/{id}")).into_response()),
        // A slot has begun meanwhile, or the form was sent before with other words: what it would do now is shown anew.
        Ok(Smaller::Changed) | Err(Error::IdReused) => show(&app, f, actor, id, &asked, None).await,
        Err(error) => Err(error),
    }
}
