//! Looking after deadlines, once a minute: a centre whose doses run out of time has an alarm until they are on the portal, and whoever
//! sees it is written down.

use std::collections::BTreeMap;

use super::Actor;
use super::raise_alarms::WATCH;
use crate::core::Core;
use crate::domain::dose::Age;
use crate::domain::moment::Moment;
use crate::domain::place::Scope;
use crate::error::Result;
use crate::ids::{AlarmId, CentreId};
use crate::storage::Tx;
use crate::storage::deadline::{DeadlineAlarm, Told};
use crate::storage::journal::Act;

/// For how long an alarm that is over is shown, in seconds.
const SHOWN: i64 = 7 * 86_400;

/// A turn: raises what is new, lets it grow, ends what is over. Done twice, or by two processes, it raises nothing twice.
pub async fn watch_deadlines(core: &Core) -> Result<bool> {
    let now = core.clock.now();
    let mut tx = core.read().await?;
    let pressing = pressing(core, &mut tx, now).await?;
    let open = tx.deadline_alarms(Scope::State, Moment(i64::MAX)).await?;
    tx.commit().await?;
    let new: Vec<_> = pressing.iter().filter(|(centre, _)| open.iter().all(|alarm| alarm.centre_id != **centre)).collect();
    let changed: Vec<_> = open.iter().filter(|alarm| pressing.get(&alarm.centre_id).is_none_or(|doses| *doses > alarm.doses)).collect();
    if new.is_empty() && changed.is_empty() {
        return Ok(false);
    }
    let mut tx = core.write().await?;
    for (centre, doses) in new {
        let id = AlarmId(tx.take_numbers("deadline_alarm", 1).await?);
        if tx.add_deadline_alarm(&DeadlineAlarm { id, centre_id: *centre, raised_at: now, doses: *doses, over_at: None }).await? {
            let subject = Some(format!("deadline:{id}"));
            tx.add_entries(&[core.note_in(WATCH, Scope::Centre(*centre), Act::RaiseAlarm, subject)]).await?;
        }
    }
    for alarm in changed {
        let doses = pressing.get(&alarm.centre_id);
        tx.set_deadline_alarm(alarm.id, doses.map_or(alarm.doses, |doses| *doses), doses.is_none().then_some(now)).await?;
    }
    tx.commit().await?;
    Ok(false)
}

/// How many doses of each centre have less than six hours, keyed in or on paper, or are late already.
async fn pressing(core: &Core, tx: &mut Tx, now: Moment) -> Result<BTreeMap<CentreId, i64>> {
    let keyed = tx.waiting_doses(Scope::State, now).await?.into_iter().map(|row| (row.centre_id, row.overdue + row.under_6));
    let paper = tx.on_paper(Scope::State, now).await?;
    let is_pressing = |starts| matches!(Age::of(core.campaign.upload_due(starts), now), Age::Overdue | Age::UnderSix);
    let paper = paper.into_iter().filter(|pack| is_pressing(pack.starts)).map(|pack| (pack.centre_id, pack.waiting()));
    let mut centres = BTreeMap::new();
    for (centre, doses) in keyed.chain(paper).filter(|(_, doses)| *doses > 0) {
        *centres.entry(centre).or_default() += doses;
    }
    Ok(centres)
}

/// The alarms of a part of the field, those that are over after the open ones, each with who has seen it. The open ones count as seen by
/// whoever asks.
pub async fn deadline_alarms(core: &Core, actor: &Actor) -> Result<Vec<(DeadlineAlarm, Vec<Told>)>> {
    let now = core.clock.now();
    let mut tx = core.read().await?;
    let mut alarms = tx.deadline_alarms(actor.scope, now + -SHOWN).await?;
    if alarms.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = alarms.iter().map(|alarm| alarm.id).collect();
    let mut told = tx.told_of(&ids).await?;
    tx.commit().await?;
    let is_new =
        |alarm: &&DeadlineAlarm| alarm.over_at.is_none() && told.iter().all(|told| told.alarm_id != alarm.id || *told.who != *actor.name);
    let new: Vec<_> = alarms.iter().filter(is_new).map(|alarm| alarm.id).collect();
    if !new.is_empty() {
        let mut tx = core.write().await?;
        for id in new {
            tx.add_told(id, &actor.name, now).await?;
        }
        told = tx.told_of(&ids).await?;
        tx.commit().await?;
    }
    alarms.sort_by_key(|alarm| (alarm.over_at.is_some(), std::cmp::Reverse(alarm.id)));
    let with_told = |alarm: DeadlineAlarm| {
        let of_it = told.iter().filter(|told| told.alarm_id == alarm.id).cloned().collect();
        (alarm, of_it)
    };
    Ok(alarms.into_iter().map(with_told).collect())
}
