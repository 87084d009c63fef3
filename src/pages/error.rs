//! The layer that turns errors into pages for people and into problem documents for programs.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::frame::{Frame, chosen_lang, lang_of, login_secret, without_lang};
use crate::actions::log_in::user;
use crate::api::problem::{Problem, accepted};
use crate::app::App;
use crate::error::Error;
use crate::i18n::Lang;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    f: Frame,
    title: &'a str,
    text: String,
}

impl ErrorPage<'_> {
    /// Where somebody of staff goes on working.
    fn work(&self) -> Option<(&'static str, &'static str)> {
        self.f.houses().first().copied()
    }
}

/// Writes errors in the visitor's language.
pub async fn write_errors(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let reads = request.method().is_safe();
    // Only what tells the language is kept for the case that something goes wrong.
    let kept = [header::COOKIE, header::ACCEPT_LANGUAGE].map(|name| request.headers().get(&name).cloned());
    let mut response = next.run(request).await;
    let error = match response.extensions_mut().remove::<Error>() {
        Some(error) => error,
        // A form goes there, and no page is there: whoever comes by the language's link, or from a log-in, wants the page with the form.
        None if reads && response.status() == StatusCode::METHOD_NOT_ALLOWED && !uri.path().starts_with("/api/") => {
            let page = uri.path().rsplit_once('/').map_or("", |(page, _)| page);
            let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
            return Redirect::to(&format!("{}{query}", if page.is_empty() { "/" } else { page })).into_response();
        }
        // Whatever axum and the layers refuse by themselves.
        None => match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => Error::Method,
            StatusCode::NOT_FOUND if !response.headers().contains_key(header::CONTENT_TYPE) => Error::NotFound,
            StatusCode::PAYLOAD_TOO_LARGE if !is_ours(&response) => Error::TooLarge,
            StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::UNPROCESSABLE_ENTITY if !is_ours(&response) => {
                Error::Malformed("The body or the address cannot be read.".into())
            }
            StatusCode::INTERNAL_SERVER_ERROR if !is_ours(&response) => Error::Internal("a handler panicked".into()),
            StatusCode::SERVICE_UNAVAILABLE if !is_ours(&response) => Error::Unavailable("the request took too long".into()),
            StatusCode::FORBIDDEN if !is_ours(&response) => Error::Forbidden,
            _ => return response,
        },
    };
    // Which methods the address is there for.
    let allowed = response.headers_mut().remove(header::ALLOW).filter(|_| matches!(error, Error::Method));
    let mut headers = HeaderMap::new();
    for (name, value) in [header::COOKIE, header::ACCEPT_LANGUAGE].into_iter().zip(kept) {
        headers.extend(value.map(|value| (name, value)));
    }
    let mut response = written(&app, &error, &uri, &headers).await;
    response.headers_mut().extend(allowed.map(|methods| (header::ALLOW, methods)));
    response
}

/// An error as the visitor reads it.
pub async fn written(app: &App, error: &Error, uri: &Uri, headers: &HeaderMap) -> Response {
    let api = uri.path().starts_with("/api/");
    let lang = lang_of(uri.query()).or_else(|| chosen_lang(headers)).unwrap_or(if api { accepted(headers) } else { Lang::Hi });
    if api {
        return problem(error, lang);
    }
    if matches!(error, Error::LoggedOut) && app.core.is_practice() {
        return Redirect::to(crate::practice::PATH).into_response();
    }
    if matches!(error, Error::LoggedOut) {
        let next = without_lang(uri.path(), uri.query());
        let next: String = next
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() || b"/-_.".contains(&b) { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect();
        return Redirect::to(&format!("/login?next={next}")).into_response();
    }
    if matches!(error, Error::PasswordDue) {
        return Redirect::to("/password").into_response();
    }
    let t = lang.text();
    let (title, text) = match error {
        Error::NotFound | Error::Method => (t.not_found, t.not_found_text.to_owned()),
        Error::Forbidden | Error::PasswordDue => (t.forbidden, t.forbidden_text.to_owned()),
        Error::Busy(_) => (t.too_many, t.too_many_text.to_owned()),
        Error::Refused(refusal) => (t.please_correct, lang.refusal(refusal)),
        Error::Invalid(faults) => (t.please_correct, faults.first().map_or("", |(_, fault)| lang.fault(*fault)).to_owned()),
        Error::Body(faults) => (t.please_correct, faults.first().map_or("", |(_, fault)| lang.fault(*fault)).to_owned()),
        Error::IdReused => (t.sent_before, t.sent_before_text.to_owned()),
        Error::Malformed(_) | Error::TooLarge | Error::KeyMissing | Error::KeyUnfit => (t.unreadable, t.unreadable_text.to_owned()),
        Error::LoggedOut | Error::OutcomeUnknown(_) | Error::Unavailable(_) | Error::Internal(_) => {
            (t.try_later, t.try_later_text.to_owned())
        }
    };
    let mut f = Frame::public(app, lang, without_lang(uri.path(), uri.query()));
    // Where the database is the fault, the page does without a name.
    if let Some(secret) = login_secret(headers) {
        f.user = user(&app.core, &secret).await.unwrap_or_default();
    }
    let html = ErrorPage { f, title, text }.render().unwrap_or_default();
    (error.status().0, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

fn is_ours(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    kind.starts_with("text/html") || kind.contains("json")
}

fn problem(error: &Error, lang: Lang) -> Response {
    let mut response = Problem::new(error, lang).into_response();
    if let Error::Busy(seconds) = error {
        response.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
    }
    response
}
