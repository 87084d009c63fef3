//! Stopped sessions whose people are moved.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::{PushIn, write_rows};
use super::token::{NewToken, Token};
use super::{Tx, on};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::ids::{CentreId, MoveId, SessionId, ZoneId};
use crate::words::words;

words! {
    /// Why a session is stopped.
    StopReason {
        /// The vaccine did not come.
        NoVaccine = "no_vaccine",
        /// The power is out.
        NoPower = "no_power",
        /// Rain, or water in the centre.
        Rain = "rain",
        /// Too few people to vaccinate.
        NoStaff = "no_staff",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// What became of somebody who had to move.
    Outcome {
        /// The turn is still to come.
        Waiting = "waiting",
        /// Has another place.
        Moved = "moved",
        /// No place was found.
        Unplaced = "unplaced",
        /// Entered, cancelled or moved by somebody else meanwhile.
        Gone = "gone",
    }
}

/// A session's move: it was stopped, or has fewer places.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct MoveJob {
    pub id: MoveId,
    pub session_id: SessionId,
    pub reason: StopReason,
    pub asked_at: Moment,
    pub asked_by: String,
    pub listed_at: Option<Moment>,
    pub finished_at: Option<Moment>,
    /// Everybody leaves; else the session goes on with fewer places, and the last of its people leave.
    pub stops: bool,
    // What the session is.
    pub centre_id: CentreId,
    pub zone_id: ZoneId,
    pub day: Day,
    pub opens: Moment,
    pub closes: Moment,
}

/// Somebody who has to move, as their slip says.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct MovePerson {
    pub number: TokenNumber,
    pub turn: i64,
    pub call: i64,
    pub serial: i64,
    pub starts: Moment,
}

/// Somebody who had to move, with the token as it now stands.
#[derive(Debug, Clone, FromRow)]
pub struct MoveFound {
    /// As their old slip says.
    pub old_call: i64,
    /// The same.
    pub old_serial: i64,
    /// The same.
    pub old_starts: Moment,
    /// What became of them.
    pub outcome: Outcome,
    /// The token.
    #[sqlx(flatten)]
    pub token: Token,
}

const JOB: &str = "select move_job.id, session_id, reason, asked_at, asked_by, listed_at, finished_at, stops, session.centre_id, centre.zone_id, \
     session.day, session.opens, session.closes from move_job join session on session.id = move_job.session_id \
     join centre on centre.id = session.centre_id ";

impl Tx {
    /// Adds a move: of everybody, as the session `stops`, or of those who are listed with it.
    pub async fn add_move(
        &mut self,
        id: MoveId,
        session: SessionId,
        (reason, stops): (StopReason, bool),
        by: &str,
        now: Moment,
    ) -> sqlx::Result<()> {
        let sql = "insert into move_job (id, session_id, reason, stops, asked_at, asked_by) values ($1, $2, $3, $4, $5, $6)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(id).bind(session).bind(reason).bind(stops).bind(now).bind(by);
            query.execute(conn).await.map(drop)
        })
    }

    /// A move.
    pub async fn move_job(&mut self, id: MoveId) -> sqlx::Result<Option<MoveJob>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(JOB);
            sql.push("where move_job.id = ").push_bind(id);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// A session's moves, the last first.
    pub async fn moves_of(&mut self, session: SessionId) -> sqlx::Result<Vec<MoveJob>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(JOB);
            sql.push("where session_id = ").push_bind(session).push(" order by asked_at desc, move_job.id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Takes the oldest unfinished move that nobody is at.
    pub async fn lease_move(&mut self, worker: Uuid, now: Moment, until: Moment) -> sqlx::Result<Option<MoveJob>> {
        let sql = "update move_job set leased_by = $1, leased_until = $3 where leased_until < $2 and finished_at is null and id = \
                   (select id from move_job where finished_at is null and leased_until < $2 order by asked_at limit 1) returning id";
        let id: Option<MoveId> = on!(self, conn => sqlx::query_scalar(sql).bind(worker).bind(now).bind(until).fetch_optional(conn).await?);
        match id {
            Some(id) => self.move_job(id).await,
            None => Ok(None),
        }
    }

    /// Puts a lease off. False: somebody else is at it.
    pub async fn keep_move(&mut self, id: MoveId, worker: Uuid, until: Moment) -> sqlx::Result<bool> {
        let sql = "update move_job set leased_until = $3 where id = $1 and leased_by = $2 and finished_at is null";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).bind(worker).bind(until).execute(conn).await?.rows_affected() == 1))
    }

    /// Writes people down who have to move. Those who are there already stay as they are.
    pub async fn add_move_people(&mut self, id: MoveId, people: &[MovePerson]) -> sqlx::Result<()> {
        let into = "insert into move_person (move_id, number, turn, call, serial, starts, outcome) ";
        let skip = " on conflict (move_id, number) do nothing";
        write_rows!(self, into, people, |row| [id, row.number, row.turn, row.call, row.serial, row.starts, Outcome::Waiting], skip)
            .map(drop)
    }

    /// Notes that everybody is written down.
    pub async fn set_move_listed(&mut self, id: MoveId, now: Moment) -> sqlx::Result<()> {
        let sql = "update move_job set listed_at = $2 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(id).bind(now).execute(conn).await.map(drop))
    }

    /// Notes that everybody has had a turn, and ends the lease.
    pub async fn set_move_finished(&mut self, id: MoveId, now: Moment) -> sqlx::Result<()> {
        let sql = "update move_job set finished_at = $2, leased_until = 0 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(id).bind(now).execute(conn).await.map(drop))
    }

    /// Whose turn it is, in order.
    pub async fn waiting_to_move(&mut self, id: MoveId, most: i64) -> sqlx::Result<Vec<MovePerson>> {
        let sql = "select number, turn, call, serial, starts from move_person where move_id = $1 and outcome = 'waiting' order by turn, number limit $2";
        on!(self, conn => sqlx::query_as(sql).bind(id).bind(most).fetch_all(conn).await)
    }

    /// Nobody who still waits for another place has to move any more.
    pub async fn keep_the_rest(&mut self, id: MoveId) -> sqlx::Result<()> {
        let sql = "update move_person set outcome = 'gone' where move_id = $1 and outcome = 'waiting'";
        on!(self, conn => sqlx::query(sql).bind(id).execute(conn).await.map(drop))
    }

    /// Notes what became of people.
    pub async fn set_outcomes(&mut self, id: MoveId, outcomes: &[(TokenNumber, Outcome)]) -> sqlx::Result<()> {
        on!(self, conn, Sql => {
            for outcome in Outcome::ALL {
                let of: Vec<_> = outcomes.iter().filter(|(_, own)| own == outcome).map(|(number, _)| *number).collect();
                if !of.is_empty() {
                    let mut sql = Sql::new("update move_person set outcome = ");
                    sql.push_bind(*outcome).push(" where move_id = ").push_bind(id).push(" and number").push_in(&of);
                    sql.build().execute(&mut *conn).await?;
                }
            }
            Ok(())
        })
    }

    /// How many people of a move have come how far.
    pub async fn count_outcomes(&mut self, id: MoveId) -> sqlx::Result<Vec<(Outcome, i64)>> {
        let sql = "select outcome, count(*) from move_person where move_id = $1 group by outcome";
        on!(self, conn => sqlx::query_as(sql).bind(id).fetch_all(conn).await)
    }

    /// Moves tokens to other slots: each a higher revision and a new signature.
    pub async fn move_tokens(&mut self, tokens: &[(NewToken, i64)], now: Moment) -> sqlx::Result<()> {
        write_rows!(
            self,
            "with moved (number, centre_id, slot_id, owner, serial, revision, cose, vaccine) as (",
            tokens,
            |row| [row.0.number, row.0.centre_id, row.0.slot_id, row.0.owner, row.0.serial, row.1, &row.0.cose, row.0.vaccine],
            format!(
                ") update token set centre_id = moved.centre_id, slot_id = moved.slot_id, owner = moved.owner, serial = moved.serial, over_capacity = false, \
                 revision = moved.revision, cose = moved.cose, vaccine = moved.vaccine, revised_at = {} from moved where token.number = moved.number",
                now.0
            )
        )
        .map(drop)
    }
}
