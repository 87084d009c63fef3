//! A token's own page: what it stands at, another time, cancelling. Changing it takes the secret code.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::Authority;
use crate::actions::cancel_token::{CancelToken, cancel_token};
use crate::actions::command::CommandId;
use crate::actions::look_up::{centre_inside, token_by_birth_year, token_by_link};
use crate::actions::reschedule_token::{RescheduleToken, holders_owners, reschedule_token};
use crate::actions::wait_for_place::place_on_list;
use crate::app::App;
use crate::domain::admission::{Signature, TokenState};
use crate::domain::moment::{Day, Moment};
use crate::domain::token::Unverified;
use crate::error::{Error, Fault, FieldFault, Result};
use crate::ids::SlotId;
use crate::pages::dose_form::four_digits;
use crate::pages::form::{birth_year, required, token_number};
use crate::pages::frame::{Address, Frame};
use crate::pages::page;
use crate::pages::public::dose::{Standing, on_the_portal, own_page};
use crate::pages::qr::{Symbol, draw};
use crate::storage::lease::Lent;
use crate::storage::message::DoseTold;
use crate::storage::slot::{Share, Slot};
use crate::storage::token::Token;

#[derive(Template)]
#[template(path = "public/token.html")]
struct TokenPage {
    f: Frame,
    token: Token,
    symbol: Symbol,
    standing: Standing,
    /// From when the next dose may be given, when one is to come.
    next: Option<Day>,
    done: &'static str,
    /// The number of what was just reported.
    reported: String,
    /// Where the person stands in the hall, when they are in it.
    turn: Option<String>,
    /// By how many minutes the centre has said that it is late, if the token is for today.
    late: i64,
    /// That the time is over, and until when they may come all the same.
    still: Option<String>,
    /// Where the person stands on the waiting list, when they are on one.
    listed: Option<String>,
}

impl TokenPage {
    fn link(&self, to: &str) -> String {
        self.f.href(&format!("/t/{}{to}", self.token.link))
    }

    fn slip(&self, dose: &DoseTold) -> String {
        self.link(&format!("/dose/{}", dose.number))
    }

    /// Whether the page has something to wait for today, and renews itself.
    fn is_watched(&self) -> bool {
        self.turn.is_some() || (self.good() && self.token.day == self.f.now.day())
    }

    fn stands(&self) -> String {
        stands(&self.token, self.late)
    }

    fn verdict(&self) -> &'static str {
        match self.token.state {
            TokenState::Issued if self.is_over() => self.f.t.token_no_show,
            TokenState::Issued => self.f.t.token_good,
            TokenState::Admitted => self.f.t.token_admitted,
            TokenState::Vaccinated | TokenState::Left => self.f.t.token_vaccinated,
            TokenState::Cancelled => self.f.t.token_cancelled,
        }
    }

    /// How a dose stands on the portal, and whether that needs nothing of the person.
    fn portal(&self, dose: &DoseTold) -> (String, bool) {
        on_the_portal(&self.f, dose)
    }

    fn waiting(&self) -> bool {
        self.token.state == TokenState::Issued
    }

    fn good(&self) -> bool {
        self.waiting() && !self.is_over()
    }

    fn is_over(&self) -> bool {
        self.token.is_no_show(self.f.now + -(self.late * 60))
    }

    /// Until when the person is not late.
    fn in_time_until(&self) -> Moment {
        self.token.ends() + self.late * 60
    }
}

/// All that makes the page another one when it changes.
pub fn stands(token: &Token, late: i64) -> String {
    format!("{}.{}.{late}", token.state, token.revision)
}

/// What has just been done.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
    reported: String,
}

/// A token's own page, behind the short link.
pub async fn token(State(app): State<Arc<App>>, f: Frame, Path(link): Path<String>, Query(done): Query<Done>) -> Result<Response> {
    let reported: String = done.reported.chars().filter(char::is_ascii_digit).take(12).collect();
    let token = match token_by_link(&app.core, &link).await {
        Err(Error::NotFound) => return own_page(&app, f, link, reported).await,
        found => found?,
    };
    let symbol = draw(&app.core.qr(&token.cose))?;
    let standing = Standing::read(&app, token.beneficiary_id, Some(token.number)).await?;
    let next = standing.next(&app.core, f.now).filter(|_| standing.doses.last().is_some_and(|dose| dose.number >= token.dose));
    let done = match done.done.as_str() {
        "moved" => f.t.change_done,
        "cancelled" => f.t.cancel_done,
        _ => "",
    };
    let turn = match token.state {
        TokenState::Admitted => {
            let hall = app.halls.view(centre_inside(&app.core, &token).await?).await?;
            hall.place(token.number).map(|place| f.lang.hall_place(place))
        }
        _ => None,
    };
    let late = app.core.board().centre(token.centre_id).map_or(0, |centre| centre.late(token.day));
    let in_time = token.ends() + late * 60;
    let latest = app.core.campaign.late_minutes.map_or(token.closes, |minutes| in_time + minutes * 60);
    let may_still = token.state == TokenState::Issued && in_time < f.now && f.now <= latest;
    let still = may_still.then(|| f.lang.still_come(latest));
    let listed = place_on_list(&app.core, token.beneficiary_id).await?.map(|(entry, before)| {
        let zone = f.board.zone(entry.zone_id).map_or_else(String::new, |zone| zone.name(f.lang).to_owned());
        f.lang.you_wait(before + 1, &zone, entry.asked_at)
    });
    page(&TokenPage { f, token, symbol, standing, next, done, reported, turn, late, still, listed })
}

/// The address inside the QR code: any phone's camera opens the person's own page.
pub async fn scanned(State(app): State<Arc<App>>, Path(code): Path<String>) -> Result<Redirect> {
    let slip = Unverified::read(&format!("/T/{code}")).map_err(|_| Error::NotFound)?;
    let keys = app.core.keys();
    if !keys.public(slip.kid).or_else(|| keys.desk_public(slip.kid)).is_some_and(|public| slip.verify(public)) {
        return Err(Error::NotFound);
    }
    let mut tx = app.core.read().await?;
    // A desk may sign for the places only that were lent to it.
    let is_lent = |lent: &Lent| lent.says(slip.kid, &slip.claims) != Signature::Bad;
    if keys.public(slip.kid).is_none() && !tx.lent(&[slip.claims.number]).await?.iter().any(is_lent) {
        return Err(Error::NotFound);
    }
    let token = tx.token(slip.claims.number).await?.ok_or(Error::NotFound)?;
    Ok(Redirect::to(&format!("/t/{}", token.link)))
}

/// How many coming slots of a centre are looked at for one with room.
const LOOKED_AT: usize = 200;

#[derive(Template)]
#[template(path = "public/find.html")]
struct FindPage {
    f: Frame,
    typed: Find,
    faults: Vec<FieldFault>,
    unknown: bool,
}

impl FindPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }
}

/// What was typed to find a token.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Find {
    number: String,
    birth_year: String,
}

/// The form for looking a token up.
pub async fn find(f: Frame) -> Result<Response> {
    page(&FindPage { f, typed: Find::default(), faults: Vec::new(), unknown: false })
}

/// Looks a token up by number and birth year.
pub async fn look_up(State(app): State<Arc<App>>, f: Frame, Address(address): Address, Form(typed): Form<Find>) -> Result<Response> {
    app.limit(address)?;
    let number = token_number(&typed.number);
    let year = birth_year(&typed.birth_year, f.now);
    match (number, year) {
        (Ok(number), Ok(year)) => match token_by_birth_year(&app.core, number, year).await {
            Ok(token) => Ok(Redirect::to(&f.href(&format!("/t/{}", token.link))).into_response()),
            Err(Error::NotFound) => page(&FindPage { f, typed, faults: Vec::new(), unknown: true }),
            Err(error) => Err(error),
        },
        (number, year) => {
            let mut faults = Vec::new();
            faults.extend(number.err().map(|fault| ("number", fault)));
            faults.extend(year.err().map(|fault| ("birth_year", fault)));
            page(&FindPage { f, typed, faults, unknown: false })
        }
    }
}

/// A place that the person may take instead.
struct Choice {
    id: SlotId,
    day: String,
    window: String,
    free: i64,
}

#[derive(Template)]
#[template(path = "public/change.html")]
struct ChangePage {
    f: Frame,
    token: Token,
    choices: Vec<Choice>,
    /// The slot that was chosen when something else was wrong.
    chosen: Option<i64>,
    cancelling: bool,
    error: String,
    key: String,
}

impl ChangePage {
    fn is_chosen(&self, choice: &Choice) -> bool {
        self.chosen == Some(choice.id.0)
    }

    fn back(&self) -> String {
        self.f.href(&format!("/t/{}", self.token.link))
    }

    fn action(&self) -> String {
        self.f.href(&format!("/t/{}/{}", self.token.link, if self.cancelling { "cancel" } else { "change" }))
    }
}

/// What was chosen, and the secret code.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Change {
    slot: i64,
    code: String,
    key: String,
}

/// The form for taking another time.
pub async fn change_form(State(app): State<Arc<App>>, f: Frame, Path(link): Path<String>) -> Result<Response> {
    form(&app, f, &link, false).await
}

/// The form for cancelling.
pub async fn cancel_form(State(app): State<Arc<App>>, f: Frame, Path(link): Path<String>) -> Result<Response> {
    form(&app, f, &link, true).await
}

async fn form(app: &App, f: Frame, link: &str, cancelling: bool) -> Result<Response> {
    let token = token_by_link(&app.core, link).await?;
    // Nothing is left to change: the token's own page says why.
    if token.state != TokenState::Issued {
        return Ok(Redirect::to(&f.href(&format!("/t/{link}"))).into_response());
    }
    change_page(app, f, token, cancelling, None, String::new()).await
}

async fn change_page(app: &App, f: Frame, token: Token, cancelling: bool, chosen: Option<i64>, error: String) -> Result<Response> {
    let board = app.core.board();
    let fits = |slot: &&Slot| {
        let session = board.open_session(slot);
        let serves = session.is_some_and(|session| session.vaccine == token.vaccine && session.doses & token.dose != 0);
        serves
            && slot.centre_id == token.centre_id
            && slot.ends() > f.now
            && slot.id != token.slot_id
            && board.free(slot.id).for_dose(token.dose) > 0
    };
    let fitting: Vec<_> = board.field.slots.iter().filter(fits).take(LOOKED_AT).collect();
    let mut tx = app.core.read().await?;
    let shares = tx.shares_of(&fitting.iter().map(|slot| slot.id).collect::<Vec<_>>()).await?;
    tx.commit().await?;
    // Places of other offices are free, but not for this token.
    let owners = holders_owners(&token);
    let choice = |slot: &Slot| Choice {
        id: slot.id,
        day: f.lang.short_day(slot.day),
        window: f.lang.window(slot.starts, slot.ends()),
        free: Share::free(&shares, slot.id, &owners),
    };
    let choices = fitting.into_iter().map(choice).filter(|choice| choice.free > 0).take(30).collect();
    let key = app.core.chance.link();
    page(&ChangePage { f, token, choices, chosen, cancelling, error, key })
}

/// Takes another time, with the secret code.
pub async fn change(
    State(app): State<Arc<App>>,
    f: Frame,
    Address(address): Address,
    Path(link): Path<String>,
    Form(typed): Form<Change>,
) -> Result<Response> {
    app.limit(address)?;
    let token = token_by_link(&app.core, &link).await?;
    let command = CommandId::new(&format!("citizen {link}"), &typed.key, format!("move {} {}", typed.slot, typed.code));
    if typed.slot == 0 {
        let told = f.t.choose_time.to_owned();
        return change_page(&app, f, token, false, None, told).await;
    }
    let code = match secret_code(&typed.code) {
        Ok(code) => code,
        Err(fault) => {
            let told = f.lang.fault_in("code", fault);
            return change_page(&app, f, token, false, Some(typed.slot), told).await;
        }
    };
    let asked = RescheduleToken { command, authority: Authority::Holder { code }, number: token.number, slots: vec![SlotId(typed.slot)] };
    match reschedule_token(&app.core, &asked).await {
        Ok(_) => Ok(Redirect::to(&f.href(&format!("/t/{link}?done=moved"))).into_response()),
        Err(error) => changed_or_told(&app, f, token, false, Some(typed.slot), error).await,
    }
}

/// Cancels, with the secret code.
pub async fn cancel(
    State(app): State<Arc<App>>,
    f: Frame,
    Address(address): Address,
    Path(link): Path<String>,
    Form(typed): Form<Change>,
) -> Result<Response> {
    app.limit(address)?;
    let token = token_by_link(&app.core, &link).await?;
    let command = CommandId::new(&format!("citizen {link}"), &typed.key, format!("cancel {}", typed.code));
    let code = match secret_code(&typed.code) {
        Ok(code) => code,
        Err(fault) => {
            let told = f.lang.fault_in("code", fault);
            return change_page(&app, f, token, true, None, told).await;
        }
    };
    let authority = Authority::Holder { code };
    let asked = CancelToken { command, authority, number: token.number, reason: "wish".into(), undo: false };
    match cancel_token(&app.core, &asked).await {
        Ok(_) => Ok(Redirect::to(&f.href(&format!("/t/{link}?done=cancelled"))).into_response()),
        Err(error) => changed_or_told(&app, f, token, true, None, error).await,
    }
}

async fn changed_or_told(app: &App, f: Frame, token: Token, cancelling: bool, chosen: Option<i64>, error: Error) -> Result<Response> {
    let told = f.tell(error)?;
    change_page(app, f, token, cancelling, chosen, told).await
}

/// What can be no code costs no try.
fn secret_code(text: &str) -> Result<String, Fault> {
    four_digits(required(text)?).map_err(|_| Fault::FourDigits)
}
