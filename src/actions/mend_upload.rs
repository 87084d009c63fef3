//! What the portal refused: mended and sent again, one by one or all that were refused for the same reason.

use serde_json::json;

use super::Actor;
use super::command::{CommandId, commit};
use super::correct_dose::keep_record;
use super::mend_person::{OnRecord, put_right};
use crate::core::Core;
use crate::domain::booking::Refusal;
use crate::domain::person::{Mobile, Name};
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{BeneficiaryId, DoseId};
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::charge::Whose;
use crate::storage::journal::{Act, Entry};
use crate::storage::mending::Particulars;
use crate::storage::refused::Refused;

/// How many are sent again by one command.
const MOST: i64 = 5_000;

/// What a record is to say.
#[derive(Debug, Clone)]
pub struct Mended {
    /// The person's name.
    pub name: Name,
    /// Their birth year.
    pub birth_year: i64,
    /// Their mobile number.
    pub mobile: Option<Mobile>,
    /// The vial's batch.
    pub batch: String,
    /// Who gave the dose.
    pub vaccinator: String,
}

/// Mends a record and sends it again. What it said before stands in the journal. Sent twice, it is done once.
pub async fn mend_upload(core: &Core, actor: &Actor, command: &CommandId, dose: DoseId, mended: Mended) -> Result<()> {
    repeating(|| write(core, actor, command, dose, mended.clone())).await
}

async fn write(core: &Core, actor: &Actor, command: &CommandId, dose: DoseId, mended: Mended) -> Result<(), Failure> {
    let mut tx = core.db.write().await?;
    if command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(());
    }
    let before = tx.refused_upload(actor.scope, dose).await?.ok_or(Error::NotFound)?;
    let Mended { name, birth_year, mobile, batch, vaccinator } = mended;
    let after = Refused { batch, vaccinator, name, birth_year, mobile, ..before.clone() };
    let is_other = (&before.name, before.birth_year, &before.mobile) != (&after.name, after.birth_year, &after.mobile);
    if is_other {
        put_person_right(core, &mut tx, actor, &before, &after).await?;
        // Under the number that the portal gave stands what was wrong: the person is looked for anew.
        tx.forget_reference(after.beneficiary_id).await?;
    }
    if (&before.batch, &before.vaccinator) != (&after.batch, &after.vaccinator) {
        put_dose_right(core, &mut tx, actor, command, &after).await?;
    }
    tx.send_again(&[dose], core.clock.now()).await?;
    let said = |row: &Refused| json!({ "name": row.name, "birth_year": row.birth_year, "mobile": row.mobile, "batch": row.batch, "vaccinator": row.vaccinator });
    let note = |act| core.note_in(&actor.name, Scope::Centre(before.centre_id), act, Some(format!("dose:{dose}")));
    let history = json!({ "before": said(&before), "after": said(&after) }).to_string();
    let history = Entry { answer: Some(history), ..note(Act::MendRecord) };
    let done = command.entry(note(Act::SendAgain), Ok(&()));
    if !tx.add_entries(&[history, done]).await? {
        return Err(Failure::Again);
    }
    Ok(commit(tx).await?)
}

/// Sets batch or vaccinator of many refused doses, as far as they are said, and sends them again, each by itself. How many went, and how many
/// somebody else has to mend: who entered a dose does not correct it.
pub async fn mend_many(
    core: &Core,
    actor: &Actor,
    key: &str,
    doses: &[DoseId],
    batch: Option<&str>,
    vaccinator: Option<&str>,
) -> Result<(usize, usize)> {
    let (mut sent, mut own) = (0, 0);
    for dose in doses {
        let command = CommandId::new(&actor.name, &format!("{key} {dose}"), format!("mend {dose} {batch:?} {vaccinator:?}"));
        let mut tx = core.read().await?;
        let before = tx.refused_upload(actor.scope, *dose).await?;
        tx.commit().await?;
        // Somebody was faster: it is no longer refused.
        let Some(before) = before else { continue };
        let Refused { name, birth_year, mobile, .. } = before;
        let batch = batch.map_or(before.batch, str::to_owned);
        let vaccinator = vaccinator.map_or(before.vaccinator, str::to_owned);
        match mend_upload(core, actor, &command, *dose, Mended { name, birth_year, mobile, batch, vaccinator }).await {
            Ok(()) => sent += 1,
            Err(Error::Refused(Refusal::SecondPerson)) => own += 1,
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((sent, own))
}

/// What the dose came from is corrected as any record: by somebody else than who entered it, with what it said before kept.
async fn put_dose_right(core: &Core, tx: &mut Tx, actor: &Actor, command: &CommandId, after: &Refused) -> Result<(), Failure> {
    let dose = tx.given_doses(&[after.dose_id]).await?.pop().ok_or(Error::NotFound)?;
    if *actor.name == *dose.entered_by {
        return Err(Refusal::SecondPerson.into());
    }
    keep_record(tx, command.id, &dose, actor, "corrected", &after.words, core.clock.now()).await?;
    Ok(tx.mend_dose(after).await?)
}

/// Who the person is holds everywhere: on record, and on the slips of tokens that still wait.
async fn put_person_right(core: &Core, tx: &mut Tx, actor: &Actor, before: &Refused, after: &Refused) -> Result<(), Failure> {
    let found = tx.people(&[before.beneficiary_id], &[], &[]).await?.into_iter().next().ok_or(Error::NotFound)?;
    let said = Particulars::from(&found.person);
    let right = Particulars { name: after.name.clone(), birth_year: after.birth_year, mobile: after.mobile.clone(), ..said.clone() };
    let card = (found.identity.kind, found.identity.id_end);
    put_right(core, tx, actor, &OnRecord { person: before.beneficiary_id, token: None, said, card }, &right, None).await
}

/// Sends a dose again that the portal said it had and does not have. It is looked up first, as after a lost answer.
pub async fn send_once_more(core: &Core, actor: &Actor, person: BeneficiaryId, number: i64) -> Result<()> {
    let mut tx = core.write().await?;
    let dose = tx.upload_once_more(actor.scope, person, number, core.clock.now()).await?.ok_or(Error::NotFound)?;
    // The person may be gone from there, too.
    tx.forget_reference(person).await?;
    tx.add_entries(&[core.note(actor, Act::SendAgain, Some(format!("dose:{dose}")))]).await?;
    commit(tx).await
}

/// Sends again what the portal refused with these words, as far as it lies within the actor's scope. How many.
pub async fn send_all_again(core: &Core, actor: &Actor, words: &str) -> Result<usize> {
    let mut tx = core.write().await?;
    let doses: Vec<_> = tx.refused_uploads(actor.scope, Some(words), Whose::All, MOST).await?.iter().map(|row| row.dose_id).collect();
    let sent = if doses.is_empty() { Vec::new() } else { tx.send_again(&doses, core.clock.now()).await? };
    let entries: Vec<_> = sent.iter().map(|dose| core.note(actor, Act::SendAgain, Some(format!("dose:{dose}")))).collect();
    if !entries.is_empty() {
        tx.add_entries(&entries).await?;
    }
    commit(tx).await?;
    Ok(sent.len())
}
