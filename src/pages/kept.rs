//! Pages that a browser keeps, so that they go on without a link: what the service worker of a house fetches ahead, and the worker itself.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::assets::{address, contents};
use crate::chance::short_hash;
use crate::error::{Error, Result};
use crate::i18n::Lang;

/// A house whose page goes on alone, at `/HOUSE/alone`.
pub struct House {
    /// Its first address: `/office`.
    pub path: &'static str,
    /// Every file that the page needs.
    pub files: &'static [&'static str],
    /// What the page opens in frames.
    pub papers: Vec<String>,
}

impl House {
    /// What the service worker fetches ahead, and the version that this is.
    pub fn kept(&self) -> Json<serde_json::Value> {
        let shells: Vec<_> = Lang::ALL.iter().map(|lang| format!("{}/alone?lang={lang}", self.path)).collect();
        let files: Vec<_> = self.files.iter().map(|name| address(name)).collect();
        Json(serde_json::json!({ "version": self.version(), "shells": shells, "papers": self.papers, "files": files }))
    }

    /// The service worker; a changed version changes its bytes, which is how browsers notice.
    pub fn worker(&self) -> Result<Response> {
        let mut script = contents("dist/house_sw.js").ok_or(Error::NotFound)?;
        script.extend_from_slice(format!("\n// {}\n", self.version()).as_bytes());
        // Its scope is the house itself, one step above the folder that it lies in.
        let allowed = [("service-worker-allowed", self.path)];
        Ok((allowed, [(header::CONTENT_TYPE, "text/javascript"), (header::CACHE_CONTROL, "no-cache")], script).into_response())
    }

    fn version(&self) -> String {
        short_hash(self.files.iter().map(|name| address(name)).collect::<String>())
    }
}

/// A page with nobody in it and nobody logged in, for the browser to keep.
pub fn kept_page(page: Response) -> Response {
    ([(header::CACHE_CONTROL, "no-cache")], page).into_response()
}
