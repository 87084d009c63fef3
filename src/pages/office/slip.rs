//! The slip that the person carries: 58 mm, 80 mm, or six on an A4 page.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

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

words! {
    /// What the printer takes.
    Paper {
        /// A roll of 58 mm: 48 mm are printed.
        Roll58 = "58",
        /// A roll of 80 mm: 72 mm are printed.
        Roll80 = "80",
        /// Six to a page.
        A4 = "a4",
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

    /// The width of a symbol in millimetres: six dots a module at 203 dots an inch.
    fn millimetres(&self, symbol: &Symbol) -> String {
        format!("{:.2}", f64::from(symbol.side as u32) * 6.0 * 25.4 / 203.0)
    }
}

/// Which slips, on which paper.
#[derive(Debug, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    numbers: String,
    paper: String,
}

impl Default for Asked {
    fn default() -> Self {
        Self { numbers: String::new(), paper: Paper::Roll58.to_string() }
    }
}

/// Slips to print.
pub async fn slips(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Query(asked): Query<Asked>) -> Result<Response> {
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
    page(&SlipsPage { f, paper: asked.paper.parse().unwrap_or(Paper::Roll58), slips })
}
