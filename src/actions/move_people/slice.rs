//! One small group of a move in one transaction: slots, shares, tokens, what gates and people must hear, the journal.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::LEASE;
use super::fewer::trim_returned;
use super::situation::{Situation, mover, slots};
use crate::actions::command::commit;
use crate::actions::reschedule_token::moved_token;
use crate::actions::tell::tell_holders;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::message::{Fact, Template};
use crate::domain::moving::{Plan, in_turn};
use crate::domain::number::TokenNumber;
use crate::domain::place::Owner;
use crate::error::Error;
use crate::ids::SlotId;
use crate::slice::Failure;
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::moving::{MoveJob, MovePerson, Outcome};
use crate::storage::slot::Claim;
use crate::storage::token::{NewToken, Token};

/// How many people one transaction moves: what keeps it well under 10 ms.
const PEOPLE: usize = 30;

/// The largest family that is kept together in one transaction.
const FAMILY: usize = 8;

/// Writes one slice. False: nobody waits any more, or somebody else is at the move.
pub(super) async fn write(core: &Core, job: &MoveJob, worker: Uuid) -> Result<bool, Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    if !tx.keep_move(job.id, worker, now + LEASE).await? {
        return Ok(false);
    }
    let aims: Vec<_> = tx.fewer_places_of(job.session_id).await?.into_iter().map(|(slot, _)| slot).collect();
    let goes_on = if job.stops { !tx.is_stopped(job.session_id).await? } else { aims.is_empty() };
    if goes_on {
        // As it was, or with other places: whoever has no other place yet keeps this one.
        tx.keep_the_rest(job.id).await?;
        tx.set_move_finished(job.id, now).await?;
        commit(tx).await?;
        return Ok(false);
    }
    let waiting = whole_families(tx.waiting_to_move(job.id, (PEOPLE + FAMILY) as i64).await?);
    if waiting.is_empty() {
        tx.lock_slots(&aims).await?;
        trim_returned(&mut tx, &aims).await?;
        tx.set_move_finished(job.id, now).await?;
        commit(tx).await?;
        return Ok(false);
    }
    let numbers: Vec<_> = waiting.iter().map(|person| person.number).collect();
    let Ready { tokens, plan, situation } = decide(core, &mut tx, job, &numbers, &aims).await?;

    let mut outcomes: Vec<_> = plan.unplaced.iter().map(|number| (*number, Outcome::Unplaced)).collect();
    outcomes.extend(numbers.iter().filter(|number| !tokens.contains_key(number)).map(|number| (*number, Outcome::Gone)));
    outcomes.extend(plan.placed.iter().map(|(number, ..)| (*number, Outcome::Moved)));
    let touched = if plan.placed.is_empty() { BTreeSet::new() } else { apply(core, &mut tx, job, &tokens, &plan, &situation).await? };
    if job.stops {
        // Whoever has no place yet must not come in vain.
        let unplaced: Vec<_> = plan.unplaced.iter().filter_map(|number| tokens.get(number).cloned()).collect();
        let fact = |token: &Token| Fact::Session(token.number, token.revision, job.asked_at);
        tell_holders(core, &mut tx, Template::SessionStopped, &unplaced, fact).await?;
    }
    trim_returned(&mut tx, &aims).await?;
    tx.set_outcomes(job.id, &outcomes).await?;
    commit(tx).await?;
    for slot in touched {
        core.touch(slot);
    }
    Ok(true)
}

/// Up to the end of the last family that is there as a whole.
fn whole_families(mut waiting: Vec<MovePerson>) -> Vec<MovePerson> {
    if waiting.len() > PEOPLE {
        let last = waiting[PEOPLE].turn;
        let end = waiting.iter().position(|person| person.turn == last).filter(|end| *end > 0).unwrap_or(PEOPLE);
        waiting.truncate(end);
    }
    waiting
}

/// What is going to be written.
struct Ready<'a> {
    /// Those who still have to move.
    tokens: BTreeMap<TokenNumber, Token>,
    plan: Plan,
    situation: Situation<'a>,
}

/// Plans by what is read, locks what the plan touches, and plans again by what is then certain. Slots are locked before tokens.
///
/// `aims` are the session's slots that are to have fewer places.
async fn decide<'a>(core: &'a Core, tx: &mut Tx, job: &MoveJob, numbers: &[TokenNumber], aims: &[SlotId]) -> Result<Ready<'a>, Failure> {
    let read = tx.tokens(numbers).await?;
    let still = |token: &&Token| token.state == TokenState::Issued && token.session_id == job.session_id;
    let families = |tokens: &[Token]| in_turn(tokens.iter().filter(still).map(mover).collect());
    let open = slots(core, tx, job.zone_id, job.session_id).await?;
    let mut first = Situation::read(core, tx, &read, open).await?;
    let planned = first.plan(&families(&read), job.centre_id);

    let mut touched: BTreeSet<_> = read.iter().map(|token| token.slot_id).collect();
    touched.extend(planned.placed.iter().map(|(_, slot, _)| *slot));
    touched.extend(aims);
    let (mut locked, shares) = tx.lock_slots(&Vec::from_iter(touched)).await?;
    let tokens = tx.lock_tokens(numbers).await?;
    if tokens.iter().zip(&read).any(|(now, then)| now.slot_id != then.slot_id) {
        return Err(Failure::Again);
    }
    locked.retain(|slot| !slot.stopped && slot.session_id != job.session_id);
    let mut situation = Situation::read(core, tx, &tokens, (locked, shares)).await?;
    let mut plan = situation.plan(&families(&tokens), job.centre_id);
    // Who lost a place to somebody else between the two plans has another turn.
    plan.unplaced.retain(|number| planned.unplaced.contains(number));
    let tokens = tokens.into_iter().filter(|token| still(&token)).map(|token| (token.number, token)).collect();
    Ok(Ready { tokens, plan, situation })
}

/// Writes a plan. The places go back to their owners, others are taken; returns the slots that were touched.
async fn apply(
    core: &Core,
    tx: &mut Tx,
    job: &MoveJob,
    tokens: &BTreeMap<TokenNumber, Token>,
    plan: &Plan,
    situation: &Situation<'_>,
) -> Result<BTreeSet<SlotId>, Failure> {
    let now = core.clock.now();
    let mut places: BTreeMap<SlotId, Claim> = BTreeMap::new();
    let mut owned: BTreeMap<(SlotId, Owner), i64> = BTreeMap::new();
    let mut new: Vec<(NewToken, i64)> = Vec::with_capacity(plan.placed.len());
    let mut claims = Vec::with_capacity(plan.placed.len());
    for (number, to, owner) in &plan.placed {
        let (Some(token), Some(slot)) = (tokens.get(number), situation.slot(*to)) else {
            return Err(Error::Internal("a plan about nobody".into()).into());
        };
        if !token.over_capacity {
            places.entry(token.slot_id).or_insert(Claim { slot: token.slot_id, places: 0, serials: 0 }).places -= 1;
            *owned.entry((token.slot_id, token.owner)).or_default() -= 1;
        }
        let taken = places.entry(*to).or_insert(Claim { slot: *to, places: 0, serials: 0 });
        taken.places += 1;
        taken.serials += 1;
        *owned.entry((*to, *owner)).or_default() += 1;
        let revision = token.revision + 1;
        let (moved, claim) = moved_token(token, slot, *owner, slot.serials + taken.serials, now);
        new.push((moved, revision));
        claims.push(claim);
    }
    let keys = core.keys();
    let signing = tokio::task::spawn_blocking(move || claims.iter().map(|claims| keys.signer.sign(claims)).collect::<Vec<_>>());
    let places: Vec<_> = places.into_values().collect();
    let shares: Vec<_> = owned.into_iter().map(|((slot, owner), count)| (slot, owner, count)).collect();
    if !tx.claim_slots(&places).await? || !tx.claim_shares(&shares).await? {
        return Err(Failure::Again);
    }
    let signed = signing.await.map_err(|error| Error::Internal(error.to_string()))?;
    for ((token, _), cose) in new.iter_mut().zip(signed) {
        token.cose = cose;
    }
    // The gates of the centre that they leave must hear of it too.
    let changes: BTreeSet<_> = new.iter().flat_map(|(token, _)| [(job.centre_id, token.number), (token.centre_id, token.number)]).collect();
    tx.add_changes(&Vec::from_iter(changes)).await?;
    tx.move_tokens(&new, now).await?;
    let stored = tx.tokens(&new.iter().map(|(token, _)| token.number).collect::<Vec<_>>()).await?;
    tell_holders(core, tx, Template::TokenMoved, &stored, |token| Fact::Token(token.number, token.revision)).await?;
    let place = crate::domain::place::Scope::Centre(job.centre_id);
    let note = |(token, _): &(NewToken, i64)| core.note_in(&job.asked_by, place, Act::RescheduleToken, Some(token.number.plain()));
    tx.add_entries(&new.iter().map(note).collect::<Vec<_>>()).await?;
    Ok(places.iter().map(|claim| claim.slot).collect())
}
