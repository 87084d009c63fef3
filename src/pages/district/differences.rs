//! What does not go together between here and the portal, each with what mends it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::mend_upload::send_once_more;
use crate::app::App;
use crate::domain::reconcile::Difference;
use crate::error::Result;
use crate::ids::BeneficiaryId;
use crate::pages::district::portal::may_mend;
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::reconcile::FindingRow;

/// How many are shown at most.
const MOST: i64 = 500;

#[derive(Template)]
#[template(path = "district/differences.html")]
struct DifferencesPage {
    f: Frame,
    kinds: Vec<(Difference, Vec<(FindingRow, String)>)>,
}

impl DifferencesPage {
    fn is_missing(&self, kind: &Difference) -> bool {
        *kind == Difference::Missing
    }
}

/// What the last comparison found.
pub async fn differences(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff) -> Result<Response> {
    may_mend(&user)?;
    let mut tx = app.core.read().await?;
    let rows = tx.findings(user.actor.scope, MOST).await?;
    tx.commit().await?;
    let board = app.core.board();
    let mut kinds: Vec<(Difference, Vec<_>)> = Difference::ALL.iter().map(|kind| (*kind, Vec::new())).collect();
    for row in rows {
        let centre = board.centre_name(row.centre_id, f.lang).to_owned();
        if let Some((_, own)) = kinds.iter_mut().find(|(kind, _)| *kind == row.finding.kind) {
            own.push((row, centre));
        }
    }
    kinds.retain(|(_, rows)| !rows.is_empty());
    page(&DifferencesPage { f, kinds })
}

/// Whose dose goes into the line again.
#[derive(Debug, serde::Deserialize)]
pub struct Again {
    person: BeneficiaryId,
    dose: i64,
}

/// Sends a dose again that the portal does not have.
pub async fn again(State(app): State<Arc<App>>, Staff(user): Staff, Form(typed): Form<Again>) -> Result<Response> {
    may_mend(&user)?;
    send_once_more(&app.core, &user.actor, typed.person, typed.dose).await?;
    Ok(Redirect::to("/district/portal/differences").into_response())
}
