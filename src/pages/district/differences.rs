//! What does not go together between here and the portal, each with what mends it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::look_up::note_list;
use crate::actions::mend_upload::send_once_more;
use crate::actions::reconcile::{Comparing, ask_office, ask_to_compare, comparing};
use crate::app::App;
use crate::domain::charge::{Matter, Thing};
use crate::domain::reconcile::Difference;
use crate::error::{Error, Result};
use crate::ids::BeneficiaryId;
use crate::pages::district::charge::{Asked, Charges};
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
    comparing: Comparing,
    done: &'static str,
    charges: Charges,
}

impl DifferencesPage {
    fn is_missing(&self, kind: &Difference) -> bool {
        *kind == Difference::Missing
    }

    /// Where the person is, with what is known of them.
    fn person(&self, row: &FindingRow) -> String {
        match row.token {
            Some(number) => format!("/office/tokens/{}", number.plain()),
            None => mending(row),
        }
    }

    /// What mends it here: what it is called, and where.
    fn mending(&self, row: &FindingRow) -> Option<(&'static str, String)> {
        let t = self.f.t;
        match (row.finding.kind, row.dose_id) {
            (Difference::WrongNumber | Difference::WrongDate, Some(dose)) => Some((t.dose_correct, format!("/centre/doses/{dose}"))),
            (Difference::Missing, Some(dose)) => Some((t.dose_open_record, format!("/centre/doses/{dose}"))),
            (Difference::OtherMobile, _) => Some((t.mend, mending(row))),
            (Difference::UnknownHere, _) if self.f.is_officer() => Some((t.dose_record, "/district/import/camp".to_owned())),
            (Difference::UnknownHere, _) => Some((t.dose_record, "/centre/forms".to_owned())),
            _ => None,
        }
    }

    /// When everybody was compared, and whether somebody waits for it.
    fn compared(&self) -> String {
        self.f.lang.compared(self.comparing, self.f.now)
    }
}

fn mending(row: &FindingRow) -> String {
    format!("/office/people/{}/mend", row.finding.beneficiary_id)
}

/// What has just been done.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// What the last comparison found.
pub async fn differences(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Query(done): Query<Done>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    may_mend(&user)?;
    note_list(&app.core, &user.actor, "differences").await?;
    let comparing = comparing(&app.core).await?;
    let mut tx = app.core.read().await?;
    let rows = tx.findings(user.actor.scope, asked.whose(&user.actor), MOST).await?;
    tx.commit().await?;
    let thing = |row: &FindingRow| Thing { id: row.finding.beneficiary_id.0, number: row.finding.dose };
    let things: Vec<_> = rows.iter().map(thing).collect();
    let charges = Charges::read(&app, &f, &user.actor, Matter::Difference, asked, &things).await?;
    let board = app.core.board();
    let mut kinds: Vec<(Difference, Vec<_>)> = Difference::ALL.iter().map(|kind| (*kind, Vec::new())).collect();
    for row in rows {
        let centre = board.centre_name(row.centre_id, f.lang).to_owned();
        if let Some((_, own)) = kinds.iter_mut().find(|(kind, _)| *kind == row.finding.kind) {
            own.push((row, centre));
        }
    }
    kinds.retain(|(_, rows)| !rows.is_empty());
    let done = match done.done.as_str() {
        "asked" => f.t.office_asked_done,
        "again" => f.t.sent_again_done,
        _ => "",
    };
    page(&DifferencesPage { f, kinds, comparing, done, charges })
}

/// Asks for a comparison now.
pub async fn compare(State(app): State<Arc<App>>, Staff(user): Staff) -> Result<Response> {
    may_mend(&user)?;
    ask_to_compare(&app.core, &user.actor).await?;
    Ok(Redirect::to("/district/portal/differences").into_response())
}

/// Which difference the portal's office was asked about.
#[derive(Debug, serde::Deserialize)]
pub struct ToOffice {
    person: BeneficiaryId,
    dose: i64,
    kind: String,
}

/// Notes that the portal's office was asked.
pub async fn asked(State(app): State<Arc<App>>, Staff(user): Staff, Form(typed): Form<ToOffice>) -> Result<Response> {
    may_mend(&user)?;
    let kind = typed.kind.parse().map_err(|_| Error::NotFound)?;
    ask_office(&app.core, &user.actor, typed.person, typed.dose, kind).await?;
    Ok(Redirect::to("/district/portal/differences?done=asked").into_response())
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
    Ok(Redirect::to("/district/portal/differences?done=again").into_response())
}
