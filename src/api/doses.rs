//! `/api/v1/doses`: what was given.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use super::v1::{PersonRequest, RowFailure, centre_of};
use super::{Caller, IdempotencyKey, fingerprint, fingerprint_of, read, read_row};
use crate::actions::Actor;
use crate::actions::command::{CommandId, commit};
use crate::actions::record_doses::{DoseAnswer, RecordDose, Way};
use crate::app::App;
use crate::domain::place::Role;
use crate::error::{Error, Fault, Result};
use crate::pages::dose_form::{Source, TypedDose};
use crate::storage::journal::Act;

/// How many doses one batch takes.
const MOST_DOSES: usize = 500;

/// A dose to be recorded: of a token's holder, or of a person.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
pub struct DoseRequest {
    /// The token's ten digits; not beside a `person`.
    #[serde(default)]
    token: String,
    /// Whoever got it without a token. Found again by the ID, else put on record. Then there is no token and no code.
    person: Option<PersonRequest>,
    /// The centre's code; a key bound to a centre may leave it out.
    centre: Option<String>,
    /// 1 or 2; absent: the token's, or the person's next.
    dose: Option<i64>,
    /// `covishield` or `covaxin`.
    vaccine: String,
    /// The batch on the vial.
    batch: String,
    /// Who gave it.
    vaccinator: String,
    /// The day of the jab, `2021-03-30`; absent: today.
    #[serde(default)]
    date: String,
    /// Its time, `14:05`; absent: now, when it was today.
    #[serde(default)]
    time: String,
    /// The person's four-digit secret code.
    #[serde(default)]
    code: String,
    /// Why there is none: `no_slip`, `no_phone`, `unreadable` or `locked`. Not needed without a token.
    #[serde(default)]
    no_code: String,
    /// Record it even where product or interval say that it should not have been given, because it has been.
    #[serde(default)]
    despite: bool,
    /// After `same_person`: `others`, or the id of the person on record whom this is.
    #[serde(default)]
    lookalike: String,
    /// In a batch: the key of this row.
    #[serde(default)]
    id: String,
}

/// Records one dose. The same `Idempotency-Key` gets the same answer.
#[utoipa::path(post, path = "/api/v1/doses", request_body = DoseRequest,
    params(("Idempotency-Key" = String, Header, description = "One key for each dose, whatever the number of tries")),
    responses((status = 201, body = DoseAnswer), (status = 409, description = "A rule says no: `code` says which"), (status = 422, description = "Fields are wrong")),
    security(("key" = [])))]
pub async fn record(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    body: Bytes,
) -> Result<(StatusCode, Json<DoseAnswer>)> {
    let asked: DoseRequest = read(&body)?;
    let body_hash = fingerprint_of(&app.core, &body);
    let record = command_of(&app, &actor, asked, key, body_hash)?;
    Ok((StatusCode::CREATED, Json(app.dosing.one(record).await??)))
}

/// Several doses.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read row by row")]
pub struct DoseBatch {
    /// At most 500, each with its `id`.
    doses: Vec<DoseRequest>,
}

#[derive(serde::Deserialize)]
struct Rows {
    doses: Vec<serde_json::Value>,
}

/// What became of each dose, in order.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DoseAnswers {
    /// One for each.
    answers: Vec<DoseRow>,
}

/// What became of one dose.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DoseRow {
    /// Its id, as it was sent.
    id: Option<String>,
    /// The answer, where it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    dose: Option<DoseAnswer>,
    /// Why not, where it was not. A bad row never holds up the rows behind it.
    #[serde(flatten)]
    failed: Option<RowFailure>,
}

/// Records several doses; each has its own answer. Each row's `id` makes its retry harmless; a row that was refused may be mended and sent again.
#[utoipa::path(post, path = "/api/v1/doses/batch", request_body = DoseBatch, responses((status = 200, body = DoseAnswers)), security(("key" = [])))]
pub async fn record_batch(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<DoseAnswers>> {
    let asked: Rows = read(&body)?;
    if asked.doses.len() > MOST_DOSES {
        return Err(Error::Malformed(format!("at most {MOST_DOSES} doses in a batch")));
    }
    let record = |row: &serde_json::Value| {
        let request: DoseRequest = read_row(row)?;
        if request.id.is_empty() {
            return Err(Error::field("id", Fault::Missing));
        }
        let key = request.id.clone();
        let body_hash = fingerprint(&app.core, row);
        command_of(&app, &actor, request, key, body_hash).map(|record| RecordDose { way: Way::File, ..record })
    };
    let outcomes = app.dosing.rows(asked.doses.iter().map(record).collect()).await?;
    let answers = asked.doses.iter().zip(outcomes).map(|(row, outcome)| {
        let failed = outcome.as_ref().err().map(|error| RowFailure::new(error, &headers));
        DoseRow { id: row["id"].as_str().map(str::to_owned), dose: outcome.ok(), failed }
    });
    let answers: Vec<_> = answers.collect();
    note_batch(&app, &actor, &answers).await?;
    Ok(Json(DoseAnswers { answers }))
}

/// What a batch has recorded has one entry in the journal, however often it is sent.
async fn note_batch(app: &App, actor: &Actor, answers: &[DoseRow]) -> Result<()> {
    let recorded: Vec<_> = answers.iter().filter_map(|row| Some(row.dose.as_ref()?.id.to_string())).collect();
    let (Some(first), count) = (recorded.first(), recorded.len()) else { return Ok(()) };
    let command = CommandId::new("batch of doses", &format!("{}\n{}", actor.name, recorded.join("\n")), "");
    let note = app.core.note(actor, Act::RecordBatch, Some(format!("doses:{count} dose:{first}")));
    let mut tx = app.core.write().await?;
    // The same batch once more stands there already.
    tx.add_entries(&[command.entry(note, Ok(&()))]).await?;
    commit(tx).await
}

fn command_of(app: &App, actor: &Actor, asked: DoseRequest, key: String, body_hash: Vec<u8>) -> Result<RecordDose> {
    if actor.role == Role::Clerk {
        return Err(Error::Forbidden);
    }
    let is_both = |(_, sent): &(&'static str, &String)| asked.person.is_some() && !sent.is_empty();
    let both = [("token", &asked.token), ("code", &asked.code), ("no_code", &asked.no_code)].into_iter().filter(is_both);
    let both: Vec<_> = both.map(|(field, _)| (field, Fault::Both)).collect();
    if !both.is_empty() {
        return Err(Error::Invalid(both));
    }
    let centre = centre_of(app, actor, asked.centre.as_deref())?;
    let typed = TypedDose {
        token: asked.token,
        dose: asked.dose.map(|dose| dose.to_string()).unwrap_or_default(),
        vaccine: asked.vaccine,
        batch: asked.batch,
        vial: String::new(),
        vaccinator: asked.vaccinator,
        date: asked.date,
        time: asked.time,
        code: asked.code,
        no_code: asked.no_code,
        despite: asked.despite.then(String::new),
        lookalike: asked.lookalike,
    };
    let person = match asked.person {
        Some(person) => Some(Ok(person.read(&app.core)?)),
        None => None,
    };
    let source = Source { actor: actor.clone(), centre, key: (actor.name.to_string(), key), way: Way::Live };
    let record = typed.read(&app.core, person, source).map_err(Error::Invalid)?;
    Ok(RecordDose { command: CommandId { body_hash, ..record.command }, ..record })
}
