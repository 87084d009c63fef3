//! What the centres gave in a round.

use sqlx::FromRow;

use super::rows::PushIn;
use super::{Tx, on};
use crate::domain::moment::{Day, Moment};
use crate::domain::round::{ByAge, Round};
use crate::ids::CentreId;

/// Doses of one centre by age group.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct CentreDoses {
    pub centre_id: CentreId,
    pub sixty: i64,
    pub forty_five: i64,
    pub younger: i64,
}

impl From<CentreDoses> for ByAge {
    fn from(row: CentreDoses) -> Self {
        Self { sixty: row.sixty, forty_five: row.forty_five, younger: row.younger }
    }
}

impl Tx {
    /// Standing doses of a round that were given by a moment, by centre.
    pub async fn round_doses(&mut self, round: &Round, by: Moment) -> sqlx::Result<Vec<CentreDoses>> {
        let (from, until) = round.days_until(by.day());
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select dose.centre_id, count(*) filter (where birth_year <= ");
            sql.push_bind(round.age_in_year - 60).push(") as sixty, count(*) filter (where birth_year > ").push_bind(round.age_in_year - 60);
            sql.push(" and birth_year <= ").push_bind(round.age_in_year - 45).push(") as forty_five, count(*) filter (where birth_year > ");
            sql.push_bind(round.age_in_year - 45).push(") as younger from centre join dose on dose.centre_id = centre.id");
            sql.push(" join beneficiary on beneficiary.id = dose.beneficiary_id where dose.given_on >= ").push_bind(from);
            sql.push(" and dose.given_on <= ").push_bind(until).push(" and dose.given_at <= ").push_bind(by);
            sql.push(" and dose.withdrawn_at is null and beneficiary.category").push_in(&round.categories).push(" group by dose.centre_id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Centres that a session was planned at between two days, both counted.
    pub async fn planned_centres(&mut self, from: Day, until: Day) -> sqlx::Result<Vec<CentreId>> {
        let sql = "select distinct centre_id from session where day >= $1 and day <= $2";
        on!(self, conn => sqlx::query_scalar(sql).bind(from).bind(until).fetch_all(conn).await)
    }
}
