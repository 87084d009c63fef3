//! JSON: for other systems (slots, tokens, scans and doses, under `/api/v1`), and for gates, desks and centres.

mod body;
pub mod centre;
mod described;
pub mod desk;
pub mod doses;
pub mod gate;
pub mod openapi;
pub mod problem;
pub mod scans;
pub mod slots;
pub mod sms;
pub mod tokens;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, MatchedPath, OptionalFromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::actions::Actor;
use crate::app::App;
use crate::core::Core;
use crate::domain::place::Scope;
use crate::error::{Error, Fault, Result};
use crate::ids::CentreId;

/// A program with a key. A handler that takes this is protected, and the key's scope comes with it.
pub struct Caller(pub Actor);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        app.caller(bearer(&parts.headers).ok_or(Error::LoggedOut)?).await.map(Self)
    }
}

/// Where a key is not needed, a wrong one is still told.
impl OptionalFromRequestParts<Arc<App>> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Option<Self>> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Ok(None);
        }
        <Self as FromRequestParts<_>>::from_request_parts(parts, app).await.map(Some)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// How long an `Idempotency-Key` may be.
const LONGEST_KEY: usize = 200;

/// The key that makes a retry of a write harmless.
pub struct IdempotencyKey(pub String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let mut keys = parts.headers.get_all("idempotency-key").iter();
        let (Some(key), None) = (keys.next(), keys.next()) else {
            return Err(if parts.headers.contains_key("idempotency-key") { Error::KeyUnfit } else { Error::KeyMissing });
        };
        let key = key.to_str().map(str::trim).ok().filter(|key| key.len() <= LONGEST_KEY).ok_or(Error::KeyUnfit)?;
        if key.is_empty() { Err(Error::KeyMissing) } else { Ok(Self(key.to_owned())) }
    }
}

/// A body of Baari's own devices, which speak no other version than the server's.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| Error::Malformed(error.to_string()))
}

/// Whatever a command's body asks for, as its key's fingerprint: the order of the fields does not matter, and it is keyed, since the body
/// may hold an ID.
fn fingerprint(core: &Core, body: &Value) -> Vec<u8> {
    core.keys().hash_asked(&body.to_string())
}

/// The centre that a request is about, within the key's scope.
fn centre_of(app: &App, actor: &Actor, code: Option<&str>) -> Result<CentreId> {
    match (code, actor.scope) {
        (Some(code), scope) => {
            let board = app.core.board();
            let centre = board.centre_by_code(code).filter(|centre| scope.covers(centre.place()));
            centre.map(|centre| centre.id).ok_or_else(|| Error::field("centre", Fault::Choice))
        }
        (None, Scope::Centre(centre)) => Ok(centre),
        (None, _) => Err(Error::field("centre", Fault::Missing)),
    }
}

/// Counts and times every request, by route and status.
pub async fn measure(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let started = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    instruments(route, response.status().as_u16(), |(count, seconds)| {
        count.increment(1);
        seconds.record(started.elapsed().as_secs_f64());
    });
    response
}

type Instruments = (metrics::Counter, metrics::Histogram);

/// The instruments of a route and status, made the first time: a look-up by the borrowed name costs no allocation.
fn instruments(route: &str, status: u16, record: impl Fn(&Instruments)) {
    thread_local! {
        static KNOWN: RefCell<HashMap<u16, HashMap<String, Instruments>>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        let of_status = known.entry(status).or_default();
        if let Some(known) = of_status.get(route) {
            return record(known);
        }
        let labels = [("route", route.to_owned()), ("status", status.to_string())];
        let made = (metrics::counter!("baari_requests_total", &labels), metrics::histogram!("baari_request_seconds", &labels[..1]));
        record(&made);
        of_status.insert(route.to_owned(), made);
    });
}
