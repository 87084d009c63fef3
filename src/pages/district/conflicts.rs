//! Facts that do not go together: both sides, and how each was settled.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use crate::actions::settle_conflict::settle_conflict;
use crate::app::App;
use crate::error::{Error, Result};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::scan::{ConflictFound, Settlement};

/// How many are shown at most.
const MOST: i64 = 200;

/// For how long settled ones are shown, in days.
const SETTLED_DAYS: i64 = 7;

struct Row {
    conflict: ConflictFound,
    centre: String,
}

impl Row {
    /// Whether the first of the two was earlier by the phones' own clocks; nothing when there is only one.
    fn first_came_first(&self) -> Option<bool> {
        Some(self.conflict.first_phone_at? <= self.conflict.phone_at)
    }
}

#[derive(Template)]
#[template(path = "district/conflicts.html")]
struct ConflictsPage {
    f: Frame,
    open: Vec<Row>,
    settled: Vec<Row>,
    /// How many are open in all; more than the page shows at once are shown as those before them are settled.
    count: i64,
}

impl ConflictsPage {
    fn choices(&self) -> &'static [Settlement] {
        Settlement::ALL
    }
}

/// What is open, and what was settled lately.
pub async fn conflicts(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer) -> Result<Response> {
    let board = app.core.board();
    let scope = user.actor.scope;
    let mut tx = app.core.read().await?;
    let count = tx.count_conflicts(scope).await?;
    let open = tx.open_conflicts(scope, MOST).await?;
    let settled = tx.settled_conflicts(scope, f.now + -SETTLED_DAYS * 86_400, MOST).await?;
    tx.commit().await?;
    let row = |conflict: ConflictFound| Row { centre: board.centre_name(conflict.centre_id, f.lang).to_owned(), conflict };
    let (open, settled) = (open.into_iter().map(row).collect(), settled.into_iter().map(row).collect());
    page(&ConflictsPage { f, open, settled, count })
}

/// How it was settled.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Settled {
    how: String,
}

/// Settles one.
pub async fn settle(
    State(app): State<Arc<App>>,
    Officer(user): Officer,
    Path(scan): Path<Uuid>,
    Form(typed): Form<Settled>,
) -> Result<Response> {
    let how = typed.how.parse().map_err(|_| Error::NotFound)?;
    settle_conflict(&app.core, &user.actor, scan, how).await?;
    Ok(Redirect::to("/district/conflicts").into_response())
}
