//! Stories of the last place: whatever many people do at once, no place is given twice and none is lost.

use std::collections::HashMap;
use std::time::Duration;

use crate::support::callers::{Answer, Caller, Person};
use crate::support::{SESSION_COLUMNS, TestApp, on_both};
use baari::actions::cancel_token::{CancelToken, cancel_token};
use baari::actions::command::CommandId;
use baari::actions::{Actor, Authority};
use baari::domain::place::Role;
use baari::storage::Db;
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt, stream};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const CENTRE: &str = "RPR-FAFADIH";

/// How often sixteen people do something at once.
const BATCHES: usize = 150;

/// A session of small slots, as many places in all, out of which these owners have shares.
async fn session(app: &TestApp, capacity: i64, closes: &str, shares: &str) -> Vec<i64> {
    let row = format!("{CENTRE},2021-04-05,covishield,1,18,200,10:00,{closes},60,{capacity},{shares},2021-03-29 00:00,2021-04-05 10:00\n");
    app.field(&[&format!("{SESSION_COLUMNS}{row}")]).await;
    let slots = app.rows("select cast(id as text) from slot where day = '2021-04-05' order by slot.id").await;
    slots.iter().map(|id| id.parse().expect("an id")).collect()
}

/// Free places by slot and owner, straight from the shares.
async fn free(app: &TestApp) -> HashMap<(i64, String), i64> {
    let sql = "select slot_id || ' ' || owner || ' ' || (share.capacity - share.taken) from share join slot on slot.id = slot_id \
               where day = '2021-04-05'";
    let rows = app.rows(sql).await;
    let read = |row: &String| {
        let parts: Vec<_> = row.split(' ').collect();
        ((parts[0].parse().expect("an id"), parts[1].to_owned()), parts[2].parse().expect("a count"))
    };
    rows.iter().map(read).collect()
}

/// Somebody who gives places out, and whose.
struct Office {
    name: &'static str,
    role: Role,
    place: &'static str,
    owners: &'static [&'static str],
    caller: Caller,
}

async fn offices(app: &TestApp) -> Vec<Office> {
    let mut offices = Vec::new();
    for (name, role, place, owners) in [
        ("near", Role::Clerk, "RPR-Z2", &["zone:2", "open"][..]),
        ("door", Role::Operator, CENTRE, &["walk_in", "open"]),
        ("far", Role::Clerk, "RPR-Z1", &["zone:1"]),
    ] {
        offices.push(Office { name, role, place, owners, caller: app.caller(name, role, place).await });
    }
    offices
}

#[derive(Debug, Clone)]
enum Wish {
    Issue { slot: i64, card: u32 },
    Move { number: String, slot: i64 },
    Cancel { number: String },
    Undo { number: String },
}

/// Who wishes what, under which key, at which of the processes.
#[derive(Debug, Clone)]
struct Step {
    office: usize,
    wish: Wish,
    key: String,
    process: usize,
}

impl Step {
    async fn take(&self, processes: &[&TestApp], offices: &[Office]) -> Answer {
        let office = &offices[self.office];
        let caller = office.caller.at(&processes[self.process].url);
        match &self.wish {
            Wish::Issue { slot, card } => caller.issue_as(&self.key, *slot, &Person::new(*card)).await,
            Wish::Move { number, slot } => caller.reschedule_as(&self.key, number, *slot).await,
            Wish::Cancel { number } => caller.cancel_as(&self.key, number, "ill").await,
            Wish::Undo { number } => self.undo(processes[self.process], office, number).await,
        }
    }

    /// Undo has no address in the API: the counter's own action is asked.
    async fn undo(&self, app: &TestApp, office: &Office, number: &str) -> Answer {
        let actor = Actor { name: format!("key:{}", office.name).into(), role: office.role, scope: app.scope(office.role, office.place) };
        let command = CommandId::new(&actor.name, &self.key, number);
        let number = number.parse().expect("a number");
        let asked = CancelToken { command, authority: Authority::Staff(actor), number, reason: "undo".into(), undo: true };
        match cancel_token(&app.core, &asked).await {
            Ok(answer) => Answer { status: 200, json: serde_json::to_value(answer).expect("JSON") },
            Err(error) => Answer { status: error.status().0.as_u16(), json: serde_json::json!({ "code": error.status().1 }) },
        }
    }
}

/// What is known from the answers alone.
#[derive(Default)]
struct Model {
    /// Live tokens: number, card, slot.
    live: Vec<(String, u32, i64)>,
    done: Vec<(Step, Answer)>,
}

impl Model {
    fn next(&self, random: &mut StdRng, slots: &[i64], key: String, processes: usize) -> Step {
        let slot = slots[random.random_range(0..slots.len())];
        let token = self.live.get(random.random_range(0..self.live.len().max(1))).map(|(number, ..)| number.clone());
        let wish = match (random.random_range(0..10), token) {
            (0..=1, Some(number)) => Wish::Cancel { number },
            (2, Some(number)) => Wish::Undo { number },
            (3..=5, Some(number)) => Wish::Move { number, slot },
            _ => Wish::Issue { slot, card: random.random_range(1..=24) },
        };
        // The far office may give out, and has no say over what is not its own.
        let office = random.random_range(0..if matches!(wish, Wish::Issue { .. }) { 3 } else { 2 });
        Step { office, wish, key, process: random.random_range(0..processes) }
    }

    /// Whether a refusal had a reason, given what was free before the batch and what the batch took.
    fn justified(
        &self,
        step: &Step,
        answer: &Answer,
        batch: &[(Step, Answer)],
        free: &HashMap<(i64, String), i64>,
        offices: &[Office],
    ) -> bool {
        let granted = |wish: &dyn Fn(&Wish, &Answer) -> bool| {
            batch.iter().filter(|(step, answer)| answer.status < 300 && wish(&step.wish, answer)).count()
        };
        let touched = |number: &String| {
            let others = |wish: &Wish, _: &Answer| match wish {
                Wish::Issue { .. } => false,
                Wish::Move { number: other, .. } | Wish::Cancel { number: other } | Wish::Undo { number: other } => other == number,
            };
            granted(&others) > 0
        };
        match (&step.wish, answer.said().as_str()) {
            // Somebody else issued it, or the minute is over: what an undo may always hear.
            (_, "201 issued" | "200 issued" | "200 cancelled") | (Wish::Undo { .. }, "409 undo_too_late") => true,
            (Wish::Issue { slot, .. } | Wish::Move { slot, .. }, "409 no_place") => {
                let room: i64 = offices[step.office].owners.iter().filter_map(|owner| free.get(&(*slot, (*owner).to_owned()))).sum();
                room <= granted(&|_, answer| answer.json["slot"] == *slot && answer.json["state"] == "issued") as i64
            }
            (Wish::Issue { card, .. }, "409 has_token") => {
                self.live.iter().any(|(_, of, _)| of == card)
                    || granted(&|wish, _| matches!(wish, Wish::Issue { card: of, .. } if of == card)) > 0
            }
            (Wish::Move { number, slot }, "409 same_slot") => {
                self.live.iter().any(|(of, _, at)| of == number && at == slot) || touched(number)
            }
            (Wish::Move { number, .. } | Wish::Cancel { number } | Wish::Undo { number }, "409 not_waiting" | "503 unavailable") => {
                touched(number)
            }
            _ => false,
        }
    }

    /// Reads from the database what lives now: in a batch, answers come in any order.
    async fn settle(&mut self, app: &TestApp, batch: Vec<(Step, Answer)>) {
        for (step, answer) in &batch {
            if let (Wish::Issue { card, .. }, 201) = (&step.wish, answer.status) {
                self.live.push((answer.number(), *card, 0));
            }
        }
        let rows = app.rows("select cast(number as text) || ' ' || slot_id from token where state <> 'cancelled'").await;
        let at: HashMap<i64, i64> = rows
            .iter()
            .filter_map(|row| row.split_once(' '))
            .map(|(number, slot)| (number.parse().expect("a number"), slot.parse().expect("an id")))
            .collect();
        self.live.retain_mut(|(number, _, slot)| {
            let now = at.get(&number.parse::<i64>().expect("a number"));
            now.inspect(|now| *slot = **now).is_some()
        });
        assert_eq!(self.live.len(), at.len(), "a token lives that nobody was told of");
        self.done.extend(batch.into_iter().filter(|(_, answer)| answer.status < 500));
    }
}

on_both! {
    a_number_holds_as_many_as_it_may_whoever_asks_at_once,
    whatever_many_do_at_once_no_place_is_given_twice,
    four_hundred_people_and_fifty_places,
    one_person_at_two_offices_at_the_same_moment,
    whoever_hangs_up_while_a_write_begins_holds_up_nobody,
    a_row_that_is_referred_to_can_still_be_counted_on,
    a_token_that_becomes_known_while_it_is_scanned_is_admitted,
}

async fn whatever_many_do_at_once_no_place_is_given_twice(app: TestApp) {
    let seed = std::env::var("BAARI_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2021);
    println!("BAARI_TEST_SEED={seed}");
    let random = &mut StdRng::seed_from_u64(seed);
    let slots = session(&app, 12, "13:00", "RPR-Z2:1 RPR-Z1:1 walk_in:1").await;
    let offices = offices(&app).await;
    let other = if app.is_shared() { Some(app.another().await) } else { None };
    let processes: Vec<_> = [&app].into_iter().chain(&other).collect();
    let mut model = Model::default();
    let mut said: HashMap<String, u32> = HashMap::new();
    for batch in 0..BATCHES {
        let free = free(&app).await;
        let steps: Vec<_> = (0..16).map(|n| model.next(random, &slots, format!("{batch}.{n}"), processes.len())).collect();
        let answers = join_all(steps.iter().map(|step| step.take(&processes, &offices))).await;
        let batch: Vec<_> = steps.into_iter().zip(answers).collect();
        for (step, answer) in &batch {
            *said.entry(answer.said()).or_default() += 1;
            assert!(model.justified(step, answer, &batch, &free, &offices), "{step:?} heard {answer:?} of {free:?} after {batch:#?}");
        }
        model.settle(&app, batch).await;
        assert_eq!(app.faults().await, Vec::<String>::new());
        // Some of what was done before, once more: the same answers, at whichever process.
        for _ in 0..2 {
            let (step, answer) = &model.done[random.random_range(0..model.done.len())];
            let step = Step { process: random.random_range(0..processes.len()), ..step.clone() };
            assert_eq!(step.take(&processes, &offices).await, *answer, "{step:?} again");
        }
    }
    println!("{said:?}");
    for needed in ["201 issued", "200 issued", "200 cancelled", "409 no_place", "409 has_token"] {
        assert!(said.get(needed).is_some_and(|count| *count > 20), "too few {needed}: {said:?}");
    }
}

async fn four_hundred_people_and_fifty_places(app: TestApp) {
    let slot = session(&app, 50, "11:00", "").await[0];
    let clerk = app.clerk("RPR-Z2").await;
    let other = if app.is_shared() { Some(app.another().await) } else { None };
    let callers = [clerk.at(&app.url), clerk.at(&other.as_ref().unwrap_or(&app).url)];
    let issue = |card: u32| {
        let caller = &callers[card as usize % 2];
        async move { caller.issue(slot, &Person::new(card)).await }
    };
    let answers: Vec<_> = stream::iter(1..=400).map(issue).buffer_unordered(200).collect().await;
    let count = |said: &str| answers.iter().filter(|answer| answer.said() == said).count();
    assert_eq!((count("201 issued"), count("409 no_place")), (50, 350), "{:?}", answers.iter().find(|answer| answer.status >= 500));
    assert_eq!(app.faults().await, Vec::<String>::new());
    let mut calls: Vec<_> = answers.iter().filter_map(|answer| answer.json["call_number"].as_str()).collect();
    calls.sort_unstable();
    assert_eq!((calls[0], calls[49]), ("01-001", "01-050"));
}

async fn one_person_at_two_offices_at_the_same_moment(app: TestApp) {
    let slots = session(&app, 40, "12:00", "").await;
    let clerk = app.clerk("RPR-Z2").await;
    let other = if app.is_shared() { Some(app.another().await) } else { None };
    let far = clerk.at(&other.as_ref().unwrap_or(&app).url);
    for card in 1..=12 {
        let person = Person::new(card);
        // Every other one is on record from before.
        if card % 2 == 0 {
            let before = clerk.issue(slots[0], &person).await;
            assert_eq!(clerk.cancel(&before.number()).await.said(), "200 cancelled");
        }
        let (here, there) = tokio::join!(clerk.issue(slots[0], &person), far.issue(slots[1], &person));
        let mut said = [here.said(), there.said()];
        said.sort_unstable();
        assert_eq!(said, ["201 issued", "409 has_token"], "person {card}: {here:?} {there:?}");
    }
    assert_eq!(app.faults().await, Vec::<String>::new());
}

async fn whoever_hangs_up_while_a_write_begins_holds_up_nobody(app: TestApp) {
    for _ in 0..10 {
        // Begun, and not waited for.
        drop(app.core.write().now_or_never());
    }
    let tx = app.core.write().await.expect("the next one's transaction");
    tx.commit().await.expect("a commit");
}

/// A row that refers to another locks that one's key until it is committed: whoever counts places or changes must not wait for it, or two
/// processes that do both at one centre wait for each other.
async fn a_row_that_is_referred_to_can_still_be_counted_on(app: TestApp) {
    let Db::Postgres { write, .. } = &app.core.db else { return };
    let (noon, later) = (app.slot("RPR-FAFADIH", "2021-03-30 12:00"), app.slot("RPR-FAFADIH", "2021-03-30 13:00"));
    let (clerk, gate) = (app.clerk("RPR-Z2").await, app.operator("RPR-FAFADIH").await);
    let [one, two] = [clerk.issue(noon, &Person::new(1)).await.number(), clerk.issue(noon, &Person::new(2)).await.number()];
    let mut referring = write.begin().await.expect("a transaction");
    for table in ["centre", "session", "slot", "share", "beneficiary"] {
        let lock = sqlx::AssertSqlSafe(format!("select 1 from {table} for key share"));
        sqlx::query(lock).execute(&mut *referring).await.expect("locked");
    }
    app.set_clock("2021-03-30 12:10");
    let work = async {
        let issued = clerk.issue(later, &Person::new(3).mobile("9876543210")).await.said();
        [issued, gate.scan(&one).await.said(), clerk.reschedule(&two, later).await.said(), clerk.cancel(&two).await.said()]
    };
    let said = tokio::time::timeout(Duration::from_secs(20), work).await.expect("nobody waits");
    assert_eq!(said, ["201 issued", "200 admitted", "200 issued", "200 cancelled"]);
    referring.rollback().await.expect("undone");
}

/// Another process tells of a token in the moment in which a gate shows it: it is that token that is admitted, not a stranger's.
async fn a_token_that_becomes_known_while_it_is_scanned_is_admitted(app: TestApp) {
    let Db::Postgres { write, .. } = &app.core.db else { return };
    let gate = app.operator("RPR-FAFADIH").await;
    let issued = app.clerk("RPR-Z2").await.issue(app.slot("RPR-FAFADIH", "2021-03-30 12:00"), &Person::new(1)).await;
    let number = issued.number();
    let run = |sql: String| sqlx::query(sqlx::AssertSqlSafe(sql));
    run(format!("create table told_later as select * from token where number = {number}")).execute(write).await.expect("kept");
    run(format!("delete from token where number = {number}")).execute(write).await.expect("not known yet");
    let mut telling = write.begin().await.expect("a transaction");
    run(format!("select pg_advisory_xact_lock({number})")).execute(&mut *telling).await.expect("locked");
    run("insert into token select * from told_later".into()).execute(&mut *telling).await.expect("told");
    app.set_clock("2021-03-30 12:10");
    let scanned = tokio::spawn(async move { gate.scan(issued.text("qr")).await.said() });
    while app.count("pg_locks where locktype = 'advisory' and not granted").await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    telling.commit().await.expect("told");
    assert_eq!(scanned.await.expect("an answer"), "200 admitted");
    assert_eq!(app.rows(&format!("select state from token where number = {number}")).await, ["admitted"]);
    assert_eq!(app.count("scan where stranger").await, 0);
}

/// Four people of one number may hold a live token; twelve of them ask at once, in two slots, at two processes.
async fn a_number_holds_as_many_as_it_may_whoever_asks_at_once(app: TestApp) {
    let slots = session(&app, 40, "12:00", "").await;
    let office = app.caller("near", Role::Clerk, "RPR-Z2").await;
    let processes = if app.is_shared() { vec![app.another().await] } else { Vec::new() };
    let mut asking = Vec::new();
    for card in 1..=12_u32 {
        let other = processes.iter().filter(|_| card % 2 == 0).map(|process| office.at(&process.url)).next();
        let (slot, person) = (slots[card as usize / 2 % slots.len()], Person::new(card).mobile("9812345670"));
        let caller = other.unwrap_or_else(|| office.at(&app.url));
        asking.push(async move { caller.issue(slot, &person).await.said() });
    }
    let said = join_all(asking).await;
    let told = |words: &str| said.iter().filter(|said| said.as_str() == words).count();
    assert_eq!((told("201 issued"), told("409 mobile_full")), (4, 8), "{said:?}");
}
