//! A gate's sync: up go its scans, down come an answer for each and everything that changed for its centre.

use crate::actions::record_scans::{Code, Detail, RecordScan};
use crate::board::Board;
use crate::chance::short_hash;
use crate::core::Core;
use crate::domain::admission::{Decision, Verdict};
use crate::domain::moment::Moment;
use crate::domain::number::{CallNumber, TokenNumber};
use crate::error::{Error, Result};
use crate::ids::{CentreId, SlotId};
use crate::slice::Slice;
use crate::storage::gate::Gate;
use crate::storage::scan::ScanKind;
use crate::storage::token::TokenChange;
use std::sync::Arc;

use uuid::Uuid;

/// How many scans one call takes.
pub const MOST_SCANS: usize = 200;

/// How many token changes one answer carries.
const MOST_CHANGES: i64 = 500;

/// How much of a reason is kept, in characters.
const LONGEST_REASON: usize = 200;

/// For how many days ahead a gate hears of slots.
const DAYS_AHEAD: i64 = 7;

/// What a gate sends.
#[derive(Debug, serde::Deserialize)]
pub struct Up {
    /// Scans since the last call, in order.
    #[serde(default)]
    pub scans: Vec<serde_json::Value>,
    /// What it has heard so far; absent: nothing.
    pub cursor: Option<i64>,
    /// The epoch that the cursor belongs to.
    pub epoch: Option<String>,
    /// The version of the base it holds.
    pub base: Option<String>,
    /// Its own clock, uncorrected.
    pub phone_time: Moment,
    /// How many scans wait after these.
    #[serde(default)]
    pub waiting: i64,
}

/// One scan, as the gate stored it.
#[derive(Debug, serde::Deserialize)]
#[expect(missing_docs, reason = "as in RecordScan")]
pub struct UpScan {
    pub id: Uuid,
    pub kind: ScanKind,
    pub number: Option<TokenNumber>,
    pub revision: Option<i64>,
    /// The QR code's text, for a token that the gate had not heard of.
    pub qr: Option<String>,
    pub verdict: Option<Verdict>,
    #[serde(default)]
    pub late: bool,
    pub reason: Option<String>,
    pub reverses: Option<Uuid>,
    pub at: Moment,
    pub clock_proved: bool,
}

/// What a gate hears.
#[derive(Debug, serde::Serialize)]
pub struct Down {
    /// The server's clock.
    pub server_time: Moment,
    /// Changes with a restore: then the gate begins anew.
    pub epoch: String,
    /// To be sent with the next call.
    pub cursor: i64,
    /// There is more: call again at once.
    pub more: bool,
    /// One for each scan, in order.
    pub answers: Vec<UpAnswer>,
    /// What changes seldom; absent when the gate has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// Tokens that changed.
    pub tokens: Vec<DownToken>,
}

/// What became of one scan.
#[derive(Debug, serde::Serialize)]
pub struct UpAnswer {
    /// The scan's id, as it was sent.
    pub id: String,
    /// `stored`, or why not.
    pub outcome: &'static str,
    /// What goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

/// What changes seldom.
#[derive(Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Base {
    pub version: String,
    pub gate: DownGate,
    pub keys: Vec<DownKey>,
    pub early_minutes: i64,
    pub late_minutes: Option<i64>,
    pub running_late_minutes: i64,
    pub slots: Vec<DownSlot>,
    pub centres: Vec<DownCentre>,
}

#[derive(Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DownGate {
    pub name: String,
    pub centre: CentreId,
    pub lanes: Vec<i64>,
    pub lane_holders: Vec<(i64, String)>,
    pub desk_phone: String,
}

#[derive(Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DownKey {
    pub kid: i64,
    pub public: String,
}

#[derive(Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DownSlot {
    pub id: SlotId,
    pub call: i64,
    pub starts: Moment,
    pub minutes: i64,
    pub closes: Moment,
    pub stopped: bool,
    pub lanes: i64,
}

#[derive(Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DownCentre {
    pub id: CentreId,
    pub name_en: String,
    pub name_hi: String,
    pub address_en: String,
    pub address_hi: String,
}

/// A token, without anything personal.
#[derive(Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DownToken {
    pub number: TokenNumber,
    pub revision: i64,
    pub centre: CentreId,
    pub slot: SlotId,
    pub starts: Moment,
    pub minutes: i64,
    pub call_number: CallNumber,
    pub state: crate::domain::admission::TokenState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admitted_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admitted_by: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admitted_gate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Moment>,
}

/// The queue that scans go through.
pub type Scanning = Slice<RecordScan, Result<crate::actions::record_scans::ScanAnswer>>;

/// One sync.
pub async fn sync_gate(core: &Core, scanning: &Scanning, gate: &Gate, up: Up) -> Result<Down> {
    if up.scans.len() > MOST_SCANS {
        return Err(Error::Malformed(format!("at most {MOST_SCANS} scans in a call")));
    }
    if gate.revoked_at.is_some() {
        return Err(Error::Forbidden);
    }
    let now = core.clock.now();
    let answers = store(scanning, gate, up.scans).await?;

    let mut tx = core.write().await?;
    tx.heard_gate(gate.id, now, up.waiting, up.phone_time - now).await?;
    tx.commit().await?;

    let mut tx = core.read().await?;
    let cursor = up.cursor.filter(|_| up.epoch.as_deref() == Some(&core.epoch)).unwrap_or(0);
    let changes = tx.token_changes(gate.centre_id, cursor, now.day(), MOST_CHANGES).await?;
    let lanes = tx.lanes_of(gate.centre_id).await?;
    let gates = tx.gates().await?;
    tx.commit().await?;
    let base = base(core, gate, &lanes, &gates)?;
    Ok(Down {
        server_time: now,
        epoch: core.epoch.clone(),
        cursor: changes.last().map_or(cursor, |change| change.changed),
        more: changes.len() as i64 == MOST_CHANGES,
        answers,
        base: (up.base.as_deref() != Some(&base.version)).then_some(base),
        tokens: changes.into_iter().map(DownToken::from).collect(),
    })
}

/// Each scan gets its own answer; one that cannot be stored never holds up those behind it.
async fn store(scanning: &Scanning, gate: &Gate, rows: Vec<serde_json::Value>) -> Result<Vec<UpAnswer>> {
    let by_whom: Arc<str> = format!("gate:{}", gate.id).into();
    let ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap_or("").to_owned()).collect();
    let read: Vec<Option<RecordScan>> =
        rows.into_iter().map(|row| Some(record(gate, &by_whom, serde_json::from_value(row).ok()?))).collect();
    let mut stored = scanning.many(read.iter().flatten().cloned().collect()).await?.into_iter();
    let outcome = |record: Option<RecordScan>| match record.and_then(|_| stored.next()).map(Result::flatten) {
        Some(Ok(answer)) => ("stored", Some(answer.detail)),
        Some(Err(error)) => (error.status().1, None),
        // A version of the app that this server does not understand, or a broken store.
        None => ("malformed", None),
    };
    let outcomes = read.into_iter().map(outcome);
    Ok(ids.into_iter().zip(outcomes).map(|(id, (outcome, detail))| UpAnswer { id, outcome, detail }).collect())
}

fn record(gate: &Gate, by_whom: &Arc<str>, scan: UpScan) -> RecordScan {
    RecordScan {
        id: scan.id,
        kind: scan.kind,
        code: match (scan.number, scan.qr.as_deref().map(Code::read)) {
            (_, Some(Ok(slip @ Code::Slip(..)))) => slip,
            (Some(number), _) => Code::Number(number, scan.revision),
            _ => Code::None,
        },
        centre: gate.centre_id,
        gate: Some(gate.id),
        decided: Some(Decision { verdict: scan.verdict.unwrap_or(Verdict::NotOurs), late: scan.late }),
        clock_proved: scan.clock_proved,
        at: Some(scan.at),
        reason: scan.reason.map(|reason| reason.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect()),
        reverses: scan.reverses,
        by_whom: Arc::clone(by_whom),
    }
}

fn base(core: &Core, gate: &Gate, lanes: &[(i64, crate::ids::GateId)], gates: &[Gate]) -> Result<Base> {
    let board = core.board();
    let centre = board.centre(gate.centre_id).ok_or(Error::NotFound)?;
    let name_of = |id| gates.iter().find(|gate| gate.id == id).map_or_else(String::new, |gate| gate.name.clone());
    let today = core.clock.now().day();
    let mut base = Base {
        version: String::new(),
        gate: DownGate {
            name: gate.name.clone(),
            centre: centre.id,
            lanes: lanes.iter().filter(|(_, holder)| *holder == gate.id).map(|(lane, _)| *lane).collect(),
            lane_holders: lanes.iter().map(|(lane, holder)| (*lane, name_of(*holder))).collect(),
            desk_phone: board.zone(centre.zone_id).map_or_else(String::new, |zone| zone.phone.clone()),
        },
        keys: core
            .keys()
            .publics()
            .into_iter()
            .map(|(kid, public)| DownKey { kid, public: data_encoding::BASE64URL_NOPAD.encode(public) })
            .collect(),
        early_minutes: core.campaign.early_minutes,
        late_minutes: core.campaign.late_minutes,
        running_late_minutes: centre.running_late,
        slots: slots(&board, centre.id, today),
        centres: board.field.centres.iter().filter(|other| other.district_id == centre.district_id).map(DownCentre::from).collect(),
    };
    let json = serde_json::to_vec(&base).map_err(|error| Error::Internal(error.to_string()))?;
    base.version = short_hash(json);
    Ok(base)
}

fn slots(board: &Board, centre: CentreId, today: crate::domain::moment::Day) -> Vec<DownSlot> {
    let days = today..today.plus(DAYS_AHEAD);
    let wanted = board.field.slots.iter().filter(|slot| slot.centre_id == centre && days.contains(&slot.day));
    let slot = wanted.filter_map(|slot| {
        let session = board.session(slot.session_id)?;
        Some(DownSlot {
            id: slot.id,
            call: slot.call,
            starts: slot.starts,
            minutes: slot.minutes,
            closes: session.closes,
            stopped: session.stopped,
            lanes: session.lanes,
        })
    });
    slot.collect()
}

impl From<&crate::storage::field::Centre> for DownCentre {
    fn from(centre: &crate::storage::field::Centre) -> Self {
        Self {
            id: centre.id,
            name_en: centre.name_en.clone(),
            name_hi: centre.name_hi.clone(),
            address_en: centre.address_en.clone(),
            address_hi: centre.address_hi.clone(),
        }
    }
}

impl From<TokenChange> for DownToken {
    fn from(change: TokenChange) -> Self {
        Self {
            number: change.number,
            revision: change.revision,
            centre: change.centre_id,
            slot: change.slot_id,
            starts: change.starts,
            minutes: change.minutes,
            call_number: CallNumber { slot: change.call, serial: change.serial },
            state: change.state,
            admitted_at: change.admitted_at,
            admitted_by: change.admitted_by,
            admitted_gate: change.admitted_gate,
            cancelled_at: change.cancelled_at,
        }
    }
}
