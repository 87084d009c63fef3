//! Stories of the gate: phones that sync, and scans that the server decides.

use crate::support::browser::Page;
use crate::support::callers::{Answer, Person};
use crate::support::gates::{admitted, enrol, outcomes, scan_id, taken_back};
use crate::support::{TestApp, at, on_both};
use baari::domain::place::Role;
use baari::domain::token::{Signer, Unverified, qr_text};
use data_encoding::BASE32_NOPAD;
use futures_util::future::join_all;
use serde_json::{Value, json};

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOON: &str = "2021-03-30 12:00";
const ONE: &str = "2021-03-30 13:00";

/// So many tokens for a slot at Mekahara.
async fn issue(app: &TestApp, starts: &str, cards: std::ops::Range<u32>) -> Vec<Answer> {
    let clerk = app.caller("counter", baari::domain::place::Role::Clerk, "RPR-Z2").await;
    let slot = app.slot(MEKAHARA, starts);
    let mut tokens = Vec::new();
    for card in cards {
        let token = clerk.issue(slot, &Person::new(card)).await;
        assert_eq!(token.said(), "201 issued");
        tokens.push(token);
    }
    tokens
}

/// The same slip with the last bit of its signature changed.
fn forged(qr: &str) -> String {
    let (address, code) = qr.rsplit_once("/T/").expect("an address");
    let mut bytes = BASE32_NOPAD.decode(code.as_bytes()).expect("base32");
    *bytes.last_mut().expect("bytes") ^= 1;
    format!("{address}/T/{}", BASE32_NOPAD.encode(&bytes))
}

/// How often each thing was said, in order of the alphabet.
fn tally(answers: &[Answer]) -> String {
    let mut said: Vec<_> = answers.iter().map(Answer::said).collect();
    said.sort_unstable();
    let counted = said.chunk_by(|a, b| a == b).map(|same| format!("{}× {}", same.len(), same[0]));
    counted.collect::<Vec<_>>().join(", ")
}

on_both! {
    a_phone_enrols_once_and_hears_what_it_needs,
    uploads_are_kept_once_and_a_bad_row_holds_up_nobody,
    a_text_that_no_database_takes_holds_up_nobody,
    two_gates_admit_one_token_and_both_facts_stay,
    an_admission_is_taken_back_within_the_minute,
    whoever_else_came_in_on_a_token_is_in,
    a_forged_slip_that_was_let_in_leaves_the_token_to_its_holder,
    the_server_says_admitted_or_why_not,
    eight_scans_at_once_admit_once,
    an_old_slip_stands_for_the_newer_time,
    a_genuine_token_without_a_row_is_admitted_once,
    a_database_that_forgot_hears_it_again,
    somebody_turned_back_leaves_with_a_new_time_and_one_only,
    an_enrolment_whose_answer_was_lost_is_asked_for_again,
    what_was_given_out_after_a_copy_is_never_given_out_again,
}

async fn a_phone_enrols_once_and_hears_what_it_needs(app: TestApp) {
    let code = app.gate_code(MEKAHARA, "Gate A").await;
    assert_eq!(enrol(&app.url, &code).await.said(), "200 -");
    assert_eq!(enrol(&app.url, &code).await.said(), "404 not_found");
    let late = app.gate_code(MEKAHARA, "Gate late").await;
    app.pass(30 * 60 + 1);
    assert_eq!(enrol(&app.url, &late).await.said(), "404 not_found");
    app.set_clock("2021-03-30 11:07");
    // The officer's form sent twice makes one gate, and shows the same code.
    let officer = app.logged_in("raipur", Role::DistrictOfficer, "RPR").await;
    let centre = app.core.board().centre_by_code(MEKAHARA).expect("the centre").id.to_string();
    let key = officer.get(&format!("/district/gates?centre={centre}")).await.value("key");
    let nameless = officer.post("/district/gates?lang=en", &[("key", &*key), ("centre", &centre), ("name", " ")]).await;
    assert!(nameless.shows("href=\"#name\""), "{}", nameless.body);
    let fields = [("key", &*key), ("centre", &*centre), ("name", "Gate B")];
    let (once, twice) = (officer.post("/district/gates", &fields).await, officer.post("/district/gates", &fields).await);
    let code = |page: &Page| page.body.split("/gate#").nth(1).and_then(|rest| rest.split('"').next()).expect("a code").to_owned();
    assert_eq!(code(&once), code(&twice));
    assert_eq!(app.count("gate where name = 'Gate B'").await, 1);

    let token = issue(&app, NOON, 1..2).await.remove(0);
    let code = app.gate_code("RPR-FAFADIH", "Gate").await;
    let secret = enrol(&app.url, &code).await.text("secret").to_owned();
    let sync = |secret: String| {
        let body = json!({ "phone_time": at("2021-03-30 11:07") });
        reqwest::Client::new().post(format!("{}/api/gate/sync", app.url)).bearer_auth(secret).json(&body).send()
    };
    let down: Value = serde_json::from_str(&sync(secret).await.expect("an answer").text().await.expect("a body")).expect("JSON");
    assert_eq!(
        (down["base"]["slots"].as_array().map(Vec::len), &down["base"]["gate"]["lanes"], &down["tokens"]),
        (Some(14), &json!([0]), &json!([]))
    );
    assert_eq!(sync("wrong".into()).await.expect("an answer").status().as_u16(), 401);

    // The centre's own phone hears of the token, of nothing personal, and of the rest only once.
    let mut gate = app.gate(MEKAHARA, "Gate B").await;
    let again = gate.sync(Vec::new()).await;
    assert_eq!((&again.json["tokens"], again.json.get("base")), (&json!([]), None));
    let moved = app.clerk("RPR-Z2").await.reschedule(&token.number(), app.slot(MEKAHARA, ONE)).await;
    let heard = gate.sync(Vec::new()).await.json["tokens"].clone();
    let mut expected =
        json!([{ "number": token.number(), "revision": 2, "centre": 1, "minutes": 60, "state": "issued", "call_number": "04-001" }]);
    (expected[0]["slot"], expected[0]["starts"]) = (moved.json["slot"].clone(), json!(at(ONE)));
    assert_eq!(heard, expected);
}

async fn uploads_are_kept_once_and_a_bad_row_holds_up_nobody(app: TestApp) {
    let tokens = issue(&app, NOON, 1..5).await;
    let mut gate = app.gate(MEKAHARA, "Gate A").await;
    let now = app.core.clock.now();
    let scan = |n: u128, token: usize| admitted(n, &tokens[token].number(), now);
    let batch = vec![
        scan(1, 0),
        scan(2, 1),
        json!({ "id": scan_id(3), "kind": "no_token", "reason": "walk_in", "at": now, "clock_proved": false }),
    ];
    let first = gate.sync(batch.clone()).await;
    assert_eq!(outcomes(&first), ["stored"; 3]);
    let replayed = gate.sync(batch).await;
    assert_eq!((outcomes(&replayed), &replayed.json["tokens"]), (vec!["stored".to_owned(); 3], &json!([])));
    assert_eq!((app.count("scan").await, app.count("conflict").await), (3, 0));

    let mixed = gate.sync(vec![scan(4, 2), scan(1, 3), scan(5, 3)]).await;
    assert_eq!(outcomes(&mixed), ["stored", "id_reused", "stored"]);
    assert_eq!(app.rows("select state from token").await, ["admitted"; 4]);
    // An id belongs to the gate that used it first.
    let mut other = app.gate(MEKAHARA, "Gate B").await;
    assert_eq!(outcomes(&other.sync(vec![scan(4, 2)]).await), ["id_reused"]);
}

async fn a_text_that_no_database_takes_holds_up_nobody(app: TestApp) {
    let tokens = issue(&app, NOON, 1..4).await;
    let mut gate = app.gate(MEKAHARA, "Gate A").await;
    let now = app.core.clock.now();
    let mut batch: Vec<_> = (0..3).map(|n| admitted(n, &tokens[n as usize].number(), now)).collect();
    batch[1]["reason"] = json!("nul \u{0} in it");
    let down = gate.sync(batch).await;
    assert_eq!(down.status, 200, "{down:?}");
    let outcomes = outcomes(&down);
    assert_eq!((&*outcomes[0], &*outcomes[2]), ("stored", "stored"));
}

async fn two_gates_admit_one_token_and_both_facts_stay(app: TestApp) {
    let number = issue(&app, NOON, 1..2).await[0].number();
    let (mut a, mut b) = (app.gate(MEKAHARA, "Gate A").await, app.gate(MEKAHARA, "Gate B").await);
    let now = app.core.clock.now();
    assert_eq!(outcomes(&a.sync(vec![admitted(1, &number, now)]).await), ["stored"]);
    let second = vec![admitted(2, &number, now + -30)];
    assert_eq!(outcomes(&b.sync(second.clone()).await), ["stored double"]);
    assert_eq!(outcomes(&b.sync(second).await), ["stored double"]);
    assert_eq!((app.count("scan").await, app.count("conflict").await), (2, 1));
    let told = b.sync(Vec::new()).await;
    assert_eq!(told.json["tokens"], json!([]));
    // The officer sees what is to be settled.
    let officer = app.logged_in("officer", baari::domain::place::Role::DistrictOfficer, "RPR").await;
    assert!(officer.get("/district?date=2021-03-30").await.shows("/district/conflicts"));
    let shown = number.parse::<baari::domain::number::TokenNumber>().expect("a number").to_string();
    let open = officer.get("/district/conflicts?lang=en").await;
    assert!(open.shows(&shown) && open.shows("Gate A") && open.shows("Gate B") && open.shows("Two admissions"), "{}", open.body);
    // Both phones are told which gates it was, until somebody settles it. The first to settle has the word.
    assert_eq!((&told.json["conflicts"][0]["gate"], &told.json["conflicts"][0]["first_gate"]), (&json!("Gate B"), &json!("Gate A")));
    for how in ["same_person", "two_people"] {
        assert_eq!(officer.post(&format!("/district/conflicts/{}", scan_id(2)), &[("how", how)]).await.status, 303);
    }
    assert_eq!(app.rows("select settlement || ' ' || settled_by from conflict").await, ["same_person user:officer"]);
    assert_eq!(a.sync(Vec::new()).await.json["conflicts"], json!([]));
}

async fn an_admission_is_taken_back_within_the_minute(app: TestApp) {
    let tokens = issue(&app, NOON, 1..4).await;
    let (mut gate, mut other) = (app.gate(MEKAHARA, "Gate A").await, app.gate(MEKAHARA, "Gate B").await);
    let numbers: Vec<_> = tokens.iter().map(Answer::number).collect();
    let now = app.core.clock.now();
    gate.sync((0..3).map(|n| admitted(n, &numbers[n as usize], now)).collect()).await;
    assert_eq!(outcomes(&other.sync(vec![taken_back(10, "undo", &numbers[0], 0, now + 60)]).await), ["stored undo"]);
    let undone = gate
        .sync(vec![
            taken_back(11, "undo", &numbers[0], 0, now + 60),
            taken_back(12, "undo", &numbers[1], 1, now + 66),
            taken_back(13, "wrong_person", &numbers[2], 2, now + 600),
            taken_back(14, "undo", &numbers[2], 2, now + 30),
        ])
        .await;
    assert_eq!(outcomes(&undone), ["stored", "stored undo", "stored", "stored undo"]);
    assert_eq!(app.rows("select state from token order by serial").await, ["issued", "admitted", "issued"]);
    // Given back, it is good again.
    assert_eq!(outcomes(&gate.sync(vec![admitted(20, &numbers[0], now + 90)]).await), ["stored"]);
}

async fn whoever_else_came_in_on_a_token_is_in(app: TestApp) {
    let number = issue(&app, NOON, 1..2).await[0].number();
    let (mut a, mut b) = (app.gate(MEKAHARA, "Gate A").await, app.gate(MEKAHARA, "Gate B").await);
    let (now, state) = (app.core.clock.now(), || app.rows("select state from token"));
    assert_eq!(outcomes(&a.sync(vec![admitted(1, &number, now)]).await), ["stored"]);
    assert_eq!(outcomes(&b.sync(vec![admitted(2, &number, now)]).await), ["stored double"]);
    // The first one is taken back: the second one stands, and every phone hears whose it is.
    assert_eq!(outcomes(&a.sync(vec![taken_back(3, "undo", &number, 1, now + 9)]).await), ["stored"]);
    let told = a.sync(Vec::new()).await;
    assert_eq!(told.json["tokens"], json!([]), "told already, with the answer");
    assert_eq!(a.ask(scan_id(9), &number).await.json["token"]["admitted_gate"], json!("Gate B"));
    // A third one comes in and is taken back, which changes nothing for the second; then that one is taken back too.
    assert_eq!(
        outcomes(&a.sync(vec![admitted(4, &number, now), taken_back(5, "undo", &number, 4, now)]).await),
        ["stored double", "stored"]
    );
    assert_eq!(state().await, ["admitted"]);
    assert_eq!(outcomes(&b.sync(vec![taken_back(6, "undo", &number, 2, now + 9)]).await), ["stored"]);
    assert_eq!(state().await, ["issued"]);
}

async fn a_forged_slip_that_was_let_in_leaves_the_token_to_its_holder(app: TestApp) {
    let tokens = issue(&app, NOON, 1..3).await;
    app.set_clock(NOON);
    let mut gate = app.gate(MEKAHARA, "Gate A").await;
    let now = app.core.clock.now();
    // The gatekeeper could not check these and let both in: the first is a seller's own work, the second only unknown to the phone.
    let unverified = |id, token: &Answer, qr: String| {
        let mut scan = admitted(id, &token.number(), now);
        (scan["kind"], scan["reason"], scan["qr"]) = (json!("admit_anyway"), json!("unverified"), json!(qr));
        scan
    };
    let up = vec![unverified(1, &tokens[0], forged(tokens[0].text("qr"))), unverified(2, &tokens[1], tokens[1].text("qr").to_owned())];
    assert_eq!(outcomes(&gate.sync(up).await), ["stored not_genuine", "stored"]);
    assert_eq!(app.rows("select state from token order by serial").await, ["issued", "admitted"]);
    // The true holder comes in, and comes in still after an undo of that.
    assert_eq!(outcomes(&gate.sync(vec![admitted(3, &tokens[0].number(), now)]).await), ["stored"]);
    assert_eq!(outcomes(&gate.sync(vec![taken_back(4, "undo", &tokens[0].number(), 3, now)]).await), ["stored"]);
    assert_eq!(app.rows("select state from token order by serial").await, ["issued", "admitted"]);
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let page = officer.get("/district/conflicts?lang=en").await;
    assert!(page.shows("Let in unverified, on a slip that is not genuine"), "{}", page.body);
}

async fn the_server_says_admitted_or_why_not(app: TestApp) {
    app.set_clock("2021-03-30 10:30");
    let early = issue(&app, "2021-03-30 10:00", 1..2).await;
    app.set_clock("2021-03-30 11:07");
    let (noon, two) = (issue(&app, NOON, 2..4).await, issue(&app, "2021-03-30 14:00", 4..5).await);
    let tomorrow = issue(&app, "2021-03-31 12:00", 5..6).await;
    let (clerk, door) = (app.clerk("RPR-Z2").await, app.operator(MEKAHARA).await);
    let elsewhere = clerk.issue(app.slot("RPR-FAFADIH", NOON), &Person::new(6)).await;
    clerk.cancel(&noon[1].number()).await;

    let first = door.scan_as("s", noon[0].text("qr")).await;
    assert_eq!(first.said(), "200 admitted");
    assert_eq!(door.scan_as("s", noon[0].text("qr")).await, first);
    assert_eq!(door.scan_as("s", two[0].text("qr")).await.said(), "422 id_reused");
    app.pass(60);
    let again = door.scan(&noon[0].number()).await;
    insta::assert_snapshot!(format!("{} {}", again.said(), again.json["detail"]), @r#"200 already_admitted {"admitted_at":"2021-03-30T11:07:00+05:30","call_number":"03-001","starts_at":"2021-03-30T12:00:00+05:30"}"#);
    let wrong = door.scan(elsewhere.text("qr")).await;
    assert_eq!((wrong.said(), wrong.json["detail"]["centre"].as_str()), ("200 wrong_centre".into(), Some("RPR-FAFADIH")));
    for (token, said) in [
        (tomorrow[0].text("qr"), "200 wrong_day"),
        (two[0].text("qr"), "200 too_early"),
        (noon[1].text("qr"), "200 cancelled"),
        (&*forged(two[0].text("qr")), "200 not_genuine"),
        ("upi://pay?pa=demo@example&am=100", "200 not_ours"),
        ("4821093757", "422 invalid"),
        ("48210", "422 invalid"),
    ] {
        assert_eq!(door.scan(token).await.said(), said, "{token}");
    }
    let late = door.scan(early[0].text("qr")).await;
    assert_eq!((late.said(), late.json["late"].as_bool()), ("200 admitted".into(), Some(true)));
    app.set_clock("2021-03-30 17:01");
    assert_eq!(door.scan(two[0].text("qr")).await.said(), "200 too_late");
    assert_eq!(door.scan(&elsewhere.number()).await.said(), "200 wrong_centre");

    // The same claims, signed by somebody else under the name of our key.
    let slip = Unverified::read(tomorrow[0].text("qr")).expect("a slip");
    let stranger = Signer::new(slip.kid, &Signer::new_key().expect("a key")).expect("a signer");
    app.set_clock("2021-03-31 12:10");
    assert_eq!(door.scan(&qr_text(&app.url, &stranger.sign(&slip.claims))).await.said(), "200 not_genuine");
    let rows = json!([{ "id": scan_id(1), "token": "48210" }, { "token": tomorrow[0].text("qr") }, { "id": scan_id(2), "token": tomorrow[0].text("qr") }]);
    let batch = door.scan_batch(rows).await;
    let [bad, without_id, good] = [0, 1, 2].map(|row| &batch.json["answers"][row]);
    assert_eq!(
        (bad["error"].as_str(), without_id["error"].as_str(), good["scan"]["verdict"].as_str()),
        (Some("invalid"), Some("invalid"), Some("admitted"))
    );
    // A bad row says as much as a call of its own would.
    let problem = (&bad["problem"]["status"], &bad["problem"]["fields"]);
    assert_eq!(
        problem,
        (&json!(422), &json!([{ "field": "token", "code": "bad_number_length", "detail": "A token number has ten digits." }]))
    );
}

async fn eight_scans_at_once_admit_once(app: TestApp) {
    let tokens = issue(&app, NOON, 1..3).await;
    let door = app.operator(MEKAHARA).await;
    let keys: Vec<_> = (0..8).map(|n| format!("scan {n}")).collect();
    let answers = join_all(keys.iter().map(|key| door.scan_as(key, tokens[0].text("qr")))).await;
    assert_eq!(tally(&answers), "1× 200 admitted, 7× 200 already_admitted");
    let answers = join_all((0..8).map(|_| door.scan_as("one", tokens[1].text("qr")))).await;
    assert_eq!(tally(&answers), "8× 200 admitted");
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(app.count("scan").await, 9);
}

async fn an_old_slip_stands_for_the_newer_time(app: TestApp) {
    let token = issue(&app, NOON, 1..2).await.remove(0);
    let (clerk, door) = (app.clerk("RPR-Z2").await, app.operator(MEKAHARA).await);
    clerk.reschedule(&token.number(), app.slot(MEKAHARA, "2021-03-30 15:00")).await;
    assert_eq!(door.scan(token.text("qr")).await.said(), "200 rescheduled");
    app.set_clock("2021-03-30 14:30");
    let admitted = door.scan(token.text("qr")).await;
    assert_eq!((admitted.said(), admitted.json["detail"]["call_number"].as_str()), ("200 admitted".into(), Some("06-001")));
}

async fn a_genuine_token_without_a_row_is_admitted_once(app: TestApp) {
    let token = issue(&app, NOON, 1..2).await.remove(0);
    let (door, mut gate) = (app.operator(MEKAHARA).await, app.gate(MEKAHARA, "Gate A").await);
    app.tamper("delete from token").await;
    assert_eq!(door.scan(&token.number()).await.said(), "200 cannot_check");
    assert_eq!(door.scan(&forged(token.text("qr"))).await.said(), "200 not_genuine");
    assert_eq!(door.scan(token.text("qr")).await.said(), "200 admitted");
    app.pass(60);
    let again = door.scan(token.text("qr")).await;
    assert_eq!(
        (again.said(), again.json["detail"]["admitted_at"].as_str()),
        ("200 already_admitted".into(), Some("2021-03-30T11:07:00+05:30"))
    );
    let uploaded = gate.sync(vec![admitted(1, &token.number(), app.core.clock.now())]).await;
    assert_eq!(outcomes(&uploaded), ["stored double"]);
}

async fn a_database_that_forgot_hears_it_again(app: TestApp) {
    let token = issue(&app, NOON, 1..2).await.remove(0);
    let (mut gate, mut other) = (app.gate(MEKAHARA, "Gate A").await, app.gate(MEKAHARA, "Gate B").await);
    let scan = || vec![admitted(1, &token.number(), app.core.clock.now())];
    assert_eq!(outcomes(&gate.sync(scan()).await), ["stored"]);
    let before = gate.sync(Vec::new()).await.json["epoch"].clone();
    // As a copy would be that was made before the scan.
    app.tamper("delete from scan").await;
    app.tamper("update token set state = 'issued', admitted_at = null, admitted_by = null").await;
    app.tamper("delete from change where changed > 1").await;
    app.tamper("update centre set changed = 1 where changed > 1").await;
    let told = gate.sync(Vec::new()).await;
    assert_eq!((told.json["epoch"] == before, &told.json["cursor"], &told.json["more"]), (false, &json!(0), &json!(true)));
    // It begins anew and sends again what was taken once; the others hear of the epoch too, and it stays what it is now.
    let again = gate.sync(scan()).await;
    assert_eq!((outcomes(&again), &again.json["tokens"][0]["state"]), (vec!["stored".to_owned()], &json!("admitted")));
    assert_eq!((&again.json["epoch"], &other.sync(Vec::new()).await.json["epoch"]), (&told.json["epoch"], &told.json["epoch"]));
    assert_eq!((app.rows("select state from token").await, app.count("scan").await), (vec!["admitted".to_owned()], 1));
    // Who says so again within the hour begins anew alone.
    gate.sync(Vec::new()).await;
    app.tamper("delete from change where changed > 1").await;
    app.tamper("update centre set changed = 1 where changed > 1").await;
    let once_more = gate.sync(Vec::new()).await;
    assert_eq!((&once_more.json["epoch"], &once_more.json["cursor"]), (&told.json["epoch"], &json!(0)));
}

async fn somebody_turned_back_leaves_with_a_new_time_and_one_only(app: TestApp) {
    let token = issue(&app, "2021-03-30 15:00", 1..2).await.remove(0);
    let gate = app.gate(MEKAHARA, "Gate A").await;
    let first = gate.new_slot("a1", &token.number()).await;
    assert_eq!((first.said(), first.json["slot"].as_i64()), ("200 issued".into(), Some(app.slot(MEKAHARA, "2021-03-30 11:00"))));
    assert_eq!(gate.new_slot("a1", &token.number()).await, first, "a retry of the same wish");
    assert_eq!(app.gate("RPR-FAFADIH", "Gate").await.new_slot("a2", &token.number()).await.said(), "404 not_found");
    // Where today's session is for others, it is the next day that has a place.
    app.tamper("update session set min_age = 110 where day = '2021-03-30'").await;
    let tomorrow = gate.new_slot("a3", &token.number()).await;
    assert!(tomorrow.text("starts_at").starts_with("2021-03-31T"), "{tomorrow:?}");
}

async fn an_enrolment_whose_answer_was_lost_is_asked_for_again(app: TestApp) {
    let code = app.gate_code(MEKAHARA, "Gate A").await;
    let enrol = |secret: &str| {
        let client = reqwest::Client::new();
        client.post(format!("{}/api/gate/enrol", app.url)).json(&json!({ "code": code, "secret": secret })).send()
    };
    let own = "a secret that the phone itself has drawn, at random";
    for _ in 0..2 {
        let answer = enrol(own).await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.json::<Value>().await.expect("JSON")["secret"], json!(own));
    }
    assert_eq!(enrol("another secret of some other phone, drawn at random").await.expect("an answer").status().as_u16(), 404);
    assert_eq!(enrol("guessable").await.expect("an answer").status().as_u16(), 422);
    assert_eq!((app.count("gate").await, app.count("journal where act = 'enrol_gate'").await), (1, 1));
    assert_eq!(app.rows("select cast(count(*) as text) from lane where gate_id is not null").await, ["2"]);
}

async fn what_was_given_out_after_a_copy_is_never_given_out_again(app: TestApp) {
    let slot = app.slot(MEKAHARA, "2021-03-30 11:00");
    let before = app.rows("select name || '=' || value from counter where name = 'token'").await;
    let lost = app.clerk("RPR-Z2").await.issue(slot, &Person::new(1)).await;
    let mut gate = app.gate(MEKAHARA, "Gate A").await;
    assert_eq!(outcomes(&gate.sync(vec![admitted(1, &lost.number(), app.core.clock.now())]).await), ["stored"]);
    let serial = app.rows("select cast(serial as text) from token").await;
    // As a copy would be that was made before all of this.
    for sql in ["delete from token", "delete from change", "delete from scan", "delete from message"] {
        app.tamper(sql).await;
    }
    app.tamper_unguarded("delete from journal where act = 'issue_token'").await;
    app.tamper("update slot set taken = 0, serials = 0").await;
    app.tamper("update share set taken = 0").await;
    match before.first().and_then(|row| row.split_once('=')) {
        Some((_, value)) => app.tamper(&format!("update counter set value = {value} where name = 'token'")).await,
        None => app.tamper("delete from counter where name = 'token'").await,
    }
    app.another().await.core.restored().await.expect("restored");

    let server = app.another().await;
    let clerk = app.clerk("RPR-Z2").await.at(&server.url);
    let fresh = clerk.issue(slot, &Person::new(2)).await;
    assert_eq!(fresh.said(), "201 issued");
    assert_ne!(fresh.number(), lost.number());
    assert_ne!(app.rows("select cast(serial as text) from token").await, serial);
    // The phone sends again what it wrote; the admission is known before anybody knows the token.
    assert_eq!(outcomes(&gate.sync(vec![admitted(1, &lost.number(), app.core.clock.now())]).await), ["stored"]);
    assert_eq!(app.count("scan where stranger").await, 1);
}
