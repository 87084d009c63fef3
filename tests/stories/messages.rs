//! Stories of messages: a fact makes one, it goes out at its hour, and everybody can see what became of it.

use std::time::Duration;

use crate::support::callers::{Answer, Person};
use crate::support::program::Program;
use crate::support::sms::{Mood, SmsGateway};
use crate::support::{TestApp, on_both, state_officer};
use baari::actions::stop_session::stop_session;

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOON: &str = "2021-03-30 12:00";
const SITA: &str = "9876543210";

on_both! {
    a_fact_makes_one_message_however_often_it_is_retried,
    what_no_longer_holds_is_not_told,
    a_gateway_that_is_down_is_tried_by_one_and_loses_nothing,
    a_cut_off_try_is_repeated_once_and_no_more,
    reports_settle_what_became_of_a_message,
    nights_are_quiet_but_for_a_stopped_session,
    whoever_comes_tomorrow_is_reminded_once,
}

fn sita(card: u32) -> Person {
    Person::new(card).mobile(SITA).with("name", "सीता बाई").with("gender", "female")
}

async fn issue(app: &TestApp, card: u32, starts: &str) -> Answer {
    let token = app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, starts), &sita(card)).await;
    assert_eq!(token.said(), "201 issued");
    token
}

/// What the messages stand at, in the order in which they were made.
async fn states(app: &TestApp) -> Vec<String> {
    app.rows("select template || ' ' || state from message order by made_at, template, state").await
}

/// Waits until the messages stand so, for at most five seconds.
async fn until(app: &TestApp, wanted: &[&str]) {
    for _ in 0..100 {
        if states(app).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(states(app).await, wanted);
}

async fn a_fact_makes_one_message_however_often_it_is_retried(app: TestApp) {
    let gateway = SmsGateway::open().await;
    let clerk = app.clerk("RPR-Z2").await;
    let (noon, later) = (app.slot(MEKAHARA, NOON), app.slot(MEKAHARA, "2021-03-30 14:00"));
    let token = clerk.issue_as("one", noon, &sita(1)).await;
    assert_eq!(clerk.issue_as("one", noon, &sita(1)).await, token);
    // Somebody without a phone has the slip in hand, and nobody has to call.
    assert_eq!(clerk.issue(noon, &Person::new(2)).await.said(), "201 issued");
    assert_eq!(states(&app).await, ["token_issued waiting"]);

    let _workers = gateway.serves(&app);
    // The clerk may still take the token back.
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(gateway.calls().len(), 0);
    app.pass(61);
    until(&app, &["token_issued sent"]).await;
    let (number, code, link) = (token.number(), token.text("secret_code"), token.text("link"));
    let spaced = format!("{} {} {}", &number[..4], &number[4..8], &number[8..]);
    let told = format!(
        "सीता (1954): टीके का टोकन {spaced}, मंगल 30 मार्च, दोपहर 12:00, मेकाहारा। कॉल नंबर {}, गुप्त कोड {code}। पहचान-पत्र लाएँ। {link}",
        token.text("call_number")
    );
    assert_eq!(gateway.texts_to(SITA), [told.as_str()]);
    // The code stands in no table of messages.
    assert_eq!(app.rows("select text from message").await, [told.replace(code, "{code}")]);

    let moved = clerk.reschedule_as("two", &number, later).await;
    assert_eq!(clerk.reschedule_as("two", &number, later).await, moved);
    until(&app, &["token_issued sent", "token_moved sent"]).await;
    app.pass(1);
    clerk.cancel_as("three", &number, "ill").await;
    clerk.cancel_as("three", &number, "ill").await;
    until(&app, &["token_issued sent", "token_moved sent", "token_cancelled sent"]).await;
    let texts = gateway.texts_to(SITA);
    assert_eq!(texts.len(), 3);
    assert!(texts[1].contains("अब मंगल 30 मार्च, दोपहर 2:00") && texts[2].contains("रद्द हो गया"), "{texts:?}");
}

async fn what_no_longer_holds_is_not_told(app: TestApp) {
    let gateway = SmsGateway::open().await;
    let clerk = app.clerk("RPR-Z2").await;
    let moved = issue(&app, 1, NOON).await.number();
    let cancelled = issue(&app, 2, NOON).await.number();
    app.pass(1);
    clerk.reschedule(&moved, app.slot(MEKAHARA, "2021-03-30 14:00")).await;
    clerk.cancel(&cancelled).await;
    app.pass(61);
    let _workers = gateway.serves(&app);
    until(&app, &["token_issued overtaken", "token_issued overtaken", "token_cancelled sent", "token_moved sent"]).await;
    assert_eq!(gateway.calls().len(), 2);
    // Time runs out for what could not be sent.
    gateway.is(Mood::Down);
    issue(&app, 3, "2021-03-30 13:00").await;
    app.set_clock("2021-03-30 14:01");
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(states(&app).await.last().map(String::as_str), Some("token_issued expired"));
}

async fn a_gateway_that_is_down_is_tried_by_one_and_loses_nothing(app: TestApp) {
    let gateway = SmsGateway::open().await;
    gateway.is(Mood::Down);
    for card in 1..=9 {
        let person = Person::new(card).mobile(&format!("98765432{card:02}"));
        assert_eq!(
            app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, if card < 5 { NOON } else { "2021-03-30 15:00" }), &person).await.status,
            201
        );
    }
    app.pass(61);
    let _workers = gateway.serves(&app);
    for _ in 0..100 {
        if app.count("gateway_down").await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(app.rows("select words from gateway_down").await, [r#"503: {"status":"come later"}"#]);
    let tried = app.rows("select cast(sum(tries) as text) from message").await[0].parse::<i64>().expect("a number");
    assert!((5..=8).contains(&tried), "{tried}");
    // Until it is tried again nothing is, and then one message only.
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(app.rows("select cast(sum(tries) as text) from message").await, [tried.to_string()]);
    app.pass(16);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(app.rows("select cast(sum(tries) as text) from message").await, [(tried + 1).to_string()]);
    gateway.is(Mood::Well);
    app.pass(3600);
    until(&app, &["token_issued sent"; 9]).await;
    assert_eq!((gateway.calls().len(), app.count("gateway_down").await), (9, 0));
}

async fn a_cut_off_try_is_repeated_once_and_no_more(app: TestApp) {
    let gateway = SmsGateway::open().await;
    gateway.is(Mood::Mute);
    issue(&app, 1, "2021-03-30 15:00").await;
    app.pass(61);
    let _workers = gateway.serves(&app);
    until(&app, &["token_issued sending"]).await;
    for _ in 0..4 {
        app.pass(121);
        tokio::time::sleep(Duration::from_millis(1200)).await;
    }
    // The gateway had it twice at most; now somebody has to call.
    assert_eq!(gateway.calls().len(), 2);
    assert_eq!(gateway.texts_to(SITA)[0], gateway.texts_to(SITA)[1]);
    assert_eq!(states(&app).await, ["token_issued failed"]);
}

async fn reports_settle_what_became_of_a_message(app: TestApp) {
    let gateway = SmsGateway::open().await;
    let _workers = gateway.serves(&app);
    issue(&app, 1, NOON).await;
    app.pass(61);
    until(&app, &["token_issued sent"]).await;
    let call = gateway.calls().remove(0);
    let report = call["report"].as_str().expect("an address");
    let client = reqwest::Client::new();
    let says = async |address: &str, status: &str| {
        let body = serde_json::json!({ "status": status, "words": "by the network" });
        client.post(address).json(&body).send().await.expect("an answer").status().as_u16()
    };
    // The field of the report is a JSON pointer; whoever does not know the code reports nothing.
    let forged = format!("{}x", &report[..report.len() - 1]);
    assert_eq!(says(&forged, "delivered").await, 404);
    assert_eq!(says(report, "something else").await, 200);
    assert_eq!(states(&app).await, ["token_issued sent"]);
    assert_eq!(says(report, "undelivered").await, 200);
    assert_eq!(states(&app).await, ["token_issued failed"]);
    assert_eq!(says(report, "delivered").await, 200);
    assert_eq!(says(report, "accepted").await, 200);
    assert_eq!(says(report, "undelivered").await, 200);
    assert_eq!(states(&app).await, ["token_issued delivered"]);

    // Cut off, then reported: it does not go out again.
    gateway.is(Mood::Mute);
    issue(&app, 2, "2021-03-30 15:00").await;
    app.pass(61);
    until(&app, &["token_issued delivered", "token_issued sending"]).await;
    let report = gateway.calls().remove(1)["report"].as_str().expect("an address").to_owned();
    assert_eq!(says(&report, "accepted").await, 200);
    app.pass(300);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(states(&app).await, ["token_issued delivered", "token_issued sent"]);
    assert_eq!(gateway.calls().len(), 2);
}

async fn nights_are_quiet_but_for_a_stopped_session(app: TestApp) {
    let gateway = SmsGateway::open().await;
    app.set_clock("2021-03-30 21:30");
    let token = issue(&app, 1, "2021-03-31 12:00").await;
    assert_eq!(app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, "2021-03-31 12:00"), &Person::new(2)).await.status, 201);
    app.pass(61);
    let _workers = gateway.serves(&app);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(states(&app).await, ["token_issued waiting"]);
    let session = app.core.board().field.sessions.iter().find(|session| session.day.to_string() == "2021-03-31").expect("a session").id;
    for stopped in [true, true] {
        stop_session(&app.core, &state_officer(), session, stopped).await.expect("stopped");
    }
    // Whoever has no phone is called.
    until(&app, &["token_issued waiting", "session_stopped no_phone", "session_stopped sent"]).await;
    assert!(gateway.texts_to(SITA)[0].contains("टीकाकरण रुक गया है"), "{:?}", gateway.calls());
    app.pass(60);
    stop_session(&app.core, &state_officer(), session, false).await.expect("going on");
    let night = ["token_issued waiting", "session_stopped overtaken", "session_stopped sent", "session_resumed sent"];
    until(&app, &night).await;
    app.set_clock("2021-03-31 08:00");
    until(&app, &["token_issued sent", "session_stopped overtaken", "session_stopped sent", "session_resumed sent"]).await;
    assert!(gateway.texts_to(SITA)[2].contains(token.text("secret_code")));
}

async fn whoever_comes_tomorrow_is_reminded_once(app: TestApp) {
    let gateway = SmsGateway::open().await;
    issue(&app, 1, "2021-03-31 12:00").await;
    issue(&app, 2, NOON).await;
    app.set_clock("2021-03-30 18:05");
    assert_eq!(issue_at(&app, 3, "2021-03-31 13:00").await, 201);
    for _ in 0..3 {
        baari::actions::send_messages::remind(&app.core).await.expect("reminded");
    }
    assert_eq!(app.count("message where template = 'reminder'").await, 1);
    app.pass(61);
    let _workers = gateway.serves(&app);
    let told = ["token_issued expired", "token_issued sent", "reminder sent", "token_issued sent"];
    until(&app, &told).await;
    assert!(gateway.texts_to(SITA).iter().any(|text| text.contains("टीका कल है, बुध 31 मार्च, दोपहर 12:00")));
}

async fn issue_at(app: &TestApp, card: u32, starts: &str) -> u16 {
    app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, starts), &sita(card)).await.status
}

mod a_process_killed_while_sending {
    use crate::support::database::Kind;
    use crate::support::tell;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sends_nothing_a_third_time() {
        tell(Kind::Sqlite, |app| super::killed_while_sending(app, false)).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sends_everything_once_where_the_gateway_knows_ids() {
        tell(Kind::Sqlite, |app| super::killed_while_sending(app, true)).await;
    }
}

/// Thirty messages, a slow gateway, and a real process that is killed three times in the middle.
async fn killed_while_sending(app: TestApp, once: bool) {
    const PEOPLE: u32 = 30;
    let (gateway, clerk) = (SmsGateway::open().await, app.clerk("RPR-Z2").await);
    for card in 0..PEOPLE {
        let slot = app.slot(MEKAHARA, &format!("2021-03-30 {}:00", 12 + card / 8));
        assert_eq!(clerk.issue(slot, &Person::new(card).mobile(&format!("98765432{card:02}"))).await.status, 201);
    }
    // The process goes by the system's clock.
    app.tamper("update slot set starts = 4000000000").await;
    app.tamper("update message set send_at = 0, expires_at = 4000000000").await;
    app.tamper("insert into setting (name, value) values ('messages', '{\"quiet_from\":0,\"quiet_until\":0}')").await;
    gateway.takes(Duration::from_millis(300));
    let folder = app.folder();
    let file = folder.join("sms.json");
    std::fs::write(&file, gateway.file(once)).expect("a file");
    let start = || Program::start(&folder, &["--sms", file.to_str().expect("a path")]);
    for kill in 1..=3 {
        let process = start();
        let before = gateway.calls().len();
        while gateway.calls().len() < before + 6 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        process.kill();
        let cut_off = app.count("message where state = 'sending'").await;
        assert!((1..=4).contains(&cut_off), "killed for the {kill}. time with {cut_off} under way");
        // Its lease ends.
        app.tamper("update message set leased_until = 0 where state = 'sending'").await;
    }
    gateway.takes(Duration::ZERO);
    let _process = start();
    for _ in 0..200 {
        if app.count("message where state in ('waiting', 'sending')").await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let calls = gateway.calls();
    let ids: std::collections::HashSet<_> = calls.iter().map(|call| call["id"].as_str()).collect();
    assert_eq!(ids.len(), PEOPLE as usize);
    assert!(calls.len() > ids.len(), "nothing was cut off");
    for id in ids {
        let mut texts: Vec<_> = calls.iter().filter(|call| call["id"].as_str() == id).map(|call| call["text"].as_str()).collect();
        assert!(once || texts.len() <= 2, "{texts:?}");
        texts.dedup();
        assert_eq!(texts.len(), 1);
    }
    let sent = app.count("message where state = 'sent'").await;
    // Cut off twice: nobody knows, so somebody calls.
    let failed = app.count("message where state = 'failed' and words = 'cut off while sending'").await;
    assert_eq!((sent + failed, once && failed > 0), (PEOPLE.into(), false));
}
