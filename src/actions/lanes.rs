//! Lanes: which phone admits which tokens. A lane moves in one of three ways: its holder has acknowledged giving it up,
//! another phone has scanned the code that the holder showed after striking the lane off, or the grant has long ended. So two
//! phones never hold the same lane, however the links are cut.

use aws_lc_rs::hmac;

use super::Actor;
use crate::core::Core;
use crate::domain::moment::Moment;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{CentreId, GateId};
use crate::storage::Tx;
use crate::storage::gate::{Gate, Lane};
use crate::storage::journal::Act;

/// A lane that moved from phone to phone without the server.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct LaneMove {
    /// Which lane, from 0.
    pub lane: i64,
    /// The epoch that it now has.
    pub epoch: i64,
    /// To whom.
    pub to: GateId,
    /// The code that was shown, sent by the phone that scanned it.
    pub code: Option<String>,
}

/// When a grant ends that is put off now: with the next day, so that a phone may stay cut off overnight.
pub fn grant_ends(now: Moment) -> Moment {
    now.day().plus(2).start()
}

/// What proves that one phone gave a lane to another: the first 16 hexadecimal digits of an HMAC-SHA256.
pub fn lane_code(key: &[u8], centre: CentreId, lane: i64, epoch: i64, from: GateId, to: GateId) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let code = hmac::sign(&key, format!("{centre}.{lane}.{epoch}.{from}.{to}").as_bytes());
    data_encoding::HEXLOWER.encode(&code.as_ref()[..8])
}

/// The lanes that a phone takes which comes to a centre: those asked for; else all when nobody holds any; else the first that
/// nobody holds, or none.
pub(super) fn lanes_to_take(lanes: i64, held: &[Lane], asked: &[i64]) -> Vec<i64> {
    let asked: Vec<i64> = asked.iter().copied().filter(|lane| (0..lanes).contains(lane)).collect();
    if !asked.is_empty() {
        return asked;
    }
    if held.is_empty() {
        return (0..lanes).collect();
    }
    (0..lanes).find(|lane| held.iter().all(|taken| taken.lane != *lane)).into_iter().collect()
}

/// Gives a phone lanes, or asks for them: until its present holder has given a lane up it is that phone's.
pub(super) async fn take(tx: &mut Tx, centre: CentreId, held: &[Lane], lanes: &[i64], gate: GateId, now: Moment) -> Result<()> {
    for lane in lanes {
        take_lane(tx, centre, held, *lane, gate, now).await?;
    }
    Ok(())
}

/// The same of one lane. True: it has moved.
async fn take_lane(tx: &mut Tx, centre: CentreId, held: &[Lane], lane: i64, gate: GateId, now: Moment) -> Result<bool> {
    let is_held = held.iter().any(|row| row.lane == lane && !row.has_ended(now));
    if is_held {
        tx.ask_for_lane(centre, lane, Some(gate)).await?;
    } else {
        tx.give_lane(centre, lane, gate, grant_ends(now)).await?;
    }
    Ok(!is_held)
}

/// Follows what phones did among themselves, as either of the two reports it. What has been overtaken is passed over: the
/// base tells the phone what holds.
pub(super) async fn follow(tx: &mut Tx, core: &Core, gate: &Gate, moves: &[LaneMove], now: Moment) -> Result<()> {
    if moves.is_empty() {
        return Ok(());
    }
    let mut lanes = tx.lanes_of(gate.centre_id).await?;
    let phones = tx.gates_of(gate.centre_id).await?;
    let key = core.lane_key(gate.centre_id);
    for moved in moves {
        let Some(lane) = lanes.iter_mut().find(|row| row.lane == moved.lane && row.epoch + 1 == moved.epoch) else { continue };
        let known = phones.iter().any(|phone| phone.id == moved.to && phone.revoked_at.is_none());
        let given = gate.id == lane.gate_id;
        let code = lane_code(&key, gate.centre_id, moved.lane, moved.epoch, lane.gate_id, moved.to);
        let taken = gate.id == moved.to && moved.code.as_deref() == Some(&code);
        if known && (given || taken) && tx.move_lane(gate.centre_id, lane.lane, lane.epoch, moved.to, grant_ends(now)).await? {
            // What the phone tells next may be that it gave the lane on.
            (lane.gate_id, lane.epoch) = (moved.to, moved.epoch);
            note_move(tx, core, gate, lane.lane).await?;
        }
    }
    Ok(())
}

/// Moves the lanes that a gate was asked for, after it has acknowledged a base without them.
pub(super) async fn acknowledged(tx: &mut Tx, core: &Core, gate: &Gate, lanes: &[Lane], now: Moment) -> Result<()> {
    for lane in lanes.iter().filter(|lane| lane.gate_id == gate.id && lane.to_gate.is_some()) {
        // An officer may have thought better of it since the lanes were read.
        if tx.give_up_lane(gate.centre_id, lane.lane, lane.epoch, grant_ends(now)).await? {
            note_move(tx, core, gate, lane.lane).await?;
        }
    }
    Ok(())
}

async fn note_move(tx: &mut Tx, core: &Core, gate: &Gate, lane: i64) -> Result<()> {
    let subject = Some(format!("lane:{}:{lane}", gate.centre_id));
    tx.add_entries(&[core.note_in(&format!("gate:{}", gate.id), Scope::Centre(gate.centre_id), Act::LaneMoved, subject)]).await?;
    Ok(())
}

/// Hands a lane to another gate: at once when nobody holds it or the grant has long ended, else as soon as the holder has
/// acknowledged giving it up. True: it has moved.
pub async fn hand_over(core: &Core, actor: &Actor, centre: CentreId, lane: i64, to: GateId) -> Result<bool> {
    let now = core.clock.now();
    let board = core.board();
    let place = actor.centre(&board, centre)?;
    let mut tx = core.write().await?;
    let phones = tx.gates_of(centre).await?;
    let enrolled = |id: GateId| phones.iter().any(|gate| gate.id == id && gate.is_active() && gate.moving_to.is_none());
    if !(0..board.lanes_at(place, now.day())).contains(&lane) || !enrolled(to) {
        return Err(Error::NotFound);
    }
    let held = tx.lock_lanes(centre).await?;
    let moved = if held.iter().any(|row| row.lane == lane && row.gate_id == to) {
        tx.ask_for_lane(centre, lane, None).await?;
        true
    } else {
        take_lane(&mut tx, centre, &held, lane, to, now).await?
    };
    tx.add_entries(&[core.note_in(&actor.name, Scope::Centre(centre), Act::HandOverLane, Some(format!("lane:{centre}:{lane} gate:{to}")))])
        .await?;
    tx.commit().await?;
    Ok(moved)
}

/// Lets a centre's gates admit each other's lanes (asking first), or keeps each to its own.
pub async fn set_lenient(core: &Core, actor: &Actor, centre: CentreId, lenient: bool) -> Result<()> {
    actor.centre(&core.board(), centre)?;
    let mut tx = core.write().await?;
    tx.set_lenient(centre, lenient).await?;
    let act = if lenient { Act::LanesLenient } else { Act::LanesStrict };
    tx.add_entries(&[core.note_in(&actor.name, Scope::Centre(centre), act, Some(format!("centre:{centre}")))]).await?;
    tx.commit().await?;
    Ok(core.reload_board().await?)
}
