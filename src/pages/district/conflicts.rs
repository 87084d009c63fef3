//! Facts that do not go together: both sides, and how each was settled.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use crate::actions::settle_conflict::settle_conflict;
use crate::app::App;
use crate::domain::charge::{Matter, Thing};
use crate::error::{Error, Result};
use crate::pages::district::charge::{Asked, Charges};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::charge::Whose;
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
    charges: Charges,
}

impl ConflictsPage {
    fn choices(&self) -> &'static [Settlement] {
        Settlement::ALL
    }
}

/// What is open, and what was settled lately.
pub async fn conflicts(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let board = app.core.board();
    let scope = user.actor.scope;
    let mut tx = app.core.read().await?;
    // Of messages nothing is counted here.
    let count = tx.count_open(Matter::Conflict, scope, (f.now, f.now)).await?;
    let open = tx.open_conflicts(scope, asked.whose(&user.actor), MOST).await?;
    let settled = tx.settled_conflicts(scope, f.now + -SETTLED_DAYS * 86_400, MOST).await?;
    tx.commit().await?;
    let count = match asked.whose(&user.actor) {
        Whose::All => count.all,
        Whose::Nobodys => count.nobodys,
        Whose::Of(_) => open.len() as i64,
    };
    let things: Vec<_> = open.iter().map(|row| Thing::named(row.scan_id)).collect();
    let charges = Charges::read(&app, &f, &user.actor, Matter::Conflict, asked, &things).await?;
    let row = |conflict: ConflictFound| Row { centre: board.centre_name(conflict.centre_id, f.lang).to_owned(), conflict };
    let (open, settled) = (open.into_iter().map(row).collect(), settled.into_iter().map(row).collect());
    page(&ConflictsPage { f, open, settled, count, charges })
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
