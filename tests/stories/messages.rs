//! Stories of messages: a fact makes one, it goes out at its hour, and everybody can see what became of it.

use std::time::Duration;

use crate::support::callers::{Answer, Person};
use crate::support::kannel::Kannel;
use crate::support::program::Program;
use crate::support::sms::{Mood, SmsGateway};
use crate::support::{TestApp, on_both, state_officer};
use baari::actions::send_messages::{Way, invite, keep, take};
use baari::actions::stop_session::stop_session;
use baari::domain::place::Role;
use serde_json::json;

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOON: &str = "2021-03-30 12:00";
const SITA: &str = "9876543210";

/// Waits until something is so, for at most five seconds. Whether it is, is for the story to say.
macro_rules! soon {
    ($is_so:expr) => {
        for _ in 0..100 {
            if $is_so {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
}

on_both! {
    a_fact_makes_one_message_however_often_it_is_retried,
    what_no_longer_holds_is_not_told,
    a_gateway_that_is_down_is_tried_by_one_and_loses_nothing,
    a_cut_off_try_is_repeated_once_and_no_more,
    reports_settle_what_became_of_a_message,
    a_real_kannel_carries_a_message_out_and_its_report_back,
    nights_are_quiet_but_for_a_stopped_session,
    whoever_was_to_be_invited_when_the_place_went_is_invited_to_the_next,
    whoever_comes_tomorrow_is_reminded_once,
    who_was_not_reached_is_sent_again_or_called,
    without_a_gateway_everybody_is_called,
    the_state_officer_changes_texts_that_pass_the_check,
    what_is_wrong_gets_a_number_and_an_answer,
    a_dose_shows_where_it_stands_and_its_slip_is_checked,
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
    soon!(states(app).await == wanted);
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
    // Not before the minute in which whoever cancelled may take that back.
    app.pass(60);
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
    soon!(app.count("gateway_down").await == 1);
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
    // The spell is remembered where the links are looked at.
    assert_eq!(app.count("gateway_spell").await, 1);
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    assert!(officer.get("/district/links?lang=en").await.shows("When it was down before"));
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
    // It is noted as under way before it goes out.
    soon!(gateway.calls().len() == 2);
    let report = gateway.calls().remove(1)["report"].as_str().expect("an address").to_owned();
    assert_eq!(says(&report, "accepted").await, 200);
    app.pass(300);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(states(&app).await, ["token_issued delivered", "token_issued sent"]);
    assert_eq!(gateway.calls().len(), 2);
}

async fn a_real_kannel_carries_a_message_out_and_its_report_back(app: TestApp) {
    let mut kannel = Kannel::start().await;
    let _workers = kannel.serves(&app);
    issue(&app, 1, NOON).await;
    app.pass(61);
    // Nobody has said yet from whom messages come: they wait, and the officers see why.
    let said = async || app.rows("select state || ' ' || coalesce(words, '') from message").await;
    let missing = ["waiting 400: Sender missing and no global set, rejected"];
    soon!(said().await == missing);
    assert_eq!(said().await, missing);
    let settings = [
        ("header", "RPRVAC"),
        ("variable", "60"),
        ("parts", "6"),
        ("quiet_from", "21:00"),
        ("quiet_until", "08:00"),
        ("remind_at", "18:00"),
    ];
    let officer = app.logged_in("state", Role::StateOfficer, "").await;
    assert_eq!(officer.post("/district/messages", &settings).await.status, 303);
    let english = Person::new(2).mobile("9876500002").with("language", "en");
    assert_eq!(app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, "2021-03-30 15:00"), &english).await.said(), "201 issued");
    app.pass(3600);
    // Kannel's driver tells of the delivery before it tells that the network took the message.
    until(&app, &["token_issued delivered"; 2]).await;
    let texts = |kannel: &Kannel, to: &str| {
        let own: Vec<_> = kannel.texts().into_iter().filter(|text| text.to == format!("+91{to}")).collect();
        let whole: String = own.iter().map(|text| &*text.text).collect();
        assert!(own.iter().all(|text| text.from == "RPRVAC" && text.is_part == (own.len() > 1)), "{own:?}");
        (own.len(), whole)
    };
    let ((parts, hindi), (_, english)) = (texts(&kannel, SITA), texts(&kannel, "9876500002"));
    assert!(parts > 1 && hindi.starts_with("सीता (1954)") && hindi.contains("मेकाहारा"), "{hindi}");
    assert!(english.contains("Mekahara") && english.contains("/t/"), "{english}");

    // It is gone for a while: the message waits, and goes out once.
    kannel.stop_taking();
    issue(&app, 3, "2021-03-30 16:00").await;
    app.pass(61);
    let refused = async || app.count("message where state = 'waiting' and words <> ''").await == 1;
    soon!(refused().await);
    assert!(refused().await);
    kannel.take_again().await;
    app.pass(3600);
    until(&app, &["token_issued delivered"; 3]).await;
    assert_eq!(texts(&kannel, SITA).1.matches("सीता (1954)").count(), 2);
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

async fn whoever_was_to_be_invited_when_the_place_went_is_invited_to_the_next(app: TestApp) {
    let first = json!({ "date": "2021-02-10", "time": "10:00" });
    assert_eq!(app.operator(MEKAHARA).await.dose_of("first", &sita(1), first).await.status, 201);
    let sessions: Vec<_> = app.core.board().field.sessions.iter().map(|session| session.id).collect();
    let stop_all = async |stopped| {
        for session in &sessions {
            stop_session(&app.core, &state_officer(), *session, stopped).await.expect("done");
        }
    };
    let way = Way { worker: uuid::Uuid::from_u128(7), most: 10, once: false, lease: 60 };
    let invitations = "message where template = 'next_dose_due'";
    invite(&app.core).await.expect("invited");
    assert_eq!(app.count(invitations).await, 1);
    stop_all(true).await;
    assert_eq!(take(&app.core, way).await.expect("taken").len(), 1, "of the dose, not of a place that is gone");
    assert_eq!(app.count(invitations).await, 0);
    stop_all(false).await;
    invite(&app.core).await.expect("invited");
    let taken = take(&app.core, way).await.expect("taken");
    assert!(taken.len() == 1 && taken[0].text.contains("खुराक 2"), "{taken:?}");
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

async fn without_a_gateway_everybody_is_called(app: TestApp) {
    issue(&app, 1, "2021-03-30 15:00").await;
    app.pass(61);
    let way = Way { worker: app.core.chance.id(app.core.clock.now()), most: 10, once: true, lease: 60 };
    let messages = take(&app.core, way).await.expect("taken");
    keep(&app.core, &messages).await.expect("kept");
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let list = browser.get("/office/messages?lang=en").await;
    assert!(list.shows("सीता बाई") && list.shows("98765 43210") && list.shows("no SMS gateway is set up"), "{}", list.body);
    assert!(!list.shows("/again\""), "nothing would come of it: {}", list.body);
    let beyond = browser.get("/office/messages?lang=en&skip=200").await;
    assert!(!beyond.shows("सीता बाई") && beyond.shows("Page before"), "{}", beyond.body);
    let sheet = browser.get("/office/messages/calls?lang=en").await;
    assert!(sheet.shows("98765 43210") && sheet.shows("no SMS gateway is set up"), "{}", sheet.body);
    // Whoever was called is off the list, and so is what nobody needs to be told any more.
    let id = list.body.split("/office/messages/").find_map(|piece| piece.split_once("/told")).expect("a form").0.to_owned();
    assert_eq!(browser.post(&format!("/office/messages/{id}/told"), &[]).await.status, 303);
    assert!(browser.get("/office/messages?lang=en").await.shows("Everybody has been reached."));
    app.tamper("update message set told_at = null").await;
    app.pass(2 * 86_400);
    assert!(app.logged_in("usha", Role::Clerk, "RPR-Z2").await.get("/office/messages?lang=en").await.shows("Everybody has been reached."));
}

async fn who_was_not_reached_is_sent_again_or_called(app: TestApp) {
    let gateway = SmsGateway::open().await;
    gateway.is(Mood::Choosy);
    let clerk = app.clerk("RPR-Z2").await;
    let blocked = Person::new(1).mobile("6876543210").with("name", "गीता वर्मा");
    assert_eq!(clerk.issue(app.slot(MEKAHARA, "2021-03-30 15:00"), &blocked).await.status, 201);
    let without = Person::new(2).with("locality", " Ward 12,  Pandri");
    assert_eq!(
        clerk.issue(app.slot(MEKAHARA, NOON), &without.clone().with("locality", "<>")).await.fields(),
        "person.locality bad_locality"
    );
    let without = clerk.issue(app.slot(MEKAHARA, NOON), &without).await.number();
    clerk.cancel(&without).await;
    app.pass(61);
    let _workers = gateway.serves(&app);
    until(&app, &["token_cancelled no_phone", "token_issued failed"]).await;
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let list = browser.get("/office/messages?lang=en").await;
    assert!(
        list.shows("गीता वर्मा") && list.shows("68765 43210") && list.shows("number is blocked") && list.shows("no number"),
        "{}",
        list.body
    );
    // Whoever has no phone is looked for where they live.
    assert!(list.shows("Ward 12, Pandri"), "{}", list.body);
    let beyond = browser.get("/office/messages?lang=en&skip=200").await;
    assert!(!beyond.shows("सीता बाई") && beyond.shows("Page before"), "{}", beyond.body);
    let sheet = browser.get("/office/messages/calls?lang=en").await;
    assert!(sheet.shows("› <span lang=\"und\">Ward 12, Pandri</span></h2>"), "{}", sheet.body);
    assert!(browser.get(&format!("/office/tokens/{without}?lang=en")).await.shows("Ward 12, Pandri"));
    // The secret code is nobody's business; another zone's people do not exist.
    let code = app.rows("select secret_code from token order by number").await;
    assert!(list.shows("••••") && code.iter().all(|code| !list.texts("sms").iter().any(|text| text.contains(code.as_str()))));
    let elsewhere = app.logged_in("usha", Role::Clerk, "RPR-Z1").await;
    assert!(elsewhere.get("/office/messages?lang=en").await.shows("Everybody has been reached."));
    let beyond = browser.get("/office/messages?lang=en&skip=200").await;
    assert!(!beyond.shows("सीता बाई") && beyond.shows("Page before"), "{}", beyond.body);
    let sheet = browser.get("/office/messages/calls?lang=en").await;
    assert!(sheet.shows("Zone 2 Office › Mekahara") && sheet.shows("Token cancelled"), "{}", sheet.body);

    gateway.is(Mood::Well);
    let id = list.body.split("/office/messages/").find_map(|piece| piece.split_once("/again")).expect("a form").0.to_owned();
    let key = list.value("key");
    assert_eq!(elsewhere.post(&format!("/office/messages/{id}/again"), &[("key", &key)]).await.status, 404);
    for _ in 0..2 {
        assert_eq!(browser.post(&format!("/office/messages/{id}/again"), &[("key", &key)]).await.status, 303);
        until(&app, &["token_cancelled no_phone", "token_issued sent"]).await;
    }
    assert_eq!(gateway.texts_to("6876543210").len(), 1);
    let list = browser.get("/office/messages?lang=en").await;
    let id = list.body.split("/office/messages/").find_map(|piece| piece.split_once("/told")).expect("a form").0.to_owned();
    assert_eq!(browser.post(&format!("/office/messages/{id}/told"), &[]).await.status, 303);
    assert!(browser.get("/office/messages?lang=en").await.shows("Everybody has been reached."));
}

async fn the_state_officer_changes_texts_that_pass_the_check(app: TestApp) {
    let officer = app.logged_in("state", Role::StateOfficer, "").await;
    let page = officer.get("/district/messages?lang=en").await;
    assert!(page.shows("There is no gateway") && page.shows("Sita (1954)") && page.shows("सीता (1954)"), "{}", page.body);
    let save = async |text: &str| {
        let fields = [("language", "hi"), ("registered", "1107160000000012345"), ("text", text)];
        officer.post("/district/messages/token_issued?lang=en", &fields).await
    };
    for (text, why) in [
        ("टोकन {numbr}", "{numbr} is not known here"),
        ("टोकन", "The text must say whose message it is"),
        (&*format!("{{name}} {}", "क".repeat(300)), "this takes 5 parts; 4 are allowed"),
    ] {
        let told = save(text).await;
        assert!(told.status == 200 && told.shows(why) && told.shows(text), "{why}: {}", told.body);
    }
    assert_eq!(save("{name}: टोकन {number}, कोड {code}").await.status, 303);
    let short = [("variable", "10"), ("parts", "4"), ("quiet_from", "21:00"), ("quiet_until", "08:00"), ("remind_at", "18:00")];
    assert!(officer.post("/district/messages?lang=en", &short).await.shows("the operators let 10 through"));

    let gateway = SmsGateway::open().await;
    let token = issue(&app, 1, NOON).await;
    app.pass(61);
    let _workers = gateway.serves(&app);
    until(&app, &["token_issued sent"]).await;
    let call = gateway.calls().remove(0);
    assert_eq!(call["template"], "1107160000000012345");
    assert!(call["text"].as_str().expect("a text").ends_with(&format!("कोड {}", token.text("secret_code"))));
    // A district's officer looks on.
    let district = app.logged_in("district", Role::DistrictOfficer, "RPR").await;
    assert_eq!(district.get("/district/messages").await.status, 200);
    assert_eq!(district.post("/district/messages/reminder", &[("language", "hi"), ("text", "{name}")]).await.status, 403);
}

async fn what_is_wrong_gets_a_number_and_an_answer(app: TestApp) {
    let token = issue(&app, 1, NOON).await;
    let path = token.text("link").strip_prefix(&app.url).expect("our own").to_owned();
    let browser = app.browser();
    let form = browser.get(&format!("{path}/wrong?lang=en")).await;
    let key = form.value("key");
    let empty = browser.post(&format!("{path}/wrong?lang=en"), &[("key", &key), ("words", "मेरी खुराक")]).await;
    assert!(empty.shows("Choose one of those shown.") && empty.shows("मेरी खुराक"), "{}", empty.body);
    for _ in 0..2 {
        let fields = [("key", key.as_str()), ("about", "dose_missing"), ("words", "मेरी खुराक")];
        let sent = browser.post(&format!("{path}/wrong?lang=en"), &fields).await;
        assert_eq!((sent.status, sent.location()), (303, &*format!("{path}?reported=1001&lang=en")));
    }
    let page = browser.get(&format!("{path}?reported=1001&lang=en")).await;
    assert!(page.shows("Its number: 1001") && page.shows("Waits for an answer"), "{}", page.body);
    let elsewhere = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert!(elsewhere.get("/district/objections?lang=en").await.shows("Nothing waits for an answer."));
    assert_eq!(elsewhere.post("/district/objections/1001", &[("words", "x")]).await.status, 404);
    let officer = app.logged_in("raipur", Role::DistrictOfficer, "RPR").await;
    assert!(officer.get("/district/objections?lang=en").await.shows("मेरी खुराक"));
    assert!(officer.post("/district/objections/1001?lang=en", &[("words", " ")]).await.shows("Fill this in."));
    for answer in ["खुराक मिल गई, आज दर्ज हुई।", "दूसरा जवाब"] {
        assert_eq!(officer.post("/district/objections/1001", &[("words", answer)]).await.status, 303);
    }
    let page = browser.get(&path).await;
    assert!(page.shows("खुराक मिल गई, आज दर्ज हुई।") && !page.shows("दूसरा जवाब"), "{}", page.body);
}

async fn a_dose_shows_where_it_stands_and_its_slip_is_checked(app: TestApp) {
    let token = issue(&app, 1, NOON).await;
    let path = token.text("link").strip_prefix(&app.url).expect("our own").to_owned();
    let (id, person) = (if app.is_shared() { "gen_random_uuid()" } else { "randomblob(16)" }, "beneficiary_id");
    app.tamper(&format!(
        "insert into dose (id, beneficiary_id, number, vaccine, given_on, source, token, centre_id, batch, given_at, entered_at) \
         select {id}, {person}, 1, 'covishield', '2021-03-30', 'recorded', number, centre_id, '4120Z001', 1617084000, 1617084120 from token"
    ))
    .await;
    app.tamper("insert into upload (dose_id, due_at, state) select id, 1617256800, 'waiting' from dose").await;
    let browser = app.browser();
    let page = browser.get(&format!("{path}?lang=en")).await;
    let waits = "On its way to the national portal, due by Thu 1 April 2021, 11:30 am";
    assert!(page.shows(waits) && page.shows("You need not go anywhere") && page.shows("Next dose from"), "{}", page.body);
    app.tamper("update upload set state = 'uploaded', uploaded_at = 1617085000, reference = '12345678901234'").await;
    assert!(browser.get(&format!("{path}?lang=en")).await.shows("Reference 12345678901234"));

    let slip = browser.get(&format!("{path}/dose/1?lang=en")).await;
    assert!(slip.shows("This is not the national certificate.") && slip.shows("4120Z001") && !slip.shows("सीता बाई"), "{}", slip.body);
    assert_eq!(browser.get(&format!("{path}/dose/2")).await.status, 404);
    assert!(browser.get("/V/AAAA?lang=en").await.shows("This slip is not genuine."));
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
