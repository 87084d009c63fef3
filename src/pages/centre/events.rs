//! Adverse events of a centre or a district: those whose case form is due first.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use crate::actions::adverse_events::report_event;
use crate::actions::log_in::User;
use crate::app::App;
use crate::domain::place::Role;
use crate::error::{Error, Result};
use crate::pages::dose_form::line;
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::centre::AdverseEvent;

/// How many are shown.
const SHOWN: i64 = 200;

/// A case number that could not be taken: of which event, what was typed, and why not.
struct WrongCase {
    event: Uuid,
    typed: String,
    why: &'static str,
}

#[derive(Template)]
#[template(path = "centre/events.html")]
struct EventsPage {
    f: Frame,
    events: Vec<AdverseEvent>,
    wrong: Option<WrongCase>,
}

impl EventsPage {
    fn is_due(&self, event: &AdverseEvent) -> bool {
        event.due_at.is_some() && event.reported_at.is_none()
    }

    fn is_over(&self, event: &AdverseEvent) -> bool {
        self.is_due(event) && event.due_at.is_some_and(|due| due < self.f.now)
    }

    fn typed(&self, event: &AdverseEvent) -> &str {
        self.wrong.as_ref().filter(|wrong| wrong.event == event.id).map_or("", |wrong| &wrong.typed)
    }

    fn fault(&self, event: &AdverseEvent) -> Option<&'static str> {
        self.wrong.as_ref().filter(|wrong| wrong.event == event.id).map(|wrong| wrong.why)
    }

    fn centre(&self, event: &AdverseEvent) -> &str {
        self.f.board.centre_name(event.centre_id, self.f.lang)
    }
}

/// The list.
pub async fn events(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff) -> Result<Response> {
    show(&app, f, &user, None).await
}

async fn show(app: &App, f: Frame, user: &User, wrong: Option<WrongCase>) -> Result<Response> {
    if user.actor.role == Role::Clerk {
        return Err(Error::Forbidden);
    }
    let events = app.core.read().await?.adverse_events(user.actor.scope, SHOWN).await?;
    page(&EventsPage { f, events, wrong })
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
    f: Frame,
    Staff(user): Staff,
    Path(event): Path<Uuid>,
    Form(typed): Form<TypedCase>,
) -> Result<Response> {
    match line(&typed.case, 60) {
        Ok(case) if user.actor.role != Role::Clerk => {
            report_event(&app.core, &user.actor, event, &case).await?;
            Ok(Redirect::to("/centre/events").into_response())
        }
        Ok(_) => Err(Error::Forbidden),
        Err(fault) => {
            let why = f.lang.fault(fault);
            show(&app, f, &user, Some(WrongCase { event, typed: typed.case, why })).await
        }
    }
}
