//! The texts of a third language as a file, and its recordings.

use std::sync::Arc;

use axum::extract::{Multipart, Query, State};
use axum::response::Response;
use data_encoding::BASE64;

use super::{Asked, Said, back, district_of, show};
use crate::actions::command::CommandId;
use crate::actions::import::third::{COLUMNS, third_texts};
use crate::actions::third_language::{put_clips, remove_clips};
use crate::app::App;
use crate::chance::short_hash;
use crate::domain::tongue::Key;
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::pages::frame::{Frame, Officer};
use crate::pages::sheet::{Cell, Sheet};

/// All texts, Hindi and English beside what the district has.
pub async fn download(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let district = district_of(&app, &user, &asked.district)?;
    let board = app.core.board();
    let third = board.third(district).ok_or(Error::NotFound)?;
    let rows = Key::all().into_iter().map(|key| {
        let (hi, en) = match key {
            Key::Slip(word) => (Lang::Hi.slip_word(word), Lang::En.slip_word(word)),
            Key::Message(template) => (Lang::Hi.message(template), Lang::En.message(template)),
        };
        let own = third.text(key);
        let text = |of: fn(&crate::storage::third::ThirdText) -> &String| Cell::from(own.map_or("", |row| of(row)));
        vec![Cell::from(key.to_string()), hi.into(), en.into(), text(|row| &row.text), text(|row| &row.registered)]
    });
    let code = board.district(district).map_or("", |row| &row.code);
    let sheet = Sheet {
        name: format!("texts-{code}-{}", third.language.code),
        title: f.t.third_language.to_owned(),
        heads: COLUMNS.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        total: None,
    };
    sheet.download("csv")
}

/// The parts of a form with files.
#[derive(Default)]
struct Sent {
    district: String,
    key: String,
    apply: bool,
    remove: bool,
    file_name: String,
    /// The file as it came with the check, for the taking-in.
    checked: Vec<u8>,
    files: Vec<(String, Vec<u8>)>,
}

impl Sent {
    async fn read(mut parts: Multipart) -> Result<Self> {
        let malformed = |error: axum::extract::multipart::MultipartError| Error::Malformed(error.to_string());
        let mut sent = Self::default();
        while let Some(part) = parts.next_field().await.map_err(malformed)? {
            let name = part.name().unwrap_or("").to_owned();
            if name == "file" {
                let file_name = part.file_name().unwrap_or("").to_owned();
                let bytes = part.bytes().await.map_err(malformed)?.to_vec();
                // A browser sends a nameless empty file when none was chosen.
                if !file_name.is_empty() {
                    sent.files.push((file_name, bytes));
                }
                continue;
            }
            let text = part.text().await.map_err(malformed)?;
            match name.as_str() {
                "district" => sent.district = text,
                "key" => sent.key = text,
                "apply" => sent.apply = true,
                "act" => sent.remove = text == "remove",
                "file_name" => sent.file_name = text,
                "checked" => sent.checked = BASE64.decode(text.as_bytes()).map_err(|_| Error::Malformed("the file was cut".into()))?,
                _ => {}
            }
        }
        Ok(sent)
    }
}

/// Checks a file of texts, or takes it in.
pub async fn upload(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, parts: Multipart) -> Result<Response> {
    let sent = Sent::read(parts).await?;
    let district = district_of(&app, &user, &sent.district)?;
    let (file_name, file) = sent.files.into_iter().next().unwrap_or((sent.file_name, sent.checked));
    if file_name.is_empty() {
        let faults = vec![("file".to_owned(), f.t.camp_no_file.to_owned())];
        return show(&app, f, district, Said { faults, ..Said::default() }).await;
    }
    let report = third_texts(&app.core, &user.actor, district, &file, sent.apply).await?;
    let errors = if report.wrong.is_empty() {
        Vec::new()
    } else {
        report.with_errors(|row| format!("{}: {}", row.column, f.lang.import_fault(&row.fault)))
    };
    let errors_csv = format!("data:text/csv;charset=utf-8;base64,{}", BASE64.encode(&errors));
    let said = Said { report: Some(report), file_name, file: BASE64.encode(&file), errors_csv, ..Said::default() };
    show(&app, f, district, said).await
}

/// Takes recordings in, or all of them away.
pub async fn clips(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, parts: Multipart) -> Result<Response> {
    let sent = Sent::read(parts).await?;
    let district = district_of(&app, &user, &sent.district)?;
    if sent.remove {
        let command = CommandId::new(&user.actor.name, &sent.key, format!("no clips {district}"));
        remove_clips(&app.core, &user.actor, &command, district).await?;
        return Ok(back(district, "clips"));
    }
    let faults = if sent.files.is_empty() {
        vec![("clips".to_owned(), f.t.third_choose_clips.to_owned())]
    } else {
        let files: Vec<_> = sent.files.iter().map(|(name, sound)| format!("{name} {}", short_hash(sound))).collect();
        let command = CommandId::new(&user.actor.name, &sent.key, format!("clips {district} {files:?}"));
        match put_clips(&app.core, &user.actor, &command, district, sent.files).await? {
            Ok(()) => return Ok(back(district, "clips")),
            Err(wrong) => wrong.iter().map(|(name, bad)| ("clips".to_owned(), format!("{name}: {}", f.lang.bad_clip(*bad)))).collect(),
        }
    };
    show(&app, f, district, Said { faults, ..Said::default() }).await
}
