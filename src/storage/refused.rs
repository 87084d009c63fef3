//! Doses that the portal does not take as they are, and what is mended about them.

use sqlx::FromRow;

use super::charge::{PushWhose, Whose};
use super::rows::PushWithin;
use super::{Tx, on};
use crate::domain::campaign::Vaccine;
use crate::domain::charge::Matter;
use crate::domain::moment::{Day, Moment};
use crate::domain::person::{Mobile, Name};
use crate::domain::place::Scope;
use crate::ids::{BeneficiaryId, CentreId, DoseId};

/// A dose that was refused, with what may be wrong about it.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Refused {
    pub dose_id: DoseId,
    pub beneficiary_id: BeneficiaryId,
    pub number: i64,
    pub vaccine: Vaccine,
    pub given_on: Day,
    pub due_at: Moment,
    pub words: String,
    pub batch: String,
    pub vaccinator: String,
    pub centre_id: CentreId,
    pub name: Name,
    pub birth_year: i64,
    pub mobile: Option<Mobile>,
}

const REFUSED: &str = "select upload.dose_id, dose.beneficiary_id, dose.number, vaccine, given_on, due_at, coalesce(words, '') as words, \
     coalesce(batch, '') as batch, coalesce(vaccinator, '') as vaccinator, dose.centre_id, name, birth_year, mobile \
     from upload join dose on dose.id = upload.dose_id join beneficiary on beneficiary.id = dose.beneficiary_id \
     join centre on centre.id = dose.centre_id join zone on zone.id = centre.zone_id where upload.state = 'refused'";

impl Tx {
    /// What the portal refused within a scope, most urgent first; with some words only, when there are some.
    pub async fn refused_uploads(&mut self, scope: Scope, words: Option<&str>, whose: Whose<'_>, most: i64) -> sqlx::Result<Vec<Refused>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(REFUSED);
            sql.push_within(scope).push_whose(Matter::Upload, whose);
            if let Some(words) = words {
                sql.push(" and coalesce(words, '') = ").push_bind(words.to_owned());
            }
            sql.push(" order by due_at, upload.dose_id limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// One of them.
    pub async fn refused_upload(&mut self, scope: Scope, dose: DoseId) -> sqlx::Result<Option<Refused>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(REFUSED);
            sql.push_within(scope);
            sql.push(" and upload.dose_id = ").push_bind(dose);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// What the portal said within a scope, each with how often, the most frequent first.
    pub async fn portal_refusals(&mut self, scope: Scope) -> sqlx::Result<Vec<(String, i64)>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select coalesce(words, ''), count(*) from upload join dose on dose.id = upload.dose_id \
                join centre on centre.id = dose.centre_id join zone on zone.id = centre.zone_id where upload.state = 'refused'");
            sql.push_within(scope);
            sql.push(" group by 1 order by 2 desc, 1");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// How many doses are in each state of their way to the portal, within a scope.
    pub async fn count_uploads(&mut self, scope: Scope) -> sqlx::Result<Vec<(String, i64)>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select upload.state, count(*) from upload join dose on dose.id = upload.dose_id \
                join centre on centre.id = dose.centre_id join zone on zone.id = centre.zone_id where 1 = 1");
            sql.push_within(scope);
            sql.push(" group by 1");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Writes what a dose came from, as mended.
    pub async fn mend_dose(&mut self, row: &Refused) -> sqlx::Result<()> {
        let sql = "update dose set batch = $2, vaccinator = $3 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(row.dose_id).bind(&row.batch).bind(&row.vaccinator).execute(conn).await.map(drop))?;
        self.file_is_old(row.dose_id).await
    }

    /// The portal's number for a person was given to somebody else, or the person is to be looked for anew.
    pub async fn forget_reference(&mut self, person: BeneficiaryId) -> sqlx::Result<()> {
        let sql = "delete from portal_person where beneficiary_id = $1";
        on!(self, conn => sqlx::query(sql).bind(person).execute(conn).await.map(drop))
    }
}
