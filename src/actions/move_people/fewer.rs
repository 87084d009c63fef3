//! A session that goes on with fewer places: too few vials came, a vaccinator is ill.

use std::collections::BTreeMap;

use super::situation::{Situation, mover, slots};
use super::{Preview, own_session, people_in_turn};
use crate::actions::Actor;
use crate::actions::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::fewer::{Places, leaving, targets, trimmed};
use crate::domain::moment::Moment;
use crate::domain::moving::{Mover, by_slot, in_turn, staying};
use crate::error::Result;
use crate::ids::{MoveId, SessionId, SlotId};
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::moving::StopReason;
use crate::storage::slot::{Session, Share};
use crate::storage::token::Token;

/// What fewer places would mean.
#[derive(Debug, Clone)]
pub struct Fewer {
    /// Places of the slots that have not begun.
    pub had: i64,
    /// So many of them are taken.
    pub taken: i64,
    /// So many cannot be given back: lent to desks, printed on paper, or their people are inside.
    pub kept: i64,
    /// Who would leave, and where they would go.
    pub moving: Preview,
}

/// Shows what so few places would mean, and changes nothing.
pub async fn fewer_places(core: &Core, actor: &Actor, id: SessionId, places: i64) -> Result<Fewer> {
    let session = own_session(core, actor, id)?;
    let board = core.board();
    let centre = actor.centre(&board, session.centre_id)?;
    let mut tx = core.read().await?;
    let ids = coming(&mut tx, &session, core.clock.now()).await?;
    let shares = tx.shares_of(&ids).await?;
    let there = tx.booking_slots(&ids).await?;
    let now = as_places(there.iter().map(|slot| (slot.id, slot.capacity, slot.taken)), &shares);
    let aims = targets(&now, places);
    let tokens = last_ones(&mut tx, &session, &now, &aims, core.clock.now()).await?;
    let open = slots(core, &mut tx, centre.zone_id, id).await?;
    let mut situation = Situation::read(core, &mut tx, &tokens, open).await?;
    tx.commit().await?;
    let found = situation.plan(&in_turn(tokens.iter().map(mover).collect()), session.centre_id);
    let over: i64 = now.iter().zip(&aims).map(|(slot, aim)| (slot.taken - aim).max(0)).sum();
    Ok(Fewer {
        had: now.iter().map(|slot| slot.capacity).sum(),
        taken: now.iter().map(|slot| slot.taken).sum(),
        kept: over - tokens.len() as i64,
        moving: Preview {
            people: tokens.len(),
            staying: staying(&found, session.centre_id, &situation.rooms),
            unplaced: found.unplaced.len(),
            without_mobile: tokens.iter().filter(|token| token.mobile.is_none()).count(),
            slots: by_slot(&found).into_iter().filter_map(|(slot, count)| Some((situation.slot(slot)?.clone(), count))).collect(),
            session,
        },
    })
}

/// What became of making a session smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Smaller {
    /// Some of its people are moved.
    Moving(MoveId),
    /// Nobody has to move.
    Done,
    /// Nothing was done: it has other places to come than the officer saw, or is stopped.
    Changed,
}

/// Takes the free places of a session's coming slots, and lets as many of its people be moved as are still over `places`, of the `had`
/// that the officer saw. Asked for again under the same id, it is the same.
pub async fn make_smaller(
    core: &Core,
    actor: &Actor,
    command: &CommandId,
    id: SessionId,
    reason: StopReason,
    (had, places): (i64, i64),
) -> Result<Smaller> {
    let session = own_session(core, actor, id)?;
    let outcome = repeating(async || {
        let now = core.clock.now();
        let mut tx = core.db.write().await?;
        if let Some(outcome) = command.done_before(&mut tx).await? {
            return Ok(outcome);
        }
        let ids = coming(&mut tx, &session, now).await?;
        let before = locked_places(&mut tx, &ids).await?;
        if before.iter().map(|slot| slot.capacity).sum::<i64>() != had || tx.is_stopped(id).await? {
            return Ok(Smaller::Changed);
        }
        let aims = targets(&before, places);
        let after: Vec<_> = before.iter().zip(&aims).map(|(slot, aim)| trimmed(slot, *aim)).collect();
        if !after.is_empty() {
            tx.set_places(&after).await?;
            // What is still over that goes as it comes back, from whomever.
            tx.set_fewer_places(&before.iter().map(|slot| slot.slot).zip(aims.iter().copied()).collect::<Vec<_>>()).await?;
        }
        let tokens = last_ones(&mut tx, &session, &before, &aims, now).await?;
        let job = MoveId(command.id);
        let outcome = if tokens.is_empty() { Smaller::Done } else { Smaller::Moving(job) };
        if !tokens.is_empty() {
            tx.add_move(job, session.id, (reason, false), &actor.name, now).await?;
            for some in people_in_turn(&tokens).chunks(super::ROWS) {
                tx.add_move_people(job, some).await?;
            }
            tx.set_move_listed(job, now).await?;
        }
        let entry = command.entry(core.note(actor, Act::FewerPlaces, Some(format!("session:{id}"))), Ok(&outcome));
        if !tx.add_entries(&[entry]).await? {
            return Err(Failure::Again);
        }
        commit(tx).await?;
        Ok(outcome)
    })
    .await?;
    core.reload_board().await?;
    Ok(outcome)
}

/// Takes away what has come back of locked slots that are to have fewer places.
pub async fn trim_returned(tx: &mut Tx, slots: &[SlotId]) -> sqlx::Result<()> {
    let aims: BTreeMap<_, _> = tx.fewer_places(slots).await?.into_iter().collect();
    if aims.is_empty() {
        return Ok(());
    }
    let now = locked_places(tx, &aims.keys().copied().collect::<Vec<_>>()).await?;
    let trimmed = now.iter().map(|slot| trimmed(slot, aims[&slot.slot])).zip(&now);
    let less: Vec<_> = trimmed.filter(|(to, now)| to != *now).map(|(to, _)| to).collect();
    if less.is_empty() { Ok(()) } else { tx.set_places(&less).await }
}

/// The session's slots that have not begun.
async fn coming(tx: &mut Tx, session: &Session, now: Moment) -> sqlx::Result<Vec<SlotId>> {
    let slots = tx.slots_at(session.centre_id, session.day).await?;
    let mut ids: Vec<_> = slots.iter().filter(|slot| slot.session_id == session.id && slot.starts > now).map(|slot| slot.id).collect();
    ids.sort_unstable();
    Ok(ids)
}

async fn locked_places(tx: &mut Tx, ids: &[SlotId]) -> sqlx::Result<Vec<Places>> {
    let (slots, shares) = tx.lock_slots(ids).await?;
    Ok(as_places(slots.iter().map(|slot| (slot.id, slot.capacity, slot.taken)), &shares))
}

fn as_places(slots: impl Iterator<Item = (SlotId, i64, i64)>, shares: &[Share]) -> Vec<Places> {
    let own = |slot| shares.iter().filter(move |share| share.slot_id == slot).map(|share| (share.owner, share.capacity, share.taken));
    slots.map(|(slot, capacity, taken)| Places { slot, capacity, taken, shares: own(slot).collect() }).collect()
}

/// The tokens that are over what their slots are to have, the last ones of each.
async fn last_ones(tx: &mut Tx, session: &Session, now: &[Places], aims: &[i64], after: Moment) -> sqlx::Result<Vec<Token>> {
    let mut tokens = tx.tokens_to_come(session.id, after).await?;
    let mut chosen = Vec::new();
    for (slot, aim) in now.iter().zip(aims) {
        // What stands beside the capacity takes no place that could be given back.
        let of_slot = tokens.iter().filter(|token| token.slot_id == slot.slot && !token.over_capacity);
        let people: Vec<(Mover, i64)> = of_slot.map(|token| (mover(token), token.serial)).collect();
        chosen.extend(leaving(&people, usize::try_from(slot.taken - aim).unwrap_or(0)));
    }
    tokens.retain(|token| chosen.contains(&token.number));
    Ok(tokens)
}
