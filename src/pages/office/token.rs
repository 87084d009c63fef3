//! One token: what it stands at, and what can be done with it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::Authority;
use crate::actions::cancel_token::{CancelToken, cancel_token};
use crate::actions::command::CommandId;
use crate::actions::look_up::{past_of_holder, token_for_staff};
use crate::actions::reschedule_token::{RescheduleToken, reschedule_token};
use crate::app::App;
use crate::domain::admission::TokenState;
use crate::domain::place::owners_for;
use crate::error::{Error, Result};
use crate::ids::SlotId;
use crate::pages::form::token_number;
use crate::pages::frame::{Frame, Staff};
use crate::pages::office::advice::SlotChoice;
use crate::pages::page;
use crate::storage::centre::Deferral;
use crate::storage::mending::Former;
use crate::storage::token::Token;

/// Why a token is cancelled: the word that is stored.
const REASONS: [&str; 4] = ["wish", "ill", "travel", "mistake"];

#[derive(Template)]
#[template(path = "office/token.html")]
struct TokenPage {
    f: Frame,
    token: Token,
    slots: Vec<SlotChoice>,
    error: String,
    done: String,
    key: String,
    former: Vec<Former>,
    /// When its holder came and got no dose.
    sent_home: Vec<Deferral>,
}

impl TokenPage {
    fn waiting(&self) -> bool {
        self.token.state == TokenState::Issued
    }

    fn state(&self) -> &'static str {
        if self.token.is_no_show(self.f.now) { self.f.t.state_no_show } else { self.f.lang.token_state(self.token.state) }
    }

    fn reasons(&self) -> [(&'static str, &'static str); 4] {
        let t = self.f.t;
        [(REASONS[0], t.reason_wish), (REASONS[1], t.reason_ill), (REASONS[2], t.reason_travel), (REASONS[3], t.reason_mistake)]
    }
}

/// What has just been done.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// What was chosen.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    slot: i64,
    reason: String,
    key: String,
}

/// One token.
pub async fn token(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(number): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response> {
    let number = token_number(&number).map_err(|_| Error::NotFound)?;
    let token = token_for_staff(&app.core, &user.actor, number).await?;
    show(&app, f, &user, token, String::new(), done.done).await
}

async fn show(app: &App, f: Frame, user: &crate::actions::log_in::User, token: Token, error: String, done: String) -> Result<Response> {
    let (board, scope) = (app.core.board(), user.actor.scope);
    let slots = app.core.read().await?.slots_for(&owners_for(user.actor.role, scope), scope.columns(), f.now).await?;
    let fits = |slot: &&crate::storage::slot::BookingSlot| {
        slot.id != token.slot_id && slot.vaccine == token.vaccine && slot.doses & token.dose != 0 && !slot.stopped
    };
    let choice = |slot: &crate::storage::slot::BookingSlot| SlotChoice {
        id: slot.id,
        centre: board.centre_name(slot.centre_id, f.lang).to_owned(),
        day: f.lang.short_day(slot.starts.day()),
        window: f.lang.window(slot.starts, slot.starts + slot.minutes * 60),
        vaccine: f.lang.vaccine(slot.vaccine),
        free: slot.capacity - slot.taken,
        chosen: false,
    };
    let mut fitting: Vec<_> = slots.iter().filter(fits).collect();
    fitting.sort_by_key(|slot| (slot.centre_id != token.centre_id, slot.starts));
    let slots = fitting.into_iter().take(12).map(choice).collect();
    let key = app.core.chance.link();
    let (former, sent_home) = past_of_holder(&app.core, &token).await?;
    page(&TokenPage { f, token, slots, error, done, key, former, sent_home })
}

/// Moves it.
pub async fn reschedule(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(number): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let number = token_number(&number).map_err(|_| Error::NotFound)?;
    let command = CommandId::new(&user.actor.name, &typed.key, format!("move {} {}", number.plain(), typed.slot));
    let asked = RescheduleToken { command, authority: Authority::Staff(user.actor.clone()), number, slot: SlotId(typed.slot) };
    match reschedule_token(&app.core, &asked).await {
        Ok(_) => Ok(Redirect::to(&format!("/office/tokens/{}?done=moved", number.plain())).into_response()),
        Err(error) => tell(&app, f, &user, number, error).await,
    }
}

/// Cancels it, with a reason.
pub async fn cancel(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(number): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let number = token_number(&number).map_err(|_| Error::NotFound)?;
    let reason = REASONS.iter().find(|reason| **reason == typed.reason).ok_or_else(|| Error::Malformed("no such reason".into()))?;
    let command = CommandId::new(&user.actor.name, &typed.key, format!("cancel {} {reason}", number.plain()));
    let asked = CancelToken { command, authority: Authority::Staff(user.actor.clone()), number, reason: (*reason).into(), undo: false };
    match cancel_token(&app.core, &asked).await {
        Ok(_) => Ok(Redirect::to(&format!("/office/tokens/{}?done=cancelled", number.plain())).into_response()),
        Err(error) => tell(&app, f, &user, number, error).await,
    }
}

/// Takes back what was just issued.
pub async fn undo(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Path(number): Path<String>) -> Result<Response> {
    let number = token_number(&number).map_err(|_| Error::NotFound)?;
    let command = CommandId::new(&user.actor.name, &format!("undo {}", number.plain()), "undo");
    let asked = CancelToken { command, authority: Authority::Staff(user.actor.clone()), number, reason: "undo".into(), undo: true };
    match cancel_token(&app.core, &asked).await {
        Ok(_) => Ok(Redirect::to("/office?undone=1").into_response()),
        Err(error) => tell(&app, f, &user, number, error).await,
    }
}

async fn tell(
    app: &App,
    f: Frame,
    user: &crate::actions::log_in::User,
    number: crate::domain::number::TokenNumber,
    error: Error,
) -> Result<Response> {
    let told = f.tell(error)?;
    let token = token_for_staff(&app.core, &user.actor, number).await?;
    show(app, f, user, token, told, String::new()).await
}
