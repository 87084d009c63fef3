//! The one connection that writes to a SQLite file.
//!
//! It is in no pool: a pool asks a connection after each use whether it still lives, and a slice would wait for that.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Sqlite, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Hands the connection to one transaction after the other, in the order in which they ask.
#[derive(Clone)]
pub struct Writer(Arc<Mutex<SqliteConnection>>);

impl Writer {
    /// Around an open connection.
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self(Arc::new(Mutex::new(connection)))
    }

    /// Closes the connection, unless somebody else still writes through it.
    pub(super) async fn close(self) -> sqlx::Result<()> {
        match Arc::into_inner(self.0) {
            Some(connection) => connection.into_inner().close().await,
            None => Ok(()),
        }
    }

    /// A transaction that writes.
    pub(super) async fn begin(&self) -> sqlx::Result<Writing> {
        // Whoever asks may go away while it begins: from here on it is rolled back then.
        let mut writing = Writing(Some(Arc::clone(&self.0).lock_owned().await));
        // The write lock is taken at once: a transaction that read first could not always get it later.
        sqlx::query("begin immediate").execute(&mut *writing).await?;
        Ok(writing)
    }
}

/// A transaction that writes. Dropped without a commit, it is rolled back before the next one begins.
pub struct Writing(Option<OwnedMutexGuard<SqliteConnection>>);

impl Writing {
    async fn commit(mut self) -> sqlx::Result<()> {
        sqlx::query("commit").execute(&mut *self).await?;
        self.0 = None;
        Ok(())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let Some(mut held) = self.0.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            // Where SQLite has already given the transaction up, there is nothing left to roll back.
            let _ = sqlx::query("rollback").execute(&mut *held).await;
        });
    }
}

impl Deref for Writing {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        self.0.as_deref().expect("held until the commit")
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.0.as_deref_mut().expect("held until the commit")
    }
}

/// A transaction on the file.
pub enum FileTx {
    /// A snapshot that waits for no writer.
    Reading(Transaction<'static, Sqlite>),
    /// The one that writes.
    Writing(Writing),
}

impl FileTx {
    pub(super) async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Reading(tx) => tx.commit().await,
            Self::Writing(tx) => tx.commit().await,
        }
    }
}

impl Deref for FileTx {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Reading(tx) => tx,
            Self::Writing(tx) => tx,
        }
    }
}

impl DerefMut for FileTx {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Reading(tx) => tx,
            Self::Writing(tx) => tx,
        }
    }
}
