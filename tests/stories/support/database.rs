//! A database of a test's own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

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
        run(&cluster, format!("create database {name}")).await;
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

async fn run(cluster: &str, sql: String) {
    let mut connection = PgConnection::connect(&format!("{cluster}postgres")).await.expect("the cluster at BAARI_TEST_POSTGRES");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("done");
}
