//! Help: one page a role, for the screen and for one side of A4.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use super::frame::{Frame, lang_of, without_lang};
use super::{page, render};
use crate::app::App;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::i18n::help::{Reader, Sheet, sheet};
use crate::ids::ZoneId;
use crate::storage::field::Centre;

/// Somebody who can be called.
pub struct Phone {
    /// Whom it reaches.
    pub whose: String,
    /// As it is written.
    pub number: String,
}

impl Phone {
    /// The address that calls it.
    pub fn address(&self) -> String {
        format!("tel:{}", self.number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>())
    }
}

impl Frame {
    /// Whom the person who is logged in may call: the zone office and the supervisors of the centres that they work for.
    pub fn phones(&self) -> Vec<Phone> {
        let (board, lang) = (&self.board, self.lang);
        let of_centre = |centre: &Centre| Phone {
            whose: format!("{}, {}", self.t.supervisor, centre.name(lang)),
            number: centre.supervisor_phone.clone(),
        };
        match self.user.as_ref().map(|user| user.actor.scope) {
            Some(Scope::Zone(id)) => {
                let centres = board.field.centres.iter().filter(|centre| centre.zone_id == id).take(MOST).map(of_centre);
                self.office_phone(id).into_iter().chain(centres).collect()
            }
            Some(Scope::Centre(id)) => {
                let centre = board.centre(id);
                let office = centre.and_then(|centre| self.office_phone(centre.zone_id));
                centre.map(of_centre).into_iter().chain(office).collect()
            }
            // An officer has the whole district in the field's own pages.
            Some(Scope::District(_) | Scope::State) | None => Vec::new(),
        }
    }

    /// A zone office's phone: it stands on what a citizen is refused.
    pub fn office_phone(&self, zone: ZoneId) -> Option<Phone> {
        self.board.zone(zone).map(|zone| Phone { whose: zone.name(self.lang).to_owned(), number: zone.phone.clone() })
    }
}

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    f: Frame,
    reader: Reader,
    sheet: &'static Sheet,
    /// Empty: there is room to write them down.
    phones: Vec<Phone>,
    staff: bool,
}

impl HelpPage {
    fn readers(&self) -> &'static [Reader] {
        Reader::ALL
    }

    fn address(&self, reader: &Reader) -> String {
        format!("/help/{reader}")
    }

    fn title(&self, reader: &Reader) -> &'static str {
        sheet(*reader).title.of(self.f.lang)
    }
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
pub async fn help(f: Frame, Path(reader): Path<String>) -> Result<Response> {
    let reader: Reader = reader.parse().map_err(|_| Error::NotFound)?;
    let phones = f.phones();
    page(&HelpPage { f, reader, sheet: sheet(reader), phones, staff: reader != Reader::Citizen })
}

/// The gatekeeper's page under the gate's own address, the same for everybody: the phone keeps it.
pub async fn at_the_gate(State(app): State<Arc<App>>, request: axum::extract::Request) -> Result<Response> {
    let query = request.uri().query();
    let f = Frame::public(&app, lang_of(query).unwrap_or(Lang::Hi), without_lang("/gate/help", query));
    let html = render(&HelpPage { f, reader: Reader::Gatekeeper, sheet: sheet(Reader::Gatekeeper), phones: Vec::new(), staff: true })?;
    Ok(([(header::CACHE_CONTROL, "no-cache")], Html(html)).into_response())
}

/// How many centres' numbers fit on the page.
const MOST: usize = 4;
