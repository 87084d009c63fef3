//! What the gates did. Rows are added and never changed.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::{PushIn, write_rows};
use super::{Tx, on};
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

const COLUMNS: &str = "id, kind, number, revision, centre_id, gate_id, verdict, reason, detail, reverses, stranger, late, phone_at, clock_proved, server_at, by_whom from scan ";

impl Tx {
    /// The scans with these ids; and, in order of arrival, the standing admissions of these numbers, which are asked for only
    /// when the database does not hold their tokens.
    pub async fn scans(&mut self, ids: &[Uuid], strangers: &[TokenNumber]) -> sqlx::Result<Vec<Found>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select false as standing, ");
            sql.push(COLUMNS).push("where id").push_in(ids);
            if !strangers.is_empty() {
                sql.push(" union all select true, ").push(COLUMNS).push("where stranger and number").push_in(strangers);
                sql.push(" and verdict = 'admitted' and kind in ('scan', 'admit_anyway')");
                sql.push(" and not exists (select 1 from scan as undo where undo.stranger and undo.number = scan.number and undo.reverses = scan.id)");
                sql.push(" order by server_at, id");
            }
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Lets no other transaction decide about these numbers until this one ends: there is no token's row to lock.
    pub async fn lock_strangers(&mut self, strangers: &[TokenNumber]) -> sqlx::Result<()> {
        let Self::Postgres(tx) = self else { return Ok(()) };
        let sql = "select pg_advisory_xact_lock(number) from (select number from unnest($1) as number order by number) as stranger";
        sqlx::query(sql).bind(strangers).execute(&mut **tx).await.map(drop)
    }

    /// Adds scans. False: one of the ids came in meanwhile, and nothing here may be committed.
    pub async fn add_scans(&mut self, scans: &[Scan]) -> sqlx::Result<bool> {
        let into = "insert into scan (id, kind, number, revision, centre_id, gate_id, verdict, reason, detail, reverses, stranger, late, phone_at, \
                    clock_proved, server_at, by_whom) ";
        let added = write_rows!(
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
        )?;
        Ok(added == scans.len() as u64)
    }

    /// Adds conflicts.
    pub async fn add_conflicts(&mut self, conflicts: &[Conflict]) -> sqlx::Result<()> {
        let into = "insert into conflict (scan_id, kind, first_scan_id, number, centre_id, found_at) ";
        write_rows!(self, into, conflicts, |row| [row.scan_id, row.kind, row.first_scan_id, row.number, row.centre_id, row.found_at], "")
            .map(drop)
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
