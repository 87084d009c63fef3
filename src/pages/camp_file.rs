//! A camp's list of doses: a CSV file with a dose a row, recorded by the same rules as at a desk, with an answer for each row.
//!
//! A row's id follows from what it says, so that a file that was cut off half-way, or is sent twice, records nothing twice.

use super::dose_form::{Source, TypedDose};
use super::form::TypedPerson;
use crate::actions::Actor;
use crate::actions::command::{CommandId, commit};
use crate::actions::record_doses::{DoseAnswer, Dosing, RecordDose, Way};
use crate::core::Core;
use crate::domain::booking::Refusal;
use crate::error::{Error, Fault, Result};
use crate::i18n::{Lang, grouped};
use crate::storage::journal::Act;
use crate::words::words;

/// The columns that the file must have.
pub const COLUMNS: [&str; 11] =
    ["centre", "name", "birth_year", "gender", "id_type", "id_number", "vaccine", "batch", "vaccinator", "date", "time"];

/// Those that it may have. The last two are for rows that came back with a question.
pub const FURTHER: [&str; 7] = ["mobile", "mobile_of", "locality", "language", "dose", "despite", "lookalike"];

/// Those that the answer adds.
const ANSWER: [&str; 2] = ["answer", "error"];

/// Rows that are written together: as many as hold up somebody at a desk for no longer than they notice.
const PIECE: usize = 200;

words! {
    /// What became of a row.
    RowAnswer {
        /// The dose is on record, and in line for the portal.
        Recorded = "recorded",
        /// It is on record, and its deadline has passed: it waits for a permission.
        Late = "recorded_late",
        /// This very row was recorded before.
        Known = "known",
        /// It was not recorded; the error says why.
        LeftOut = "left_out",
    }
}

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CampFault {
    /// It is no CSV file in UTF-8; what was wrong first.
    NotCsv(String),
    /// A column is missing.
    NoColumn(&'static str),
    /// It has no rows.
    Empty,
    /// It has more rows than may come at once.
    TooManyRows(usize),
}

impl CampFault {
    /// What to do about it.
    pub fn told(&self, lang: Lang) -> String {
        let t = lang.text();
        match self {
            Self::NotCsv(why) => format!("{} ({why})", t.camp_not_csv),
            Self::NoColumn(column) => format!("{} {column}", t.camp_no_column),
            Self::Empty => t.camp_empty.to_owned(),
            Self::TooManyRows(most) => format!("{} {}", t.camp_too_long, grouped(*most as i64)),
        }
    }
}

/// A camp's list as it was read.
pub struct CampFile {
    /// The heading line, without the columns of an earlier answer.
    headings: Vec<String>,
    rows: Vec<csv::StringRecord>,
    /// Where each column stands.
    places: Vec<usize>,
}

/// How many rows came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Counts {
    pub rows: usize,
    pub recorded: usize,
    pub late: usize,
    pub known: usize,
    pub left_out: usize,
}

impl Counts {
    fn add(&mut self, answer: RowAnswer) {
        self.rows += 1;
        match answer {
            RowAnswer::Recorded => self.recorded += 1,
            RowAnswer::Late => self.late += 1,
            RowAnswer::Known => self.known += 1,
            RowAnswer::LeftOut => self.left_out += 1,
        }
    }
}

/// How and for whom a file is taken in.
pub struct Taking<'a> {
    /// What every action needs.
    pub core: &'a Core,
    /// The queue before recording doses.
    pub dosing: &'a Dosing,
    /// Who takes it in.
    pub actor: &'a Actor,
    /// The language of errors.
    pub lang: Lang,
}

impl CampFile {
    /// Reads UTF-8 with or without a byte-order mark.
    pub fn read(file: &[u8]) -> Result<Self, CampFault> {
        let not_csv = |error: &dyn std::fmt::Display| CampFault::NotCsv(error.to_string());
        let text = std::str::from_utf8(file).map_err(|error| not_csv(&error))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
        let all: Vec<_> = reader.headers().map_err(|error| not_csv(&error))?.iter().map(str::to_lowercase).collect();
        if let Some(missing) = COLUMNS.iter().find(|column| !all.iter().any(|heading| heading == *column)) {
            return Err(CampFault::NoColumn(missing));
        }
        let places: Vec<_> = (0..all.len()).filter(|at| !ANSWER.contains(&all[*at].as_str())).collect();
        let headings = places.iter().map(|at| all[*at].clone()).collect();
        let mut rows = Vec::new();
        for row in reader.records() {
            let row = row.map_err(|error| not_csv(&error))?;
            if row.iter().any(|field| !field.is_empty()) {
                rows.push(row);
            }
        }
        if rows.is_empty() { Err(CampFault::Empty) } else { Ok(Self { headings, rows, places }) }
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A field of a row; empty where there is no such column.
    fn field(&self, row: usize, column: &str) -> &str {
        let at = self.headings.iter().position(|heading| heading == column).map(|at| self.places[at]);
        at.and_then(|at| self.rows[row].get(at)).unwrap_or("")
    }

    /// The command that a row stands for.
    fn command(&self, taking: &Taking<'_>, row: usize) -> Result<RecordDose> {
        let text = |column| self.field(row, column).to_owned();
        let board = taking.core.board();
        let centre = board.centre_by_code(self.field(row, "centre")).map(|centre| centre.id);
        let centre = centre.and_then(|id| taking.actor.centre(&board, id).ok()).ok_or(Error::NotFound)?.id;
        let person = TypedPerson {
            mobile: text("mobile"),
            name: text("name"),
            age: text("birth_year"),
            gender: text("gender").to_lowercase(),
            mobile_of: text("mobile_of"),
            language: text("language"),
            locality: text("locality"),
            id_type: text("id_type").to_lowercase(),
            id_number: text("id_number"),
            ..TypedPerson::default()
        };
        let dose = TypedDose {
            dose: text("dose"),
            vaccine: text("vaccine").to_lowercase(),
            batch: text("batch"),
            vaccinator: text("vaccinator"),
            date: text("date"),
            time: text("time"),
            despite: (!self.field(row, "despite").is_empty()).then(String::new),
            lookalike: text("lookalike"),
            ..TypedDose::default()
        };
        let person = person.read(taking.core);
        // What the row says, but for the ID's number and what is only asked afterwards: another centre's row is another dose.
        let key = person.as_ref().map_or_else(|_| String::new(), |person| format!("{centre} {person:?}"));
        let key = format!("{key} {:?}", (&dose.dose, &dose.vaccine, &dose.batch, &dose.vaccinator, &dose.date, &dose.time));
        let command = CommandId::new("camp", &key, &key);
        let source = Source { actor: taking.actor.clone(), centre, key: ("camp".into(), key), way: Way::File };
        // At a desk an empty time is now; in a list it was forgotten.
        let forgotten =
            ["date", "time"].into_iter().filter(|column| self.field(row, column).is_empty()).map(|column| (column, Fault::Missing));
        let forgotten: Vec<_> = forgotten.collect();
        match dose.read(taking.core, Some(person), source) {
            // What was asked afterwards, and answered, is not what the row says.
            Ok(asked) if forgotten.is_empty() => Ok(RecordDose { command, ..asked }),
            read => {
                let mut faults = read.err().unwrap_or_default();
                faults.retain(|fault| !forgotten.contains(fault));
                faults.extend(forgotten);
                Err(Error::Invalid(faults))
            }
        }
    }

    /// Records what the rows say, a piece at a time, and answers each: the file again with two more columns. Stops only when the
    /// database does; what was recorded until then is known when the file comes again.
    pub async fn take(&self, taking: &Taking<'_>, name: &str, mut progress: impl FnMut(Counts)) -> Result<(Counts, Vec<u8>)> {
        self.note(taking, name).await?;
        let (mut counts, mut out) = (Counts::default(), self.answers_begin());
        let pieces: Vec<_> = (0..self.len()).step_by(PIECE).map(|from| from..self.len().min(from + PIECE)).collect();
        let read = |at: usize| pieces.get(at).map(|rows| rows.clone().map(|row| self.command(taking, row)).collect::<Vec<_>>());
        let mut next = read(0);
        let mut at = 0;
        while let Some(commands) = next {
            let good: Vec<_> = commands.iter().flatten().cloned().collect();
            // The next piece is read while this one is written.
            let (stored, read_ahead) = tokio::join!(taking.dosing.many(good), async { read(at + 1) });
            let mut stored = stored?.into_iter();
            for (row, command) in pieces[at].clone().zip(commands) {
                let outcome =
                    command.and_then(|_| stored.next().unwrap_or_else(|| Err(Error::Internal("an answer is missing".into()))).flatten());
                if let Err(error @ (Error::Unavailable(_) | Error::OutcomeUnknown(_))) = outcome {
                    return Err(error);
                }
                let (answer, why) = answer(taking.lang, &outcome);
                counts.add(answer);
                self.write_row(&mut out, row, answer, &why);
            }
            progress(counts);
            next = read_ahead;
            at += 1;
        }
        Ok((counts, out.into_inner().unwrap_or_default()))
    }

    /// A file has one entry in the journal for each day and each of those who take it in, however many pieces it comes in.
    async fn note(&self, taking: &Taking<'_>, name: &str) -> Result<()> {
        let core = taking.core;
        let note = core.note(taking.actor, Act::ImportCamp, Some(format!("file:{name}")));
        let command = CommandId::new(&taking.actor.name, &format!("camp {name} {}", core.clock.now().day()), name);
        let mut tx = core.write().await?;
        tx.add_entries(&[command.entry(note, Ok(&()))]).await?;
        commit(tx).await
    }

    fn answers_begin(&self) -> csv::Writer<Vec<u8>> {
        let mut out = csv::Writer::from_writer(Vec::new());
        // Writing into memory cannot fail.
        let _ = out.write_record(self.headings.iter().map(String::as_str).chain(ANSWER));
        out
    }

    fn write_row(&self, out: &mut csv::Writer<Vec<u8>>, row: usize, answer: RowAnswer, why: &str) {
        let fields = self.places.iter().map(|at| self.rows[row].get(*at).unwrap_or(""));
        let _ = out.write_record(fields.chain([answer.word(), why]));
    }
}

/// What a row came to, and why.
fn answer(lang: Lang, outcome: &Result<DoseAnswer>) -> (RowAnswer, String) {
    let why = match outcome {
        Ok(dose) if dose.known => return (RowAnswer::Known, String::new()),
        Ok(dose) if dose.late => return (RowAnswer::Late, String::new()),
        Ok(_) => return (RowAnswer::Recorded, String::new()),
        Err(Error::NotFound) => format!("centre: {}", lang.text().camp_no_centre),
        Err(Error::Invalid(faults)) => {
            let column = |name: &'static str| if name == "age" { "birth_year" } else { name };
            faults.iter().map(|(name, fault)| format!("{}: {}", column(name), lang.fault(*fault))).collect::<Vec<_>>().join("; ")
        }
        Err(Error::Refused(refusal)) => refused(lang, refusal),
        Err(_) => lang.text().camp_again.to_owned(),
    };
    (RowAnswer::LeftOut, why)
}

/// Why a row of doses was refused, and which column answers that.
pub fn refused(lang: Lang, refusal: &Refusal) -> String {
    match refusal {
        Refusal::SamePerson { people } => {
            let people: Vec<_> = people.iter().map(|like| format!("{} ({}) = {}", like.name, like.birth_year, like.person)).collect();
            format!("lookalike: {} {}", lang.text().camp_same_person, people.join("; "))
        }
        refusal if refusal.yields_to_fact() => format!("{} despite: {}", lang.refusal(refusal), lang.text().camp_despite),
        refusal => lang.refusal(refusal),
    }
}
