//! A session's issue window: from when until when zone offices may issue, and what an outage has added to it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::command::CommandId;
use crate::actions::note_alive::{extensions, undo_extension};
use crate::actions::set_window::set_window;
use crate::app::App;
use crate::domain::moment::Moment;
use crate::error::{Error, Result};
use crate::ids::{OutageId, SessionId};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::outage::Extension;
use crate::storage::slot::Session;

#[derive(Template)]
#[template(path = "district/window.html")]
struct WindowPage {
    f: Frame,
    session: Session,
    centre: String,
    key: String,
    choices: Vec<(Moment, Moment, String)>,
    extensions: Vec<Extension>,
}

impl WindowPage {
    fn extended(&self, extension: &Extension) -> String {
        self.f.lang.outage((extension.from_at, extension.until_at), extension.until_after)
    }

    /// Whether the window still ends as the extension made it end.
    fn may_undo(&self, extension: &Extension) -> bool {
        extension.undone_at.is_none() && extension.until_after == self.session.issue_until
    }
}

/// The ways to open or extend a session's issue window: one touch each.
pub async fn form(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Path(id): Path<i64>) -> Result<Response> {
    let board = app.core.board();
    let session = board.session(SessionId(id)).ok_or(Error::NotFound)?.clone();
    let centre = user.actor.centre(&board, session.centre_id)?.name(f.lang).to_owned();
    let (now, from) = (Moment(f.now.0 / 60 * 60), session.issue_from.min(Moment(f.now.0 / 60 * 60)));
    let mut choices = Vec::new();
    let later = session.issue_until.max(now);
    for (until, said) in
        [(session.closes, f.t.until_it_closes), (later + 3600, f.t.one_hour_more), (later + 3 * 3600, f.t.three_hours_more)]
    {
        let changes = (from, until) != (session.issue_from, session.issue_until);
        if until > now && until > session.issue_from && until <= session.closes.max(session.issue_until) && changes {
            choices.push((from, until, said.to_owned()));
        }
    }
    let extensions = extensions(&app.core, &user.actor, session.id).await?;
    page(&WindowPage { session, centre, key: app.core.chance.link(), choices, extensions, f })
}

/// Which extension is taken back.
#[derive(Debug, serde::Deserialize)]
pub struct Undone {
    outage: OutageId,
}

/// Takes an extension back that an outage had given.
pub async fn undo_extended(
    State(app): State<Arc<App>>,
    Officer(user): Officer,
    Path(id): Path<i64>,
    Form(undone): Form<Undone>,
) -> Result<Response> {
    undo_extension(&app.core, &user.actor, SessionId(id), undone.outage).await?;
    Ok(Redirect::to(&format!("/district/sessions/{id}/window")).into_response())
}

/// What was chosen.
#[derive(Debug, serde::Deserialize)]
pub struct Chosen {
    window: String,
    key: String,
}

/// Opens or extends it.
pub async fn open(
    State(app): State<Arc<App>>,
    Officer(user): Officer,
    Path(id): Path<i64>,
    Form(chosen): Form<Chosen>,
) -> Result<Response> {
    let moments = chosen.window.split_once(' ').and_then(|(from, until)| Some((from.parse().ok()?, until.parse().ok()?)));
    let (from, until) = moments.ok_or_else(|| Error::Malformed("two moments are wanted".into()))?;
    let command = CommandId::new(&user.actor.name, &chosen.key, format!("window {id} {}", chosen.window));
    let session = set_window(&app.core, &user.actor, SessionId(id), Moment(from), Moment(until), &command).await?;
    Ok(Redirect::to(&format!("/district?date={}&centre={}", session.day, session.centre_id)).into_response())
}
