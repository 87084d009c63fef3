//! The national portal, in three tongues: CoWIN's vaccinator API, DIVOC's certify, FHIR R4.
//!
//! An adapter gets one record to the portal and says what came of it. It calls nothing twice: when to try again is decided
//! by `domain::portal`, done by `workers::uploader`.

pub mod cowin;
pub mod divoc;
pub mod fhir;
pub mod test_server;

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::board::Board;
use crate::storage::upload::Upload;
use cowin::Cowin;
use divoc::Divoc;
use fhir::Fhir;

/// Why a dose is not sent at all: said here, in the words that the portal has for it.
pub const NO_MOBILE: &str = "the portal takes nobody without a mobile number";

/// How much of what the portal says is kept, in characters.
const MOST_WORDS: usize = 300;

/// What came of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The portal's number for the person, as soon as it is known.
    pub reference: Option<String>,
    /// Whether it took the dose.
    pub answer: Answer,
}

/// What the portal said to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The dose stands there, now or since an earlier call.
    Accepted,
    /// Not as it is: in the portal's words. Somebody has to mend it.
    Refused(String),
    /// It was not called: it would not take the record as it is.
    Unfit(String),
    /// Nothing that can be relied on: to be tried again, looking it up first.
    Fault(String),
}

/// Why a call gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// The portal has answered, and said no.
    Refused(String),
    /// It did not answer, or cannot work, or does not know our key.
    Fault(String),
    /// It told of somebody in a way that cannot be read.
    Unreadable(String),
}

impl From<CallError> for Answer {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(words) => Self::Refused(words),
            CallError::Fault(words) | CallError::Unreadable(words) => Self::Fault(words),
        }
    }
}

/// Where the portal is and how it is spoken to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Such as `cowin:https://cdn-api.co-vin.in/api`.
    pub address: String,
    /// The key or token that it knows us by.
    pub key: String,
    /// How many records are under way at once.
    pub at_once: usize,
    /// How long one call may take.
    pub timeout: Duration,
}

/// The portal, in the tongue that it speaks.
pub enum Portal {
    /// CoWIN's vaccinator API.
    Cowin(Cowin),
    /// DIVOC's certify.
    Divoc(Divoc),
    /// A FHIR R4 server.
    Fhir(Fhir),
}

impl Portal {
    /// Reads `TONGUE:URL`.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let wrong = || format!("--portal takes cowin:URL, divoc:URL or fhir:URL, not {:?}", settings.address);
        let (tongue, url) = settings.address.split_once(':').ok_or_else(wrong)?;
        if !(url.starts_with("http://") || url.starts_with("https://")) {
            return Err(wrong());
        }
        let client = Client::builder()
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            .pool_max_idle_per_host(settings.at_once)
            // The address is a setting; where it sends us on to is not.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| format!("the portal's HTTP client cannot be made: {error}"))?;
        let (url, key) = (url.trim_end_matches('/').to_owned(), settings.key.clone());
        match tongue {
            "cowin" => Ok(Self::Cowin(Cowin { client, url, key })),
            "divoc" => Ok(Self::Divoc(Divoc { client, url, key })),
            "fhir" => Ok(Self::Fhir(Fhir { client, url, key })),
            _ => Err(wrong()),
        }
    }

    /// Gets one record there. The last dose is the one that completes the course.
    pub async fn upload(&self, upload: &Upload, board: &Board, last_dose: i64) -> Outcome {
        match self {
            Self::Cowin(cowin) => cowin.upload(upload).await,
            Self::Divoc(divoc) => divoc.upload(upload, board, last_dose).await,
            Self::Fhir(fhir) => fhir.upload(upload, board, last_dose).await,
        }
    }
}

/// Sends a request and reads its JSON. Nothing in the path of a record is retried here.
async fn ask(request: RequestBuilder) -> Result<Value, CallError> {
    let response = request.send().await.map_err(|error| CallError::Fault(said(&error)))?;
    let status = response.status();
    let body = response.text().await.map_err(|error| CallError::Fault(said(&error)))?;
    if status.is_success() {
        return if body.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_str(&body).map_err(|_| CallError::Fault(format!("an answer that is no JSON: {}", short(&body))))
        };
    }
    let words = words_of(&body).unwrap_or_else(|| status.to_string());
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(CallError::Fault(format!("our key is not accepted ({words})"))),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Err(CallError::Fault(words)),
        status if status.is_client_error() => Err(CallError::Refused(words)),
        // A redirection leads to a log-in or maintenance page.
        _ => Err(CallError::Fault(words)),
    }
}

/// What an error's body says: the texts that the three tongues use, or the body itself when it is short and plain.
fn words_of(body: &str) -> Option<String> {
    let Ok(json) = serde_json::from_str::<Value>(body) else {
        let plain = !body.trim().is_empty() && !body.trim_start().starts_with('<');
        return plain.then(|| short(body.trim()));
    };
    let places = ["/error", "/message", "/errors/0/message", "/issue/0/diagnostics", "/issue/0/details/text", "/params/errmsg"];
    places.iter().find_map(|place| json.pointer(place)?.as_str()).filter(|words| !words.is_empty()).map(short)
}

fn short(words: &str) -> String {
    words.chars().filter(|c| !c.is_control()).take(MOST_WORDS).collect()
}

/// An error of the connection in a few words, without the address.
fn said(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    what.to_owned()
}
