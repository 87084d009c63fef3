//! Seeing people off from the observation room.

use super::Actor;
use super::command::commit;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::dose::LeftEarly;
use crate::domain::moment::Moment;
use crate::error::Result;
use crate::ids::{CentreId, DoseId};
use crate::slice::{Failure, repeating};
use crate::storage::journal::Act;

/// Who leaves.
#[derive(Debug, Clone)]
pub enum Leaving {
    /// Those whose time is over among the ones that were shown.
    Due(Vec<DoseId>),
    /// One person before that, and why.
    Early(DoseId, LeftEarly),
}

/// Sees people off at a centre at a moment; how many have left. Whoever is named twice has left once, and nobody leaves too early by mistake.
pub async fn see_off(core: &Core, actor: &Actor, centre: CentreId, who: &Leaving, at: Moment) -> Result<usize> {
    actor.centre(&core.board(), centre)?;
    repeating(|| write(core, actor, centre, who, at)).await
}

async fn write(core: &Core, actor: &Actor, centre: CentreId, who: &Leaving, at: Moment) -> Result<usize, Failure> {
    let mut tx = core.db.write().await?;
    let mut leaving = tx.observed(centre).await?;
    leaving.retain(|observed| match who {
        Leaving::Due(doses) => doses.contains(&observed.dose_id) && observed.ends_at <= at,
        Leaving::Early(dose, _) => observed.dose_id == *dose,
    });
    if leaving.is_empty() {
        return Ok(0);
    }
    let early = match who {
        Leaving::Early(_, why) => Some(*why),
        Leaving::Due(_) => None,
    };
    let mut numbers: Vec<_> = leaving.iter().filter_map(|observed| observed.token).collect();
    numbers.sort_unstable();
    let mut tokens = if numbers.is_empty() { Vec::new() } else { tx.lock_dose_tokens(&numbers).await? };
    tokens.retain(|token| token.state == TokenState::Vaccinated);
    let doses: Vec<_> = leaving.iter().map(|observed| observed.dose_id).collect();
    tx.end_observations(&doses, &actor.name, early, at).await?;
    if !tokens.is_empty() {
        tx.add_changes(&tokens.iter().map(|token| (token.centre_id, token.number)).collect::<Vec<_>>()).await?;
        tx.set_token_states(&tokens.iter().map(|token| (token.number, TokenState::Left, token.code_tries)).collect::<Vec<_>>()).await?;
    }
    let notes: Vec<_> = numbers.iter().map(|number| core.note(actor, Act::SeeOff, Some(number.plain()))).collect();
    if !notes.is_empty() {
        tx.add_entries(&notes).await?;
    }
    commit(tx).await?;
    Ok(leaving.len())
}
