//! Doses on their way to the portal, as people look at them: one record, what became of it, and how many are late.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::PushIn;
use super::{Tx, on};
use crate::domain::campaign::Vaccine;
use crate::domain::dose::{Age, LeftEarly, NoCode};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::person::{Gender, Mobile, Name};
use crate::domain::place::{CentrePlace, Scope};
use crate::ids::{BeneficiaryId, CentreId, DistrictId, DoseId, ZoneId};

/// A recorded dose with its person and its upload.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct DoseRecord {
    pub id: DoseId,
    pub beneficiary_id: BeneficiaryId,
    pub number: i64,
    pub vaccine: Vaccine,
    pub batch: String,
    pub vaccinator: String,
    pub given_at: Moment,
    pub entered_at: Moment,
    pub entered_by: String,
    pub no_code_reason: Option<NoCode>,
    pub despite: Option<String>,
    pub withdrawn_at: Option<Moment>,
    pub token: Option<TokenNumber>,
    pub call: Option<i64>,
    pub serial: Option<i64>,
    pub centre_id: CentreId,
    pub zone_id: ZoneId,
    pub district_id: DistrictId,
    pub name: Name,
    pub birth_year: i64,
    pub gender: Gender,
    pub mobile: Option<Mobile>,
    pub due_at: Moment,
    pub upload_state: String,
    pub words: Option<String>,
    pub reference: Option<String>,
    pub uploaded_at: Option<Moment>,
    /// The letter that lets it go up after its deadline, and who signed it when.
    pub letter: Option<String>,
    pub letter_signed_by: Option<String>,
    pub letter_signed_on: Option<Day>,
    /// Whose file it came in, and when.
    pub carried_from: Option<String>,
    pub carried_at: Option<Moment>,
    /// When the person left the observation room, who saw it, and why before the time was over.
    pub left_at: Option<Moment>,
    pub left_by: Option<String>,
    pub left_early: Option<LeftEarly>,
}

impl DoseRecord {
    /// What was called in the hall.
    pub fn call_number(&self) -> Option<CallNumber> {
        Some(CallNumber { slot: self.call?, serial: self.serial? })
    }

    /// Whether somebody may see it.
    pub fn within(&self, scope: Scope) -> bool {
        scope.covers(CentrePlace { centre_id: self.centre_id, zone_id: self.zone_id, district_id: self.district_id })
    }
}

/// A former state of a record.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Former {
    pub at: Moment,
    pub by_whom: String,
    pub what: String,
    pub why: String,
    pub before: String,
}

/// How many doses of one age wait at one place, by one operator.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Waiting {
    pub centre_id: CentreId,
    pub zone_id: ZoneId,
    pub entered_by: String,
    pub overdue: i64,
    pub under_6: i64,
    pub under_24: i64,
    pub later: i64,
}

/// Which waiting doses are wanted.
#[derive(Debug, Clone, Copy)]
pub struct WaitingFilter<'a> {
    /// Within this part of the field.
    pub scope: Scope,
    /// Of this age.
    pub age: Option<Age>,
    /// Of this centre.
    pub centre: Option<CentreId>,
    /// Of this zone.
    pub zone: Option<ZoneId>,
    /// Recorded by this operator.
    pub operator: Option<&'a str>,
    /// Only those that wait for a permission.
    pub closed: bool,
}

/// A permission to enter doses late.
#[derive(Debug, Clone, FromRow, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Permission {
    pub id: Uuid,
    pub letter: String,
    pub signed_by: String,
    pub signed_on: Day,
    pub noted_at: Moment,
    pub noted_by: String,
}

const RECORD: &str = "select dose.id, dose.beneficiary_id, dose.number, dose.vaccine, dose.batch, dose.vaccinator, dose.given_at, dose.entered_at, \
     dose.entered_by, dose.no_code_reason, dose.despite, dose.withdrawn_at, dose.token, slot.call, token.serial, dose.centre_id, centre.zone_id, \
     zone.district_id, beneficiary.name, beneficiary.birth_year, beneficiary.gender, beneficiary.mobile, upload.due_at, upload.state as upload_state, \
     upload.words, upload.reference, upload.uploaded_at, permission.letter, permission.signed_by as letter_signed_by, \
     permission.signed_on as letter_signed_on, trusted_key.name as carried_from, imported_dose.imported_at as carried_at, \
     observation.left_at, observation.left_by, observation.early_reason as left_early from upload join dose on dose.id = upload.dose_id \
     join beneficiary on beneficiary.id = dose.beneficiary_id join centre on centre.id = dose.centre_id join zone on zone.id = centre.zone_id \
     left join token on token.number = dose.token left join slot on slot.id = token.slot_id \
     left join permission on permission.id = upload.permission_id left join observation on observation.dose_id = dose.id \
     left join imported_dose on imported_dose.dose_id = dose.id left join trusted_key on trusted_key.thumbprint = imported_dose.thumbprint ";

/// What has not reached the portal and is not given up.
const UNSENT: &str = "upload.state in ('waiting', 'refused', 'closed')";

/// Limits a query to the rows that are wanted.
macro_rules! only {
    ($sql:ident, $filter:ident, $now:ident) => {
        let (zone, centre, district) = $filter.scope.columns();
        let zone = $filter.zone.or((zone.0 > 0).then_some(zone));
        let centre = $filter.centre.or((centre.0 > 0).then_some(centre));
        if let Some(zone) = zone {
            $sql.push(" and centre.zone_id = ").push_bind(zone);
        }
        if let Some(centre) = centre {
            $sql.push(" and dose.centre_id = ").push_bind(centre);
        }
        if district.0 > 0 {
            $sql.push(" and zone.district_id = ").push_bind(district);
        }
        if let Some(operator) = $filter.operator {
            $sql.push(" and dose.entered_by = ").push_bind(operator.to_owned());
        }
        if $filter.closed {
            $sql.push(" and upload.state = 'closed'");
        }
        if let Some(age) = $filter.age {
            let (from, until) = age.bounds($now);
            $sql.push(" and upload.due_at >= ").push_bind(from).push(" and upload.due_at < ").push_bind(until);
        }
    };
}

impl Tx {
    /// One record.
    pub async fn dose_record(&mut self, id: DoseId) -> sqlx::Result<Option<DoseRecord>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(RECORD);
            sql.push("where dose.id = ").push_bind(id);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// The record of a token's dose.
    pub async fn dose_record_of(&mut self, token: TokenNumber) -> sqlx::Result<Option<DoseRecord>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(RECORD);
            sql.push("where dose.withdrawn_at is null and dose.token = ").push_bind(token);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// What a centre recorded last on a day.
    pub async fn dose_records_at(&mut self, centre: CentreId, day: Day, most: i64) -> sqlx::Result<Vec<DoseRecord>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(RECORD);
            sql.push("where dose.centre_id = ").push_bind(centre).push(" and dose.given_on = ").push_bind(day);
            sql.push(" order by dose.entered_at desc, dose.id desc limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// What a record said before, the latest first.
    pub async fn former_records(&mut self, dose: DoseId) -> sqlx::Result<Vec<Former>> {
        let sql = "select at, by_whom, what, why, before from dose_history where dose_id = $1 order by at desc, id desc";
        on!(self, conn => sqlx::query_as(sql).bind(dose).fetch_all(conn).await)
    }

    /// Keeps what a record says before it is changed.
    pub async fn add_former_record(&mut self, id: Uuid, dose: DoseId, row: &Former) -> sqlx::Result<()> {
        let sql = "insert into dose_history (id, dose_id, at, by_whom, what, why, before) values ($1, $2, $3, $4, $5, $6, $7)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(id).bind(dose).bind(row.at).bind(&row.by_whom).bind(&row.what).bind(&row.why);
            query.bind(&row.before).execute(conn).await.map(drop)
        })
    }

    /// How many doses wait, by centre and operator and age.
    pub async fn waiting_doses(&mut self, scope: Scope, now: Moment) -> sqlx::Result<Vec<Waiting>> {
        let (zone, centre, district) = scope.columns();
        let sql = format!(
            "select dose.centre_id, centre.zone_id, dose.entered_by, \
             count(*) filter (where upload.due_at < $4) as overdue, \
             count(*) filter (where upload.due_at >= $4 and upload.due_at < $4 + 21600) as under_6, \
             count(*) filter (where upload.due_at >= $4 + 21600 and upload.due_at < $4 + 86400) as under_24, \
             count(*) filter (where upload.due_at >= $4 + 86400) as later \
             from upload join dose on dose.id = upload.dose_id join centre on centre.id = dose.centre_id join zone on zone.id = centre.zone_id \
             where {UNSENT} and ($1 = 0 or centre.zone_id = $1) and ($2 = 0 or centre.id = $2) and ($3 = 0 or zone.district_id = $3) \
             group by dose.centre_id, centre.zone_id, dose.entered_by order by 4 desc, 5 desc, 6 desc, 1, 3"
        );
        let sql = sqlx::AssertSqlSafe(sql);
        on!(self, conn => sqlx::query_as(sql).bind(zone).bind(centre).bind(district).bind(now).fetch_all(conn).await)
    }

    /// Waiting doses, the earliest deadline first.
    pub async fn waiting_records(&mut self, filter: WaitingFilter<'_>, now: Moment, skip: i64, most: i64) -> sqlx::Result<Vec<DoseRecord>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(RECORD);
            sql.push("where ").push(UNSENT);
            only!(sql, filter, now);
            sql.push(" order by upload.due_at, dose.id limit ").push_bind(most).push(" offset ").push_bind(skip);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Which of these doses wait for a permission, within a scope.
    pub async fn closed_among(&mut self, scope: Scope, doses: &[DoseId]) -> sqlx::Result<Vec<DoseId>> {
        let (zone, centre, district) = scope.columns();
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select dose_id from upload join dose on dose.id = upload.dose_id join centre on centre.id = dose.centre_id \
                join zone on zone.id = centre.zone_id where upload.state = 'closed' and ");
            sql.push_bind(zone).push(" in (0, centre.zone_id) and ").push_bind(centre).push(" in (0, centre.id) and ");
            sql.push_bind(district).push(" in (0, zone.district_id) and upload.dose_id").push_in(doses);
            sql.build_query_scalar().fetch_all(conn).await
        })
    }

    /// Lets doses go up whose deadline has passed; how many there were.
    pub async fn reopen(&mut self, doses: &[DoseId], permission: Uuid) -> sqlx::Result<u64> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update upload set state = 'waiting', next_at = 0, words = null, permission_id = ");
            sql.push_bind(permission).push(" where state = 'closed' and dose_id").push_in(doses);
            sql.build().execute(conn).await.map(|done| done.rows_affected())
        })
    }

    /// Permissions by their ids.
    pub async fn permissions(&mut self, ids: &[Uuid]) -> sqlx::Result<Vec<Permission>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id, letter, signed_by, signed_on, noted_at, noted_by from permission where id");
            sql.push_in(ids);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Notes a permission. One that is known stays as it is.
    pub async fn add_permission(&mut self, row: &Permission) -> sqlx::Result<()> {
        let sql = "insert into permission (id, letter, signed_by, signed_on, noted_at, noted_by) values ($1, $2, $3, $4, $5, $6) \
                   on conflict (id) do nothing";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(&row.letter).bind(&row.signed_by).bind(row.signed_on);
            query.bind(row.noted_at).bind(&row.noted_by).execute(conn).await.map(drop)
        })
    }

    /// Corrects what a record says. A call that is under way with the old words settles nothing any more: what became of it is
    /// looked up when it has ended, like after a lost answer.
    pub async fn correct_dose(&mut self, dose: &super::dose::GivenDose, due_at: Moment, now: Moment) -> sqlx::Result<()> {
        let sql = "update dose set vaccine = $2, batch = $3, vaccinator = $4, given_at = $5, given_on = $6, despite = $7, number = $8 where id = $1";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(dose.id).bind(dose.vaccine).bind(&dose.batch).bind(&dose.vaccinator).bind(dose.given_at);
            query.bind(dose.given_on).bind(dose.despite.as_deref()).bind(dose.number).execute(&mut *conn).await?;
            // What the portal refused is tried again with what is right, and so is what was late by a wrong date only.
            let sql = "update upload set due_at = $2, next_at = 0, version = version + 1, \
                       state = case when state = 'refused' or (state = 'closed' and $2 > $3) then 'waiting' else state end \
                       where dose_id = $1 and state in ('waiting', 'refused', 'closed')";
            sqlx::query(sql).bind(dose.id).bind(due_at).bind(now).execute(conn).await.map(drop)
        })?;
        self.file_is_old(dose.id).await
    }

    /// What a file for the headquarters said of a dose is right no more.
    pub async fn file_is_old(&mut self, dose: DoseId) -> sqlx::Result<()> {
        let sql = "update upload set carried = 'changed' where dose_id = $1 and carried is not null";
        on!(self, conn => sqlx::query(sql).bind(dose).execute(conn).await.map(drop))
    }

    /// Withdraws a record: it stays, and counts no more.
    pub async fn withdraw_dose(&mut self, dose: DoseId, now: Moment) -> sqlx::Result<()> {
        on!(self, conn => {
            sqlx::query("update dose set withdrawn_at = $2 where id = $1").bind(dose).bind(now).execute(&mut *conn).await?;
            sqlx::query("update upload set state = 'withdrawn' where dose_id = $1").bind(dose).execute(&mut *conn).await?;
            sqlx::query("update observation set left_at = $2 where dose_id = $1 and left_at is null").bind(dose).bind(now).execute(conn).await.map(drop)
        })?;
        self.file_is_old(dose).await
    }
}
