//! Gates that are cut off, crash, and move their lanes: whatever happens between them and the server, no scan is lost or
//! doubled, no token is admitted twice unseen, and all agree in the end.
//!
//! Thousands of short schedules are drawn from seeds. `BAARI_SEED` repeats one, `BAARI_SCHEDULES` draws more of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use crate::support::phone::{Bug, Ending, Phone, Slip};
use crate::support::{SESSION_COLUMNS, TestApp, at, master_key, on_both, state_officer};
use baari::actions::Authority;
use baari::actions::ask_gate::{Ask, ask_gate};
use baari::actions::cancel_token::{CancelToken, cancel_token};
use baari::actions::command::CommandId;
use baari::actions::enrol_gate::{enrol_gate, gate_by_secret, prepare_gate, revoke_gate};
use baari::actions::held_scans::decide_held;
use baari::actions::issue_tokens::{Details, IssueToken, Person};
use baari::actions::lanes::hand_over;
use baari::actions::move_gate::move_gate;
use baari::actions::record_scans::Code;
use baari::actions::reschedule_token::{RescheduleToken, reschedule_token};
use baari::actions::sync_gate::sync_gate;
use baari::app::App;
use baari::chance::Chance;
use baari::core::Core;
use baari::domain::admission::{Place, TokenState, Verdict, lane};
use baari::domain::campaign::Campaign;
use baari::domain::moment::Moment;
use baari::domain::number::TokenNumber;
use baari::domain::person::{Category, Gender, IdType};
use baari::ids::{CentreId, SlotId};
use baari::storage::Tx;
use baari::storage::scan::{Scan, ScanKind};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// How many schedules are drawn on a file; on a cluster a tenth of them.
const SCHEDULES: u64 = 350;

/// Within how many schedules each mistake must be found.
const FOUND_WITHIN: u64 = 400;

/// How many steps a schedule has.
const STEPS: usize = 45;

/// How many people there are at first.
const PEOPLE: usize = 4;

const CENTRES: &str = "code,zone,name_en,name_hi,address_en,address_hi,pin_code,kind,fee,step_free,gates,phone,supervisor_phone,lat,lon
RPR-SHANKAR,RPR-Z2,Shankar Nagar,शंकर नगर,Shankar Nagar,शंकर नगर,492007,government,0,yes,2,0771-4000105,0771-4000505,,
";

const SESSION: &str = "RPR-SHANKAR,2021-03-30,covishield,1 2,18,200,10:00,17:00,60,70,RPR-Z2:1,2021-03-29 00:00,2021-03-30 17:00\n";

/// The doors: centre, phone, the lanes that it asks for when it enrols.
const PHONES: [(&str, &str, &str); 5] = [
    ("RPR-MEKAHARA", "Gate A", "0"),
    ("RPR-MEKAHARA", "Gate B", "1"),
    ("RPR-MEKAHARA", "Gate C", ""),
    ("RPR-SHANKAR", "Gate D", "0,1"),
    ("RPR-SHANKAR", "Gate E", ""),
];

/// What makes a database as empty as it was before the first schedule.
const CLEAR: [&str; 17] = [
    "delete from conflict",
    "delete from scan",
    "delete from held_scan",
    "delete from intent",
    "delete from change",
    "delete from token",
    "delete from identity",
    "delete from dose",
    "delete from beneficiary",
    "delete from lane",
    "delete from former_gate",
    "delete from gate",
    "delete from journal",
    "delete from counter where name in ('token', 'gate')",
    "update share set issued = 0 where issued > 0",
    "update slot set issued = 0, serials = 0 where serials > 0",
    "update centre set changed = 0, phones_left = 0",
];

/// What does not hold: which check, and what it saw.
#[derive(Debug)]
struct Fault(&'static str, String);

type Checked = Result<(), Fault>;

/// Somebody with a token and all its slips, the newest last.
struct Holder {
    slips: Vec<Slip>,
    cancelled: bool,
}

/// A fact that a phone has acknowledged to its gatekeeper.
struct Written {
    id: Uuid,
    phone: usize,
    kind: ScanKind,
    number: TokenNumber,
}

/// One schedule: a server, phones, people, and what is known from outside.
struct World {
    core: Arc<Core>,
    app: Arc<App>,
    random: StdRng,
    strict: bool,
    bug: Option<Bug>,
    phones: Vec<Phone>,
    people: Vec<Holder>,
    /// Who was at a gate last.
    last: usize,
    slots: Vec<SlotId>,
    written: Vec<Written>,
    /// Lanes that an officer freed without their holder's word: it may be admitting still.
    freed: BTreeSet<(CentreId, i64)>,
    /// Phones that an officer has revoked, whether they have heard of it or not.
    revoked: BTreeSet<usize>,
    /// Tokens whose admission the phone that took their lane by code could not know of.
    unseen: BTreeSet<TokenNumber>,
    /// Requests that come to the server late.
    late: Vec<(usize, Value)>,
    commands: u32,
    log: Vec<String>,
}

on_both! {
    strict_lanes_hold,
    lenient_lanes_hold,
    each_mistake_is_found,
}

async fn strict_lanes_hold(app: TestApp) {
    hold(app, true).await;
}

async fn lenient_lanes_hold(app: TestApp) {
    hold(app, false).await;
}

async fn hold(app: TestApp, strict: bool) {
    let app = furnish(app).await;
    for seed in seeds(&app) {
        if let Err((Fault(check, what), log)) = play(&app, seed, strict, None).await {
            panic!("{check}: {what}\n{log}\nBAARI_SEED={seed} repeats this");
        }
    }
}

async fn each_mistake_is_found(app: TestApp) {
    // What a phone does wrong is the same on either database.
    if app.is_shared() {
        return;
    }
    let app = furnish(app).await;
    for (bug, expected) in [
        (Bug::ShowsBeforeItStores, "lost"),
        (Bug::DropsWhatGotNoAnswer, "lost"),
        (Bug::NewIdsOnARetry, "doubled"),
        (Bug::KeepsALaneItGaveUp, "two gates"),
        (Bug::CursorWithoutTokens, "apart"),
    ] {
        let mut found = None;
        for seed in 1..=FOUND_WITHIN {
            if let Err((fault, _)) = play(&app, seed, true, Some(bug)).await {
                found = Some((seed, fault));
                break;
            }
        }
        let (seed, Fault(check, what)) = found.unwrap_or_else(|| panic!("{bug:?} was not found within {FOUND_WITHIN} schedules"));
        println!("{bug:?}: {check} after {seed}: {what}");
        assert_eq!(check, expected, "{bug:?}");
    }
}

fn number_from(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn seeds(app: &TestApp) -> Vec<u64> {
    if let Some(seed) = number_from("BAARI_SEED") {
        return vec![seed];
    }
    let schedules = number_from("BAARI_SCHEDULES").unwrap_or(SCHEDULES);
    (1..=if app.is_shared() { schedules / 10 } else { schedules }).collect()
}

/// Adds a second centre with two lanes. What becomes of a database when the power fails is no question of this model's: nothing
/// waits for the disk.
async fn furnish(app: TestApp) -> TestApp {
    app.field(&[CENTRES, &format!("{SESSION_COLUMNS}{SESSION}")]).await;
    if app.is_shared() {
        app.tamper("do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$").await;
        return app.another().await;
    }
    let mut tx = app.core.write().await.expect("a transaction");
    for sql in ["commit", "pragma synchronous = off", "begin immediate"] {
        run(&mut tx, sql).await;
    }
    tx.commit().await.expect("committed");
    app
}

/// Plays one schedule on an emptied database. Nothing in it depends on the schedules before.
async fn play(app: &TestApp, seed: u64, strict: bool, bug: Option<Bug>) -> Result<(), (Fault, String)> {
    let mut world = World::new(app, seed, strict, bug).await;
    let done = world.run().await;
    done.map_err(|fault| {
        let mut log = world.log.join("\n");
        for phone in &world.phones {
            write!(log, "\n  {}", phone.told()).expect("memory");
        }
        (fault, log)
    })
}

impl World {
    async fn new(app: &TestApp, seed: u64, strict: bool, bug: Option<Bug>) -> Self {
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

    async fn run(&mut self) -> Checked {
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

    fn now(&self) -> Moment {
        self.core.clock.now()
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn some(&mut self, count: usize) -> usize {
        self.random.random_range(0..count)
    }

    fn slot(&mut self) -> SlotId {
        let which = self.some(self.slots.len());
        self.slots[which]
    }

    fn id(&mut self) -> Uuid {
        // Like a phone's own ids: in no order.
        Uuid::from_u128(self.random.random())
    }

    fn say(&mut self, what: impl Into<String>) {
        let what = format!("{} {}", self.now().clock(), what.into());
        self.log.push(what);
    }

    async fn step(&mut self) -> Checked {
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

    async fn enrol(&mut self, centre: &str, name: &str, lanes: &str) {
        let centre = self.core.board().centre_by_code(centre).expect("the centre").id;
        let wanted: Vec<_> = lanes.split(',').filter_map(|lane| lane.parse().ok()).collect();
        let code = prepare_gate(&self.core, &state_officer(), centre, name, &wanted).await.expect("a code");
        if lanes.is_empty() {
            let mut tx = self.core.write().await.expect("a transaction");
            run(&mut tx, "update gate set enrol_lanes = '' where enrolled_at is null").await;
            tx.commit().await.expect("committed");
        }
        let (_, secret) = enrol_gate(&self.core, &code).await.expect("enrolled");
        self.phones.push(Phone::new(name, secret, centre, self.bug));
    }

    fn command(&mut self, body: &str) -> CommandId {
        self.commands += 1;
        CommandId::new("test", &self.commands.to_string(), body)
    }

    async fn issue(&mut self, people: usize) {
        let asked: Vec<_> = (0..people).map(|_| self.wish()).collect();
        let answers = self.app.issuing.many(asked).await.expect("answers");
        for answer in answers.into_iter().flatten().flatten() {
            let slip = slip(&answer.qr);
            self.say(format!("person {} gets {} for slot {}", self.people.len(), slip.number, slip.place.slot));
            self.people.push(Holder { slips: vec![slip], cancelled: false });
        }
    }

    fn wish(&mut self) -> IssueToken {
        let (slot, command) = (self.slot(), self.command("issue"));
        let person = Person::Typed(Box::new(Details {
            mobile: None,
            name: "राम प्रसाद".parse().expect("a name"),
            birth_year: 1954,
            gender: Gender::Male,
            category: Category::Citizen,
            certificate: false,
            mobile_of: baari::domain::care::MobileOf::Own,
            language: baari::i18n::Lang::Hi,
            needs: baari::domain::care::Needs::default(),
            id_hash: command.id.as_bytes().to_vec(),
            id_type: IdType::VoterId,
            id_end: "0001".into(),
        }));
        IssueToken { command, actor: state_officer(), slot, person, earlier_dose: None }
    }

    async fn reschedule(&mut self) {
        let (who, to) = (self.some(self.people.len()), self.slot());
        let number = self.people[who].slips[0].number;
        let asked = RescheduleToken { command: self.command("move"), authority: Authority::Staff(state_officer()), number, slot: to };
        let answer = reschedule_token(&self.core, &asked).await;
        self.say(format!("person {who} to slot {to}: {}", answer.as_ref().map_or_else(ToString::to_string, |_| "moved".to_owned())));
        if let Ok(answer) = answer {
            self.people[who].slips.push(slip(&answer.qr));
        }
    }

    async fn cancel(&mut self) {
        let who = self.some(self.people.len());
        let (number, authority) = (self.people[who].slips[0].number, Authority::Staff(state_officer()));
        let asked = CancelToken { command: self.command("cancel"), authority, number, reason: "ill".into(), undo: false };
        let done = cancel_token(&self.core, &asked).await.is_ok();
        self.people[who].cancelled |= done;
        self.say(format!("person {who}'s token is cancelled: {done}"));
    }

    /// Somebody goes to a gate, and to another one when told so.
    async fn visit(&mut self) -> Checked {
        // Whoever was there last comes again now and then, or lends the slip.
        let again = self.chance(40);
        let who = if again { self.last } else { self.some(self.people.len()) };
        self.last = who;
        let slips = self.people[who].slips.len();
        let which = if self.chance(80) { slips - 1 } else { self.some(slips) };
        let slip = self.people[who].slips[which].clone();
        let elsewhere = self.chance(10);
        let doors = |phone: &&usize| elsewhere || self.phones[**phone].centre == slip.place.centre;
        let open: Vec<_> = (0..self.phones.len()).filter(|phone| !self.phones[*phone].is_revoked()).collect();
        let doors: Vec<_> = open.iter().filter(doors).copied().collect();
        if doors.is_empty() {
            return Ok(());
        }
        let mut phone = doors[self.some(doors.len())];
        for _ in 0..3 {
            let shown = self.scan(phone, who, which, &slip).await?;
            if shown.0 != Verdict::OtherGate {
                return Ok(());
            }
            let centre = self.phones[phone].centre;
            let next = open
                .iter()
                .copied()
                .find(|other| self.phones[*other].centre == centre && Some(&self.phones[*other].name) == shown.1.as_ref());
            match next {
                Some(other) if !self.chance(10) => phone = other,
                _ => break,
            }
        }
        if self.chance(40) {
            let (id, now) = (self.id(), self.now());
            self.phones[phone].admit_anyway(id, &slip, now);
            self.written.push(Written { id, phone, kind: ScanKind::AdmitAnyway, number: slip.number });
            self.say(format!("{} admits person {who} for a gate that is gone", self.phones[phone].name));
        }
        Ok(())
    }

    /// One scan: what was shown, and the next gate. Nobody with a good slip may be left without an admission or a next gate.
    async fn scan(&mut self, phone: usize, who: usize, which: usize, slip: &Slip) -> Result<(Verdict, Option<String>), Fault> {
        let (mut id, now) = (self.id(), self.now());
        let mut shown = self.phones[phone].scan(id, slip, false, now);
        self.written.push(Written { id, phone, kind: ScanKind::Scan, number: slip.number });
        let name = self.phones[phone].name.clone();
        if shown.verdict == Verdict::OtherGate && self.phones[phone].is_lenient() && self.phones[phone].link {
            id = self.id();
            let gate = gate_by_secret(&self.core, &self.phones[phone].secret).await.expect("read").expect("a gate");
            let asked = ask_gate(&self.core, &gate, &Ask { id, number: slip.number }).await.expect("an answer");
            if asked.taken_by.is_none() && asked.token.is_some_and(|token| token.state == TokenState::Issued) && gate.revoked_at.is_none() {
                shown = self.phones[phone].scan(id, slip, true, now);
                self.written.push(Written { id, phone, kind: ScanKind::Scan, number: slip.number });
                self.say(format!("{name} asks about person {who}"));
            }
        }
        let next = shown.next.as_deref().unwrap_or("-");
        self.say(format!("{name} scans person {who}, slip {which}: {} {next}", shown.verdict));
        let person = &self.people[who];
        let newest = which + 1 == person.slips.len() && !person.cancelled;
        let in_time = now.clock().as_str() < "17:00" && slip.place.starts + -3_600 <= now;
        if newest && in_time && slip.place.centre == self.phones[phone].centre {
            let before = self.written.iter().filter(|row| row.number == slip.number && row.id != id).count() > 0;
            let left = match shown.verdict {
                Verdict::Admitted => false,
                Verdict::OtherGate => shown.next == Some(name.clone()),
                Verdict::AlreadyAdmitted => !before,
                _ => true,
            };
            if left {
                return Err(Fault("left standing", format!("{} at {name}: {} {next}", slip.number, shown.verdict)));
            }
        }
        Ok((shown.verdict, shown.next))
    }

    fn take_back(&mut self, phone: usize) {
        if self.phones[phone].is_revoked() {
            return;
        }
        let kind = if self.chance(60) { ScanKind::Undo } else { ScanKind::WrongPerson };
        let (id, now) = (self.id(), self.now());
        if let Some(number) = self.phones[phone].take_back(id, kind, now) {
            self.written.push(Written { id, phone, kind, number });
            self.say(format!("{} takes back {number}", self.phones[phone].name));
        }
    }

    async fn officer_hands_over(&mut self, to: usize) {
        let Some(id) = self.phones[to].id() else { return };
        let lane = self.random.random_range(0..2);
        let moved = hand_over(&self.core, &state_officer(), self.phones[to].centre, lane, id).await;
        self.say(format!("an officer hands lane {lane} to {}: {:?}", self.phones[to].name, moved.ok()));
    }

    /// Two phones move a lane by a code that one shows and the other scans, or does not come to scan.
    fn phones_hand_over(&mut self, from: usize) {
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

    async fn revoke(&mut self, phone: usize) {
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

    async fn officer_moves(&mut self, phone: usize) {
        let Some(id) = self.phones[phone].id() else { return };
        let some = self.some(self.phones.len());
        let to = self.phones[some].centre;
        let asked = move_gate(&self.core, &state_officer(), id, to).await.is_ok();
        self.say(format!("an officer moves {} to centre {to}: {asked}", self.phones[phone].name));
    }

    async fn officer_takes_in(&mut self, phone: usize) {
        let Some(id) = self.phones[phone].id() else { return };
        let taken = decide_held(&self.core, &self.app.scanning, &state_officer(), id, true).await.expect("decided");
        if taken > 0 {
            self.say(format!("an officer takes {taken} scans of {} in", self.phones[phone].name));
        }
    }

    /// Carries one of the phone's calls a step on: it begins, comes to the server or not, comes back or not.
    async fn talk(&mut self, phone: usize) {
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

    async fn late_request(&mut self) {
        if let Some((phone, up)) = self.late.pop() {
            self.say(format!("a request of {} comes late", self.phones[phone].name));
            self.serve(phone, up).await;
        }
    }

    /// What the server answers.
    async fn serve(&mut self, phone: usize, up: Value) -> String {
        let gate = gate_by_secret(&self.core, &self.phones[phone].secret).await.expect("read").expect("a gate");
        let up = serde_json::from_value(up).expect("a request");
        let down = sync_gate(&self.core, &self.app.scanning, &gate, up).await.expect("an answer");
        serde_json::to_string(&down).expect("JSON")
    }

    /// Calls until there is nothing more to send or to hear.
    async fn sync(&mut self, phone: usize) {
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
    async fn settle(&mut self) {
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

    async fn check(&self) -> Checked {
        let mut tx = self.core.read().await.expect("a transaction");
        let ids: Vec<_> = self.written.iter().map(|row| row.id).collect();
        let scans: BTreeMap<_, _> = tx.scans(&ids, &[]).await.expect("rows").into_iter().map(|found| (found.scan.id, found.scan)).collect();
        let all: Vec<String> = rows(&mut tx, "select cast(count(*) as text) from scan").await;
        let conflicts: BTreeSet<_> = tx.open_conflicts(None, 1_000).await.expect("rows").into_iter().map(|row| row.scan_id).collect();
        self.nothing_is_lost_or_doubled(&scans, all[0].parse().expect("a number"))?;
        self.doubles_are_seen(&scans, &conflicts)?;
        self.all_agree(&mut tx, &scans).await?;
        self.lanes_are_held_once(&mut tx).await
    }

    fn nothing_is_lost_or_doubled(&self, scans: &BTreeMap<Uuid, Scan>, all: usize) -> Checked {
        if all > scans.len() {
            return Err(Fault("doubled", format!("{all} scans, of which {} were made", scans.len())));
        }
        for row in &self.written {
            let name = &self.phones[row.phone].name;
            let same = scans.get(&row.id).is_some_and(|scan| scan.kind == row.kind && scan.number == Some(row.number));
            if !same {
                return Err(Fault("lost", format!("{} of {} at {name}", row.kind, row.number)));
            }
        }
        Ok(())
    }

    /// No token has two standing admissions but with a conflict, and under strict lanes no two ordinary ones at one centre.
    fn doubles_are_seen(&self, scans: &BTreeMap<Uuid, Scan>, conflicts: &BTreeSet<Uuid>) -> Checked {
        let back: BTreeSet<_> = scans.values().filter_map(|scan| scan.reverses).collect();
        let standing = |scan: &&Scan| scan.verdict == Some(Verdict::Admitted) && !back.contains(&scan.id);
        for person in &self.people {
            let number = person.slips[0].number;
            let own: Vec<_> = scans.values().filter(|scan| scan.number == Some(number)).filter(standing).collect();
            let seen = own.iter().filter(|scan| conflicts.contains(&scan.id)).count();
            if own.len() > seen + 1 {
                return Err(Fault("unseen", format!("{number} was admitted {} times, of which {seen} are conflicts", own.len())));
            }
            for centre in own.iter().map(|scan| scan.centre_id).collect::<BTreeSet<_>>() {
                let ordinary = own.iter().filter(|scan| scan.kind == ScanKind::Scan && scan.centre_id == centre).count();
                let excused = self.freed.contains(&(centre, lane(number, 2))) || self.unseen.contains(&number);
                if self.strict && ordinary > 1 && !excused {
                    return Err(Fault("two gates", format!("{number} was admitted by {ordinary} gates")));
                }
            }
        }
        Ok(())
    }

    /// A token waits if and only if nobody is in on it: each admission of it was taken back.
    fn taken_back_is_back(&self, scans: &BTreeMap<Uuid, Scan>, number: TokenNumber, state: TokenState) -> Checked {
        let own = || scans.values().filter(|scan| scan.number == Some(number));
        let back: BTreeSet<_> = own().filter_map(|scan| scan.reverses).collect();
        let stand = own().filter(|scan| scan.verdict == Some(Verdict::Admitted) && !back.contains(&scan.id)).count();
        match (stand, state) {
            (0, TokenState::Admitted) => Err(Fault("not back", format!("{number} was taken back and is still admitted"))),
            (1.., TokenState::Issued) => Err(Fault("reopened", format!("{number} waits, though {stand} admissions of it stand"))),
            _ => Ok(()),
        }
    }

    async fn all_agree(&self, tx: &mut Tx, scans: &BTreeMap<Uuid, Scan>) -> Checked {
        for person in &self.people {
            let number = person.slips[0].number;
            let token = tx.token_change(number).await.expect("read").expect("the token");
            self.taken_back_is_back(scans, number, token.state)?;
            let server = (token.state, token.revision, token.slot_id);
            for phone in self.phones.iter().filter(|phone| !phone.is_revoked() && phone.centre == token.centre_id) {
                let held = phone.token(number).map(|held| (held.known.state, held.known.revision, held.known.place.slot));
                if held != Some(server) {
                    return Err(Fault("apart", format!("{number}: the server has {server:?}, {} has {held:?}", phone.name)));
                }
            }
        }
        Ok(())
    }

    /// Each lane is held by one phone at most, and the server says the same.
    async fn lanes_are_held_once(&self, tx: &mut Tx) -> Checked {
        for centre in self.phones.iter().map(|phone| phone.centre).collect::<BTreeSet<_>>() {
            let held = tx.lanes_of(centre).await.expect("rows");
            for lane in 0..2 {
                let holds = |phone: &&Phone| phone.centre == centre && !phone.is_revoked() && phone.lanes().contains(&lane);
                let holders: Vec<_> = self.phones.iter().filter(holds).filter_map(Phone::id).collect();
                let server: Vec<_> = held.iter().filter(|row| row.lane == lane).map(|row| row.gate_id).collect();
                if holders != server {
                    return Err(Fault("lane", format!("lane {lane} of centre {centre}: the server says {server:?}, phones {holders:?}")));
                }
            }
        }
        Ok(())
    }
}

/// What is printed behind the QR code.
fn slip(qr: &str) -> Slip {
    let Ok(Code::Slip(token, _)) = Code::read(qr) else { panic!("no token in {qr}") };
    let claims = &token.claims;
    let place = Place { centre: claims.centre, slot: claims.slot, starts: claims.starts, minutes: claims.minutes };
    Slip { number: claims.number, revision: claims.revision, place, qr: qr.to_owned() }
}

async fn run(tx: &mut Tx, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    match tx {
        Tx::Sqlite(tx) => drop(sqlx::query(sql).execute(&mut **tx).await.expect("done")),
        Tx::Postgres(tx) => drop(sqlx::query(sql).execute(&mut **tx).await.expect("done")),
    }
}

async fn rows(tx: &mut Tx, sql: &str) -> Vec<String> {
    let sql = AssertSqlSafe(sql.to_owned());
    match tx {
        Tx::Sqlite(tx) => sqlx::query_scalar(sql).fetch_all(&mut **tx).await.expect("rows"),
        Tx::Postgres(tx) => sqlx::query_scalar(sql).fetch_all(&mut **tx).await.expect("rows"),
    }
}
