//! A bundle of forms goes out and comes back: to whom, and, before anything is keyed in, which were used, and who keys them in. What was
//! not used or was spoiled gives its places back.

use super::Actor;
use super::command::commit;
use super::leases::give_back;
use crate::core::Core;
use crate::domain::number::TokenNumber;
use crate::domain::paper::{Count, FormState, Miscount, counted};
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::PackId;
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::journal::{Act, Entry};
use crate::storage::lease::LeaseState;
use crate::storage::pack::{Pack, PrintedForm};

/// Notes to whom a bundle was handed out.
pub async fn hand_out(core: &Core, actor: &Actor, id: PackId, to: &str) -> Result<()> {
    let mut tx = core.write().await?;
    let pack = own(core, &mut tx, actor, id).await?;
    tx.hand_out(id, to, core.clock.now()).await?;
    let note = core.note_in(&actor.name, Scope::Centre(pack.centre_id), Act::HandOutForms, Some(format!("pack:{id}")));
    tx.add_entries(&[Entry { answer: Some(to.to_owned()), ..note }]).await?;
    commit(tx).await
}

/// Says who of the centre's staff keys a bundle in; an empty name takes that back.
pub async fn assign(core: &Core, actor: &Actor, id: PackId, to: &str) -> Result<()> {
    let mut tx = core.write().await?;
    let pack = own(core, &mut tx, actor, id).await?;
    let to = Some(to).filter(|to| !to.is_empty());
    if let Some(to) = to {
        let staff = tx.staff_of(pack.centre_id).await?;
        staff.iter().find(|account| account.actor_name() == to).ok_or(Error::NotFound)?;
    }
    tx.assign_pack(id, to).await?;
    let note = core.note_in(&actor.name, Scope::Centre(pack.centre_id), Act::AssignForms, Some(format!("pack:{id}")));
    tx.add_entries(&[Entry { answer: to.map(str::to_owned), ..note }]).await?;
    commit(tx).await
}

/// Counts a bundle, once. What the count says wrongly is answered; a bundle that was counted stays as it is.
pub async fn count_forms(core: &Core, actor: &Actor, id: PackId, count: &Count) -> Result<Result<(), Miscount>> {
    repeating(|| write(core, actor, id, count)).await
}

async fn write(core: &Core, actor: &Actor, id: PackId, count: &Count) -> Result<Result<(), Miscount>, Failure> {
    let mut tx = core.db.write().await?;
    let pack = own(core, &mut tx, actor, id).await?;
    tx.lock_slots(&[pack.slot_id]).await?;
    let forms = tx.forms_of(id).await?;
    let states: Vec<_> = forms.iter().map(|form| form.state).collect();
    let after = match counted(&states, count) {
        Ok(after) => after,
        Err(miscount) => return Ok(Err(miscount)),
    };
    if !tx.set_counted(id, &actor.name, core.clock.now()).await? {
        return Ok(Ok(()));
    }
    for state in [FormState::Used, FormState::Spoiled, FormState::Returned] {
        let of: Vec<_> = forms.iter().zip(&after).filter(|(_, after)| **after == state).map(|(form, _)| form.position).collect();
        tx.set_forms(id, &of, state).await?;
    }
    let free = |(form, after): (&PrintedForm, &FormState)| matches!(after, FormState::Spoiled | FormState::Returned).then_some(form.number);
    let numbers: Vec<TokenNumber> = forms.iter().zip(&after).filter_map(free).collect();
    if !numbers.is_empty() {
        give_back(&mut tx, &numbers, LeaseState::Returned).await?;
    }
    tx.add_entries(&[core.note_in(&actor.name, Scope::Centre(pack.centre_id), Act::CountForms, Some(format!("pack:{id}")))]).await?;
    commit(tx).await?;
    core.touch(pack.slot_id);
    Ok(Ok(()))
}

/// Strikes a form off that stands for nobody after all: its person's dose is recorded under another token, or it was spoiled.
pub async fn strike_form(core: &Core, actor: &Actor, id: PackId, position: i64) -> Result<()> {
    repeating(async || {
        let mut tx = core.db.write().await?;
        let pack = own(core, &mut tx, actor, id).await?;
        tx.lock_slots(&[pack.slot_id]).await?;
        let waits = |form: &PrintedForm| form.position == position && form.state.waits();
        let Some(form) = tx.forms_of(id).await?.into_iter().find(waits) else { return Ok(()) };
        tx.set_forms(id, &[position], FormState::Spoiled).await?;
        give_back(&mut tx, &[form.number], LeaseState::Returned).await?;
        tx.add_entries(&[core.note_in(&actor.name, Scope::Centre(pack.centre_id), Act::StrikeForm, Some(form.number.plain()))]).await?;
        commit(tx).await?;
        core.touch(pack.slot_id);
        Ok(())
    })
    .await
}

async fn own(core: &Core, tx: &mut Tx, actor: &Actor, id: PackId) -> Result<Pack> {
    let pack = tx.pack(id).await?.ok_or(Error::NotFound)?;
    actor.centre(&core.board(), pack.centre_id)?;
    Ok(pack)
}
