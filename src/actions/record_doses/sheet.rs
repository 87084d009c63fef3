//! What a slice of recorded doses reads, decides and writes.

use std::collections::{BTreeSet, HashMap};

use super::{DoseAnswer, Lookalikes, Proof, RecordDose, Way, Whom};
use crate::actions::issue_tokens::Details;
use crate::actions::tell::of_dose;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::{CODE_TRIES, PastDose, Refusal};
use crate::domain::campaign::Campaign;
use crate::domain::dose::{Jab, Lookalike, NoCode, OBSERVATION, Trace};
use crate::domain::message::Template;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::person::{Locality, Mobile};
use crate::error::{Error, Fault, Result};
use crate::ids::{BeneficiaryId, CentreId, DoseId};
use crate::slice::Failure;
use crate::storage::Tx;
use crate::storage::dose::{DoseToken, GivenDose};
use crate::storage::journal::{Act, Entry};
use crate::storage::message::MessageState;
use crate::storage::person::{Beneficiary, Identity, OnRecord};
use crate::storage::upload::NewUpload;

/// By how much a centre's clock may be ahead, in seconds.
pub const AHEAD: i64 = 10 * 60;

/// Everything that a slice reads, and what it is going to write.
#[derive(Default)]
pub(super) struct Sheet {
    entries: HashMap<uuid::Uuid, Entry>,
    given: HashMap<DoseId, GivenDose>,
    tokens: HashMap<TokenNumber, DoseToken>,
    people: HashMap<BeneficiaryId, Vaccinated>,
    by_hash: HashMap<Vec<u8>, BeneficiaryId>,
    by_mobile: HashMap<Mobile, BTreeSet<BeneficiaryId>>,
    by_name: HashMap<String, BTreeSet<BeneficiaryId>>,
    new_people: Vec<Beneficiary>,
    localities: Vec<(BeneficiaryId, Locality)>,
    new_identities: Vec<Identity>,
    new_doses: Vec<GivenDose>,
    new_uploads: Vec<NewUpload>,
    new_entries: Vec<Entry>,
    observed: Vec<(DoseId, CentreId, Moment)>,
    vaccinated: BTreeSet<TokenNumber>,
    /// Tokens of which the state or the tries at the code have changed.
    touched: BTreeSet<TokenNumber>,
}

/// Somebody whom a slice is about.
struct Vaccinated {
    row: Beneficiary,
    doses: Vec<PastDose>,
}

impl Vaccinated {
    fn trace(&self) -> Trace<'_> {
        let row = &self.row;
        Trace { name: &row.name, birth_year: row.birth_year, gender: row.gender, mobile: row.mobile.as_ref() }
    }

    /// Whether a further dose could be due on a day.
    fn is_due(&self, campaign: &Campaign, on: Day) -> bool {
        let last = self.doses.iter().max_by_key(|dose| dose.number);
        last.is_some_and(|last| campaign.interval(last.vaccine, on).is_some_and(|interval| last.given_on.plus(interval.min_days) <= on))
    }
}

impl Sheet {
    pub(super) async fn load(tx: &mut Tx, commands: &[RecordDose]) -> sqlx::Result<Self> {
        let mut sheet = Self::default();
        let numbers: BTreeSet<_> = commands.iter().filter_map(RecordDose::token).collect();
        if !numbers.is_empty() {
            let tokens = tx.lock_dose_tokens(&Vec::from_iter(numbers)).await?;
            sheet.tokens = tokens.into_iter().map(|token| (token.number, token)).collect();
        }
        let doses: Vec<_> = commands.iter().map(|command| DoseId(command.command.id)).collect();
        sheet.given = tx.given_doses(&doses).await?.into_iter().map(|dose| (dose.id, dose)).collect();
        let live = commands.iter().filter(|command| command.way == Way::Live).map(|command| command.command.id);
        let wrong = commands.iter().filter(|command| command.way != Way::Live && sheet.has_wrong_code(command));
        let noted: Vec<_> = live.chain(wrong.map(|command| command.command.as_try().id)).collect();
        if !noted.is_empty() {
            sheet.entries = tx.entries(&noted).await?.into_iter().map(|entry| (entry.id, entry)).collect();
        }
        sheet.load_people(tx, commands).await?;
        Ok(sheet)
    }

    async fn load_people(&mut self, tx: &mut Tx, commands: &[RecordDose]) -> sqlx::Result<()> {
        let mut ids: Vec<_> = self.tokens.values().map(|token| token.beneficiary_id).collect();
        let (mut hashes, mut mobiles) = (Vec::new(), Vec::new());
        for command in commands {
            if let Lookalikes::Is(person) = command.lookalike {
                ids.push(person);
            }
            if let Whom::Person(details) = &command.whom {
                hashes.push(details.id_hash.clone());
                mobiles.extend(details.mobile.clone());
            }
        }
        let found = tx.people(&ids, &mobiles, &hashes).await?;
        self.know(found);
        // Others under the mobile numbers of those who hold a token.
        let held = self.tokens.values().filter_map(|token| self.people.get(&token.beneficiary_id)?.row.mobile.clone());
        let held: Vec<_> = held.collect();
        if !held.is_empty() {
            let found = tx.people(&[], &held, &[]).await?;
            self.know(found);
        }
        self.load_namesakes(tx, commands).await?;
        let people: Vec<_> = self.people.keys().copied().collect();
        if !people.is_empty() {
            for dose in tx.doses_of(&people).await? {
                if let Some(person) = self.people.get_mut(&dose.beneficiary_id) {
                    person.doses.push(dose.into());
                }
            }
        }
        Ok(())
    }

    /// Others of the same name, age and gender who have had a dose. Nobody sits before a file to be asked about a name alone.
    async fn load_namesakes(&mut self, tx: &mut Tx, commands: &[RecordDose]) -> sqlx::Result<()> {
        let unseen = commands.iter().filter(|command| command.way == Way::Live && command.lookalike == Lookalikes::Unseen);
        let traces = unseen.filter_map(|command| match &command.whom {
            Whom::Person(details) => Some(trace_of(details)),
            Whom::Token(number) => Some(self.people.get(&self.tokens.get(number)?.beneficiary_id)?.trace()),
        });
        let traces: BTreeSet<_> = traces.map(|trace| (trace.name.key(), trace.birth_year, trace.gender)).collect();
        if !traces.is_empty() {
            let namesakes = tx.namesakes(&Vec::from_iter(traces)).await?;
            let found = tx.people(&namesakes, &[], &[]).await?;
            self.know(found);
        }
        Ok(())
    }

    fn know(&mut self, found: Vec<OnRecord>) {
        for OnRecord { person, identity } in found {
            self.by_hash.insert(identity.hash, person.id);
            self.by_name.entry(person.name.key()).or_default().insert(person.id);
            if let Some(mobile) = &person.mobile {
                self.by_mobile.entry(mobile.clone()).or_default().insert(person.id);
            }
            self.people.entry(person.id).or_insert_with(|| Vaccinated { row: person, doses: Vec::new() });
        }
    }

    /// Whether the dose may be recorded; writes it down, so that the next command of the slice knows of it.
    pub(super) fn record(&mut self, core: &Core, asked: &RecordDose, now: Moment) -> Result<DoseAnswer> {
        if let Some(dose) = self.given.get(&DoseId(asked.command.id)) {
            let same = dose.body_hash.as_deref() == Some(&asked.command.body_hash);
            return if same { Ok(DoseAnswer { known: true, ..DoseAnswer::new(core, dose) }) } else { Err(Error::IdReused) };
        }
        if let Some(entry) = self.entries.get(&asked.command.id) {
            return asked.command.replay(entry);
        }
        match self.decide(core, asked, now) {
            Ok(dose) => {
                let answer = DoseAnswer::new(core, &dose);
                self.write_down(core, asked, dose, now);
                self.note(core, asked, Ok(&answer));
                Ok(answer)
            }
            Err(Error::Refused(refusal)) => {
                self.note(core, asked, Err(&refusal));
                Err(refusal.into())
            }
            Err(error) => Err(error),
        }
    }

    /// A file has one entry in the journal, not one for each of its rows.
    fn note(&mut self, core: &Core, asked: &RecordDose, answer: Result<&DoseAnswer, &Refusal>) {
        if asked.way == Way::Live {
            let note = core.note(&asked.actor, Act::RecordDose, asked.token().map(TokenNumber::plain));
            let entry = asked.command.entry(note, answer);
            self.entries.insert(entry.id, entry.clone());
            self.new_entries.push(entry);
        }
    }

    fn decide(&mut self, core: &Core, asked: &RecordDose, now: Moment) -> Result<GivenDose> {
        if asked.given_at > now + AHEAD {
            return Err(Error::field("given_at", Fault::NotYet));
        }
        let token = match asked.token() {
            Some(number) => Some(self.tokens.get(&number).filter(|token| token.is_at(asked.centre)).ok_or(Error::NotFound)?.clone()),
            None => None,
        };
        if let Some(token) = &token {
            self.check_code(core, asked, token)?;
        }
        let known = self.person_of(asked, token.as_ref())?;
        let doses = known.and_then(|id| self.people.get(&id)).map_or(&[][..], |person| &person.doses);
        let given_on = asked.given_at.day();
        // Two on one day are one dose that is recorded twice.
        let next = doses.iter().max_by_key(|dose| dose.number).map_or(1, |last| last.number + i64::from(last.given_on != given_on));
        let own = token.as_ref().filter(|token| known == Some(token.beneficiary_id)).map(|token| token.dose);
        let jab = Jab {
            number: asked.number.or(own).unwrap_or(next),
            vaccine: asked.vaccine,
            given_on,
            booked_on: token.as_ref().map_or(given_on, |token| token.issued_at.day()),
        };
        let cancelled = token.as_ref().is_some_and(|token| token.state == TokenState::Cancelled);
        let broken = jab.check(&core.campaign, doses).err().or(cancelled.then_some(Refusal::TokenCancelled));
        let despite = match broken {
            Some(rule) if asked.despite && rule.yields_to_fact() => Some(rule.word().to_owned()),
            Some(rule) => return Err(rule.into()),
            None => None,
        };
        if doses.is_empty() && asked.lookalike == Lookalikes::Unseen {
            self.check_lookalikes(core, asked, known)?;
        }
        let no_code_reason = match (&asked.proof, &token) {
            (_, None) => Some(NoCode::NoToken),
            (Proof::Code(_), Some(_)) => None,
            (Proof::Without(reason), Some(_)) => Some(*reason),
        };
        Ok(GivenDose {
            id: DoseId(asked.command.id),
            beneficiary_id: known.unwrap_or_else(|| BeneficiaryId(core.chance.id(now))),
            number: jab.number,
            vaccine: jab.vaccine,
            given_on,
            token: asked.token(),
            centre_id: asked.centre,
            batch: asked.batch.clone(),
            vaccinator: asked.vaccinator.clone(),
            given_at: asked.given_at,
            entered_at: asked.keyed_at.map_or(now, |at| at.min(now)),
            entered_by: asked.actor.name.to_string(),
            no_code_reason,
            vial_id: asked.vial,
            despite,
            body_hash: Some(asked.command.body_hash.clone()),
            withdrawn_at: None,
        })
    }

    fn has_wrong_code(&self, asked: &RecordDose) -> bool {
        let Proof::Code(code) = &asked.proof else { return false };
        asked.token().and_then(|number| self.tokens.get(&number)).is_some_and(|token| *code != token.secret_code)
    }

    /// Nobody is vaccinated on paper while at home: the code is right, or there is a reason why it is not there. A wrong one counts, and
    /// once, however often a file is sent.
    fn check_code(&mut self, core: &Core, asked: &RecordDose, token: &DoseToken) -> Result<()> {
        if matches!(asked.proof, Proof::Code(_)) && token.code_tries >= CODE_TRIES {
            return Err(Refusal::CodeLocked.into());
        }
        if !self.has_wrong_code(asked) {
            return Ok(());
        }
        let once = asked.command.as_try();
        if let Some(entry) = self.entries.get(&once.id) {
            return once.replay(entry);
        }
        let tries = token.code_tries + 1;
        self.tokens.entry(token.number).and_modify(|token| token.code_tries = tries);
        self.touched.insert(token.number);
        let refusal = Refusal::WrongCode { left: CODE_TRIES - tries };
        // What is keyed in is noted with its answer.
        if asked.way != Way::Live {
            let note = core.note(&asked.actor, Act::WrongCode, Some(token.number.plain()));
            let entry = once.entry::<()>(note, Err(&refusal));
            self.entries.insert(entry.id, entry.clone());
            self.new_entries.push(entry);
        }
        Err(refusal.into())
    }

    /// The person on record whom the dose is for, if any.
    fn person_of(&self, asked: &RecordDose, token: Option<&DoseToken>) -> Result<Option<BeneficiaryId>> {
        let holder = match (&asked.whom, token) {
            (_, Some(token)) => Some(token.beneficiary_id),
            (Whom::Person(details), None) => self.by_hash.get(&details.id_hash).copied(),
            (Whom::Token(_), None) => None,
        };
        if let (Whom::Person(details), Some(person)) = (&asked.whom, holder.and_then(|id| self.people.get(&id))) {
            // The card is somebody else's: a mistyped number that happens to be another person's.
            if details.is_other(&person.row) {
                return Err(person.row.holds_the_id().into());
            }
        }
        match asked.lookalike {
            Lookalikes::Is(person) if self.people.contains_key(&person) => Ok(Some(person)),
            Lookalikes::Is(_) => Err(Refusal::PersonUnknown.into()),
            Lookalikes::Unseen | Lookalikes::Others => Ok(holder),
        }
    }

    /// Before somebody's first dose: whether somebody like them has had one under another ID or number.
    fn check_lookalikes(&self, core: &Core, asked: &RecordDose, known: Option<BeneficiaryId>) -> Result<(), Refusal> {
        let known = known.and_then(|id| self.people.get(&id));
        let trace = match (&asked.whom, known) {
            (_, Some(person)) => person.trace(),
            (Whom::Person(details), None) => trace_of(details),
            (Whom::Token(_), None) => return Ok(()),
        };
        let others: BTreeSet<_> = [trace.mobile.and_then(|mobile| self.by_mobile.get(mobile)), self.by_name.get(&trace.name.key())]
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        let own = known.map(|person| person.row.id);
        let like = others.into_iter().filter(|id| Some(**id) != own).filter_map(|id| self.people.get(id)).filter(|other| {
            // A name alone is asked about when that person's next dose could be due.
            let by_name = asked.way == Way::Live && other.is_due(&core.campaign, asked.given_at.day());
            trace.looks_like(&other.trace(), by_name)
        });
        let people: Vec<_> = like.filter_map(lookalike).collect();
        if people.is_empty() { Ok(()) } else { Err(Refusal::SamePerson { people }) }
    }

    fn write_down(&mut self, core: &Core, asked: &RecordDose, dose: GivenDose, now: Moment) {
        let id = dose.beneficiary_id;
        if let (false, Whom::Person(details)) = (self.people.contains_key(&id), &asked.whom) {
            let (person, identity) = (details.beneficiary(id), details.identity(id));
            self.know(vec![OnRecord { person: person.clone(), identity: identity.clone() }]);
            self.new_people.push(person);
            self.new_identities.push(identity);
        } else if let Whom::Person(details) = &asked.whom
            && let Some(locality) = &details.locality
        {
            self.localities.push((id, locality.clone()));
        }
        if let Some(person) = self.people.get_mut(&id) {
            person.doses.push(PastDose { number: dose.number, vaccine: dose.vaccine, given_on: dose.given_on });
        }
        let due_at = core.campaign.upload_due(dose.given_at);
        self.new_uploads.push(NewUpload { dose_id: dose.id, due_at, is_late: due_at < now, permission_id: None });
        if asked.way == Way::Live {
            self.observed.push((dose.id, dose.centre_id, dose.given_at + OBSERVATION));
        }
        if let Some(token) = dose.token.and_then(|number| self.tokens.get_mut(&number))
            && matches!(token.state, TokenState::Issued | TokenState::Admitted)
        {
            token.state = TokenState::Vaccinated;
            self.vaccinated.insert(token.number);
            self.touched.insert(token.number);
        }
        self.given.insert(dose.id, dose.clone());
        self.new_doses.push(dose);
    }

    pub(super) async fn write(&self, tx: &mut Tx, now: Moment) -> Result<(), Failure> {
        if !self.localities.is_empty() {
            tx.set_localities(&self.localities).await?;
        }
        if !self.new_people.is_empty() {
            tx.add_people(&self.new_people, now).await?;
            // Somebody else may have written the same ID in meanwhile: then all of this is decided again.
            if !tx.add_identities(&self.new_identities).await? {
                return Err(Failure::Again);
            }
        }
        if !self.vaccinated.is_empty() {
            let changed = self.vaccinated.iter().map(|number| (self.tokens[number].centre_id, *number));
            tx.add_changes(&changed.collect::<Vec<_>>()).await?;
        }
        if !self.touched.is_empty() {
            let tokens = self.touched.iter().map(|number| &self.tokens[number]);
            tx.set_token_states(&tokens.map(|token| (token.number, token.state, token.code_tries)).collect::<Vec<_>>()).await?;
        }
        if !self.new_doses.is_empty() {
            tx.add_recorded_doses(&self.new_doses, now).await?;
            tx.add_uploads(&self.new_uploads).await?;
        }
        if !self.observed.is_empty() {
            tx.add_observations(&self.observed).await?;
        }
        if !self.new_entries.is_empty() && !tx.add_entries(&self.new_entries).await? {
            return Err(Failure::Again);
        }
        Ok(())
    }
}

impl Sheet {
    /// Everybody is told of their dose; whoever has no phone stands on the list of those.
    pub(super) async fn tell(&self, tx: &mut Tx, core: &Core, now: Moment) -> sqlx::Result<()> {
        let has_phone = |dose: &&GivenDose| self.people.get(&dose.beneficiary_id).is_some_and(|person| person.row.mobile.is_some());
        let (with, without): (Vec<_>, Vec<_>) = self.new_doses.iter().partition(has_phone);
        for (doses, state) in [(with, MessageState::Waiting), (without, MessageState::NoPhone)] {
            let message = |dose: &&GivenDose| of_dose(core, Template::DoseRecorded, dose.id, dose.beneficiary_id, dose.centre_id);
            tx.add_messages(&doses.iter().map(message).collect::<Vec<_>>(), state, now).await?;
        }
        Ok(())
    }
}

impl RecordDose {
    fn token(&self) -> Option<TokenNumber> {
        match &self.whom {
            Whom::Token(number) => Some(*number),
            Whom::Person(_) => None,
        }
    }
}

fn trace_of(details: &Details) -> Trace<'_> {
    Trace { name: &details.name, birth_year: details.birth_year, gender: details.gender, mobile: details.mobile.as_ref() }
}

fn lookalike(person: &Vaccinated) -> Option<Lookalike> {
    let last = person.doses.iter().max_by_key(|dose| dose.number)?;
    Some(Lookalike {
        person: person.row.id,
        name: person.row.name.to_string(),
        birth_year: person.row.birth_year,
        mobile_end: person.row.mobile.as_ref().map(|mobile| mobile.end().to_owned()),
        dose: last.number,
        vaccine: last.vaccine,
        given_on: last.given_on,
    })
}
