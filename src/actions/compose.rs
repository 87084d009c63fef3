//! What a message says: made when it goes out, from the facts as they are then. A fact that no longer holds is not told.

use std::collections::{HashMap, HashSet};

use super::message_texts::{Texts, read};
use crate::board::Board;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::campaign::Vaccine;
use crate::domain::message::{Fact, Parts, Template, Variable, first_name, shortened};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::person::Mobile;
use crate::domain::tongue::Key;
use crate::error::Result;
use crate::i18n::{Tongue, Voice};
use crate::ids::{BeneficiaryId, CentreId, DoseId};
use crate::storage::Tx;
use crate::storage::message::{DoseTold, Recipient};
use crate::storage::slot::Slot;
use crate::storage::token::Token;

/// A message as it would go out now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Composed {
    /// This.
    Text {
        /// To whom.
        to: Mobile,
        /// In which language.
        language: Tongue,
        /// In these words, but for the secret code.
        text: String,
    },
    /// The fact does not hold any more.
    Overtaken,
    /// There is no number to send it to.
    NoPhone,
    /// It breaks the operators' rules, and would be blocked.
    Unfit {
        /// What it would have said.
        text: String,
        /// Which rule.
        why: String,
    },
}

/// What messages are made from.
pub struct Facts {
    texts: Texts,
    people: HashMap<BeneficiaryId, Recipient>,
    tokens: HashMap<TokenNumber, Token>,
    stopped: HashSet<TokenNumber>,
    doses: HashMap<DoseId, DoseTold>,
}

impl Facts {
    /// Reads what these messages are about.
    pub async fn read(tx: &mut Tx, messages: impl Iterator<Item = (BeneficiaryId, Fact)>) -> Result<Self> {
        let (mut people, mut numbers, mut doses) = (Vec::new(), Vec::new(), Vec::new());
        for (person, about) in messages {
            people.push(person);
            match about {
                Fact::Token(number, _) | Fact::Session(number, ..) => numbers.push(number),
                Fact::Dose(id) => doses.push(id),
            }
        }
        let mut facts = Self {
            texts: Texts::read(tx).await?,
            people: HashMap::new(),
            tokens: HashMap::new(),
            stopped: HashSet::new(),
            doses: HashMap::new(),
        };
        if !people.is_empty() {
            facts.people = tx.recipients(&people).await?.into_iter().map(|row| (row.id, row)).collect();
        }
        if !numbers.is_empty() {
            facts.tokens = tx.tokens(&numbers).await?.into_iter().map(|token| (token.number, token)).collect();
            facts.stopped = tx.tokens_stopped(&numbers).await?.into_iter().collect();
        }
        if !doses.is_empty() {
            facts.doses = tx.doses_told(&doses).await?.into_iter().map(|dose| (dose.id, dose)).collect();
        }
        Ok(facts)
    }

    /// The operators' id of a text, as a centre's district has it.
    pub fn registered<'a>(&'a self, board: &'a Board, centre: CentreId, template: Template, tongue: Tongue) -> &'a str {
        match tongue {
            Tongue::Screen(lang) => self.texts.registered(template, lang),
            Tongue::Third(code) => {
                let third = board.third_at(centre).filter(|third| third.language.code == code);
                third.and_then(|third| third.text(Key::Message(template))).map_or("", |row| &row.registered)
            }
        }
    }

    /// The operators' rules.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// A text as it goes out: with the secret code.
    pub fn with_code(&self, about: Fact, text: &str) -> String {
        let code = about.token().and_then(|(number, _)| self.tokens.get(&number)).map_or("", |token| &token.secret_code);
        text.replace(&Variable::Code.braced(), code)
    }

    /// A message as it would go out now.
    pub fn compose(&self, core: &Core, person: BeneficiaryId, template: Template, about: Fact, now: Moment) -> Result<Composed> {
        let Some(recipient) = self.people.get(&person) else { return Ok(Composed::Overtaken) };
        let board = core.board();
        let voice = Voice::new(recipient.language, template, self.centre(about).and_then(|id| board.third_at(id)));
        let Some(values) = self.values(core, &board, voice, template, about, now) else { return Ok(Composed::Overtaken) };
        let Some(to) = recipient.mobile.clone() else { return Ok(Composed::NoPhone) };
        let policy = &self.texts.policy;
        let found = |variable| values.iter().find(|(other, _)| *other == variable).map_or("", |(_, value)| value);
        let value = |variable| match variable {
            Variable::Name => shortened(&first_name(recipient.name.as_str()), policy.variable),
            Variable::Centre => shortened(found(variable), policy.variable),
            Variable::Born => recipient.birth_year.to_string(),
            other => found(other).to_owned(),
        };
        let wording = match voice.text(template) {
            Some(text) => read(template, text)?,
            None => self.texts.wording(template, voice.lang)?,
        };
        let text = wording.fill(value);
        if let Some(long) = wording.variables().find(|variable| value(*variable).chars().count() > policy.variable) {
            let why = format!("{} > {}: {}", value(long).chars().count(), policy.variable, value(long));
            return Ok(Composed::Unfit { text, why });
        }
        let Parts { parts, .. } = Parts::of(&text);
        if parts > policy.parts {
            return Ok(Composed::Unfit { text, why: format!("{parts} > {}", policy.parts) });
        }
        Ok(Composed::Text { to, language: voice.tongue(), text })
    }

    /// At which centre it is, or was.
    fn centre(&self, about: Fact) -> Option<CentreId> {
        match about {
            Fact::Token(number, _) | Fact::Session(number, ..) => self.tokens.get(&number).map(|token| token.centre_id),
            Fact::Dose(id) => self.doses.get(&id)?.centre_id,
        }
    }

    /// What stands in the braces; nothing: the fact does not hold any more.
    fn values(
        &self,
        core: &Core,
        board: &Board,
        voice: Voice,
        template: Template,
        about: Fact,
        now: Moment,
    ) -> Option<Vec<(Variable, String)>> {
        match about {
            Fact::Token(number, revision) | Fact::Session(number, revision, _) => {
                let token = self.tokens.get(&number).filter(|token| token.revision == revision)?;
                self.holds(template, token, now).then(|| of_token(core, voice, token))
            }
            Fact::Dose(id) => {
                let dose = self.doses.get(&id).filter(|dose| dose.withdrawn_at.is_none())?;
                of_dose(core, board, voice, template, dose, now)
            }
        }
    }

    fn holds(&self, template: Template, token: &Token, now: Moment) -> bool {
        let to_come = token.state == TokenState::Issued && now < token.ends();
        let stopped = self.stopped.contains(&token.number);
        match template {
            Template::TokenCancelled => token.state == TokenState::Cancelled,
            Template::SessionStopped => to_come && stopped,
            _ => to_come && !stopped,
        }
    }
}

fn of_token(core: &Core, voice: Voice, token: &Token) -> Vec<(Variable, String)> {
    vec![
        (Variable::Number, token.number.to_string()),
        (Variable::Call, token.call_number().to_string()),
        (Variable::Code, Variable::Code.braced()),
        (Variable::Day, voice.short_day(token.day)),
        (Variable::Time, voice.time(token.starts)),
        (Variable::Centre, token.centre_name(voice.lang).to_owned()),
        (Variable::Phone, token.centre_phone.clone()),
        (Variable::Link, core.link(&token.link)),
        (Variable::Dose, token.dose.to_string()),
        (Variable::Vaccine, voice.vaccine(token.vaccine).to_owned()),
    ]
}

fn of_dose(core: &Core, board: &Board, voice: Voice, template: Template, dose: &DoseTold, now: Moment) -> Option<Vec<(Variable, String)>> {
    let centre = dose.centre_id.and_then(|id| board.centre(id))?;
    let link = dose.link.as_ref().map_or_else(|| core.public_url.clone(), |link| core.link(link));
    let mut values = vec![
        (Variable::Centre, centre.name(voice.lang).to_owned()),
        (Variable::Phone, centre.phone.clone()),
        (Variable::Link, link),
        (Variable::Vaccine, voice.vaccine(dose.vaccine).to_owned()),
    ];
    let uploaded = dose.upload.as_deref() == Some("uploaded");
    match template {
        // Once the portal has it, the news of that says all.
        Template::DoseRecorded if !uploaded => {
            let due = dose.due_at.map_or_else(String::new, |at| format!("{}, {}", voice.short_day(at.day()), voice.time(at)));
            values.push((Variable::Due, due));
        }
        Template::DoseUploaded if uploaded => values.push((Variable::Reference, dose.reference.clone().unwrap_or_default())),
        Template::NextDoseDue => {
            let earliest = dose.given_on.plus(core.campaign.interval(dose.vaccine, now.day())?.min_days);
            let slot = next_place(board, centre.id, dose.vaccine, dose.number + 1, earliest, now)?;
            values.push((Variable::Dose, (dose.number + 1).to_string()));
            values.push((Variable::Day, voice.short_day(slot.day)));
            values.push((Variable::Time, voice.time(slot.starts)));
            return Some(values);
        }
        _ => return None,
    }
    values.push((Variable::Dose, dose.number.to_string()));
    values.push((Variable::Day, voice.short_day(dose.given_on)));
    Some(values)
}

/// The first free place at a centre for a dose of that number, from a day on.
pub fn next_place(board: &Board, centre: CentreId, vaccine: Vaccine, number: i64, from: Day, now: Moment) -> Option<&Slot> {
    let fits = |slot: &&Slot| {
        let serves = board.open_session(slot).is_some_and(|session| session.vaccine == vaccine && session.doses & number != 0);
        serves && slot.centre_id == centre && slot.day >= from && slot.starts > now && board.free(slot.id).for_dose(number) > 0
    };
    board.field.slots.iter().filter(fits).min_by_key(|slot| slot.starts)
}
