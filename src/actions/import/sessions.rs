//! A file of sessions: read row by row into plans.

use std::collections::{BTreeMap, HashMap};

use super::change::Thing;
use super::field::is_first;
use super::plans::Present;
use super::rows::{ImportFault, Row, Rows};
use super::{Actor, Report};
use crate::domain::campaign::Vaccine;
use crate::domain::moment::{Day, Moment};
use crate::domain::place::Owner;
use crate::domain::plan::{Plan, PlannedSlot, spread, starts};
use crate::error::Result;
use crate::ids::{CentreId, ZoneId};
use crate::storage::Tx;
use crate::storage::field::Centre;

pub(super) async fn sessions(tx: &mut Tx, actor: &Actor, rows: &mut Rows, report: &mut Report) -> Result<()> {
    let centres: HashMap<_, _> = tx.centres().await?.into_iter().map(|centre| (centre.code.clone(), centre)).collect();
    let zones: HashMap<_, _> = tx.zones().await?.into_iter().map(|zone| (zone.code, zone.id)).collect();
    let mut present = present(tx, rows, &centres).await?;
    let mut seen = HashMap::new();
    for at in 0..rows.len() {
        let mut row = rows.row(at);
        let centre = centres.get(row.optional("centre"));
        let (Some(plan), Some(centre)) = (plan(&mut row, actor, centre, &zones), centre) else { continue };
        let name = format!("{} {} {}", centre.code, plan.day, plan.vaccine);
        is_first(&mut seen, &mut row, "centre", &name);
        if !row.is_right() {
            continue;
        }
        let (before, issued) = (present.plan(plan.centre, plan.day, plan.vaccine), present.issued(&plan));
        match present.put(tx, &plan, centre.gates).await? {
            Ok(()) => report.count(name, before.map(|plan| Thing::Session(Box::new(plan))), Thing::Session(Box::new(plan)), issued),
            Err((column, fault)) => row.fault(column, fault),
        }
    }
    Ok(())
}

/// What is there already: of one row only its own day, whatever else is stored.
async fn present(tx: &mut Tx, rows: &mut Rows, centres: &HashMap<String, Centre>) -> Result<Present> {
    if rows.len() == 1 {
        let row = rows.row(0);
        let (centre, day) = (centres.get(row.optional("centre")), row.optional("date").parse::<Day>());
        return match (centre, day) {
            (Some(centre), Ok(day)) => Present::to_change(tx, centre.id, day).await,
            _ => Ok(Present::default()),
        };
    }
    let first = (0..rows.len()).filter_map(|at| rows.row(at).optional("date").parse::<Day>().ok()).min();
    Present::read(tx, first.unwrap_or(Day(chrono::NaiveDate::MAX))).await
}

fn plan(row: &mut Row<'_>, actor: &Actor, centre: Option<&Centre>, zones: &HashMap<String, ZoneId>) -> Option<Plan> {
    match centre {
        None => row.fault("centre", ImportFault::UnknownCode),
        Some(centre) if !actor.scope.covers(centre.place()) => row.fault("centre", ImportFault::OutsideScope),
        Some(_) => {}
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
    let (opens, closes) = (day.at_minute(row.minute("opens")), day.at_minute(row.minute("closes")));
    let minutes = row.number("slot_minutes", 5, 240);
    let mut plan = Plan {
        centre: centre.map_or(CentreId(0), |centre| centre.id),
        day,
        vaccine: row.word("vaccine", Vaccine::ALL, Vaccine::word),
        doses,
        min_age: row.number("min_age", 0, 120),
        max_age: row.number("max_age", 0, 200),
        opens,
        closes,
        issue_from: row.moment("issue_from"),
        issue_until: row.moment("issue_until"),
        slots: Vec::new(),
    };
    let starts = starts(opens, closes, minutes).unwrap_or_else(|(column, fault)| {
        row.fault(column, ImportFault::Plan(fault));
        Vec::new()
    });
    plan.slots = if row.has("capacity") { evenly(row, &starts, minutes, zones) } else { one_by_one(row, &starts, minutes, zones) };
    for (column, fault) in plan.faults() {
        row.fault(column, ImportFault::Plan(fault));
    }
    row.is_right().then_some(plan)
}

/// A file says how many places there are in all, and whose they are in each slot.
fn evenly(row: &mut Row<'_>, starts: &[Moment], minutes: i64, zones: &HashMap<String, ZoneId>) -> Vec<PlannedSlot> {
    let capacity = row.number("capacity", 1, 100_000);
    let named = shares(row, zones);
    let mut slots = Vec::new();
    // What follows from a number that is wrong would only be more of the same.
    if row.is_wrong("capacity") || row.is_wrong("slot_minutes") {
        return slots;
    }
    for (start, places) in starts.iter().zip(spread(capacity, starts.len() as i64)) {
        match PlannedSlot::new(*start, minutes, places, &named) {
            Ok(slot) => slots.push(slot),
            Err(fault) => {
                row.fault("shares", ImportFault::Plan(fault));
                break;
            }
        }
    }
    slots
}

/// A form says it of each slot, or of all at once: what is typed for all counts. A slot that is new has what is typed for new ones.
fn one_by_one(row: &mut Row<'_>, starts: &[Moment], minutes: i64, zones: &HashMap<String, ZoneId>) -> Vec<PlannedSlot> {
    let owners: Vec<Owner> = row.optional("owners").split(' ').filter_map(|owner| owner.parse().ok()).collect();
    let known = |owner: &&Owner| match owner {
        Owner::Zone(id) => zones.values().any(|zone| zone == id),
        Owner::WalkIn | Owner::Dose(_) => true,
        Owner::Open => false,
    };
    let owners: Vec<_> = owners.iter().filter(known).copied().collect();
    let mut slots = Vec::new();
    for start in starts {
        let minute = start.minute_of_day();
        let column = |what: &str, row: &Row<'_>| {
            let own = format!("{minute}:{what}");
            let all = format!("all:{what}");
            if row.optional(&all).is_empty() && row.has(&own) { own } else { all }
        };
        let places_column = column("places", row);
        let places = row.number(&places_column, 1, 10_000);
        let mut named = BTreeMap::new();
        for owner in &owners {
            let column = column(&owner.to_string(), row);
            let count = if row.optional(&column).is_empty() { 0 } else { row.number(&column, 0, 10_000) };
            named.insert(*owner, count);
        }
        match PlannedSlot::new(*start, minutes, places, &named) {
            Ok(slot) => slots.push(slot),
            Err(_) if row.is_wrong(&places_column) => {}
            Err(fault) => row.fault(&places_column, ImportFault::Plan(fault)),
        }
    }
    slots
}

/// `RPR-Z2:12 dose_2:5 walk_in:2`: places in each slot by owner; what is left is open.
fn shares(row: &mut Row<'_>, zones: &HashMap<String, ZoneId>) -> BTreeMap<Owner, i64> {
    let text = row.optional("shares").to_owned();
    let mut shares = BTreeMap::new();
    for part in text.split([' ', ';', ',']).filter(|part| !part.is_empty()) {
        let owner = |name: &str| match name {
            "walk_in" | "dose_1" | "dose_2" => name.parse().ok(),
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
