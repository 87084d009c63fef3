//! JSON for other systems (`v1`) and for the gates.

pub mod centre;
pub mod desk;
pub mod doses;
pub mod gate;
pub mod openapi;
pub mod sms;
pub mod v1;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, MatchedPath, Request};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use serde::de::DeserializeOwned;

use crate::actions::Actor;
use crate::app::App;
use crate::error::{Error, Result};

/// A program with a key. A handler that takes this is protected, and the key's scope comes with it.
pub struct Caller(pub Actor);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        app.caller(bearer(&parts.headers).ok_or(Error::LoggedOut)?).await.map(Self)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The key that makes a retry of a write harmless.
pub struct IdempotencyKey(pub String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let key = parts.headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::trim);
        let fits = |key: &&str| (1..=200).contains(&key.len());
        key.filter(fits).map(|key| Self(key.to_owned())).ok_or(Error::KeyMissing)
    }
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| Error::Malformed(error.to_string()))
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
