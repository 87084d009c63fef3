//! Phones at the doors, and the lanes they hold.

use sqlx::FromRow;

use super::{Tx, on};
use crate::domain::moment::Moment;
use crate::ids::{CentreId, GateId};

/// A phone at a door, or the one-time code that will make one.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Gate {
    pub id: GateId,
    pub centre_id: CentreId,
    pub name: String,
    pub enrol_lanes: String,
    pub enrolled_at: Option<Moment>,
    pub revoked_at: Option<Moment>,
    pub heard_at: Option<Moment>,
    pub waiting: i64,
    pub clock_offset: i64,
}

const COLUMNS: &str = "select id, centre_id, name, enrol_lanes, enrolled_at, revoked_at, heard_at, waiting, clock_offset from gate ";

impl Tx {
    /// The gate whose secret has this hash.
    pub async fn gate_by_secret(&mut self, hash: &[u8]) -> sqlx::Result<Option<Gate>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(COLUMNS);
            sql.push("where secret_hash = ").push_bind(hash);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// The gates that are not revoked, by centre and name.
    pub async fn gates(&mut self) -> sqlx::Result<Vec<Gate>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(COLUMNS);
            sql.push("where revoked_at is null order by centre_id, name, id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Prepares a gate that a phone may enrol as, with a one-time code.
    pub async fn add_gate(&mut self, gate: &Gate, code_hash: &[u8], until: Moment) -> sqlx::Result<()> {
        let sql = "insert into gate (id, centre_id, name, enrol_hash, enrol_until, enrol_lanes) values ($1, $2, $3, $4, $5, $6)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(gate.id).bind(gate.centre_id).bind(&gate.name).bind(code_hash).bind(until);
            query.bind(&gate.enrol_lanes).execute(conn).await.map(drop)
        })
    }

    /// Uses a one-time code up. Nothing: it is unknown, used or too old.
    pub async fn enrol(&mut self, code_hash: &[u8], secret_hash: &[u8], now: Moment) -> sqlx::Result<Option<Gate>> {
        let sql = "update gate set enrol_hash = null, secret_hash = $2, enrolled_at = $3 \
                   where enrol_hash = $1 and enrol_until >= $3 and revoked_at is null \
                   returning id, centre_id, name, enrol_lanes, enrolled_at, revoked_at, heard_at, waiting, clock_offset";
        on!(self, conn => sqlx::query_as(sql).bind(code_hash).bind(secret_hash).bind(now).fetch_optional(conn).await)
    }

    /// Notes that a gate was heard of.
    pub async fn heard_gate(&mut self, id: GateId, now: Moment, waiting: i64, clock_offset: i64) -> sqlx::Result<()> {
        let sql = "update gate set heard_at = $2, waiting = $3, clock_offset = $4 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(id).bind(now).bind(waiting).bind(clock_offset).execute(conn).await.map(drop))
    }

    /// Revokes a gate and frees its lanes.
    pub async fn revoke_gate(&mut self, id: GateId, now: Moment) -> sqlx::Result<()> {
        let sql = "update gate set revoked_at = $2, enrol_hash = null where id = $1 and revoked_at is null";
        on!(self, conn => sqlx::query(sql).bind(id).bind(now).execute(conn).await.map(drop)?);
        on!(self, conn => sqlx::query("delete from lane where gate_id = $1").bind(id).execute(conn).await.map(drop))
    }

    /// Who holds each lane of a centre.
    pub async fn lanes_of(&mut self, centre: CentreId) -> sqlx::Result<Vec<(i64, GateId)>> {
        let sql = "select lane, gate_id from lane where centre_id = $1 order by lane";
        on!(self, conn => sqlx::query_as(sql).bind(centre).fetch_all(conn).await)
    }

    /// Gives a lane to a gate; whoever held it loses it.
    pub async fn give_lane(&mut self, centre: CentreId, lane: i64, gate: GateId) -> sqlx::Result<()> {
        let sql = "insert into lane (centre_id, lane, gate_id) values ($1, $2, $3) \
                   on conflict (centre_id, lane) do update set gate_id = excluded.gate_id";
        on!(self, conn => sqlx::query(sql).bind(centre).bind(lane).bind(gate).execute(conn).await.map(drop))
    }
}
