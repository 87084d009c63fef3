//! One slice of scans: each is decided or merged in order, against what those before it did.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::{Code, Detail, RecordScan, ScanAnswer, answer};
use crate::actions::answer::iso;
use crate::board::Board;
use crate::core::Core;
use crate::domain::admission::{Decision, GateFacts, Known, Place, Presented, Signature, SlotFacts, TokenState, Verdict, decide};
use crate::domain::booking::UNDO_SECONDS;
use crate::domain::moment::Moment;
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::token::Unverified;
use crate::error::{Error, Result};
use crate::keyring::Keyring;
use crate::storage::lease::Lent;
use crate::storage::scan::{Conflict, ConflictKind, Scan, ScanKind};
use crate::storage::token::ScanToken;

/// How far two clocks may differ before an undo counts as too late, in seconds.
const CLOCK_MARGIN: i64 = 5;

/// The reason of an admission for another gate that could not be reached: that one may have admitted too.
const LANE_GATE_GONE: &str = "lane_gate_gone";

/// What a slice has read, and what it is going to write.
pub(super) struct Ledger<'a> {
    core: &'a Core,
    keys: Arc<Keyring>,
    board: Arc<Board>,
    now: Moment,
    pub(super) tokens: HashMap<TokenNumber, ScanToken>,
    /// Admissions of genuine tokens that this database does not hold (it was restored, or they came from elsewhere).
    strangers: HashMap<TokenNumber, (Uuid, Moment)>,
    /// What desks' keys may sign of these numbers.
    pub(super) lent: HashMap<TokenNumber, Lent>,
    /// Admissions of tokens that came in already or may not: whoever was let in on one is in, whatever becomes of the first.
    seconds: HashMap<TokenNumber, Vec<(Uuid, Moment)>>,
    pub(super) known: HashMap<Uuid, Scan>,
    /// When a token's person was sent home, where a scan may have been before that.
    pub(super) sent_home: HashMap<TokenNumber, Moment>,
    pub(super) new_scans: Vec<Scan>,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) changed: BTreeSet<TokenNumber>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(core: &'a Core, now: Moment) -> Self {
        Self {
            core,
            keys: core.keys(),
            board: core.board(),
            now,
            tokens: HashMap::new(),
            strangers: HashMap::new(),
            lent: HashMap::new(),
            seconds: HashMap::new(),
            known: HashMap::new(),
            new_scans: Vec::new(),
            sent_home: HashMap::new(),
            conflicts: Vec::new(),
            changed: BTreeSet::new(),
        }
    }

    /// Takes one scan in, and answers it.
    pub(super) fn record(&mut self, scan: &RecordScan) -> Result<ScanAnswer> {
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
            // Practice and the real day do not know each other's slips.
            Code::Slip(slip, _) if slip.is_practice() != self.core.is_practice() => Presented::Foreign,
            Code::Slip(slip, bytes) => {
                let signature = self.check(slip, bytes);
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
                let slot = self.board.slot(slot)?;
                let session = self.board.session(slot.session_id)?;
                Some(SlotFacts { closes: session.closes, stopped: session.stopped, lanes: session.lanes })
            }
        })
    }

    /// What the signature of a slip is worth. Byte for byte what was signed and stored here needs no second look.
    fn check(&self, slip: &Unverified, bytes: &[u8]) -> Signature {
        let number = &slip.claims.number;
        let desk = self.keys.desk_public(slip.kid);
        match (self.tokens.get(number), self.keys.public(slip.kid).or(desk)) {
            (Some(token), _) if token.cose == bytes => Signature::Good,
            (_, None) => Signature::UnknownKey,
            (_, Some(public)) if !slip.verify(public) => Signature::Bad,
            _ if desk.is_none() => Signature::Good,
            _ => match self.lent.get(number) {
                Some(lent) => lent.says(slip.kid, &slip.claims),
                None if self.core.has_forgotten(number) => Signature::Unproved,
                None => Signature::Bad,
            },
        }
    }

    /// Whether a gate let somebody in on a slip that it could not check and that nobody here has signed.
    fn is_forged(&self, scan: &RecordScan) -> bool {
        let Code::Slip(slip, bytes) = &scan.code else { return false };
        scan.decided.is_some() && matches!(self.check(slip, bytes), Signature::Bad | Signature::UnknownKey)
    }

    /// Lets a decision change the token it is about.
    fn apply(&mut self, scan: &RecordScan, decision: Decision, at: Moment, detail: &mut Detail) {
        let Some(number) = scan.code.number() else { return };
        if decision.verdict != Verdict::Admitted || scan.kind == ScanKind::ReEntry {
            return;
        }
        // The true holder may still come.
        if self.is_forged(scan) {
            return self.conflict(scan, number, ConflictKind::NotGenuine, None, detail);
        }
        let Some(token) = self.tokens.get_mut(&number) else {
            match self.strangers.get(&number) {
                Some((first, _)) => {
                    let first = Some(*first);
                    self.seconds.entry(number).or_default().push((scan.id, at));
                    self.conflict(scan, number, ConflictKind::Double, first, detail);
                }
                None => drop(self.strangers.insert(number, (scan.id, at))),
            }
            return;
        };
        // They came in, and went home again, before this gate was heard: their next day is another. The gate, which may have heard of that day
        // before it was heard, hears of it once more.
        if self.sent_home.get(&number).is_some_and(|home| at <= *home) {
            self.changed.insert(number);
            return;
        }
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
            // The dose was recorded before this gate was heard: a late admission, not a second one.
            TokenState::Vaccinated | TokenState::Left if token.admitted_by.is_none() => {
                token.admitted_at = Some(at);
                token.admitted_by = Some(scan.id);
                self.changed.insert(number);
            }
            TokenState::Cancelled => {
                self.seconds.entry(number).or_default().push((scan.id, at));
                self.conflict(scan, number, ConflictKind::Cancelled, None, detail);
            }
            TokenState::Admitted | TokenState::Vaccinated | TokenState::Left => {
                let first = token.admitted_by;
                self.seconds.entry(number).or_default().push((scan.id, at));
                self.conflict(scan, number, ConflictKind::Double, first, detail);
            }
        }
    }

    /// An admission that stands, read from the database: a stranger's first one, or one that came second.
    pub(super) fn admitted(&mut self, scan: &Scan) {
        let Some(number) = scan.number else { return };
        if self.tokens.contains_key(&number) || self.strangers.contains_key(&number) {
            self.seconds.entry(number).or_default().push((scan.id, scan.phone_at));
        } else {
            self.strangers.insert(number, (scan.id, scan.phone_at));
        }
    }

    /// An undo or a wrong person: gives the token back, when the scan it names is still the last word and nobody else came in on it.
    fn take_back(&mut self, scan: &RecordScan, at: Moment, detail: &mut Detail) {
        let Some(number) = scan.code.number() else { return };
        let target = scan.reverses.and_then(|id| self.known.get(&id)).filter(|target| target.number == Some(number));
        let in_time = target.is_some_and(|target| {
            let same_gate = target.gate_id == scan.gate;
            scan.kind == ScanKind::WrongPerson || (same_gate && at - target.phone_at <= UNDO_SECONDS + CLOCK_MARGIN)
        });
        let seconds = self.seconds.entry(number).or_default();
        let was_second = seconds.iter().any(|(id, _)| Some(*id) == scan.reverses);
        if in_time {
            seconds.retain(|(id, _)| Some(*id) != scan.reverses);
        }
        let stranger_back = self.strangers.get(&number).is_some_and(|(id, _)| Some(*id) == scan.reverses);
        match self.tokens.get_mut(&number) {
            Some(token) if in_time && token.state == TokenState::Admitted && token.admitted_by == scan.reverses => {
                let next = seconds.first().copied();
                token.state = if next.is_some() { TokenState::Admitted } else { TokenState::Issued };
                (token.admitted_by, token.admitted_at) = next.unzip();
                self.changed.insert(number);
            }
            Some(_) if in_time && was_second => drop(self.changed.insert(number)),
            None if in_time && stranger_back => match seconds.first() {
                Some(next) => drop(self.strangers.insert(number, *next)),
                None => drop(self.strangers.remove(&number)),
            },
            None if in_time && was_second => {}
            _ => self.conflict(scan, number, ConflictKind::Undo, scan.reverses, detail),
        }
    }

    /// Marks what somebody should look at: an admission for a gate that could not be reached, a clock that cannot be right.
    fn mark(&mut self, scan: &RecordScan, at: Moment, decision: Option<Decision>, detail: &mut Detail) {
        let Some(number) = scan.code.number().filter(|_| detail.conflict.is_none()) else { return };
        let admitted = decision.is_some_and(|decision| decision.verdict == Verdict::Admitted);
        if admitted && scan.kind == ScanKind::AdmitAnyway && scan.reason.as_deref() == Some(LANE_GATE_GONE) {
            self.conflict(scan, number, ConflictKind::LaneGone, None, detail);
        } else if !at.is_possible(self.now) {
            self.conflict(scan, number, ConflictKind::Clock, None, detail);
        }
    }

    fn conflict(&mut self, scan: &RecordScan, number: TokenNumber, kind: ConflictKind, first: Option<Uuid>, detail: &mut Detail) {
        detail.conflict = Some(kind);
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
