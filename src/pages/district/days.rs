//! Whole days: copying sessions to other days, closing a centre on a date. First what it would do, then doing it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::close_centre::{Closing, close_centre};
use crate::actions::command::CommandId;
use crate::actions::copy_sessions::{Copied, CopySessions, copy_sessions};
use crate::actions::log_in::User;
use crate::app::App;
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{CentreId, ZoneId};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;

/// How many days ahead are offered to copy to.
const AHEAD: i64 = 14;

/// What the forms say.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    date: String,
    place: String,
    centre: String,
    key: String,
}

#[derive(Template)]
#[template(path = "district/copy.html")]
struct CopyPage {
    f: Frame,
    day: Day,
    place: String,
    places: Vec<(String, String)>,
    offered: Vec<(Day, bool)>,
    to: String,
    copied: Option<Copied>,
    error: String,
    key: String,
}

impl CopyPage {
    fn places_in_all(&self) -> (usize, i64) {
        let days = self.copied.iter().flat_map(|copied| &copied.days);
        days.fold((0, 0), |(sessions, places), (_, new, more, _)| (sessions + new, places + more))
    }
}

/// The form.
pub async fn copy_form(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Typed>) -> Result<Response> {
    let day = asked.date.parse().unwrap_or(f.now.day());
    show_copy(&app, f, &user, day, asked.place, &[], None, String::new(), app.core.chance.link())
}

/// Says what a copy would make; once that is confirmed, makes it.
pub async fn copy(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, body: String) -> Result<Response> {
    let (mut day, mut place, mut key, mut step, mut to) = (f.now.day(), String::new(), String::new(), String::new(), Vec::new());
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        match name.as_ref() {
            "date" => day = value.parse().unwrap_or(day),
            "place" => place = value.into_owned(),
            "key" => key = value.into_owned(),
            "step" => step = value.into_owned(),
            "to" => to.extend(value.split(' ').filter_map(|day| day.parse::<Day>().ok())),
            _ => {}
        }
    }
    to.retain(|other| *other != day);
    if to.is_empty() {
        let told = f.t.copy_no_days.to_owned();
        return show_copy(&app, f, &user, day, place, &to, None, told, key);
    }
    let asked = CopySessions { from: day, to: to.clone(), place: place_of(&place, user.actor.scope) };
    let command = CommandId::new(&user.actor.name, &key, format!("copy {asked:?}"));
    let done = copy_sessions(&app.core, &user.actor, &asked, (step == "confirm").then_some(&command)).await;
    match done {
        Ok(Copied { id: Some(id), .. }) => Ok(Redirect::to(&format!("/district/import/{id}?done=1")).into_response()),
        Ok(copied) => show_copy(&app, f, &user, day, place, &to, Some(copied), String::new(), key),
        Err(Error::Invalid(_)) => {
            let told = f.t.copy_too_many.to_owned();
            show_copy(&app, f, &user, day, place, &to, None, told, key)
        }
        // The form was sent before with other days: what it would do now is shown anew.
        Err(Error::IdReused) => {
            let copied = copy_sessions(&app.core, &user.actor, &asked, None).await?;
            show_copy(&app, f, &user, day, place, &to, Some(copied), String::new(), app.core.chance.link())
        }
        Err(error) => Err(error),
    }
}

/// `centre:4`, `zone:2`, or the officer's own scope.
fn place_of(text: &str, own: Scope) -> Scope {
    match text.split_once(':').and_then(|(what, id)| Some((what, id.parse().ok()?))) {
        Some(("centre", id)) => Scope::Centre(CentreId(id)),
        Some(("zone", id)) => Scope::Zone(ZoneId(id)),
        _ => own,
    }
}

#[expect(clippy::too_many_arguments, reason = "what the page shows")]
fn show_copy(
    app: &App,
    f: Frame,
    user: &User,
    day: Day,
    place: String,
    to: &[Day],
    copied: Option<Copied>,
    error: String,
    key: String,
) -> Result<Response> {
    let (board, scope) = (app.core.board(), user.actor.scope);
    let district = board.district_of(scope);
    let zones = board.field.zones.iter().filter(|zone| district.is_none_or(|own| own == zone.district_id));
    let zones = zones.map(|zone| (format!("zone:{}", zone.id), format!("{} {}", f.t.all_centres_of, zone.name(f.lang))));
    let centres = board.field.centres.iter().filter(|centre| scope.covers(centre.place()));
    let centres = centres.map(|centre| (format!("centre:{}", centre.id), centre.name(f.lang).to_owned()));
    let everywhere = (String::new(), f.t.all_centres.to_owned());
    let places = std::iter::once(everywhere).chain(zones).chain(centres).collect();
    let first = f.now.day().max(day).plus(1);
    let offered = (0..AHEAD).map(|days| first.plus(days)).map(|day| (day, to.contains(&day))).collect();
    let to = to.iter().map(Day::to_string).collect::<Vec<_>>().join(" ");
    page(&CopyPage { f, day, place, places, offered, to, copied, error, key })
}

#[derive(Template)]
#[template(path = "district/close.html")]
struct ClosePage {
    f: Frame,
    day: Day,
    centre: CentreId,
    name: String,
    closing: Closing,
    key: String,
}

/// What closing a centre on a day would do.
pub async fn close_form(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Typed>) -> Result<Response> {
    let (centre, day) = which(&asked)?;
    let closing = close_centre(&app.core, &user.actor, centre, day, None).await?;
    show_close(&app, f, centre, day, closing)
}

/// Closes it.
pub async fn close(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Form(typed): Form<Typed>) -> Result<Response> {
    let (centre, day) = which(&typed)?;
    let command = CommandId::new(&user.actor.name, &typed.key, format!("close {centre} {day}"));
    let closing = close_centre(&app.core, &user.actor, centre, day, Some(&command)).await?;
    match closing.id {
        Some(id) => Ok(Redirect::to(&format!("/district/import/{id}?done=1")).into_response()),
        None => show_close(&app, f, centre, day, closing),
    }
}

fn which(typed: &Typed) -> Result<(CentreId, Day)> {
    let (centre, day) = (typed.centre.parse().ok(), typed.date.parse().ok());
    centre.zip(day).ok_or(Error::NotFound)
}

fn show_close(app: &App, f: Frame, centre: CentreId, day: Day, closing: Closing) -> Result<Response> {
    let name = app.core.board().centre_name(centre, f.lang).to_owned();
    page(&ClosePage { f, day, centre, name, closing, key: app.core.chance.link() })
}
