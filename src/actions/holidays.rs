//! A district's holidays. Setting one closes its day as far as no token is issued; taking it away leaves the day as it is.

use super::Actor;
use super::close_sessions::{Closing, centres_in, close, look};
use super::command::CommandId;
use super::copy_sessions::finish;
use super::import::{Change, FORM, HOLIDAY, Kind, Thing, write_down};
use crate::board::Board;
use crate::core::Core;
use crate::domain::holiday::{BadHoliday, day, name};
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{DistrictId, HolidayId, ImportId};
use crate::storage::Tx;
use crate::storage::holiday::Holiday;
use crate::storage::import::Import;

/// A holiday as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The date.
    pub day: String,
    /// The district's id; empty: the officer's own, or all.
    pub district: String,
    /// The name in English.
    pub name_en: String,
    /// The name in Hindi.
    pub name_hi: String,
}

/// What is wrong, and in which field.
pub type Faults = Vec<(&'static str, BadHoliday)>;

/// The holiday that would be set, and what of its day would be closed.
pub type Set = (Holiday, Closing);

/// Says what a holiday would close; with a command, sets it, once.
pub async fn set_holiday(core: &Core, actor: &Actor, typed: &Typed, command: Option<&CommandId>) -> Result<Result<Set, Faults>> {
    let board = core.board();
    let mut holiday = match read(core, &board, actor, typed) {
        Ok(holiday) => holiday,
        Err(faults) => return Ok(Err(faults)),
    };
    let centres = centres_in(&board, actor, holiday.district_id.map_or(Scope::State, Scope::District));
    let Some(command) = command else {
        let mut tx = core.read().await?;
        if let Some(fault) = is_there(&mut tx, &holiday).await? {
            return Ok(Err(vec![fault]));
        }
        let closing = look(&mut tx, &centres, holiday.day).await?.0;
        return Ok(Ok((holiday, closing)));
    };
    let mut tx = core.write().await?;
    tx.lock_days_off().await?;
    if let Some(id) = command.done_before::<i64>(&mut tx).await? {
        return Ok(Ok((holiday, Closing { id: Some(ImportId(id)), ..Closing::default() })));
    }
    if let Some(fault) = is_there(&mut tx, &holiday).await? {
        return Ok(Err(vec![fault]));
    }
    holiday.id = HolidayId(tx.take_numbers("holiday", 1).await?);
    tx.put_holiday(&holiday).await?;
    let ids: Vec<_> = centres.iter().map(|centre| centre.id).collect();
    tx.lock_days(&ids, holiday.day).await?;
    let (mut closing, going) = look(&mut tx, &centres, holiday.day).await?;
    let mut changes =
        vec![Change { name: named(&holiday), before: None, after: Some(Thing::Holiday(holiday.clone())), issued: Vec::new() }];
    changes.extend(close(&mut tx, &board, going).await?);
    let source = format!("{HOLIDAY} {}", holiday.id);
    closing.id = Some(write_down(core, &mut tx, actor, Kind::Holidays, &source, &changes, Some(command)).await?);
    finish(core, tx).await?;
    Ok(Ok((holiday, closing)))
}

/// What was typed as a holiday, without its number.
fn read(core: &Core, board: &Board, actor: &Actor, typed: &Typed) -> Result<Holiday, Faults> {
    let mut faults = Vec::new();
    let mut noted = |field, found: Result<String, BadHoliday>| found.map_err(|fault| faults.push((field, fault))).unwrap_or_default();
    let (name_en, name_hi) = (noted("name_en", name(&typed.name_en)), noted("name_hi", name(&typed.name_hi)));
    let day = day(&typed.day, core.clock.now().day()).map_err(|fault| faults.insert(0, ("date", fault))).ok();
    let district_id = match (board.district_of(actor.scope), typed.district.as_str()) {
        (Some(own), _) => Some(own),
        (None, "") => None,
        (None, id) => {
            let found = id.parse().ok().filter(|id: &DistrictId| board.district(*id).is_some());
            if found.is_none() {
                faults.push(("district", BadHoliday::Place));
            }
            found
        }
    };
    match day {
        Some(day) if faults.is_empty() => Ok(Holiday { id: HolidayId::default(), day, district_id, name_en, name_hi }),
        _ => Err(faults),
    }
}

/// The day has one already: everybody's, or the same district's.
async fn is_there(tx: &mut Tx, holiday: &Holiday) -> Result<Option<(&'static str, BadHoliday)>> {
    let same = |other: &Holiday| other.day == holiday.day && (other.district_id.is_none() || other.district_id == holiday.district_id);
    let there = tx.holidays_from(holiday.day).await?.into_iter().find(same);
    Ok(there.map(|other| ("date", BadHoliday::There(other.name_en, other.name_hi))))
}

/// As the history names it.
fn named(holiday: &Holiday) -> String {
    format!("{} {}", holiday.day, holiday.name_en)
}

/// The officer's own holiday with an id: everybody's are the state's to take away.
fn own(board: &Board, actor: &Actor, id: HolidayId) -> Result<Holiday> {
    let holiday = board.field.holidays.iter().find(|holiday| holiday.id == id);
    let own = board.district_of(actor.scope);
    holiday.filter(|holiday| may_remove(own, holiday)).cloned().ok_or(Error::NotFound)
}

/// Whether an officer of a district, or of the state, may take a holiday away.
pub fn may_remove(own: Option<DistrictId>, holiday: &Holiday) -> bool {
    own.is_none() || holiday.district_id == own
}

/// A holiday, and under which it was set, with the sessions that would come back if that were undone.
pub async fn one_holiday(core: &Core, actor: &Actor, id: HolidayId) -> Result<(Holiday, Option<Import>)> {
    let holiday = own(&core.board(), actor, id)?;
    let set = core.read().await?.import_from(Kind::Holidays.word(), &format!("{HOLIDAY} {id}")).await?;
    Ok((holiday, set.filter(|import| import.removed > 0 && import.undone_at.is_none())))
}

/// Takes a holiday away, and nothing else: what was closed for it stays closed.
pub async fn remove_holiday(core: &Core, actor: &Actor, id: HolidayId, command: &CommandId) -> Result<ImportId> {
    let mut tx = core.write().await?;
    tx.lock_days_off().await?;
    if let Some(id) = command.done_before::<i64>(&mut tx).await? {
        return Ok(ImportId(id));
    }
    let holiday = own(&core.board(), actor, id)?;
    if !tx.remove_holiday(id).await? {
        return Err(Error::NotFound);
    }
    let change = Change { name: named(&holiday), before: Some(Thing::Holiday(holiday)), after: None, issued: Vec::new() };
    let done = write_down(core, &mut tx, actor, Kind::Holidays, FORM, &[change], Some(command)).await?;
    finish(core, tx).await?;
    Ok(done)
}
