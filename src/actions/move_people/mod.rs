//! Moving people to the next places, all of a session that is stopped or the last of one that has fewer places: shown first with
//! counts, then done in slices while issuing goes on.
//!
//! The move stands in rows. A worker writes down once who has to move, in the order of their turn, and then gives one small group after
//! the other their places, each in one transaction. A process that is killed loses nothing: another one takes the lease on.

mod fewer;
mod situation;
mod slice;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Actor;
use super::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::moving::{by_slot, in_turn, staying};
use crate::error::{Error, Result};
use crate::ids::{MoveId, SessionId, SlotId};
use crate::slice::repeating;
use crate::storage::journal::Act;
use crate::storage::moving::{MoveFound, MoveJob, MovePerson, StopReason};
use crate::storage::slot::{BookingSlot, Session};
use crate::storage::token::Token;
pub use fewer::{Fewer, Smaller, fewer_places, make_smaller, trim_returned};
use situation::{Situation, mover};

/// How long a worker may be at a move without a sign of life, in seconds.
const LEASE: i64 = 30;

/// How long a worker leaves the database to others between two groups at most.
const LONGEST_REST: Duration = Duration::from_millis(100);

/// Rows a statement when people are written down.
const ROWS: usize = 500;

/// What a stop would do.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The session.
    pub session: Session,
    /// People who have to move.
    pub people: usize,
    /// Of whom so many stay at the centre.
    pub staying: usize,
    /// For whom no place is found.
    pub unplaced: usize,
    /// Who have no mobile number, and must be called.
    pub without_mobile: usize,
    /// Where they would go, the most first.
    pub slots: Vec<(BookingSlot, i64)>,
}

impl Preview {
    /// How many go to another centre.
    pub fn elsewhere(&self) -> usize {
        self.people - self.staying - self.unplaced
    }
}

/// Shows what a stop would do, and changes nothing.
pub async fn preview(core: &Core, actor: &Actor, id: SessionId) -> Result<Preview> {
    let session = own_session(core, actor, id)?;
    let board = core.board();
    let centre = actor.centre(&board, session.centre_id)?;
    let mut tx = core.read().await?;
    let tokens = tx.tokens_to_come(id, session.opens).await?;
    let slots = situation::slots(core, &mut tx, centre.zone_id, id).await?;
    let mut situation = Situation::read(core, &mut tx, &tokens, slots).await?;
    tx.commit().await?;
    let found = situation.plan(&in_turn(tokens.iter().map(mover).collect()), session.centre_id);
    let of = |slot: SlotId| situation.slot(slot).cloned();
    Ok(Preview {
        people: tokens.len(),
        staying: staying(&found, session.centre_id, &situation.rooms),
        unplaced: found.unplaced.len(),
        without_mobile: tokens.iter().filter(|token| token.mobile.is_none()).count(),
        slots: by_slot(&found).into_iter().filter_map(|(slot, count)| Some((of(slot)?, count))).collect(),
        session,
    })
}

fn own_session(core: &Core, actor: &Actor, id: SessionId) -> Result<Session> {
    let board = core.board();
    let session = board.session(id).ok_or(Error::NotFound)?;
    actor.centre(&board, session.centre_id)?;
    Ok(session.clone())
}

/// Stops the session and lets its people be moved. Asked for again under the same id, it is the same move.
pub async fn stop_and_move(core: &Core, actor: &Actor, command: &CommandId, id: SessionId, reason: StopReason) -> Result<MoveId> {
    let session = own_session(core, actor, id)?;
    let job = repeating(async || {
        let now = core.clock.now();
        let mut tx = core.db.write().await?;
        if let Some(job) = command.done_before(&mut tx).await? {
            return Ok(job);
        }
        // Whoever stopped it a moment before has moved its people already.
        if !tx.set_stopped(session.id, true).await?
            && let Some(job) = tx.moves_of(session.id).await?.into_iter().find(|job| job.stops && job.finished_at.is_none())
        {
            return Ok(job.id);
        }
        let job = MoveId(command.id);
        tx.add_move(job, session.id, (reason, true), &actor.name, now).await?;
        let entry = command.entry(core.note(actor, Act::MovePeople, Some(format!("session:{id}"))), Ok(&job));
        if !tx.add_entries(&[entry]).await? {
            return Err(crate::slice::Failure::Again);
        }
        commit(tx).await?;
        Ok(job)
    })
    .await?;
    core.reload_board().await?;
    Ok(job)
}

/// A move within the actor's scope.
pub async fn move_job(core: &Core, actor: &Actor, id: MoveId) -> Result<MoveJob> {
    let mut tx = core.read().await?;
    let job = tx.move_job(id).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    actor.centre(&core.board(), job.centre_id)?;
    Ok(job)
}

/// The people of a move, as a list that somebody takes along. That it was read is written down.
pub async fn moved_people(core: &Core, actor: &Actor, job: &MoveJob) -> Result<Vec<MoveFound>> {
    let mut tx = core.write().await?;
    tx.add_entries(&[core.note(actor, Act::ReadMoveList, Some(format!("session:{}", job.session_id)))]).await?;
    let people = tx.moved_people(job.id, None).await?;
    tx.commit().await?;
    Ok(people)
}

/// A worker's turn: takes a move that nobody is at, and works at it until everybody has had a turn. False: there was none.
pub async fn turn(core: &Core, worker: Uuid) -> Result<bool> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let Some(job) = tx.lease_move(worker, now, now + LEASE).await? else { return Ok(false) };
    tx.commit().await?;
    if job.listed_at.is_none() && !list(core, &job, worker).await? {
        return Ok(true);
    }
    loop {
        let began = Instant::now();
        if !repeating(|| slice::write(core, &job, worker)).await? {
            break;
        }
        // The counters go on meanwhile: they have the database as long as the move had it.
        tokio::time::sleep(began.elapsed().min(LONGEST_REST)).await;
    }
    core.reload_board().await?;
    Ok(true)
}

/// Writes down who has to move, in the order of their turn. False: somebody else is at it.
async fn list(core: &Core, job: &MoveJob, worker: Uuid) -> Result<bool> {
    let mut tx = core.read().await?;
    let tokens = tx.tokens_to_come(job.session_id, job.opens).await?;
    tx.commit().await?;
    for some in people_in_turn(&tokens).chunks(ROWS) {
        let now = core.clock.now();
        let mut tx = core.write().await?;
        if !tx.keep_move(job.id, worker, now + LEASE).await? {
            return Ok(false);
        }
        tx.add_move_people(job.id, some).await?;
        tx.commit().await?;
    }
    let mut tx = core.write().await?;
    tx.set_move_listed(job.id, core.clock.now()).await?;
    tx.commit().await?;
    Ok(true)
}

/// Whoever holds these tokens, in the order of their turn.
fn people_in_turn(tokens: &[Token]) -> Vec<MovePerson> {
    let slips: HashMap<_, &Token> = tokens.iter().map(|token| (token.number, token)).collect();
    let families = in_turn(tokens.iter().map(mover).collect());
    (0..)
        .zip(&families)
        .flat_map(|(turn, family)| family.iter().map(move |person| (turn, person)))
        .map(|(turn, person)| {
            let token = slips[&person.number];
            MovePerson { number: person.number, turn, call: token.call, serial: token.serial, starts: token.starts }
        })
        .collect()
}
