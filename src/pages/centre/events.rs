//! A centre's adverse events: those whose case form is due first.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::Operator;
use crate::actions::adverse_events::report_event;
use crate::app::App;
use crate::error::{Error, Result};
use crate::pages::dose_form::line;
use crate::pages::frame::Frame;
use crate::pages::page;
use crate::storage::centre::AdverseEvent;

/// How many are shown.
const SHOWN: i64 = 200;

#[derive(Template)]
#[template(path = "centre/events.html")]
struct EventsPage {
    f: Frame,
    events: Vec<AdverseEvent>,
}

impl EventsPage {
    fn is_due(&self, event: &AdverseEvent) -> bool {
        event.due_at.is_some() && event.reported_at.is_none()
    }

    fn is_over(&self, event: &AdverseEvent) -> bool {
        self.is_due(event) && event.due_at.is_some_and(|due| due < self.f.now)
    }
}

/// The list.
pub async fn events(State(app): State<Arc<App>>, f: Frame, Operator(_, centre): Operator) -> Result<Response> {
    let events = app.core.read().await?.adverse_events(centre, SHOWN).await?;
    page(&EventsPage { f, events })
}

/// The number under which a case form went off.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct TypedCase {
    case: String,
}

/// Notes that a case form went off.
pub async fn report(
    State(app): State<Arc<App>>,
    Operator(user, centre): Operator,
    Path(event): Path<Uuid>,
    Form(typed): Form<TypedCase>,
) -> Result<Response> {
    let case = line(&typed.case, 60).map_err(|fault| Error::field("case", fault))?;
    report_event(&app.core, &user.actor, centre, event, &case).await?;
    Ok(Redirect::to("/centre/events").into_response())
}
