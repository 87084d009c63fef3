//! Doses that are carried from one installation to another by hand, and whose word is taken for them.

use std::collections::HashMap;

use sqlx::FromRow;
use uuid::Uuid;

use super::backlog::Permission;
use super::rows::{PushIn, write_rows};
use super::{Tx, on};
use crate::domain::campaign::Vaccine;
use crate::domain::care::MobileOf;
use crate::domain::moment::{Day, Moment};
use crate::domain::person::{Category, Gender, IdType, Locality, Mobile, Name};
use crate::i18n::Tongue;
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
    pub language: Tongue,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality: Option<Locality>,
    pub id_type: IdType,
    pub id_end: String,
    /// It was recorded by mistake, and counts no more.
    pub withdrawn_at: Option<Moment>,
    #[serde(skip)]
    pub permission_id: Option<Uuid>,
    /// What lets it go up after its deadline.
    #[sqlx(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
}

/// What is known of a dose that came in a file.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct FromFile {
    pub dose_id: DoseId,
    pub thumbprint: String,
    pub content: Vec<u8>,
}

const CARRIED: &str = "select dose.id as dose, dose.number, vaccine, given_on, given_at, entered_at, entered_by, coalesce(batch, '') as batch, \
     coalesce(vaccinator, '') as vaccinator, centre.code as centre, due_at, beneficiary.id as person, name, birth_year, gender, \
     category, mobile, mobile_of, language, locality, identity.type as id_type, id_end, withdrawn_at, permission_id \
     from upload join dose on dose.id = upload.dose_id \
     join centre on centre.id = dose.centre_id join beneficiary on beneficiary.id = dose.beneficiary_id \
     join identity on identity.hash = (select own.hash from identity own where own.beneficiary_id = beneficiary.id order by own.hash limit 1) ";

/// A key whose files are taken in.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct TrustedKey {
    pub thumbprint: String,
    pub name: String,
    pub public: Vec<u8>,
}

impl Tx {
    /// Every dose that is not on the portal and not handed over, earliest deadline first; and whatever has changed since it was in a file.
    pub async fn unsent_doses(&mut self) -> sqlx::Result<Vec<Carried>> {
        let mut doses: Vec<Carried> = on!(self, conn, Sql => {
            let mut sql = Sql::new(CARRIED);
            sql.push("where (upload.state in ('waiting', 'refused', 'closed') and withdrawn_at is null) or carried = 'changed' order by due_at, dose.id");
            sql.build_query_as().fetch_all(conn).await?
        });
        let mut ids: Vec<_> = doses.iter().filter_map(|dose| dose.permission_id).collect();
        ids.sort_unstable();
        ids.dedup();
        if !ids.is_empty() {
            let found: HashMap<_, _> = self.permissions(&ids).await?.into_iter().map(|row| (row.id, row)).collect();
            for dose in &mut doses {
                dose.permission = dose.permission_id.and_then(|id| found.get(&id).cloned());
            }
        }
        Ok(doses)
    }

    /// These doses as a file would say them.
    pub async fn carried_doses(&mut self, doses: &[DoseId]) -> sqlx::Result<Vec<Carried>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(CARRIED);
            sql.push("where dose.id").push_in(doses);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Notes that doses were written into a file. What has changed since an earlier one stays so until that is acknowledged.
    pub async fn begin_carrying(&mut self, doses: &[DoseId]) -> sqlx::Result<()> {
        if doses.is_empty() {
            return Ok(());
        }
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update upload set carried = 'same' where carried is null and dose_id");
            sql.push_in(doses);
            sql.build().execute(conn).await.map(drop)
        })
    }

    /// Notes what a file or an acknowledgement has said of doses: what stands here, or something else.
    pub async fn set_carried(&mut self, doses: &[DoseId], is_same: bool) -> sqlx::Result<()> {
        if doses.is_empty() {
            return Ok(());
        }
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update upload set carried = ");
            sql.push_bind(if is_same { "same" } else { "changed" }).push(" where dose_id").push_in(doses);
            sql.build().execute(conn).await.map(drop)
        })
    }

    /// Which of these doses the portal has.
    pub async fn doses_on_portal(&mut self, doses: &[DoseId]) -> sqlx::Result<Vec<DoseId>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select dose_id from upload where uploaded_at is not null and dose_id");
            sql.push_in(doses);
            sql.build_query_scalar().fetch_all(conn).await
        })
    }

    /// What files said of these doses when they were taken in.
    pub async fn from_files(&mut self, doses: &[DoseId]) -> sqlx::Result<Vec<FromFile>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select dose_id, thumbprint, content from imported_dose where dose_id");
            sql.push_in(doses);
            sql.build_query_as().fetch_all(conn).await
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
    pub async fn add_carried_dose(&mut self, row: &Carried, centre: CentreId, from: &FromFile, now: Moment) -> sqlx::Result<bool> {
        let into = "insert into dose (id, beneficiary_id, number, vaccine, given_on, source, centre_id, batch, vaccinator, given_at, \
             entered_at, entered_by, stored_at) ";
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
                now,
            ],
            " on conflict do nothing"
        )?;
        if added == 1 {
            let into = "insert into imported_dose (dose_id, thumbprint, imported_at, content) ";
            write_rows!(self, into, [from], |from| [from.dose_id, from.thumbprint.as_str(), now, from.content.as_slice()], "")?;
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
