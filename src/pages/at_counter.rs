//! Which counter of the hall this browser stands at. It is said once, and kept in a cookie.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::Response;
use axum_extra::extract::cookie::CookieJar;

use crate::domain::queue::Stage;

/// The cookie that holds it: `3.dose`.
const COOKIE: &str = "baari_counter";

/// A counter, 1 to 99, and what is done at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtCounter {
    /// Its number.
    pub counter: i64,
    /// What is done at it.
    pub stage: Stage,
}

impl Default for AtCounter {
    /// The first one, where the dose is given.
    fn default() -> Self {
        Self { counter: 1, stage: Stage::Dose }
    }
}

impl AtCounter {
    fn read(text: &str) -> Option<Self> {
        let (counter, stage) = text.split_once('.')?;
        let counter = counter.parse().ok().filter(|counter| (1..=99).contains(counter))?;
        Some(Self { counter, stage: stage.parse().ok()? })
    }

    /// Keeps it with an answer, for a year.
    pub fn remember(self, mut response: Response) -> Response {
        let cookie = format!("{COOKIE}={}.{}; Path=/centre; Max-Age=31536000; HttpOnly; SameSite=Lax", self.counter, self.stage);
        if let Ok(value) = cookie.parse() {
            response.headers_mut().append(SET_COOKIE, value);
        }
        response
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AtCounter {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        Ok(jar.get(COOKIE).and_then(|cookie| Self::read(cookie.value())).unwrap_or_default())
    }
}
