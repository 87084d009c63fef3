//! When phones were without the link: one row a silence, written when the phone is heard again.

use sqlx::FromRow;

use super::{Tx, on};
use crate::domain::link::GAP;
use crate::domain::moment::Moment;
use crate::ids::{CentreId, GateId};

/// A silence that has ended.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct LinkGap {
    pub gate_id: GateId,
    pub centre_id: CentreId,
    pub from_at: Moment,
    pub until_at: Moment,
}

impl Tx {
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
