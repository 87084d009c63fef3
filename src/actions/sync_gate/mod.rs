//! A gate's sync: up go its scans, down come an answer for each and everything that changed for its centre.

mod down;

pub use down::*;

use super::lanes::{self, LaneMove, grant_ends};
use crate::actions::record_scans::{Code, RecordScan};
use crate::board::Board;
use crate::chance::short_hash;
use crate::core::Core;
use crate::domain::admission::{Decision, Verdict};
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::error::{Error, Result};
use crate::ids::CentreId;
use crate::slice::Slice;
use crate::storage::gate::{Gate, Lane};
use crate::storage::scan::ScanKind;
use std::sync::Arc;

use uuid::Uuid;

/// How many scans one call takes.
pub const MOST_SCANS: usize = 200;

/// How many token changes one answer carries.
const MOST_CHANGES: i64 = 500;

/// How much of a reason is kept, in characters.
const LONGEST_REASON: usize = 200;

/// How many open conflicts a gate is shown.
const MOST_CONFLICTS: i64 = 10;

/// How often it is written down that a gate was heard, in seconds.
const HEARD_EVERY: i64 = 20;

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
    /// Which version of the app it runs.
    #[serde(default)]
    pub version: String,
    /// Lanes that moved from phone to phone without the server.
    #[serde(default)]
    pub lanes: Vec<LaneMove>,
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

/// The queue that scans go through.
pub type Scanning = Slice<RecordScan, Result<crate::actions::record_scans::ScanAnswer>>;

/// One sync.
pub async fn sync_gate(core: &Core, scanning: &Scanning, gate: &Gate, up: Up) -> Result<Down> {
    if up.scans.len() > MOST_SCANS {
        return Err(Error::Malformed(format!("at most {MOST_SCANS} scans in a call")));
    }
    let now = core.clock.now();
    if gate.revoked_at.is_some() {
        return super::held_scans::hand_in(core, gate, up, now).await;
    }
    let answers = store(scanning, gate, up.scans).await?;

    let heard = Gate {
        heard_at: Some(now),
        waiting: up.waiting,
        clock_offset: up.phone_time - now,
        version: up.version.chars().filter(|c| !c.is_control()).take(20).collect(),
        ..gate.clone()
    };
    let mut tx = core.read().await?;
    let (mut lanes, gates) = (tx.lanes_of(gate.centre_id).await?, tx.gates_of(gate.centre_id).await?);
    let mut base = base(core, gate, &lanes, &gates)?;
    // A phone that holds this base has struck off the lanes that it was asked for. Whoever gets them must know whom it admitted:
    // while it has more to send, they stay.
    let asked = lanes.iter().any(|lane| lane.gate_id == gate.id && lane.to_gate.is_some());
    let gives_up = asked && up.waiting == 0 && up.base.as_deref() == Some(&base.version);
    if gives_up || !up.lanes.is_empty() || is_news(gate, &heard) {
        tx.commit().await?;
        let mut writing = core.write().await?;
        writing.heard_gate(&heard, grant_ends(now)).await?;
        lanes::follow(&mut writing, core, gate, &up.lanes, now).await?;
        if gives_up {
            lanes::acknowledged(&mut writing, core, gate, &lanes, now).await?;
        }
        writing.commit().await?;
        tx = core.read().await?;
        lanes = tx.lanes_of(gate.centre_id).await?;
        base = self::base(core, gate, &lanes, &gates)?;
    }
    let cursor = up.cursor.filter(|_| up.epoch.as_deref() == Some(&core.epoch)).unwrap_or(0);
    // While it still has scans to send, which it does at once, what changed can wait for its last call.
    let changes = match up.waiting {
        0 => tx.token_changes(gate.centre_id, cursor, now.day(), MOST_CHANGES).await?,
        _ => Vec::new(),
    };
    let conflicts = tx.open_conflicts(Some(gate.centre_id), MOST_CONFLICTS).await?;
    tx.commit().await?;
    Ok(Down {
        server_time: now,
        epoch: core.epoch.clone(),
        cursor: changes.last().map_or(cursor, |change| change.changed),
        more: changes.len() as i64 == MOST_CHANGES,
        answers,
        base: (up.base.as_deref() != Some(&base.version)).then_some(base),
        tokens: changes.into_iter().map(DownToken::from).collect(),
        lanes_until: grant_ends(now),
        conflicts: conflicts.into_iter().map(DownConflict::from).collect(),
        revoked: false,
    })
}

/// Whether officers would see something new. A phone calls every few seconds: not each call is worth a write.
fn is_news(before: &Gate, now: &Gate) -> bool {
    let silent = match (before.heard_at, now.heard_at) {
        (Some(before), Some(now)) => now - before >= HEARD_EVERY,
        _ => true,
    };
    silent
        || before.version != now.version
        || (before.waiting == 0) != (now.waiting == 0)
        || before.clock_offset.abs_diff(now.clock_offset) > 5
}

/// Each scan gets its own answer; one that cannot be stored never holds up those behind it.
pub(super) async fn store(scanning: &Scanning, gate: &Gate, rows: Vec<serde_json::Value>) -> Result<Vec<UpAnswer>> {
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

fn base(core: &Core, gate: &Gate, lanes: &[Lane], gates: &[Gate]) -> Result<Base> {
    let board = core.board();
    let centre = board.centre(gate.centre_id).ok_or(Error::NotFound)?;
    let name_of = |id| gates.iter().find(|gate| gate.id == id).map_or_else(String::new, |gate| gate.name.clone());
    // A lane that the gate was asked for is no longer in its base: to hold this base is to have given it up.
    let own = || lanes.iter().filter(|lane| lane.gate_id == gate.id && lane.to_gate.is_none());
    // To a gate that is about to get a lane it is still the other one's: people are sent there until then.
    let holder = |lane: &Lane| if lane.next_holder() == gate.id { lane.gate_id } else { lane.next_holder() };
    let today = core.clock.now().day();
    let mut base = Base {
        version: String::new(),
        gate: DownGate {
            id: gate.id,
            name: gate.name.clone(),
            centre: centre.id,
            lanes: own().map(|lane| lane.lane).collect(),
            lane_epochs: lanes.iter().map(|lane| (lane.lane, lane.epoch)).collect(),
            lane_holders: lanes.iter().map(|lane| (lane.lane, name_of(holder(lane)))).collect(),
            lenient: centre.lenient,
            phones: gates
                .iter()
                .filter(|other| other.id != gate.id && other.enrolled_at.is_some() && other.revoked_at.is_none())
                .map(|other| (other.id, other.name.clone()))
                .collect(),
            lane_key: data_encoding::BASE64URL_NOPAD.encode(&core.keys().lane_key(centre.id)),
            desk_phone: board.zone(centre.zone_id).map_or_else(String::new, |zone| zone.phone.clone()),
            supervisor_phone: centre.supervisor_phone.clone(),
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
