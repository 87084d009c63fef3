//! Taking in the field from CSV files: whole or not at all, and the same file twice changes nothing.

mod field;
mod rows;
mod sessions;
mod users;

pub use rows::{ImportFault, WrongRow};

use std::collections::HashMap;

use super::Actor;
use crate::core::Core;
use crate::error::Result;
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::words::words;
use rows::Rows;

words! {
    /// What a file holds; its heading line tells.
    Kind {
        /// Districts.
        Districts = "districts",
        /// Zone offices.
        Zones = "zones",
        /// Centres.
        Centres = "centres",
        /// Sessions with their slots.
        Sessions = "sessions",
        /// People who log in.
        Users = "users",
    }
}

impl Kind {
    /// The columns that the file must have, in the order of the template.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Districts => &["code", "name_en", "name_hi"],
            Self::Zones => &["code", "district", "name_en", "name_hi", "address_en", "address_hi", "phone"],
            Self::Centres => &[
                "code",
                "zone",
                "name_en",
                "name_hi",
                "address_en",
                "address_hi",
                "pin_code",
                "kind",
                "fee",
                "step_free",
                "gates",
                "phone",
                "supervisor_phone",
                "lat",
                "lon",
            ],
            Self::Sessions => &[
                "centre",
                "date",
                "vaccine",
                "doses",
                "min_age",
                "max_age",
                "opens",
                "closes",
                "slot_minutes",
                "capacity",
                "shares",
                "issue_from",
                "issue_until",
            ],
            Self::Users => &["username", "name", "role", "place", "password"],
        }
    }

    /// The kind whose columns a heading line has.
    fn of(headings: &[String]) -> Option<Self> {
        let fits = |kind: &&Self| kind.columns().iter().all(|column| headings.iter().any(|heading| heading == column));
        // The richest fit: a file of centres has every column of a file of districts.
        Self::ALL.iter().filter(fits).max_by_key(|kind| kind.columns().len()).copied()
    }
}

/// What a file would do, or has done.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What the file holds; absent when its heading line fits nothing.
    pub kind: Option<Kind>,
    /// Rows that are not there yet.
    pub new: Vec<String>,
    /// Rows that change something.
    pub changed: Vec<String>,
    /// How many rows change nothing.
    pub same: usize,
    /// Rows that are wrong. With any of them, nothing is taken.
    pub wrong: Vec<WrongRow>,
    /// Whether it was written.
    pub applied: bool,
    headings: Vec<String>,
    records: Vec<(u64, Vec<String>)>,
}

impl Report {
    fn count(&mut self, what: Change, name: String) {
        match what {
            Change::New => self.new.push(name),
            Change::Changed => self.changed.push(name),
            Change::Same => self.same += 1,
        }
    }

    /// The file again, with a column that says what is wrong with each row.
    pub fn with_errors(&self, sentence: impl Fn(&WrongRow) -> String) -> Vec<u8> {
        let mut out = csv::Writer::from_writer(Vec::new());
        let mut headings = self.headings.clone();
        headings.push("error".into());
        // Writing into memory cannot fail.
        let _ = out.write_record(&headings);
        let mut by_line: HashMap<u64, Vec<String>> = HashMap::new();
        for row in &self.wrong {
            by_line.entry(row.line).or_default().push(sentence(row));
        }
        for (line, record) in &self.records {
            let faults = by_line.remove(line).unwrap_or_default();
            let mut record = record.clone();
            record.resize(self.headings.len(), String::new());
            record.push(faults.join("; "));
            let _ = out.write_record(&record);
        }
        out.into_inner().unwrap_or_default()
    }
}

#[derive(Clone, Copy)]
enum Change {
    New,
    Changed,
    Same,
}

impl Change {
    fn between<T: PartialEq>(before: Option<&T>, after: &T) -> Self {
        match before {
            None => Self::New,
            Some(before) if before == after => Self::Same,
            Some(_) => Self::Changed,
        }
    }
}

/// Reads a file and says what it would do; with `apply`, and when every row is right, does it.
pub async fn import(core: &Core, actor: &Actor, file: &[u8], apply: bool) -> Result<Report> {
    let mut report = Report::default();
    let Some(mut rows) = Rows::read(file, &mut report) else { return Ok(report) };
    let Some(kind) = Kind::of(&rows.headings) else {
        report.wrong.push(WrongRow { line: 1, column: String::new(), fault: ImportFault::UnknownFile });
        return Ok(report);
    };
    report.kind = Some(kind);
    let hashes = if apply && kind == Kind::Users { users::hash_passwords(&mut rows).await? } else { HashMap::new() };
    let mut tx = core.write().await?;
    match kind {
        Kind::Districts => field::districts(&mut tx, actor, &mut rows, &mut report).await?,
        Kind::Zones => field::zones(&mut tx, actor, &mut rows, &mut report).await?,
        Kind::Centres => field::centres(&mut tx, actor, &mut rows, &mut report).await?,
        Kind::Sessions => sessions::sessions(&mut tx, actor, &mut rows, &mut report).await?,
        Kind::Users => users::users(core, &mut tx, actor, &mut rows, &hashes, &mut report).await?,
    }
    report.wrong.append(&mut rows.wrong);
    report.headings = rows.headings;
    report.records = rows.records;
    if apply && report.wrong.is_empty() {
        if !report.new.is_empty() || !report.changed.is_empty() {
            note(core, &mut tx, actor, kind).await?;
        }
        tx.commit().await?;
        core.reload_board().await?;
        report.applied = true;
    }
    Ok(report)
}

async fn note(core: &Core, tx: &mut Tx, actor: &Actor, kind: Kind) -> Result<()> {
    let act = match kind {
        Kind::Districts => Act::ImportDistricts,
        Kind::Zones => Act::ImportZones,
        Kind::Centres => Act::ImportCentres,
        Kind::Sessions => Act::ImportSessions,
        Kind::Users => Act::ImportUsers,
    };
    tx.add_entries(&[core.note(actor, act, None)]).await?;
    Ok(())
}
