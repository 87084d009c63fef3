//! Beneficiaries, their IDs and past doses.

use sqlx::FromRow;

use super::{Tx, on, push_list};
use crate::domain::booking::PastDose;
use crate::domain::campaign::Vaccine;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::person::{Category, Gender, IdType, Mobile, Name};
use crate::ids::BeneficiaryId;

/// A person who is due a dose.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Beneficiary {
    pub id: BeneficiaryId,
    pub mobile: Option<Mobile>,
    pub name: Name,
    pub birth_year: i64,
    pub gender: Gender,
    pub category: Category,
    pub certificate: bool,
}

/// One of a person's IDs.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Identity {
    pub hash: Vec<u8>,
    pub beneficiary_id: BeneficiaryId,
    #[sqlx(rename = "type")]
    pub kind: IdType,
    pub id_end: String,
}

/// A past dose of somebody.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct DoseRow {
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

/// A live token of somebody.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct LiveToken {
    pub beneficiary_id: BeneficiaryId,
    pub number: TokenNumber,
    pub dose: i64,
    pub starts: Moment,
}

const COLUMNS: &str = "select id, mobile, name, birth_year, gender, category, certificate from beneficiary ";

impl Tx {
    /// The people behind these ids or registered under these mobile numbers.
    pub async fn people(&mut self, ids: &[BeneficiaryId], mobiles: &[Mobile]) -> sqlx::Result<Vec<Beneficiary>> {
        let mut found = Vec::new();
        if !ids.is_empty() {
            found = on!(self, conn, Sql => {
                let mut sql = Sql::new(COLUMNS);
                sql.push("where id in ");
                push_list!(sql, ids.iter().copied());
                sql.build_query_as().fetch_all(conn).await?
            });
        }
        if !mobiles.is_empty() {
            let more: Vec<Beneficiary> = on!(self, conn, Sql => {
                let mut sql = Sql::new(COLUMNS);
                sql.push("where mobile in ");
                push_list!(sql, mobiles);
                sql.push(" order by birth_year, id");
                sql.build_query_as().fetch_all(conn).await?
            });
            found.extend(more.into_iter().filter(|person| !ids.contains(&person.id)));
        }
        Ok(found)
    }

    /// The IDs with these hashes.
    pub async fn identities(&mut self, hashes: &[Vec<u8>]) -> sqlx::Result<Vec<Identity>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select hash, beneficiary_id, type, id_end from identity where hash in ");
            push_list!(sql, hashes);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The IDs of these people.
    pub async fn identities_of(&mut self, people: &[BeneficiaryId]) -> sqlx::Result<Vec<Identity>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select hash, beneficiary_id, type, id_end from identity where beneficiary_id in ");
            push_list!(sql, people.iter().copied());
            sql.push(" order by hash");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The past doses of these people, oldest first.
    pub async fn doses_of(&mut self, people: &[BeneficiaryId]) -> sqlx::Result<Vec<DoseRow>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select beneficiary_id, number, vaccine, given_on from dose where beneficiary_id in ");
            push_list!(sql, people.iter().copied());
            sql.push(" order by number");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The live tokens of these people.
    pub async fn live_tokens_of(&mut self, people: &[BeneficiaryId]) -> sqlx::Result<Vec<LiveToken>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select beneficiary_id, number, dose, starts from token join slot on slot.id = token.slot_id \
                where state <> 'cancelled' and beneficiary_id in ");
            push_list!(sql, people.iter().copied());
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds people.
    pub async fn add_people(&mut self, people: &[Beneficiary], now: Moment) -> sqlx::Result<()> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("insert into beneficiary (id, mobile, name, birth_year, gender, category, certificate, made_at) ");
            sql.push_values(people, |mut row, person| {
                row.push_bind(person.id).push_bind(&person.mobile).push_bind(&person.name).push_bind(person.birth_year);
                row.push_bind(person.gender).push_bind(person.category).push_bind(person.certificate).push_bind(now);
            });
            sql.build().execute(conn).await.map(drop)
        })
    }

    /// Adds IDs. Those that are already known stay whose they are; true: all were new.
    pub async fn add_identities(&mut self, identities: &[Identity]) -> sqlx::Result<bool> {
        let added = on!(self, conn, Sql => {
            let mut sql = Sql::new("insert into identity (hash, beneficiary_id, type, id_end) ");
            sql.push_values(identities, |mut row, identity| {
                row.push_bind(&identity.hash).push_bind(identity.beneficiary_id).push_bind(identity.kind).push_bind(&identity.id_end);
            });
            sql.push(" on conflict (hash) do nothing");
            sql.build().execute(conn).await?.rows_affected()
        });
        Ok(added == identities.len() as u64)
    }

    /// Adds doses that somebody has shown proof of.
    pub async fn add_stated_doses(&mut self, doses: &[DoseRow]) -> sqlx::Result<()> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("insert into dose (beneficiary_id, number, vaccine, given_on, source) ");
            sql.push_values(doses, |mut row, dose| {
                row.push_bind(dose.beneficiary_id).push_bind(dose.number).push_bind(dose.vaccine).push_bind(dose.given_on).push_bind("stated");
            });
            sql.push(" on conflict do nothing");
            sql.build().execute(conn).await.map(drop)
        })
    }

    /// Notes that a certificate was seen.
    pub async fn set_certificate(&mut self, people: &[BeneficiaryId]) -> sqlx::Result<()> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update beneficiary set certificate = true where id in ");
            push_list!(sql, people.iter().copied());
            sql.build().execute(conn).await.map(drop)
        })
    }
}
