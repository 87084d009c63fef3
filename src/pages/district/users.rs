//! People who log in: a list, one of them with their log-ins, a new password, closing; and programs with keys.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use crate::actions::command::CommandId;
use crate::actions::users::{end_login, list_keys, list_users, reset_password, revoke_key, set_closed, user_with_logins};
use crate::app::App;
use crate::board::Board;
use crate::domain::place::Scope;
use crate::error::Result;
use crate::i18n::Lang;
use crate::ids::{AccountId, KeyId};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::account::{Account, ApiKey, Listed, Login, ScopeColumns};

/// Rows on a page.
const ROWS: i64 = 50;

/// Where somebody acts, by name.
pub fn place_name(board: &Board, lang: Lang, of: ScopeColumns) -> String {
    let name = match Scope::from(of) {
        Scope::Zone(id) => board.zone(id).map(|row| row.name(lang)),
        Scope::Centre(id) => board.centre(id).map(|row| row.name(lang)),
        Scope::District(id) => board.district(id).map(|row| row.name(lang)),
        Scope::State => Some(lang.text().whole_state),
    };
    name.unwrap_or("–").to_owned()
}

#[derive(Template)]
#[template(path = "district/users.html")]
struct UsersPage {
    f: Frame,
    q: String,
    rows: Vec<(Listed, String)>,
    keys: Vec<(ApiKey, String)>,
    more: Option<String>,
}

/// What is looked for.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    after: String,
}

/// The list.
pub async fn users(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let rows = list_users(&app.core, &user.actor, &asked.q, &asked.after, ROWS).await?;
    let keys = list_keys(&app.core, &user.actor).await?;
    let board = app.core.board();
    let last = rows.last().filter(|_| rows.len() as i64 == ROWS).map(|row| row.account.username.clone());
    let more = last.map(|last| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", &asked.q).append_pair("after", &last).finish();
        format!("/district/users?{query}")
    });
    let rows = rows.into_iter().map(|row| (place_name(&board, f.lang, row.account.scope), row)).map(|(place, row)| (row, place)).collect();
    let keys = keys.into_iter().map(|key| (place_name(&board, f.lang, key.scope), key)).map(|(place, key)| (key, place)).collect();
    page(&UsersPage { f, q: asked.q, rows, keys, more })
}

/// A one-time password, which is shown once.
enum Made {
    Nothing,
    Password(String),
    /// By the first of two equal submits.
    Before,
}

#[derive(Template)]
#[template(path = "district/user.html")]
struct UserPage {
    f: Frame,
    account: Account,
    place: String,
    logins: Vec<Login>,
    made: Made,
    is_self: bool,
    key: String,
}

/// One of them.
pub async fn user(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Path(id): Path<i64>) -> Result<Response> {
    show(&app, f, &user, AccountId(id), Made::Nothing).await
}

async fn show(app: &App, f: Frame, user: &crate::actions::log_in::User, id: AccountId, made: Made) -> Result<Response> {
    let (account, logins) = user_with_logins(&app.core, &user.actor, id).await?;
    let place = place_name(&app.core.board(), f.lang, account.scope);
    page(&UserPage { f, place, logins, made, is_self: account.id == user.id, account, key: app.core.chance.link() })
}

/// What the forms of the page say.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    key: String,
    closed: String,
    login: Uuid,
}

/// Makes a one-time password and shows it, once.
pub async fn reset(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(id): Path<i64>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let command = CommandId::new(&user.actor.name, &typed.key, format!("reset {id}"));
    let made = reset_password(&app.core, &user.actor, AccountId(id), &command).await?;
    show(&app, f, &user, AccountId(id), made.map_or(Made::Before, Made::Password)).await
}

/// Closes an account, or opens it again.
pub async fn close(State(app): State<Arc<App>>, Officer(user): Officer, Path(id): Path<i64>, Form(typed): Form<Typed>) -> Result<Response> {
    set_closed(&app.core, &user.actor, AccountId(id), typed.closed == "yes").await?;
    Ok(Redirect::to(&format!("/district/users/{id}")).into_response())
}

/// Ends a log-in.
pub async fn end(State(app): State<Arc<App>>, Officer(user): Officer, Path(id): Path<i64>, Form(typed): Form<Typed>) -> Result<Response> {
    end_login(&app.core, &user.actor, AccountId(id), typed.login).await?;
    Ok(Redirect::to(&format!("/district/users/{id}")).into_response())
}

/// Revokes an API key.
pub async fn revoke(State(app): State<Arc<App>>, Officer(user): Officer, Path(id): Path<i64>) -> Result<Response> {
    revoke_key(&app.core, &user.actor, KeyId(id)).await?;
    Ok(Redirect::to("/district/users#keys").into_response())
}
