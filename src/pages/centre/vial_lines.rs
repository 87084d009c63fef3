//! Vials as they are counted on a form: a line for each batch, and an empty one for another.

use crate::actions::count_vials::Count;
use crate::domain::campaign::Vaccine;
use crate::domain::closing::Batch;
use crate::domain::person::digit;
use crate::error::{Fault, FieldFault};
use crate::pages::dose_form::line;
use crate::storage::opening::Counted;

/// The most of anything that is counted on these forms.
const MOST: i64 = 9_999;

/// The longest name of a batch.
const LONGEST: usize = 40;

/// The fields of a form, in order.
pub type Fields = Vec<(String, String)>;

/// The first field of a name.
pub fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.trim())
}

/// A whole number that was typed; nothing was: none.
pub fn count(text: &str) -> Result<Option<i64>, Fault> {
    let digits: Option<Vec<i64>> = text.trim().chars().map(|c| digit(c).map(i64::from)).collect();
    let digits = digits.filter(|digits| digits.len() <= 4).ok_or(Fault::Number)?;
    if digits.is_empty() {
        return Ok(None);
    }
    let value = digits.into_iter().fold(0, |value, digit| value * 10 + digit);
    if value <= MOST { Ok(Some(value)) } else { Err(Fault::Number) }
}

/// A line as it was typed.
#[derive(Debug, Clone, Default)]
pub struct VialLine {
    /// Which vaccine.
    pub vaccine: String,
    /// Which batch.
    pub batch: String,
    /// One for each thing that is counted.
    pub counts: Vec<String>,
}

impl VialLine {
    /// A line of a batch that is known.
    pub fn of(batch: &Batch, counts: &[Option<i64>]) -> Self {
        let counts = counts.iter().map(|count| count.map_or_else(String::new, |count| count.to_string())).collect();
        Self { vaccine: batch.vaccine.to_string(), batch: batch.batch.clone(), counts }
    }

    /// The batch, where a right one was typed.
    pub fn known(&self) -> Option<Batch> {
        Some(Batch { vaccine: self.vaccine.parse::<Vaccine>().ok()?, batch: self.batch.clone() })
    }
}

/// The lines of a form, each with what was counted for `what`, in this order. A batch is written in capitals, like on the desk.
pub fn lines(fields: &Fields, what: &[Counted]) -> Vec<VialLine> {
    let all = |name: &str| fields.iter().filter(|(own, _)| own == name).map(|(_, value)| value.trim().to_owned()).collect::<Vec<_>>();
    let columns: Vec<_> = what.iter().map(|what| all(what.word())).collect();
    let batches = all("batch");
    let line = |(at, vaccine): (usize, String)| VialLine {
        vaccine,
        batch: batches.get(at).map_or_else(String::new, |batch| batch.to_uppercase()),
        counts: columns.iter().map(|column| column.get(at).cloned().unwrap_or_default()).collect(),
    };
    all("vaccine").into_iter().enumerate().map(line).collect()
}

/// The counts, or what is wrong with them. A line without a batch and a number says nothing.
pub fn read(lines: &[VialLine], what: &[Counted], faults: &mut Vec<FieldFault>) -> Vec<Count> {
    let mut found = Vec::new();
    for typed in lines {
        let counts: Vec<_> = typed.counts.iter().map(|text| count(text)).collect();
        if typed.batch.is_empty() && counts.iter().all(|count| matches!(count, Ok(None))) {
            continue;
        }
        let batch = line(&typed.batch, LONGEST).and_then(|batch| {
            let vaccine = typed.vaccine.parse().map_err(|_| Fault::Choice)?;
            Ok(Batch { vaccine, batch })
        });
        let batch = match batch {
            Ok(batch) => batch,
            Err(fault) => {
                faults.push(("batch", fault));
                continue;
            }
        };
        for (what, count) in what.iter().zip(counts) {
            match count {
                Ok(Some(vials)) => found.push(Count { batch: batch.clone(), what: *what, vials }),
                Ok(None) => {}
                Err(fault) => faults.push(("vials", fault)),
            }
        }
    }
    faults.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_were_typed() {
        let typed = [
            ("vaccine", "covishield"),
            ("batch", "4120z001 "),
            ("received", "१२"),
            ("vaccine", "covaxin"),
            ("batch", ""),
            ("received", " "),
            ("vaccine", "covaxin"),
            ("batch", "37G"),
            ("received", "many"),
            ("vaccine", "covaxin"),
            ("batch", ""),
            ("received", "3"),
        ];
        let fields: Fields = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let lines = lines(&fields, &[Counted::Received]);
        let mut faults = Vec::new();
        let found = read(&lines, &[Counted::Received], &mut faults);
        let said: Vec<_> = found.iter().map(|count| format!("{} {}", count.batch.batch, count.vials)).collect();
        assert_eq!((lines.len(), said), (4, vec!["4120Z001 12".to_owned()]));
        assert_eq!(faults, [("vials", Fault::Number), ("batch", Fault::Missing)]);
        assert_eq!((count(""), count("99999"), count("-1")), (Ok(None), Err(Fault::Number), Err(Fault::Number)));
    }
}
