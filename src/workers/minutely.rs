//! Once a minute: a sign of life, a look at what is unusual in issuing, one at doses that run out of time, and a seal over the journal.

use std::time::Duration;

use super::{Shift, Workers};
use crate::actions::note_alive::note_alive;
use crate::actions::raise_alarms::watch;
use crate::actions::seal_journal::seal_journal;
use crate::actions::watch_deadlines::watch_deadlines;

/// How often.
const PAUSE: Duration = Duration::from_mins(1);

/// Starts the looks at issuing and at deadlines, and the sealing.
pub fn start(workers: &mut Workers) {
    workers.start_turns("watch", PAUSE, |shift: Shift| async move { watch(&shift.core).await });
    workers.start_turns("deadlines", PAUSE, |shift: Shift| async move { watch_deadlines(&shift.core).await });
    workers.start_turns("seal", PAUSE, |shift: Shift| async move { seal_journal(&shift.core).await });
}

/// Starts the sign of life. A demonstration's clock jumps, and would look like an outage.
pub fn start_sign_of_life(workers: &mut Workers) {
    workers.start_turns("alive", PAUSE, |shift: Shift| async move { note_alive(&shift.core).await });
}
