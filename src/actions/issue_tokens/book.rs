//! What a slice of issued tokens reads, decides and writes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Care, Details, IssueToken, Person};
use crate::actions::Actor;
use crate::actions::answer::{TokenAnswer, iso};
use crate::actions::offer_places::WAITING_LIST;
use crate::actions::tell::token_issued;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::{Applicant, PastDose, Refusal};
use crate::domain::moment::Moment;
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::person::{IdType, Locality, Mobile};
use crate::domain::place::{Owner, owners_of};
use crate::domain::token::{Claims, Holder};
use crate::error::{Error, Fault, Result};
use crate::ids::{BeneficiaryId, DistrictId, DoseId, SlotId};
use crate::slice::Failure;
use crate::storage::Tx;
use crate::storage::dose::DoseRow;
use crate::storage::journal::Entry;
use crate::storage::message::{MessageState, NewMessage};
use crate::storage::person::{Beneficiary, Identity, OnRecord};
use crate::storage::slot::{BookingSlot, Claim};
use crate::storage::token::NewToken;

/// Everything that a slice reads, and what it is going to write.
#[derive(Default)]
pub(super) struct Book {
    pub(super) entries: HashMap<uuid::Uuid, Entry>,
    slots: BTreeMap<SlotId, BookingSlot>,
    shares: BTreeMap<(SlotId, Owner), (i64, i64)>,
    people: HashMap<BeneficiaryId, Applying>,
    by_hash: HashMap<Vec<u8>, BeneficiaryId>,
    by_mobile: HashMap<Mobile, BTreeSet<BeneficiaryId>>,
    new_people: Vec<Beneficiary>,
    new_identities: Vec<Identity>,
    new_doses: Vec<DoseRow>,
    certified: Vec<BeneficiaryId>,
    cared_for: Vec<(BeneficiaryId, Care)>,
    localities: Vec<(BeneficiaryId, Locality)>,
    pub(super) new_tokens: Vec<NewToken>,
    new_messages: Vec<NewMessage>,
    /// What the new tokens' signatures are about, in the same order.
    pub(super) claims: Vec<Claims>,
}

impl Person {
    /// Whom on record the clerk has picked.
    fn known(&self) -> Option<BeneficiaryId> {
        match self {
            Self::Known(id, _) | Self::Same(id, _) => Some(*id),
            Self::Typed(_) => None,
        }
    }

    /// What was typed of them.
    fn details(&self) -> Option<&Details> {
        match self {
            Self::Typed(details) | Self::Same(_, details) => Some(details),
            Self::Known(..) => None,
        }
    }

    /// Whether a certificate was seen.
    pub(in crate::actions) fn certificate(&self) -> bool {
        match self {
            Self::Known(_, seen) => seen.certificate,
            Self::Typed(details) | Self::Same(_, details) => details.certificate,
        }
    }

    /// What is said anew of somebody on record. Who was typed once more, and needs no help as far as that goes, is left as they stand.
    pub(in crate::actions) fn care(&self) -> Option<Care> {
        match self {
            Self::Known(_, seen) => seen.care.clone(),
            Self::Same(_, details) if !details.needs.is_empty() => Some(Care { needs: details.needs.clone(), language: details.language }),
            Self::Same(..) | Self::Typed(_) => None,
        }
    }
}

impl Details {
    /// Whether whoever was typed cannot be the person on record: another age, or another gender.
    pub(in crate::actions) fn is_other(&self, row: &Beneficiary) -> bool {
        (row.birth_year - self.birth_year).abs() > 1 || row.gender != self.gender
    }

    /// As somebody on record.
    pub(in crate::actions) fn beneficiary(&self, id: BeneficiaryId) -> Beneficiary {
        Beneficiary {
            id,
            mobile: self.mobile.clone(),
            mobile_of: self.mobile_of,
            name: self.name.clone(),
            birth_year: self.birth_year,
            gender: self.gender,
            category: self.category,
            certificate: self.certificate,
            language: self.language,
            needs: self.needs.clone(),
            locality: self.locality.clone(),
        }
    }

    /// Their ID, as that of somebody on record.
    pub(in crate::actions) fn identity(&self, id: BeneficiaryId) -> Identity {
        Identity { hash: self.id_hash.clone(), beneficiary_id: id, kind: self.id_type, id_end: self.id_end.clone() }
    }
}

/// Somebody whom a slice is about.
struct Applying {
    row: Beneficiary,
    id: (IdType, String),
    doses: Vec<PastDose>,
    live: Vec<(TokenNumber, i64, Moment)>,
}

/// A place that is going to be taken.
#[derive(Clone, Copy)]
pub(super) struct Grant {
    number: TokenNumber,
    person: BeneficiaryId,
    dose: i64,
    owner: Owner,
}

impl Book {
    pub(super) async fn load(tx: &mut Tx, commands: &[IssueToken]) -> sqlx::Result<Self> {
        let slots: BTreeSet<_> = commands.iter().map(|command| command.slot).collect();
        let (slots, shares) = tx.lock_slots(&Vec::from_iter(slots)).await?;
        let ids: Vec<_> = commands.iter().map(|command| command.command.id).collect();
        let mut book = Self {
            entries: tx.entries(&ids).await?.into_iter().map(|entry| (entry.id, entry)).collect(),
            slots: slots.into_iter().map(|slot| (slot.id, slot)).collect(),
            shares: shares.into_iter().map(|share| ((share.slot_id, share.owner), (share.capacity, share.taken))).collect(),
            ..Self::default()
        };
        let (mut ids, mut hashes, mut mobiles) = (Vec::new(), Vec::new(), Vec::new());
        for command in commands {
            ids.extend(command.person.known());
            if let Some(details) = command.person.details() {
                hashes.push(details.id_hash.clone());
                mobiles.extend(details.mobile.clone());
            }
        }
        tx.lock_mobiles(&mobiles).await?;
        for OnRecord { person, identity } in tx.people(&ids, &mobiles, &hashes).await? {
            book.know(person, identity);
        }
        // Who else is under the number of somebody who was picked.
        let is_picked = |person: &&Applying| person.row.mobile_of.counts() && ids.contains(&person.row.id);
        let picked: BTreeSet<_> = book.people.values().filter(is_picked).filter_map(|person| person.row.mobile.clone()).collect();
        let unread: Vec<_> = picked.into_iter().filter(|mobile| !mobiles.contains(mobile)).collect();
        if !unread.is_empty() {
            tx.lock_mobiles(&unread).await?;
            for OnRecord { person, identity } in tx.people(&[], &unread, &[]).await? {
                book.know(person, identity);
            }
        }
        book.load_history(tx).await?;
        Ok(book)
    }

    /// A person, by one of their IDs. The first is the one that tokens carry.
    fn know(&mut self, row: Beneficiary, identity: Identity) {
        if let Some(mobile) = &row.mobile {
            self.by_mobile.entry(mobile.clone()).or_default().insert(row.id);
        }
        self.by_hash.insert(identity.hash, row.id);
        let id = (identity.kind, identity.id_end);
        self.people.entry(row.id).or_insert_with(|| Applying { row, id, doses: Vec::new(), live: Vec::new() });
    }

    async fn load_history(&mut self, tx: &mut Tx) -> sqlx::Result<()> {
        let ids: Vec<_> = self.people.keys().copied().collect();
        if ids.is_empty() {
            return Ok(());
        }
        for dose in tx.doses_of(&ids).await? {
            if let Some(person) = self.people.get_mut(&dose.beneficiary_id) {
                person.doses.push(dose.into());
            }
        }
        for token in tx.live_tokens_of(&ids).await? {
            if let Some(person) = self.people.get_mut(&token.beneficiary_id) {
                person.live.push((token.number, token.dose, token.starts));
            }
        }
        Ok(())
    }

    /// Whether the command may have its place. Writes down a new person, so that the next command of the slice knows them.
    pub(super) fn decide(&mut self, core: &Core, command: &IssueToken, number: TokenNumber, now: Moment) -> Result<Grant> {
        let slot = self.slots.get(&command.slot).ok_or_else(|| Error::field("slot", Fault::Choice))?.clone();
        let actor = &command.actor;
        let mut owners = owners_of(actor.role, actor.scope);
        owners.retain(|owner| self.may_use(*owner, &slot, actor));
        if owners.is_empty() {
            return Err(Refusal::OutOfScope.into());
        }
        let (known, applicant) = self.applicant(command)?;
        let dose = core.board().offer(&slot).for_applicant(&core.campaign, &applicant, actor.role, now)?;
        self.check_mobile(core, command, known, now)?;
        owners.retain(|owner| owner.serves(dose));
        let has_room = |owner: &Owner| self.shares.get(&(slot.id, *owner)).is_some_and(|(capacity, issued)| issued < capacity);
        let owner = owners.into_iter().find(has_room).filter(|_| slot.taken < slot.capacity).ok_or(Refusal::NoPlace)?;
        let person = known.unwrap_or_else(|| BeneficiaryId(core.chance.id(now)));
        self.write_down(core, person, known.is_none(), command, &applicant, now);
        Ok(Grant { number, person, dose, owner })
    }

    /// The district that a slot lies in.
    pub(super) fn district(&self, slot: SlotId) -> Option<DistrictId> {
        self.slots.get(&slot).map(|slot| slot.district_id)
    }

    /// The zone's own share counts wherever it lies; what is open counts within the actor's scope.
    fn may_use(&self, owner: Owner, slot: &BookingSlot, actor: &Actor) -> bool {
        let within = actor.scope.covers(slot.place());
        within || (matches!(owner, Owner::Zone(_)) && self.shares.contains_key(&(slot.id, owner)))
    }

    /// The person on record whom the command means, if any, and what is known of them.
    fn applicant(&self, command: &IssueToken) -> Result<(Option<BeneficiaryId>, Applicant)> {
        let by_id = command.person.details().and_then(|details| self.by_hash.get(&details.id_hash).copied());
        let known = command.person.known().or(by_id);
        let on_record = match known {
            Some(id) => Some(self.people.get(&id).ok_or(Refusal::PersonUnknown)?),
            None => None,
        };
        // An ID is one person's, whoever is thought to hold it.
        if let Some(other) = by_id.filter(|id| Some(*id) != known).and_then(|id| self.people.get(&id)) {
            return Err(other.row.holds_the_id().into());
        }
        let mut applicant = match (&command.person, on_record) {
            // A mistyped ID that happens to be another person's, too.
            (Person::Typed(details), Some(person)) if details.mobile != person.row.mobile || details.is_other(&person.row) => {
                return Err(person.row.holds_the_id().into());
            }
            (asked, Some(person)) => Applicant {
                birth_year: person.row.birth_year,
                category: person.row.category,
                certificate: person.row.certificate || asked.certificate(),
                doses: person.doses.clone(),
                live: person.live.clone(),
            },
            (Person::Typed(details), None) => Applicant {
                birth_year: details.birth_year,
                category: details.category,
                certificate: details.certificate,
                doses: Vec::new(),
                live: Vec::new(),
            },
            (Person::Known(..) | Person::Same(..), None) => return Err(Refusal::PersonUnknown.into()),
        };
        if let (true, Some((vaccine, given_on))) = (applicant.doses.is_empty(), command.earlier_dose) {
            applicant.doses.push(PastDose { number: 1, vaccine, given_on });
        }
        Ok((known, applicant))
    }

    /// Whom the waiting list calls was asked about when they came onto it.
    fn check_mobile(&self, core: &Core, command: &IssueToken, known: Option<BeneficiaryId>, now: Moment) -> Result<()> {
        let on_record = || known.and_then(|id| self.people.get(&id)).map(|person| (&person.row.mobile, person.row.mobile_of));
        let under = match &command.person {
            Person::Typed(details) => Some((&details.mobile, details.mobile_of)),
            Person::Known(..) | Person::Same(..) => on_record(),
        };
        let counted = under.filter(|(_, whose)| whose.counts() && &*command.actor.name != WAITING_LIST);
        let Some(mobile) = counted.and_then(|(mobile, _)| mobile.as_ref()) else { return Ok(()) };
        let most = core.campaign.people_per_mobile(now.day());
        let counts = |person: &Applying| person.row.mobile_of.counts() && !person.live.is_empty();
        let holds = |id: &&BeneficiaryId| Some(**id) != known && self.people.get(id).is_some_and(counts);
        let others = self.by_mobile.get(mobile).map_or(0, |people| people.iter().filter(holds).count());
        if others as i64 >= most { Err(Refusal::MobileFull { most }.into()) } else { Ok(()) }
    }

    fn write_down(&mut self, core: &Core, id: BeneficiaryId, is_new: bool, command: &IssueToken, applicant: &Applicant, now: Moment) {
        if let (true, Person::Typed(details)) = (is_new, &command.person) {
            let (row, identity) = (details.beneficiary(id), details.identity(id));
            self.know(row.clone(), identity.clone());
            self.new_people.push(row);
            self.new_identities.push(identity);
        }
        let Some(person) = self.people.get_mut(&id) else { return };
        if let Person::Same(_, details) = &command.person {
            // The ID that was shown now is the one that the token will be held against.
            person.id = (details.id_type, details.id_end.clone());
            if !self.by_hash.contains_key(&details.id_hash) {
                self.by_hash.insert(details.id_hash.clone(), id);
                self.new_identities.push(details.identity(id));
            }
        }
        let said = command.person.details().and_then(|details| details.locality.clone());
        if let (None, Some(locality)) = (&person.row.locality, said) {
            person.row.locality = Some(locality.clone());
            self.localities.push((id, locality));
        }
        if applicant.certificate && !person.row.certificate {
            person.row.certificate = true;
            self.certified.push(id);
        }
        if let Some(care) = command.person.care().filter(|care| care.needs != person.row.needs || care.language != person.row.language) {
            (person.row.needs, person.row.language) = (care.needs.clone(), care.language);
            self.cared_for.push((id, care));
        }
        for dose in &applicant.doses[person.doses.len()..] {
            person.doses.push(*dose);
            let PastDose { number, vaccine, given_on } = *dose;
            self.new_doses.push(DoseRow { id: DoseId(core.chance.id(now)), beneficiary_id: id, number, vaccine, given_on });
        }
    }

    /// Takes the place. The token's signature, and the answer's code, are still to come.
    pub(super) fn grant(&mut self, core: &Core, command: &IssueToken, grant: Grant, now: Moment) -> TokenAnswer {
        let slot = self.slots.get_mut(&command.slot).expect("decided for this slot");
        slot.taken += 1;
        slot.serials += 1;
        self.shares.entry((slot.id, grant.owner)).and_modify(|(_, issued)| *issued += 1);
        let person = self.people.get_mut(&grant.person).expect("written down when decided");
        person.live.push((grant.number, grant.dose, slot.starts));
        let (id_type, id_end) = person.id.clone();
        let claims = Claims {
            number: grant.number,
            revision: 1,
            slot: slot.id,
            serial: slot.serials,
            centre: slot.centre_id,
            starts: slot.starts,
            minutes: slot.minutes,
            dose: grant.dose,
            issued: now,
            holder: Some(Holder { birth_year: person.row.birth_year, id_type, id_end: id_end.clone() }),
        };
        let token = NewToken {
            number: grant.number,
            beneficiary_id: grant.person,
            dose: grant.dose,
            vaccine: slot.vaccine,
            centre_id: slot.centre_id,
            slot_id: slot.id,
            owner: grant.owner,
            serial: slot.serials,
            id_type,
            id_end,
            link: core.chance.link(),
            secret_code: core.chance.secret_code(),
            cose: Vec::new(),
            issued_at: now,
            issued_by: command.actor.name.to_string(),
        };
        let answer = TokenAnswer {
            number: token.number.plain(),
            call_number: CallNumber { slot: slot.call, serial: token.serial }.to_string(),
            revision: 1,
            state: TokenState::Issued,
            dose: token.dose,
            vaccine: token.vaccine,
            centre: core.board().centre(token.centre_id).map_or_else(String::new, |centre| centre.code.clone()),
            slot: token.slot_id.0,
            starts_at: iso(slot.starts),
            ends_at: iso(slot.starts + slot.minutes * 60),
            secret_code: token.secret_code.clone(),
            link: core.link(&token.link),
            qr: String::new(),
        };
        if person.row.mobile.is_some() {
            self.new_messages.push(token_issued(core, &token, slot.starts + slot.minutes * 60));
        }
        self.new_tokens.push(token);
        self.claims.push(claims);
        answer
    }

    /// Gives the new tokens their signatures.
    pub(super) fn sign(&mut self, signed: Vec<Vec<u8>>) {
        for (token, cose) in self.new_tokens.iter_mut().zip(signed) {
            token.cose = cose;
        }
    }

    /// Writes all but the tokens themselves, whose signatures are still being made: whom they are for, their places,
    /// the messages. Returns the slots that were touched.
    pub(super) async fn write_people_and_places(&self, tx: &mut Tx, now: Moment) -> Result<BTreeSet<SlotId>, Failure> {
        let mut writes = tx.writes();
        if !self.new_people.is_empty() {
            writes.add_people(&self.new_people, now);
        }
        if !self.new_identities.is_empty() {
            writes.add_identities(&self.new_identities);
        }
        if !self.localities.is_empty() {
            writes.set_localities(&self.localities);
        }
        let mut places: BTreeMap<SlotId, i64> = BTreeMap::new();
        let mut owned: BTreeMap<(SlotId, Owner), i64> = BTreeMap::new();
        for token in &self.new_tokens {
            *places.entry(token.slot_id).or_default() += 1;
            *owned.entry((token.slot_id, token.owner)).or_default() += 1;
        }
        if !places.is_empty() {
            writes.claim_slots(
                &places.iter().map(|(slot, count)| Claim { slot: *slot, places: *count, serials: *count }).collect::<Vec<_>>(),
            );
            writes.claim_shares(&owned.iter().map(|((slot, owner), count)| (*slot, *owner, *count)).collect::<Vec<_>>());
        }
        if !self.new_messages.is_empty() {
            writes.add_messages(&self.new_messages, MessageState::Waiting, now);
        }
        // Somebody else may have written the same ID in meanwhile: then all of this is decided again.
        if !tx.write_together(writes).await? {
            return Err(Failure::Again);
        }
        if !self.new_doses.is_empty() {
            tx.add_stated_doses(&self.new_doses).await?;
        }
        if !self.certified.is_empty() {
            tx.set_certificate(&self.certified).await?;
        }
        for (person, care) in &self.cared_for {
            tx.set_care(*person, &care.needs, care.language).await?;
        }
        Ok(places.into_keys().collect())
    }

    /// Writes the signed tokens, tells the gates, and notes what was decided.
    pub(super) async fn write_tokens(&self, tx: &mut Tx, entries: &[Entry]) -> Result<(), Failure> {
        let mut writes = tx.writes();
        if !self.new_tokens.is_empty() {
            writes.add_tokens(&self.new_tokens);
            writes.add_changes(&self.new_tokens.iter().map(|token| (token.centre_id, token.number)).collect::<Vec<_>>());
        }
        if !entries.is_empty() {
            writes.add_entries(entries);
        }
        // The same command may have come in at another process meanwhile.
        if tx.write_together(writes).await? { Ok(()) } else { Err(Failure::Again) }
    }
}
