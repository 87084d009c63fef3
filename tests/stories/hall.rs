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
use crate::support::{TestApp, on_both, state_officer};

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOW: &str = "2021-03-30 11:00";

on_both! {
    two_counters_never_call_the_same_person,
    a_key_that_arrives_twice_calls_once,
    the_old_go_ahead_and_the_missed_are_called_again,
    papers_are_looked_at_before_the_dose_where_somebody_does,
    the_display_and_the_person_hear_of_a_call,
    another_centres_hall_does_not_exist,
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
    call_people(core, &CallPeople { command, actor, centre, counter, stage, call, at: None }).await
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
