//! Recording scans: the second hot verb. Live scans are decided here; a gate's uploads were decided at the gate and are kept
//! as the facts they are. Facts are merged, never overwritten: where two do not go together, both stay and a conflict is noted.

mod ledger;

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::core::Core;
use crate::domain::admission::{Decision, TokenState, Verdict};
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::token::Unverified;
use crate::error::Result;
use crate::ids::{CentreId, GateId};
use crate::slice::{Failure, Slice};
use crate::storage::scan::{ConflictKind, Found, Scan, ScanKind};
use crate::storage::token::{Admission, ScanToken};
use ledger::Ledger;

/// One scan to be recorded.
#[derive(Debug, Clone)]
pub struct RecordScan {
    /// Made where the scan was.
    pub id: Uuid,
    /// What was done.
    pub kind: ScanKind,
    /// What was presented.
    pub code: Code,
    /// At which centre.
    pub centre: CentreId,
    /// At which gate.
    pub gate: Option<GateId>,
    /// What the gate decided; absent: it is decided here.
    pub decided: Option<Decision>,
    /// Whether the gate's clock had been confirmed.
    pub clock_proved: bool,
    /// The gate's time; absent: now.
    pub at: Option<Moment>,
    /// Why, where the gatekeeper had to say.
    pub reason: Option<String>,
    /// The scan that this one takes back.
    pub reverses: Option<Uuid>,
    /// As the journal names whoever did it.
    pub by_whom: Arc<str>,
}

/// What was presented.
#[derive(Debug, Clone)]
pub enum Code {
    /// Nothing, or nothing of ours.
    None,
    /// A QR code of ours, taken apart, and its bytes.
    Slip(Box<Unverified>, Vec<u8>),
    /// A number, and the revision if the gate knows it.
    Number(TokenNumber, Option<i64>),
}

impl Code {
    /// Reads a QR code's text or a typed number.
    pub fn read(text: &str) -> Result<Self, crate::domain::number::BadNumber> {
        if text.contains('/') || text.len() > 30 {
            let bytes = text.rsplit_once("/T/").and_then(|(_, code)| data_encoding::BASE32_NOPAD.decode(code.as_bytes()).ok());
            let token = bytes.as_deref().and_then(|bytes| Unverified::from_bytes(bytes).ok());
            return Ok(match (token, bytes) {
                (Some(token), Some(bytes)) => Self::Slip(Box::new(token), bytes),
                _ => Self::None,
            });
        }
        Ok(Self::Number(text.parse()?, None))
    }

    fn number(&self) -> Option<TokenNumber> {
        match self {
            Self::None => None,
            Self::Slip(token, _) => Some(token.claims.number),
            Self::Number(number, _) => Some(*number),
        }
    }

    fn revision(&self) -> Option<i64> {
        match self {
            Self::None => None,
            Self::Slip(token, _) => Some(token.claims.revision),
            Self::Number(_, revision) => *revision,
        }
    }
}

/// What is answered to one scan. The same id always gets the same answer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ScanAnswer {
    /// The scan's id.
    pub id: Uuid,
    /// The verdict; absent for an undo and for somebody without a token.
    pub verdict: Option<Verdict>,
    /// Admitted after the slot's end: goes behind the current slot.
    pub late: bool,
    /// The token's number.
    pub number: Option<String>,
    /// What goes with the verdict.
    pub detail: Detail,
}

/// What goes with a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Detail {
    /// What is called in the hall.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_number: Option<String>,
    /// When the token's slot begins.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// The code of the centre that the token is for, when it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub centre: Option<String>,
    /// When the token was admitted before.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admitted_at: Option<String>,
    /// Why this fact does not go together with another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<ConflictKind>,
}

/// The queue before scanning.
pub type Scanning = Slice<RecordScan, Result<ScanAnswer>>;

/// Starts the queue before scanning.
pub fn queue(core: &Arc<Core>) -> Scanning {
    let core = Arc::clone(core);
    Slice::start(move |scans: Arc<[RecordScan]>| {
        let core = Arc::clone(&core);
        async move { write(&core, &scans).await }
    })
}

/// Writes a slice; one answer for each scan, in order.
pub async fn write(core: &Core, scans: &[RecordScan]) -> Result<Vec<Result<ScanAnswer>>, Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    let numbers: BTreeSet<_> = scans.iter().filter_map(|scan| scan.code.number()).collect();
    let numbers = Vec::from_iter(numbers);
    let mut ledger = Ledger::new(core, now);
    if !numbers.is_empty() {
        ledger.tokens = tx.lock_scan_tokens(&numbers).await?.into_iter().map(|token| (token.number, token)).collect();
    }
    let unknown = |number: &TokenNumber| !ledger.tokens.contains_key(number);
    let strangers: Vec<_> = numbers.iter().copied().filter(unknown).collect();
    // A token that became known while its number was waited for: the statement that waited did not see it.
    if core.db.is_shared() && !strangers.is_empty() && !tx.tokens(&strangers).await?.is_empty() {
        return Err(Failure::Again);
    }
    // What a gate admitted under an older revision may have been before its person was sent home.
    let is_old = |scan: &&RecordScan| {
        let token = scan.code.number().and_then(|number| ledger.tokens.get(&number));
        let is_newer = |token: &ScanToken| token.state == TokenState::Cancelled || scan.code.revision() < Some(token.revision);
        scan.decided.is_some() && token.is_some_and(is_newer)
    };
    let old: Vec<_> = scans.iter().filter(is_old).filter_map(|scan| scan.code.number()).collect();
    if !old.is_empty() {
        ledger.sent_home = tx.last_sent_home(&old).await?.into_iter().collect();
    }
    let mut ids: Vec<_> = scans.iter().map(|scan| scan.id).collect();
    ids.extend(scans.iter().filter_map(|scan| scan.reverses));
    // What a desk signed: it has not told of it yet, or the token was moved since.
    let keys = core.keys();
    let by_desk = |scan: &RecordScan| match &scan.code {
        Code::Slip(slip, _) => keys.desk_public(slip.kid).map(|_| slip.claims.number),
        _ => None,
    };
    let by_desks: Vec<_> = scans.iter().filter_map(by_desk).collect();
    if !by_desks.is_empty() {
        ledger.lent = tx.lent(&by_desks).await?.into_iter().map(|lent| (lent.number, lent)).collect();
    }
    for Found { scan, standing } in tx.scans(&ids, &strangers).await? {
        if standing {
            ledger.admitted(&scan);
        }
        ledger.known.insert(scan.id, scan);
    }
    let taken_back = scans
        .iter()
        .filter(|scan| scan.reverses.is_some())
        .filter_map(|scan| scan.code.number())
        .filter(|number| ledger.tokens.contains_key(number));
    let taken_back = taken_back.collect::<BTreeSet<_>>();
    if !taken_back.is_empty() {
        for scan in tx.second_admissions(&Vec::from_iter(taken_back)).await? {
            ledger.admitted(&scan);
        }
    }

    let answers: Vec<_> = scans.iter().map(|scan| ledger.record(scan)).collect();

    if !ledger.new_scans.is_empty() {
        let changed = || ledger.changed.iter().map(|number| &ledger.tokens[number]);
        let mut writes = tx.writes();
        if !ledger.changed.is_empty() {
            writes.set_admissions(&changed().map(Admission::of).collect::<Vec<_>>());
            writes.add_changes(&changed().map(|token| (token.centre_id, token.number)).collect::<Vec<_>>());
        }
        writes.add_scans(&ledger.new_scans);
        if !tx.write_together(writes).await? {
            return Err(Failure::Again);
        }
        let outside: Vec<_> = changed().filter(|token| token.state == TokenState::Issued).map(|token| token.number).collect();
        if !outside.is_empty() {
            tx.forget_turns(&outside).await?;
        }
        if !ledger.conflicts.is_empty() {
            tx.add_conflicts(&ledger.conflicts).await?;
        }
    }
    super::command::commit(tx).await.map_err(Failure::Error)?;
    Ok(answers)
}

fn answer(scan: &Scan) -> ScanAnswer {
    ScanAnswer {
        id: scan.id,
        verdict: scan.verdict,
        late: scan.late,
        number: scan.number.map(TokenNumber::plain),
        detail: scan.detail.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default(),
    }
}
