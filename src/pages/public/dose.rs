//! The person's doses: how each stands, a provisional slip of each that anybody can check, and "this is wrong".

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::command::CommandId;
use crate::actions::look_up::{Own, own_by_link};
use crate::actions::object::object;
use crate::app::App;
use crate::core::Core;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::place::Scope;
use crate::domain::record::{DoseRecord, UnverifiedRecord};
use crate::domain::token::Holder;
use crate::error::{Error, Result};
use crate::ids::BeneficiaryId;
use crate::pages::frame::{Address, Frame};
use crate::pages::page;
use crate::pages::qr::{Symbol, draw};
use crate::storage::centre::Deferral;
use crate::storage::charge::Whose;
use crate::storage::field::Centre;
use crate::storage::message::{DoseTold, MessageList, MessageRow, MessageState};
use crate::storage::objection::{Objection, Wrong};
use crate::storage::reconcile::Finding;

/// The longest report.
const WORDS: usize = 500;

/// What stands on a token's page about its person.
pub struct Standing {
    /// Doses, the first one first.
    pub doses: Vec<DoseTold>,
    /// Messages, without their text: whoever scans the slip must not read the secret code.
    pub messages: Vec<MessageRow>,
    /// What they said is wrong.
    pub objections: Vec<Objection>,
    /// Where the portal differs, as the last comparison found it.
    pub findings: Vec<Finding>,
    /// That they went home without a dose, where that was last.
    pub sent_home: Option<Deferral>,
}

impl Standing {
    /// Reads it.
    pub async fn read(app: &App, person: BeneficiaryId, token: Option<TokenNumber>) -> Result<Self> {
        let mut tx = app.core.read().await?;
        let doses = tx.doses_told_of(person).await?;
        let mut messages = tx.messages(Scope::State, MessageList::Of(person), Whose::All, None, 0..60).await?;
        let findings = tx.findings_of(person).await?;
        let objections = tx.objections_of(person, token).await?;
        let sent_home = tx.deferrals_of(person).await?.into_iter().next();
        let sent_home = sent_home.filter(|home| doses.iter().all(|dose| dose.given_on < home.at.day()));
        tx.commit().await?;
        messages.retain(|row| !matches!(row.state, MessageState::Overtaken | MessageState::NoPhone | MessageState::Outbox));
        // The newest count: the page is small.
        let messages = messages.split_off(messages.len().saturating_sub(10));
        Ok(Self { doses, messages, objections, findings, sent_home })
    }

    /// From when the next dose may be given, when one is to come after these.
    pub fn next(&self, core: &Core, now: Moment) -> Option<Day> {
        let last = self.doses.last().filter(|dose| dose.number < core.campaign.last_dose)?;
        Some(last.given_on.plus(core.campaign.interval(last.vaccine, now.day())?.min_days))
    }
}

/// What the portal has of a dose, in one sentence, and whether the person can leave it to us.
pub fn on_the_portal(f: &Frame, dose: &DoseTold) -> (String, bool) {
    let at = |moment: crate::domain::moment::Moment| format!("{}, {}", f.lang.day(moment.day()), f.lang.time(moment));
    match (dose.upload.as_deref(), dose.due_at) {
        (Some("uploaded"), _) => {
            let reference = dose.reference.as_ref().map_or_else(String::new, |number| format!(". {} {number}", f.t.portal_reference));
            (format!("{} {}{reference}", f.t.on_the_portal, dose.uploaded_at.map_or_else(String::new, at)), false)
        }
        (Some("refused"), _) => (f.t.portal_refused.to_owned(), true),
        (Some("closed"), _) => (f.t.portal_closed.to_owned(), true),
        (Some(_), Some(due)) if due < f.now => (format!("{} {}", f.t.portal_overdue, at(due)), true),
        (Some(_), Some(due)) => (format!("{} {}", f.t.portal_waits, at(due)), true),
        _ => (String::new(), false),
    }
}

#[derive(Template)]
#[template(path = "public/person.html")]
struct PersonPage {
    f: Frame,
    own: Own,
    link: String,
    standing: Standing,
    next: Option<Day>,
    reported: String,
}

impl PersonPage {
    fn link(&self, path: &str) -> String {
        self.f.href(&format!("/t/{}{path}", self.link))
    }

    fn slip(&self, dose: &DoseTold) -> String {
        self.link(&format!("/dose/{}", dose.number))
    }

    fn portal(&self, dose: &DoseTold) -> (String, bool) {
        on_the_portal(&self.f, dose)
    }

    fn centre(&self) -> Option<&Centre> {
        self.f.board.centre(self.own.centre)
    }
}

/// The page of somebody who was vaccinated without a token.
pub(super) async fn own_page(app: &App, f: Frame, link: String, reported: String) -> Result<Response> {
    let own = own_by_link(&app.core, &link).await?;
    let standing = Standing::read(app, own.person, None).await?;
    let next = standing.next(&app.core, f.now);
    page(&PersonPage { f, own, link, standing, next, reported })
}

#[derive(Template)]
#[template(path = "public/wrong.html")]
struct WrongPage {
    f: Frame,
    own: Own,
    link: String,
    typed: Typed,
    error: &'static str,
    enough: bool,
    key: String,
}

impl SlipPage {
    fn back(&self) -> String {
        self.f.href(&format!("/t/{}", self.link))
    }
}

impl WrongPage {
    fn back(&self) -> String {
        self.f.href(&format!("/t/{}", self.link))
    }

    fn action(&self) -> String {
        self.f.href(&format!("/t/{}/wrong", self.link))
    }

    fn choices(&self) -> &'static [Wrong] {
        Wrong::ALL
    }

    fn chosen(&self, wrong: &Wrong) -> bool {
        self.typed.about == wrong.word()
    }
}

/// What was typed.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    about: String,
    words: String,
    key: String,
}

/// The form for what is wrong.
pub async fn wrong_form(State(app): State<Arc<App>>, f: Frame, Path(link): Path<String>) -> Result<Response> {
    let own = own_by_link(&app.core, &link).await?;
    let key = app.core.chance.link();
    page(&WrongPage { f, own, link, typed: Typed::default(), error: "", enough: false, key })
}

/// Writes down what is wrong.
pub async fn wrong(
    State(app): State<Arc<App>>,
    f: Frame,
    Address(address): Address,
    Path(link): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    app.limit(address)?;
    let own = own_by_link(&app.core, &link).await?;
    let again = |f: Frame, own, link, typed: Typed, error, enough| {
        let key = typed.key.clone();
        page(&WrongPage { f, own, link, typed, error, enough, key })
    };
    let Ok(about) = typed.about.parse::<Wrong>() else {
        let error = f.lang.fault(crate::error::Fault::Choice);
        return again(f, own, link, typed, error, false);
    };
    let words = typed.words.trim();
    if words.chars().count() > WORDS {
        let error = f.t.wrong_words_hint;
        return again(f, own, link, typed, error, false);
    }
    let command = CommandId::new(&format!("citizen {link}"), &typed.key, format!("wrong {about} {words}"));
    match object(&app.core, &command, &own, about, words).await? {
        Some(number) => Ok(Redirect::to(&f.href(&format!("/t/{link}?reported={number}"))).into_response()),
        None => again(f, own, link, typed, "", true),
    }
}

#[derive(Template)]
#[template(path = "public/dose_slip.html")]
struct SlipPage {
    f: Frame,
    own: Own,
    link: String,
    dose: DoseTold,
    centre: String,
    symbol: Symbol,
    portal: String,
}

/// The provisional slip of a dose that was recorded here.
pub async fn slip(
    State(app): State<Arc<App>>,
    f: Frame,
    Address(address): Address,
    Path((link, number)): Path<(String, i64)>,
) -> Result<Response> {
    app.limit(address)?;
    let (core, board) = (&app.core, app.core.board());
    let own = own_by_link(core, &link).await?;
    let mut tx = core.read().await?;
    let doses = tx.doses_told_of(own.person).await?;
    tx.commit().await?;
    let dose = doses.into_iter().find(|dose| dose.number == number && dose.recorded).ok_or(Error::NotFound)?;
    let centre = dose.centre_id.and_then(|id| board.centre(id)).ok_or(Error::NotFound)?;
    let record = DoseRecord {
        dose_id: dose.id,
        dose: dose.number,
        vaccine: dose.vaccine,
        batch: dose.batch.clone().unwrap_or_default(),
        given_on: dose.given_on,
        centre: centre.id,
        recorded: dose.entered_at.unwrap_or(f.now),
        holder: Holder { birth_year: own.birth_year, id_type: own.id.0, id_end: own.id.1.clone() },
        signed: f.now,
    };
    let symbol = draw(&record.sign(&core.keys().signer, &core.public_url))?;
    let (portal, _) = on_the_portal(&f, &dose);
    let centre = centre.name(f.lang).to_owned();
    page(&SlipPage { f, own, link, dose, centre, symbol, portal })
}

#[derive(Template)]
#[template(path = "public/record.html")]
struct RecordPage {
    f: Frame,
    /// What the slip says, where its signature is ours.
    record: Option<DoseRecord>,
    centre: String,
    /// The record was taken back or corrected since.
    withdrawn: bool,
}

/// The address inside the slip's QR code: says whether the slip is genuine, and what it must show.
pub async fn check(State(app): State<Arc<App>>, f: Frame, Address(address): Address, Path(code): Path<String>) -> Result<Response> {
    app.limit(address)?;
    let (keys, board) = (app.core.keys(), app.core.board());
    let read = UnverifiedRecord::read(&format!("/V/{code}")).ok();
    let genuine = read.filter(|read| keys.public(read.kid).is_some_and(|public| read.verify(public)));
    let Some(record) = genuine.map(|read| read.record) else {
        return page(&RecordPage { f, record: None, centre: String::new(), withdrawn: false });
    };
    let mut tx = app.core.read().await?;
    let now = tx.doses_told(&[record.dose_id]).await?.pop();
    tx.commit().await?;
    let stands = now.is_some_and(|dose| {
        let same = (dose.number, dose.vaccine, dose.given_on) == (record.dose, record.vaccine, record.given_on);
        same && dose.withdrawn_at.is_none() && dose.batch.unwrap_or_default() == record.batch
    });
    let centre = board.centre_name(record.centre, f.lang).to_owned();
    page(&RecordPage { f, record: Some(record), centre, withdrawn: !stands })
}
