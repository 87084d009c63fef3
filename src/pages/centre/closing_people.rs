//! Who stands behind a number of a day's account.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use super::closing::day_of;
use super::{Named, centre_of, of_officer};
use crate::actions::account_for_days::list_people;
use crate::app::App;
use crate::domain::closing::Ending;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::error::Result;
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::field::Centre;

/// Somebody of the day.
struct Person {
    ending: Ending,
    at: Moment,
    call: String,
    name: String,
    /// The dose, or why there is none.
    what: String,
    by: String,
    href: Option<String>,
    scanned: bool,
}

#[derive(Template)]
#[template(path = "centre/closing_people.html")]
struct PeoplePage {
    f: Frame,
    centre: Centre,
    day: Day,
    title: &'static str,
    people: Vec<Person>,
    of: String,
}

/// The list: everybody (`all`), one ending, or the vaccinated whom no gate has seen (`unscanned`).
pub async fn people(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Query(named): Query<Named>) -> Result<Response> {
    let centre = centre_of(&app, &user, &named.centre)?;
    let day = day_of(&f, &named.date)?;
    let (found, dosed) = list_people(&app.core, &user.actor, centre.id, day).await?;
    let token = |number: TokenNumber| Some(format!("/office/tokens/{}", number.plain()));
    let mut people: Vec<_> = dosed
        .into_iter()
        .map(|row| Person {
            ending: Ending::Vaccinated,
            at: row.given_at,
            call: row.call_number().map_or_else(|| "–".into(), |call| call.to_string()),
            what: format!("{} {} · {}", f.lang.vaccine(row.vaccine), row.batch, row.vaccinator),
            by: f.lang.actor(&row.entered_by),
            href: Some(format!("/centre/doses/{}", row.id)),
            scanned: row.scanned,
            name: row.name.to_string(),
        })
        .collect();
    people.extend(found.sent_home.iter().map(|row| Person {
        ending: row.kind,
        at: row.came_at,
        call: row.token.to_string(),
        name: row.name.to_string(),
        what: f.lang.no_dose(row.reason).to_owned(),
        by: f.lang.actor(&row.by_whom),
        href: token(row.token),
        scanned: true,
    }));
    people.extend(found.unended.iter().map(|row| Person {
        ending: Ending::Inside,
        at: row.came_at,
        call: row.call_number().map_or_else(|| row.number.to_string(), |call| call.to_string()),
        name: row.name.as_ref().map_or_else(String::new, ToString::to_string),
        what: String::new(),
        by: String::new(),
        href: row.state.and(token(row.number)),
        scanned: true,
    }));
    let ending = named.of.parse::<Ending>().ok();
    match (ending, named.of.as_str()) {
        (Some(ending), _) => people.retain(|person| person.ending == ending),
        (None, "unscanned") => people.retain(|person| !person.scanned),
        _ => {}
    }
    people.sort_by_key(|person| person.at);
    let title = match (ending, named.of.as_str()) {
        (Some(ending), _) => f.lang.ending(ending),
        (None, "unscanned") => f.t.closing_unscanned,
        _ => f.t.closing_admitted,
    };
    page(&PeoplePage { of: of_officer(&user, centre.id), f, centre, day, title, people })
}
