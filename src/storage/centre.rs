//! The rooms of a centre: open vials, people in the observation room, people sent home, people who fell unwell.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::PushIn;
use super::{Tx, on};
use crate::domain::campaign::Vaccine;
use crate::domain::dose::{LeftEarly, NoDose, Severity};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::person::Name;
use crate::domain::place::Scope;
use crate::ids::{BeneficiaryId, CentreId, DoseId, VialId};

/// A vial that was opened.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Vial {
    pub id: VialId,
    pub centre_id: CentreId,
    pub vaccine: Vaccine,
    pub batch: String,
    pub doses: i64,
    pub opened_at: Moment,
    pub opened_by: String,
    /// Doses recorded out of it.
    pub used: i64,
}

impl Vial {
    /// What should be left in it; below nothing when more were drawn than it holds.
    pub fn left(&self) -> i64 {
        self.doses - self.used
    }
}

/// Somebody in the observation room.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Observed {
    pub dose_id: DoseId,
    pub token: Option<TokenNumber>,
    pub call: Option<i64>,
    pub serial: Option<i64>,
    pub name: Name,
    pub ends_at: Moment,
}

impl Observed {
    /// What was called in the hall.
    pub fn call_number(&self) -> Option<CallNumber> {
        Some(CallNumber { slot: self.call?, serial: self.serial? })
    }
}

/// Somebody who came and got no dose.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Deferral {
    pub id: Uuid,
    pub token: TokenNumber,
    pub centre_id: CentreId,
    pub reason: NoDose,
    pub earliest: Option<Day>,
    pub came_at: Moment,
    pub at: Moment,
    pub by_whom: String,
}

/// Something that happened to somebody after a dose.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct AdverseEvent {
    pub id: Uuid,
    pub dose_id: DoseId,
    pub centre_id: CentreId,
    pub severity: Severity,
    pub words: String,
    pub noted_at: Moment,
    pub noted_by: String,
    pub due_at: Option<Moment>,
    pub reported_at: Option<Moment>,
    pub case_number: Option<String>,
    pub name: Name,
    pub vaccine: Vaccine,
    pub batch: String,
}

/// Case forms that a centre has still to send.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct CaseForms {
    pub centre_id: CentreId,
    pub waiting: i64,
    /// Of these, the ones whose time is over.
    pub overdue: i64,
    pub first_due: Moment,
}

impl Tx {
    /// The case forms that centres have still to send.
    pub async fn case_forms(&mut self, now: Moment) -> sqlx::Result<Vec<CaseForms>> {
        let sql = "select centre_id, count(*) as waiting, count(*) filter (where due_at < $1) as overdue, min(due_at) as first_due \
                   from adverse_event where due_at is not null and reported_at is null group by centre_id";
        on!(self, conn => sqlx::query_as(sql).bind(now).fetch_all(conn).await)
    }

    /// A centre's open vials, the oldest first.
    pub async fn open_vials(&mut self, centre: CentreId) -> sqlx::Result<Vec<Vial>> {
        let sql = "select id, centre_id, vaccine, batch, doses, opened_at, opened_by, \
                   (select count(*) from dose where dose.vial_id = vial.id and dose.withdrawn_at is null) as used \
                   from vial where centre_id = $1 and closed_at is null order by opened_at, id";
        on!(self, conn => sqlx::query_as(sql).bind(centre).fetch_all(conn).await)
    }

    /// Whether a vial is a centre's, open or not.
    pub async fn has_vial(&mut self, vial: VialId, centre: CentreId) -> sqlx::Result<bool> {
        let sql = "select count(*) from vial where id = $1 and centre_id = $2";
        on!(self, conn => Ok(sqlx::query_scalar::<_, i64>(sql).bind(vial).bind(centre).fetch_one(conn).await? > 0))
    }

    /// Opens a vial.
    pub async fn add_vial(&mut self, vial: &Vial) -> sqlx::Result<()> {
        let sql = "insert into vial (id, centre_id, vaccine, batch, doses, opened_at, opened_by) values ($1, $2, $3, $4, $5, $6, $7)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(vial.id).bind(vial.centre_id).bind(vial.vaccine).bind(&vial.batch).bind(vial.doses);
            query.bind(vial.opened_at).bind(&vial.opened_by).execute(conn).await.map(drop)
        })
    }

    /// Closes a vial; a returned one must be unused. False: it is not open here, or cannot be returned.
    pub async fn close_vial(&mut self, vial: VialId, centre: CentreId, how: &str, at: Moment) -> sqlx::Result<bool> {
        let sql = "update vial set closed_at = $4, closed_how = $3 where id = $1 and centre_id = $2 and closed_at is null \
                   and ($3 <> 'returned' or not exists (select 1 from dose where dose.vial_id = vial.id and dose.withdrawn_at is null))";
        on!(self, conn => sqlx::query(sql).bind(vial).bind(centre).bind(how).bind(at).execute(conn).await.map(|done| done.rows_affected() > 0))
    }

    /// Who sits in a centre's observation room, whoever may go first at the top.
    pub async fn observed(&mut self, centre: CentreId) -> sqlx::Result<Vec<Observed>> {
        let sql = "select observation.dose_id, dose.token, slot.call, token.serial, beneficiary.name, observation.ends_at from observation \
                   join dose on dose.id = observation.dose_id join beneficiary on beneficiary.id = dose.beneficiary_id \
                   left join token on token.number = dose.token left join slot on slot.id = token.slot_id \
                   where observation.centre_id = $1 and observation.left_at is null and dose.withdrawn_at is null order by observation.ends_at, token.serial";
        on!(self, conn => sqlx::query_as(sql).bind(centre).fetch_all(conn).await)
    }

    /// Sees people off; those who have left already stay as they are.
    pub async fn end_observations(&mut self, doses: &[DoseId], by: &str, early: Option<LeftEarly>, now: Moment) -> sqlx::Result<()> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update observation set left_at = ");
            sql.push_bind(now).push(", left_by = ").push_bind(by).push(", early_reason = ").push_bind(early);
            sql.push(" where left_at is null and dose_id").push_in(doses);
            sql.build().execute(conn).await.map(drop)
        })
    }

    /// Vial, vaccine, batch and vaccinator of the dose that somebody recorded last on a day.
    pub async fn last_dose_by(
        &mut self,
        who: &str,
        centre: CentreId,
        day: Day,
    ) -> sqlx::Result<Option<(Option<VialId>, Vaccine, String, String)>> {
        let sql = "select vial_id, vaccine, batch, vaccinator from dose where centre_id = $1 and given_on = $2 and entered_by = $3 \
                   and withdrawn_at is null order by entered_at desc, id desc limit 1";
        on!(self, conn => sqlx::query_as(sql).bind(centre).bind(day).bind(who).fetch_optional(conn).await)
    }

    /// Writes down that somebody was sent home.
    pub async fn add_deferral(&mut self, row: &Deferral) -> sqlx::Result<()> {
        let sql = "insert into deferral (id, token, centre_id, kind, reason, earliest, came_at, at, by_whom) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.token).bind(row.centre_id).bind(row.reason.ending()).bind(row.reason);
            query.bind(row.earliest).bind(row.came_at).bind(row.at).bind(&row.by_whom).execute(conn).await.map(drop)
        })
    }

    /// Which of these tokens' people were sent home, and when last.
    pub async fn last_sent_home(&mut self, tokens: &[TokenNumber]) -> sqlx::Result<Vec<(TokenNumber, Moment)>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select token, max(at) from deferral where token");
            sql.push_in(tokens).push(" group by token");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// When somebody was sent home, the last time first.
    pub async fn deferrals_of(&mut self, person: BeneficiaryId) -> sqlx::Result<Vec<Deferral>> {
        let sql = "select deferral.id, deferral.token, deferral.centre_id, reason, earliest, came_at, at, by_whom from token \
                   join deferral on deferral.token = token.number where token.beneficiary_id = $1 order by at desc, deferral.id";
        on!(self, conn => sqlx::query_as(sql).bind(person).fetch_all(conn).await)
    }

    /// Writes down an adverse event.
    pub async fn add_adverse_event(
        &mut self,
        id: Uuid,
        dose: DoseId,
        centre: CentreId,
        what: (Severity, &str),
        by: &str,
        now: Moment,
    ) -> sqlx::Result<()> {
        let sql = "insert into adverse_event (id, dose_id, centre_id, severity, words, noted_at, noted_by, due_at) values ($1, $2, $3, $4, $5, $6, $7, $8)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(id).bind(dose).bind(centre).bind(what.0).bind(what.1).bind(now).bind(by);
            query.bind(what.0.due(now)).execute(conn).await.map(drop)
        })
    }

    /// Adverse events within a scope: those whose form is still due first, by their deadline.
    pub async fn adverse_events(&mut self, scope: Scope, most: i64) -> sqlx::Result<Vec<AdverseEvent>> {
        let (zone, centre, district) = scope.columns();
        let sql = "select adverse_event.id, dose_id, adverse_event.centre_id, severity, words, noted_at, noted_by, due_at, reported_at, case_number, \
                   beneficiary.name, dose.vaccine, dose.batch from adverse_event join dose on dose.id = adverse_event.dose_id \
                   join beneficiary on beneficiary.id = dose.beneficiary_id join centre on centre.id = adverse_event.centre_id \
                   join zone on zone.id = centre.zone_id \
                   where ($1 = 0 or centre.zone_id = $1) and ($2 = 0 or centre.id = $2) and ($3 = 0 or zone.district_id = $3) \
                   order by case when due_at is not null and reported_at is null then 0 else 1 end, due_at, noted_at desc limit $4";
        on!(self, conn => sqlx::query_as(sql).bind(zone).bind(centre).bind(district).bind(most).fetch_all(conn).await)
    }

    /// Where an event happened.
    pub async fn place_of_event(&mut self, id: Uuid) -> sqlx::Result<Option<CentreId>> {
        let sql = "select centre_id from adverse_event where id = $1";
        on!(self, conn => sqlx::query_scalar(sql).bind(id).fetch_optional(conn).await)
    }

    /// Notes that a case form went off. False: none is due any more.
    pub async fn report_adverse_event(&mut self, id: Uuid, case: &str, by: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update adverse_event set reported_at = $2, reported_by = $3, case_number = $4 \
                   where id = $1 and due_at is not null and reported_at is null";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(id).bind(now).bind(by).bind(case);
            query.execute(conn).await.map(|done| done.rows_affected() > 0)
        })
    }
}
