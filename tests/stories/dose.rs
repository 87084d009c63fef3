//! Stories of the dose: recorded once, checked against what is known, and in line for the portal.

use baari::domain::place::Role;
use serde_json::json;

use crate::support::callers::{Answer, Caller, Person};
use crate::support::{TestApp, at, on_both};

const MEKAHARA: &str = "RPR-MEKAHARA";

on_both! {
    a_dose_is_recorded_once_however_often_it_is_sent,
    two_operators_record_the_same_person_once,
    the_code_is_right_or_there_is_a_reason,
    the_interval_is_by_the_rule_of_the_booking,
    somebody_with_another_card_is_asked_about,
    a_bad_row_holds_up_nobody,
    an_admission_that_comes_in_after_the_dose_is_no_conflict,
    a_dose_after_its_deadline_waits_for_a_permission,
    whoever_was_let_in_elsewhere_gets_the_dose_there,
}

/// Somebody whose age tells them from everybody else here.
fn person(card: u32) -> Person {
    Person::new(card).born(1921 + 3 * i64::from(card))
}

/// Somebody's token for this morning, admitted, with its code.
async fn admitted(app: &TestApp, person: &Person) -> (String, String) {
    let answer = app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), person).await;
    assert_eq!(answer.said(), "201 issued");
    let number = answer.number();
    assert_eq!(app.operator(MEKAHARA).await.scan(&number).await.said(), "200 admitted");
    (number, answer.text("secret_code").to_owned())
}

/// A code that is not this one.
fn wrong(code: &str) -> String {
    format!("{:04}", (code.parse::<u32>().expect("digits") + 1) % 10_000)
}

fn told(answer: &Answer) -> String {
    ["dose", "vaccine", "given_at", "due_at", "late"].map(|field| answer.json[field].to_string()).join(" ")
}

async fn a_dose_is_recorded_once_however_often_it_is_sent(app: TestApp) {
    let (number, code) = admitted(&app, &person(1)).await;
    let operator = app.operator(MEKAHARA).await;
    let sent = json!({ "code": code, "time": "11:05" });
    let answers = futures_util::future::join_all((0..8).map(|_| operator.dose("jab", &number, sent.clone()))).await;
    assert_eq!(answers[0].status, 201, "{:?}", answers[0]);
    insta::assert_snapshot!(told(&answers[0]), @r#"1 "covishield" "2021-03-30T11:05:00+05:30" "2021-04-01T11:05:00+05:30" false"#);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let written = "dose.state || ' ' || upload.state from (select dose.id, token.state from dose join token on token.number = dose.token) dose \
                   join upload on upload.dose_id = dose.id";
    assert_eq!(app.rows(&format!("select {written}")).await, ["vaccinated waiting"]);
    assert_eq!((app.count("dose").await, app.count("observation").await), (1, 1));

    // The same key says nothing else, and another key does not make a second dose.
    assert_eq!(operator.dose("jab", &number, json!({ "code": code, "time": "11:06" })).await.said(), "422 id_reused");
    let again = operator.dose("again", &number, sent).await;
    insta::assert_snapshot!(again.explained(), @"409 dose_recorded: Dose 1 of this person is on record already, given on Tue 30 March 2021.");
    // The gates hear of it: issued, admitted, vaccinated.
    assert_eq!(app.count(&format!("change where number = {number}")).await, 3);
    // A clerk's program records nothing, and another centre's knows of no such token.
    assert_eq!(app.clerk("RPR-Z1").await.dose("x", &number, json!({ "code": code })).await.said(), "403 forbidden");
    assert_eq!(app.operator("RPR-FAFADIH").await.dose("x", &number, json!({ "code": code })).await.said(), "404 not_found");
}

async fn two_operators_record_the_same_person_once(app: TestApp) {
    let (number, code) = admitted(&app, &person(1)).await;
    let other = app.another().await;
    let one = app.operator(MEKAHARA).await;
    let two = app.caller("second", Role::Operator, MEKAHARA).await.at(&other.url);
    for round in 0..4 {
        let person = person(2 + round);
        let (by_token, by_card) = (json!({ "code": code }), json!({ "centre": MEKAHARA }));
        let key = format!("k{round}");
        let (first, second) = if round == 0 {
            tokio::join!(one.dose(&key, &number, by_token.clone()), two.dose(&key, &number, by_token))
        } else {
            tokio::join!(one.dose_of(&key, &person, by_card.clone()), two.dose_of(&key, &person, by_card))
        };
        let mut said = [first.status, second.status];
        said.sort_unstable();
        assert_eq!(said, [201, 409], "{first:?} {second:?}");
    }
    assert_eq!((app.count("dose").await, app.count("upload").await, app.count("beneficiary").await), (4, 4, 4));
}

async fn the_code_is_right_or_there_is_a_reason(app: TestApp) {
    let (number, code) = admitted(&app, &person(1)).await;
    let operator = app.operator(MEKAHARA).await;
    let missing = operator.dose("none", &number, json!({})).await;
    assert_eq!((missing.said(), missing.fields()), ("422 invalid".into(), "code bad_code".into()));
    let bad = wrong(&code);
    let first = operator.dose("w1", &number, json!({ "code": bad })).await;
    insta::assert_snapshot!(first.explained(), @"409 wrong_code: The secret code is wrong. Tries left: 4.");
    // A wrong code counts once, however often it is sent.
    assert_eq!(operator.dose("w1", &number, json!({ "code": bad })).await, first);
    for (key, left) in [("w2", 3), ("w3", 2), ("w4", 1), ("w5", 0)] {
        let answer = operator.dose(key, &number, json!({ "code": bad })).await;
        assert_eq!(answer.json["refusal"]["left"].as_i64(), Some(left));
    }
    assert_eq!(operator.dose("right", &number, json!({ "code": code })).await.said(), "409 code_locked");
    let reason = operator.dose("why", &number, json!({ "no_code": "locked" })).await;
    assert_eq!(reason.status, 201, "{reason:?}");
    assert_eq!(app.rows("select no_code_reason from dose").await, ["locked"]);
}

async fn the_interval_is_by_the_rule_of_the_booking(app: TestApp) {
    // Booked on 30 March: 42 days. From 13 May the rule is 84.
    let april = "RPR-MEKAHARA,2021-05-20,covishield,1 2,18,200,10:00,11:00,60,5,,2021-03-30 00:00,2021-05-20 10:00\n";
    app.field(&[&format!("{}{april}", crate::support::SESSION_COLUMNS)]).await;
    let operator = app.operator(MEKAHARA).await;
    let slot = app.slot(MEKAHARA, "2021-05-20 10:00");
    app.set_clock("2021-04-10 09:00");
    let early = operator.issue_second(slot, &person(1), "covishield", "2021-04-09").await;
    assert_eq!(early.said(), "409 too_soon");
    let booked = operator.issue_second(slot, &person(1), "covishield", "2021-04-08").await;
    assert_eq!(booked.said(), "201 issued", "{booked:?}");
    let code = json!({ "code": booked.text("secret_code") });
    app.set_clock("2021-05-19 10:30");
    assert_eq!(operator.dose("soon", &booked.number(), code.clone()).await.said(), "409 too_soon");
    app.set_clock("2021-05-20 10:30");
    let given = operator.dose("due", &booked.number(), code).await;
    assert_eq!((given.status, given.json["dose"].as_i64()), (201, Some(2)), "{given:?}");

    // Without a booking the rule of the day counts; a fact is recorded all the same, and says so.
    let walked_in = person(2);
    let day = |date: &str| json!({ "date": date, "time": "10:00" });
    assert_eq!(operator.dose_of("first", &walked_in, day("2021-04-08")).await.status, 201);
    assert_eq!(operator.dose_of("second", &walked_in, json!({ "date": "2021-05-20", "time": "10:00" })).await.said(), "409 too_soon");
    let despite = json!({ "date": "2021-05-20", "time": "10:00", "despite": true });
    let given = operator.dose_of("all the same", &walked_in, despite).await;
    assert_eq!((given.status, given.text("despite")), (201, "too_soon"));
    let third = operator.dose_of("third", &walked_in, json!({ "dose": 3, "despite": true })).await;
    assert_eq!((third.said(), third.fields()), ("422 invalid".into(), "dose bad_choice".into()));
}

async fn somebody_with_another_card_is_asked_about(app: TestApp) {
    let operator = app.operator(MEKAHARA).await;
    let march = json!({ "date": "2021-02-10", "time": "10:00" });
    let ram = |card| Person::new(card).mobile("9876543210");
    assert_eq!(operator.dose_of("first", &ram(1), march).await.status, 201);
    let asked = operator.dose_of("card 2", &ram(2).with("name", "Ram Prasad"), json!({})).await;
    assert_eq!(asked.said(), "409 same_person");
    let like = &asked.json["refusal"]["people"][0];
    assert_eq!((like["dose"].as_i64(), like["mobile_end"].as_str()), (Some(1), Some("210")));
    // His wife under the same number is somebody else.
    let wife = ram(3).with("gender", "female").with("name", "सीता");
    assert_eq!(operator.dose_of("wife", &wife, json!({})).await.json["dose"].as_i64(), Some(1));
    // The same: it is his second dose. A brother: it is a first.
    let same = json!({ "lookalike": like["person"] });
    assert_eq!(operator.dose_of("same", &ram(2), same).await.json["dose"].as_i64(), Some(2));
    let brother = operator.dose_of("brother", &ram(4), json!({ "lookalike": "others" })).await;
    assert_eq!((brother.status, brother.json["dose"].as_i64()), (201, Some(1)));
    assert_eq!(app.count("beneficiary").await, 3);
}

async fn a_bad_row_holds_up_nobody(app: TestApp) {
    let operator = app.operator(MEKAHARA).await;
    let row = |id: &str, card: u32| {
        json!({ "id": id, "vaccine": "covishield", "batch": "4120Z001", "vaccinator": "S. Devi", "date": "2021-03-29", "time": "15:00",
            "person": { "name": "राम", "birth_year": 1921 + 3 * card, "gender": "male", "id_type": "voter_id", "id_number": format!("CGR{card:07}") } })
    };
    let mut bad = row("bad", 2);
    bad["vaccine"] = json!("sputnik");
    let mut early = row("early", 3);
    early["date"] = json!("2021-04-05");
    let rows = json!([row("a", 1), bad, 17, early, row("c", 4), row("d", 4)]);
    let outcome = |answer: &Answer| {
        let rows = answer.json["answers"].as_array().expect("answers").iter();
        rows.map(|row| row["error"].as_str().unwrap_or("recorded").to_owned()).collect::<Vec<_>>()
    };
    let answer = operator.dose_batch(rows.clone()).await;
    assert_eq!(outcome(&answer), ["recorded", "invalid", "malformed", "invalid", "recorded", "dose_recorded"]);
    assert_eq!(operator.dose_batch(rows).await, answer);
    assert_eq!(app.count("journal where act = 'record_batch'").await, 1);
    assert_eq!(app.count("journal where act = 'record_batch' and subject like 'doses:2 dose:%'").await, 1);
    // However often a file is sent, a wrong code in it is one try.
    let token = app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), &Person::new(9)).await;
    let right = token.text("secret_code").to_owned();
    let with_code = |code: &str| {
        json!([{ "id": "slip", "token": token.number(), "code": code, "vaccine": "covishield", "batch": "4120Z001",
            "vaccinator": "S. Devi", "date": "2021-03-30", "time": "11:00" }])
    };
    let wrong = if right == "0000" { "1111" } else { "0000" };
    for _ in 0..6 {
        let said = operator.dose_batch(with_code(wrong)).await;
        assert_eq!(outcome(&said), ["wrong_code"], "{said:?}");
        assert_eq!(said.json["answers"][0]["problem"]["refusal"]["left"], json!(4));
    }
    assert_eq!(app.rows("select cast(code_tries as text) from token").await, ["1"]);
    assert_eq!(outcome(&operator.dose_batch(with_code(&right)).await), ["recorded"]);
    app.tamper("delete from upload where dose_id in (select id from dose where token is not null)").await;
    app.tamper("delete from observation where dose_id in (select id from dose where token is not null)").await;
    app.tamper("delete from dose where token is not null").await;
    // A mended row goes under the id it had.
    assert_eq!(outcome(&operator.dose_batch(json!([row("bad", 2)])).await), ["recorded"]);
    assert_eq!(app.count("dose").await, 3);
}

async fn an_admission_that_comes_in_after_the_dose_is_no_conflict(app: TestApp) {
    let clerk: Caller = app.clerk("RPR-Z2").await;
    let issued = clerk.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), &person(1)).await;
    let mut gate = app.gate(MEKAHARA, "A").await;
    let operator = app.operator(MEKAHARA).await;
    assert_eq!(operator.dose("jab", &issued.number(), json!({ "code": issued.text("secret_code") })).await.status, 201);
    let scan = crate::support::gates::admitted(1, &issued.number(), at("2021-03-30 10:55"));
    gate.sync(vec![scan]).await;
    assert_eq!((app.count("scan").await, app.count("conflict").await), (1, 0));
    assert_eq!(app.rows("select state from token").await, ["vaccinated"]);
}

async fn a_dose_after_its_deadline_waits_for_a_permission(app: TestApp) {
    let operator = app.operator(MEKAHARA).await;
    let given = operator.dose_of("old", &person(1), json!({ "date": "2021-03-28", "time": "11:06" })).await;
    assert_eq!((given.status, given.json["late"].as_bool()), (201, Some(true)));
    let given = operator.dose_of("in time", &person(2), json!({ "date": "2021-03-28", "time": "11:08" })).await;
    assert_eq!((given.status, given.json["late"].as_bool()), (201, Some(false)));
    assert_eq!(app.rows("select state from upload order by due_at").await, ["closed", "waiting"]);
}

async fn whoever_was_let_in_elsewhere_gets_the_dose_there(app: TestApp) {
    let issued = app.clerk("RPR-Z2").await.issue(app.slot("RPR-FAFADIH", "2021-03-30 11:00"), &person(1)).await;
    let (number, code) = (issued.number(), json!({ "code": issued.text("secret_code") }));
    let here = app.operator(MEKAHARA).await;
    let desk = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    assert_eq!(here.dose("early", &number, code.clone()).await.said(), "404 not_found");
    assert!(!desk.get(&format!("/centre?q={number}")).await.shows("name=\"code\""));
    // The gatekeeper's supervisor lets them in all the same.
    let mut scan = crate::support::gates::admitted(1, &number, at("2021-03-30 11:05"));
    (scan["kind"], scan["reason"]) = (json!("admit_anyway"), json!("wrong_centre"));
    app.gate(MEKAHARA, "A").await.sync(vec![scan]).await;
    assert!(desk.get("/centre").await.shows(&format!("/centre?q={number}")));
    let page = desk.get(&format!("/centre?q={number}&lang=en")).await;
    assert!(page.shows("name=\"code\""), "{}", page.body);
    let third = app.caller("third", Role::Operator, "RPR-KHAMTARAI").await;
    assert_eq!(third.dose("third", &number, code.clone()).await.said(), "404 not_found");
    assert_eq!(here.dose("jab", &number, code).await.status, 201);
    let written = app
        .rows(
            "select centre.code || ' ' || token.state from dose join centre on centre.id = dose.centre_id \
                              join token on token.number = dose.token",
        )
        .await;
    assert_eq!(written, ["RPR-MEKAHARA vaccinated"]);
}
