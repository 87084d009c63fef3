//! Desks, offices, gates and officers doing things in any order, over links that lose answers: whatever happens, no place is given
//! twice, and everybody who holds a slip is known in the end.

use std::collections::BTreeMap;

use crate::support::callers::{Caller, Person};
use crate::support::desk::{Bug, Desk};
use crate::support::{PASSWORD, TestApp, on_both, state_officer};
use baari::actions::desks::{Decision, decide_desk};
use baari::domain::moment::{Day, Moment};
use baari::domain::number::TokenNumber;
use baari::domain::place::Role;
use baari::ids::{DeskId, SlotId};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

on_both! {
    whatever_happens_no_place_is_given_twice,
}

/// How many things happen in a schedule.
const STEPS: usize = 60;

/// How many schedules are tried, and how many to find a bug.
const SCHEDULES: u64 = 12;
const SEARCH: u64 = 40;

const CENTRE: &str = "RPR-FAFADIH";

/// A slip that somebody was handed: at which desk, and whose card it was.
struct Slip {
    number: TokenNumber,
    card: u32,
    desk: usize,
}

struct World<'a> {
    app: &'a TestApp,
    chance: StdRng,
    clerk: Caller,
    operator: Caller,
    desks: Vec<Desk>,
    /// Copies of a desk's memory, as a backup keeps them.
    copies: BTreeMap<usize, Desk>,
    copied: Vec<usize>,
    lost: Vec<usize>,
    slots: Vec<SlotId>,
    slips: Vec<Slip>,
    /// By number: what the QR code of the slip says.
    codes: BTreeMap<TokenNumber, String>,
    next_card: u32,
    now: Moment,
}

impl<'a> World<'a> {
    async fn begin(app: &'a TestApp, nth: i64, seed: u64, bug: Option<Bug>) -> Self {
        // Every schedule has a day, and desks, of its own.
        let day = "2021-04-05".parse::<Day>().expect("a day").plus(nth * 3);
        let row = format!("{CENTRE},{day},covishield,1,18,200,10:00,14:00,60,24,RPR-Z2:4 walk_in:1,2021-03-29 00:00,{day} 14:00\n");
        app.field(&[&format!("{}{row}", crate::support::SESSION_COLUMNS)]).await;
        app.set_clock(&format!("{day} 08:30"));
        let slots: Vec<_> = ["10:00", "11:00", "12:00"].map(|hour| SlotId(app.slot(CENTRE, &format!("{day} {hour}")))).into();
        let mut desks = Vec::new();
        let browser = app.browser();
        browser.log_in("asha", PASSWORD).await;
        for n in 0..3 {
            let mut desk = Desk::ask(&browser, &app.url, &format!("PC {nth} {n}")).await;
            decide_desk(&app.core, &state_officer(), DeskId(desk.id), Decision::Approve).await.expect("approved");
            desk.sync(app.core.clock.now(), false).await;
            desk.bug = bug.filter(|_| n == 0);
            desk.kept.pace = 4;
            desks.push(desk);
        }
        Self {
            app,
            chance: StdRng::seed_from_u64(seed),
            clerk: app.clerk("RPR-Z2").await,
            operator: app.operator(CENTRE).await,
            desks,
            copies: BTreeMap::new(),
            copied: Vec::new(),
            lost: Vec::new(),
            slots,
            slips: Vec::new(),
            codes: BTreeMap::new(),
            next_card: nth as u32 * 1_000,
            now: app.core.clock.now(),
        }
    }

    async fn step(&mut self) {
        let n = self.chance.random_range(0..self.desks.len());
        let slot = self.slots[self.chance.random_range(0..self.slots.len())];
        match self.chance.random_range(0..100) {
            // A desk issues, cut off or not: it does not ask.
            0..40 => self.issue(n, slot),
            // It calls; some calls are lost on the way, some answers on the way back.
            40..70 => match self.chance.random_range(0..4) {
                0 => self.desks[n].call_in_vain(),
                1 => drop(self.desks[n].sync(self.now, true).await),
                _ => drop(self.desks[n].sync(self.now, false).await),
            },
            70..80 => {
                self.next_card += 1;
                self.clerk.issue(slot.0, &Person::new(self.next_card)).await;
            }
            // Somebody comes to the gate, known or not.
            80..87 => {
                if let Some(code) = self.codes.values().nth(self.chance.random_range(0..self.codes.len().max(1))) {
                    self.operator.scan(code).await;
                }
            }
            87..90 => {
                let cap = [0, 5, 60][self.chance.random_range(0..3)];
                self.decide(n, Decision::Cap(cap)).await;
            }
            90..91 if self.lost.is_empty() && n > 0 => {
                self.lost.push(n);
                self.decide(n, Decision::Lose).await;
            }
            91..93 if n == 2 => drop(self.copies.insert(n, self.desks[n].clone())),
            93..95 if n == 2 && self.chance.random_range(0..3) == 0 => {
                if let Some(mut copy) = self.copies.remove(&n) {
                    copy.kept.calls += 1_000;
                    self.copied.extend([n, self.desks.len()]);
                    self.desks.push(copy);
                }
            }
            _ => {
                self.app.pass(300);
                self.now = self.app.core.clock.now();
            }
        }
    }

    fn issue(&mut self, n: usize, slot: SlotId) {
        let desk = &mut self.desks[n];
        if desk.place_in(slot).is_none() || desk.key().is_none() {
            return;
        }
        self.next_card += 1;
        let (number, code) = desk.issue(slot, self.next_card, self.now);
        self.codes.insert(number, code);
        self.slips.push(Slip { number, card: self.next_card, desk: n });
    }

    async fn decide(&self, n: usize, decision: Decision) {
        decide_desk(&self.app.core, &state_officer(), DeskId(self.desks[n].id), decision).await.expect("decided");
    }

    /// Everybody has a link again; what is then wrong.
    async fn end(mut self) -> Vec<String> {
        for desk in &mut self.desks {
            for _ in 0..6 {
                desk.sync(self.now, false).await;
            }
        }
        let mut wrong = self.app.faults().await;
        let ids: Vec<_> = self.desks.iter().map(|desk| desk.id.to_string()).collect();
        let of_these = format!("desk_id in ({})", ids.join(", "));
        let tasks = self.app.rows(&format!("select kind || ' ' || cast(number as text) from desk_task where {of_these}")).await;
        let sql = format!(
            "select cast(token.number as text) || ' ' || token.id_end || ' ' || case when over_capacity then 'over' else 'within' end \
             from token join leased on leased.number = token.number where {of_these}"
        );
        let tokens: BTreeMap<String, (String, bool)> = self
            .app
            .rows(&sql)
            .await
            .iter()
            .map(|row| {
                let parts: Vec<_> = row.split(' ').collect();
                (parts[0].to_owned(), (parts[1].to_owned(), parts[2] == "over"))
            })
            .collect();
        for Slip { number, card, desk } in &self.slips {
            let value = number.value().to_string();
            let end = format!("{:04}", card % 10_000);
            let theirs = tokens.get(&value).is_some_and(|(found, _)| *found == end);
            let listed = tasks.iter().any(|task| task.ends_with(&format!(" {value}")));
            if !theirs && !listed {
                wrong.push(format!("the slip {number} of desk {desk} is known to nobody"));
            }
            let twice = self.slips.iter().filter(|other| other.number == *number).count() > 1;
            if twice && !self.copied.contains(desk) {
                wrong.push(format!("{number} was given to two people by desk {desk}"));
            }
            let over = tokens.get(&value).is_some_and(|(_, over)| *over);
            if over && !self.lost.contains(desk) && !self.copied.contains(desk) {
                wrong.push(format!("{number} of desk {desk} stands beside the capacity"));
            }
        }
        for (n, desk) in self.desks.iter().enumerate() {
            if !self.copied.contains(&n) && tasks.iter().any(|task| task.starts_with("copied")) && self.is_fenced(desk).await {
                wrong.push(format!("desk {n} counts as a copy and is none"));
            }
        }
        for kind in ["unreadable", "no_identity", "returned"] {
            let task = tasks.iter().find(|task| task.starts_with(kind));
            wrong.extend(task.filter(|_| self.copied.is_empty()).cloned());
        }
        wrong
    }

    async fn is_fenced(&self, desk: &Desk) -> bool {
        self.app.count(&format!("desk where id = {} and fenced_at is not null", desk.id)).await > 0
    }
}

async fn schedule(app: &TestApp, nth: i64, seed: u64, bug: Option<Bug>) -> Vec<String> {
    let mut world = World::begin(app, nth, seed, bug).await;
    for _ in 0..STEPS {
        world.step().await;
    }
    world.end().await
}

async fn whatever_happens_no_place_is_given_twice(app: TestApp) {
    app.user("asha", Role::Clerk, "RPR-Z2").await;
    let schedules = if app.is_shared() { SCHEDULES / 3 } else { SCHEDULES };
    let mut nth = 0;
    for seed in 0..schedules {
        nth += 1;
        assert_eq!(schedule(&app, nth, seed, None).await, [""; 0], "seed {seed}");
    }
    if app.is_shared() {
        return;
    }
    for bug in [Bug::ForgetsUnanswered, Bug::ReusesPlace, Bug::UsesReturned, Bug::SignsAnotherSerial, Bug::NewCallEachTime] {
        let mut found = false;
        for seed in 0..SEARCH {
            nth += 1;
            found = !schedule(&app, nth, seed, Some(bug)).await.is_empty();
            if found {
                break;
            }
        }
        assert!(found, "{bug:?} was not found in {SEARCH} schedules");
    }
}
