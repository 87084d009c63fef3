//! Files of districts, zones and centres.

use std::collections::HashMap;

use super::change::Thing;
use super::plans::Issued;
use super::rows::{ImportFault, Rows};
use super::{Actor, Report};
use crate::domain::moment::Day;
use crate::domain::place::{CentrePlace, Scope};
use crate::error::Result;
use crate::ids::{CentreId, DistrictId, ZoneId};
use crate::storage::Tx;
use crate::storage::field::{Centre, CentreKind, District, Zone};

/// Notes the second row with a code.
pub(super) fn is_first(seen: &mut HashMap<String, u64>, row: &mut super::rows::Row<'_>, column: &str, code: &str) {
    match seen.get(code) {
        Some(line) => row.fault(column, ImportFault::Repeated { line: *line }),
        None => drop(seen.insert(code.to_owned(), row.line)),
    }
}

pub(super) async fn districts(tx: &mut Tx, actor: &Actor, rows: &mut Rows, report: &mut Report) -> Result<()> {
    let known: HashMap<_, _> = tx.districts().await?.into_iter().map(|district| (district.code.clone(), district)).collect();
    let mut seen = HashMap::new();
    for at in 0..rows.len() {
        let mut row = rows.row(at);
        let code = row.code("code");
        is_first(&mut seen, &mut row, "code", &code);
        let before = known.get(&code);
        if actor.scope != Scope::State {
            row.fault("code", ImportFault::OutsideScope);
        }
        let (name_en, name_hi) = (row.text("name_en", 60), row.text("name_hi", 60));
        if !row.is_right() {
            continue;
        }
        let id = match before {
            Some(before) => before.id,
            None => DistrictId(tx.take_numbers("district", 1).await?),
        };
        let after = District { id, code, name_en, name_hi };
        tx.put_district(&after).await?;
        report.count(after.name_en.clone(), before.cloned().map(Thing::District), Thing::District(after), Issued::new());
    }
    Ok(())
}

pub(super) async fn zones(tx: &mut Tx, actor: &Actor, rows: &mut Rows, report: &mut Report) -> Result<()> {
    let districts: HashMap<_, _> = tx.districts().await?.into_iter().map(|district| (district.code, district.id)).collect();
    let known: HashMap<_, _> = tx.zones().await?.into_iter().map(|zone| (zone.code.clone(), zone)).collect();
    let mut seen = HashMap::new();
    for at in 0..rows.len() {
        let mut row = rows.row(at);
        let code = row.code("code");
        is_first(&mut seen, &mut row, "code", &code);
        let before = known.get(&code);
        let district_id = districts.get(row.optional("district")).copied();
        match district_id {
            None => row.fault("district", ImportFault::UnknownCode),
            Some(id) if !may(actor, None, id) || before.is_some_and(|zone| !may(actor, None, zone.district_id)) => {
                row.fault("district", ImportFault::OutsideScope);
            }
            Some(_) => {}
        }
        let mut after = Zone {
            id: ZoneId::default(),
            code,
            district_id: district_id.unwrap_or_default(),
            name_en: row.text("name_en", 60),
            name_hi: row.text("name_hi", 60),
            address_en: row.text("address_en", 120),
            address_hi: row.text("address_hi", 120),
            phone: row.phone("phone"),
        };
        if !row.is_right() {
            continue;
        }
        after.id = match before {
            Some(before) => before.id,
            None => ZoneId(tx.take_numbers("zone", 1).await?),
        };
        tx.put_zone(&after).await?;
        report.count(after.name_en.clone(), before.cloned().map(Thing::Zone), Thing::Zone(after), Issued::new());
    }
    Ok(())
}

pub(super) async fn centres(tx: &mut Tx, actor: &Actor, rows: &mut Rows, report: &mut Report, today: Day) -> Result<()> {
    let zones: HashMap<_, _> = tx.zones().await?.into_iter().map(|zone| (zone.code, (zone.id, zone.district_id))).collect();
    let known: HashMap<_, _> = tx.centres().await?.into_iter().map(|centre| (centre.code.clone(), centre)).collect();
    let mut seen = HashMap::new();
    let alone = rows.len() == 1;
    for at in 0..rows.len() {
        let mut row = rows.row(at);
        let code = row.code("code");
        is_first(&mut seen, &mut row, "code", &code);
        let before = known.get(&code);
        let zone = zones.get(row.optional("zone")).copied();
        match zone {
            None => row.fault("zone", ImportFault::UnknownCode),
            Some((_, district))
                if !may(actor, None, district) || before.is_some_and(|centre| !may(actor, Some(centre), centre.district_id)) =>
            {
                row.fault("zone", ImportFault::OutsideScope);
            }
            Some(_) => {}
        }
        let (zone_id, district_id) = zone.unwrap_or_default();
        let pin_code = row.text("pin_code", 6);
        if pin_code.len() != 6 || !pin_code.bytes().all(|b| b.is_ascii_digit()) || pin_code.starts_with('0') {
            row.fault("pin_code", ImportFault::PinCode);
        }
        let step_free = match row.optional("step_free").to_lowercase().as_str() {
            "yes" | "true" | "1" | "हाँ" => true,
            "no" | "false" | "0" | "नहीं" => false,
            _ => {
                row.fault("step_free", ImportFault::Choice { allowed: "yes, no".into() });
                false
            }
        };
        let mut after = Centre {
            id: CentreId::default(),
            code,
            zone_id,
            district_id,
            name_en: row.text("name_en", 80),
            name_hi: row.text("name_hi", 80),
            address_en: row.text("address_en", 120),
            address_hi: row.text("address_hi", 120),
            pin_code,
            kind: row.word("kind", CentreKind::ALL, CentreKind::word),
            fee: row.number("fee", 0, 100_000),
            step_free,
            gates: row.number("gates", 1, 26),
            lenient: before.is_some_and(|centre| centre.lenient),
            phone: row.phone("phone"),
            supervisor_phone: row.phone("supervisor_phone"),
            lat: row.decimal("lat"),
            lon: row.decimal("lon"),
            running_late: before.map_or(0, |centre| centre.running_late),
            late_on: before.and_then(|centre| centre.late_on),
            phones_left: before.map_or(0, |centre| centre.phones_left),
        };
        if !row.is_right() {
            continue;
        }
        after.id = match before {
            Some(before) => before.id,
            None => CentreId(tx.take_numbers("centre", 1).await?),
        };
        tx.put_centre(&after).await?;
        // A file of hundreds of centres does not ask for each.
        let issued = if alone { tx.issued_at(after.id, today).await? } else { Issued::new() };
        report.count(after.name_en.clone(), before.map(Thing::centre), Thing::centre(&after), issued);
    }
    Ok(())
}

/// Whether an officer may set up something in a district.
fn may(actor: &Actor, centre: Option<&Centre>, district: DistrictId) -> bool {
    let place = centre.map_or(CentrePlace { centre_id: CentreId(0), zone_id: ZoneId(0), district_id: district }, Centre::place);
    actor.scope.covers(place)
}
