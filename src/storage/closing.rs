//! Closings of days, and what a day's account is made of: each is read by a range of an index, so none grows with the days stored.
//!
//! `cross join` keeps SQLite to the order written: centres first, then their rows of these days.

use sqlx::FromRow;

use super::rows::PushWithin;
use super::scan::STANDS;
use super::{Tx, on};
use crate::domain::admission::TokenState;
use crate::domain::campaign::Vaccine;
use crate::domain::closing::{Ending, Span};
use crate::domain::dose::NoDose;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::person::Name;
use crate::domain::place::Scope;
use crate::ids::{CentreId, DoseId, PackId};

/// A closing.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Closing {
    pub id: i64,
    pub centre_id: CentreId,
    pub day: Day,
    pub closed_at: Moment,
    pub closed_by: String,
    pub in_charge: String,
    pub note: String,
    pub account: String,
    pub reopened_at: Option<Moment>,
    pub reopened_by: Option<String>,
    pub reopen_reason: Option<String>,
}

/// Doses of a batch that one vaccinator gave and one operator recorded, at a centre on a day.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Given {
    pub centre_id: CentreId,
    pub day: Day,
    pub vaccine: Vaccine,
    pub batch: String,
    pub vaccinator: String,
    pub entered_by: String,
    pub doses: i64,
}

/// Somebody who was sent home, or went.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct SentHome {
    pub token: TokenNumber,
    pub centre_id: CentreId,
    pub kind: Ending,
    pub reason: NoDose,
    pub came_at: Moment,
    pub at: Moment,
    pub by_whom: String,
    pub name: Name,
}

/// Somebody who entered, and of whom nobody has said how the visit ended.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Unended {
    pub number: TokenNumber,
    pub centre_id: CentreId,
    pub came_at: Moment,
    /// Absent: nobody here has heard of the token.
    pub state: Option<TokenState>,
    pub call: Option<i64>,
    pub serial: Option<i64>,
    pub name: Option<Name>,
    /// A paper form that is not keyed in.
    pub pack_id: Option<PackId>,
    pub position: Option<i64>,
    /// A dose of theirs that was recorded for another day or centre.
    pub dose_id: Option<DoseId>,
}

impl Unended {
    /// What was called in the hall.
    pub fn call_number(&self) -> Option<CallNumber> {
        Some(CallNumber { slot: self.call?, serial: self.serial? })
    }
}

/// A dose with its person, as a day's list shows it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Dosed {
    pub id: DoseId,
    pub name: Name,
    pub call: Option<i64>,
    pub serial: Option<i64>,
    pub given_at: Moment,
    pub entered_at: Moment,
    pub stored_at: Moment,
    pub entered_by: String,
    pub vaccinator: String,
    pub vaccine: Vaccine,
    pub batch: String,
    /// A gate, or a list on paper, says that the person entered.
    pub scanned: bool,
}

impl Dosed {
    /// What was called in the hall.
    pub fn call_number(&self) -> Option<CallNumber> {
        Some(CallNumber { slot: self.call?, serial: self.serial? })
    }
}

/// A vial that was opened, and not put back.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct OpenedVial {
    pub centre_id: CentreId,
    pub vaccine: Vaccine,
    pub batch: String,
    pub holds: i64,
    pub opened_at: Moment,
    pub is_open: bool,
    pub drawn: i64,
}

/// Paper forms of a bundle that are not keyed in.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct OpenForms {
    pub pack_id: PackId,
    pub centre_id: CentreId,
    pub day: Day,
    /// Counted as used.
    pub used: i64,
    /// Not counted yet.
    pub printed: i64,
}

const CLOSING: &str = "select closing.id, centre_id, day, closed_at, closed_by, in_charge, note, account, reopened_at, reopened_by, reopen_reason \
     from closing join centre on centre.id = centre_id join zone on zone.id = zone_id ";

/// How many days late a phone may hand a scan in and still be counted.
const HEARD_DAYS: i64 = 3;

/// An Indian day as a whole number, of a column of seconds.
macro_rules! day_of {
    ($column:literal) => {
        concat!("((", $column, " + 19800) / 86400)")
    };
}

impl Tx {
    /// The closings of some days within a scope, the last of each day last.
    pub async fn closings(&mut self, scope: Scope, span: Span) -> sqlx::Result<Vec<Closing>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(CLOSING);
            sql.push("where day >= ").push_bind(span.from).push(" and day <= ").push_bind(span.until);
            sql.push_within(scope);
            sql.push(" order by closing.id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Closes a day. False: somebody else has meanwhile.
    pub async fn add_closing(&mut self, row: &Closing) -> sqlx::Result<bool> {
        let sql = "insert into closing (id, centre_id, day, closed_at, closed_by, in_charge, note, account) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.centre_id).bind(row.day).bind(row.closed_at).bind(&row.closed_by);
            let query = query.bind(&row.in_charge).bind(&row.note).bind(&row.account);
            Ok(query.execute(conn).await?.rows_affected() == 1)
        })
    }

    /// Opens a closed day again. False: it is not closed.
    pub async fn reopen_day(&mut self, centre: CentreId, day: Day, by: &str, why: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update closing set reopened_at = $3, reopened_by = $4, reopen_reason = $5 \
                   where centre_id = $1 and day = $2 and reopened_at is null";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(centre).bind(day).bind(now).bind(by).bind(why);
            Ok(query.execute(conn).await?.rows_affected() == 1)
        })
    }

    /// Doses that were given, added up.
    pub async fn given(&mut self, scope: Scope, span: Span) -> sqlx::Result<Vec<Given>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select dose.centre_id, dose.given_on as day, dose.vaccine, dose.batch, dose.vaccinator, dose.entered_by, \
                count(*) as doses from centre join zone on zone.id = centre.zone_id cross join dose \
                where dose.centre_id = centre.id and dose.withdrawn_at is null and dose.given_on >= ");
            sql.push_bind(span.from).push(" and dose.given_on <= ").push_bind(span.until);
            sql.push_within(scope);
            sql.push(" group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Who was sent home or went, and got no dose there on that day after all; the last word on each last.
    pub async fn sent_home(&mut self, scope: Scope, span: Span) -> sqlx::Result<Vec<SentHome>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select deferral.token, deferral.centre_id, deferral.kind, deferral.reason, deferral.came_at, deferral.at, \
                deferral.by_whom, beneficiary.name from centre join zone on zone.id = centre.zone_id \
                cross join deferral join token on token.number = deferral.token \
                join beneficiary on beneficiary.id = token.beneficiary_id where deferral.centre_id = centre.id and deferral.came_at >= ");
            sql.push_bind(span.begins()).push(" and deferral.came_at < ").push_bind(span.ends());
            sql.push(" and not exists (select 1 from dose where dose.token = deferral.token and dose.withdrawn_at is null \
                and dose.centre_id = deferral.centre_id and ");
            sql.push(day_of!("dose.given_at")).push(" = ").push(day_of!("deferral.came_at")).push(")");
            sql.push_within(scope);
            sql.push(" order by deferral.at, deferral.id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Who entered, and neither got the dose there on that day nor was sent home or went since.
    pub async fn unended(&mut self, scope: Scope, span: Span) -> sqlx::Result<Vec<Unended>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select entered.number, entered.centre_id, entered.came_at, token.state, slot.call, token.serial, \
                beneficiary.name, form.pack_id, form.position, dose.id as dose_id from (select scan.number, scan.centre_id, \
                min(scan.phone_at) as came_at from scan join centre on centre.id = scan.centre_id join zone on zone.id = centre.zone_id \
                where scan.server_at >= ");
            sql.push_bind(span.begins()).push(" and scan.server_at < ").push_bind(span.until.plus(1 + HEARD_DAYS).start());
            // The same of each scan, whatever the span: a month is the sum of its days.
            sql.push(" and scan.server_at < scan.phone_at + ").push_bind(HEARD_DAYS * 86_400);
            sql.push(" and scan.phone_at >= ").push_bind(span.begins()).push(" and scan.phone_at < ").push_bind(span.ends());
            sql.push_within(scope);
            // Nearly all end here.
            sql.push(" and not exists (select 1 from dose where dose.token = scan.number and dose.withdrawn_at is null \
                and dose.centre_id = scan.centre_id and ");
            sql.push(day_of!("dose.given_at")).push(" = ").push(day_of!("scan.phone_at")).push(")").push(STANDS);
            // The sign before a column keeps SQLite from looking a person up among all of a centre's.
            sql.push(" and not exists (select 1 from deferral where deferral.token = scan.number and +deferral.centre_id = scan.centre_id \
                and deferral.at >= scan.phone_at and ");
            sql.push(day_of!("deferral.came_at")).push(" = ").push(day_of!("scan.phone_at"));
            sql.push(") and not exists (select 1 from form where form.number = scan.number and form.state in ('spoiled', 'returned')) \
                group by scan.number, scan.centre_id, ");
            sql.push(day_of!("scan.phone_at"));
            sql.push(") as entered left join token on token.number = entered.number left join slot on slot.id = token.slot_id \
                left join beneficiary on beneficiary.id = token.beneficiary_id \
                left join form on form.number = entered.number and form.state in ('printed', 'used') \
                left join dose on dose.token = entered.number and dose.withdrawn_at is null order by entered.came_at, entered.number");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// How many people are still watched, by centre and the day of the dose.
    pub async fn still_observed(&mut self, scope: Scope, span: Span) -> sqlx::Result<Vec<(CentreId, Day, i64)>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select observation.centre_id, dose.given_on, count(*) from observation join dose on dose.id = observation.dose_id \
                join centre on centre.id = observation.centre_id join zone on zone.id = centre.zone_id \
                where observation.left_at is null and dose.withdrawn_at is null and dose.given_on >= ");
            sql.push_bind(span.from).push(" and dose.given_on <= ").push_bind(span.until);
            sql.push_within(scope);
            sql.push(" group by 1, 2");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The vials that were opened and not put back.
    pub async fn opened_vials(&mut self, scope: Scope, span: Span) -> sqlx::Result<Vec<OpenedVial>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select vial.centre_id, vial.vaccine, vial.batch, vial.doses as holds, vial.opened_at, vial.closed_at is null as is_open, \
                (select count(*) from dose where dose.vial_id = vial.id and dose.withdrawn_at is null) as drawn \
                from centre join zone on zone.id = centre.zone_id cross join vial where vial.centre_id = centre.id and vial.opened_at >= ");
            sql.push_bind(span.begins()).push(" and vial.opened_at < ").push_bind(span.ends());
            sql.push(" and (vial.closed_how is null or vial.closed_how <> 'returned')");
            sql.push_within(scope);
            sql.push(" order by vial.opened_at, vial.id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Bundles with paper forms that nobody has counted or keyed in.
    pub async fn open_forms(&mut self, scope: Scope, span: Span) -> sqlx::Result<Vec<OpenForms>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select form.pack_id, slot.centre_id, slot.day, count(*) filter (where form.state = 'used') as used, \
                count(*) filter (where form.state = 'printed') as printed from slot join centre on centre.id = slot.centre_id \
                join zone on zone.id = centre.zone_id join leased on leased.slot_id = slot.id and leased.pack_id is not null \
                join form on form.number = leased.number where form.state in ('printed', 'used') and slot.day >= ");
            sql.push_bind(span.from).push(" and slot.day <= ").push_bind(span.until);
            sql.push_within(scope);
            sql.push(" group by 1, 2, 3 order by 1");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The days on which centres have sessions.
    pub async fn planned_days(&mut self, scope: Scope, span: Span) -> sqlx::Result<Vec<(CentreId, Day)>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select distinct session.centre_id, session.day from session join centre on centre.id = session.centre_id \
                join zone on zone.id = centre.zone_id where session.day >= ");
            sql.push_bind(span.from).push(" and session.day <= ").push_bind(span.until);
            sql.push_within(scope);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Everybody who got a dose at a centre on a day, in order of time.
    pub async fn dosed(&mut self, centre: CentreId, day: Day) -> sqlx::Result<Vec<Dosed>> {
        let sql = "select dose.id, beneficiary.name, slot.call, token.serial, dose.given_at, dose.entered_at, coalesce(dose.stored_at, dose.entered_at) as stored_at, \
                   dose.entered_by, dose.vaccinator, \
                   dose.vaccine, dose.batch, token.admitted_by is not null as scanned from dose \
                   join beneficiary on beneficiary.id = dose.beneficiary_id left join token on token.number = dose.token \
                   left join slot on slot.id = token.slot_id where dose.centre_id = $1 and dose.given_on = $2 and dose.withdrawn_at is null \
                   order by dose.given_at, dose.id";
        on!(self, conn => sqlx::query_as(sql).bind(centre).bind(day).fetch_all(conn).await)
    }
}
