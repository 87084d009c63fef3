//! What a program reads when something is wrong: RFC 9457, with a stable code and a sentence that says what to do.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, http::HeaderValue};
use serde_json::{Value, json};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, Schema};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use crate::actions::answer::iso;
use crate::domain::booking::Refusal;
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Day;
use crate::error::{Error, Fault, Result};
use crate::i18n::Lang;

/// Something is wrong.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct Problem {
    /// Where the code is explained.
    #[schema(example = "/api#no_place")]
    pub r#type: String,
    /// The code in words.
    #[schema(example = "No place")]
    pub title: String,
    /// The HTTP status; in a row of a batch: the one that a call with this row alone would have had.
    #[schema(example = 409)]
    pub status: u16,
    /// The code.
    #[schema(schema_with = every_code)]
    pub code: &'static str,
    /// What to do, in the language of `Accept-Language`: English, or Hindi for `hi`.
    pub detail: String,
    /// With `invalid`: every field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub fields: Vec<WrongField>,
    /// Where a rule of the field says no (409): its code once more, and the figures behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Figures>)]
    pub refusal: Option<Value>,
}

/// The figures behind a rule that says no: each code has those that its sentence needs.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what the rules of the field write")]
struct Figures {
    /// The problem's code once more.
    code: String,
    /// `outside_issue_window`: tokens are issued from this moment. `not_due`: the day from which this person is due, where it is known.
    from: Option<String>,
    /// `outside_issue_window`: until this moment.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// `age_not_served`: the youngest.
    min: Option<i64>,
    /// `age_not_served`: the oldest.
    max: Option<i64>,
    /// `dose_not_served`, `dose_recorded`, `dose_missing`: which one.
    dose: Option<i64>,
    /// `other_vaccine`: the one of the doses before.
    vaccine: Option<Vaccine>,
    /// `too_soon`: the first day on which the next dose may be given.
    earliest: Option<Day>,
    /// `dose_recorded`: when it was given.
    given_on: Option<Day>,
    /// `has_token`: its number.
    number: Option<String>,
    /// `has_token`: when its slot begins.
    #[schema(format = DateTime)]
    starts: Option<String>,
    /// `id_known`: the name on record under this ID.
    name: Option<String>,
    /// `id_known`: the end of the mobile number on record.
    mobile_end: Option<String>,
    /// `mobile_full`: how many live tokens one mobile number may have.
    most: Option<i64>,
    /// `wrong_code`: tries that are left.
    left: Option<i64>,
    /// `same_person`: who on record may be this person.
    people: Option<Vec<OnRecord>>,
}

/// Somebody on record who may be the same person.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what the rules of the field write")]
struct OnRecord {
    /// To be sent as `lookalike`, when this is the person.
    person: Uuid,
    /// The name on record.
    name: String,
    /// Birth year.
    birth_year: i64,
    /// The end of the mobile number on record.
    mobile_end: Option<String>,
    /// The last dose on record.
    dose: i64,
    /// Which vaccine it was.
    vaccine: Vaccine,
    /// And when.
    given_on: Day,
}

fn every_code() -> RefOr<Schema> {
    let codes = codes().into_iter().map(|(code, ..)| code).chain(Refusal::CODES.iter().copied());
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(codes))
        .description(Some("Never changes: this is what a program looks at. More may be added."))
        .into()
}

/// A field and what is wrong with it.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct WrongField {
    /// Its path in the body, or its name in the address.
    #[schema(example = "person.name")]
    pub field: String,
    /// What is wrong.
    pub code: Fault,
    /// What to do.
    pub detail: String,
}

/// Why a row of a batch was not done; empty where it was. A bad row never holds up the rows behind it.
#[derive(Debug, serde::Serialize, ToSchema)]
pub struct RowFailure {
    /// The problem's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    /// What a call with this row alone would have answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

impl RowFailure {
    /// What there is to say of a row's outcome.
    pub fn of<T>(outcome: &Result<T>, headers: &HeaderMap) -> Self {
        let problem = outcome.as_ref().err().map(|error| Problem::new(error, accepted(headers)));
        Self { error: problem.as_ref().map(|problem| problem.code), problem }
    }
}

impl Problem {
    /// An error as a program reads it.
    pub fn new(error: &Error, lang: Lang) -> Self {
        let (status, code) = error.status();
        let fields: Vec<_> = match error {
            Error::Invalid(faults) => faults.iter().map(|(field, fault)| WrongField::new(field, *fault, lang)).collect(),
            Error::Body(faults) => faults.iter().map(|(field, fault)| WrongField::new(field, *fault, lang)).collect(),
            _ => Vec::new(),
        };
        let detail = match error {
            Error::Invalid(_) | Error::Body(_) => fields.iter().map(WrongField::sentence).collect::<Vec<_>>().join(" "),
            _ => detail(error, lang),
        };
        let refusal = if let Error::Refused(refusal) = error { Some(figures(refusal)) } else { None };
        Self { r#type: format!("/api#{code}"), title: title(code), status: status.as_u16(), code, detail, fields, refusal }
    }
}

impl WrongField {
    fn new(field: &str, code: Fault, lang: Lang) -> Self {
        Self { field: field.to_owned(), code, detail: said(code, lang).to_owned() }
    }

    fn sentence(&self) -> String {
        format!("{}: {}", self.field, self.detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

const PROBLEM: &str = "application/problem+json";

/// `no_place` as `No place`.
fn title(code: &str) -> String {
    let (first, rest) = code.split_at(1);
    first.to_uppercase() + &rest.replace('_', " ")
}

/// A refusal's figures, with its moments as the rest of the API writes them.
fn figures(refusal: &Refusal) -> Value {
    let mut figures = serde_json::to_value(refusal).unwrap_or_default();
    match refusal {
        Refusal::OutsideIssueWindow { from, until } => {
            figures["from"] = json!(iso(*from));
            figures["until"] = json!(iso(*until));
        }
        Refusal::HasToken { starts, .. } => figures["starts"] = json!(iso(*starts)),
        _ => {}
    }
    figures
}

/// In which language a program wants its errors.
pub fn accepted(headers: &HeaderMap) -> Lang {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if asked.starts_with("hi") { Lang::Hi } else { Lang::En }
}

/// What is wrong with a field, to a program: where the sentences of the forms speak of what stands on a screen, these do not.
fn said(fault: Fault, lang: Lang) -> &'static str {
    match fault {
        Fault::Missing => lang.pick("This is required.", "यह ज़रूरी है।"),
        Fault::Type => lang.pick("This is of another type than the API's description says.", "इसका प्रकार API के विवरण से अलग है।"),
        Fault::Choice => lang.pick("This is none of the values that the API's description names.", "यह API के विवरण में दिए मानों में नहीं है।"),
        Fault::Day => lang.pick("A day is written as 2021-03-30, and must be one that can be.", "तारीख़ 2021-03-30 की तरह लिखें।"),
        Fault::BirthYear => lang.pick("A birth year has four digits.", "जन्म वर्ष चार अंकों का होता है।"),
        _ => lang.fault(fault),
    }
}

/// What went wrong and what to do.
fn detail(error: &Error, lang: Lang) -> String {
    match error {
        Error::Refused(refusal) => lang.refusal(refusal),
        Error::Malformed(why) => why.clone(),
        Error::Method => {
            lang.pick("This address takes another method: the `Allow` header names it.", "यह पता दूसरी विधि से चलता है: `Allow` देखें।").into()
        }
        Error::TooLarge => lang.pick("The body is too large. Send fewer rows at a time.", "विवरण बहुत बड़ा है। एक बार में कम पंक्तियाँ भेजें।").into(),
        Error::NotFound => {
            lang.pick("There is nothing here, or nothing that this key may see.", "यहाँ कुछ नहीं है, या इस कुंजी को दिख नहीं सकता।").into()
        }
        Error::LoggedOut => lang.pick("Send a valid key as `Authorization: Bearer …`.", "सही कुंजी `Authorization: Bearer …` में भेजें।").into(),
        Error::Forbidden | Error::PasswordDue => lang.pick("This key's role may not do this.", "इस कुंजी की भूमिका यह नहीं कर सकती।").into(),
        Error::KeyMissing => lang
            .pick("Send an `Idempotency-Key` header with every write: one key for each intention.", "हर बदलाव के साथ `Idempotency-Key` भेजें।")
            .into(),
        Error::KeyUnfit => lang
            .pick("Send one `Idempotency-Key` of 1 to 200 visible ASCII characters.", "एक ही `Idempotency-Key` भेजें, 1 से 200 ASCII अक्षरों की।")
            .into(),
        Error::IdReused => {
            lang.pick("This id was used before with another body. Use a new one.", "यह आईडी पहले दूसरे विवरण के साथ आ चुकी है। नई भेजें।").into()
        }
        Error::Busy(seconds) => format!("{} {seconds} s", lang.text().too_many_text),
        Error::OutcomeUnknown(_) => lang
            .pick(
                "Whether this was done is not known. Send the same again with the same key.",
                "यह हुआ या नहीं, पता नहीं। वही कुंजी लेकर फिर भेजें।",
            )
            .into(),
        Error::Invalid(_) | Error::Body(_) => lang.pick("Some fields are wrong.", "कुछ ग़लत भरा है।").into(),
        Error::Unavailable(_) | Error::Internal(_) => lang.text().try_later_text.into(),
    }
}

/// Every code that is no rule of the field: its status, and what it says or how it is read.
pub fn codes() -> Vec<(&'static str, u16, String)> {
    let plain = [
        Error::Malformed("The body or the address cannot be read.".into()),
        Error::KeyMissing,
        Error::KeyUnfit,
        Error::LoggedOut,
        Error::Forbidden,
        Error::NotFound,
        Error::Method,
        Error::TooLarge,
        Error::IdReused,
        Error::Busy(1),
        Error::Internal(String::new()),
        Error::OutcomeUnknown(String::new()),
        Error::Unavailable(String::new()),
    ];
    let fields = "Some fields are wrong: `fields` names each with the code of what is wrong with it.";
    let shown = |error: &Error| (error.status().1, error.status().0.as_u16(), detail(error, Lang::En));
    let mut all = vec![("invalid", StatusCode::UNPROCESSABLE_ENTITY.as_u16(), fields.into())];
    all.extend(plain.iter().map(shown));
    all.sort_by_key(|(_, status, _)| *status);
    all
}

/// The answers of a call that reads, when something is wrong.
pub struct ReadFails;

/// The answers of a call that writes, when something is wrong.
pub struct WriteFails;

impl IntoResponses for ReadFails {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        problems(&[
            (400, "`malformed`: the address cannot be read"),
            (401, "`not_logged_in`: no valid key"),
            (404, "`not_found`: unknown, or outside the key's scope"),
            (422, "`invalid`: `fields` names each that is wrong"),
            (503, "`unavailable`: try again"),
        ])
    }
}

impl IntoResponses for WriteFails {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        problems(&[
            (400, "`malformed`, `idempotency_key_missing` or `idempotency_key_unfit`: the request cannot be read"),
            (401, "`not_logged_in`: no valid key"),
            (403, "`forbidden`: the key's role may not do this"),
            (404, "`not_found`: unknown, or outside the key's scope"),
            (
                409,
                "A rule of the field says no: `code` says which, `refusal` holds its figures. The same key hears it again; \
                   whoever has mended something asks with a new key",
            ),
            (413, "`too_large`: the body is larger than 8 MiB"),
            (422, "`invalid`: `fields` names each that is wrong; or `id_reused`: the key came before with another body"),
            (503, "`unavailable`: nothing was done; or `outcome_unknown`: send the same again with the same key"),
        ])
    }
}

fn problems(answers: &[(u16, &str)]) -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
    let answer = |text: &str| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        ResponseBuilder::new().description(text).content(PROBLEM, content).build()
    };
    answers.iter().map(|(status, text)| (status.to_string(), answer(text).into())).collect()
}
