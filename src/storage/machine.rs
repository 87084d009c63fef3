//! PINs, and the machines at which people have logged in today.

use sqlx::FromRow;

use super::{Tx, on};
use crate::domain::moment::Moment;
use crate::ids::AccountId;

/// Somebody who has logged in at a machine today.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Here {
    pub account_id: AccountId,
    pub username: String,
    pub name: String,
    /// The hash of their PIN, if they have set one.
    pub pin: Option<String>,
    pub failures: i64,
}

impl Tx {
    /// Sets somebody's PIN.
    pub async fn set_pin(&mut self, account: AccountId, hash: &str, now: Moment) -> sqlx::Result<()> {
        let sql = "insert into pin (account_id, hash, set_at) values ($1, $2, $3) \
                   on conflict (account_id) do update set hash = excluded.hash, set_at = excluded.set_at";
        on!(self, conn => sqlx::query(sql).bind(account).bind(hash).bind(now).execute(conn).await.map(drop))
    }

    /// Remembers that somebody has logged in at a machine with their password; forgets the machines of other days.
    pub async fn add_machine(&mut self, secret_hash: &[u8], account: AccountId, now: Moment, ends: Moment) -> sqlx::Result<()> {
        on!(self, conn => sqlx::query("delete from machine where ends_at <= $1").bind(now).execute(conn).await.map(drop)?);
        let sql = "insert into machine (secret_hash, account_id, ends_at) values ($1, $2, $3) \
                   on conflict (secret_hash, account_id) do update set ends_at = excluded.ends_at, failures = 0";
        on!(self, conn => sqlx::query(sql).bind(secret_hash).bind(account).bind(ends).execute(conn).await.map(drop))
    }

    /// Who has logged in at a machine today, by name.
    pub async fn people_at(&mut self, secret_hash: &[u8], now: Moment) -> sqlx::Result<Vec<Here>> {
        let sql = "select machine.account_id, username, name, pin.hash as pin, machine.failures from machine \
                   join account on account.id = machine.account_id left join pin on pin.account_id = machine.account_id \
                   where machine.secret_hash = $1 and machine.ends_at > $2 order by name, username";
        on!(self, conn => sqlx::query_as(sql).bind(secret_hash).bind(now).fetch_all(conn).await)
    }

    /// Counts a wrong PIN; returns how many there were in a row.
    pub async fn count_wrong_pin(&mut self, secret_hash: &[u8], account: AccountId) -> sqlx::Result<i64> {
        let sql = "update machine set failures = failures + 1 where secret_hash = $1 and account_id = $2 returning failures";
        on!(self, conn => sqlx::query_scalar(sql).bind(secret_hash).bind(account).fetch_one(conn).await)
    }

    /// Forgets wrong PINs.
    pub async fn clear_wrong_pins(&mut self, secret_hash: &[u8], account: AccountId) -> sqlx::Result<()> {
        let sql = "update machine set failures = 0 where secret_hash = $1 and account_id = $2";
        on!(self, conn => sqlx::query(sql).bind(secret_hash).bind(account).execute(conn).await.map(drop))
    }

    /// How many tokens somebody has issued since a moment.
    pub async fn issued_since(&mut self, actor: &str, since: Moment) -> sqlx::Result<i64> {
        let sql = "select count(*) from token where issued_at >= $2 and issued_by = $1";
        on!(self, conn => sqlx::query_scalar(sql).bind(actor).bind(since).fetch_one(conn).await)
    }
}
