//! Stories of access: who may see and do what, and what is written down.

use std::time::Duration;

use crate::support::callers::Person;
use crate::support::{PASSWORD, TestApp, master_key, on_both};
use baari::domain::place::Role;
use baari::domain::token::Unverified;
use baari::keyring::rotate;
use serde_json::json;

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOON: &str = "2021-03-30 12:00";

on_both! {
    who_is_not_logged_in_is_sent_to_the_door,
    a_language_stays_until_another_is_asked_for,
    a_clerk_sees_nothing_of_another_zone,
    wrong_passwords_lock_for_five_minutes,
    a_new_password_ends_every_other_log_in,
    another_sites_form_does_nothing,
    a_revoked_key_stops_working,
    every_look_up_and_change_is_written_down,
    a_printed_slip_is_a_look_up_too,
    old_slips_stay_good_under_a_new_key,
    programs_hear_problems_in_their_language,
}

async fn a_language_stays_until_another_is_asked_for(app: TestApp) {
    let nurse = app.logged_in("nurse", Role::Operator, "RPR-MEKAHARA").await;
    assert!(nurse.get("/centre?lang=en").await.shows("lang=\"en\""));
    // The browser keeps the page in both languages, for when there is no link: nobody has asked to read it.
    let kept = nurse.asking("/centre/alone?lang=hi").header("sec-fetch-mode", "cors");
    assert!(nurse.send(kept).await.shows("lang=\"hi\""));
    assert!(nurse.get("/centre").await.shows("<html lang=\"en\""));
    let opened = nurse.asking("/centre?lang=hi").header("sec-fetch-mode", "navigate");
    assert!(nurse.send(opened).await.shows("<html lang=\"hi\""));
    assert!(nurse.get("/centre").await.shows("<html lang=\"hi\""));
}

async fn who_is_not_logged_in_is_sent_to_the_door(app: TestApp) {
    let browser = app.browser();
    for (path, door) in [
        ("/office", "/login?next=/office"),
        ("/district?date=2021-03-30", "/login?next=/district%3Fdate%3D2021-03-30"),
        ("/office/tokens/4821093755?lang=en", "/login?next=/office/tokens/4821093755"),
        ("/password", "/login?next=/password"),
    ] {
        let page = browser.get(path).await;
        assert_eq!((page.status, page.location()), (303, door));
    }
    app.user("asha", Role::Clerk, "RPR-Z2").await;
    let log_in = |next: &'static str| {
        let browser = &browser;
        async move { browser.post("/login", &[("username", " Asha "), ("password", PASSWORD), ("next", next)]).await.location().to_owned() }
    };
    assert_eq!(log_in("/office/register?date=2021-03-30").await, "/office/register?date=2021-03-30");
    for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
        assert_eq!(log_in(elsewhere).await, "/office");
    }
    assert_eq!(browser.get("/office").await.status, 200);
    // A log-in that ran out under a form: where it goes there is no page, and the one with the form is near.
    assert_eq!(app.browser().post("/office/tokens", &[("name", "राम")]).await.location(), "/login?next=/office/tokens");
    assert_eq!(log_in("/office/tokens").await, "/office/tokens");
    for (form, page) in [("/office/tokens", "/office"), ("/office/tokens/4821093755/cancel?lang=en", "/office/tokens/4821093755?lang=en")] {
        let led = browser.get(form).await;
        assert_eq!((led.status, led.location()), (303, page));
    }
    // Somebody else's task, in their language.
    for (path, text) in [("/district", "यह काम किसी और का है"), ("/district/import?lang=en", "This is somebody else&#39;s task")]
    {
        let page = browser.get(path).await;
        assert!(page.status == 403 && page.shows(text), "{} {}", page.status, page.body);
    }
    assert_eq!(browser.post("/district/sessions/1/stop", &[("stopped", "yes")]).await.status, 403);
    let left = browser.post("/logout", &[]).await;
    assert_eq!((left.location(), browser.get("/office").await.location()), ("/login", "/login?next=/office"));
}

async fn a_clerk_sees_nothing_of_another_zone(app: TestApp) {
    let (own, far) = (app.clerk("RPR-Z2").await, app.clerk("RPR-Z1").await);
    let slot = app.slot(MEKAHARA, NOON);
    let number = own.issue(slot, &Person::new(1).mobile("9876543210")).await.number();
    assert_eq!(far.token(&number).await.said(), "404 not_found");
    assert_eq!(far.cancel(&number).await.said(), "404 not_found");
    assert_eq!(far.reschedule(&number, app.slot(MEKAHARA, "2021-03-30 13:00")).await.said(), "404 not_found");
    let unknown = baari::domain::number::TokenNumber::from_nine(1).expect("nine digits").plain();
    assert_eq!(far.token(&unknown).await, far.token(&number).await);

    let browser = app.logged_in("far", Role::Clerk, "RPR-Z1").await;
    assert_eq!(browser.get(&format!("/office/tokens/{number}")).await.status, 404);
    for action in ["reschedule", "cancel", "undo"] {
        let fields = [("slot", "1"), ("reason", "ill"), ("key", action)];
        assert_eq!(browser.post(&format!("/office/tokens/{number}/{action}"), &fields).await.status, 404, "{action}");
    }
    for path in ["/office/register?date=2021-03-30", "/office/register?q=9876543210"] {
        let page = browser.get(path).await;
        assert!(page.status == 200 && !page.shows(&number[..4]) && !page.shows("राम"), "{path}: {}", page.body);
    }
    assert_eq!(browser.get(&format!("/office/slips?numbers={number}")).await.status, 404);
    // A token out of the own share is the own one, at whatever centre.
    let given = far.issue(slot, &Person::new(2)).await.number();
    assert_eq!(browser.get(&format!("/office/tokens/{given}")).await.status, 200);
    assert_eq!(app.count("token where state = 'issued'").await, 2);
    // A district officer of another district sees neither.
    let durg = app.caller("durg", Role::DistrictOfficer, "DRG").await;
    assert_eq!(durg.token(&number).await.said(), "404 not_found");
    assert_eq!(app.caller("raipur", Role::DistrictOfficer, "RPR").await.token(&number).await.said(), "200 issued");
}

async fn wrong_passwords_lock_for_five_minutes(app: TestApp) {
    app.user("asha", Role::Clerk, "RPR-Z2").await;
    let browser = app.browser();
    browser.get("/login?lang=en").await;
    for left in (1..5).rev() {
        let page = browser.log_in("asha", "wrong-password").await;
        assert!(page.shows(&format!("Tries left: {left}.")) && page.value("username") == "asha", "{}", page.body);
    }
    for password in ["wrong-password", PASSWORD] {
        assert!(browser.log_in("asha", password).await.shows("Too many wrong tries. Wait "));
    }
    app.pass(5 * 60);
    assert!(browser.log_in("asha", "wrong-password").await.shows("Tries left: 4."));
    assert_eq!(browser.log_in("asha", PASSWORD).await.status, 303);
    // Names that do not exist are not told apart.
    assert!(browser.log_in("nobody", "wrong-password").await.shows("The name or password is wrong. Tries left: 4."));
}

async fn a_new_password_ends_every_other_log_in(app: TestApp) {
    let here = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let there = app.browser();
    there.log_in("asha", PASSWORD).await;
    let wrong = here.post("/password?lang=en", &[("present", "not-this-one"), ("new", "naya-password")]).await;
    assert!(wrong.shows("This is not your present password."), "{}", wrong.body);
    assert!(here.post("/password", &[("present", PASSWORD), ("new", "kam")]).await.shows("The password needs at least 8 characters."));
    assert_eq!(there.get("/office").await.status, 200);
    assert_eq!(here.post("/password", &[("present", PASSWORD), ("new", "naya-password")]).await.location(), "/password?done=1");
    assert_eq!((here.get("/office").await.status, there.get("/office").await.status), (200, 303));
    // A shift is twelve hours.
    app.pass(12 * 3600);
    assert_eq!(here.get("/office").await.status, 303);
}

async fn another_sites_form_does_nothing(app: TestApp) {
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    for (header, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let page = browser.send(browser.posting("/logout", &[]).header(header, value)).await;
        assert_eq!(page.status, 403, "{header}");
    }
    assert_eq!(browser.get("/office").await.status, 200);
    assert_eq!(browser.send(browser.posting("/logout", &[]).header("sec-fetch-site", "same-origin")).await.status, 303);
}

async fn a_revoked_key_stops_working(app: TestApp) {
    let (clerk, other) = (app.clerk("RPR-Z2").await, app.clerk("RPR-Z1").await);
    let slot = app.slot(MEKAHARA, NOON);
    assert_eq!(clerk.issue(slot, &Person::new(1)).await.said(), "201 issued");
    assert_eq!(other.issue(slot, &Person::new(2)).await.said(), "201 issued");
    let mut tx = app.core.write().await.expect("a transaction");
    let key = tx.api_key_named("office RPR-Z2").await.expect("looked up").expect("a live key");
    assert!(tx.revoke_api_key(key, app.core.clock.now()).await.expect("done"));
    tx.commit().await.expect("committed");
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(clerk.issue(slot, &Person::new(3)).await.said(), "401 not_logged_in");
    assert_eq!(other.token("4821093755").await.said(), "422 invalid");
    let nobody = crate::support::callers::Caller::new(&app.url, "baari_no-such-key-at-all".into());
    assert_eq!(nobody.issue(slot, &Person::new(3)).await.said(), "401 not_logged_in");
}

async fn every_look_up_and_change_is_written_down(app: TestApp) {
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let (clerk, door) = (app.clerk("RPR-Z2").await, app.operator(MEKAHARA).await);
    let number = clerk.issue(app.slot(MEKAHARA, NOON), &Person::new(1).mobile("9876543210")).await.number();
    clerk.token(&number).await;
    clerk.reschedule(&number, app.slot(MEKAHARA, "2021-03-30 13:00")).await;
    browser.post("/office/people", &[("mobile", "9876543210")]).await;
    browser.get(&format!("/office/tokens/{number}")).await;
    browser.get("/office/register?q=9876543210").await;
    browser.get("/office/register?q=Ram").await;
    browser.post("/find", &[("number", &number), ("birth_year", "1999")]).await;
    door.scan(&number).await;
    clerk.cancel(&number).await;
    let mut written =
        app.rows("select actor || ' ' || act || ' ' || coalesce(subject, '-') from journal where act not like 'import%'").await;
    written.sort_unstable();
    // Of a mobile number its end is kept, and a keyed fingerprint.
    for line in &mut written {
        if let Some((before, noted)) = line.clone().split_once("mobile:") {
            *line = format!("{before}{}", &noted[12..]);
        }
    }
    written.sort_unstable();
    insta::assert_snapshot!(written.join("\n").replace(&number, "NUMBER"), @"
    citizen look_up_number NUMBER
    cli add_api_key key:centre RPR-MEKAHARA
    cli add_api_key key:office RPR-Z2
    cli add_user user:asha
    key:office RPR-Z2 cancel_token NUMBER
    key:office RPR-Z2 issue_token NUMBER
    key:office RPR-Z2 look_up_token NUMBER
    key:office RPR-Z2 reschedule_token NUMBER
    user:asha log_in -
    user:asha look_up_mobile …210
    user:asha look_up_token NUMBER
    user:asha search_register rm
    user:asha search_register …210
    ");
    assert_eq!(app.rows("select kind || ' ' || verdict || ' ' || by_whom from scan").await, ["scan too_early key:centre RPR-MEKAHARA"]);
    // No full ID number and no full mobile number stands in it.
    assert_eq!(app.count("journal where subject like '%9876543210%' or answer like '%CGR%'").await, 0);
}

async fn a_printed_slip_is_a_look_up_too(app: TestApp) {
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let clerk = app.clerk("RPR-Z2").await;
    let number = clerk.issue(app.slot(MEKAHARA, NOON), &Person::new(1)).await.number();
    assert!(browser.get(&format!("/office/slips?numbers={number}")).await.shows("राम प्रसाद"));
    assert_eq!(app.count(&format!("journal where actor = 'user:asha' and subject = '{number}'")).await, 1);
    // Of a cancelled token no slip is printed.
    assert_eq!(clerk.cancel(&number).await.said(), "200 cancelled");
    assert!(!browser.get(&format!("/office/tokens/{number}")).await.shows("/office/slips?numbers="));
    let slip = browser.get(&format!("/office/slips?numbers={number}&lang=en")).await;
    assert!(slip.status == 409 && slip.shows("This token has been cancelled."), "{}", slip.body);
}

async fn old_slips_stay_good_under_a_new_key(app: TestApp) {
    let (clerk, door) = (app.clerk("RPR-Z2").await, app.operator(MEKAHARA).await);
    let slot = app.slot(MEKAHARA, NOON);
    let old = clerk.issue(slot, &Person::new(1)).await;
    let kid = rotate(&app.core.db, &master_key(), &app.core.chance, app.core.clock.now()).await.expect("a new key");
    app.core.reload_keys().await.expect("the keys");
    let new = clerk.issue(slot, &Person::new(2)).await;
    let kid_of = |qr: &str| Unverified::read(qr).expect("a slip").kid;
    assert_eq!((kid_of(old.text("qr")), kid_of(new.text("qr"))), (1, kid));
    assert_ne!(kid, 1);
    // Without the row, only the signature speaks.
    app.tamper("delete from token").await;
    for slip in [&old, &new] {
        assert_eq!(door.scan(slip.text("qr")).await.said(), "200 admitted");
    }
    let keys = app.browser().get("/.well-known/jwks.json").await;
    assert!(keys.shows("\"kid\":\"1\"") && keys.shows(&format!("\"kid\":\"{kid}\"")), "{}", keys.body);
}

async fn programs_hear_problems_in_their_language(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let person = json!({ "name": "राम", "birth_year": 1991, "gender": "male", "id_type": "pan", "id_number": "ABCDE1234F" });
    let body = json!({ "slot": app.slot(MEKAHARA, NOON), "person": person });
    let ask =
        |key: &'static str, lang: &'static str| clerk.send(clerk.request("/api/v1/tokens", key, &body).header("accept-language", lang));
    insta::assert_snapshot!(ask("a", "hi-IN").await.explained(), @"409 not_due: इस व्यक्ति की बारी शनि 1 मई 2021 से है। तब आने को कहें।");
    insta::assert_snapshot!(ask("b", "en").await.explained(), @"409 not_due: This person is due from Sat 1 May 2021 on. Ask them to come then.");
    insta::assert_snapshot!(ask("", "hi").await.explained(), @"400 idempotency_key_missing: हर बदलाव के साथ `Idempotency-Key` भेजें।");
    let browser = app.browser();
    for path in ["/api/v1/tokens/4821093755", "/api/v1/nothing", "/api/v1/slots?date=x", "/api/v1/slots?centre=NOWHERE"] {
        let problem = browser.send(browser.asking(path).header("accept-language", "hi")).await;
        assert_eq!(problem.header("content-type"), "application/problem+json", "{path} {}", problem.status);
        assert!(!problem.shows("The") && problem.shows("\"code\":\""), "{path} {}", problem.body);
    }
}
