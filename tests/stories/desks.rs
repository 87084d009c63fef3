//! Stories of desks: clerks' browsers that issue without a link, out of places that were lent to them.

use crate::support::callers::Person;
use crate::support::desk::Desk;
use crate::support::gates::{outcomes, scan_id};
use crate::support::{TestApp, at, on_both, state_officer};
use baari::actions::desks::{Decision, decide_desk, look_at_desks, settle_desk_task};
use baari::actions::raise_alarms::watch;
use baari::domain::campaign::Campaign;
use baari::domain::place::Role;
use baari::ids::{DeskId, SlotId};
use baari::storage::charge::Whose;
use baari::storage::desk::TaskKind;
use serde_json::json;

on_both! {
    a_desk_issues_real_places_without_a_link,
    places_are_lent_by_pace_and_given_back,
    an_answer_that_is_lost_does_no_harm,
    what_a_desk_could_not_know_is_a_task,
    a_lost_desks_token_is_honoured_and_counted,
    a_copy_of_a_desk_is_found,
    a_revoked_desks_tokens_wait_for_an_officer,
    a_revoked_desk_cancels_nothing_by_itself,
    a_desk_signs_nothing_but_what_it_was_lent,
    a_mistyped_id_makes_nobody_another_person,
    a_desk_tells_again_what_the_database_has_forgotten,
    a_slip_in_hand_counts_more_than_an_answer_that_never_came,
    what_was_issued_too_fast_without_a_link_is_seen_when_it_comes_in,
}

const MEKAHARA: &str = "RPR-MEKAHARA";

/// A browser of zone 2 that an officer has approved, and that was heard once since.
async fn desk(app: &TestApp, name: &str) -> Desk {
    if app.count("account where username = 'asha'").await == 0 {
        app.user("asha", Role::Clerk, "RPR-Z2").await;
    }
    let browser = app.browser();
    browser.log_in("asha", crate::support::PASSWORD).await;
    let mut desk = Desk::ask(&browser, &app.url, name).await;
    let waiting = desk.sync(app.core.clock.now(), false).await;
    assert_eq!((waiting.text("standing"), desk.kept.places.len()), ("waiting", 0));
    decide_desk(&app.core, &state_officer(), DeskId(desk.id), Decision::Approve).await.expect("approved");
    let down = desk.sync(app.core.clock.now(), false).await;
    assert_eq!(down.text("standing"), "active");
    desk
}

fn noon(app: &TestApp) -> SlotId {
    SlotId(app.slot(MEKAHARA, "2021-03-30 12:00"))
}

async fn tasks(app: &TestApp) -> Vec<String> {
    app.rows("select kind || ' ' || coalesce(detail, '-') from desk_task where settled_at is null order by kind, found_at").await
}

async fn a_desk_issues_real_places_without_a_link(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let mut gate = app.gate(MEKAHARA, "Gate A").await;
    let mut desk = desk(&app, "PC 1").await;
    let slot = noon(&app);
    let lent = app.count("leased where state = 'held'").await;
    assert!(lent >= 10, "{lent} places lent");
    assert_eq!(app.faults().await, [""; 0]);
    // What is lent is nobody else's.
    assert_eq!(app.count(&format!("leased where slot_id = {slot} and owner = 'zone:2'")).await, 4);

    // The link is down: two tokens, and the gate lets one of them in before anybody has heard of it.
    let (first, qr) = desk.issue_to(slot, 1, app.core.clock.now(), json!({ "mobile": "9876543210" }));
    let (second, _) = desk.issue(slot, 2, app.core.clock.now());
    let scan = json!({
        "id": scan_id(1), "kind": "scan", "number": first.plain(), "revision": 1, "qr": qr, "verdict": "admitted",
        "at": app.core.clock.now(), "clock_proved": true,
    });
    assert_eq!(outcomes(&gate.sync(vec![scan]).await), ["stored"]);

    // The link is back.
    let down = desk.settle(app.core.clock.now() + 600).await;
    assert_eq!(down.text("standing"), "active");
    let states = "select state || ' ' || issued_by || ' ' || owner from token order by serial";
    assert_eq!(app.rows(states).await, ["admitted user:asha zone:2", "issued user:asha zone:2"]);
    assert_eq!(app.rows("select template from message").await, ["token_issued"]);
    assert_eq!(app.count("identity where id_end = '0001'").await, 1);
    assert_eq!((app.faults().await, tasks(&app).await), (vec![], vec![]));
    // The same person is known at every counter.
    let again = app.clerk("RPR-Z2").await.issue(slot.0, &Person::new(2)).await;
    assert_eq!(again.said(), "409 has_token");
    assert_eq!(again.json["refusal"]["number"].as_str(), Some(second.plain().as_str()), "{again:?}");

    // Any phone's camera opens the person's own page from the slip that the desk printed.
    let (_, code) = qr.split_once("/T/").expect("an address");
    let opened = app.browser().get(&format!("/T/{code}")).await;
    assert_eq!((opened.status, opened.header("location").contains("/t/")), (303, true));

    // And what was cancelled at the desk gives its place back.
    desk.cancel(second, app.core.clock.now());
    desk.settle(app.core.clock.now()).await;
    assert_eq!(app.rows("select state from token order by serial").await, ["admitted", "cancelled"]);
    assert_eq!(app.faults().await, [""; 0]);
}

async fn places_are_lent_by_pace_and_given_back(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let (mut one, mut two) = (desk(&app, "PC 1").await, desk(&app, "PC 2").await);
    let eleven = SlotId(app.slot(MEKAHARA, "2021-03-30 11:00"));
    let held = |desk: &Desk| desk.kept.places.len() as i64;
    // A desk that issues more holds more.
    one.kept.pace = 15;
    one.settle(app.core.clock.now()).await;
    assert!(held(&one) > held(&two), "{} and {}", held(&one), held(&two));
    assert_eq!(app.count("leased where state = 'held'").await, held(&one) + held(&two));
    // Nobody gives back what another holds.
    let theirs = *two.kept.places.keys().next().expect("a place");
    one.kept.returned.push(theirs);
    one.settle(app.core.clock.now()).await;
    assert_eq!(app.rows(&format!("select state from leased where number = {}", theirs.value())).await, ["held"]);
    // The officer asks everything back.
    decide_desk(&app.core, &state_officer(), DeskId(one.id), Decision::Cap(0)).await.expect("capped");
    one.settle(app.core.clock.now()).await;
    assert_eq!(held(&one), 0);
    // A slot that has begun is let go.
    app.set_clock("2021-03-30 11:00");
    two.settle(app.core.clock.now()).await;
    assert_eq!(app.count(&format!("leased where slot_id = {eleven} and state = 'held'")).await, 0);
    assert_eq!(app.faults().await, [""; 0]);
    // Nothing that was given back is ever lent again.
    assert_eq!(app.count("leased").await, app.rows("select distinct number || '' from leased").await.len() as i64);
}

async fn an_answer_that_is_lost_does_no_harm(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let mut desk = desk(&app, "PC 1").await;
    desk.issue(noon(&app), 1, app.core.clock.now());
    for _ in 0..3 {
        assert_eq!(desk.sync(app.core.clock.now(), true).await.status, 200);
    }
    desk.issue(noon(&app), 2, app.core.clock.now());
    let down = desk.settle(app.core.clock.now()).await;
    assert_eq!(down.text("standing"), "active");
    assert_eq!((app.count("token").await, app.faults().await, tasks(&app).await), (2, vec![], vec![]));
}

async fn what_a_desk_could_not_know_is_a_task(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let mut desk = desk(&app, "PC 1").await;
    // Another office has issued to the same person meanwhile.
    let online = app.clerk("RPR-Z1").await.issue(app.slot("RPR-MEKAHARA", "2021-03-30 15:00"), &Person::new(7)).await;
    assert_eq!(online.said(), "201 issued");
    let (number, _) = desk.issue(noon(&app), 7, app.core.clock.now());
    desk.issue_to(noon(&app), 8, app.core.clock.now(), json!({ "id_sealed": "AAAA" }));
    desk.settle(app.core.clock.now()).await;

    // Nobody's token is touched: somebody looks.
    assert_eq!(app.count("token where state = 'issued'").await, 3);
    let found = tasks(&app).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0], "no_identity -");
    assert!(found[1].starts_with("refused") && found[1].contains("has_token") && found[1].contains(&online.number()), "{found:?}");
    assert_eq!(app.faults().await, [""; 0]);
    let (_, open) = look_at_desks(&app.core, &state_officer(), Whose::All).await.expect("tasks");
    let task = open.iter().find(|task| task.number == number.value()).expect("the task");
    settle_desk_task(&app.core, &state_officer(), task.id, "one of them was cancelled", false).await.expect("settled");
    assert_eq!(tasks(&app).await, ["no_identity -"]);
}

async fn a_lost_desks_token_is_honoured_and_counted(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let mut desk = desk(&app, "PC 1").await;
    let slot = noon(&app);
    let before = desk.kept.places.values().filter(|place| place.slot == slot).count();
    let (number, _) = desk.issue(slot, 1, app.core.clock.now());
    // It fell into the river, so they say. Its places are given to others.
    decide_desk(&app.core, &state_officer(), DeskId(desk.id), Decision::Lose).await.expect("lost");
    assert_eq!(app.count("leased where state = 'held'").await, 0);
    let clerk = app.clerk("RPR-Z2").await;
    let mut issued = 0;
    while clerk.issue(slot.0, &Person::new(100 + issued)).await.said() == "201 issued" {
        issued += 1;
    }
    assert!(issued as usize >= before);

    // And there it is again: the slip is good, and stands beside the capacity.
    let down = desk.settle(app.core.clock.now()).await;
    assert_eq!(down.text("standing"), "ended");
    assert_eq!(app.count("token where over_capacity and state = 'issued'").await, 1);
    assert_eq!((tasks(&app).await, app.faults().await), (vec!["over_capacity -".to_owned()], vec![]));
    // When it is cancelled, which an officer decides now, no place comes free that never was.
    desk.cancel(number, app.core.clock.now());
    desk.settle(app.core.clock.now()).await;
    let (_, open) = look_at_desks(&app.core, &state_officer(), Whose::All).await.expect("tasks");
    let task = open.iter().find(|task| task.kind == TaskKind::Cancel).expect("a cancellation that waits");
    settle_desk_task(&app.core, &state_officer(), task.id, "", true).await.expect("taken");
    assert_eq!((app.count("token where state = 'cancelled'").await, app.faults().await), (1, vec![]));
}

async fn a_copy_of_a_desk_is_found(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let mut desk = desk(&app, "PC 1").await;
    let mut copy = desk.clone();
    copy.kept.calls += 1_000;
    desk.issue(noon(&app), 1, app.core.clock.now());
    desk.settle(app.core.clock.now()).await;
    // A profile that was brought back from a backup issues the same place to somebody else.
    copy.issue(noon(&app), 2, app.core.clock.now());
    let down = copy.settle(app.core.clock.now()).await;
    assert_eq!((down.text("standing"), down.json["places"].as_array().map(Vec::len)), ("copied", Some(0)));
    assert_eq!(app.rows("select kind from desk_task order by kind").await, ["copied", "twice"]);
    assert_eq!((app.count("token").await, app.faults().await), (1, vec![]));
    // Neither of the two gets anything more: nobody can say which one is right.
    assert_eq!(desk.sync(app.core.clock.now(), false).await.text("standing"), "copied");
}

async fn a_revoked_desks_tokens_wait_for_an_officer(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let mut desk = desk(&app, "PC 1").await;
    app.set_clock("2021-03-30 11:30");
    let (_, qr) = desk.issue(noon(&app), 1, app.core.clock.now());
    let operator = app.operator(MEKAHARA).await;
    decide_desk(&app.core, &state_officer(), DeskId(desk.id), Decision::Revoke).await.expect("revoked");
    // Nobody has heard of this token: the card is compared.
    assert_eq!(operator.scan(&qr).await.text("verdict"), "cannot_check");
    desk.settle(app.core.clock.now()).await;
    assert_eq!((app.count("token").await, tasks(&app).await), (0, vec!["revoked -".to_owned()]));
    let (_, open) = look_at_desks(&app.core, &state_officer(), Whose::All).await.expect("tasks");
    settle_desk_task(&app.core, &state_officer(), open[0].id, "", true).await.expect("taken");
    // Once it is taken it is known, and good.
    assert_eq!(operator.scan(&qr).await.text("verdict"), "admitted");
    assert_eq!((app.count("token").await, tasks(&app).await, app.faults().await), (1, vec![], vec![]));
}

async fn a_revoked_desk_cancels_nothing_by_itself(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let mut desk = desk(&app, "PC 1").await;
    app.set_clock("2021-03-30 11:30");
    let now = app.core.clock.now();
    let (known, _) = desk.issue(noon(&app), 1, now);
    desk.settle(now).await;
    let (unknown, _) = desk.issue(noon(&app), 2, now);
    desk.cancel(unknown, now);
    decide_desk(&app.core, &state_officer(), DeskId(desk.id), Decision::Revoke).await.expect("revoked");
    // Whoever has the PC now may want everybody's token gone.
    desk.cancel(known, now);
    desk.settle(now).await;
    assert_eq!(app.rows("select state from token").await, ["issued"]);
    assert_eq!(app.rows("select kind from desk_task order by kind").await, ["cancel", "cancel", "revoked"]);
    let held = app.count("journal").await;
    desk.cancel(unknown, now);
    desk.settle(now).await;
    assert_eq!(app.count("journal").await, held, "a retry notes nothing anew");
    // The officer takes the token, and then what the clerk did with it.
    for kind in [TaskKind::Revoked, TaskKind::Cancel] {
        let (_, open) = look_at_desks(&app.core, &state_officer(), Whose::All).await.expect("tasks");
        let task = open.iter().find(|task| task.kind == kind && task.number == unknown.value()).expect("a task");
        settle_desk_task(&app.core, &state_officer(), task.id, "", true).await.expect("taken");
    }
    assert_eq!(app.rows("select state from token order by issued_at, state").await, ["cancelled", "issued"]);
    assert_eq!(app.faults().await, Vec::<String>::new());
}

async fn a_desk_signs_nothing_but_what_it_was_lent(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let mut gate = app.gate(MEKAHARA, "Gate A").await;
    let mut desk = desk(&app, "PC 1").await;
    app.set_clock("2021-03-30 11:30");
    let mut thief = desk.clone();
    let kid = desk.key().expect("a key").to_string();
    // The gate hears what the key may sign.
    let leases = gate.sync(Vec::new()).await.json["leases"]["serials"][&kid].clone();
    let slot = noon(&app);
    let mine: Vec<i64> = desk.kept.places.values().filter(|place| place.slot == slot).map(|place| place.serial).collect();
    let (first, last) = (mine.iter().min().expect("some"), mine.iter().max().expect("some"));
    assert_eq!(leases[slot.to_string()], json!([[first, last]]));
    // Whoever steals the key signs a serial of his own.
    let number = thief.place_in(slot).expect("a place");
    thief.kept.places.retain(|own, _| *own == number);
    thief.kept.places.get_mut(&number).expect("a place").serial = 99;
    let (_, forged) = thief.issue(slot, 1, app.core.clock.now());
    let operator = app.operator(MEKAHARA).await;
    assert_eq!(operator.scan(&forged).await.text("verdict"), "not_genuine");
    thief.settle(app.core.clock.now()).await;
    assert_eq!((app.count("token").await, tasks(&app).await), (0, vec!["unreadable -".to_owned()]));
    // The true desk's token is good before anybody has heard of it.
    let (_, qr) = desk.issue(slot, 2, app.core.clock.now());
    assert_eq!(operator.scan(&qr).await.text("verdict"), "admitted");
}

async fn a_slip_in_hand_counts_more_than_an_answer_that_never_came(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let mut desk = desk(&app, "PC 1").await;
    let asha = app.browser();
    asha.log_in("asha", crate::support::PASSWORD).await;
    // The form went off and was issued; the answer was lost, and the desk went on alone with the same person.
    let slot = noon(&app);
    let form = [
        ("key", "the form"),
        ("slot", &*slot.to_string()),
        ("name", "राम प्रसाद"),
        ("age", "1954"),
        ("gender", "male"),
        ("id_type", "voter_id"),
        ("id_number", "CGR0000001"),
    ];
    assert_eq!(asha.post("/office/tokens", &form).await.status, 303);
    let (number, _) = desk.issue(slot, 1, at("2021-03-30 10:31"));
    desk.kept.unsent[0]["key"] = json!("the form");
    desk.settle(at("2021-03-30 10:35")).await;
    assert_eq!(app.rows("select state from token order by issued_at").await, ["cancelled", "issued"]);
    assert_eq!(app.rows("select cast(number as text) from token where state = 'issued'").await, [number.value().to_string()]);
    assert_eq!((tasks(&app).await, app.faults().await), (vec![], vec![]));

    // One of a family gives way alone: the others of the same sending have not been here.
    let pair = json!([
        { "name": "Ram Lal", "age": "1954", "gender": "male", "id_type": "voter_id", "id_number": "CGR0000011" },
        { "name": "Sita Bai", "age": "1954", "gender": "female", "id_type": "voter_id", "id_number": "CGR0000012" },
    ]);
    let family = [("key", "a family"), ("slot", &*slot.to_string()), ("members", &*pair.to_string())];
    let sent = asha.post("/office/tokens", &family).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    desk.issue_to(slot, 12, at("2021-03-30 10:36"), json!({ "name": "Sita Bai", "gender": "female" }));
    desk.kept.unsent[0]["key"] = json!("a family");
    desk.settle(at("2021-03-30 10:37")).await;
    let live = "select id_end || ' ' || issued_by from token where state = 'issued' order by id_end, serial";
    assert_eq!(app.rows(live).await, ["0001 user:asha", "0011 user:asha", "0012 user:asha"]);
    assert_eq!(app.rows("select id_end from token where state = 'cancelled' order by id_end").await, ["0001", "0012"]);
    // Then the other one comes, too.
    desk.issue_to(slot, 11, at("2021-03-30 10:38"), json!({ "name": "Ram Lal" }));
    desk.kept.unsent[0]["key"] = json!("a family");
    desk.settle(at("2021-03-30 10:39")).await;
    assert_eq!(app.rows(live).await, ["0001 user:asha", "0011 user:asha", "0012 user:asha"]);
    assert_eq!(app.rows("select id_end from token where state = 'cancelled' order by id_end").await, ["0001", "0011", "0012"]);
    assert_eq!((tasks(&app).await, app.faults().await), (vec![], vec![]));
}

async fn a_mistyped_id_makes_nobody_another_person(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let mut desk = desk(&app, "PC 1").await;
    let (first, _) = desk.issue(noon(&app), 1, app.core.clock.now());
    desk.cancel(first, app.core.clock.now());
    desk.settle(app.core.clock.now()).await;
    // The number of the first person's card, on the slip of somebody of another sex.
    let (number, _) = desk.issue_to(noon(&app), 1, app.core.clock.now() + 60, json!({ "name": "Sita Bai", "gender": "female" }));
    desk.settle(app.core.clock.now() + 120).await;
    let whose = "select name from token join beneficiary on beneficiary.id = beneficiary_id where number = ";
    let whose = format!("{whose}{}", number.value());
    assert_eq!(app.rows(&whose).await, ["Sita Bai"]);
    let found = tasks(&app).await;
    assert!(found.len() == 1 && found[0].starts_with("refused") && found[0].contains("id_known"), "{found:?}");
}

async fn what_was_issued_too_fast_without_a_link_is_seen_when_it_comes_in(app: TestApp) {
    app.set_clock("2021-03-30 09:10");
    let mut rules = Campaign::built_in();
    rules.alarms.operator_hour = 3;
    let strict = app.under(rules).await;
    strict.set_clock("2021-03-30 09:10");
    let mut desk = desk(&app, "PC 1").await;
    for card in 0..4 {
        desk.issue(noon(&app), card, app.core.clock.now());
    }
    // The link comes back after more than the hour that is looked at.
    for process in [&app, &strict] {
        process.pass(2 * 3600);
    }
    desk.settle(app.core.clock.now()).await;
    for _ in 0..2 {
        watch(&strict.core).await.expect("a look");
    }
    assert_eq!(app.rows("select kind || ' ' || who || ' ' || cast(tokens as text) from alarm").await, ["operator user:asha 4"]);
}

async fn a_desk_tells_again_what_the_database_has_forgotten(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let mut desk = desk(&app, "PC 1").await;
    let (slot, now) = (noon(&app), app.core.clock.now());
    let (known, _) = desk.issue(slot, 1, now);
    let (forgotten, qr) = desk.issue_to(slot, 2, now, json!({ "mobile": "9876543210" }));
    let (cancelled, _) = desk.issue(slot, 3, now);
    desk.cancel(cancelled, now);
    desk.settle(now).await;
    assert_eq!(app.count("token where state = 'issued'").await, 2);

    // As in a copy that was made when the first place was lent, and nothing else: and then brought back.
    let mine = format!("number <> {}", known.value());
    for sql in ["delete from token", "delete from message", "delete from change", "delete from identity", "delete from beneficiary"] {
        app.tamper(sql).await;
    }
    app.tamper_unguarded("delete from journal").await;
    app.tamper(&format!("delete from leased where {mine}")).await;
    app.tamper("update leased set state = 'held', record_id = null, used_at = null").await;
    app.tamper("update share set taken = 0").await;
    app.tamper("update slot set taken = 0, serials = 0").await;
    app.tamper(&format!("update slot set taken = 1, serials = 1 where id = {slot}")).await;
    app.tamper("update share set taken = 1 where exists (select 1 from leased where leased.slot_id = share.slot_id and leased.owner = share.owner)").await;
    app.tamper("update counter set value = 0 where name = 'token'").await;
    app.tamper("update desk set word = 'an older one', call_id = null").await;
    let server = app.another().await;
    server.core.restored().await.expect("restored");
    server.set_clock("2021-03-30 10:40");
    desk.go_to(&server.url);

    // A gate that hears it first does not call the slips of that time forged.
    let mut gate = server.gate(MEKAHARA, "Gate A").await;
    let down = gate.sync(vec![]).await;
    assert!(down.json["leases"]["forgot_until"].as_i64().is_some(), "{down:?}");
    let scan = json!({
        "id": scan_id(1), "kind": "scan", "number": forgotten.plain(), "revision": 1, "qr": qr, "verdict": "admitted",
        "at": now, "clock_proved": true,
    });
    assert_eq!(outcomes(&gate.sync(vec![scan]).await), ["stored"]);

    // The word is of a time that nobody here remembers: no copy of the desk is about.
    let down = desk.settle(now + 60).await;
    assert_eq!(down.text("standing"), "active");
    let states = "select number || ' ' || state from token order by serial";
    let expected = [(known, "issued"), (forgotten, "admitted"), (cancelled, "cancelled")];
    assert_eq!(app.rows(states).await, expected.map(|(number, state)| format!("{} {state}", number.value())));
    assert_eq!((tasks(&app).await, app.faults().await), (vec![], vec![]));
    assert_eq!(app.rows("select template from message order by template").await, ["token_cancelled", "token_issued"]);
    // Told twice, it is there once; and a second word that is not the desk's own is a copy again.
    let mut copy = desk.clone();
    desk.issue(slot, 4, now);
    desk.settle(now + 120).await;
    assert_eq!((app.count("token").await, app.faults().await), (4, vec![]));
    copy.kept.calls += 100;
    copy.issue(slot, 5, now);
    assert_eq!(copy.sync(now + 180, false).await.text("standing"), "copied");
}
