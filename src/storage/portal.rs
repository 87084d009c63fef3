//! What is known of the portal: when it was down or slow, how fast it is, and how it numbers centres.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Tx, on};
use crate::domain::moment::Moment;
use crate::ids::CentreId;
use crate::words::words;

words! {
    /// What may be wrong with the portal for some time.
    SpellKind {
        /// It does not answer.
        Down = "down",
        /// It answers slowly.
        Slow = "slow",
    }
}

/// Some time in which the portal was down or slow.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Spell {
    pub kind: SpellKind,
    pub began_at: Moment,
    pub ended_at: Option<Moment>,
    pub words: String,
}

/// What the processes measured lately, together.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Measured {
    /// Seconds a record.
    pub record_seconds: f64,
    /// Records a second.
    pub rate: f64,
}

impl Tx {
    /// Notes that the portal is down or slow, unless that is known already.
    pub async fn begin_spell(&mut self, id: Uuid, kind: SpellKind, words: &str, now: Moment) -> sqlx::Result<()> {
        let sql = "insert into portal_spell (id, kind, began_at, words) values ($1, $2, $3, $4) \
             on conflict (kind) where ended_at is null do nothing";
        on!(self, conn => sqlx::query(sql).bind(id).bind(kind).bind(now).bind(words).execute(conn).await.map(drop))
    }

    /// Notes that it is no longer so.
    pub async fn end_spell(&mut self, kind: SpellKind, now: Moment) -> sqlx::Result<()> {
        let sql = "update portal_spell set ended_at = $2 where kind = $1 and ended_at is null";
        on!(self, conn => sqlx::query(sql).bind(kind).bind(now).execute(conn).await.map(drop))
    }

    /// The latest spells, the last one first.
    pub async fn spells(&mut self, most: i64) -> sqlx::Result<Vec<Spell>> {
        let sql = "select kind, began_at, ended_at, words from portal_spell order by began_at desc limit $1";
        on!(self, conn => sqlx::query_as(sql).bind(most).fetch_all(conn).await)
    }

    /// Notes how fast this worker gets records to the portal.
    pub async fn set_pace(&mut self, worker: Uuid, record_seconds: f64, at_once: i64, now: Moment) -> sqlx::Result<()> {
        let sql = "insert into portal_pace (worker, record_seconds, at_once, measured_at) values ($1, $2, $3, $4) \
             on conflict (worker) do update set record_seconds = $2, at_once = $3, measured_at = $4";
        on!(self, conn => sqlx::query(sql).bind(worker).bind(record_seconds).bind(at_once).bind(now).execute(conn).await.map(drop))
    }

    /// How fast all processes together get records to the portal, as measured since some moment.
    pub async fn pace_since(&mut self, since: Moment) -> sqlx::Result<Option<Measured>> {
        let sql = "select avg(record_seconds) as record_seconds, sum(at_once / record_seconds) as rate from portal_pace \
             where measured_at >= $1 having count(*) > 0";
        on!(self, conn => sqlx::query_as(sql).bind(since).fetch_optional(conn).await)
    }

    /// Says what the portal calls a centre.
    pub async fn set_portal_centre(&mut self, centre: CentreId, portal_id: &str) -> sqlx::Result<()> {
        let sql = "insert into portal_centre (centre_id, portal_id) values ($1, $2) on conflict (centre_id) do update set portal_id = $2";
        on!(self, conn => sqlx::query(sql).bind(centre).bind(portal_id).execute(conn).await.map(drop))
    }
}
