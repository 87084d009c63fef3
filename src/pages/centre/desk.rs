//! The operator's desk: the dose, the vials, who gets none today. Keyboard and touch.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::Operator;
use super::opening::{ToDo, to_do};
use super::rooms::Rooms;
use crate::actions::command::CommandId;
use crate::actions::give_no_dose::{GiveNoDose, give_no_dose};
use crate::actions::log_in::User;
use crate::actions::look_up::{register, token_at_centre};
use crate::actions::record_doses::Way;
use crate::actions::vials::{Closing, OpenVial, close_vial, good_until, open_vial};
use crate::app::App;
use crate::domain::booking::Refusal;
use crate::domain::campaign::Vaccine;
use crate::domain::care::Need;
use crate::domain::closing::Span;
use crate::domain::dose::{LeftEarly, Lookalike, NoCode, NoDose};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::person::latin_digits;
use crate::domain::place::Scope;
use crate::domain::token::Unverified;
use crate::error::{Error, Fault, FieldFault, Result};
use crate::i18n::Lang;
use crate::ids::{CentreId, DoseId, VialId};
use crate::pages::at_counter::AtCounter;
use crate::pages::dose_form::{Source, TypedDose, line};
use crate::pages::frame::Frame;
use crate::pages::page;
use crate::storage::backlog::DoseRecord;
use crate::storage::centre::{CaseForms, Vial};
use crate::storage::opening::Counted;
use crate::storage::token::{Filter, Narrowed, Token};

/// A vial as the operator reads it.
struct VialChoice {
    vial: Vial,
    until: String,
    /// Older than its hours, drawn empty, or of a batch that nobody has received: a warning, no more.
    warning: Option<String>,
    chosen: bool,
}

/// Who was just sent home without a dose.
struct SentHome {
    token: Token,
    /// Stands on the waiting list.
    waits: bool,
    /// Has the new place here, so that the slip can be printed here.
    here: bool,
}

#[derive(Template)]
#[template(path = "centre/desk.html")]
pub(super) struct Desk {
    f: Frame,
    centre: String,
    q: String,
    not_found: bool,
    token: Option<Token>,
    recorded: Option<DoseRecord>,
    typed: TypedDose,
    key: String,
    vials: Vec<VialChoice>,
    /// Batches that the centre has received today.
    received: Vec<(Vaccine, String)>,
    rooms: Rooms,
    faults: Vec<FieldFault>,
    refusal: Option<String>,
    /// The rule yields to the fact that the dose has been given.
    may_despite: bool,
    lookalikes: Vec<Lookalike>,
    done: Option<DoseRecord>,
    sent_home: Option<SentHome>,
    /// How many have just left the observation room.
    left: Option<usize>,
    /// What was typed to send the person home; its form is open.
    home: Option<TypedNoDose>,
    /// Why somebody may be sent home, and after how many days they come again unless another day is typed.
    no_doses: Vec<(NoDose, Option<i64>)>,
    /// The day that was typed.
    earliest: String,
    /// The vial that was to be opened.
    new_vial: TypedVial,
    /// The page that an operator's browser keeps: it goes on without a link.
    alone: bool,
    /// The counter of the hall that stands here.
    at: AtCounter,
    /// What the day's beginning or end asks for.
    to_do: ToDo,
    /// The case forms of adverse events that have still to go off, if there are any.
    forms: Option<CaseForms>,
    /// That doses of this centre run out of time, if they do.
    pressing: Option<&'static str>,
}

impl Desk {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }

    fn has_errors(&self) -> bool {
        !self.faults.is_empty() || self.refusal.is_some() || self.not_found || self.rooms.leaving_fault.is_some()
    }

    /// Nobody has left the observation room by this number.
    pub(super) fn nobody_left(&mut self, q: String, told: String) {
        self.rooms.leaving = q;
        self.rooms.leaving_fault = Some(told);
    }

    fn is_home_reason(&self, why: &NoDose) -> bool {
        self.home.as_ref().is_some_and(|home| home.reason == why.word())
    }

    fn can_record(&self) -> bool {
        self.token.is_some() && self.recorded.is_none()
    }

    fn no_codes(&self) -> &'static [NoCode] {
        &NoCode::ALL[..4]
    }

    fn all_needs(&self) -> &'static [Need] {
        Need::ALL
    }

    fn vaccines(&self) -> &'static [Vaccine] {
        Vaccine::ALL
    }

    fn left_early(&self) -> &'static [LeftEarly] {
        LeftEarly::ALL
    }

    fn other_vial(&self) -> bool {
        !self.vials.iter().any(|choice| choice.chosen)
    }
}

/// What the desk was opened with.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    done: String,
    home: String,
    left: Option<usize>,
}

/// The desk, with the person whose number, call number or code was typed.
pub async fn desk(
    State(app): State<Arc<App>>,
    f: Frame,
    Operator(user, centre): Operator,
    at: AtCounter,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let mut desk = Desk { at, ..empty(&app, f, &user, centre).await? };
    if let Ok(id) = asked.done.parse::<DoseId>() {
        desk.done = app.core.read().await?.dose_record(id).await?.filter(|record| record.within(user.actor.scope));
    }
    if let Ok(number) = asked.home.parse::<TokenNumber>() {
        let mut tx = app.core.read().await?;
        if let Some(token) = tx.token(number).await? {
            // The new place may be at another centre of the zone.
            let here = token.within(user.actor.scope);
            let last = tx.deferrals_of(token.beneficiary_id).await?.into_iter().next();
            let from_here = last.is_some_and(|last| last.token == number && last.centre_id == centre);
            let waits = tx.waiting_of(token.beneficiary_id).await?.is_some();
            desk.sent_home = (from_here || here).then_some(SentHome { token, waits, here });
        }
    }
    desk.left = asked.left.filter(|left| *left > 0);
    asked.q.trim().clone_into(&mut desk.q);
    if !desk.q.is_empty() {
        let q = desk.q.clone();
        match find(&app, &user, centre, &q, &desk.f).await? {
            Some(token) => show(&app, &mut desk, token).await?,
            None => desk.not_found = true,
        }
    }
    page(&desk)
}

/// The desk as a browser keeps it: its script fills it without a link.
pub(super) fn alone(app: &App, lang: Lang) -> Result<Response> {
    let f = Frame::public(app, lang, "/centre".into());
    let rooms = Rooms::of_nobody(f.clone());
    page(&Desk { alone: true, ..blank(app, f, String::new(), rooms, TypedDose::default(), Vec::new()) })
}

/// The desk with nobody at it: vial and vaccinator stay as they were used last today.
async fn empty(app: &App, f: Frame, user: &User, centre: CentreId) -> Result<Desk> {
    let rooms = Rooms::read(app, f.clone(), user, centre).await?;
    let mut tx = app.core.read().await?;
    let last = tx.last_dose_by(&user.actor.name, centre, f.now.day()).await?;
    let open = tx.open_vials(centre).await?;
    let counts = tx.vial_counts(Scope::Centre(centre), Span::day(f.now.day())).await?;
    let alarms = tx.deadline_alarms(Scope::Centre(centre), Moment(i64::MAX)).await?;
    let pressing = (!alarms.is_empty()).then_some(f.t.deadline_hurry);
    let forms = tx.case_forms(f.now).await?.into_iter().find(|forms| forms.centre_id == centre);
    tx.commit().await?;
    let mut typed = TypedDose::default();
    if let Some((vial, vaccine, batch, vaccinator)) = last {
        typed.vaccinator = vaccinator;
        typed.vial = vial.map(|vial| vial.to_string()).unwrap_or_default();
        (typed.vaccine, typed.batch) = (vaccine.to_string(), batch);
    }
    if !open.iter().any(|vial| vial.id.to_string() == typed.vial)
        && let Some(newest) = open.last()
    {
        typed.vial = newest.id.to_string();
    }
    let received = counts.into_iter().filter(|count| count.what == Counted::Received && count.vials > 0);
    let received: Vec<_> = received.map(|count| (count.vaccine, count.batch)).collect();
    let vials = open.into_iter().map(|vial| choice(app, &f, vial, &typed.vial, &received)).collect();
    let own = app.core.board().centre(centre).cloned().ok_or(Error::NotFound)?;
    let to_do = to_do(app, &f, &own).await?;
    let centre = own.name(f.lang).to_owned();
    Ok(Desk { received, to_do, forms, pressing, ..blank(app, f, centre, rooms, typed, vials) })
}

fn blank(app: &App, f: Frame, centre: String, rooms: Rooms, typed: TypedDose, vials: Vec<VialChoice>) -> Desk {
    let new_vial = TypedVial { vaccine: typed.vaccine.clone(), batch: typed.batch.clone(), ..TypedVial::default() };
    Desk {
        to_do: ToDo::Nothing,
        forms: None,
        pressing: None,
        centre,
        q: String::new(),
        not_found: false,
        token: None,
        recorded: None,
        typed,
        key: app.core.chance.link(),
        vials,
        received: Vec::new(),
        rooms,
        faults: Vec::new(),
        refusal: None,
        may_despite: false,
        lookalikes: Vec::new(),
        done: None,
        sent_home: None,
        left: None,
        home: None,
        no_doses: NoDose::ALL.iter().map(|why| (*why, app.core.campaign.comes_again_after(*why))).collect(),
        earliest: String::new(),
        new_vial,
        alone: false,
        at: AtCounter::default(),
        f,
    }
}

fn choice(app: &App, f: &Frame, vial: Vial, chosen: &str, received: &[(Vaccine, String)]) -> VialChoice {
    let until = good_until(&app.core, &vial);
    let warning = if until < f.now {
        Some(f.lang.vial_old(until))
    } else if vial.left() <= 0 {
        Some(f.lang.vial_empty(vial.doses))
    } else {
        // Where nobody has counted in the morning, every batch is as good as another.
        let is_known = received.is_empty() || received.contains(&(vial.vaccine, vial.batch.clone()));
        (!is_known).then(|| f.t.vial_not_received.to_owned())
    };
    VialChoice { chosen: vial.id.to_string() == chosen, until: f.lang.time(until), warning, vial }
}

/// The token that is meant: by number, code, or call number of today.
pub(super) async fn find(app: &App, user: &User, centre: CentreId, q: &str, f: &Frame) -> Result<Option<Token>> {
    let number = q.parse::<TokenNumber>().ok().or_else(|| Some(Unverified::read(q).ok()?.claims.number));
    if let Some(number) = number {
        return match token_at_centre(&app.core, &user.actor, centre, number).await {
            Ok(token) => Ok(Some(token)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        };
    }
    let Some(call) = call_number(q) else { return Ok(None) };
    let (day, narrowed) = (Some(f.now.day()), Narrowed::default());
    let filter = Filter { day, centre: Some(centre), state: None, mobile: None, name: None, call: Some(call), narrowed, skip: 0, most: 1 };
    Ok(register(&app.core, &user.actor, &filter, f.now.day()).await?.0.pop())
}

/// `03-042`, `3-42` or `03042`.
fn call_number(text: &str) -> Option<(i64, i64)> {
    let text = latin_digits(text);
    let (slot, serial) = match text.split_once(['-', ' ']) {
        Some(parts) => parts,
        None if text.len() == 5 && text.is_ascii() => text.split_at(2),
        None => return None,
    };
    Some((slot.trim().parse().ok()?, serial.trim().parse().ok()?))
}

async fn show(app: &App, desk: &mut Desk, token: Token) -> Result<()> {
    desk.recorded = app.core.read().await?.dose_record_of(token.number).await?;
    desk.typed.token = token.number.plain();
    if desk.typed.vial.is_empty() {
        desk.typed.vaccine = token.vaccine.to_string();
    }
    desk.token = Some(token);
    Ok(())
}

/// What was sent with the key of the form.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Sent {
    #[serde(flatten)]
    dose: TypedDose,
    key: String,
}

/// Records the dose.
pub async fn record(State(app): State<Arc<App>>, f: Frame, Operator(user, centre): Operator, Form(sent): Form<Sent>) -> Result<Response> {
    let Sent { dose: mut typed, key } = sent;
    let open = app.core.read().await?.open_vials(centre).await?;
    match open.iter().find(|vial| vial.id.to_string() == typed.vial) {
        Some(vial) => (typed.vaccine, typed.batch) = (vial.vaccine.to_string(), vial.batch.clone()),
        None => typed.vial.clear(),
    }
    let source = Source { actor: user.actor.clone(), centre, key: (user.actor.name.to_string(), key), way: Way::Live };
    let outcome = match typed.read(&app.core, None, source) {
        Ok(command) => app.dosing.one(command).await?,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(answer) => Ok(Redirect::to(&format!("/centre?done={}", answer.id)).into_response()),
        Err(error) => {
            let number = typed.token.clone();
            let keep = |desk: &mut Desk| {
                for vial in &mut desk.vials {
                    vial.chosen = vial.vial.id.to_string() == typed.vial;
                }
                desk.typed = typed;
            };
            again(&app, f, &user, centre, &number, error, keep).await
        }
    }
}

/// The desk once more with the person who was at it, what is wrong, and all that was typed. A refusal used the key up.
pub(super) async fn again(
    app: &App,
    f: Frame,
    user: &User,
    centre: CentreId,
    number: &str,
    error: Error,
    keep: impl FnOnce(&mut Desk),
) -> Result<Response> {
    let mut desk = empty(app, f, user, centre).await?;
    match error {
        Error::Refused(refusal) => {
            desk.may_despite = refusal.yields_to_fact();
            desk.refusal = Some(match &refusal {
                Refusal::CodeLocked => desk.f.t.code_locked_here.to_owned(),
                refusal => desk.f.lang.refusal(refusal),
            });
            if let Refusal::SamePerson { people } = refusal {
                desk.lookalikes = people;
            }
        }
        Error::Invalid(faults) => desk.faults = faults,
        error => return Err(error),
    }
    keep(&mut desk);
    if let Ok(number) = number.parse::<TokenNumber>() {
        let token = token_at_centre(&app.core, &user.actor, centre, number).await?;
        show(app, &mut desk, token).await?;
    }
    page(&desk)
}

/// A vial as it was typed.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct TypedVial {
    vaccine: String,
    batch: String,
    back: String,
    key: String,
}

/// Opens a vial.
pub async fn open(
    State(app): State<Arc<App>>,
    f: Frame,
    Operator(user, centre): Operator,
    Form(typed): Form<TypedVial>,
) -> Result<Response> {
    let outcome = async {
        let batch = line(&typed.batch.to_uppercase(), 40).map_err(|fault| Error::field("new-batch", fault))?;
        let vaccine: Vaccine = typed.vaccine.parse().map_err(|_| Error::field("new-batch", Fault::Choice))?;
        let command = CommandId::new(&user.actor.name, &typed.key, format!("open {vaccine} {batch}"));
        let (actor, id) = (user.actor.clone(), VialId(command.id));
        open_vial(&app.core, OpenVial { command, actor, centre, id, vaccine, batch, at: f.now }).await
    };
    match outcome.await {
        Ok(_) => Ok(back(&typed.back).into_response()),
        Err(error) => {
            let number = typed.back.clone();
            again(&app, f, &user, centre, &number, error, |desk| desk.new_vial = typed).await
        }
    }
}

/// Discards a vial, or puts it back.
pub async fn close(
    State(app): State<Arc<App>>,
    Operator(user, centre): Operator,
    Path((vial, how)): Path<(VialId, String)>,
    Form(typed): Form<TypedVial>,
) -> Result<Redirect> {
    let how = match how.as_str() {
        "discard" => Closing::Discarded,
        "return" => Closing::Returned,
        _ => return Err(Error::NotFound),
    };
    close_vial(&app.core, &user.actor, centre, vial, how, app.core.clock.now()).await?;
    Ok(back(&typed.back))
}

fn back(number: &str) -> Redirect {
    match number.parse::<TokenNumber>() {
        Ok(number) => Redirect::to(&format!("/centre?q={}", number.plain())),
        Err(_) => Redirect::to("/centre"),
    }
}

/// Why there is no dose today.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct TypedNoDose {
    token: String,
    reason: String,
    earliest: String,
    key: String,
}

/// Sends somebody home without a dose.
pub async fn no_dose(
    State(app): State<Arc<App>>,
    f: Frame,
    Operator(user, centre): Operator,
    Form(typed): Form<TypedNoDose>,
) -> Result<Response> {
    let number: TokenNumber = typed.token.parse().map_err(|_| Error::NotFound)?;
    let outcome = async {
        let reason: NoDose = typed.reason.parse().map_err(|_| Error::field("reason", Fault::Choice))?;
        let typed_day = || match typed.earliest.parse::<Day>() {
            Ok(day) if day > f.now.day() => Ok(day),
            Ok(_) => Err(Error::field("earliest", Fault::Past)),
            Err(_) => Err(Error::field("earliest", Fault::Day)),
        };
        let earliest = match app.core.campaign.comes_again_after(reason) {
            Some(days) if typed.earliest.trim().is_empty() => Some(f.now.day().plus(days)),
            Some(_) => Some(typed_day()?),
            None => None,
        };
        let command = CommandId::new(&user.actor.name, &typed.key, format!("no dose {} {reason} {earliest:?}", number.plain()));
        give_no_dose(&app.core, &GiveNoDose { command, actor: user.actor.clone(), number, reason, earliest, at: f.now }).await
    };
    match outcome.await {
        Ok(answer) => Ok(Redirect::to(&format!("/centre?home={}", answer.number)).into_response()),
        Err(error) => {
            let keep = |desk: &mut Desk| {
                desk.may_despite = false;
                desk.earliest.clone_from(&typed.earliest);
                desk.home = Some(typed);
            };
            again(&app, f, &user, centre, &number.plain(), error, keep).await
        }
    }
}
