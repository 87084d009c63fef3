//! A database of a test's own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use baari::storage::Db;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// A database on the cluster at `BAARI_TEST_POSTGRES`.
    Postgres,
}

/// A database that is there for one test.
#[derive(Clone)]
pub enum Database {
    /// The folder of the file.
    File(Arc<TempDir>),
    /// The cluster's address and the database's name.
    Cluster(String, String),
}

impl Database {
    /// Makes it; nothing: there is no cluster to make it on.
    pub async fn make(kind: Kind) -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        if kind == Kind::Sqlite {
            return Some(Self::File(Arc::new(tempfile::tempdir().expect("a folder"))));
        }
        let cluster = std::env::var("BAARI_TEST_POSTGRES").ok().filter(|address| !address.is_empty())?;
        let cluster = format!("{}/", cluster.trim_end_matches('/'));
        let name = format!("baari_test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        make_model(&cluster).await;
        run(&cluster, format!("create database {name} template {MODEL}")).await;
        Some(Self::Cluster(cluster, name))
    }

    /// Opens it as the program does.
    pub async fn open(&self) -> Db {
        match self {
            Self::File(folder) => Db::open_sqlite(&folder.path().join(PathBuf::from("baari.sqlite"))).await.expect("an open file"),
            Self::Cluster(cluster, name) => Db::open_postgres(&format!("{cluster}{name}")).await.expect("an open database"),
        }
    }

    /// Takes it away.
    pub async fn drop(self) {
        match self {
            Self::File(folder) => drop(folder),
            Self::Cluster(cluster, name) => run(&cluster, format!("drop database {name} with (force)")).await,
        }
    }
}

/// The database that the others are copies of: tables made once are made for all tests of a run.
const MODEL: &str = "baari_model";

/// Makes the model, unless another test has. Tests are processes: the lock is the cluster's.
async fn make_model(cluster: &str) {
    let mut connection = connect(cluster).await;
    sqlx::query("select pg_advisory_lock(1)").execute(&mut connection).await.expect("locked");
    let there = "select count(*) from pg_database where datname = $1";
    let there: i64 = sqlx::query_scalar(there).bind(MODEL).fetch_one(&mut connection).await.expect("counted");
    if there == 0 {
        run(cluster, "create database baari_new_model".into()).await;
        drop(Db::open_postgres(&format!("{cluster}baari_new_model")).await.expect("a new database"));
        // No copy is made of what somebody is at.
        let left = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = 'baari_new_model'";
        while sqlx::query_scalar::<_, i64>(left).fetch_one(&mut connection).await.expect("counted") > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        run(cluster, format!("alter database baari_new_model rename to {MODEL}")).await;
    }
    connection.close().await.expect("closed");
}

async fn connect(cluster: &str) -> PgConnection {
    PgConnection::connect(&format!("{cluster}postgres")).await.expect("the cluster at BAARI_TEST_POSTGRES")
}

async fn run(cluster: &str, sql: String) {
    let mut connection = connect(cluster).await;
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("done");
}
