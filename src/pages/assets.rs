//! Files that the program carries: styles and the built browser code. Their addresses hold their hash, so they are kept for good.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::chance::short_hash;
use crate::error::{Error, Result};

/// The style of every page; public pages carry it inline.
pub const BASE_CSS: &str = include_str!("../../static/css/base.css");

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The address of a file: `/static/HASH/css/staff.css`. A file that is missing gets an address that answers 404.
pub fn address(name: &str) -> String {
    let hash = Files::get(name).map_or_else(|| "missing".into(), |file| short_hash(&file.data));
    format!("/static/{hash}/{name}")
}

/// The contents of a file.
pub fn contents(name: &str) -> Option<Vec<u8>> {
    Files::get(name).map(|file| file.data.into_owned())
}

/// Serves a file by its hashed address.
pub async fn asset(Path((hash, name)): Path<(String, String)>) -> Result<Response> {
    let file = Files::get(&name).ok_or(Error::NotFound)?;
    let cache = if short_hash(&file.data) == hash { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mime = file.metadata.mimetype().to_owned();
    Ok(([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, cache.to_owned())], file.data.into_owned()).into_response())
}

/// The hash under which a Content-Security-Policy allows the inline style.
pub fn base_css_hash() -> String {
    data_encoding::BASE64.encode(&crate::chance::fingerprint(BASE_CSS))
}
