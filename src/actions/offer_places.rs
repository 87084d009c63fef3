//! Giving places that have become free to those on the waiting list. A worker does it, zone by zone, one process at a time: so the
//! order is kept. The place itself is taken by the ordinary verb of issuing, so nothing is given twice whatever happens.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::cancel_token::{CancelToken, cancel_token};
use super::command::{CommandId, commit};
use super::issue_tokens::{IssueToken, Person, Seen, issue_several};
use super::look_up::with_history;
use super::tell::tell_holder;
use super::{Actor, Authority};
use crate::core::Core;
use crate::domain::booking::Applicant;
use crate::domain::message::Template;
use crate::domain::moving::NOTICE;
use crate::domain::number::TokenNumber;
use crate::domain::place::{Free, Owner, Role, Scope, owners_of};
use crate::domain::waiting::{Room, Waiter, WaitingState, assign};
use crate::error::{Error, Result};
use crate::ids::{BeneficiaryId, CentreId, DistrictId, SlotId, WaitingId, ZoneId};
use crate::storage::Tx;
use crate::storage::journal::{Act, Entry};
use crate::storage::slot::{BookingSlot, Share};
use crate::storage::waiting::{Waiting, WaitingFilter};

/// As the journal names what the list does.
pub const WAITING_LIST: &str = "waiting-list";

/// How long a process may be at a zone's list without a sign of life, in seconds.
const LEASE: i64 = 30;

/// How many of a list are read at once while somebody is looked for whom a place serves.
const READ: i64 = 500;

/// How many get their place in one transaction.
const AT_ONCE: usize = 30;

/// Who acts for a zone's list: with the zone's own places and the open ones, whatever the hour.
fn list_actor(zone: ZoneId) -> Actor {
    Actor { name: WAITING_LIST.into(), role: Role::DistrictOfficer, scope: Scope::Zone(zone) }
}

/// What there is to do on a zone's list.
struct Look {
    /// Who has got a token since they came: from the list, or elsewhere.
    with_token: Vec<(WaitingId, TokenNumber, bool)>,
    /// Who gets which place.
    places: Vec<(Waiting, SlotId)>,
}

/// A worker's turn at all lists. True: somebody has got a place, and there may be more.
pub async fn turn(core: &Core, worker: Uuid) -> Result<bool> {
    let mut tx = core.read().await?;
    let zones = tx.zones_waiting().await?;
    tx.commit().await?;
    let mut placed = false;
    for zone in zones {
        match serve(core, worker, zone).await {
            Ok(some) => placed |= some,
            // The other zones' people do not wait for it.
            Err(error) => tracing::warn!(%zone, %error, "nobody on this zone's list was served"),
        }
    }
    Ok(placed)
}

/// Takes the zone's list for as long as a chunk lasts at most, or goes on holding it. False: another process is at it.
async fn hold(core: &Core, worker: Uuid, zone: ZoneId) -> Result<bool> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let leased = tx.lease_waiting(zone, worker, now, now + LEASE).await?;
    tx.commit().await?;
    Ok(leased)
}

async fn serve(core: &Core, worker: Uuid, zone: ZoneId) -> Result<bool> {
    give_on(core, zone).await?;
    // Most of the time there is nothing: then nothing is written either.
    let seen = look(core, zone).await?;
    if seen.with_token.is_empty() && seen.places.is_empty() {
        return Ok(false);
    }
    if !hold(core, worker, zone).await? {
        return Ok(false);
    }
    let Look { with_token, places } = look(core, zone).await?;
    for (id, number, ours) in with_token {
        settle(core, id, number, ours).await?;
    }
    let mut placed = false;
    for some in places.chunks(AT_ONCE) {
        if !hold(core, worker, zone).await? {
            return Ok(placed);
        }
        let commands: Vec<_> = some.iter().map(|(entry, slot)| issue(core, entry, *slot)).collect();
        for ((entry, _), answer) in some.iter().zip(issue_several(core, &commands).await?) {
            match answer {
                Ok(token) => {
                    let number = token.number.parse().map_err(|_| Error::Internal("a token without a number".into()))?;
                    settle(core, entry.id, number, true).await?;
                    placed = true;
                }
                // Somebody else was faster, or the token came from elsewhere: the next turn sees it.
                Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    let mut tx = core.write().await?;
    tx.release_waiting(zone, worker).await?;
    tx.commit().await?;
    Ok(placed)
}

/// Each try is a command of its own. That nobody gets two places follows from the rule of one live token a dose.
fn issue(core: &Core, entry: &Waiting, slot: SlotId) -> IssueToken {
    let command = CommandId::new(WAITING_LIST, &core.chance.link(), format!("{} {slot}", entry.id));
    let person = Person::Known(entry.beneficiary_id, Seen::default());
    IssueToken { command, actor: list_actor(entry.zone_id), slot, person, earlier_dose: None }
}

async fn look(core: &Core, zone: ZoneId) -> Result<Look> {
    let now = core.clock.now();
    let actor = list_actor(zone);
    let mut tx = core.read().await?;
    let mut with_token: Vec<(WaitingId, TokenNumber, bool)> = Vec::new();
    for (id, number, by) in tx.waiting_with_token(zone).await? {
        if with_token.last().is_none_or(|last| last.0 != id) {
            with_token.push((id, number, by == WAITING_LIST));
        }
    }
    let owners = owners_of(actor.role, actor.scope);
    let slots = tx.slots_for(&owners, (zone, CentreId(0), DistrictId(0)), now).await?;
    let open: Vec<&BookingSlot> = slots.iter().filter(|slot| slot.issue_from <= now).collect();
    let mut rooms = rooms(&mut tx, &open, &owners, actor.scope).await?;
    if rooms.is_empty() {
        return Ok(Look { with_token, places: Vec::new() });
    }
    let slots: HashMap<SlotId, &BookingSlot> = open.into_iter().map(|slot| (slot.id, slot)).collect();
    let mut filter = WaitingFilter { most: READ, ..WaitingFilter::default() };
    let mut places = Vec::new();
    // Whom no place serves stands in nobody's way, however many they are.
    loop {
        // Where only places kept for one dose are left, whoever comes for another is not even read.
        let free: Free = rooms.iter().map(|room| room.free).sum();
        let kept = [1, 2].into_iter().filter(|dose| free.kept(*dose) > 0);
        filter.doses = if free.all() > free.kept(1) + free.kept(2) { Vec::new() } else { kept.collect() };
        let list = tx.waiting_list(Scope::Zone(zone), &filter).await?;
        let applicants = applicants(&mut tx, &list).await?;
        let entries: HashMap<WaitingId, &Waiting> = list.iter().map(|entry| (entry.id, entry)).collect();
        let waiters: Vec<_> = list.iter().map(Waiting::waiter).collect();
        let applicant = |waiter: &Waiter| applicants.get(&entries.get(&waiter.id)?.beneficiary_id);
        let dose = |waiter: &Waiter| applicant(waiter)?.next_dose(&core.campaign).ok();
        let given = assign(&waiters, &mut rooms, now, dose, |waiter, room| {
            let (Some(applicant), Some(slot)) = (applicant(waiter), slots.get(&room.slot)) else { return false };
            slot.offer().for_applicant(&core.campaign, applicant, actor.role, now).is_ok()
        });
        places.extend(given.into_iter().filter_map(|(id, slot)| Some(((*entries.get(&id)?).clone(), slot))));
        filter.after = list.last().map(|entry| entry.id);
        if (list.len() as i64) < READ || rooms.iter().all(|room| room.free.all() == 0) {
            break;
        }
    }
    tx.commit().await?;
    Ok(Look { with_token, places })
}

/// The places of the slots that these owners may give out, soonest first: a zone's own anywhere, all others within the scope only.
pub(super) async fn rooms(tx: &mut Tx, slots: &[&BookingSlot], owners: &[Owner], scope: Scope) -> Result<Vec<Room>> {
    let ids: Vec<_> = slots.iter().map(|slot| slot.id).collect();
    let within: HashSet<SlotId> = slots.iter().filter(|slot| scope.covers(slot.place())).map(|slot| slot.id).collect();
    let may_give =
        |share: &Share| owners.contains(&share.owner) && (within.contains(&share.slot_id) || matches!(share.owner, Owner::Zone(_)));
    let mut free: HashMap<SlotId, Free> = HashMap::new();
    for some in ids.chunks(500) {
        for share in tx.shares_of(some).await?.into_iter().filter(may_give) {
            free.entry(share.slot_id).or_default().count(share.owner, share.capacity - share.taken);
        }
    }
    let room = |slot: &&BookingSlot| Room {
        slot: slot.id,
        centre: slot.centre_id,
        starts: slot.starts,
        ends: slot.starts + slot.minutes * 60,
        free: free.get(&slot.id).copied().unwrap_or_default(),
    };
    Ok(slots.iter().map(room).filter(|room| room.free.all() > 0).collect())
}

/// What is known of those on a list.
pub(super) async fn applicants(tx: &mut Tx, list: &[Waiting]) -> Result<HashMap<BeneficiaryId, Applicant>> {
    let ids: Vec<_> = list.iter().map(|entry| entry.beneficiary_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let people = tx.people(&ids, &[], &[]).await?;
    Ok(with_history(tx, people).await?.into_iter().map(|found| (found.row.id, found.applicant)).collect())
}

/// Notes that somebody has a token. Whom the list has given it hears of it in the list's own words.
pub(super) async fn settle(core: &Core, id: WaitingId, number: TokenNumber, ours: bool) -> Result<()> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let state = if ours { WaitingState::Placed } else { WaitingState::Elsewhere };
    if !tx.settle_waiting(id, state, Some(number), None, (WAITING_LIST, now)).await? {
        let off = tx.waiting(id).await?.filter(|entry| ours && entry.state == WaitingState::Removed);
        drop(tx);
        return match off {
            Some(entry) => take_back(core, entry.zone_id, number).await,
            None => Ok(()),
        };
    }
    if ours {
        let token = tx.token(number).await?.ok_or(Error::NotFound)?;
        tx.overtake_messages(Template::TokenIssued, &[token.beneficiary_id], now).await?;
        tell_holder(core, &mut tx, Template::PlaceFound, &token, false).await?;
        tx.add_entries(&[core.note_in(WAITING_LIST, Scope::Centre(token.centre_id), Act::PlaceWaiting, Some(number.plain()))]).await?;
    }
    commit(tx).await
}

/// Somebody was taken off the list while their token was being issued: they do not want it.
async fn take_back(core: &Core, zone: ZoneId, number: TokenNumber) -> Result<()> {
    let command = CommandId::new(WAITING_LIST, &format!("{} taken back", number.plain()), "");
    let authority = Authority::Staff(list_actor(zone));
    let asked = CancelToken { command, authority, number, reason: "off_the_list".into(), undo: false };
    match cancel_token(core, &asked).await {
        // Whoever has been let in on it meanwhile is in.
        Ok(_) | Err(Error::Refused(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Where the campaign ends a grace before the session: gives the places of those who did not come on to its next slot that people can be told of.
async fn give_on(core: &Core, zone: ZoneId) -> Result<()> {
    let Some(late) = core.campaign.late_minutes else { return Ok(()) };
    let now = core.clock.now();
    let mut tx = core.read().await?;
    let mut lapsed = tx.lapsed_places(zone, now.day(), now + -(late * 60), now + NOTICE).await?;
    tx.commit().await?;
    if lapsed.is_empty() {
        return Ok(());
    }
    let mut tx = core.write().await?;
    // Slots are written in one order everywhere.
    lapsed.sort_by_key(|place| (place.slot_id, place.number));
    for place in &lapsed {
        if tx.add_lapsed(place, now).await? {
            tx.add_places(place.slot_id, place.owner, 1).await?;
            let note = core.note_in(WAITING_LIST, Scope::Zone(zone), Act::GiveOnPlace, Some(place.number.plain()));
            tx.add_entries(&[Entry { answer: Some(place.slot_id.to_string()), ..note }]).await?;
        }
    }
    commit(tx).await?;
    Ok(core.reload_board().await?)
}
