//! Moves the people of stopped sessions.

use std::time::Duration;

use super::{Shift, Workers};
use crate::actions::move_people::turn;

/// How long to wait before looking for a stopped session when there was none.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts the worker.
pub fn start(workers: &mut Workers) {
    workers.start_turns("moves", PAUSE, |shift: Shift| async move { turn(&shift.core, shift.worker).await });
}
