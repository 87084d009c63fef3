//! A stand-in for CoWIN's vaccinator API, as faithful as the published clients show it: the same fields, one record a call, dates
//! only, and no key that would make a repeated call harmless. It forgets everything when it ends.
//!
//! `POST /test/switches` makes it slow, takes it down, loses answers after it has written, leaves records half-written or refuses
//! names; `GET /test/holds` shows what it holds and how often each dose was written, `GET /test/calls` counts. For tests, the demo and measuring.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::domain::moment::Day;

/// How many people a mobile number may stand for.
const PEOPLE_PER_MOBILE: usize = 4;

/// The least number of days between two doses.
const INTERVAL_DAYS: i64 = 28;

/// What can be set to go wrong.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Switches {
    /// Answers 503 to everything.
    pub down: bool,
    /// Takes calls and never answers.
    pub hangs: bool,
    /// Milliseconds that every call takes.
    pub slow_ms: u64,
    /// Every so many writes it writes, and the answer is lost.
    pub lose_every: u64,
    /// Every so many doses it notes the status and not the date, and answers 500.
    pub half_every: u64,
    /// Refuses people whose name contains this.
    pub refuse_name: String,
    /// Whoever is told of somebody whose name contains this cannot read it.
    pub garble_name: String,
}

/// Somebody as the portal holds them.
#[derive(Debug, Clone, Default, Serialize)]
struct Held {
    beneficiary_reference_id: String,
    name: String,
    birth_year: String,
    gender: String,
    /// All of it; only the last four digits are told.
    mobile_number: String,
    photo_id_type: i64,
    photo_id_number: String,
    vaccination_status: &'static str,
    vaccine: String,
    dose1_date: Option<String>,
    dose2_date: Option<String>,
    /// How often each dose was written.
    writes: [u32; 2],
    center_id: Value,
}

#[derive(Debug, Default)]
struct Inside {
    held: BTreeMap<String, Held>,
    by_mobile: BTreeMap<String, Vec<String>>,
    registered: u64,
    switches: Switches,
    calls: u64,
    writes: u64,
    doses: u64,
    under_way: u64,
    most_at_once: u64,
}

/// The stand-in.
#[derive(Debug, Clone, Default)]
pub struct TestServer {
    inside: Arc<Mutex<Inside>>,
    key: String,
}

impl TestServer {
    /// An empty portal that knows one key.
    pub fn new(key: &str) -> Self {
        Self { inside: Arc::default(), key: key.to_owned() }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the switches.
    pub fn switch(&self, switches: Switches) {
        self.inside().switches = switches;
    }

    /// The switches as they stand.
    pub fn switches(&self) -> Switches {
        self.inside().switches.clone()
    }

    /// Forgets people whose name contains this, as if somebody had deleted them there.
    pub fn forget(&self, name: &str) {
        let mut inside = self.inside();
        inside.held.retain(|_, held| !held.name.contains(name));
        let Inside { held, by_mobile, .. } = &mut *inside;
        for family in by_mobile.values_mut() {
            family.retain(|number| held.contains_key(number));
        }
    }

    /// Serves until it is dropped.
    pub async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        let api = Router::new()
            .route("/v2/vaccinator/beneficiaries/new", post(register))
            .route("/v2/vaccinator/beneficiaries/findByMobile", get(find))
            .route("/v2/vaccinator/beneficiaries/findByReferenceId", get(find))
            .route("/v2/vaccinator/beneficiaries/vaccinate", post(vaccinate))
            .layer(from_fn_with_state(self.clone(), trouble));
        let own = Router::new()
            .route("/test/switches", get(show_switches).post(set_switches))
            .route("/test/holds", get(holds))
            .route("/test/calls", get(calls));
        axum::serve(listener, api.merge(own).with_state(self)).await
    }
}

/// What the portal says when it says no.
struct No(StatusCode, &'static str, String);

impl IntoResponse for No {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "errorCode": self.1, "error": self.2 }))).into_response()
    }
}

fn refuse(code: &'static str, words: impl Into<String>) -> No {
    No(StatusCode::BAD_REQUEST, code, words.into())
}

/// Everything that may be wrong with a call before and after it does its work.
async fn trouble(State(portal): State<TestServer>, request: Request, next: Next) -> Response {
    let switches = {
        let mut inside = portal.inside();
        inside.calls += 1;
        inside.under_way += 1;
        inside.most_at_once = inside.most_at_once.max(inside.under_way);
        inside.switches.clone()
    };
    let _under_way = UnderWay(&portal);
    if switches.hangs {
        std::future::pending::<()>().await;
    }
    if switches.down {
        return (StatusCode::SERVICE_UNAVAILABLE, "<html><body>Service Unavailable</body></html>").into_response();
    }
    tokio::time::sleep(Duration::from_millis(switches.slow_ms)).await;
    if request.headers().get("x-api-key").and_then(|key| key.to_str().ok()) != Some(&portal.key) {
        return No(StatusCode::UNAUTHORIZED, "USRAUT0001", "Unauthenticated access!".into()).into_response();
    }
    let writes = request.method() == axum::http::Method::POST;
    let response = next.run(request).await;
    if writes && response.status().is_success() {
        let lost = {
            let mut inside = portal.inside();
            inside.writes += 1;
            switches.lose_every > 0 && inside.writes.is_multiple_of(switches.lose_every)
        };
        if lost {
            // The connection breaks in the middle of the answer.
            let broken = futures_util::stream::once(async { Err::<axum::body::Bytes, _>(std::io::Error::other("lost")) });
            return Body::from_stream(broken).into_response();
        }
    }
    response
}

/// A call that somebody gave up is over, too.
struct UnderWay<'a>(&'a TestServer);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.inside().under_way -= 1;
    }
}

#[derive(Deserialize)]
struct New {
    name: String,
    birth_year: String,
    gender_id: i64,
    mobile_number: String,
    photo_id_type: i64,
    photo_id_number: String,
    consent_version: String,
}

/// Registers somebody. The same person twice is two people: that is what makes a lost answer dangerous.
async fn register(State(portal): State<TestServer>, Json(new): Json<New>) -> Result<Json<Value>, No> {
    let year: i64 = new.birth_year.parse().map_err(|_| refuse("APPOIN0018", "Invalid birth year"))?;
    if !(1900..=2021).contains(&year) {
        return Err(refuse("APPOIN0018", "Invalid birth year"));
    }
    if !(new.mobile_number.len() == 10 && new.mobile_number.starts_with(['6', '7', '8', '9'])) {
        return Err(refuse("APPOIN0019", "Invalid mobile number"));
    }
    if new.consent_version != "1" || new.photo_id_number.trim_start_matches('X').is_empty() || !(1..=14).contains(&new.photo_id_type) {
        return Err(refuse("APPOIN0020", "Invalid photo ID"));
    }
    let gender = match new.gender_id {
        1 => "Male",
        2 => "Female",
        3 => "Others",
        _ => return Err(refuse("APPOIN0021", "Invalid gender")),
    };
    let mut inside = portal.inside();
    if !inside.switches.refuse_name.is_empty() && new.name.contains(&inside.switches.refuse_name) {
        return Err(refuse("APPOIN0022", "Name does not match the photo ID"));
    }
    let number = format!("{:014}", 31_624_000_000_000_u64 + inside.registered);
    inside.registered += 1;
    let family = inside.by_mobile.entry(new.mobile_number.clone()).or_default();
    if family.len() >= PEOPLE_PER_MOBILE {
        return Err(refuse("APPOIN0023", "Maximum beneficiaries registered with this mobile number"));
    }
    family.push(number.clone());
    let held = Held {
        beneficiary_reference_id: number.clone(),
        name: new.name,
        birth_year: new.birth_year,
        gender: gender.into(),
        mobile_number: new.mobile_number,
        photo_id_type: new.photo_id_type,
        photo_id_number: new.photo_id_number,
        vaccination_status: "Not Vaccinated",
        ..Held::default()
    };
    inside.held.insert(number.clone(), held);
    Ok(Json(json!({ "beneficiary_reference_id": number })))
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Find {
    mobile_number: String,
    beneficiary_reference_id: String,
}

async fn find(State(portal): State<TestServer>, Query(asked): Query<Find>) -> Result<Json<Value>, No> {
    let inside = portal.inside();
    let numbers = match inside.by_mobile.get(&asked.mobile_number) {
        Some(family) => family.clone(),
        None => vec![asked.beneficiary_reference_id],
    };
    let garble = &inside.switches.garble_name;
    let told: Vec<_> = numbers.iter().filter_map(|number| inside.held.get(number)).map(|held| told(held, garble)).collect();
    if told.is_empty() {
        return Err(refuse("APPOIN0001", "Beneficiary not found"));
    }
    Ok(Json(json!({ "beneficiaries": told })))
}

fn told(held: &Held, garble: &str) -> Value {
    let garbled = !garble.is_empty() && held.name.contains(garble);
    json!({
        "beneficiary_reference_id": held.beneficiary_reference_id,
        "name": if garbled { Value::Null } else { held.name.clone().into() },
        "birth_year": held.birth_year,
        "gender": held.gender,
        "mobile_number": held.mobile_number.get(6..),
        "photo_id_type": held.photo_id_type,
        "vaccination_status": held.vaccination_status,
        "vaccine": held.vaccine,
        "dose1_date": held.dose1_date.as_deref().unwrap_or(""),
        "dose2_date": held.dose2_date.as_deref().unwrap_or(""),
    })
}

#[derive(Deserialize)]
struct Vaccinate {
    beneficiary_reference_id: String,
    center_id: Value,
    vaccine: String,
    vaccine_batch: String,
    dose: i64,
    dose1_date: Option<String>,
    dose2_date: Option<String>,
    vaccinator_name: String,
}

/// Notes a dose, by the rules of 2021.
async fn vaccinate(State(portal): State<TestServer>, Json(asked): Json<Vaccinate>) -> Result<Json<Value>, No> {
    let day = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Day>().ok());
    if asked.vaccine_batch.is_empty() || asked.vaccinator_name.is_empty() || asked.center_id.is_null() {
        return Err(refuse("APPOIN0030", "Mandatory fields missing"));
    }
    let mut inside = portal.inside();
    let half_every = inside.switches.half_every;
    let held = inside.held.get(&asked.beneficiary_reference_id).ok_or_else(|| refuse("APPOIN0001", "Beneficiary not found"))?;
    let first = held.dose1_date.as_deref().and_then(|text| text.parse::<Day>().ok());
    match asked.dose {
        1 if held.dose1_date.is_some() => return Err(refuse("APPOIN0031", "Beneficiary already vaccinated with dose 1")),
        1 if day(&asked.dose1_date).is_none() => return Err(refuse("APPOIN0032", "Invalid dose date")),
        2 if held.dose2_date.is_some() => return Err(refuse("APPOIN0031", "Beneficiary already vaccinated with dose 2")),
        2 => {
            // Dose 1 may have been given where nothing was keyed in; then its date is believed.
            let first = first.or(day(&asked.dose1_date)).ok_or_else(|| refuse("APPOIN0033", "Dose 1 not recorded"))?;
            let second = day(&asked.dose2_date).ok_or_else(|| refuse("APPOIN0032", "Invalid dose date"))?;
            if second < first.plus(INTERVAL_DAYS) {
                return Err(refuse("APPOIN0034", "Minimum interval between doses not completed"));
            }
            if !held.vaccine.is_empty() && held.vaccine != asked.vaccine {
                return Err(refuse("APPOIN0035", "Vaccine differs from dose 1"));
            }
        }
        1 => {}
        _ => return Err(refuse("APPOIN0036", "Invalid dose")),
    }
    inside.doses += 1;
    let half = half_every > 0 && inside.doses.is_multiple_of(half_every);
    let held = inside.held.get_mut(&asked.beneficiary_reference_id).ok_or_else(|| refuse("APPOIN0001", "Beneficiary not found"))?;
    held.vaccination_status = if asked.dose == 1 { "Partially Vaccinated" } else { "Vaccinated" };
    if half {
        return Err(No(StatusCode::INTERNAL_SERVER_ERROR, "APPOIN0099", "Internal error".into()));
    }
    held.vaccine = asked.vaccine;
    held.center_id = asked.center_id;
    held.writes[usize::from(asked.dose == 2)] += 1;
    if asked.dose == 1 {
        held.dose1_date = asked.dose1_date;
    } else {
        held.dose1_date = held.dose1_date.take().or(asked.dose1_date);
        held.dose2_date = asked.dose2_date;
    }
    Ok(Json(json!({ "status": "success" })))
}

async fn show_switches(State(portal): State<TestServer>) -> Json<Switches> {
    Json(portal.switches())
}

async fn set_switches(State(portal): State<TestServer>, Json(switches): Json<Switches>) -> Json<Switches> {
    portal.switch(switches);
    Json(portal.switches())
}

async fn calls(State(portal): State<TestServer>) -> Json<Value> {
    Json(json!({ "calls": portal.inside().calls }))
}

async fn holds(State(portal): State<TestServer>) -> Json<Value> {
    let inside = portal.inside();
    let all: Vec<_> = inside.held.values().collect();
    Json(json!({ "calls": inside.calls, "most_at_once": inside.most_at_once, "beneficiaries": all }))
}
