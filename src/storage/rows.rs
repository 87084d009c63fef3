//! Many values in one statement, in each database's own way.
//!
//! PostgreSQL takes a column as one array: whatever the number of rows, the statement's text stays the same and is planned
//! once. SQLite has no arrays and prepares fast: there every value is a parameter of its own.

use sqlx::postgres::PgHasArrayType;
use sqlx::{Database, Encode, Postgres, QueryBuilder, Sqlite, Type};

use crate::domain::number::TokenNumber;
use crate::domain::place::Scope;

/// What the two say differently.
pub(super) trait Dialect {
    /// Ends a query whose rows are about to be changed. SQLite has one writer and needs no locks.
    const FOR_UPDATE: &'static str;
    /// The same for a worker: rows that another one is at are passed over.
    const TAKE: &'static str;
    /// The same for rows of `upload` that are taken under a lease: what another process is just taking is passed over.
    const TAKE_UPLOADS: &'static str;
    /// A condition that makes a query wait for what `push_lock_lone` locks.
    const LONE_LOCKED: &'static str;
    /// Locks those of these numbers that no row of `held`, a part before, has.
    fn push_lock_lone(&mut self, numbers: &[TokenNumber]);
}

impl Dialect for QueryBuilder<Sqlite> {
    const FOR_UPDATE: &'static str = "";
    const TAKE: &'static str = "";
    const TAKE_UPLOADS: &'static str = "";
    const LONE_LOCKED: &'static str = "";
    fn push_lock_lone(&mut self, _numbers: &[TokenNumber]) {}
}

impl Dialect for QueryBuilder<Postgres> {
    const FOR_UPDATE: &'static str = " for no key update";
    const TAKE: &'static str = " for no key update skip locked";
    const TAKE_UPLOADS: &'static str = " for no key update of upload skip locked";
    const LONE_LOCKED: &'static str = " where (select count(*) from lone) >= 0";
    fn push_lock_lone(&mut self, numbers: &[TokenNumber]) {
        self.push(", lone as materialized (select pg_advisory_xact_lock(number) from (select number from unnest(").push_bind(numbers);
        self.push(") as number where number not in (select number from held) order by number) as lone_number)");
    }
}

/// Whether the value just written is one of a list.
pub(super) trait PushIn<T> {
    /// Appends the condition.
    fn push_in(&mut self, values: &[T]) -> &mut Self;
}

impl<T> PushIn<T> for QueryBuilder<Sqlite>
where
    for<'q> &'q T: Encode<'q, Sqlite> + Type<Sqlite>,
{
    /// The last value is repeated up to a power of two, so that few different texts have to be prepared. An empty list would make SQLite read
    /// the whole table to find nothing; nothing is equal to null, and an index says so at once.
    fn push_in(&mut self, values: &[T]) -> &mut Self {
        if values.is_empty() {
            return self.push(" in (null)");
        }
        let repeated = values.last().into_iter().cycle().take(values.len().next_power_of_two() - values.len());
        self.push(" in (");
        let mut list = self.separated(", ");
        for value in values.iter().chain(repeated) {
            list.push_bind(value);
        }
        self.push(")")
    }
}

impl<T> PushIn<T> for QueryBuilder<Postgres>
where
    T: PgHasArrayType,
    for<'q> &'q [T]: Encode<'q, Postgres> + Type<Postgres>,
{
    fn push_in(&mut self, values: &[T]) -> &mut Self {
        self.push(" = any(").push_bind(values).push(")")
    }
}

/// Limits a query that joins `centre` and `zone` to a scope's part of the field.
pub(super) trait PushWithin {
    /// Appends the condition.
    fn push_within(&mut self, scope: Scope) -> &mut Self;
}

impl<D: Database> PushWithin for QueryBuilder<D>
where
    for<'q> i64: Encode<'q, D> + Type<D>,
{
    fn push_within(&mut self, scope: Scope) -> &mut Self {
        match scope {
            Scope::Zone(id) => self.push(" and centre.zone_id = ").push_bind(id.0),
            Scope::Centre(id) => self.push(" and centre.id = ").push_bind(id.0),
            Scope::District(id) => self.push(" and zone.district_id = ").push_bind(id.0),
            Scope::State => self,
        }
    }
}

/// Appends rows to a PostgreSQL statement: an array for each column.
macro_rules! push_columns {
    ($sql:ident, $items:expr, |$item:ident| [$($value:expr),+]) => {
        $sql.push("select * from unnest(");
        let mut columns = $sql.separated(", ");
        $(columns.push_bind(Vec::from_iter($items.iter().map(|$item| {
            // A column may be the same for all.
            let _ = $item;
            $value
        })));)+
        $sql.push(")");
    };
}

/// Builds a statement around rows (`before ROWS after`) and runs the body on either database. Each value of a row is written
/// once, as what is taken from one item.
macro_rules! with_rows {
    ($tx:expr, $conn:ident, $sql:ident, $before:expr, $items:expr, |$item:ident| [$($value:expr),+ $(,)?], $after:expr => $body:expr) => {
        match $tx {
            $crate::storage::Tx::Sqlite(tx) => {
                let mut $sql = sqlx::QueryBuilder::<sqlx::Sqlite>::new($before);
                $sql.push_values($items.iter(), |mut row, $item| { $(row.push_bind($value);)+ });
                $sql.push($after);
                let $conn = &mut **tx;
                $body
            }
            $crate::storage::Tx::Postgres(tx) => {
                let mut $sql = sqlx::QueryBuilder::<sqlx::Postgres>::new($before);
                $crate::storage::rows::push_columns!($sql, $items, |$item| [$($value),+]);
                $sql.push($after);
                let $conn = &mut **tx;
                $body
            }
        }
    };
}

/// The same for a statement that only writes: how many rows it wrote.
macro_rules! write_rows {
    ($tx:expr, $before:expr, $items:expr, |$item:ident| [$($value:expr),+ $(,)?], $after:expr) => {
        $crate::storage::rows::with_rows!($tx, conn, sql, $before, $items, |$item| [$($value),+], $after => {
            sql.build().execute(conn).await.map(|done| done.rows_affected())
        })
    };
}

pub(super) use {push_columns, with_rows, write_rows};
