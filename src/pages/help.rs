//! Help: one page a role, for the screen and for one side of A4.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use super::frame::{Frame, lang_of, without_lang};
use super::{page, render};
use crate::app::App;
use crate::board::Board;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::i18n::help::{Reader, Sheet, sheet};

/// Somebody who can be called.
struct Phone {
    whose: String,
    number: String,
}

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    f: Frame,
    sheet: &'static Sheet,
    /// Empty: there is room to write them down.
    phones: Vec<Phone>,
    staff: bool,
}

/// The page of help for a role.
pub fn reader_for(role: Role) -> Reader {
    match role {
        Role::Clerk => Reader::Clerk,
        Role::Operator => Reader::Operator,
        Role::DistrictOfficer | Role::StateOfficer => Reader::Officer,
    }
}

/// One role's page, with the numbers of whoever is logged in.
pub async fn help(State(app): State<Arc<App>>, f: Frame, Path(reader): Path<String>) -> Result<Response> {
    let reader: Reader = reader.parse().map_err(|_| Error::NotFound)?;
    let board = app.core.board();
    let phones = f.user.as_ref().map(|user| phones(&board, user.actor.scope, &f)).unwrap_or_default();
    page(&HelpPage { f, sheet: sheet(reader), phones, staff: reader != Reader::Citizen })
}

/// The gatekeeper's page under the gate's own address, the same for everybody: the phone keeps it.
pub async fn at_the_gate(State(app): State<Arc<App>>, request: axum::extract::Request) -> Result<Response> {
    let query = request.uri().query();
    let f = Frame::public(&app, lang_of(query).unwrap_or(Lang::Hi), without_lang("/gate/help", query));
    let html = render(&HelpPage { f, sheet: sheet(Reader::Gatekeeper), phones: Vec::new(), staff: true })?;
    Ok(([(header::CACHE_CONTROL, "no-cache")], Html(html)).into_response())
}

/// Whom somebody calls: the zone office and the supervisors of the centres that they work for.
fn phones(board: &Board, scope: Scope, f: &Frame) -> Vec<Phone> {
    let of_zone = |zone: &crate::storage::field::Zone| Phone { whose: zone.name(f.lang).to_owned(), number: zone.phone.clone() };
    let of_centre = |centre: &crate::storage::field::Centre| Phone {
        whose: format!("{}, {}", f.t.supervisor, centre.name(f.lang)),
        number: centre.supervisor_phone.clone(),
    };
    let field = &board.field;
    match scope {
        Scope::Zone(id) => {
            let zone = board.zone(id).map(of_zone);
            zone.into_iter().chain(field.centres.iter().filter(|centre| centre.zone_id == id).take(MOST).map(of_centre)).collect()
        }
        Scope::Centre(id) => {
            let centre = board.centre(id);
            let zone = centre.and_then(|centre| board.zone(centre.zone_id)).map(of_zone);
            centre.map(of_centre).into_iter().chain(zone).collect()
        }
        // An officer has the whole district in the field's own pages.
        Scope::District(_) | Scope::State => Vec::new(),
    }
}

/// How many centres' numbers fit on the page.
const MOST: usize = 4;
