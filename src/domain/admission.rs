//! The gate's decision, from what the gate holds and nothing else.
//!
//! The same rules stand in `src/browser/verdict.ts`, because the phone decides by itself; `tests/vectors/verdicts.json`
//! holds both to one truth.

use super::moment::Moment;
use super::number::TokenNumber;
use crate::ids::{CentreId, SlotId};
use crate::words::words;

words! {
    /// What the gate says. The order is the order of the checks: the first that fails is the answer.
    Verdict {
        /// A code that is no token: a payment code, an ID card, a certificate.
        NotOurs = "not_ours",
        /// The signature does not match.
        NotGenuine = "not_genuine",
        /// A key or a number that this gate has not heard of. The answer only when every later check passes.
        CannotCheck = "cannot_check",
        /// The token was cancelled.
        Cancelled = "cancelled",
        /// Another centre's token.
        WrongCentre = "wrong_centre",
        /// The token has been admitted before.
        AlreadyAdmitted = "already_admitted",
        /// Another date.
        WrongDay = "wrong_day",
        /// The officer has stopped the session.
        SessionStopped = "session_stopped",
        /// The slip's own time is now, the newer one is not.
        Rescheduled = "rescheduled",
        /// Before the slot's start less the early grace.
        TooEarly = "too_early",
        /// After the slot's end plus the late grace.
        TooLate = "too_late",
        /// Another gate's lane.
        OtherGate = "other_gate",
        /// All checks passed.
        Admitted = "admitted",
    }
}

words! {
    /// Where a token stands.
    TokenState {
        /// Waiting for its day.
        Issued = "issued",
        /// Went through the gate.
        Admitted = "admitted",
        /// Got the dose.
        Vaccinated = "vaccinated",
        /// Left after the observation.
        Left = "left",
        /// Cancelled.
        Cancelled = "cancelled",
    }
}

words! {
    /// What checking the signature said.
    Signature {
        /// Signed by a key that this gate trusts.
        Good = "good",
        /// Names a trusted key, but was not signed by it.
        Bad = "bad",
        /// Signed by a desk's key that may not sign any more, or not this token as far as this gate has heard.
        Unproved = "unproved",
        /// Names a key that this gate has not heard of: nothing on the slip is certain.
        UnknownKey = "unknown_key",
    }
}

/// What was held before the gate.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Presented {
    /// Some other code.
    Foreign,
    /// A signed token.
    Slip {
        /// Its number.
        number: TokenNumber,
        /// Its revision.
        revision: i64,
        /// Where and when it is for.
        #[serde(flatten)]
        place: Place,
        /// What checking it said.
        signature: Signature,
    },
    /// A number that the gatekeeper typed.
    Typed {
        /// The number.
        number: TokenNumber,
    },
}

/// Where and when a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The centre.
    pub centre: CentreId,
    /// The slot.
    pub slot: SlotId,
    /// When the slot begins.
    pub starts: Moment,
    /// How long it is, in minutes.
    pub minutes: i64,
}

/// What this gate knows of a token.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Known {
    /// The newest revision it has heard of.
    pub revision: i64,
    /// Where and when that revision is for.
    #[serde(flatten)]
    pub place: Place,
    /// Where the token stands.
    pub state: TokenState,
}

/// What this gate knows of a slot of its own centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SlotFacts {
    /// When the slot's session closes.
    pub closes: Moment,
    /// Whether the officer has stopped it.
    pub stopped: bool,
    /// How many lanes it has.
    pub lanes: i64,
}

/// The gate itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GateFacts {
    /// Its centre.
    pub centre: CentreId,
    /// The lanes it holds, from 0; absent: it may admit any.
    pub lanes: Option<Vec<i64>>,
    /// The time by the gate's best knowledge.
    pub now: Moment,
    /// Whether that time may be trusted. While it may not, nobody is turned back for the time.
    pub clock_proved: bool,
    /// How many minutes before the slot somebody may enter.
    pub early_minutes: i64,
    /// How many minutes after the slot's end; absent: until the session closes.
    pub late_minutes: Option<i64>,
    /// By how many minutes the centre has said that it is late.
    pub running_late_minutes: i64,
}

/// The answer, and whether the person comes late (and goes behind the current slot).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Decision {
    /// What the gate says.
    pub verdict: Verdict,
    /// Admitted after the slot's end.
    pub late: bool,
}

/// The lane of a token: it follows from the number, so it is the same for every revision and for a typed number.
pub fn lane(number: TokenNumber, lanes: i64) -> i64 {
    number.nine() % lanes.max(1)
}

/// Decides about what was presented, given what the gate knows of that token and of the slot it is for.
///
/// `slot` is asked for the slot that counts: the known newer revision's, else the slip's own.
pub fn decide(gate: &GateFacts, presented: &Presented, known: Option<&Known>, slot: impl Fn(SlotId) -> Option<SlotFacts>) -> Decision {
    let refuse = |verdict| Decision { verdict, late: false };
    let (number, own, certain) = match presented {
        Presented::Foreign => return refuse(Verdict::NotOurs),
        Presented::Slip { signature: Signature::Bad, .. } => return refuse(Verdict::NotGenuine),
        // Anybody can write a known number on a slip of their own: of such a one, nothing counts but the number.
        Presented::Slip { number, signature: Signature::UnknownKey, .. } if known.is_some() => (*number, None, false),
        Presented::Slip { number, revision, place, signature } => {
            let certain = *signature == Signature::Good || (*signature == Signature::Unproved && known.is_some());
            (*number, Some((*revision, *place)), certain)
        }
        Presented::Typed { number } => (*number, None, known.is_some()),
    };
    // A newer revision that the gate knows replaces the one on the slip.
    let newer = known.filter(|known| own.is_none_or(|(revision, _)| known.revision >= revision));
    let Some(place) = newer.map(|known| known.place).or(own.map(|(_, place)| place)) else {
        return refuse(Verdict::CannotCheck);
    };
    let state = known.map_or(TokenState::Issued, |known| known.state);
    let facts = slot(place.slot);

    if state == TokenState::Cancelled {
        return refuse(Verdict::Cancelled);
    }
    if place.centre != gate.centre {
        return refuse(Verdict::WrongCentre);
    }
    if state != TokenState::Issued {
        return refuse(Verdict::AlreadyAdmitted);
    }
    let timing = gate.timing(place, facts);
    if gate.clock_proved && place.starts.day() != gate.now.day() {
        return refuse(Verdict::WrongDay);
    }
    if facts.is_some_and(|facts| facts.stopped) {
        return refuse(Verdict::SessionStopped);
    }
    if gate.clock_proved && timing != Timing::Now && timing != Timing::Late {
        let slip_is_now = own.is_some_and(|(revision, slip)| {
            let replaced = newer.is_some_and(|newer| newer.revision > revision) && slip.centre == gate.centre;
            let same_day = slip.starts.day() == gate.now.day();
            replaced && same_day && matches!(gate.timing(slip, slot(slip.slot)), Timing::Now | Timing::Late)
        });
        return refuse(match timing {
            _ if slip_is_now => Verdict::Rescheduled,
            Timing::Early => Verdict::TooEarly,
            _ => Verdict::TooLate,
        });
    }
    let its_lane = lane(number, facts.map_or(1, |facts| facts.lanes));
    if facts.is_some() && gate.lanes.as_ref().is_some_and(|lanes| !lanes.contains(&its_lane)) {
        return refuse(Verdict::OtherGate);
    }
    if !certain {
        return refuse(Verdict::CannotCheck);
    }
    Decision { verdict: Verdict::Admitted, late: gate.clock_proved && timing == Timing::Late }
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Timing {
    Early,
    Now,
    Late,
    Over,
}

impl GateFacts {
    fn timing(&self, place: Place, facts: Option<SlotFacts>) -> Timing {
        let delay = self.running_late_minutes * 60;
        let ends = place.starts + place.minutes * 60 + delay;
        // A slot that this gate has not heard of counts until midnight: nobody is turned back for what the gate lacks.
        let closes = facts.map_or(place.starts.day().plus(1).start(), |facts| facts.closes + delay);
        let latest = self.late_minutes.map_or(closes.max(ends), |minutes| ends + minutes * 60);
        if self.now < place.starts + -(self.early_minutes * 60) {
            Timing::Early
        } else if self.now <= ends {
            Timing::Now
        } else if self.now <= latest {
            Timing::Late
        } else {
            Timing::Over
        }
    }
}
