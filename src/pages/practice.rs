//! The door to practice, and the switch that keeps practice apart: whatever stands behind `/practice/` goes to the practice app
//! and to nothing else, with cookies of its own and links that lead nowhere else.

use std::sync::Arc;

use askama::Template;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use tower::ServiceExt;

use super::error::written;
use super::frame::{Frame, Staff};
use super::login::home;
use super::page;
use super::qr::{Symbol, draw};
use crate::api::gate::GateDevice;
use crate::app::App;
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::practice::{PATH, Sample, samples};

/// What stands before the names of cookies that belong to practice.
const PREFIX: &str = "practice_";

/// The one cookie of both: the language.
const SHARED: &str = "baari_lang";

/// The practice log-in, as the browser holds it.
const LOGIN: &str = "practice_baari_login";

/// The largest page that practice sends.
const LARGEST: usize = 8 * 1024 * 1024;

/// The door's own addresses, which the real app answers.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/practice", get(door))
        .route("/practice/begin", post(begin))
        .route("/practice/afresh", post(afresh))
        .route("/practice/end", post(end))
        .route("/practice/codes", get(codes))
        .route("/api/gate/practice", post(phone))
}

#[derive(Template)]
#[template(path = "practice/door.html")]
struct Door {
    f: Frame,
    began_afresh: bool,
}

/// What the door has just done.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Done {
    done: String,
}

/// Who may practise, and what it is.
async fn door(f: Frame, _: Staff, Query(done): Query<Done>) -> Result<Response> {
    page(&Door { f, began_afresh: done.done == "afresh" })
}

/// Where to begin.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Begin {
    to: String,
}

/// Opens the practice centre for somebody, in the practice account of their role.
async fn begin(State(app): State<Arc<App>>, Staff(user): Staff, Form(asked): Form<Begin>) -> Result<Response> {
    let practice = app.practice.open(&app.core).await?;
    if asked.to == "gate" {
        let code = practice.gate_code().await?;
        return Ok(Redirect::to(&format!("{PATH}/gate#{code}")).into_response());
    }
    let secret = practice.log_in(user.actor.role).await?;
    let secure = if app.core.public_url.starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!("{LOGIN}={secret}; Path={PATH}/; HttpOnly; SameSite=Lax{secure}");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&format!("{PATH}{}", home(user.actor.role)))).into_response())
}

/// Everybody's practice begins afresh.
async fn afresh(State(app): State<Arc<App>>, _: Staff) -> Result<Redirect> {
    app.practice.open(&app.core).await?.begin_afresh().await?;
    Ok(Redirect::to("/practice?done=afresh"))
}

/// Back to the real day; the real log-in was never touched.
async fn end() -> Response {
    let gone = format!("{LOGIN}=; Path={PATH}/; Max-Age=0; HttpOnly; SameSite=Lax");
    ([(header::SET_COOKIE, gone)], Redirect::to("/login")).into_response()
}

/// A phone that is a gate gets a code for the practice centre: a gatekeeper has no log-in.
async fn phone(State(app): State<Arc<App>>, GateDevice(_): GateDevice) -> Result<Json<serde_json::Value>> {
    let code = app.practice.open(&app.core).await?.gate_code().await?;
    Ok(Json(serde_json::json!({ "code": code })))
}

struct Printed {
    sample: Sample,
    symbol: Option<Symbol>,
}

#[derive(Template)]
#[template(path = "practice/codes.html")]
struct Codes {
    f: Frame,
    printed: Vec<Printed>,
}

impl Codes {
    fn hi(&self) -> Lang {
        Lang::Hi
    }

    fn en(&self) -> Lang {
        Lang::En
    }
}

/// A sheet of sample codes, with what should come beside each.
async fn codes(State(app): State<Arc<App>>, f: Frame, _: Staff) -> Result<Response> {
    let practice = app.practice.open(&app.core).await?;
    let print = |sample: Sample| -> Result<Printed> {
        let symbol = sample.qr.as_deref().map(draw).transpose()?;
        Ok(Printed { sample, symbol })
    };
    let printed = samples(&practice.app.core).await?.into_iter().map(print).collect::<Result<_>>()?;
    page(&Codes { f, printed })
}

/// Hands over to practice whatever stands behind its path. The capitals are those of a QR code.
pub async fn switch(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let inside = path.strip_prefix("/practice/").or_else(|| path.strip_prefix("/PRACTICE/"));
    let Some(inside) = inside.filter(|inside| !["begin", "afresh", "end", "codes"].contains(inside)) else {
        return next.run(request).await;
    };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let Ok(uri) = format!("/{inside}{query}").parse() else { return Redirect::to(PATH).into_response() };
    match app.practice.found(&app.core).await {
        Ok(Some(practice)) => {
            let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
            let answer = practice.routes.clone().oneshot(inward(request, uri)).await;
            outward(answer.unwrap_or_else(|never| match never {}), &host).await
        }
        Ok(None) => Redirect::to(PATH).into_response(),
        Err(error) => written(&app, &error, request.uri(), request.headers()).await,
    }
}

/// Practice hears its own cookies only, and sees itself at the top.
fn inward(mut request: Request, uri: Uri) -> Request {
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    // What it answers is read here, so it comes as it is.
    headers.remove(header::ACCEPT_ENCODING);
    let cookies: Vec<String> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split("; "))
        .filter_map(|cookie| cookie.strip_prefix(PREFIX).or(cookie.starts_with(&format!("{SHARED}=")).then_some(cookie)))
        .map(str::to_owned)
        .collect();
    headers.remove(header::COOKIE);
    if let Ok(value) = HeaderValue::from_str(&cookies.join("; ")) {
        headers.insert(header::COOKIE, value);
    }
    request
}

/// What practice answers leads to practice: addresses, cookies, and what its pages may call.
async fn outward(response: Response, host: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let headers = &mut parts.headers;
    turn(headers, &header::LOCATION, |to| below(to).then(|| format!("{PATH}{to}")));
    turn(headers, &header::HeaderName::from_static("service-worker-allowed"), |to| Some(format!("{PATH}{to}")));
    turn(headers, &header::SET_COOKIE, |cookie| {
        (!cookie.starts_with(&format!("{SHARED}="))).then(|| format!("{PREFIX}{}", cookie.replace("Path=/", &format!("Path={PATH}/"))))
    });
    // A script or form that would leave practice is stopped by the browser.
    turn(headers, &header::CONTENT_SECURITY_POLICY, |policy| {
        let own = format!("{host}{PATH}/");
        let policy = policy.replace("connect-src 'self'", &format!("connect-src {own} {host}/static/"));
        Some(policy.replace("form-action 'self'", &format!("form-action {own}")))
    });
    let html = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !html {
        return Response::from_parts(parts, body);
    }
    headers.remove(header::CONTENT_LENGTH);
    match to_bytes(body, LARGEST).await {
        Ok(page) => Response::from_parts(parts, Body::from(leading_inside(&String::from_utf8_lossy(&page)))),
        Err(error) => Error::Internal(error.to_string()).into_response(),
    }
}

fn turn(headers: &mut HeaderMap, name: &header::HeaderName, change: impl Fn(&str) -> Option<String>) {
    let values: Vec<HeaderValue> = headers.get_all(name).iter().cloned().collect();
    headers.remove(name);
    for value in values {
        let changed = value.to_str().ok().and_then(&change).and_then(|text| HeaderValue::from_str(&text).ok());
        headers.append(name.clone(), changed.unwrap_or(value));
    }
}

/// Whether an address is one of the app's pages: not another host's, not a file that everybody shares, not the door.
fn below(address: &str) -> bool {
    address.starts_with('/') && !["//", "/static/", PATH].iter().any(|other| address.starts_with(other))
}

/// Turns the addresses in a page's attributes.
fn leading_inside(html: &str) -> String {
    let mut turned = String::with_capacity(html.len() + html.len() / 16);
    let mut rest = html;
    while let Some(at) = rest.find("=\"/") {
        let (before, address) = rest.split_at(at + 2);
        turned.push_str(before);
        if below(address) {
            turned.push_str(PATH);
        }
        turned.push('/');
        rest = &address[1..];
    }
    turned.push_str(rest);
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_practice_lead_to_practice() {
        let page = r#"<a href="/"><a href="/office?x=1"><form action="/login"><img src="/static/1/a.svg"><a href="https://example.org/">"#;
        let turned = r#"<a href="/practice/"><a href="/practice/office?x=1"><form action="/practice/login"><img src="/static/1/a.svg"><a href="https://example.org/">"#;
        assert_eq!(leading_inside(page), turned);
        assert_eq!(leading_inside(turned), turned);
    }
}
