//! A new time for somebody whom a gate turns back: the next place at this centre that serves them, today if there is one.

use super::answer::TokenAnswer;
use super::command::CommandId;
use super::reschedule_token::{RescheduleToken, holder, reschedule_token, staff_owners};
use super::{Actor, Authority};
use crate::core::Core;
use crate::domain::booking::Refusal;
use crate::domain::number::TokenNumber;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Result};
use crate::storage::gate::Gate;
use crate::storage::slot::{BookingSlot, Share};

/// How many slots with a place are locked, should the first be taken meanwhile.
const LOCKED: usize = 12;

/// Gives it. `wish` names the gatekeeper's wish: sent again, it gets the same answer.
pub async fn give_new_slot(core: &Core, gate: &Gate, wish: &str, number: TokenNumber) -> Result<TokenAnswer> {
    let actor = Actor { name: format!("gate:{}", gate.id).into(), role: Role::Operator, scope: Scope::Centre(gate.centre_id) };
    let command = CommandId::new(&actor.name, &format!("new-slot {wish}"), number.plain());
    let now = core.clock.now();
    let mut tx = core.read().await?;
    if let Some(answer) = command.done_before(&mut tx).await? {
        return Ok(answer);
    }
    let token = tx.token(number).await?.filter(|token| token.centre_id == gate.centre_id).ok_or(Error::NotFound)?;
    let applicant = holder(&token, tx.doses_of(&[token.beneficiary_id]).await?.into_iter().map(Into::into).collect());
    let mut slots = tx.upcoming_slots(gate.centre_id, now).await?;
    let serves = |slot: &BookingSlot| slot.offer().serves(&core.campaign, &applicant, token.dose, token.issued_at).is_ok();
    slots.retain(|slot| slot.id != token.slot_id && slot.taken < slot.capacity && serves(slot));
    let ids: Vec<_> = slots.iter().map(|slot| slot.id).collect();
    let shares = if ids.is_empty() { Vec::new() } else { tx.shares_of(&ids).await? };
    tx.commit().await?;
    slots.retain(|slot| Share::free(&shares, slot.id, &staff_owners(&actor, &token, slot)) > 0);
    slots.truncate(LOCKED);
    if slots.is_empty() {
        return Err(Refusal::NoPlace.into());
    }
    let slots = slots.into_iter().map(|slot| slot.id).collect();
    reschedule_token(core, &RescheduleToken { command, authority: Authority::Staff(actor), number, slots }).await
}
