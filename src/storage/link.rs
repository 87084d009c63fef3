//! When phones were without the link: one row a silence, written when the phone is heard again. And the PCs of centres.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Tx, on};
use crate::domain::link::GAP;
use crate::domain::moment::Moment;
use crate::domain::place::Scope;
use crate::ids::{CentreId, GateId};

/// A PC of a centre, as it said of itself when it was heard last.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct CentrePc {
    pub id: Uuid,
    pub centre_id: CentreId,
    pub who: String,
    pub heard_at: Moment,
    pub waiting: i64,
    pub oldest_at: Option<Moment>,
    pub refused: i64,
    pub clock_offset: i64,
}

/// A silence that has ended.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct LinkGap {
    pub gate_id: GateId,
    pub centre_id: CentreId,
    pub from_at: Moment,
    pub until_at: Moment,
}

const PC: &str = "select centre_pc.id, centre_pc.centre_id, who, heard_at, waiting, oldest_at, refused, clock_offset from centre_pc ";

impl Tx {
    /// A PC of a centre.
    pub async fn centre_pc(&mut self, id: Uuid) -> sqlx::Result<Option<CentrePc>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(PC);
            sql.push("where id = ").push_bind(id);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// The PCs of a part of the field that were heard since a moment, or did not bring everything; those longest silent first.
    pub async fn centre_pcs(&mut self, scope: Scope, since: Moment) -> sqlx::Result<Vec<CentrePc>> {
        let (zone, centre, district) = scope.columns();
        on!(self, conn, Sql => {
            let mut sql = Sql::new(PC);
            sql.push("join centre on centre.id = centre_pc.centre_id join zone on zone.id = centre.zone_id where (heard_at >= ").push_bind(since);
            sql.push(" or waiting > 0 or refused > 0) and ").push_bind(zone).push(" in (0, centre.zone_id) and ").push_bind(centre);
            sql.push(" in (0, centre.id) and ").push_bind(district).push(" in (0, zone.district_id) order by heard_at, centre_pc.id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Notes what a PC says of itself.
    pub async fn set_centre_pc(&mut self, row: &CentrePc) -> sqlx::Result<()> {
        let sql = "insert into centre_pc (id, centre_id, who, heard_at, waiting, oldest_at, refused, clock_offset) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do update set centre_id = $2, who = $3, heard_at = $4, \
                   waiting = $5, oldest_at = $6, refused = $7, clock_offset = $8";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.centre_id).bind(&row.who).bind(row.heard_at).bind(row.waiting);
            query.bind(row.oldest_at).bind(row.refused).bind(row.clock_offset).execute(conn).await.map(drop)
        })
    }

    /// Forgets the PCs that were heard last before a moment.
    pub async fn forget_centre_pcs(&mut self, before: Moment) -> sqlx::Result<()> {
        on!(self, conn => sqlx::query("delete from centre_pc where heard_at < $1").bind(before).execute(conn).await.map(drop))
    }

    /// Keeps the silence of a phone that is heard again, before its row is changed.
    pub(super) async fn end_link_gap(&mut self, gate: GateId, now: Moment) -> sqlx::Result<()> {
        let sql = "insert into link_gap (gate_id, centre_id, from_at, until_at) select id, centre_id, heard_at, $2 from gate \
                   where id = $1 and heard_at < $3 on conflict (gate_id, from_at) do nothing";
        on!(self, conn => sqlx::query(sql).bind(gate).bind(now).bind(now + -GAP).execute(conn).await.map(drop))
    }

    /// The silences that touch a stretch of time.
    pub async fn link_gaps(&mut self, from: Moment, until: Moment) -> sqlx::Result<Vec<LinkGap>> {
        let sql = "select gate_id, centre_id, from_at, until_at from link_gap where until_at > $1 and from_at < $2";
        on!(self, conn => sqlx::query_as(sql).bind(from).bind(until).fetch_all(conn).await)
    }

    /// How many people were admitted between two moments of whom the server heard only later, by centre.
    pub async fn served_without_link(&mut self, from: Moment, until: Moment) -> sqlx::Result<Vec<(CentreId, i64)>> {
        let sql = "select centre_id, count(*) from scan where server_at >= $1 and server_at < $3 and phone_at >= $1 and phone_at < $2 \
                   and server_at - phone_at > $4 and verdict = 'admitted' and kind in ('scan', 'admit_anyway') group by centre_id";
        on!(self, conn => sqlx::query_as(sql).bind(from).bind(until).bind(until + 86_400).bind(GAP).fetch_all(conn).await)
    }
}
