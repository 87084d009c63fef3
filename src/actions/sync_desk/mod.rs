//! A desk's sync: up go the tokens that it made without a link and the places that it gives back; down come an answer for each,
//! the places that it holds, and what it must know to go on alone.

mod base;
mod take;

pub use base::{Base, DeskCentre, DeskSlot, DeskThird};
pub use take::{DeskRecord, Outcome, Typed, take};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::leases::{Holder, Lending, give_back, lend};
use crate::board::Board;
use crate::core::Core;
use crate::domain::lease::{Pace, Room, difference, holdings};
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::place::{Owner, Role};
use crate::error::{Error, Result};
use crate::ids::{CentreId, DistrictId, SlotId, ZoneId};
use crate::storage::Tx;
use crate::storage::desk::{Desk, DeskTask, TaskKind};
use crate::storage::lease::{LeaseState, Leased};
use crate::storage::slot::{BookingSlot, Share};

/// How many records one call takes.
pub const MOST_RECORDS: usize = 50;

/// How often it is written down that a desk was heard, in seconds.
const HEARD_EVERY: i64 = 20;

/// A desk that was silent for so long shares nothing: its part goes to the others.
const SHARES_SECONDS: i64 = 6 * 3600;

/// Slots that begin later than this many seconds from now are not lent.
const AHEAD: i64 = 2 * 86_400;

/// Of how many slots a desk holds places at most.
const MOST_SLOTS: usize = 24;

/// What a desk sends.
#[derive(Debug, serde::Deserialize)]
pub struct Up {
    /// This call: a call that was not answered is made again under the same id.
    pub call: Uuid,
    /// The word that the last answer gave.
    pub word: String,
    /// What was done since, in order.
    #[serde(default)]
    pub records: Vec<serde_json::Value>,
    /// Places that the desk has struck off.
    #[serde(default)]
    pub returned: Vec<TokenNumber>,
    /// Tokens that it made in the last hour.
    #[serde(default)]
    pub pace: i64,
    /// How many records wait after these.
    #[serde(default)]
    pub waiting: i64,
    /// When the oldest of those was written.
    #[serde(default)]
    pub oldest_at: Option<Moment>,
    /// Its own clock, uncorrected.
    pub desk_time: Moment,
    /// The version of the base that it holds.
    pub base: Option<String>,
}

/// What a desk hears.
#[derive(Debug, serde::Serialize)]
pub struct Down {
    /// The server's clock.
    pub server_time: Moment,
    /// How it stands with this desk.
    pub standing: Standing,
    /// To be brought by the next call.
    pub word: String,
    /// Changes when the database was brought back from a copy: then the desk sends again what it kept.
    pub epoch: Arc<str>,
    /// One for each record, in order.
    pub answers: Vec<Answer>,
    /// Every unused place that it holds.
    pub places: Vec<Place>,
    /// Those of them that are wanted back.
    pub give_back: Vec<TokenNumber>,
    /// What changes seldom; absent when the desk has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
}

/// How it stands with a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// An officer has not approved it yet.
    Waiting,
    /// It may issue.
    Active,
    /// It may not issue any more; what it made is still taken.
    Ended,
    /// A copy of its memory is about: it begins anew as another desk.
    Copied,
}

/// What became of one record.
#[derive(Debug, serde::Serialize)]
pub struct Answer {
    /// As it was sent.
    pub id: String,
    /// `stored`; `held`, for an officer to look at; or why it was not taken.
    pub outcome: &'static str,
}

/// A lent place.
#[derive(Debug, serde::Serialize)]
#[expect(missing_docs, reason = "as in Leased")]
pub struct Place {
    pub number: TokenNumber,
    pub slot: SlotId,
    pub serial: i64,
    pub link: String,
    pub code: String,
}

impl From<Leased> for Place {
    fn from(leased: Leased) -> Self {
        Self { number: leased.number, slot: leased.slot_id, serial: leased.serial, link: leased.link, code: leased.secret_code }
    }
}

impl Desk {
    fn standing(&self) -> Standing {
        match self {
            Self { fenced_at: Some(_), .. } => Standing::Copied,
            Self { approved_at: None, .. } => Standing::Waiting,
            desk if desk.is_active() => Standing::Active,
            _ => Standing::Ended,
        }
    }
}

/// One sync.
pub async fn sync_desk(core: &Core, desk: &Desk, up: Up) -> Result<Down> {
    if up.records.len() > MOST_RECORDS {
        return Err(Error::Malformed(format!("at most {MOST_RECORDS} records in a call")));
    }
    let mut answers = Vec::with_capacity(up.records.len());
    for record in &up.records {
        let id = record["id"].as_str().unwrap_or("").to_owned();
        let outcome = match serde_json::from_value::<DeskRecord>(record.clone()) {
            Ok(record) => take(core, desk, &record, false).await.map_or_else(|error| error.status().1, Outcome::word),
            // A version of the page that this server does not understand, or a broken store.
            Err(_) => "malformed",
        };
        answers.push(Answer { id, outcome });
    }
    let (desk, wanted) = settle(core, desk, &up).await?;
    let mut tx = core.read().await?;
    let held = tx.leased_to(desk.id).await?;
    tx.commit().await?;
    let base = base::base(core, &desk, &held)?;
    Ok(Down {
        server_time: core.clock.now(),
        standing: desk.standing(),
        word: desk.word.clone(),
        epoch: core.epoch(),
        answers,
        places: if desk.is_active() { held.into_iter().map(Place::from).collect() } else { Vec::new() },
        give_back: wanted,
        base: (up.base.as_deref() != Some(&base.version)).then_some(base),
    })
}

/// Takes back what the desk struck off, lends it what it should hold, and gives it the word for its next call.
async fn settle(core: &Core, desk: &Desk, up: &Up) -> Result<(Desk, Vec<TokenNumber>)> {
    let now = core.clock.now();
    let mut tx = core.read().await?;
    let plan = if desk.is_active() { plan(&mut tx, &core.board(), desk, up, now).await? } else { Plan::default() };
    tx.commit().await?;
    let again = desk.call_id == Some(up.call);
    let epoch = core.epoch();
    let true_word = again || up.word == desk.word;
    // Its word is of a time that the database has forgotten, or the first since: there is none to hold it to.
    let is_first = |desk: &Desk| desk.epoch.as_deref() != Some(&*epoch);
    let changes = is_first(desk) || !up.records.is_empty() || !up.returned.is_empty() || !plan.lend.is_empty();
    let silent = desk.heard_at.is_none_or(|heard| now - heard >= HEARD_EVERY);
    if true_word && !changes && !silent && desk.waiting == up.waiting {
        return Ok((desk.clone(), plan.give_back));
    }
    let most: i64 = plan.lend.iter().map(|(_, places)| places).sum();
    let first_index = if most > 0 { core.take_token_indexes(most).await? } else { 0 };

    let mut tx = core.write().await?;
    let mut desk = tx.lock_desk(desk.id).await?.ok_or(Error::NotFound)?;
    let mut touched: Vec<SlotId> = Vec::new();
    let again = desk.call_id == Some(up.call);
    if !again && !is_first(&desk) && up.word != desk.word && desk.fenced_at.is_none() {
        desk.fenced_at = Some(now);
        tx.put_desk(&desk).await?;
        let detail = Some(desk.name.clone());
        let id = core.chance.id(now);
        tx.add_desk_task(&DeskTask { detail, ..DeskTask::new(id, desk.id, TaskKind::Copied, 0, now) }).await?;
    }
    // Only its own; and nothing from a desk of which a copy is about, since the other may have given the place to somebody.
    let own = if up.returned.is_empty() || desk.fenced_at.is_some() { Vec::new() } else { tx.leased(&up.returned).await? };
    let own: Vec<_> = own.into_iter().filter(|place| place.desk_id == Some(desk.id)).collect();
    let lends: Vec<_> = if desk.is_active() { plan.lend } else { Vec::new() };
    let locked: BTreeSet<_> = own.iter().map(|place| place.slot_id).chain(lends.iter().map(|(slot, _)| *slot)).collect();
    if !locked.is_empty() {
        let locked = Vec::from_iter(locked);
        let (mut rows, mut shares) = tx.lock_slots(&locked).await?;
        let numbers: Vec<_> = own.iter().map(|place| place.number).collect();
        let returned = give_back(&mut tx, &numbers, LeaseState::Returned).await?;
        touched.extend(returned.iter().map(|place| place.slot_id));
        if !returned.is_empty() {
            // What came back to a slot that is to have fewer places is gone.
            (rows, shares) = tx.lock_slots(&locked).await?;
        }
        let lendings = lendings(desk.zone_id, &lends, &rows, &shares);
        let lent = lend(&mut tx, core, Holder::Desk(desk.id), &lendings, first_index, now).await?;
        touched.extend(lent.iter().map(|place| place.slot_id));
    }
    desk.heard_at = Some(now);
    desk.waiting = up.waiting.max(0);
    desk.oldest_at = up.oldest_at.filter(|_| up.waiting > 0);
    desk.clock_offset = core.clock.offset_of(up.desk_time);
    desk.pace = up.pace.clamp(0, 1_000);
    // A word is used up by the call that changed something. A retry of that call gets the word that its answer would have brought.
    if changes && !again {
        desk.word = core.chance.link();
        desk.call_id = Some(up.call);
    }
    desk.epoch = Some(epoch.to_string());
    tx.heard_desk(&desk).await?;
    super::command::commit(tx).await?;
    for slot in touched {
        core.touch(slot);
    }
    Ok((desk, plan.give_back))
}

/// What may really be lent of what was planned, now that the slots are locked: of the office's own share first.
fn lendings(zone: ZoneId, planned: &[(SlotId, i64)], slots: &[BookingSlot], shares: &[Share]) -> Vec<Lending> {
    let mut lendings = Vec::new();
    for (id, places) in planned {
        let Some(slot) = slots.iter().find(|slot| slot.id == *id && !slot.stopped) else { continue };
        let mut left = (*places).min(slot.capacity - slot.taken);
        for owner in owners(zone, slot) {
            let share = shares.iter().find(|share| share.slot_id == slot.id && share.owner == owner);
            let some = share.map_or(0, |share| share.capacity - share.taken).min(left);
            if some > 0 {
                lendings.push(Lending { slot: slot.clone(), owner, places: some });
                left -= some;
            }
        }
    }
    lendings
}

/// Whose places a zone's desk may hold: the zone's own anywhere, and what is open at its own centres.
fn owners(zone: ZoneId, slot: &BookingSlot) -> Vec<Owner> {
    if slot.zone_id == zone { vec![Owner::Zone(zone), Owner::Open] } else { vec![Owner::Zone(zone)] }
}

/// What a desk should get, by slot, and what it should give back.
#[derive(Default)]
struct Plan {
    lend: Vec<(SlotId, i64)>,
    give_back: Vec<TokenNumber>,
}

async fn plan(tx: &mut Tx, board: &Board, desk: &Desk, up: &Up, now: Moment) -> Result<Plan> {
    let mut held: BTreeMap<SlotId, Vec<TokenNumber>> = BTreeMap::new();
    for place in tx.leased_to(desk.id).await?.into_iter().filter(|place| !up.returned.contains(&place.number)) {
        held.entry(place.slot_id).or_default().push(place.number);
    }
    let lent = [Owner::Zone(desk.zone_id), Owner::Open];
    let mut slots = tx.slots_for(&lent, (desk.zone_id, CentreId(0), DistrictId(0)), now).await?;
    slots.retain(|slot| slot.starts - now < AHEAD);
    slots.truncate(MOST_SLOTS);
    let missing: Vec<_> = held.keys().filter(|id| !slots.iter().any(|slot| slot.id == **id)).copied().collect();
    if !missing.is_empty() {
        slots.extend(tx.booking_slots(&missing).await?);
    }
    slots.sort_by_key(|slot| (slot.starts, slot.id));
    if slots.is_empty() {
        return Ok(Plan::default());
    }
    let ids: Vec<_> = slots.iter().map(|slot| slot.id).collect();
    let shares = tx.shares_of(&ids).await?;
    let by_all: BTreeMap<_, _> = tx.held_by_desks(&ids).await?.into_iter().collect();
    let rooms: Vec<_> = slots
        .iter()
        .map(|slot| {
            let ours = owners(desk.zone_id, slot);
            let of_share = shares.iter().filter(|share| share.slot_id == slot.id && ours.contains(&share.owner));
            let free = of_share.map(|share| share.capacity - share.taken).sum::<i64>().min(slot.capacity - slot.taken);
            let held = held.get(&slot.id).map_or(0, Vec::len) as i64;
            let held_by_all = by_all.get(&slot.id).copied().unwrap_or(0).max(held);
            Room { starts: slot.starts, open: board.offer(slot).is_open(Role::Clerk, now).is_ok(), free, held, held_by_all }
        })
        .collect();
    let desks = tx.desks_at_work(desk.zone_id, now + -SHARES_SECONDS).await?.max(1);
    let pace = Pace { an_hour: up.pace.clamp(0, 1_000), most: desk.most };
    let mut plan = Plan::default();
    for ((slot, room), should) in slots.iter().zip(&rooms).zip(holdings(&rooms, pace, desks, now)) {
        match difference(room, should, now) {
            more if more > 0 => plan.lend.push((slot.id, more)),
            less if less < 0 => {
                let numbers = held.get(&slot.id).map_or(&[][..], Vec::as_slice);
                plan.give_back.extend(numbers.iter().rev().take(-less as usize));
            }
            _ => {}
        }
    }
    Ok(plan)
}

/// The desk behind a browser's secret.
pub async fn desk_by_secret(core: &Core, secret: &str) -> Result<Option<Desk>> {
    Ok(core.read().await?.desk_by_secret(&crate::chance::fingerprint(secret)).await?)
}

/// As the journal names it.
pub(super) fn about(desk: &Desk) -> Arc<str> {
    format!("desk:{}", desk.id).into()
}
