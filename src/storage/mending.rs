//! What was mended of a person, and people who were turned back and have no new time yet.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Tx, on};
use crate::domain::admission::Verdict;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::person::{IdType, Mobile, Name};
use crate::domain::place::Scope;
use crate::ids::BeneficiaryId;

/// What stood on record before somebody mended it.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Former {
    pub at: Moment,
    pub by_whom: String,
    pub name: Name,
    pub birth_year: i64,
    pub id_type: IdType,
    pub id_end: String,
}

/// Somebody who was sent away from the gate with a token that is still good.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct TurnedBack {
    pub number: TokenNumber,
    pub verdict: Verdict,
    pub server_at: Moment,
}

impl Tx {
    /// Keeps what stood there before.
    pub async fn add_former(&mut self, id: Uuid, person: BeneficiaryId, row: &Former) -> sqlx::Result<()> {
        let sql = "insert into former_detail (id, beneficiary_id, at, by_whom, name, birth_year, id_type, id_end) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(id).bind(person).bind(row.at).bind(&row.by_whom).bind(&row.name);
            query.bind(row.birth_year).bind(row.id_type).bind(&row.id_end).execute(conn).await.map(drop)
        })
    }

    /// What stood there before each mending, latest first.
    pub async fn former_details(&mut self, person: BeneficiaryId) -> sqlx::Result<Vec<Former>> {
        let sql =
            "select at, by_whom, name, birth_year, id_type, id_end from former_detail where beneficiary_id = $1 order by at desc, id desc";
        on!(self, conn => sqlx::query_as(sql).bind(person).fetch_all(conn).await)
    }

    /// Sets the right name and birth year.
    pub async fn mend_person(&mut self, person: BeneficiaryId, name: &Name, birth_year: i64) -> sqlx::Result<()> {
        let sql = "update beneficiary set name = $2, name_key = $3, birth_year = $4 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(person).bind(name).bind(name.key()).bind(birth_year).execute(conn).await.map(drop))
    }

    /// Sets the right mobile number, or that there is none.
    pub async fn set_mobile(&mut self, person: BeneficiaryId, mobile: Option<&Mobile>) -> sqlx::Result<()> {
        let sql = "update beneficiary set mobile = $2 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(person).bind(mobile).execute(conn).await.map(drop))
    }

    /// Takes away an ID that was mistyped: whoever really holds it may come.
    pub async fn remove_identity(&mut self, person: BeneficiaryId, kind: IdType, id_end: &str) -> sqlx::Result<()> {
        let sql = "delete from identity where beneficiary_id = $1 and type = $2 and id_end = $3";
        on!(self, conn => sqlx::query(sql).bind(person).bind(kind).bind(id_end).execute(conn).await.map(drop))
    }

    /// Gives a token another holder's mark: a higher revision, a new signature.
    pub async fn sign_anew(
        &mut self,
        number: TokenNumber,
        revision: i64,
        kind: IdType,
        id_end: &str,
        cose: &[u8],
        now: Moment,
    ) -> sqlx::Result<()> {
        let sql = "update token set revision = $2, id_type = $3, id_end = $4, cose = $5, revised_at = $6 where number = $1";
        on!(self, conn => {
            sqlx::query(sql).bind(number).bind(revision).bind(kind).bind(id_end).bind(cose).bind(now).execute(conn).await.map(drop)
        })
    }

    /// Who was turned back since a moment, with a token that still waits and was not moved since, latest first.
    pub async fn turned_back(&mut self, scope: Scope, since: Moment, most: i64) -> sqlx::Result<Vec<TurnedBack>> {
        let (zone, centre, district) = scope.columns();
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select scan.number, scan.verdict, scan.server_at from scan join token on token.number = scan.number \
                join centre on centre.id = scan.centre_id join zone on zone.id = centre.zone_id \
                where scan.kind = 'scan' and scan.verdict <> 'admitted' and scan.server_at >= ");
            sql.push_bind(since).push(" and scan.server_at >= token.revised_at and token.state = 'issued'");
            if centre.0 > 0 { sql.push(" and scan.centre_id = ").push_bind(centre); }
            if zone.0 > 0 { sql.push(" and centre.zone_id = ").push_bind(zone); }
            if district.0 > 0 { sql.push(" and zone.district_id = ").push_bind(district); }
            sql.push(" order by scan.server_at desc limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }
}
