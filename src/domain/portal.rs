//! Deciding how to call the national portal: when not at all, when with one call, in which order, and whether all will be in time.
//!
//! Nothing here knows of HTTP or of a database, so that four hours of outage are a test of a few milliseconds.

use super::moment::Moment;

/// How many calls in a row must fail before the portal counts as down.
pub const FAULTS: u32 = 8;

/// For how many seconds calls must have failed, and none been answered, before the portal counts as down however few there were: in a
/// quiet hour there is nobody else to call for.
const FAULT_SECONDS: i64 = 30;

/// Seconds between two probes of a portal that is down: at first, and at most.
const PROBE_SECONDS: (i64, i64) = (5, 30);

/// Seconds before a record is tried again that failed while the portal answered others: at first, and at most.
const AGAIN_SECONDS: (i64, i64) = (5, 600);

/// From so many seconds a record on, the portal is slow.
pub const SLOW_SECONDS: f64 = 3.0;

/// How much the last record counts in the pace.
const WEIGHT: f64 = 0.05;

/// How many calls may be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// As many as are allowed at once.
    Many,
    /// One, to see whether the portal is back.
    Probe,
    /// None until the next probe.
    None,
}

/// Opens when the portal is down and closes with the first answer.
#[derive(Debug, Clone, Default)]
pub struct Circuit {
    /// Faults since the last answer.
    faults: u32,
    /// When the first of them was.
    faulty_since: Option<Moment>,
    down_since: Option<Moment>,
    probe_at: Moment,
    probes: u32,
}

/// What changed with a call's outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing.
    Same,
    /// The portal is down from now on.
    Down,
    /// The portal is back.
    Back,
}

impl Circuit {
    /// Whether the portal counts as down.
    pub fn is_down(&self) -> bool {
        self.down_since.is_some()
    }

    /// When the portal is tried next; nothing while it is up.
    pub fn probe_at(&self) -> Option<Moment> {
        self.down_since.map(|_| self.probe_at)
    }

    /// What may be called now.
    pub fn calls(&self, now: Moment) -> Calls {
        match self.down_since {
            None => Calls::Many,
            Some(_) if now >= self.probe_at => Calls::Probe,
            Some(_) => Calls::None,
        }
    }

    /// The portal answered, be it with a refusal.
    pub fn answered(&mut self, now: Moment) -> Turn {
        match self.down_since {
            // An answer from before it went down, that was under way, does not say that it is back.
            Some(_) if now < self.probe_at => Turn::Same,
            since => {
                *self = Self::default();
                if since.is_some() { Turn::Back } else { Turn::Same }
            }
        }
    }

    /// The portal did not answer, or only that it cannot. `chance` is between 0 and 1.
    pub fn failed(&mut self, now: Moment, chance: f64) -> Turn {
        match self.down_since {
            // Calls that were under way when it went down say nothing new.
            Some(_) if now < self.probe_at => Turn::Same,
            Some(_) => {
                self.probes += 1;
                self.probe_at = now + growing(PROBE_SECONDS, self.probes, chance);
                Turn::Same
            }
            None => {
                self.faults += 1;
                let since = *self.faulty_since.get_or_insert(now);
                if self.faults < FAULTS && now - since < FAULT_SECONDS {
                    return Turn::Same;
                }
                self.down_since = Some(now);
                self.probe_at = now + growing(PROBE_SECONDS, 0, chance);
                Turn::Down
            }
        }
    }
}

/// Seconds until a record is tried again that failed so often. `chance` is between 0 and 1: not everybody comes back at once.
pub fn again_after(tries: i64, chance: f64) -> i64 {
    growing(AGAIN_SECONDS, u32::try_from(tries.max(1) - 1).unwrap_or(u32::MAX), chance)
}

/// Doubles from the first to the longest, of which the second half is left to chance.
fn growing((first, longest): (i64, i64), times: u32, chance: f64) -> i64 {
    let whole = longest.min(first.saturating_mul(1_i64.checked_shl(times.min(20)).unwrap_or(longest)));
    let half = (whole + 1) / 2;
    half + ((whole - half) as f64 * chance.clamp(0.0, 1.0)).round() as i64
}

/// How long a record takes, all its calls together.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    seconds: Option<f64>,
}

impl Pace {
    /// A record took so long.
    pub fn note(&mut self, seconds: f64) {
        self.seconds = Some(self.seconds.map_or(seconds, |before| before + WEIGHT * (seconds - before)));
    }

    /// Seconds a record; nothing before the first one.
    pub fn seconds(self) -> Option<f64> {
        self.seconds
    }

    /// Records a second with so many at once.
    pub fn rate(self, at_once: usize) -> Option<f64> {
        self.seconds.map(|seconds| at_once as f64 / seconds.max(0.001))
    }
}

/// What will become of those who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// When the last one will have been sent.
    pub done_at: Moment,
    /// How many will not be in time.
    pub late: i64,
}

/// What becomes of those who wait when so many go a second, earliest deadline first. `waiting` has deadlines with how many have
/// each, earliest first.
pub fn forecast(waiting: &[(Moment, i64)], rate: f64, now: Moment) -> Forecast {
    let (mut sent, mut late) = (0_i64, 0_i64);
    for (due, count) in waiting {
        let possible = ((*due - now).max(0) as f64 * rate).floor() as i64;
        let in_time = (possible - sent).clamp(0, *count);
        sent += in_time;
        late += count - in_time;
    }
    Forecast { done_at: now + (sent as f64 / rate).ceil() as i64, late }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: Moment = Moment(1_624_256_000);

    #[test]
    fn the_circuit_opens_after_some_faults_and_closes_with_one_answer() {
        let mut circuit = Circuit::default();
        for _ in 1..FAULTS {
            assert_eq!(circuit.failed(NOON, 0.5), Turn::Same);
        }
        assert_eq!(circuit.answered(NOON), Turn::Same);
        for _ in 1..FAULTS {
            assert_eq!((circuit.failed(NOON, 0.5), circuit.calls(NOON)), (Turn::Same, Calls::Many));
        }
        assert_eq!(circuit.failed(NOON, 0.5), Turn::Down);
        // Those that were still under way neither put the probe off nor make it rarer.
        let probe = circuit.probe_at();
        assert_eq!((circuit.failed(NOON + 1, 1.0), circuit.probe_at()), (Turn::Same, probe));
        assert_eq!((circuit.answered(NOON), circuit.calls(NOON + 1)), (Turn::Same, Calls::None));
        let mut now = NOON;
        for _ in 0..100 {
            let before = now;
            now = circuit.probe_at().unwrap();
            assert!((1..=PROBE_SECONDS.1).contains(&(now - before)), "{} s between probes", now - before);
            assert_eq!((circuit.calls(now + -1), circuit.calls(now)), (Calls::None, Calls::Probe));
            circuit.failed(now, 0.5);
        }
        now = circuit.probe_at().unwrap();
        assert_eq!((circuit.answered(now), circuit.calls(now)), (Turn::Back, Calls::Many));
    }

    #[test]
    fn a_single_record_finds_out_that_the_portal_is_down() {
        let (mut circuit, mut now, mut tries) = (Circuit::default(), NOON, 0);
        while circuit.failed(now, 1.0) == Turn::Same {
            tries += 1;
            now = now + again_after(tries, 1.0);
        }
        assert!(now - NOON < 2 * FAULT_SECONDS, "{} s", now - NOON);
        // An answer in between says that it is the record's own trouble.
        let mut circuit = Circuit::default();
        assert_eq!((circuit.failed(NOON, 1.0), circuit.answered(NOON + 20)), (Turn::Same, Turn::Same));
        assert_eq!(circuit.failed(NOON + 40, 1.0), Turn::Same);
    }

    #[test]
    fn a_forecast_counts_who_will_be_late() {
        let waiting = [(NOON + -60, 5), (NOON + 100, 150), (NOON + 1_000, 400)];
        assert_eq!(forecast(&waiting, 1.0, NOON), Forecast { done_at: NOON + 500, late: 55 });
        assert_eq!(forecast(&waiting, 2.0, NOON), Forecast { done_at: NOON + 275, late: 5 });
        assert_eq!(forecast(&[], 2.0, NOON), Forecast { done_at: NOON, late: 0 });
    }

    proptest! {
        #[test]
        fn waits_grow_within_their_bounds(tries in 0_i64..100_000, chance in 0.0_f64..=1.0) {
            let wait = again_after(tries, chance);
            prop_assert!((3..=600).contains(&wait), "{wait}");
            prop_assert!(again_after(tries + 1, 1.0) >= wait);
        }

        #[test]
        fn nobody_is_forgotten_in_a_forecast(counts in proptest::collection::vec(0_i64..500, 0..40), rate in 0.01_f64..500.0) {
            let waiting: Vec<_> = counts.iter().enumerate().map(|(at, count)| (NOON + at as i64 * 60, *count)).collect();
            let told = forecast(&waiting, rate, NOON);
            let all: i64 = counts.iter().sum();
            prop_assert!((0..=all).contains(&told.late));
            let sent = (all - told.late) as f64;
            prop_assert!(((told.done_at - NOON) as f64 - sent / rate).abs() <= 1.0);
        }
    }
}
