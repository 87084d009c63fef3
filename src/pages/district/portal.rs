//! The national portal: how it is, and what it refuses, to be mended and sent again.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::command::CommandId;
use crate::actions::log_in::User;
use crate::actions::look_up::note_list;
use crate::actions::mend_upload::{Mended, mend_many, mend_upload, send_all_again};
use crate::actions::watch_portal::{PortalState, portal_state};
use crate::app::App;
use crate::domain::charge::{Matter, Thing};
use crate::domain::person::Name;
use crate::domain::place::Role;
use crate::error::{Error, Fault, FieldFault, Result};
use crate::i18n::grouped;
use crate::ids::DoseId;
use crate::pages::district::charge::{self, Charges};
use crate::pages::dose_form::{MOST_BATCH, line};
use crate::pages::form::{birth_year, keep, mobile, required};
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::refused::Refused;

/// How many refused doses are shown at most.
const MOST: i64 = 200;

/// What may be asked for.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    words: Option<String>,
    sent: Option<usize>,
    /// How many of those that were chosen somebody else has to mend.
    own: Option<usize>,
}

#[derive(Template)]
#[template(path = "district/portal.html")]
struct PortalPage {
    f: Frame,
    state: PortalState,
    /// What, how many, and where they are listed.
    counts: Vec<(&'static str, String, Option<String>)>,
    refusals: Vec<(String, i64)>,
    refused: Vec<(Refused, String)>,
    asked: Asked,
    /// What was typed for many at a time.
    many: Many,
    faults: Vec<FieldFault>,
    charges: Charges,
}

impl PortalPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }

    fn is_chosen(&self, row: &Refused) -> bool {
        self.many.ticked.contains_key(&format!("dose_{}", row.dose_id))
    }

    fn count(&self, count: &i64) -> String {
        grouped(*count)
    }
}

/// Officers for their district, operators for their centre.
pub(super) fn may_mend(user: &User) -> Result<()> {
    if user.actor.role == Role::Clerk { Err(Error::Forbidden) } else { Ok(()) }
}

/// The state, and what was refused.
pub async fn portal(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Query(asked): Query<Asked>,
    Query(whose): Query<charge::Asked>,
) -> Result<Response> {
    may_mend(&user)?;
    page(&read_portal(&app, f, &user, asked, whose).await?)
}

async fn read_portal(app: &App, f: Frame, user: &User, asked: Asked, whose: charge::Asked) -> Result<PortalPage> {
    note_list(&app.core, &user.actor, "portal").await?;
    let state = portal_state(&app.core).await?;
    let board = app.core.board();
    let mut tx = app.core.read().await?;
    let counted = tx.count_uploads(user.actor.scope).await?;
    let refusals = tx.portal_refusals(user.actor.scope).await?;
    let refused = tx.refused_uploads(user.actor.scope, asked.words.as_deref(), whose.whose(&user.actor), MOST).await?;
    tx.commit().await?;
    let things: Vec<_> = refused.iter().map(|row| Thing::named(row.dose_id.0)).collect();
    let mut charges = Charges::read(app, &f, &user.actor, Matter::Upload, whose, &things).await?;
    if let Some(words) = &asked.words {
        charges = charges.beside("words", words);
    }
    let count = |state: &str| grouped(counted.iter().find(|(of, _)| of == state).map_or(0, |(_, count)| *count));
    let t = f.t;
    let house = if user.actor.role == Role::Operator { "/centre" } else { "/district" };
    let counts = [
        (t.upload_waiting, "waiting", Some(format!("{house}/backlog"))),
        (t.upload_uploaded, "uploaded", None),
        (t.upload_refused, "refused", Some("#refused".to_owned())),
        (t.upload_closed, "closed", Some(format!("{house}/backlog/roll"))),
        (t.upload_handed_over, "handed_over", None),
    ];
    let counts = counts.map(|(name, state, list)| (name, count(state), list)).into();
    let centre = |row: &Refused| board.centre_name(row.centre_id, f.lang).to_owned();
    let refused = refused.into_iter().map(|row| (centre(&row), row)).map(|(centre, row)| (row, centre)).collect();
    let many = Many { key: app.core.chance.link(), ..Many::default() };
    Ok(PortalPage { f, state, counts, refusals, refused, asked, many, faults: Vec::new(), charges })
}

/// Which ones to send again.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Again {
    words: String,
}

/// Sends all again that were refused with the same words.
pub async fn again(State(app): State<Arc<App>>, Staff(user): Staff, Form(typed): Form<Again>) -> Result<Response> {
    may_mend(&user)?;
    let sent = send_all_again(&app.core, &user.actor, &typed.words).await?;
    Ok(Redirect::to(&format!("/district/portal?sent={sent}")).into_response())
}

/// Which ones were chosen, and what is right of all of them. What is empty stays as it is.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Many {
    batch: String,
    vaccinator: String,
    key: String,
    /// Boxes that were ticked: `dose_` and the dose's id.
    #[serde(flatten)]
    ticked: BTreeMap<String, String>,
}

/// Mends many at a time, and sends them again.
pub async fn mend_chosen(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(typed): Form<Many>) -> Result<Response> {
    may_mend(&user)?;
    let doses: Vec<DoseId> = typed.ticked.keys().filter_map(|name| name.strip_prefix("dose_")?.parse().ok()).take(MOST as usize).collect();
    let mut faults = Vec::new();
    let mut read = |field, text: &str, most| match text.trim() {
        "" => None,
        text => keep(&mut faults, field, line(text, most)),
    };
    let (batch, vaccinator) = (read("batch", &typed.batch.to_uppercase(), MOST_BATCH), read("vaccinator", &typed.vaccinator, 60));
    if doses.is_empty() {
        faults.push(("chosen", Fault::Choice));
    }
    if !faults.is_empty() {
        let mut shown = read_portal(&app, f, &user, Asked::default(), charge::Asked::default()).await?;
        (shown.many, shown.faults) = (typed, faults);
        return page(&shown);
    }
    let (sent, own) = mend_many(&app.core, &user.actor, &typed.key, &doses, batch.as_deref(), vaccinator.as_deref()).await?;
    Ok(Redirect::to(&format!("/district/portal?sent={sent}&own={own}")).into_response())
}

/// What was typed.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    birth_year: String,
    mobile: String,
    batch: String,
    vaccinator: String,
    key: String,
}

#[derive(Template)]
#[template(path = "district/portal_mend.html")]
struct MendPage {
    f: Frame,
    row: Refused,
    centre: String,
    typed: Typed,
    faults: Vec<FieldFault>,
    refusal: Option<String>,
}

impl MendPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }
}

async fn refused(app: &App, user: &User, dose: DoseId) -> Result<Refused> {
    let mut tx = app.core.read().await?;
    let row = tx.refused_upload(user.actor.scope, dose).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(row)
}

/// One refused dose.
pub async fn mend_form(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Path(dose): Path<DoseId>) -> Result<Response> {
    may_mend(&user)?;
    let row = refused(&app, &user, dose).await?;
    let typed = Typed {
        name: row.name.to_string(),
        birth_year: row.birth_year.to_string(),
        mobile: row.mobile.as_ref().map_or_else(String::new, ToString::to_string),
        batch: row.batch.clone(),
        vaccinator: row.vaccinator.clone(),
        key: app.core.chance.link(),
    };
    show(&app, f, row, typed, Vec::new(), None)
}

fn show(app: &App, f: Frame, row: Refused, typed: Typed, faults: Vec<FieldFault>, refusal: Option<String>) -> Result<Response> {
    let centre = app.core.board().centre_name(row.centre_id, f.lang).to_owned();
    page(&MendPage { f, row, centre, typed, faults, refusal })
}

/// Mends it and sends it again.
pub async fn mend(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(dose): Path<DoseId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    may_mend(&user)?;
    match typed.read(&app) {
        Ok(mended) => {
            let body = format!("mend {dose} {mended:?}");
            let command = CommandId::new(&user.actor.name, &typed.key, body);
            match mend_upload(&app.core, &user.actor, &command, dose, mended).await {
                Ok(()) => Ok(Redirect::to("/district/portal?sent=1").into_response()),
                // Somebody else was faster: it is no longer refused.
                Err(Error::NotFound) => Ok(Redirect::to("/district/portal?sent=0").into_response()),
                Err(error) => {
                    let told = f.tell(error)?;
                    // A refusal used the key up.
                    let typed = Typed { key: app.core.chance.link(), ..typed };
                    show(&app, f, refused(&app, &user, dose).await?, typed, Vec::new(), Some(told))
                }
            }
        }
        Err(faults) => show(&app, f, refused(&app, &user, dose).await?, typed, faults, None),
    }
}

impl Typed {
    fn read(&self, app: &App) -> Result<Mended, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let text = |text| required(text).and_then(|text| if text.chars().count() > 60 { Err(Fault::TooLong) } else { Ok(text.to_owned()) });
        let name = required(&self.name).and_then(|text| text.parse::<Name>().map_err(|_| Fault::Name));
        let year = required(&self.birth_year).and_then(|text| birth_year(text, app.core.clock.now()));
        let (name, year) = (keep(&mut faults, "name", name), keep(&mut faults, "birth_year", year));
        let mobile = keep(&mut faults, "mobile", mobile(&self.mobile));
        let (batch, vaccinator) = (keep(&mut faults, "batch", text(&self.batch)), keep(&mut faults, "vaccinator", text(&self.vaccinator)));
        match (name, year, mobile, batch, vaccinator) {
            (Some(name), Some(birth_year), Some(mobile), Some(batch), Some(vaccinator)) => {
                Ok(Mended { name, birth_year, mobile, batch, vaccinator })
            }
            _ => Err(faults),
        }
    }
}
