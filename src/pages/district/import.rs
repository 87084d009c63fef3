//! Files of the field: check first, then take in.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;

use crate::actions::import::{Kind, Report, import as run};
use crate::actions::log_in::User;
use crate::actions::undo_import::history;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::ImportId;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::import::Import;

/// Wrong rows that the page shows; the file to download has all of them.
const SHOWN: usize = 50;

/// Rows of the history on a page.
const ROWS: i64 = 50;

#[derive(Template)]
#[template(path = "district/import.html")]
struct ImportPage {
    f: Frame,
    report: Option<Report>,
    file_name: String,
    /// The file itself, carried from the check to the taking-in.
    file: String,
    errors_csv: String,
    history: Vec<Import>,
    older: Option<ImportId>,
}

impl ImportPage {
    fn kind(&self, import: &Import) -> &'static str {
        import.kind.parse().map_or("–", |kind| self.f.lang.kind(kind))
    }

    fn kinds(&self) -> &'static [Kind] {
        Kind::FILES
    }

    fn shown(&self) -> usize {
        SHOWN
    }
}

/// What the history begins before.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    before: Option<i64>,
}

/// The form, and what was set up before.
pub async fn form(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let (file_name, file, errors_csv) = (String::new(), String::new(), String::new());
    let (history, older) = past(&app, &user, asked.before.map(ImportId)).await?;
    page(&ImportPage { f, report: None, file_name, file, errors_csv, history, older })
}

/// A page of the history, and where to go on.
async fn past(app: &App, user: &User, before: Option<ImportId>) -> Result<(Vec<Import>, Option<ImportId>)> {
    let rows = history(&app.core, &user.actor, before, ROWS).await?;
    let older = rows.last().filter(|_| rows.len() as i64 == ROWS).map(|row| row.id);
    Ok((rows, older))
}

/// Checks a file, or takes it in.
pub async fn submit(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, mut parts: Multipart) -> Result<Response> {
    let (mut file, mut file_name, mut apply) = (Vec::new(), String::from("file.csv"), false);
    let malformed = |error: axum::extract::multipart::MultipartError| Error::Malformed(error.to_string());
    while let Some(part) = parts.next_field().await.map_err(malformed)? {
        match part.name().unwrap_or("") {
            "file" => {
                file_name = part.file_name().unwrap_or("file.csv").to_owned();
                file = part.bytes().await.map_err(malformed)?.to_vec();
            }
            "checked" => {
                file = BASE64
                    .decode(part.text().await.map_err(malformed)?.as_bytes())
                    .map_err(|_| Error::Malformed("the file was cut".into()))?;
            }
            "file_name" => file_name = part.text().await.map_err(malformed)?,
            "apply" => apply = true,
            _ => {}
        }
    }
    let report = run(&app.core, &user.actor, &file_name, &file, apply).await?;
    let errors = if report.wrong.is_empty() {
        Vec::new()
    } else {
        report.with_errors(|row| format!("{}: {}", row.column, f.lang.import_fault(&row.fault)))
    };
    let errors_csv = format!("data:text/csv;charset=utf-8;base64,{}", BASE64.encode(&errors));
    let (history, older) = past(&app, &user, None).await?;
    page(&ImportPage { f, report: Some(report), file_name, file: BASE64.encode(&file), errors_csv, history, older })
}

/// An empty file of a kind, with its heading line.
pub async fn template(_: Officer, Path(name): Path<String>) -> Result<Response> {
    let kind: Kind = name.trim_end_matches(".csv").parse().map_err(|_| Error::NotFound)?;
    let csv = format!("\u{feff}{}\n", kind.columns().join(","));
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment")], csv).into_response())
}
