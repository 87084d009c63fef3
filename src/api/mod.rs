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
use crate::core::Core;
use crate::error::{Error, Fault, Result};

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
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| unfit(&error))?;
    json.end().map_err(|error| Error::Malformed(error.to_string()))?;
    Ok(read)
}

/// One row of a batch.
fn read_row<T: DeserializeOwned>(row: &serde_json::Value) -> Result<T> {
    serde_path_to_error::deserialize(row).map_err(|error| unfit(&error))
}

/// JSON that does not fit its description: the field that is missing or of another type, where there is one.
fn unfit(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let why = error.inner().to_string();
    let missing = why.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')).map(|(name, _)| name);
    let whole = error.path().to_string();
    let path = match (whole.as_str(), missing) {
        (".", Some(name)) => name.to_owned(),
        (within, Some(name)) => format!("{within}.{name}"),
        (within, None) => within.to_owned(),
    };
    if !error.inner().is_data() || path.starts_with(['.', '[']) {
        return Error::Malformed(why);
    }
    // A person's fields are called as they are when something else is wrong with them.
    let field = path.strip_prefix("person.").unwrap_or(&path).to_owned();
    Error::Body(field, if missing.is_some() { Fault::Missing } else { Fault::Type })
}

/// Whatever a command's body asks for, as its key's fingerprint: the order of the fields does not matter, and it is keyed, since the body
/// may hold an ID.
fn fingerprint(core: &Core, body: &impl serde::Serialize) -> Vec<u8> {
    core.keys().hash_asked(&serde_json::to_value(body).unwrap_or_default().to_string())
}

/// The same of a body as it came.
fn fingerprint_of(core: &Core, body: &Bytes) -> Vec<u8> {
    fingerprint(core, &serde_json::from_slice::<serde_json::Value>(body).unwrap_or_default())
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
