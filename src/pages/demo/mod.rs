//! The guided tour: one button a step, every role opened without typing, and switches for what fails in the field.

mod newspaper;
mod one_dose;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde_json::json;

use crate::actions::Actor;
use crate::actions::command::CommandId;
use crate::actions::enrol_gate::{prepare_gate, revoke_gate};
use crate::actions::issue_tokens::{IssueToken, Person};
use crate::actions::log_in::log_in_as;
use crate::app::App;
use crate::demo::{CENTRE, Demo, LOGINS, MOBILE, SMALL_CENTRE, set_clock};
use crate::domain::admission::TokenState;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::pages::form::TypedPerson;
use crate::pages::frame::{Device, Frame, is_own_path, login_cookie};
use crate::pages::page;
use crate::portal::test_server::Switches;
use crate::storage::slot::Session;
use crate::storage::token::{Filter, Narrowed, Token};

/// The tour's addresses, which only the demo has.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/demo", get(tour))
        .route("/demo/as/{username}", post(open_as))
        .route("/demo/gate", post(open_gate))
        .route("/demo/dose", post(one_dose::record))
        .route("/demo/person", get(one_dose::person))
        .route("/demo/newspaper", get(newspaper::newspaper))
        .route("/demo/clock", post(clock))
        .route("/demo/switch/{name}", post(switch))
        .route("/demo/state", get(state))
        .route("/demo/last-place", post(last_place))
}

fn demo(app: &App) -> Result<&Demo> {
    app.demo.as_ref().ok_or(Error::NotFound)
}

#[derive(Template)]
#[template(path = "demo.html")]
struct Tour {
    f: Frame,
    centre: &'static str,
    mobile: String,
    logins: [(&'static str, &'static str); 5],
    /// Today's session at the tour's centre, while it is not stopped.
    session: Option<SessionId>,
}

async fn tour(State(app): State<Arc<App>>, f: Frame) -> Result<Response> {
    let board = app.core.board();
    let centre = board.centre_by_code(CENTRE).map(|centre| centre.id);
    let here = |session: &&Session| Some(session.centre_id) == centre && session.day == f.now.day() && !session.stopped;
    let session = board.field.sessions.iter().find(here).map(|session| session.id);
    let mobile = format!("{} {}", &MOBILE[..5], &MOBILE[5..]);
    page(&Tour { f, centre: CENTRE, mobile, logins: LOGINS, session })
}

/// Where to, if not to the role's own work.
#[derive(serde::Deserialize)]
struct OpenAs {
    #[serde(default)]
    to: String,
}

/// Opens a role without typing.
async fn open_as(
    State(app): State<Arc<App>>,
    Device(device): Device,
    Path(username): Path<String>,
    Query(asked): Query<OpenAs>,
) -> Result<Response> {
    // The clerk finds the known household's number typed already; everybody else goes where their work is.
    let to = match asked.to {
        to if !to.is_empty() && is_own_path(&to) => to,
        _ if username.starts_with("clerk") => format!("/office?mobile={MOBILE}"),
        _ => String::from("/login"),
    };
    open_at(&app, &username, &device, &to).await
}

/// Opens an address as somebody who is logged in with it.
async fn open_at(app: &App, username: &str, device: &str, to: &str) -> Result<Response> {
    let secret = log_in_as(&app.core, username, device).await?;
    Ok(([(header::SET_COOKIE, login_cookie(app, &secret))], Redirect::to(to)).into_response())
}

/// Prepares a gate at the tour's centre and opens it: the phone enrols itself with the code in the address.
async fn open_gate(State(app): State<Arc<App>>) -> Result<Redirect> {
    let board = app.core.board();
    let centre = board.centre_by_code(CENTRE).ok_or(Error::NotFound)?;
    let actor = Actor { name: "demo".into(), role: Role::StateOfficer, scope: Scope::State };
    // The tour's one phone takes every lane, from whichever phone had it before: that one is gone with its browser.
    let mut tx = app.core.read().await?;
    let before = tx.gates_of(centre.id).await?;
    tx.commit().await?;
    for gate in before.iter().filter(|gate| gate.revoked_at.is_none() && gate.enrolled_at.is_some()) {
        revoke_gate(&app.core, &actor, gate.id).await?;
    }
    let lanes: Vec<_> = (0..centre.gates).collect();
    let code = prepare_gate(&app.core, &actor, &app.core.chance.secret(), centre.id, "Gate A (demo)", &lanes).await?;
    Ok(Redirect::to(&format!("/gate#{code}")))
}

#[derive(serde::Deserialize)]
struct SetClock {
    to: String,
    #[serde(default)]
    back: String,
}

async fn clock(State(app): State<Arc<App>>, Form(typed): Form<SetClock>) -> Result<Redirect> {
    let now = app.core.clock.now();
    let to = match typed.to.as_str() {
        "plus_30" => now + 1800,
        "tomorrow" => now.day().plus(1).at_minute(10 * 60 + 5),
        _ => return Err(Error::Malformed("no such time".into())),
    };
    set_clock(&app.core, to).await?;
    Ok(Redirect::to(if is_own_path(&typed.back) { &typed.back } else { "/demo" }))
}

async fn switch(State(app): State<Arc<App>>, Path(name): Path<String>) -> Result<Json<serde_json::Value>> {
    let demo = demo(&app)?;
    if name == "portal" {
        let portal = demo.portal.as_ref().ok_or(Error::NotFound)?;
        let switches = portal.switches();
        portal.switch(Switches { down: !switches.down, ..switches });
        return Ok(self::switches(demo));
    }
    let flag = match name.as_str() {
        "link" => &demo.link_cut,
        "office" => &demo.office_cut,
        "printer" => &demo.printer,
        _ => return Err(Error::NotFound),
    };
    flag.fetch_xor(true, Ordering::Relaxed);
    Ok(switches(demo))
}

fn switches(demo: &Demo) -> Json<serde_json::Value> {
    let is_on = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
    Json(json!({
        "link": !is_on(&demo.link_cut),
        "office": !is_on(&demo.office_cut),
        "printer": is_on(&demo.printer),
        "portal": demo.portal.as_ref().is_some_and(|portal| !portal.switches().down),
    }))
}

/// What the tour shows beside its buttons: free places, the last token, samples to hold before the camera.
async fn state(State(app): State<Arc<App>>) -> Result<Json<serde_json::Value>> {
    let (demo, core) = (demo(&app)?, &app.core);
    let (board, now) = (core.board(), core.clock.now());
    let centre = board.centre_by_code(CENTRE).ok_or(Error::NotFound)?;
    let today = now.day();
    let open: i64 = board.slots_on(centre.id, today).filter(|slot| slot.ends() > now).map(|slot| board.free(slot.id).all()).sum();
    let mut tx = core.read().await?;
    let filter = |day, state| {
        let narrowed = Narrowed::default();
        Filter { day, centre: None, state: Some(state), mobile: None, name: None, call: None, narrowed, skip: 0, most: 2_000 }
    };
    let waiting = tx.register(Scope::State, &filter(Some(today), TokenState::Issued)).await?;
    let later = tx.register(Scope::State, &filter(Some(today.plus(1)), TokenState::Issued)).await?;
    let last = tx.last_token_of("user:clerk-z2").await?;
    tx.commit().await?;
    let here = |token: &&Token| token.centre_id == centre.id;
    let may_enter = |token: &&Token| here(token) && token.starts + -3600 <= now && now <= token.closes;
    // Whoever found no other place after a stop stays where nobody is let in.
    let goes_on = |token: &&Token| board.session(token.session_id).is_some_and(|session| !session.stopped);
    let not_last = |token: &&Token| last.as_ref().is_none_or(|last| last.number != token.number);
    let mut may_come: Vec<_> = waiting.iter().filter(may_enter).filter(goes_on).filter(not_last).collect();
    // One stays in the hand, for the time after the session was stopped: the oldest, whose new place is looked for first. Whose time is
    // over is not moved: they come late, or not at all.
    let to_come = may_come.iter().enumerate().filter(|(_, token)| token.ends() > now);
    let oldest = to_come.min_by_key(|(_, token)| token.birth_year).map(|(at, _)| at);
    let held = oldest.map(|at| core.qr(&may_come.remove(at).cose));
    let next: Vec<_> = may_come.into_iter().take(3).map(|token| core.qr(&token.cose)).collect();
    let elsewhere = waiting.iter().find(|token| !here(token)).map(|token| core.qr(&token.cose));
    let tomorrow = later.iter().find(here).map(|token| core.qr(&token.cose));
    let genuine = last.as_ref().or(waiting.iter().find(here));
    let last_token = last.as_ref().map(
        |token| json!({ "number": token.number.to_string(), "call_number": token.call_number().to_string(), "qr": core.qr(&token.cose) }),
    );
    Ok(Json(json!({
        "switches": switches(demo).0,
        "free_today": open,
        "last_token": last_token,
        "next": next,
        "samples": {
            "held": held,
            "wrong_centre": elsewhere,
            "tomorrow": tomorrow,
            "forged": genuine.map(|token| core.qr(&forged(&token.cose))),
            "payment": "upi://pay?pa=demo@example&pn=Demo&am=100",
        },
    })))
}

/// A token whose signature does not match.
fn forged(cose: &[u8]) -> Vec<u8> {
    let mut bytes = cose.to_vec();
    // The last byte of the signature: everything else still reads like a token.
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    bytes
}

/// Two clerks press Enter on the last place at the same moment: the real queue, the real rules.
async fn last_place(State(app): State<Arc<App>>, f: Frame) -> Result<Json<serde_json::Value>> {
    let core = &app.core;
    let board = core.board();
    let centre = board.centre_by_code(SMALL_CENTRE).ok_or(Error::NotFound)?;
    let slot = board
        .field
        .slots
        .iter()
        .find(|slot| slot.centre_id == centre.id && slot.ends() > f.now && board.free(slot.id).all() == 1)
        .ok_or(Error::NotFound)?;
    let ask = |clerk: &str, n: u8| {
        let actor = Actor { name: format!("user:{clerk}").into(), role: Role::Clerk, scope: Scope::Zone(centre.zone_id) };
        let chance: [u8; 4] = core.chance.bytes();
        let typed = TypedPerson {
            name: ["गीता वर्मा (नमूना)", "मोहन यादव (नमूना)"][usize::from(n)].into(),
            age: "66".into(),
            gender: ["female", "male"][usize::from(n)].into(),
            id_type: "voter_id".into(),
            id_number: format!("ZZD{:07}", u32::from_be_bytes(chance) % 10_000_000),
            ..TypedPerson::default()
        };
        let details = typed.read(core).map_err(Error::Invalid)?;
        let command = CommandId::new(&actor.name, &core.chance.secret(), "last place");
        Ok::<_, Error>(IssueToken { command, actor, slot: slot.id, person: Person::Typed(Box::new(details)), earlier_dose: None })
    };
    let (one, two) = (ask("clerk-z2", 0)?, ask("clerk-z2b", 1)?);
    let (one, two) = tokio::join!(app.issuing.one(one), app.issuing.one(two));
    let told = |clerk: &str, answer: Result<_>| match answer {
        Ok(answer) => Ok(json!({ "clerk": clerk, "issued": true, "text": token_text(&answer) })),
        Err(Error::Refused(refusal)) => Ok(json!({ "clerk": clerk, "issued": false, "text": f.lang.refusal(&refusal) })),
        Err(error) => Err(error),
    };
    let clerks = [told("clerk-z2", one?)?, told("clerk-z2b", two?)?];
    let window = format!("{}, {}, {}", centre.name(f.lang), f.lang.short_day(slot.day), f.lang.window(slot.starts, slot.ends()));
    Ok(Json(json!({ "slot": window, "clerks": clerks })))
}

fn token_text(answer: &crate::actions::answer::TokenAnswer) -> String {
    format!("{} · {}", answer.call_number, answer.number)
}

/// While their link is cut, the server refuses the gates, or the zone offices: their calls, their page, their files.
pub async fn cut_link(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_of =
        |houses: &[&str]| houses.iter().any(|house| path.strip_prefix(house).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    let is_cut = |demo: &Demo| {
        (demo.link_cut.load(Ordering::Relaxed) && is_of(&["/gate", "/api/gate"]))
            || (demo.office_cut.load(Ordering::Relaxed) && is_of(&["/office", "/api/desk"]))
    };
    if app.demo.as_ref().is_some_and(is_cut) {
        return (StatusCode::BAD_GATEWAY, [(header::CONTENT_TYPE, "text/html")], "the demo's link is cut").into_response();
    }
    next.run(request).await
}
