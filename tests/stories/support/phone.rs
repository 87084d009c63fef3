//! A gate's phone as it really fails: what it has stored outlives a crash, what it only remembers does not. It decides by the
//! domain's own rule from what it holds.

use std::collections::{BTreeMap, BTreeSet};

use baari::actions::lanes::lane_code;
use baari::domain::admission::{GateFacts, Known, Place, Presented, Signature, SlotFacts, TokenState, Verdict, decide, lane};
use baari::domain::moment::Moment;
use baari::domain::number::TokenNumber;
use baari::ids::{CentreId, GateId, SlotId};
use baari::storage::scan::ScanKind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// How many scans go up in one call: few, so that a call often leaves some behind.
const MOST: usize = 3;

/// For how long an admission may be taken back, in seconds.
const UNDO_SECONDS: i64 = 60;

/// A mistake that a phone may be made with, to see whether it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The verdict is shown first and stored with the next act.
    ShowsBeforeItStores,
    /// What went out counts as sent, whatever came back.
    DropsWhatGotNoAnswer,
    /// What got no answer goes out under a new id.
    NewIdsOnARetry,
    /// A lane that it was told to give up is still admitted.
    KeepsALaneItGaveUp,
    /// A crash while an answer is taken in leaves the new cursor and no tokens.
    CursorWithoutTokens,
}

/// A code that somebody holds in their hand.
#[derive(Debug, Clone)]
pub struct Slip {
    pub number: TokenNumber,
    pub revision: i64,
    pub place: Place,
    pub qr: String,
}

/// One fact, as it is sent.
#[derive(Debug, Clone, Serialize)]
pub struct Scan {
    pub id: Uuid,
    pub kind: ScanKind,
    pub number: TokenNumber,
    pub revision: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    pub late: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverses: Option<Uuid>,
    pub at: Moment,
    pub clock_proved: bool,
    pub centre: CentreId,
}

/// A token as the phone knows it.
#[derive(Debug, Clone, Deserialize)]
pub struct Held {
    pub number: TokenNumber,
    #[serde(flatten)]
    pub known: Known,
    pub admitted_by: Option<Uuid>,
}

/// A lane that moved from phone to phone, until the server has heard of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    pub lane: i64,
    pub epoch: i64,
    pub to: GateId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Base {
    version: String,
    gate: OwnGate,
    early_minutes: i64,
    late_minutes: Option<i64>,
    running_late_minutes: i64,
    slots: Vec<OwnSlot>,
}

#[derive(Debug, Clone, Deserialize)]
struct OwnGate {
    id: GateId,
    name: String,
    centre: CentreId,
    lanes: Vec<i64>,
    lane_epochs: Vec<(i64, i64)>,
    lane_holders: Vec<(i64, String)>,
    lenient: bool,
    phones: Vec<(GateId, String)>,
    lane_key: String,
    moving_to: Option<CentreId>,
}

#[derive(Debug, Clone, Deserialize)]
struct OwnSlot {
    id: SlotId,
    #[serde(flatten)]
    facts: SlotFacts,
}

#[derive(Debug, Deserialize)]
struct Down {
    server_time: Moment,
    epoch: String,
    cursor: i64,
    more: bool,
    answers: Vec<Answered>,
    base: Option<Base>,
    tokens: Vec<Held>,
    #[serde(default)]
    revoked: bool,
}

#[derive(Debug, Deserialize)]
struct Answered {
    id: Uuid,
    outcome: String,
}

#[derive(Debug, Clone)]
struct Written {
    scan: Scan,
    /// Nothing until the server has said that it holds it.
    outcome: Option<String>,
}

/// What outlives a crash.
#[derive(Debug, Clone, Default)]
struct Stored {
    scans: Vec<Written>,
    tokens: BTreeMap<TokenNumber, Held>,
    base: Option<Base>,
    cursor: Option<i64>,
    epoch: Option<String>,
    offset: i64,
    moves: Vec<Move>,
    revoked: bool,
}

/// A call that is under way.
#[derive(Debug, Clone)]
pub struct Call {
    pub up: Value,
    /// What the server answered, once it has.
    pub down: Option<String>,
    sent: Vec<Uuid>,
    moves: Vec<Move>,
    phone_time: Moment,
    /// The phone's clock has jumped since: the answer proves nothing of it.
    jumped: bool,
}

/// What is gone after a crash.
#[derive(Debug, Default)]
struct Remembered {
    clock_proved: bool,
    unstored: Vec<(Scan, Option<Held>)>,
    given_up: BTreeSet<i64>,
    call: Option<Call>,
}

/// How taking an answer in ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Stored,
    CrashBefore,
    CrashAfter,
}

/// The phone.
pub struct Phone {
    pub name: String,
    pub secret: String,
    pub centre: CentreId,
    pub link: bool,
    /// By how much its own clock is wrong, in seconds.
    pub skew: i64,
    bug: Option<Bug>,
    stored: Stored,
    remembered: Remembered,
}

/// What the gatekeeper sees.
#[derive(Debug, Clone)]
pub struct Shown {
    pub verdict: Verdict,
    /// The gate that the person is sent to.
    pub next: Option<String>,
}

impl Phone {
    pub fn new(name: &str, secret: String, centre: CentreId, bug: Option<Bug>) -> Self {
        let (stored, remembered) = (Stored::default(), Remembered::default());
        Self { name: name.to_owned(), secret, centre, link: true, skew: 0, bug, stored, remembered }
    }

    pub fn id(&self) -> Option<GateId> {
        self.stored.base.as_ref().map(|base| base.gate.id)
    }

    pub fn is_revoked(&self) -> bool {
        self.stored.revoked
    }

    pub fn is_lenient(&self) -> bool {
        self.stored.base.as_ref().is_some_and(|base| base.gate.lenient)
    }

    pub fn token(&self, number: TokenNumber) -> Option<&Held> {
        self.stored.tokens.get(&number)
    }

    pub fn tokens(&self) -> impl Iterator<Item = &Held> {
        self.stored.tokens.values()
    }

    pub fn unsent(&self) -> usize {
        self.stored.scans.iter().filter(|row| row.outcome.is_none()).count() + self.remembered.unstored.len()
    }

    pub fn call(&mut self) -> Option<&mut Call> {
        self.remembered.call.as_mut()
    }

    /// The lanes that it admits.
    pub fn lanes(&self) -> BTreeSet<i64> {
        let Some(base) = self.stored.base.as_ref().filter(|base| base.gate.moving_to.is_none()) else { return BTreeSet::new() };
        let mut lanes: BTreeSet<_> = base.gate.lanes.iter().copied().collect();
        for moved in &self.stored.moves {
            if moved.code.is_some() {
                lanes.insert(moved.lane)
            } else {
                lanes.remove(&moved.lane)
            };
        }
        lanes
    }

    /// The gate that admits a lane, by what this phone has heard.
    pub fn holder(&self, lane: i64) -> Option<String> {
        let base = self.stored.base.as_ref()?;
        let given = self.stored.moves.iter().rfind(|moved| moved.lane == lane);
        match given {
            Some(moved) => base.gate.phones.iter().find(|(id, _)| *id == moved.to).map(|(_, name)| name.clone()),
            None => base.gate.lane_holders.iter().find(|(row, _)| *row == lane).map(|(_, name)| name.clone()),
        }
    }

    fn now(&self, now: Moment) -> Moment {
        now + self.skew + -self.stored.offset
    }

    /// Decides about a slip, stores the verdict, and shows it. `asked`: the server has said that nobody else admits it.
    pub fn scan(&mut self, id: Uuid, slip: &Slip, asked: bool, now: Moment) -> Shown {
        self.flush();
        let base = self.stored.base.as_ref().expect("a base");
        let facts = GateFacts {
            centre: base.gate.centre,
            lanes: (!asked).then(|| self.lanes().union(&self.remembered.given_up).copied().collect()),
            now: self.now(now),
            clock_proved: self.remembered.clock_proved,
            early_minutes: base.early_minutes,
            late_minutes: base.late_minutes,
            running_late_minutes: base.running_late_minutes,
        };
        let presented = Presented::Slip { number: slip.number, revision: slip.revision, place: slip.place, signature: Signature::Good };
        let known = self.stored.tokens.get(&slip.number).map(|held| &held.known);
        let slot = |slot| base.slots.iter().find(|row| row.id == slot).map(|row| row.facts);
        let decision = decide(&facts, &presented, known, slot);
        let lanes = slot(known.filter(|known| known.revision >= slip.revision).map_or(slip.place.slot, |known| known.place.slot))
            .map_or(1, |facts| facts.lanes);
        let next = (decision.verdict == Verdict::OtherGate).then(|| self.holder(lane(slip.number, lanes))).flatten();
        let mut scan = self.written(id, ScanKind::Scan, slip, now);
        (scan.verdict, scan.late) = (Some(decision.verdict), decision.late);
        let token = (decision.verdict == Verdict::Admitted).then(|| self.admitted(slip, id));
        self.record(scan, token);
        Shown { verdict: decision.verdict, next }
    }

    /// Lets somebody in for another gate that cannot be reached.
    pub fn admit_anyway(&mut self, id: Uuid, slip: &Slip, now: Moment) {
        self.flush();
        let mut scan = self.written(id, ScanKind::AdmitAnyway, slip, now);
        (scan.verdict, scan.reason) = (Some(Verdict::Admitted), Some("lane_gate_gone"));
        let token = self.admitted(slip, id);
        self.record(scan, Some(token));
    }

    /// Takes the last admission back, when there is one that may be; its number.
    pub fn take_back(&mut self, id: Uuid, kind: ScanKind, now: Moment) -> Option<TokenNumber> {
        self.flush();
        let young = |scan: &Scan| self.now(now) - scan.at <= UNDO_SECONDS;
        let last = self.stored.scans.last().filter(|row| row.scan.verdict == Some(Verdict::Admitted) && young(&row.scan))?.scan.clone();
        let mut token = self.stored.tokens.get(&last.number)?.clone();
        (token.known.state, token.admitted_by) = (TokenState::Issued, None);
        let at = self.now(now);
        let scan = Scan { id, kind, verdict: None, late: false, qr: None, reason: None, reverses: Some(last.id), at, ..last };
        self.record(Scan { clock_proved: self.remembered.clock_proved, ..scan }, Some(token));
        Some(last.number)
    }

    fn written(&self, id: Uuid, kind: ScanKind, slip: &Slip, now: Moment) -> Scan {
        let known = self.stored.tokens.contains_key(&slip.number);
        let qr = (!known).then(|| slip.qr.clone());
        let (at, clock_proved) = (self.now(now), self.remembered.clock_proved);
        let Slip { number, revision, .. } = *slip;
        let centre = self.stored.base.as_ref().expect("a base").gate.centre;
        Scan { centre, id, kind, number, revision, qr, verdict: None, late: false, reason: None, reverses: None, at, clock_proved }
    }

    fn admitted(&self, slip: &Slip, id: Uuid) -> Held {
        let own = || Known { revision: slip.revision, place: slip.place, state: TokenState::Issued };
        let known = self.stored.tokens.get(&slip.number).map_or_else(own, |held| held.known.clone());
        Held { number: slip.number, known: Known { state: TokenState::Admitted, ..known }, admitted_by: Some(id) }
    }

    fn record(&mut self, scan: Scan, token: Option<Held>) {
        self.remembered.unstored.push((scan, token));
        if self.bug != Some(Bug::ShowsBeforeItStores) {
            self.flush();
        }
    }

    fn flush(&mut self) {
        for (scan, token) in self.remembered.unstored.drain(..) {
            self.stored.scans.push(Written { scan, outcome: None });
            if let Some(token) = token {
                self.stored.tokens.insert(token.number, token);
            }
        }
    }

    /// Strikes a lane off and shows the code for another phone: lane, epoch and code.
    pub fn give(&mut self, lane: i64, to: GateId) -> Option<(i64, i64, String)> {
        let base = self.stored.base.as_ref()?;
        if !self.lanes().contains(&lane) {
            return None;
        }
        let taken = self.stored.moves.iter().rfind(|moved| moved.lane == lane).map(|moved| moved.epoch);
        let epoch = taken.or_else(|| base.gate.lane_epochs.iter().find(|(row, _)| *row == lane).map(|(_, epoch)| *epoch))? + 1;
        let key = data_encoding::BASE64URL_NOPAD.decode(base.gate.lane_key.as_bytes()).expect("a key");
        let code = lane_code(&key, base.gate.centre, lane, epoch, base.gate.id, to);
        self.stored.moves.push(Move { lane, epoch, to, code: None });
        Some((lane, epoch, code))
    }

    /// Takes a lane by the code that another phone shows.
    pub fn take(&mut self, from: GateId, lane: i64, epoch: i64, code: String) -> bool {
        let Some(base) = self.stored.base.as_ref().filter(|base| base.gate.moving_to.is_none()) else { return false };
        let key = data_encoding::BASE64URL_NOPAD.decode(base.gate.lane_key.as_bytes()).expect("a key");
        let genuine = lane_code(&key, base.gate.centre, lane, epoch, from, base.gate.id) == code;
        if genuine {
            self.stored.moves.push(Move { lane, epoch, to: base.gate.id, code: Some(code) });
        }
        genuine
    }

    /// Begins a call.
    pub fn begin(&mut self, now: Moment) {
        self.flush();
        let unsent = self.stored.scans.iter().filter(|row| row.outcome.is_none());
        let scans: Vec<_> = unsent.clone().take(MOST).map(|row| row.scan.clone()).collect();
        let phone_time = now + self.skew;
        let up = json!({
            "scans": scans, "cursor": self.stored.cursor, "epoch": self.stored.epoch, "phone_time": phone_time,
            "base": self.stored.base.as_ref().map(|base| &base.version), "centre": self.stored.base.as_ref().map(|_| self.centre), "waiting": unsent.count() - scans.len(),
            "version": "model", "lanes": self.stored.moves,
        });
        let sent = scans.iter().map(|scan| scan.id).collect();
        self.remembered.call = Some(Call { up, down: None, sent, moves: self.stored.moves.clone(), phone_time, jumped: false });
    }

    /// No answer came, or none that can be read.
    pub fn hear_nothing(&mut self) {
        let Some(call) = self.remembered.call.take() else { return };
        for row in self.stored.scans.iter_mut().filter(|row| call.sent.contains(&row.scan.id)) {
            match self.bug {
                Some(Bug::DropsWhatGotNoAnswer) => row.outcome = Some("sent".to_owned()),
                Some(Bug::NewIdsOnARetry) => row.scan.id = Uuid::from_u128(row.scan.id.as_u128() + 1),
                _ => {}
            }
        }
    }

    /// Takes an answer in. True: there is more to hear or to send.
    pub fn take_in(&mut self, text: &str, ending: Ending) -> bool {
        let Ok(down) = serde_json::from_str::<Down>(text) else {
            self.hear_nothing();
            return false;
        };
        let Some(call) = self.remembered.call.take() else { return false };
        if ending == Ending::CrashBefore {
            if self.bug == Some(Bug::CursorWithoutTokens) {
                (self.stored.cursor, self.stored.epoch) = (Some(down.cursor), Some(down.epoch));
            }
            self.crash();
            return false;
        }
        self.flush();
        let more = down.more || call.sent.len() == MOST;
        self.store_answer(&call, down);
        if ending == Ending::CrashAfter {
            self.crash();
        }
        more
    }

    fn store_answer(&mut self, call: &Call, down: Down) {
        let stored = &mut self.stored;
        for answer in &down.answers {
            if let Some(row) = stored.scans.iter_mut().find(|row| row.scan.id == answer.id) {
                row.outcome = Some(answer.outcome.clone());
            }
        }
        if down.revoked {
            stored.revoked = true;
            return;
        }
        let moved = down.base.as_ref().is_some_and(|base| base.gate.centre != self.centre);
        if moved || stored.epoch.as_ref().is_some_and(|epoch| *epoch != down.epoch) {
            stored.tokens.clear();
        }
        // What this phone did and has not yet sent is newer than what the server says.
        let did = |scan: &Scan| scan.verdict.is_none_or(|verdict| verdict == Verdict::Admitted);
        let waiting = stored.scans.iter().filter(|row| row.outcome.is_none() && did(&row.scan));
        let waiting: BTreeSet<_> = waiting.map(|row| row.scan.number).collect();
        for mut token in down.tokens {
            let own = stored.tokens.get(&token.number).filter(|_| waiting.contains(&token.number));
            if let (Some(own), TokenState::Issued | TokenState::Admitted) = (own, token.known.state) {
                (token.known.state, token.admitted_by) = (own.known.state, own.admitted_by);
            }
            stored.tokens.insert(token.number, token);
        }
        if let Some(base) = down.base {
            let struck = stored.base.iter().flat_map(|old| &old.gate.lanes).filter(|lane| !base.gate.lanes.contains(lane));
            if self.bug == Some(Bug::KeepsALaneItGaveUp) {
                self.remembered.given_up.extend(struck);
            }
            self.centre = base.gate.centre;
            stored.base = Some(base);
        }
        stored.moves.retain(|row| !moved && !call.moves.contains(row));
        (stored.cursor, stored.epoch) = (Some(down.cursor), Some(down.epoch));
        if !call.jumped {
            stored.offset = call.phone_time - down.server_time;
            self.remembered.clock_proved = true;
        }
    }

    /// The tab is closed, the battery is empty.
    pub fn crash(&mut self) {
        self.remembered = Remembered::default();
    }

    /// Its clock jumps: until the server is heard, nobody is turned back for the time.
    pub fn jump(&mut self, seconds: i64) {
        self.skew += seconds;
        self.remembered.clock_proved = false;
        if let Some(call) = &mut self.remembered.call {
            call.jumped = true;
        }
    }

    /// For a failure's report.
    pub fn told(&self) -> String {
        let (link, lanes, unsent) = (if self.link { "linked" } else { "cut off" }, self.lanes(), self.unsent());
        let name = self.stored.base.as_ref().map_or(self.name.as_str(), |base| base.gate.name.as_str());
        format!("{name}: {link}, lanes {lanes:?}, {unsent} unsent, moves {:?}", self.stored.moves)
    }
}
