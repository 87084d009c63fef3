//! Stories of the stick in the pocket: doses from a block without a link, acknowledged by the headquarters. And what a FHIR server and
//! DIVOC get to see.

use std::sync::{Arc, Mutex};

use axum::routing::post;
use axum::{Json, Router};
use baari::actions::Actor;
use baari::actions::carry_doses::{acknowledge, export_doses, import_ack, trust_keys};
use baari::actions::command::CommandId;
use baari::actions::correct_dose::{CorrectDose, Right, correct_dose};
use baari::actions::permit_late::{Letter, permit_late};
use baari::actions::reconcile::reconcile;
use baari::actions::take_in_doses::import_doses;
use baari::domain::campaign::Vaccine;
use baari::domain::moment::Moment;
use baari::domain::place::Role;
use baari::portal::test_server::Switches;
use baari::portal::{Portal, Settings, divoc, fhir};
use baari::workers::Workers;
use baari::workers::reconciler::turn;
use baari::workers::uploader::Uploader;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::database::{Database, Kind};
use crate::support::portal::{KEY, TestPortal};
use crate::support::{TestApp, on_both, state_officer};

on_both! {
    a_block_without_a_link_hands_its_doses_over,
    what_changes_after_the_file_was_written_is_told,
    what_the_portal_holds_is_compared,
    an_evening_that_failed_is_compared_again,
    divoc_and_fhir_get_what_their_schemas_say,
}

async fn a_block_without_a_link_hands_its_doses_over(block: TestApp) {
    let officer = state_officer();
    let headquarters = TestApp::of_its_own(&Database::make(Kind::Sqlite).await.expect("a database")).await;
    block.doses(0, 5).await;
    let (file, count) = export_doses(&block.core, &officer).await.expect("a file");
    assert_eq!(count, 5);
    let refused = import_doses(&headquarters.core, &officer, &file).await.expect_err("not trusted yet").to_string();
    assert!(refused.contains("not trusted here"), "{refused}");
    let keys = |app: &TestApp| app.core.keys().jwks().to_string();
    trust_keys(&headquarters.core, &officer, "block 7", &keys(&block)).await.expect("trust");
    trust_keys(&block.core, &officer, "headquarters", &keys(&headquarters)).await.expect("trust");

    // One was known by another paper already.
    let taken = import_doses(&headquarters.core, &officer, &file).await.expect("taken in");
    assert_eq!((taken.from.as_str(), taken.new, taken.known, taken.left_out.len()), ("block 7", 5, 0, 0));
    let again = import_doses(&headquarters.core, &officer, &file).await.expect("taken in");
    assert_eq!((again.new, again.known), (0, 5));
    assert_eq!(headquarters.uploads("waiting").await, 5);
    let mut bad = file.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    assert!(import_doses(&headquarters.core, &officer, &bad).await.is_err());

    // The headquarters uploads them, once, whatever comes back when.
    let portal = TestPortal::start().await;
    let workers = portal.uploader(&headquarters, 2, 2_000);
    headquarters.until_sent(20).await;
    workers.stop().await;
    assert_eq!(portal.doses().await, 5);
    let ack = acknowledge(&headquarters.core, &again).expect("a file");
    assert!(import_doses(&block.core, &officer, &ack).await.expect_err("another kind").to_string().contains("baari import ack"));
    let cleared =
        [import_ack(&block.core, &officer, &ack).await.expect("cleared"), import_ack(&block.core, &officer, &ack).await.expect("cleared")];
    assert_eq!((cleared, block.uploads("handed_over").await), ([5, 0], 5));
    assert_eq!(export_doses(&block.core, &officer).await.expect("a file").1, 0);
}

async fn what_changes_after_the_file_was_written_is_told(block: TestApp) {
    let officer = state_officer();
    let headquarters = TestApp::of_its_own(&Database::make(Kind::Sqlite).await.expect("a database")).await;
    for (one, other, name) in [(&headquarters, &block, "block 7"), (&block, &headquarters, "headquarters")] {
        trust_keys(&one.core, &officer, name, &other.core.keys().jwks().to_string()).await.expect("trust");
    }
    // A file goes, is taken in, and the acknowledgement comes back: new, known, withdrawn, left out; and how many the file held.
    let carry = async || {
        let (file, count) = export_doses(&block.core, &officer).await.expect("a file");
        let taken = import_doses(&headquarters.core, &officer, &file).await.expect("taken in");
        let ack = acknowledge(&headquarters.core, &taken).expect("a file");
        import_ack(&block.core, &officer, &ack).await.expect("cleared");
        (count, (taken.new, taken.known, taken.withdrawn), taken.left_out)
    };
    let doses = block.doses(0, 3).await;
    assert_eq!(carry().await, (3, (3, 0, 0), Vec::new()));
    assert_eq!(carry().await.0, 0);

    // Somebody in the block corrects one of them and withdraws another.
    let change = async |app: &TestApp, dose, batch: Option<&str>| {
        let actor = Actor { name: "second".into(), ..state_officer() };
        let given_at = crate::support::at("2021-03-30 11:07");
        let right =
            batch.map(|batch| Right {
                number: 1, vaccine: Vaccine::Covishield, batch: batch.into(), vaccinator: "सीता".into(), given_at
            });
        let command = CommandId::new("second", &format!("{dose} {batch:?}"), "");
        correct_dose(&app.core, &CorrectDose { command, actor, dose, right, why: "mistake".into() }).await.expect("changed");
    };
    change(&block, doses[0], Some("4120Z011")).await;
    change(&block, doses[1], None).await;
    let (count, counts, left_out) = carry().await;
    assert_eq!((count, counts, left_out.len()), (2, (0, 0, 1), 1));
    assert!(left_out[0].1.contains("otherwise (batch)"), "{left_out:?}");
    assert_eq!(headquarters.rows("select state from upload order by state").await, ["waiting", "waiting", "withdrawn"]);
    assert_eq!(headquarters.rows("select by_whom from dose_history").await, ["file:block 7"]);
    // It is told until both say the same.
    assert_eq!(carry().await.2[0].1, left_out[0].1);
    change(&headquarters, doses[0], Some("4120Z011")).await;
    assert_eq!(carry().await, (1, (0, 1, 0), Vec::new()));
    assert_eq!(carry().await.0, 0);

    // A dose that is late goes with its permission.
    let late = block.doses(3, 1).await;
    block.pass(49 * 3600);
    headquarters.pass(49 * 3600);
    let mut tx = block.core.write().await.expect("a transaction");
    tx.close_uploads(block.core.clock.now()).await.expect("closed");
    tx.commit().await.expect("a commit");
    let letter = Letter { number: "RPR/2021/77".into(), signed_by: "CMHO".into(), signed_on: block.core.clock.now().day() };
    assert_eq!(permit_late(&block.core, &officer, &CommandId::new("test", "letter", ""), &letter, &late).await.expect("permitted"), 1);
    assert_eq!(carry().await, (1, (1, 0, 0), Vec::new()));
    let permitted = "upload join permission on permission.id = permission_id where state = 'waiting' and letter = 'RPR/2021/77'";
    assert_eq!((headquarters.count(permitted).await, block.uploads("handed_over").await), (1, 3));
}

async fn what_the_portal_holds_is_compared(app: TestApp) {
    let portal = TestPortal::start().await;
    let doses = app.doses(0, 4).await;
    let workers = portal.uploader(&app, 2, 2_000);
    app.until_sent(20).await;
    let Portal::Cowin(cowin) = Portal::new(&portal.settings(2, 2_000)).expect("a portal") else { panic!("another tongue") };
    let from = app.core.clock.now().day();
    let told = reconcile(&app.core, &state_officer(), &cowin, from).await.expect("compared");
    assert_eq!((told.people, told.found.len()), (4, 0));
    // What it tells of one cannot be read: the others are compared all the same. When it is down, the next one goes on where this one ended.
    portal.switch(Switches { garble_name: "व्यक्ति B".into(), ..Switches::default() });
    let told = reconcile(&app.core, &state_officer(), &cowin, from).await.expect("compared");
    assert_eq!((told.people, told.unread, told.found.len()), (3, 1, 0));
    let mut tx = app.core.write().await.expect("a transaction");
    let second = tx.uploaded_people(from, None, 2).await.expect("people").swap_remove(1);
    let left_off = |begun: Moment| format!("{} {from} {}", begun.0, second.person);
    tx.set_setting("reconcile_came_to", &left_off(app.core.clock.now())).await.expect("a setting");
    tx.commit().await.expect("a commit");
    portal.switch(Switches { down: true, ..Switches::default() });
    assert!(reconcile(&app.core, &state_officer(), &cowin, from).await.is_err());
    portal.switch(Switches::default());
    for people in [2, 4] {
        assert_eq!(reconcile(&app.core, &state_officer(), &cowin, from).await.expect("compared").people, people);
    }
    // One that was left off on another day is not today's, and is begun anew.
    let mut tx = app.core.write().await.expect("a transaction");
    tx.set_setting("reconcile_came_to", &left_off(from.plus(-1).start())).await.expect("a setting");
    tx.commit().await.expect("a commit");
    assert_eq!(reconcile(&app.core, &state_officer(), &cowin, from).await.expect("compared").people, 4);
    // One is recorded here with another day, one under another mobile number; two the portal forgets.
    app.tamper("update dose set given_on = '2021-03-29' where beneficiary_id in (select id from beneficiary where name = 'व्यक्ति A')").await;
    app.tamper("update beneficiary set mobile = '9888800000' where name = 'व्यक्ति B'").await;
    portal.forget("व्यक्ति C");
    let told = reconcile(&app.core, &state_officer(), &cowin, from.plus(-1)).await.expect("compared");
    let found: Vec<_> = told.found.into_iter().collect();
    assert_eq!(found, [("missing".to_owned(), 1), ("other_mobile".to_owned(), 1), ("wrong_date".to_owned(), 1)]);
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let page = officer.get("/district/portal/differences?lang=en").await;
    assert!(
        page.shows("Not on the portal") && page.shows("With another day") && page.shows("Under another mobile number"),
        "{}",
        page.body
    );
    assert!(page.shows("Compared last: ") && page.shows("/centre/doses/") && page.shows("Correct the details"), "{}", page.body);
    // What only the portal's office can put right is noted, and stays noted when it is found again.
    let mend = page.body.split("/office/people/").filter_map(|piece| piece.split_once("/mend")).last().expect("a person").0.to_owned();
    let asked = [("person", &*mend), ("dose", "0"), ("kind", "other_mobile")];
    assert_eq!(
        app.logged_in("durg", Role::DistrictOfficer, "DRG").await.post("/district/portal/differences/asked", &asked).await.status,
        404
    );
    assert_eq!(officer.post("/district/portal/differences/asked", &asked).await.status, 303);
    reconcile(&app.core, &state_officer(), &cowin, from.plus(-1)).await.expect("compared");
    let noted = officer.get("/district/portal/differences?lang=en").await;
    assert_eq!(noted.body.matches("office was asked:").count(), 1, "{}", noted.body);
    // What differed is looked at until it is put right, however long ago its dose was.
    let told = reconcile(&app.core, &state_officer(), &cowin, from.plus(30)).await.expect("compared");
    assert_eq!((told.people, told.found.len()), (3, 3));
    // The missing one goes again, and arrives.
    let person = page.value("person");
    assert_eq!(officer.post("/district/portal/differences", &[("person", &person), ("dose", "1")]).await.status, 303);
    app.until_sent(20).await;
    workers.stop().await;
    assert_eq!((doses.len(), portal.doses().await), (4, 4));
    portal.switch(Switches { down: true, ..Switches::default() });
    assert!(reconcile(&app.core, &state_officer(), &cowin, from).await.is_err());
}

async fn an_evening_that_failed_is_compared_again(app: TestApp) {
    let portal = TestPortal::start().await;
    app.doses(0, 2).await;
    let workers = portal.uploader(&app, 2, 2_000);
    app.until_sent(20).await;
    workers.stop().await;
    portal.switch(Switches { down: true, ..Switches::default() });
    app.set_clock("2021-03-30 21:05");
    let compare = |app: &TestApp| {
        let cowin = Arc::new(Portal::new(&portal.settings(2, 2_000)).expect("a portal"));
        let mut workers = Workers::new(Arc::clone(&app.core));
        workers.start_turns("compare", std::time::Duration::from_millis(20), move |shift| turn(shift, Arc::clone(&cowin)));
        workers
    };
    let other = app.another().await;
    other.set_clock("2021-03-30 21:05");
    let both = [compare(&app), compare(&other)];
    let calls = async || portal.holds().await["calls"].as_u64().expect("there");
    let until = async |from: &str| {
        for _ in 0..200 {
            if app.count(from).await > 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("no {from}");
    };
    until("work where name = 'reconcile'").await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(app.count("setting where name = 'reconciled_on'").await, 0, "{}", portal.holds().await);
    // Nobody tries again before the lease has ended; then it is done, by one of them, once.
    portal.switch(Switches::default());
    let before = calls().await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(calls().await, before);
    app.pass(15 * 60);
    other.pass(15 * 60);
    until("setting where name = 'reconciled_on' and value = '2021-03-30'").await;
    assert_eq!(app.count("journal where act = 'reconcile'").await, 1);
    for workers in both {
        workers.stop().await;
    }
    // By day it is done when somebody asks for it, once; the evening's own is still to come.
    app.set_clock("2021-03-31 10:00");
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    for _ in 0..2 {
        assert_eq!(officer.post("/district/portal/differences/compare", &[]).await.status, 303);
    }
    assert!(officer.get("/district/portal/differences?lang=en").await.shows("Asked for at"));
    assert_eq!(app.count("journal where act = 'ask_to_compare'").await, 1);
    let workers = compare(&app);
    until("setting where name = 'reconcile_asked_at' and value = ''").await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    workers.stop().await;
    assert_eq!(app.count("journal where act = 'reconcile'").await, 2);
    assert_eq!(app.count("setting where name = 'reconciled_on' and value = '2021-03-30'").await, 1);
}

async fn divoc_and_fhir_get_what_their_schemas_say(app: TestApp) {
    let doses = app.doses(0, 2).await;
    let upload = app.core.read().await.expect("a transaction").uploads(&doses[..1]).await.expect("doses").remove(0);
    let board = app.core.board();
    let body = divoc::body(&upload, &board, 2);
    // As DIVOC publishes it: each field with its type.
    let text = [
        "/recipient/name",
        "/recipient/age",
        "/recipient/gender",
        "/recipient/nationality",
        "/recipient/identity",
        "/recipient/contact/0",
        "/recipient/address/district",
        "/vaccination/name",
        "/vaccination/batch",
        "/vaccination/manufacturer",
        "/vaccination/date",
        "/vaccination/effectiveStart",
        "/vaccination/effectiveUntil",
        "/facility/name",
        "/facility/address/addressLine1",
        "/vaccinator/name",
        "/preEnrollmentCode",
        "/programId",
    ];
    for field in text {
        assert!(body.pointer(field).is_some_and(Value::is_string), "{field} in {body}");
    }
    for field in ["/vaccination/dose", "/vaccination/totalDoses", "/facility/address/pincode"] {
        assert!(body.pointer(field).is_some_and(Value::is_number), "{field} in {body}");
    }
    assert_eq!(body["vaccination"]["date"], "2021-03-30T11:07:00+05:30");
    assert_eq!(body["recipient"]["identity"], "did:in.gov.eci.epic:XXXXXXXX0000");

    // An independent validator reads this in the test script.
    let bundle = fhir::bundle(&upload, &board, 2);
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("fhir-bundle.json");
    std::fs::write(file, bundle.to_string()).expect("written");
    assert_eq!(bundle["entry"][1]["resource"]["protocolApplied"][0]["doseNumberPositiveInt"], 1);

    // Both take what the uploader sends.
    let heard: Arc<Mutex<Vec<Value>>> = Arc::default();
    let (for_divoc, for_fhir) = (Arc::clone(&heard), Arc::clone(&heard));
    let server =
        Router::new().route("/v3/certify", post(async move |Json(body): Json<Value>| for_divoc.lock().expect("a list").push(body))).route(
            "/fhir",
            post(async move |body: String| {
                for_fhir.lock().expect("a list").push(serde_json::from_str(&body).expect("JSON"));
                Json(json!({ "resourceType": "Bundle", "entry": [{ "response": { "location": "Patient/77/_history/1" } }] }))
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serving = tokio::spawn(async move { axum::serve(listener, server).await });
    for (tongue, reference) in
        [(format!("divoc:http://{address}"), upload.beneficiary_id.to_string()), (format!("fhir:http://{address}/fhir"), "77".into())]
    {
        app.tamper("update upload set state = 'waiting', reference = null, tries = 0").await;
        app.tamper("delete from portal_person").await;
        let settings = Settings { address: tongue, key: KEY.into(), at_once: 2, timeout: std::time::Duration::from_secs(2) };
        let portal = Arc::new(Portal::new(&settings).expect("a portal"));
        let mut workers = Workers::new(Arc::clone(&app.core));
        workers.start("uploader", move |shift| Uploader::new(shift, Arc::clone(&portal), &settings).work());
        app.until_sent(20).await;
        workers.stop().await;
        assert_eq!(
            app.count(&format!("upload where state = 'uploaded' and reference = '{reference}'")).await,
            if reference == "77" { 2 } else { 1 }
        );
    }
    serving.abort();
    assert_eq!(heard.lock().expect("a list").len(), 4);
}
