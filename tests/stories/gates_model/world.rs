//! One schedule: a server, phones and people, and the steps that are drawn for them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Checked, run};
use crate::support::phone::{Bug, Phone, Slip};
use crate::support::{TestApp, at, master_key};
use baari::actions::command::CommandId;
use baari::app::App;
use baari::chance::Chance;
use baari::core::Core;
use baari::domain::campaign::Campaign;
use baari::domain::moment::Moment;
use baari::domain::number::TokenNumber;
use baari::ids::{CentreId, SlotId};
use baari::storage::scan::ScanKind;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use uuid::Uuid;

/// How many steps a schedule has.
const STEPS: usize = 45;

/// How many people there are at first.
const PEOPLE: usize = 4;

/// The doors: centre, phone, the lanes that it asks for when it enrols.
const PHONES: [(&str, &str, &str); 5] = [
    ("RPR-MEKAHARA", "Gate A", "0"),
    ("RPR-MEKAHARA", "Gate B", "1"),
    ("RPR-MEKAHARA", "Gate C", ""),
    ("RPR-SHANKAR", "Gate D", "0,1"),
    ("RPR-SHANKAR", "Gate E", ""),
];

/// What makes a database as empty as it was before the first schedule.
const CLEAR: [&str; 20] = [
    "delete from message",
    "delete from turn",
    "delete from conflict",
    "delete from scan",
    "delete from held_scan",
    "delete from intent",
    "delete from change",
    "delete from token",
    "delete from identity",
    "delete from dose",
    "delete from beneficiary",
    "delete from link_gap",
    "delete from lane",
    "delete from former_gate",
    "delete from gate",
    "delete from journal",
    "delete from counter where name in ('token', 'gate')",
    "update share set taken = 0 where taken > 0",
    "update slot set taken = 0, serials = 0 where serials > 0",
    "update centre set changed = 0, phones_left = 0",
];

/// Somebody with a token and all its slips, the newest last.
pub(super) struct Holder {
    pub(super) slips: Vec<Slip>,
    pub(super) cancelled: bool,
}

/// A fact that a phone has acknowledged to its gatekeeper.
pub(super) struct Written {
    pub(super) id: Uuid,
    pub(super) phone: usize,
    pub(super) kind: ScanKind,
    pub(super) number: TokenNumber,
}

/// One schedule: a server, phones, people, and what is known from outside.
pub(super) struct World {
    pub(super) core: Arc<Core>,
    pub(super) app: Arc<App>,
    pub(super) random: StdRng,
    pub(super) strict: bool,
    pub(super) bug: Option<Bug>,
    pub(super) phones: Vec<Phone>,
    pub(super) people: Vec<Holder>,
    /// Who was at a gate last.
    pub(super) last: usize,
    pub(super) slots: Vec<SlotId>,
    pub(super) written: Vec<Written>,
    /// Lanes that an officer freed without their holder's word: it may be admitting still.
    pub(super) freed: BTreeSet<(CentreId, i64)>,
    /// Phones that an officer has revoked, whether they have heard of it or not.
    pub(super) revoked: BTreeSet<usize>,
    /// Tokens whose admission the phone that took their lane by code could not know of.
    pub(super) unseen: BTreeSet<TokenNumber>,
    /// Requests that come to the server late.
    pub(super) late: Vec<(usize, Value)>,
    pub(super) commands: u32,
    pub(super) log: Vec<String>,
}

impl World {
    pub(super) async fn new(app: &TestApp, seed: u64, strict: bool, bug: Option<Bug>) -> Self {
        let mut tx = app.core.write().await.expect("a transaction");
        for sql in CLEAR {
            run(&mut tx, sql).await;
        }
        run(&mut tx, if strict { "update centre set lenient = false" } else { "update centre set lenient = true" }).await;
        tx.commit().await.expect("committed");
        app.set_clock("2021-03-30 11:07");
        let clock = baari::clock::Clock::frozen_at(at("2021-03-30 11:07"));
        let url = "http://127.0.0.1:8080".to_owned();
        let chance = Chance::seeded(seed);
        let core = Core::open(app.core.db.clone(), clock, chance, Campaign::built_in(), master_key(), url).await.expect("an open core");
        let mut world = Self {
            app: App::start(Arc::clone(&core), None, None),
            core,
            random: StdRng::seed_from_u64(seed),
            strict,
            bug,
            phones: Vec::new(),
            people: Vec::new(),
            last: 0,
            slots: Vec::new(),
            written: Vec::new(),
            freed: BTreeSet::new(),
            revoked: BTreeSet::new(),
            unseen: BTreeSet::new(),
            late: Vec::new(),
            commands: 0,
            log: Vec::new(),
        };
        for centre in ["RPR-MEKAHARA", "RPR-SHANKAR"] {
            for starts in ["2021-03-30 11:00", "2021-03-30 12:00"] {
                world.slots.push(SlotId(app.slot(centre, starts)));
            }
        }
        world
    }

    pub(super) async fn run(&mut self) -> Checked {
        let phones = 4 + usize::from(self.chance(50));
        for (centre, name, lanes) in &PHONES[..phones] {
            self.enrol(centre, name, lanes).await;
        }
        self.issue(PEOPLE).await;
        for phone in 0..self.phones.len() {
            self.sync(phone).await;
        }
        for _ in 0..STEPS {
            self.step().await?;
        }
        self.settle().await;
        self.check().await
    }

    pub(super) fn now(&self) -> Moment {
        self.core.clock.now()
    }

    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    pub(super) fn some(&mut self, count: usize) -> usize {
        self.random.random_range(0..count)
    }

    pub(super) fn slot(&mut self) -> SlotId {
        let which = self.some(self.slots.len());
        self.slots[which]
    }

    pub(super) fn id(&mut self) -> Uuid {
        // Like a phone's own ids: in no order.
        Uuid::from_u128(self.random.random())
    }

    pub(super) fn say(&mut self, what: impl Into<String>) {
        let what = format!("{} {}", self.now().clock(), what.into());
        self.log.push(what);
    }

    pub(super) async fn step(&mut self) -> Checked {
        let phone = self.some(self.phones.len());
        match self.random.random_range(0..100) {
            0..=31 => self.visit().await?,
            32..=51 => self.talk(phone).await,
            52..=57 if self.phones[phone].link => {
                self.say(format!("{} hears and sends all", self.phones[phone].name));
                self.phones[phone].hear_nothing();
                self.sync(phone).await;
            }
            52..=63 => {
                self.phones[phone].link = !self.phones[phone].link;
                let link = if self.phones[phone].link { "is linked again" } else { "is cut off" };
                self.say(format!("{} {link}", self.phones[phone].name));
            }
            64..=66 => {
                self.phones[phone].crash();
                self.say(format!("{} crashes", self.phones[phone].name));
            }
            67..=70 => self.take_back(phone),
            71..=78 => self.officer_hands_over(phone).await,
            79..=83 => self.phones_hand_over(phone),
            84 => self.revoke(phone).await,
            85..=89 => self.reschedule().await,
            90 => self.cancel().await,
            91..=92 => {
                let seconds = [-7_200, -90, 90, 1_000, 7_200, 172_800][self.some(6)];
                self.phones[phone].jump(seconds);
                self.say(format!("{}'s clock jumps by {seconds} s", self.phones[phone].name));
            }
            93..=95 => {
                let seconds = self.random.random_range(1..=300);
                self.core.clock.set(self.now() + seconds);
                self.say(format!("{seconds} s pass"));
            }
            96..=97 => self.issue(1).await,
            98 => self.late_request().await,
            _ if self.chance(50) => self.officer_moves(phone).await,
            _ => self.officer_takes_in(phone).await,
        }
        Ok(())
    }

    pub(super) fn command(&mut self, body: &str) -> CommandId {
        self.commands += 1;
        CommandId::new("test", &self.commands.to_string(), body)
    }
}
