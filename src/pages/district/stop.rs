//! Stopping a session, and letting it go on.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::stop_session::stop_session;
use crate::app::App;
use crate::error::Result;
use crate::ids::SessionId;
use crate::pages::frame::Officer;

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
    Ok(Redirect::to(&format!("/district?date={}&centre={}", session.day, session.centre_id)).into_response())
}
