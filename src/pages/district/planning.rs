//! Planning: arrivals, pace and no-show rate in; waiting time, people in the hall and finish out, for each number of vaccinators.

use std::ops::RangeInclusive;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::actions::plan_session::{Planned, planned_session};
use crate::app::App;
use crate::domain::person::digit;
use crate::domain::planning::{Expected, Plan};
use crate::error::{Fault, Result};
use crate::ids::SessionId;
use crate::pages::frame::{Frame, Officer};
use crate::pages::{page, picture};

/// A mean wait that is aimed at, in minutes.
const GOOD_WAIT: f64 = 15.0;

/// The most vaccinators that are compared.
const MOST: u32 = 40;

/// The most that a centre can say it has.
const MOST_THERE: u32 = 999;

/// Rows around the number that suffices.
const ROWS: u32 = 6;

/// What is planned with, as typed.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    people: String,
    from: String,
    until: String,
    an_hour: String,
    no_show: String,
    /// Those there are; none: not known yet.
    vaccinators: String,
    /// The session that is planned: it says people, hours and vaccinators, where nothing is typed.
    session: i64,
}

impl Default for Asked {
    /// A session of 2021: 120 people from ten to five, 13 an hour and vaccinator, one in ten does not come.
    fn default() -> Self {
        let [people, from, until, an_hour, no_show] = ["120", "10:00", "17:00", "13", "10"].map(str::to_owned);
        Self { people, from, until, an_hour, no_show, vaccinators: String::new(), session: 0 }
    }
}

impl Asked {
    /// What a session is planned with.
    fn of(planned: &Planned) -> Self {
        Self {
            people: planned.places.to_string(),
            from: planned.opens.clock(),
            until: planned.closes.clock(),
            vaccinators: planned.vaccinators.map_or_else(String::new, |count| count.to_string()),
            session: planned.session.0,
            ..Self::default()
        }
    }
}

#[derive(Template)]
#[template(path = "district/planning.html")]
struct PlanningPage {
    f: Frame,
    asked: Asked,
    faults: Vec<(&'static str, Fault)>,
    opens: u32,
    rows: Vec<Expected>,
    fewest: Option<u32>,
    /// How many there are.
    there: Option<u32>,
    /// The session that filled the form.
    of: Option<String>,
}

impl PlanningPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(of, _)| *of == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }

    fn whole(&self, value: &f64) -> String {
        format!("{value:.0}")
    }

    fn minutes(&self, value: &f64) -> String {
        if *value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") }
    }

    fn clock(&self, minutes: &f64) -> String {
        let at = self.opens + minutes.ceil() as u32;
        let (hour, minute) = (at / 60 % 24, at % 60);
        if at >= 24 * 60 { format!("+1 {hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}") }
    }

    fn bar(&self, wait: &f64) -> String {
        let most = self.rows.iter().map(|row| row.wait).fold(1.0, f64::max);
        picture::share((wait * 10.0) as i64, (most * 10.0) as i64)
    }

    fn is_there(&self, row: &Expected) -> bool {
        self.there == Some(row.vaccinators)
    }

    fn is_fewest(&self, row: &Expected) -> bool {
        self.fewest == Some(row.vaccinators)
    }
}

/// The page.
pub async fn planning(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(mut asked): Query<Asked>) -> Result<Response> {
    let mut of = None;
    if asked.session > 0 {
        let planned = planned_session(&app.core, &user.actor, SessionId(asked.session)).await?;
        of = Some(format!("{}, {}", f.board.centre_name(planned.centre, f.lang), f.lang.short_day(planned.opens.day())));
        asked = Asked::of(&planned);
    }
    let mut faults = Vec::new();
    let there = match asked.vaccinators.trim() {
        "" => None,
        typed => Some(number(&mut faults, "vaccinators", typed, 1..=MOST_THERE)),
    };
    let people = number(&mut faults, "people", &asked.people, 1..=100_000);
    let an_hour = number(&mut faults, "an_hour", &asked.an_hour, 1..=120);
    let no_show = number(&mut faults, "no_show", &asked.no_show, 0..=99);
    let [from, until] = [("from", &asked.from), ("until", &asked.until)]
        .map(|(field, text)| crate::pages::form::minute_of_day(text).map_err(|fault| faults.push((field, fault))).unwrap_or_default());
    if until <= from && !faults.iter().any(|(field, _)| matches!(*field, "from" | "until")) {
        faults.push(("until", Fault::Time));
    }
    let mut found = (Vec::new(), None);
    if faults.is_empty() {
        let plan = Plan { people, minutes: until - from, pace: 60.0 / f64::from(an_hour), no_show };
        let fewest = plan.fewest(GOOD_WAIT, MOST);
        let first = fewest.unwrap_or(MOST).saturating_sub(ROWS / 2).max(1);
        // Those who are there stand in the table, wherever in it.
        let mut shown: Vec<_> = (first..first + ROWS).chain(there).collect();
        shown.sort_unstable();
        shown.dedup();
        found = (shown.into_iter().map(|vaccinators| plan.with(vaccinators)).collect(), fewest);
    }
    page(&PlanningPage { f, asked, faults, opens: from, rows: found.0, fewest: found.1, there, of })
}

/// A whole number in either script's digits.
fn number(faults: &mut Vec<(&'static str, Fault)>, field: &'static str, text: &str, possible: RangeInclusive<u32>) -> u32 {
    let digits: Option<String> = text.trim().chars().map(|c| digit(c).map(|value| char::from(b'0' + value))).collect();
    let value = digits.and_then(|digits| digits.parse().ok()).filter(|value| possible.contains(value));
    value.unwrap_or_else(|| {
        faults.push((field, Fault::Number));
        0
    })
}
