//! `/api/v1/doses`: what was given.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::body::{described, json, rows};
use super::problem::{RowFailure, WriteFails};
use super::tokens::{PersonRequest, of_person};
use super::{Caller, IdempotencyKey, centre_of, fingerprint};
use crate::actions::Actor;
use crate::actions::command::{CommandId, commit};
use crate::actions::record_doses::{DoseAnswer, RecordDose, Way};
use crate::app::App;
use crate::core::Core;
use crate::domain::campaign::Vaccine;
use crate::domain::dose::NoCode;
use crate::domain::moment::Day;
use crate::domain::place::Role;
use crate::error::{Error, Fault, Result};
use crate::pages::dose_form::{Source, TypedDose};
use crate::storage::journal::Act;

/// A dose to be recorded: of a token's holder, or of a person. What was given is written down even where it should not have been: age, the
/// session's vaccine and whether somebody came through the gate are not asked.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DoseRequest {
    /// The token's ten digits; not beside a `person`.
    #[schema(example = "4821093753")]
    token: Option<String>,
    /// Whoever got it without a token. Found again by the ID, else put on record. Then there is no token and no code.
    person: Option<PersonRequest>,
    /// The centre's code; a key bound to a centre may leave it out.
    #[schema(min_length = 1, example = "RPR-MEKAHARA")]
    centre: Option<String>,
    /// 1 or 2; absent: the token's, or the person's next.
    dose: Option<i64>,
    /// Which vaccine.
    vaccine: Vaccine,
    /// The batch on the vial.
    #[schema(min_length = 1, max_length = 40)]
    batch: String,
    /// Who gave it.
    #[schema(min_length = 1, max_length = 60)]
    vaccinator: String,
    /// The day of the jab; absent: today.
    date: Option<Day>,
    /// Its time, `14:05`; absent: now, when it was today.
    #[schema(min_length = 1, pattern = "^[0-2]?[0-9]:[0-5][0-9]$", example = "14:05")]
    time: Option<String>,
    /// The person's four-digit secret code. With a token: either this or `no_code`.
    #[schema(min_length = 1, example = "4711")]
    code: Option<String>,
    /// Why there is none. Not needed without a token.
    no_code: Option<NoCode>,
    /// Record it even where product or interval say that it should not have been given, because it has been.
    #[serde(default)]
    despite: bool,
    /// After `same_person`: `others`, or the id of the person on record whom this is.
    #[schema(min_length = 1)]
    lookalike: Option<String>,
    /// In a batch: the key of this row. It is the same as the `Idempotency-Key` of a call with this row alone.
    #[schema(min_length = 1, max_length = 200)]
    id: Option<String>,
}

/// Records one dose. The same `Idempotency-Key` gets the same answer.
#[utoipa::path(post, path = "/api/v1/doses", operation_id = "recordDose", tag = "doses", request_body = DoseRequest,
    params(("Idempotency-Key" = String, Header, description = "One key for each dose, whatever the number of tries", max_length = 200)),
    responses((status = 201, description = "The dose", body = DoseAnswer), WriteFails), security(("key" = [])))]
pub async fn record(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    body: Bytes,
) -> Result<(StatusCode, Json<DoseAnswer>)> {
    may_record(&actor)?;
    let row = json(&body)?;
    let record = command_of(&app, &actor, described(&row)?, key, fingerprint_of(&app.core, row))?;
    Ok((StatusCode::CREATED, Json(app.dosing.one(record).await??)))
}

/// Several doses.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read row by row")]
pub struct DoseBatch {
    /// Each with its `id`.
    #[schema(max_items = 500)]
    doses: Vec<DoseRequest>,
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
    /// Where it was not: why.
    #[serde(flatten)]
    failed: RowFailure,
}

/// Records several doses; each has its own answer. Each row's `id` makes its retry harmless; a row that was refused may be mended and sent
/// again under the same id.
#[utoipa::path(post, path = "/api/v1/doses/batch", operation_id = "recordDoses", tag = "doses", request_body = DoseBatch,
    responses((status = 200, description = "One answer for each dose, in order", body = DoseAnswers), WriteFails), security(("key" = [])))]
pub async fn record_batch(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<DoseAnswers>> {
    may_record(&actor)?;
    let asked = rows(&body, "doses")?;
    let record = |row: &Value| {
        let request: DoseRequest = described(row)?;
        let key = request.id.clone().ok_or_else(|| Error::field("id", Fault::Missing))?;
        let body_hash = fingerprint_of(&app.core, row.clone());
        command_of(&app, &actor, request, key, body_hash).map(|record| RecordDose { way: Way::File, ..record })
    };
    let outcomes = app.dosing.rows(asked.iter().map(record).collect()).await?;
    let answers = asked.iter().zip(outcomes).map(|(row, outcome)| {
        let failed = RowFailure::of(&outcome, &headers);
        DoseRow { id: row["id"].as_str().map(str::to_owned), dose: outcome.ok(), failed }
    });
    let answers: Vec<_> = answers.collect();
    note_batch(&app, &actor, &answers).await?;
    Ok(Json(DoseAnswers { answers }))
}

/// A dose is the same whether it comes alone or in a batch, where its key stands in the row.
fn fingerprint_of(core: &Core, mut row: Value) -> Vec<u8> {
    row.as_object_mut().and_then(|row| row.remove("id"));
    fingerprint(core, &row)
}

/// A zone office gives tokens out, and no doses.
fn may_record(actor: &Actor) -> Result<()> {
    if actor.role == Role::Clerk { Err(Error::Forbidden) } else { Ok(()) }
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
    let beside = [
        ("token", asked.token.as_deref().is_some_and(|token| !token.is_empty())),
        ("code", asked.code.is_some()),
        ("no_code", asked.no_code.is_some()),
    ];
    let both: Vec<_> =
        beside.into_iter().filter(|(_, sent)| asked.person.is_some() && *sent).map(|(field, _)| (field, Fault::Both)).collect();
    if !both.is_empty() {
        return Err(Error::Invalid(both));
    }
    let centre = centre_of(app, actor, asked.centre.as_deref())?;
    let person = asked.person.map(|person| person.read(&app.core));
    let wrong_person = person.as_ref().and_then(|person| person.as_ref().err().cloned()).map(of_person);
    let typed = TypedDose {
        token: asked.token.unwrap_or_default(),
        dose: asked.dose.map(|dose| dose.to_string()).unwrap_or_default(),
        vaccine: asked.vaccine.to_string(),
        batch: asked.batch,
        vial: String::new(),
        vaccinator: asked.vaccinator,
        date: asked.date.map(|day| day.to_string()).unwrap_or_default(),
        time: asked.time.unwrap_or_default(),
        code: asked.code.unwrap_or_default(),
        no_code: asked.no_code.map(|why| why.to_string()).unwrap_or_default(),
        despite: asked.despite.then(String::new),
        lookalike: asked.lookalike.unwrap_or_default(),
    };
    let source = Source { actor: actor.clone(), centre, key: (actor.name.to_string(), key), way: Way::Live };
    // What is wrong with the person is named by its path.
    let person = person.map(|person| person.map_err(|_| Vec::new()));
    let record = typed.read(&app.core, person, source).map_err(|faults| {
        let own = faults.into_iter().map(|(field, fault)| (field.to_owned(), fault));
        Error::Body(wrong_person.unwrap_or_default().into_iter().chain(own).collect())
    })?;
    Ok(RecordDose { command: CommandId { body_hash, ..record.command }, ..record })
}
