//! The hall of a centre: the counters that call, the display that shows it, and the person who waits.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde_json::json;

use super::at_counter::AtCounter;
use super::frame::{Frame, Staff};
use super::page;
use crate::actions::call_people::{Call, CallPeople, call_people};
use crate::actions::command::CommandId;
use crate::actions::let_ahead::{LetAhead, let_ahead};
use crate::actions::log_in::User;
use crate::actions::look_up::{centre_inside, hall, token_by_link};
use crate::app::App;
use crate::domain::admission::TokenState;
use crate::domain::clip::WORDS;
use crate::domain::number::CallNumber;
use crate::domain::place::Scope;
use crate::domain::queue::{Stage, TurnState};
use crate::error::{Error, Result};
use crate::hall::{Place, View};
use crate::i18n::{Lang, Third};
use crate::ids::{CentreId, DistrictId};
use crate::pages::district::language::clip_address;
use crate::pages::form::token_number;
use crate::pages::public::token::stands;
use crate::storage::field::Centre;
use crate::storage::turn::{CallRow, InHall, waiting_line};

/// How often a display hears that the server is there. It says so when it has heard nothing for three times as long.
const BEAT: Duration = Duration::from_secs(5);

/// Which counter this screen stands at. It is part of the address, so that each one is a bookmark; without it, the one where this browser
/// stood last.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    centre: i64,
    counter: i64,
    stage: String,
    done: String,
}

impl Asked {
    fn stage(&self) -> Stage {
        self.stage.parse().unwrap_or(Stage::Dose)
    }

    /// An operator's centre is their own; an officer chooses one.
    fn centre<'b>(&self, board: &'b crate::board::Board, user: &User) -> Result<&'b Centre> {
        let id = match user.actor.scope {
            Scope::Centre(own) => own,
            _ => CentreId(self.centre),
        };
        user.actor.centre(board, id)
    }

    fn address(&self, done: &str) -> String {
        format!("/centre/hall?centre={}&counter={}&stage={}&done={done}", self.centre, self.counter, self.stage())
    }
}

#[derive(Template)]
#[template(path = "hall/counter.html")]
struct CounterPage {
    f: Frame,
    centre: Centre,
    counter: Asked,
    stage: Stage,
    /// At this counter, the one called last first.
    here: Vec<InHall>,
    /// Everybody who waits, as they will be called, whatever for.
    waiting: Vec<InHall>,
    /// Whether papers are looked at first.
    checking: bool,
    missed: Vec<InHall>,
    elsewhere: Vec<InHall>,
    view: Arc<View>,
    key: String,
    told: String,
    error: String,
}

impl CounterPage {
    /// About how many minutes somebody still waits.
    fn minutes(&self, person: &InHall) -> String {
        match self.view.place(person.number) {
            Some(Place::Waiting { minutes, .. }) => self.f.lang.about_minutes(minutes),
            _ => String::new(),
        }
    }

    fn stands(&self, person: &InHall) -> String {
        self.f.lang.stands(person, self.checking)
    }

    /// The centre whose token somebody was let in with, if it is not this one's.
    fn elsewhere_from(&self, person: &InHall) -> Option<&str> {
        (person.centre_id != self.centre.id).then(|| self.f.board.centre_name(person.centre_id, self.f.lang))
    }

    fn checks(&self) -> bool {
        self.stage == Stage::Check
    }
}

/// The screen of one counter.
pub async fn counter(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    last: AtCounter,
    Query(mut asked): Query<Asked>,
) -> Result<Response> {
    if asked.counter == 0 {
        asked.counter = last.counter;
    }
    if asked.stage.is_empty() {
        asked.stage = last.stage.to_string();
    }
    let here = AtCounter { counter: asked.counter.clamp(1, 99), stage: asked.stage() };
    let shown = show(&app, f, &user, asked, String::new()).await?;
    Ok(if here == last { shown } else { here.remember(shown) })
}

async fn show(app: &App, f: Frame, user: &User, mut counter: Asked, error: String) -> Result<Response> {
    let board = app.core.board();
    let centre = counter.centre(&board, user)?.clone();
    counter.centre = centre.id.0;
    counter.counter = counter.counter.clamp(1, 99);
    let stage = counter.stage();
    let (people, checking) = hall(&app.core, &user.actor, centre.id).await?;
    let checking = checking || stage == Stage::Check;
    let view = app.halls.view(centre.id).await?;
    let waiting = waiting_line(&people, checking).into_iter().cloned().collect();
    let called = |person: &&InHall| person.state == Some(TurnState::Called);
    let at_this = |person: &&InHall| person.counter == Some(counter.counter) && person.stage == Some(stage);
    let mut here: Vec<_> = people.iter().filter(called).filter(at_this).cloned().collect();
    here.sort_by_key(|person| std::cmp::Reverse(person.called_at));
    let elsewhere = people.iter().filter(called).filter(|person| !at_this(person)).cloned().collect();
    let missed = people.iter().filter(|person| person.state == Some(TurnState::Missed)).cloned().collect();
    let told = match counter.done.as_str() {
        "nobody" => f.t.hall_nobody.to_owned(),
        _ => String::new(),
    };
    let key = app.core.chance.link();
    page(&CounterPage { f, centre, counter, stage, here, waiting, checking, missed, elsewhere, view, key, told, error })
}

/// A key that was pressed at a counter.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Pressed {
    centre: i64,
    counter: i64,
    stage: String,
    call: String,
    number: String,
    key: String,
}

/// Calls somebody, or notes what became of a call.
pub async fn call(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(pressed): Form<Pressed>) -> Result<Response> {
    let counter = Asked { centre: pressed.centre, counter: pressed.counter, stage: pressed.stage, done: String::new() };
    let centre = counter.centre(&app.core.board(), &user)?.id;
    let number = || token_number(&pressed.number).map_err(|fault| Error::field("number", fault));
    if let Some(ahead) = ["not_ahead", "ahead"].iter().position(|word| *word == pressed.call) {
        let (number, ahead) = (number()?, ahead == 1);
        let command = CommandId::new(&user.actor.name, &pressed.key, format!("{centre} {number} {ahead}"));
        let_ahead(&app.core, &LetAhead { command, actor: user.actor.clone(), centre, number, ahead }).await?;
        app.halls.renew(centre).await?;
        return Ok(Redirect::to(&counter.address("")).into_response());
    }
    let call = match pressed.call.as_str() {
        "next" => Call::Next,
        "this" => Call::This(number()?),
        "missed" => Call::Missed(number()?),
        "passed" => Call::Passed(number()?),
        _ => return Err(Error::Malformed("no such call".into())),
    };
    let body = format!("{centre} {} {} {} {}", counter.counter, counter.stage(), pressed.call, pressed.number);
    let command = CommandId::new(&user.actor.name, &pressed.key, body);
    let stage = counter.stage();
    let asked = CallPeople { command, actor: user.actor.clone(), centre, counter: counter.counter, stage, call, at: None };
    match call_people(&app.core, &asked).await {
        Ok(called) => {
            app.halls.renew(centre).await?;
            let done = if call == Call::Next && called.is_none() { "nobody" } else { "" };
            Ok(Redirect::to(&counter.address(done)).into_response())
        }
        Err(error) => {
            let error = f.tell(error)?;
            show(&app, f, &user, counter, error).await
        }
    }
}

#[derive(Template)]
#[template(path = "hall/display.html")]
struct DisplayPage {
    f: Frame,
    centre: Centre,
    calls: Vec<CallRow>,
    /// The district's own language, when every word is recorded in it.
    third: Option<Third>,
}

impl DisplayPage {
    /// The recorded clips, as the script asks for them, and where they are.
    fn clips(&self) -> Vec<(String, String)> {
        let both = Lang::ALL
            .iter()
            .flat_map(|lang| WORDS.iter().map(move |word| (format!("{lang}-{word}"), self.f.asset(&format!("clips/{lang}-{word}.mp3")))));
        let third = self.third.iter().flat_map(|third| {
            WORDS.iter().filter_map(|word| Some((format!("{}-{word}", third.language.code), clip_address(third, word)?)))
        });
        both.chain(third).collect()
    }

    /// The languages of a call, in the order in which they are said.
    fn spoken(&self) -> String {
        let mut spoken: Vec<_> = Lang::ALL.iter().map(ToString::to_string).collect();
        spoken.extend(self.third.iter().map(|third| third.language.code.to_string()));
        spoken.join(" ")
    }

    fn call_number(&self, row: &CallRow) -> CallNumber {
        CallNumber { slot: row.call, serial: row.serial }
    }
}

/// The hall's display, for a television's browser: nothing on it is personal.
pub async fn display(State(app): State<Arc<App>>, f: Frame, Path(code): Path<String>) -> Result<Response> {
    let board = app.core.board();
    let centre = board.centre_by_code(&code).ok_or(Error::NotFound)?.clone();
    let calls = app.halls.view(centre.id).await?.calls.clone();
    let third = board.third(centre.district_id).filter(|third| third.speaks()).cloned();
    page(&DisplayPage { f, centre, calls, third })
}

/// A recorded word of a district's own language. Its address changes with the recording.
pub async fn clip(State(app): State<Arc<App>>, Path((district, word)): Path<(i64, String)>) -> Result<Response> {
    let mut tx = app.core.read().await?;
    let clip = tx.third_clip(DistrictId(district), &word).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    let headers = [(header::CONTENT_TYPE, clip.kind.media_type()), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, clip.sound).into_response())
}

/// The calls of a hall as they are made, and a beat in between.
pub async fn events(
    State(app): State<Arc<App>>,
    Path(code): Path<String>,
) -> Result<Sse<impl Stream<Item = std::result::Result<Event, Infallible>>>> {
    let centre = app.core.board().centre_by_code(&code).ok_or(Error::NotFound)?.id;
    let mut receiver = app.halls.watch(centre).await?;
    receiver.mark_changed();
    let stream = unfold((app, receiver), move |(app, mut receiver)| async move {
        let event = tokio::select! {
            changed = receiver.changed() => {
                changed.ok()?;
                let view = receiver.borrow_and_update().clone();
                Event::default().event("calls").json_data(shown(&view)).ok()?
            }
            () = tokio::time::sleep(BEAT) => {
                // A new day begins with an empty display.
                if receiver.borrow().as_of.day() != app.core.clock.now().day() {
                    app.halls.renew(centre).await.ok()?;
                }
                Event::default().event("beat").data(app.core.clock.now().clock())
            }
        };
        Some((Ok(event), (app, receiver)))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

fn shown(view: &View) -> serde_json::Value {
    let calls = view.calls.iter().map(|row| {
        let call = CallNumber { slot: row.call, serial: row.serial };
        json!({ "call": call, "counter": row.counter, "stage": row.stage, "at": row.called_at, "times": row.times })
    });
    json!({ "calls": calls.collect::<Vec<_>>(), "now": view.as_of })
}

/// How a token stands, and where its holder does who waits inside: the person's page renews itself by it.
pub async fn position(State(app): State<Arc<App>>, f: Frame, Path(link): Path<String>) -> Result<Json<serde_json::Value>> {
    let token = token_by_link(&app.core, &link).await?;
    let late = app.core.board().centre(token.centre_id).map_or(0, |centre| centre.late(token.day));
    let place = match token.state {
        TokenState::Admitted => app.halls.view(centre_inside(&app.core, &token).await?).await?.place(token.number),
        _ => None,
    };
    Ok(Json(json!({ "stands": stands(&token, late), "says": place.map(|place| f.lang.hall_place(place)) })))
}
