//! What becomes of a phone's calls: each begins, comes to the server or not or late, and comes back or not.

use super::world::World;
use crate::support::phone::Ending;
use baari::actions::enrol_gate::gate_by_secret;
use baari::actions::sync_gate::sync_gate;
use rand::RngExt;
use serde_json::Value;

impl World {
    /// Carries one of the phone's calls a step on: it begins, comes to the server or not, comes back or not.
    pub(super) async fn talk(&mut self, phone: usize) {
        let (fate, now) = (self.random.random_range(0..100), self.now());
        let name = self.phones[phone].name.clone();
        let link = self.phones[phone].link;
        let Some(call) = self.phones[phone].call() else {
            if link {
                self.phones[phone].begin(now);
                self.say(format!("{name} begins a call"));
            }
            return;
        };
        let (up, down) = (call.up.clone(), call.down.clone());
        match down {
            None if !link || fate < 10 => {
                self.phones[phone].hear_nothing();
                self.say(format!("{name}'s request is lost"));
                if fate % 2 == 0 {
                    self.late.push((phone, up));
                }
            }
            None => {
                let down = self.serve(phone, up).await;
                self.say(format!("{name}'s request is answered"));
                if let Some(call) = self.phones[phone].call() {
                    call.down = Some(down);
                }
            }
            Some(_) if !link || fate < 10 => {
                self.phones[phone].hear_nothing();
                self.say(format!("{name}'s answer is lost"));
            }
            Some(mut down) => {
                let ending = match fate {
                    10..=17 => Ending::CrashBefore,
                    18..=21 => Ending::CrashAfter,
                    _ => Ending::Stored,
                };
                if fate > 93 {
                    down.truncate(down.len() / 2);
                }
                self.phones[phone].take_in(&down, ending);
                self.say(format!("{name} takes an answer in: {ending:?}{}", if fate > 93 { ", cut in half" } else { "" }));
            }
        }
    }

    pub(super) async fn late_request(&mut self) {
        if let Some((phone, up)) = self.late.pop() {
            self.say(format!("a request of {} comes late", self.phones[phone].name));
            self.serve(phone, up).await;
        }
    }

    /// What the server answers.
    pub(super) async fn serve(&mut self, phone: usize, up: Value) -> String {
        let gate = gate_by_secret(&self.core, &self.phones[phone].secret).await.expect("read").expect("a gate");
        let up = serde_json::from_value(up).expect("a request");
        let down = sync_gate(&self.core, &self.app.scanning, &gate, up).await.expect("an answer");
        serde_json::to_string(&down).expect("JSON")
    }

    /// Calls until there is nothing more to send or to hear.
    pub(super) async fn sync(&mut self, phone: usize) {
        loop {
            let now = self.now();
            self.phones[phone].begin(now);
            let up = self.phones[phone].call().expect("a call").up.clone();
            let down = self.serve(phone, up).await;
            if !self.phones[phone].take_in(&down, Ending::Stored) {
                return;
            }
        }
    }

    /// All links are back, what is late has come, everybody syncs, and officers take in what is held.
    pub(super) async fn settle(&mut self) {
        self.say("all links are back");
        while !self.late.is_empty() {
            self.late_request().await;
        }
        for phone in 0..self.phones.len() {
            self.phones[phone].link = true;
            self.phones[phone].hear_nothing();
        }
        // A lane that somebody was asked for takes a call to be told of, one to be given up, and one to be had; where other
        // lanes move meanwhile, some more.
        for round in 0..8 {
            for phone in 0..self.phones.len() {
                self.sync(phone).await;
                if round == 0 {
                    self.officer_takes_in(phone).await;
                }
            }
            let mut tx = self.core.read().await.expect("a transaction");
            if round > 0 && self.lanes_are_held_once(&mut tx).await.is_ok() {
                return;
            }
        }
    }
}
