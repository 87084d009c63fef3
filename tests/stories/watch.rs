//! Stories of what is looked at each minute: unusual issuing raises an alarm, and an outage gives the issue windows their time back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use baari::actions::note_alive::note_alive;
use baari::actions::raise_alarms::watch;
use baari::domain::campaign::Campaign;
use baari::domain::place::Role;
use baari::workers::Workers;

use crate::support::callers::Person;
use crate::support::{TestApp, at, on_both};

on_both! {
    a_bulk_grab_raises_an_alarm_that_an_officer_settles,
    an_outage_extends_the_window_that_was_open,
    a_worker_that_panics_begins_anew,
}

async fn a_bulk_grab_raises_an_alarm_that_an_officer_settles(app: TestApp) {
    let mut rules = Campaign::built_in();
    (rules.alarms.operator_hour, rules.alarms.mobile_day, rules.alarms.outside_hour) = (6, 3, 2);
    let strict = app.under(rules).await;
    let (clerk, nurse) = (app.clerk("RPR-Z2").await, app.operator("RPR-FAFADIH").await);
    let noon = app.slot("RPR-MEKAHARA", "2021-03-30 12:00");
    for card in 0..3 {
        assert_eq!(clerk.issue(noon, &Person::new(card).mobile("9876543210")).await.said(), "201 issued");
    }
    // Before the window begins a centre gives out two open places; one of the walk-in places is nothing unusual.
    let walk_in = app.slot("RPR-FAFADIH", "2021-03-30 12:00");
    assert_eq!(nurse.issue(walk_in, &Person::new(50)).await.said(), "201 issued");
    let tomorrow = app.slot("RPR-FAFADIH", "2021-03-31 12:00");
    assert_eq!(nurse.issue(tomorrow, &Person::new(51)).await.said(), "201 issued");
    watch(&strict.core).await.expect("a look");
    assert_eq!(app.count("alarm").await, 0);
    assert_eq!(nurse.issue(tomorrow, &Person::new(52)).await.said(), "201 issued");
    let fourth = clerk.issue(noon, &Person::new(3).mobile("9876543210")).await;
    let one = app.slot("RPR-MEKAHARA", "2021-03-30 13:00");
    for card in 4..6 {
        assert_eq!(clerk.issue(one, &Person::new(card)).await.said(), "201 issued");
    }
    // Seen by two processes, more than once.
    for _ in 0..2 {
        watch(&strict.core).await.expect("a look");
    }
    let alarms = "select kind || ' ' || who || ' ' || cast(tokens as text) from alarm order by kind, id";
    let first = ["mobile 9876543210 4", "operator key:office RPR-Z2 6", "window key:centre RPR-FAFADIH 2"];
    assert_eq!(app.rows(alarms).await, first);

    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    assert!(officer.get("/district?lang=en").await.shows("<a href=\"/district/alarms\"><b>3</b> alarms</a>"));
    let page = officer.get("/district/alarms?lang=en").await;
    for text in
        ["Many people under one mobile number", "API key office RPR-Z2", "<b>6 tokens</b>", &format!("/office/tokens/{}", fourth.number())]
    {
        assert!(page.shows(text), "{text} in {}", page.body);
    }
    assert_eq!(page.body.matches("href=\"/office/tokens/").count(), 12);
    // Each alarm leads to what the audit log says of its operator or its number.
    let links: Vec<_> = page.body.split('"').filter(|part| part.starts_with("/district/journal?")).collect();
    assert_eq!(links.len(), 3, "{}", page.body);
    for link in links {
        let log = officer.get(&format!("{}&lang=en", link.replace("&#38;", "&"))).await;
        assert!(log.shows("Issued a token") && !log.shows("error-summary"), "{link}: {}", log.body);
        assert!(log.body.matches("href=\"/office/tokens/").count() >= 2, "{link}: {}", log.body);
    }
    let elsewhere = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert!(elsewhere.get("/district/alarms?lang=en").await.shows("no alarm is open"));
    assert_eq!(elsewhere.post("/district/alarms/1", &[("note", "mine")]).await.status, 404);

    let all = app.rows("select cast(id as text) from alarm where kind = 'operator'").await.remove(0);
    let path = format!("/district/alarms/{all}");
    let empty = officer.post(&format!("{path}?lang=en"), &[("note", "  ")]).await;
    assert!(empty.shows("error-summary") && empty.shows("aria-invalid"), "{}", empty.body);
    for note in ["A camp for bus drivers, asked by phone", "another word"] {
        assert_eq!(officer.post(&path, &[("note", note)]).await.status, 303);
    }
    let settled = officer.get("/district/alarms?lang=en").await;
    assert!(settled.shows("A camp for bus drivers") && !settled.shows("another word"), "{}", settled.body);
    // A settled alarm stays in peace; what comes after it counts anew.
    watch(&strict.core).await.expect("a look");
    assert_eq!(app.count("alarm").await, 3);
    for process in [&app, &strict] {
        process.pass(60);
    }
    for card in 10..16 {
        let slot = app.slot("RPR-MEKAHARA", &format!("2021-03-31 1{}:00", card % 5));
        assert_eq!(clerk.issue(slot, &Person::new(card)).await.said(), "201 issued");
    }
    watch(&strict.core).await.expect("a look");
    assert_eq!(app.rows(alarms).await, [first[0], first[1], first[1], first[2]]);
}

async fn an_outage_extends_the_window_that_was_open(app: TestApp) {
    let board = app.core.board();
    let fafadih = board.centre_by_code("RPR-FAFADIH").expect("the centre").id;
    let day = "2021-03-31".parse().expect("a day");
    let session = board.field.sessions.iter().find(|session| session.centre_id == fafadih && session.day == day).expect("a session").id;
    let until = || {
        let board = app.core.board();
        board.session(session).expect("the session").issue_until
    };
    let other = app.another().await;
    let alive = async |time: &str| {
        for process in [&app, &other] {
            process.set_clock(time);
            note_alive(&process.core).await.expect("a sign of life");
        }
        app.core.reload_board().await.expect("a board");
    };
    // A restart of two minutes is nothing.
    for time in ["2021-03-30 12:58", "2021-03-30 13:00", "2021-03-30 13:02"] {
        alive(time).await;
    }
    assert_eq!(until(), at("2021-03-31 12:00"));
    // From 13:02 to 13:44 there is no server.
    alive("2021-03-30 13:44").await;
    alive("2021-03-30 13:45").await;
    assert_eq!(until(), at("2021-03-31 12:42"));
    // Windows that last until the session closes have nothing to win.
    assert_eq!(app.count("window_extension").await, 1);
    assert_eq!(app.count("journal where act = 'extend_window'").await, 1);
    app.set_clock("2021-03-31 12:20");
    let late = app.clerk("RPR-Z2").await.issue(app.slot("RPR-FAFADIH", "2021-03-31 14:00"), &Person::new(1)).await;
    assert_eq!(late.said(), "201 issued");

    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let path = format!("/district/sessions/{session}/window");
    let page = officer.get(&format!("{path}?lang=en")).await;
    assert!(page.shows("away from 1:02 pm to 1:44 pm") && page.shows("lasts until 12:42 pm"), "{}", page.body);
    let outage = page.value("outage");
    let other_officer = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert_eq!(other_officer.post(&format!("{path}/undo"), &[("outage", &outage)]).await.status, 404);
    for _ in 0..2 {
        assert_eq!(officer.post(&format!("{path}/undo"), &[("outage", &outage)]).await.status, 303);
    }
    assert_eq!(until(), at("2021-03-31 12:00"));
    assert_eq!(app.count("journal where act = 'undo_extension'").await, 1);
    let page = officer.get(&format!("{path}?lang=en")).await;
    assert!(page.shows("Taken back") && !page.shows("name=\"outage\""), "{}", page.body);
}

async fn a_worker_that_panics_begins_anew(app: TestApp) {
    let turns = Arc::new(AtomicU32::new(0));
    let mut workers = Workers::new(Arc::clone(&app.core));
    let counted = Arc::clone(&turns);
    workers.start_turns("clumsy", Duration::from_millis(1), move |_| {
        let turn = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            assert!(turn != 1, "the second turn");
            Ok(false)
        }
    });
    for _ in 0..1_000 {
        if turns.load(Ordering::SeqCst) > 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    workers.stop().await;
    assert!(turns.load(Ordering::SeqCst) > 3);
}
