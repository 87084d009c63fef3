//! What was typed at the counter.

use std::collections::BTreeMap;

use crate::actions::command::CommandId;
use crate::actions::issue_tokens::{Care, Details, IssueToken, Person, Seen};
use crate::actions::log_in::User;
use crate::actions::look_up::person;
use crate::app::App;
use crate::domain::campaign::Vaccine;
use crate::domain::care::Need;
use crate::domain::moment::Day;
use crate::error::{Fault, FieldFault, Result};
use crate::ids::{BeneficiaryId, SlotId};
use crate::pages::form::{TypedPerson, mobile, tongue};

/// What was typed at the counter: of one person, and of those of the family before them.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Typed {
    /// Somebody on record, picked from the list; empty: a new person.
    pub person: String,
    pub mobile: String,
    pub mobile_of: String,
    pub name: String,
    pub age: String,
    pub gender: String,
    pub category: String,
    pub certificate: Option<String>,
    pub language: String,
    /// Of whom on record the help and the language stand in the form; what is changed then, is changed on record.
    pub cared: String,
    pub locality: String,
    pub id_type: String,
    pub id_number: String,
    pub earlier_vaccine: String,
    pub earlier_date: String,
    /// After comparing: somebody on record who is the same person, or `none`.
    pub same: String,
    pub slot: String,
    pub key: String,
    /// What to do: issue, `add` to the family, or `remove` somebody from it.
    #[serde(skip_serializing)]
    pub act: String,
    /// Either all of the family or nobody.
    #[serde(skip_serializing)]
    pub together: Option<String>,
    /// Those of the family who were typed before, as they were typed.
    #[serde(skip_serializing)]
    pub members: String,
    /// Where the person would wait for a place; empty: at any centre of the zone.
    #[serde(skip_serializing)]
    pub wait_at: String,
    /// They can come within the hour.
    #[serde(skip_serializing)]
    pub standby: Option<String>,
    /// Boxes that were ticked: what help is needed.
    #[serde(flatten)]
    pub ticked: BTreeMap<String, String>,
}

impl Typed {
    /// Those of the family who were typed before.
    pub fn family(&self) -> Vec<Self> {
        serde_json::from_str(&self.members).unwrap_or_default()
    }

    /// Remembers the family in the form.
    pub fn set_family(&mut self, family: &[Self]) {
        self.members = serde_json::to_string(family).unwrap_or_default();
    }

    /// Whether nobody has been begun.
    pub fn is_empty(&self) -> bool {
        [&self.person, &self.name, &self.age, &self.id_number].iter().all(|field| field.is_empty())
    }

    /// The next of the family: the same number, home, language and slot, nothing else.
    #[must_use]
    pub fn next(&self) -> Self {
        Self {
            mobile: self.mobile.clone(),
            mobile_of: self.mobile_of.clone(),
            language: self.language.clone(),
            locality: self.locality.clone(),
            id_type: self.id_type.clone(),
            slot: self.slot.clone(),
            members: self.members.clone(),
            together: self.together.clone(),
            ..Self::default()
        }
    }

    /// Whether a box is ticked.
    pub fn needs(&self, need: &Need) -> bool {
        self.ticked.contains_key(&format!("need_{need}"))
    }

    fn care(&self, app: &App) -> Result<Care, FieldFault> {
        let needs = Need::ALL.iter().filter(|need| self.needs(need)).copied().collect();
        Ok(Care { needs, language: tongue(&app.core, &self.language).map_err(|fault| ("language", fault))? })
    }

    fn details(&self) -> TypedPerson {
        let needs: Vec<_> = Need::ALL.iter().filter(|need| self.needs(need)).map(|need| need.word()).collect();
        TypedPerson {
            mobile: self.mobile.clone(),
            name: self.name.clone(),
            age: self.age.clone(),
            gender: self.gender.clone(),
            category: self.category.clone(),
            certificate: self.certificate.clone(),
            mobile_of: self.mobile_of.clone(),
            language: self.language.clone(),
            needs: needs.join(","),
            locality: self.locality.clone(),
            id_type: self.id_type.clone(),
            id_number: self.id_number.clone(),
        }
    }

    /// A dose given elsewhere, from a card that was shown.
    pub fn earlier_dose(&self) -> Result<Option<(Vaccine, Day)>, FieldFault> {
        if self.earlier_vaccine.is_empty() {
            return if self.earlier_date.trim().is_empty() { Ok(None) } else { Err(("earlier_vaccine", Fault::Choice)) };
        }
        let vaccine = self.earlier_vaccine.parse().map_err(|_| ("earlier_vaccine", Fault::Choice))?;
        let day = self.earlier_date.parse().map_err(|_| ("earlier_date", Fault::Day))?;
        Ok(Some((vaccine, day)))
    }

    /// For whom, or every field that is wrong.
    pub async fn whom(&self, app: &App) -> Result<Result<Person, Vec<FieldFault>>> {
        if let Ok(id) = self.person.parse::<BeneficiaryId>() {
            // The list may have been another number's: the person must belong to the one that stands there now.
            let found = person(&app.core, id).await?;
            let theirs = mobile(&self.mobile).map_or(true, |typed| typed == found.row.mobile);
            let care = if self.cared == self.person { Some(self.care(app)) } else { None };
            let care = match care.transpose() {
                Ok(care) => care,
                Err(fault) => return Ok(Err(vec![fault])),
            };
            let known = Person::Known(id, Seen { certificate: self.certificate.is_some(), care });
            return Ok(if theirs { Ok(known) } else { Err(vec![("mobile", Fault::Choice)]) });
        }
        let read: Result<Details, _> = self.details().read(&app.core);
        Ok(read.map(|details| match self.same.parse() {
            Ok(id) => Person::Same(id, Box::new(details)),
            Err(_) => Person::Typed(Box::new(details)),
        }))
    }

    /// The command, or every field that is wrong.
    pub async fn command(&self, app: &App, user: &User, key: &str) -> Result<Result<IssueToken, Vec<FieldFault>>> {
        let mut faults = Vec::new();
        let earlier_dose = self.earlier_dose().map_err(|fault| faults.push(fault)).unwrap_or_default();
        if earlier_dose.is_some_and(|(_, day)| day > app.core.clock.now().day()) {
            faults.push(("earlier_date", Fault::NotYet));
        }
        let person = self.whom(app).await?.map_err(|wrong| faults.extend(wrong)).ok();
        let slot = self.slot.parse::<SlotId>().map_err(|_| faults.push(("slot", Fault::Choice))).ok();
        let (Some(person), Some(slot), true) = (person, slot, faults.is_empty()) else { return Ok(Err(faults)) };
        // What is fingerprinted holds the ID's keyed hash, not the ID.
        let command = CommandId::new(&user.actor.name, key, format!("{:?}", (slot, &person, &earlier_dose)));
        Ok(Ok(IssueToken { command, actor: user.actor.clone(), slot, person, earlier_dose }))
    }
}
