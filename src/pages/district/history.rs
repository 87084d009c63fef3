//! What was set up when and by whom, row by row, and taking it back.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::command::CommandId;
use crate::actions::import::{Change, Report};
use crate::actions::log_in::User;
use crate::actions::undo_import::{SHOWN, one, undo_import};
use crate::app::App;
use crate::error::Result;
use crate::ids::ImportId;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::import::Import;

struct Row {
    name: String,
    lines: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "district/history.html")]
struct HistoryPage {
    f: Frame,
    import: Import,
    rows: Vec<Row>,
    /// There are more than the page shows.
    cut: bool,
    done: bool,
    undo: Option<Report>,
    key: String,
}

/// Whether it was done just now.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
    key: String,
}

/// One taking-in.
pub async fn import(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(id): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    show(&app, f, &user, ImportId(id), !asked.done.is_empty(), None).await
}

async fn show(app: &App, f: Frame, user: &User, id: ImportId, done: bool, undo: Option<Report>) -> Result<Response> {
    let (import, changes) = one(&app.core, &user.actor, id).await?;
    let board = app.core.board();
    let row = |change: &Change| Row { name: change.name.clone(), lines: f.lang.differences(&board, change) };
    let (rows, cut) = (changes.iter().map(row).collect(), changes.len() as i64 == SHOWN);
    page(&HistoryPage { rows, cut, import, done, undo, key: app.core.chance.link(), f })
}

/// Says what an undo would meet.
pub async fn undo_form(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Path(id): Path<i64>) -> Result<Response> {
    let undo = undo_import(&app.core, &user.actor, ImportId(id), None).await?;
    show(&app, f, &user, ImportId(id), false, Some(undo)).await
}

/// Takes it back.
pub async fn undo(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(id): Path<i64>,
    Form(typed): Form<Asked>,
) -> Result<Response> {
    let command = CommandId::new(&user.actor.name, &typed.key, format!("undo {id}"));
    let undo = undo_import(&app.core, &user.actor, ImportId(id), Some(&command)).await?;
    match undo.id {
        Some(id) => Ok(Redirect::to(&format!("/district/import/{id}?done=1")).into_response()),
        None => show(&app, f, &user, ImportId(id), false, Some(undo)).await,
    }
}
