//! Stories of the help desk, of the list on paper, and of people who share a machine.

use crate::support::callers::Person;
use crate::support::{PASSWORD, TestApp, on_both};
use baari::domain::place::Role;

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOON: &str = "2021-03-30 12:00";

on_both! {
    what_was_typed_wrong_is_mended_and_signed_anew,
    a_token_is_not_mended_into_another_persons,
    whoever_was_turned_back_gets_a_new_time,
    ticks_on_paper_are_keyed_in_as_scans_once,
    a_pin_changes_the_person_where_they_logged_in_today,
}

async fn what_was_typed_wrong_is_mended_and_signed_anew(app: TestApp) {
    let (desk, clerk) = (app.logged_in("rekha", Role::Operator, MEKAHARA).await, app.clerk("RPR-Z2").await);
    let token = clerk.issue(app.slot(MEKAHARA, NOON), &Person::new(1)).await;
    let mend = format!("/office/tokens/{}/mend", token.number());
    let form = desk.get(&mend).await;
    assert_eq!((form.value("name"), form.value("age"), form.value("id_number")), ("राम प्रसाद".into(), "1954".into(), String::new()));

    // The name stands in no signature: the slip's code stays.
    let typed = |key, name, age, card| [("key", key), ("name", name), ("age", age), ("id_type", "voter_id"), ("id_number", card)];
    assert_eq!(desk.post(&mend, &typed("n", "रामप्रसाद साहू", "1954", "")).await.status, 303);
    assert_eq!(clerk.token(&token.number()).await.text("qr"), token.text("qr"));
    // Birth year and card do: a higher revision, and the old slip is still this token's.
    assert_eq!(desk.post(&mend, &typed("y", "रामप्रसाद साहू", "1956", "CGR0000999")).await.status, 303);
    let mended = clerk.token(&token.number()).await;
    assert_eq!((mended.json["revision"].as_i64(), mended.text("call_number")), (Some(2), token.text("call_number")));
    assert_ne!(mended.text("qr"), token.text("qr"));
    // Sent twice, done once.
    assert_eq!(desk.post(&mend, &typed("y", "रामप्रसाद साहू", "1956", "CGR0000999")).await.status, 303);
    assert_eq!(app.count("former_detail").await, 2);
    let page = desk.get(&format!("/office/tokens/{}?lang=en", token.number())).await;
    assert!(page.shows("Before it was corrected (2)") && page.shows(">rekha<") && page.shows("…0001"), "{}", page.body);
    assert!(desk.get(&format!("/office/slips?numbers={}", token.number())).await.shows("…0999"));
    // The mistyped card is nobody's now, and the sound of the new name is searched for.
    assert_eq!(clerk.issue(app.slot(MEKAHARA, "2021-03-30 13:00"), &Person::new(1).born(1950)).await.said(), "201 issued");
    assert!(desk.get("/office/register?q=ramprasad%20sahu").await.shows(&token.number()));
    let wrong = desk.post(&format!("{mend}?lang=en"), &typed("w", "7", "1850", "1")).await;
    assert!(wrong.shows("Type the name in letters") && wrong.value("age") == "1850", "{}", wrong.body);
}

async fn a_token_is_not_mended_into_another_persons(app: TestApp) {
    let (desk, clerk) = (app.logged_in("rekha", Role::Operator, MEKAHARA).await, app.clerk("RPR-Z2").await);
    let noon = app.slot(MEKAHARA, NOON);
    let token = clerk.issue(noon, &Person::new(1)).await;
    clerk.issue(noon, &Person::new(2).with("name", "Sita Bai")).await;
    let mend = format!("/office/tokens/{}/mend?lang=en", token.number());
    let typed = |key, name, age, card| [("key", key), ("name", name), ("age", age), ("id_type", "voter_id"), ("id_number", card)];
    let sold = desk.post(&mend, &typed("a", "Sohan Lal", "1960", "CGR0000500")).await;
    assert!(sold.shows("that is another person"), "{}", sold.body);
    let taken = desk.post(&mend, &typed("b", "राम प्रसाद", "1954", "CGR0000002")).await;
    assert!(taken.shows("This ID is on record for S… B…"), "{}", taken.body);
    assert_eq!(app.count("former_detail").await, 0);
    // What lies outside a desk's centre does not exist for it.
    let far = app.logged_in("mina", Role::Operator, "RPR-FAFADIH").await;
    assert_eq!(far.get(&mend).await.status, 404);
}

async fn whoever_was_turned_back_gets_a_new_time(app: TestApp) {
    let (desk, clerk) = (app.logged_in("rekha", Role::Operator, MEKAHARA).await, app.operator(MEKAHARA).await);
    let token = clerk.issue(app.slot(MEKAHARA, "2021-03-30 16:00"), &Person::new(1)).await;
    assert!(desk.get("/office/turned-back?lang=en").await.shows("Nobody waits"));
    assert_eq!(clerk.scan(&token.number()).await.said(), "200 too_early");
    let list = desk.get("/office/turned-back?lang=en").await;
    assert!(list.shows("too early") && list.shows(&format!("/office/tokens/{}", token.number())), "{}", list.body);
    app.pass(60);
    let (slot, path) = (app.slot(MEKAHARA, NOON).to_string(), format!("/office/tokens/{}/reschedule", token.number()));
    assert_eq!(desk.post(&path, &[("slot", &slot), ("key", "m")]).await.status, 303);
    assert!(desk.get("/office/turned-back?lang=en").await.shows("Nobody waits"));
}

async fn ticks_on_paper_are_keyed_in_as_scans_once(app: TestApp) {
    let (desk, clerk) = (app.logged_in("rekha", Role::Operator, MEKAHARA).await, app.clerk("RPR-Z2").await);
    let noon = app.slot(MEKAHARA, NOON);
    let came = clerk.issue(noon, &Person::new(1)).await;
    let stayed = clerk.issue(noon, &Person::new(2).with("name", "Sita Bai")).await;
    let list = desk.get("/office/list?date=2021-03-30").await;
    assert!(list.shows("रा… प्र…") && list.shows("1954") && list.shows("…0001") && !list.shows("राम प्रसाद"), "{}", list.body);
    app.set_clock("2021-03-30 18:00");
    let centre = list.body.split("name=\"centre\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a centre").to_owned();
    let tick = format!("t{}", came.number());
    let ticked = [("centre", &*centre), ("date", "2021-03-30"), (&*tick, "yes")];
    assert!(desk.post("/office/list", &ticked).await.location().ends_with("keyed=1"));
    let kept = app.rows("select verdict || ' ' || reason || ' ' || by_whom || ' ' || phone_at from scan").await;
    assert_eq!(kept, [format!("admitted paper_list user:rekha {}", crate::support::at(NOON).0)]);
    assert_eq!(
        (clerk.token(&came.number()).await.text("state"), clerk.token(&stayed.number()).await.text("state")),
        ("admitted", "issued")
    );
    // The same sheet once more, by somebody else.
    let other = app.logged_in("usha", Role::Operator, MEKAHARA).await;
    other.post("/office/list", &ticked).await;
    assert_eq!((app.count("scan").await, app.count("conflict").await), (1, 0));
}

async fn a_pin_changes_the_person_where_they_logged_in_today(app: TestApp) {
    let here = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let pin = [("present", PASSWORD), ("pin", "4827")];
    assert!(here.post("/pin?lang=en", &[("present", PASSWORD), ("pin", "1234")]).await.shows("not like 1111 or 1234"));
    assert!(here.post("/pin?lang=en", &[("present", "wrong-one"), ("pin", "4827")]).await.shows("not your present password"));
    assert_eq!(here.post("/pin", &pin).await.location(), "/password?done=pin");
    // Somebody else logs in on the same machine; each act is theirs.
    app.user("usha", Role::Clerk, "RPR-Z2").await;
    assert_eq!(here.log_in("usha", PASSWORD).await.status, 303);
    let switch = |pin| [("username", "asha"), ("pin", pin)];
    assert!(here.get("/switch").await.shows("value=\"asha\""));
    assert!(here.post("/switch?lang=en", &switch("9999")).await.shows("Tries left: 2"));
    assert_eq!(here.post("/switch", &switch("4827")).await.location(), "/office");
    let noon = app.slot(MEKAHARA, NOON).to_string();
    let person = [("name", "गीता"), ("age", "66"), ("gender", "female"), ("id_type", "voter_id"), ("id_number", "CGR0000001")];
    assert_eq!(here.post("/office/tokens", &[&person[..], &[("slot", &*noon), ("key", "k")]].concat()).await.status, 303);
    assert_eq!(app.rows("select issued_by from token").await, ["user:asha"]);
    // On a machine where she has not logged in, and after three wrong ones, only the password helps.
    let elsewhere = app.browser();
    assert!(elsewhere.post("/switch?lang=en", &switch("4827")).await.shows("log in with the password"));
    assert_eq!(here.log_in("usha", PASSWORD).await.status, 303);
    for wrong in ["1112", "1113", "1114"] {
        here.post("/switch", &switch(wrong)).await;
    }
    assert!(here.post("/switch?lang=en", &switch("4827")).await.shows("log in with the password"));
    assert_eq!(here.log_in("asha", PASSWORD).await.status, 303);
    assert_eq!(here.log_in("usha", PASSWORD).await.status, 303);
    assert_eq!(here.post("/switch", &switch("4827")).await.status, 303);
    // The next day begins with passwords.
    app.set_clock("2021-03-31 09:00");
    assert!(here.post("/switch?lang=en", &switch("4827")).await.shows("log in with the password"));
}
