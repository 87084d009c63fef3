//! `/api/v1/scans`: what came before a gate.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::Value;
use uuid::Uuid;

use super::body::{described, json, rows};
use super::problem::{RowFailure, WriteFails};
use super::{Caller, IdempotencyKey, centre_of};
use crate::actions::Actor;
use crate::actions::command::CommandId;
use crate::actions::record_scans::{Code, RecordScan, ScanAnswer};
use crate::app::App;
use crate::error::{Error, Fault, Result};
use crate::storage::scan::ScanKind;

/// A scan to be decided and recorded.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanRequest {
    /// The text of the QR code, or the ten digits.
    #[schema(min_length = 1, example = "4821093753")]
    token: String,
    /// The centre's code; a key bound to a centre may leave it out.
    centre: Option<String>,
    /// In a batch: the scan's id, made where the scan was.
    id: Option<Uuid>,
}

/// Decides one scan and records it. The `Idempotency-Key` is the scan's id: a UUID as it is, and known to every key, since scans get theirs
/// where they are made; anything else by its hash, and each key has its own.
#[utoipa::path(post, path = "/api/v1/scans", operation_id = "recordScan", tag = "scans", request_body = ScanRequest,
    params(("Idempotency-Key" = String, Header, description = "The scan's id: the same id gets the same answer", max_length = 200)),
    responses((status = 200, description = "The verdict", body = ScanAnswer), WriteFails), security(("key" = [])))]
pub async fn record(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    body: Bytes,
) -> Result<Json<ScanAnswer>> {
    may_admit(&actor)?;
    let asked: ScanRequest = described(&json(&body)?)?;
    let id = key.parse().unwrap_or_else(|_| CommandId::new(&actor.name, &key, "").id);
    let scan = scan_of(&app, &actor, &asked, id)?;
    Ok(Json(app.scanning.one(scan).await??))
}

/// Several scans.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read row by row")]
pub struct ScanBatch {
    /// Each with its `id`, in order.
    #[schema(max_items = 500)]
    scans: Vec<ScanRequest>,
}

/// What became of each scan, in order.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ScanAnswers {
    /// One for each.
    answers: Vec<ScanRow>,
}

/// What became of one scan.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ScanRow {
    /// Its id, as it was sent.
    id: Option<String>,
    /// The answer, where it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    scan: Option<ScanAnswer>,
    /// Where it was not: why.
    #[serde(flatten)]
    failed: RowFailure,
}

/// Decides and records several scans; each has its own answer. Each scan's `id` makes its retry harmless.
#[utoipa::path(post, path = "/api/v1/scans/batch", operation_id = "recordScans", tag = "scans", request_body = ScanBatch,
    responses((status = 200, description = "One answer for each scan, in order", body = ScanAnswers), WriteFails), security(("key" = [])))]
pub async fn record_batch(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ScanAnswers>> {
    may_admit(&actor)?;
    let asked = rows(&body, "scans")?;
    let record = |row: &Value| {
        let row: ScanRequest = described(row)?;
        scan_of(&app, &actor, &row, row.id.ok_or_else(|| Error::field("id", Fault::Missing))?)
    };
    let outcomes = app.scanning.rows(asked.iter().map(record).collect()).await?;
    let answers = asked.iter().zip(outcomes).map(|(row, outcome)| {
        let failed = RowFailure::of(&outcome, &headers);
        ScanRow { id: row["id"].as_str().map(str::to_owned), scan: outcome.ok(), failed }
    });
    Ok(Json(ScanAnswers { answers: answers.collect() }))
}

/// Whoever gives tokens out does not let people in on them.
fn may_admit(actor: &Actor) -> Result<()> {
    if actor.role.runs_gates() { Ok(()) } else { Err(Error::Forbidden) }
}

fn scan_of(app: &App, actor: &Actor, asked: &ScanRequest, id: Uuid) -> Result<RecordScan> {
    let centre = centre_of(app, actor, asked.centre.as_deref())?;
    let code = Code::read(&asked.token).map_err(|error| Error::field("token", error.into()))?;
    Ok(RecordScan {
        id,
        kind: ScanKind::Scan,
        code,
        centre,
        gate: None,
        decided: None,
        clock_proved: true,
        at: None,
        reason: None,
        reverses: None,
        by_whom: Arc::clone(&actor.name),
    })
}
