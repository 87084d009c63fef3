//! What the gates did. Rows are added and never changed.

use sqlx::FromRow;
use uuid::Uuid;

use super::charge::{PushWhose, Whose};
use super::rows::{PushIn, PushWithin, write_rows};
use super::writes::push_rows;
use super::{Tx, Writes, on};
use crate::domain::admission::Verdict;
use crate::domain::charge::Matter;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::place::Scope;
use crate::ids::{CentreId, GateId};
use crate::words::words;

words! {
    /// What a scan row says was done.
    ScanKind {
        /// A code or number was presented and decided.
        Scan = "scan",
        /// The gatekeeper took the last admission back within the minute.
        Undo = "undo",
        /// The card did not match the slip that had been admitted.
        WrongPerson = "wrong_person",
        /// Let in again before the dose: toilet, photocopy.
        ReEntry = "re_entry",
        /// Let in by the gatekeeper's decision, with a reason.
        AdmitAnyway = "admit_anyway",
        /// Somebody came without a token.
        NoToken = "no_token",
    }
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Scan {
    pub id: Uuid,
    pub kind: ScanKind,
    pub number: Option<TokenNumber>,
    pub revision: Option<i64>,
    pub centre_id: CentreId,
    pub gate_id: Option<GateId>,
    pub verdict: Option<Verdict>,
    pub reason: Option<String>,
    pub detail: Option<String>,
    pub reverses: Option<Uuid>,
    pub stranger: bool,
    pub late: bool,
    pub phone_at: Moment,
    pub clock_proved: bool,
    pub server_at: Moment,
    pub by_whom: String,
}

words! {
    /// Why two facts do not go together.
    ConflictKind {
        /// Two admissions of one token.
        Double = "double",
        /// Admitted after it was cancelled.
        Cancelled = "cancelled",
        /// Admitted at a centre that it had been moved away from.
        Moved = "moved",
        /// An undo of something that is not the last word.
        Undo = "undo",
        /// Admitted for another gate that could not be reached: that one may have admitted too.
        LaneGone = "lane_gone",
        /// Admitted unverified, on a slip that nobody here has signed.
        NotGenuine = "not_genuine",
        /// The gate's clock was far from what is possible.
        Clock = "clock",
    }
}

/// Facts that do not go together.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Conflict {
    pub scan_id: Uuid,
    pub kind: ConflictKind,
    pub first_scan_id: Option<Uuid>,
    pub number: TokenNumber,
    pub centre_id: CentreId,
    pub found_at: Moment,
}

/// A scan that was asked for.
#[derive(Debug, Clone, FromRow)]
pub struct Found {
    /// The scan.
    #[sqlx(flatten)]
    pub scan: Scan,
    /// Found as the admission of a number, not by its id.
    pub standing: bool,
}

words! {
    /// How an officer settled a conflict.
    Settlement {
        /// The same person came past twice: nothing went wrong.
        SamePerson = "same_person",
        /// Two people came in on one token.
        TwoPeople = "two_people",
        /// A gatekeeper's mistake: nobody came in on it.
        Mistake = "mistake",
        /// It cannot be found out.
        Unknown = "unknown",
    }
}

/// A conflict with both its sides: which gates, and when by the phones' clocks and the server's.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct ConflictFound {
    pub scan_id: Uuid,
    pub kind: ConflictKind,
    pub number: TokenNumber,
    pub centre_id: CentreId,
    pub found_at: Moment,
    pub settled_at: Option<Moment>,
    pub settled_by: Option<String>,
    pub settlement: Option<Settlement>,
    pub phone_at: Moment,
    pub server_at: Moment,
    pub clock_proved: bool,
    pub reason: Option<String>,
    pub gate: Option<String>,
    pub first_phone_at: Option<Moment>,
    pub first_server_at: Option<Moment>,
    pub first_gate: Option<String>,
}

/// Somebody who was turned back.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct ScanFound {
    pub centre_id: CentreId,
    pub kind: ScanKind,
    pub verdict: Option<Verdict>,
    pub reason: Option<String>,
    pub number: Option<TokenNumber>,
    pub phone_at: Moment,
    pub gate: Option<String>,
}

const COLUMNS: &str = "id, kind, number, revision, centre_id, gate_id, verdict, reason, detail, reverses, stranger, late, phone_at, clock_proved, server_at, by_whom from scan ";

/// An admission that nobody took back: not at the gate, and not when a conflict was settled. An undo that came too late is a conflict and
/// takes nothing back.
pub(super) const STANDS: &str = " and scan.verdict = 'admitted' and scan.kind in ('scan', 'admit_anyway') \
     and not exists (select 1 from scan as undo where undo.reverses = scan.id and not exists \
     (select 1 from conflict where conflict.scan_id = undo.id and conflict.kind = 'undo')) \
     and not exists (select 1 from conflict where conflict.scan_id = scan.id and conflict.settlement = 'mistake')";

/// The same on a genuine slip: somebody who came in on another one is in, but not by this token.
const GENUINE: &str = " and not exists (select 1 from conflict where conflict.scan_id = scan.id and conflict.kind = 'not_genuine')";

const CONFLICT: &str = "select conflict.scan_id, conflict.kind, conflict.number, conflict.centre_id, conflict.found_at, \
     conflict.settled_at, conflict.settled_by, conflict.settlement, scan.phone_at, scan.server_at, scan.clock_proved, scan.reason, \
     gate.name as gate, first.phone_at as first_phone_at, first.server_at as first_server_at, first_gate.name as first_gate \
     from conflict join scan on scan.id = conflict.scan_id join centre on centre.id = conflict.centre_id \
     join zone on zone.id = centre.zone_id left join gate on gate.id = scan.gate_id \
     left join scan as first on first.id = conflict.first_scan_id left join gate as first_gate on first_gate.id = first.gate_id ";

impl Tx {
    /// The scans with these ids; and, in order of arrival, the standing admissions of these numbers, which are asked for only
    /// when the database does not hold their tokens.
    pub async fn scans(&mut self, ids: &[Uuid], strangers: &[TokenNumber]) -> sqlx::Result<Vec<Found>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select false as standing, ");
            sql.push(COLUMNS).push("where id").push_in(ids);
            if !strangers.is_empty() {
                sql.push(" union all select true, ").push(COLUMNS).push("where stranger and number").push_in(strangers);
                sql.push(STANDS).push(GENUINE).push(" order by server_at, id");
            }
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The standing admissions of these numbers that are conflicts, in order of arrival.
    pub async fn second_admissions(&mut self, numbers: &[TokenNumber]) -> sqlx::Result<Vec<Scan>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select ");
            sql.push(COLUMNS).push("where id in (select scan_id from conflict where number").push_in(numbers).push(")");
            sql.push(STANDS).push(GENUINE).push(" order by server_at, id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Lets no transaction that has found no token of this number decide about it until this one ends, as `lock_scan_tokens` does.
    pub async fn lock_number(&mut self, number: TokenNumber) -> sqlx::Result<()> {
        let Self::Postgres(tx) = self else { return Ok(()) };
        sqlx::query("select pg_advisory_xact_lock($1)").bind(number).execute(&mut **tx).await.map(drop)
    }

    /// Adds conflicts.
    pub async fn add_conflicts(&mut self, conflicts: &[Conflict]) -> sqlx::Result<()> {
        let into = "insert into conflict (scan_id, kind, first_scan_id, number, centre_id, found_at) ";
        write_rows!(self, into, conflicts, |row| [row.scan_id, row.kind, row.first_scan_id, row.number, row.centre_id, row.found_at], "")
            .map(drop)
    }

    /// Who was turned back on a day within a scope, for one reason (a verdict's word, or a kind's) or any, the last first.
    pub async fn refusals(&mut self, within: Scope, day: Day, reason: Option<&str>, skip: i64, most: i64) -> sqlx::Result<Vec<ScanFound>> {
        let (from, until) = (day.start(), day.plus(1).start());
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select scan.centre_id, kind_of.kind, scan.verdict, scan.reason, scan.number, scan.phone_at, gate.name as gate \
                from scan join (select id, kind, case when kind = 'scan' then verdict else kind end as why from scan where server_at >= ");
            sql.push_bind(from).push(" and server_at < ").push_bind(day.plus(3).start());
            sql.push(" and phone_at >= ").push_bind(from).push(" and phone_at < ").push_bind(until);
            sql.push(" and (kind in ('no_token', 'wrong_person') or (kind = 'scan' and verdict not in ('admitted', 'other_gate')))");
            sql.push(") as kind_of on kind_of.id = scan.id join centre on centre.id = scan.centre_id \
                join zone on zone.id = centre.zone_id left join gate on gate.id = scan.gate_id where 1 = 1");
            sql.push_within(within);
            if let Some(reason) = reason { sql.push(" and kind_of.why = ").push_bind(reason); }
            sql.push(" order by scan.phone_at desc, scan.id limit ").push_bind(most).push(" offset ").push_bind(skip);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Conflicts within a scope that nobody has settled, newest first, with both sides.
    pub async fn open_conflicts(&mut self, scope: Scope, whose: Whose<'_>, most: i64) -> sqlx::Result<Vec<ConflictFound>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(CONFLICT);
            sql.push("where conflict.settled_at is null").push_within(scope).push_whose(Matter::Conflict, whose);
            sql.push(" order by conflict.found_at desc, conflict.scan_id limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// One conflict.
    pub async fn conflict(&mut self, scan: Uuid) -> sqlx::Result<Option<ConflictFound>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(CONFLICT);
            sql.push("where conflict.scan_id = ").push_bind(scan).build_query_as().fetch_optional(conn).await
        })
    }

    /// Conflicts within a scope that were settled since a moment, the last first.
    pub async fn settled_conflicts(&mut self, scope: Scope, since: Moment, most: i64) -> sqlx::Result<Vec<ConflictFound>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(CONFLICT);
            sql.push("where conflict.settled_at >= ").push_bind(since).push_within(scope);
            sql.push(" order by conflict.settled_at desc, conflict.scan_id limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Notes how a conflict was settled. False: somebody else has settled it.
    pub async fn settle_conflict(&mut self, scan: Uuid, how: Settlement, by: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update conflict set settled_at = $2, settled_by = $3, settlement = $4 where scan_id = $1 and settled_at is null";
        on!(self, conn => Ok(sqlx::query(sql).bind(scan).bind(now).bind(by).bind(how).execute(conn).await?.rows_affected() == 1))
    }
}

impl Writes {
    /// Adds scans, whose ids must all be new.
    pub fn add_scans(&mut self, scans: &[Scan]) {
        let into = "insert into scan (id, kind, number, revision, centre_id, gate_id, verdict, reason, detail, reverses, stranger, late, phone_at, \
                    clock_proved, server_at, by_whom) ";
        push_rows!(
            self,
            into,
            scans,
            |scan| [
                scan.id,
                scan.kind,
                scan.number,
                scan.revision,
                scan.centre_id,
                scan.gate_id,
                scan.verdict,
                scan.reason.as_deref(),
                scan.detail.as_deref(),
                scan.reverses,
                scan.stranger,
                scan.late,
                scan.phone_at,
                scan.clock_proved,
                scan.server_at,
                &scan.by_whom,
            ],
            " on conflict (id) do nothing"
        );
        self.must_write(scans.len());
    }
}
