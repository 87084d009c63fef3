//! Reading the rows of a CSV file, and noting what is wrong with them.

use std::str::FromStr;

use super::Report;
use crate::actions::third_language::BadThird;
use crate::domain::moment::{Day, Moment, parse_minute};
use crate::domain::person::digit;
use crate::domain::plan::PlanFault;

/// How many rows a file may have: it is taken in by one transaction, and the counters wait meanwhile.
const MOST_ROWS: usize = 5_000;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the sentences in i18n say what each one means")]
pub enum ImportFault {
    NotUtf8,
    NotCsv(String),
    UnknownFile { missing: String },
    Separator,
    NoRows,
    TooManyRows { most: usize },
    ColumnCount { found: usize, wanted: usize },
    Missing,
    TooLong { most: usize },
    Code,
    Number { from: i64, to: i64 },
    Decimal,
    Day,
    Time,
    Choice { allowed: String },
    PinCode,
    Phone,
    UnknownCode,
    OutsideScope,
    Repeated { line: u64 },
    Plan(PlanFault),
    Shares,
    BelowIssued { issued: i64 },
    SlotHasTokens { issued: i64 },
    TooManySlots,
    PasswordShort,
    PlaceForRole,
    Taken,
    NotThere,
    ChangedSince,
    StillUsed,
    IsUndone,
    Third(BadThird),
}

/// A wrong row: its line in the file (from 1), the column, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongRow {
    /// Counted as a spreadsheet does.
    pub line: u64,
    /// The column's heading; empty when the whole row is meant.
    pub column: String,
    /// Why.
    pub fault: ImportFault,
}

/// The rows of a file.
pub struct Rows {
    /// The heading line.
    pub headings: Vec<String>,
    /// Line numbers and fields.
    pub records: Vec<(u64, Vec<String>)>,
    /// What was found wrong.
    pub wrong: Vec<WrongRow>,
}

/// A whole number within bounds, in Latin or Devanagari digits.
pub fn read_number(text: &str, from: i64, to: i64) -> Option<i64> {
    let digits: Option<String> = text.chars().map(|c| digit(c).map(|value| char::from(b'0' + value))).collect();
    digits.and_then(|digits| digits.parse().ok()).filter(|value| (from..=to).contains(value))
}

impl Rows {
    /// Reads UTF-8 with or without a byte-order mark. Nothing: the report says why.
    pub fn read(file: &[u8], report: &mut Report) -> Option<Self> {
        let mut refuse = |line, fault| {
            report.wrong.push(WrongRow { line, column: String::new(), fault });
            None
        };
        let Ok(text) = std::str::from_utf8(file) else { return refuse(1, ImportFault::NotUtf8) };
        // Lines are counted as a spreadsheet shows them, whatever ends them.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
        let headings: Vec<String> = match reader.headers() {
            Ok(headings) => headings.iter().map(str::to_lowercase).collect(),
            Err(error) => return refuse(1, ImportFault::NotCsv(error.to_string())),
        };
        let mut rows = Self { headings, records: Vec::new(), wrong: Vec::new() };
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    let fields: Vec<_> = record.iter().map(str::to_owned).collect();
                    if fields.iter().all(String::is_empty) {
                        continue;
                    }
                    let (found, wanted) = (fields.len(), rows.headings.len());
                    if found != wanted {
                        rows.wrong.push(WrongRow { line, column: String::new(), fault: ImportFault::ColumnCount { found, wanted } });
                    }
                    rows.records.push((line, fields));
                }
                Err(error) => return refuse(error.position().map_or(1, csv::Position::line), ImportFault::NotCsv(error.to_string())),
            }
        }
        if rows.records.len() > MOST_ROWS {
            return refuse(1, ImportFault::TooManyRows { most: MOST_ROWS });
        }
        if rows.records.is_empty() { refuse(2, ImportFault::NoRows) } else { Some(rows) }
    }

    /// Why the heading line is none that is known: its separator, or the columns that it lacks.
    pub fn unknown(&self, missing: impl Fn(&[String]) -> String) -> ImportFault {
        match &*self.headings {
            [one] if one.contains([';', '\t']) => ImportFault::Separator,
            headings => ImportFault::UnknownFile { missing: missing(headings) },
        }
    }

    /// A form: one row, its fields as they were typed.
    pub fn typed(fields: &[(String, String)]) -> Self {
        let (headings, values) = fields.iter().map(|(name, value)| (name.clone(), value.trim().to_owned())).unzip();
        Self { headings, records: vec![(1, values)], wrong: Vec::new() }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// One row.
    pub fn row(&mut self, at: usize) -> Row<'_> {
        let (line, fields) = &self.records[at];
        Row { line: *line, fields, headings: &self.headings, wrong: &mut self.wrong, right: true }
    }
}

/// One row, read column by column. What cannot be read is noted, and a stand-in goes on, so that every fault is found at once.
pub struct Row<'a> {
    /// Its line in the file.
    pub line: u64,
    fields: &'a [String],
    headings: &'a [String],
    wrong: &'a mut Vec<WrongRow>,
    right: bool,
}

impl Row<'_> {
    /// Notes a fault.
    pub fn fault(&mut self, column: &str, fault: ImportFault) {
        self.right = false;
        self.wrong.push(WrongRow { line: self.line, column: column.to_owned(), fault });
    }

    /// Whether nothing was wrong so far.
    pub fn is_right(&self) -> bool {
        self.right
    }

    /// Whether something was wrong with a column of this row.
    pub fn is_wrong(&self, column: &str) -> bool {
        self.wrong.iter().any(|row| row.line == self.line && row.column == column)
    }

    /// A field that may be empty.
    pub fn optional(&self, column: &str) -> &str {
        let at = self.headings.iter().position(|heading| heading == column);
        at.and_then(|at| self.fields.get(at)).map_or("", String::as_str)
    }

    /// Whether there is such a column.
    pub fn has(&self, column: &str) -> bool {
        self.headings.iter().any(|heading| heading == column)
    }

    /// A text of at most so many characters.
    pub fn text(&mut self, column: &str, most: usize) -> String {
        let text = self.optional(column).to_owned();
        if text.is_empty() {
            self.fault(column, ImportFault::Missing);
        } else if text.chars().count() > most {
            self.fault(column, ImportFault::TooLong { most });
        }
        text
    }

    /// A telephone number that people can be told: digits, and what people write between them.
    pub fn phone(&mut self, column: &str) -> String {
        let phone = self.text(column, 20);
        let digits = phone.chars().filter(char::is_ascii_digit).count();
        let fits = digits >= 3 && phone.chars().all(|c| c.is_ascii_digit() || " +-()/".contains(c));
        if !phone.is_empty() && !fits {
            self.fault(column, ImportFault::Phone);
        }
        phone
    }

    /// A short code of capitals, digits and dashes.
    pub fn code(&mut self, column: &str) -> String {
        let code = self.text(column, 24);
        let fits = code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        if !code.is_empty() && !fits {
            self.fault(column, ImportFault::Code);
        }
        code
    }

    /// A whole number within a range, in ASCII or Devanagari digits.
    pub fn number(&mut self, column: &str, from: i64, to: i64) -> i64 {
        read_number(self.optional(column), from, to).unwrap_or_else(|| {
            self.fault(column, ImportFault::Number { from, to });
            from
        })
    }

    /// A decimal number, or nothing.
    pub fn decimal(&mut self, column: &str) -> Option<f64> {
        let text = self.optional(column);
        if text.is_empty() {
            return None;
        }
        let value = text.parse::<f64>().ok().filter(|value| value.abs() <= 180.0);
        if value.is_none() {
            self.fault(column, ImportFault::Decimal);
        }
        value
    }

    /// One of a list of words.
    pub fn word<T: FromStr + Copy>(&mut self, column: &str, all: &[T], spell: impl Fn(T) -> &'static str) -> T {
        if let Ok(word) = self.optional(column).to_lowercase().parse() {
            return word;
        }
        let allowed = all.iter().map(|word| spell(*word)).collect::<Vec<_>>().join(", ");
        self.fault(column, ImportFault::Choice { allowed });
        all[0]
    }

    /// A day.
    pub fn day(&mut self, column: &str) -> Day {
        self.optional(column).parse().unwrap_or_else(|_| {
            self.fault(column, ImportFault::Day);
            Moment(0).day()
        })
    }

    /// A time of day in minutes, `10:00` or `9.30`.
    pub fn minute(&mut self, column: &str) -> u32 {
        parse_minute(self.optional(column)).unwrap_or_else(|| {
            self.fault(column, ImportFault::Time);
            0
        })
    }

    /// A day and time, `2021-03-29 12:00`.
    pub fn moment(&mut self, column: &str) -> Moment {
        let parsed = self.optional(column).split_once([' ', 'T']).and_then(|(day, time)| {
            let day: Day = day.parse().ok()?;
            Some(day.at_minute(parse_minute(time)?))
        });
        parsed.unwrap_or_else(|| {
            self.fault(column, ImportFault::Time);
            Moment(0)
        })
    }
}
