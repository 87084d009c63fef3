//! Phones at the doors, and the lanes they hold.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::{PushIn, write_rows};
use super::{Tx, on};
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
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
    pub oldest_at: Option<Moment>,
    pub clock_offset: i64,
    pub version: String,
    pub moving_to: Option<CentreId>,
    pub asked: i64,
}

impl Gate {
    /// A phone works as this gate.
    pub fn is_active(&self) -> bool {
        self.enrolled_at.is_some() && self.revoked_at.is_none()
    }
}

/// How far the clock of a silent phone may be from ours, in seconds.
const CLOCK_MARGIN: i64 = 15 * 60;

/// The right of one phone to admit a lane.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Lane {
    pub lane: i64,
    pub gate_id: GateId,
    pub epoch: i64,
    pub ends_at: Moment,
    pub to_gate: Option<GateId>,
}

impl Lane {
    /// Whether the grant has ended, whatever the clock of a silent phone may say.
    pub fn has_ended(&self, now: Moment) -> bool {
        self.ends_at + CLOCK_MARGIN < now
    }

    /// Whose it is, or is about to be: its holder has been told, or will be by the next word.
    pub fn next_holder(&self) -> GateId {
        self.to_gate.unwrap_or(self.gate_id)
    }
}

/// A scan that a revoked phone handed over, as it was sent.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct HeldScan {
    pub id: Uuid,
    pub gate_id: GateId,
    pub position: i64,
    pub body: String,
    pub received_at: Moment,
}

const COLUMNS: &str =
    "id, centre_id, name, enrol_lanes, enrolled_at, revoked_at, heard_at, waiting, oldest_at, clock_offset, version, moving_to, asked";

/// Rows of gates by what is pushed after it.
macro_rules! gates {
    ($Sql:ident) => {{
        let mut sql = $Sql::new("select ");
        sql.push(COLUMNS).push(" from gate ");
        sql
    }};
}

impl Tx {
    /// The gate whose secret has this hash.
    pub async fn gate_by_secret(&mut self, hash: &[u8]) -> sqlx::Result<Option<Gate>> {
        on!(self, conn, Sql => {
            let mut sql = gates!(Sql);
            sql.push("where secret_hash = ").push_bind(hash);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// The gate with an id.
    pub async fn gate(&mut self, id: GateId) -> sqlx::Result<Option<Gate>> {
        on!(self, conn, Sql => {
            let mut sql = gates!(Sql);
            sql.push("where id = ").push_bind(id);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// The gates of a centre, revoked ones too, by name.
    pub async fn gates_of(&mut self, centre: CentreId) -> sqlx::Result<Vec<Gate>> {
        on!(self, conn, Sql => {
            let mut sql = gates!(Sql);
            sql.push("where centre_id = ").push_bind(centre).push(" order by name, id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The gates that are not revoked, by centre and name.
    pub async fn gates(&mut self) -> sqlx::Result<Vec<Gate>> {
        on!(self, conn, Sql => {
            let mut sql = gates!(Sql);
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
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update gate set enrol_hash = null, secret_hash = ");
            sql.push_bind(secret_hash).push(", enrolled_at = ").push_bind(now);
            sql.push(" where enrol_hash = ").push_bind(code_hash).push(" and enrol_until >= ").push_bind(now);
            sql.push(" and revoked_at is null returning ").push(COLUMNS);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// Notes that a gate was heard of, and puts the end of its grants off.
    pub async fn heard_gate(&mut self, gate: &Gate, lanes_until: Moment) -> sqlx::Result<()> {
        self.end_link_gap(gate.id, gate.heard_at.unwrap_or_default()).await?;
        on!(self, conn => {
            // Lanes before gates, like whoever asks for a lane.
            let sql = "update lane set ends_at = $2 where gate_id = $1";
            sqlx::query(sql).bind(gate.id).bind(lanes_until).execute(&mut *conn).await?;
            let sql = "update gate set heard_at = $2, waiting = $3, clock_offset = $4, version = $5, oldest_at = $6 where id = $1";
            let query = sqlx::query(sql).bind(gate.id).bind(gate.heard_at).bind(gate.waiting).bind(gate.clock_offset).bind(&gate.version);
            query.bind(gate.oldest_at).execute(conn).await.map(drop)
        })
    }

    /// Gives a gate another name.
    pub async fn rename_gate(&mut self, id: GateId, name: &str) -> sqlx::Result<()> {
        let sql = "update gate set name = $2 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(id).bind(name).execute(conn).await.map(drop))
    }

    /// Revokes a gate. False: it was before.
    pub async fn revoke_gate(&mut self, id: GateId, now: Moment) -> sqlx::Result<bool> {
        let sql = "update gate set revoked_at = $2, enrol_hash = null, moving_to = null where id = $1 and revoked_at is null";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).bind(now).execute(conn).await?.rows_affected() == 1))
    }

    /// Asks a phone to go to another centre; nothing: to stay.
    pub async fn ask_to_move(&mut self, id: GateId, to: Option<CentreId>) -> sqlx::Result<()> {
        let sql = "update gate set moving_to = $2, asked = asked + 1 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(id).bind(to).execute(conn).await.map(drop))
    }

    /// Moves a phone to the centre that it was asked to go to, under a name. False: it is no longer asked, or has gone.
    pub async fn move_gate(&mut self, id: GateId, to: CentreId, name: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "insert into former_gate (gate_id, centre_id, left_at) select id, centre_id, $3 from gate where id = $1 and moving_to = $2 \
                   on conflict (gate_id, centre_id) do update set left_at = excluded.left_at";
        on!(self, conn => sqlx::query(sql).bind(id).bind(to).bind(now).execute(conn).await.map(drop)?);
        let sql = "update gate set centre_id = $2, name = $3, moving_to = null where id = $1 and moving_to = $2";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).bind(to).bind(name).execute(conn).await?.rows_affected() == 1))
    }

    /// The centres where a phone was a gate before.
    pub async fn former_centres(&mut self, id: GateId) -> sqlx::Result<Vec<CentreId>> {
        let sql = "select centre_id from former_gate where gate_id = $1";
        on!(self, conn => sqlx::query_scalar(sql).bind(id).fetch_all(conn).await)
    }

    /// Lets go of what a phone held at a centre that it leaves, and changes the key that it takes with it. Lanes that it was
    /// about to get stay where they are.
    pub async fn leave_centre(&mut self, centre: CentreId, id: GateId) -> sqlx::Result<()> {
        let sql = "update lane set to_gate = null where to_gate = $1";
        on!(self, conn => sqlx::query(sql).bind(id).execute(conn).await.map(drop)?);
        let sql = "update lane set gate_id = null, to_gate = null, epoch = epoch + 1 where gate_id = $1";
        on!(self, conn => sqlx::query(sql).bind(id).execute(conn).await.map(drop)?);
        let sql = "update centre set phones_left = phones_left + 1 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(centre).execute(conn).await.map(drop))
    }

    /// The lanes of a centre that are held.
    pub async fn lanes_of(&mut self, centre: CentreId) -> sqlx::Result<Vec<Lane>> {
        let sql = "select lane, gate_id, epoch, ends_at, to_gate from lane where centre_id = $1 and gate_id is not null order by lane";
        on!(self, conn => sqlx::query_as(sql).bind(centre).fetch_all(conn).await)
    }

    /// The same, and nobody else gives any of them to somebody until this transaction ends.
    pub async fn lock_lanes(&mut self, centre: CentreId) -> sqlx::Result<Vec<Lane>> {
        if let Self::Postgres(tx) = self {
            sqlx::query("select 1 from centre where id = $1 for no key update").bind(centre).execute(&mut **tx).await?;
            sqlx::query("select 1 from lane where centre_id = $1 order by lane for no key update").bind(centre).execute(&mut **tx).await?;
        }
        self.lanes_of(centre).await
    }

    /// Gives a lane to a gate; whoever held it loses it.
    pub async fn give_lane(&mut self, centre: CentreId, lane: i64, gate: GateId, ends: Moment) -> sqlx::Result<()> {
        let sql = "insert into lane (centre_id, lane, gate_id, ends_at) values ($1, $2, $3, $4) on conflict (centre_id, lane) \
                   do update set gate_id = excluded.gate_id, epoch = lane.epoch + 1, ends_at = excluded.ends_at, to_gate = null";
        on!(self, conn => sqlx::query(sql).bind(centre).bind(lane).bind(gate).bind(ends).execute(conn).await.map(drop))
    }

    /// Moves a lane on from an epoch. False: it has moved already.
    pub async fn move_lane(&mut self, centre: CentreId, lane: i64, epoch: i64, to: GateId, ends: Moment) -> sqlx::Result<bool> {
        let sql = "update lane set gate_id = $4, epoch = epoch + 1, ends_at = $5, to_gate = null where centre_id = $1 and lane = $2 and epoch = $3";
        on!(self, conn => {
            let done = sqlx::query(sql).bind(centre).bind(lane).bind(epoch).bind(to).bind(ends).execute(conn).await?;
            Ok(done.rows_affected() == 1)
        })
    }

    /// Moves a lane on from an epoch to whoever its holder was asked to give it to. False: it has moved, or is no longer asked for.
    pub async fn give_up_lane(&mut self, centre: CentreId, lane: i64, epoch: i64, ends: Moment) -> sqlx::Result<bool> {
        let sql = "update lane set gate_id = to_gate, epoch = epoch + 1, ends_at = $4, to_gate = null \
                   where centre_id = $1 and lane = $2 and epoch = $3 and to_gate is not null";
        on!(self, conn => {
            let done = sqlx::query(sql).bind(centre).bind(lane).bind(epoch).bind(ends).execute(conn).await?;
            Ok(done.rows_affected() == 1)
        })
    }

    /// Asks a lane's holder to give it up to another gate; nothing: to keep it.
    pub async fn ask_for_lane(&mut self, centre: CentreId, lane: i64, to: Option<GateId>) -> sqlx::Result<()> {
        let sql = "update lane set to_gate = $3 where centre_id = $1 and lane = $2";
        on!(self, conn => sqlx::query(sql).bind(centre).bind(lane).bind(to).execute(conn).await.map(drop)?);
        let sql = "update gate set asked = asked + 1 where id = (select gate_id from lane where centre_id = $1 and lane = $2)";
        on!(self, conn => sqlx::query(sql).bind(centre).bind(lane).execute(conn).await.map(drop))
    }

    /// Notes that a gate is about to admit. The scan and gate that came before it, is still young and has not been heard of, if any: what
    /// has, is known of the token itself.
    pub async fn intend(
        &mut self,
        number: TokenNumber,
        scan: Uuid,
        gate: GateId,
        now: Moment,
        young: i64,
    ) -> sqlx::Result<Option<(Uuid, GateId)>> {
        let sql = "insert into intent (number, scan_id, gate_id, at) values ($1, $2, $3, $4) on conflict (number) \
                   do update set scan_id = excluded.scan_id, gate_id = excluded.gate_id, at = excluded.at \
                   where intent.scan_id = excluded.scan_id or intent.gate_id = excluded.gate_id or intent.at < $5 \
                   or exists (select 1 from scan where scan.id = intent.scan_id)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(number).bind(scan).bind(gate).bind(now).bind(now + -young);
            if query.execute(&mut *conn).await?.rows_affected() == 1 {
                return Ok(None);
            }
            let sql = "select scan_id, gate_id from intent where number = $1";
            sqlx::query_as(sql).bind(number).fetch_optional(conn).await
        })
    }

    /// Keeps what a revoked phone handed over. What is already there stays.
    pub async fn hold_scans(&mut self, scans: &[HeldScan]) -> sqlx::Result<()> {
        let into = "insert into held_scan (id, gate_id, position, body, received_at) ";
        let skip = " on conflict (id) do nothing";
        write_rows!(self, into, scans, |row| [row.id, row.gate_id, row.position, &row.body, row.received_at], skip).map(drop)
    }

    /// How many scans wait for an officer, by gate.
    pub async fn count_held(&mut self) -> sqlx::Result<Vec<(GateId, i64)>> {
        let sql = "select gate_id, count(*) from held_scan group by gate_id";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// What a revoked phone handed over, in order.
    pub async fn held_scans(&mut self, gate: GateId) -> sqlx::Result<Vec<HeldScan>> {
        let sql = "select id, gate_id, position, body, received_at from held_scan where gate_id = $1 order by position";
        on!(self, conn => sqlx::query_as(sql).bind(gate).fetch_all(conn).await)
    }

    /// Removes what an officer has decided about.
    pub async fn drop_held(&mut self, ids: &[Uuid]) -> sqlx::Result<()> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("delete from held_scan where id");
            sql.push_in(ids);
            sql.build().execute(conn).await.map(drop)
        })
    }
}
