//! The doses behind a number of the day: those of its tokens, and those that no token led to.

use sqlx::FromRow;

use super::field::CentreKind;
use super::rows::PushWithin;
use super::{Tx, on};
use crate::domain::campaign::Vaccine;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::person::Name;
use crate::domain::place::Scope;
use crate::ids::{CentreId, DoseId};

/// Which of a day's doses.
#[derive(Debug, Clone)]
pub struct GivenFilter {
    /// At centres within this.
    pub scope: Scope,
    /// On this day.
    pub day: Day,
    /// To people born in these years, both counted.
    pub born: Option<(i64, i64)>,
    /// At centres of this kind.
    pub kind: Option<CentreKind>,
    /// How many rows to pass over.
    pub skip: i64,
    /// How many rows at most.
    pub most: i64,
}

/// A dose of the day.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Given {
    pub id: DoseId,
    pub number: i64,
    pub vaccine: Vaccine,
    pub given_at: Moment,
    pub token: Option<TokenNumber>,
    pub call: Option<i64>,
    pub serial: Option<i64>,
    pub centre_id: CentreId,
    pub name: Name,
    pub birth_year: i64,
}

impl Given {
    /// What was called in the hall.
    pub fn call_number(&self) -> Option<CallNumber> {
        Some(CallNumber { slot: self.call?, serial: self.serial? })
    }
}

/// As the day counts them: a token's dose on its slot's day and at its centre, any other on its own.
const WITH_TOKEN: &str = "select dose.id as id, dose.number, dose.vaccine, dose.given_at as given_at, dose.token, slot.call, token.serial, slot.centre_id, \
     beneficiary.name, beneficiary.birth_year from slot join token on token.slot_id = slot.id \
     join dose on dose.token = token.number and dose.withdrawn_at is null join beneficiary on beneficiary.id = dose.beneficiary_id \
     join centre on centre.id = slot.centre_id join zone on zone.id = centre.zone_id \
     where token.state in ('vaccinated', 'left') and slot.day = ";
const WITHOUT: &str = " union all select dose.id as id, dose.number, dose.vaccine, dose.given_at as given_at, dose.token, null, null, dose.centre_id, \
     beneficiary.name, beneficiary.birth_year from dose join beneficiary on beneficiary.id = dose.beneficiary_id \
     join centre on centre.id = dose.centre_id join zone on zone.id = centre.zone_id \
     where dose.token is null and dose.withdrawn_at is null and dose.given_on = ";

impl Tx {
    /// The doses behind a number of a day, in the order in which they were given.
    pub async fn doses_of_day(&mut self, filter: &GivenFilter) -> sqlx::Result<Vec<Given>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("");
            for part in [WITH_TOKEN, WITHOUT] {
                sql.push(part).push_bind(filter.day);
                sql.push_within(filter.scope);
                if let Some(kind) = filter.kind { sql.push(" and centre.kind = ").push_bind(kind); }
                if let Some((first, last)) = filter.born { sql.push(" and birth_year >= ").push_bind(first).push(" and birth_year <= ").push_bind(last); }
            }
            sql.push(" order by given_at, id limit ").push_bind(filter.most).push(" offset ").push_bind(filter.skip);
            sql.build_query_as().fetch_all(conn).await
        })
    }
}
