//! The register: tokens of a day, and search by number, call number, mobile and name.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::look_up::{register as read_register, token_for_staff};
use crate::app::App;
use crate::domain::admission::TokenState;
use crate::domain::moment::{Day, Moment};
use crate::domain::place::Scope;
use crate::domain::search::Sought;
use crate::error::{Error, Result};
use crate::i18n::grouped;
use crate::ids::{CentreId, DistrictId, ZoneId};
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::token::{Filter, Narrowed, Token};

/// Rows on a page.
const ROWS: i64 = 100;

/// Which part of the register.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    date: String,
    centre: String,
    state: String,
    /// What a number of the district's day is narrowed to.
    district: String,
    zone: String,
    slot: String,
    age: String,
    kind: String,
    skip: i64,
}

impl Asked {
    /// The rows behind a number of the district's day.
    fn narrowed(&self, day: Day, now: Moment) -> Narrowed {
        use TokenState::{Admitted, Issued, Left, Vaccinated};
        let zone = self.zone.parse().ok().map(|id| Scope::Zone(ZoneId(id)));
        let district = self.district.parse().ok().map(|id| Scope::District(DistrictId(id)));
        Narrowed {
            within: zone.or(district),
            slot: self.slot.parse().ok(),
            states: match self.state.as_str() {
                "live" => vec![Issued, Admitted, Vaccinated, Left],
                "arrived" => vec![Admitted, Vaccinated, Left],
                "dosed" => vec![Vaccinated, Left],
                "no_show" => vec![Issued],
                _ => Vec::new(),
            },
            sound: None,
            over: (self.state == "no_show").then_some(now),
            born: born_in(&self.age, day),
            kind: self.kind.parse().ok(),
        }
    }

    /// The part of an address that keeps to those rows.
    fn kept(&self) -> String {
        let Self { centre, state, district, zone, slot, age, kind, .. } = self;
        format!("&centre={centre}&state={state}&district={district}&zone={zone}&slot={slot}&age={age}&kind={kind}")
    }
}

/// The birth years of an age group of the district's day: 60 and over, or 45 to 59.
pub fn born_in(age: &str, day: Day) -> Option<(i64, i64)> {
    let oldest = day.year() - 60;
    match age {
        "60" => Some((0, oldest)),
        "45" => Some((oldest + 1, oldest + 15)),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "office/register.html")]
struct RegisterPage {
    f: Frame,
    asked: Asked,
    day: Day,
    days: Vec<Day>,
    centres: Vec<(CentreId, String)>,
    tokens: Vec<Token>,
    counts: Vec<(TokenState, i64)>,
    searching: bool,
}

impl RegisterPage {
    fn on(&self, day: &Day) -> String {
        format!("/office/register?date={day}&centre={}", self.asked.centre)
    }

    fn in_state(&self, state: &TokenState) -> String {
        format!("/office/register?date={}&centre={}&state={state}", self.day, self.asked.centre)
    }

    fn next(&self) -> Option<String> {
        let more = self.tokens.len() as i64 == ROWS;
        let Asked { q, skip, .. } = &self.asked;
        more.then(|| format!("/office/register?date={}{}&q={q}&skip={}", self.day, self.asked.kept(), skip + ROWS))
    }

    fn numbers(&self) -> String {
        let live = self.tokens.iter().filter(|token| token.state != TokenState::Cancelled);
        live.map(|token| token.number.plain()).collect::<Vec<_>>().join(",")
    }

    fn state_of(&self, token: &Token) -> &'static str {
        if token.is_no_show(self.f.now) { self.f.t.state_no_show } else { self.f.lang.token_state(token.state) }
    }

    fn count(&self, count: &i64) -> String {
        grouped(*count)
    }
}

/// The register.
pub async fn register(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Query(asked): Query<Asked>) -> Result<Response> {
    let sought = Sought::read(&asked.q);
    let day = asked.date.parse().unwrap_or(f.now.day());
    let mut filter = Filter {
        day: Some(day),
        centre: asked.centre.parse().ok(),
        state: asked.state.parse().ok(),
        mobile: None,
        name: None,
        call: None,
        narrowed: asked.narrowed(day, f.now),
        skip: asked.skip.max(0),
        most: ROWS,
    };
    let searching = sought != Sought::Nothing;
    match sought {
        Sought::Nothing => {}
        Sought::Token(number, mobile) => {
            // Ten digits that are no token of ours are somebody's mobile number.
            match token_for_staff(&app.core, &user.actor, number).await {
                Err(Error::NotFound) if mobile.is_some() => (filter.mobile, filter.day) = (mobile, None),
                _ => return Ok(Redirect::to(&format!("/office/tokens/{}", number.plain())).into_response()),
            }
        }
        Sought::Call(slot, serial) => filter.call = Some((slot, serial)),
        Sought::Mobile(mobile) => (filter.mobile, filter.day) = (Some(mobile), None),
        Sought::Name(key, year) => (filter.name, filter.day) = (Some((key, year)), None),
    }
    let (tokens, counts) = read_register(&app.core, &user.actor, &filter, day).await?;
    let board = app.core.board();
    let own = board.field.centres.iter().filter(|centre| user.actor.scope.covers(centre.place()));
    let centres = own.map(|centre| (centre.id, centre.name(f.lang).to_owned())).collect();
    let days = board.days(None, f.now.day().start());
    page(&RegisterPage { f, asked, day, days, centres, tokens, counts, searching })
}
