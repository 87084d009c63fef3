//! Closing a centre's day: everybody, every vial and every form accounted for, what does not add up by name, and the in-charge's word.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::vial_lines::{Fields, VialLine, field, lines, read};
use super::{Named, centre_of, of_officer};
use crate::actions::account_for_days::{DayAccount, look_at_centre_day};
use crate::actions::close_day::{CloseDay, Closed, close_day, fingerprint_of, reopen_day};
use crate::actions::command::CommandId;
use crate::actions::count_vials::count_vials;
use crate::actions::give_no_dose::{GiveNoDose, give_no_dose};
use crate::actions::log_in::User;
use crate::app::App;
use crate::domain::admission::TokenState;
use crate::domain::booking::Refusal;
use crate::domain::closing::{Account, Batch, Column, Ending, Vials};
use crate::domain::dose::NoDose;
use crate::domain::moment::Day;
use crate::domain::number::TokenNumber;
use crate::error::{Error, Fault, FieldFault, Result};
use crate::pages::dose_form::line;
use crate::pages::form::keep;
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::closing::{Closing, Dosed, Unended};
use crate::storage::field::Centre;
use crate::storage::opening::Counted;

/// The longest name, and the longest reason.
const LONGEST: usize = 60;
const LONGEST_NOTE: usize = 500;

/// What is counted here.
const WHAT: [Counted; 2] = [Counted::Returned, Counted::Broken];

/// Something that does not add up.
struct Gap {
    /// Whose, where it is a person's.
    who: String,
    what: String,
    /// Where it is settled.
    href: Option<String>,
    /// One touch says that this person went away without a dose.
    left: Option<TokenNumber>,
}

impl Gap {
    fn of(what: String, href: impl Into<Option<String>>) -> Self {
        Self { who: String::new(), what, href: href.into(), left: None }
    }
}

/// What was typed.
#[derive(Default)]
struct Typed {
    in_charge: String,
    note: String,
    reason: String,
    lines: Option<Vec<VialLine>>,
}

#[derive(Template)]
#[template(path = "centre/closing.html")]
struct ClosingPage {
    f: Frame,
    centre: Centre,
    day: Day,
    found: DayAccount,
    gaps: Vec<Gap>,
    dosed: Vec<Dosed>,
    rows: Vec<(Batch, Vials, VialLine)>,
    seen: String,
    key: String,
    typed: Typed,
    faults: Vec<FieldFault>,
    /// The figures changed before they were confirmed.
    look_again: bool,
    /// How many were just noted as gone.
    left: Option<usize>,
    of: String,
}

impl ClosingPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }

    fn has_errors(&self) -> bool {
        !self.faults.is_empty() || self.look_again
    }

    fn title(&self) -> String {
        format!("{}: {} · {}", self.f.t.closing, self.centre.name(self.f.lang), self.f.lang.day(self.day))
    }

    fn at(&self, path: &str) -> String {
        format!("/centre/closing{path}?date={}{}", self.day, self.of)
    }

    fn is_empty(&self) -> bool {
        !self.found.planned && self.found.account == Account::default()
    }

    fn endings(&self) -> impl Iterator<Item = (&'static str, i64, String)> {
        let of = |ending: &Ending| {
            let list = format!("{}&of={ending}", self.at("/people"));
            (self.f.lang.ending(*ending), self.found.account.people.of(*ending), list)
        };
        Ending::ALL.iter().map(of).collect::<Vec<_>>().into_iter()
    }

    fn everybody(&self) -> String {
        format!("{}&of=all", self.at("/people"))
    }

    /// The vaccinated whom no gate has seen.
    fn unscanned(&self) -> usize {
        self.dosed.iter().filter(|dose| !dose.scanned).count()
    }

    fn columns(&self) -> &'static [Column] {
        Column::ALL
    }

    fn all_vials(&self) -> Vials {
        self.found.account.all_vials()
    }

    /// Everybody whom one touch can note as gone.
    fn may_have_left(&self) -> String {
        self.gaps.iter().filter_map(|gap| gap.left).map(TokenNumber::plain).collect::<Vec<_>>().join(",")
    }

    fn changes(&self) -> Vec<String> {
        self.found.changes().iter().map(|change| self.f.lang.change(change)).collect()
    }

    fn closed(&self) -> Option<&Closing> {
        self.found.closed()
    }

    /// What came in after the closing that stands, whenever it was keyed in.
    fn late(&self) -> Vec<&Dosed> {
        let closed_at = self.closed().map(|closing| closing.closed_at);
        self.dosed.iter().filter(|dose| closed_at.is_some_and(|at| dose.stored_at > at)).collect()
    }
}

/// The account, and its closing.
pub async fn closing(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Query(named): Query<Named>) -> Result<Response> {
    let centre = centre_of(&app, &user, &named.centre)?;
    let day = day_of(&f, &named.date)?;
    let left = named.of.strip_prefix("left").and_then(|people| people.parse().ok());
    show(&app, f, &user, centre, day, Told { left, ..Told::default() }).await
}

/// The day that is meant: one that has begun.
pub(super) fn day_of(f: &Frame, date: &str) -> Result<Day> {
    let day = if date.is_empty() { f.now.day() } else { date.parse().map_err(|_| Error::NotFound)? };
    if day > f.now.day() { Err(Error::NotFound) } else { Ok(day) }
}

/// What the page says beside the account.
#[derive(Default)]
struct Told {
    typed: Typed,
    faults: Vec<FieldFault>,
    look_again: bool,
    left: Option<usize>,
}

async fn show(app: &App, f: Frame, user: &User, centre: Centre, day: Day, told: Told) -> Result<Response> {
    let (found, dosed) = look_at_centre_day(&app.core, &user.actor, centre.id, day).await?;
    let Told { mut typed, faults, look_again, left } = told;
    let lines = typed.lines.take();
    let row = |(batch, vials): &(Batch, Vials)| {
        let said = found.said(batch);
        let kept = lines.as_ref().and_then(|lines| lines.iter().find(|line| line.known().as_ref() == Some(batch)).cloned());
        (batch.clone(), *vials, kept.unwrap_or_else(|| VialLine::of(batch, &[said.returned, said.broken])))
    };
    page(&ClosingPage {
        rows: found.account.vials.iter().map(row).collect(),
        gaps: gaps(&f, user, day, &found),
        seen: fingerprint_of(&found.account)?,
        key: app.core.chance.link(),
        of: of_officer(user, centre.id),
        found,
        dosed,
        typed,
        faults,
        look_again,
        left,
        centre,
        day,
        f,
    })
}

/// Everything that does not add up, and where it is settled.
fn gaps(f: &Frame, user: &User, day: Day, found: &DayAccount) -> Vec<Gap> {
    let inside = !user.actor.role.is_officer();
    let here = |path: String| inside.then_some(path);
    let mut gaps: Vec<_> = found.unended.iter().map(|row| unended(f, row, inside)).collect();
    let account = &found.account;
    if account.observed > 0 {
        gaps.push(Gap::of(format!("{}: {}", f.t.observed_still, account.observed), here("/centre#observation".into())));
    }
    for forms in &found.forms {
        for (count, counted) in [(forms.used, true), (forms.printed, false)] {
            let path = format!("/centre/forms/{}{}", forms.pack_id, if counted { "/key" } else { "" });
            gaps.extend((count > 0).then(|| Gap::of(f.lang.forms_left(forms.pack_id, count, counted), here(path))));
        }
    }
    for (batch, vials) in &account.vials {
        gaps.extend((vials.open > 0).then(|| Gap::of(f.lang.vials_open(batch, vials.open), here("/centre#vials-title".into()))));
        let received = found.said(batch).received.is_some() || day != f.now.day();
        let path = if received { "#vials".to_owned() } else { "/centre/opening".to_owned() };
        gaps.extend((vials.difference() != 0).then(|| Gap::of(f.lang.vials_off(batch, vials.difference()), here(path))));
    }
    gaps
}

fn unended(f: &Frame, row: &Unended, inside: bool) -> Gap {
    let call = row.call_number().map(|call| call.to_string());
    let name = row.name.as_ref().map(ToString::to_string);
    let who: Vec<_> = call.or_else(|| Some(row.number.to_string())).into_iter().chain(name).collect();
    let (what, href) = match (row.state, row.pack_id.zip(row.position), row.dose_id) {
        (None, Some((pack, position)), _) => {
            (f.lang.form_inside(pack, position), inside.then(|| format!("/centre/forms/{pack}/key?form={position}")))
        }
        (None, None, _) => (f.lang.token_unheard(row.came_at), None),
        (Some(_), _, Some(dose)) => (f.lang.dose_elsewhere(row.came_at), (!inside).then(|| format!("/centre/doses/{dose}"))),
        (Some(TokenState::Admitted), ..) if inside => (f.lang.entered_at(row.came_at), Some(format!("/centre?q={}", row.number.plain()))),
        (Some(_), ..) => (f.lang.entered_at(row.came_at), Some(format!("/office/tokens/{}", row.number.plain()))),
    };
    let left = (row.state == Some(TokenState::Admitted)).then_some(row.number);
    Gap { who: who.join(" "), what, href, left }
}

/// What a form of this page says of the centre and day that it is about.
fn about(app: &App, f: &Frame, user: &User, fields: &Fields) -> Result<(Centre, Day)> {
    Ok((centre_of(app, user, field(fields, "centre"))?, day_of(f, field(fields, "date"))?))
}

fn back(user: &User, centre: &Centre, day: Day, more: &str) -> Response {
    Redirect::to(&format!("/centre/closing?date={day}{}{more}", of_officer(user, centre.id))).into_response()
}

/// Closes the day.
pub async fn close(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(fields): Form<Fields>) -> Result<Response> {
    let (centre, day) = about(&app, &f, &user, &fields)?;
    let own = |name| field(&fields, name).to_owned();
    let typed = Typed { in_charge: own("in_charge"), note: own("note"), ..Typed::default() };
    let mut faults = Vec::new();
    let in_charge = keep(&mut faults, "in_charge", line(&typed.in_charge, LONGEST));
    let note = if typed.note.is_empty() { None } else { keep(&mut faults, "note", line(&typed.note, LONGEST_NOTE)) };
    let outcome = match in_charge.filter(|_| faults.is_empty()) {
        Some(in_charge) => {
            let seen = own("seen");
            let body = format!("close {} {day} {in_charge} {note:?} {seen}", centre.id);
            let command = CommandId::new(&user.actor.name, field(&fields, "key"), body);
            close_day(&app.core, &CloseDay { command, actor: user.actor.clone(), centre: centre.id, day, in_charge, note, seen }).await
        }
        None => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(Closed::Yes) => Ok(back(&user, &centre, day, "")),
        Ok(Closed::Changed) => show(&app, f, &user, centre, day, Told { typed, look_again: true, ..Told::default() }).await,
        Err(Error::Invalid(faults)) => show(&app, f, &user, centre, day, Told { typed, faults, ..Told::default() }).await,
        Err(error) => Err(error),
    }
}

/// Counts what was not opened.
pub async fn count(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(fields): Form<Fields>) -> Result<Response> {
    let (centre, day) = about(&app, &f, &user, &fields)?;
    let typed = lines(&fields, &WHAT);
    let mut faults = Vec::new();
    let counts = read(&typed, &WHAT, &mut faults);
    if !faults.is_empty() {
        let typed = Typed { lines: Some(typed), ..Typed::default() };
        return show(&app, f, &user, centre, day, Told { typed, faults, ..Told::default() }).await;
    }
    let command = CommandId::new(&user.actor.name, field(&fields, "key"), format!("count {} {day} {counts:?}", centre.id));
    count_vials(&app.core, &user.actor, centre.id, day, &command, &counts).await?;
    Ok(back(&user, &centre, day, "#vials"))
}

/// Notes that people who were shown as inside went away without a dose.
pub async fn left(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(fields): Form<Fields>) -> Result<Response> {
    let (centre, day) = about(&app, &f, &user, &fields)?;
    let mut gone = 0;
    for number in field(&fields, "numbers").split(',').filter_map(|number| number.parse::<TokenNumber>().ok()) {
        let key = format!("{} {}", field(&fields, "key"), number.plain());
        let command = CommandId::new(&user.actor.name, &key, "left without");
        let asked = GiveNoDose { command, actor: user.actor.clone(), number, reason: NoDose::LeftWithout, earliest: None, at: f.now };
        match give_no_dose(&app.core, &asked).await {
            Ok(_) => gone += 1,
            // Somebody else has noted meanwhile what became of this person, or it is another centre's to note.
            Err(Error::Refused(Refusal::NotWaiting) | Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(back(&user, &centre, day, &format!("&of=left{gone}")))
}

/// Opens the day again.
pub async fn reopen(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(fields): Form<Fields>) -> Result<Response> {
    let (centre, day) = about(&app, &f, &user, &fields)?;
    let typed = Typed { reason: field(&fields, "reason").to_owned(), ..Typed::default() };
    match line(&typed.reason, LONGEST_NOTE) {
        Ok(why) => {
            let command = CommandId::new(&user.actor.name, field(&fields, "key"), format!("reopen {} {day} {why}", centre.id));
            reopen_day(&app.core, &user.actor, centre.id, day, &command, &why).await?;
            Ok(back(&user, &centre, day, ""))
        }
        Err(fault) => {
            let faults: Vec<(&'static str, Fault)> = vec![("reason", fault)];
            show(&app, f, &user, centre, day, Told { typed, faults, ..Told::default() }).await
        }
    }
}
