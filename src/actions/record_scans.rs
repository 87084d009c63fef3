//! Recording scans: the second hot verb. Live scans are decided here; a gate's uploads were decided at the gate and are kept
//! as the facts they are. Facts are merged, never overwritten: where two do not go together, both stay and a conflict is noted.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::answer::iso;
use crate::board::Board;
use crate::core::Core;
use crate::domain::admission::{Decision, GateFacts, Known, Place, Presented, Signature, SlotFacts, TokenState, Verdict, decide};
use crate::domain::booking::UNDO_SECONDS;
use crate::domain::moment::Moment;
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::token::Unverified;
use crate::error::{Error, Result};
use crate::ids::{CentreId, GateId};
use crate::keyring::Keyring;
use crate::slice::Failure;
use crate::storage::scan::{Conflict, ConflictKind, Found, Scan, ScanKind};
use crate::storage::token::{Admission, ScanToken};

/// How far two clocks may differ before an undo counts as too late, in seconds.
const CLOCK_MARGIN: i64 = 5;

/// How old a scan may be and how far in the future, in seconds, before its clock is taken to be wrong.
const OLDEST_SCAN: i64 = 14 * 86_400;
const LATEST_SCAN: i64 = 10 * 60;

/// The reason of an admission for another gate that could not be reached: that one may have admitted too.
const LANE_GATE_GONE: &str = "lane_gate_gone";

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
    #[schema(example = "admitted")]
    pub verdict: Option<String>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// The code of the centre that the token is for, when it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub centre: Option<String>,
    /// When the token was admitted before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admitted_at: Option<String>,
    /// Why this fact does not go together with another: `double`, `cancelled`, `moved`, `undo`, `lane_gone` or `clock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<String>,
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
    let strangers: Vec<_> = numbers.into_iter().filter(|number| !ledger.tokens.contains_key(number)).collect();
    let mut ids: Vec<_> = scans.iter().map(|scan| scan.id).collect();
    ids.extend(scans.iter().filter_map(|scan| scan.reverses));
    if !strangers.is_empty() {
        tx.lock_strangers(&strangers).await?;
    }
    for Found { scan, standing } in tx.scans(&ids, &strangers).await? {
        if let (true, Some(number)) = (standing, scan.number) {
            ledger.strangers.entry(number).or_insert((scan.id, scan.phone_at));
        }
        ledger.known.insert(scan.id, scan);
    }

    let answers: Vec<_> = scans.iter().map(|scan| ledger.record(scan)).collect();

    if !ledger.new_scans.is_empty() {
        if !ledger.changed.is_empty() {
            let changed = || ledger.changed.iter().map(|number| &ledger.tokens[number]);
            tx.add_changes(&changed().map(|token| (token.centre_id, token.number)).collect::<Vec<_>>()).await?;
            tx.set_admissions(&changed().map(Admission::of).collect::<Vec<_>>()).await?;
        }
        if !tx.add_scans(&ledger.new_scans).await? {
            return Err(Failure::Again);
        }
        if !ledger.conflicts.is_empty() {
            tx.add_conflicts(&ledger.conflicts).await?;
        }
    }
    super::command::commit(tx).await.map_err(Failure::Error)?;
    Ok(answers)
}

/// What a slice has read, and what it is going to write.
struct Ledger<'a> {
    core: &'a Core,
    keys: Arc<Keyring>,
    board: Arc<Board>,
    now: Moment,
    tokens: HashMap<TokenNumber, ScanToken>,
    /// Admissions of genuine tokens that this database does not hold (it was restored, or they came from elsewhere).
    strangers: HashMap<TokenNumber, (Uuid, Moment)>,
    known: HashMap<Uuid, Scan>,
    new_scans: Vec<Scan>,
    conflicts: Vec<Conflict>,
    changed: BTreeSet<TokenNumber>,
}

impl<'a> Ledger<'a> {
    fn new(core: &'a Core, now: Moment) -> Self {
        Self {
            core,
            keys: core.keys(),
            board: core.board(),
            now,
            tokens: HashMap::new(),
            strangers: HashMap::new(),
            known: HashMap::new(),
            new_scans: Vec::new(),
            conflicts: Vec::new(),
            changed: BTreeSet::new(),
        }
    }

    fn record(&mut self, scan: &RecordScan) -> Result<ScanAnswer> {
        if let Some(stored) = self.known.get(&scan.id) {
            let same = stored.kind == scan.kind && stored.number == scan.code.number() && stored.centre_id == scan.centre;
            return if same && stored.gate_id == scan.gate { Ok(answer(stored)) } else { Err(Error::IdReused) };
        }
        let at = scan.at.unwrap_or(self.now);
        let mut detail = Detail::default();
        let decision = match scan.kind {
            ScanKind::Undo | ScanKind::WrongPerson => {
                self.take_back(scan, at, &mut detail);
                None
            }
            ScanKind::NoToken => None,
            ScanKind::Scan | ScanKind::ReEntry | ScanKind::AdmitAnyway => {
                let decision = scan.decided.unwrap_or_else(|| self.decide(scan, at));
                self.apply(scan, decision, at, &mut detail);
                Some(decision)
            }
        };
        self.mark(scan, at, decision, &mut detail);
        self.describe(scan, decision, &mut detail);
        let row = Scan {
            id: scan.id,
            kind: scan.kind,
            number: scan.code.number(),
            revision: scan.code.revision(),
            centre_id: scan.centre,
            gate_id: scan.gate,
            verdict: decision.map(|decision| decision.verdict),
            reason: scan.reason.clone(),
            detail: (detail != Detail::default()).then(|| serde_json::to_string(&detail).unwrap_or_default()),
            reverses: scan.reverses,
            stranger: scan.code.number().is_some_and(|number| !self.tokens.contains_key(&number)),
            late: decision.is_some_and(|decision| decision.late),
            phone_at: at,
            clock_proved: scan.clock_proved,
            server_at: self.now,
            by_whom: scan.by_whom.to_string(),
        };
        let answer = answer(&row);
        self.known.insert(row.id, row.clone());
        self.new_scans.push(row);
        Ok(answer)
    }

    /// The verdict that the server itself gives.
    fn decide(&self, scan: &RecordScan, now: Moment) -> Decision {
        let token = scan.code.number().and_then(|number| self.tokens.get(&number));
        let presented = match &scan.code {
            Code::None => Presented::Foreign,
            Code::Number(number, _) => Presented::Typed { number: *number },
            Code::Slip(slip, bytes) => {
                // Byte for byte what was signed and stored here needs no second look; anything else is verified.
                let signature = match (token, self.keys.public(slip.kid)) {
                    (Some(token), _) if token.cose == *bytes => Signature::Good,
                    (_, None) => Signature::UnknownKey,
                    (_, Some(public)) if slip.verify(public) => Signature::Good,
                    _ => Signature::Bad,
                };
                let claims = &slip.claims;
                let place = Place { centre: claims.centre, slot: claims.slot, starts: claims.starts, minutes: claims.minutes };
                Presented::Slip { number: claims.number, revision: claims.revision, place, signature }
            }
        };
        let known = match (token, &presented) {
            (Some(token), _) => Some(Known { revision: token.revision, place: place_of(token), state: token.state }),
            (None, Presented::Slip { number, revision, place, signature: Signature::Good }) if self.strangers.contains_key(number) => {
                Some(Known { revision: *revision, place: *place, state: TokenState::Admitted })
            }
            _ => None,
        };
        let campaign = &self.core.campaign;
        let gate = GateFacts {
            centre: scan.centre,
            lanes: None,
            now,
            clock_proved: scan.clock_proved,
            early_minutes: campaign.early_minutes,
            late_minutes: campaign.late_minutes,
            running_late_minutes: self.board.centre(scan.centre).map_or(0, |centre| centre.late(now.day())),
        };
        decide(&gate, &presented, known.as_ref(), |slot| match token {
            Some(token) if token.slot_id == slot => Some(SlotFacts { closes: token.closes, stopped: token.stopped, lanes: token.lanes }),
            _ => {
                let slot = self.board.field.slots.iter().find(|row| row.id == slot)?;
                let session = self.board.session(slot.session_id)?;
                Some(SlotFacts { closes: session.closes, stopped: session.stopped, lanes: session.lanes })
            }
        })
    }

    /// Lets a decision change the token it is about.
    fn apply(&mut self, scan: &RecordScan, decision: Decision, at: Moment, detail: &mut Detail) {
        let Some(number) = scan.code.number() else { return };
        if decision.verdict != Verdict::Admitted || scan.kind == ScanKind::ReEntry {
            return;
        }
        let Some(token) = self.tokens.get_mut(&number) else {
            match self.strangers.get(&number) {
                Some((first, _)) => {
                    let first = Some(*first);
                    self.conflict(scan, number, ConflictKind::Double, first, detail);
                }
                None => drop(self.strangers.insert(number, (scan.id, at))),
            }
            return;
        };
        match token.state {
            TokenState::Issued => {
                let moved = token.centre_id != scan.centre;
                token.state = TokenState::Admitted;
                token.admitted_at = Some(at);
                token.admitted_by = Some(scan.id);
                self.changed.insert(number);
                if moved {
                    self.conflict(scan, number, ConflictKind::Moved, None, detail);
                }
            }
            TokenState::Cancelled => self.conflict(scan, number, ConflictKind::Cancelled, None, detail),
            TokenState::Admitted | TokenState::Vaccinated | TokenState::Left => {
                let first = token.admitted_by;
                self.conflict(scan, number, ConflictKind::Double, first, detail);
            }
        }
    }

    /// An undo or a wrong person: gives the token back, when the scan it names is still the last word.
    fn take_back(&mut self, scan: &RecordScan, at: Moment, detail: &mut Detail) {
        let Some(number) = scan.code.number() else { return };
        let target = scan.reverses.and_then(|id| self.known.get(&id)).filter(|target| target.number == Some(number));
        let in_time = target.is_some_and(|target| {
            let same_gate = target.gate_id == scan.gate;
            scan.kind == ScanKind::WrongPerson || (same_gate && at - target.phone_at <= UNDO_SECONDS + CLOCK_MARGIN)
        });
        let stranger_back = self.strangers.get(&number).is_some_and(|(id, _)| Some(*id) == scan.reverses);
        match self.tokens.get_mut(&number) {
            Some(token) if in_time && token.state == TokenState::Admitted && token.admitted_by == scan.reverses => {
                token.state = TokenState::Issued;
                token.admitted_at = None;
                token.admitted_by = None;
                self.changed.insert(number);
            }
            None if in_time && stranger_back => drop(self.strangers.remove(&number)),
            _ => self.conflict(scan, number, ConflictKind::Undo, scan.reverses, detail),
        }
    }

    /// Marks what somebody should look at: an admission for a gate that could not be reached, a clock that cannot be right.
    fn mark(&mut self, scan: &RecordScan, at: Moment, decision: Option<Decision>, detail: &mut Detail) {
        let Some(number) = scan.code.number().filter(|_| detail.conflict.is_none()) else { return };
        let admitted = decision.is_some_and(|decision| decision.verdict == Verdict::Admitted);
        let possible = (self.now + -OLDEST_SCAN)..=(self.now + LATEST_SCAN);
        if admitted && scan.kind == ScanKind::AdmitAnyway && scan.reason.as_deref() == Some(LANE_GATE_GONE) {
            self.conflict(scan, number, ConflictKind::LaneGone, None, detail);
        } else if !possible.contains(&at) {
            self.conflict(scan, number, ConflictKind::Clock, None, detail);
        }
    }

    fn conflict(&mut self, scan: &RecordScan, number: TokenNumber, kind: ConflictKind, first: Option<Uuid>, detail: &mut Detail) {
        detail.conflict = Some(kind.to_string());
        // The phone takes its own word for true until it hears otherwise: it must hear of the token again.
        if self.tokens.contains_key(&number) {
            self.changed.insert(number);
        }
        let conflict = Conflict { scan_id: scan.id, kind, first_scan_id: first, number, centre_id: scan.centre, found_at: self.now };
        self.conflicts.push(conflict);
    }

    /// What the person at the gate must be told beside the verdict.
    fn describe(&self, scan: &RecordScan, decision: Option<Decision>, detail: &mut Detail) {
        let Some(verdict) = decision.map(|decision| decision.verdict) else { return };
        let token = scan.code.number().and_then(|number| self.tokens.get(&number));
        let stranger = scan.code.number().and_then(|number| self.strangers.get(&number));
        let centre_code = |id| self.board.centre(id).map(|centre| centre.code.clone());
        match verdict {
            Verdict::NotOurs | Verdict::NotGenuine | Verdict::CannotCheck => return,
            Verdict::WrongCentre => {
                let slip = match &scan.code {
                    Code::Slip(slip, _) => Some(slip.claims.centre),
                    _ => None,
                };
                detail.centre = token.map(|token| token.centre_id).or(slip).and_then(centre_code);
            }
            Verdict::AlreadyAdmitted => {
                let first = token.and_then(|token| token.admitted_at).or(stranger.map(|(_, at)| *at));
                detail.admitted_at = first.map(iso);
            }
            _ => {}
        }
        if let Some(token) = token {
            detail.call_number = Some(CallNumber { slot: token.call, serial: token.serial }.to_string());
            if verdict != Verdict::Admitted {
                detail.starts_at = Some(iso(token.starts));
            }
        }
    }
}

fn place_of(token: &ScanToken) -> Place {
    Place { centre: token.centre_id, slot: token.slot_id, starts: token.starts, minutes: token.minutes }
}

fn answer(scan: &Scan) -> ScanAnswer {
    ScanAnswer {
        id: scan.id,
        verdict: scan.verdict.map(|verdict| verdict.to_string()),
        late: scan.late,
        number: scan.number.map(TokenNumber::plain),
        detail: scan.detail.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default(),
    }
}
