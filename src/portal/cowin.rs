//! CoWIN's vaccinator API: one record a call, dates only, and no key by which a repeated call would be recognised.
//!
//! Therefore a record whose call may have been made before is looked up first, and a dose that stands there is a success.

use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Answer, CallError, Outcome, ask};
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Day;
use crate::domain::person::{Gender, IdType, Mobile};
use crate::storage::upload::Upload;

/// The portal of 2021.
pub struct Cowin {
    pub(super) client: Client,
    pub(super) url: String,
    pub(super) key: String,
}

/// Somebody as the portal knows them. Of the mobile number it tells the last four digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the names are the portal's")]
pub struct Beneficiary {
    #[serde(deserialize_with = "digits")]
    pub beneficiary_reference_id: String,
    pub name: String,
    #[serde(deserialize_with = "digits")]
    pub birth_year: String,
    #[serde(default)]
    pub gender: String,
    #[serde(default, deserialize_with = "digits")]
    pub mobile_number: String,
    #[serde(default)]
    pub vaccination_status: String,
    #[serde(default)]
    pub vaccine: String,
    #[serde(default)]
    pub dose1_date: Option<String>,
    #[serde(default)]
    pub dose2_date: Option<String>,
}

/// Numbers come as numbers and as texts.
fn digits<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

impl Beneficiary {
    /// The day of a dose, when the portal has it.
    pub fn dose(&self, number: i64) -> Option<Day> {
        let text = if number == 1 { &self.dose1_date } else { &self.dose2_date };
        text.as_deref().and_then(|text| text.parse().ok())
    }

    /// Whether this is somebody: name and birth year are all that can be compared.
    pub fn is_named(&self, name: &str, birth_year: i64) -> bool {
        let plain = |name: &str| name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
        plain(&self.name) == plain(name) && self.birth_year == birth_year.to_string()
    }
}

impl Cowin {
    /// Gets one record there: who is it, do they have the dose, write it.
    pub async fn upload(&self, upload: &Upload) -> Outcome {
        let mut reference = upload.reference.clone();
        let answer = self.write(upload, &mut reference).await.unwrap_or_else(Answer::from);
        Outcome { reference, answer }
    }

    async fn write(&self, upload: &Upload, reference: &mut Option<String>) -> Result<Answer, CallError> {
        let Some(mobile) = &upload.mobile else {
            return Ok(Answer::Unfit(super::NO_MOBILE.into()));
        };
        let known = match reference.as_deref() {
            // We registered this person, and nobody has tried this dose yet: there is nothing to look for.
            Some(_) if !upload.unsure => None,
            Some(reference) => self.by_reference(reference).await?,
            None => self.by_mobile(mobile).await?.into_iter().find(|known| known.is_named(upload.name.as_str(), upload.birth_year)),
        };
        if let Some(known) = &known {
            *reference = Some(known.beneficiary_reference_id.clone());
            if let Some(answer) = stands(known, upload) {
                return Ok(answer);
            }
        }
        let number = if let Some(number) = reference.clone() { number } else { self.register(upload, mobile).await? };
        *reference = Some(number.clone());
        let first_day = upload.first_day.or_else(|| known.as_ref().and_then(|known| known.dose(1)));
        match self.vaccinate(upload, &number, first_day).await {
            Ok(()) => Ok(Answer::Accepted),
            // It may be there all the same: written by a call whose answer was lost, or by another office.
            Err(CallError::Refused(words)) => {
                let known = self.by_reference(&number).await?;
                Ok(known.and_then(|known| stands(&known, upload)).unwrap_or(Answer::Refused(words)))
            }
            Err(fault) => Err(fault),
        }
    }

    /// The people under a mobile number.
    pub async fn by_mobile(&self, mobile: &Mobile) -> Result<Vec<Beneficiary>, CallError> {
        self.find("findByMobile", "mobile_number", &mobile.to_string()).await
    }

    /// One person by the portal's number.
    pub async fn by_reference(&self, reference: &str) -> Result<Option<Beneficiary>, CallError> {
        Ok(self.find("findByReferenceId", "beneficiary_reference_id", reference).await?.into_iter().next())
    }

    async fn find(&self, what: &str, name: &str, value: &str) -> Result<Vec<Beneficiary>, CallError> {
        let request = self.client.get(self.address(what)).query(&[(name, value)]);
        let found = match self.ask(request).await {
            // Nobody is a refusal to this portal.
            Err(CallError::Refused(_)) => return Ok(Vec::new()),
            found => found?,
        };
        let rows = match found {
            Value::Array(rows) => rows,
            Value::Object(mut fields) => match fields.remove("beneficiaries") {
                Some(Value::Array(rows)) => rows,
                Some(_) => Vec::new(),
                None => vec![Value::Object(fields)],
            },
            _ => Vec::new(),
        };
        let read = rows.into_iter().map(serde_json::from_value).collect::<Result<_, _>>();
        read.map_err(|error| CallError::Unreadable(format!("an answer that cannot be read: {error}")))
    }

    async fn register(&self, upload: &Upload, mobile: &Mobile) -> Result<String, CallError> {
        let (kind, end) = upload.id.clone().unwrap_or((IdType::Aadhaar, String::new()));
        let body = json!({
            "name": upload.name,
            "birth_year": upload.birth_year.to_string(),
            "gender_id": gender_id(upload.gender),
            "mobile_number": mobile,
            "photo_id_type": photo_id_type(kind),
            "photo_id_number": format!("XXXXXXXX{end}"),
            "consent_version": "1",
        });
        let made = self.ask(self.client.post(self.address("new")).json(&body)).await?;
        let number = match &made["beneficiary_reference_id"] {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        number.ok_or_else(|| CallError::Fault("a registration that was answered without a reference".into()))
    }

    async fn vaccinate(&self, upload: &Upload, reference: &str, first_day: Option<Day>) -> Result<(), CallError> {
        let mut body = Map::new();
        let centre = upload.portal_centre.clone().unwrap_or_else(|| upload.centre_id.to_string());
        body.insert("beneficiary_reference_id".into(), reference.into());
        body.insert("center_id".into(), centre.parse::<i64>().map_or_else(|_| Value::from(centre), Value::from));
        body.insert("vaccine".into(), vaccine(upload.vaccine).into());
        body.insert("vaccine_batch".into(), upload.batch.as_deref().unwrap_or("").into());
        body.insert("dose".into(), upload.number.into());
        let days = if upload.number == 1 {
            [("dose1_date", Some(upload.given_on)), ("dose2_date", None)]
        } else {
            [("dose1_date", first_day), ("dose2_date", Some(upload.given_on))]
        };
        for (name, day) in days {
            if let Some(day) = day {
                body.insert(name.into(), date(day).into());
            }
        }
        body.insert("vaccinator_name".into(), upload.vaccinator.as_deref().unwrap_or("").into());
        self.ask(self.client.post(self.address("vaccinate")).json(&body)).await.map(drop)
    }

    fn address(&self, what: &str) -> String {
        format!("{}/v2/vaccinator/beneficiaries/{what}", self.url)
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Value, CallError> {
        ask(request.header("x-api-key", &self.key)).await
    }
}

/// What follows from a dose that stands on the portal already; nothing: it does not.
fn stands(known: &Beneficiary, upload: &Upload) -> Option<Answer> {
    let day = known.dose(upload.number)?;
    let same = day == upload.given_on && (known.vaccine.is_empty() || known.vaccine.eq_ignore_ascii_case(vaccine(upload.vaccine)));
    Some(if same {
        Answer::Accepted
    } else {
        Answer::Refused(format!("the portal has dose {} of {} on {} already", upload.number, known.vaccine, date(day)))
    })
}

/// `30-03-2021`
pub(super) fn date(day: Day) -> String {
    day.0.format("%d-%m-%Y").to_string()
}

fn vaccine(vaccine: Vaccine) -> &'static str {
    match vaccine {
        Vaccine::Covishield => "COVISHIELD",
        Vaccine::Covaxin => "COVAXIN",
    }
}

fn gender_id(gender: Gender) -> i64 {
    match gender {
        Gender::Male => 1,
        Gender::Female => 2,
        Gender::Other => 3,
    }
}

/// The portal's own list of photo IDs.
fn photo_id_type(kind: IdType) -> i64 {
    match kind {
        IdType::Aadhaar => 1,
        IdType::DrivingLicence => 2,
        IdType::Pan => 6,
        IdType::Passport => 8,
        IdType::Pension => 9,
        IdType::NprCard => 10,
        IdType::VoterId => 12,
        IdType::Disability => 13,
        IdType::Ration => 14,
    }
}
