//! Whole days: copying sessions to other days or weeks, closing a day at a centre, in a zone or everywhere. First what it would do, then
//! doing it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::close_sessions::{Closing, Left, close_sessions};
use crate::actions::command::CommandId;
use crate::actions::copy_sessions::{Copied, CopiedDay, CopySessions, Goal, copy_sessions};
use crate::actions::log_in::User;
use crate::app::App;
use crate::board::Board;
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::domain::week::{MOST_WEEKS, monday};
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::ids::{CentreId, ZoneId};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;

/// How many days ahead are offered to copy to.
const AHEAD: i64 = 14;

/// How many weeks are offered first.
const WEEKS: i64 = 4;

/// Sessions to be stopped that a page shows.
const SHOWN: usize = 100;

/// What the forms say.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    date: String,
    place: String,
    centre: String,
    key: String,
    step: String,
    done: String,
}

#[derive(Template)]
#[template(path = "district/copy.html")]
struct CopyPage {
    f: Frame,
    day: Day,
    place: String,
    places: Vec<(String, String)>,
    /// A day, what it is kept free for, and whether it is chosen.
    offered: Vec<(Day, String, bool)>,
    goal: Goal,
    copied: Option<Copied>,
    error: String,
    key: String,
}

impl CopyPage {
    fn in_all(&self) -> (usize, i64) {
        let days = self.copied.iter().flat_map(|copied| &copied.days);
        days.fold((0, 0), |(sessions, places), day| (sessions + day.new, places + day.places))
    }

    /// Days with something to say: of weeks those without sessions say nothing.
    fn rows(&self) -> Vec<&CopiedDay> {
        let says = |day: &&CopiedDay| !self.is_weeks() || day.new + day.there > 0 || !day.left_out.is_empty();
        self.copied.iter().flat_map(|copied| &copied.days).filter(says).collect()
    }

    /// `Ambedkar Jayanti: left out`; with their number where some are not.
    fn left_out(&self, day: &CopiedDay) -> String {
        let f = &self.f;
        let all = day.new == 0 && day.left_out.len() == 1;
        let each = day.left_out.iter().map(|(holiday, count)| {
            let name = holiday.name(f.lang);
            if all {
                format!("{name}: {}", f.t.copy_left_out)
            } else {
                format!("{name} ({}): {} {count}", f.lang.kept_in(&f.board, holiday), f.t.copy_left_out)
            }
        });
        each.collect::<Vec<_>>().join(", ")
    }

    fn is_weeks(&self) -> bool {
        matches!(self.goal, Goal::Weeks(_))
    }

    /// How many weeks stand in the choice.
    fn weeks(&self) -> i64 {
        if let Goal::Weeks(weeks) = self.goal { weeks } else { WEEKS }
    }

    fn all_weeks(&self) -> std::ops::RangeInclusive<i64> {
        1..=MOST_WEEKS
    }

    /// The days as the form carries them on.
    fn to(&self) -> String {
        let Goal::Days(days) = &self.goal else { return String::new() };
        days.iter().map(Day::to_string).collect::<Vec<_>>().join(" ")
    }

    fn week(&self) -> String {
        let first = monday(self.day);
        format!("{} – {}", self.f.lang.short_day(first), self.f.lang.short_day(first.plus(6)))
    }
}

/// The form.
pub async fn copy_form(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Typed>) -> Result<Response> {
    let day = asked.date.parse().unwrap_or(f.now.day());
    show_copy(&app, f, &user, day, asked.place, Goal::Days(Vec::new()), None, String::new())
}

/// Says what a copy would make; once that is confirmed, makes it.
pub async fn copy(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, body: String) -> Result<Response> {
    let (mut day, mut place, mut key, mut step, mut to) = (f.now.day(), String::new(), String::new(), String::new(), Vec::new());
    let mut weeks = String::new();
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        match name.as_ref() {
            "date" => day = value.parse().unwrap_or(day),
            "place" => place = value.into_owned(),
            "key" => key = value.into_owned(),
            "step" => step = value.into_owned(),
            "weeks" => weeks = value.into_owned(),
            "to" => to.extend(value.split(' ').filter_map(|day| day.parse::<Day>().ok())),
            _ => {}
        }
    }
    to.retain(|other| *other != day);
    let goal = match step.as_str() {
        "weeks" | "confirm_weeks" => Goal::Weeks(weeks.parse().unwrap_or(WEEKS).clamp(1, MOST_WEEKS)),
        _ => Goal::Days(to),
    };
    if matches!(&goal, Goal::Days(days) if days.is_empty()) {
        let told = f.t.copy_no_days.to_owned();
        return show_copy(&app, f, &user, day, place, goal, None, told);
    }
    let asked = CopySessions { from: day, to: goal.clone(), place: place_of(&place, user.actor.scope)? };
    let command = CommandId::new(&user.actor.name, &key, format!("copy {asked:?}"));
    let copied = match copy_sessions(&app.core, &user.actor, &asked, step.starts_with("confirm").then_some(&command)).await {
        // The form was sent before with other days: what it would do now is shown anew.
        Err(Error::IdReused) => copy_sessions(&app.core, &user.actor, &asked, None).await?,
        done => done?,
    };
    if let Some(id) = copied.id {
        return Ok(Redirect::to(&format!("/district/import/{id}?done=1")).into_response());
    }
    if let Some(too_many) = copied.too_many {
        let told = f.lang.copy_too_many(too_many.sessions, too_many.fit, matches!(goal, Goal::Weeks(_)));
        return show_copy(&app, f, &user, day, place, goal, None, told);
    }
    show_copy(&app, f, &user, day, place, goal, Some(copied), String::new())
}

/// `centre:4`, `zone:2`, or nothing for the officer's own scope.
fn place_of(text: &str, own: Scope) -> Result<Scope> {
    if text.is_empty() {
        return Ok(own);
    }
    match text.split_once(':').and_then(|(what, id)| Some((what, id.parse().ok()?))) {
        Some(("centre", id)) => Ok(Scope::Centre(CentreId(id))),
        Some(("zone", id)) => Ok(Scope::Zone(ZoneId(id))),
        _ => Err(Error::NotFound),
    }
}

/// The places that an officer chooses from: all, each zone, each centre.
fn places(board: &Board, lang: Lang, own: Scope) -> Vec<(String, String)> {
    let (t, district) = (lang.text(), board.district_of(own));
    let zones = board.field.zones.iter().filter(|zone| district.is_none_or(|own| own == zone.district_id));
    let zones = zones.map(|zone| (format!("zone:{}", zone.id), format!("{} {}", t.all_centres_of, zone.name(lang))));
    let centres = board.field.centres.iter().filter(|centre| own.covers(centre.place()));
    let centres = centres.map(|centre| (format!("centre:{}", centre.id), centre.name(lang).to_owned()));
    std::iter::once((String::new(), t.all_centres.to_owned())).chain(zones).chain(centres).collect()
}

#[expect(clippy::too_many_arguments, reason = "what the page shows")]
fn show_copy(
    app: &App,
    f: Frame,
    user: &User,
    day: Day,
    place: String,
    goal: Goal,
    copied: Option<Copied>,
    error: String,
) -> Result<Response> {
    let (board, scope) = (app.core.board(), user.actor.scope);
    let places = places(&board, f.lang, scope);
    let district = board.district_of(scope);
    let first = f.now.day().max(day).plus(1);
    let chosen: &[Day] = if let Goal::Days(days) = &goal { days } else { &[] };
    let free = |day: Day| district.and_then(|district| board.holiday(district, day)).map_or("", |holiday| holiday.name(f.lang));
    let offered = (0..AHEAD).map(|days| first.plus(days));
    let offered = offered.map(|day| (day, free(day).to_owned(), chosen.contains(&day))).collect();
    page(&CopyPage { day, place, places, offered, goal, copied, error, key: app.core.chance.link(), f })
}

#[derive(Template)]
#[template(path = "district/close.html")]
struct ClosePage {
    f: Frame,
    typed: Typed,
    day: Option<Day>,
    places: Vec<(String, String)>,
    /// None: nothing is asked yet.
    closing: Option<Closing>,
    error: &'static str,
    /// Under which it was done just now.
    done: Option<i64>,
    key: String,
}

impl ClosePage {
    fn name(&self) -> &str {
        self.places.iter().find(|(place, _)| *place == self.typed.place).map_or("", |(_, name)| name)
    }

    fn stays(&self, closing: &Closing) -> Stays<'_> {
        Stays::of(&self.f, closing)
    }
}

/// Sessions that stay until they are stopped, as a page lists them.
#[derive(Template)]
#[template(path = "district/stays.html")]
pub struct Stays<'a> {
    f: &'a Frame,
    left: Vec<Left>,
    more: usize,
    tokens: i64,
    count: usize,
}

impl<'a> Stays<'a> {
    /// Those that a closing leaves.
    pub fn of(f: &'a Frame, closing: &Closing) -> Self {
        let count = closing.left.len();
        let left = closing.left.iter().take(SHOWN).cloned().collect();
        Self { f, left, more: count.saturating_sub(SHOWN), tokens: closing.left.iter().map(|left| left.issued).sum(), count }
    }
}

/// What closing a day somewhere would do.
pub async fn close_form(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Typed>) -> Result<Response> {
    let asked = asked.with_place();
    if asked.date.is_empty() && asked.step.is_empty() {
        return show_close(&app, f, &user, asked, None, "");
    }
    let Ok(day) = asked.date.parse() else {
        let told = f.lang.fault(crate::error::Fault::Day);
        return show_close(&app, f, &user, asked, None, told);
    };
    let place = place_of(&asked.place, user.actor.scope)?;
    match close_sessions(&app.core, &user.actor, place, day, None).await {
        Err(Error::Invalid(_)) => {
            let told = f.t.close_too_many;
            show_close(&app, f, &user, asked, None, told)
        }
        closing => show_close(&app, f, &user, asked, Some(closing?), ""),
    }
}

/// Closes it as far as it can be.
pub async fn close(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Form(typed): Form<Typed>) -> Result<Response> {
    let typed = typed.with_place();
    let day: Day = typed.date.parse().map_err(|_| Error::NotFound)?;
    let command = CommandId::new(&user.actor.name, &typed.key, format!("close {} {day}", typed.place));
    let place = place_of(&typed.place, user.actor.scope)?;
    let closing = match close_sessions(&app.core, &user.actor, place, day, Some(&command)).await {
        Err(Error::Invalid(_)) => {
            let told = f.t.close_too_many;
            return show_close(&app, f, &user, typed, None, told);
        }
        done => done?,
    };
    let Some(id) = closing.id else { return show_close(&app, f, &user, typed, Some(closing), "") };
    let left = close_sessions(&app.core, &user.actor, place, day, None).await?.left;
    let to = if left.is_empty() {
        format!("/district/import/{id}?done=1")
    } else {
        format!("/district/close?date={day}&place={}&done={id}", typed.place)
    };
    Ok(Redirect::to(&to).into_response())
}

impl Typed {
    /// A single centre is a place too.
    fn with_place(mut self) -> Self {
        if !self.centre.is_empty() {
            self.place = format!("centre:{}", self.centre);
        }
        self
    }
}

fn show_close(app: &App, f: Frame, user: &User, typed: Typed, closing: Option<Closing>, error: &'static str) -> Result<Response> {
    let places = places(&app.core.board(), f.lang, user.actor.scope);
    let (day, done) = (typed.date.parse().ok(), typed.done.parse().ok());
    page(&ClosePage { f, typed, day, places, closing, error, done, key: app.core.chance.link() })
}
