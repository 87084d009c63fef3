//! The one clock. The demo runs its own; a test's stands still until it is told to move.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::moment::Moment;

/// Where `now` comes from.
#[derive(Debug)]
pub struct Clock {
    runs: bool,
    /// Seconds to add to the system's time; of a clock that stands still, the time itself.
    offset: AtomicI64,
}

impl Clock {
    /// The system's own time.
    pub fn system() -> Self {
        Self { runs: true, offset: AtomicI64::new(0) }
    }

    /// A clock that shows `start` now and runs on from there.
    pub fn starting_at(start: Moment) -> Self {
        Self { runs: true, offset: AtomicI64::new(start - system_now()) }
    }

    /// A clock that stands still.
    pub fn frozen_at(moment: Moment) -> Self {
        Self { runs: false, offset: AtomicI64::new(moment.0) }
    }

    /// The time.
    pub fn now(&self) -> Moment {
        let offset = self.offset.load(Ordering::Relaxed);
        if self.runs { system_now() + offset } else { Moment(offset) }
    }

    /// How far it is ahead of the system's time; of a clock that stands still, the time itself.
    pub fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// By how many seconds a device's own clock is ahead. That a demonstration shows another year than everybody is no fault of the device.
    pub fn offset_of(&self, device: Moment) -> i64 {
        let ahead = if self.runs { self.offset() } else { 0 };
        device - self.now() + ahead
    }

    /// Follows another process's clock.
    pub fn set_offset(&self, offset: i64) {
        self.offset.store(offset, Ordering::Relaxed);
    }

    /// Sets the clock.
    pub fn set(&self, moment: Moment) {
        let offset = if self.runs { moment - system_now() } else { moment.0 };
        self.offset.store(offset, Ordering::Relaxed);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
fn system_now() -> Moment {
    Moment(chrono::Utc::now().timestamp())
}
