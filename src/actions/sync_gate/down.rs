//! What a gate hears. Nothing personal is in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::actions::record_scans::Detail;
use crate::domain::lease::Serials;
use crate::domain::moment::Moment;
use crate::domain::number::{CallNumber, TokenNumber};
use crate::ids::{CentreId, GateId, SlotId};
use crate::storage::scan::{ConflictFound, ConflictKind};
use crate::storage::token::TokenChange;

/// What a gate hears.
#[derive(Debug, serde::Serialize)]
pub struct Down {
    /// The server's clock.
    pub server_time: Moment,
    /// Changes with a restore: then the gate begins anew.
    pub epoch: Arc<str>,
    /// To be sent with the next call.
    pub cursor: i64,
    /// There is more: call again at once.
    pub more: bool,
    /// One for each scan, in order.
    pub answers: Vec<UpAnswer>,
    /// What changes seldom; absent when the gate has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// What desks may sign; absent when the gate has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leases: Option<DownLeases>,
    /// Tokens that changed.
    pub tokens: Vec<DownToken>,
    /// Until when its lanes are its own, should it not be heard again.
    pub lanes_until: Moment,
    /// What does not go together at its centre and is not settled yet, newest first.
    pub conflicts: Vec<DownConflict>,
    /// No gate any more: it has handed over what it wrote, and forgets the rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub revoked: bool,
}

/// Two facts that do not go together: what a gatekeeper may know of it.
#[derive(Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DownConflict {
    pub number: TokenNumber,
    pub kind: ConflictKind,
    pub gate: Option<String>,
    pub at: Moment,
    pub first_gate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_at: Option<Moment>,
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

impl UpAnswer {
    /// Whether the scan's fate is known; else the phone sends it again.
    pub(super) fn is_final(&self) -> bool {
        !matches!(self.outcome, "unavailable" | "outcome_unknown" | "too_many_requests" | "internal")
    }
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
    /// When it is no longer late: with the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_until: Option<Moment>,
    pub slots: Vec<DownSlot>,
    pub centres: Vec<DownCentre>,
}

#[derive(Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DownGate {
    pub id: GateId,
    pub name: String,
    pub centre: CentreId,
    pub lanes: Vec<i64>,
    /// Each lane with the epoch of its grant.
    pub lane_epochs: Vec<(i64, i64)>,
    pub lane_holders: Vec<(i64, String)>,
    pub lenient: bool,
    /// The centre's other phones, to which a lane may be handed.
    pub phones: Vec<(GateId, String)>,
    /// By which the centre's phones know each other's lane codes.
    pub lane_key: String,
    /// The centre that the phone goes to as soon as it has sent everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moving_to: Option<CentreId>,
    /// How often it was asked to give something up.
    pub asked: i64,
    /// The zone office's, and the supervisor's: they stand on every refusal.
    pub desk_phone: String,
    pub supervisor_phone: String,
}

#[derive(Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DownKey {
    pub kid: i64,
    pub public: String,
    /// A desk's: it signs what was lent to it, and nothing else.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub desk: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub revoked: bool,
}

/// What each desk's key may sign at this centre, as it was at a moment: all that was ever lent to it, less what it gave back.
#[derive(Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DownLeases {
    pub version: String,
    pub true_at: Moment,
    /// The database was brought back from a copy then: of what was lent before, it may know less than there was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forgot_until: Option<Moment>,
    pub serials: BTreeMap<i64, Serials>,
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

impl From<ConflictFound> for DownConflict {
    fn from(found: ConflictFound) -> Self {
        Self {
            number: found.number,
            kind: found.kind,
            gate: found.gate,
            at: found.phone_at,
            first_gate: found.first_gate,
            first_at: found.first_phone_at,
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
