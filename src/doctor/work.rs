//! Places and numbers, and what waits.

use super::{Finding, lasted};
use crate::domain::moment::Moment;
use crate::storage::Tx;
use crate::storage::checkup::{Miscount, Waiting};

/// What has waited for longer is late, in seconds.
const LATE: i64 = 15 * 60;

pub(super) async fn places(tx: &mut Tx) -> sqlx::Result<Finding> {
    const ABOUT: &str = "places";
    let miscounts = tx.miscounts().await?;
    if miscounts.is_empty() {
        return Ok(Finding::good(ABOUT, "every slot and share counts what stands and is lent, and none is over its capacity"));
    }
    let advice = "Free places are shown wrongly there. Stop these sessions, and bring the last good copy back or put the counts right.";
    Ok(Finding::wrong(ABOUT, miscounts.iter().map(told).collect(), advice))
}

fn told(miscount: &Miscount) -> String {
    let Miscount { code, day, call, owner, capacity, shared, taken, counted } = miscount;
    let whose = owner.map_or_else(String::new, |owner| format!(", places of {owner}"));
    let what = if owner.is_some() { "tokens and lent places" } else { "in its shares" };
    let mut faults = Vec::new();
    if taken != counted {
        faults.push(format!("{taken} taken, but {counted} {what}"));
    }
    if taken > capacity {
        faults.push(format!("{taken} taken of {capacity}"));
    }
    if capacity != shared {
        faults.push(format!("room for {capacity}, but {shared} in its shares"));
    }
    format!("{code} {day} slot {call:02}{whose}: {}", faults.join("; "))
}

pub(super) async fn numbers(tx: &mut Tx) -> sqlx::Result<Finding> {
    const ABOUT: &str = "numbers";
    let twice = tx.given_twice().await?;
    if twice.is_empty() {
        return Ok(Finding::good(ABOUT, "no number and no serial was given out twice"));
    }
    Ok(Finding::wrong(ABOUT, twice, "Bring the last good copy back with baari restore: it passes over what may have been given out since."))
}

pub(super) async fn waiting(tx: &mut Tx, now: Moment) -> sqlx::Result<[Finding; 3]> {
    let waiting = tx.waiting_for_anything(now, now + -LATE).await?;
    Ok([doses(&waiting), messages(&waiting), links(&waiting)])
}

/// Those of some counts that are not zero, in words; nothing where all are.
fn counted(counts: &[(i64, &str)]) -> Vec<String> {
    counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
}

fn doses(waiting: &Waiting) -> Finding {
    const ABOUT: &str = "doses";
    let late = counted(&[
        (waiting.doses_overdue, "past their deadline and not on the portal: see /district/portal"),
        (waiting.doses_refused, "refused by the portal: mend them at /district/portal"),
        (waiting.doses_closed, "closed, as they came too late: a permission opens them again"),
    ]);
    let told = format!("{} on their way to the portal", waiting.doses_waiting);
    if late.is_empty() { Finding::good(ABOUT, told) } else { Finding::watch(ABOUT, [vec![told], late].concat()) }
}

fn messages(waiting: &Waiting) -> Finding {
    const ABOUT: &str = "messages";
    let stuck = format!("stuck for more than {}: is a server running, and is the gateway heard?", lasted(LATE));
    let late = counted(&[
        (waiting.messages_stuck, &stuck),
        (waiting.gateways_down, "gateways are down"),
        (waiting.messages_open, "reached nobody: somebody has to call, see /office/messages"),
    ]);
    let told = format!("{} to be sent now", waiting.messages_waiting);
    if late.is_empty() { Finding::good(ABOUT, told) } else { Finding::watch(ABOUT, [vec![told], late].concat()) }
}

fn links(waiting: &Waiting) -> Finding {
    const ABOUT: &str = "links";
    let ahead = counted(&[(waiting.changes_ahead, "centres have more changes than they have counted")]);
    if !ahead.is_empty() {
        return Finding::wrong(ABOUT, ahead, "Their phones would miss tokens. Run baari restore without a copy: every phone begins anew.");
    }
    let late = counted(&[
        (waiting.phones_silent, "phones have scans to send and are not heard: see /district/gates"),
        (waiting.held_scans, "scans of revoked phones wait for an officer: /district/scans"),
        (waiting.conflicts, "conflicts are to be settled: /district/conflicts"),
        (waiting.desk_tasks, "tasks from desks are to be settled: /district/desks"),
        (waiting.moves, "stopped sessions whose people are not all moved yet"),
    ]);
    let told = format!("{} scans wait on phones, {} records on desks", waiting.phones_waiting, waiting.desks_waiting);
    if late.is_empty() { Finding::good(ABOUT, told) } else { Finding::watch(ABOUT, [vec![told], late].concat()) }
}
