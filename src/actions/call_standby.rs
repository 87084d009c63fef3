//! Doses that are left at the end of a session go to those on the list who can come within the hour.

use super::Actor;
use super::command::{CommandId, commit};
use super::issue_tokens::{IssueToken, Person, Seen, issue_several};
use super::offer_places::{WAITING_LIST, applicants, rooms, settle};
use crate::core::Core;
use crate::domain::booking::Refusal;
use crate::domain::place::{Owner, Role, Scope, owners_of};
use crate::domain::waiting::STANDBY;
use crate::error::{Error, Fault, Result};
use crate::ids::{BeneficiaryId, CentreId, SessionId, SlotId, WaitingId};
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::slot::BookingSlot;
use crate::storage::waiting::{Waiting, WaitingFilter};

/// The most doses that can be left at once.
pub const MOST_LEFT: i64 = 60;

/// Among how many on the list somebody is looked for whom the session serves.
const LOOKED_AT: i64 = 500;

/// "So many doses are left here: call those who can come."
#[derive(Debug, Clone)]
pub struct CallStandby {
    /// The command's id.
    pub command: CommandId,
    /// Who asks.
    pub actor: Actor,
    /// At which centre.
    pub centre: CentreId,
    /// Of which session.
    pub session: SessionId,
    /// How many are left.
    pub doses: i64,
}

/// Who is called, and to which slot: decided once, whatever is repeated after it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Called {
    slot: SlotId,
    people: Vec<(WaitingId, BeneficiaryId)>,
}

/// Calls the first of them whom the session serves; says how many have got a place.
pub async fn call_standby(core: &Core, asked: &CallStandby) -> Result<usize> {
    if !(1..=MOST_LEFT).contains(&asked.doses) {
        return Err(Error::field("doses", Fault::Number));
    }
    asked.actor.centre(&core.board(), asked.centre)?;
    let called = repeating(|| decide(core, asked)).await?;
    // The places are there: each is taken by the ordinary verb, as the list's own act.
    let actor = Actor { name: WAITING_LIST.into(), ..asked.actor.clone() };
    let command = |entry: WaitingId| CommandId::new(WAITING_LIST, &format!("{} {entry}", asked.command.id), format!("standby {entry}"));
    let issue = |(entry, person): &(WaitingId, BeneficiaryId)| IssueToken {
        command: command(*entry),
        actor: actor.clone(),
        slot: called.slot,
        person: Person::Known(*person, Seen::default()),
        earlier_dose: None,
    };
    let commands: Vec<_> = called.people.iter().map(issue).collect();
    let mut placed = 0;
    if !commands.is_empty() {
        for ((entry, _), answer) in called.people.iter().zip(issue_several(core, &commands).await?) {
            if let Ok(token) = answer {
                let number = token.number.parse().map_err(|_| Error::Internal("a token without a number".into()))?;
                settle(core, *entry, number, true).await?;
                placed += 1;
            }
        }
    }
    core.reload_board().await?;
    Ok(placed)
}

async fn decide(core: &Core, asked: &CallStandby) -> Result<Called, Failure> {
    let mut tx = core.db.write().await?;
    if let Some(called) = asked.command.done_before(&mut tx).await? {
        return Ok(called);
    }
    let Some(slot) = last_slot(core, &mut tx, asked).await? else { return Err(Refusal::SlotOver.into()) };
    tx.lock_slots(&[slot.id]).await?;
    let mut people = standby(core, &mut tx, asked.centre, &slot).await?;
    people.truncate(asked.doses as usize);
    let owners = owners_of(Role::Operator, Scope::Centre(asked.centre));
    let mut free = rooms(&mut tx, &[&slot], &owners, Scope::Centre(asked.centre)).await?.pop().map(|room| room.free).unwrap_or_default();
    let mut short = people.iter().filter(|(_, dose)| !free.take(*dose)).count() as i64;
    // What is kept for another dose than theirs is not needed any more within the hour.
    for (dose, kept) in (1..).zip(Owner::KEPT) {
        let places = free.kept(dose).min(short);
        if places > 0 {
            tx.give_places_over(slot.id, (kept, Owner::WalkIn), places).await?;
            short -= places;
        }
    }
    if short > 0 {
        // The doses are there although the places are used up: somebody did not come.
        tx.add_places(slot.id, Owner::WalkIn, short).await?;
    }
    let people = people.iter().map(|(entry, _)| (entry.id, entry.beneficiary_id)).collect();
    let called = Called { slot: slot.id, people };
    let note = core.note_in(&asked.actor.name, Scope::Centre(asked.centre), Act::CallStandby, Some(format!("session:{}", asked.session)));
    if !tx.add_entries(&[asked.command.entry(note, Ok(&called))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    Ok(called)
}

/// The slot that people who come within the hour still reach: the first that ends after that, else the session's last.
async fn last_slot(core: &Core, tx: &mut Tx, asked: &CallStandby) -> Result<Option<BookingSlot>, Failure> {
    let now = core.clock.now();
    let mut slots = tx.upcoming_slots(asked.centre, now).await?;
    slots.retain(|slot| slot.session_id == asked.session);
    let reached = slots.iter().position(|slot| slot.starts + slot.minutes * 60 >= now + STANDBY);
    let at = reached.unwrap_or_else(|| slots.len().saturating_sub(1));
    Ok((at < slots.len()).then(|| slots.swap_remove(at)))
}

/// Those who can come within the hour and whom the slot serves, in order, with the dose that they come for.
async fn standby(core: &Core, tx: &mut Tx, centre: CentreId, slot: &BookingSlot) -> Result<Vec<(Waiting, i64)>> {
    let filter = WaitingFilter { standby: true, most: LOOKED_AT, ..WaitingFilter::default() };
    let list = tx.waiting_list(Scope::Centre(centre), &filter).await?;
    let applicants = applicants(tx, &list).await?;
    let served = |entry: Waiting| {
        let applicant = applicants.get(&entry.beneficiary_id)?;
        let dose = slot.offer().for_applicant(&core.campaign, applicant, Role::Operator, core.clock.now()).ok()?;
        Some((entry, dose))
    };
    Ok(list.into_iter().filter_map(served).collect())
}
