//! Stories of the portal: slow, down, answering and then silent. Every dose gets there, once.

use std::time::Duration;

use baari::actions::Actor;
use baari::actions::command::CommandId;
use baari::actions::correct_dose::{CorrectDose, Right, correct_dose};
use baari::actions::upload_doses::{Turn, turn};
use baari::domain::campaign::Vaccine;
use baari::domain::moment::Moment;
use baari::portal::test_server::Switches;
use baari::storage::upload::{Settled, Upload};
use serde_json::json;

use crate::support::callers::Person;
use crate::support::portal::TestPortal;
use crate::support::{TestApp, at, on_both, state_officer};

on_both! {
    doses_reach_the_portal_earliest_deadline_first,
    four_hours_of_outage_lose_and_double_nothing,
    lost_answers_and_half_written_records_are_looked_up,
    a_call_settles_only_what_it_was_made_with,
    what_the_portal_refuses_waits_for_somebody,
    two_processes_share_the_line,
    nobody_is_sent_after_the_deadline,
    a_killed_process_loses_and_doubles_nothing,
}

async fn doses_reach_the_portal_earliest_deadline_first(app: TestApp) {
    let portal = TestPortal::start().await;
    let operator = app.operator("RPR-MEKAHARA").await;
    for (n, letter) in ["A", "B", "C", "D", "E", "F"].into_iter().enumerate() {
        let person = Person::new(n as u32).born(1950).mobile(&format!("9{n:09}"));
        let person = person.with("name", format!("व्यक्ति {letter}")).with("gender", "female");
        let given = operator.dose_of(letter, &person, json!({ "time": format!("10:{}", 30 - n) })).await;
        assert_eq!(given.status, 201, "{given:?}");
    }
    let workers = portal.uploader(&app, 1, 2_000);
    app.until_sent(20).await;
    workers.stop().await;
    assert_eq!(portal.doses().await, 6);
    let holds = portal.holds().await;
    assert_eq!(holds["most_at_once"], 1);
    // The last one was given first, and so is due first.
    let names: Vec<_> =
        holds["beneficiaries"].as_array().expect("there").iter().map(|held| held["name"].as_str().expect("there")).collect();
    assert_eq!(names, ["व्यक्ति F", "व्यक्ति E", "व्यक्ति D", "व्यक्ति C", "व्यक्ति B", "व्यक्ति A"]);
    let held = &holds["beneficiaries"][0];
    let fields = ["photo_id_number", "birth_year", "gender", "vaccination_status", "vaccine", "dose1_date"]
        .map(|field| held[field].as_str().expect("there"));
    assert_eq!(fields, ["XXXXXXXX0005", "1950", "Female", "Partially Vaccinated", "COVISHIELD", "30-03-2021"]);
    assert_eq!(app.count("upload where uploaded_at is not null and reference is not null").await, 6);
}

async fn a_call_settles_only_what_it_was_made_with(app: TestApp) {
    let dose = app.doses(0, 1).await[0];
    let (worker, now) = (app.core.chance.id(app.core.clock.now()), app.core.clock.now());
    let work = async |settled: Vec<Settled>| {
        let asked = Turn { worker, settled, spells: Vec::new(), pace: None, take: 1, until: now + 300 };
        turn(&app.core, &asked).await.expect("written")
    };
    let taken = work(Vec::new()).await;
    // While the call is under way somebody else puts the batch right. Nobody takes the dose meanwhile.
    let actor = Actor { name: "second".into(), ..state_officer() };
    let right = Right {
        number: 1,
        vaccine: Vaccine::Covishield,
        batch: "4120Z011".into(),
        vaccinator: "सीता".into(),
        given_at: at("2021-03-30 11:07"),
    };
    let command = CommandId::new("second", "right", "");
    correct_dose(&app.core, &CorrectDose { command, actor, dose, right: Some(right), why: "mistake".into() }).await.expect("corrected");
    assert!(work(Vec::new()).await.is_empty());
    // The portal has taken the old words: that settles nothing, and nobody is told. It is looked up before it is sent again.
    let said = |of: &Upload, reference: &str| Settled {
        dose_id: dose,
        version: of.version,
        beneficiary_id: of.beneficiary_id,
        centre_id: of.centre_id,
        has_phone: true,
        state: "uploaded",
        words: None,
        reference: Some(reference.into()),
        next_at: Moment(0),
        tried: true,
    };
    let again = work(vec![said(&taken[0], "12345678901234")]).await;
    assert_eq!((app.uploads("uploaded").await, app.count("message where template = 'dose_uploaded'").await), (0, 0));
    // Whom the portal took the person for then is not believed either: they may have been somebody else.
    assert_eq!((app.count("portal_person").await, app.count("upload where reference is not null").await), (0, 0));
    assert_eq!((again.len(), again[0].unsure, again[0].batch.as_deref()), (1, true, Some("4120Z011")));
    assert!(work(vec![said(&again[0], "12345678901234")]).await.is_empty());
    assert_eq!((app.uploads("uploaded").await, app.count("message where template = 'dose_uploaded'").await), (1, 1));
    assert_eq!((app.count("portal_person").await, app.count("upload where reference is not null").await), (1, 1));
}

async fn four_hours_of_outage_lose_and_double_nothing(app: TestApp) {
    let portal = TestPortal::start().await;
    app.doses(0, 2_000).await;
    let workers = portal.uploader(&app, 16, 2_000);
    while app.uploads("uploaded").await < 500 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    portal.switch(Switches { down: true, ..Switches::default() });
    while app.count("portal_spell where kind = 'down' and ended_at is null").await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let calls = portal.holds().await["calls"].as_u64().expect("there");
    for _ in 0..48 {
        app.pass(300);
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    // One probe at a time, not two thousand.
    let probes = portal.holds().await["calls"].as_u64().expect("there") - calls;
    assert!((1..=60).contains(&probes), "{probes} probes");
    assert_eq!(app.count("portal_spell where kind = 'down' and ended_at is null").await, 1);
    portal.switch(Switches::default());
    app.pass(30);
    app.until_sent(60).await;
    workers.stop().await;
    assert_eq!((portal.doses().await, app.uploads("uploaded").await), (2_000, 2_000));
    let spell = app.rows("select cast(ended_at - began_at as text) from portal_spell where kind = 'down'").await;
    let seconds: i64 = spell[0].parse().expect("there");
    assert!((4 * 3600..4 * 3600 + 60).contains(&seconds), "{spell:?}");
}

async fn lost_answers_and_half_written_records_are_looked_up(app: TestApp) {
    let portal = TestPortal::start().await;
    portal.switch(Switches { lose_every: 3, half_every: 7, ..Switches::default() });
    app.doses(0, 120).await;
    let workers = portal.uploader(&app, 8, 1_000);
    for _ in 0..200 {
        if app.uploads("waiting").await == 0 {
            break;
        }
        app.pass(60);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    workers.stop().await;
    assert_eq!((portal.doses().await, app.uploads("uploaded").await), (120, 120));
    assert!(app.count("upload where tries > 1").await > 20);
}

async fn what_the_portal_refuses_waits_for_somebody(app: TestApp) {
    let portal = TestPortal::start().await;
    let doses = app.doses(0, 4).await;
    portal.switch(Switches { refuse_name: "व्यक्ति B".into(), ..Switches::default() });
    app.tamper("update beneficiary set mobile = null where name = 'व्यक्ति C'").await;
    app.tamper("update dose set batch = '' where beneficiary_id in (select id from beneficiary where name = 'व्यक्ति D')").await;
    let workers = portal.uploader(&app, 4, 2_000);
    app.until_sent(20).await;
    let words = app.rows("select words from upload where state = 'refused' order by words").await;
    assert_eq!(words, ["Mandatory fields missing", "Name does not match the photo ID", "the portal takes nobody without a mobile number"]);
    // Mended and sent again, it goes; the person who was registered already is not registered twice.
    portal.switch(Switches::default());
    app.tamper("update beneficiary set mobile = '9876500001' where mobile is null").await;
    app.tamper("update dose set batch = '4120Z011' where batch = ''").await;
    let mut tx = app.core.write().await.expect("there");
    assert_eq!(tx.send_again(&doses, app.core.clock.now()).await.expect("there").len(), 3);
    tx.commit().await.expect("there");
    app.until_sent(20).await;
    workers.stop().await;
    assert_eq!((portal.doses().await, app.uploads("uploaded").await), (4, 4));
}

async fn two_processes_share_the_line(app: TestApp) {
    if !app.is_shared() {
        return;
    }
    let portal = TestPortal::start().await;
    portal.switch(Switches { slow_ms: 5, ..Switches::default() });
    app.doses(0, 400).await;
    let other = app.another().await;
    let (one, two) = (portal.uploader(&app, 8, 2_000), portal.uploader(&other, 8, 2_000));
    app.until_sent(60).await;
    one.stop().await;
    two.stop().await;
    assert_eq!((portal.doses().await, app.uploads("uploaded").await), (400, 400));
    assert_eq!(app.count("(select distinct worker from portal_pace) as workers").await, 2);
}

async fn nobody_is_sent_after_the_deadline(app: TestApp) {
    let portal = TestPortal::start().await;
    app.doses(0, 3).await;
    app.pass(48 * 3600);
    let workers = portal.uploader(&app, 4, 2_000);
    app.until_sent(20).await;
    workers.stop().await;
    assert_eq!((portal.doses().await, app.uploads("closed").await), (0, 3));
}

async fn a_killed_process_loses_and_doubles_nothing(app: TestApp) {
    let portal = TestPortal::start().await;
    portal.switch(Switches { slow_ms: 10, ..Switches::default() });
    app.doses(0, 400).await;
    // Processes go by the system's time.
    app.tamper("update upload set due_at = 4000000000 + due_at % 1000").await;
    for until in [60, 160] {
        let process = app.process(&portal);
        while app.uploads("uploaded").await < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // In the middle of some calls, and without a word.
        drop(process);
    }
    assert!(app.count("upload where leased_by is not null").await > 0);
    let _process = app.process(&portal);
    app.until_sent(60).await;
    assert_eq!((portal.doses().await, app.uploads("uploaded").await), (400, 400));
}
