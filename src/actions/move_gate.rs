//! Moving a phone to another centre. It is asked to go, lets its lanes go, sends everything that it wrote, and only then it is a
//! gate of the other centre: nothing that it wrote is lost, and none of its lanes is admitted twice.

use super::Actor;
use super::enrol_gate::about;
use super::lanes::{lanes_to_take, take};
use crate::core::Core;
use crate::domain::moment::Moment;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{CentreId, GateId};
use crate::storage::Tx;
use crate::storage::gate::Gate;
use crate::storage::journal::{Act, Entry};

/// Asks a phone to go to another centre; to its own: to stay. The lanes that it holds are asked for by another phone of its
/// centre, if there is one.
pub async fn move_gate(core: &Core, actor: &Actor, id: GateId, to: CentreId) -> Result<()> {
    let board = core.board();
    let mut tx = core.write().await?;
    let gate = tx.gate(id).await?.filter(Gate::is_active).ok_or(Error::NotFound)?;
    actor.centre(&board, gate.centre_id)?;
    actor.centre(&board, to)?;
    let stays = to == gate.centre_id;
    let heir =
        tx.gates_of(gate.centre_id).await?.into_iter().find(|other| other.id != id && other.is_active() && other.moving_to.is_none());
    for lane in tx.lanes_of(gate.centre_id).await?.into_iter().filter(|lane| lane.gate_id == id) {
        match &heir {
            _ if stays => tx.ask_for_lane(gate.centre_id, lane.lane, None).await?,
            Some(heir) if lane.to_gate.is_none() => tx.ask_for_lane(gate.centre_id, lane.lane, Some(heir.id)).await?,
            _ => {}
        }
    }
    tx.ask_to_move(id, (!stays).then_some(to)).await?;
    let act = if stays { Act::KeepGate } else { Act::MoveGate };
    let note = core.note_in(&actor.name, Scope::Centre(gate.centre_id), act, Some(about(id)));
    tx.add_entries(&[Entry { answer: Some(to.to_string()), ..note }]).await?;
    Ok(tx.commit().await?)
}

/// The phone has let its lanes go and sent everything: it is a gate of the other centre now, and takes the lanes there that
/// nobody holds. False: it was told to stay meanwhile.
pub(super) async fn arrive(tx: &mut Tx, core: &Core, gate: &Gate, to: CentreId, now: Moment) -> Result<bool> {
    let board = core.board();
    let place = board.centre(to).ok_or(Error::NotFound)?;
    let names: Vec<_> = tx.gates_of(to).await?.into_iter().filter(|other| other.revoked_at.is_none()).map(|other| other.name).collect();
    if !tx.move_gate(gate.id, to, &free_name(&gate.name, &names), now).await? {
        return Ok(false);
    }
    tx.leave_centre(gate.centre_id, gate.id).await?;
    let held = tx.lock_lanes(to).await?;
    take(tx, to, &held, &lanes_to_take(board.lanes_at(place, now.day()), &held, &[]), gate.id, now).await?;
    let note = core.note_in(&about(gate.id), Scope::Centre(to), Act::GateMoved, Some(about(gate.id)));
    tx.add_entries(&[Entry { answer: Some(to.to_string()), ..note }]).await?;
    Ok(true)
}

/// People are sent to gates by name: two of one centre never have the same.
fn free_name(name: &str, taken: &[String]) -> String {
    let numbered = (2..).map(|number| format!("{name} {number}"));
    let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name));
    free.unwrap_or_default()
}
