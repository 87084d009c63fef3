//! Lending places and taking them back: escrow. A lent place is taken out of the slot and its share at once, whoever holds it, so
//! that no cut link and no lost machine can make two people of one place.

use std::collections::{BTreeMap, BTreeSet};

use super::move_people::trim_returned;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::place::Owner;
use crate::error::{Error, Result};
use crate::ids::{CentreId, DeskId, PackId, SlotId};
use crate::storage::Tx;
use crate::storage::lease::{LeaseState, Leased};
use crate::storage::slot::{BookingSlot, Claim};
use crate::storage::token::Admission;

/// The highest serial of a slot: what fits a token.
const LAST_SERIAL: i64 = 65_535;

/// To whom places are lent.
#[derive(Debug, Clone, Copy)]
pub enum Holder {
    /// A desk.
    Desk(DeskId),
    /// A pack of printed forms.
    Pack(PackId),
}

/// Places of one slot and share that are to be lent. The slot was locked and has the room.
#[derive(Debug, Clone)]
pub struct Lending {
    /// Out of which slot.
    pub slot: BookingSlot,
    /// Out of whose share.
    pub owner: Owner,
    /// How many.
    pub places: i64,
}

/// Lends; `first_index` is the first of so many running numbers, taken before the transaction began.
///
/// An error when a slot has not the room after all: the caller begins anew.
pub async fn lend(tx: &mut Tx, core: &Core, holder: Holder, lendings: &[Lending], first_index: i64, now: Moment) -> Result<Vec<Leased>> {
    let (keys, mut index) = (core.keys(), first_index);
    let mut serials: BTreeMap<SlotId, i64> = BTreeMap::new();
    let mut places = Vec::new();
    for Lending { slot, owner, places: count } in lendings {
        let last = serials.entry(slot.id).or_insert(slot.serials);
        for _ in 0..*count {
            *last += 1;
            let number = keys.numbers.number(index).map_err(|_| Error::Internal("all token numbers are used".into()))?;
            index += 1;
            let (desk_id, pack_id) = match holder {
                Holder::Desk(desk) => (Some(desk), None),
                Holder::Pack(pack) => (None, Some(pack)),
            };
            places.push(Leased {
                number,
                desk_id,
                pack_id,
                slot_id: slot.id,
                owner: *owner,
                serial: *last,
                link: core.chance.link(),
                secret_code: core.chance.secret_code(),
                lent_at: now,
                state: LeaseState::Held,
                record_id: None,
            });
        }
    }
    if serials.values().any(|last| *last > LAST_SERIAL) {
        return Err(Error::Internal("a slot has no serials left".into()));
    }
    if !claim(tx, &places, 1).await? {
        return Err(Error::Unavailable("the places were taken meanwhile".into()));
    }
    for some in places.chunks(500) {
        tx.add_leased(some).await?;
    }
    Ok(places)
}

/// Takes places back that nobody used: they are free, or (`Lost`) given to others though a token may still turn up. Those that are
/// not held any more are passed over. Slots are to be told of the change by `core.touch` after the commit: they are returned.
pub async fn give_back(tx: &mut Tx, numbers: &[TokenNumber], state: LeaseState) -> Result<Vec<Leased>> {
    let mut ended = Vec::new();
    for some in numbers.chunks(500) {
        ended.extend(tx.end_leases(some, state).await?);
    }
    if !claim(tx, &ended, -1).await? {
        return Err(Error::Internal("a slot's count does not match its lent places".into()));
    }
    let slots: BTreeSet<_> = ended.iter().map(|place| place.slot_id).collect();
    trim_returned(tx, &Vec::from_iter(slots)).await?;
    Ok(ended)
}

/// A lent place has become a token. A gate may have let its holder in before anybody here had heard of it: then it is admitted. Gates
/// hear of it.
pub async fn make_known(tx: &mut Tx, centre: CentreId, number: TokenNumber) -> sqlx::Result<()> {
    tx.lock_number(number).await?;
    if let Some(first) = tx.scans(&[], &[number]).await?.into_iter().find(|found| found.standing) {
        let (admitted_at, admitted_by) = (Some(first.scan.phone_at), Some(first.scan.id));
        tx.set_admissions(&[Admission { number, state: TokenState::Admitted, admitted_at, admitted_by }]).await?;
    }
    tx.add_changes(&[(centre, number)]).await
}

/// Counts places as taken (1), with the serials that they use up, or as free (-1).
async fn claim(tx: &mut Tx, places: &[Leased], sign: i64) -> Result<bool> {
    if places.is_empty() {
        return Ok(true);
    }
    let (mut slots, mut shares) = (BTreeMap::<SlotId, i64>::new(), BTreeMap::<(SlotId, Owner), i64>::new());
    for place in places {
        *slots.entry(place.slot_id).or_default() += sign;
        *shares.entry((place.slot_id, place.owner)).or_default() += sign;
    }
    let claims: Vec<_> = slots.into_iter().map(|(slot, places)| Claim { slot, places, serials: places.max(0) }).collect();
    let shares: Vec<_> = shares.into_iter().map(|((slot, owner), places)| (slot, owner, places)).collect();
    Ok(tx.claim_slots(&claims).await? && tx.claim_shares(&shares).await?)
}
