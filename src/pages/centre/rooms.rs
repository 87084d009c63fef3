//! What goes on in the centre's rooms: who waits, who sits in observation and leaves it, what was recorded last.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::Operator;
use super::desk::{again, find};
use crate::actions::log_in::User;
use crate::actions::look_up::hall;
use crate::actions::see_off::{Leaving, see_off};
use crate::app::App;
use crate::domain::dose::LeftEarly;
use crate::error::{Error, Result};
use crate::ids::{CentreId, DoseId};
use crate::pages::frame::Frame;
use crate::pages::page;
use crate::storage::backlog::DoseRecord;
use crate::storage::centre::Observed;
use crate::storage::turn::{InHall, in_line};

/// How many people of each list are shown.
const SHOWN: usize = 40;

/// How many of the records made last.
const LAST: i64 = 8;

/// The part of the desk's page that renews itself.
#[derive(Template)]
#[template(path = "centre/rooms.html")]
pub(super) struct Rooms {
    f: Frame,
    /// Who is inside and has no dose yet, in one order, and where each stands.
    waiting: Vec<(InHall, String)>,
    observed: Vec<Observed>,
    last: Vec<DoseRecord>,
    shown: usize,
    /// The number of somebody who was to leave and could not, and why.
    pub(super) leaving: String,
    pub(super) leaving_fault: Option<String>,
}

impl Rooms {
    /// As long as nothing is known of them.
    pub(super) fn of_nobody(f: Frame) -> Self {
        let (waiting, observed, last) = (Vec::new(), Vec::new(), Vec::new());
        Self { f, waiting, observed, last, shown: SHOWN, leaving: String::new(), leaving_fault: None }
    }

    pub(super) async fn read(app: &App, f: Frame, user: &User, centre: CentreId) -> Result<Self> {
        let day = f.now.day();
        let (hall, checking) = hall(&app.core, &user.actor, centre).await?;
        let waiting = in_line(&hall, checking).into_iter().map(|person| (person.clone(), f.lang.stands(person, checking))).collect();
        let mut tx = app.core.read().await?;
        let observed = tx.observed(centre).await?;
        let last = tx.dose_records_at(centre, day, LAST).await?;
        tx.commit().await?;
        Ok(Self { waiting, observed, last, ..Self::of_nobody(f) })
    }

    /// Those on the page whose time is over.
    fn due(&self) -> Vec<&Observed> {
        self.observed.iter().take(self.shown).filter(|observed| self.is_due(observed)).collect()
    }

    fn due_doses(&self) -> String {
        self.due().iter().map(|observed| observed.dose_id.to_string()).collect::<Vec<_>>().join(",")
    }

    fn is_due(&self, observed: &Observed) -> bool {
        observed.ends_at <= self.f.now
    }

    fn minutes(&self, observed: &Observed) -> i64 {
        minutes_left(observed, &self.f)
    }

    fn early(&self) -> &'static [LeftEarly] {
        LeftEarly::ALL
    }
}

fn minutes_left(observed: &Observed, f: &Frame) -> i64 {
    ((observed.ends_at - f.now + 59) / 60).max(0)
}

/// The rooms alone, for the page that renews itself.
pub async fn rooms(State(app): State<Arc<App>>, f: Frame, Operator(user, centre): Operator) -> Result<Response> {
    page(&Rooms::read(&app, f, &user, centre).await?)
}

/// Who leaves the observation room.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct TypedLeaving {
    /// The doses of those who leave: one, or all that the page showed as due.
    doses: String,
    why: String,
    /// A number, call number or code.
    q: String,
}

/// Sees people off: those the page showed as due, one by number, or one early with a reason.
pub async fn left(
    State(app): State<Arc<App>>,
    f: Frame,
    Operator(user, centre): Operator,
    Form(typed): Form<TypedLeaving>,
) -> Result<Response> {
    let mut doses: Vec<DoseId> = typed.doses.split(',').filter_map(|id| id.parse().ok()).collect();
    if doses.is_empty() {
        match who_sits(&app, &f, &user, centre, typed.q.trim()).await? {
            Ok(dose) => doses.push(dose),
            Err(told) => {
                return again(&app, f, &user, centre, "", Error::Invalid(Vec::new()), |desk| desk.nobody_left(typed.q, told)).await;
            }
        }
    }
    let who = match (doses.as_slice(), typed.why.parse()) {
        ([dose], Ok(why)) => Leaving::Early(*dose, why),
        _ => Leaving::Due(doses),
    };
    let left = see_off(&app.core, &user.actor, centre, &who, f.now).await?;
    Ok(Redirect::to(&format!("/centre?left={left}#observation")).into_response())
}

/// The dose of the person with this number whose time in the observation room is over, or why there is none.
async fn who_sits(app: &App, f: &Frame, user: &User, centre: CentreId, q: &str) -> Result<Result<DoseId, String>> {
    let Some(token) = find(app, user, centre, q, f).await? else { return Ok(Err(f.t.dose_no_such_token.to_owned())) };
    let observed = app.core.read().await?.observed(centre).await?;
    Ok(match observed.iter().find(|observed| observed.token == Some(token.number)) {
        None => Err(f.t.leaving_nobody.to_owned()),
        Some(observed) if observed.ends_at > f.now => Err(f.lang.not_over(minutes_left(observed, f))),
        Some(observed) => Ok(observed.dose_id),
    })
}
