//! A file of sessions: hours, slots, who owns their places, and when zone offices may issue.

use std::collections::{BTreeMap, HashMap};

use super::field::is_first;
use super::rows::{ImportFault, Row, Rows};
use super::{Actor, Change, Report};
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Day;
use crate::domain::place::Owner;
use crate::error::Result;
use crate::ids::{CentreId, SessionId, SlotId, ZoneId};
use crate::storage::Tx;
use crate::storage::field::Centre;
use crate::storage::slot::{Session, Share, Slot};

/// A session as a row describes it.
struct Described {
    session: Session,
    slots: Vec<(Slot, BTreeMap<Owner, i64>)>,
}

/// The sessions and slots that are there already.
struct Present {
    sessions: HashMap<(CentreId, Day, Vaccine), Session>,
    slots: HashMap<SessionId, Vec<Slot>>,
    shares: HashMap<SlotId, BTreeMap<Owner, Share>>,
    last_call: HashMap<(CentreId, Day), i64>,
}

pub(super) async fn sessions(tx: &mut Tx, actor: &Actor, rows: &mut Rows, report: &mut Report) -> Result<()> {
    let centres: HashMap<_, _> = tx.centres().await?.into_iter().map(|centre| (centre.code.clone(), centre)).collect();
    let zones: HashMap<_, _> = tx.zones().await?.into_iter().map(|zone| (zone.code, zone.id)).collect();
    let first_day = (0..rows.len()).filter_map(|at| rows.row(at).optional("date").parse::<Day>().ok()).min();
    let mut present = Present::read(tx, first_day.unwrap_or(Day(chrono::NaiveDate::MAX))).await?;
    let mut seen = HashMap::new();
    for at in 0..rows.len() {
        let mut row = rows.row(at);
        let Some(mut described) = describe(&mut row, actor, &centres, &zones) else { continue };
        let session = &described.session;
        is_first(&mut seen, &mut row, "centre", &format!("{} {} {}", session.centre_id, session.day, session.vaccine));
        let name = format!("{} {} {}", row.optional("centre"), session.day, session.vaccine);
        if !row.is_right() {
            continue;
        }
        if let Some(change) = put(tx, &mut present, &mut described, &mut row).await? {
            report.count(change, name);
        }
    }
    Ok(())
}

fn describe(row: &mut Row<'_>, actor: &Actor, centres: &HashMap<String, Centre>, zones: &HashMap<String, ZoneId>) -> Option<Described> {
    let Some(centre) = centres.get(row.optional("centre")) else {
        row.fault("centre", ImportFault::UnknownCode);
        return None;
    };
    if !actor.scope.covers(centre.place()) {
        row.fault("centre", ImportFault::OutsideScope);
    }
    let day = row.day("date");
    let doses = match row.optional("doses") {
        "1" => 1,
        "2" => 2,
        "1 2" | "1;2" | "1,2" | "12" | "both" => 3,
        _ => {
            row.fault("doses", ImportFault::Choice { allowed: "1, 2, 1 2".into() });
            3
        }
    };
    let (opens, closes) = (row.minute("opens"), row.minute("closes"));
    let slot_minutes = row.number("slot_minutes", 5, 240) as u32;
    let session = Session {
        id: SessionId::default(),
        centre_id: centre.id,
        day,
        vaccine: row.word("vaccine", Vaccine::ALL, Vaccine::word),
        doses,
        min_age: row.number("min_age", 0, 120),
        max_age: row.number("max_age", 0, 200),
        opens: day.at_minute(opens),
        closes: day.at_minute(closes),
        lanes: centre.gates,
        issue_from: row.moment("issue_from"),
        issue_until: row.moment("issue_until"),
        stopped: false,
    };
    if closes <= opens {
        row.fault("closes", ImportFault::EndsBeforeStart);
    } else if !(closes - opens).is_multiple_of(slot_minutes) {
        row.fault("slot_minutes", ImportFault::SlotsDoNotFit);
    }
    if session.issue_until <= session.issue_from {
        row.fault("issue_until", ImportFault::EndsBeforeStart);
    }
    if session.max_age < session.min_age {
        row.fault("max_age", ImportFault::EndsBeforeStart);
    }
    let capacity = row.number("capacity", 1, 100_000);
    let shares = shares(row, zones);
    if !row.is_right() {
        return None;
    }
    let count = i64::from((closes - opens) / slot_minutes);
    let named: i64 = shares.values().sum();
    let mut slots = Vec::new();
    for at in 0..count {
        // A capacity that does not divide evenly gives the earlier slots one place more.
        let places = capacity / count + i64::from(at < capacity % count);
        if named > places {
            row.fault("shares", ImportFault::SharesTooLarge { capacity: places });
            return None;
        }
        let mut owners = shares.clone();
        owners.insert(Owner::Open, places - named);
        let starts = day.at_minute(opens + at as u32 * slot_minutes);
        let minutes = i64::from(slot_minutes);
        let slot = Slot {
            id: SlotId::default(),
            session_id: session.id,
            centre_id: centre.id,
            day,
            call: 0,
            starts,
            minutes,
            capacity: places,
            issued: 0,
        };
        slots.push((slot, owners));
    }
    Some(Described { session, slots })
}

/// `RPR-Z2:12 walk_in:2`: places in each slot by owner; what is left is open.
fn shares(row: &mut Row<'_>, zones: &HashMap<String, ZoneId>) -> BTreeMap<Owner, i64> {
    let text = row.optional("shares").to_owned();
    let mut shares = BTreeMap::new();
    for part in text.split([' ', ';', ',']).filter(|part| !part.is_empty()) {
        let owner = |name: &str| match name {
            "walk_in" => Some(Owner::WalkIn),
            zone => zones.get(zone).copied().map(Owner::Zone),
        };
        let parsed = part
            .split_once(':')
            .and_then(|(name, places)| Some((owner(name)?, places.parse::<i64>().ok().filter(|places| (0..=100_000).contains(places))?)));
        match parsed {
            Some((owner, places)) if !shares.contains_key(&owner) => drop(shares.insert(owner, places)),
            _ => row.fault("shares", ImportFault::Shares),
        }
    }
    shares
}

impl Present {
    async fn read(tx: &mut Tx, from: Day) -> Result<Self> {
        let sessions = tx.sessions_from(from).await?;
        let mut present = Self {
            sessions: sessions.into_iter().map(|row| ((row.centre_id, row.day, row.vaccine), row)).collect(),
            slots: HashMap::new(),
            shares: HashMap::new(),
            last_call: HashMap::new(),
        };
        for slot in tx.slots_from(from).await? {
            let last = present.last_call.entry((slot.centre_id, slot.day)).or_default();
            *last = slot.call.max(*last);
            present.slots.entry(slot.session_id).or_default().push(slot);
        }
        for share in tx.shares_from(from).await? {
            present.shares.entry(share.slot_id).or_default().insert(share.owner, share);
        }
        Ok(present)
    }
}

/// Writes one session. Nothing: the row was wrong after all.
async fn put(tx: &mut Tx, present: &mut Present, described: &mut Described, row: &mut Row<'_>) -> Result<Option<Change>> {
    let session = &mut described.session;
    let before = present.sessions.get(&(session.centre_id, session.day, session.vaccine));
    let mut changed = false;
    if let Some(before) = before {
        (session.id, session.lanes, session.stopped) = (before.id, before.lanes, before.stopped);
        changed = before != session;
    } else {
        session.id = SessionId(tx.take_numbers("session", 1).await?);
    }
    let old_slots = present.slots.get(&session.id).cloned().unwrap_or_default();
    for gone in old_slots.iter().filter(|old| described.slots.iter().all(|(slot, _)| slot.starts != old.starts)) {
        if !tx.remove_slot(gone.id).await? {
            row.fault("opens", ImportFault::SlotHasTokens { issued: gone.issued });
            return Ok(None);
        }
        changed = true;
    }
    tx.put_session(session).await?;
    for (slot, owners) in &mut described.slots {
        slot.session_id = session.id;
        let old = old_slots.iter().find(|old| old.starts == slot.starts);
        if let Some(old) = old {
            (slot.id, slot.call, slot.issued) = (old.id, old.call, old.issued);
            if slot.capacity < old.issued {
                row.fault("capacity", ImportFault::BelowIssued { issued: old.issued });
                return Ok(None);
            }
            changed |= slot != old;
        } else {
            slot.id = SlotId(tx.take_numbers("slot", 1).await?);
            let last = present.last_call.entry((slot.centre_id, slot.day)).or_default();
            *last += 1;
            slot.call = *last;
            changed = true;
        }
        if slot.call > 99 {
            row.fault("slot_minutes", ImportFault::TooManySlots);
            return Ok(None);
        }
        tx.put_slot(slot).await?;
        let Some(shares_changed) = put_shares(tx, present, slot.id, owners, row).await? else { return Ok(None) };
        changed |= shares_changed;
    }
    Ok(Some(match before {
        None => Change::New,
        Some(_) if changed => Change::Changed,
        Some(_) => Change::Same,
    }))
}

/// Writes who owns a slot's places. Nothing: an owner has issued more than it would keep.
async fn put_shares(
    tx: &mut Tx,
    present: &Present,
    slot: SlotId,
    owners: &BTreeMap<Owner, i64>,
    row: &mut Row<'_>,
) -> Result<Option<bool>> {
    let none = BTreeMap::new();
    let old = present.shares.get(&slot).unwrap_or(&none);
    let mut wanted = owners.clone();
    for owner in old.keys() {
        wanted.entry(*owner).or_insert(0);
    }
    let mut changed = false;
    for (owner, capacity) in wanted {
        let before = old.get(&owner);
        let issued = before.map_or(0, |share| share.issued);
        if capacity < issued {
            row.fault("shares", ImportFault::BelowIssued { issued });
            return Ok(None);
        }
        if before.map(|share| share.capacity) != Some(capacity) {
            changed = true;
            tx.put_share(&Share { slot_id: slot, owner, capacity, issued }).await?;
        }
    }
    Ok(Some(changed))
}
