//! Signing keys and other secrets, sealed.

use sqlx::FromRow;

use super::{Tx, on};
use crate::domain::moment::Moment;

/// A signing key as it is stored.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct KeyRow {
    pub kid: i64,
    pub public: Vec<u8>,
    pub sealed: Vec<u8>,
    pub retired_at: Option<Moment>,
}

impl Tx {
    /// All signing keys, oldest first.
    pub async fn signing_keys(&mut self) -> sqlx::Result<Vec<KeyRow>> {
        let sql = "select kid, public, sealed, retired_at from signing_key order by kid";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// Adds a signing key; all older ones sign nothing new from now on.
    pub async fn add_signing_key(&mut self, key: &KeyRow, now: Moment) -> sqlx::Result<()> {
        let retire = "update signing_key set retired_at = $1 where retired_at is null";
        on!(self, conn => sqlx::query(retire).bind(now).execute(conn).await.map(drop)?);
        let sql = "insert into signing_key (kid, public, sealed, made_at) values ($1, $2, $3, $4)";
        on!(self, conn => sqlx::query(sql).bind(key.kid).bind(&key.public).bind(&key.sealed).bind(now).execute(conn).await.map(drop))
    }

    /// A sealed secret.
    pub async fn secret(&mut self, name: &'static str) -> sqlx::Result<Option<Vec<u8>>> {
        on!(self, conn => sqlx::query_scalar("select sealed from secret where name = $1").bind(name).fetch_optional(conn).await)
    }

    /// Stores a sealed secret, unless another process has done so meanwhile.
    pub async fn add_secret(&mut self, name: &'static str, sealed: &[u8]) -> sqlx::Result<()> {
        let sql = "insert into secret (name, sealed) values ($1, $2) on conflict (name) do nothing";
        on!(self, conn => sqlx::query(sql).bind(name).bind(sealed).execute(conn).await.map(drop))
    }
}
