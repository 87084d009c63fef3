//! A camp's list of doses: sent in pieces by the browser, which shows how far it is; without scripts as a whole.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Multipart, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;

use crate::actions::log_in::User;
use crate::app::App;
use crate::error::{Error, Result};
use crate::pages::camp_file::{COLUMNS, CampFault, CampFile, Counts, FURTHER, Taking};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;

/// The most rows of one request: longer files come in pieces.
const MOST: usize = 5_000;

#[derive(Template)]
#[template(path = "district/camp.html")]
struct CampPage {
    f: Frame,
    file_name: String,
    fault: Option<String>,
    counts: Option<Counts>,
    answers: String,
}

impl CampPage {
    fn columns(&self) -> String {
        COLUMNS.join(", ")
    }

    fn further(&self) -> String {
        FURTHER.join(", ")
    }
}

/// The form.
pub async fn form(f: Frame, Officer(_): Officer) -> Result<Response> {
    page(&CampPage { f, file_name: String::new(), fault: None, counts: None, answers: String::new() })
}

/// An empty file with the heading line.
pub async fn template(_: Officer) -> Response {
    let csv = format!("\u{feff}{},{}\n", COLUMNS.join(","), FURTHER.join(","));
    ([(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment")], csv).into_response()
}

/// A whole file, from a browser without scripts.
pub async fn submit(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, mut parts: Multipart) -> Result<Response> {
    let malformed = |error: axum::extract::multipart::MultipartError| Error::Malformed(error.to_string());
    let (mut file, mut file_name) = (Bytes::new(), String::new());
    while let Some(part) = parts.next_field().await.map_err(malformed)? {
        if part.name() == Some("file") {
            part.file_name().unwrap_or("").clone_into(&mut file_name);
            file = part.bytes().await.map_err(malformed)?;
        }
    }
    let shown = CampPage { f, file_name, fault: None, counts: None, answers: String::new() };
    if file.is_empty() {
        return page(&CampPage { fault: Some(shown.f.t.camp_no_file.to_owned()), ..shown });
    }
    match CampFile::read(&file) {
        Err(fault) => page(&CampPage { fault: Some(fault.told(shown.f.lang)), ..shown }),
        Ok(camp) if camp.len() > MOST => page(&CampPage { fault: Some(CampFault::TooManyRows(MOST).told(shown.f.lang)), ..shown }),
        Ok(camp) => {
            let (counts, csv) = take(&app, &shown.f, &user, &camp, &shown.file_name).await?;
            let answers = format!("data:text/csv;charset=utf-8;base64,{}", BASE64.encode(&csv));
            page(&CampPage { counts: Some(counts), answers, ..shown })
        }
    }
}

/// Which file a piece is of.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    name: String,
}

/// What became of a piece.
#[derive(Debug, serde::Serialize)]
pub struct PieceAnswer {
    /// What cannot be read at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    counts: Counts,
    /// The piece with its answers, heading line and all.
    csv: String,
}

/// A piece of a file: its heading line and some of its rows.
pub async fn piece(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Query(asked): Query<Asked>,
    body: Bytes,
) -> Result<Json<PieceAnswer>> {
    let fault = match CampFile::read(&body) {
        Err(fault) => fault.told(f.lang),
        Ok(camp) if camp.len() > MOST => CampFault::TooManyRows(MOST).told(f.lang),
        Ok(camp) => {
            let (counts, csv) = take(&app, &f, &user, &camp, &asked.name).await?;
            let csv = String::from_utf8(csv).map_err(|error| Error::Internal(error.to_string()))?;
            return Ok(Json(PieceAnswer { fault: None, counts, csv }));
        }
    };
    Ok(Json(PieceAnswer { fault: Some(fault), counts: Counts::default(), csv: String::new() }))
}

async fn take(app: &App, f: &Frame, user: &User, camp: &CampFile, name: &str) -> Result<(Counts, Vec<u8>)> {
    let taking = Taking { core: &app.core, dosing: &app.dosing, actor: &user.actor, lang: f.lang };
    camp.take(&taking, name, |_| {}).await
}
