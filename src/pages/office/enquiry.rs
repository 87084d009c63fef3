//! The enquiry desk: one sentence to read out, with one cause and a day.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;

use crate::actions::command::CommandId;
use crate::actions::enquire::{Search, Told, enquire, search};
use crate::actions::log_in::User;
use crate::app::App;
use crate::error::Result;
use crate::ids::{BeneficiaryId, CentreId};
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::enquiry::Asker;

/// What was typed.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    q: String,
    centre: String,
    date: String,
    person: String,
    key: String,
}

#[derive(Template)]
#[template(path = "office/enquiry.html")]
struct EnquiryPage {
    f: Frame,
    typed: Typed,
    centres: Vec<(CentreId, String)>,
    askers: Vec<Asker>,
    /// The sentence that is read out, with what was found.
    told: Option<(Told, String)>,
    error: &'static str,
}

/// The empty desk.
pub async fn desk(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff) -> Result<Response> {
    let typed = Typed { date: f.lang.form_day(f.now.day().plus(-1)), ..Typed::default() };
    show(&app, f, &user, typed, Vec::new(), None, "")
}

/// Somebody asks.
pub async fn ask(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(typed): Form<Typed>) -> Result<Response> {
    if let Ok(person) = typed.person.parse() {
        return tell(&app, f, &user, typed, person).await;
    }
    let q = typed.q.trim();
    let asked = match (q.is_empty(), typed.centre.parse(), typed.date.parse()) {
        (false, _, _) => Search::Text(q.to_owned()),
        (true, Ok(centre), Ok(day)) => Search::Day(centre, day),
        _ => return show(&app, f, &user, typed, Vec::new(), None, "empty"),
    };
    let askers = search(&app.core, &user.actor, &asked).await?;
    match askers.as_slice() {
        [] => show(&app, f, &user, typed, Vec::new(), None, "nobody"),
        [one] => {
            let person = one.id;
            tell(&app, f, &user, typed, person).await
        }
        _ => show(&app, f, &user, typed, askers, None, ""),
    }
}

async fn tell(app: &App, f: Frame, user: &User, typed: Typed, person: BeneficiaryId) -> Result<Response> {
    let command = CommandId::new(&user.actor.name, &typed.key, format!("enquire {person}"));
    let told = enquire(&app.core, &user.actor, &command, person).await?;
    let place = told.standing.as_ref().map(|row| row.centre_id).or(told.visited.map(|(centre, _)| centre));
    let board = app.core.board();
    let centre = place.and_then(|id| board.centre(id)).map_or("", |centre| centre.name(f.lang));
    let sentence = f.lang.told(&told, centre, f.now);
    show(app, f, user, typed, Vec::new(), Some((told, sentence)), "")
}

fn show(
    app: &App,
    f: Frame,
    user: &User,
    mut typed: Typed,
    askers: Vec<Asker>,
    told: Option<(Told, String)>,
    error: &'static str,
) -> Result<Response> {
    let board = app.core.board();
    let own = board.field.centres.iter().filter(|centre| user.actor.scope.covers(centre.place()));
    let centres = own.map(|centre| (centre.id, centre.name(f.lang).to_owned())).collect();
    typed.key = app.core.chance.link();
    page(&EnquiryPage { f, typed, centres, askers, told, error })
}
