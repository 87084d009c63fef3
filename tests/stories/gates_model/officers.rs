//! What officers do with phones and lanes, and what two phones do between them.

use std::collections::BTreeSet;

use super::run;
use super::world::World;
use crate::support::phone::Phone;
use crate::support::state_officer;
use baari::actions::enrol_gate::{enrol_gate, prepare_gate, revoke_gate};
use baari::actions::held_scans::decide_held;
use baari::actions::lanes::hand_over;
use baari::actions::move_gate::move_gate;
use baari::domain::admission::{TokenState, lane};
use rand::RngExt;

impl World {
    pub(super) async fn enrol(&mut self, centre: &str, name: &str, lanes: &str) {
        let centre = self.core.board().centre_by_code(centre).expect("the centre").id;
        let wanted: Vec<_> = lanes.split(',').filter_map(|lane| lane.parse().ok()).collect();
        let code = prepare_gate(&self.core, &state_officer(), &self.core.chance.secret(), centre, name, &wanted).await.expect("a code");
        if lanes.is_empty() {
            let mut tx = self.core.write().await.expect("a transaction");
            run(&mut tx, "update gate set enrol_lanes = '' where enrolled_at is null").await;
            tx.commit().await.expect("committed");
        }
        let (_, secret) = enrol_gate(&self.core, &code, None).await.expect("enrolled");
        self.phones.push(Phone::new(name, secret, centre, self.bug));
    }

    pub(super) async fn officer_hands_over(&mut self, to: usize) {
        let Some(id) = self.phones[to].id() else { return };
        let lane = self.random.random_range(0..2);
        let moved = hand_over(&self.core, &state_officer(), self.phones[to].centre, lane, id).await;
        self.say(format!("an officer hands lane {lane} to {}: {:?}", self.phones[to].name, moved.ok()));
    }

    pub(super) async fn officer_moves(&mut self, phone: usize) {
        let Some(id) = self.phones[phone].id() else { return };
        let some = self.some(self.phones.len());
        let to = self.phones[some].centre;
        let asked = move_gate(&self.core, &state_officer(), id, to).await.is_ok();
        self.say(format!("an officer moves {} to centre {to}: {asked}", self.phones[phone].name));
    }

    /// Two phones move a lane by a code that one shows and the other scans, or does not come to scan.
    pub(super) fn phones_hand_over(&mut self, from: usize) {
        let others = |other: &usize| *other != from && self.phones[*other].centre == self.phones[from].centre;
        let others: Vec<_> = (0..self.phones.len()).filter(others).collect();
        let lanes: Vec<_> = self.phones[from].lanes().into_iter().collect();
        if others.is_empty() || lanes.is_empty() || self.phones[from].is_revoked() {
            return;
        }
        let (to, moved) = (others[self.some(others.len())], lanes[self.some(lanes.len())]);
        let Some(id) = self.phones[to].id().filter(|_| !self.phones[to].is_revoked()) else { return };
        let Some(own) = self.phones[from].id() else { return };
        let Some((number, epoch, code)) = self.phones[from].give(moved, id) else { return };
        let taken = self.chance(85) && self.phones[to].take(own, number, epoch, code);
        let (giver, taker) = (&self.phones[from], &self.phones[to]);
        let is_in = |phone: &Phone, number| phone.token(number).is_some_and(|token| token.known.state == TokenState::Admitted);
        let own = giver.tokens().filter(|token| lane(token.number, 2) == moved && is_in(giver, token.number));
        let unseen: Vec<_> = own.filter(|token| !is_in(taker, token.number)).map(|token| token.number).collect();
        let line = format!("{} gives lane {moved} to {} by code, epoch {epoch}, taken: {taken}", giver.name, taker.name);
        self.unseen.extend(unseen);
        if self.revoked.contains(&to) {
            self.freed.insert((self.phones[from].centre, moved));
        }
        self.say(line);
    }

    pub(super) async fn revoke(&mut self, phone: usize) {
        let Some(id) = self.phones[phone].id() else { return };
        let centre = self.phones[phone].centre;
        // Of which lanes it is not known what becomes: those it holds, and those it gave away and has not told of.
        self.freed.extend(self.phones[phone].lanes().into_iter().map(|lane| (centre, lane)));
        let mut tx = self.core.read().await.expect("a transaction");
        for centre in self.phones.iter().map(|phone| phone.centre).collect::<BTreeSet<_>>() {
            let held = tx.lanes_of(centre).await.expect("rows").into_iter().filter(|lane| lane.gate_id == id);
            self.freed.extend(held.map(|lane| (centre, lane.lane)));
        }
        drop(tx);
        if self.revoked.insert(phone) {
            revoke_gate(&self.core, &state_officer(), id).await.expect("revoked");
        }
        self.say(format!("{} is revoked", self.phones[phone].name));
    }

    pub(super) async fn officer_takes_in(&mut self, phone: usize) {
        let Some(id) = self.phones[phone].id() else { return };
        let taken = decide_held(&self.core, &self.app.scanning, &state_officer(), id, true).await.expect("decided");
        if taken > 0 {
            self.say(format!("an officer takes {taken} scans of {} in", self.phones[phone].name));
        }
    }
}
