//! The layer that turns errors into pages for people and into problem documents for programs.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::frame::{Frame, chosen_lang, lang_of, login_secret, without_lang};
use crate::actions::log_in::user;
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
            StatusCode::METHOD_NOT_ALLOWED if uri.path().starts_with("/api/") => Error::Method,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED if !response.headers().contains_key(header::CONTENT_TYPE) => {
                Error::NotFound
            }
            StatusCode::BAD_REQUEST
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::PAYLOAD_TOO_LARGE
                if !is_ours(&response) =>
            {
                Error::Malformed("the body or the address cannot be read".into())
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
        Error::Body(_, fault) => (t.please_correct, lang.fault(*fault).to_owned()),
        Error::IdReused => (t.sent_before, t.sent_before_text.to_owned()),
        Error::Malformed(_) | Error::KeyMissing => (t.unreadable, t.unreadable_text.to_owned()),
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

/// In which language a program wants its errors.
pub fn accepted(headers: &HeaderMap) -> Lang {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if asked.starts_with("hi") { Lang::Hi } else { Lang::En }
}

/// What an error's type is called on the page that describes the API: each rule that says no has a code of its own, in one family.
fn family(error: &Error) -> &'static str {
    if matches!(error, Error::Refused(_)) { "refused" } else { error.status().1 }
}

/// Every family of errors: its name, its status, and what it says or how it is read.
pub fn families() -> Vec<(&'static str, u16, String)> {
    let plain = [
        Error::Malformed("The body or the address cannot be read.".into()),
        Error::KeyMissing,
        Error::LoggedOut,
        Error::Forbidden,
        Error::PasswordDue,
        Error::NotFound,
        Error::Method,
        Error::IdReused,
        Error::Busy(1),
        Error::Internal(String::new()),
        Error::OutcomeUnknown(String::new()),
        Error::Unavailable(String::new()),
    ];
    let rules = "A rule of the field says no. `code` names the rule, `detail` says what to do, `refusal` holds its figures.";
    let fields = "Some fields are wrong: `fields` names each with the code of what is wrong with it.";
    let shown = |error: &Error| (family(error), error.status().0.as_u16(), detail(error, Lang::En));
    let mut all = vec![
        ("refused", StatusCode::CONFLICT.as_u16(), rules.into()),
        ("invalid", StatusCode::UNPROCESSABLE_ENTITY.as_u16(), fields.into()),
    ];
    all.extend(plain.iter().map(shown));
    all.sort_by_key(|(_, status, _)| *status);
    all
}

/// What went wrong and what to do, for whoever calls the API.
fn detail(error: &Error, lang: Lang) -> String {
    match error {
        Error::Refused(refusal) => lang.refusal(refusal),
        Error::Invalid(faults) => {
            faults.iter().map(|(field, fault)| format!("{field}: {}", lang.fault(*fault))).collect::<Vec<_>>().join(" ")
        }
        Error::Body(field, fault) => format!("{field}: {}", lang.fault(*fault)),
        Error::Malformed(why) => why.clone(),
        Error::Method => {
            lang.pick("This address takes another method: the `Allow` header names it.", "यह पता दूसरी विधि से चलता है: `Allow` देखें।").into()
        }
        Error::NotFound => {
            lang.pick("There is nothing here, or nothing that this key may see.", "यहाँ कुछ नहीं है, या इस कुंजी को दिख नहीं सकता।").into()
        }
        Error::LoggedOut => lang.pick("Send a valid key as `Authorization: Bearer …`.", "सही कुंजी `Authorization: Bearer …` में भेजें।").into(),
        Error::Forbidden | Error::PasswordDue => lang.pick("This key's role may not do this.", "इस कुंजी की भूमिका यह नहीं कर सकती।").into(),
        Error::KeyMissing => lang
            .pick("Send an `Idempotency-Key` header with every write: one key for each intention.", "हर बदलाव के साथ `Idempotency-Key` भेजें।")
            .into(),
        Error::IdReused => {
            lang.pick("This id was used before with another body. Use a new one.", "यह आईडी पहले दूसरे विवरण के साथ आ चुकी है। नई भेजें।").into()
        }
        Error::Busy(seconds) => format!("{} {seconds} s", lang.text().too_many_text),
        Error::OutcomeUnknown(_) => lang
            .pick(
                "Whether this was done is not known. Send the same again with the same key.",
                "यह हुआ या नहीं, पता नहीं। वही कुंजी लेकर फिर भेजें।",
            )
            .into(),
        Error::Unavailable(_) | Error::Internal(_) => lang.text().try_later_text.into(),
    }
}

/// RFC 9457: a stable code, and a sentence that says what to do.
pub fn problem_details(error: &Error, lang: Lang) -> serde_json::Value {
    let (status, code) = error.status();
    let mut body = serde_json::json!({
        "type": format!("/api#{}", family(error)), "title": code, "status": status.as_u16(), "code": code, "detail": detail(error, lang),
    });
    if let Error::Refused(refusal) = error {
        body["refusal"] = serde_json::to_value(refusal).unwrap_or_default();
    }
    if let Error::Invalid(faults) = error {
        body["fields"] = faults.iter().map(|(field, fault)| serde_json::json!({ "field": field, "code": fault })).collect();
    }
    if let Error::Body(field, fault) = error {
        body["fields"] = serde_json::json!([{ "field": field, "code": fault }]);
    }
    body
}

fn problem(error: &Error, lang: Lang) -> Response {
    let mut response = (error.status().0, Json(problem_details(error, lang))).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, "application/problem+json".parse().expect("a valid header"));
    if let Error::Busy(seconds) = error {
        response.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
    }
    response
}
