//! What `baari doctor` asks the database. It only reads, all of it in one snapshot, beside whatever servers are running.

use std::path::Path;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions, FromRow};

use super::file::FileTx;
use super::{MIGRATIONS, OpenError, Tx, on};
use crate::domain::moment::{Day, Moment};
use crate::domain::place::Owner;

/// How many faults of a kind are named.
const NAMED: i64 = 5;

/// A database as it says of itself.
#[derive(Debug)]
pub struct Engine {
    /// Its name and version.
    pub version: String,
    /// What it finds wrong in its own pages, or how it is set so that what was answered may be lost.
    pub faults: Vec<String>,
}

/// How the tables stand to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// As this program made them, in so many steps.
    Current(usize),
    /// There are none.
    None,
    /// A server of this program would bring them up to date.
    Old,
    /// A newer program, or another one, made them.
    Other,
}

/// A count of a slot or a share that is not what was counted.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Miscount {
    pub code: String,
    pub day: Day,
    pub call: i64,
    /// Absent: the whole slot.
    pub owner: Option<Owner>,
    pub capacity: i64,
    /// What must be the same as `capacity`.
    pub shared: i64,
    pub taken: i64,
    /// What must be the same as `taken`.
    pub counted: i64,
}

/// What waits and has waited for too long, or simply how much of it there is.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Waiting {
    pub doses_waiting: i64,
    pub doses_overdue: i64,
    pub doses_refused: i64,
    pub doses_closed: i64,
    pub messages_waiting: i64,
    pub messages_stuck: i64,
    pub messages_open: i64,
    pub gateways_down: i64,
    pub phones_waiting: i64,
    pub phones_silent: i64,
    pub held_scans: i64,
    pub conflicts: i64,
    pub desks_waiting: i64,
    pub desk_tasks: i64,
    pub moves: i64,
    /// Centres whose list of changes goes on beyond their own count: their phones would miss the next ones.
    pub changes_ahead: i64,
}

/// Every share beside what is counted of tokens that stand and places that are lent.
const SHARES: &str = "with held (slot_id, owner, places) as (\
     select slot_id, owner, count(*) from token where state <> 'cancelled' and not over_capacity group by slot_id, owner union all \
     select slot_id, owner, count(*) from leased where state = 'held' group by slot_id, owner), \
     counted (slot_id, owner, places) as (select slot_id, owner, sum(places) from held group by slot_id, owner) \
     select centre.code, slot.day, slot.call, share.owner, share.capacity, share.capacity as shared, share.taken, \
     cast(coalesce(counted.places, 0) as bigint) as counted \
     from share join slot on slot.id = share.slot_id join centre on centre.id = slot.centre_id \
     left join counted on counted.slot_id = share.slot_id and counted.owner = share.owner \
     where share.taken <> coalesce(counted.places, 0) or share.taken not between 0 and share.capacity \
     order by slot.day, centre.code, slot.call, share.owner limit $1";

/// Every slot beside its shares.
const SLOTS: &str = "with shared (slot_id, capacity, taken) as (select slot_id, sum(capacity), sum(taken) from share group by slot_id) \
     select centre.code, slot.day, slot.call, cast(null as text) as owner, slot.capacity, cast(coalesce(shared.capacity, 0) as bigint) as shared, \
     slot.taken, cast(coalesce(shared.taken, 0) as bigint) as counted \
     from slot join centre on centre.id = slot.centre_id left join shared on shared.slot_id = slot.id \
     where slot.taken <> coalesce(shared.taken, 0) or slot.capacity <> coalesce(shared.capacity, 0) or slot.taken not between 0 and slot.capacity \
     order by slot.day, centre.code, slot.call limit $1";

/// Numbers and serials that were given out more than once, or beyond the last one that counts as given out.
const TWICE: [&str; 5] = [
    "select 'number ' || number || ' belongs to ' || count(*) || ' tokens' from token group by number having count(*) > 1 limit $1",
    "select 'serial ' || serial || ' of slot ' || slot_id || ' belongs to ' || count(*) || ' tokens' from token \
     group by slot_id, serial having count(*) > 1 limit $1",
    "select 'serial ' || leased.serial || ' of slot ' || leased.slot_id || ' is lent as ' || leased.number || ' and belongs to ' || token.number \
     from leased join token on token.slot_id = leased.slot_id and token.serial = leased.serial where token.number <> leased.number limit $1",
    "select 'number ' || leased.number || ' is lent, and a token stands for it' from leased join token on token.number = leased.number \
     where leased.state = 'held' limit $1",
    "select 'slot ' || id || ' has given out ' || serials || ' serials, and a token has number ' || last from slot join \
     (select slot_id, max(serial) as last from token group by slot_id) as given on given.slot_id = slot.id where last > serials limit $1",
];

const WAITING: &str = "select \
     (select count(*) from upload where state = 'waiting') as doses_waiting, \
     (select count(*) from upload where state = 'waiting' and due_at < $1) as doses_overdue, \
     (select count(*) from upload where state = 'refused') as doses_refused, \
     (select count(*) from upload where state = 'closed') as doses_closed, \
     (select count(*) from message where state = 'waiting' and send_at <= $1) as messages_waiting, \
     (select count(*) from message where state = 'waiting' and send_at < $2) \
     + (select count(*) from message where state = 'sending' and leased_until < $2) as messages_stuck, \
     (select count(*) from message where told_at is null and (state in ('failed', 'expired', 'no_phone') \
     or (state = 'outbox' and expires_at > $1))) as messages_open, \
     (select count(*) from gateway_down) as gateways_down, \
     (select cast(coalesce(sum(waiting), 0) as bigint) from gate where revoked_at is null) as phones_waiting, \
     (select count(*) from gate where enrolled_at is not null and revoked_at is null and waiting > 0 and heard_at < $2) as phones_silent, \
     (select count(*) from held_scan) as held_scans, \
     (select count(*) from conflict where settled_at is null) as conflicts, \
     (select cast(coalesce(sum(waiting), 0) as bigint) from desk where revoked_at is null) as desks_waiting, \
     (select count(*) from desk_task where settled_at is null) as desk_tasks, \
     (select count(*) from move_job where finished_at is null and asked_at < $2) as moves, \
     (select count(*) from centre where changed < (select max(change.changed) from change where change.centre_id = centre.id)) as changes_ahead";

impl Tx {
    /// A snapshot of a file as it is: nothing is made, and nothing is brought up to date.
    pub async fn look_at_file(file: &Path) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .read_only(true)
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-65536")
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        Ok(Self::Sqlite(FileTx::Reading(pool.begin().await?)))
    }

    /// The same of a database on a cluster.
    pub async fn look_at_cluster(url: &str) -> Result<Self, OpenError> {
        let pool =
            PgPoolOptions::new().max_connections(1).connect_with(url.parse::<PgConnectOptions>()?.disable_statement_logging()).await?;
        Ok(Self::Postgres(pool.begin_with("begin isolation level repeatable read read only").await?))
    }

    /// What the database says of itself. A file goes through all of its pages.
    pub async fn engine(&mut self) -> sqlx::Result<Engine> {
        match self {
            Self::Sqlite(tx) => {
                let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&mut **tx).await?;
                let mut faults: Vec<String> = sqlx::query_scalar("pragma integrity_check(5)").fetch_all(&mut **tx).await?;
                faults.retain(|fault| fault != "ok");
                let orphans = "select \"table\" || ': ' || count(*) || ' rows point at a row of ' || parent || ' that is not there' \
                               from pragma_foreign_key_check group by \"table\", parent";
                faults.extend(sqlx::query_scalar::<_, String>(orphans).fetch_all(&mut **tx).await?);
                Ok(Engine { version: format!("SQLite {version}"), faults })
            }
            Self::Postgres(tx) => {
                let version: String = sqlx::query_scalar("select current_setting('server_version')").fetch_one(&mut **tx).await?;
                let off = "select name || ' is off: what was answered may be lost with the power' from pg_settings \
                           where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off' order by name";
                let faults = sqlx::query_scalar(off).fetch_all(&mut **tx).await?;
                Ok(Engine { version: format!("PostgreSQL {version}"), faults })
            }
        }
    }

    /// How the tables stand to this program.
    pub async fn tables(&mut self) -> sqlx::Result<Tables> {
        let is_there: bool = match self {
            Self::Sqlite(tx) => {
                let sql = "select exists (select 1 from sqlite_master where name = '_sqlx_migrations')";
                sqlx::query_scalar(sql).fetch_one(&mut **tx).await?
            }
            Self::Postgres(tx) => sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(&mut **tx).await?,
        };
        if !is_there {
            return Ok(Tables::None);
        }
        let sql = "select version, checksum from _sqlx_migrations where success order by version";
        let done: Vec<(i64, Vec<u8>)> = on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await?);
        let ours: Vec<_> = MIGRATIONS.iter().map(|step| (step.version, step.checksum.to_vec())).collect();
        Ok(match () {
            () if done == ours => Tables::Current(ours.len()),
            () if done.iter().all(|step| ours.contains(step)) => Tables::Old,
            () => Tables::Other,
        })
    }

    /// Slots and shares whose counts are not what is there.
    pub async fn miscounts(&mut self) -> sqlx::Result<Vec<Miscount>> {
        let mut found: Vec<Miscount> = on!(self, conn => sqlx::query_as(SHARES).bind(NAMED).fetch_all(conn).await?);
        found.extend::<Vec<Miscount>>(on!(self, conn => sqlx::query_as(SLOTS).bind(NAMED).fetch_all(conn).await?));
        Ok(found)
    }

    /// What was given out twice, a line each.
    pub async fn given_twice(&mut self) -> sqlx::Result<Vec<String>> {
        let mut found = Vec::new();
        for sql in TWICE {
            found.extend::<Vec<String>>(on!(self, conn => sqlx::query_scalar(sql).bind(NAMED).fetch_all(conn).await?));
        }
        Ok(found)
    }

    /// What waits now, and what should have been done before `late`.
    pub async fn waiting_for_anything(&mut self, now: Moment, late: Moment) -> sqlx::Result<Waiting> {
        on!(self, conn => sqlx::query_as(WAITING).bind(now).bind(late).fetch_one(conn).await)
    }

    /// When anything was written last.
    pub async fn newest(&mut self) -> sqlx::Result<Option<Moment>> {
        let sql = "select max(at) from (select max(at) as at from journal union all select max(server_at) from scan \
                   union all select max(at) from alive) as last";
        on!(self, conn => sqlx::query_scalar(sql).fetch_one(conn).await)
    }
}
