//! Clerks' browsers that issue without a link, and what they brought that does not go together.

use sqlx::FromRow;
use uuid::Uuid;

use super::charge::{PushWhose, Whose};
use super::{Tx, on};
use crate::domain::charge::Matter;
use crate::domain::moment::Moment;
use crate::domain::place::Scope;
use crate::ids::{DeskId, DistrictId, ZoneId};
use crate::words::words;

/// A desk, or the wish to be one.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Desk {
    pub id: DeskId,
    pub zone_id: ZoneId,
    pub name: String,
    pub public: Vec<u8>,
    pub kid: Option<i64>,
    pub asked_at: Moment,
    pub asked_by: String,
    pub approved_at: Option<Moment>,
    pub approved_by: Option<String>,
    pub most: i64,
    pub revoked_at: Option<Moment>,
    pub lost_at: Option<Moment>,
    pub fenced_at: Option<Moment>,
    pub heard_at: Option<Moment>,
    pub waiting: i64,
    pub oldest_at: Option<Moment>,
    pub clock_offset: i64,
    pub pace: i64,
    pub call_id: Option<Uuid>,
    pub word: String,
    pub epoch: Option<String>,
}

impl Desk {
    /// Whether it may get places and issue.
    pub fn is_active(&self) -> bool {
        self.approved_at.is_some() && self.revoked_at.is_none() && self.lost_at.is_none() && self.fenced_at.is_none()
    }
}

words! {
    /// Why somebody must look at what a desk brought.
    TaskKind {
        /// The rules would have refused it, had the desk known: another live token, a dose on record.
        Refused = "refused",
        /// It came after the desk was revoked: no token was made of it.
        Revoked = "revoked",
        /// A token was cancelled after the desk had ended, or before the token itself had come in: it still stands.
        Cancel = "cancel",
        /// Its place had been given back or away: the token stands beside the capacity.
        OverCapacity = "over_capacity",
        /// The desk had given its place back: its memory is wrong.
        Returned = "returned",
        /// The same number was issued twice: the desk's memory is an old copy.
        Twice = "twice",
        /// It cannot be read, or its signature is not the desk's: no token was made of it.
        Unreadable = "unreadable",
        /// The ID that was typed could not be opened: the person stands under the slip's last four characters only.
        NoIdentity = "no_identity",
        /// The desk came with a word that had been used: a copy of its memory is about.
        Copied = "copied",
    }
}

/// What somebody must look at.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct DeskTask {
    pub id: Uuid,
    pub desk_id: DeskId,
    pub kind: TaskKind,
    pub number: i64,
    pub detail: Option<String>,
    pub record: Option<String>,
    pub found_at: Moment,
    pub settled_at: Option<Moment>,
    pub settled_by: Option<String>,
    pub settlement: Option<String>,
}

/// The public key of a desk.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct DeskKeyRow {
    pub kid: i64,
    pub public: Vec<u8>,
    pub revoked: bool,
}

const COLUMNS: &str = "select desk.id, desk.zone_id, desk.name, public, kid, asked_at, asked_by, approved_at, approved_by, most, revoked_at, lost_at, \
     fenced_at, heard_at, waiting, oldest_at, clock_offset, pace, call_id, word, epoch from desk ";

impl Tx {
    /// Writes a wish down.
    pub async fn add_desk(&mut self, desk: &Desk, secret_hash: &[u8]) -> sqlx::Result<()> {
        let sql = "insert into desk (id, zone_id, name, public, secret_hash, asked_at, asked_by, most, word, epoch) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(desk.id).bind(desk.zone_id).bind(&desk.name).bind(&desk.public).bind(secret_hash);
            query.bind(desk.asked_at).bind(&desk.asked_by).bind(desk.most).bind(&desk.word).bind(&desk.epoch).execute(conn).await.map(drop)
        })
    }

    /// The desk whose secret has this hash.
    pub async fn desk_by_secret(&mut self, hash: &[u8]) -> sqlx::Result<Option<Desk>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(COLUMNS);
            sql.push("where secret_hash = ").push_bind(hash);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// A desk, locked for change.
    pub async fn lock_desk(&mut self, id: DeskId) -> sqlx::Result<Option<Desk>> {
        if let Self::Postgres(tx) = self {
            sqlx::query("select 1 from desk where id = $1 for no key update").bind(id).execute(&mut **tx).await?;
        }
        self.desk(id).await
    }

    /// A desk.
    pub async fn desk(&mut self, id: DeskId) -> sqlx::Result<Option<Desk>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(COLUMNS);
            sql.push("where id = ").push_bind(id);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// Desks within a scope: those that wait for approval first, then by zone and name.
    pub async fn desks(&mut self, scope: Scope) -> sqlx::Result<Vec<Desk>> {
        let (zone, _, district) = scope.columns();
        on!(self, conn, Sql => {
            let mut sql = Sql::new(COLUMNS);
            sql.push("join zone on zone.id = desk.zone_id where 1 = 1");
            if zone.0 > 0 { sql.push(" and zone.id = ").push_bind(zone); }
            if district.0 > 0 { sql.push(" and zone.district_id = ").push_bind(district); }
            sql.push(" order by case when approved_at is null then 0 else 1 end, desk.zone_id, desk.name, desk.id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// How many desks share a zone's places: approved, and heard since a moment.
    pub async fn desks_at_work(&mut self, zone: ZoneId, since: Moment) -> sqlx::Result<i64> {
        let sql = "select count(*) from desk where zone_id = $1 and approved_at is not null and revoked_at is null and lost_at is null \
                   and fenced_at is null and coalesce(heard_at, approved_at) >= $2";
        on!(self, conn => sqlx::query_scalar(sql).bind(zone).bind(since).fetch_one(conn).await)
    }

    /// Changes what officers decide of a desk.
    pub async fn put_desk(&mut self, desk: &Desk) -> sqlx::Result<()> {
        let sql = "update desk set name = $2, kid = $3, approved_at = $4, approved_by = $5, most = $6, revoked_at = $7, lost_at = $8, fenced_at = $9 \
                   where id = $1";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(desk.id).bind(&desk.name).bind(desk.kid).bind(desk.approved_at).bind(&desk.approved_by);
            query.bind(desk.most).bind(desk.revoked_at).bind(desk.lost_at).bind(desk.fenced_at).execute(conn).await.map(drop)
        })
    }

    /// Notes what a desk said in a call, and the word that its next one must bring.
    pub async fn heard_desk(&mut self, desk: &Desk) -> sqlx::Result<()> {
        let sql = "update desk set heard_at = $2, waiting = $3, clock_offset = $4, pace = $5, call_id = $6, word = $7, oldest_at = $8, epoch = $9 where id = $1";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(desk.id).bind(desk.heard_at).bind(desk.waiting).bind(desk.clock_offset).bind(desk.pace);
            query.bind(desk.call_id).bind(&desk.word).bind(desk.oldest_at).bind(&desk.epoch).execute(conn).await.map(drop)
        })
    }

    /// The keys of all desks that ever were approved.
    pub async fn desk_keys(&mut self) -> sqlx::Result<Vec<DeskKeyRow>> {
        let sql = "select kid, public, revoked_at is not null as revoked from desk where kid is not null order by kid";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// The same of one district's.
    pub async fn desk_keys_in(&mut self, district: DistrictId) -> sqlx::Result<Vec<DeskKeyRow>> {
        let sql = "select kid, public, revoked_at is not null as revoked from desk join zone on zone.id = desk.zone_id \
                   where kid is not null and zone.district_id = $1 order by kid";
        on!(self, conn => sqlx::query_as(sql).bind(district).fetch_all(conn).await)
    }

    /// Adds a task, once. False: it was there.
    pub async fn add_desk_task(&mut self, task: &DeskTask) -> sqlx::Result<bool> {
        let sql = "insert into desk_task (id, desk_id, kind, number, detail, record, found_at) values ($1, $2, $3, $4, $5, $6, $7) \
                   on conflict (id) do nothing";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(task.id).bind(task.desk_id).bind(task.kind).bind(task.number).bind(&task.detail);
            query.bind(&task.record).bind(task.found_at).execute(conn).await.map(|done| done.rows_affected() == 1)
        })
    }

    /// A task.
    pub async fn desk_task(&mut self, id: Uuid) -> sqlx::Result<Option<DeskTask>> {
        let sql =
            "select id, desk_id, kind, number, detail, record, found_at, settled_at, settled_by, settlement from desk_task where id = $1";
        on!(self, conn => sqlx::query_as(sql).bind(id).fetch_optional(conn).await)
    }

    /// Tasks of desks within a scope that nobody has settled, the newest first.
    pub async fn desk_tasks(&mut self, scope: Scope, whose: Whose<'_>, most: i64) -> sqlx::Result<Vec<DeskTask>> {
        let (zone, _, district) = scope.columns();
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select desk_task.id, desk_id, kind, number, detail, record, found_at, settled_at, settled_by, settlement \
                from desk_task join desk on desk.id = desk_task.desk_id join zone on zone.id = desk.zone_id where desk_task.settled_at is null");
            sql.push_whose(Matter::DeskTask, whose);
            if zone.0 > 0 { sql.push(" and zone.id = ").push_bind(zone); }
            if district.0 > 0 { sql.push(" and zone.district_id = ").push_bind(district); }
            sql.push(" order by found_at desc, desk_task.id limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Settles a task. False: it was settled before.
    pub async fn settle_desk_task(&mut self, id: Uuid, by: &str, how: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update desk_task set settled_at = $2, settled_by = $3, settlement = $4 where id = $1 and settled_at is null";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).bind(now).bind(by).bind(how).execute(conn).await?.rows_affected() == 1))
    }
}
