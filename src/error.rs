//! Every way a request can fail, and the one match that gives each its status.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::booking::Refusal;
use crate::domain::number::BadNumber;
use crate::words::words;

/// The result of nearly everything outside the domain.
pub type Result<T, E = Error> = std::result::Result<T, E>;

words! {
    /// What is wrong with one field of a form or request.
    Fault {
        /// Nothing was given.
        Missing = "missing",
        /// No Indian mobile number.
        Mobile = "bad_mobile",
        /// No name.
        Name = "bad_name",
        /// Not where somebody lives.
        Locality = "bad_locality",
        /// Neither an age nor a birth year.
        BirthYear = "bad_birth_year",
        /// Not the form of that kind of ID.
        IdForm = "bad_id_form",
        /// A mistyped Aadhaar number.
        IdCheckDigit = "bad_id_check_digit",
        /// Not a date, or not one that can be.
        Day = "bad_date",
        /// Not a time of day.
        Time = "bad_time",
        /// Not a whole number within what is possible.
        Number = "bad_number",
        /// Not ten digits.
        NumberLength = "bad_number_length",
        /// A mistyped token number.
        NumberCheckDigit = "bad_number_check_digit",
        /// Not one of the choices.
        Choice = "bad_choice",
        /// A password that is too short.
        PasswordShort = "password_too_short",
        /// Not the present password.
        PasswordWrong = "password_wrong",
        /// No PIN, or one that everybody would try first.
        Pin = "bad_pin",
        /// The one-time password again.
        PasswordSame = "password_the_same",
        /// Not a name to log in with.
        Username = "bad_username",
        /// Too long a text.
        TooLong = "too_long",
        /// A time that is still to come.
        NotYet = "not_yet",
        /// A day that is over.
        Past = "past_day",
        /// A day on which the campaign had not begun.
        BeforeCampaign = "before_campaign",
        /// Not four digits, where only they will do.
        FourDigits = "not_four_digits",
        /// Not the four digits of a secret code.
        Code = "bad_code",
        /// Not described.
        Unknown = "unknown_field",
        /// Of another JSON type than described.
        Type = "bad_type",
        /// Given beside something that says the same.
        Both = "only_one",
    }
}

/// A field and what is wrong with it.
pub type FieldFault = (&'static str, Fault);

/// Why a request fails.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A rule of the field says no.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// Some fields are wrong.
    #[error("invalid: {0:?}")]
    Invalid(Vec<FieldFault>),
    /// A JSON body differs from its description, by the paths of its fields.
    #[error("invalid body: {0:?}")]
    Body(Vec<(String, Fault)>),
    /// The request cannot be read at all.
    #[error("malformed: {0}")]
    Malformed(String),
    /// The address is there, but for another method.
    #[error("method not allowed")]
    Method,
    /// The body is too large.
    #[error("too large")]
    TooLarge,
    /// There is nothing here, or nothing for you.
    #[error("not found")]
    NotFound,
    /// Log in first.
    #[error("not logged in")]
    LoggedOut,
    /// Change the one-time password first.
    #[error("password to be changed")]
    PasswordDue,
    /// Somebody else may do this.
    #[error("forbidden")]
    Forbidden,
    /// A write without an `Idempotency-Key`.
    #[error("no Idempotency-Key")]
    KeyMissing,
    /// An `Idempotency-Key` that is none, or two of them.
    #[error("an Idempotency-Key that is none")]
    KeyUnfit,
    /// The id was used before with another body.
    #[error("id used before with another body")]
    IdReused,
    /// Too many tries; seconds to wait.
    #[error("too many requests")]
    Busy(u64),
    /// Whether the commit succeeded is not known: a retry with the same id tells.
    #[error("outcome unknown: {0}")]
    OutcomeUnknown(String),
    /// The database cannot be reached.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Our fault.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// The HTTP status, and a code that never changes.
    pub fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Refused(refusal) => (StatusCode::CONFLICT, refusal.word()),
            Self::Invalid(_) | Self::Body(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::LoggedOut => (StatusCode::UNAUTHORIZED, "not_logged_in"),
            Self::PasswordDue => (StatusCode::FORBIDDEN, "password_due"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Self::KeyMissing => (StatusCode::BAD_REQUEST, "idempotency_key_missing"),
            Self::KeyUnfit => (StatusCode::BAD_REQUEST, "idempotency_key_unfit"),
            Self::IdReused => (StatusCode::UNPROCESSABLE_ENTITY, "id_reused"),
            Self::Busy(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
            Self::OutcomeUnknown(_) => (StatusCode::SERVICE_UNAVAILABLE, "outcome_unknown"),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// A single wrong field.
    pub fn field(name: &'static str, fault: Fault) -> Self {
        Self::Invalid(vec![(name, fault)])
    }
}

impl From<BadNumber> for Fault {
    fn from(wrong: BadNumber) -> Self {
        match wrong {
            BadNumber::Length => Self::NumberLength,
            BadNumber::CheckDigit => Self::NumberCheckDigit,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Internal(error.to_string()),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The response carries the error along; a layer writes it as a page or as JSON, in the visitor's language.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Internal(why) | Self::Unavailable(why) | Self::OutcomeUnknown(why) = &self {
            tracing::error!(%why, "a request failed");
        }
        let mut response = self.status().0.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
