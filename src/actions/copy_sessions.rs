//! Copying a day's sessions to other days: of a centre, a zone or a whole district. What is there already stays as it is.

use std::collections::{BTreeSet, HashMap};

use super::Actor;
use super::command::{CommandId, commit};
use super::import::plans::Present;
use super::import::{COPY, Change, Kind, Thing, write_down};
use crate::core::Core;
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::domain::plan::Plan;
use crate::error::{Error, Fault, Result};
use crate::ids::{CentreId, ImportId};
use crate::storage::Tx;

/// How many sessions one copy may make: it is one transaction, and the counters wait meanwhile.
const MOST: usize = 5_000;

/// "Copy this day's sessions to those days."
#[derive(Debug, Clone)]
pub struct CopySessions {
    /// From this day.
    pub from: Day,
    /// To these.
    pub to: Vec<Day>,
    /// Of the centres in here.
    pub place: Scope,
}

/// What a copy makes, or would make.
#[derive(Debug, Clone, Default)]
pub struct Copied {
    /// For each day: new sessions, their places, and sessions that are there already.
    pub days: Vec<(Day, usize, i64, usize)>,
    /// How many sessions the day has that is copied.
    pub sessions: usize,
    /// Under which it stands in the history, once it is done.
    pub id: Option<ImportId>,
}

/// Says what would be copied; with a command, does it, once.
pub async fn copy_sessions(core: &Core, actor: &Actor, asked: &CopySessions, command: Option<&CommandId>) -> Result<Copied> {
    let board = core.board();
    let within = |centre: &CentreId| {
        let place = board.centre(*centre).map(crate::storage::field::Centre::place);
        place.is_some_and(|place| actor.scope.covers(place) && asked.place.covers(place))
    };
    let mut tx = core.write().await?;
    if let Some(command) = command
        && let Some(id) = command.done_before::<i64>(&mut tx).await?
    {
        return Ok(Copied { id: Some(ImportId(id)), ..Copied::default() });
    }
    let mut plans: Vec<_> = Present::on(&mut tx, asked.from).await?.plans().filter(|plan| within(&plan.centre)).collect();
    plans.sort_by_key(|plan| (plan.centre, plan.opens, plan.vaccine));
    let mut copied = Copied { sessions: plans.len(), ..Copied::default() };
    if plans.len() * asked.to.len() > MOST {
        return Err(Error::field("to", Fault::TooLong));
    }
    let mut changes = Vec::new();
    for day in asked.to.iter().collect::<BTreeSet<_>>() {
        let mut there = Present::on(&mut tx, *day).await?;
        let (old, new): (Vec<Plan>, Vec<Plan>) =
            plans.iter().map(|plan| plan.on(*day)).partition(|plan| there.plan(plan.centre, plan.day, plan.vaccine).is_some());
        copied.days.push((*day, new.len(), new.iter().map(Plan::places).sum(), old.len()));
        if command.is_some() {
            let lanes: HashMap<CentreId, i64> = board.field.centres.iter().map(|centre| (centre.id, centre.gates)).collect();
            there.add(&mut tx, &new, |plan| lanes.get(&plan.centre).copied().unwrap_or(1)).await?;
            let name = |plan: &Plan| session_name(board.centre(plan.centre).map_or("", |centre| &centre.code), plan.day, plan.vaccine);
            changes.extend(new.into_iter().map(|plan| Change {
                name: name(&plan),
                before: None,
                after: Some(Thing::Session(Box::new(plan))),
                issued: Vec::new(),
            }));
        }
    }
    if command.is_some() && !changes.is_empty() {
        copied.id = Some(write_down(core, &mut tx, actor, Kind::Sessions, COPY, &changes, command).await?);
        finish(core, tx).await?;
    }
    Ok(copied)
}

/// As files and the history name a session.
pub fn session_name(centre: &str, day: Day, vaccine: Vaccine) -> String {
    format!("{centre} {day} {vaccine}")
}

/// Commits, and shows it to everybody.
pub(super) async fn finish(core: &Core, tx: Tx) -> Result<()> {
    commit(tx).await?;
    Ok(core.reload_board().await?)
}
