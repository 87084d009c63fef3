//! Gives places that become free to those on the waiting lists.

use std::time::Duration;

use super::{Shift, Workers};
use crate::actions::offer_places::turn;

/// How often it is looked for free places.
const PAUSE: Duration = Duration::from_secs(2);

/// Starts the worker.
pub fn start(workers: &mut Workers) {
    workers.start_turns("waiting", PAUSE, |shift: Shift| async move { turn(&shift.core, shift.worker).await });
}
