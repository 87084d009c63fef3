//! People who log in, programs with keys.

use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::{Tx, on};
use crate::domain::moment::Moment;
use crate::domain::place::{Role, Scope};
use crate::ids::{AccountId, CentreId, DistrictId, KeyId, ZoneId};

/// The three columns of a scope; which one counts follows from the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow, Default, serde::Serialize, serde::Deserialize)]
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
    pub must_change: bool,
    pub closed_at: Option<Moment>,
}

impl Account {
    /// What it is called as the doer of something.
    pub fn actor_name(&self) -> String {
        format!("user:{}", self.username)
    }
}

/// An account as a list shows it.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Listed {
    #[sqlx(flatten)]
    pub account: Account,
    /// How many log-ins of it are open.
    pub logins: i64,
}

/// An account and when its log-in was last seen.
#[derive(FromRow)]
struct Seen {
    #[sqlx(flatten)]
    account: Account,
    seen_at: Moment,
}

/// A log-in that is open.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Login {
    pub id: Uuid,
    pub account_id: AccountId,
    pub began_at: Moment,
    pub seen_at: Moment,
    pub device: String,
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
    pub made_at: Moment,
    pub revoked_at: Option<Moment>,
}

const ACCOUNT: &str = "select account.id, username, account.name, role, zone_id, centre_id, district_id, password_hash, failures, locked_until, \
     must_change, closed_at from account ";

/// The same rows within a district: whoever acts in it, in one of its zones or centres.
const WITHIN: &str = "(account.district_id = $1 or account.zone_id in (select id from zone where zone.district_id = $1) or account.centre_id in \
     (select centre.id from centre join zone on zone.id = centre.zone_id where zone.district_id = $1))";

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

    /// The account with an id.
    pub async fn account_by_id(&mut self, id: AccountId) -> sqlx::Result<Option<Account>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(ACCOUNT);
            sql.push("where account.id = ").push_bind(id);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// Who works at a centre, by name; closed accounts left out.
    pub async fn staff_of(&mut self, centre: CentreId) -> sqlx::Result<Vec<Account>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(ACCOUNT);
            sql.push("where centre_id = ").push_bind(centre).push(" and closed_at is null order by account.name, username");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// A page of accounts by user name, of a district or of all; `like` is part of a name in small letters.
    pub async fn list_accounts(
        &mut self,
        district: Option<DistrictId>,
        like: &str,
        after: &str,
        now: Moment,
        most: i64,
    ) -> sqlx::Result<Vec<Listed>> {
        let like = format!("%{}%", like.replace(['%', '_', '\\'], ""));
        let columns = ACCOUNT.strip_suffix(" from account ").expect("its last words");
        let sql = format!(
            "{columns}, (select count(*) from login where account_id = account.id and ends_at > $2) as logins from account \
             where (coalesce($1, 0) = 0 or {WITHIN}) and username > $3 and (username like $4 or lower(name) like $4) order by username limit $5"
        );
        on!(self, conn => {
            let query = sqlx::query_as(AssertSqlSafe(sql)).bind(district.map_or(0, |district| district.0)).bind(now);
            query.bind(after).bind(like).bind(most).fetch_all(conn).await
        })
    }

    /// The log-in that a cookie belongs to, while it lasts: its account, and when it was last seen.
    pub async fn account_by_login(&mut self, secret_hash: &[u8], now: Moment) -> sqlx::Result<Option<(Account, Moment)>> {
        let found: Option<Seen> = on!(self, conn, Sql => {
            let mut sql = Sql::new(ACCOUNT.strip_suffix(" from account ").expect("its last words"));
            sql.push(", seen_at from account join login on login.account_id = account.id where login.secret_hash = ").push_bind(secret_hash);
            sql.push(" and login.ends_at > ").push_bind(now);
            sql.build_query_as().fetch_optional(conn).await?
        });
        Ok(found.map(|found| (found.account, found.seen_at)))
    }

    /// Notes that a log-in was used.
    pub async fn see_login(&mut self, secret_hash: &[u8], now: Moment) -> sqlx::Result<()> {
        let sql = "update login set seen_at = $2 where secret_hash = $1";
        on!(self, conn => sqlx::query(sql).bind(secret_hash).bind(now).execute(conn).await.map(drop))
    }

    /// The open log-ins of an account, the one used last first.
    pub async fn logins_of(&mut self, account: AccountId, now: Moment) -> sqlx::Result<Vec<Login>> {
        let sql =
            "select id, account_id, began_at, seen_at, device from login where account_id = $1 and ends_at > $2 order by seen_at desc, id";
        on!(self, conn => sqlx::query_as(sql).bind(account).bind(now).fetch_all(conn).await)
    }

    /// Ends one log-in of an account. False: it is over already.
    pub async fn end_login(&mut self, account: AccountId, id: Uuid) -> sqlx::Result<bool> {
        let sql = "delete from login where account_id = $1 and id = $2";
        on!(self, conn => Ok(sqlx::query(sql).bind(account).bind(id).execute(conn).await?.rows_affected() == 1))
    }

    /// Lets nobody log in with an account any more and ends its log-ins, or opens it again.
    pub async fn set_closed(&mut self, id: AccountId, closed_at: Option<Moment>) -> sqlx::Result<()> {
        let sql = "update account set closed_at = $2 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(id).bind(closed_at).execute(conn).await.map(drop)?);
        on!(self, conn => sqlx::query("delete from machine where account_id = $1").bind(id).execute(conn).await.map(drop)?);
        on!(self, conn => sqlx::query("delete from login where account_id = $1").bind(id).execute(conn).await.map(drop))
    }

    /// Adds an account, or changes name, role and scope of the one with its id. The password is left as it is.
    pub async fn put_account(&mut self, row: &Account) -> sqlx::Result<()> {
        let sql = "insert into account (id, username, name, role, zone_id, centre_id, district_id, password_hash, must_change) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do update set name = excluded.name, role = excluded.role, \
                   zone_id = excluded.zone_id, centre_id = excluded.centre_id, district_id = excluded.district_id";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(&row.username).bind(&row.name).bind(row.role).bind(row.scope.zone_id);
            query.bind(row.scope.centre_id).bind(row.scope.district_id).bind(&row.password_hash).bind(row.must_change).execute(conn).await.map(drop)
        })
    }

    /// Sets a new password and ends every log-in of the account, on shared machines too. One that somebody else made must be changed first.
    pub async fn set_password(&mut self, id: AccountId, hash: &str, must_change: bool) -> sqlx::Result<()> {
        let sql = "update account set password_hash = $2, must_change = $3, failures = 0, locked_until = 0 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(id).bind(hash).bind(must_change).execute(conn).await.map(drop)?);
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
    pub async fn add_login(&mut self, secret_hash: &[u8], login: &Login, ends: Moment) -> sqlx::Result<()> {
        let now = login.began_at;
        on!(self, conn => sqlx::query("delete from login where ends_at <= $1").bind(now).execute(conn).await.map(drop)?);
        let sql = "insert into login (secret_hash, id, account_id, began_at, seen_at, device, ends_at) values ($1, $2, $3, $4, $5, $6, $7)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(secret_hash).bind(login.id).bind(login.account_id).bind(now).bind(login.seen_at);
            query.bind(&login.device).bind(ends).execute(conn).await.map(drop)
        })
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
        let sql = "select id, name, role, zone_id, centre_id, district_id, made_at, revoked_at from api_key where secret_hash = $1 and revoked_at is null";
        on!(self, conn => sqlx::query_as(sql).bind(secret_hash).fetch_optional(conn).await)
    }

    /// The live key of this name.
    pub async fn api_key_named(&mut self, name: &str) -> sqlx::Result<Option<KeyId>> {
        let sql = "select id from api_key where name = $1 and revoked_at is null";
        on!(self, conn => sqlx::query_scalar(sql).bind(name).fetch_optional(conn).await)
    }

    /// The live keys and the last that were revoked, the newest first, of a district or of all.
    pub async fn api_keys(&mut self, district: Option<DistrictId>) -> sqlx::Result<Vec<ApiKey>> {
        let sql = format!(
            "select id, name, role, zone_id, centre_id, district_id, made_at, revoked_at from api_key where coalesce($1, 0) = 0 or {} \
             order by (case when revoked_at is null then 0 else 1 end), id desc limit (select count(*) + 50 from api_key where revoked_at is null)",
            WITHIN.replace("account.", "api_key.")
        );
        on!(self, conn => sqlx::query_as(AssertSqlSafe(sql)).bind(district.map_or(0, |district| district.0)).fetch_all(conn).await)
    }

    /// Revokes a key. False: it is revoked already.
    pub async fn revoke_api_key(&mut self, id: KeyId, now: Moment) -> sqlx::Result<bool> {
        let sql = "update api_key set revoked_at = $2 where id = $1 and revoked_at is null";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).bind(now).execute(conn).await?.rows_affected() > 0))
    }
}
