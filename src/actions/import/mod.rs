//! Taking in the field from CSV files: whole or not at all, and the same file twice changes nothing.

pub mod change;
mod field;
pub mod plans;
mod rows;
mod sessions;
pub mod third;
mod users;

pub use change::{Change, Thing};
pub use rows::{ImportFault, WrongRow, read_number};
pub(super) use users::person;

use std::collections::HashMap;

use super::Actor;
use super::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::place::Scope;
use crate::error::Result;
use crate::ids::ImportId;
use crate::storage::Tx;
use crate::storage::import::{Import, ImportRow};
use crate::storage::journal::Act;
use crate::words::words;
use plans::Issued;
use rows::Rows;

/// What the history says instead of a file's name: it was typed into a form.
pub const FORM: &str = "form";
/// It was copied from another day.
pub const COPY: &str = "copy";
/// A centre was closed on a day.
pub const CLOSED: &str = "closed";
/// It takes back another one, whose number follows.
pub const UNDO: &str = "undo";
/// A holiday was set, whose number follows.
pub const HOLIDAY: &str = "holiday";

words! {
    /// What is set up. What a file holds, its heading line tells.
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
        /// Holidays, with the sessions that are closed for them.
        Holidays = "holidays",
    }
}

impl Kind {
    /// What comes in files.
    pub const FILES: &[Self] = &[Self::Districts, Self::Zones, Self::Centres, Self::Sessions, Self::Users];

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
            Self::Holidays => &["date", "district", "name_en", "name_hi"],
        }
    }

    /// Which columns the kind lacks that a heading line comes nearest to; empty when it comes near none.
    fn missing(headings: &[String]) -> String {
        let lacks =
            |kind: &Self| kind.columns().iter().filter(|column| !headings.iter().any(|heading| heading == *column)).collect::<Vec<_>>();
        let nearest = Self::FILES.iter().min_by_key(|kind| lacks(kind).len() * 100 / kind.columns().len());
        let missing = nearest.map(|kind| (lacks(kind), kind.columns().len())).filter(|(missing, all)| missing.len() * 2 <= *all);
        missing.map_or_else(String::new, |(missing, _)| missing.into_iter().copied().collect::<Vec<_>>().join(", "))
    }

    /// The kind whose columns a heading line has.
    fn of(headings: &[String]) -> Option<Self> {
        let fits = |kind: &&Self| kind.columns().iter().all(|column| headings.iter().any(|heading| heading == column));
        // The richest fit: a file of centres has every column of a file of districts.
        Self::FILES.iter().filter(fits).max_by_key(|kind| kind.columns().len()).copied()
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
    /// What would change, or has: each row before and after.
    pub changes: Vec<Change>,
    /// Whether it was written.
    pub applied: bool,
    /// Under which it stands in the history.
    pub id: Option<ImportId>,
    headings: Vec<String>,
    records: Vec<(u64, Vec<String>)>,
}

impl Report {
    fn count(&mut self, name: String, before: Option<Thing>, after: Thing, issued: Issued) {
        match &before {
            None => self.new.push(name.clone()),
            Some(before) if *before == after => {
                self.same += 1;
                return;
            }
            Some(_) => self.changed.push(name.clone()),
        }
        self.changes.push(Change { name, before, after: Some(after), issued });
    }

    /// A number that was typed is not one, or is out of bounds.
    pub fn bad_number(column: &str, from: i64, to: i64) -> Self {
        Self { wrong: vec![WrongRow { line: 1, column: column.to_owned(), fault: ImportFault::Number { from, to } }], ..Self::default() }
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

/// Reads a file and says what it would do; with `apply`, and when every row is right, does it.
pub async fn import(core: &Core, actor: &Actor, name: &str, file: &[u8], apply: bool) -> Result<Report> {
    let mut report = Report::default();
    let Some((kind, rows)) = read(file, &mut report) else { return Ok(report) };
    let mut tx = None;
    take_in(core, actor, kind, rows, &mut tx, &mut report, apply).await?;
    finish(core, actor, name, None, tx, &mut report, apply).await?;
    Ok(report)
}

/// Says what files would do that build on each other, and writes nothing. The first that is wrong is the last that is looked at.
pub async fn preview(core: &Core, actor: &Actor, files: &[Vec<u8>]) -> Result<Vec<Report>> {
    let (mut tx, mut reports) = (None, Vec::new());
    for file in files {
        let mut report = Report::default();
        if let Some((kind, rows)) = read(file, &mut report) {
            take_in(core, actor, kind, rows, &mut tx, &mut report, false).await?;
        }
        reports.push(report);
        if reports.last().is_some_and(|report| !report.wrong.is_empty()) {
            break;
        }
    }
    Ok(reports)
}

/// A file's rows, and what they are.
fn read(file: &[u8], report: &mut Report) -> Option<(Kind, Rows)> {
    let rows = Rows::read(file, report)?;
    let kind = Kind::of(&rows.headings);
    if kind.is_none() {
        let fault = rows.unknown(Kind::missing);
        report.wrong.push(WrongRow { line: 1, column: String::new(), fault });
    }
    Some((kind?, rows))
}

/// What a form sets up: one row of a file, by the same rules. `is_new` says that it must not be there yet, or that it must.
#[derive(Debug, Clone)]
pub struct Form {
    /// What it is.
    pub kind: Kind,
    /// The fields as they were typed.
    pub fields: Vec<(String, String)>,
    /// Whether something new is made.
    pub is_new: bool,
    /// The command's id.
    pub command: CommandId,
}

/// Says what a form would do; with `apply`, and when every field is right, does it.
pub async fn set_up(core: &Core, actor: &Actor, form: &Form, apply: bool) -> Result<Report> {
    let mut report = Report::default();
    let mut tx = None;
    take_in(core, actor, form.kind, Rows::typed(&form.fields), &mut tx, &mut report, apply).await?;
    let Some(open) = &mut tx else { return Ok(report) };
    if apply && let Some(id) = form.command.done_before::<i64>(open).await? {
        return Ok(Report { id: Some(ImportId(id)), applied: true, wrong: Vec::new(), ..report });
    }
    let is_there = report.new.is_empty();
    // Whoever makes something new is told that it is there, not what would be wrong with changing it.
    let has_issued = |row: &WrongRow| matches!(row.fault, ImportFault::BelowIssued { .. } | ImportFault::SlotHasTokens { .. });
    if form.is_new && report.wrong.iter().any(has_issued) {
        report.wrong.clear();
    }
    if report.wrong.is_empty() && form.is_new == is_there {
        let fault = if form.is_new { ImportFault::Taken } else { ImportFault::NotThere };
        report.wrong.push(WrongRow { line: 1, column: form.kind.columns()[0].into(), fault });
    }
    finish(core, actor, FORM, Some(&form.command), tx, &mut report, apply).await?;
    Ok(report)
}

async fn take_in(
    core: &Core,
    actor: &Actor,
    kind: Kind,
    mut rows: Rows,
    open: &mut Option<Tx>,
    report: &mut Report,
    apply: bool,
) -> Result<()> {
    report.kind = Some(kind);
    let hashes = if apply && kind == Kind::Users { users::hash_passwords(&mut rows).await? } else { HashMap::new() };
    let tx = match open {
        Some(tx) => tx,
        None => open.insert(core.write().await?),
    };
    match kind {
        Kind::Districts => field::districts(tx, actor, &mut rows, report).await?,
        Kind::Zones => field::zones(tx, actor, &mut rows, report).await?,
        Kind::Centres => field::centres(tx, actor, &mut rows, report, core.clock.now().day()).await?,
        Kind::Sessions => sessions::sessions(tx, actor, &mut rows, report).await?,
        Kind::Users => users::users(core, tx, actor, &mut rows, &hashes, report).await?,
        // No file has them.
        Kind::Holidays => {}
    }
    report.wrong.append(&mut rows.wrong);
    report.headings = rows.headings;
    report.records = rows.records;
    Ok(())
}

/// Writes down what was changed and commits, if it is to be done and nothing is wrong.
async fn finish(
    core: &Core,
    actor: &Actor,
    source: &str,
    command: Option<&CommandId>,
    tx: Option<Tx>,
    report: &mut Report,
    apply: bool,
) -> Result<()> {
    let (Some(mut tx), Some(kind), true, true) = (tx, report.kind, apply, report.wrong.is_empty()) else { return Ok(()) };
    if !report.changes.is_empty() {
        report.id = Some(write_down(core, &mut tx, actor, kind, source, &report.changes, command).await?);
    }
    commit(tx).await?;
    core.reload_board().await?;
    report.applied = true;
    Ok(())
}

/// Writes down who changed what, row by row, so that it can be seen and undone.
pub(super) async fn write_down(
    core: &Core,
    tx: &mut Tx,
    actor: &Actor,
    kind: Kind,
    source: &str,
    changes: &[Change],
    command: Option<&CommandId>,
) -> Result<ImportId> {
    let board = core.board();
    let id = ImportId(tx.take_numbers("import", 1).await?);
    let mut districts = changes.iter().map(|change| change.thing().and_then(|thing| thing.district(&board)));
    // What concerns one district is for its officer to see, whoever did it.
    let first = districts.next().flatten().filter(|first| districts.all(|other| other == Some(*first)));
    let place = first.map_or(actor.scope, Scope::District);
    let count = |of: fn(&Change) -> bool| changes.iter().filter(|change| of(change)).count() as i64;
    let row = Import {
        id,
        at: core.clock.now(),
        by_whom: actor.name.to_string(),
        district_id: board.district_of(place),
        kind: kind.to_string(),
        source: source.to_owned(),
        added: count(|change| change.before.is_none()),
        changed: count(|change| change.before.is_some() && change.after.is_some()),
        removed: count(|change| change.after.is_none()),
        undone_at: None,
        undone_by: None,
    };
    let json = |thing: &Option<Thing>| thing.as_ref().and_then(|thing| serde_json::to_string(thing).ok());
    let rows = changes.iter().zip(1..).map(|(change, position)| ImportRow {
        position,
        name: change.name.clone(),
        before: json(&change.before),
        after: json(&change.after),
    });
    tx.add_import(&row, &rows.collect::<Vec<_>>()).await?;
    let act = match kind {
        Kind::Districts => Act::ImportDistricts,
        Kind::Zones => Act::ImportZones,
        Kind::Centres => Act::ImportCentres,
        Kind::Sessions => Act::ImportSessions,
        Kind::Users => Act::ImportUsers,
        Kind::Holidays => Act::ImportHolidays,
    };
    let note = core.note_in(&actor.name, place, act, Some(format!("import:{id}")));
    tx.add_entries(&[command.map_or(note.clone(), |command| command.entry(note, Ok(&id.0)))]).await?;
    Ok(id)
}
