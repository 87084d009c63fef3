//! The waiting list: from the counter in one key, in order, with what became of each.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};

use super::counter::{Wrong, again, compare, told};
use super::typed::Typed;
use crate::actions::command::CommandId;
use crate::actions::wait_for_place::{WaitForPlace, keeps_list, remove_waiting, wait_for_place, waiting_entry, waiting_list};
use crate::app::App;
use crate::domain::place::Scope;
use crate::domain::search::Sought;
use crate::domain::waiting::WhyRemoved;
use crate::error::{Error, Result};
use crate::i18n::grouped;
use crate::ids::{CentreId, WaitingId};
use crate::pages::frame::{Frame, Staff};
use crate::pages::login::LEFT;
use crate::pages::page;
use crate::storage::waiting::{Waiting, WaitingFilter};

/// How many are shown.
const SHOWN: i64 = 500;

/// For how long the list says what became of somebody.
const SETTLED: i64 = 7 * 86_400;

/// Which part of the list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    centre: String,
    /// `settled`: those who are off it.
    show: String,
    /// Who has just been put on it.
    put: String,
    removed: Option<String>,
}

#[derive(Template)]
#[template(path = "office/waiting.html")]
struct WaitingPage {
    f: Frame,
    asked: Asked,
    zone: String,
    centres: Vec<(CentreId, String)>,
    rows: Vec<Waiting>,
    /// Those who were just put on the list, and how many are before each.
    put: Vec<(Waiting, i64)>,
}

impl WaitingPage {
    fn settled(&self) -> bool {
        self.asked.show == "settled"
    }

    fn searching(&self) -> bool {
        !self.asked.q.trim().is_empty()
    }

    /// Places in the order count only where the whole list is shown.
    fn in_order(&self) -> bool {
        !self.settled() && !self.searching() && self.asked.centre.is_empty()
    }

    fn tab(&self, show: &str) -> String {
        format!("/office/waiting?centre={}&show={show}", self.asked.centre)
    }

    fn at(&self, entry: &Waiting) -> String {
        let centre = entry.centre_id.and_then(|id| self.f.board.centre(id));
        centre.map_or(self.f.t.wait_any_short, |centre| centre.name(self.f.lang)).to_owned()
    }

    fn place(&self, before: &i64) -> String {
        self.f.lang.place_on_list(*before + 1)
    }

    fn may_remove(&self) -> bool {
        self.f.is_issuer() && !self.settled()
    }

    fn reasons(&self) -> &'static [WhyRemoved] {
        WhyRemoved::ALL
    }

    fn count(&self) -> String {
        grouped(self.rows.len() as i64)
    }
}

/// The list.
pub async fn list(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Query(asked): Query<Asked>) -> Result<Response> {
    let actor = &user.actor;
    let mut filter = WaitingFilter { centre: asked.centre.parse().ok(), most: SHOWN, ..WaitingFilter::default() };
    if asked.show == "settled" {
        filter.settled_since = Some(f.now + -SETTLED);
    }
    match Sought::read(&asked.q) {
        Sought::Mobile(mobile) | Sought::Token(_, Some(mobile)) => filter.mobile = Some(mobile),
        // Whoever holds a slip may wait for another dose, or for a place instead of a cancelled one.
        Sought::Token(number, None) => filter.holder_of = Some(number),
        Sought::Name(key, year) => filter.name = Some((key, year)),
        _ => {}
    }
    let rows = waiting_list(&app.core, actor, &filter).await?;
    let mut put = Vec::new();
    for id in asked.put.split(',').filter_map(|id| id.parse().ok()).take(12) {
        put.push(waiting_entry(&app.core, actor, id).await?);
    }
    let board = app.core.board();
    let own = board.field.centres.iter().filter(|centre| actor.scope.covers(centre.place()));
    let centres = own.map(|centre| (centre.id, centre.name(f.lang).to_owned())).collect();
    let zone = match actor.scope {
        Scope::Zone(id) => board.zone(id).map_or_else(String::new, |zone| zone.name(f.lang).to_owned()),
        Scope::Centre(id) => board.centre(id).map_or_else(String::new, |centre| centre.name(f.lang).to_owned()),
        Scope::District(_) | Scope::State => String::new(),
    };
    page(&WaitingPage { f, asked, zone, centres, rows, put })
}

/// Puts what stands on the counter on the list: one person, or a family.
pub async fn put(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(mut typed): Form<Typed>) -> Result<Response> {
    if !keeps_list(user.actor.role) {
        return Err(Error::Forbidden);
    }
    let mut family = typed.family();
    if !typed.is_empty() || family.is_empty() {
        let person = match typed.whom(&app).await? {
            Ok(person) => person,
            Err(faults) => return again(&app, f, &user, typed, Wrong { faults, ..Wrong::default() }).await,
        };
        let likely = compare(&app, &user, &typed, &typed.key, &person).await?;
        if !likely.is_empty() {
            return again(&app, f, &user, typed, Wrong { likely, ..Wrong::default() }).await;
        }
        family.push(typed.clone());
    }
    let mut put = Vec::new();
    for at in 0..family.len() {
        let member = Typed { mobile: typed.mobile.clone(), ..family[at].clone() };
        let asked = match command(&app, &user, &typed, &member, at).await? {
            Ok(asked) => asked,
            Err(faults) => return again(&app, f, &user, typed, Wrong { faults, ..Wrong::default() }).await,
        };
        match wait_for_place(&app.core, &asked).await {
            Ok(id) => put.push(id.to_string()),
            Err(error) => {
                // Whoever came before is on the list; the rest stays on the counter.
                let last = family.len() - 1;
                typed.set_family(&family[at..last.max(at)]);
                let wrong = told(&f, error)?;
                return again(&app, f, &user, typed, wrong).await;
            }
        }
    }
    // The counter is done with them: what was half typed is forgotten.
    let forget = format!("{LEFT}={}; Path=/office; Max-Age=60; SameSite=Lax", user.username);
    Ok(([(SET_COOKIE, forget)], Redirect::to(&format!("/office/waiting?put={}", put.join(",")))).into_response())
}

async fn command(
    app: &App,
    user: &crate::actions::log_in::User,
    typed: &Typed,
    member: &Typed,
    at: usize,
) -> Result<Result<WaitForPlace, Vec<crate::error::FieldFault>>> {
    let person = match member.whom(app).await? {
        Ok(person) => person,
        Err(faults) => return Ok(Err(faults)),
    };
    let earlier_dose = match member.earlier_dose() {
        Ok(dose) => dose,
        Err(fault) => return Ok(Err(vec![fault])),
    };
    let (centre, standby) = (typed.wait_at.parse().ok(), typed.standby.is_some());
    let body = format!("{:?}", (&person, &earlier_dose, centre, standby));
    let command = CommandId::new(&user.actor.name, &format!("{} wait {at}", typed.key), body);
    Ok(Ok(WaitForPlace { command, actor: user.actor.clone(), person, earlier_dose, centre, standby }))
}

/// Why somebody is taken off the list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Removal {
    why: String,
}

/// Takes somebody off the list.
pub async fn remove(
    State(app): State<Arc<App>>,
    Staff(user): Staff,
    Path(id): Path<WaitingId>,
    Form(removal): Form<Removal>,
) -> Result<Response> {
    if !keeps_list(user.actor.role) {
        return Err(Error::Forbidden);
    }
    let why = removal.why.parse().map_err(|_| Error::field("why", crate::error::Fault::Choice))?;
    remove_waiting(&app.core, &user.actor, id, why).await?;
    Ok(Redirect::to("/office/waiting?removed=yes").into_response())
}
