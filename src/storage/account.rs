//! People who log in, programs with keys.

use sqlx::FromRow;

use super::{Tx, on};
use crate::domain::moment::Moment;
use crate::domain::place::{Role, Scope};
use crate::ids::{AccountId, CentreId, DistrictId, KeyId, ZoneId};

/// The three columns of a scope; which one counts follows from the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow, Default)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct ScopeColumns {
    pub zone_id: Option<ZoneId>,
    pub centre_id: Option<CentreId>,
    pub district_id: Option<DistrictId>,
}

impl From<Scope> for ScopeColumns {
    fn from(scope: Scope) -> Self {
        let none = Self::default();
        match scope {
            Scope::Zone(zone) => Self { zone_id: Some(zone), ..none },
            Scope::Centre(centre) => Self { centre_id: Some(centre), ..none },
            Scope::District(district) => Self { district_id: Some(district), ..none },
            Scope::State => none,
        }
    }
}

impl From<ScopeColumns> for Scope {
    fn from(columns: ScopeColumns) -> Self {
        match columns {
            ScopeColumns { zone_id: Some(zone), .. } => Self::Zone(zone),
            ScopeColumns { centre_id: Some(centre), .. } => Self::Centre(centre),
            ScopeColumns { district_id: Some(district), .. } => Self::District(district),
            _ => Self::State,
        }
    }
}

/// Somebody who logs in.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Account {
    pub id: AccountId,
    pub username: String,
    pub name: String,
    pub role: Role,
    #[sqlx(flatten)]
    pub scope: ScopeColumns,
    pub password_hash: String,
    pub failures: i64,
    pub locked_until: Moment,
}

/// A program that calls the API.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct ApiKey {
    pub id: KeyId,
    pub name: String,
    pub role: Role,
    #[sqlx(flatten)]
    pub scope: ScopeColumns,
}

const ACCOUNT: &str =
    "select account.id, username, account.name, role, zone_id, centre_id, district_id, password_hash, failures, locked_until from account ";

impl Tx {
    /// The account with a user name.
    pub async fn account(&mut self, username: &str) -> sqlx::Result<Option<Account>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(ACCOUNT);
            sql.push("where username = ").push_bind(username);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// All accounts, by user name.
    pub async fn accounts(&mut self) -> sqlx::Result<Vec<Account>> {
        on!(self, conn, Sql => Sql::new(ACCOUNT).push("order by username").build_query_as().fetch_all(conn).await)
    }

    /// The account that a log-in cookie belongs to, while it lasts.
    pub async fn account_by_login(&mut self, secret_hash: &[u8], now: Moment) -> sqlx::Result<Option<Account>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(ACCOUNT);
            sql.push("join login on login.account_id = account.id where login.secret_hash = ").push_bind(secret_hash);
            sql.push(" and login.ends_at > ").push_bind(now);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// Adds an account, or changes name, role and scope of the one with its id. The password is left as it is.
    pub async fn put_account(&mut self, row: &Account) -> sqlx::Result<()> {
        let sql = "insert into account (id, username, name, role, zone_id, centre_id, district_id, password_hash) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do update set name = excluded.name, role = excluded.role, \
                   zone_id = excluded.zone_id, centre_id = excluded.centre_id, district_id = excluded.district_id";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(&row.username).bind(&row.name).bind(row.role).bind(row.scope.zone_id);
            query.bind(row.scope.centre_id).bind(row.scope.district_id).bind(&row.password_hash).execute(conn).await.map(drop)
        })
    }

    /// Sets a new password and ends every log-in of the account; on shared machines, too, it is the password that counts.
    pub async fn set_password(&mut self, id: AccountId, hash: &str) -> sqlx::Result<()> {
        let sql = "update account set password_hash = $2, failures = 0, locked_until = 0 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(id).bind(hash).execute(conn).await.map(drop)?);
        on!(self, conn => sqlx::query("delete from machine where account_id = $1").bind(id).execute(conn).await.map(drop)?);
        on!(self, conn => sqlx::query("delete from login where account_id = $1").bind(id).execute(conn).await.map(drop))
    }

    /// Counts a wrong password; from `most` on, the account is locked until a moment. A lock that is over counts from one again.
    pub async fn count_failure(&mut self, id: AccountId, most: i64, now: Moment, locked_until: Moment) -> sqlx::Result<i64> {
        let sql = "update account set failures = case when locked_until between 1 and $3 then 1 else failures + 1 end, \
                   locked_until = case when locked_until between 1 and $3 then 0 when failures + 1 >= $2 then $4 else locked_until end \
                   where id = $1 returning failures";
        on!(self, conn => sqlx::query_scalar(sql).bind(id).bind(most).bind(now).bind(locked_until).fetch_one(conn).await)
    }

    /// Forgets wrong passwords.
    pub async fn clear_failures(&mut self, id: AccountId) -> sqlx::Result<()> {
        let sql = "update account set failures = 0, locked_until = 0 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(id).execute(conn).await.map(drop))
    }

    /// Remembers a log-in, and forgets those that are over.
    pub async fn add_login(&mut self, secret_hash: &[u8], account: AccountId, now: Moment, ends: Moment) -> sqlx::Result<()> {
        on!(self, conn => sqlx::query("delete from login where ends_at <= $1").bind(now).execute(conn).await.map(drop)?);
        let sql = "insert into login (secret_hash, account_id, ends_at) values ($1, $2, $3)";
        on!(self, conn => sqlx::query(sql).bind(secret_hash).bind(account).bind(ends).execute(conn).await.map(drop))
    }

    /// Ends a log-in.
    pub async fn remove_login(&mut self, secret_hash: &[u8]) -> sqlx::Result<()> {
        on!(self, conn => sqlx::query("delete from login where secret_hash = $1").bind(secret_hash).execute(conn).await.map(drop))
    }

    /// Adds an API key.
    pub async fn add_api_key(&mut self, key: &ApiKey, secret_hash: &[u8], now: Moment) -> sqlx::Result<()> {
        let sql = "insert into api_key (id, name, role, zone_id, centre_id, district_id, secret_hash, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(key.id).bind(&key.name).bind(key.role).bind(key.scope.zone_id).bind(key.scope.centre_id);
            query.bind(key.scope.district_id).bind(secret_hash).bind(now).execute(conn).await.map(drop)
        })
    }

    /// The key with a secret, unless it is revoked.
    pub async fn api_key(&mut self, secret_hash: &[u8]) -> sqlx::Result<Option<ApiKey>> {
        let sql = "select id, name, role, zone_id, centre_id, district_id from api_key where secret_hash = $1 and revoked_at is null";
        on!(self, conn => sqlx::query_as(sql).bind(secret_hash).fetch_optional(conn).await)
    }

    /// Whether a live key has this name.
    pub async fn has_api_key(&mut self, name: &str) -> sqlx::Result<bool> {
        let sql = "select count(*) from api_key where name = $1 and revoked_at is null";
        on!(self, conn => Ok(sqlx::query_scalar::<_, i64>(sql).bind(name).fetch_one(conn).await? > 0))
    }

    /// Revokes a key by its name. False: there is none.
    pub async fn revoke_api_key(&mut self, name: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update api_key set revoked_at = $2 where name = $1 and revoked_at is null";
        on!(self, conn => Ok(sqlx::query(sql).bind(name).bind(now).execute(conn).await?.rows_affected() > 0))
    }
}
