//! One dose's record: what it says, what it said before; corrections and withdrawals by a second person; what happened afterwards.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::adverse_events::note_event;
use crate::actions::command::CommandId;
use crate::actions::correct_dose::{CorrectDose, Right, Said, correct_dose, dose_for_staff};
use crate::actions::log_in::User;
use crate::app::App;
use crate::domain::campaign::Vaccine;
use crate::domain::dose::Severity;
use crate::domain::place::Role;
use crate::error::{Error, Fault, FieldFault, Result};
use crate::ids::DoseId;
use crate::pages::dose_form::{TypedDose, line};
use crate::pages::form::required;
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::backlog::{DoseRecord, Former};

/// The longest reason, and the longest account of an event.
const MOST_WORDS: usize = 200;

#[derive(Template)]
#[template(path = "centre/record.html")]
struct RecordPage {
    f: Frame,
    record: DoseRecord,
    former: Vec<(Former, Option<Said>)>,
    typed: TypedDose,
    why: String,
    why_withdrawn: String,
    /// The form that withdraws the record is open.
    is_withdrawing: bool,
    severity: String,
    words: String,
    key: String,
    faults: Vec<FieldFault>,
    refusal: Option<String>,
    done: String,
    is_own: bool,
    /// The last dose of the campaign.
    last: i64,
}

impl RecordPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }

    fn has_errors(&self) -> bool {
        !self.faults.is_empty() || self.refusal.is_some()
    }

    fn severities(&self) -> &'static [Severity] {
        Severity::ALL
    }

    /// Which doses there are.
    fn numbers(&self) -> impl Iterator<Item = String> {
        (1..=self.last).map(|number| number.to_string())
    }

    fn vaccines(&self) -> &'static [Vaccine] {
        Vaccine::ALL
    }
}

/// What has just been done.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// A record.
pub async fn record(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(id): Path<DoseId>,
    Query(done): Query<Done>,
) -> Result<Response> {
    let mut shown = read(&app, f, &user, id).await?;
    shown.done = done.done;
    page(&shown)
}

async fn read(app: &App, f: Frame, user: &User, id: DoseId) -> Result<RecordPage> {
    if user.actor.role == Role::Clerk {
        return Err(Error::Forbidden);
    }
    let (record, former) = dose_for_staff(&app.core, &user.actor, id).await?;
    let typed = TypedDose {
        dose: record.number.to_string(),
        vaccine: record.vaccine.to_string(),
        batch: record.batch.clone(),
        vaccinator: record.vaccinator.clone(),
        date: f.lang.form_day(record.given_at.day()),
        time: record.given_at.clock(),
        ..TypedDose::default()
    };
    let is_own = *user.actor.name == *record.entered_by;
    let key = app.core.chance.link();
    Ok(RecordPage {
        f,
        record,
        former,
        typed,
        why: String::new(),
        why_withdrawn: String::new(),
        is_withdrawing: false,
        severity: String::new(),
        words: String::new(),
        key,
        faults: Vec::new(),
        refusal: None,
        done: String::new(),
        is_own,
        last: app.core.campaign.last_dose,
    })
}

/// What was typed to correct or withdraw a record.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct TypedCorrection {
    #[serde(flatten)]
    dose: TypedDose,
    why: String,
    key: String,
}

/// Corrects it.
pub async fn correct(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(id): Path<DoseId>,
    Form(typed): Form<TypedCorrection>,
) -> Result<Response> {
    let mut faults = Vec::new();
    let right = typed.dose.right(&app.core, f.now).map_err(|wrong| faults.extend(wrong)).ok();
    let number = required(&typed.dose.dose).and_then(|text| text.parse().map_err(|_| Fault::Choice));
    let number = number.map_err(|fault| faults.push(("dose", fault))).ok();
    let right =
        number.zip(right).map(|(number, (vaccine, batch, vaccinator, given_at))| Right { number, vaccine, batch, vaccinator, given_at });
    change(&app, f, &user, id, typed, right, faults, "corrected").await
}

/// Withdraws it.
pub async fn withdraw(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(id): Path<DoseId>,
    Form(typed): Form<TypedCorrection>,
) -> Result<Response> {
    change(&app, f, &user, id, typed, None, Vec::new(), "withdrawn").await
}

#[expect(clippy::too_many_arguments, reason = "the tail that two forms share")]
async fn change(
    app: &App,
    f: Frame,
    user: &User,
    id: DoseId,
    typed: TypedCorrection,
    right: Option<Right>,
    mut faults: Vec<FieldFault>,
    done: &'static str,
) -> Result<Response> {
    if user.actor.role == Role::Clerk {
        return Err(Error::Forbidden);
    }
    let field = if done == "corrected" { "why" } else { "why_withdrawn" };
    let why = line(&typed.why, MOST_WORDS).map_err(|fault| faults.push((field, fault))).ok();
    let outcome = match why {
        Some(why) if faults.is_empty() => {
            let command = CommandId::new(&user.actor.name, &typed.key, format!("{id} {done} {right:?} {why}"));
            correct_dose(&app.core, &CorrectDose { command, actor: user.actor.clone(), dose: id, right, why }).await
        }
        _ => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/centre/doses/{id}?done={done}")).into_response()),
        Err(error) => {
            let mut shown = read(app, f, user, id).await?;
            if done == "corrected" {
                (shown.typed, shown.why) = (typed.dose, typed.why);
            } else {
                shown.why_withdrawn = typed.why;
                shown.is_withdrawing = true;
            }
            tell(shown, error)
        }
    }
}

fn tell(mut shown: RecordPage, error: Error) -> Result<Response> {
    match error {
        Error::Refused(refusal) => shown.refusal = Some(shown.f.lang.refusal(&refusal)),
        Error::Invalid(faults) => shown.faults = faults,
        error => return Err(error),
    }
    page(&shown)
}

/// What was typed of an adverse event.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct TypedEvent {
    severity: String,
    words: String,
    key: String,
}

/// Notes an adverse event.
pub async fn event(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(id): Path<DoseId>,
    Form(typed): Form<TypedEvent>,
) -> Result<Response> {
    let mut faults = Vec::new();
    let severity = typed.severity.parse::<Severity>().map_err(|_| faults.push(("severity", Fault::Choice))).ok();
    let words = line(&typed.words, MOST_WORDS).map_err(|fault| faults.push(("words", fault))).ok();
    let (Some(severity), Some(words)) = (severity, words) else {
        let mut shown = read(&app, f, &user, id).await?;
        (shown.severity, shown.words) = (typed.severity, typed.words);
        return tell(shown, Error::Invalid(faults));
    };
    if user.actor.role == Role::Clerk {
        return Err(Error::Forbidden);
    }
    let command = CommandId::new(&user.actor.name, &typed.key, format!("event {id} {severity} {words}"));
    note_event(&app.core, &user.actor, &command, id, severity, &words).await?;
    Ok(Redirect::to(&format!("/centre/doses/{id}?done=event")).into_response())
}
