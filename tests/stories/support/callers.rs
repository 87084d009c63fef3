//! Programs that call the API, and the people they ask for.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// A person, as a program writes them.
#[derive(Debug, Clone)]
pub struct Person(pub Value);

impl Person {
    /// Somebody of 67 with a voter's card of their own and no phone.
    pub fn new(card: u32) -> Self {
        Self(json!({
            "name": "राम प्रसाद", "birth_year": 1954, "gender": "male", "id_type": "voter_id", "id_number": format!("CGR{card:07}"),
        }))
    }

    /// Under a mobile number.
    pub fn mobile(self, mobile: &str) -> Self {
        self.with("mobile", mobile)
    }

    /// Born in a year.
    pub fn born(self, year: i64) -> Self {
        self.with("birth_year", year)
    }

    /// Anything else.
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0[field] = value.into();
        self
    }
}

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub json: Value,
}

impl Answer {
    /// A text of the answer.
    pub fn text(&self, field: &str) -> &str {
        self.json[field].as_str().unwrap_or_else(|| panic!("no {field} in {self:?}"))
    }

    /// The token's number.
    pub fn number(&self) -> String {
        self.text("number").to_owned()
    }

    /// Status and code on one line: `409 no_place`, or what was done: `201 issued`.
    pub fn said(&self) -> String {
        let word = ["code", "verdict", "state"].iter().find_map(|field| self.json[field].as_str());
        format!("{} {}", self.status, word.unwrap_or("-"))
    }

    /// As `said`, and what a person is told.
    pub fn explained(&self) -> String {
        format!("{}: {}", self.said(), self.text("detail"))
    }

    /// The fields that were wrong: `name bad_name, mobile bad_mobile`.
    pub fn fields(&self) -> String {
        let mut out = String::new();
        for field in self.json["fields"].as_array().into_iter().flatten() {
            let comma = if out.is_empty() { "" } else { ", " };
            write!(out, "{comma}{} {}", field["field"].as_str().unwrap_or("-"), field["code"].as_str().unwrap_or("-")).expect("memory");
        }
        out
    }
}

/// A program with a key.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    url: String,
    secret: String,
    keys: Arc<AtomicU64>,
}

impl Caller {
    /// A program.
    pub fn new(url: &str, secret: String) -> Self {
        Self { client: Client::new(), url: url.to_owned(), secret, keys: Arc::default() }
    }

    /// The same program, calling another process.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// A key that was not used before.
    pub fn fresh(&self) -> String {
        format!("{} {}", &self.secret[6..14], self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends anything.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.bearer_auth(&self.secret).send().await.expect("an answer");
        let status = response.status().as_u16();
        let body = response.text().await.expect("a body");
        Answer { status, json: serde_json::from_str(&body).unwrap_or(Value::String(body)) }
    }

    /// A request by POST.
    pub fn request(&self, path: &str, key: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url)).header("idempotency-key", key).json(body)
    }

    async fn post(&self, path: &str, key: &str, body: Value) -> Answer {
        self.send(self.request(path, key, &body)).await
    }

    /// Issues a token.
    pub async fn issue(&self, slot: i64, person: &Person) -> Answer {
        self.issue_as(&self.fresh(), slot, person).await
    }

    /// Issues a token under a key.
    pub async fn issue_as(&self, key: &str, slot: i64, person: &Person) -> Answer {
        self.post("/api/v1/tokens", key, json!({ "slot": slot, "person": person.0 })).await
    }

    /// Issues a token to somebody who shows a card of a first dose.
    pub async fn issue_second(&self, slot: i64, person: &Person, vaccine: &str, date: &str) -> Answer {
        let earlier = json!({ "vaccine": vaccine, "date": date });
        self.post("/api/v1/tokens", &self.fresh(), json!({ "slot": slot, "person": person.0, "earlier_dose": earlier })).await
    }

    /// Reads a token.
    pub async fn token(&self, number: &str) -> Answer {
        self.send(self.client.get(format!("{}/api/v1/tokens/{number}", self.url))).await
    }

    /// Moves a token.
    pub async fn reschedule(&self, number: &str, slot: i64) -> Answer {
        self.reschedule_as(&self.fresh(), number, slot).await
    }

    /// Moves a token under a key.
    pub async fn reschedule_as(&self, key: &str, number: &str, slot: i64) -> Answer {
        self.post(&format!("/api/v1/tokens/{number}/reschedule"), key, json!({ "slot": slot })).await
    }

    /// Cancels a token.
    pub async fn cancel(&self, number: &str) -> Answer {
        self.cancel_as(&self.fresh(), number, "ill").await
    }

    /// Cancels a token under a key.
    pub async fn cancel_as(&self, key: &str, number: &str, reason: &str) -> Answer {
        self.post(&format!("/api/v1/tokens/{number}/cancel"), key, json!({ "reason": reason })).await
    }

    /// Lets the server decide about a QR code or a typed number.
    pub async fn scan(&self, token: &str) -> Answer {
        self.scan_as(&self.fresh(), token).await
    }

    /// Lets the server decide, under a key.
    pub async fn scan_as(&self, key: &str, token: &str) -> Answer {
        self.post("/api/v1/scans", key, json!({ "token": token })).await
    }

    /// Lets the server decide about several.
    pub async fn scan_batch(&self, scans: Value) -> Answer {
        self.post("/api/v1/scans/batch", "", json!({ "scans": scans })).await
    }

    /// Records the dose of a token's holder.
    pub async fn dose(&self, key: &str, token: &str, more: Value) -> Answer {
        let mut body = json!({ "token": token, "vaccine": "covishield", "batch": "4120Z001", "vaccinator": "S. Devi" });
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        self.post("/api/v1/doses", key, body).await
    }

    /// Records the dose of somebody without a token.
    pub async fn dose_of(&self, key: &str, person: &Person, more: Value) -> Answer {
        let mut more = more;
        more["person"] = person.0.clone();
        self.dose(key, "", more).await
    }

    /// Records several doses.
    pub async fn dose_batch(&self, doses: Value) -> Answer {
        self.post("/api/v1/doses/batch", "", json!({ "doses": doses })).await
    }
}
