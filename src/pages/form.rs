//! Reading what was typed: text becomes domain values at the door, and every wrong field is named.

use std::str::FromStr;

use crate::actions::issue_tokens::Details;
use crate::core::Core;
use crate::domain::care::{MobileOf, Needs};
use crate::domain::moment::{Moment, parse_minute};
use crate::domain::number::TokenNumber;
use crate::domain::person::{BadIdNumber, Category, Gender, IdNumber, IdType, Locality, Mobile, Name, digit};
use crate::error::{Fault, FieldFault};
use crate::i18n::{Lang, Tongue};

/// A person's details as they were typed.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct TypedPerson {
    pub mobile: String,
    pub name: String,
    pub age: String,
    pub gender: String,
    pub category: String,
    pub certificate: Option<String>,
    pub mobile_of: String,
    pub language: String,
    pub needs: String,
    pub locality: String,
    pub id_type: String,
    pub id_number: String,
}

impl TypedPerson {
    /// The details, or every field that is wrong.
    pub fn read(&self, core: &Core) -> Result<Details, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mobile = keep(&mut faults, "mobile", mobile(&self.mobile));
        let name = keep(&mut faults, "name", required(&self.name).and_then(|text| text.parse::<Name>().map_err(|_| Fault::Name)));
        let birth_year = keep(&mut faults, "age", required(&self.age).and_then(|text| birth_year(text, core.clock.now())));
        let gender = keep(&mut faults, "gender", required(&self.gender).and_then(|text| text.parse::<Gender>().map_err(|_| Fault::Choice)));
        let category = choice(&mut faults, "category", &self.category, Category::Citizen);
        let mobile_of = choice(&mut faults, "mobile_of", &self.mobile_of, MobileOf::Own);
        let language = keep(&mut faults, "language", tongue(core, &self.language));
        let needs = choice(&mut faults, "needs", &self.needs, Needs::default());
        let locality = keep(&mut faults, "locality", locality(&self.locality));
        let kind = keep(&mut faults, "id_type", required(&self.id_type).and_then(|text| text.parse::<IdType>().map_err(|_| Fault::Choice)));
        let id = kind.and_then(|kind| keep(&mut faults, "id_number", required(&self.id_number).and_then(|text| id_number(kind, text))));
        match (mobile.zip(mobile_of), name.zip(locality), birth_year, gender, category, language.zip(needs), id) {
            (
                Some((mobile, mobile_of)),
                Some((name, locality)),
                Some(birth_year),
                Some(gender),
                Some(category),
                Some((language, needs)),
                Some(id),
            ) => Ok(Details {
                mobile,
                mobile_of,
                name,
                birth_year,
                gender,
                category,
                certificate: self.certificate.is_some(),
                language,
                needs,
                locality,
                id_hash: core.keys().hash_id(&id),
                id_type: id.kind(),
                id_end: id.end().to_owned(),
            }),
            _ => Err(faults),
        }
    }
}

/// What was read; what is wrong with it goes to the faults.
pub fn keep<T>(faults: &mut Vec<FieldFault>, field: &'static str, read: Result<T, Fault>) -> Option<T> {
    read.map_err(|fault| faults.push((field, fault))).ok()
}

/// One of some words; an empty field means what is usual.
pub fn choice<T: FromStr>(faults: &mut Vec<FieldFault>, field: &'static str, text: &str, usual: T) -> Option<T> {
    if text.is_empty() { Some(usual) } else { keep(faults, field, text.parse().map_err(|_| Fault::Choice)) }
}

/// In which language somebody wants to be told: one of the two, or a third one that some district has.
pub fn tongue(core: &Core, text: &str) -> Result<Tongue, Fault> {
    if text.is_empty() {
        return Ok(Lang::Hi.into());
    }
    let is_there = |code| core.board().field.thirds.iter().any(|third| third.language.code == code);
    let known = |tongue: &Tongue| matches!(tongue, Tongue::Screen(_)) || matches!(tongue, Tongue::Third(code) if is_there(*code));
    text.parse().ok().filter(known).ok_or(Fault::Choice)
}

/// A field that must not be empty.
pub fn required(text: &str) -> Result<&str, Fault> {
    let text = text.trim();
    if text.is_empty() { Err(Fault::Missing) } else { Ok(text) }
}

/// A mobile number, or none.
pub fn mobile(text: &str) -> Result<Option<Mobile>, Fault> {
    if text.trim().is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| Fault::Mobile) }
}

/// Where somebody lives, or nothing.
pub fn locality(text: &str) -> Result<Option<Locality>, Fault> {
    if text.trim().is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| Fault::Locality) }
}

/// An age in years, or a birth year; of a whole date, day first, its year.
pub fn birth_year(text: &str, now: Moment) -> Result<i64, Fault> {
    let text = text.trim();
    let dated = text.rsplit_once(['/', '-', '.']).map(|(_, year)| year).filter(|year| year.chars().count() == 4);
    let digits: Option<Vec<u8>> = dated.unwrap_or(text).chars().map(digit).collect();
    let digits = digits.filter(|digits| (1..=4).contains(&digits.len())).ok_or(Fault::BirthYear)?;
    let value = digits.into_iter().fold(0, |value, digit| value * 10 + i64::from(digit));
    let this_year = now.day().year();
    match value {
        1..=120 => Ok(this_year - value),
        1900.. if value <= this_year => Ok(value),
        _ => Err(Fault::BirthYear),
    }
}

/// The number of a photo ID.
pub fn id_number(kind: IdType, text: &str) -> Result<IdNumber, Fault> {
    IdNumber::parse(kind, text).map_err(|error| match error {
        BadIdNumber::Form => Fault::IdForm,
        BadIdNumber::CheckDigit => Fault::IdCheckDigit,
    })
}

/// A time of day, in minutes since midnight.
pub fn minute_of_day(text: &str) -> Result<u32, Fault> {
    parse_minute(required(text)?).ok_or(Fault::Time)
}

/// A token's number.
pub fn token_number(text: &str) -> Result<TokenNumber, Fault> {
    Ok(required(text)?.parse()?)
}
