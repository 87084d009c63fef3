//! A gate's sync: up go its scans, down come an answer for each and everything that changed for its centre.

mod base;
mod down;

pub use down::*;

use super::lanes::{self, LaneMove, grant_ends};
use super::move_gate;
use crate::actions::record_scans::{Code, RecordScan, Scanning};
use crate::core::Core;
use crate::domain::admission::{Decision, Verdict};
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{CentreId, GateId};
use crate::storage::Tx;
use crate::storage::charge::Whose;
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

/// What a gate sends.
#[derive(Debug, serde::Deserialize)]
pub struct Up {
    /// Scans since the last call, in order.
    #[serde(default)]
    pub scans: Vec<serde_json::Value>,
    /// What it has heard so far; absent: nothing.
    pub cursor: Option<i64>,
    /// The epoch that the cursor belongs to, and the centre.
    pub epoch: Option<String>,
    /// Where it takes itself to be.
    pub centre: Option<CentreId>,
    /// The version of the base it holds.
    pub base: Option<String>,
    /// The version of what it knows of desks' leases.
    pub leases: Option<String>,
    /// Its own clock, uncorrected.
    pub phone_time: Moment,
    /// How many scans wait after these.
    #[serde(default)]
    pub waiting: i64,
    /// When the oldest of those was written.
    #[serde(default)]
    pub oldest_at: Option<Moment>,
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
    /// Where the phone was a gate when it wrote this; absent: where it is.
    pub centre: Option<CentreId>,
}

/// A centre's phones and lanes, as one of its gates is told of them.
struct Doors {
    gate: Gate,
    lanes: Vec<Lane>,
    base: Base,
}

impl Doors {
    async fn read(tx: &mut Tx, core: &Core, id: GateId, centre: CentreId) -> Result<Self> {
        let (lanes, gates) = (tx.lanes_of(centre).await?, tx.gates_of(centre).await?);
        let moved = || Error::Unavailable("the phone was moved by another call".into());
        let gate = gates.iter().find(|gate| gate.id == id).ok_or_else(moved)?.clone();
        let district = core.board().centre(centre).map(|centre| centre.district_id).ok_or(Error::NotFound)?;
        let desks = tx.desk_keys_in(district).await?;
        let base = base::base(core, &gate, &lanes, &gates, &desks)?;
        Ok(Self { gate, lanes, base })
    }

    /// Whether the gate was asked to give a lane up, or to leave.
    fn is_asked(&self) -> bool {
        self.gate.moving_to.is_some() || self.lanes.iter().any(|lane| lane.gate_id == self.gate.id && lane.to_gate.is_some())
    }
}

/// One sync.
pub async fn sync_gate(core: &Core, scanning: &Scanning, gate: &Gate, up: Up) -> Result<Down> {
    if up.scans.len() > MOST_SCANS {
        return Err(Error::Malformed(format!("at most {MOST_SCANS} scans in a call")));
    }
    let up = Up { waiting: up.waiting.max(0), ..up };
    let now = core.clock.now();
    if gate.revoked_at.is_some() {
        return super::held_scans::hand_in(core, gate, up, now).await;
    }
    let answers = store(core, scanning, gate, up.scans).await?;

    let heard = Gate {
        heard_at: Some(now),
        waiting: up.waiting,
        oldest_at: up.oldest_at.filter(|_| up.waiting > 0),
        clock_offset: core.clock.offset_of(up.phone_time),
        version: up.version.chars().filter(|c| !c.is_control()).take(20).collect(),
        ..gate.clone()
    };
    let mut tx = core.read().await?;
    let mut doors = Doors::read(&mut tx, core, gate.id, gate.centre_id).await?;
    // A phone that holds this base has struck off the lanes that it was asked for. Whoever gets them must know whom it admitted:
    // while it has more to send, they stay.
    let has_sent_all = up.waiting == 0 && answers.iter().all(UpAnswer::is_final);
    let gives_up = doors.is_asked() && has_sent_all && up.base.as_deref() == Some(&doors.base.version);
    if gives_up || !up.lanes.is_empty() || is_news(gate, &heard) {
        tx.commit().await?;
        let mut writing = core.write().await?;
        writing.heard_gate(&heard, grant_ends(now)).await?;
        lanes::follow(&mut writing, core, &doors.gate, &up.lanes, now).await?;
        // What it was asked since is another question.
        let gives_up = gives_up && writing.gate(gate.id).await?.is_some_and(|fresh| fresh.asked == doors.gate.asked);
        if gives_up {
            lanes::acknowledged(&mut writing, core, &doors.gate, &doors.lanes, now).await?;
        }
        let leaves_for = match doors.gate.moving_to.filter(|_| gives_up) {
            Some(to) => move_gate::arrive(&mut writing, core, &doors.gate, to, now).await?.then_some(to),
            None => None,
        };
        writing.commit().await?;
        if leaves_for.is_some() {
            core.reload_board().await?;
        }
        tx = core.read().await?;
        doors = Doors::read(&mut tx, core, gate.id, leaves_for.unwrap_or(gate.centre_id)).await?;
    }
    let (base, centre) = (doors.base, doors.gate.centre_id);
    let epoch = core.epoch();
    let heard_before = up.epoch.as_deref() == Some(&*epoch) && up.centre == Some(centre);
    let cursor = up.cursor.filter(|_| heard_before).unwrap_or(0);
    // While it still has scans to send, which it does at once, what changed can wait for its last call.
    let changes = match up.waiting {
        0 => tx.token_changes(centre, cursor, now.day(), MOST_CHANGES).await?,
        _ => Vec::new(),
    };
    let conflicts = tx.open_conflicts(Scope::Centre(centre), Whose::All, MOST_CONFLICTS).await?;
    let leases = base::leases(&mut tx, core, centre, now).await?;
    let last = tx.last_change(centre).await?;
    // The phone has heard more than the database knows: that was brought back from a copy.
    let forgot = changes.is_empty() && cursor > last;
    tx.commit().await?;
    if forgot {
        core.doubt_epoch(&epoch).await?;
    }
    let more = forgot || changes.len() as i64 == MOST_CHANGES;
    let cursor = match changes.last() {
        Some(change) if more => change.changed,
        _ if up.waiting > 0 => cursor,
        // What came after the last one shown was of past days: it is not looked through again.
        _ => last,
    };
    Ok(Down {
        server_time: now,
        epoch: core.epoch(),
        cursor: if forgot { 0 } else { cursor },
        more,
        answers,
        base: (up.base.as_deref() != Some(&base.version)).then_some(base),
        leases: (up.leases.as_deref() != Some(&leases.version)).then_some(leases),
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
pub(super) async fn store(core: &Core, scanning: &Scanning, gate: &Gate, rows: Vec<serde_json::Value>) -> Result<Vec<UpAnswer>> {
    let by_whom: Arc<str> = format!("gate:{}", gate.id).into();
    let ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap_or("").to_owned()).collect();
    let read: Vec<Option<UpScan>> = rows.into_iter().map(|row| serde_json::from_value(row).ok()).collect();
    let elsewhere = read.iter().flatten().any(|scan| scan.centre.is_some_and(|centre| centre != gate.centre_id));
    let former = if elsewhere { core.read().await?.former_centres(gate.id).await? } else { Vec::new() };
    // A version of the app that this server does not understand, or a broken store.
    let unreadable = || Error::Malformed("no scan".into());
    let records = read.into_iter().map(|scan| scan.map(|scan| record(gate, &former, &by_whom, scan)).ok_or_else(unreadable)).collect();
    let outcomes = scanning.rows(records).await?.into_iter().map(|outcome| match outcome {
        Ok(answer) => ("stored", Some(answer.detail)),
        Err(error) => (error.status().1, None),
    });
    Ok(ids.into_iter().zip(outcomes).map(|(id, (outcome, detail))| UpAnswer { id, outcome, detail }).collect())
}

fn record(gate: &Gate, former: &[CentreId], by_whom: &Arc<str>, scan: UpScan) -> RecordScan {
    RecordScan {
        id: scan.id,
        kind: scan.kind,
        code: match (scan.number, scan.qr.as_deref().map(Code::read)) {
            (_, Some(Ok(slip @ Code::Slip(..)))) => slip,
            (Some(number), _) => Code::Number(number, scan.revision),
            _ => Code::None,
        },
        centre: scan.centre.filter(|centre| former.contains(centre)).unwrap_or(gate.centre_id),
        gate: Some(gate.id),
        decided: Some(Decision { verdict: scan.verdict.unwrap_or(Verdict::NotOurs), late: scan.late }),
        clock_proved: scan.clock_proved,
        at: Some(scan.at),
        reason: scan.reason.map(|reason| reason.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect()),
        reverses: scan.reverses,
        by_whom: Arc::clone(by_whom),
    }
}
