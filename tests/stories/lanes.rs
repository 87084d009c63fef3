//! Stories of lanes: each is held by one phone, however it moves and whoever is cut off; and of phones that are revoked.

use crate::support::callers::Person;
use crate::support::gates::{Gate, admitted, outcomes, scan_id, taken_back};
use crate::support::{TestApp, on_both, state_officer};
use baari::actions::enrol_gate::revoke_gate;
use baari::actions::lanes::{hand_over, lane_code, set_lenient};
use baari::domain::place::Role;
use baari::ids::{CentreId, GateId};
use serde_json::json;

const FAFADIH: &str = "RPR-FAFADIH";

on_both! {
    a_lane_moves_when_its_holder_has_given_it_up,
    a_lane_moves_after_the_last_scan_of_its_holder,
    a_lane_moves_from_phone_to_phone_without_the_server,
    no_lane_goes_to_a_phone_that_was_revoked_meanwhile,
    a_silent_phones_lane_moves_after_its_grant,
    two_phones_that_were_prepared_together_do_not_rob_each_other,
    a_lane_of_a_session_made_for_more_gates_can_be_given,
    under_lenient_lanes_whoever_asks_first_admits,
    a_revoked_phone_hands_over_and_an_officer_decides,
    what_cannot_be_right_is_kept_and_marked,
}

fn fafadih(app: &TestApp) -> CentreId {
    app.core.board().centre_by_code(FAFADIH).expect("the centre").id
}

/// Two phones at one centre: the first holds lane 0, the second none.
async fn two_phones(app: &TestApp) -> (Gate, Gate) {
    let first = app.gate(FAFADIH, "Gate A").await;
    let code = app.gate_code(FAFADIH, "Gate B").await;
    let second = Gate::enrol(&app.url, &code, app.core.clock.now()).await;
    assert_eq!((first.lanes(), second.lanes()), (vec![0], vec![]));
    (first, second)
}

async fn token(app: &TestApp) -> String {
    let token = app.clerk("RPR-Z2").await.issue(app.slot(FAFADIH, "2021-03-30 12:00"), &Person::new(1)).await;
    assert_eq!(token.said(), "201 issued");
    token.number()
}

async fn a_lane_moves_when_its_holder_has_given_it_up(app: TestApp) {
    let (mut a, mut b) = two_phones(&app).await;
    assert!(!hand_over(&app.core, &state_officer(), fafadih(&app), 0, GateId(b.id())).await.expect("asked for"));
    // The other one has nothing yet: the holder may be admitting at this moment.
    b.sync(Vec::new()).await;
    assert_eq!((a.lanes(), b.lanes()), (vec![0], vec![]));
    // Told to give it up, the holder says so by its next word, and only then it has moved.
    a.sync(Vec::new()).await;
    b.sync(Vec::new()).await;
    assert_eq!((a.lanes(), b.lanes()), (vec![], vec![]));
    a.sync(Vec::new()).await;
    b.sync(Vec::new()).await;
    assert_eq!((a.lanes(), b.lanes()), (vec![], vec![0]));
    assert_eq!(b.known["lane_epochs"], json!([[0, 2]]));
}

async fn a_lane_moves_after_the_last_scan_of_its_holder(app: TestApp) {
    let (mut a, mut b) = two_phones(&app).await;
    assert!(!hand_over(&app.core, &state_officer(), fafadih(&app), 0, GateId(b.id())).await.expect("asked for"));
    // Until then people are sent to the one that still has it.
    b.sync(Vec::new()).await;
    assert_eq!(b.known["lane_holders"], json!([[0, "Gate A"]]));
    a.sync(Vec::new()).await;
    a.waiting = 40;
    a.sync(Vec::new()).await;
    b.sync(Vec::new()).await;
    assert!(b.lanes().is_empty());
    a.waiting = 0;
    a.sync(Vec::new()).await;
    b.sync(Vec::new()).await;
    assert_eq!((a.lanes(), b.lanes()), (vec![], vec![0]));
}

async fn a_lane_moves_from_phone_to_phone_without_the_server(app: TestApp) {
    let (mut a, mut b) = two_phones(&app).await;
    let key = app.core.lane_key(fafadih(&app));
    let to = b.id();
    let moved = |code: Option<String>| json!([{ "lane": 0, "epoch": 2, "to": to, "code": code }]);
    // A code that nobody of the centre can have made moves nothing.
    let (forged, genuine) =
        (moved(Some("0123456789abcdef".into())), moved(Some(lane_code(&key, fafadih(&app), 0, 2, GateId(a.id()), GateId(to)))));
    b.sync_with(Vec::new(), forged).await;
    assert!(b.lanes().is_empty());
    // Whoever of the two is heard first tells it for both; the other one's word changes nothing more.
    b.sync_with(Vec::new(), genuine.clone()).await;
    assert_eq!((b.lanes(), &b.known["lane_epochs"]), (vec![0], &json!([[0, 2]])));
    a.sync_with(Vec::new(), moved(None)).await;
    b.sync_with(Vec::new(), genuine).await;
    assert_eq!((a.lanes(), b.lanes()), (vec![], vec![0]));
    // What was taken and given on is told in one call.
    let back = lane_code(&key, fafadih(&app), 0, 3, GateId(to), GateId(a.id()));
    let on = json!([{ "lane": 0, "epoch": 3, "to": a.id(), "code": back }, { "lane": 0, "epoch": 4, "to": to }]);
    a.sync_with(Vec::new(), on).await;
    b.sync(Vec::new()).await;
    assert_eq!((a.lanes(), b.lanes(), &b.known["lane_epochs"]), (vec![], vec![0], &json!([[0, 4]])));
    // An old code is worth nothing once the lane has moved on.
    let stale = json!([{ "lane": 0, "epoch": 2, "to": a.id() }]);
    a.sync_with(Vec::new(), stale).await;
    assert_eq!((a.lanes(), app.rows("select cast(epoch as text) from lane").await), (vec![], vec!["4".to_owned()]));
}

async fn no_lane_goes_to_a_phone_that_was_revoked_meanwhile(app: TestApp) {
    let (mut a, b) = two_phones(&app).await;
    let officer = state_officer();
    assert!(!hand_over(&app.core, &officer, fafadih(&app), 0, GateId(b.id())).await.expect("asked for"));
    a.sync(Vec::new()).await;
    revoke_gate(&app.core, &officer, GateId(b.id())).await.expect("revoked");
    a.sync(Vec::new()).await;
    assert_eq!(a.lanes(), [0]);
}

async fn a_silent_phones_lane_moves_after_its_grant(app: TestApp) {
    let (_, mut b) = two_phones(&app).await;
    let officer = state_officer();
    assert!(!hand_over(&app.core, &officer, fafadih(&app), 0, GateId(b.id())).await.expect("asked for"));
    app.set_clock("2021-04-01 00:10");
    assert!(!hand_over(&app.core, &officer, fafadih(&app), 0, GateId(b.id())).await.expect("within the margin of its clock"));
    app.set_clock("2021-04-01 00:16");
    assert!(hand_over(&app.core, &officer, fafadih(&app), 0, GateId(b.id())).await.expect("moved"));
    b.sync(Vec::new()).await;
    assert_eq!(b.lanes(), [0]);
}

async fn two_phones_that_were_prepared_together_do_not_rob_each_other(app: TestApp) {
    let now = app.core.clock.now();
    let (one, other) = (app.gate_code("RPR-MEKAHARA", "Gate A").await, app.gate_code("RPR-MEKAHARA", "Gate B").await);
    let mut first = Gate::enrol(&app.url, &one, now).await;
    let second = Gate::enrol(&app.url, &other, now).await;
    first.sync(Vec::new()).await;
    assert_eq!((first.lanes(), second.lanes()), (vec![0, 1], vec![]));
}

async fn a_lane_of_a_session_made_for_more_gates_can_be_given(app: TestApp) {
    let centre = app.core.board().centre_by_code("RPR-MEKAHARA").expect("the centre").id;
    app.tamper(&format!("update centre set gates = 1 where id = {centre}")).await;
    app.core.reload_board().await.expect("the board");
    let mut gate = app.gate("RPR-MEKAHARA", "Gate A").await;
    assert_eq!(gate.lanes(), [0, 1]);
    revoke_gate(&app.core, &state_officer(), GateId(gate.id())).await.expect("revoked");
    gate = Gate::enrol(&app.url, &app.gate_code("RPR-MEKAHARA", "Gate B").await, app.core.clock.now()).await;
    assert_eq!(gate.lanes(), [0, 1]);
    let officer = app.logged_in("raipur", Role::DistrictOfficer, "RPR").await;
    let page = officer.get(&format!("/district/gates?centre={centre}&lang=en")).await;
    assert!(page.shows("Gate A</th>") && page.shows("Gate B</th>"), "{}", page.body);
    // Found by its name, with the centre that it is at.
    let found = officer.get("/district/gates?q=gate+b&lang=en").await;
    assert!(found.shows(&format!("/district/gates?centre={centre}")), "{}", found.body);
    assert!(officer.get("/district/gates?q=nowhere&lang=en").await.shows("Nothing matches this search."));
}

async fn under_lenient_lanes_whoever_asks_first_admits(app: TestApp) {
    let (mut a, b) = two_phones(&app).await;
    set_lenient(&app.core, &state_officer(), fafadih(&app), true).await.expect("set");
    a.sync(Vec::new()).await;
    assert_eq!(a.known["lenient"], json!(true));
    let number = token(&app).await;
    let first = a.ask(scan_id(1), &number).await;
    assert_eq!((&first.json["token"]["state"], &first.json["taken_by"]), (&json!("issued"), &json!(null)));
    assert_eq!(b.ask(scan_id(2), &number).await.json["taken_by"], json!("Gate A"));
    // The same scan asks again after a lost answer; a gate that never came back is not waited for long.
    assert_eq!(a.ask(scan_id(1), &number).await.json["taken_by"], json!(null));
    app.pass(31);
    assert_eq!(b.ask(scan_id(2), &number).await.json["taken_by"], json!(null));
    a.sync(vec![admitted(1, &number, app.core.clock.now())]).await;
    app.pass(31);
    let told = b.ask(scan_id(3), &number).await;
    assert_eq!((&told.json["token"]["state"], &told.json["token"]["admitted_gate"]), (&json!("admitted"), &json!("Gate A")));
}

async fn a_revoked_phone_hands_over_and_an_officer_decides(app: TestApp) {
    let (mut a, mut b) = two_phones(&app).await;
    let number = token(&app).await;
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let centre = fafadih(&app).to_string();
    let here = ("centre", centre.as_str());
    assert_eq!(officer.post(&format!("/district/gates/{}/revoke", a.id()), &[here]).await.status, 303);
    let down = a.sync(vec![admitted(1, &number, app.core.clock.now()), json!({ "id": "x" })]).await;
    assert_eq!(
        (outcomes(&down), &down.json["revoked"], &down.json["tokens"]),
        (vec!["held".into(), "malformed".into()], &json!(true), &json!([]))
    );
    let now = app.core.clock.now();
    // A phone's ids are in no order: what it wrote first counts first.
    let again = vec![admitted(9, &number, now), taken_back(3, "undo", &number, 9, now)];
    assert_eq!(outcomes(&a.sync(vec![admitted(1, &number, now), taken_back(8, "undo", &number, 1, now)]).await), ["held", "held"]);
    assert_eq!(outcomes(&a.sync(again).await), ["held", "held"]);
    assert_eq!(outcomes(&a.sync(vec![admitted(2, &number, now)]).await), ["held"]);
    // Nothing has changed yet, and its word is no longer believed in anything else.
    assert_eq!((app.rows("select state from token").await, app.count("scan").await), (vec!["issued".to_owned()], 0));
    assert_eq!(a.ask(scan_id(5), &number).await.said(), "403 forbidden");
    let page = officer.get(&format!("/district/gates?centre={centre}&lang=en")).await;
    assert!(page.shows("Scans of a revoked phone"), "{}", page.body);
    assert_eq!(officer.post(&format!("/district/gates/{}/held", a.id()), &[here, ("take", "yes")]).await.status, 303);
    assert_eq!((app.rows("select state from token").await, app.count("held_scan").await), (vec!["admitted".to_owned()], 0));
    assert_eq!((app.count("scan").await, app.count("conflict").await), (5, 0));
    // Its lane was free at once.
    assert!(hand_over(&app.core, &state_officer(), fafadih(&app), 0, GateId(b.id())).await.expect("moved"));
    b.sync(Vec::new()).await;
    assert_eq!(b.lanes(), [0]);
}

async fn what_cannot_be_right_is_kept_and_marked(app: TestApp) {
    let (mut a, _) = two_phones(&app).await;
    let number = token(&app).await;
    let now = app.core.clock.now();
    let mut for_another = admitted(1, &number, now);
    (for_another["kind"], for_another["reason"]) = (json!("admit_anyway"), json!("lane_gate_gone"));
    let early = json!({ "id": scan_id(2), "kind": "scan", "number": number, "verdict": "already_admitted", "at": now + 86_400, "clock_proved": false });
    // No clock says this: a broken store, or an ill will.
    let wild = json!({ "id": scan_id(3), "kind": "scan", "number": number, "verdict": "too_late", "at": i64::MAX, "clock_proved": true });
    assert_eq!(outcomes(&a.sync(vec![for_another, early, wild]).await), ["stored lane_gone", "stored clock", "malformed"]);
    assert_eq!((app.count("scan").await, app.rows("select state from token").await), (2, vec!["admitted".to_owned()]));
}
