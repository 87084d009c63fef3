//! The counter without a link: what a desk's browser keeps, so that the same page goes on by itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;

use super::counter::alone;
use super::slip::{Paper, blank_slip};
use crate::app::App;
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::pages::frame::Frame;
use crate::pages::kept::{House, kept_page};

/// Every file that the counter needs without a link.
const FILES: [&str; 9] = [
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

fn house() -> House {
    House { path: "/office", files: &FILES, papers: Paper::ALL.iter().map(|paper| format!("/office/alone/slip/{paper}")).collect() }
}

/// The counter's page with nobody in it and nobody logged in.
pub async fn shell(State(app): State<Arc<App>>, f: Frame) -> Result<Response> {
    Ok(kept_page(alone(&app, f.lang)?))
}

/// An empty slip.
pub async fn slip(State(app): State<Arc<App>>, Path(paper): Path<String>) -> Result<Response> {
    let paper: Paper = paper.parse().map_err(|_| Error::NotFound)?;
    Ok(kept_page(blank_slip(Frame::public(&app, Lang::Hi, "/office".into()), paper)?))
}

/// What the service worker fetches ahead.
pub async fn kept() -> Json<serde_json::Value> {
    house().kept()
}

/// The service worker.
pub async fn worker() -> Result<Response> {
    house().worker()
}
