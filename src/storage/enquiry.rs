//! What the enquiry desk needs to know of somebody, and who came to ask.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::{PushIn, PushWithin};
use super::{Tx, on};
use crate::domain::campaign::Vaccine;
use crate::domain::enquiry::Cause;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::person::{Mobile, Name};
use crate::domain::place::Scope;
use crate::ids::{BeneficiaryId, CentreId, DoseId};

/// Somebody, as far as it takes to tell two people apart.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Asker {
    pub id: BeneficiaryId,
    pub name: Name,
    pub birth_year: i64,
    pub mobile: Option<Mobile>,
}

/// A dose that was recorded, and where it stands.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Standing {
    pub beneficiary_id: BeneficiaryId,
    pub dose_id: DoseId,
    pub number: i64,
    pub vaccine: Vaccine,
    pub given_on: Day,
    pub entered_at: Option<Moment>,
    pub centre_id: CentreId,
    pub state: String,
    pub due_at: Moment,
    pub words: Option<String>,
    pub reference: Option<String>,
    pub message_failed: bool,
}

/// The last visit of somebody.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Visit {
    pub beneficiary_id: BeneficiaryId,
    pub number: TokenNumber,
    pub dose: i64,
    pub centre_id: CentreId,
    pub day: Day,
    pub came: bool,
}

/// Only those with a token or a dose at a centre; to be limited to a scope, and closed.
const HAS_BEEN: &str = " and exists (select 1 from (select centre_id from token where token.beneficiary_id = beneficiary.id \
     union all select centre_id from dose where dose.beneficiary_id = beneficiary.id) as place \
     join centre on centre.id = place.centre_id join zone on zone.id = centre.zone_id where 1 = 1";

impl Tx {
    /// People by their number here, within a scope: with a token or a dose there.
    pub async fn askers(&mut self, scope: Scope, people: &[BeneficiaryId], most: i64) -> sqlx::Result<Vec<Asker>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id, name, birth_year, mobile from beneficiary where id");
            sql.push_in(people).push(HAS_BEEN).push_within(scope).push(")");
            sql.push(" order by name, birth_year limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// People within a scope whose name sounds like this, born in a year if one is given.
    pub async fn people_named(&mut self, scope: Scope, key: &str, year: Option<i64>, most: i64) -> sqlx::Result<Vec<BeneficiaryId>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id from beneficiary where name_key = ");
            sql.push_bind(key);
            if let Some(year) = year { sql.push(" and birth_year = ").push_bind(year); }
            sql.push(HAS_BEEN).push_within(scope).push(") order by birth_year, id limit ").push_bind(most);
            sql.build_query_scalar().fetch_all(conn).await
        })
    }

    /// Everybody who had a token or a dose at a centre on a day.
    pub async fn people_there(&mut self, centre: CentreId, day: Day, most: i64) -> sqlx::Result<Vec<BeneficiaryId>> {
        let sql = "select beneficiary_id from dose where centre_id = $1 and given_on = $2 and withdrawn_at is null \
             union select beneficiary_id from token join slot on slot.id = token.slot_id \
             where token.centre_id = $1 and slot.day = $2 and cancelled_at is null limit $3";
        on!(self, conn => sqlx::query_scalar(sql).bind(centre).bind(day).bind(most).fetch_all(conn).await)
    }

    /// What was recorded for somebody here, the last dose first.
    pub async fn standings(&mut self, person: BeneficiaryId) -> sqlx::Result<Vec<Standing>> {
        let sql = "select dose.beneficiary_id, dose.id as dose_id, dose.number, vaccine, given_on, entered_at, dose.centre_id, upload.state, \
             due_at, upload.words, upload.reference, exists (select 1 from message where message.template = 'dose_uploaded' \
             and message.beneficiary_id = dose.beneficiary_id and message.made_at >= uploaded_at and message.state in ('failed', 'expired')) \
             as message_failed from dose join upload on upload.dose_id = dose.id where dose.beneficiary_id = $1 \
             order by dose.withdrawn_at is null desc, dose.number desc";
        on!(self, conn => sqlx::query_as(sql).bind(person).fetch_all(conn).await)
    }

    /// Somebody's tokens, the last one first.
    pub async fn visits(&mut self, person: BeneficiaryId) -> sqlx::Result<Vec<Visit>> {
        let sql = "select beneficiary_id, number, dose, token.centre_id, day, token.state in ('admitted', 'vaccinated', 'left') as came \
             from token join slot on slot.id = token.slot_id where beneficiary_id = $1 and cancelled_at is null order by starts desc";
        on!(self, conn => sqlx::query_as(sql).bind(person).fetch_all(conn).await)
    }

    /// Notes that somebody came to ask. How often they have been here, this time included.
    pub async fn add_enquiry(&mut self, id: Uuid, about: &str, cause: Cause, by_whom: &str, now: Moment) -> sqlx::Result<i64> {
        let sql = "insert into enquiry (id, about, at, cause, by_whom) values ($1, $2, $3, $4, $5) on conflict (id) do nothing";
        on!(self, conn => sqlx::query(sql).bind(id).bind(about).bind(now).bind(cause).bind(by_whom).execute(conn).await.map(drop)?);
        self.count_enquiries(about).await
    }

    /// How often somebody came to ask.
    pub async fn count_enquiries(&mut self, about: &str) -> sqlx::Result<i64> {
        on!(self, conn => sqlx::query_scalar("select count(*) from enquiry where about = $1").bind(about).fetch_one(conn).await)
    }
}
