//! The opening check of a centre's day: what the system knows, and what somebody there has looked at.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::vial_lines::{Fields, VialLine, count, field, lines, read};
use super::{Named, centre_of, of_officer};
use crate::actions::check_opening::{CheckOpening, Mornings, check_opening};
use crate::actions::command::CommandId;
use crate::actions::log_in::User;
use crate::app::App;
use crate::domain::admission::TokenState;
use crate::domain::campaign::Vaccine;
use crate::domain::closing::{Batch, Span};
use crate::domain::moment::{Day, Moment};
use crate::domain::opening::{Check, Light};
use crate::domain::place::Scope;
use crate::error::{Fault, FieldFault, Result};
use crate::pages::form::keep;
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::field::Centre;
use crate::storage::gate::Gate;
use crate::storage::opening::{Counted, Opening};

/// The longest remark.
const LONGEST: usize = 300;

/// What is counted here.
const WHAT: [Counted; 1] = [Counted::Received];

/// What was typed.
#[derive(Debug, Clone, Default)]
struct Typed {
    printer: String,
    paper: String,
    staff: String,
    vaccinators: String,
    note: String,
    lines: Vec<VialLine>,
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        let own = |name| field(fields, name).to_owned();
        Self {
            printer: own("printer"),
            paper: own("paper"),
            staff: own("staff"),
            vaccinators: own("vaccinators"),
            note: own("note"),
            lines: lines(fields, &WHAT),
        }
    }

    fn said(said: Option<&Opening>, counts: Vec<VialLine>) -> Self {
        let yes = |said: Option<bool>| said.map_or("", |yes| if yes { "yes" } else { "no" }).to_owned();
        let number = |said: Option<i64>| said.map_or_else(String::new, |count| count.to_string());
        Self {
            printer: yes(said.and_then(|said| said.printer)),
            paper: yes(said.and_then(|said| said.paper)),
            staff: number(said.and_then(|said| said.staff)),
            vaccinators: number(said.and_then(|said| said.vaccinators)),
            note: said.map_or_else(String::new, |said| said.note.clone()),
            lines: counts,
        }
    }
}

#[derive(Template)]
#[template(path = "centre/opening.html")]
struct OpeningPage {
    f: Frame,
    centre: Centre,
    /// Absent: there is no session today.
    lights: Option<[(Check, Light); 6]>,
    due: Moment,
    /// The phones, with the end of the grants of those that hold a lane.
    phones: Vec<(Gate, Option<Moment>)>,
    tokens: i64,
    vials_needed: i64,
    forms: i64,
    vaccine: Vaccine,
    history: Vec<Opening>,
    typed: Typed,
    key: String,
    faults: Vec<FieldFault>,
    saved: bool,
}

impl OpeningPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }

    fn light(&self, check: Check) -> Light {
        let lights = self.lights.as_ref().map_or(&[][..], |lights| &lights[..]);
        lights.iter().find(|(own, _)| *own == check).map_or(Light::Unsaid, |(_, light)| *light)
    }

    fn phones_light(&self) -> Light {
        self.light(Check::Phones)
    }

    fn printer_light(&self) -> Light {
        self.light(Check::Printer)
    }

    fn vials_light(&self) -> Light {
        self.light(Check::Vials)
    }

    fn staff_light(&self) -> Light {
        self.light(Check::Staff)
    }

    fn vaccinators_light(&self) -> Light {
        self.light(Check::Vaccinators)
    }

    fn paper_light(&self) -> Light {
        self.light(Check::Paper)
    }

    fn vaccines(&self) -> &'static [Vaccine] {
        Vaccine::ALL
    }

    fn batch(&self, line: &VialLine) -> Option<String> {
        line.known().map(|batch| self.f.lang.batch(&batch))
    }

    /// The batches that are known; the line for another one comes after them.
    fn known(&self) -> &[VialLine] {
        self.typed.lines.split_last().map_or(&[], |(_, known)| known)
    }

    fn another(&self) -> VialLine {
        self.typed.lines.last().cloned().unwrap_or_default()
    }

    fn is_vaccine(&self, vaccine: &Vaccine) -> bool {
        let typed = self.another().vaccine;
        typed == vaccine.word() || (typed.is_empty() && *vaccine == self.vaccine)
    }
}

/// The check.
pub async fn opening(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Query(named): Query<Named>) -> Result<Response> {
    let centre = centre_of(&app, &user, &named.centre)?;
    show(&app, f, centre, None, Vec::new(), named.saved == "yes").await
}

async fn show(app: &App, f: Frame, centre: Centre, typed: Option<Typed>, faults: Vec<FieldFault>, saved: bool) -> Result<Response> {
    let day = f.now.day();
    let scope = Scope::Centre(centre.id);
    let mut tx = app.core.read().await?;
    let sessions = tx.sessions_at(centre.id, day).await?;
    let mornings = Mornings::read(&mut tx, scope, day).await?;
    let history = tx.openings_of(centre.id, day).await?;
    let counts = tx.vial_counts(scope, Span::day(day)).await?;
    let gates = tx.gates_of(centre.id).await?;
    let lanes = tx.lanes_of(centre.id).await?;
    let issued = tx.count_states(scope, day).await?;
    let forms = tx.open_forms(scope, Span::day(day)).await?;
    tx.commit().await?;
    let morning = mornings.of(&centre, sessions.iter(), false);
    let until = |gate: &Gate| lanes.iter().filter(|lane| lane.gate_id == gate.id).map(|lane| lane.ends_at).min();
    let vaccine = sessions.first().map_or(Vaccine::Covishield, |session| session.vaccine);
    let tokens = issued.iter().filter(|(state, _)| *state != TokenState::Cancelled).map(|(_, count)| count).sum();
    let holds = app.core.campaign.vial(vaccine).map_or(1, |rule| rule.doses.max(1));
    let received = counts.iter().filter(|count| count.what == Counted::Received);
    let mut known: Vec<_> =
        received.map(|count| VialLine::of(&Batch { vaccine: count.vaccine, batch: count.batch.clone() }, &[Some(count.vials)])).collect();
    known.push(VialLine { counts: vec![String::new()], ..VialLine::default() });
    let typed = typed.unwrap_or_else(|| Typed::said(history.first(), known));
    page(&OpeningPage {
        lights: morning.map(|morning| morning.lights()),
        due: day.at_minute(mornings.hour(centre.district_id)),
        phones: gates.into_iter().filter(Gate::is_active).map(|gate| (until(&gate), gate)).map(|(until, gate)| (gate, until)).collect(),
        tokens,
        vials_needed: (tokens + holds - 1) / holds,
        forms: forms.iter().map(|row| row.used + row.printed).sum(),
        vaccine,
        history,
        typed,
        key: app.core.chance.link(),
        faults,
        saved,
        centre,
        f,
    })
}

/// Keeps what was said.
pub async fn say(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(fields): Form<Fields>) -> Result<Response> {
    let centre = centre_of(&app, &user, field(&fields, "centre"))?;
    let typed = Typed::of(&fields);
    match read_said(&user, &centre, &typed, field(&fields, "key"), f.now.day()) {
        Ok(asked) => {
            check_opening(&app.core, &asked).await?;
            Ok(Redirect::to(&format!("/centre/opening?saved=yes{}", of_officer(&user, centre.id))).into_response())
        }
        Err(faults) => show(&app, f, centre, Some(typed), faults, false).await,
    }
}

fn read_said(user: &User, centre: &Centre, typed: &Typed, key: &str, day: Day) -> Result<CheckOpening, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let yes = |text: &str| match text {
        "yes" => Ok(Some(true)),
        "no" => Ok(Some(false)),
        "" => Ok(None),
        _ => Err(Fault::Choice),
    };
    let printer = keep(&mut faults, "printer", yes(&typed.printer)).flatten();
    let paper = keep(&mut faults, "paper", yes(&typed.paper)).flatten();
    let staff = keep(&mut faults, "staff", count(&typed.staff)).flatten();
    let vaccinators = keep(&mut faults, "vaccinators", count(&typed.vaccinators)).flatten();
    let vials = read(&typed.lines, &WHAT, &mut faults);
    if typed.note.chars().count() > LONGEST {
        faults.push(("note", Fault::TooLong));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let body = format!("opening {} {day} {typed:?}", centre.id);
    Ok(CheckOpening {
        command: CommandId::new(&user.actor.name, key, body),
        actor: user.actor.clone(),
        centre: centre.id,
        printer,
        paper,
        staff,
        vaccinators,
        note: typed.note.clone(),
        vials,
    })
}

/// What a centre's own page says of its day: how much of the opening check is left, or that the day can be closed.
pub async fn to_do(app: &App, f: &Frame, centre: &Centre) -> Result<ToDo> {
    let day = f.now.day();
    let board = app.core.board();
    let own = || board.field.sessions.iter().filter(|session| session.centre_id == centre.id && session.day == day);
    let (Some(opens), Some(closes)) = (own().map(|own| own.opens).min(), own().map(|own| own.closes).max()) else {
        return Ok(ToDo::Nothing);
    };
    if f.now >= closes {
        let mut tx = app.core.read().await?;
        let closings = tx.closings(Scope::Centre(centre.id), Span::day(day)).await?;
        tx.commit().await?;
        let is_closed = closings.last().is_some_and(|closing| closing.reopened_at.is_none());
        return Ok(if is_closed { ToDo::Nothing } else { ToDo::Close });
    }
    if f.now >= opens + MORNING {
        return Ok(ToDo::Nothing);
    }
    let mut tx = app.core.read().await?;
    let mornings = Mornings::read(&mut tx, Scope::Centre(centre.id), day).await?;
    tx.commit().await?;
    let red = mornings.of(centre, own(), false).map(|morning| morning.red()).unwrap_or_default();
    Ok(if red.is_empty() { ToDo::Nothing } else { ToDo::Check(f.lang.checks(red)) })
}

/// For how long after the day's beginning its check is asked for, in seconds.
const MORNING: i64 = 2 * 3600;

/// What is to be done now about a day's beginning and end.
pub enum ToDo {
    /// Nothing.
    Nothing,
    /// The opening check: these are left.
    Check(String),
    /// The closing.
    Close,
}
