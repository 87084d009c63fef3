//! One token: what it stands at, and what can be done with it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::Authority;
use crate::actions::cancel_token::{CancelToken, cancel_token};
use crate::actions::command::CommandId;
use crate::actions::log_in::User;
use crate::actions::look_up::{AboutHolder, about_holder, token_for_staff, tokens_for_print};
use crate::actions::reschedule_token::{RescheduleToken, reschedule_token, staff_owners};
use crate::actions::revive_token::{ReviveToken, revive_token};
use crate::app::App;
use crate::domain::admission::TokenState;
use crate::domain::booking::UNDO_SECONDS;
use crate::domain::place::{Role, owners_for};
use crate::error::{Error, Fault, Result};
use crate::i18n::Tongue;
use crate::ids::{CentreId, SlotId};
use crate::pages::form::token_number;
use crate::pages::frame::{Frame, Staff};
use crate::pages::office::advice::SlotChoice;
use crate::pages::office::slip::{Paper, paper_here};
use crate::pages::page;
use crate::pages::public::dose::on_the_portal;
use crate::storage::mending::Former;
use crate::storage::message::{DoseTold, MessageRow};
use crate::storage::slot::Share;
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
    about: AboutHolder,
    /// Messages leave this house.
    has_gateway: bool,
    /// What lies in this PC's printer.
    paper: Paper,
    /// The slip's words are shown, to be written by hand.
    by_hand: bool,
}

impl TokenPage {
    fn waiting(&self) -> bool {
        self.token.state == TokenState::Issued
    }

    /// Nothing is printed for it any more.
    fn cancelled(&self) -> bool {
        self.token.state == TokenState::Cancelled
    }

    /// Whether whoever cancelled it may take that back.
    fn can_uncancel(&self) -> bool {
        self.done == "cancelled" && self.token.cancelled_at.is_some_and(|at| self.f.now - at <= UNDO_SECONDS)
    }

    fn state(&self) -> &'static str {
        if self.token.is_no_show(self.f.now) { self.f.t.state_no_show } else { self.f.lang.token_state(self.token.state) }
    }

    /// How a dose stands on the portal.
    fn portal(&self, dose: &DoseTold) -> String {
        on_the_portal(&self.f, dose).0
    }

    /// Whether whoever looks works with records of doses, and this one lies within their scope.
    fn may_open(&self, dose: &DoseTold) -> bool {
        self.f.user.as_ref().is_some_and(|user| user.actor.role != Role::Clerk)
            && dose.recorded
            && dose.centre_id.is_some_and(|centre| self.covers(centre))
    }

    /// Whether whoever looks may send a message again.
    fn may_send(&self, row: &MessageRow) -> bool {
        self.has_gateway && row.may_go_again() && self.covers(row.centre_id)
    }

    fn covers(&self, centre: CentreId) -> bool {
        self.f.user.as_ref().is_some_and(|user| user.actor.centre(&self.f.board, centre).is_ok())
    }

    /// In which language somebody was told before.
    fn tongue(&self, row: &Former) -> String {
        match row.said.language {
            Tongue::Screen(lang) => lang.pick("English", "हिन्दी").to_owned(),
            Tongue::Third(code) => {
                let third = self.f.board.field.thirds.iter().find(|third| third.language.code == code);
                third.map_or_else(|| code.to_string(), |third| third.language.name.clone())
            }
        }
    }

    fn centre(&self, dose: &DoseTold) -> &str {
        dose.centre_id.map_or("", |centre| self.f.board.centre_name(centre, self.f.lang))
    }

    fn six(&self) -> bool {
        self.paper == Paper::A4
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
    /// What the slip says is to be written by hand.
    by_hand: String,
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
    headers: HeaderMap,
    Query(done): Query<Done>,
) -> Result<Response> {
    let number = token_number(&number).map_err(|_| Error::NotFound)?;
    let token = token_for_staff(&app.core, &user.actor, number).await?;
    let by_hand = !done.by_hand.is_empty();
    if by_hand {
        // The secret code is shown: that is noted as a slip that was printed.
        tokens_for_print(&app.core, &user.actor, &[number]).await?;
    }
    let mut shown = shown(&app, f, &user, token, String::new()).await?;
    (shown.done, shown.paper, shown.by_hand) = (done.done, paper_here(&headers), by_hand);
    page(&shown)
}

async fn shown(app: &App, f: Frame, user: &User, token: Token, error: String) -> Result<TokenPage> {
    let (board, scope) = (app.core.board(), user.actor.scope);
    let mut tx = app.core.read().await?;
    let slots = tx.slots_for(&owners_for(user.actor.role, scope, token.dose), scope.columns(), f.now).await?;
    let fits = |slot: &&crate::storage::slot::BookingSlot| {
        slot.id != token.slot_id && slot.vaccine == token.vaccine && slot.doses & token.dose != 0 && !slot.stopped
    };
    let mut fitting: Vec<_> = slots.iter().filter(fits).collect();
    fitting.sort_by_key(|slot| (slot.centre_id != token.centre_id, slot.starts));
    fitting.truncate(12);
    let shares = tx.shares_of(&fitting.iter().map(|slot| slot.id).collect::<Vec<_>>()).await?;
    tx.commit().await?;
    let choice = |slot: &crate::storage::slot::BookingSlot| SlotChoice {
        id: slot.id,
        centre: board.centre_name(slot.centre_id, f.lang).to_owned(),
        day: f.lang.short_day(slot.starts.day()),
        window: f.lang.window(slot.starts, slot.starts + slot.minutes * 60),
        vaccine: f.lang.vaccine(slot.vaccine),
        free: Share::free(&shares, slot.id, &staff_owners(&user.actor, &token, slot)),
        chosen: false,
    };
    let slots = fitting.into_iter().map(choice).filter(|choice| choice.free > 0).collect();
    let key = app.core.chance.link();
    let about = about_holder(&app.core, &token).await?;
    let (has_gateway, paper) = (app.has_gateway(), Paper::Roll58);
    Ok(TokenPage { f, token, slots, error, done: String::new(), key, about, has_gateway, paper, by_hand: false })
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
    let asked = RescheduleToken { command, authority: Authority::Staff(user.actor.clone()), number, slots: vec![SlotId(typed.slot)] };
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
    let Some(reason) = REASONS.iter().find(|reason| **reason == typed.reason) else {
        return tell(&app, f, &user, number, Error::field("reason", Fault::Choice)).await;
    };
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

/// Takes a cancellation back.
pub async fn uncancel(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Path(number): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let number = token_number(&number).map_err(|_| Error::NotFound)?;
    let command = CommandId::new(&user.actor.name, &typed.key, format!("uncancel {}", number.plain()));
    match revive_token(&app.core, &ReviveToken { command, actor: user.actor.clone(), number }).await {
        Ok(_) => Ok(Redirect::to(&format!("/office/tokens/{}?done=uncancelled", number.plain())).into_response()),
        Err(error) => tell(&app, f, &user, number, error).await,
    }
}

async fn tell(app: &App, f: Frame, user: &User, number: crate::domain::number::TokenNumber, error: Error) -> Result<Response> {
    let told = f.tell(error)?;
    let token = token_for_staff(&app.core, &user.actor, number).await?;
    page(&shown(app, f, user, token, told).await?)
}
