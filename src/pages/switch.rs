//! Changing who acts at a machine, with a PIN.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use super::frame::{Address, Device, Frame, Staff, login_cookie, login_secret};
use super::login::{home, password_page};
use super::page;
use crate::actions::log_in::User;
use crate::actions::switch_person::{HandOver, Switched, hand_over, remember_machine, set_pin, switch_person};
use crate::app::App;
use crate::error::{Error, Result};
use crate::storage::machine::Here;

/// The cookie by which a machine is known again.
const MACHINE: &str = "baari_machine";

fn machine(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(MACHINE).map(|cookie| cookie.value().to_owned())
}

/// Remembers who has logged in here with their password; the cookie that the machine is to keep, if it has none yet.
pub async fn remember(app: &App, headers: &HeaderMap, user: &User) -> Result<String> {
    let secret = machine(headers).unwrap_or_else(|| app.core.chance.secret());
    remember_machine(&app.core, &secret, user.id).await?;
    let secure = if app.core.public_url.starts_with("https:") { "; Secure" } else { "" };
    Ok(format!("{MACHINE}={secret}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}"))
}

#[derive(Template)]
#[template(path = "switch.html")]
struct SwitchPage {
    f: Frame,
    open: HandOver,
    chosen: String,
    error: String,
}

impl SwitchPage {
    /// Those who may take over: everybody but who is there now.
    fn others(&self) -> impl Iterator<Item = &Here> {
        let present = self.f.user.as_ref().map(|user| user.id);
        self.open.people.iter().filter(move |person| Some(person.account_id) != present)
    }

    fn nobody(&self) -> bool {
        self.others().next().is_none()
    }
}

async fn show(app: &App, f: Frame, headers: &HeaderMap, chosen: String, error: String) -> Result<Response> {
    let open = hand_over(&app.core, &machine(headers).unwrap_or_default(), f.user.as_ref()).await?;
    page(&SwitchPage { f, open, chosen, error })
}

/// Who may take over, and what is open.
pub async fn form(State(app): State<Arc<App>>, f: Frame, headers: HeaderMap) -> Result<Response> {
    show(&app, f, &headers, String::new(), String::new()).await
}

/// Who takes over.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    username: String,
    pin: String,
}

/// Takes over.
pub async fn submit(
    State(app): State<Arc<App>>,
    f: Frame,
    Address(address): Address,
    headers: HeaderMap,
    Device(device): Device,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    app.limit(address)?;
    let here = machine(&headers).unwrap_or_default();
    let before = login_secret(&headers);
    match switch_person(&app.core, &here, &typed.username, typed.pin, before.as_deref(), &device).await? {
        Switched::In(secret, role) => Ok(([(header::SET_COOKIE, login_cookie(&app, &secret))], Redirect::to(home(role))).into_response()),
        Switched::Wrong(left) => {
            let error = f.lang.pin_wrong(left);
            show(&app, f, &headers, typed.username, error).await
        }
        Switched::Password => {
            let error = f.t.pin_locked.to_owned();
            show(&app, f, &headers, typed.username, error).await
        }
    }
}

/// A new PIN, and the password that allows it.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct NewPin {
    present: String,
    pin: String,
}

/// Sets a PIN.
pub async fn pin(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(typed): Form<NewPin>) -> Result<Response> {
    match set_pin(&app.core, &user, typed.present, &typed.pin).await {
        Ok(()) => Ok(Redirect::to("/password?done=pin").into_response()),
        Err(Error::Invalid(faults)) => {
            let field = |name| if name == "present" { "pin_present" } else { name };
            password_page(f, faults.into_iter().map(|(name, fault)| (field(name), fault)).collect())
        }
        Err(error) => Err(error),
    }
}
