//! People of whom nobody knows that a message reached them: send again, or call and tick. The same as a list on paper.

use std::ops::Range;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::Actor;
use crate::actions::command::CommandId;
use crate::actions::look_after_messages::{ShownMessage, read_messages, resend, told, untold};
use crate::app::App;
use crate::domain::charge::{Matter, Thing};
use crate::domain::number::TokenNumber;
use crate::domain::person::Locality;
use crate::domain::place::Role;
use crate::error::{Error, Result};
use crate::ids::MessageId;
use crate::pages::district::charge::{Asked, Charges};
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::message::MessageList;

/// How many are on a page, and how many are printed.
const SHOWN: i64 = 200;
const PRINTED: i64 = 2_000;

#[derive(Template)]
#[template(path = "office/messages.html")]
struct MessagesPage {
    f: Frame,
    rows: Vec<ShownMessage>,
    done: &'static str,
    key: String,
    /// Messages leave this house.
    has_gateway: bool,
    charges: Charges,
    /// The pages before and after this one.
    newer: Option<String>,
    older: Option<String>,
}

/// What has just been done, and how many rows come before the page.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
    skip: String,
}

/// Those whom no message reached, and who looks after each.
async fn read(app: &App, f: &Frame, actor: &Actor, asked: Asked, rows: Range<i64>) -> Result<(Vec<ShownMessage>, Charges)> {
    let list = MessageList::Untold(untold(&app.core, app.gateway_reports()));
    let rows = read_messages(&app.core, actor, list, asked.whose(actor), None, rows).await?;
    let things: Vec<_> = rows.iter().map(|message| Thing::named(message.row.id.0)).collect();
    let charges = Charges::read(app, f, actor, Matter::Message, asked, &things).await?;
    Ok((rows, charges))
}

/// Those whom no message reached.
pub async fn messages(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Query(done): Query<Done>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let told = match done.done.as_str() {
        "again" => f.t.sent_again_done,
        "told" => f.t.told_done,
        _ => "",
    };
    let skip = done.skip.parse::<i64>().unwrap_or(0).clamp(0, 1_000_000);
    let at = |skip| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("whose", &asked.whose).finish();
        format!("/office/messages?{query}&skip={skip}")
    };
    let (newer, next) = ((skip > 0).then(|| at((skip - SHOWN).max(0))), at(skip + SHOWN));
    // One more than is shown tells whether there is another page.
    let (mut rows, charges) = read(&app, &f, &user.actor, asked, skip..skip + SHOWN + 1).await?;
    let older = (rows.len() as i64 > SHOWN).then_some(next);
    rows.truncate(SHOWN as usize);
    let key = app.core.chance.link();
    page(&MessagesPage { f, rows, done: told, key, has_gateway: app.has_gateway(), charges, newer, older })
}

/// People of one centre who live at one place.
struct Section {
    /// Absent: nobody has said where.
    name: Option<Locality>,
    zone: String,
    centre: String,
    rows: Vec<ShownMessage>,
}

#[derive(Template)]
#[template(path = "office/calls.html")]
struct CallsPage {
    f: Frame,
    localities: Vec<Section>,
    /// Messages leave this house.
    has_gateway: bool,
    charges: Charges,
}

/// The list on paper, by zone, centre and where people live.
pub async fn calls(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff) -> Result<Response> {
    let board = app.core.board();
    let mut localities: Vec<Section> = Vec::new();
    let mut last = None;
    let (mut rows, charges) = read(&app, &f, &user.actor, Asked::default(), 0..PRINTED).await?;
    // Who lives at one place stands together; the centres stay in their order.
    for of_centre in rows.chunk_by_mut(|one, next| one.row.centre_id == next.row.centre_id) {
        of_centre.sort_by(|one, next| one.row.locality.cmp(&next.row.locality));
    }
    for row in rows {
        let here = Some((row.row.centre_id, row.row.locality.clone()));
        if last != here {
            last = here;
            let centre = board.centre(row.row.centre_id).ok_or(Error::NotFound)?;
            let zone = board.zone(centre.zone_id).map_or_else(String::new, |zone| zone.name(f.lang).to_owned());
            localities.push(Section { name: row.row.locality.clone(), zone, centre: centre.name(f.lang).to_owned(), rows: Vec::new() });
        }
        if let Some(locality) = localities.last_mut() {
            locality.rows.push(row);
        }
    }
    page(&CallsPage { f, localities, has_gateway: app.has_gateway(), charges })
}

/// What was pressed, under its key.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Pressed {
    key: String,
    /// The token's page that it was pressed on.
    token: String,
}

/// Sends a message again.
pub async fn again(
    State(app): State<Arc<App>>,
    Staff(user): Staff,
    Path(id): Path<MessageId>,
    Form(pressed): Form<Pressed>,
) -> Result<Response> {
    only_who_tells(&user.actor)?;
    let command = CommandId::new(&user.actor.name, &pressed.key, format!("resend {id}"));
    resend(&app.core, &user.actor, &command, id).await?;
    let back = pressed.token.parse::<TokenNumber>().map(|number| format!("/office/tokens/{}", number.plain()));
    Ok(Redirect::to(&format!("{}?done=again", back.as_deref().unwrap_or("/office/messages"))).into_response())
}

/// Notes that somebody was told.
pub async fn was_told(State(app): State<Arc<App>>, Staff(user): Staff, Path(id): Path<MessageId>) -> Result<Response> {
    only_who_tells(&user.actor)?;
    told(&app.core, &user.actor, id).await?;
    Ok(Redirect::to("/office/messages?done=told").into_response())
}

fn only_who_tells(actor: &Actor) -> Result<()> {
    let may = actor.role.is_officer() || matches!(actor.role, Role::Clerk | Role::Operator);
    if may { Ok(()) } else { Err(Error::Forbidden) }
}
