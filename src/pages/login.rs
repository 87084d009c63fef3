//! Logging in and out, changing the password.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::frame::{Address, Device, Frame, Staff, is_own_path, login_cookie, login_secret};
use super::page;
use super::switch::remember;
use crate::actions::log_in::{Outcome, change_password, log_in, log_out};
use crate::app::App;
use crate::domain::place::Role;
use crate::error::{Error, FieldFault, Result};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    f: Frame,
    username: String,
    next: String,
    error: String,
}

/// What was typed to log in.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    username: String,
    password: String,
    next: String,
    again: Option<String>,
}

/// The log-in form.
pub async fn form(f: Frame, Query(asked): Query<Typed>) -> Result<Response> {
    match &f.user {
        // Whoever sits down next logs in without the other one logging out: half-typed work waits.
        Some(user) if asked.again.is_none() => Ok(Redirect::to(home(user.actor.role)).into_response()),
        _ => page(&LoginPage { f, username: String::new(), next: asked.next, error: String::new() }),
    }
}

/// Logs in.
pub async fn submit(
    State(app): State<Arc<App>>,
    f: Frame,
    Address(address): Address,
    Device(device): Device,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    app.limit(address)?;
    let username = typed.username.trim().to_lowercase();
    let error = match log_in(&app.core, &username, typed.password, &device).await? {
        Outcome::In(secret, user) => {
            let next = if is_own_path(&typed.next) { typed.next.as_str() } else { home(user.actor.role) };
            let mut response = ([(header::SET_COOKIE, login_cookie(&app, &secret))], Redirect::to(next)).into_response();
            let machine = remember(&app, &headers, &user).await?.parse();
            response.headers_mut().append(header::SET_COOKIE, machine.map_err(|_| Error::Internal("a bad cookie".into()))?);
            return Ok(response);
        }
        Outcome::Wrong(left) => f.lang.log_in_wrong(left),
        Outcome::Locked(minutes) => f.lang.log_in_locked(minutes),
    };
    page(&LoginPage { f, username, next: typed.next, error })
}

/// The cookie that names whose half-typed work is to be forgotten here.
pub const LEFT: &str = "baari_left";

/// Logs out.
pub async fn leave(State(app): State<Arc<App>>, f: Frame, headers: HeaderMap) -> Result<Response> {
    if let Some(secret) = login_secret(&headers) {
        log_out(&app.core, &secret).await?;
    }
    let mut response = ([(header::SET_COOKIE, login_cookie(&app, ""))], Redirect::to("/login")).into_response();
    // The counter's script reads it: nothing half typed is left behind in the tab.
    let left = f.user.map(|user| format!("{LEFT}={}; Path=/office; Max-Age=43200; SameSite=Lax", user.username));
    if let Some(cookie) = left.and_then(|cookie| cookie.parse().ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Where a role's work is.
pub fn home(role: Role) -> &'static str {
    match role {
        Role::Clerk => "/office",
        Role::Operator => "/centre",
        Role::DistrictOfficer | Role::StateOfficer => "/district",
    }
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    f: Frame,
    faults: Vec<FieldFault>,
    done: String,
}

impl PasswordPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }
}

/// What was typed to change the password.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct NewPassword {
    present: String,
    new: String,
    done: Option<String>,
}

/// The form for a new password.
pub async fn password_form(f: Frame, _: Staff, Query(asked): Query<NewPassword>) -> Result<Response> {
    page(&PasswordPage { f, faults: Vec::new(), done: asked.done.unwrap_or_default() })
}

/// The form with what is wrong.
pub fn password_page(f: Frame, faults: Vec<FieldFault>) -> Result<Response> {
    page(&PasswordPage { f, faults, done: String::new() })
}

/// Sets a new password.
pub async fn password(
    State(app): State<Arc<App>>,
    f: Frame,
    Staff(user): Staff,
    Device(device): Device,
    Form(typed): Form<NewPassword>,
) -> Result<Response> {
    match change_password(&app.core, &user, typed.present, typed.new, &device).await {
        Ok(secret) => Ok(([(header::SET_COOKIE, login_cookie(&app, &secret))], Redirect::to("/password?done=1")).into_response()),
        Err(Error::Invalid(faults)) => password_page(f, faults),
        Err(error) => Err(error),
    }
}
