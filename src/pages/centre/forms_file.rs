//! A bundle's forms from a file: a row a form, by its number, and an answer for each.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::Operator;
use super::key_form::{Typed, take};
use crate::actions::print_forms::pack_with_forms;
use crate::app::App;
use crate::domain::booking::Refusal;
use crate::error::{Error, Result};
use crate::ids::PackId;
use crate::pages::camp_file::refused;
use crate::pages::frame::Frame;
use crate::pages::page;

/// How many rows one file may have: more than a bundle has forms.
const MOST: usize = 400;

/// The heading line.
const COLUMNS: &str = "form,name,age,gender,id_type,id_number,mobile,locality,category,time,code,batch,vaccinator,lookalike,despite";

/// What became of a row.
struct Row {
    form: String,
    name: String,
    /// What is wrong; nothing: it is keyed in.
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "centre/forms_file.html")]
struct FilePage {
    f: Frame,
    pack: PackId,
    rows: Vec<Row>,
    /// Why the file as a whole could not be read.
    unreadable: Option<String>,
}

impl FilePage {
    fn wrong(&self) -> usize {
        self.rows.iter().filter(|row| row.wrong.is_some()).count()
    }

    fn keyed(&self) -> usize {
        self.rows.len() - self.wrong()
    }

    fn has_errors(&self) -> bool {
        self.unreadable.is_some() || self.wrong() > 0
    }
}

/// An empty file with its heading line, and the numbers of the forms that wait.
pub async fn template(State(app): State<Arc<App>>, Operator(user, _): Operator, Path(id): Path<PackId>) -> Result<Response> {
    let (_, forms) = pack_with_forms(&app.core, &user.actor, id).await?;
    let rows: Vec<_> = forms
        .iter()
        .filter(|form| form.state.waits())
        .map(|form| form.position.to_string() + &",".repeat(COLUMNS.matches(',').count()))
        .collect();
    let rows = rows.join("\n");
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"forms.csv\"")];
    Ok((headers, format!("\u{feff}{COLUMNS}\n{rows}\n")).into_response())
}

/// Keys a file in. Rows without a name are passed over; the same file twice does no harm.
pub async fn submit(
    State(app): State<Arc<App>>,
    f: Frame,
    Operator(user, centre): Operator,
    Path(id): Path<PackId>,
    mut parts: Multipart,
) -> Result<Response> {
    let malformed = |error: axum::extract::multipart::MultipartError| Error::Malformed(error.to_string());
    let mut file = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(malformed)? {
        if part.name() == Some("file") {
            file = part.bytes().await.map_err(malformed)?.to_vec();
        }
    }
    let typed = match read(&file) {
        Ok(typed) if !typed.is_empty() => typed,
        Ok(_) => return page(&FilePage { unreadable: Some(f.t.paper_file_empty.to_owned()), f, pack: id, rows: Vec::new() }),
        Err(why) => return page(&FilePage { f, pack: id, rows: Vec::new(), unreadable: Some(why) }),
    };
    let mut rows = Vec::with_capacity(typed.len());
    for row in typed {
        let key = format!("file {id} {}", row.form.trim());
        let row = Typed { key, ..row };
        let wrong = match take(&app, &user, centre, id, &row).await {
            Ok(keyed) => keyed.refusal.map(|refusal| refused(f.lang, &refusal)),
            Err(Error::Invalid(faults)) => {
                let said: Vec<_> = faults.iter().map(|(field, fault)| format!("{field}: {}", f.lang.fault(*fault))).collect();
                Some(said.join(" "))
            }
            Err(Error::Refused(refusal)) => Some(f.lang.refusal(&refusal)),
            // Another person was keyed in under this form before.
            Err(Error::IdReused) => Some(f.lang.refusal(&Refusal::FormKeyed)),
            Err(error) => return Err(error),
        };
        rows.push(Row { form: row.form, name: row.name, wrong });
    }
    page(&FilePage { f, pack: id, rows, unreadable: None })
}

/// The rows that somebody stands in.
fn read(file: &[u8]) -> std::result::Result<Vec<Typed>, String> {
    let text = String::from_utf8_lossy(file);
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns = reader.headers().map_err(|error| error.to_string())?.clone();
    let row = |record: csv::Result<csv::StringRecord>| {
        let mut record = record?;
        // What a row leaves out at its end is empty.
        (record.len()..columns.len()).for_each(|_| record.push_field(""));
        record.deserialize::<Typed>(Some(&columns))
    };
    let rows: csv::Result<Vec<_>> = reader.records().take(MOST).map(row).collect();
    let rows = rows.map_err(|error| error.to_string())?;
    Ok(rows.into_iter().filter(|row| !row.name.is_empty() && !row.form.is_empty()).collect())
}
