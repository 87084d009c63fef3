//! Alarms about issuing, each with the tokens behind it, and how each was settled.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::Actor;
use crate::actions::raise_alarms::{alarms as read, settle_alarm};
use crate::app::App;
use crate::domain::alarm::AlarmKind;
use crate::domain::charge::{Matter, Thing};
use crate::error::{Error, Result};
use crate::ids::AlarmId;
use crate::pages::district::charge::{Asked, Charges};
use crate::pages::dose_form::line;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::alarm::Alarm;
use crate::storage::token::Token;

/// The longest note.
const LONGEST: usize = 300;

#[derive(Template)]
#[template(path = "district/alarms.html")]
struct AlarmsPage {
    f: Frame,
    open: Vec<(Alarm, Vec<Token>)>,
    settled: Vec<Alarm>,
    /// Which note was wrong, as it was typed, and why.
    wrong: Option<(AlarmId, String, &'static str)>,
    charges: Charges,
}

impl AlarmsPage {
    fn who(&self, alarm: &Alarm) -> String {
        match alarm.kind {
            AlarmKind::Mobile => alarm.who.clone(),
            AlarmKind::Operator | AlarmKind::Window => self.f.lang.actor(&alarm.who),
        }
    }

    fn wrong_here(&self, alarm: &Alarm) -> Option<(&str, &'static str)> {
        self.wrong.as_ref().filter(|(id, ..)| *id == alarm.id).map(|(_, typed, why)| (&**typed, *why))
    }

    /// What the audit log says of the operator, or of the mobile number.
    fn journal(&self, alarm: &Alarm) -> String {
        let field = if alarm.kind == AlarmKind::Mobile { "person" } else { "who" };
        let from = alarm.first_at.day().to_string();
        form_urlencoded::Serializer::new("/district/journal?".to_owned()).append_pair(field, &alarm.who).append_pair("from", &from).finish()
    }

    fn more(&self, alarm: &Alarm, tokens: &[Token]) -> bool {
        alarm.tokens > tokens.len() as i64
    }
}

/// What is open, and what was settled lately.
pub async fn alarms(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    show(&app, f, &user.actor, asked, None).await
}

async fn show(app: &App, f: Frame, actor: &Actor, asked: Asked, wrong: Option<(AlarmId, String, &'static str)>) -> Result<Response> {
    let (open, settled) = read(&app.core, actor, asked.whose(actor)).await?;
    let things: Vec<_> = open.iter().map(|(alarm, _)| Thing::numbered(alarm.id.0)).collect();
    let charges = Charges::read(app, &f, actor, Matter::Alarm, asked, &things).await?;
    page(&AlarmsPage { f, open, settled, wrong, charges })
}

/// What an officer says of one.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Settled {
    note: String,
}

/// Settles one.
pub async fn settle(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(id): Path<AlarmId>,
    Form(typed): Form<Settled>,
) -> Result<Response> {
    let done = match line(&typed.note, LONGEST) {
        Ok(note) => settle_alarm(&app.core, &user.actor, id, &note).await,
        Err(fault) => Err(Error::field("note", fault)),
    };
    match done {
        Err(Error::Invalid(faults)) => {
            let why = faults.first().map_or("", |(_, fault)| f.lang.fault(*fault));
            show(&app, f, &user.actor, Asked::default(), Some((id, typed.note, why))).await
        }
        done => done.map(|()| Redirect::to("/district/alarms").into_response()),
    }
}
