//! An outage is nobody's fault who waits in line: an issue window that was open in it lasts longer by what was lost.

use super::moment::Moment;

/// A server that was not alive for longer than this was away, in seconds. It notes itself each minute.
pub const AWAY: i64 = 180;

/// When no server was alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// The last that was heard.
    pub from: Moment,
    /// The first after it.
    pub until: Moment,
}

impl Outage {
    /// Whether there was one between the last sign of life and now.
    pub fn between(last: Moment, now: Moment) -> Option<Self> {
        (now - last > AWAY).then_some(Self { from: last, until: now })
    }

    /// Until when a window lasts that lost time: what was lost, from its end or the server's return, whichever is later; not beyond the
    /// session. Nothing: it lost none, or there is no time to give back.
    pub fn extends(self, (from, until): (Moment, Moment), closes: Moment) -> Option<Moment> {
        let lost = until.min(self.until) - from.max(self.from);
        let whole_minutes = (lost + 59) / 60 * 60;
        let later = (until.max(self.until) + whole_minutes).min(closes.max(until));
        (lost > 0 && later > until && later > self.until).then_some(later)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Moment {
        Moment(1_617_042_600 + minute * 60)
    }

    #[test]
    fn a_window_gets_back_what_it_lost() {
        let window = (at(720), at(900));
        let lost = |from, until| Outage { from: at(from), until: at(until) }.extends(window, at(1020)).map(|later| (later - at(0)) / 60);
        // In the middle; over its beginning; over its end; over all of it, as far as the session goes.
        assert_eq!(lost(780, 822), Some(942));
        assert_eq!(lost(700, 750), Some(930));
        assert_eq!(lost(880, 910), Some(930));
        assert_eq!(lost(700, 920), Some(1020));
        // Before it, after it, and when the session is over too.
        assert_eq!((lost(600, 720), lost(900, 960), lost(800, 1020)), (None, None, None));
        assert_eq!(Outage::between(at(0), at(3)), None);
        assert!(Outage::between(at(0), at(4)).is_some());
    }
}
