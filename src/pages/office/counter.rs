//! The counter: from a mobile number to a token, keyboard only.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::command::CommandId;
use crate::actions::issue_tokens::{IssueToken, Person};
use crate::actions::look_up::{PersonFound, people_by_mobile, person, token_for_staff};
use crate::app::App;
use crate::domain::booking::{Applicant, Refusal, UNDO_SECONDS};
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Day;
use crate::domain::person::{Category, Gender, IdType};
use crate::domain::place::{Role, owners_for};
use crate::error::{Error, Fault, FieldFault, Result};
use crate::ids::{BeneficiaryId, SlotId};
use crate::pages::form::{TypedPerson, birth_year, mobile, token_number};
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::slot::BookingSlot;
use crate::storage::token::Token;

/// How many slots are offered.
const SLOTS: usize = 6;

/// What was typed at the counter.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Somebody on record, picked from the list; empty: a new person.
    person: String,
    mobile: String,
    name: String,
    age: String,
    gender: String,
    category: String,
    certificate: Option<String>,
    id_type: String,
    id_number: String,
    earlier_vaccine: String,
    earlier_date: String,
    slot: String,
    key: String,
}

impl Typed {
    fn details(&self) -> TypedPerson {
        TypedPerson {
            mobile: self.mobile.clone(),
            name: self.name.clone(),
            age: self.age.clone(),
            gender: self.gender.clone(),
            category: self.category.clone(),
            certificate: self.certificate.clone(),
            id_type: self.id_type.clone(),
            id_number: self.id_number.clone(),
            ..TypedPerson::default()
        }
    }

    fn earlier_dose(&self) -> Result<Option<(Vaccine, Day)>, FieldFault> {
        if self.earlier_vaccine.is_empty() {
            return Ok(None);
        }
        let vaccine = self.earlier_vaccine.parse().map_err(|_| ("earlier_vaccine", Fault::Choice))?;
        let day = self.earlier_date.parse().map_err(|_| ("earlier_date", Fault::Day))?;
        Ok(Some((vaccine, day)))
    }
}

/// A slot as the clerk reads it.
pub struct SlotChoice {
    /// The slot.
    pub id: SlotId,
    /// Its centre's name.
    pub centre: String,
    /// Its day.
    pub day: String,
    /// Its hours.
    pub window: String,
    /// The vaccine.
    pub vaccine: &'static str,
    /// Free places.
    pub free: i64,
    /// The one that Enter takes.
    pub chosen: bool,
}

/// What is known before the token is issued: the dose, whether the person is due, the slots.
#[derive(Template)]
#[template(path = "office/advice.html")]
struct Advice {
    f: Frame,
    dose: Option<i64>,
    refusal: Option<String>,
    slots: Vec<SlotChoice>,
}

#[derive(Template)]
#[template(path = "office/people.html")]
struct People {
    f: Frame,
    people: Vec<PersonFound>,
}

#[derive(Template)]
#[template(path = "office/counter.html")]
struct CounterPage {
    f: Frame,
    typed: Typed,
    picked: Option<PersonFound>,
    advice: Advice,
    faults: Vec<FieldFault>,
    refusal: Option<String>,
    issued: Option<Token>,
    undone: bool,
    /// Whether a new slip goes to the printer by itself; the demo's printer is a switch.
    prints: bool,
}

impl CounterPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }

    fn can_undo(&self, token: &Token) -> bool {
        self.f.now - token.issued_at <= UNDO_SECONDS
    }

    fn has_errors(&self) -> bool {
        !self.faults.is_empty() || self.refusal.is_some()
    }
}

/// What the counter was opened with.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct After {
    issued: String,
    /// A mobile number to begin with.
    mobile: String,
    undone: Option<String>,
}

/// The counter.
pub async fn counter(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Query(after): Query<After>) -> Result<Response> {
    if user.actor.role.is_officer() {
        return Ok(Redirect::to("/office/register").into_response());
    }
    let issued = match token_number(&after.issued) {
        Ok(number) => token_for_staff(&app.core, &user.actor, number).await.ok(),
        Err(_) => None,
    };
    let typed = Typed { key: app.core.chance.link(), id_type: IdType::Aadhaar.to_string(), mobile: after.mobile, ..Typed::default() };
    let advice = advise(&app, f.clone(), user.actor.role, owners(&user), None, None, "").await?;
    page(&CounterPage {
        f,
        typed,
        picked: None,
        advice,
        faults: Vec::new(),
        refusal: None,
        issued,
        undone: after.undone.is_some(),
        prints: prints(&app),
    })
}

fn prints(app: &App) -> bool {
    app.demo.as_ref().is_none_or(|demo| demo.printer.load(std::sync::atomic::Ordering::Relaxed))
}

type Owners = (Vec<crate::domain::place::Owner>, crate::domain::place::Scope);

fn owners(user: &crate::actions::log_in::User) -> Owners {
    (owners_for(user.actor.role, user.actor.scope), user.actor.scope)
}

/// The people under a mobile number, as a list to pick from.
pub async fn people(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(typed): Form<Typed>) -> Result<Response> {
    let people = match mobile(&typed.mobile) {
        Ok(Some(mobile)) => people_by_mobile(&app.core, &user.actor, &mobile).await?,
        _ => Vec::new(),
    };
    page(&People { f, people })
}

/// Dose, eligibility and slots for what has been typed so far.
pub async fn advice(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(typed): Form<Typed>) -> Result<Response> {
    let picked = picked(&app, &typed).await?;
    let applicant = applicant(&typed, picked.as_ref(), &f);
    let kind = typed.id_type.parse::<IdType>().ok();
    let number = kind.and_then(|kind| crate::pages::form::id_number(kind, &typed.id_number).ok());
    let number = number.map(|id| app.core.keys().hash_id(&id));
    page(&advise(&app, f, user.actor.role, owners(&user), applicant, number, &typed.slot).await?)
}

async fn picked(app: &App, typed: &Typed) -> Result<Option<PersonFound>> {
    match typed.person.parse::<BeneficiaryId>() {
        Ok(id) => person(&app.core, id).await.map(Some),
        Err(_) => Ok(None),
    }
}

/// What is known so far of the person at the counter.
fn applicant(typed: &Typed, picked: Option<&PersonFound>, f: &Frame) -> Option<Applicant> {
    let mut applicant = match picked {
        Some(found) => found.applicant.clone(),
        None => Applicant {
            birth_year: birth_year(&typed.age, f.now).ok()?,
            category: typed.category.parse().unwrap_or(Category::Citizen),
            certificate: false,
            doses: Vec::new(),
            live: Vec::new(),
        },
    };
    applicant.certificate |= typed.certificate.is_some();
    if let (true, Ok(Some((vaccine, given_on)))) = (applicant.doses.is_empty(), typed.earlier_dose()) {
        applicant.doses.push(crate::domain::booking::PastDose { number: 1, vaccine, given_on });
    }
    Some(applicant)
}

async fn advise(
    app: &App,
    f: Frame,
    role: Role,
    (owners, scope): Owners,
    mut applicant: Option<Applicant>,
    id_hash: Option<Vec<u8>>,
    chosen: &str,
) -> Result<Advice> {
    let core = &app.core;
    let mut tx = core.read().await?;
    if let Some(hash) = id_hash
        && let Some(found) = tx.people(&[], &[], &[hash]).await?.pop()
        && let Some(applicant) = &mut applicant
    {
        let people = [found.person.id];
        applicant.doses = tx.doses_of(&people).await?.into_iter().map(Into::into).collect();
        applicant.live = tx.live_tokens_of(&people).await?.into_iter().map(|token| (token.number, token.dose, token.starts)).collect();
    }
    let slots = tx.slots_for(&owners, scope.columns(), f.now).await?;
    tx.commit().await?;
    let board = core.board();
    let mut refusal = None;
    let mut dose = None;
    let mut fitting: Vec<&BookingSlot> = slots.iter().filter(|slot| slot.offer().is_open(role, f.now).is_ok()).collect();
    if let Some(applicant) = &applicant {
        let judge = |slot: &&BookingSlot| slot.offer().for_applicant(&core.campaign, applicant, role, f.now);
        dose = applicant.next_dose(&core.campaign).ok();
        // When no slot fits, the reason that the nearest one gives is the one that helps.
        let first = applicant.next_dose(&core.campaign).and_then(|_| applicant.is_due(&core.campaign, f.now.day()));
        refusal = first.err().or_else(|| fitting.first().and_then(|slot| judge(slot).err()));
        fitting.retain(|slot| judge(slot).is_ok());
        if !fitting.is_empty() {
            refusal = None;
        }
    } else if fitting.is_empty() {
        refusal = slots.first().and_then(|slot| slot.offer().is_open(role, f.now).err()).or(Some(Refusal::NoPlace));
    }
    let chosen: Option<SlotId> = chosen.parse().ok().filter(|id| fitting.iter().any(|slot| slot.id == *id));
    let choice = |(at, slot): (usize, &&BookingSlot)| SlotChoice {
        id: slot.id,
        centre: board.centre(slot.centre_id).map_or_else(String::new, |centre| centre.name(f.lang).to_owned()),
        day: f.lang.short_day(slot.starts.day()),
        window: f.lang.window(slot.starts, slot.starts + slot.minutes * 60),
        vaccine: f.lang.vaccine(slot.vaccine),
        free: slot.capacity - slot.issued,
        chosen: chosen.map_or(at == 0, |chosen| chosen == slot.id),
    };
    let offered = fitting.iter().enumerate().filter(|(at, slot)| *at < SLOTS || Some(slot.id) == chosen).map(choice).collect();
    let refusal = refusal.map(|refusal| f.lang.refusal(&refusal));
    Ok(Advice { f, dose, refusal, slots: offered })
}

/// Issues.
pub async fn issue(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(typed): Form<Typed>) -> Result<Response> {
    let mut faults = Vec::new();
    let earlier_dose = typed.earlier_dose().map_err(|fault| faults.push(fault)).unwrap_or_default();
    let person = match typed.person.parse::<BeneficiaryId>() {
        Ok(id) => {
            // The list may have been another number's: the person must belong to the one that stands there now.
            let found = person(&app.core, id).await?;
            if mobile(&typed.mobile).ok() != Some(found.row.mobile) {
                faults.push(("mobile", Fault::Choice));
            }
            Some(Person::Known(id, typed.certificate.is_some()))
        }
        Err(_) => match typed.details().read(&app.core) {
            Ok(details) => Some(Person::Typed(Box::new(details))),
            Err(wrong) => {
                faults.extend(wrong);
                None
            }
        },
    };
    let slot = typed.slot.parse::<SlotId>().map_err(|_| faults.push(("slot", Fault::Choice))).ok();
    let (Some(person), Some(slot), true) = (person, slot, faults.is_empty()) else {
        return again(&app, f, &user, typed, faults, None).await;
    };
    // What is fingerprinted holds the ID's keyed hash, not the ID.
    let command = CommandId::new(&user.actor.name, &typed.key, format!("{:?}", (slot, &person, &earlier_dose)));
    let asked = IssueToken { command, actor: user.actor.clone(), slot, person, earlier_dose };
    match app.issuing.one(asked).await? {
        Ok(answer) => Ok(Redirect::to(&format!("/office?issued={}", answer.number)).into_response()),
        Err(Error::Refused(refusal)) => {
            let told = f.lang.refusal(&refusal);
            again(&app, f, &user, typed, Vec::new(), Some(told)).await
        }
        Err(Error::Invalid(faults)) => again(&app, f, &user, typed, faults, None).await,
        Err(error) => Err(error),
    }
}

/// The form once more, with everything that was typed, and what is wrong. A refusal used the key up: the next try is a new command.
async fn again(
    app: &App,
    f: Frame,
    user: &crate::actions::log_in::User,
    mut typed: Typed,
    faults: Vec<FieldFault>,
    refusal: Option<String>,
) -> Result<Response> {
    typed.key = app.core.chance.link();
    let picked = picked(app, &typed).await?;
    let applicant = applicant(&typed, picked.as_ref(), &f);
    let advice = advise(app, f.clone(), user.actor.role, owners(user), applicant, None, &typed.slot).await?;
    page(&CounterPage { f, typed, picked, advice, faults, refusal, issued: None, undone: false, prints: prints(app) })
}

/// Choices that the form offers, in order.
pub fn id_types() -> &'static [IdType] {
    IdType::ALL
}

/// Choices that the form offers, in order.
pub fn genders() -> &'static [Gender] {
    Gender::ALL
}
