//! What must reach the national portal.

use std::collections::HashMap;

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::{Dialect, PushIn, write_rows};
use super::{Tx, on};
use crate::domain::campaign::Vaccine;
use crate::domain::moment::{Day, Moment};
use crate::domain::person::{Gender, IdType, Mobile, Name};
use crate::ids::{BeneficiaryId, CentreId, DoseId};

/// A recorded dose that is to be uploaded.
#[derive(Debug, Clone, Copy)]
pub struct NewUpload {
    /// Which dose.
    pub dose_id: DoseId,
    /// The campaign's deadline for it.
    pub due_at: Moment,
    /// The deadline has passed: it goes up only with a permission.
    pub is_late: bool,
    /// The permission.
    pub permission_id: Option<Uuid>,
}

/// A dose with all that the portal wants to know of it.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Upload {
    pub dose_id: DoseId,
    pub beneficiary_id: BeneficiaryId,
    pub due_at: Moment,
    pub tries: i64,
    /// Counts what was corrected: a call settles only what it was made with.
    pub version: i64,
    pub number: i64,
    pub vaccine: Vaccine,
    pub given_on: Day,
    pub given_at: Option<Moment>,
    pub entered_at: Option<Moment>,
    pub batch: Option<String>,
    pub vaccinator: Option<String>,
    pub centre_id: CentreId,
    /// The centre's number on the portal, where it is not our own.
    pub portal_centre: Option<String>,
    pub name: Name,
    pub birth_year: i64,
    pub gender: Gender,
    pub mobile: Option<Mobile>,
    /// The portal's number for the person, when it is known.
    pub reference: Option<String>,
    #[sqlx(skip)]
    pub id: Option<(IdType, String)>,
    /// The day of dose 1, for a later one.
    #[sqlx(skip)]
    pub first_day: Option<Day>,
    /// Somebody may have sent it before and not heard the answer: to be looked up first.
    #[sqlx(skip)]
    pub unsure: bool,
}

/// What a call came to.
#[derive(Debug, Clone)]
pub struct Settled {
    /// Which dose.
    pub dose_id: DoseId,
    /// As it was when the call began.
    pub version: i64,
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
    /// Where it was given.
    pub centre_id: CentreId,
    /// Whether the person has a phone, to be told.
    pub has_phone: bool,
    /// The state it has from now on: `uploaded`, `refused` or still `waiting`.
    pub state: &'static str,
    /// What the portal said.
    pub words: Option<String>,
    /// The portal's number for the person, as far as it is known now.
    pub reference: Option<String>,
    /// Not to be tried before.
    pub next_at: Moment,
    /// Whether this was a try that counts.
    pub tried: bool,
}

const UPLOAD: &str = "select upload.dose_id, dose.beneficiary_id, due_at, tries, upload.version, dose.number, vaccine, given_on, given_at, entered_at, batch, \
     vaccinator, dose.centre_id, portal_centre.portal_id as portal_centre, name, birth_year, gender, mobile, portal_person.reference \
     from upload join dose on dose.id = upload.dose_id join beneficiary on beneficiary.id = dose.beneficiary_id \
     left join portal_person on portal_person.beneficiary_id = dose.beneficiary_id \
     left join portal_centre on portal_centre.centre_id = dose.centre_id where upload.dose_id";

impl Tx {
    /// Puts doses in line for the portal. Those that are in line already stay as they are.
    pub async fn add_uploads(&mut self, uploads: &[NewUpload]) -> sqlx::Result<()> {
        let into = "insert into upload (dose_id, due_at, state, permission_id) ";
        let state = |row: &NewUpload| if row.is_late && row.permission_id.is_none() { "closed" } else { "waiting" };
        let known = " on conflict (dose_id) do nothing";
        write_rows!(self, into, uploads, |row| [row.dose_id, row.due_at, state(row), row.permission_id], known).map(drop)
    }

    /// Takes what is to be uploaded next under a lease, earliest deadline first. A later dose waits for the same person's earlier
    /// one; what this worker has under way itself is not taken twice, however the clock jumps.
    pub async fn take_uploads(&mut self, worker: Uuid, now: Moment, until: Moment, most: i64) -> sqlx::Result<Vec<Upload>> {
        let taken: Vec<(DoseId, bool)> = on!(self, conn, Sql => {
            let mut sql = Sql::new("select upload.dose_id, tries > 0 or leased_by is not null from upload \
                join dose on dose.id = upload.dose_id where upload.state = 'waiting' and next_at <= ");
            sql.push_bind(now).push(" and leased_until <= ").push_bind(now);
            sql.push(" and (leased_by is null or leased_by <> ").push_bind(worker);
            sql.push(") and not exists (select 1 from dose earlier join upload before on before.dose_id = earlier.id \
                where earlier.beneficiary_id = dose.beneficiary_id and earlier.number < dose.number and earlier.withdrawn_at is null \
                and before.state = 'waiting') order by due_at limit ");
            sql.push_bind(most).push(Sql::TAKE_UPLOADS);
            sql.build_query_as().fetch_all(conn).await?
        });
        if taken.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = taken.iter().map(|(dose, _)| *dose).collect();
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update upload set leased_by = ");
            sql.push_bind(worker).push(", leased_until = ").push_bind(until).push(" where dose_id").push_in(&ids);
            sql.build().execute(conn).await?;
        });
        let unsure: HashMap<_, _> = taken.into_iter().collect();
        let mut uploads = self.uploads(&ids).await?;
        for upload in &mut uploads {
            upload.unsure = unsure.get(&upload.dose_id).copied().unwrap_or(true);
        }
        Ok(uploads)
    }

    /// These doses with all that the portal wants to know, earliest deadline first.
    pub async fn uploads(&mut self, doses: &[DoseId]) -> sqlx::Result<Vec<Upload>> {
        let mut uploads: Vec<Upload> = on!(self, conn, Sql => {
            let mut sql = Sql::new(UPLOAD);
            sql.push_in(doses).push(" order by due_at, upload.dose_id");
            sql.build_query_as().fetch_all(conn).await?
        });
        let people: Vec<_> = uploads.iter().map(|upload| upload.beneficiary_id).collect();
        if people.is_empty() {
            return Ok(uploads);
        }
        let ids: Vec<(BeneficiaryId, IdType, String)> = on!(self, conn, Sql => {
            let mut sql = Sql::new("select beneficiary_id, type, id_end from identity where beneficiary_id");
            sql.push_in(&people).push(" order by hash desc");
            sql.build_query_as().fetch_all(conn).await?
        });
        let ids: HashMap<_, _> = ids.into_iter().map(|(person, kind, end)| (person, (kind, end))).collect();
        let first: HashMap<_, _> = self
            .doses_of(&people)
            .await?
            .into_iter()
            .filter(|dose| dose.number == 1)
            .map(|dose| (dose.beneficiary_id, dose.given_on))
            .collect();
        for upload in &mut uploads {
            upload.id = ids.get(&upload.beneficiary_id).cloned();
            upload.first_day = first.get(&upload.beneficiary_id).copied();
        }
        Ok(uploads)
    }

    /// Writes what calls came to, and ends their leases. Whoever has lost a lease meanwhile writes nothing; what was corrected meanwhile
    /// is looked up at the portal, like after a lost answer, and whoever the portal took the person for then is forgotten. Which ones were
    /// written.
    pub async fn settle_uploads(&mut self, worker: Uuid, settled: &[Settled], now: Moment) -> sqlx::Result<Vec<DoseId>> {
        let (mut written, mut referenced) = (Vec::new(), Vec::new());
        for row in settled {
            let uploaded_at = (row.state == "uploaded").then_some(now);
            // A dose that was withdrawn meanwhile stays so, but it is noted that the portal has it.
            let sql = "update upload set state = case when state = 'waiting' and version = $9 then $3 else state end, \
                words = coalesce($4, words), reference = case when version = $9 then coalesce($5, reference) else reference end, next_at = case when version = $9 then $6 else 0 end, \
                tries = tries + $7, leased_by = null, leased_until = 0, \
                uploaded_at = case when state = 'waiting' and version <> $9 then uploaded_at else coalesce($8, uploaded_at) end \
                where dose_id = $1 and leased_by = $2 returning state, version";
            let held: Option<(String, i64)> = on!(self, conn => sqlx::query_as(sql)
                .bind(row.dose_id)
                .bind(worker)
                .bind(row.state)
                .bind(row.words.as_deref())
                .bind(row.reference.as_deref())
                .bind(row.next_at)
                .bind(i64::from(row.tried))
                .bind(uploaded_at)
                .bind(row.version)
                .fetch_optional(conn)
                .await?);
            let Some((state, version)) = held else { continue };
            if state == row.state {
                written.push(row.dose_id);
            }
            if version == row.version {
                referenced.extend(row.reference.as_deref().map(|reference| (row.beneficiary_id, reference)));
            }
        }
        if !referenced.is_empty() {
            let into = "insert into portal_person (beneficiary_id, reference) ";
            let known = " on conflict (beneficiary_id) do nothing";
            write_rows!(self, into, referenced, |row| [row.0, row.1], known)?;
        }
        Ok(written)
    }

    /// The portal is back: whoever waited for another try need not wait any longer.
    pub async fn try_all_uploads(&mut self) -> sqlx::Result<()> {
        let sql = "update upload set next_at = 0 where state = 'waiting' and next_at > 0";
        on!(self, conn => sqlx::query(sql).execute(conn).await.map(drop))
    }

    /// Whom the portal takes no more without a permission.
    pub async fn close_uploads(&mut self, now: Moment) -> sqlx::Result<u64> {
        let sql =
            "update upload set state = 'closed' where state = 'waiting' and permission_id is null and due_at <= $1 and leased_until <= $1";
        on!(self, conn => sqlx::query(sql).bind(now).execute(conn).await.map(|done| done.rows_affected()))
    }

    /// Puts refused doses in line again; those whose deadline has passed meanwhile wait for a permission. Which ones are in line.
    pub async fn send_again(&mut self, doses: &[DoseId], now: Moment) -> sqlx::Result<Vec<DoseId>> {
        let sent: Vec<(DoseId, String)> = on!(self, conn, Sql => {
            let mut sql = Sql::new("update upload set state = case when permission_id is null and due_at <= ");
            sql.push_bind(now).push(" then 'closed' else 'waiting' end, next_at = 0 where state = 'refused' and dose_id");
            sql.push_in(doses).push(" returning dose_id, state");
            sql.build_query_as().fetch_all(conn).await?
        });
        Ok(sent.into_iter().filter(|(_, state)| state == "waiting").map(|(dose, _)| dose).collect())
    }

    /// Deadlines of those who wait, by the quarter of an hour, earliest first, each with how many have it.
    pub async fn waiting_by_deadline(&mut self) -> sqlx::Result<Vec<(Moment, i64)>> {
        let sql = "select cast(min(due_at) as bigint), count(*) from upload where state = 'waiting' group by due_at / 900 order by 1";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }
}
