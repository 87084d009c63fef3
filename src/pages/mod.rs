//! HTML by role. A page's template struct stands right above its handler.

pub mod assets;
pub mod at_counter;
pub mod camp_file;
pub mod centre;
pub mod demo;
pub mod district;
pub mod dose_form;
pub mod error;
pub mod form;
pub mod frame;
pub mod gate;
pub mod hall;
pub mod help;
pub mod kept;
pub mod login;
pub mod office;
pub mod picture;
pub mod practice;
pub mod public;
pub mod qr;
pub mod rooms;
pub mod sheet;
pub mod switch;

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use crate::error::{Error, Result};

/// A page of somebody's own: never kept by a cache.
pub fn page(template: &impl Template) -> Result<Response> {
    Ok(([(header::CACHE_CONTROL, "no-store")], Html(render(template)?)).into_response())
}

/// A template as text.
pub fn render(template: &impl Template) -> Result<String> {
    template.render().map_err(|error| Error::Internal(error.to_string()))
}
