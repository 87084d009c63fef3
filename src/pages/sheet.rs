//! A table that people take along: the same cells as CSV and as XLSX.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::error::{Error, Result};

/// A cell.
#[derive(Debug, Clone)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number that is added up.
    Number(i64),
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A table with its title and what must be known to read it.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The file's name, without an ending.
    pub name: String,
    /// What it is, and when it was true.
    pub title: String,
    /// Columns.
    pub heads: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<Cell>>,
    /// The last row, which adds the others up.
    pub total: Option<Vec<Cell>>,
}

impl Sheet {
    /// As a file to download: `csv` or `xlsx`.
    pub fn download(&self, kind: &str) -> Result<Response> {
        let (content_type, body) = match kind {
            "csv" => ("text/csv; charset=utf-8", self.csv()?),
            "xlsx" => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", self.xlsx().map_err(internal)?),
            _ => return Err(Error::NotFound),
        };
        let disposition = format!("attachment; filename=\"{}.{kind}\"", self.name);
        let headers = [
            (header::CONTENT_TYPE, content_type.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
            (header::CACHE_CONTROL, "no-store".into()),
        ];
        Ok((headers, body).into_response())
    }

    /// In UTF-8 with the mark that makes spreadsheets believe it. The title stays out, so that programs read it too.
    fn csv(&self) -> Result<Vec<u8>> {
        let mut csv = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
        csv.write_record(&self.heads).map_err(internal)?;
        for row in self.rows.iter().chain(&self.total) {
            csv.write_record(row.iter().map(Cell::to_text)).map_err(internal)?;
        }
        csv.into_inner().map_err(internal)
    }

    fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let bold = Format::new().set_bold();
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(2, 2)?;
        sheet.write_string_with_format(0, 0, &self.title, &bold)?;
        for (column, head) in (0..).zip(&self.heads) {
            sheet.write_string_with_format(2, column, head, &bold.clone().set_text_wrap())?;
            sheet.set_column_width(column, if column == 0 { 28 } else { 14 })?;
        }
        sheet.set_freeze_panes(3, 1)?;
        let plain = Format::new();
        let rows = self.rows.iter().map(|row| (row, &plain)).chain(self.total.iter().map(|row| (row, &bold)));
        for (at, (row, format)) in (3..).zip(rows) {
            for (column, cell) in (0..).zip(row) {
                match cell {
                    Cell::Text(text) => sheet.write_string_with_format(at, column, text, format)?,
                    Cell::Number(value) => sheet.write_with_format(at, column, *value, format)?,
                };
            }
        }
        book.save_to_buffer()
    }
}

impl Cell {
    /// A text that begins like a formula is not to be one: whoever typed it may mean harm.
    fn to_text(&self) -> String {
        match self {
            Self::Text(text) if text.starts_with(['=', '+', '-', '@']) => format!("'{text}"),
            Self::Text(text) => text.clone(),
            Self::Number(value) => value.to_string(),
        }
    }
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}
