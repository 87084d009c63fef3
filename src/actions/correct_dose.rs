//! Correcting and withdrawing a dose's record: by somebody other than who entered it, and what it said before is kept.

use uuid::Uuid;

use super::Actor;
use super::command::{CommandId, commit};
use super::record_doses::AHEAD;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::{PastDose, Refusal};
use crate::domain::campaign::Vaccine;
use crate::domain::dose::Jab;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::error::{Error, Fault, Result};
use crate::ids::DoseId;
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::backlog::{DoseRecord, Former};
use crate::storage::dose::{DoseToken, GivenDose};
use crate::storage::journal::Act;

/// "This is what the record should say", or that it should not be there.
#[derive(Debug, Clone)]
pub struct CorrectDose {
    /// The command's id.
    pub command: CommandId,
    /// Who says so.
    pub actor: Actor,
    /// Which record.
    pub dose: DoseId,
    /// What is right; nothing: the record is withdrawn.
    pub right: Option<Right>,
    /// Why.
    pub why: String,
}

/// What is right.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Right {
    pub number: i64,
    pub vaccine: Vaccine,
    pub batch: String,
    pub vaccinator: String,
    pub given_at: Moment,
}

/// What a record said, as it is kept.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Said {
    pub number: i64,
    pub vaccine: Vaccine,
    pub batch: String,
    pub vaccinator: String,
    pub given_at: Moment,
}

/// Corrects or withdraws.
pub async fn correct_dose(core: &Core, asked: &CorrectDose) -> Result<()> {
    repeating(|| write(core, asked)).await
}

async fn write(core: &Core, asked: &CorrectDose) -> Result<(), Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    if asked.command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(());
    }
    let record = tx.dose_record(asked.dose).await?.filter(|record| record.within(asked.actor.scope)).ok_or(Error::NotFound)?;
    // The token is locked first, as everywhere; then the record is read once more.
    let token = match record.token {
        Some(number) => tx.lock_dose_tokens(&[number]).await?.pop(),
        None => None,
    };
    let mut dose = tx.given_doses(&[asked.dose]).await?.pop().ok_or(Error::NotFound)?;
    if dose.withdrawn_at.is_some() {
        return Err(Refusal::RecordWithdrawn.into());
    }
    if *asked.actor.name == *dose.entered_by {
        return Err(Refusal::SecondPerson.into());
    }
    let what = if asked.right.is_some() { "corrected" } else { "withdrawn" };
    keep_record(&mut tx, asked.command.id, &dose, &asked.actor, what, &asked.why, now).await?;
    let act = if let Some(right) = &asked.right {
        if right.given_at > now + AHEAD {
            return Err(Error::field("time", Fault::NotYet).into());
        }
        (dose.number, dose.vaccine) = (right.number, right.vaccine);
        (dose.batch, dose.vaccinator) = (right.batch.clone(), right.vaccinator.clone());
        (dose.given_at, dose.given_on) = (right.given_at, right.given_at.day());
        dose.despite = broken_rule(core, &mut tx, &dose, token.as_ref()).await?;
        tx.correct_dose(&dose, core.campaign.upload_due(dose.given_at), now).await?;
        Act::CorrectDose
    } else {
        tx.withdraw_dose(dose.id, now).await?;
        // Whoever was recorded by mistake is as before: the right record can still be made, and who never came may still come.
        if let Some(token) = token.filter(|token| matches!(token.state, TokenState::Vaccinated | TokenState::Left)) {
            let before = if token.admitted_by.is_some() { TokenState::Admitted } else { TokenState::Issued };
            tx.add_changes(&[(token.centre_id, token.number)]).await?;
            tx.set_token_states(&[(token.number, before, token.code_tries)]).await?;
        }
        Act::WithdrawDose
    };
    let subject = dose.token.map_or_else(|| format!("dose:{}", dose.id), TokenNumber::plain);
    if !tx.add_entries(&[asked.command.entry(core.note(&asked.actor, act, Some(subject)), Ok(&()))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    Ok(())
}

/// Keeps what a record says before it is changed.
pub(super) async fn keep_record(
    tx: &mut Tx,
    id: Uuid,
    dose: &GivenDose,
    by: &Actor,
    what: &str,
    why: &str,
    now: Moment,
) -> Result<(), Failure> {
    let said = Said {
        number: dose.number,
        vaccine: dose.vaccine,
        batch: dose.batch.clone(),
        vaccinator: dose.vaccinator.clone(),
        given_at: dose.given_at,
    };
    let before = serde_json::to_string(&said).map_err(|error| Error::Internal(error.to_string()))?;
    let former = Former { at: now, by_whom: by.name.to_string(), what: what.to_owned(), why: why.to_owned(), before };
    Ok(tx.add_former_record(id, dose.id, &former).await?)
}

/// The rule, if any, that the dose does not keep as it now stands, as when it is recorded: what was given is noted despite a rule, but no
/// dose stands twice, and none after the last.
async fn broken_rule(core: &Core, tx: &mut Tx, dose: &GivenDose, token: Option<&DoseToken>) -> Result<Option<String>, Failure> {
    let others = tx.doses_of(&[dose.beneficiary_id]).await?.into_iter().filter(|other| other.id != dose.id);
    let others: Vec<_> = others.map(PastDose::from).collect();
    let booked_on = token.map_or(dose.given_on, |token| token.issued_at.day());
    let jab = Jab { number: dose.number, vaccine: dose.vaccine, given_on: dose.given_on, booked_on };
    match jab.check(&core.campaign, &others) {
        Ok(()) => Ok(None),
        Err(rule) if rule.yields_to_fact() => Ok(Some(rule.word().to_owned())),
        Err(rule) => Err(rule.into()),
    }
}

/// A record with what it said before, for somebody of staff; that they looked is written down.
pub async fn dose_for_staff(core: &Core, actor: &Actor, id: DoseId) -> Result<(DoseRecord, Vec<(Former, Option<Said>)>)> {
    let mut tx = core.write().await?;
    let record = tx.dose_record(id).await?.filter(|record| record.within(actor.scope)).ok_or(Error::NotFound)?;
    let former = former(&mut tx, id).await?;
    tx.add_entries(&[core.note(actor, Act::LookUpDose, Some(format!("dose:{id}")))]).await?;
    tx.commit().await?;
    Ok((record, former))
}

async fn former(tx: &mut Tx, id: DoseId) -> sqlx::Result<Vec<(Former, Option<Said>)>> {
    let rows = tx.former_records(id).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let said = serde_json::from_str(&row.before).ok();
            (row, said)
        })
        .collect())
}
