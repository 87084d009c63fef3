//! The gate's app: a shell that the phone keeps, its service worker, and what it must fetch ahead.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use super::assets::{address, contents};
use super::frame::Frame;
use super::render;
use crate::app::App;
use crate::chance::short_hash;
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::i18n::help::{Reader, sheet};

/// Everything that the gate needs without a link.
const KEPT: [&str; 6] = ["css/base.css", "css/gate.css", "css/help.css", "dist/gate.js", "dist/zxing_reader.wasm", "icon.svg"];

/// The gatekeeper's page of help, in both languages.
const HELP: [&str; 2] = ["/gate/help?lang=hi", "/gate/help?lang=en"];

#[derive(Template)]
#[template(path = "gate.html")]
struct GatePage {
    f: Frame,
    version: String,
    demo: bool,
}

/// The shell: the same for every phone.
pub async fn shell(State(app): State<Arc<App>>) -> Result<Response> {
    let f = Frame::public(&app, Lang::Hi, "/gate".into());
    let demo = app.demo.is_some();
    let html = render(&GatePage { f, version: version(), demo })?;
    Ok(([(header::CACHE_CONTROL, "no-cache")], Html(html)).into_response())
}

/// What the service worker fetches ahead, and the version that this is.
pub async fn kept() -> Json<serde_json::Value> {
    let files: Vec<_> = KEPT.iter().map(|name| address(name)).collect();
    Json(serde_json::json!({ "version": version(), "shell": "/gate", "help": HELP, "files": files }))
}

/// The service worker; a changed version changes its bytes, which is how browsers notice.
pub async fn worker() -> Result<Response> {
    let mut script = contents("dist/sw.js").ok_or(Error::NotFound)?;
    script.extend_from_slice(format!("\n// {}\n", version()).as_bytes());
    // Its scope is the page itself, one step above the folder that it lies in.
    let allowed = [("service-worker-allowed", "/gate")];
    Ok((allowed, [(header::CONTENT_TYPE, "text/javascript"), (header::CACHE_CONTROL, "no-cache")], script).into_response())
}

/// The web app's description, for the home screen.
pub async fn manifest() -> impl IntoResponse {
    let manifest = serde_json::json!({
        "name": "बारी गेट", "short_name": "बारी गेट", "start_url": "/gate", "scope": "/gate", "display": "standalone",
        "lang": "hi", "background_color": "#1d1a20", "theme_color": "#4f2a69",
        "icons": [{ "src": address("icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any" }],
    });
    ([(header::CONTENT_TYPE, "application/manifest+json")], manifest.to_string())
}

fn version() -> String {
    let help = format!("{:?}", sheet(Reader::Gatekeeper));
    short_hash(KEPT.iter().map(|name| address(name)).collect::<String>() + &help)
}
