//! Stopping a session: what it would do, and then stopping it; or letting it go on.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::Actor;
use crate::actions::command::CommandId;
use crate::actions::move_people::{Preview, preview, stop_and_move};
use crate::actions::stop_session::stop_session;
use crate::app::App;
use crate::board::Board;
use crate::error::{Error, Fault, Result};
use crate::i18n::grouped;
use crate::ids::SessionId;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::moving::StopReason;
use crate::storage::slot::BookingSlot;

/// Slots that a preview names; there are as many more as it says.
pub(super) const SHOWN: usize = 12;

/// Where people would go: centre, day and time, and how many.
pub(super) type Where = (String, String, i64);

#[derive(Template)]
#[template(path = "district/stop.html")]
struct StopPage {
    f: Frame,
    preview: Preview,
    centre: String,
    slots: Vec<Where>,
    key: String,
    /// The reason that was chosen.
    chosen: Option<StopReason>,
    fault: Option<&'static str>,
}

impl StopPage {
    fn reasons(&self) -> &'static [StopReason] {
        StopReason::ALL
    }

    fn n(&self, value: &usize) -> String {
        grouped(*value as i64)
    }

    fn elsewhere(&self) -> String {
        self.n(&self.preview.elsewhere())
    }

    fn more(&self) -> usize {
        self.preview.slots.len().saturating_sub(SHOWN)
    }

    fn back(&self) -> String {
        format!("/district?date={}&centre={}", self.preview.session.day, self.preview.session.centre_id)
    }
}

/// What stopping would do.
pub async fn form(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Path(session): Path<i64>) -> Result<Response> {
    show(&app, f, &user.actor, SessionId(session), None, None).await
}

async fn show(
    app: &App,
    f: Frame,
    actor: &Actor,
    session: SessionId,
    chosen: Option<StopReason>,
    fault: Option<Fault>,
) -> Result<Response> {
    let preview = preview(&app.core, actor, session).await?;
    let board = app.core.board();
    let slots = where_to(&f, &board, &preview.slots);
    let centre = board.centre_name(preview.session.centre_id, f.lang).to_owned();
    let fault = fault.map(|fault| f.lang.fault(fault));
    page(&StopPage { preview, centre, slots, key: app.core.chance.secret(), chosen, fault, f })
}

/// The first slots of a preview, in words.
pub(super) fn where_to(f: &Frame, board: &Board, slots: &[(BookingSlot, i64)]) -> Vec<Where> {
    let said = |(slot, count): &(BookingSlot, i64)| {
        let window = f.lang.window(slot.starts, slot.starts + slot.minutes * 60);
        let when = format!("{}, {window}", f.lang.short_day(slot.starts.day()));
        (board.centre_name(slot.centre_id, f.lang).to_owned(), when, *count)
    };
    slots.iter().take(SHOWN).map(said).collect()
}

/// What was chosen.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Chosen {
    key: String,
    reason: String,
    /// `move`: stop and move everybody; `stop`: only stop; `resume`: let it go on.
    what: String,
}

/// Does it.
pub async fn stop(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(session): Path<i64>,
    Form(chosen): Form<Chosen>,
) -> Result<Response> {
    let (core, actor, id) = (&app.core, &user.actor, SessionId(session));
    let reason = chosen.reason.parse().ok();
    let stopped = match (chosen.what.as_str(), reason) {
        ("move", Some(reason)) => {
            let command = CommandId::new(&actor.name, &chosen.key, format!("stop {id} {reason}"));
            return match stop_and_move(core, actor, &command, id, reason).await {
                Ok(job) => Ok(Redirect::to(&format!("/district/moves/{job}")).into_response()),
                // The form was sent before with another reason: what it would do now is shown anew.
                Err(Error::IdReused) => show(&app, f, actor, id, Some(reason), None).await,
                Err(error) => Err(error),
            };
        }
        ("stop", _) => true,
        ("resume", _) => false,
        // Nothing is stopped without its button.
        ("move", None) => return show(&app, f, actor, id, None, Some(Fault::Choice)).await,
        _ => return show(&app, f, actor, id, reason, None).await,
    };
    let session = stop_session(core, actor, id, stopped).await?;
    Ok(Redirect::to(&format!("/district?date={}&centre={}", session.day, session.centre_id)).into_response())
}
