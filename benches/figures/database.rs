//! The databases themselves: made, looked into, dropped.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use uuid::Uuid;

use crate::Outcome;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// The cluster that `BAARI_TEST_POSTGRES` names.
    Postgres,
}

impl Kind {
    /// As figures are named after it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// The address of the cluster, to which a database's name is appended.
pub fn postgres() -> Option<String> {
    std::env::var("BAARI_TEST_POSTGRES").ok().filter(|address| !address.is_empty())
}

/// A database on the cluster that is there as long as this.
pub struct OnCluster {
    cluster: String,
    name: String,
}

impl OnCluster {
    /// Makes an empty one.
    pub async fn make() -> Outcome<Self> {
        static MADE: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let cluster = postgres().ok_or("BAARI_TEST_POSTGRES is not set")?;
        let number = MADE.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let made = Self { cluster, name: format!("baari_figures_{}_{number}", std::process::id()) };
        made.order(format!("create database {}", made.name)).await?;
        Ok(made)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("{}{}", self.cluster, self.name)
    }

    async fn order(&self, sql: String) -> Outcome {
        let options: PgConnectOptions = format!("{}postgres", self.cluster).parse()?;
        let mut connection = PgConnection::connect_with(&options).await?;
        connection.execute(AssertSqlSafe(sql)).await?;
        Ok(connection.close().await?)
    }
}

impl Drop for OnCluster {
    /// On a thread of its own, because a drop cannot wait on the runtime that it happens in.
    fn drop(&mut self) {
        let gone = std::thread::scope(|scope| {
            let sql = format!("drop database if exists {} with (force)", self.name);
            let drop_it = || -> Outcome { tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(self.order(sql)) };
            scope.spawn(drop_it).join()
        });
        if !matches!(gone, Ok(Ok(()))) {
            eprintln!("the database {} could not be dropped", self.name);
        }
    }
}

/// A connection past the server.
pub enum Direct {
    /// To the file.
    Sqlite(SqliteConnection),
    /// To the cluster.
    Postgres(PgConnection),
}

impl Direct {
    /// Opens the file.
    pub async fn to_file(file: &std::path::Path) -> Outcome<Self> {
        let options = SqliteConnectOptions::new().filename(file).foreign_keys(true).busy_timeout(std::time::Duration::from_secs(10));
        Ok(Self::Sqlite(SqliteConnection::connect_with(&options).await?))
    }

    /// Connects to a database on the cluster.
    pub async fn to_cluster(url: &str) -> Outcome<Self> {
        Ok(Self::Postgres(PgConnection::connect(url).await?))
    }

    /// Runs a statement made here of numbers only; how many rows it touched.
    pub async fn run(&mut self, sql: String) -> Outcome<u64> {
        let sql = AssertSqlSafe(sql);
        Ok(match self {
            Self::Sqlite(connection) => connection.execute(sql).await?.rows_affected(),
            Self::Postgres(connection) => connection.execute(sql).await?.rows_affected(),
        })
    }

    /// The ids that a query made here returns.
    pub async fn ids(&mut self, sql: String) -> Outcome<Vec<Uuid>> {
        let sql = AssertSqlSafe(sql);
        Ok(match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await?,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await?,
        })
    }

    /// The one number that a query made here returns.
    pub async fn count(&mut self, sql: String) -> Outcome<i64> {
        let sql = AssertSqlSafe(sql);
        Ok(match self {
            Self::Sqlite(connection) => connection.fetch_one(sql).await?.try_get(0)?,
            Self::Postgres(connection) => connection.fetch_one(sql).await?.try_get(0)?,
        })
    }
}
