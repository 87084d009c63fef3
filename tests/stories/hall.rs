//! Stories of the hall: who is called next, by which counter, and who hears of it.

use std::time::Duration;

use baari::actions::Actor;
use baari::actions::call_people::{Call, CallPeople, call_people};
use baari::actions::command::CommandId;
use baari::core::Core;
use baari::domain::number::TokenNumber;
use baari::domain::place::{Role, Scope};
use baari::domain::queue::Stage;
use baari::error::{Error, Result};

use crate::support::callers::Person;
use crate::support::gates::{admitted, outcomes};
use crate::support::{SESSION_COLUMNS, TestApp, on_both, state_officer};

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOW: &str = "2021-03-30 11:00";

on_both! {
    two_counters_never_call_the_same_person,
    a_key_that_arrives_twice_calls_once,
    the_old_go_ahead_and_the_missed_are_called_again,
    papers_are_looked_at_before_the_dose_where_somebody_does,
    the_display_and_the_person_hear_of_a_call,
    another_centres_hall_does_not_exist,
    a_browser_keeps_its_counter_and_calls_on_from_a_recorded_dose,
    needs_are_seen_and_one_touch_lets_ahead,
    whoever_was_let_in_elsewhere_stands_in_one_line_there,
    a_page_opened_outside_hears_that_it_has_changed,
    a_whole_day_of_one_centre_loses_nobody,
}

/// People who have entered, in this order, a minute apart.
async fn entered(app: &TestApp, people: &[Person]) -> Vec<TokenNumber> {
    let (clerk, operator) = (app.clerk("RPR-Z2").await, app.operator(MEKAHARA).await);
    let mut numbers = Vec::new();
    for person in people {
        let token = clerk.issue(app.slot(MEKAHARA, NOW), person).await;
        assert_eq!(token.said(), "201 issued");
        assert_eq!(operator.scan(&token.number()).await.said(), "200 admitted");
        numbers.push(token.number().parse().expect("a number"));
        app.pass(60);
    }
    numbers
}

/// A key pressed at a counter.
async fn press(app: &TestApp, core: &Core, counter: i64, stage: Stage, call: Call, key: &str) -> Result<Option<TokenNumber>> {
    let centre = app.core.board().centre_by_code(MEKAHARA).expect("the centre").id;
    let actor = Actor { name: "user:asha".into(), role: Role::Operator, scope: Scope::Centre(centre) };
    let command = CommandId::new(&actor.name, key, format!("{counter} {stage} {call:?}"));
    let called = call_people(core, &CallPeople { command, actor, centre, counter, stage, call, at: None }).await;
    // As the page does that was pressed.
    app.app.halls.renew(centre).await.expect("the hall");
    called
}

async fn two_counters_never_call_the_same_person(app: TestApp) {
    let mut people = entered(&app, &[1, 2, 3, 4].map(Person::new)).await;
    let other = if app.is_shared() { Some(app.another().await) } else { None };
    let second = other.as_ref().map_or(&app, |other| other);
    second.core.clock.set(app.core.clock.now());
    let mut called = Vec::new();
    for round in 0..3 {
        let (one, two) = (format!("one {round}"), format!("two {round}"));
        let (one, two) = tokio::join!(
            press(&app, &app.core, 1, Stage::Dose, Call::Next, &one),
            press(&app, &second.core, 2, Stage::Dose, Call::Next, &two)
        );
        called.extend([one.expect("an answer"), two.expect("an answer")].into_iter().flatten());
    }
    called.sort();
    people.sort();
    assert_eq!(called, people);
}

async fn a_key_that_arrives_twice_calls_once(app: TestApp) {
    let people = entered(&app, &[1, 2].map(Person::new)).await;
    for _ in 0..2 {
        assert_eq!(press(&app, &app.core, 1, Stage::Dose, Call::Next, "key").await.expect("an answer"), Some(people[0]));
    }
    let other_call = press(&app, &app.core, 1, Stage::Dose, Call::Missed(people[0]), "key").await;
    assert!(matches!(other_call, Err(Error::IdReused)), "{other_call:?}");
    assert_eq!(app.count("turn").await, 1);
}

async fn the_old_go_ahead_and_the_missed_are_called_again(app: TestApp) {
    let people = entered(&app, &[Person::new(1), Person::new(2), Person::new(3).born(1939)]).await;
    let next = async |key: &str| press(&app, &app.core, 1, Stage::Dose, Call::Next, key).await.expect("an answer");
    assert_eq!(next("a").await, Some(people[2]));
    press(&app, &app.core, 1, Stage::Dose, Call::Missed(people[2]), "b").await.expect("noted");
    assert_eq!((next("c").await, next("d").await, next("e").await), (Some(people[0]), Some(people[1]), None));
    let again = press(&app, &app.core, 2, Stage::Dose, Call::This(people[2]), "f").await.expect("an answer");
    assert_eq!(again, Some(people[2]));
    assert_eq!(
        app.rows(
            "select cast(counter as text) || ' ' || cast(times as text) || ' ' || state from turn order by called_at desc, seq desc limit 1"
        )
        .await,
        ["2 2 called"]
    );
}

async fn papers_are_looked_at_before_the_dose_where_somebody_does(app: TestApp) {
    let people = entered(&app, &[1, 2].map(Person::new)).await;
    let next =
        async |counter: i64, stage: Stage, key: &str| press(&app, &app.core, counter, stage, Call::Next, key).await.expect("an answer");
    assert_eq!(next(1, Stage::Check, "a").await, Some(people[0]));
    // Nobody has passed yet; then calling the next one lets the one before pass.
    assert_eq!(next(5, Stage::Dose, "b").await, None);
    assert_eq!(next(1, Stage::Check, "c").await, Some(people[1]));
    assert_eq!(next(5, Stage::Dose, "d").await, Some(people[0]));
    press(&app, &app.core, 1, Stage::Check, Call::Passed(people[1]), "e").await.expect("noted");
    assert_eq!(next(5, Stage::Dose, "f").await, Some(people[1]));
}

async fn the_display_and_the_person_hear_of_a_call(app: TestApp) {
    let people = entered(&app, &[1, 2].map(Person::new)).await;
    let links = app.rows(&format!("select link from token where number = {}", people[1].value())).await;
    let browser = app.browser();
    let page = browser.get(&format!("/t/{}?lang=en", links[0])).await;
    assert!(page.shows("One person is before you"), "{}", page.body);

    let other = if app.is_shared() { Some(app.another().await) } else { None };
    let elsewhere = other.as_ref().map_or(&app, |other| other);
    elsewhere.core.clock.set(app.core.clock.now());
    let mut events = browser.asking(&format!("/centre/{MEKAHARA}/calls")).send().await.expect("events");
    let first = events.chunk().await.expect("an event").expect("not the end");
    assert!(String::from_utf8_lossy(&first).contains("\"calls\":[]"));
    let operator = elsewhere.logged_in("asha", Role::Operator, MEKAHARA).await;
    let form = operator.get("/centre/hall?counter=3&stage=dose").await;
    let (key, centre) = (form.value("key"), form.value("centre"));
    let fields = [("centre", centre.as_str()), ("counter", "3"), ("stage", "dose"), ("call", "next"), ("key", key.as_str())];
    assert_eq!(operator.post("/centre/hall", &fields).await.status, 303);
    let heard = tokio::time::timeout(Duration::from_secs(3), async {
        loop {
            let chunk = events.chunk().await.expect("an event").expect("not the end");
            let text = String::from_utf8_lossy(&chunk).into_owned();
            if text.contains("02-001") {
                return text;
            }
        }
    });
    let heard = heard.await.expect("heard in time");
    assert!(heard.contains("\"counter\":3"), "{heard}");
    assert!(browser.get(&format!("/centre/{MEKAHARA}/display")).await.shows("02-001"));
    let page = browser.get(&format!("/t/{}/turn?lang=en", links[0])).await;
    assert!(page.shows("You are next"), "{}", page.body);
}

async fn another_centres_hall_does_not_exist(app: TestApp) {
    let people = entered(&app, &[Person::new(1)]).await;
    let operator = app.logged_in("mohan", Role::Operator, "RPR-FAFADIH").await;
    let centre = app.core.board().centre_by_code(MEKAHARA).expect("the centre").id;
    let own = operator.get(&format!("/centre/hall?centre={centre}")).await;
    assert!(!own.shows("02-001") && own.shows("फाफाडीह"));
    let stranger = Actor { name: "user:mohan".into(), ..state_officer() };
    let fafadih = app.core.board().centre_by_code("RPR-FAFADIH").expect("the centre").id;
    let actor = Actor { role: Role::Operator, scope: Scope::Centre(fafadih), ..stranger };
    let command = CommandId::new(&actor.name, "x", "x");
    let asked = CallPeople { command, actor, centre, counter: 1, stage: Stage::Dose, call: Call::This(people[0]), at: None };
    assert!(matches!(call_people(&app.core, &asked).await, Err(Error::NotFound)));
}

async fn a_browser_keeps_its_counter_and_calls_on_from_a_recorded_dose(app: TestApp) {
    let people = entered(&app, &[1, 2].map(Person::new)).await;
    let operator = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    assert_eq!(operator.get("/centre/hall").await.value("counter"), "1");
    operator.get("/centre/hall?counter=7&stage=dose").await;
    assert_eq!(operator.get("/centre/hall").await.value("counter"), "7");
    // Another browser stands where it stands.
    let other = app.logged_in("meena", Role::Operator, MEKAHARA).await;
    assert_eq!(other.get("/centre/hall").await.value("counter"), "1");

    let codes = app.rows(&format!("select secret_code from token where number = {}", people[0].value())).await;
    let plain = people[0].plain();
    let form = operator.get(&format!("/centre?q={plain}")).await;
    let dose = [
        ("key", &*form.value("key")),
        ("token", &*plain),
        ("vial", ""),
        ("vaccine", "covishield"),
        ("batch", "4120Z001"),
        ("vaccinator", "S. Devi"),
        ("code", &*codes[0]),
    ];
    let recorded = operator.post("/centre/doses", &dose).await;
    let page = operator.get(&format!("{}&lang=en", recorded.location())).await;
    assert!(page.shows("Call the next one at counter 7"), "{}", page.body);
    let key = page.value("key");
    let next = operator.post("/centre/hall", &[("counter", "7"), ("stage", "dose"), ("key", &key), ("call", "next")]).await;
    assert_eq!(next.status, 303, "{}", next.body);
    assert_eq!(
        app.rows("select cast(number as text) || ' ' || cast(counter as text) from turn").await,
        [format!("{} 7", people[1].value())]
    );
}

async fn needs_are_seen_and_one_touch_lets_ahead(app: TestApp) {
    let deaf = Person::new(3).with("needs", "hearing");
    let people = entered(&app, &[Person::new(1), Person::new(2), deaf]).await;
    let operator = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    let calls = |page: &crate::support::browser::Page| {
        page.body.split("<th scope=\"row\"><b>").skip(1).map(|row| row[..6].to_owned()).collect::<Vec<_>>()
    };
    let page = operator.get("/centre/hall?lang=en").await;
    assert!(page.shows("cannot hear"), "{}", page.body);
    assert_eq!(calls(&page), ["02-003", "02-001", "02-002"]);
    assert!(operator.get("/centre?lang=en").await.shows("cannot hear"));
    assert!(operator.get(&format!("/centre?q={}&lang=en", people[2].plain())).await.shows("Needs help: cannot hear"));

    let press = async |call: &str, number: TokenNumber, key: &str| {
        let number = number.plain();
        let fields = [("counter", "1"), ("stage", "dose"), ("call", call), ("number", &*number), ("key", key)];
        assert_eq!(operator.post("/centre/hall", &fields).await.status, 303);
    };
    press("not_ahead", people[2], "a").await;
    for _ in 0..2 {
        press("ahead", people[1], "b").await;
    }
    assert_eq!(calls(&operator.get("/centre/hall").await), ["02-002", "02-001", "02-003"]);
    let acts = app.rows("select act from journal where act like 'let_%' order by seq").await;
    assert_eq!(acts, ["let_not_ahead", "let_ahead"]);
    assert_eq!(press_next(&app).await, Some(people[1]));
}

async fn press_next(app: &TestApp) -> Option<TokenNumber> {
    press(app, &app.core, 1, Stage::Dose, Call::Next, "next").await.expect("an answer")
}

async fn whoever_was_let_in_elsewhere_stands_in_one_line_there(app: TestApp) {
    let own = entered(&app, &[Person::new(1)]).await;
    let issued = app.clerk("RPR-Z2").await.issue(app.slot("RPR-FAFADIH", NOW), &Person::new(2).born(1930)).await;
    let number = issued.number();
    let mut scan = crate::support::gates::admitted(1, &number, crate::support::at("2021-03-30 11:00"));
    (scan["kind"], scan["reason"]) = (serde_json::json!("admit_anyway"), serde_json::json!("wrong_centre"));
    assert_eq!(app.gate(MEKAHARA, "A").await.sync(vec![scan]).await.status, 200);
    let operator = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    // Both screens have both people, and say where each stands.
    for path in ["/centre/hall?lang=en", "/centre?lang=en"] {
        let page = operator.get(path).await;
        assert_eq!(page.body.matches("waits for the dose").count(), 2, "{path}: {}", page.body);
    }
    assert!(operator.get("/centre/hall?lang=en").await.shows("PHC Fafadih"));
    // The older one goes ahead, and reads on their own page where they stand.
    let link = app.rows(&format!("select link from token where number = {number}")).await.remove(0);
    assert!(app.browser().get(&format!("/t/{link}?lang=en")).await.shows("You are next"));
    assert_eq!(press_next(&app).await.map(TokenNumber::plain), Some(number));
    for path in ["/centre?lang=en", "/centre/hall?counter=2&lang=en"] {
        assert!(operator.get(path).await.shows("Counter 1"), "{path}");
    }
    let elsewhere = app.logged_in("mohan", Role::Operator, "RPR-FAFADIH").await;
    assert!(!elsewhere.get("/centre/hall?lang=en").await.shows("<th scope=\"row\">"));
    assert_ne!(own[0].plain(), issued.number());
}

async fn a_page_opened_outside_hears_that_it_has_changed(app: TestApp) {
    let (clerk, operator) = (app.clerk("RPR-Z2").await, app.operator(MEKAHARA).await);
    let token = clerk.issue(app.slot(MEKAHARA, NOW), &Person::new(1)).await;
    let tomorrow = clerk.issue(app.slot(MEKAHARA, "2021-03-31 11:00"), &Person::new(2)).await;
    let link = |number: String| {
        let app = &app;
        async move { app.rows(&format!("select link from token where number = {number}")).await.remove(0) }
    };
    let (today, later) = (link(token.number()).await, link(tomorrow.number()).await);
    let browser = app.browser();
    let page = browser.get(&format!("/t/{today}?lang=en")).await;
    assert!(page.shows("dist/turn") && page.shows("data-stands=\"issued.1.0\""), "{}", page.body);
    // Whoever is due on another day has nothing to wait for.
    assert!(!browser.get(&format!("/t/{later}?lang=en")).await.shows("dist/turn"));
    let turn = format!("/t/{today}/turn?lang=en");
    assert!(browser.get(&turn).await.shows("\"stands\":\"issued.1.0\""));
    assert_eq!(operator.scan(&token.number()).await.said(), "200 admitted");
    let heard = browser.get(&turn).await;
    assert!(heard.shows("\"stands\":\"admitted.1.0\"") && heard.shows("You are next"), "{}", heard.body);
}

/// From ten to half past six, a minute a step: two gates, one of them without a link over noon, two counters and the display.
async fn a_whole_day_of_one_centre_loses_nobody(app: TestApp) {
    const PEOPLE: usize = 42;
    let session = "RPR-MEKAHARA,2021-04-01,covishield,1 2,18,200,10:00,17:00,60,42,,2021-03-29 00:00,2021-04-01 17:00\n";
    app.field(&[&format!("{SESSION_COLUMNS}{session}")]).await;
    let (clerk, operator) = (app.clerk("RPR-Z2").await, app.operator(MEKAHARA).await);
    let mut slips = Vec::new();
    for n in 0..PEOPLE {
        let slot = app.slot(MEKAHARA, &format!("2021-04-01 {}:00", 10 + n / 6));
        let issued = clerk.issue(slot, &Person::new(n as u32).born(1945 + n as i64 % 15)).await;
        assert_eq!(issued.said(), "201 issued", "{n}");
        slips.push(issued.number());
    }
    app.set_clock("2021-04-01 10:00");
    let mut gates = [app.gate(MEKAHARA, "Gate A").await, app.gate(MEKAHARA, "Gate B").await];
    let mut unsent = [Vec::new(), Vec::new()];
    let (desk, hall) = (app.logged_in("asha", Role::Operator, MEKAHARA).await, app.browser());
    for minute in 0..510 {
        // One comes every ten minutes, to either gate in turn. A scan is kept until it is sent.
        if minute % 10 == 0 && minute / 10 < PEOPLE {
            let n = minute / 10;
            unsent[n % 2].push(admitted(n as u128 + 1, &slips[n], app.core.clock.now()));
        }
        for (n, gate) in gates.iter_mut().enumerate() {
            let is_cut = n == 1 && (115..215).contains(&minute);
            if !is_cut && !unsent[n].is_empty() {
                let down = gate.sync(std::mem::take(&mut unsent[n])).await;
                assert!(outcomes(&down).iter().all(|outcome| outcome == "stored"), "{down:?}");
            }
        }
        for counter in 1..=2 {
            if (minute as i64 + counter * 3) % 6 != 0 {
                continue;
            }
            let called = press(&app, &app.core, counter, Stage::Dose, Call::Next, &format!("{counter} {minute}")).await.expect("an answer");
            let Some(number) = called else { continue };
            let shown = app.rows(&format!("select secret_code from token where number = {}", number.value())).await;
            let call = clerk.token(&number.plain()).await.text("call_number").to_owned();
            assert!(hall.get(&format!("/centre/{MEKAHARA}/display")).await.shows(&call), "{call} at minute {minute}");
            let given = operator.dose(&format!("dose {number}"), &number.plain(), serde_json::json!({ "code": shown[0] })).await;
            assert_eq!(given.status, 201, "{given:?}");
        }
        if minute % 15 == 14 {
            let page = desk.get("/centre").await;
            if page.shows("action=\"/centre/left\" novalidate><input type=\"hidden\" name=\"doses\"") {
                desk.post("/centre/left", &[("doses", &page.value("doses"))]).await;
            }
        }
        app.pass(60);
    }
    assert_eq!(app.rows("select state || ' ' || count(*) from token group by state").await, [format!("left {PEOPLE}")]);
    for (of, wanted) in [("scan", PEOPLE), ("dose", PEOPLE), ("observation where left_at is not null", PEOPLE), ("turn where times > 1", 0)]
    {
        assert_eq!(app.count(of).await, wanted as i64, "{of}");
    }
    assert_eq!(app.faults().await, Vec::<String>::new());
    // Whoever came to the gate with a link was called soon, also while those of the other one came all at once.
    let waits = "select cast(max(turn.called_at - scan.phone_at) as text) from turn join scan on scan.number = turn.number join gate on gate.id = scan.gate_id \
                 where gate.name = 'Gate A'";
    let longest: i64 = app.rows(waits).await[0].parse().expect("seconds");
    assert!(longest <= 15 * 60, "{longest} s");
}
