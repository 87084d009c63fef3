//! Mending what was typed wrong of a token's holder.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::counter::id_types;
use crate::actions::command::CommandId;
use crate::actions::log_in::User;
use crate::actions::look_up::token_for_staff;
use crate::actions::mend_person::{MendPerson, mend_person};
use crate::app::App;
use crate::domain::number::TokenNumber;
use crate::domain::person::{IdType, Name};
use crate::error::{Error, Fault, FieldFault, Result};
use crate::pages::form::{birth_year, id_number, required, token_number};
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::token::Token;

/// What was typed. An empty ID number leaves the ID as it is.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    age: String,
    id_type: String,
    id_number: String,
    key: String,
}

#[derive(Template)]
#[template(path = "office/mend.html")]
struct MendPage {
    f: Frame,
    token: Token,
    typed: Typed,
    faults: Vec<FieldFault>,
    refusal: String,
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
}

/// The form, with what stands on record.
pub async fn form(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Path(number): Path<String>) -> Result<Response> {
    let number = token_number(&number).map_err(|_| Error::NotFound)?;
    let token = token_for_staff(&app.core, &user.actor, number).await?;
    let typed = Typed {
        name: token.name.to_string(),
        age: token.birth_year.to_string(),
        id_type: token.id_type.to_string(),
        key: app.core.chance.link(),
        ..Typed::default()
    };
    page(&MendPage { f, token, typed, faults: Vec::new(), refusal: String::new() })
}

/// Mends.
pub async fn submit(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(number): Path<String>,
    Form(mut typed): Form<Typed>,
) -> Result<Response> {
    let number = token_number(&number).map_err(|_| Error::NotFound)?;
    let (faults, refusal) = match typed.read(&app, &user, number, f.now) {
        Err(faults) => (faults, String::new()),
        Ok(asked) => match mend_person(&app.core, &asked).await {
            Ok(_) => return Ok(Redirect::to(&format!("/office/tokens/{}?done=mended", number.plain())).into_response()),
            Err(error) => (Vec::new(), f.tell(error)?),
        },
    };
    let token = token_for_staff(&app.core, &user.actor, number).await?;
    typed.key = app.core.chance.link();
    page(&MendPage { f, token, typed, faults, refusal })
}

impl Typed {
    /// The command, or every field that is wrong.
    fn read(&self, app: &App, user: &User, number: TokenNumber, now: crate::domain::moment::Moment) -> Result<MendPerson, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let name = required(&self.name).and_then(|text| text.parse::<Name>().map_err(|_| Fault::Name));
        let name = name.map_err(|fault| faults.push(("name", fault))).ok();
        let year = required(&self.age).and_then(|text| birth_year(text, now)).map_err(|fault| faults.push(("age", fault))).ok();
        let id = if self.id_number.trim().is_empty() {
            None
        } else {
            let kind = self.id_type.parse::<IdType>().map_err(|_| faults.push(("id_type", Fault::Choice))).ok();
            kind.and_then(|kind| id_number(kind, &self.id_number).map_err(|fault| faults.push(("id_number", fault))).ok())
        };
        let (Some(name), Some(birth_year), true) = (name, year, faults.is_empty()) else { return Err(faults) };
        let id = id.map(|id| (app.core.keys().hash_id(&id), id.kind(), id.end().to_owned()));
        let command = CommandId::new(&user.actor.name, &self.key, format!("{:?}", (number, &name, birth_year, &id)));
        Ok(MendPerson { command, actor: user.actor.clone(), number, name, birth_year, id })
    }
}
