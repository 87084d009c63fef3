//! How a phone is made to trust the local certificate authority.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::authority::Authority;
use crate::error::{Error, Result};
use crate::i18n::{EN, Lang, Text};
use crate::pages::frame::{Frame, lang_of, without_lang};
use crate::pages::page;

#[derive(Template)]
#[template(path = "public/tls.html")]
struct StepsPage<'a> {
    f: Frame,
    /// Many phones have English menus whatever their owner reads.
    english: &'static Text,
    authority: &'a Authority,
    open: String,
}

/// The steps, in pictures. Nothing on the page needs more than the page, as it is served without TLS too.
pub async fn steps(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Result<Response> {
    let authority = app.authority.as_ref().ok_or(Error::NotFound)?;
    let query = query.as_deref();
    let mut f = Frame::public(&app, lang_of(query).unwrap_or(Lang::Hi), without_lang("/tls", query));
    f.demo = false;
    page(&StepsPage { f, english: &EN, authority, open: format!("{}/gate", app.core.public_url) })
}

/// The authority's certificate, as a download.
pub async fn certificate(State(app): State<Arc<App>>) -> Result<Response> {
    let authority = app.authority.as_ref().ok_or(Error::NotFound)?;
    let kind = [
        (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"baari-ca.crt\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((kind, authority.der().to_vec()).into_response())
}
