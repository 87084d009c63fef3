//! The audit log: who did what to whom and when, in words, and as a file.

use std::sync::Arc;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use uuid::Uuid;

use crate::actions::log_in::User;
use crate::actions::read_journal::{About, Question, read_journal, read_on};
use crate::actions::seal_journal::last_seal;
use crate::app::App;
use crate::board::Board;
use crate::domain::moment::{Day, Moment, clock, parse_minute};
use crate::domain::number::TokenNumber;
use crate::domain::search::Sought;
use crate::error::{Fault, Result};
use crate::i18n::Lang;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::journal::{Act, Noted};
use crate::storage::seal::Seal;

/// Rows on a page, and in one piece of a file.
const ROWS: i64 = 100;
const PIECE: i64 = 1_000;

/// How many days are shown when none are asked for.
const DAYS: i64 = 7;

/// What is asked for.
#[derive(Debug, Default, Clone, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    person: String,
    who: String,
    act: String,
    from: String,
    from_time: String,
    to: String,
    to_time: String,
    /// Time and id of the last row of the page before.
    at: String,
    id: String,
}

impl Asked {
    /// The question; of what cannot be read, its field.
    fn read(&self, today: Day) -> (Question, Option<&'static str>) {
        let mut wrong = None;
        let person = self.person.trim();
        let about = match Sought::read(person) {
            Sought::Nothing if person.is_empty() => None,
            Sought::Token(number, _) => Some(About::Token(number)),
            Sought::Mobile(mobile) => Some(About::Mobile(mobile)),
            _ => {
                wrong = Some("person");
                None
            }
        };
        let mut day = |field: &'static str, text: &str, otherwise: Day| match text.parse() {
            Ok(day) => day,
            Err(_) if text.trim().is_empty() => otherwise,
            Err(_) => {
                wrong = Some(field);
                otherwise
            }
        };
        let to = day("to", &self.to, today);
        let from = day("from", &self.from, to.plus(1 - DAYS));
        let mut minute = |field: &'static str, text: &str| match parse_minute(text) {
            None if !text.trim().is_empty() => {
                wrong = Some(field);
                None
            }
            minute => minute,
        };
        let (from_minute, to_minute) = (minute("from_time", &self.from_time), minute("to_time", &self.to_time));
        // Whoever types them the other way round means the same time.
        let reversed = to < from || (from == to && from_minute.zip(to_minute).is_some_and(|(from, to)| to < from));
        let (from, to, minutes) = if reversed { (to, from, (to_minute, from_minute)) } else { (from, to, (from_minute, to_minute)) };
        let before = self.at.parse().ok().map(Moment).zip(self.id.parse::<Uuid>().ok());
        (Question { about, who: self.who.clone(), act: self.act.parse().ok(), from, to, minutes, before }, wrong)
    }
}

struct Row {
    noted: Noted,
    who: String,
    act: String,
    about: String,
    /// Where more is to be seen of it.
    link: Option<String>,
}

impl Row {
    fn new(noted: Noted, board: &Board, lang: Lang) -> Self {
        let subject = noted.subject.as_deref().unwrap_or("");
        let (about, link) = match subject.parse::<TokenNumber>() {
            Ok(number) => (number.to_string(), Some(format!("/office/tokens/{}", number.plain()))),
            Err(_) => (lang.subject(board, subject), subject.strip_prefix("dose:").map(|id| format!("/centre/doses/{id}"))),
        };
        let act = noted.act.parse().map_or_else(|_| noted.act.clone(), |act| lang.act(act).to_owned());
        Self { who: lang.actor(&noted.actor), act, about, link, noted }
    }
}

#[derive(Template)]
#[template(path = "district/journal.html")]
struct JournalPage {
    f: Frame,
    asked: Asked,
    from: Day,
    to: Day,
    wrong: Option<&'static str>,
    rows: Vec<Row>,
    seal: Option<Seal>,
    older: Option<String>,
    csv: String,
}

impl JournalPage {
    fn acts(&self) -> Vec<(&'static str, &'static str)> {
        let mut acts: Vec<_> = Act::ALL.iter().map(|act| (act.word(), self.f.lang.act(*act))).collect();
        acts.sort_by_key(|(_, words)| *words);
        acts
    }

    fn fault(&self, field: &str) -> Option<&'static str> {
        let told = match field {
            "person" => self.f.t.journal_person_wrong,
            "from" | "to" => self.f.lang.fault(Fault::Day),
            _ => self.f.lang.fault(Fault::Time),
        };
        (self.wrong == Some(field)).then_some(told)
    }
}

/// The same question as an address.
fn address(path: &str, question: &Question, asked: &Asked, from: Option<(Moment, Uuid)>) -> String {
    let mut out = form_urlencoded::Serializer::for_suffix(format!("{path}?"), path.len() + 1);
    for (name, value) in [("person", asked.person.trim()), ("who", asked.who.trim()), ("act", asked.act.as_str())] {
        if !value.is_empty() {
            out.append_pair(name, value);
        }
    }
    out.append_pair("from", &question.from.to_string()).append_pair("to", &question.to.to_string());
    for (name, minute) in [("from_time", question.minutes.0), ("to_time", question.minutes.1)] {
        if let Some(minute) = minute {
            out.append_pair(name, &clock(minute));
        }
    }
    if let Some((at, id)) = from {
        out.append_pair("at", &at.0.to_string()).append_pair("id", &id.to_string());
    }
    out.finish()
}

/// A page of the log.
pub async fn journal(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let (question, wrong) = asked.read(f.now.day());
    let (found, older) = match wrong {
        Some(_) => (Vec::new(), None),
        None => read_journal(&app.core, &user.actor, &question, Act::ReadJournal, ROWS).await?,
    };
    let seal = last_seal(&app.core).await?;
    let board = app.core.board();
    let rows = found.into_iter().map(|noted| Row::new(noted, &board, f.lang)).collect();
    let older = older.map(|from| address("/district/journal", &question, &asked, Some(from)));
    let csv = address("/district/journal.csv", &question, &asked, None);
    page(&JournalPage { from: question.from, to: question.to, f, asked, wrong, rows, seal, older, csv })
}

/// The log as a file, piece by piece, so that it may be of any length.
pub async fn file(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let (question, _) = asked.read(f.now.day());
    let first = read_journal(&app.core, &user.actor, &question, Act::DownloadJournal, PIECE).await?;
    let begun = Piece { app, user, question, lang: f.lang, page: Some(first), is_first: true };
    let pieces = stream::try_unfold(begun, |mut piece| async move {
        let written = piece.next().await?;
        Ok::<_, crate::error::Error>(written.map(|bytes| (bytes, piece)))
    });
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"journal.csv\"")];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// A file that is being written.
struct Piece {
    app: Arc<App>,
    user: User,
    question: Question,
    lang: Lang,
    page: Option<crate::actions::read_journal::Page>,
    is_first: bool,
}

impl Piece {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let Some((rows, older)) = self.page.take() else { return Ok(None) };
        let board = self.app.core.board();
        let mut csv = csv::Writer::from_writer(Vec::new());
        if std::mem::take(&mut self.is_first) {
            // A spreadsheet takes a file without this mark for another encoding. Writing into memory cannot fail.
            let _ = csv.write_record(["\u{feff}time", "who", "act", "act_in_words", "about", "refused"]);
        }
        for noted in rows {
            let at = noted.at.local().format("%Y-%m-%d %H:%M:%S").to_string();
            let refused = if noted.refused { "yes" } else { "no" };
            let row = Row::new(noted, &board, self.lang);
            let _ = csv.write_record([&at, &harmless(&row.noted.actor), &row.noted.act, &row.act, &harmless(&row.about), refused]);
        }
        if older.is_some() {
            self.question.before = older;
            self.page = Some(read_on(&self.app.core, &self.user.actor, &self.question, PIECE).await?);
        }
        Ok(Some(csv.into_inner().unwrap_or_default().into()))
    }
}

/// A text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
