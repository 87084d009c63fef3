//! A dose as it is written on a form, in a request or in a row of a file.

use super::form::{required, token_number};
use crate::actions::Actor;
use crate::actions::command::CommandId;
use crate::actions::issue_tokens::Details;
use crate::actions::record_doses::{AHEAD, Lookalikes, Proof, RecordDose, Way, Whom};
use crate::core::Core;
use crate::domain::campaign::Vaccine;
use crate::domain::moment::{Day, Moment, parse_minute};
use crate::error::{Fault, FieldFault};
use crate::ids::{CentreId, VialId};

/// The longest batch number.
pub const MOST_BATCH: usize = 40;
/// The longest name of a vaccinator.
const MOST_NAME: usize = 60;

/// A dose as it was typed.
#[derive(Debug, Clone, Default, Hash, serde::Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct TypedDose {
    pub token: String,
    pub dose: String,
    pub vaccine: String,
    pub batch: String,
    pub vial: String,
    pub vaccinator: String,
    pub date: String,
    pub time: String,
    pub code: String,
    pub no_code: String,
    pub despite: Option<String>,
    /// Empty, `others`, or the person on record whom this is.
    pub lookalike: String,
}

/// Where a record comes from, and under which id.
pub struct Source {
    /// Who sends it.
    pub actor: Actor,
    /// Where the dose was given.
    pub centre: CentreId,
    /// The key that makes a retry harmless, and whose key it is.
    pub key: (String, String),
    /// How it comes in.
    pub way: Way,
}

impl TypedDose {
    /// The command, or every field that is wrong. A person is given where there is no token.
    pub fn read(&self, core: &Core, person: Option<Result<Details, Vec<FieldFault>>>, from: Source) -> Result<RecordDose, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let now = core.clock.now();
        let has_token = person.is_none();
        let whom = match person {
            None => token_number(&self.token).map(Whom::Token).map_err(|fault| faults.push(("token", fault))).ok(),
            Some(Ok(details)) => Some(Whom::Person(Box::new(details))),
            Some(Err(wrong)) => {
                faults.extend(wrong);
                None
            }
        };
        let jab = self.right(core, now).map_err(|wrong| faults.extend(wrong)).ok();
        let mut keep = |field: &'static str, fault: Fault| faults.push((field, fault));
        let number = match self.dose.trim() {
            "" => None,
            text => match text.parse() {
                Ok(number) if (1..=core.campaign.last_dose).contains(&number) => Some(number),
                _ => {
                    keep("dose", Fault::Choice);
                    None
                }
            },
        };
        let proof = match (has_token, self.code.trim(), self.no_code.as_str()) {
            (false, ..) => Some(Proof::Without(crate::domain::dose::NoCode::NoToken)),
            (_, "", reason) => reason.parse().map(Proof::Without).map_err(|_| keep("code", Fault::Code)).ok(),
            (_, code, _) => four_digits(code).map(Proof::Code).map_err(|fault| keep("code", fault)).ok(),
        };
        let lookalike = match self.lookalike.as_str() {
            "" => Some(Lookalikes::Unseen),
            "others" => Some(Lookalikes::Others),
            id => id.parse().map(Lookalikes::Is).map_err(|_| keep("lookalike", Fault::Choice)).ok(),
        };
        let vial = self.vial.parse::<VialId>().ok();
        match (whom, jab, proof, lookalike) {
            (Some(whom), Some((vaccine, batch, vaccinator, given_at)), Some(proof), Some(lookalike)) if faults.is_empty() => {
                let Source { actor, centre, key: (whose, key), way } = from;
                let despite = self.despite.is_some();
                // What is fingerprinted holds the ID's keyed hash, not the ID; and the time as it was typed, since what was left out is now.
                let when = (&self.date, &self.time);
                let body = format!("{:?}", (centre, &whom, lookalike, number, vaccine, &batch, &vaccinator, when, &proof, despite));
                let command = CommandId::new(&whose, &key, body);
                Ok(RecordDose {
                    command,
                    actor,
                    centre,
                    whom,
                    lookalike,
                    number,
                    vaccine,
                    batch,
                    vial,
                    vaccinator,
                    given_at,
                    proof,
                    despite,
                    way,
                    keyed_at: None,
                })
            }
            _ => Err(faults),
        }
    }

    /// What was given, by whom and when: or every field of that which is wrong.
    pub fn right(&self, core: &Core, now: Moment) -> Result<(Vaccine, String, String, Moment), Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut keep = |field: &'static str, fault: Fault| faults.push((field, fault));
        let vaccine = required(&self.vaccine).and_then(|text| text.parse().map_err(|_| Fault::Choice));
        let vaccine = vaccine.map_err(|fault| keep("vaccine", fault)).ok();
        let batch = line(&self.batch.to_uppercase(), MOST_BATCH).map_err(|fault| keep("batch", fault)).ok();
        let vaccinator = line(&self.vaccinator, MOST_NAME).map_err(|fault| keep("vaccinator", fault)).ok();
        let begun = |at: &Moment| core.campaign.begins().is_none_or(|first| at.day() >= first);
        let given_at = self.given_at(now).and_then(|at| if begun(&at) { Ok(at) } else { Err(("date", Fault::BeforeCampaign)) });
        let given_at = given_at.map_err(|(field, fault)| keep(field, fault)).ok();
        match (vaccine, batch, vaccinator, given_at) {
            (Some(vaccine), Some(batch), Some(vaccinator), Some(given_at)) => Ok((vaccine, batch, vaccinator, given_at)),
            _ => Err(faults),
        }
    }

    /// The time of the jab; what is left out is now.
    fn given_at(&self, now: Moment) -> Result<Moment, FieldFault> {
        let day = match self.date.trim() {
            "" => now.day(),
            text => text.parse::<Day>().map_err(|_| ("date", Fault::Day))?,
        };
        match self.time.trim() {
            "" if day == now.day() => Ok(now),
            "" => Err(("time", Fault::Missing)),
            text => parse_minute(text).map(|minute| day.at_minute(minute)).ok_or(("time", Fault::Time)),
        }
        .and_then(|at| if at > now + AHEAD { Err((if day > now.day() { "date" } else { "time" }, Fault::NotYet)) } else { Ok(at) })
    }
}

/// One line of text with single spaces.
pub fn line(text: &str, most: usize) -> Result<String, Fault> {
    let text = required(text)?.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > most { Err(Fault::TooLong) } else { Ok(text) }
}

/// A secret code, in either script's digits.
pub fn four_digits(text: &str) -> Result<String, Fault> {
    let digits: Option<String> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| crate::domain::person::digit(c).map(|value| char::from(b'0' + value)))
        .collect();
    digits.filter(|digits| digits.len() == 4).ok_or(Fault::Code)
}
