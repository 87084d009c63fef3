//! What was mended of a person, and people who were turned back and have no new time yet.

use sqlx::FromRow;
use uuid::Uuid;

use super::person::Beneficiary;
use super::rows::PushWithin;
use super::{Tx, on};
use crate::domain::admission::Verdict;
use crate::domain::care::{MobileOf, Needs};
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::person::{Gender, IdType, Locality, Mobile, Name};
use crate::domain::place::Scope;
use crate::i18n::Tongue;
use crate::ids::BeneficiaryId;

/// What is on record of a person and may have been typed wrong, beside their ID.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Particulars {
    pub name: Name,
    pub birth_year: i64,
    pub gender: Gender,
    pub mobile: Option<Mobile>,
    pub mobile_of: MobileOf,
    pub language: Tongue,
    pub needs: Needs,
    pub locality: Option<Locality>,
}

impl From<&Beneficiary> for Particulars {
    fn from(row: &Beneficiary) -> Self {
        Self {
            name: row.name.clone(),
            birth_year: row.birth_year,
            gender: row.gender,
            mobile: row.mobile.clone(),
            mobile_of: row.mobile_of,
            language: row.language,
            needs: row.needs.clone(),
            locality: row.locality.clone(),
        }
    }
}

/// What stood on record before somebody mended it.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Former {
    pub at: Moment,
    pub by_whom: String,
    #[sqlx(flatten)]
    pub said: Particulars,
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
        let sql = "insert into former_detail (id, beneficiary_id, at, by_whom, id_type, id_end, name, birth_year, gender, mobile, mobile_of, \
                   language, needs, locality) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
        let said = &row.said;
        on!(self, conn => {
            let query = sqlx::query(sql).bind(id).bind(person).bind(row.at).bind(&row.by_whom).bind(row.id_type).bind(&row.id_end);
            let query = query.bind(&said.name).bind(said.birth_year).bind(said.gender).bind(said.mobile.as_ref()).bind(said.mobile_of);
            query.bind(said.language).bind(&said.needs).bind(said.locality.as_ref()).execute(conn).await.map(drop)
        })
    }

    /// What stood there before each mending, latest first.
    pub async fn former_details(&mut self, person: BeneficiaryId) -> sqlx::Result<Vec<Former>> {
        let sql = "select at, by_whom, name, birth_year, gender, mobile, mobile_of, language, needs, locality, id_type, id_end from former_detail \
                   where beneficiary_id = $1 order by at desc, id desc";
        on!(self, conn => sqlx::query_as(sql).bind(person).fetch_all(conn).await)
    }

    /// Sets what is right of a person.
    pub async fn mend_person(&mut self, person: BeneficiaryId, right: &Particulars) -> sqlx::Result<()> {
        let sql = "update beneficiary set name = $2, name_key = $3, birth_year = $4, gender = $5, mobile = $6, mobile_of = $7, language = $8, \
                   needs = $9, locality = $10 where id = $1";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(person).bind(&right.name).bind(right.name.key()).bind(right.birth_year).bind(right.gender);
            let query = query.bind(right.mobile.as_ref()).bind(right.mobile_of).bind(right.language).bind(&right.needs);
            query.bind(right.locality.as_ref()).execute(conn).await.map(drop)
        })
    }

    /// The portal and the headquarters are to have a person as mended. What waits for the portal, or was refused there, goes up with what is
    /// right: a call that is under way with the old words settles nothing any more. Where nothing has arrived yet, the person is looked for
    /// anew there, too; and who is right about the number needs no comparing.
    pub async fn upload_as_mended(&mut self, person: BeneficiaryId, mobile: Option<&Mobile>, now: Moment) -> sqlx::Result<()> {
        let own = "dose_id in (select id from dose where beneficiary_id = $1 and withdrawn_at is null)";
        let again = format!(
            "update upload set version = version + 1, next_at = 0, state = case when state = 'waiting' or permission_id is not null or due_at > $2 then 'waiting' else 'closed' end \
             where state in ('waiting', 'refused') and {own}"
        );
        let files = format!("update upload set carried = 'changed' where carried is not null and {own}");
        let anew = format!(
            "delete from portal_person where beneficiary_id = $1 and not exists (select 1 from upload where state = 'uploaded' and {own})"
        );
        let found = "delete from portal_finding where beneficiary_id = $1 and kind = 'other_mobile' and $2 like '%' || substr(there, 2)";
        let mobile = mobile.map_or_else(String::new, ToString::to_string);
        on!(self, conn => {
            sqlx::query(sqlx::AssertSqlSafe(again)).bind(person).bind(now).execute(&mut *conn).await?;
            sqlx::query(sqlx::AssertSqlSafe(files)).bind(person).execute(&mut *conn).await?;
            sqlx::query(sqlx::AssertSqlSafe(anew)).bind(person).execute(&mut *conn).await?;
            sqlx::query(found).bind(person).bind(&mobile).execute(conn).await.map(drop)
        })
    }

    /// Takes away an ID that was mistyped: whoever really holds it may come.
    pub async fn remove_identity(&mut self, person: BeneficiaryId, kind: IdType, id_end: &str) -> sqlx::Result<()> {
        let sql = "delete from identity where beneficiary_id = $1 and type = $2 and id_end = $3";
        on!(self, conn => sqlx::query(sql).bind(person).bind(kind).bind(id_end).execute(conn).await.map(drop))
    }

    /// Notes which card a token's holder really has, where its slip has done its work: nothing is signed anew.
    pub async fn set_card(&mut self, number: TokenNumber, kind: IdType, id_end: &str) -> sqlx::Result<()> {
        let sql = "update token set id_type = $2, id_end = $3 where number = $1";
        on!(self, conn => sqlx::query(sql).bind(number).bind(kind).bind(id_end).execute(conn).await.map(drop))
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

    /// Who was turned back since a moment, with a token that still waits and was not moved since, latest first; once each. Who was only
    /// sent to the gate beside is none of them.
    pub async fn turned_back(&mut self, scope: Scope, since: Moment, most: i64) -> sqlx::Result<Vec<TurnedBack>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select scan.number, scan.verdict, scan.server_at from scan join token on token.number = scan.number \
                join centre on centre.id = scan.centre_id join zone on zone.id = centre.zone_id \
                where scan.kind = 'scan' and scan.verdict not in ('admitted', 'other_gate') \
                and not exists (select 1 from scan later where later.number = scan.number and later.kind = 'scan' \
                    and (later.server_at > scan.server_at or (later.server_at = scan.server_at and later.id > scan.id))) \
                and scan.server_at >= ");
            sql.push_bind(since).push(" and scan.server_at >= token.revised_at and token.state = 'issued'");
            sql.push_within(scope);
            sql.push(" order by scan.server_at desc limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }
}
