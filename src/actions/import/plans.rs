//! Writing planned sessions: what is issued stays, whoever plans anew.

use std::collections::{BTreeMap, HashMap};

use super::rows::ImportFault;
use crate::domain::campaign::Vaccine;
use crate::domain::moment::{Day, Moment};
use crate::domain::place::Owner;
use crate::domain::plan::{Plan, PlannedSlot};
use crate::error::Result;
use crate::ids::{CentreId, SessionId, SlotId};
use crate::storage::Tx;
use crate::storage::slot::{Session, Share, Slot};

/// How many tokens are issued in each slot of a session that has any.
pub type Issued = Vec<(Moment, i64)>;

/// Why a plan cannot be: the column, and what is wrong there.
pub type PlanRefused = (&'static str, ImportFault);

/// The sessions and slots that are there already.
#[derive(Default)]
pub struct Present {
    sessions: HashMap<(CentreId, Day, Vaccine), Session>,
    slots: HashMap<SessionId, Vec<Slot>>,
    shares: HashMap<SlotId, BTreeMap<Owner, Share>>,
    last_call: HashMap<(CentreId, Day), i64>,
}

impl Present {
    /// Everything from a day on.
    pub async fn read(tx: &mut Tx, from: Day) -> Result<Self> {
        Ok(Self::of(tx.sessions_from(from).await?, tx.slots_from(from).await?, tx.shares_from(from).await?))
    }

    /// What one centre has on one day, which nobody else changes until the transaction ends.
    pub async fn to_change(tx: &mut Tx, centre: CentreId, day: Day) -> Result<Self> {
        tx.lock_day(centre, day).await?;
        Self::at(tx, centre, day).await
    }

    /// What one centre has on one day.
    pub async fn at(tx: &mut Tx, centre: CentreId, day: Day) -> Result<Self> {
        Ok(Self::of(tx.sessions_at(centre, day).await?, tx.slots_at(centre, day).await?, tx.shares_at(centre, day).await?))
    }

    /// What all centres have on one day.
    pub async fn on(tx: &mut Tx, day: Day) -> Result<Self> {
        Ok(Self::of(tx.sessions_on(day).await?, tx.slots_on(day).await?, tx.shares_on(day).await?))
    }

    fn of(sessions: Vec<Session>, slots: Vec<Slot>, shares: Vec<Share>) -> Self {
        let sessions = sessions.into_iter().map(|row| ((row.centre_id, row.day, row.vaccine), row)).collect();
        let mut present = Self { sessions, ..Self::default() };
        for slot in slots {
            let last = present.last_call.entry((slot.centre_id, slot.day)).or_default();
            *last = slot.call.max(*last);
            present.slots.entry(slot.session_id).or_default().push(slot);
        }
        for share in shares {
            present.shares.entry(share.slot_id).or_default().insert(share.owner, share);
        }
        present
    }

    /// Every session as a plan.
    pub fn plans(&self) -> impl Iterator<Item = Plan> {
        self.sessions.values().map(|session| self.plan_of(session))
    }

    /// A session as a plan.
    pub fn plan(&self, centre: CentreId, day: Day, vaccine: Vaccine) -> Option<Plan> {
        self.sessions.get(&(centre, day, vaccine)).map(|session| self.plan_of(session))
    }

    /// How many tokens are issued in the slots of a session.
    pub fn issued(&self, plan: &Plan) -> Issued {
        let session = self.sessions.get(&(plan.centre, plan.day, plan.vaccine));
        let slots = session.and_then(|session| self.slots.get(&session.id));
        slots.into_iter().flatten().filter(|slot| slot.taken > 0).map(|slot| (slot.starts, slot.taken)).collect()
    }

    fn plan_of(&self, session: &Session) -> Plan {
        let owners = |slot: &Slot| {
            let shares = self.shares.get(&slot.id).into_iter().flatten();
            shares.filter(|(_, share)| share.capacity > 0).map(|(owner, share)| (*owner, share.capacity)).collect()
        };
        let slots = self.slots.get(&session.id).into_iter().flatten();
        Plan {
            centre: session.centre_id,
            day: session.day,
            vaccine: session.vaccine,
            doses: session.doses,
            min_age: session.min_age,
            max_age: session.max_age,
            opens: session.opens,
            closes: session.closes,
            issue_from: session.issue_from,
            issue_until: session.issue_until,
            slots: slots
                .map(|slot| PlannedSlot { starts: slot.starts, minutes: slot.minutes, places: slot.capacity, owners: owners(slot) })
                .collect(),
        }
    }

    /// Makes a session what is planned, with so many lanes if it is new; nothing that was issued may be in the way.
    pub async fn put(&mut self, tx: &mut Tx, plan: &Plan, lanes: i64) -> Result<Result<(), PlanRefused>> {
        let key = (plan.centre, plan.day, plan.vaccine);
        let before = self.sessions.get(&key);
        let id = match before {
            Some(before) => before.id,
            None => SessionId(tx.take_numbers("session", 1).await?),
        };
        let lanes = before.map_or(lanes, |before| before.lanes);
        let session = Session { id, lanes, stopped: before.is_some_and(|before| before.stopped), ..session_of(plan) };
        let old_slots = self.slots.remove(&session.id).unwrap_or_default();
        for gone in old_slots.iter().filter(|old| plan.slots.iter().all(|slot| slot.starts != old.starts)) {
            if !tx.remove_slot(gone.id).await? {
                return Ok(Err(("opens", ImportFault::SlotHasTokens { issued: gone.taken })));
            }
        }
        tx.put_session(&session).await?;
        for planned in &plan.slots {
            let old = old_slots.iter().find(|old| old.starts == planned.starts);
            if let Err(refused) = self.put_slot(tx, &session, planned, old).await? {
                return Ok(Err(refused));
            }
        }
        self.sessions.insert(key, session);
        Ok(Ok(()))
    }

    /// Makes many sessions at once, none of which is there yet.
    pub async fn add(&mut self, tx: &mut Tx, plans: &[Plan], lanes: impl Fn(&Plan) -> i64) -> Result<Result<(), PlanRefused>> {
        let count = plans.iter().map(|plan| plan.slots.len()).sum::<usize>() as i64;
        if plans.is_empty() {
            return Ok(Ok(()));
        }
        let (mut session_id, mut slot_id) = (tx.take_numbers("session", plans.len() as i64).await?, tx.take_numbers("slot", count).await?);
        let (mut sessions, mut slots, mut shares) = (Vec::new(), Vec::new(), Vec::new());
        for plan in plans {
            let session = Session { id: SessionId(session_id), lanes: lanes(plan), ..session_of(plan) };
            session_id += 1;
            for planned in &plan.slots {
                let last = self.last_call.entry((plan.centre, plan.day)).or_default();
                *last += 1;
                if *last > 99 {
                    return Ok(Err(("slot_minutes", ImportFault::TooManySlots)));
                }
                let slot = Slot { id: SlotId(slot_id), call: *last, ..slot_of(&session, planned) };
                slot_id += 1;
                let own = planned.owners.iter().map(|(owner, count)| Share { slot_id: slot.id, owner: *owner, capacity: *count, taken: 0 });
                shares.extend(own);
                slots.push(slot);
            }
            sessions.push(session);
        }
        tx.add_sessions(&sessions, &slots, &shares).await?;
        Ok(Ok(()))
    }

    async fn put_slot(
        &mut self,
        tx: &mut Tx,
        session: &Session,
        planned: &PlannedSlot,
        old: Option<&Slot>,
    ) -> Result<Result<(), PlanRefused>> {
        let issued = old.map_or(0, |old| old.taken);
        if planned.places < issued {
            return Ok(Err(("capacity", ImportFault::BelowIssued { issued })));
        }
        let (id, call) = if let Some(old) = old {
            (old.id, old.call)
        } else {
            let last = self.last_call.entry((session.centre_id, session.day)).or_default();
            *last += 1;
            (SlotId(tx.take_numbers("slot", 1).await?), *last)
        };
        if call > 99 {
            return Ok(Err(("slot_minutes", ImportFault::TooManySlots)));
        }
        let slot = Slot { id, call, taken: issued, ..slot_of(session, planned) };
        tx.put_slot(&slot).await?;
        if old.is_some_and(|old| old.capacity != planned.places) {
            tx.forget_fewer_places(id).await?;
        }
        let shares = self.shares.entry(id).or_default();
        let mut wanted = planned.owners.clone();
        // Whoever loses every place keeps a row that says so.
        for owner in shares.keys() {
            wanted.entry(*owner).or_insert(0);
        }
        for (owner, capacity) in wanted {
            let before = shares.get(&owner);
            let issued = before.map_or(0, |share| share.taken);
            if capacity < issued {
                return Ok(Err(("shares", ImportFault::BelowIssued { issued })));
            }
            if before.map(|share| share.capacity) != Some(capacity) {
                let share = Share { slot_id: id, owner, capacity, taken: issued };
                tx.put_share(&share).await?;
                shares.insert(owner, share);
            }
        }
        self.slots.entry(session.id).or_default().push(slot);
        Ok(Ok(()))
    }

    /// Takes a session away that no token was ever issued for.
    pub async fn remove(&mut self, tx: &mut Tx, plan: &Plan) -> Result<Result<(), PlanRefused>> {
        let Some(session) = self.sessions.remove(&(plan.centre, plan.day, plan.vaccine)) else { return Ok(Ok(())) };
        for slot in self.slots.remove(&session.id).unwrap_or_default() {
            if !tx.remove_slot(slot.id).await? {
                return Ok(Err(("opens", ImportFault::SlotHasTokens { issued: slot.taken })));
            }
        }
        tx.remove_session(session.id).await?;
        Ok(Ok(()))
    }
}

/// A session as it is planned; its id, its lanes and whether it was stopped are not the plan's.
fn session_of(plan: &Plan) -> Session {
    Session {
        id: SessionId::default(),
        centre_id: plan.centre,
        day: plan.day,
        vaccine: plan.vaccine,
        doses: plan.doses,
        min_age: plan.min_age,
        max_age: plan.max_age,
        opens: plan.opens,
        closes: plan.closes,
        lanes: 1,
        issue_from: plan.issue_from,
        issue_until: plan.issue_until,
        stopped: false,
    }
}

/// A slot as it is planned; its id, its call number and what is issued are not the plan's.
fn slot_of(session: &Session, planned: &PlannedSlot) -> Slot {
    Slot {
        id: SlotId::default(),
        session_id: session.id,
        centre_id: session.centre_id,
        day: session.day,
        call: 0,
        starts: planned.starts,
        minutes: planned.minutes,
        capacity: planned.places,
        taken: 0,
    }
}
