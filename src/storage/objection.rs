//! What people say is wrong with what stands on their page, and what they were answered.

use sqlx::FromRow;

use super::charge::{PushWhose, Whose};
use super::rows::PushWithin;
use super::{Tx, on};
use crate::domain::charge::Matter;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::place::Scope;
use crate::ids::{BeneficiaryId, CentreId};
use crate::words::words;

words! {
    /// What is wrong.
    Wrong {
        /// A dose is not there.
        DoseMissing = "dose_missing",
        /// A dose was never given.
        DoseNotGiven = "dose_not_given",
        /// The day of a dose.
        Day = "day",
        /// The vaccine.
        Vaccine = "vaccine",
        /// The name, birth year or photo ID.
        Person = "person",
        /// The mobile number: messages do not arrive.
        Mobile = "mobile",
        /// Something else.
        Other = "other",
    }
}

/// An objection.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Objection {
    pub number: i64,
    pub beneficiary_id: BeneficiaryId,
    pub centre_id: CentreId,
    pub token: Option<TokenNumber>,
    pub about: Wrong,
    pub words: String,
    pub made_at: Moment,
    pub answer: Option<String>,
    pub answered_at: Option<Moment>,
    pub answered_by: Option<String>,
}

impl Objection {
    /// As what the journal names it: the token on whose page it was said, or else the person.
    pub fn subject(&self) -> String {
        self.token.map_or_else(|| format!("person:{}", self.beneficiary_id), TokenNumber::plain)
    }
}

const OBJECTION: &str = "select objection.number, objection.beneficiary_id, objection.centre_id, objection.token, objection.about, \
     objection.words, objection.made_at, objection.answer, objection.answered_at, objection.answered_by from objection \
     join centre on centre.id = objection.centre_id join zone on zone.id = centre.zone_id ";

impl Tx {
    /// Adds an objection.
    pub async fn add_objection(&mut self, said: &Objection) -> sqlx::Result<()> {
        let sql =
            "insert into objection (number, beneficiary_id, centre_id, token, about, words, made_at) values ($1, $2, $3, $4, $5, $6, $7)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(said.number).bind(said.beneficiary_id).bind(said.centre_id).bind(said.token);
            query.bind(said.about).bind(&said.words).bind(said.made_at).execute(conn).await.map(drop)
        })
    }

    /// What was said on the page of a person's token, or on the person's own, the newest first.
    pub async fn objections_of(&mut self, person: BeneficiaryId, token: Option<TokenNumber>) -> sqlx::Result<Vec<Objection>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(OBJECTION);
            sql.push("where objection.beneficiary_id = ").push_bind(person).push(" and objection.token is not distinct from ").push_bind(token);
            sql.push(" order by objection.number desc limit 20");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// What waits for an answer within a scope, the oldest first.
    pub async fn open_objections(&mut self, scope: Scope, whose: Whose<'_>, most: i64) -> sqlx::Result<Vec<Objection>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(OBJECTION);
            sql.push("where objection.answered_at is null").push_within(scope).push_whose(Matter::Objection, whose);
            sql.push(" order by objection.number limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// What was answered last within a scope.
    pub async fn answered_objections(&mut self, scope: Scope, most: i64) -> sqlx::Result<Vec<Objection>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(OBJECTION);
            sql.push("where objection.answered_at is not null").push_within(scope);
            sql.push(" order by objection.answered_at desc limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The objection with a number.
    pub async fn objection(&mut self, number: i64) -> sqlx::Result<Option<Objection>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(OBJECTION);
            sql.push("where objection.number = ").push_bind(number);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// Answers an objection. False: somebody has answered it already, and that stands.
    pub async fn answer_objection(&mut self, number: i64, answer: &str, by: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update objection set answer = $2, answered_by = $3, answered_at = $4 where number = $1 and answered_at is null";
        on!(self, conn => Ok(sqlx::query(sql).bind(number).bind(answer).bind(by).bind(now).execute(conn).await?.rows_affected() > 0))
    }
}
