//! The hall: who waits in it, and who was called where.

use sqlx::FromRow;

use super::rows::{Dialect, PushIn};
use super::{Tx, on};
use crate::domain::care::Needs;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::person::Name;
use crate::domain::queue::{PACE_WINDOW, Pace, Stage, TurnState, Waiting, goes_ahead, in_order};
use crate::ids::CentreId;

/// The last word about somebody's turn.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Turn {
    pub number: TokenNumber,
    pub centre_id: CentreId,
    pub day: Day,
    pub stage: Stage,
    pub state: TurnState,
    pub counter: i64,
    pub times: i64,
    pub called_at: Moment,
    pub since: Moment,
    pub by_whom: String,
}

/// Somebody who has entered and has no dose yet.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct InHall {
    pub number: TokenNumber,
    pub call: i64,
    pub serial: i64,
    pub minutes: i64,
    pub day: Day,
    /// Whose token it is; another's where somebody was let in with it.
    pub centre_id: CentreId,
    pub admitted_at: Moment,
    pub late: bool,
    pub name: Name,
    pub birth_year: i64,
    pub needs: Needs,
    /// What somebody at the centre said about going ahead; absent: age and needs say it.
    pub let_ahead: Option<bool>,
    pub dose: i64,
    pub stage: Option<Stage>,
    pub state: Option<TurnState>,
    pub counter: Option<i64>,
    pub times: Option<i64>,
    pub called_at: Option<Moment>,
}

impl InHall {
    /// What is called.
    pub fn call_number(&self) -> CallNumber {
        CallNumber { slot: self.call, serial: self.serial }
    }

    /// Whether they are let ahead.
    pub fn is_ahead(&self) -> bool {
        self.let_ahead.unwrap_or_else(|| goes_ahead(self.day.year() - self.birth_year, &self.needs))
    }

    /// Whether they wait to be called to a stage. Where nobody looks at papers first, everybody waits for the dose.
    pub fn waits_for(&self, stage: Stage, checking: bool) -> bool {
        match (self.stage, self.state) {
            (None, _) => stage == if checking { Stage::Check } else { Stage::Dose },
            (Some(Stage::Check), Some(TurnState::Passed)) => stage == Stage::Dose,
            _ => false,
        }
    }

    /// As the queue sees them.
    pub fn waiting(&self) -> Waiting {
        Waiting {
            number: self.number,
            call: self.call_number(),
            entered: self.admitted_at,
            ahead: self.is_ahead(),
            late: self.late.then_some(self.minutes * 60),
        }
    }
}

/// Everybody in a hall in one order: who is called, who waits, as they will be called, and who was called and did not come. Who has
/// passed the papers stands before who has not.
pub fn in_line(hall: &[InHall], checking: bool) -> Vec<&InHall> {
    let stands = |state| hall.iter().filter(move |person| person.state == Some(state));
    let mut line: Vec<_> = stands(TurnState::Called).collect();
    line.sort_by_key(|person| person.called_at);
    line.extend(waiting_line(hall, checking));
    line.extend(stands(TurnState::Missed));
    line
}

/// Those of a hall who wait, as they will be called.
pub fn waiting_line(hall: &[InHall], checking: bool) -> Vec<&InHall> {
    let of = |stage| {
        let mut waiting: Vec<_> = hall.iter().filter(|person| person.waits_for(stage, checking)).map(InHall::waiting).collect();
        in_order(&mut waiting);
        waiting.into_iter().filter_map(|next| hall.iter().find(|person| person.number == next.number))
    };
    of(Stage::Dose).chain(of(Stage::Check)).collect()
}

/// A call, as the display shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct CallRow {
    pub call: i64,
    pub serial: i64,
    pub counter: i64,
    pub stage: Stage,
    pub times: i64,
    pub called_at: Moment,
}

impl Tx {
    /// Makes this transaction the only one that calls people at a centre.
    pub async fn lock_hall(&mut self, centre: CentreId) -> sqlx::Result<()> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id from centre where id = ");
            sql.push_bind(centre).push(Sql::FOR_UPDATE);
            sql.build().execute(conn).await.map(drop)
        })
    }

    /// Who has entered a centre on a day and has no dose yet, also on another centre's token; who entered elsewhere is not here.
    pub async fn in_hall(&mut self, centre: CentreId, day: Day) -> sqlx::Result<Vec<InHall>> {
        let columns = "select token.number, slot.call, token.serial, slot.minutes, slot.day, token.centre_id, token.admitted_at, \
                       coalesce(scan.late, false) as late, beneficiary.name, beneficiary.birth_year, beneficiary.needs, ahead.ahead as let_ahead, \
                       token.dose, turn.stage, turn.state, turn.counter, turn.times, turn.called_at";
        let joins = "join beneficiary on beneficiary.id = token.beneficiary_id left join scan on scan.id = token.admitted_by \
                     left join ahead on ahead.number = token.number left join turn on turn.number = token.number and turn.day = $2";
        let sql = format!(
            "{columns} from slot join token on token.slot_id = slot.id {joins} \
             where slot.centre_id = $1 and slot.day = $2 and token.state = 'admitted' and token.admitted_at is not null \
             and coalesce(scan.centre_id, $1) = $1 union all \
             {columns} from conflict join token on token.number = conflict.number and token.admitted_by = conflict.scan_id \
             join slot on slot.id = token.slot_id {joins} \
             where conflict.centre_id = $1 and conflict.found_at >= $3 and token.centre_id <> $1 and token.state = 'admitted' \
             and token.admitted_at is not null order by admitted_at"
        );
        let sql = sqlx::AssertSqlSafe(sql);
        on!(self, conn => sqlx::query_as(sql).bind(centre).bind(day).bind(day.start()).fetch_all(conn).await)
    }

    /// Whether papers are looked at before the dose at a centre on a day.
    pub async fn is_checking(&mut self, centre: CentreId, day: Day) -> sqlx::Result<bool> {
        let sql = "select count(*) from turn where centre_id = $1 and day = $2 and stage = 'check'";
        let calls: i64 = on!(self, conn => sqlx::query_scalar(sql).bind(centre).bind(day).fetch_one(conn).await?);
        Ok(calls > 0)
    }

    /// Lets somebody go ahead in the hall, or not: the last word counts.
    pub async fn set_ahead(&mut self, number: TokenNumber, ahead: bool, by: &str, now: Moment) -> sqlx::Result<()> {
        let sql = "insert into ahead (number, ahead, at, by_whom) values ($1, $2, $3, $4) \
                   on conflict (number) do update set ahead = $2, at = $3, by_whom = $4";
        on!(self, conn => sqlx::query(sql).bind(number).bind(ahead).bind(now).bind(by).execute(conn).await.map(drop))
    }

    /// Stores the last word about somebody's turn; calls get the next running number.
    pub async fn put_turn(&mut self, turn: &Turn) -> sqlx::Result<()> {
        let seq = self.take_numbers("call", 1).await?;
        let sql = "insert into turn (number, centre_id, day, stage, state, counter, times, called_at, since, by_whom, seq) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (number) do update set \
                   centre_id = excluded.centre_id, day = excluded.day, stage = excluded.stage, state = excluded.state, \
                   counter = excluded.counter, times = excluded.times, called_at = excluded.called_at, since = excluded.since, \
                   by_whom = excluded.by_whom, seq = excluded.seq";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(turn.number).bind(turn.centre_id).bind(turn.day).bind(turn.stage).bind(turn.state);
            let query = query.bind(turn.counter).bind(turn.times).bind(turn.called_at).bind(turn.since).bind(&turn.by_whom);
            query.bind(seq).execute(conn).await.map(drop)
        })
    }

    /// Nobody has called these people: they are not inside any more.
    pub async fn forget_turns(&mut self, numbers: &[TokenNumber]) -> sqlx::Result<()> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("delete from turn where number");
            sql.push_in(numbers);
            sql.build().execute(conn).await.map(drop)
        })
    }

    /// The last calls at a centre on a day, the newest first.
    pub async fn last_calls(&mut self, centre: CentreId, day: Day, most: i64) -> sqlx::Result<Vec<CallRow>> {
        let sql = "select slot.call, token.serial, turn.counter, turn.stage, turn.times, turn.called_at \
                   from turn join token on token.number = turn.number join slot on slot.id = token.slot_id \
                   where turn.centre_id = $1 and turn.day = $2 order by turn.called_at desc, turn.seq desc limit $3";
        on!(self, conn => sqlx::query_as(sql).bind(centre).bind(day).bind(most).fetch_all(conn).await)
    }

    /// What the pace of a hall is judged by.
    pub async fn pace(&mut self, centre: CentreId, day: Day, now: Moment) -> sqlx::Result<Pace> {
        let sql = "select count(*), coalesce(min(called_at), 0), count(distinct counter) from turn \
                   where centre_id = $1 and day = $2 and stage = 'dose' and called_at > $3";
        let from = now + -PACE_WINDOW;
        let (calls, first, counters): (i64, Moment, i64) =
            on!(self, conn => sqlx::query_as(sql).bind(centre).bind(day).bind(from).fetch_one(conn).await?);
        Ok(Pace { calls, seconds: if calls > 0 { now - first } else { 0 }, counters })
    }

    /// The centres where somebody was called after a running number, and the last one now.
    pub async fn called_after(&mut self, seq: i64) -> sqlx::Result<(Vec<CentreId>, i64)> {
        let sql = "select centre_id, max(seq) from turn where seq > $1 group by centre_id";
        let rows: Vec<(CentreId, i64)> = on!(self, conn => sqlx::query_as(sql).bind(seq).fetch_all(conn).await?);
        let last = rows.iter().map(|(_, seq)| *seq).max().unwrap_or(seq);
        Ok((rows.into_iter().map(|(centre, _)| centre).collect(), last))
    }
}
