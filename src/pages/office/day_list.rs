//! The list of a centre's day on paper: printed the evening before, ticked at the gate when nothing else works, keyed in later.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::command::CommandId;
use crate::actions::look_up::day_list as read_list;
use crate::actions::record_scans::{Code, RecordScan};
use crate::actions::sync_gate::MOST_SCANS;
use crate::app::App;
use crate::domain::admission::{Decision, TokenState, Verdict};
use crate::domain::moment::Day;
use crate::domain::number::TokenNumber;
use crate::error::{Error, Result};
use crate::ids::CentreId;
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::field::Centre;
use crate::storage::scan::ScanKind;
use crate::storage::token::Token;

/// The reason by which a scan is known to come from a list on paper.
pub const FROM_PAPER: &str = "paper_list";

/// Which list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    centre: String,
    date: String,
    /// How many ticks were keyed in just now.
    keyed: Option<usize>,
}

#[derive(Template)]
#[template(path = "office/day_list.html")]
struct DayListPage {
    f: Frame,
    centre: Centre,
    day: Day,
    days: Vec<Day>,
    centres: Vec<(CentreId, String)>,
    tokens: Vec<Token>,
    keyed: Option<usize>,
}

impl DayListPage {
    /// Whether its tick can still be keyed in.
    fn waits(&self, token: &Token) -> bool {
        token.state == TokenState::Issued
    }

    /// Whether people may have come by now.
    fn has_begun(&self) -> bool {
        self.day <= self.f.now.day()
    }

    fn title(&self) -> String {
        format!("{} · {}", self.centre.name(self.f.lang), self.f.lang.day(self.day))
    }
}

/// The list: to be printed, and to be keyed in from.
pub async fn day_list(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Query(asked): Query<Asked>) -> Result<Response> {
    let board = app.core.board();
    let own = || board.field.centres.iter().filter(|centre| user.actor.scope.covers(centre.place()));
    let chosen = asked.centre.parse().ok().map(CentreId);
    let centre = match chosen {
        Some(id) => user.actor.centre(&board, id)?.clone(),
        None => own().next().ok_or(Error::NotFound)?.clone(),
    };
    let day = asked.date.parse().unwrap_or_else(|_| f.now.day());
    let tokens = read_list(&app.core, &user.actor, centre.id, day).await?;
    let centres = own().map(|centre| (centre.id, centre.name(f.lang).to_owned())).collect();
    let days = board.days(None, f.now.day().start());
    page(&DayListPage { f, centre, day, days, centres, tokens, keyed: asked.keyed })
}

/// Which were ticked: the boxes carry the tokens' numbers.
#[derive(Debug, serde::Deserialize)]
pub struct Ticked {
    centre: i64,
    date: String,
    #[serde(flatten)]
    boxes: BTreeMap<String, String>,
}

/// Records the ticks as admissions, marked as keyed in from paper. A list that is keyed in twice does nothing twice.
pub async fn key_in(State(app): State<Arc<App>>, Staff(user): Staff, Form(ticked): Form<Ticked>) -> Result<Response> {
    let board = app.core.board();
    let centre = user.actor.centre(&board, CentreId(ticked.centre))?.id;
    let day: Day = ticked.date.parse().map_err(|_| Error::Malformed("no such day".into()))?;
    let now = app.core.clock.now();
    if day > now.day() {
        return Err(Error::Malformed("nobody has come on a day that is not yet".into()));
    }
    let waiting: BTreeMap<TokenNumber, Token> =
        read_list(&app.core, &user.actor, centre, day).await?.into_iter().map(|token| (token.number, token)).collect();
    let numbers = ticked.boxes.keys().filter_map(|name| name.strip_prefix('t')?.parse::<TokenNumber>().ok());
    let scans: Vec<_> = numbers
        .filter_map(|number| waiting.get(&number).filter(|token| token.state == TokenState::Issued))
        .map(|token| RecordScan {
            id: CommandId::new(FROM_PAPER, &format!("{} {}", token.number.plain(), token.slot_id), "").id,
            kind: ScanKind::Scan,
            code: Code::Number(token.number, Some(token.revision)),
            centre,
            gate: None,
            decided: Some(Decision { verdict: Verdict::Admitted, late: false }),
            // A tick says that somebody came in their slot, not at which minute.
            clock_proved: false,
            at: Some(token.starts.min(now)),
            reason: Some(FROM_PAPER.to_owned()),
            reverses: None,
            by_whom: Arc::clone(&user.actor.name),
        })
        .collect();
    let mut keyed = 0;
    // As many as a gate sends at once, so that a gate at work is not kept waiting for a whole list.
    for some in scans.chunks(MOST_SCANS) {
        for answer in app.scanning.many(some.to_vec()).await? {
            answer??;
            keyed += 1;
        }
    }
    Ok(Redirect::to(&format!("/office/list?centre={centre}&date={day}&keyed={keyed}")).into_response())
}
