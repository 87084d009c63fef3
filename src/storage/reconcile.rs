//! What the last reconciliation found.

use std::collections::HashMap;

use sqlx::FromRow;

use super::charge::{PushWhose, Whose};
use super::rows::{PushIn, PushWithin, write_rows};
use super::{Tx, on};
use crate::domain::charge::Matter;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::person::{Mobile, Name};
use crate::domain::place::Scope;
use crate::domain::reconcile::Difference;
use crate::ids::{BeneficiaryId, CentreId, DoseId};

/// Somebody with doses that were uploaded from here.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct OnPortal {
    pub person: BeneficiaryId,
    pub name: Name,
    pub birth_year: i64,
    pub mobile: Option<Mobile>,
    pub reference: Option<String>,
    /// Number, day, and whether it was uploaded from here.
    #[sqlx(skip)]
    pub doses: Vec<(i64, Day, bool)>,
}

/// A difference of one person.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Finding {
    pub beneficiary_id: BeneficiaryId,
    pub dose: i64,
    pub kind: Difference,
    pub here: String,
    pub there: String,
    pub found_at: Moment,
}

/// A difference as the page shows it.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct FindingRow {
    #[sqlx(flatten)]
    pub finding: Finding,
    pub name: Name,
    pub birth_year: i64,
    pub mobile: Option<Mobile>,
    pub centre_id: CentreId,
    /// The record of the dose that differs, where there is one here.
    pub dose_id: Option<DoseId>,
    /// The token of the last dose that was uploaded.
    pub token: Option<TokenNumber>,
    /// When somebody asked the portal's office to put it right, and who.
    pub asked_at: Option<Moment>,
    pub asked_by: Option<String>,
}

const FINDING: &str = "select finding.beneficiary_id, finding.dose, finding.kind, finding.here, finding.there, found_at, name, birth_year, mobile, \
     centre.id as centre_id, dose.token, portal_asked.at as asked_at, portal_asked.by_whom as asked_by, \
     (select own.id from dose own where own.beneficiary_id = finding.beneficiary_id and own.number = finding.dose \
         and own.withdrawn_at is null and own.source = 'recorded') as dose_id \
     from portal_finding finding join beneficiary on beneficiary.id = finding.beneficiary_id \
     join dose on dose.id = (select own.id from dose own join upload on upload.dose_id = own.id \
         where own.beneficiary_id = finding.beneficiary_id and own.withdrawn_at is null order by own.number desc limit 1) \
     join centre on centre.id = dose.centre_id join zone on zone.id = centre.zone_id \
     left join portal_asked on portal_asked.beneficiary_id = finding.beneficiary_id and portal_asked.dose = finding.dose \
         and portal_asked.kind = finding.kind where 1 = 1";

impl Tx {
    /// People with a dose that was uploaded from here and given from a day on, or with a difference that still stands, in the order of
    /// their ids.
    pub async fn uploaded_people(&mut self, from: Day, after: Option<BeneficiaryId>, most: i64) -> sqlx::Result<Vec<OnPortal>> {
        let mut people: Vec<OnPortal> = on!(self, conn, Sql => {
            let mut sql = Sql::new("select beneficiary.id as person, name, birth_year, mobile, portal_person.reference from beneficiary \
                left join portal_person on portal_person.beneficiary_id = beneficiary.id where (exists (select 1 from dose \
                join upload on upload.dose_id = dose.id where dose.beneficiary_id = beneficiary.id and upload.state = 'uploaded' \
                and dose.withdrawn_at is null and given_on >= ");
            sql.push_bind(from).push(") or beneficiary.id in (select beneficiary_id from portal_finding))");
            if let Some(after) = after {
                sql.push(" and beneficiary.id > ").push_bind(after);
            }
            sql.push(" order by beneficiary.id limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await?
        });
        if people.is_empty() {
            return Ok(people);
        }
        let ids: Vec<_> = people.iter().map(|person| person.person).collect();
        let doses: Vec<(BeneficiaryId, i64, Day, bool)> = on!(self, conn, Sql => {
            let mut sql = Sql::new("select beneficiary_id, number, given_on, coalesce(upload.state, '') = 'uploaded' from dose \
                left join upload on upload.dose_id = dose.id where withdrawn_at is null and beneficiary_id");
            sql.push_in(&ids).push(" order by number");
            sql.build_query_as().fetch_all(conn).await?
        });
        let mut by_person: HashMap<_, Vec<_>> = HashMap::new();
        for (person, number, day, uploaded) in doses {
            by_person.entry(person).or_default().push((number, day, uploaded));
        }
        for person in &mut people {
            person.doses = by_person.remove(&person.person).unwrap_or_default();
        }
        Ok(people)
    }

    /// Writes what was found about these people, in place of what was found before.
    pub async fn set_findings(&mut self, people: &[BeneficiaryId], findings: &[Finding]) -> sqlx::Result<()> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("delete from portal_finding where beneficiary_id");
            sql.push_in(people);
            sql.build().execute(conn).await.map(drop)
        })?;
        if findings.is_empty() {
            return Ok(());
        }
        let into = "insert into portal_finding (beneficiary_id, dose, kind, here, there, found_at) ";
        write_rows!(self, into, findings, |row| [row.beneficiary_id, row.dose, row.kind, &row.here, &row.there, row.found_at], "").map(drop)
    }

    /// What was found within a scope.
    pub async fn findings(&mut self, scope: Scope, whose: Whose<'_>, most: i64) -> sqlx::Result<Vec<FindingRow>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(FINDING);
            sql.push_within(scope).push_whose(Matter::Difference, whose);
            sql.push(" order by finding.kind, name limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The centre on whose list a dose of somebody stands that differs.
    pub async fn finding_place(&mut self, scope: Scope, person: BeneficiaryId, dose: i64) -> sqlx::Result<Option<CentreId>> {
        let found: Option<FindingRow> = on!(self, conn, Sql => {
            let mut sql = Sql::new(FINDING);
            sql.push_within(scope).push(" and finding.beneficiary_id = ").push_bind(person);
            sql.push(" and finding.dose = ").push_bind(dose).push(" limit 1");
            sql.build_query_as().fetch_optional(conn).await?
        });
        Ok(found.map(|row| row.centre_id))
    }

    /// Notes that the portal's office was asked to put a difference right. False: there is no such difference.
    pub async fn add_asked(&mut self, person: BeneficiaryId, dose: i64, kind: Difference, by: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "insert into portal_asked (beneficiary_id, dose, kind, at, by_whom) select beneficiary_id, dose, kind, $4, $5 \
                   from portal_finding where beneficiary_id = $1 and dose = $2 and kind = $3 \
                   on conflict (beneficiary_id, dose, kind) do update set at = $4, by_whom = $5";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(person).bind(dose).bind(kind).bind(now).bind(by);
            Ok(query.execute(conn).await?.rows_affected() > 0)
        })
    }

    /// One person's findings, for the pages about that person.
    pub async fn findings_of(&mut self, person: BeneficiaryId) -> sqlx::Result<Vec<Finding>> {
        let sql =
            "select beneficiary_id, dose, kind, here, there, found_at from portal_finding where beneficiary_id = $1 order by dose, kind";
        on!(self, conn => sqlx::query_as(sql).bind(person).fetch_all(conn).await)
    }

    /// The portal does not have a dose that it said it had: it goes into the line again, or waits for a permission when its
    /// deadline has passed.
    pub async fn upload_once_more(
        &mut self,
        scope: Scope,
        person: BeneficiaryId,
        number: i64,
        now: Moment,
    ) -> sqlx::Result<Option<DoseId>> {
        let (zone, centre, district) = scope.columns();
        let sql = "update upload set state = case when permission_id is null and due_at <= $6 then 'closed' else 'waiting' end, \
             next_at = 0, tries = tries + 1, uploaded_at = null where state = 'uploaded' \
             and dose_id = (select dose.id from dose join centre on centre.id = dose.centre_id join zone on zone.id = centre.zone_id \
                 where beneficiary_id = $1 and number = $2 and withdrawn_at is null and $3 in (0, centre.zone_id) and $4 in (0, centre.id) \
                 and $5 in (0, zone.district_id)) returning dose_id";
        let sent = on!(self, conn => sqlx::query_scalar(sql)
            .bind(person)
            .bind(number)
            .bind(zone)
            .bind(centre)
            .bind(district)
            .bind(now)
            .fetch_optional(conn)
            .await?);
        if sent.is_some() {
            let sql = "delete from portal_finding where beneficiary_id = $1 and dose = $2 and kind = 'missing'";
            on!(self, conn => sqlx::query(sql).bind(person).bind(number).execute(conn).await.map(drop))?;
        }
        Ok(sent)
    }
}
