//! The only SQL: one text for SQLite and PostgreSQL, one file a group of tables.
//!
//! Every function takes `&mut Tx`, never a pool, so that what belongs together is written together.

pub mod account;
pub mod alarm;
pub mod backlog;
pub mod carry;
pub mod centre;
pub mod charge;
pub mod checkup;
pub mod closing;
mod columns;
pub mod deadline;
pub mod desk;
pub mod dose;
pub mod enquiry;
pub mod field;
mod file;
pub mod forgotten;
pub mod gate;
pub mod given;
mod guard;
pub mod holiday;
pub mod import;
pub mod journal;
pub mod key;
pub mod lease;
pub mod link;
pub mod machine;
pub mod mending;
pub mod message;
pub mod moving;
pub mod objection;
pub mod opening;
pub mod outage;
pub mod pack;
pub mod person;
pub mod places;
pub mod portal;
pub mod practice;
pub mod reconcile;
pub mod refused;
pub mod round;
mod rows;
pub mod scan;
pub mod seal;
pub mod slot;
pub mod tally;
pub mod third;
pub mod token;
pub mod turn;
pub mod upload;
pub mod waiting;
mod writes;

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use crate::domain::moment::Moment;
use file::{FileTx, Writer};
pub use writes::Writes;

/// Either database.
#[derive(Clone)]
pub enum Db {
    /// A file: one writer, and readers beside it that see a snapshot.
    Sqlite {
        /// Read-only connections.
        read: SqlitePool,
        /// The one connection that writes.
        write: Writer,
    },
    /// A PostgreSQL cluster, shared with other processes.
    Postgres {
        /// Connections for transactions that only read.
        read: PgPool,
        /// A few connections that write, so that each has prepared what the hot verbs say.
        write: PgPool,
    },
}

/// How many prepared statements a connection keeps: a slice's statements come in as many texts as it has rows.
const STATEMENTS: usize = 1_000;

/// What brings the tables up to date.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// A transaction on either database.
pub enum Tx {
    /// On the file.
    Sqlite(FileTx),
    /// On the cluster.
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one body against either database, type-checked for each. The second form names the query builder's type.
macro_rules! on {
    ($tx:expr, $conn:ident => $body:expr) => {
        match $tx {
            $crate::storage::Tx::Sqlite(tx) => {
                let $conn = &mut **tx;
                $body
            }
            $crate::storage::Tx::Postgres(tx) => {
                let $conn = &mut **tx;
                $body
            }
        }
    };
    ($tx:expr, $conn:ident, $builder:ident => $body:expr) => {
        match $tx {
            $crate::storage::Tx::Sqlite(tx) => {
                type $builder = sqlx::QueryBuilder<sqlx::Sqlite>;
                let $conn = &mut **tx;
                $body
            }
            $crate::storage::Tx::Postgres(tx) => {
                type $builder = sqlx::QueryBuilder<sqlx::Postgres>;
                let $conn = &mut **tx;
                $body
            }
        }
    };
}

pub(crate) use on;

impl Db {
    /// Opens the file (making it when it is not there) and brings its tables up to date.
    pub async fn open_sqlite(file: &Path) -> Result<Self, OpenError> {
        let db = Self::open_file(file).await?;
        db.guard_journal().await?;
        Ok(db)
    }

    async fn open_file(file: &Path) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(STATEMENTS)
            .pragma("wal_autocheckpoint", "8000")
            // What a statement would undo when it fails is kept in memory, not in a temporary file.
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-49152");
        // Nobody looks after a pool that is left at once: the task that would has been seen to spin for ever.
        let single = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let write = single.connect_with(options.clone()).await?;
        MIGRATIONS.run(&write).await?;
        let write = write.acquire().await?.detach();
        let reading = SqlitePoolOptions::new().max_connections(4).test_before_acquire(false).idle_timeout(None).max_lifetime(None);
        // What a reader has kept is worthless after the next commit: little room is enough.
        let options = options.read_only(true).create_if_missing(false).pragma("cache_size", "-8192");
        let read = reading.connect_with(options).await?;
        Ok(Self::Sqlite { read, write: Writer::new(write) })
    }

    /// Connects to the cluster and brings its tables up to date.
    pub async fn open_postgres(url: &str) -> Result<Self, OpenError> {
        let db = Self::connect(url.parse()?).await?;
        db.guard_journal().await?;
        Ok(db)
    }

    async fn connect(options: PgConnectOptions) -> Result<Self, OpenError> {
        let options = options.statement_cache_capacity(STATEMENTS);
        let pool =
            |most: u32| PgPoolOptions::new().max_connections(most).test_before_acquire(false).acquire_timeout(Duration::from_secs(5));
        // What writes looks its rows up by their keys; a plan made while a table was still empty would read all of it for ever.
        // Where there is no key to look by, reading all counts as so dear that the cluster would compile the query first.
        let writing = options.clone().options([("enable_seqscan", "off"), ("plan_cache_mode", "force_generic_plan"), ("jit", "off")]);
        let write = pool(4).connect_with(writing).await?;
        MIGRATIONS.run(&write).await?;
        Self::count_journal(&write).await?;
        // Room on each page for the row as it will be once admitted: then no index has to hear of it.
        sqlx::query("alter table token set (fillfactor = 60)").execute(&write).await?;
        let read = pool(8).connect_with(options).await?;
        Ok(Self::Postgres { read, write })
    }

    /// A transaction that only reads: a snapshot that waits for no writer.
    pub async fn read(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite { read, .. } => Tx::Sqlite(FileTx::Reading(read.begin().await?)),
            Self::Postgres { read, .. } => Tx::Postgres(read.begin_with("begin isolation level repeatable read read only").await?),
        })
    }

    /// A transaction that writes.
    pub async fn write(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(FileTx::Writing(write.begin().await?)),
            Self::Postgres { write, .. } => Tx::Postgres(write.begin().await?),
        })
    }

    /// Lets go of it: a file is then whole by itself, with nothing beside it.
    pub async fn close(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await
            }
            Self::Postgres { read, write } => {
                read.close().await;
                write.close().await;
                Ok(())
            }
        }
    }

    /// Whether other processes may write to the same database.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }
}

impl Tx {
    /// Makes everything written here durable.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    /// Takes `count` running numbers of a kind and returns the first.
    pub async fn take_numbers(&mut self, kind: &'static str, count: i64) -> sqlx::Result<i64> {
        let sql = "insert into counter (name, value) values ($1, $2) \
                   on conflict (name) do update set value = counter.value + $2 returning value";
        let last: i64 = on!(self, conn => sqlx::query_scalar(sql).bind(kind).bind(count).fetch_one(conn).await?);
        Ok(last - count + 1)
    }

    /// A stored setting.
    pub async fn setting(&mut self, name: &'static str) -> sqlx::Result<Option<String>> {
        let sql = "select value from setting where name = $1";
        on!(self, conn => sqlx::query_scalar(sql).bind(name).fetch_optional(conn).await)
    }

    /// Takes a piece of work that one process does at a time, or goes on having it. False: somebody else has it until later.
    pub async fn take_work(&mut self, name: &'static str, worker: Uuid, now: Moment, until: Moment) -> sqlx::Result<bool> {
        let sql = "insert into work (name, leased_by, leased_until) values ($1, $2, $4) on conflict (name) do update \
                   set leased_by = $2, leased_until = $4 where work.leased_until <= $3 or work.leased_by = $2";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(name).bind(worker).bind(now).bind(until);
            Ok(query.execute(conn).await?.rows_affected() == 1)
        })
    }

    /// Stores a setting.
    pub async fn set_setting(&mut self, name: &'static str, value: &str) -> sqlx::Result<()> {
        let sql = "insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = $2";
        on!(self, conn => sqlx::query(sql).bind(name).bind(value).execute(conn).await.map(drop))
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It could not be reached or read.
    #[error("the database cannot be opened: {0}")]
    Open(#[from] sqlx::Error),
    /// Its tables could not be brought up to date.
    #[error("the database's tables cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}
