//! Mornings and evenings of the demonstration: checks before the day, vials counted, yesterday's days closed.

use super::command;
use crate::actions::Actor;
use crate::actions::account_for_days::look_at_centre_day;
use crate::actions::check_opening::{CheckOpening, check_opening};
use crate::actions::close_day::{CloseDay, close_day, fingerprint_of};
use crate::actions::count_vials::{Count, count_vials};
use crate::core::Core;
use crate::domain::campaign::Vaccine;
use crate::domain::closing::Batch;
use crate::domain::moment::Day;
use crate::domain::place::{Role, Scope};
use crate::error::Result;
use crate::storage::field::Centre;
use crate::storage::opening::Counted;

/// Vials that every centre gets.
const VIALS: i64 = 12;

/// The batch of the demonstration's vials.
pub(crate) fn batch(vaccine: Vaccine) -> String {
    if vaccine == Vaccine::Covishield { "DEMO-4120Z" } else { "DEMO-37G" }.to_owned()
}

/// Yesterday was checked, worked and closed; this morning's checks are in, but for a few centres.
pub(super) async fn check_and_close(core: &Core, today: Day) -> Result<()> {
    let board = core.board();
    let yesterday = today.plus(-1);
    for (at, centre) in board.field.centres.iter().enumerate() {
        let own = |day: Day| board.field.sessions.iter().find(|session| session.centre_id == centre.id && session.day == day);
        if let Some(session) = own(yesterday) {
            core.clock.set(yesterday.at_minute(9 * 60 + 10));
            check(core, centre, session.vaccine, true).await?;
            core.clock.set(yesterday.at_minute(18 * 60 + 20));
            close(core, centre, session.vaccine, yesterday).await?;
        }
        if let Some(session) = own(today).filter(|_| at % 6 != 5) {
            core.clock.set(today.at_minute(9 * 60 + 5));
            check(core, centre, session.vaccine, at % 11 != 3).await?;
        }
    }
    Ok(())
}

fn nurse(centre: &Centre) -> Actor {
    Actor { name: "user:demo-nurse".into(), role: Role::Operator, scope: Scope::Centre(centre.id) }
}

fn vials(vaccine: Vaccine, what: Counted, vials: i64) -> Vec<Count> {
    vec![Count { batch: Batch { vaccine, batch: batch(vaccine) }, what, vials }]
}

async fn check(core: &Core, centre: &Centre, vaccine: Vaccine, printer: bool) -> Result<()> {
    let asked = CheckOpening {
        command: command(core),
        actor: nurse(centre),
        centre: centre.id,
        printer: Some(printer),
        paper: Some(true),
        staff: Some(6),
        vaccinators: Some(2),
        note: String::new(),
        vials: vials(vaccine, Counted::Received, VIALS),
    };
    check_opening(core, &asked).await
}

/// What is left goes back; a day that adds up is closed.
async fn close(core: &Core, centre: &Centre, vaccine: Vaccine, day: Day) -> Result<()> {
    let actor = nurse(centre);
    let (found, _) = look_at_centre_day(core, &actor, centre.id, day).await?;
    let left = found.account.all_vials().difference();
    count_vials(core, &actor, centre.id, day, &command(core), &vials(vaccine, Counted::Returned, left.max(0))).await?;
    let (found, _) = look_at_centre_day(core, &actor, centre.id, day).await?;
    if found.account.is_balanced() {
        let seen = fingerprint_of(&found.account)?;
        let in_charge = "केंद्र प्रभारी (नमूना)".to_owned();
        close_day(core, &CloseDay { command: command(core), actor, centre: centre.id, day, in_charge, note: None, seen }).await?;
    }
    Ok(())
}
