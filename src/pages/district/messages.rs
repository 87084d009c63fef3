//! Messages: how the gateway is, what went out, and the texts, which the state officer edits.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::look_after_messages::{Overview, ShownMessage, overview, read_messages};
use crate::actions::message_texts::{Texts, longest_link, save_policy, save_text};
use crate::app::App;
use crate::core::Core;
use crate::domain::message::{Parts, Policy, Template as Of, Variable, Wording};
use crate::domain::moment::{clock, parse_minute};
use crate::domain::place::Role;
use crate::error::{Error, Result};
use crate::i18n::{Lang, Tongue, grouped};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::charge::Whose;
use crate::storage::message::{MessageList, MessageText};

/// How many of the newest are shown.
const NEWEST: i64 = 50;

/// A text in one language, as somebody gets it.
struct Shown {
    lang: Lang,
    preview: String,
    parts: Parts,
    most: usize,
    registered: String,
}

struct TextRow {
    template: Of,
    shown: Vec<Shown>,
}

#[derive(Template)]
#[template(path = "district/messages.html")]
struct MessagesPage {
    f: Frame,
    address: String,
    overview: Overview,
    newest: Vec<ShownMessage>,
    texts: Vec<TextRow>,
    policy: Policy,
    /// What was typed into the settings, when something was wrong with it.
    typed: Settings,
    error: String,
    done: &'static str,
    may_edit: bool,
    too_long: Vec<String>,
}

impl MessagesPage {
    fn count(&self, count: &i64) -> String {
        grouped(*count)
    }
}

/// What has just been done.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// Everything about messages.
pub async fn messages(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(done): Query<Done>) -> Result<Response> {
    let done = match done.done.as_str() {
        "text" => f.t.text_saved,
        "settings" => f.t.settings_saved,
        _ => "",
    };
    show(&app, f, &user.actor, done, None, String::new()).await
}

async fn show(
    app: &App,
    f: Frame,
    actor: &crate::actions::Actor,
    done: &'static str,
    typed: Option<Settings>,
    error: String,
) -> Result<Response> {
    let core = &app.core;
    let overview = overview(core, actor).await?;
    let newest = read_messages(core, actor, MessageList::Newest, Whose::All, None, 0..NEWEST).await?;
    let mut tx = core.read().await?;
    let texts = Texts::read(&mut tx).await?;
    tx.commit().await?;
    let policy = texts.policy.clone();
    let rows = Of::ALL.iter().map(|template| {
        let shown = Lang::ALL.iter().map(|lang| shown(core, &texts, *template, *lang)).collect::<Result<_>>()?;
        Ok(TextRow { template: *template, shown })
    });
    let rows = rows.collect::<Result<_>>()?;
    let board = core.board();
    let names = board.field.centres.iter().flat_map(|centre| Lang::ALL.iter().map(|lang| centre.name(*lang)));
    let too_long = names.filter(|name| name.chars().count() > policy.variable).map(ToOwned::to_owned).collect();
    page(&MessagesPage {
        f,
        address: app.gateway.get().map_or("", |gateway| gateway.address()).to_owned(),
        overview,
        newest,
        texts: rows,
        typed: typed.unwrap_or_else(|| Settings::of(&policy)),
        policy,
        error,
        done,
        may_edit: actor.role == Role::StateOfficer,
        too_long,
    })
}

fn shown(core: &Core, texts: &Texts, template: Of, lang: Lang) -> Result<Shown> {
    let wording = texts.wording(template, lang)?;
    let preview = preview(core, &wording, lang);
    let parts = Parts::of(&preview);
    let most = wording.most_parts(&texts.policy, longest_link(core)).parts;
    Ok(Shown { lang, preview, parts, most, registered: texts.registered(template, lang).to_owned() })
}

/// A text as an invented person would get it.
fn preview(core: &Core, wording: &Wording, lang: Lang) -> String {
    let (board, now) = (core.board(), core.clock.now());
    let centre = board.field.centres.first();
    let due = now + 2 * 86_400;
    wording.fill(|variable| match variable {
        Variable::Name => lang.pick("Sita", "सीता").into(),
        Variable::Born => "1954".into(),
        Variable::Number => "4821 0937 53".into(),
        Variable::Call => "03-042".into(),
        Variable::Code => "••••".into(),
        Variable::Day => lang.short_day(now.day()),
        Variable::Time => lang.time(now.day().at_minute(11 * 60)),
        Variable::Centre => centre.map_or("", |centre| centre.name(lang)).into(),
        Variable::Phone => centre.map_or("", |centre| &centre.phone).into(),
        Variable::Link => core.link("7k3xq9p2ab"),
        Variable::Dose => "1".into(),
        Variable::Vaccine => lang.vaccine(crate::domain::campaign::Vaccine::Covishield).into(),
        Variable::Due => format!("{}, {}", lang.short_day(due.day()), lang.time(due)),
        Variable::Reference => "12345678901234".into(),
    })
}

/// What was typed into the settings.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Settings {
    entity: String,
    header: String,
    variable: String,
    parts: String,
    quiet_from: String,
    quiet_until: String,
    remind_at: String,
}

impl Settings {
    fn of(policy: &Policy) -> Self {
        Self {
            entity: policy.entity.clone(),
            header: policy.header.clone(),
            variable: policy.variable.to_string(),
            parts: policy.parts.to_string(),
            quiet_from: clock(policy.quiet_from),
            quiet_until: clock(policy.quiet_until),
            remind_at: clock(policy.remind_at),
        }
    }

    fn read(&self, f: &Frame) -> Result<Policy, String> {
        let time = |text: &str| parse_minute(text).ok_or(f.t.time_form);
        let number = |text: &str| text.trim().parse::<usize>().ok().filter(|number| (1..=1000).contains(number)).ok_or(f.t.number_form);
        let said = |label: &str, why: &str| format!("{label}: {why}");
        Ok(Policy {
            entity: self.entity.trim().to_owned(),
            header: self.header.trim().to_owned(),
            variable: number(&self.variable).map_err(|why| said(f.t.variable_length, why))?,
            parts: number(&self.parts).map_err(|why| said(f.t.parts_allowed, why))?,
            quiet_from: time(&self.quiet_from).map_err(|why| said(f.t.quiet_from, why))?,
            quiet_until: time(&self.quiet_until).map_err(|why| said(f.t.quiet_until, why))?,
            remind_at: time(&self.remind_at).map_err(|why| said(f.t.remind_at, why))?,
        })
    }
}

/// Saves the settings.
pub async fn settings(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Form(typed): Form<Settings>) -> Result<Response> {
    let policy = match typed.read(&f) {
        Ok(policy) => policy,
        Err(error) => return show(&app, f, &user.actor, "", Some(typed), error).await,
    };
    match save_policy(&app.core, &user.actor, &policy).await? {
        Ok(()) => Ok(Redirect::to("/district/messages?done=settings").into_response()),
        Err((template, lang, bad)) => {
            let language = match lang {
                Tongue::Screen(lang) => of_lang(&f, lang).to_owned(),
                Tongue::Third(code) => code.to_string(),
            };
            let error = format!("{} ({language}): {}", f.lang.template(template), f.lang.bad_wording(&bad));
            show(&app, f, &user.actor, "", Some(typed), error).await
        }
    }
}

fn of_lang(f: &Frame, lang: Lang) -> &'static str {
    match lang {
        Lang::Hi => f.t.in_hindi,
        Lang::En => f.t.in_english,
    }
}

/// One language's text, as it is typed.
struct Edited {
    lang: Lang,
    label: &'static str,
    text: String,
    registered: String,
    error: String,
    preview: String,
    parts: usize,
    most: usize,
}

#[derive(Template)]
#[template(path = "district/message.html")]
struct MessagePage {
    f: Frame,
    template: Of,
    both: Vec<Edited>,
    wrong: bool,
}

impl MessagePage {
    fn variables(&self) -> String {
        self.template.variables().iter().map(|variable| variable.braced()).collect::<Vec<_>>().join(" ")
    }
}

/// One template, to be changed.
pub async fn message(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Path(template): Path<String>) -> Result<Response> {
    if user.actor.role != Role::StateOfficer {
        return Err(Error::Forbidden);
    }
    edit(&app, f, template.parse().map_err(|_| Error::NotFound)?, None).await
}

async fn edit(app: &App, f: Frame, template: Of, wrong: Option<(MessageText, String)>) -> Result<Response> {
    let core = &app.core;
    let mut tx = core.read().await?;
    let texts = Texts::read(&mut tx).await?;
    tx.commit().await?;
    let mut both = Vec::new();
    for lang in Lang::ALL {
        let Shown { preview, parts, most, registered, .. } = shown(core, &texts, template, *lang)?;
        let (mut text, mut registered, mut error) = (texts.text(template, *lang).to_owned(), registered, String::new());
        if let Some((row, why)) = wrong.as_ref().filter(|(row, _)| row.language == *lang) {
            (text, registered, error) = (row.text.clone(), row.registered.clone(), why.clone());
        }
        both.push(Edited { lang: *lang, label: of_lang(&f, *lang), text, registered, error, preview, parts: parts.parts, most });
    }
    page(&MessagePage { f, template, both, wrong: wrong.is_some() })
}

/// A text as it was typed.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    language: String,
    registered: String,
    text: String,
}

/// Saves one text.
pub async fn save(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(template): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let template = template.parse().map_err(|_| Error::NotFound)?;
    let language = typed.language.parse().map_err(|_| Error::Malformed("no such language".into()))?;
    let row = MessageText { template, language, registered: typed.registered, text: typed.text };
    match save_text(&app.core, &user.actor, &row).await? {
        Ok(()) => Ok(Redirect::to("/district/messages?done=text").into_response()),
        Err(bad) => {
            let why = f.lang.bad_wording(&bad);
            edit(&app, f, template, Some((row, why))).await
        }
    }
}
