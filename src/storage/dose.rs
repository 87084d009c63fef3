//! Doses that people were given.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::{Dialect, PushIn, write_rows};
use super::{Tx, on};
use crate::domain::admission::TokenState;
use crate::domain::booking::PastDose;
use crate::domain::campaign::Vaccine;
use crate::domain::dose::NoCode;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::ids::{BeneficiaryId, CentreId, DoseId, VialId};

/// A past dose of somebody.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct DoseRow {
    pub id: DoseId,
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

/// A dose that was given at one of our centres.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct GivenDose {
    pub id: DoseId,
    pub beneficiary_id: BeneficiaryId,
    pub number: i64,
    pub vaccine: Vaccine,
    pub given_on: Day,
    pub token: Option<TokenNumber>,
    pub centre_id: CentreId,
    pub batch: String,
    pub vaccinator: String,
    pub given_at: Moment,
    pub entered_at: Moment,
    pub entered_by: String,
    pub no_code_reason: Option<NoCode>,
    pub vial_id: Option<VialId>,
    pub despite: Option<String>,
    pub body_hash: Option<Vec<u8>>,
    pub withdrawn_at: Option<Moment>,
}

/// What recording a dose needs of a token.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct DoseToken {
    pub number: TokenNumber,
    pub beneficiary_id: BeneficiaryId,
    pub dose: i64,
    pub centre_id: CentreId,
    pub state: TokenState,
    pub issued_at: Moment,
    pub secret_code: String,
    pub code_tries: i64,
    pub admitted_by: Option<Uuid>,
    /// Where they entered: another centre than the token's, when somebody let them in all the same.
    pub entered_at: Option<CentreId>,
}

impl DoseToken {
    /// Whether its holder can be given the dose at a centre: it is for that one, or they entered there.
    pub fn is_at(&self, centre: CentreId) -> bool {
        self.centre_id == centre || self.entered_at == Some(centre)
    }
}

impl Tx {
    /// The standing doses of these people, oldest first.
    pub async fn doses_of(&mut self, people: &[BeneficiaryId]) -> sqlx::Result<Vec<DoseRow>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id, beneficiary_id, number, vaccine, given_on from dose where withdrawn_at is null and beneficiary_id");
            sql.push_in(people).push(" order by number");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds doses that somebody has shown proof of.
    pub async fn add_stated_doses(&mut self, doses: &[DoseRow]) -> sqlx::Result<()> {
        let into = "insert into dose (id, beneficiary_id, number, vaccine, given_on, source) ";
        write_rows!(
            self,
            into,
            doses,
            |row| [row.id, row.beneficiary_id, row.number, row.vaccine, row.given_on, "stated"],
            " on conflict do nothing"
        )
        .map(drop)
    }

    /// The recorded doses with these ids, withdrawn ones too.
    pub async fn given_doses(&mut self, ids: &[DoseId]) -> sqlx::Result<Vec<GivenDose>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id, beneficiary_id, number, vaccine, given_on, token, centre_id, batch, vaccinator, given_at, \
                entered_at, entered_by, no_code_reason, vial_id, despite, body_hash, withdrawn_at from dose where source = 'recorded' and id");
            sql.push_in(ids);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds recorded doses.
    pub async fn add_recorded_doses(&mut self, doses: &[GivenDose], now: Moment) -> sqlx::Result<()> {
        let into = "insert into dose (id, beneficiary_id, number, vaccine, given_on, source, token, centre_id, batch, vaccinator, given_at, \
                    entered_at, entered_by, stored_at, no_code_reason, vial_id, despite, body_hash) ";
        write_rows!(
            self,
            into,
            doses,
            |row| [
                row.id,
                row.beneficiary_id,
                row.number,
                row.vaccine,
                row.given_on,
                "recorded",
                row.token,
                row.centre_id,
                &row.batch,
                &row.vaccinator,
                row.given_at,
                row.entered_at,
                &row.entered_by,
                now,
                row.no_code_reason,
                row.vial_id,
                row.despite.as_deref(),
                row.body_hash.as_deref(),
            ],
            ""
        )
        .map(drop)
    }

    /// Locks the tokens with these numbers, in ascending order, for recording their doses.
    pub async fn lock_dose_tokens(&mut self, numbers: &[TokenNumber]) -> sqlx::Result<Vec<DoseToken>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select number, beneficiary_id, dose, centre_id, state, issued_at, secret_code, code_tries, admitted_by, \
                (select scan.centre_id from scan where scan.id = token.admitted_by) as entered_at from token where number");
            sql.push_in(numbers).push(" order by number").push(Sql::FOR_UPDATE);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Writes what became of tokens, and how often their codes were typed wrongly.
    pub async fn set_token_states(&mut self, tokens: &[(TokenNumber, TokenState, i64)]) -> sqlx::Result<()> {
        write_rows!(
            self,
            "with seen (number, state, tries) as (",
            tokens,
            |row| [row.0, row.1, row.2],
            ") update token set state = seen.state, code_tries = seen.tries from seen where token.number = seen.number"
        )
        .map(drop)
    }

    /// Lets people sit in the observation room until then.
    pub async fn add_observations(&mut self, people: &[(DoseId, CentreId, Moment)]) -> sqlx::Result<()> {
        write_rows!(self, "insert into observation (dose_id, centre_id, ends_at) ", people, |row| [row.0, row.1, row.2], "").map(drop)
    }
}
