//! Gets doses to the portal before their deadline, as fast as the portal can.
//!
//! Records are taken from the line ahead of the calls, so that no call waits for the database; what calls came to is written
//! together with the next taking. While the portal is down nothing is held, and one record probes it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, JoinSet};

use super::Shift;
use crate::actions::upload_doses::{Turn, turn};
use crate::domain::moment::Moment;
use crate::domain::portal::{self, Calls, Circuit, Pace, SLOW_SECONDS, again_after};
use crate::error::Result;
use crate::portal::{Answer, Outcome, Portal, Settings};
use crate::storage::portal::SpellKind;
use crate::storage::upload::{Settled, Upload};

/// How long to wait before looking for new doses when there were none.
const PAUSE: Duration = Duration::from_secs(1);

/// How often the pace is told to the others.
const TELL_PACE: Duration = Duration::from_secs(5);

/// The most calls that one record takes.
const CALLS: i64 = 5;

/// One process's uploader.
pub struct Uploader {
    shift: Shift,
    portal: Arc<Portal>,
    at_once: usize,
    timeout_seconds: i64,
    circuit: Circuit,
    pace: Pace,
    pace_told: Option<Instant>,
    is_slow: bool,
    /// Taken, with the lease's end, and not yet begun.
    ready: VecDeque<(Upload, Moment)>,
    calls: JoinSet<(Upload, Outcome, Duration)>,
    settled: Vec<Settled>,
    spells: Vec<(SpellKind, Option<String>)>,
    /// The transaction that is under way, and what is lost if it fails.
    turn: Option<(Turn, JoinHandle<Result<Vec<Upload>>>)>,
    /// When to look for new doses.
    look_at: Instant,
    /// Nothing is written before: the last try failed.
    write_at: Instant,
    /// A transaction ended without saying whether it took anything: what it took is under a lease that nobody here works on.
    lost_track: bool,
}

impl Uploader {
    /// Made, not yet at work.
    pub fn new(shift: Shift, portal: Arc<Portal>, settings: &Settings) -> Self {
        Self {
            shift,
            portal,
            at_once: settings.at_once.max(1),
            timeout_seconds: settings.timeout.as_secs() as i64 + 1,
            circuit: Circuit::default(),
            pace: Pace::default(),
            pace_told: None,
            is_slow: false,
            ready: VecDeque::new(),
            calls: JoinSet::new(),
            settled: Vec::new(),
            spells: Vec::new(),
            turn: None,
            look_at: Instant::now(),
            write_at: Instant::now(),
            lost_track: false,
        }
    }

    /// Works until the shift is over and everything under way is written down.
    pub async fn work(mut self) {
        loop {
            if self.shift.is_over() {
                self.hand_back();
                if self.calls.is_empty() && self.settled.is_empty() && self.turn.is_none() {
                    return;
                }
            }
            self.begin_calls();
            self.begin_turn();
            let rest = self.look_at.saturating_duration_since(Instant::now()).clamp(Duration::from_millis(5), PAUSE);
            tokio::select! {
                Some(called) = self.calls.join_next() => {
                    self.note(called);
                    while let Some(called) = self.calls.try_join_next() {
                        self.note(called);
                    }
                }
                written = finished(&mut self.turn) => self.take_up(written),
                () = self.shift.rest(rest) => {}
            }
        }
    }

    fn now(&self) -> Moment {
        self.shift.core.clock.now()
    }

    /// How many calls may begin now.
    fn free(&self) -> usize {
        if self.shift.is_over() {
            return 0;
        }
        match self.circuit.calls(self.now()) {
            Calls::Many => self.at_once.saturating_sub(self.calls.len()),
            Calls::Probe => usize::from(self.calls.is_empty()),
            Calls::None => 0,
        }
    }

    fn begin_calls(&mut self) {
        let (now, longest) = (self.now(), CALLS * self.timeout_seconds);
        while self.free() > 0
            && let Some((upload, until)) = self.ready.pop_front()
        {
            // Whoever waited too long here may be taken by another process while we call.
            if until - now < longest {
                self.settled.push(untried(&upload));
                continue;
            }
            let (portal, core) = (Arc::clone(&self.portal), Arc::clone(&self.shift.core));
            self.calls.spawn(async move {
                let began = Instant::now();
                let outcome = portal.upload(&upload, &core.board(), core.campaign.last_dose).await;
                (upload, outcome, began.elapsed())
            });
        }
    }

    /// Starts the next transaction, when there is something to write or room for more records.
    fn begin_turn(&mut self) {
        if self.turn.is_some() || Instant::now() < self.write_at {
            return;
        }
        let held = self.ready.len() + self.calls.len();
        if self.lost_track && held == 0 && self.settled.is_empty() {
            // Under another name it takes what is left like anybody else, when the lease has ended.
            self.shift.worker = self.shift.core.chance.id(self.now());
            self.lost_track = false;
        }
        let room = match self.circuit.calls(self.now()) {
            _ if self.shift.is_over() || self.lost_track => 0,
            // As many ahead as are under way: no call waits for a commit.
            Calls::Many => (self.at_once * 2).saturating_sub(held),
            Calls::Probe => usize::from(held == 0),
            Calls::None => 0,
        };
        let looks = room > 0 && Instant::now() >= self.look_at;
        if !looks && self.settled.is_empty() && self.spells.is_empty() {
            return;
        }
        let (now, core) = (self.now(), Arc::clone(&self.shift.core));
        let told = self.pace.seconds().filter(|_| self.pace_told.is_none_or(|at| at.elapsed() >= TELL_PACE));
        if told.is_some() {
            self.pace_told = Some(Instant::now());
        }
        let asked = Turn {
            worker: self.shift.worker,
            settled: std::mem::take(&mut self.settled),
            spells: std::mem::take(&mut self.spells),
            pace: told.map(|seconds| (seconds, self.at_once as i64)),
            take: if looks { room as i64 } else { 0 },
            until: now + 2 * CALLS * self.timeout_seconds,
        };
        let work = asked.clone();
        self.turn = Some((asked, tokio::spawn(async move { turn(&core, &work).await })));
    }

    fn take_up(&mut self, written: (Turn, Result<Vec<Upload>>)) {
        match written {
            (asked, Ok(taken)) => {
                if asked.take > 0 && (taken.len() as i64) < asked.take {
                    self.look_at = Instant::now() + PAUSE;
                }
                self.ready.extend(taken.into_iter().map(|upload| (upload, asked.until)));
                if self.circuit.is_down() && self.circuit.calls(self.now()) == Calls::None {
                    self.hand_back();
                }
            }
            // What calls came to is not lost: it is written with the next turn. If this one was written after all, that changes nothing.
            (asked, Err(error)) => {
                tracing::error!(%error, "uploads could not be written down; trying again");
                self.settled.splice(0..0, asked.settled);
                self.spells.splice(0..0, asked.spells);
                self.lost_track |= asked.take > 0;
                self.look_at = Instant::now() + PAUSE;
                self.write_at = self.look_at;
            }
        }
    }

    /// Gives back what was taken and not begun.
    fn hand_back(&mut self) {
        self.settled.extend(self.ready.drain(..).map(|(upload, _)| untried(&upload)));
    }

    fn note(&mut self, called: Result<(Upload, Outcome, Duration), tokio::task::JoinError>) {
        // A call that panicked leaves a lease that this worker no longer works on.
        let Ok((upload, outcome, took)) = called else {
            self.lost_track = true;
            return;
        };
        let now = self.now();
        let chance = f64::from(u16::from_be_bytes(self.shift.core.chance.bytes())) / f64::from(u16::MAX);
        let turned = match &outcome.answer {
            Answer::Accepted | Answer::Refused(_) => {
                self.pace.note(took.as_secs_f64());
                self.circuit.answered(now)
            }
            Answer::Fault(_) => self.circuit.failed(now, chance),
            Answer::Unfit(_) => portal::Turn::Same,
        };
        let (state, words, next_at) = match &outcome.answer {
            Answer::Accepted => ("uploaded", None, Moment(0)),
            Answer::Refused(words) | Answer::Unfit(words) => ("refused", Some(words.clone()), Moment(0)),
            // While the portal is down everybody waits for it, and then goes by deadline again.
            Answer::Fault(words) if self.circuit.is_down() => ("waiting", Some(words.clone()), Moment(0)),
            Answer::Fault(words) => ("waiting", Some(words.clone()), now + again_after(upload.tries + 1, chance)),
        };
        match turned {
            portal::Turn::Same => {}
            portal::Turn::Down => {
                self.spells.push((SpellKind::Down, Some(words.clone().unwrap_or_default())));
                self.hand_back();
            }
            portal::Turn::Back => {
                self.spells.push((SpellKind::Down, None));
                self.look_at = Instant::now();
            }
        }
        let slow = self.pace.seconds().is_some_and(|seconds| seconds >= if self.is_slow { SLOW_SECONDS / 2.0 } else { SLOW_SECONDS });
        if slow != self.is_slow {
            self.is_slow = slow;
            let words = self.pace.seconds().map(|seconds| format!("{seconds:.1} s"));
            self.spells.push((SpellKind::Slow, words.filter(|_| slow)));
        }
        self.settled.push(Settled {
            dose_id: upload.dose_id,
            version: upload.version,
            beneficiary_id: upload.beneficiary_id,
            centre_id: upload.centre_id,
            has_phone: upload.mobile.is_some(),
            state,
            words,
            reference: outcome.reference,
            next_at,
            tried: true,
        });
    }
}

/// Waits for the transaction that is under way; for ever when there is none.
async fn finished(turn: &mut Option<(Turn, JoinHandle<Result<Vec<Upload>>>)>) -> (Turn, Result<Vec<Upload>>) {
    let Some((_, writing)) = turn else { return std::future::pending().await };
    let written = writing.await.unwrap_or_else(|error| Err(crate::error::Error::Internal(error.to_string())));
    let (asked, _) = turn.take().expect("it was there");
    (asked, written)
}

/// Back into the line, as it was.
fn untried(upload: &Upload) -> Settled {
    Settled {
        dose_id: upload.dose_id,
        version: upload.version,
        beneficiary_id: upload.beneficiary_id,
        centre_id: upload.centre_id,
        has_phone: upload.mobile.is_some(),
        state: "waiting",
        words: None,
        reference: None,
        next_at: Moment(0),
        // What somebody may have sent before stays to be looked up.
        tried: upload.unsure,
    }
}
