//! Keying forms in: one after the other in the order of the bundle, several a minute, with the keyboard alone.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

use super::Operator;
use crate::actions::command::CommandId;
use crate::actions::key_form::{KeyForm, key_form};
use crate::actions::log_in::User;
use crate::actions::print_forms::pack_with_forms;
use crate::actions::record_doses::Way;
use crate::app::App;
use crate::domain::booking::Refusal;
use crate::domain::dose::{Lookalike, NoCode};
use crate::domain::number::TokenNumber;
use crate::domain::paper::FormState;
use crate::domain::person::{Gender, IdType};
use crate::domain::search::Sought;
use crate::error::{Error, Fault, FieldFault, Result};
use crate::ids::{CentreId, PackId};
use crate::pages::dose_form::{Source, TypedDose};
use crate::pages::form::TypedPerson;
use crate::pages::frame::Frame;
use crate::pages::page;
use crate::storage::pack::{Pack, PrintedForm};

/// What was typed of one form.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Typed {
    /// The form's number within the bundle, or its ten digits.
    pub form: String,
    pub name: String,
    pub age: String,
    pub gender: String,
    pub id_type: String,
    pub id_number: String,
    pub mobile: String,
    pub locality: String,
    pub category: String,
    pub certificate: Option<String>,
    pub batch: String,
    pub vaccinator: String,
    pub time: String,
    pub code: String,
    /// What was answered to a refusal of the dose.
    pub lookalike: String,
    pub despite: Option<String>,
    /// The form's ten digits, once it is keyed in and only its dose is not.
    pub keyed: String,
    pub key: String,
}

impl Typed {
    fn person(&self) -> TypedPerson {
        TypedPerson {
            mobile: self.mobile.clone(),
            locality: self.locality.clone(),
            name: self.name.clone(),
            age: self.age.clone(),
            gender: self.gender.clone(),
            category: self.category.clone(),
            // The dose was given: whether a certificate was seen is between the vaccinator and the form.
            certificate: self.certificate.clone(),
            id_type: self.id_type.clone(),
            id_number: self.id_number.clone(),
            ..TypedPerson::default()
        }
    }

    /// What says which form it is and who stands on it.
    fn person_fields(&self) -> [(&'static str, &str); 9] {
        [
            ("form", &self.form),
            ("name", &self.name),
            ("age", &self.age),
            ("gender", &self.gender),
            ("id_type", &self.id_type),
            ("id_number", &self.id_number),
            ("mobile", &self.mobile),
            ("locality", &self.locality),
            ("category", &self.category),
        ]
    }

    /// Whether anything of a dose stands on the form.
    fn was_given(&self) -> bool {
        !self.time.trim().is_empty() || !self.code.trim().is_empty()
    }
}

#[derive(Template)]
#[template(path = "centre/key_form.html")]
struct KeyPage {
    f: Frame,
    pack: Pack,
    next: Option<PrintedForm>,
    left: usize,
    typed: Typed,
    faults: Vec<FieldFault>,
    refusal: Option<String>,
    /// The form that was keyed in just now.
    done: Option<TokenNumber>,
    /// The form whose dose waits, and why if it was refused.
    asks: Option<Keyed>,
}

impl KeyPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }

    fn has_errors(&self) -> bool {
        !self.faults.is_empty() || self.refusal.is_some()
    }

    /// Who may be the person on the form.
    fn lookalikes(&self) -> &[Lookalike] {
        match &self.asks {
            Some(Keyed { refusal: Some(Refusal::SamePerson { people }), .. }) => people,
            _ => &[],
        }
    }

    fn may_despite(&self) -> bool {
        self.asks.as_ref().and_then(|asks| asks.refusal.as_ref()).is_some_and(Refusal::yields_to_fact)
    }

    fn genders(&self) -> &'static [Gender] {
        Gender::ALL
    }

    fn id_types(&self) -> &'static [IdType] {
        IdType::ALL
    }
}

/// The next form of a bundle.
pub async fn form(State(app): State<Arc<App>>, f: Frame, Operator(user, _): Operator, Path(id): Path<PackId>) -> Result<Response> {
    show(&app, f, &user, id, Typed::default(), Wrong::default(), None).await
}

/// What is wrong with what was typed.
#[derive(Default)]
struct Wrong {
    faults: Vec<FieldFault>,
    refusal: Option<String>,
    /// The form is keyed in, and only its dose is not.
    asks: Option<Keyed>,
}

async fn show(app: &App, f: Frame, user: &User, id: PackId, mut typed: Typed, wrong: Wrong, done: Option<TokenNumber>) -> Result<Response> {
    let (pack, forms) = pack_with_forms(&app.core, &user.actor, id).await?;
    let waits = |form: &PrintedForm| form.state == FormState::Used || (pack.counted_at.is_none() && form.state == FormState::Printed);
    let mut waiting: Vec<_> = forms.into_iter().filter(waits).collect();
    let left = waiting.len();
    let next = if waiting.is_empty() { None } else { Some(waiting.swap_remove(0)) };
    let Wrong { faults, refusal, asks } = wrong;
    // While a dose waits for an answer it is still the same form that is keyed in.
    if asks.is_none() {
        typed.key = app.core.chance.link();
    }
    if faults.is_empty() && refusal.is_none() {
        // What is the same on most forms of a bundle stays; the person does not.
        let Typed { batch, vaccinator, id_type, key, .. } = typed;
        let id_type = if id_type.is_empty() { IdType::Aadhaar.to_string() } else { id_type };
        let form = next.as_ref().map_or_else(String::new, |form| form.position.to_string());
        typed = Typed { form, id_type, batch, vaccinator, key, ..Typed::default() };
    }
    page(&KeyPage { f, pack, next, left, typed, faults, refusal, done, asks })
}

/// Keys one in, and shows the next.
pub async fn key(
    State(app): State<Arc<App>>,
    f: Frame,
    Operator(user, centre): Operator,
    Path(id): Path<PackId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let said = |refusal: &Refusal| Some(f.lang.refusal(refusal));
    let keyed = typed.keyed.parse().ok().map(|number| Keyed { number, refusal: None });
    let wrong = match take(&app, &user, centre, id, &typed).await {
        Ok(Keyed { number, refusal: None }) => return show(&app, f, &user, id, typed, Wrong::default(), Some(number)).await,
        Ok(keyed) => Wrong { refusal: keyed.refusal.as_ref().and_then(said), asks: Some(keyed), ..Wrong::default() },
        Err(Error::Invalid(faults)) => Wrong { faults, asks: keyed, ..Wrong::default() },
        Err(Error::Refused(refusal)) => Wrong { refusal: said(&refusal), ..Wrong::default() },
        Err(error) => return Err(error),
    };
    show(&app, f, &user, id, typed, wrong, None).await
}

/// A form that is keyed in.
pub(super) struct Keyed {
    number: TokenNumber,
    /// Why its dose is not recorded.
    pub(super) refusal: Option<Refusal>,
}

/// The person first, then the dose. Where the dose is refused, the form stays keyed in; the same form with an answer records it.
pub(super) async fn take(app: &App, user: &User, centre: CentreId, id: PackId, typed: &Typed) -> Result<Keyed> {
    let core = &app.core;
    let (pack, forms) = pack_with_forms(core, &user.actor, id).await?;
    let by_position = typed.form.trim().parse::<i64>().ok().and_then(|at| forms.iter().find(|form| form.position == at));
    let number = if let Sought::Token(number, _) = Sought::read(&typed.form) { Some(number) } else { None };
    let by_number = number.and_then(|number| forms.iter().find(|form| form.number == number));
    let form = by_number.or(by_position);
    let mut faults: Vec<FieldFault> = if form.is_some() { Vec::new() } else { vec![("form", Fault::Number)] };
    let person = typed.person().read(core).map_err(|wrong| faults.extend(wrong)).ok();
    let dose = form.filter(|_| typed.was_given()).map(|form| {
        let no_code = if typed.code.trim().is_empty() { NoCode::NoSlip.to_string() } else { String::new() };
        let dose = TypedDose {
            token: form.number.plain(),
            vaccine: pack.vaccine.to_string(),
            batch: typed.batch.clone(),
            vaccinator: typed.vaccinator.clone(),
            date: pack.day.to_string(),
            time: typed.time.clone(),
            code: typed.code.clone(),
            no_code,
            lookalike: typed.lookalike.clone(),
            despite: typed.despite.clone(),
            ..TypedDose::default()
        };
        let key = (user.actor.name.to_string(), format!("{} dose", typed.key));
        dose.read(core, None, Source { actor: user.actor.clone(), centre, key, way: Way::File })
    });
    let dose = dose.transpose().map_err(|wrong| faults.extend(wrong)).unwrap_or_default();
    let (Some(form), Some(person), true) = (form, person, faults.is_empty()) else { return Err(Error::Invalid(faults)) };
    let command = CommandId::new(&user.actor.name, &typed.key, format!("{:?}", (form.number, &person)));
    let number = key_form(core, &KeyForm { command, actor: user.actor.clone(), number: form.number, person }).await?;
    let recorded = match dose {
        Some(dose) => app.dosing.one(dose).await?.map(drop),
        None => Ok(()),
    };
    match recorded {
        Ok(()) => Ok(Keyed { number, refusal: None }),
        Err(Error::Refused(refusal)) => Ok(Keyed { number, refusal: Some(refusal) }),
        Err(error) => Err(error),
    }
}
