//! Copying sessions of a centre, a zone or a whole district: a day's to other days, or a whole week's to the weeks after it. What is there
//! already stays as it is, and holidays stay free.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Actor;
use super::close_sessions::centres_in;
use super::command::{CommandId, commit};
use super::import::plans::Present;
use super::import::{COPY, Change, Kind, Thing, write_down};
use crate::board::Board;
use crate::core::Core;
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::domain::plan::Plan;
use crate::domain::week::weeks_after;
use crate::error::{Error, Result};
use crate::ids::{CentreId, ImportId};
use crate::storage::Tx;
use crate::storage::holiday::Holiday;

/// How many sessions one copy may make: it is one transaction, and the counters wait meanwhile.
pub const MOST: usize = 5_000;

/// "Copy these sessions to there."
#[derive(Debug, Clone)]
pub struct CopySessions {
    /// From this day, or from its week.
    pub from: Day,
    /// To where.
    pub to: Goal,
    /// Of the centres in here.
    pub place: Scope,
}

/// Where sessions are copied to.
#[derive(Debug, Clone)]
pub enum Goal {
    /// The day's sessions, to these days.
    Days(Vec<Day>),
    /// Its whole week's, to the same weekdays of so many weeks after it.
    Weeks(i64),
}

/// What a copy makes, or would make.
#[derive(Debug, Clone, Default)]
pub struct Copied {
    /// Day by day.
    pub days: Vec<CopiedDay>,
    /// How many sessions there are to copy.
    pub sessions: usize,
    /// It is more than goes at once: nothing is copied.
    pub too_many: Option<TooMany>,
    /// Under which it stands in the history, once it is done.
    pub id: Option<ImportId>,
}

/// What a copy makes of one day.
#[derive(Debug, Clone)]
pub struct CopiedDay {
    /// Which.
    pub day: Day,
    /// New sessions.
    pub new: usize,
    /// Their places.
    pub places: i64,
    /// Sessions that are there already.
    pub there: usize,
    /// Holidays, and how many sessions are left out for each.
    pub left_out: Vec<(Holiday, usize)>,
}

/// A copy that would make more than goes at once.
#[derive(Debug, Clone, Copy)]
pub struct TooMany {
    /// How many sessions it would make.
    pub sessions: usize,
    /// To so many days, or weeks, it would go.
    pub fit: usize,
}

/// Says what would be copied; with a command, does it, once.
pub async fn copy_sessions(core: &Core, actor: &Actor, asked: &CopySessions, command: Option<&CommandId>) -> Result<Copied> {
    let board = core.board();
    let mut tx = if command.is_some() { core.write().await? } else { core.read().await? };
    if command.is_some() {
        tx.lock_days_off().await?;
    }
    if let Some(command) = command
        && let Some(id) = command.done_before::<i64>(&mut tx).await?
    {
        return Ok(Copied { id: Some(ImportId(id)), ..Copied::default() });
    }
    let pairs = asked.pairs(core.clock.now().day());
    let plans = plans_of(&mut tx, &board, actor, asked, &pairs).await?;
    let mut copied = Copied { sessions: plans.values().map(Vec::len).sum(), ..Copied::default() };
    copied.too_many = too_many(pairs.iter().map(|(from, _)| plans[from].len()).sum(), copied.sessions);
    if copied.too_many.is_some() || copied.sessions == 0 {
        return Ok(copied);
    }
    let holidays = tx.holidays_from(asked.from).await?;
    let lanes: HashMap<CentreId, i64> = board.field.centres.iter().map(|centre| (centre.id, centre.gates)).collect();
    let mut changes = Vec::new();
    for (from, to) in pairs {
        let mut there = Present::on(&mut tx, to).await?;
        let (new, row) = sort_out(&board, &holidays, &there, to, &plans[&from]);
        copied.days.push(row);
        if command.is_some() {
            let added = there.add(&mut tx, &new, |plan| lanes.get(&plan.centre).copied().unwrap_or(1)).await?;
            added.map_err(|_| Error::Malformed(format!("a centre would have more than 99 slots on {to}")))?;
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

impl CopySessions {
    /// From which day to which, the latter in order. Of a week only what is still to come.
    fn pairs(&self, today: Day) -> Vec<(Day, Day)> {
        match &self.to {
            Goal::Days(days) => days.iter().collect::<BTreeSet<_>>().into_iter().map(|day| (self.from, *day)).collect(),
            Goal::Weeks(weeks) => weeks_after(self.from, *weeks).into_iter().filter(|(_, to)| *to > today).collect(),
        }
    }
}

/// The sessions of each day that is copied from.
async fn plans_of(
    tx: &mut Tx,
    board: &Board,
    actor: &Actor,
    asked: &CopySessions,
    pairs: &[(Day, Day)],
) -> Result<BTreeMap<Day, Vec<Plan>>> {
    let centres: HashSet<_> = centres_in(board, actor, asked.place).into_iter().map(|centre| centre.id).collect();
    let mut found = BTreeMap::new();
    for from in pairs.iter().map(|(from, _)| *from).collect::<BTreeSet<_>>() {
        let mut plans: Vec<_> = Present::on(tx, from).await?.plans().filter(|plan| centres.contains(&plan.centre)).collect();
        plans.sort_by_key(|plan| (plan.centre, plan.opens, plan.vaccine));
        found.insert(from, plans);
    }
    Ok(found)
}

/// Whether it is more than goes at once, and how many times what is copied would go.
fn too_many(sessions: usize, once: usize) -> Option<TooMany> {
    (sessions > MOST).then(|| TooMany { sessions, fit: MOST / once.max(1) })
}

/// What of these sessions is new on a day: neither there already nor on a holiday.
fn sort_out(board: &Board, holidays: &[Holiday], there: &Present, day: Day, plans: &[Plan]) -> (Vec<Plan>, CopiedDay) {
    let mut row = CopiedDay { day, new: 0, places: 0, there: 0, left_out: Vec::new() };
    let mut new = Vec::new();
    for plan in plans {
        let district = board.centre(plan.centre).map(|centre| centre.district_id);
        let is_free = |holiday: &&Holiday| holiday.day == day && district.is_some_and(|district| holiday.is_in(district));
        if there.plan(plan.centre, day, plan.vaccine).is_some() {
            row.there += 1;
        } else if let Some(holiday) = holidays.iter().find(is_free) {
            match row.left_out.iter_mut().find(|(other, _)| other.id == holiday.id) {
                Some((_, count)) => *count += 1,
                None => row.left_out.push((holiday.clone(), 1)),
            }
        } else {
            row.places += plan.places();
            new.push(plan.on(day));
        }
    }
    row.new = new.len();
    (new, row)
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
