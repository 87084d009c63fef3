//! The texts of a third language from a file: by the rules of the form, whole or not at all.

use super::rows::{ImportFault, Rows};
use super::{Actor, Report};
use crate::actions::command::commit;
use crate::actions::message_texts::{Texts, longest_link};
use crate::actions::third_language::{changes, check, own_district, stored, write_texts};
use crate::core::Core;
use crate::domain::tongue::Key;
use crate::error::Result;
use crate::ids::DistrictId;
use crate::storage::third::ThirdText;

/// The columns of the file. Hindi and English are for whoever translates.
pub const COLUMNS: [&str; 5] = ["key", "hindi", "english", "text", "registered"];

/// Says what a file would change; with `apply`, and when every row is right, changes it. What the file does not name stays.
pub async fn third_texts(core: &Core, actor: &Actor, district: DistrictId, file: &[u8], apply: bool) -> Result<Report> {
    own_district(core, actor, district)?;
    let mut report = Report::default();
    let Some(mut rows) = Rows::read(file, &mut report) else { return Ok(report) };
    let missing = |headings: &[String]| {
        ["key", "text"].into_iter().filter(|wanted| !headings.iter().any(|heading| heading == wanted)).collect::<Vec<_>>()
    };
    if !missing(&rows.headings).is_empty() {
        let fault = rows.unknown(|headings| missing(headings).join(", "));
        report.wrong.push(super::WrongRow { line: 1, column: String::new(), fault });
        return Ok(report);
    }
    let mut tx = core.write().await?;
    let (language, texts) = stored(&mut tx, district).await?;
    let (policy, link) = (Texts::read(&mut tx).await?.policy, longest_link(core));
    let (mut changed, mut lines) = (Vec::new(), std::collections::HashMap::new());
    for at in 0..rows.len() {
        let mut row = rows.row(at);
        let Ok(key) = row.optional("key").parse::<Key>() else {
            row.fault("key", ImportFault::NotThere);
            continue;
        };
        if let Some(line) = lines.insert(key, row.line) {
            row.fault("key", ImportFault::Repeated { line });
        }
        let before = texts.get(&key);
        let text = row.optional("text").to_owned();
        // A file without the operators' ids leaves them as they are.
        let registered = if row.has("registered") { row.optional("registered") } else { before.map_or("", |row| &row.registered) };
        let typed = ThirdText { district_id: district, key, registered: registered.to_owned(), text };
        if let Err(bad) = check(key, &typed.text, &policy, link) {
            row.fault("text", ImportFault::Third(bad));
        }
        if typed.registered.chars().count() > MOST_REGISTERED {
            row.fault("registered", ImportFault::TooLong { most: MOST_REGISTERED });
        }
        match before {
            _ if !changes(&typed, before) => report.same += 1,
            None => report.new.push(key.to_string()),
            Some(_) => report.changed.push(key.to_string()),
        }
        if changes(&typed, before) {
            changed.push(typed);
        }
    }
    report.wrong.append(&mut rows.wrong);
    report.headings = rows.headings;
    report.records = rows.records;
    if apply && report.wrong.is_empty() {
        let notes = write_texts(core, &mut tx, actor, &language, &texts, &changed.iter().collect::<Vec<_>>()).await?;
        if !notes.is_empty() {
            tx.add_entries(&notes).await?;
        }
        commit(tx).await?;
        core.reload_board().await?;
        report.applied = true;
    }
    Ok(report)
}

/// The longest of the operators' ids.
const MOST_REGISTERED: usize = 40;
