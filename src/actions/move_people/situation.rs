//! What planning a move needs: where there is room, and whom it serves.

use std::collections::HashMap;

use crate::actions::reschedule_token::holder;
use crate::core::Core;
use crate::domain::booking::{Applicant, PastDose};
use crate::domain::moving::{DAYS_AHEAD, Mover, NOTICE, Plan, Room, plan};
use crate::domain::number::TokenNumber;
use crate::domain::place::Role;
use crate::domain::token::LAST_REVISION;
use crate::ids::{BeneficiaryId, CentreId, SessionId, SlotId, ZoneId};
use crate::storage::Tx;
use crate::storage::slot::{BookingSlot, Share};
use crate::storage::token::Token;

/// How many a statement asks for.
const SOME: usize = 1_000;

/// Where there is room, and whom it serves.
pub(super) struct Situation<'a> {
    core: &'a Core,
    slots: HashMap<SlotId, BookingSlot>,
    pub(super) rooms: Vec<Room>,
    tokens: HashMap<TokenNumber, (Applicant, Token)>,
}

/// A token's holder, for planning.
pub(super) fn mover(token: &Token) -> Mover {
    let (number, birth_year, mobile) = (token.number, token.birth_year, token.mobile.clone());
    Mover { number, birth_year, mobile, starts: token.starts, owner: token.owner, dose: token.dose, zone: token.zone_id }
}

/// The slots of a zone that people of a session can still be told of in time, with their shares. Nobody is sent to the session that
/// they leave.
pub(super) async fn slots(core: &Core, tx: &mut Tx, zone: ZoneId, left: SessionId) -> sqlx::Result<(Vec<BookingSlot>, Vec<Share>)> {
    let after = core.clock.now() + NOTICE;
    let mut slots = tx.slots_with_room(zone, after, after.day().plus(DAYS_AHEAD)).await?;
    slots.retain(|slot| slot.session_id != left);
    let ids: Vec<_> = slots.iter().map(|slot| slot.id).collect();
    let mut shares = Vec::new();
    for some in ids.chunks(SOME) {
        shares.extend(tx.shares_of(some).await?);
    }
    Ok((slots, shares))
}

impl<'a> Situation<'a> {
    /// Reads what is known of the people, for these slots.
    pub(super) async fn read(
        core: &'a Core,
        tx: &mut Tx,
        tokens: &[Token],
        (slots, shares): (Vec<BookingSlot>, Vec<Share>),
    ) -> sqlx::Result<Self> {
        let people: Vec<_> = tokens.iter().map(|token| token.beneficiary_id).collect();
        let mut doses: HashMap<BeneficiaryId, Vec<PastDose>> = HashMap::new();
        for some in people.chunks(SOME) {
            for row in tx.doses_of(some).await? {
                doses.entry(row.beneficiary_id).or_default().push(row.into());
            }
        }
        let applicant = |token: &Token| holder(token, doses.get(&token.beneficiary_id).cloned().unwrap_or_default());
        let tokens = tokens.iter().map(|token| (token.number, (applicant(token), token.clone()))).collect();
        let mut free: HashMap<SlotId, Vec<_>> = HashMap::new();
        for share in shares {
            free.entry(share.slot_id).or_default().push((share.owner, share.capacity - share.taken));
        }
        let room = |slot: &BookingSlot| Room {
            slot: slot.id,
            centre: slot.centre_id,
            starts: slot.starts,
            free: slot.capacity - slot.taken,
            shares: free.remove(&slot.id).unwrap_or_default(),
        };
        let rooms = slots.iter().map(room).collect();
        Ok(Self { core, rooms, slots: slots.into_iter().map(|slot| (slot.id, slot)).collect(), tokens })
    }

    /// A slot that people may go to.
    pub(super) fn slot(&self, id: SlotId) -> Option<&BookingSlot> {
        self.slots.get(&id)
    }

    /// Finds the families their places, and takes them out of the rooms.
    pub(super) fn plan(&mut self, families: &[Vec<Mover>], home: CentreId) -> Plan {
        let mut rooms = std::mem::take(&mut self.rooms);
        let found = plan(families, home, &mut rooms, |person, room| self.fits(person, room));
        self.rooms = rooms;
        found
    }

    /// A move of a token that was good when issued asks no window and no new rule; only that the slot serves the person.
    fn fits(&self, person: &Mover, room: &Room) -> bool {
        let (Some((applicant, token)), Some(slot)) = (self.tokens.get(&person.number), self.slots.get(&room.slot)) else { return false };
        let offer = slot.offer();
        token.revision < LAST_REVISION
            && offer.is_open(Role::StateOfficer, self.core.clock.now()).is_ok()
            && offer.serves(&self.core.campaign, applicant, token.dose, token.issued_at).is_ok()
    }
}
