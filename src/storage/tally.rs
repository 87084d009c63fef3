//! Counts for the district's day. Each is read by a range of an index: none grows with the days stored.

use sqlx::FromRow;

use super::{Tx, on};
use crate::domain::admission::Verdict;
use crate::domain::moment::{Day, Moment};
use crate::ids::{CentreId, SlotId};
use crate::storage::scan::ScanKind;

/// The tokens of a slot: how far its people have come, and how many of them are of which age group.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct SlotTally {
    pub slot_id: SlotId,
    pub issued: i64,
    pub arrived: i64,
    pub vaccinated: i64,
    pub gone: i64,
    pub issued_sixty: i64,
    pub arrived_sixty: i64,
    pub vaccinated_sixty: i64,
    pub issued_forty_five: i64,
    pub arrived_forty_five: i64,
    pub vaccinated_forty_five: i64,
    /// When the one who has waited longest for the dose entered.
    pub waits_since: Option<Moment>,
}

/// Scans of a centre in an hour of the day, by the phones' clocks.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct ScanTally {
    pub centre_id: CentreId,
    pub hour: i64,
    pub kind: ScanKind,
    pub verdict: Option<Verdict>,
    pub count: i64,
}

/// What a centre's doses still have to do with the portal.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct BacklogTally {
    pub centre_id: CentreId,
    pub overdue: i64,
    pub within_six: i64,
    pub within_day: i64,
    pub later: i64,
    pub refused: i64,
}

/// How late a phone may hand a day's scans in and still be counted on that day, in days.
const LATE_DAYS: i64 = 3;

impl Tx {
    /// The tokens of a day's slots.
    pub async fn slot_tallies(&mut self, day: Day) -> sqlx::Result<Vec<SlotTally>> {
        let sql = "select slot.id as slot_id, \
            count(*) filter (where state <> 'cancelled') as issued, \
            count(*) filter (where state in ('admitted', 'vaccinated', 'left')) as arrived, \
            count(*) filter (where state in ('vaccinated', 'left')) as vaccinated, \
            count(*) filter (where state = 'left') as gone, \
            count(*) filter (where state <> 'cancelled' and birth_year <= $2) as issued_sixty, \
            count(*) filter (where state in ('admitted', 'vaccinated', 'left') and birth_year <= $2) as arrived_sixty, \
            count(*) filter (where state in ('vaccinated', 'left') and birth_year <= $2) as vaccinated_sixty, \
            count(*) filter (where state <> 'cancelled' and birth_year between $2 + 1 and $2 + 15) as issued_forty_five, \
            count(*) filter (where state in ('admitted', 'vaccinated', 'left') and birth_year between $2 + 1 and $2 + 15) as arrived_forty_five, \
            count(*) filter (where state in ('vaccinated', 'left') and birth_year between $2 + 1 and $2 + 15) as vaccinated_forty_five, \
            min(admitted_at) filter (where state = 'admitted') as waits_since \
            from slot join token on token.slot_id = slot.id join beneficiary on beneficiary.id = token.beneficiary_id \
            where slot.day = $1 group by slot.id";
        on!(self, conn => sqlx::query_as(sql).bind(day).bind(day.year() - 60).fetch_all(conn).await)
    }

    /// The scans of a day.
    pub async fn scan_tallies(&mut self, day: Day) -> sqlx::Result<Vec<ScanTally>> {
        let sql = "select centre_id, (phone_at - $1) / 3600 as hour, kind, verdict, count(*) as count from scan \
            where server_at >= $1 and server_at < $2 and phone_at >= $1 and phone_at < $3 group by 1, 2, 3, 4";
        let (from, heard, until) = (day.start(), day.plus(LATE_DAYS).start(), day.plus(1).start());
        on!(self, conn => sqlx::query_as(sql).bind(from).bind(heard).bind(until).fetch_all(conn).await)
    }

    /// What has not reached the portal, by centre and by how soon it must.
    pub async fn backlog_tallies(&mut self, now: Moment) -> sqlx::Result<Vec<BacklogTally>> {
        // Two halves, because each has an index of its own that holds nothing else.
        let sql = "select centre_id, count(*) filter (where waiting and due_at <= $1) as overdue, \
            count(*) filter (where waiting and due_at > $1 and due_at <= $2) as within_six, \
            count(*) filter (where waiting and due_at > $2 and due_at <= $3) as within_day, \
            count(*) filter (where waiting and due_at > $3) as later, count(*) filter (where not waiting) as refused from ( \
            select dose_id, due_at, true as waiting from upload where state = 'waiting' union all \
            select dose_id, due_at, false from upload where state in ('refused', 'closed')) as pending \
            join dose on dose.id = pending.dose_id where dose.centre_id is not null group by centre_id";
        on!(self, conn => sqlx::query_as(sql).bind(now).bind(now + 6 * 3600).bind(now + 24 * 3600).fetch_all(conn).await)
    }

    /// Doses of a day that no token led to, by centre and whether to people of 60 and over, 45 to 59.
    pub async fn tokenless_doses(&mut self, day: Day) -> sqlx::Result<Vec<(CentreId, i64, i64, i64)>> {
        let sql = "select centre.id, count(*), count(*) filter (where birth_year <= $2), \
            count(*) filter (where birth_year between $2 + 1 and $2 + 15) \
            from centre join dose on dose.centre_id = centre.id join beneficiary on beneficiary.id = dose.beneficiary_id \
            where dose.given_on = $1 and dose.token is null and dose.withdrawn_at is null group by centre.id";
        on!(self, conn => sqlx::query_as(sql).bind(day).bind(day.year() - 60).fetch_all(conn).await)
    }
}
