//! Taking in one thing that a desk did. What it could not know — the same person at another office, a dose on record — is found here,
//! and is a task for somebody: the person holds a slip, and their token is never silently cancelled.

use std::iter;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use super::{about, owners};
use crate::actions::cancel_token::{CancelToken, cancel_token};
use crate::actions::command::{CommandId, commit};
use crate::actions::issue_tokens::{Details, FAMILY, member_key};
use crate::actions::leases::make_known;
use crate::actions::look_up::{PersonFound, with_history};
use crate::actions::tell::token_issued;
use crate::actions::{Actor, Authority};
use crate::chance::{fingerprint, is_link};
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::{Applicant, PastDose, Refusal};
use crate::domain::campaign::Vaccine;
use crate::domain::care::{MobileOf, Needs};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::person::{Category, Gender, IdNumber, IdType, Locality, Mobile, Name};
use crate::domain::place::{Role, Scope};
use crate::domain::token::{Holder, Unverified};
use crate::error::{Error, Result};
use crate::i18n::Tongue;
use crate::ids::{BeneficiaryId, DeskId, DoseId};
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::desk::{Desk, DeskTask, TaskKind};
use crate::storage::dose::DoseRow;
use crate::storage::journal::Act;
use crate::storage::lease::{LeaseState, Leased};
use crate::storage::message::MessageState;
use crate::storage::slot::{BookingSlot, Claim, Share};
use crate::storage::token::{NewToken, Token};

/// One thing that a desk did.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say what they are")]
pub enum DeskRecord {
    /// Made a token of a lent place.
    Issue {
        id: Uuid,
        number: TokenNumber,
        /// By the desk's corrected clock.
        at: Moment,
        /// Who sat there.
        by: String,
        /// The signed token, in base64url.
        cose: String,
        /// The place's short link and secret code, as they stand on the slip: the database may have forgotten that it lent it.
        link: String,
        code: String,
        person: Box<Typed>,
        /// The key of the form that had been sent and was not answered: what came of it there gives way to this slip.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// Cancelled a token that it had made.
    Cancel { id: Uuid, number: TokenNumber, at: Moment, by: String, reason: String },
}

/// A person, as the desk read what was typed.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Typed {
    pub mobile: Option<Mobile>,
    pub mobile_of: MobileOf,
    pub name: Name,
    pub birth_year: i64,
    pub gender: Gender,
    pub category: Category,
    pub certificate: bool,
    pub language: Tongue,
    pub needs: Needs,
    #[serde(default)]
    pub locality: Option<Locality>,
    pub id_type: IdType,
    pub id_end: String,
    /// The ID's whole number, for nobody but the server to open: see `Keyring::open_box`.
    pub id_sealed: String,
    #[serde(default)]
    pub earlier: Option<(Vaccine, Day)>,
}

impl Typed {
    /// As at the counter, under the fingerprint of an ID.
    fn details(&self, id_hash: Vec<u8>) -> Details {
        Details {
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
            id_hash,
            id_type: self.id_type,
            id_end: self.id_end.clone(),
        }
    }
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A token stands for it.
    Stored,
    /// It waits for an officer.
    Held,
}

impl Outcome {
    /// As the desk hears it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Held => "held",
        }
    }
}

impl DeskTask {
    /// A task of which nothing more is known.
    pub fn new(id: Uuid, desk_id: DeskId, kind: TaskKind, number: i64, found_at: Moment) -> Self {
        Self { id, desk_id, kind, number, detail: None, record: None, found_at, settled_at: None, settled_by: None, settlement: None }
    }
}

/// A slip that this desk signed, for a place that was lent to it.
struct Slip<'a> {
    desk: &'a Desk,
    /// The record's.
    id: Uuid,
    number: TokenNumber,
    at: Moment,
    person: &'a Typed,
    slot: &'a BookingSlot,
    dose: i64,
    now: Moment,
}

impl Slip<'_> {
    fn task(&self, kind: TaskKind) -> DeskTask {
        DeskTask::new(task_id(self.id, kind), self.desk.id, kind, self.number.value(), self.now)
    }

    /// What the rules of the moment of issue would have said, had the desk known what is known here.
    fn judge(&self, core: &Core, known: Option<&PersonFound>) -> Result<(), Refusal> {
        let Self { person, slot, dose, .. } = *self;
        let mut applicant = known.map_or_else(
            || Applicant {
                birth_year: person.birth_year,
                category: person.category,
                certificate: person.certificate,
                doses: Vec::new(),
                live: Vec::new(),
            },
            |known| Applicant { certificate: known.applicant.certificate || person.certificate, ..known.applicant.clone() },
        );
        if let (true, Some((vaccine, given_on))) = (applicant.doses.is_empty(), person.earlier) {
            applicant.doses.push(PastDose { number: 1, vaccine, given_on });
        }
        let due = slot.offer().for_applicant(&core.campaign, &applicant, Role::Clerk, self.at)?;
        match applicant.doses.iter().find(|given| given.number == dose) {
            Some(given) if due != dose => Err(Refusal::DoseRecorded { dose, given_on: given.given_on }),
            _ if due != dose => Err(Refusal::DoseMissing { dose: due }),
            _ => Ok(()),
        }
    }

    fn token(&self, place: &Leased, person: BeneficiaryId, cose: Vec<u8>, actor: &Actor) -> NewToken {
        NewToken {
            number: place.number,
            beneficiary_id: person,
            dose: self.dose,
            vaccine: self.slot.vaccine,
            centre_id: self.slot.centre_id,
            slot_id: self.slot.id,
            owner: place.owner,
            serial: place.serial,
            id_type: self.person.id_type,
            id_end: self.person.id_end.clone(),
            link: place.link.clone(),
            secret_code: place.secret_code.clone(),
            cose,
            issued_at: self.at,
            issued_by: actor.name.to_string(),
        }
    }
}

/// Takes a record in. Taking it twice does no harm. `forced`: an officer takes what a revoked desk had brought.
pub async fn take(core: &Core, desk: &Desk, record: &DeskRecord, forced: bool) -> Result<Outcome> {
    match record {
        DeskRecord::Issue { .. } => repeating(|| issue(core, desk, record, forced)).await,
        DeskRecord::Cancel { .. } => repeating(|| cancel(core, desk, record, forced)).await,
    }
}

/// Cancels a token that the desk made. A desk that has ended may be in anybody's hands, and a token that has not come in cannot be
/// cancelled yet: both wait for an officer.
async fn cancel(core: &Core, desk: &Desk, record: &DeskRecord, forced: bool) -> Result<Outcome, Failure> {
    let DeskRecord::Cancel { id, number, by, reason, .. } = record else { return Err(Error::NotFound.into()) };
    let mut tx = core.db.write().await?;
    if tx.leased(&[*number]).await?.pop().is_none_or(|place| place.desk_id != Some(desk.id)) {
        return Err(Error::NotFound.into());
    }
    let may = forced || (desk.is_active() && tx.token(*number).await?.is_some());
    if !may {
        return hold(core, tx, desk, TaskKind::Cancel, record, *number, core.clock.now()).await;
    }
    drop(tx);
    let actor = actor(core, desk, by).await?;
    let command = CommandId::new(&about(desk), &id.to_string(), number.plain());
    let asked = CancelToken { command, authority: Authority::Staff(actor), number: *number, reason: reason.clone(), undo: false };
    match cancel_token(core, &asked).await {
        // Whoever has been let in meanwhile is in.
        Ok(_) | Err(Error::Refused(Refusal::NotWaiting)) => Ok(Outcome::Stored),
        Err(error) => Err(error.into()),
    }
}

/// Who sat there: a name that the desk says is believed only where it is somebody's of the same office.
async fn actor(core: &Core, desk: &Desk, by: &str) -> Result<Actor> {
    let account = core.read().await?.account(by).await?;
    let theirs = account.is_some_and(|account| Scope::from(account.scope) == Scope::Zone(desk.zone_id));
    let name: Arc<str> = if theirs { format!("user:{by}").into() } else { about(desk) };
    Ok(Actor { name, role: Role::Clerk, scope: Scope::Zone(desk.zone_id) })
}

async fn issue(core: &Core, desk: &Desk, record: &DeskRecord, forced: bool) -> Result<Outcome, Failure> {
    let DeskRecord::Issue { id, number, at, by, cose, person, key, .. } = record else { return Err(Error::NotFound.into()) };
    let now = core.clock.now();
    let actor = actor(core, desk, by).await?;
    if let Some(key) = key.as_ref().filter(|_| (desk.revoked_at.is_none() || forced) && signed(desk, cose).is_some()) {
        give_way(core, &actor, key, person).await?;
    }
    let mut tx = core.db.write().await?;
    let lent = match tx.leased(&[*number]).await?.pop() {
        Some(place) => Some(place).filter(|place| place.desk_id == Some(desk.id)),
        None => forgotten(core, &mut tx, desk, record).await?,
    };
    let Some(place) = lent else {
        return hold(core, tx, desk, TaskKind::Unreadable, record, *number, now).await;
    };
    let (slots, shares) = tx.lock_slots(&[place.slot_id]).await?;
    let slot = slots.into_iter().next().ok_or(Error::NotFound)?;
    let place = tx.lock_leased(&[*number]).await?.pop().ok_or(Error::NotFound)?;
    if place.state == LeaseState::Used {
        return match place.record_id {
            Some(used_by) if used_by == *id => Ok(Outcome::Stored),
            _ => hold(core, tx, desk, TaskKind::Twice, record, *number, now).await,
        };
    }
    if desk.revoked_at.is_some() && !forced {
        return hold(core, tx, desk, TaskKind::Revoked, record, *number, now).await;
    }
    let Some((cose, dose)) = genuine(desk, &place, &slot, cose, person, *at) else {
        return hold(core, tx, desk, TaskKind::Unreadable, record, *number, now).await;
    };

    let slip = Slip { desk, id: *id, number: *number, at: *at, person, slot: &slot, dose, now };
    let (person_id, mut tasks) = holder(core, &mut tx, &slip).await?;
    let over = place.state != LeaseState::Held && !take_place(&mut tx, &slot, &shares, &place).await?;
    let token = slip.token(&place, person_id, cose, &actor);
    let message = token_issued(core, &token, slot.starts + slot.minutes * 60);
    let state = if person.mobile.is_some() { MessageState::Waiting } else { MessageState::NoPhone };
    if person.mobile.is_some() || tasks.iter().any(|task| task.kind == TaskKind::Refused) {
        tx.add_messages(&[message], state, now).await?;
    }
    tx.add_tokens(&[token]).await?;
    if over {
        tx.set_over_capacity(*number).await?;
    }
    for kind in
        [(over, TaskKind::OverCapacity), (place.state == LeaseState::Returned, TaskKind::Returned)].into_iter().filter(|(so, _)| *so)
    {
        tasks.push(slip.task(kind.1));
    }
    tx.use_leased(*number, *id, now).await?;
    make_known(&mut tx, slot.centre_id, *number).await?;
    for task in &tasks {
        tx.add_desk_task(task).await?;
    }
    let note = core.note_in(&actor.name, Scope::Centre(slot.centre_id), Act::IssueAtDesk, Some(number.plain()));
    if !tx.add_entries(&[crate::storage::journal::Entry { id: *id, ..note }]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    core.touch(slot.id);
    Ok(Outcome::Stored)
}

/// A place that was lent after the copy was made that the database was brought back from: its row is made again, as one whose place is
/// anybody's by now. The desk's own signature says which place it was, and its number that it was lent here.
async fn forgotten(core: &Core, tx: &mut Tx, desk: &Desk, record: &DeskRecord) -> Result<Option<Leased>> {
    let DeskRecord::Issue { number, at, cose, link, code, .. } = record else { return Ok(None) };
    let Some((_, slip)) = signed(desk, cose).filter(|(_, slip)| slip.claims.number == *number && core.has_forgotten(number)) else {
        return Ok(None);
    };
    let claims = &slip.claims;
    let (slots, shares) = tx.lock_slots(&[claims.slot]).await?;
    let Some(slot) = slots.into_iter().find(|slot| (1..=slot.serials).contains(&claims.serial)) else { return Ok(None) };
    // Out of whose share is forgotten too: of the first that has room, else of the first.
    let theirs: Vec<_> =
        owners(desk.zone_id, &slot).into_iter().filter_map(|owner| shares.iter().find(|share| share.owner == owner)).collect();
    let Some(share) = theirs.iter().find(|share| share.taken < share.capacity).or(theirs.first()) else { return Ok(None) };
    let fits = is_link(link) && code.len() == 4 && code.bytes().all(|digit| digit.is_ascii_digit());
    if !fits || tx.is_given(slot.id, claims.serial, link).await? {
        return Ok(None);
    }
    let place = Leased {
        number: *number,
        desk_id: Some(desk.id),
        pack_id: None,
        slot_id: slot.id,
        owner: share.owner,
        serial: claims.serial,
        link: link.clone(),
        secret_code: code.clone(),
        lent_at: *at,
        state: LeaseState::Lost,
        record_id: None,
    };
    tx.add_leased(std::slice::from_ref(&place)).await?;
    Ok(Some(place))
}

/// The form had been sent by the link before, alone or as a family's, and its answer never came: nobody holds this person's slip of it.
async fn give_way(core: &Core, actor: &Actor, key: &str, person: &Typed) -> Result<()> {
    let keys = iter::once(key.to_owned()).chain((0..FAMILY).map(|at| member_key(key, at)));
    let sent: Vec<_> = keys.map(|key| CommandId::new(&actor.name, &key, "").id).collect();
    let mut tx = core.read().await?;
    let mut theirs = None;
    for entry in tx.entries(&sent).await? {
        let Some(number) = entry.subject.and_then(|subject| subject.parse::<TokenNumber>().ok()) else { continue };
        // A mistyped card may have been typed right the second time, or a name.
        let is_named = |token: &Token| token.name.key() == person.name.key() && token.birth_year == person.birth_year;
        let is_theirs = |token: &Token| token.state == TokenState::Issued && (token.id_end == person.id_end || is_named(token));
        theirs = theirs.or(tx.token(number).await?.filter(is_theirs));
    }
    drop(tx);
    let Some(Token { number, .. }) = theirs else { return Ok(()) };
    let asked = CancelToken {
        command: CommandId::new(&actor.name, &format!("{key} {} gives way", number.plain()), ""),
        authority: Authority::Staff(actor.clone()),
        number,
        reason: "desk_slip_instead".into(),
        undo: false,
    };
    match cancel_token(core, &asked).await {
        Ok(_) | Err(Error::Refused(_) | Error::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Keeps a record that is not carried out, for an officer.
async fn hold(
    core: &Core,
    mut tx: Tx,
    desk: &Desk,
    kind: TaskKind,
    record: &DeskRecord,
    number: TokenNumber,
    now: Moment,
) -> Result<Outcome, Failure> {
    let (DeskRecord::Issue { id, .. } | DeskRecord::Cancel { id, .. }) = record;
    let text = serde_json::to_string(record).map_err(|error| Error::Internal(error.to_string()))?;
    let task = DeskTask { record: Some(text), ..DeskTask::new(task_id(*id, kind), desk.id, kind, number.value(), now) };
    if !tx.add_desk_task(&task).await? {
        return Ok(Outcome::Held);
    }
    tx.add_entries(&[core.note_in(&about(desk), Scope::Zone(desk.zone_id), Act::HoldDeskRecord, Some(number.plain()))]).await?;
    commit(tx).await?;
    Ok(Outcome::Held)
}

/// One task of a kind for each record.
fn task_id(record: Uuid, kind: TaskKind) -> Uuid {
    CommandId::new("desk task", &format!("{record} {kind}"), "").id
}

/// The signed bytes and the dose, if this desk signed exactly this place for this person.
fn genuine(desk: &Desk, place: &Leased, slot: &BookingSlot, cose: &str, person: &Typed, at: Moment) -> Option<(Vec<u8>, i64)> {
    let (bytes, slip) = signed(desk, cose)?;
    let claims = &slip.claims;
    let holder = Holder { birth_year: person.birth_year, id_type: person.id_type, id_end: person.id_end.clone() };
    let same = claims.number == place.number
        && claims.revision == 1
        && claims.slot == slot.id
        && claims.serial == place.serial
        && claims.centre == slot.centre_id
        && claims.starts == slot.starts
        && claims.issued == at
        && claims.holder.as_ref() == Some(&holder);
    same.then_some((bytes, claims.dose))
}

/// The bytes, and what they say, if this desk signed them. Its key may have had another name, that the database has forgotten.
fn signed(desk: &Desk, cose: &str) -> Option<(Vec<u8>, Unverified)> {
    let bytes = BASE64URL_NOPAD.decode(cose.as_bytes()).ok()?;
    let slip = Unverified::from_bytes(&bytes).ok()?;
    slip.verify(&desk.public).then_some((bytes, slip))
}

/// Whose slip it is, and what somebody has to look at. Two live tokens of one dose are two rows of people until then: neither token is touched.
async fn holder(core: &Core, tx: &mut Tx, slip: &Slip<'_>) -> Result<(BeneficiaryId, Vec<DeskTask>), Failure> {
    let person = slip.person;
    let mut tasks = Vec::new();
    let whose = core.keys().open_box(&person.id_sealed, &slip.number).and_then(|text| IdNumber::parse(person.id_type, &text).ok());
    let hash = whose.as_ref().filter(|whose| whose.end() == person.id_end).map(|whose| core.keys().hash_id(whose));
    let people = match &hash {
        Some(hash) => tx.people(&[], &[], std::slice::from_ref(hash)).await?,
        None => Vec::new(),
    };
    if hash.is_none() {
        tasks.push(slip.task(TaskKind::NoIdentity));
    }
    // A mistyped number that happens to be another person's makes nobody that person.
    let (other, known) = match with_history(tx, people).await?.pop() {
        Some(found) if person.details(Vec::new()).is_other(&found.row) => (Some(found), None),
        found => (None, found),
    };
    let refusal = match &other {
        Some(other) => Some(other.row.holds_the_id()),
        None => slip.judge(core, known.as_ref()).err(),
    };
    if let Some(refusal) = refusal {
        tasks.push(DeskTask { detail: serde_json::to_string(&refusal).ok(), ..slip.task(TaskKind::Refused) });
    }

    let has_no_dose = known.as_ref().is_none_or(|known| known.applicant.doses.is_empty());
    let holds_one = |found: &PersonFound| found.applicant.live.iter().any(|(_, of, _)| *of == slip.dose);
    let apart = other.is_some() || known.as_ref().is_some_and(holds_one);
    let id = match known {
        Some(known) if !apart => {
            if let Some(locality) = &person.locality {
                tx.set_localities(&[(known.row.id, locality.clone())]).await?;
            }
            known.row.id
        }
        _ => {
            let own = hash.filter(|_| !apart).unwrap_or_else(|| fingerprint(format!("desk record {}", slip.number.plain())));
            let id = BeneficiaryId(core.chance.id(slip.now));
            write_down(tx, id, &person.details(own), slip.now).await?;
            id
        }
    };
    if let (Some((vaccine, given_on)), true) = (person.earlier, has_no_dose) {
        let row = DoseRow { id: DoseId(core.chance.id(slip.now)), beneficiary_id: id, number: 1, vaccine, given_on };
        tx.add_stated_doses(&[row]).await?;
    }
    Ok((id, tasks))
}

async fn write_down(tx: &mut Tx, id: BeneficiaryId, person: &Details, now: Moment) -> Result<(), Failure> {
    tx.add_people(&[person.beneficiary(id)], now).await?;
    if tx.add_identities(&[person.identity(id)]).await? { Ok(()) } else { Err(Failure::Again) }
}

/// A place that was given back or away is taken again, if it is still free.
async fn take_place(tx: &mut Tx, slot: &BookingSlot, shares: &[Share], place: &Leased) -> sqlx::Result<bool> {
    let has_room = shares.iter().any(|share| share.owner == place.owner && share.taken < share.capacity);
    if !has_room || slot.taken >= slot.capacity {
        return Ok(false);
    }
    let taken = tx.claim_slots(&[Claim { slot: slot.id, places: 1, serials: 0 }]).await?;
    Ok(taken && tx.claim_shares(&[(slot.id, place.owner, 1)]).await?)
}
