//! The counter without a link: what a desk's browser keeps, so that the same page goes on by itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::counter::alone;
use super::slip::{Paper, blank_slip};
use crate::app::App;
use crate::chance::short_hash;
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::pages::assets::{address, contents};
use crate::pages::frame::Frame;

/// Every file that the counter needs without a link.
const KEPT: [&str; 9] = [
    "css/base.css",
    "css/staff.css",
    "css/slip.css",
    "css/slip-58.css",
    "css/slip-80.css",
    "css/slip-a4.css",
    "css/slip-large.css",
    "dist/alone.js",
    "icon.svg",
];

/// The counter's page with nobody in it and nobody logged in.
pub async fn shell(State(app): State<Arc<App>>, f: Frame) -> Result<Response> {
    Ok(kept_page(alone(&app, f.lang)?))
}

/// An empty slip.
pub async fn slip(State(app): State<Arc<App>>, Path(paper): Path<String>) -> Result<Response> {
    let paper: Paper = paper.parse().map_err(|_| Error::NotFound)?;
    Ok(kept_page(blank_slip(Frame::public(&app, Lang::Hi, "/office".into()), paper)?))
}

fn kept_page(page: Response) -> Response {
    ([(header::CACHE_CONTROL, "no-cache")], page).into_response()
}

/// What the service worker fetches ahead, and the version that this is.
pub async fn kept() -> Json<serde_json::Value> {
    let shells: Vec<_> = Lang::ALL.iter().map(|lang| format!("/office/alone?lang={lang}")).collect();
    let slips: Vec<_> = Paper::ALL.iter().map(|paper| format!("/office/alone/slip/{paper}")).collect();
    let files: Vec<_> = KEPT.iter().map(|name| address(name)).collect();
    Json(serde_json::json!({ "version": version(), "shells": shells, "slips": slips, "files": files }))
}

/// The service worker; a changed version changes its bytes, which is how browsers notice.
pub async fn worker() -> Result<Response> {
    let mut script = contents("dist/office_sw.js").ok_or(Error::NotFound)?;
    script.extend_from_slice(format!("\n// {}\n", version()).as_bytes());
    // Its scope is the counter itself, one step above the folder that it lies in.
    let allowed = [("service-worker-allowed", "/office")];
    Ok((allowed, [(header::CONTENT_TYPE, "text/javascript"), (header::CACHE_CONTROL, "no-cache")], script).into_response())
}

fn version() -> String {
    short_hash(KEPT.iter().map(|name| address(name)).collect::<String>())
}
