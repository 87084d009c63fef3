//! The slip that the person carries: 58 mm, 80 mm, six on an A4 page, or one in large print. Which paper lies in the printer
//! is said once for each PC, and kept in its browser.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use crate::actions::look_up::tokens_for_print;
use crate::app::App;
use crate::domain::number::TokenNumber;
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::pages::qr::{Symbol, draw};
use crate::storage::token::Token;
use crate::words::words;

/// Slips that one call prints at most: a centre's day.
const MOST: usize = 240;

/// Slips on a page of A4.
const A_PAGE: usize = 6;

words! {
    /// What the printer takes.
    Paper {
        /// A roll of 58 mm: 48 mm are printed.
        Roll58 = "58",
        /// A roll of 80 mm: 72 mm are printed.
        Roll80 = "80",
        /// Six to a page of A4.
        A4 = "a4",
        /// One to a page of A4, in letters that can be read from afar.
        Large = "large",
    }
}

struct Slip {
    token: Token,
    symbol: Symbol,
    phone: String,
}

#[derive(Template)]
#[template(path = "office/slips.html")]
struct SlipsPage {
    f: Frame,
    paper: Paper,
    /// Places of a page of six that are used up.
    used: usize,
    slips: Vec<Slip>,
}

impl SlipsPage {
    fn paper_css(&self) -> String {
        self.f.asset(&format!("css/slip-{}.css", self.paper))
    }

    /// Everybody's slip is in Hindi first, whatever the clerk reads.
    fn hi(&self) -> Lang {
        Lang::Hi
    }

    fn en(&self) -> Lang {
        Lang::En
    }

    /// The width of a symbol in millimetres: six dots a module at 203 dots an inch, ten in large print.
    fn millimetres(&self, symbol: &Symbol) -> String {
        millimetres(symbol, if self.paper == Paper::Large { 10 } else { 6 })
    }
}

fn millimetres(symbol: &Symbol, dots: u32) -> String {
    format!("{:.2}", f64::from(symbol.side as u32 * dots) * 25.4 / 203.0)
}

/// Which slips, on which paper.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    numbers: String,
    /// Absent: what lies in this PC's printer.
    paper: String,
    /// The first free place of a page of six, from 1.
    place: usize,
}

/// The cookie that says what lies in this PC's printer.
const PAPER: &str = "baari_paper";

/// What lies in this PC's printer.
pub fn paper_here(headers: &HeaderMap) -> Paper {
    CookieJar::from_headers(headers).get(PAPER).and_then(|cookie| cookie.value().parse().ok()).unwrap_or(Paper::Roll58)
}

/// Slips to print.
pub async fn slips(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let numbers: Vec<TokenNumber> = asked.numbers.split(',').filter_map(|number| number.parse().ok()).take(MOST).collect();
    let tokens = tokens_for_print(&app.core, &user.actor, &numbers).await?;
    if tokens.is_empty() {
        return Err(Error::NotFound);
    }
    let board = app.core.board();
    let slip = |token: Token| -> Result<Slip> {
        let symbol = draw(&app.core.qr(&token.cose))?;
        let phone = board.zone(token.zone_id).map_or_else(String::new, |zone| zone.phone.clone());
        Ok(Slip { token, symbol, phone })
    };
    let slips = tokens.into_iter().map(slip).collect::<Result<_>>()?;
    let paper = asked.paper.parse().unwrap_or_else(|_| paper_here(&headers));
    let used = if paper == Paper::A4 { asked.place.clamp(1, A_PAGE) - 1 } else { 0 };
    page(&SlipsPage { f, paper, used, slips })
}

#[derive(Template)]
#[template(path = "office/printer.html")]
struct PrinterPage {
    f: Frame,
    paper: Paper,
    done: bool,
}

impl PrinterPage {
    fn papers(&self) -> &'static [Paper] {
        Paper::ALL
    }

    fn name(&self, paper: &Paper) -> &'static str {
        match paper {
            Paper::Roll58 => "58 mm",
            Paper::Roll80 => "80 mm",
            Paper::A4 => self.f.t.a4_six,
            Paper::Large => self.f.t.a4_large,
        }
    }
}

/// Which paper, as it was chosen.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Chosen {
    paper: String,
    done: Option<String>,
}

/// What lies in this PC's printer.
pub async fn printer(f: Frame, _: Staff, headers: HeaderMap, Query(asked): Query<Chosen>) -> Result<Response> {
    page(&PrinterPage { f, paper: paper_here(&headers), done: asked.done.is_some() })
}

/// Remembers it, in this browser.
pub async fn set_printer(_: Staff, Form(chosen): Form<Chosen>) -> Result<Response> {
    let paper: Paper = chosen.paper.parse().map_err(|_| Error::Malformed("no such paper".into()))?;
    let cookie = format!("{PAPER}={paper}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/office/printer?done=1")).into_response())
}

#[derive(Template)]
#[template(path = "office/test_print.html")]
struct TestPrint {
    f: Frame,
    paper: Paper,
    symbol: Symbol,
    side: String,
}

impl TestPrint {
    fn paper_css(&self) -> String {
        self.f.asset(&format!("css/slip-{}.css", self.paper))
    }
}

/// A page that shows whether the printer is set up right: edges, Hindi letters, a code to be read.
pub async fn test_print(f: Frame, _: Staff, headers: HeaderMap) -> Result<Response> {
    let symbol = draw("BAARI TEST PRINT")?;
    let side = millimetres(&symbol, 8);
    page(&TestPrint { f, paper: paper_here(&headers), symbol, side })
}
