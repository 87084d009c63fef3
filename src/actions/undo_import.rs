//! Undoing a taking-in: every row goes back to what it was, if nothing hangs on it and nobody has changed it since.

use std::collections::HashMap;

use super::Actor;
use super::command::CommandId;
use super::copy_sessions::finish;
use super::import::plans::Present;
use super::import::{Change, ImportFault, Kind, Report, Thing, UNDO, WrongRow, write_down};
use super::users::may_manage;
use crate::core::Core;
use crate::domain::moment::{Day, Moment};
use crate::domain::plan::Plan;
use crate::error::{Error, Result};
use crate::ids::{CentreId, ImportId};
use crate::storage::Tx;
use crate::storage::import::{Import, ImportRow};

/// How many rows of one are shown.
pub const SHOWN: i64 = 200;

/// No more than a file may have, or a copy may make, or a holiday may close.
const MOST: i64 = 5_001;

/// The last taking-ins within the officer's scope, before one of them.
pub async fn history(core: &Core, actor: &Actor, before: Option<ImportId>, most: i64) -> Result<Vec<Import>> {
    let district = core.board().district_of(actor.scope);
    Ok(core.read().await?.imports(district, before.unwrap_or(ImportId(i64::MAX)), most).await?)
}

/// One of them, with its first rows.
pub async fn one(core: &Core, actor: &Actor, id: ImportId) -> Result<(Import, Vec<Change>)> {
    let mut tx = core.read().await?;
    let import = within(core, &mut tx, actor, id).await?;
    let rows = tx.import_rows(id, SHOWN).await?;
    Ok((import, rows.into_iter().map(change).collect::<Result<_>>()?))
}

/// Says what stands in the way of an undo; with a command and nothing in the way, does it, once.
pub async fn undo_import(core: &Core, actor: &Actor, id: ImportId, command: Option<&CommandId>) -> Result<Report> {
    let mut report = Report::default();
    let mut tx = core.write().await?;
    if let Some(command) = command
        && let Some(done) = command.done_before::<i64>(&mut tx).await?
    {
        (report.applied, report.id) = (true, Some(ImportId(done)));
        return Ok(report);
    }
    let import = within(core, &mut tx, actor, id).await?;
    let kind: Kind = import.kind.parse().map_err(|_| Error::Internal("a kind of a later version".into()))?;
    report.kind = Some(kind);
    if import.undone_at.is_some() {
        report.wrong.push(WrongRow { line: 0, column: String::new(), fault: ImportFault::IsUndone });
        return Ok(report);
    }
    let rows = tx.import_rows(id, MOST).await?;
    let mut field = There::read(&mut tx, kind, &rows, command.is_some()).await?;
    // The last one first: a later row may rest on an earlier one.
    for row in rows.into_iter().rev() {
        let (line, was) = (row.position as u64, change(row)?);
        if let Some(fault) = field.put_back(core, &mut tx, actor, &was).await? {
            report.wrong.push(WrongRow { line, column: was.name.clone(), fault });
        } else {
            report.changes.push(Change { before: was.after, after: was.before, ..was });
        }
    }
    report.wrong.sort_by_key(|row| row.line);
    if command.is_some() && report.wrong.is_empty() {
        if !tx.set_undone(id, &actor.name, core.clock.now()).await? {
            // Somebody else was faster: what was put back here goes with the transaction.
            report.wrong.push(WrongRow { line: 0, column: String::new(), fault: ImportFault::IsUndone });
            return Ok(report);
        }
        report.id = Some(write_down(core, &mut tx, actor, kind, &format!("{UNDO} {id}"), &report.changes, command).await?);
        finish(core, tx).await?;
        report.applied = true;
    }
    Ok(report)
}

async fn within(core: &Core, tx: &mut Tx, actor: &Actor, id: ImportId) -> Result<Import> {
    let district = core.board().district_of(actor.scope);
    let import = tx.import(id).await?.filter(|import| district.is_none() || import.district_id == district);
    import.ok_or(Error::NotFound)
}

fn change(row: ImportRow) -> Result<Change> {
    let read = |json: Option<String>| {
        let thing = json.map(|json| serde_json::from_str(&json)).transpose();
        thing.map_err(|error| Error::Internal(error.to_string()))
    };
    Ok(Change { name: row.name, before: read(row.before)?, after: read(row.after)?, issued: Vec::new() })
}

/// The things of one kind as they are now.
struct There {
    things: HashMap<String, Thing>,
    days: HashMap<(CentreId, Day), Present>,
    /// Otherwise it is only asked what stands in the way.
    writes: bool,
}

impl There {
    async fn read(tx: &mut Tx, kind: Kind, rows: &[ImportRow], writes: bool) -> Result<Self> {
        let mut days = HashMap::new();
        let things: Vec<Thing> = match kind {
            Kind::Districts => tx.districts().await?.into_iter().map(Thing::District).collect(),
            Kind::Zones => tx.zones().await?.into_iter().map(Thing::Zone).collect(),
            Kind::Centres => tx.centres().await?.iter().map(Thing::centre).collect(),
            Kind::Users => tx.accounts().await?.iter().map(super::import::person).collect(),
            Kind::Sessions | Kind::Holidays => {
                for row in rows {
                    let of = change(row.clone())?;
                    if let Some(Thing::Session(plan)) = of.thing()
                        && !days.contains_key(&(plan.centre, plan.day))
                    {
                        days.insert((plan.centre, plan.day), Present::to_change(tx, plan.centre, plan.day).await?);
                    }
                }
                tx.holidays_from(Moment(0).day()).await?.into_iter().map(Thing::Holiday).collect()
            }
        };
        Ok(Self { things: things.into_iter().map(|thing| (key(&thing), thing)).collect(), days, writes })
    }

    fn now(&self, thing: &Thing) -> Option<Thing> {
        match thing {
            Thing::Session(plan) => {
                let there = self.days.get(&(plan.centre, plan.day))?;
                there.plan(plan.centre, plan.day, plan.vaccine).map(|plan| Thing::Session(Box::new(plan)))
            }
            other => self.things.get(&key(other)).cloned(),
        }
    }

    /// Makes one thing what it was. A fault: why that cannot be.
    async fn put_back(&mut self, core: &Core, tx: &mut Tx, actor: &Actor, was: &Change) -> Result<Option<ImportFault>> {
        let Some(thing) = was.thing() else { return Ok(None) };
        if self.now(thing) != was.after {
            return Ok(Some(ImportFault::ChangedSince));
        }
        if !may(core, actor, thing) || was.before.as_ref().is_some_and(|before| !may(core, actor, before)) {
            return Ok(Some(ImportFault::OutsideScope));
        }
        let still_used = |removed: bool| if removed { None } else { Some(ImportFault::StillUsed) };
        Ok(match (&was.before, thing) {
            (Some(Thing::District(before)), _) => tx.put_district(before).await.map(|()| None)?,
            (Some(Thing::Zone(before)), _) => tx.put_zone(before).await.map(|()| None)?,
            (Some(Thing::Centre(before)), _) => tx.put_centre(before).await.map(|()| None)?,
            (Some(Thing::Holiday(before)), _) => tx.put_holiday(before).await.map(|()| None)?,
            (None, Thing::District(made)) => still_used(tx.remove_district(made.id).await?),
            (None, Thing::Zone(made)) => still_used(tx.remove_zone(made.id).await?),
            (None, Thing::Holiday(made)) => still_used(tx.remove_holiday(made.id).await?),
            (None, Thing::Centre(made)) => still_used(tx.remove_centre(made.id).await?),
            (before, Thing::Session(plan)) => match before {
                Some(Thing::Session(before)) => self.put_session(core, tx, before).await?,
                _ => match self.days.get_mut(&(plan.centre, plan.day)) {
                    Some(there) => there.remove(tx, plan).await?.err().map(|(_, fault)| fault),
                    None => None,
                },
            },
            (before, Thing::User(person)) => {
                let account = tx.account(&person.username).await?.ok_or(Error::NotFound)?;
                match before {
                    Some(Thing::User(before)) => {
                        let row = crate::storage::account::Account {
                            name: before.name.clone(),
                            role: before.role,
                            scope: before.scope,
                            ..account
                        };
                        tx.put_account(&row).await?;
                    }
                    // What somebody did stays on record under their name, so the account is closed and not taken away.
                    _ => tx.set_closed(account.id, Some(core.clock.now())).await?,
                }
                None
            }
            _ => None,
        })
    }

    async fn put_session(&mut self, core: &Core, tx: &mut Tx, before: &Plan) -> Result<Option<ImportFault>> {
        let lanes = core.board().centre(before.centre).map_or(1, |centre| centre.gates);
        let there = self.days.entry((before.centre, before.day)).or_default();
        let put = match there.plan(before.centre, before.day, before.vaccine) {
            Some(_) => there.put(tx, before, lanes).await?,
            // What was closed comes back in a few statements: a whole district may have been.
            None if self.writes => there.add(tx, std::slice::from_ref(before), |_| lanes).await?,
            None => Ok(()),
        };
        Ok(put.err().map(|(_, fault)| fault))
    }
}

/// What tells one thing from another of its kind.
fn key(thing: &Thing) -> String {
    match thing {
        Thing::District(row) => row.code.clone(),
        Thing::Zone(row) => row.code.clone(),
        Thing::Centre(row) => row.code.clone(),
        Thing::User(person) => person.username.clone(),
        Thing::Holiday(row) => format!("{} {:?}", row.day, row.district_id),
        Thing::Session(plan) => format!("{} {} {}", plan.centre, Moment(plan.day.start().0).0, plan.vaccine),
    }
}

/// Whether an officer may set it up.
fn may(core: &Core, actor: &Actor, thing: &Thing) -> bool {
    let board = core.board();
    match (actor.scope, thing) {
        (crate::domain::place::Scope::State, _) => true,
        (_, Thing::District(_)) => false,
        (_, Thing::User(person)) => may_manage(&board, actor, person.scope),
        (scope, other) => board.district_of(scope).is_some() && other.district(&board) == board.district_of(scope),
    }
}
