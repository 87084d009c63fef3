//! The centre's page without a link: what an operator's browser keeps, so that the same page goes on by itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::desk::alone;
use crate::app::App;
use crate::error::Result;
use crate::pages::frame::Frame;
use crate::pages::kept::{House, kept_page};

const HOUSE: House =
    House { path: "/centre", files: &["css/base.css", "css/staff.css", "dist/centre_alone.js", "icon.svg"], papers: Vec::new() };

/// The centre's page with nobody in it and nobody logged in.
pub async fn shell(State(app): State<Arc<App>>, f: Frame) -> Result<Response> {
    Ok(kept_page(alone(&app, f.lang)?))
}

/// What the service worker fetches ahead.
pub async fn kept() -> Json<serde_json::Value> {
    HOUSE.kept()
}

/// The service worker.
pub async fn worker() -> Result<Response> {
    HOUSE.worker()
}
