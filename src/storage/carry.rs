//! Doses that are carried from one installation to another by hand, and whose word is taken for them.

use sqlx::FromRow;

use super::rows::{PushIn, write_rows};
use super::{Tx, on};
use crate::domain::campaign::Vaccine;
use crate::domain::care::MobileOf;
use crate::domain::moment::{Day, Moment};
use crate::domain::person::{Category, Gender, IdType, Mobile, Name};
use crate::i18n::Lang;
use crate::ids::{BeneficiaryId, CentreId, DoseId};

/// A dose as it stands in a file, whole: the person, what was given, and by when the portal must have it.
#[derive(Debug, Clone, FromRow, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Carried {
    pub dose: DoseId,
    pub number: i64,
    pub vaccine: Vaccine,
    pub given_on: Day,
    pub given_at: Moment,
    pub entered_at: Moment,
    pub entered_by: String,
    pub batch: String,
    pub vaccinator: String,
    pub centre: String,
    pub due_at: Moment,
    pub person: BeneficiaryId,
    pub name: Name,
    pub birth_year: i64,
    pub gender: Gender,
    pub category: Category,
    pub mobile: Option<Mobile>,
    pub mobile_of: MobileOf,
    pub language: Lang,
    pub id_type: IdType,
    pub id_end: String,
}

/// A key whose files are taken in.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct TrustedKey {
    pub thumbprint: String,
    pub name: String,
    pub public: Vec<u8>,
}

impl Tx {
    /// Every dose that is not on the portal and not handed over, earliest deadline first.
    pub async fn unsent_doses(&mut self) -> sqlx::Result<Vec<Carried>> {
        let sql = "select dose.id as dose, dose.number, vaccine, given_on, given_at, entered_at, entered_by, coalesce(batch, '') as batch, \
             coalesce(vaccinator, '') as vaccinator, centre.code as centre, due_at, beneficiary.id as person, name, birth_year, gender, \
             category, mobile, mobile_of, language, identity.type as id_type, id_end from upload join dose on dose.id = upload.dose_id \
             join centre on centre.id = dose.centre_id join beneficiary on beneficiary.id = dose.beneficiary_id \
             join identity on identity.hash = (select own.hash from identity own where own.beneficiary_id = beneficiary.id order by own.hash limit 1) \
             where upload.state in ('waiting', 'refused', 'closed') and dose.withdrawn_at is null order by due_at, dose.id";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// Which of these doses are on record already.
    pub async fn doses_on_record(&mut self, doses: &[DoseId]) -> sqlx::Result<Vec<DoseId>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id from dose where id");
            sql.push_in(doses);
            sql.build_query_scalar().fetch_all(conn).await
        })
    }

    /// Which of these people are on record already.
    pub async fn people_on_record(&mut self, people: &[BeneficiaryId]) -> sqlx::Result<Vec<BeneficiaryId>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id from beneficiary where id");
            sql.push_in(people);
            sql.build_query_scalar().fetch_all(conn).await
        })
    }

    /// Adds a dose that was given elsewhere. False: this person has another dose of that number on record.
    pub async fn add_carried_dose(&mut self, row: &Carried, centre: CentreId, thumbprint: &str, now: Moment) -> sqlx::Result<bool> {
        let into = "insert into dose (id, beneficiary_id, number, vaccine, given_on, source, centre_id, batch, vaccinator, given_at, \
             entered_at, entered_by) ";
        let added = write_rows!(
            self,
            into,
            [row],
            |row| [
                row.dose,
                row.person,
                row.number,
                row.vaccine,
                row.given_on,
                "recorded",
                centre,
                row.batch.as_str(),
                row.vaccinator.as_str(),
                row.given_at,
                row.entered_at,
                row.entered_by.as_str(),
            ],
            " on conflict do nothing"
        )?;
        if added == 1 {
            let into = "insert into imported_dose (dose_id, thumbprint, imported_at) ";
            write_rows!(self, into, [row], |row| [row.dose, thumbprint, now], "")?;
        }
        Ok(added == 1)
    }

    /// The headquarters has these doses: they are not ours to upload any more. How many were.
    pub async fn hand_over_uploads(&mut self, doses: &[DoseId]) -> sqlx::Result<u64> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update upload set state = 'handed_over' where state in ('waiting', 'refused', 'closed') and dose_id");
            sql.push_in(doses);
            sql.build().execute(conn).await.map(|done| done.rows_affected())
        })
    }

    /// Keys of other installations that are trusted.
    pub async fn trusted_keys(&mut self) -> sqlx::Result<Vec<TrustedKey>> {
        let sql = "select thumbprint, name, public from trusted_key where revoked_at is null order by name, thumbprint";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// Trusts a key from now on.
    pub async fn trust_key(&mut self, key: &TrustedKey, now: Moment) -> sqlx::Result<()> {
        let sql = "insert into trusted_key (thumbprint, name, public, added_at) values ($1, $2, $3, $4) \
             on conflict (thumbprint) do update set name = $2, revoked_at = null";
        on!(self, conn => sqlx::query(sql).bind(&key.thumbprint).bind(&key.name).bind(&key.public).bind(now).execute(conn).await.map(drop))
    }

    /// Trusts a key no more; whose it was, if it was trusted.
    pub async fn distrust_key(&mut self, thumbprint: &str, now: Moment) -> sqlx::Result<Option<String>> {
        let sql = "update trusted_key set revoked_at = $2 where thumbprint = $1 and revoked_at is null returning name";
        on!(self, conn => sqlx::query_scalar(sql).bind(thumbprint).bind(now).fetch_optional(conn).await)
    }
}
