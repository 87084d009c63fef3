//! A FHIR R4 server: one transaction bundle a dose, with the person and the immunization.
//!
//! Both carry identifiers of our own, and both are created only if none with that identifier is there: here the server itself
//! makes a repeated call harmless.

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::{Answer, Outcome, ask};
use crate::actions::answer::iso;
use crate::board::Board;
use crate::domain::campaign::Vaccine;
use crate::domain::person::Gender;
use crate::storage::upload::Upload;

/// Of our own identifiers.
const PERSON: &str = "urn:baari:person";
const DOSE: &str = "urn:baari:dose";

/// Covid-19 in SNOMED CT.
const COVID_19: &str = "840539006";

/// A FHIR server.
pub struct Fhir {
    pub(super) client: Client,
    pub(super) url: String,
    pub(super) key: String,
}

impl Fhir {
    /// Creates a person and a dose, unless they are there.
    pub async fn upload(&self, upload: &Upload, board: &Board, last_dose: i64) -> Outcome {
        let body = bundle(upload, board, last_dose).to_string();
        let request = self.client.post(&self.url).bearer_auth(&self.key).header(CONTENT_TYPE, "application/fhir+json").body(body);
        match ask(request).await {
            Ok(made) => {
                let places: Vec<_> = made["entry"].as_array().into_iter().flatten().map(|entry| &entry["response"]["location"]).collect();
                let patient = places.iter().filter_map(|place| place.as_str()).find_map(|place| place.split("Patient/").nth(1));
                let reference = patient.and_then(|rest| rest.split('/').next()).map(str::to_owned);
                Outcome { reference, answer: Answer::Accepted }
            }
            Err(error) => Outcome { reference: None, answer: error.into() },
        }
    }
}

/// The bundle of one dose.
pub fn bundle(upload: &Upload, board: &Board, last_dose: i64) -> Value {
    let (person, dose) = (upload.beneficiary_id.to_string(), upload.dose_id.to_string());
    let centre = board.centre(upload.centre_id);
    let code = match upload.vaccine {
        Vaccine::Covishield => ("210", "COVISHIELD"),
        Vaccine::Covaxin => ("502", "COVAXIN"),
    };
    let mut patient = json!({
        "resourceType": "Patient",
        "identifier": [{ "system": PERSON, "value": person }],
        "name": [{ "text": upload.name }],
        "gender": match upload.gender { Gender::Female => "female", Gender::Male => "male", Gender::Other => "other" },
        "birthDate": upload.birth_year.to_string(),
    });
    if let Some(mobile) = &upload.mobile {
        patient["telecom"] = json!([{ "system": "phone", "value": format!("+91{mobile}"), "use": "mobile" }]);
    }
    let mut immunization = json!({
        "resourceType": "Immunization",
        "identifier": [{ "system": DOSE, "value": dose }],
        "status": "completed",
        "vaccineCode": { "coding": [{ "system": "http://hl7.org/fhir/sid/cvx", "code": code.0 }], "text": code.1 },
        "patient": { "reference": format!("urn:uuid:{person}") },
        "occurrenceDateTime": upload.given_at.map_or_else(|| upload.given_on.to_string(), iso),
        "protocolApplied": [{
            "targetDisease": [{ "coding": [{ "system": "http://snomed.info/sct", "code": COVID_19 }] }],
            "doseNumberPositiveInt": upload.number,
            "seriesDosesPositiveInt": last_dose,
        }],
    });
    if let Some(at) = upload.entered_at {
        immunization["recorded"] = iso(at).into();
    }
    // FHIR has no empty texts.
    if let Some(batch) = upload.batch.as_deref().filter(|batch| !batch.is_empty()) {
        immunization["lotNumber"] = batch.into();
    }
    if let Some(name) = upload.vaccinator.as_deref().filter(|name| !name.is_empty()) {
        immunization["performer"] = json!([{ "actor": { "display": name } }]);
    }
    if let Some(centre) = centre {
        immunization["location"] = json!({ "display": centre.name_en });
    }
    let entry = |id: &str, resource: Value, system: &str| {
        let kind = resource["resourceType"].as_str().unwrap_or("").to_owned();
        json!({
            "fullUrl": format!("urn:uuid:{id}"),
            "resource": resource,
            "request": { "method": "POST", "url": kind, "ifNoneExist": format!("identifier={system}|{id}") },
        })
    };
    json!({
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [entry(&person, patient, PERSON), entry(&dose, immunization, DOSE)],
    })
}
