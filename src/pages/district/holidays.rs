//! A district's holidays: those to come, a new one with what it closes, and taking one away.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::days::Stays;
use crate::actions::close_sessions::{Closing, close_sessions};
use crate::actions::command::CommandId;
use crate::actions::holidays::{Faults, Typed, may_remove, one_holiday, remove_holiday, set_holiday};
use crate::actions::log_in::User;
use crate::app::App;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{DistrictId, HolidayId};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::field::District;
use crate::storage::holiday::Holiday;
use crate::storage::import::Import;

/// What the forms say.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    date: String,
    district: String,
    name_en: String,
    name_hi: String,
    key: String,
    step: String,
    /// The holiday that is to be taken away.
    away: String,
    /// The holiday that was set just now.
    done: String,
}

/// What a page says beside the list.
enum Said {
    Nothing,
    /// What the holiday that was typed would close.
    Would(Holiday, Box<Closing>),
    /// It was set; what stays on its day.
    Set(Holiday, Box<Closing>),
    /// Whether to take it away, and what would bring its sessions back.
    Away(Holiday, Option<Box<Import>>),
}

#[derive(Template)]
#[template(path = "district/holidays.html")]
struct HolidaysPage {
    f: Frame,
    own: Option<DistrictId>,
    /// Each with how many sessions still stand on its day.
    rows: Vec<(Holiday, usize)>,
    districts: Vec<District>,
    said: Said,
    asked: Asked,
    faults: Vec<(&'static str, String)>,
    key: String,
}

impl HolidaysPage {
    fn fault(&self, field: &str) -> Option<&str> {
        self.faults.iter().find(|(at, _)| *at == field).map(|(_, why)| why.as_str())
    }

    fn stays(&self, closing: &Closing) -> Stays<'_> {
        Stays::of(&self.f, closing)
    }

    fn may_remove(&self, holiday: &Holiday) -> bool {
        may_remove(self.own, holiday)
    }

    fn is_chosen(&self, district: &District) -> bool {
        self.asked.district == district.id.to_string()
    }
}

/// Those to come, and the form for a new one.
pub async fn holidays(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let board = app.core.board();
    let said = if let Ok(id) = asked.away.parse() {
        let (holiday, set) = one_holiday(&app.core, &user.actor, HolidayId(id)).await?;
        Said::Away(holiday, set.map(Box::new))
    } else if let Some(id) = asked.done.parse().ok().map(HolidayId)
        && let Some(holiday) = board.field.holidays.iter().find(|holiday| holiday.id == id)
    {
        let place = holiday.district_id.map_or(user.actor.scope, Scope::District);
        let stays = close_sessions(&app.core, &user.actor, place, holiday.day, None).await?;
        Said::Set(holiday.clone(), Box::new(stays))
    } else {
        Said::Nothing
    };
    show(&app, f, &user, said, Asked::default(), Vec::new())
}

/// Says what a holiday would close; once that is confirmed, sets it. Or takes one away.
pub async fn change(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Form(asked): Form<Asked>) -> Result<Response> {
    if let Ok(id) = asked.away.parse() {
        let command = CommandId::new(&user.actor.name, &asked.key, format!("holiday away {id}"));
        let done = remove_holiday(&app.core, &user.actor, HolidayId(id), &command).await?;
        return Ok(Redirect::to(&format!("/district/import/{done}?done=1")).into_response());
    }
    let typed =
        Typed { day: asked.date.clone(), district: asked.district.clone(), name_en: asked.name_en.clone(), name_hi: asked.name_hi.clone() };
    let command = CommandId::new(&user.actor.name, &asked.key, format!("holiday {typed:?}"));
    let confirmed = asked.step == "confirm";
    match set_holiday(&app.core, &user.actor, &typed, confirmed.then_some(&command)).await {
        Ok(Ok((holiday, Closing { id: Some(import), .. }))) => {
            let board = app.core.board();
            let same = |other: &&Holiday| other.day == holiday.day && other.district_id == holiday.district_id;
            let set = board.field.holidays.iter().find(same).map(|holiday| holiday.id);
            let to = set.map_or_else(|| format!("/district/import/{import}"), |id| format!("/district/holidays?done={id}"));
            Ok(Redirect::to(&to).into_response())
        }
        Ok(Ok((holiday, closing))) => show(&app, f, &user, Said::Would(holiday, Box::new(closing)), asked, Vec::new()),
        Ok(Err(faults)) => show(&app, f, &user, Said::Nothing, asked, faults),
        Err(Error::Invalid(_)) => {
            let told = vec![("district", f.t.close_too_many.to_owned())];
            show_told(&app, f, &user, Said::Nothing, asked, told)
        }
        Err(error) => Err(error),
    }
}

fn show(app: &App, f: Frame, user: &User, said: Said, asked: Asked, faults: Faults) -> Result<Response> {
    let faults = faults.into_iter().map(|(field, fault)| (field, f.lang.bad_holiday(&fault))).collect();
    show_told(app, f, user, said, asked, faults)
}

fn show_told(app: &App, f: Frame, user: &User, said: Said, asked: Asked, faults: Vec<(&'static str, String)>) -> Result<Response> {
    let board = app.core.board();
    let (own, today) = (board.district_of(user.actor.scope), f.now.day());
    let to_come = |holiday: &&Holiday| holiday.day >= today && own.is_none_or(|own| holiday.is_in(own));
    let standing = |holiday: &Holiday| {
        let here = |centre| board.centre(centre).map(crate::storage::field::Centre::place);
        let kept = |place: crate::domain::place::CentrePlace| user.actor.scope.covers(place) && holiday.is_in(place.district_id);
        let on_day = board.field.sessions.iter().filter(|session| session.day == holiday.day && !session.stopped);
        on_day.filter(|session| here(session.centre_id).is_some_and(kept)).count()
    };
    let rows = board.field.holidays.iter().filter(to_come).map(|holiday| (holiday.clone(), standing(holiday))).collect();
    let districts = if own.is_none() { board.field.districts.clone() } else { Vec::new() };
    page(&HolidaysPage { own, rows, districts, said, asked, faults, key: app.core.chance.link(), f })
}
