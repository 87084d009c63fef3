//! The enquiry desk: one sentence to read out, with one cause and a day.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;

use crate::actions::command::CommandId;
use crate::actions::enquire::{FormWaits, MOST, Search, Told, enquire, form_waits, found_nobody, search};
use crate::actions::log_in::User;
use crate::app::App;
use crate::domain::place::Role;
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
    /// Nobody has come: an officer looks how things stand.
    look: String,
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
    /// The form that nobody has keyed in yet, with what is read out of it.
    form: Option<(FormWaits, String)>,
    /// How often that was asked for of which nothing was found.
    times: i64,
    error: &'static str,
}

impl EnquiryPage {
    /// A common name: more people are called so than are shown.
    fn may_be_more(&self) -> bool {
        !self.typed.q.trim().is_empty() && self.askers.len() as i64 >= MOST
    }

    /// The record of the dose, for whoever works with records.
    fn record(&self, told: &Told) -> Option<String> {
        let user = self.f.user.as_ref().filter(|user| user.actor.role != Role::Clerk)?;
        let row = told.standing.as_ref().filter(|row| user.actor.centre(&self.f.board, row.centre_id).is_ok())?;
        Some(format!("/centre/doses/{}", row.dose_id))
    }
}

/// What was found.
#[derive(Default)]
struct Found {
    askers: Vec<Asker>,
    told: Option<(Told, String)>,
    form: Option<(FormWaits, String)>,
    times: i64,
    error: &'static str,
}

/// The empty desk.
pub async fn desk(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff) -> Result<Response> {
    let typed = Typed { date: f.lang.form_day(f.now.day().plus(-1)), ..Typed::default() };
    show(&app, f, &user, typed, Found::default())
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
        _ => return show(&app, f, &user, typed, Found { error: "empty", ..Found::default() }),
    };
    let command = CommandId::new(&user.actor.name, &typed.key, format!("enquire {q}"));
    if let Some(waits) = form_waits(&app.core, &user.actor, &command, q).await? {
        let centre = app.core.board().centre_name(waits.centre, f.lang).to_owned();
        let sentence = f.lang.form_waits(&waits, &centre, f.now);
        return show(&app, f, &user, typed, Found { form: Some((waits, sentence)), ..Found::default() });
    }
    let askers = search(&app.core, &user.actor, &asked).await?;
    match askers.as_slice() {
        [] => {
            let what = if q.is_empty() { format!("{} {}", typed.centre, typed.date) } else { q.to_owned() };
            let times = found_nobody(&app.core, &user.actor, &command, &what).await?;
            show(&app, f, &user, typed, Found { times, error: "nobody", ..Found::default() })
        }
        [one] => {
            let person = one.id;
            tell(&app, f, &user, typed, person).await
        }
        _ => show(&app, f, &user, typed, Found { askers, ..Found::default() }),
    }
}

async fn tell(app: &App, f: Frame, user: &User, typed: Typed, person: BeneficiaryId) -> Result<Response> {
    let command = CommandId::new(&user.actor.name, &typed.key, format!("enquire {person}"));
    let came = typed.look.is_empty().then_some(&command);
    let told = enquire(&app.core, &user.actor, came, person).await?;
    let place = told.standing.as_ref().map(|row| row.centre_id).or(told.visited.map(|(centre, _)| centre));
    let board = app.core.board();
    let centre = place.and_then(|id| board.centre(id)).map_or("", |centre| centre.name(f.lang));
    let sentence = f.lang.told(&told, centre, f.now);
    show(app, f, user, typed, Found { told: Some((told, sentence)), ..Found::default() })
}

fn show(app: &App, f: Frame, user: &User, mut typed: Typed, found: Found) -> Result<Response> {
    let board = app.core.board();
    let own = board.field.centres.iter().filter(|centre| user.actor.scope.covers(centre.place()));
    let centres = own.map(|centre| (centre.id, centre.name(f.lang).to_owned())).collect();
    typed.key = app.core.chance.link();
    let Found { askers, told, form, times, error } = found;
    page(&EnquiryPage { f, typed, centres, askers, told, form, times, error })
}
