//! The slip that the person carries: 58 mm, 80 mm, six on an A4 page, or one in large print. Which paper lies in the printer
//! is said once for each PC, and kept in its browser.

use std::collections::BTreeMap;
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
use crate::domain::care::Need;
use crate::domain::number::TokenNumber;
use crate::domain::person::IdType;
use crate::domain::tongue::{Code, Direction};
use crate::error::{Error, Result};
use crate::i18n::{Lang, SlipWords, Third};
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

impl Paper {
    /// Whether it has room for two languages only: then a third one takes the English's place.
    fn has_room_for_two(self) -> bool {
        matches!(self, Self::A4 | Self::Large)
    }
}

/// What stands on a slip, word for word. Everybody's is in Hindi first, whatever the clerk reads.
#[derive(Default)]
struct Slip {
    call: String,
    day_hi: String,
    window_hi: String,
    when_en: String,
    centre_hi: String,
    gate: String,
    address_hi: String,
    centre_en: String,
    symbol: Option<Symbol>,
    number: String,
    name: String,
    about: String,
    needs: String,
    code: String,
    phone: String,
    third: Option<ThirdSlip>,
}

/// What stands on it in the district's own language.
struct ThirdSlip {
    code: Code,
    direction: Direction,
    /// In place of the English.
    instead: bool,
    words: SlipWords,
}

impl ThirdSlip {
    fn of(third: &Third, token: &Token, paper: Paper) -> Self {
        let instead = third.is_instead() || paper.has_room_for_two();
        Self { code: third.language.code, direction: third.language.direction, instead, words: third.slip(token) }
    }
}

impl Slip {
    fn of(token: &Token, symbol: Symbol, phone: String, third: Option<ThirdSlip>) -> Self {
        let (hi, en) = (Lang::Hi, Lang::En);
        let t = hi.text();
        Self {
            call: token.call_number().to_string(),
            day_hi: hi.short_day(token.day),
            window_hi: hi.window(token.starts, token.ends()),
            when_en: format!("{}, {}", en.short_day(token.day), en.window(token.starts, token.ends())),
            centre_hi: token.centre_name_hi.clone(),
            gate: token.gate_letter().map_or_else(String::new, |gate| format!("गेट {gate}")),
            address_hi: token.centre_address_hi.clone(),
            centre_en: token.centre_name_en.clone(),
            symbol: Some(symbol),
            number: token.number.to_string(),
            name: token.name.to_string(),
            about: format!(
                "{} {} · {} …{} · {} {}",
                t.slip_born,
                token.birth_year,
                hi.id_type(token.id_type),
                token.id_end,
                t.dose,
                token.dose
            ),
            needs: token.needs.all().iter().map(|need| hi.need(*need)).collect::<Vec<_>>().join(" · "),
            code: token.secret_code.clone(),
            phone,
            third,
        }
    }

    /// A line of the third language; empty: the Hindi says it.
    fn third(&self, line: &str) -> &str {
        let Some(ThirdSlip { words, .. }) = &self.third else { return "" };
        match line {
            "title" => &words.title,
            "when" => &words.when,
            "gate" => &words.gate,
            "about" => &words.about,
            "needs" => &words.needs,
            "secret_code" => &words.secret_code,
            "bring" => &words.bring,
            "enquiries" => &words.enquiries,
            _ => "",
        }
    }

    /// Whether the English of a line gives way to the third language.
    fn gives_way(&self, line: &str) -> bool {
        !self.third(line).is_empty() && self.third.as_ref().is_some_and(|third| third.instead)
    }
}

#[derive(Template)]
#[template(path = "office/slips.html")]
struct SlipsPage {
    f: Frame,
    paper: Paper,
    /// Places of a page of six that are used up.
    used: usize,
    slips: Vec<Slip>,
    /// An empty slip instead, for a desk without a link to fill in.
    blank: bool,
}

impl SlipsPage {
    fn paper_css(&self) -> String {
        self.f.asset(&format!("css/slip-{}.css", self.paper))
    }

    fn hi(&self) -> Lang {
        Lang::Hi
    }

    fn en(&self) -> Lang {
        Lang::En
    }

    /// The width of a symbol in millimetres.
    fn millimetres(&self, symbol: &Symbol) -> String {
        millimetres(symbol, self.dots())
    }

    /// What a desk needs to fill a slip in, as JSON: the words of the line about the person, kinds of ID, needs.
    fn words(&self) -> String {
        let (lang, t) = (Lang::Hi, Lang::Hi.text());
        let ids: BTreeMap<_, _> = IdType::ALL.iter().map(|kind| (kind.word(), lang.id_type(*kind))).collect();
        let needs: BTreeMap<_, _> = Need::ALL.iter().map(|need| (need.word(), lang.need(*need))).collect();
        serde_json::json!({ "born": t.slip_born, "dose": t.dose, "ids": ids, "needs": needs }).to_string()
    }

    /// Dots of the printer a module, at 203 dots an inch.
    fn dots(&self) -> u32 {
        if self.paper == Paper::Large { 10 } else { 6 }
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
    let paper = asked.paper.parse().unwrap_or_else(|_| paper_here(&headers));
    let slip = |token: Token| -> Result<Slip> {
        let symbol = draw(&app.core.qr(&token.cose))?;
        let phone = board.zone(token.zone_id).map_or_else(String::new, |zone| zone.phone.clone());
        let third = board.third_at(token.centre_id).map(|third| ThirdSlip::of(third, &token, paper));
        Ok(Slip::of(&token, symbol, phone, third))
    };
    let slips = tokens.into_iter().map(slip).collect::<Result<_>>()?;
    let used = if paper == Paper::A4 { asked.place.clamp(1, A_PAGE) - 1 } else { 0 };
    page(&SlipsPage { f, paper, used, slips, blank: false })
}

/// The empty slip that a desk keeps and fills in by itself: the same, but for whom it is.
pub fn blank_slip(f: Frame, paper: Paper) -> Result<Response> {
    page(&SlipsPage { f, paper, used: 0, slips: vec![Slip::default()], blank: true })
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
