//! Beneficiaries and their IDs.

use sqlx::FromRow;

use super::rows::{PushIn, with_rows, write_rows};
use super::writes::push_rows;
use super::{Tx, Writes, on};
use crate::domain::booking::Refusal;
use crate::domain::care::{MobileOf, Needs};
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::person::{Category, Gender, IdType, Locality, Mobile, Name};
use crate::i18n::Tongue;
use crate::ids::{BeneficiaryId, CentreId, DoseId};

/// A person who is due a dose.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Beneficiary {
    pub id: BeneficiaryId,
    pub mobile: Option<Mobile>,
    pub mobile_of: MobileOf,
    pub name: Name,
    pub birth_year: i64,
    pub gender: Gender,
    pub category: Category,
    pub certificate: bool,
    pub language: Tongue,
    pub needs: Needs,
    pub locality: Option<Locality>,
}

impl Beneficiary {
    /// "This ID is theirs": what is said to whoever typed it for somebody else. Nothing more of them is told.
    pub fn holds_the_id(&self) -> Refusal {
        Refusal::IdKnown { name: self.name.masked(), mobile_end: self.mobile.as_ref().map(|mobile| mobile.end().to_owned()) }
    }
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

/// A live token of somebody.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct LiveToken {
    pub beneficiary_id: BeneficiaryId,
    pub number: TokenNumber,
    pub dose: i64,
    pub starts: Moment,
}

/// A person and one of their IDs.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct OnRecord {
    #[sqlx(flatten)]
    pub person: Beneficiary,
    #[sqlx(flatten)]
    pub identity: Identity,
}

/// The first key behind all that begin with this one.
pub(super) fn after_all(key: &str) -> String {
    let mut letters: Vec<char> = key.chars().collect();
    if let Some(last) = letters.last_mut() {
        *last = char::from_u32(*last as u32 + 1).unwrap_or(char::MAX);
    }
    letters.into_iter().collect()
}

impl Tx {
    /// Lets no other transaction count the people under these numbers until this one ends. SQLite has one writer.
    pub async fn lock_mobiles(&mut self, mobiles: &[Mobile]) -> sqlx::Result<()> {
        let Self::Postgres(tx) = self else { return Ok(()) };
        let sql = "select pg_advisory_xact_lock(hashtextextended(mobile, 0)) from \
                   (select distinct unnest($1::text[]) as mobile order by mobile) as sorted";
        sqlx::query(sql).bind(mobiles).execute(&mut **tx).await.map(drop)
    }

    /// The people behind these ids, mobile numbers or hashes of IDs, oldest first, with each of their IDs. Everybody has one.
    pub async fn people(&mut self, ids: &[BeneficiaryId], mobiles: &[Mobile], hashes: &[Vec<u8>]) -> sqlx::Result<Vec<OnRecord>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("with wanted (id) as (select id from beneficiary where id");
            sql.push_in(ids).push(" union select id from beneficiary where mobile").push_in(mobiles);
            sql.push(" union select beneficiary_id from identity where hash").push_in(hashes);
            sql.push(") select beneficiary.id, mobile, mobile_of, name, birth_year, gender, category, certificate, language, needs, locality, hash, beneficiary_id, type, id_end \
                from wanted join beneficiary on beneficiary.id = wanted.id join identity on identity.beneficiary_id = wanted.id \
                order by birth_year, beneficiary.id, hash");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Whose doses without a token these are, as far as they have no short link of their own.
    pub async fn without_link(&mut self, doses: &[DoseId]) -> sqlx::Result<Vec<BeneficiaryId>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select distinct beneficiary_id from dose where token is null and withdrawn_at is null and id");
            sql.push_in(doses).push(" and not exists (select 1 from person_link own where own.beneficiary_id = dose.beneficiary_id)");
            sql.push(" order by beneficiary_id");
            sql.build_query_scalar().fetch_all(conn).await
        })
    }

    /// Gives people short links. Who has got one meanwhile keeps it.
    pub async fn add_person_links(&mut self, links: &[(String, BeneficiaryId)]) -> sqlx::Result<()> {
        write_rows!(
            self,
            "insert into person_link (link, beneficiary_id) ",
            links,
            |row| [&row.0, row.1],
            " on conflict (beneficiary_id) do nothing"
        )
        .map(drop)
    }

    /// Who was given a short link.
    pub async fn person_by_link(&mut self, link: &str) -> sqlx::Result<Option<BeneficiaryId>> {
        let sql = "select beneficiary_id from person_link where link = $1";
        on!(self, conn => sqlx::query_scalar(sql).bind(link).fetch_optional(conn).await)
    }

    /// Where somebody was vaccinated last; where no dose stands, the centre that a message was about.
    pub async fn centre_of_person(&mut self, person: BeneficiaryId) -> sqlx::Result<Option<CentreId>> {
        let sql = "select coalesce((select centre_id from dose where beneficiary_id = $1 and withdrawn_at is null and centre_id is not null \
                   order by number desc limit 1), (select centre_id from message where beneficiary_id = $1 order by made_at desc limit 1))";
        on!(self, conn => sqlx::query_scalar(sql).bind(person).fetch_one(conn).await)
    }

    /// People of the same sound of name and gender, born in the same year give or take one, as an age that is said leaves it: likely the
    /// same person under another ID or number.
    pub async fn likely_same(&mut self, key: &str, birth_year: i64, gender: Gender, most: i64) -> sqlx::Result<Vec<BeneficiaryId>> {
        let sql = "select id from beneficiary where name_key = $1 and birth_year between $2 - 1 and $2 + 1 and gender = $3 \
                   order by abs(birth_year - $2), id limit $4";
        on!(self, conn => sqlx::query_scalar(sql).bind(key).bind(birth_year).bind(gender).bind(most).fetch_all(conn).await)
    }

    /// People whose name begins with a key, in the order of their keys.
    pub async fn people_by_name(&mut self, key: &str, birth_year: Option<i64>, most: i64) -> sqlx::Result<Vec<BeneficiaryId>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id from beneficiary where name_key >= ");
            sql.push_bind(key).push(" and name_key < ").push_bind(after_all(key));
            if let Some(year) = birth_year { sql.push(" and birth_year = ").push_bind(year); }
            sql.push(" order by name_key, birth_year limit ").push_bind(most);
            sql.build_query_scalar().fetch_all(conn).await
        })
    }

    /// People who have had a dose, of any of these name keys, gender, and birth year give or take a year.
    pub async fn namesakes(&mut self, like: &[(String, i64, Gender)]) -> sqlx::Result<Vec<BeneficiaryId>> {
        let after = ") select distinct beneficiary.id from wanted join beneficiary on beneficiary.name_key = wanted.name_key \
             and beneficiary.birth_year between wanted.birth_year - 1 and wanted.birth_year + 1 \
             and beneficiary.gender = wanted.gender \
             where exists (select 1 from dose where dose.beneficiary_id = beneficiary.id and dose.withdrawn_at is null)";
        with_rows!(self, conn, sql, "with wanted (name_key, birth_year, gender) as (", like, |row| [&row.0, row.1, row.2], after => {
            sql.build_query_scalar().fetch_all(conn).await
        })
    }

    /// The live tokens of these people.
    pub async fn live_tokens_of(&mut self, people: &[BeneficiaryId]) -> sqlx::Result<Vec<LiveToken>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select beneficiary_id, number, dose, starts from token join slot on slot.id = token.slot_id \
                where cancelled_at is null and beneficiary_id");
            sql.push_in(people);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds people.
    pub async fn add_people(&mut self, people: &[Beneficiary], now: Moment) -> sqlx::Result<()> {
        let mut writes = self.writes();
        writes.add_people(people, now);
        self.write_together(writes).await.map(drop)
    }

    /// Adds IDs. Those that are already known stay whose they are; true: all were new.
    pub async fn add_identities(&mut self, identities: &[Identity]) -> sqlx::Result<bool> {
        let mut writes = self.writes();
        writes.add_identities(identities);
        self.write_together(writes).await
    }

    /// Notes where people live of whom that was not known. What stands on record is changed by mending only.
    pub async fn set_localities(&mut self, people: &[(BeneficiaryId, Locality)]) -> sqlx::Result<()> {
        let mut writes = self.writes();
        writes.set_localities(people);
        self.write_together(writes).await.map(drop)
    }

    /// Writes what help somebody needs, and in which language they are told.
    pub async fn set_care(&mut self, person: BeneficiaryId, needs: &Needs, language: Tongue) -> sqlx::Result<()> {
        let sql = "update beneficiary set needs = $2, language = $3 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(person).bind(needs).bind(language).execute(conn).await.map(drop))
    }

    /// Notes that a certificate was seen.
    pub async fn set_certificate(&mut self, people: &[BeneficiaryId]) -> sqlx::Result<()> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update beneficiary set certificate = true where id");
            sql.push_in(people);
            sql.build().execute(conn).await.map(drop)
        })
    }
}

impl Writes {
    /// Adds people.
    pub fn add_people(&mut self, people: &[Beneficiary], now: Moment) {
        let into = "insert into beneficiary (id, mobile, mobile_of, name, name_key, birth_year, gender, category, certificate, language, needs, locality, made_at) ";
        push_rows!(
            self,
            into,
            people,
            |row| [
                row.id,
                row.mobile.as_ref(),
                row.mobile_of,
                &row.name,
                row.name.key(),
                row.birth_year,
                row.gender,
                row.category,
                row.certificate,
                row.language,
                &row.needs,
                row.locality.as_ref(),
                now,
            ],
            ""
        );
    }

    /// Notes where people live of whom that was not known.
    pub fn set_localities(&mut self, people: &[(BeneficiaryId, Locality)]) {
        push_rows!(
            self,
            "with wanted (id, locality) as (",
            people,
            |row| [row.0, &row.1],
            ") update beneficiary set locality = wanted.locality from wanted where beneficiary.id = wanted.id and beneficiary.locality is null"
        );
    }

    /// Adds IDs, all of which must be new: one that is known stays whose it is.
    pub fn add_identities(&mut self, identities: &[Identity]) {
        push_rows!(
            self,
            "insert into identity (hash, beneficiary_id, type, id_end) ",
            identities,
            |row| [&row.hash, row.beneficiary_id, row.kind, &row.id_end],
            " on conflict (hash) do nothing"
        );
        self.must_write(identities.len());
    }
}
