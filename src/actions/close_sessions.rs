//! Closing a day at a centre, in a zone or in a whole district. Sessions go for which no token was ever issued; the others stay, to be stopped.

use std::collections::{HashMap, HashSet};

use super::Actor;
use super::command::CommandId;
use super::copy_sessions::{finish, session_name};
use super::import::plans::Present;
use super::import::{CLOSED, Change, Kind, Thing, write_down};
use crate::board::Board;
use crate::core::Core;
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::domain::plan::Plan;
use crate::error::{Error, Fault, Result};
use crate::ids::{CentreId, ImportId, SessionId};
use crate::storage::Tx;
use crate::storage::field::Centre;
use crate::storage::slot::Session;

/// How many sessions are closed at once: it is one transaction, and the counters wait meanwhile.
const MOST: usize = 5_000;

/// What closing does, and what it leaves.
#[derive(Debug, Clone, Default)]
pub struct Closing {
    /// How many sessions go.
    pub sessions: usize,
    /// At how many centres.
    pub centres: usize,
    /// With how many places.
    pub places: i64,
    /// These stay until they are stopped, those with the most tokens first.
    pub left: Vec<Left>,
    /// How many are stopped already.
    pub stopped: usize,
    /// Under which it stands in the history, once it is done.
    pub id: Option<ImportId>,
}

/// A session that cannot be closed: tokens were issued for it.
#[derive(Debug, Clone)]
pub struct Left {
    /// Which.
    pub session: Session,
    /// How many of its tokens stand. None: all were cancelled, but their serials stay used.
    pub issued: i64,
}

/// What goes, as ids and as it is planned.
pub(super) type Going = (Vec<SessionId>, Vec<Plan>);

/// Says what would be closed; with a command, does it, once.
pub async fn close_sessions(core: &Core, actor: &Actor, place: Scope, day: Day, command: Option<&CommandId>) -> Result<Closing> {
    let board = core.board();
    own_place(&board, actor, place)?;
    let centres = centres_in(&board, actor, place);
    let Some(command) = command else {
        return Ok(look(&mut core.read().await?, &centres, day).await?.0);
    };
    let mut tx = core.write().await?;
    tx.lock_days_off().await?;
    if let Some(id) = command.done_before::<i64>(&mut tx).await? {
        return Ok(Closing { id: Some(ImportId(id)), ..Closing::default() });
    }
    let ids: Vec<_> = centres.iter().map(|centre| centre.id).collect();
    tx.lock_days(&ids, day).await?;
    let (mut closing, going) = look(&mut tx, &centres, day).await?;
    if closing.sessions > 0 {
        let changes = close(&mut tx, &board, going).await?;
        closing.id = Some(write_down(core, &mut tx, actor, Kind::Sessions, CLOSED, &changes, Some(command)).await?);
        finish(core, tx).await?;
    }
    Ok(closing)
}

/// A place within the officer's part of the field.
fn own_place(board: &Board, actor: &Actor, place: Scope) -> Result<()> {
    let own = board.district_of(actor.scope);
    if own.is_none() || board.district_of(place) == own { Ok(()) } else { Err(Error::NotFound) }
}

/// The officer's centres in a place.
pub(super) fn centres_in<'b>(board: &'b Board, actor: &Actor, place: Scope) -> Vec<&'b Centre> {
    let within = |centre: &&Centre| actor.scope.covers(centre.place()) && place.covers(centre.place());
    board.field.centres.iter().filter(within).collect()
}

/// What of a day at these centres would go, and what would stay.
pub(super) async fn look(tx: &mut Tx, centres: &[&Centre], day: Day) -> Result<(Closing, Going)> {
    let wanted: HashSet<CentreId> = centres.iter().map(|centre| centre.id).collect();
    let used: HashSet<SessionId> = tx.used_sessions(day).await?.into_iter().collect();
    let sessions: Vec<_> = tx.sessions_on(day).await?.into_iter().filter(|session| wanted.contains(&session.centre_id)).collect();
    let present = Present::on(tx, day).await?;
    let (mut closing, mut going) = (Closing::default(), Going::default());
    for session in sessions {
        let Some(plan) = present.plan(session.centre_id, session.day, session.vaccine) else { continue };
        if session.stopped {
            closing.stopped += 1;
        } else if used.contains(&session.id) {
            let issued = present.issued(&plan).iter().map(|(_, issued)| issued).sum();
            closing.left.push(Left { session, issued });
        } else {
            closing.places += plan.places();
            going.0.push(session.id);
            going.1.push(plan);
        }
    }
    if going.0.len() > MOST {
        return Err(Error::field("place", Fault::TooLong));
    }
    closing.sessions = going.0.len();
    closing.centres = going.1.iter().map(|plan| plan.centre).collect::<HashSet<_>>().len();
    closing.left.sort_by_key(|left| std::cmp::Reverse(left.issued));
    Ok((closing, going))
}

/// Takes these sessions away; what the history says of it.
pub(super) async fn close(tx: &mut Tx, board: &Board, (ids, plans): Going) -> Result<Vec<Change>> {
    tx.remove_sessions(&ids).await?;
    let codes: HashMap<_, _> = board.field.centres.iter().map(|centre| (centre.id, centre.code.as_str())).collect();
    let change = |plan: Plan| {
        let name = session_name(codes.get(&plan.centre).copied().unwrap_or(""), plan.day, plan.vaccine);
        Change { name, before: Some(Thing::Session(Box::new(plan))), after: None, issued: Vec::new() }
    };
    Ok(plans.into_iter().map(change).collect())
}
