//! What the gates did. Rows are added and never changed.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Tx, on, push_list};
use crate::domain::admission::Verdict;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
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

const COLUMNS: &str = "select id, kind, number, revision, centre_id, gate_id, verdict, reason, detail, reverses, late, phone_at, clock_proved, server_at, by_whom from scan ";

impl Tx {
    /// The scans with these ids.
    pub async fn scans(&mut self, ids: &[Uuid]) -> sqlx::Result<Vec<Scan>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(COLUMNS);
            sql.push("where id in ");
            push_list!(sql, ids.iter().copied());
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Admissions of these numbers (asked only for tokens that the database does not hold), in order of arrival.
    pub async fn admissions_of(&mut self, numbers: &[TokenNumber]) -> sqlx::Result<Vec<Scan>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(COLUMNS);
            sql.push("where verdict = 'admitted' and kind in ('scan', 'admit_anyway') and number in ");
            push_list!(sql, numbers.iter().copied());
            sql.push(" and not exists (select 1 from scan as undo where undo.reverses = scan.id and undo.number = scan.number) order by server_at, id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds scans. False: one of the ids came in meanwhile, and nothing here may be committed.
    pub async fn add_scans(&mut self, scans: &[Scan]) -> sqlx::Result<bool> {
        let added = on!(self, conn, Sql => {
            let mut sql = Sql::new("insert into scan (id, kind, number, revision, centre_id, gate_id, verdict, reason, detail, reverses, late, phone_at, \
                clock_proved, server_at, by_whom) ");
            sql.push_values(scans, |mut row, scan| {
                row.push_bind(scan.id).push_bind(scan.kind).push_bind(scan.number).push_bind(scan.revision).push_bind(scan.centre_id);
                row.push_bind(scan.gate_id).push_bind(scan.verdict).push_bind(&scan.reason).push_bind(&scan.detail).push_bind(scan.reverses).push_bind(scan.late);
                row.push_bind(scan.phone_at).push_bind(scan.clock_proved).push_bind(scan.server_at).push_bind(&scan.by_whom);
            });
            sql.push(" on conflict (id) do nothing");
            sql.build().execute(conn).await?.rows_affected()
        });
        Ok(added == scans.len() as u64)
    }

    /// Adds conflicts.
    pub async fn add_conflicts(&mut self, conflicts: &[Conflict]) -> sqlx::Result<()> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("insert into conflict (scan_id, kind, first_scan_id, number, centre_id, found_at) ");
            sql.push_values(conflicts, |mut row, conflict| {
                row.push_bind(conflict.scan_id).push_bind(conflict.kind).push_bind(conflict.first_scan_id).push_bind(conflict.number);
                row.push_bind(conflict.centre_id).push_bind(conflict.found_at);
            });
            sql.build().execute(conn).await.map(drop)
        })
    }

    /// How often each verdict was given between two moments, by centre.
    pub async fn verdict_counts(&mut self, from: Moment, until: Moment) -> sqlx::Result<Vec<(CentreId, Verdict, i64)>> {
        let sql = "select centre_id, verdict, count(*) from scan where kind = 'scan' and server_at >= $1 and server_at < $2 group by centre_id, verdict";
        on!(self, conn => sqlx::query_as(sql).bind(from).bind(until).fetch_all(conn).await)
    }

    /// Conflicts found between two moments, newest first.
    pub async fn conflicts(&mut self, from: Moment, until: Moment) -> sqlx::Result<Vec<Conflict>> {
        let sql = "select scan_id, kind, first_scan_id, number, centre_id, found_at from conflict \
                   where found_at >= $1 and found_at < $2 order by found_at desc, scan_id";
        on!(self, conn => sqlx::query_as(sql).bind(from).bind(until).fetch_all(conn).await)
    }
}
