//! Looking for what is unusual in issuing, once a minute and beside it: no verb waits for this. An officer settles what is found.

use super::Actor;
use super::offer_places::WAITING_LIST;
use crate::core::Core;
use crate::domain::alarm::AlarmKind;
use crate::domain::moment::Moment;
use crate::domain::place::Scope;
use crate::error::{Error, Fault, Result};
use crate::ids::{AlarmId, DistrictId};
use crate::storage::alarm::{Alarm, Pace};
use crate::storage::charge::Whose;
use crate::storage::journal::{Act, Entry};
use crate::storage::token::Token;

/// As the journal names who raises alarms.
pub const WATCH: &str = "watch";

/// How many seconds an operator's pace is counted over.
const HOUR: i64 = 3600;

/// How far back a turn looks for numbers that were used. A turn may come late.
const LATELY: i64 = 900;

/// How many tokens behind an alarm are shown.
const SHOWN: i64 = 300;

/// How many tokens behind an alarm are counted.
const COUNTED: i64 = 10_000;

/// How many alarms are listed.
const LISTED: i64 = 200;

/// For how long settled ones are listed, in seconds.
const SETTLED: i64 = 30 * 86_400;

/// Something unusual, as it was counted now.
struct Found {
    kind: AlarmKind,
    who: String,
    district: DistrictId,
    tokens: i64,
    /// From how many on it is unusual.
    unusual_from: i64,
    first_at: Moment,
    last_at: Moment,
}

/// A turn: looks, and raises what is new. Done twice, or by two processes, it raises nothing twice.
pub async fn watch(core: &Core) -> Result<bool> {
    let now = core.clock.now();
    let rules = core.campaign.alarms;
    let mut tx = core.read().await?;
    let paces = tx.issuing_since(now + -HOUR, WAITING_LIST).await?;
    let late = tx.late_issuing(now + -HOUR).await?;
    let mobiles = tx.mobiles_since(now + -LATELY).await?;
    let mut crowded = Vec::new();
    for some in mobiles.chunks(500) {
        crowded.extend(tx.crowded_mobiles(some, now.day().start(), rules.mobile_day).await?);
    }
    tx.commit().await?;
    let mut found = Vec::new();
    for (at, pace) in paces.iter().enumerate() {
        let others: Vec<_> = paces.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other.tokens).collect();
        found.push(of_operator(pace, AlarmKind::Operator, pace.tokens, rules.fast_from(&others)));
        found.push(of_operator(pace, AlarmKind::Window, pace.outside, rules.outside_hour));
    }
    // Without a link nobody could look on: each hour at the desk counts by itself, once it is known.
    for pace in &late {
        found.push(of_operator(pace, AlarmKind::Operator, pace.tokens, rules.fast_from(&[])));
        found.push(of_operator(pace, AlarmKind::Window, pace.outside, rules.outside_hour));
    }
    found.extend(crowded.into_iter().map(|row| Found {
        kind: AlarmKind::Mobile,
        who: row.mobile.to_string(),
        district: row.district_id,
        tokens: row.tokens,
        unusual_from: rules.mobile_day + 1,
        first_at: row.first_at,
        last_at: row.last_at,
    }));
    for found in found.into_iter().filter(|found| found.tokens >= found.unusual_from) {
        raise(core, found, now).await?;
    }
    Ok(false)
}

fn of_operator(pace: &Pace, kind: AlarmKind, tokens: i64, unusual_from: i64) -> Found {
    let Pace { issued_by, district_id, first_at, last_at, .. } = pace;
    Found { kind, who: issued_by.clone(), district: *district_id, tokens, unusual_from, first_at: *first_at, last_at: *last_at }
}

/// Raises it, lets an open one grow, or leaves a settled one in peace: only what came after it counts again.
async fn raise(core: &Core, found: Found, now: Moment) -> Result<()> {
    let Found { kind, who, district, tokens, unusual_from, first_at, last_at } = found;
    let mut tx = core.read().await?;
    let last = tx.last_alarm(kind, &who, district).await?;
    let (settled_at, settled_by, note) = (None, None, None);
    let mut alarm =
        Alarm { id: AlarmId(0), kind, who, district_id: district, tokens, first_at, last_at, found_at: now, settled_at, settled_by, note };
    if let Some(last) = last {
        let is_open = last.settled_at.is_none();
        alarm.first_at = if is_open { first_at.min(last.first_at) } else { first_at.max(last.last_at + 1) };
        if is_open {
            alarm.last_at = last_at.max(last.last_at);
        }
        alarm.tokens = tx.tokens_behind(&alarm, COUNTED).await?.len() as i64;
        if last.settled_at.is_none() {
            alarm.id = last.id;
        }
        let known = last.settled_at.is_none() && last.tokens >= alarm.tokens;
        if known || alarm.tokens < unusual_from {
            return Ok(());
        }
    }
    tx.commit().await?;
    let mut tx = core.write().await?;
    if alarm.id == AlarmId(0) {
        alarm.id = AlarmId(tx.take_numbers("alarm", 1).await?);
        if tx.add_alarm(&alarm).await? {
            let subject = Some(format!("alarm:{}", alarm.id));
            tx.add_entries(&[core.note_in(WATCH, Scope::District(district), Act::RaiseAlarm, subject)]).await?;
        }
    } else {
        tx.grow_alarm(&alarm).await?;
    }
    Ok(tx.commit().await?)
}

/// What is open within the officer's scope, each with its tokens, and what was settled lately. That it was looked at is written down.
pub async fn alarms(core: &Core, actor: &Actor, whose: Whose<'_>) -> Result<(Vec<(Alarm, Vec<Token>)>, Vec<Alarm>)> {
    let district = core.board().district_of(actor.scope);
    let mut tx = core.write().await?;
    tx.add_entries(&[core.note(actor, Act::ReadAlarms, None)]).await?;
    let mut open = Vec::new();
    for alarm in tx.open_alarms(district, whose, LISTED).await? {
        let numbers = tx.tokens_behind(&alarm, SHOWN).await?;
        let mut tokens = if numbers.is_empty() { Vec::new() } else { tx.tokens(&numbers).await? };
        tokens.sort_by_key(|token| (token.issued_at, token.number));
        open.push((alarm, tokens));
    }
    let settled = tx.settled_alarms(district, core.clock.now() + -SETTLED, LISTED).await?;
    tx.commit().await?;
    Ok((open, settled))
}

/// Settles an alarm with a note. Whoever settles first has the word.
pub async fn settle_alarm(core: &Core, actor: &Actor, id: AlarmId, note: &str) -> Result<()> {
    let note = note.trim();
    if note.is_empty() {
        return Err(Error::field("note", Fault::Missing));
    }
    let mut tx = core.write().await?;
    let alarm = tx.alarm(id).await?.filter(|alarm| actor.scope.meets(alarm.district_id)).ok_or(Error::NotFound)?;
    if tx.settle_alarm(id, &actor.name, note, core.clock.now()).await? {
        let entry = core.note_in(&actor.name, Scope::District(alarm.district_id), Act::SettleAlarm, Some(format!("alarm:{id}")));
        tx.add_entries(&[Entry { answer: Some(note.to_owned()), ..entry }]).await?;
    }
    Ok(tx.commit().await?)
}
