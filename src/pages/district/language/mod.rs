//! A district's third language: which it is, its texts beside the Hindi and English, its recordings.

mod files;

pub use files::{clips, download, upload};

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::command::CommandId;
use crate::actions::import::Report;
use crate::actions::log_in::User;
use crate::actions::message_texts::{Texts, longest_link};
use crate::actions::third_language::{own_district, remove_language, save_texts, set_language};
use crate::app::App;
use crate::domain::clip::WORDS;
use crate::domain::message::Wording;
use crate::domain::place::Scope;
use crate::domain::tongue::{Code, Direction, Key, OFFERED, OnSlip, Word, check_line};
use crate::error::{Error, Result};
use crate::i18n::{Lang, Third};
use crate::ids::DistrictId;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::field::District;
use crate::storage::third::{ThirdLanguage, ThirdText};

/// The most characters of a language's own name: it stands in a choice at the counter.
const MOST_NAME: usize = 30;

/// Which language, as it was typed.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Settings {
    district: String,
    key: String,
    code: String,
    name: String,
    direction: String,
    on_slip: String,
    /// `remove` takes the language away, once `sure` is ticked.
    act: String,
    sure: Option<String>,
}

/// Texts as they were typed, by field.
pub type Typed = HashMap<String, String>;

/// One text, as the form shows it.
struct Row {
    key: Key,
    hi: &'static str,
    en: &'static str,
    text: String,
    /// The operators' id; messages only.
    registered: Option<String>,
    /// How many parts it takes with the longest names.
    parts: Option<usize>,
    most: usize,
    fault: String,
}

impl Row {
    fn is_long(&self) -> bool {
        self.registered.is_some() || self.key == Key::Slip(Word::Bring)
    }

    fn variables(&self) -> String {
        match self.key {
            Key::Message(template) => template.variables().iter().map(|variable| variable.braced()).collect::<Vec<_>>().join(" "),
            Key::Slip(_) => String::new(),
        }
    }
}

/// What the page says beside what is stored.
#[derive(Default)]
struct Said {
    done: &'static str,
    settings: Option<Settings>,
    /// Where, and why.
    faults: Vec<(String, String)>,
    texts: Typed,
    report: Option<Report>,
    file_name: String,
    file: String,
    errors_csv: String,
}

#[derive(Template)]
#[template(path = "district/language.html")]
struct LanguagePage {
    f: Frame,
    district: District,
    third: Option<Third>,
    settings: Settings,
    groups: Vec<(&'static str, Vec<Row>)>,
    said: Said,
    key: String,
    all: usize,
}

impl LanguagePage {
    fn fault(&self, field: &str) -> Option<&str> {
        self.said.faults.iter().find(|(at, _)| at == field).map(|(_, why)| why.as_str())
    }

    fn offered(&self) -> &'static [(&'static str, &'static str, Direction)] {
        OFFERED
    }

    fn words(&self) -> [&'static str; 12] {
        WORDS
    }

    fn clip(&self, third: &Third, word: &str) -> Option<String> {
        clip_address(third, word)
    }

    fn rows_left(&self, report: &Report) -> bool {
        report.wrong.is_empty() && !report.applied && !(report.new.is_empty() && report.changed.is_empty())
    }
}

/// Where a recorded word is to be had, if there is one.
pub fn clip_address(third: &Third, word: &str) -> Option<String> {
    third.clips.get(word).map(|version| format!("/clips/{}/{word}?v={version}", third.language.district_id))
}

#[derive(Template)]
#[template(path = "district/languages.html")]
struct LanguagesPage {
    f: Frame,
    rows: Vec<(District, Option<Third>)>,
}

/// Whose language.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    district: String,
    done: String,
}

/// The page of a district; for the state, the list of districts first.
pub async fn language(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    if asked.district.is_empty() && user.actor.scope == Scope::State {
        let board = app.core.board();
        let rows = board.field.districts.iter().map(|row| (row.clone(), board.third(row.id).cloned())).collect();
        return page(&LanguagesPage { f, rows });
    }
    let done = match asked.done.as_str() {
        "language" => f.t.third_saved,
        "texts" => f.t.third_texts_saved,
        "clips" => f.t.third_clips_saved,
        "removed" => f.t.third_removed,
        _ => "",
    };
    let district = district_of(&app, &user, &asked.district)?;
    show(&app, f, district, Said { done, ..Said::default() }).await
}

/// The district that a page or form is about, if it is the officer's.
fn district_of(app: &App, user: &User, typed: &str) -> Result<DistrictId> {
    let own = app.core.board().district_of(user.actor.scope);
    let id = typed.parse().ok().or(own).ok_or(Error::NotFound)?;
    own_district(&app.core, &user.actor, id)?;
    Ok(id)
}

fn back(district: DistrictId, done: &str) -> Response {
    Redirect::to(&format!("/district/language?district={district}&done={done}")).into_response()
}

async fn show(app: &App, f: Frame, district: DistrictId, said: Said) -> Result<Response> {
    let core = &app.core;
    let board = core.board();
    let third = board.third(district).cloned();
    let mut tx = core.read().await?;
    let texts = Texts::read(&mut tx).await?;
    tx.commit().await?;
    let stored = |key: Key| third.as_ref().and_then(|third| third.text(key));
    let row = |key: Key| {
        let typed = said.texts.get(&key.to_string());
        let registered = matches!(key, Key::Message(_)).then(|| {
            let typed = said.texts.get(&format!("{key}.registered"));
            typed.cloned().unwrap_or_else(|| stored(key).map_or_else(String::new, |row| row.registered.clone()))
        });
        let (hi, en, most) = match key {
            Key::Slip(word) => (Lang::Hi.slip_word(word), Lang::En.slip_word(word), word.most()),
            Key::Message(template) => (Lang::Hi.message(template), Lang::En.message(template), 1_000),
        };
        let parts = stored(key).and_then(|row| match key {
            Key::Message(template) => Some(Wording::read(template, &row.text).ok()?.most_parts(&texts.policy, longest_link(core)).parts),
            Key::Slip(_) => None,
        });
        let text = typed.cloned().unwrap_or_else(|| stored(key).map_or_else(String::new, |row| row.text.clone()));
        let fault = said.faults.iter().find(|(at, _)| *at == key.to_string()).map_or_else(String::new, |(_, why)| why.clone());
        Row { key, hi, en, text, registered, parts, most, fault }
    };
    let (mut slip, mut days, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    for key in Key::all() {
        match key {
            Key::Slip(Word::Weekday(_) | Word::Month(_) | Word::Part(_)) => days.push(row(key)),
            Key::Slip(_) => slip.push(row(key)),
            Key::Message(_) => messages.push(row(key)),
        }
    }
    let groups = vec![(f.t.third_on_slip, slip), (f.t.third_days, days), (f.t.messages, messages)];
    let language = third.as_ref().map(|third| &third.language);
    let settings = said.settings.clone().unwrap_or_else(|| Settings {
        code: language.map_or_else(String::new, |row| row.code.to_string()),
        name: language.map_or_else(String::new, |row| row.name.clone()),
        direction: language.map_or(Direction::Ltr, |row| row.direction).to_string(),
        on_slip: language.map_or(OnSlip::Beside, |row| row.on_slip).to_string(),
        ..Settings::default()
    });
    let district = board.district(district).ok_or(Error::NotFound)?.clone();
    page(&LanguagePage { f, district, third, settings, groups, said, key: core.chance.link(), all: Key::all().len() })
}

impl Settings {
    /// What was typed, or what is wrong with which field.
    fn read(&self, f: &Frame, district_id: DistrictId) -> Result<ThirdLanguage, Vec<(String, String)>> {
        let mut faults = Vec::new();
        let code = self.code.parse::<Code>().map_err(|_| faults.push(("code".into(), f.t.third_code_wrong.into()))).ok();
        let name = self.name.trim();
        if name.is_empty() || check_line(name, MOST_NAME).is_err() {
            faults.push(("name".into(), f.t.third_name_wrong.into()));
        }
        let direction = self.direction.parse().unwrap_or(Direction::Ltr);
        let on_slip = self.on_slip.parse().unwrap_or(OnSlip::Beside);
        match code {
            Some(code) if faults.is_empty() => Ok(ThirdLanguage { district_id, code, name: name.to_owned(), direction, on_slip }),
            _ => Err(faults),
        }
    }
}

/// Says which language it is, or takes it away.
pub async fn set(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Form(typed): Form<Settings>) -> Result<Response> {
    let district = district_of(&app, &user, &typed.district)?;
    if typed.act == "remove" {
        if typed.sure.is_none() {
            let faults = vec![("sure".to_owned(), f.t.third_be_sure.to_owned())];
            return show(&app, f, district, Said { faults, ..Said::default() }).await;
        }
        let command = CommandId::new(&user.actor.name, &typed.key, format!("remove {district}"));
        remove_language(&app.core, &user.actor, &command, district).await?;
        return Ok(back(district, "removed"));
    }
    let faults = match typed.read(&f, district) {
        Ok(row) => {
            let command = CommandId::new(&user.actor.name, &typed.key, format!("{row:?}"));
            match set_language(&app.core, &user.actor, &command, &row).await? {
                Ok(()) => return Ok(back(district, "language")),
                Err(_) => vec![("code".into(), f.t.third_another.into())],
            }
        }
        Err(faults) => faults,
    };
    show(&app, f, district, Said { settings: Some(typed), faults, ..Said::default() }).await
}

/// Saves the texts of the form, all or none.
pub async fn texts(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Form(typed): Form<Typed>) -> Result<Response> {
    let field = |name: &str| typed.get(name).map_or("", |text| text.trim());
    let district = district_of(&app, &user, field("district"))?;
    // What the form did not hold stays as it is.
    let rows = Key::all().into_iter().filter(|key| typed.contains_key(&key.to_string())).map(|key| ThirdText {
        district_id: district,
        key,
        text: field(&key.to_string()).replace("\r\n", "\n"),
        registered: field(&format!("{key}.registered")).to_owned(),
    });
    let rows: Vec<_> = rows.collect();
    let command = CommandId::new(&user.actor.name, field("key"), format!("{rows:?}"));
    match save_texts(&app.core, &user.actor, &command, district, &rows).await? {
        Ok(()) => Ok(back(district, "texts")),
        Err(wrong) => {
            let faults = wrong.iter().map(|(key, bad)| (key.to_string(), f.lang.bad_third(bad))).collect();
            show(&app, f, district, Said { faults, texts: typed, ..Said::default() }).await
        }
    }
}
