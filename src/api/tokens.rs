//! `/api/v1/tokens`: issuing, reading, moving and cancelling.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::body::{described, json};
use super::problem::{ReadFails, WriteFails};
use super::{Caller, IdempotencyKey, fingerprint};
use crate::actions::Authority;
use crate::actions::answer::TokenAnswer;
use crate::actions::cancel_token::{CancelToken, cancel_token};
use crate::actions::command::CommandId;
use crate::actions::issue_tokens::{Details, IssueToken, Person};
use crate::actions::look_up::token_for_staff;
use crate::actions::reschedule_token::{RescheduleToken, reschedule_token};
use crate::app::App;
use crate::core::Core;
use crate::domain::campaign::Vaccine;
use crate::domain::care::MobileOf;
use crate::domain::moment::Day;
use crate::domain::number::{BadNumber, TokenNumber};
use crate::domain::person::{Category, Gender, IdType};
use crate::error::{Error, Fault, FieldFault, Result};
use crate::ids::SlotId;
use crate::pages::form::TypedPerson;

/// A token to be issued.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueRequest {
    /// The slot's id, from `GET /api/v1/slots`.
    slot: i64,
    /// For whom.
    person: PersonRequest,
    /// A first dose given elsewhere, from a card that was shown.
    earlier_dose: Option<EarlierDose>,
}

/// For whom.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonRequest {
    /// Ten digits; absent when the person has no phone.
    #[schema(example = "9876543210")]
    mobile: Option<String>,
    /// In either script, 2 to 60 characters.
    #[schema(example = "राम प्रसाद", min_length = 2, max_length = 60)]
    name: String,
    /// Four digits.
    #[schema(example = 1954, minimum = 1900)]
    birth_year: i64,
    /// As it stands on the card.
    gender: Gender,
    /// Which photo ID was shown.
    id_type: IdType,
    /// In full; only a keyed hash and the last four characters are kept.
    #[schema(example = "CGR0123456", min_length = 1)]
    id_number: String,
    /// Absent: `citizen`.
    category: Option<Category>,
    /// A doctor's certificate was seen (45 to 59 years).
    #[serde(default)]
    certificate: bool,
    /// Whose number the mobile is; absent: `own`.
    mobile_of: Option<MobileOf>,
    /// Of messages: `hi` (the default), `en`, or the code of a third one that a district has.
    #[schema(example = "hi")]
    language: Option<String>,
    /// Help that the person needs: any of `wheelchair`, `sight`, `hearing`, `bed`, `companion` and `pregnant`, with commas between.
    #[schema(example = "wheelchair,hearing")]
    needs: Option<String>,
    /// Where they live: whoever cannot be phoned is looked for there.
    #[schema(max_length = 80)]
    locality: Option<String>,
}

impl PersonRequest {
    /// The details, or every field that is wrong, by its name here.
    pub(super) fn read(self, core: &Core) -> Result<Details, Vec<FieldFault>> {
        let word = |word: Option<&'static str>| word.unwrap_or_default().to_owned();
        let typed = TypedPerson {
            mobile: self.mobile.unwrap_or_default(),
            name: self.name,
            // An age is none: whoever asks by a program knows the year.
            age: if self.birth_year < 1000 { "-".into() } else { self.birth_year.to_string() },
            gender: self.gender.to_string(),
            category: word(self.category.map(Category::word)),
            certificate: self.certificate.then(String::new),
            mobile_of: word(self.mobile_of.map(MobileOf::word)),
            language: self.language.unwrap_or_default(),
            needs: self.needs.unwrap_or_default(),
            locality: self.locality.unwrap_or_default(),
            id_type: self.id_type.to_string(),
            id_number: self.id_number,
        };
        typed.read(core)
    }
}

/// The paths of a person's wrong fields in a request. A counter's form asks for an age, a request for a birth year.
pub(super) fn of_person(faults: Vec<FieldFault>) -> Vec<(String, Fault)> {
    let path = |field| format!("person.{}", if field == "age" { "birth_year" } else { field });
    faults.into_iter().map(|(field, fault)| (path(field), fault)).collect()
}

/// A dose given elsewhere.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlierDose {
    /// Which vaccine.
    vaccine: Vaccine,
    /// When.
    #[schema(example = "2021-03-01")]
    date: Day,
}

/// Issues a token. The same `Idempotency-Key` gets the same answer, a refusal too. Nobody is asked whether this may be somebody on record
/// under another ID: that is for whoever sees the person.
#[utoipa::path(post, path = "/api/v1/tokens", operation_id = "issueToken", tag = "tokens", request_body = IssueRequest,
    params(("Idempotency-Key" = String, Header, description = "One key for each intention, whatever the number of tries", max_length = 200)),
    responses((status = 201, description = "The token", body = TokenAnswer), WriteFails), security(("key" = [])))]
pub async fn issue(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    body: Bytes,
) -> Result<(StatusCode, Json<TokenAnswer>)> {
    let json = json(&body)?;
    let asked: IssueRequest = described(&json)?;
    let person = asked.person.read(&app.core).map_err(of_person);
    let coming = asked.earlier_dose.as_ref().is_some_and(|dose| dose.date > app.core.clock.now().day());
    let mut wrong = person.as_ref().err().cloned().unwrap_or_default();
    wrong.extend(coming.then(|| ("earlier_dose.date".to_owned(), Fault::NotYet)));
    let (Ok(person), true) = (person, wrong.is_empty()) else { return Err(Error::Body(wrong)) };
    let command = CommandId::new(&actor.name, &key, fingerprint(&app.core, &json));
    let (slot, person) = (SlotId(asked.slot), Person::Typed(Box::new(person)));
    let earlier_dose = asked.earlier_dose.map(|dose| (dose.vaccine, dose.date));
    let answer = app.issuing.one(IssueToken { command, actor, slot, person, earlier_dose }).await??;
    Ok((StatusCode::CREATED, Json(answer)))
}

fn number(text: &str) -> Result<TokenNumber> {
    text.parse().map_err(|error: BadNumber| Error::field("number", error.into()))
}

/// A token within the key's scope.
#[utoipa::path(get, path = "/api/v1/tokens/{number}", operation_id = "getToken", tag = "tokens",
    params(("number" = String, Path, description = "Ten digits", example = "4821093753")),
    responses((status = 200, description = "The token", body = TokenAnswer), ReadFails), security(("key" = [])))]
pub async fn token(State(app): State<Arc<App>>, Caller(actor): Caller, Path(text): Path<String>) -> Result<Json<TokenAnswer>> {
    let token = token_for_staff(&app.core, &actor, number(&text)?).await?;
    Ok(Json(TokenAnswer::new(&app.core, &token)))
}

/// Where to.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveRequest {
    /// The new slot's id.
    slot: i64,
}

/// Moves a token to another slot: the same number, a higher revision.
#[utoipa::path(post, path = "/api/v1/tokens/{number}/reschedule", operation_id = "rescheduleToken", tag = "tokens", request_body = MoveRequest,
    params(("number" = String, Path, description = "Ten digits", example = "4821093753"), ("Idempotency-Key" = String, Header, description = "One key for each intention, whatever the number of tries", max_length = 200)),
    responses((status = 200, description = "The token in its new slot", body = TokenAnswer), WriteFails), security(("key" = [])))]
pub async fn reschedule(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Path(text): Path<String>,
    body: Bytes,
) -> Result<Json<TokenAnswer>> {
    let asked: MoveRequest = described(&json(&body)?)?;
    let number = number(&text)?;
    let command = CommandId::new(&actor.name, &key, format!("move {} {}", number.plain(), asked.slot));
    let asked = RescheduleToken { command, authority: Authority::Staff(actor), number, slots: vec![SlotId(asked.slot)] };
    Ok(Json(reschedule_token(&app.core, &asked).await?))
}

/// Why.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRequest {
    /// For the register.
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// Cancels a token; its place goes back to the owner it came from.
#[utoipa::path(post, path = "/api/v1/tokens/{number}/cancel", operation_id = "cancelToken", tag = "tokens", request_body = CancelRequest,
    params(("number" = String, Path, description = "Ten digits", example = "4821093753"), ("Idempotency-Key" = String, Header, description = "One key for each intention, whatever the number of tries", max_length = 200)),
    responses((status = 200, description = "The cancelled token", body = TokenAnswer), WriteFails), security(("key" = [])))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Path(text): Path<String>,
    body: Bytes,
) -> Result<Json<TokenAnswer>> {
    let CancelRequest { reason } = described(&json(&body)?)?;
    let number = number(&text)?;
    if reason.trim().is_empty() {
        return Err(Error::field("reason", Fault::Missing));
    }
    let command = CommandId::new(&actor.name, &key, format!("cancel {} {reason}", number.plain()));
    let asked = CancelToken { command, authority: Authority::Staff(actor), number, reason, undo: false };
    Ok(Json(cancel_token(&app.core, &asked).await?))
}
