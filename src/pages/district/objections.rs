//! What people say is wrong, and the officer's answers.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::Actor;
use crate::actions::object::{answer, objections};
use crate::app::App;
use crate::domain::charge::{Matter, Thing};
use crate::error::{Fault, Result};
use crate::pages::district::charge::{Asked, Charges};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::objection::{Objection, Wrong};

/// The longest answer.
const WORDS: usize = 500;

struct Row {
    said: Objection,
    centre: String,
    typed: String,
    error: &'static str,
}

#[derive(Template)]
#[template(path = "district/objections.html")]
struct ObjectionsPage {
    f: Frame,
    open: Vec<Row>,
    answered: Vec<Row>,
    wrong: bool,
    charges: Charges,
}

impl ObjectionsPage {
    /// Whether details of the person are what is wrong.
    fn is_of_person(&self, row: &Row) -> bool {
        matches!(row.said.about, Wrong::Person | Wrong::Mobile | Wrong::Other)
    }
}

/// What waits for an answer, and what was answered last.
pub async fn list(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    show(&app, f, &user.actor, asked, None).await
}

async fn show(app: &App, f: Frame, actor: &Actor, asked: Asked, wrong: Option<(i64, String, &'static str)>) -> Result<Response> {
    let board = app.core.board();
    let (open, answered) = objections(&app.core, actor, asked.whose(actor)).await?;
    let things: Vec<_> = open.iter().map(|said| Thing::numbered(said.number)).collect();
    let charges = Charges::read(app, &f, actor, Matter::Objection, asked, &things).await?;
    let row = |said: Objection| {
        let centre = board.centre_name(said.centre_id, f.lang).to_owned();
        let (typed, error) = wrong
            .as_ref()
            .filter(|(number, ..)| *number == said.number)
            .map_or((String::new(), ""), |(_, typed, error)| (typed.clone(), *error));
        Row { said, centre, typed, error }
    };
    let (open, answered) = (open.into_iter().map(row).collect(), answered.into_iter().map(row).collect());
    page(&ObjectionsPage { f, open, answered, wrong: wrong.is_some(), charges })
}

/// An answer as it was typed.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    words: String,
}

/// Answers one.
pub async fn reply(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(number): Path<i64>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let words = typed.words.trim();
    let fault = if words.is_empty() { Some(Fault::Missing) } else { (words.chars().count() > WORDS).then_some(Fault::TooLong) };
    if let Some(fault) = fault {
        let error = f.lang.fault(fault);
        return show(&app, f, &user.actor, Asked::default(), Some((number, typed.words, error))).await;
    }
    answer(&app.core, &user.actor, number, words).await?;
    Ok(Redirect::to("/district/objections").into_response())
}
