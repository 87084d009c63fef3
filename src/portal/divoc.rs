//! DIVOC's `certify`, version 3: an array of one record; 200 means that it was queued.
//!
//! The record's `preEnrollmentCode` is our own number for the person, and with the dose it names the certificate: sending the same once more
//! makes no second person. There is no call that asks what became of it.

use reqwest::Client;
use serde_json::{Value, json};

use super::{Answer, Outcome, ask};
use crate::actions::answer::iso;
use crate::board::Board;
use crate::domain::campaign::Vaccine;
use crate::domain::person::{Gender, IdType};
use crate::storage::upload::Upload;

/// How many days a certificate is said to hold.
const HOLDS_DAYS: i64 = 365;

/// A DIVOC installation.
pub struct Divoc {
    pub(super) client: Client,
    pub(super) url: String,
    pub(super) key: String,
}

impl Divoc {
    /// Queues one record.
    pub async fn upload(&self, upload: &Upload, board: &Board, last_dose: i64) -> Outcome {
        let reference = Some(upload.beneficiary_id.to_string());
        let request = self.client.post(format!("{}/v3/certify", self.url)).bearer_auth(&self.key);
        match ask(request.json(&json!([body(upload, board, last_dose)]))).await {
            Ok(_) => Outcome { reference, answer: Answer::Accepted },
            Err(error) => Outcome { reference: None, answer: error.into() },
        }
    }
}

/// One record as `certify` takes it.
pub fn body(upload: &Upload, board: &Board, last_dose: i64) -> Value {
    let centre = board.centre(upload.centre_id);
    let district = centre.and_then(|centre| board.district(centre.district_id)).map_or("", |district| &district.name_en);
    let pin = centre.and_then(|centre| centre.pin_code.parse::<i64>().ok()).unwrap_or(0);
    let address = |line: &str| json!({ "addressLine1": line, "addressLine2": "", "district": district, "state": "", "pincode": pin });
    let identity = match &upload.id {
        Some((kind, end)) => format!("did:{}:XXXXXXXX{end}", scheme(*kind)),
        None => format!("did:in.baari:{}", upload.beneficiary_id),
    };
    let contact: Vec<_> = upload.mobile.iter().map(|mobile| format!("tel:{mobile}")).collect();
    let given_at = upload.given_at.unwrap_or_else(|| upload.given_on.start());
    let (name, manufacturer) = match upload.vaccine {
        Vaccine::Covishield => ("COVISHIELD", "Serum Institute of India"),
        Vaccine::Covaxin => ("COVAXIN", "Bharat Biotech"),
    };
    json!({
        "preEnrollmentCode": upload.beneficiary_id,
        "programId": "",
        "recipient": {
            "name": upload.name,
            "age": (upload.given_on.year() - upload.birth_year).to_string(),
            "gender": match upload.gender { Gender::Female => "Female", Gender::Male => "Male", Gender::Other => "Other" },
            "nationality": "Indian",
            "identity": identity,
            "contact": contact,
            "address": address(""),
        },
        "vaccination": {
            "name": name,
            "batch": upload.batch.as_deref().unwrap_or(""),
            "manufacturer": manufacturer,
            "date": iso(given_at),
            "effectiveStart": upload.given_on,
            "effectiveUntil": upload.given_on.plus(HOLDS_DAYS),
            "dose": upload.number,
            "totalDoses": last_dose,
        },
        "facility": { "name": centre.map_or("", |centre| &centre.name_en), "address": address(centre.map_or("", |centre| &centre.address_en)) },
        "vaccinator": { "name": upload.vaccinator.as_deref().unwrap_or("") },
    })
}

/// Who gave the card.
fn scheme(kind: IdType) -> &'static str {
    match kind {
        IdType::Aadhaar => "in.gov.uidai.aadhaar",
        IdType::VoterId => "in.gov.eci.epic",
        IdType::Passport => "Passport",
        IdType::DrivingLicence => "in.gov.parivahan.licence",
        IdType::Pan => "in.gov.incometax.pan",
        IdType::NprCard => "in.gov.npr",
        IdType::Pension => "in.gov.pension",
        IdType::Disability => "in.gov.udid",
        IdType::Ration => "in.gov.ration",
    }
}
