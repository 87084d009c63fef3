//! Statements that only write, sent together.
//!
//! A slice ends with several of them. SQLite runs one after the other: there a statement is no journey. PostgreSQL takes them
//! as the parts of one statement, none of which sees what another has written; what refers to what is checked at its end.

use std::fmt::Display;

use sqlx::{Postgres, QueryBuilder, Sqlite};

use super::Tx;

/// Statements that only write, and do not need each other's outcome.
pub struct Writes {
    pub(super) statements: Statements,
    /// Statements that must write so many rows.
    whole: Vec<(usize, i64)>,
}

/// The statements in each database's own way.
pub(super) enum Statements {
    /// In order.
    Sqlite(Vec<QueryBuilder<Sqlite>>),
    /// One statement's parts so far, and how many of them are counted.
    Postgres(QueryBuilder<Postgres>, usize),
}

impl Writes {
    /// The statement that was added last must write so many rows.
    pub(super) fn must_write(&mut self, rows: usize) {
        let added = match &self.statements {
            Statements::Sqlite(statements) => statements.len(),
            Statements::Postgres(_, parts) => *parts,
        };
        self.whole.push((added - 1, rows as i64));
    }
}

impl Statements {
    /// Begins a part of PostgreSQL's one statement under a name, up to its opening bracket.
    pub(super) fn begin(sql: &mut QueryBuilder<Postgres>, name: impl Display) {
        let before = if sql.sql().as_str().is_empty() { "with " } else { ", " };
        sql.push(before).push(name).push(" as (");
    }

    /// Begins a part whose rows are counted: `end_counted` ends it.
    pub(super) fn begin_counted(sql: &mut QueryBuilder<Postgres>, parts: &mut usize) {
        Self::begin(sql, format_args!("part_{parts}"));
        *parts += 1;
    }

    /// Ends a part whose rows are counted.
    pub(super) fn end_counted(sql: &mut QueryBuilder<Postgres>) {
        sql.push(" returning 1)");
    }
}

impl Tx {
    /// A list of statements, to which those of the tables are added.
    pub fn writes(&self) -> Writes {
        let statements = match self {
            Self::Sqlite(_) => Statements::Sqlite(Vec::new()),
            Self::Postgres(_) => Statements::Postgres(QueryBuilder::new(""), 0),
        };
        Writes { statements, whole: Vec::new() }
    }

    /// Runs them. False: some row was not written that had to be, and nothing of it all may be committed.
    pub async fn write_together(&mut self, writes: Writes) -> sqlx::Result<bool> {
        let written: Vec<i64> = match (self, writes.statements) {
            (Self::Sqlite(tx), Statements::Sqlite(statements)) => {
                let mut written = Vec::with_capacity(statements.len());
                for mut sql in statements {
                    written.push(sql.build().execute(&mut **tx).await?.rows_affected() as i64);
                }
                written
            }
            (Self::Postgres(_), Statements::Postgres(_, 0)) => Vec::new(),
            (Self::Postgres(tx), Statements::Postgres(mut sql, parts)) => {
                sql.push(" select array[");
                let mut counts = sql.separated(", ");
                for part in 0..parts {
                    counts.push(format_args!("(select count(*) from part_{part})"));
                }
                sql.push("]");
                sql.build_query_scalar().fetch_one(&mut **tx).await?
            }
            _ => unreachable!("a list is run by the transaction that made it"),
        };
        Ok(writes.whole.iter().all(|(statement, rows)| written[*statement] == *rows))
    }
}

/// Adds a statement around rows, as `with_rows!` takes them. Rows there must be.
macro_rules! push_rows {
    ($writes:expr, $before:expr, $items:expr, |$item:ident| [$($value:expr),+ $(,)?], $after:expr) => {
        match &mut $writes.statements {
            $crate::storage::writes::Statements::Sqlite(statements) => {
                let mut sql = sqlx::QueryBuilder::<sqlx::Sqlite>::new($before);
                sql.push_values($items.iter(), |mut row, $item| { $(row.push_bind($value);)+ });
                sql.push($after);
                statements.push(sql);
            }
            $crate::storage::writes::Statements::Postgres(sql, parts) => {
                $crate::storage::writes::Statements::begin_counted(sql, parts);
                sql.push($before);
                $crate::storage::rows::push_columns!(sql, $items, |$item| [$($value),+]);
                sql.push($after);
                $crate::storage::writes::Statements::end_counted(sql);
            }
        }
    };
}

pub(super) use push_rows;
