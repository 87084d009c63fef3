//! Stories of phones that go to another centre.

use crate::support::callers::Person;
use crate::support::gates::{Gate, admitted, outcomes};
use crate::support::{TestApp, on_both, state_officer};
use baari::actions::lanes::hand_over;
use baari::domain::place::Role;
use baari::ids::{CentreId, GateId};
use serde_json::json;

const FAFADIH: &str = "RPR-FAFADIH";
const MEKAHARA: &str = "RPR-MEKAHARA";

on_both! {
    a_phone_goes_to_another_centre_and_loses_nothing,
    a_phone_that_may_stay_keeps_its_lanes,
    an_old_word_gives_nothing_up,
    a_lane_that_was_let_go_never_falls_back,
}

fn centre(app: &TestApp, code: &str) -> CentreId {
    app.core.board().centre_by_code(code).expect("the centre").id
}

/// Two phones at Fafadih, which has one lane: the first holds it.
async fn two_phones(app: &TestApp) -> (Gate, Gate) {
    let first = app.gate(FAFADIH, "Gate A").await;
    let second = app.gate(FAFADIH, "Gate B").await;
    assert_eq!((first.lanes(), second.lanes()), (vec![0], vec![]));
    (first, second)
}

async fn token(app: &TestApp, card: u32) -> String {
    let slot = app.slot(FAFADIH, &format!("2021-03-30 {}:00", 11 + card));
    let token = app.clerk("RPR-Z2").await.issue(slot, &Person::new(card)).await;
    assert_eq!(token.said(), "201 issued");
    token.number()
}

async fn a_phone_goes_to_another_centre_and_loses_nothing(app: TestApp) {
    let (mut a, mut b) = two_phones(&app).await;
    let mut there = app.gate(MEKAHARA, "Gate A").await;
    let (first, second, third) = (token(&app, 1).await, token(&app, 2).await, token(&app, 3).await);
    let (from, to) = (centre(&app, FAFADIH), centre(&app, MEKAHARA));
    let at_fafadih = |n: u128, number: &str| {
        let mut scan = admitted(n, number, app.core.clock.now());
        scan["centre"] = json!(from);
        scan
    };
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let asked = [("centre", &*from.to_string()), ("to", &*to.to_string())];
    assert_eq!(officer.post(&format!("/district/gates/{}/move", a.id()), &asked).await.status, 303);
    let page = officer.get(&format!("/district/gates?centre={from}&lang=en")).await;
    assert!(page.shows("Keep it here"), "{}", page.body);

    // It hears of it and lets its lane go, which is its neighbour's from then on; but first it sends all that it wrote.
    a.waiting = 1;
    assert_eq!(outcomes(&a.sync(vec![at_fafadih(1, &first)]).await), ["stored"]);
    assert_eq!((a.lanes(), &a.known["moving_to"]), (vec![], &json!(to)));
    a.sync(Vec::new()).await;
    b.sync(Vec::new()).await;
    assert_eq!((&a.known["centre"], b.lanes()), (&json!(from), vec![]));
    a.waiting = 0;
    let moved = a.sync(vec![at_fafadih(2, &second)]).await;
    assert_eq!((outcomes(&moved), &a.known["centre"], &a.known["name"]), (vec!["stored".to_owned()], &json!(to), &json!("Gate A 2")));
    assert_eq!(moved.json["tokens"], json!([]), "nothing of the centre that it left");
    b.sync(Vec::new()).await;
    there.sync(Vec::new()).await;
    assert_eq!((b.lanes(), a.lanes(), there.lanes()), (vec![0], vec![], vec![0, 1]));
    // What comes in late is still the old centre's; what it writes from now on is the new one's.
    assert_eq!(outcomes(&a.sync(vec![at_fafadih(3, &third)]).await), ["stored"]);
    let mut here = admitted(4, &third, app.core.clock.now());
    here["centre"] = json!(to);
    assert_eq!(outcomes(&a.sync(vec![here]).await), ["stored double"]);
    let places = app.rows("select centre.code from scan join centre on centre.id = scan.centre_id order by scan.id").await;
    assert_eq!(places, [FAFADIH, FAFADIH, FAFADIH, MEKAHARA]);
    assert_eq!(app.rows("select distinct state from token").await, ["admitted"]);
    let acts = app.rows("select act || ' ' || actor from journal where act in ('move_gate', 'gate_moved') order by at, act desc").await;
    assert_eq!(acts, ["move_gate user:officer".to_owned(), format!("gate_moved gate:{}", a.id())]);
    // Nobody else may move it, and not to where there is nothing.
    let clerk = app.logged_in("clerk", Role::Clerk, "RPR-Z2").await;
    assert_eq!(clerk.post(&format!("/district/gates/{}/move", a.id()), &asked).await.status, 403);
    assert_eq!(officer.post(&format!("/district/gates/{}/move", a.id()), &[("to", "65535")]).await.status, 404);
}

async fn a_phone_that_may_stay_keeps_its_lanes(app: TestApp) {
    let (mut a, mut b) = two_phones(&app).await;
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let (from, to) = (centre(&app, FAFADIH).to_string(), centre(&app, MEKAHARA).to_string());
    for to in [&to, &from] {
        let asked = [("centre", &*from), ("to", &**to)];
        assert_eq!(officer.post(&format!("/district/gates/{}/move", a.id()), &asked).await.status, 303);
        a.sync(Vec::new()).await;
    }
    a.sync(Vec::new()).await;
    b.sync(Vec::new()).await;
    assert_eq!((a.lanes(), b.lanes(), a.known["centre"].to_string()), (vec![0], vec![], from));
}

async fn an_old_word_gives_nothing_up(app: TestApp) {
    let (mut a, mut b) = two_phones(&app).await;
    let (officer, fafadih) = (state_officer(), centre(&app, FAFADIH));
    let ask = async |to: i64| hand_over(&app.core, &officer, fafadih, 0, GateId(to)).await.expect("asked");
    assert!(!ask(b.id()).await);
    a.sync(Vec::new()).await;
    // The phone's word that it goes by this base is under way for a long time: meanwhile it may keep the lane, is asked again,
    // and has not heard of that yet.
    let old = a.base.clone();
    assert!(ask(a.id()).await);
    a.sync(Vec::new()).await;
    assert_eq!(a.lanes(), [0]);
    assert!(!ask(b.id()).await);
    let present = std::mem::replace(&mut a.base, old);
    let known = a.known.clone();
    a.sync(Vec::new()).await;
    (a.base, a.known) = (present, known);
    b.sync(Vec::new()).await;
    assert!(b.lanes().is_empty());
    a.sync(Vec::new()).await;
    a.sync(Vec::new()).await;
    b.sync(Vec::new()).await;
    assert_eq!((a.lanes(), b.lanes()), (vec![], vec![0]));
}

async fn a_lane_that_was_let_go_never_falls_back(app: TestApp) {
    let (a, mut b) = two_phones(&app).await;
    let (officer, fafadih) = (state_officer(), centre(&app, FAFADIH));
    let key = app.core.lane_key(fafadih);
    baari::actions::enrol_gate::revoke_gate(&app.core, &officer, GateId(a.id())).await.expect("revoked");
    // What the revoked phone could have signed is worth nothing: neither its epoch nor its key is the centre's.
    assert_ne!(app.core.lane_key(fafadih), key);
    let code = baari::actions::lanes::lane_code(&key, fafadih, 0, 2, GateId(a.id()), GateId(b.id()));
    b.sync_with(Vec::new(), json!([{ "lane": 0, "epoch": 2, "to": b.id(), "code": code }])).await;
    assert!(b.lanes().is_empty());
    let mut c = app.gate(FAFADIH, "Gate C").await;
    c.sync(Vec::new()).await;
    assert_eq!((c.lanes(), &c.known["lane_epochs"]), (vec![0], &json!([[0, 3]])));
}
