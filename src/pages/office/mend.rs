//! Mending what was typed wrong of a person: from one of their tokens, or from anywhere else that names them.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::counter::{genders, id_types, languages, needs, whose};
use crate::actions::command::CommandId;
use crate::actions::log_in::User;
use crate::actions::look_up::token_for_staff;
use crate::actions::mend_person::{MendPerson, OnRecord, holder_on_record, mend_person, person_on_record};
use crate::app::App;
use crate::domain::care::{MobileOf, Need, Needs};
use crate::domain::person::{Gender, IdType, Name};
use crate::error::{Error, Fault, FieldFault, Result};
use crate::i18n::{Lang, Third};
use crate::ids::BeneficiaryId;
use crate::pages::form::{birth_year, choice, id_number, keep, locality, mobile, required, token_number, tongue};
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::mending::Particulars;

/// What was typed. An empty ID number leaves the ID as it is.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    age: String,
    gender: String,
    mobile: String,
    mobile_of: String,
    language: String,
    locality: String,
    id_type: String,
    id_number: String,
    key: String,
    /// Boxes that were ticked: what help is needed.
    #[serde(flatten)]
    ticked: BTreeMap<String, String>,
}

#[derive(Template)]
#[template(path = "office/mend.html")]
struct MendPage {
    f: Frame,
    whom: OnRecord,
    typed: Typed,
    faults: Vec<FieldFault>,
    refusal: String,
    is_done: bool,
}

impl MendPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }

    fn has_errors(&self) -> bool {
        !self.faults.is_empty() || !self.refusal.is_empty()
    }

    fn id_types(&self) -> &'static [IdType] {
        id_types()
    }

    fn genders(&self) -> &'static [Gender] {
        genders()
    }

    fn whose(&self) -> &'static [MobileOf] {
        whose()
    }

    fn languages(&self) -> &'static [Lang] {
        languages()
    }

    fn needs(&self) -> &'static [Need] {
        needs()
    }

    fn is_ticked(&self, need: &Need) -> bool {
        self.typed.ticked.contains_key(&format!("need_{need}"))
    }

    /// The third language of whoever comes here.
    fn third(&self) -> Option<&Third> {
        let board = &self.f.board;
        board.third(board.district_of(self.f.user.as_ref()?.actor.scope)?)
    }
}

/// What has just been done.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// The form for a token's holder, with what stands on record.
pub async fn form(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Path(number): Path<String>) -> Result<Response> {
    let whom = holder(&app, &user, &number).await?;
    show(&app, f, whom, false)
}

/// Mends a token's holder.
pub async fn submit(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(number): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let whom = holder(&app, &user, &number).await?;
    mend(&app, f, &user, whom, typed).await
}

/// The form for a person.
pub async fn person_form(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(person): Path<BeneficiaryId>,
    Query(done): Query<Done>,
) -> Result<Response> {
    let whom = person_on_record(&app.core, &user.actor, person).await?;
    show(&app, f, whom, !done.done.is_empty())
}

/// Mends a person.
pub async fn submit_person(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(person): Path<BeneficiaryId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let whom = person_on_record(&app.core, &user.actor, person).await?;
    mend(&app, f, &user, whom, typed).await
}

async fn holder(app: &App, user: &User, number: &str) -> Result<OnRecord> {
    let number = token_number(number).map_err(|_| Error::NotFound)?;
    let token = token_for_staff(&app.core, &user.actor, number).await?;
    holder_on_record(&app.core, token.beneficiary_id, number).await
}

fn show(app: &App, f: Frame, whom: OnRecord, is_done: bool) -> Result<Response> {
    let said = &whom.said;
    let typed = Typed {
        name: said.name.to_string(),
        age: said.birth_year.to_string(),
        gender: said.gender.to_string(),
        mobile: said.mobile.as_ref().map_or_else(String::new, ToString::to_string),
        mobile_of: said.mobile_of.to_string(),
        language: said.language.to_string(),
        locality: said.locality.as_ref().map_or_else(String::new, ToString::to_string),
        id_type: whom.card.0.to_string(),
        id_number: String::new(),
        key: app.core.chance.link(),
        ticked: said.needs.all().iter().map(|need| (format!("need_{need}"), "yes".to_owned())).collect(),
    };
    page(&MendPage { f, whom, typed, faults: Vec::new(), refusal: String::new(), is_done })
}

async fn mend(app: &App, f: Frame, user: &User, whom: OnRecord, mut typed: Typed) -> Result<Response> {
    let (faults, refusal) = match typed.read(app, user, &whom) {
        Err(faults) => (faults, String::new()),
        Ok(asked) => match mend_person(&app.core, &asked).await {
            Ok(()) => {
                let to = match whom.token {
                    Some(number) => format!("/office/tokens/{}?done=mended", number.plain()),
                    None => format!("/office/people/{}/mend?done=mended", whom.person),
                };
                return Ok(Redirect::to(&to).into_response());
            }
            Err(error) => (Vec::new(), f.tell(error)?),
        },
    };
    typed.key = app.core.chance.link();
    page(&MendPage { f, whom, typed, faults, refusal, is_done: false })
}

impl Typed {
    /// The command, or every field that is wrong.
    fn read(&self, app: &App, user: &User, whom: &OnRecord) -> Result<MendPerson, Vec<FieldFault>> {
        let (core, mut faults) = (&app.core, Vec::new());
        let name = keep(&mut faults, "name", required(&self.name).and_then(|text| text.parse::<Name>().map_err(|_| Fault::Name)));
        let year = keep(&mut faults, "age", required(&self.age).and_then(|text| birth_year(text, core.clock.now())));
        let gender = choice(&mut faults, "gender", &self.gender, whom.said.gender);
        let mobile = keep(&mut faults, "mobile", mobile(&self.mobile));
        let mobile_of = choice(&mut faults, "mobile_of", &self.mobile_of, MobileOf::Own);
        let language = keep(&mut faults, "language", tongue(core, &self.language));
        let locality = keep(&mut faults, "locality", locality(&self.locality));
        let needs: Needs = needs().iter().copied().filter(|need| self.ticked.contains_key(&format!("need_{need}"))).collect();
        let id = if self.id_number.trim().is_empty() {
            None
        } else {
            let kind = keep(&mut faults, "id_type", self.id_type.parse::<IdType>().map_err(|_| Fault::Choice));
            kind.and_then(|kind| keep(&mut faults, "id_number", id_number(kind, &self.id_number)))
        };
        let (Some(name), Some(birth_year), Some(gender), Some(mobile)) = (name, year, gender, mobile) else { return Err(faults) };
        let (Some(mobile_of), Some((language, locality)), true) = (mobile_of, language.zip(locality), faults.is_empty()) else {
            return Err(faults);
        };
        let right = Particulars { name, birth_year, gender, mobile, mobile_of, language, needs, locality };
        let id = id.map(|id| (core.keys().hash_id(&id), id.kind(), id.end().to_owned()));
        let (person, token) = (whom.person, whom.token);
        let command = CommandId::new(&user.actor.name, &self.key, format!("{:?}", (person, &right, &id)));
        Ok(MendPerson { command, actor: user.actor.clone(), person, token, right, id })
    }
}
