//! `/api/v1`: free slots, tokens, scans.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use uuid::Uuid;

use super::{Caller, IdempotencyKey, fingerprint_of, read, read_row};
use crate::actions::answer::{TokenAnswer, iso};
use crate::actions::cancel_token::{CancelToken, cancel_token};
use crate::actions::command::CommandId;
use crate::actions::issue_tokens::{Details, IssueToken, Person};
use crate::actions::look_up::token_for_staff;
use crate::actions::record_scans::{Code, RecordScan, ScanAnswer};
use crate::actions::reschedule_token::{RescheduleToken, reschedule_token};
use crate::actions::{Actor, Authority};
use crate::app::App;
use crate::core::Core;
use crate::domain::moment::Day;
use crate::domain::number::{BadNumber, TokenNumber};
use crate::domain::place::Scope;
use crate::error::{Error, Fault, FieldFault, Result};
use crate::ids::{CentreId, SlotId};
use crate::pages::error::{accepted, problem_details};
use crate::pages::form::TypedPerson;
use crate::storage::scan::ScanKind;

/// How many scans one batch takes.
const MOST_SCANS: usize = 500;

/// Which slots.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichSlots {
    /// A centre's code; absent: all centres.
    centre: Option<String>,
    /// A day, `2021-03-30`; absent: all days from today on.
    date: Option<String>,
}

/// Free slots.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FreeSlots {
    /// When this was true.
    as_of: String,
    /// The slots that have not ended, in order of time.
    slots: Vec<FreeSlot>,
}

/// A slot.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FreeSlot {
    /// Its id, to be sent when issuing.
    slot: i64,
    /// Its centre's code.
    centre: String,
    /// When it begins, in Indian time.
    starts_at: String,
    /// When it ends.
    ends_at: String,
    /// `covishield` or `covaxin`.
    vaccine: String,
    /// Which doses are given.
    doses: Vec<i64>,
    /// Places that offices may still give out; walk-in places are not counted.
    free: i64,
    /// The same for each dose given: some places may be kept for one of them.
    free_by_dose: Vec<FreeForDose>,
}

/// Places that somebody who comes for this dose may have.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct FreeForDose {
    /// 1 or 2.
    dose: i64,
    /// How many.
    free: i64,
}

/// Free slots, from memory. No key is needed.
#[utoipa::path(get, path = "/api/v1/slots", params(WhichSlots), responses((status = 200, body = FreeSlots)))]
pub async fn slots(State(app): State<Arc<App>>, Query(which): Query<WhichSlots>) -> Result<Json<FreeSlots>> {
    let board = app.core.board();
    let now = app.core.clock.now();
    let centre = match &which.centre {
        Some(code) => Some(board.centre_by_code(code).ok_or(Error::NotFound)?.id),
        None => None,
    };
    let day = which.date.map(|date| date.parse()).transpose().map_err(|_| Error::field("date", Fault::Day))?;
    let wanted = board.field.slots.iter().filter(|slot| {
        let there = centre.is_none_or(|id| slot.centre_id == id) && day.is_none_or(|day| slot.day == day);
        there && slot.ends() > now
    });
    let slots = wanted.filter_map(|slot| {
        let session = board.open_session(slot)?;
        let (free, doses) = (board.free(slot.id), [1, 2].into_iter().filter(|dose| session.doses & dose != 0));
        Some(FreeSlot {
            slot: slot.id.0,
            centre: board.centre(slot.centre_id)?.code.clone(),
            starts_at: iso(slot.starts),
            ends_at: iso(slot.ends()),
            vaccine: session.vaccine.to_string(),
            doses: doses.clone().collect(),
            free: free.all(),
            free_by_dose: doses.map(|dose| FreeForDose { dose, free: free.for_dose(dose) }).collect(),
        })
    });
    Ok(Json(FreeSlots { as_of: iso(board.as_of), slots: slots.collect() }))
}

/// A token to be issued.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
pub struct IssueRequest {
    /// The slot's id.
    slot: i64,
    /// For whom.
    person: PersonRequest,
    /// A first dose given elsewhere, from a card that was shown.
    earlier_dose: Option<EarlierDose>,
}

/// For whom.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
pub struct PersonRequest {
    /// Ten digits; absent when the person has no phone.
    #[schema(example = "9876543210")]
    mobile: Option<String>,
    /// In either script, 2 to 60 characters.
    name: String,
    /// Four digits.
    birth_year: i64,
    /// `female`, `male` or `other`.
    gender: String,
    /// `aadhaar`, `voter_id`, `passport`, `driving_licence`, `pan`, `npr_card`, `pension`, `disability` or `ration`.
    id_type: String,
    /// In full; only a keyed hash and the last four characters are kept.
    id_number: String,
    /// `citizen` (the default), `health_worker` or `front_line`.
    category: Option<String>,
    /// A doctor's certificate was seen (45 to 59 years).
    #[serde(default)]
    certificate: bool,
    /// Whose number the mobile is: `own` (the default), `relative`, `neighbour`, `health_worker` or `helper`. Only own ones are counted.
    mobile_of: Option<String>,
    /// Of messages: `hi` (the default) or `en`.
    language: Option<String>,
    /// Help that the person needs: any of `wheelchair`, `sight`, `hearing`, `bed`, `companion` and `pregnant`, with commas between.
    needs: Option<String>,
    /// Where they live, in at most 80 characters: whoever cannot be phoned is looked for there.
    locality: Option<String>,
}

impl PersonRequest {
    /// The details, or every field that is wrong.
    pub(super) fn read(self, core: &Core) -> Result<Details> {
        let typed = TypedPerson {
            mobile: self.mobile.unwrap_or_default(),
            name: self.name,
            // An age is none: whoever asks by a program knows the year.
            age: if self.birth_year < 1000 { "-".into() } else { self.birth_year.to_string() },
            gender: self.gender,
            category: self.category.unwrap_or_default(),
            certificate: self.certificate.then(String::new),
            mobile_of: self.mobile_of.unwrap_or_default(),
            language: self.language.unwrap_or_default(),
            needs: self.needs.unwrap_or_default(),
            locality: self.locality.unwrap_or_default(),
            id_type: self.id_type,
            id_number: self.id_number,
        };
        typed.read(core).map_err(as_requested)
    }
}

/// A dose given elsewhere.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
pub struct EarlierDose {
    /// `covishield` or `covaxin`.
    vaccine: String,
    /// `2021-03-01`
    date: String,
}

/// Issues a token. The same `Idempotency-Key` gets the same answer.
#[utoipa::path(post, path = "/api/v1/tokens", request_body = IssueRequest,
    params(("Idempotency-Key" = String, Header, description = "One key for each intention, whatever the number of tries")),
    responses((status = 201, body = TokenAnswer), (status = 409, description = "A rule says no: `code` says which"), (status = 422, description = "Fields are wrong")),
    security(("key" = [])))]
pub async fn issue(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    body: Bytes,
) -> Result<(StatusCode, Json<TokenAnswer>)> {
    let asked: IssueRequest = read(&body)?;
    let person = Person::Typed(Box::new(asked.person.read(&app.core)?));
    let earlier_dose = match asked.earlier_dose {
        Some(dose) => Some((
            dose.vaccine.parse().map_err(|_| Error::field("earlier_dose.vaccine", Fault::Choice))?,
            given_day(&app.core, &dose.date).map_err(|fault| Error::field("earlier_dose.date", fault))?,
        )),
        None => None,
    };
    let command = CommandId::new(&actor.name, &key, fingerprint_of(&app.core, &body));
    let answer = app.issuing.one(IssueToken { command, actor, slot: SlotId(asked.slot), person, earlier_dose }).await??;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The day of a dose that was given elsewhere.
fn given_day(core: &Core, text: &str) -> Result<Day, Fault> {
    let day: Day = text.parse().map_err(|_| Fault::Day)?;
    if day > core.clock.now().day() { Err(Fault::NotYet) } else { Ok(day) }
}

/// A counter's form asks for an age, a request for a birth year.
fn as_requested(faults: Vec<FieldFault>) -> Error {
    Error::Invalid(faults.into_iter().map(|(field, fault)| (if field == "age" { "birth_year" } else { field }, fault)).collect())
}

fn number(text: &str) -> Result<TokenNumber> {
    text.parse().map_err(|error: BadNumber| Error::field("number", error.into()))
}

/// A token within the key's scope.
#[utoipa::path(get, path = "/api/v1/tokens/{number}", params(("number" = String, Path, description = "Ten digits")),
    responses((status = 200, body = TokenAnswer), (status = 404, description = "Unknown, or outside the key's scope")), security(("key" = [])))]
pub async fn token(State(app): State<Arc<App>>, Caller(actor): Caller, Path(text): Path<String>) -> Result<Json<TokenAnswer>> {
    let token = token_for_staff(&app.core, &actor, number(&text)?).await?;
    Ok(Json(TokenAnswer::new(&app.core, &token)))
}

/// Where to.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
pub struct MoveRequest {
    /// The new slot's id.
    slot: i64,
}

/// Moves a token to another slot: the same number, a higher revision.
#[utoipa::path(post, path = "/api/v1/tokens/{number}/reschedule", request_body = MoveRequest,
    params(("number" = String, Path, description = "Ten digits"), ("Idempotency-Key" = String, Header, description = "One key for each intention")),
    responses((status = 200, body = TokenAnswer), (status = 404, description = "Unknown, or outside the key's scope"),
        (status = 409, description = "A rule says no: `code` says which"), (status = 422, description = "Fields are wrong")), security(("key" = [])))]
pub async fn reschedule(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Path(text): Path<String>,
    body: Bytes,
) -> Result<Json<TokenAnswer>> {
    let asked: MoveRequest = read(&body)?;
    let number = number(&text)?;
    let command = CommandId::new(&actor.name, &key, format!("move {} {}", number.plain(), asked.slot));
    let asked = RescheduleToken { command, authority: Authority::Staff(actor), number, slots: vec![SlotId(asked.slot)] };
    Ok(Json(reschedule_token(&app.core, &asked).await?))
}

/// Why.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
pub struct CancelRequest {
    /// At most 100 characters, for the register.
    reason: String,
}

/// Cancels a token; its place goes back to the owner it came from.
#[utoipa::path(post, path = "/api/v1/tokens/{number}/cancel", request_body = CancelRequest,
    params(("number" = String, Path, description = "Ten digits"), ("Idempotency-Key" = String, Header, description = "One key for each intention")),
    responses((status = 200, body = TokenAnswer), (status = 404, description = "Unknown, or outside the key's scope"),
        (status = 409, description = "A rule says no: `code` says which"), (status = 422, description = "Fields are wrong")), security(("key" = [])))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Path(text): Path<String>,
    body: Bytes,
) -> Result<Json<TokenAnswer>> {
    let CancelRequest { reason } = read(&body)?;
    let number = number(&text)?;
    if reason.trim().is_empty() || reason.chars().count() > 100 {
        return Err(Error::field("reason", if reason.trim().is_empty() { Fault::Missing } else { Fault::TooLong }));
    }
    let command = CommandId::new(&actor.name, &key, format!("cancel {} {reason}", number.plain()));
    let asked = CancelToken { command, authority: Authority::Staff(actor), number, reason, undo: false };
    Ok(Json(cancel_token(&app.core, &asked).await?))
}

/// A scan to be decided and recorded.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
pub struct ScanRequest {
    /// The text of the QR code, or the ten digits.
    token: String,
    /// The centre's code; a key bound to a centre may leave it out.
    centre: Option<String>,
    /// In a batch: the scan's id, made where the scan was.
    id: Option<Uuid>,
}

/// Decides one scan and records it. The `Idempotency-Key` is the scan's id (a UUID as it is, anything else by its hash).
#[utoipa::path(post, path = "/api/v1/scans", request_body = ScanRequest,
    params(("Idempotency-Key" = String, Header, description = "The scan's id: the same id gets the same answer")),
    responses((status = 200, body = ScanAnswer), (status = 403, description = "A zone office's key admits nobody"), (status = 422, description = "Fields are wrong")),
    security(("key" = [])))]
pub async fn scan(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    body: Bytes,
) -> Result<Json<ScanAnswer>> {
    may_admit(&actor)?;
    let asked: ScanRequest = read(&body)?;
    let id = key.parse().unwrap_or_else(|_| CommandId::new(&actor.name, &key, "").id);
    let record = record(&app, &actor, &asked, id)?;
    Ok(Json(app.scanning.one(record).await??))
}

/// Several scans.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read row by row")]
pub struct BatchRequest {
    /// At most 500, each with its `id`, in order.
    scans: Vec<ScanRequest>,
}

/// The same, each row to be read for itself.
#[derive(serde::Deserialize)]
struct BatchRows {
    scans: Vec<serde_json::Value>,
}

/// What became of each scan, in order.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct BatchAnswer {
    /// One for each.
    answers: Vec<BatchRow>,
}

/// What became of one scan.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct BatchRow {
    /// Its id, as it was sent.
    id: Option<String>,
    /// The answer, where it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    scan: Option<ScanAnswer>,
    /// Why not, where it was not. A bad row never holds up the rows behind it.
    #[serde(flatten)]
    failed: Option<RowFailure>,
}

/// Why a row of a batch was not done.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct RowFailure {
    /// The error's code.
    error: &'static str,
    /// What a call with this row alone would have answered.
    problem: serde_json::Value,
}

impl RowFailure {
    /// As the program reads it.
    pub(super) fn new(error: &Error, headers: &HeaderMap) -> Self {
        Self { error: error.status().1, problem: problem_details(error, accepted(headers)) }
    }
}

/// Decides and records several scans; each has its own answer. Each scan's `id` makes its retry harmless.
#[utoipa::path(post, path = "/api/v1/scans/batch", request_body = BatchRequest,
    responses((status = 200, body = BatchAnswer), (status = 403, description = "A zone office's key admits nobody")), security(("key" = [])))]
pub async fn scans(State(app): State<Arc<App>>, Caller(actor): Caller, headers: HeaderMap, body: Bytes) -> Result<Json<BatchAnswer>> {
    may_admit(&actor)?;
    let asked: BatchRows = read(&body)?;
    if asked.scans.len() > MOST_SCANS {
        return Err(Error::Malformed(format!("at most {MOST_SCANS} scans in a batch")));
    }
    let record = |row: &serde_json::Value| {
        let row: ScanRequest = read_row(row)?;
        record(&app, &actor, &row, row.id.ok_or_else(|| Error::field("id", Fault::Missing))?)
    };
    let outcomes = app.scanning.rows(asked.scans.iter().map(record).collect()).await?;
    let answers = asked.scans.iter().zip(outcomes).map(|(row, outcome)| {
        let failed = outcome.as_ref().err().map(|error| RowFailure::new(error, &headers));
        BatchRow { id: row["id"].as_str().map(str::to_owned), scan: outcome.ok(), failed }
    });
    Ok(Json(BatchAnswer { answers: answers.collect() }))
}

/// Whoever gives tokens out does not let people in on them.
fn may_admit(actor: &Actor) -> Result<()> {
    if actor.role.runs_gates() { Ok(()) } else { Err(Error::Forbidden) }
}

/// The centre that a request is about, within the key's scope.
pub(super) fn centre_of(app: &App, actor: &Actor, code: Option<&str>) -> Result<CentreId> {
    match (code, actor.scope) {
        (Some(code), scope) => {
            let board = app.core.board();
            let centre = board.centre_by_code(code).filter(|centre| scope.covers(centre.place()));
            centre.map(|centre| centre.id).ok_or_else(|| Error::field("centre", Fault::Choice))
        }
        (None, Scope::Centre(centre)) => Ok(centre),
        (None, _) => Err(Error::field("centre", Fault::Missing)),
    }
}

fn record(app: &App, actor: &Actor, asked: &ScanRequest, id: Uuid) -> Result<RecordScan> {
    let centre = centre_of(app, actor, asked.centre.as_deref())?;
    let code = Code::read(&asked.token).map_err(|error| Error::field("token", error.into()))?;
    Ok(scan_of(id, code, centre, actor))
}

fn scan_of(id: Uuid, code: Code, centre: CentreId, actor: &Actor) -> RecordScan {
    RecordScan {
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
    }
}
