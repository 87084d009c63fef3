//! Doses that people were given.

use sqlx::FromRow;

use super::rows::{PushIn, write_rows};
use super::{Tx, on};
use crate::domain::booking::PastDose;
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Day;
use crate::ids::{BeneficiaryId, DoseId};

/// A past dose of somebody.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct DoseRow {
    pub id: DoseId,
    pub beneficiary_id: BeneficiaryId,
    pub number: i64,
    pub vaccine: Vaccine,
    pub given_on: Day,
}

impl From<DoseRow> for PastDose {
    fn from(row: DoseRow) -> Self {
        Self { number: row.number, vaccine: row.vaccine, given_on: row.given_on }
    }
}

impl Tx {
    /// The standing doses of these people, oldest first.
    pub async fn doses_of(&mut self, people: &[BeneficiaryId]) -> sqlx::Result<Vec<DoseRow>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id, beneficiary_id, number, vaccine, given_on from dose where withdrawn_at is null and beneficiary_id");
            sql.push_in(people).push(" order by number");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds doses that somebody has shown proof of.
    pub async fn add_stated_doses(&mut self, doses: &[DoseRow]) -> sqlx::Result<()> {
        let into = "insert into dose (id, beneficiary_id, number, vaccine, given_on, source) ";
        write_rows!(
            self,
            into,
            doses,
            |row| [row.id, row.beneficiary_id, row.number, row.vaccine, row.given_on, "stated"],
            " on conflict do nothing"
        )
        .map(drop)
    }
}
