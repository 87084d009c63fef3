//! Stories of the help desk, of the list on paper, and of people who share a machine.

use crate::support::callers::Person;
use crate::support::{PASSWORD, TestApp, on_both};
use baari::domain::message::Template;
use baari::domain::place::{Role, Scope};
use baari::ids::BeneficiaryId;
use baari::storage::charge::Whose;
use baari::storage::message::MessageList;

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOON: &str = "2021-03-30 12:00";

on_both! {
    what_was_typed_wrong_is_mended_and_signed_anew,
    a_token_is_not_mended_into_another_persons,
    a_wrong_number_is_mended_after_the_dose_and_the_rest_follows,
    a_number_is_not_mended_to_one_that_is_full,
    the_token_page_says_where_doses_messages_and_the_portal_stand,
    whoever_was_turned_back_gets_a_new_time,
    somebody_is_found_by_the_surname_alone,
    ticks_on_paper_are_keyed_in_as_scans_once,
    a_pin_changes_the_person_where_they_logged_in_today,
    who_takes_over_a_centre_sees_what_is_open_there,
}

async fn what_was_typed_wrong_is_mended_and_signed_anew(app: TestApp) {
    let (desk, clerk) = (app.logged_in("rekha", Role::Operator, MEKAHARA).await, app.clerk("RPR-Z2").await);
    let token = clerk.issue(app.slot(MEKAHARA, NOON), &Person::new(1)).await;
    let mend = format!("/office/tokens/{}/mend", token.number());
    let form = desk.get(&mend).await;
    assert_eq!((form.value("name"), form.value("age"), form.value("id_number")), ("राम प्रसाद".into(), "1954".into(), String::new()));

    // The name stands in no signature: the slip's code stays.
    let typed = |key, name, age, card| mending(key, &[("name", name), ("age", age), ("id_number", card)]);
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
    let typed = |key, name, age, card| mending(key, &[("name", name), ("age", age), ("id_number", card)]);
    let sold = desk.post(&mend, &typed("a", "Sohan Lal", "1960", "CGR0000500")).await;
    assert!(sold.shows("that is another person"), "{}", sold.body);
    let taken = desk.post(&mend, &typed("b", "राम प्रसाद", "1954", "CGR0000002")).await;
    assert!(taken.shows("This ID is on record for S… B…"), "{}", taken.body);
    assert_eq!(app.count("former_detail").await, 0);
    // What lies outside a desk's centre does not exist for it.
    let far = app.logged_in("mina", Role::Operator, "RPR-FAFADIH").await;
    assert_eq!(far.get(&mend).await.status, 404);
}

async fn person_of(app: &TestApp, number: &str) -> BeneficiaryId {
    let number = number.parse().expect("a number");
    app.core.read().await.expect("a transaction").token(number).await.expect("an answer").expect("a token").beneficiary_id
}

/// What the mending form says of the person, with some of it changed.
fn mending<'a>(key: &'a str, changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("key", key), ("name", "राम प्रसाद"), ("age", "1954"), ("gender", "male"), ("mobile", "9876543210")];
    fields.extend([("mobile_of", "own"), ("language", "hi"), ("id_type", "voter_id"), ("id_number", "")]);
    for (name, value) in changed {
        fields.retain(|(other, _)| other != name);
        fields.push((name, value));
    }
    fields
}

async fn a_wrong_number_is_mended_after_the_dose_and_the_rest_follows(app: TestApp) {
    let (desk, clerk) = (app.logged_in("rekha", Role::Operator, MEKAHARA).await, app.clerk("RPR-Z2").await);
    let token = clerk.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), &Person::new(1).mobile("9876543210").with("gender", "male")).await;
    let number = token.number();
    assert_eq!(app.operator(MEKAHARA).await.scan(&number).await.said(), "200 admitted");
    let code = app.rows(&format!("select secret_code from token where number = {number}")).await.remove(0);
    let dose = [("key", "d"), ("token", &*number), ("vaccine", "covishield"), ("batch", "B1"), ("vaccinator", "Devi"), ("code", &*code)];
    assert_eq!(desk.post("/centre/doses", &dose).await.status, 303);
    // The portal refused it; the first message went to the number as it was typed.
    app.tamper("update upload set state = 'refused', words = 'mobile number invalid'").await;
    app.tamper("update message set state = 'delivered', mobile = '9876543210', text = 'x' where template = 'token_issued'").await;
    let page = desk.get(&format!("/office/tokens/{number}?lang=en")).await;
    let path = format!("/office/tokens/{number}/mend");
    assert!(page.shows("Correct the details") && page.shows(&format!("{path}\"")), "{}", page.body);
    assert!(!page.shows("/again\""), "nothing goes again to a number at which it has arrived: {}", page.body);

    let right = mending(
        "m",
        &[
            ("mobile", "9123456780"),
            ("mobile_of", "relative"),
            ("language", "en"),
            ("need_hearing", "yes"),
            ("gender", "other"),
            ("locality", "गली 3"),
        ],
    );
    assert_eq!(desk.post(&path, &right).await.location(), format!("/office/tokens/{number}?done=mended"));
    assert_eq!(desk.post(&path, &right).await.status, 303);
    let now = "select mobile || ' ' || mobile_of || ' ' || language || ' ' || needs || ' ' || gender || ' ' || locality from beneficiary";
    assert_eq!(app.rows(now).await, ["9123456780 relative en hearing other गली 3"]);
    let before = "select mobile || ' ' || mobile_of || ' ' || language || ' ' || gender || ' ' || by_whom from former_detail";
    assert_eq!(app.rows(before).await, ["9876543210 own hi male user:rekha"]);
    assert_eq!(app.rows("select state from upload").await, ["waiting"]);
    let page = desk.get(&format!("/office/tokens/{number}?lang=en")).await;
    assert!(page.shows("98765 43210") && page.shows("91234 56780"), "{}", page.body);
    // What reached the wrong phone goes to the right one, from this page, once.
    let person = person_of(&app, &number).await;
    let list = MessageList::Of(person);
    let messages =
        app.core.read().await.expect("a transaction").messages(Scope::State, list, Whose::All, None, 0..9).await.expect("messages");
    let message = messages.iter().find(|row| row.template == Template::TokenIssued).expect("the first").id;
    let again = desk.post(&format!("/office/messages/{message}/again"), &[("key", "a"), ("token", &number)]).await;
    assert_eq!(again.location(), format!("/office/tokens/{number}?done=again"));
    assert_eq!(app.rows("select state from message where template = 'token_issued'").await, ["waiting"]);
}

async fn a_number_is_not_mended_to_one_that_is_full(app: TestApp) {
    let (desk, clerk) = (app.logged_in("rekha", Role::Operator, MEKAHARA).await, app.clerk("RPR-Z2").await);
    for (card, name) in [(1, "Anil"), (2, "Bina"), (3, "Chitra"), (4, "Deepak")] {
        assert_eq!(
            clerk.issue(app.slot(MEKAHARA, NOON), &Person::new(card).mobile("9876500000").with("name", name)).await.said(),
            "201 issued"
        );
    }
    let token = clerk.issue(app.slot(MEKAHARA, NOON), &Person::new(5)).await;
    let path = format!("/office/tokens/{}/mend?lang=en", token.number());
    let full = desk.post(&path, &mending("a", &[("mobile", "9876500000")])).await;
    assert!(full.status == 200 && full.value("mobile") == "9876500000" && app.count("former_detail").await == 0, "{}", full.body);
    // A health worker's number is not counted.
    assert_eq!(desk.post(&path, &mending("b", &[("mobile", "9876500000"), ("mobile_of", "health_worker")])).await.status, 303);
    // The same from where only the person is known, within their part of the field alone.
    let person = person_of(&app, &token.number()).await;
    let by_person = format!("/office/people/{person}/mend?lang=en");
    assert_eq!(desk.get(&by_person).await.value("mobile"), "9876500000");
    assert_eq!(app.logged_in("mina", Role::Operator, "RPR-FAFADIH").await.get(&by_person).await.status, 404);
}

async fn the_token_page_says_where_doses_messages_and_the_portal_stand(app: TestApp) {
    let (desk, clerk) = (app.logged_in("rekha", Role::Operator, MEKAHARA).await, app.clerk("RPR-Z2").await);
    let token = clerk.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), &Person::new(1)).await;
    let number = token.number();
    let page = desk.get(&format!("/office/tokens/{number}?lang=en")).await;
    assert!(page.shows("No dose is on record."), "{}", page.body);
    assert_eq!(app.operator(MEKAHARA).await.scan(&number).await.said(), "200 admitted");
    let code = app.rows(&format!("select secret_code from token where number = {number}")).await.remove(0);
    let dose = [("key", "d"), ("token", &*number), ("vaccine", "covishield"), ("batch", "B1"), ("vaccinator", "Devi"), ("code", &*code)];
    assert_eq!(desk.post("/centre/doses", &dose).await.status, 303);
    app.tamper("update upload set state = 'uploaded', uploaded_at = 1617085000, reference = '12345678901234'").await;
    for (kind, dose, here, there) in [("wrong_number", 1, "2021-03-30", "2: 2021-03-30"), ("other_mobile", 0, "…3210", "…9999")] {
        let columns = "insert into portal_finding (beneficiary_id, dose, kind, here, there, found_at)";
        app.tamper(&format!("{columns} select id, {dose}, '{kind}', '{here}', '{there}', 1617085000 from beneficiary")).await;
    }
    let person = person_of(&app, &number).await;
    let record = app.core.read().await.expect("a transaction").doses_told_of(person).await.expect("doses").remove(0).id;
    let page = desk.get(&format!("/office/tokens/{number}?lang=en")).await;
    assert!(page.shows("12345678901234") && page.shows(&format!("/centre/doses/{record}")), "{}", page.body);
    assert!(page.shows("holds dose 1 of Tue 30 March 2021 as dose 2") && page.shows("ending in 999"), "{}", page.body);
    // The slip can begin anywhere on a sheet of six, or be written by hand: then its code was shown, and that is noted.
    assert!(!page.shows("name=\"place\"") && !page.shows("class=\"hand\""), "{}", page.body);
    assert_eq!(desk.post("/office/printer", &[("paper", "a4")]).await.status, 303);
    let page = desk.get(&format!("/office/tokens/{number}?lang=en&by_hand=yes")).await;
    assert!(page.shows("name=\"place\"") && page.shows(&format!("<b class=\"digits\">{code}</b>")), "{}", page.body);
    assert_eq!(app.count(&format!("journal where act = 'print_slip' and subject = '{number}'")).await, 1);
    // A clerk of the zone office sees where it stands, and no link to a record that is not theirs to open.
    let counter = app.logged_in("asha", Role::Clerk, "RPR-Z2").await.get(&format!("/office/tokens/{number}?lang=en")).await;
    assert!(counter.shows("12345678901234") && !counter.shows("/centre/doses/"), "{}", counter.body);
    // The same sentence on the person's own page, in their language, without the whole number.
    let link = app.rows("select link from token").await.remove(0);
    let own = app.browser().get(&format!("/t/{link}")).await;
    assert!(own.shows("data-finding=\"wrong_number\"") && own.shows("और टीका न लगवाएँ") && !own.shows("9999"), "{}", own.body);
}

async fn somebody_is_found_by_the_surname_alone(app: TestApp) {
    let (desk, clerk) = (app.logged_in("rekha", Role::Operator, MEKAHARA).await, app.operator(MEKAHARA).await);
    let issue = async |card, name| clerk.issue(app.slot(MEKAHARA, NOON), &Person::new(card).with("name", name)).await.number();
    let (wanted, other) = (issue(1, "Ramlal Agrawal").await, issue(2, "Sita Netam").await);
    for spelling in ["अग्रवाल", "Agarwal", "agrawal 1954"] {
        let found = desk.get(&format!("/office/register?q={spelling}")).await;
        assert!(found.shows(&format!("/office/tokens/{wanted}")) && !found.shows(&other), "{spelling}: {}", found.body);
    }
    let found = desk.get("/office/register?lang=en&q=agrawal+1901").await;
    assert!(!found.shows(&wanted) && found.shows("Nothing"), "{}", found.body);
}

async fn whoever_was_turned_back_gets_a_new_time(app: TestApp) {
    let (desk, clerk) = (app.logged_in("rekha", Role::Operator, MEKAHARA).await, app.operator(MEKAHARA).await);
    let token = clerk.issue(app.slot(MEKAHARA, "2021-03-30 16:00"), &Person::new(1)).await;
    assert!(desk.get("/office/turned-back?lang=en").await.shows("Nobody waits"));
    assert_eq!(clerk.scan(&token.number()).await.said(), "200 too_early");
    // Turned back twice, it is one person who waits.
    app.pass(60);
    assert_eq!(clerk.scan(&token.number()).await.said(), "200 too_early");
    let list = desk.get("/office/turned-back?lang=en").await;
    assert_eq!(list.body.matches("too early").count(), 1, "{}", list.body);
    let handed_over = desk.get("/switch?lang=en").await;
    assert!(handed_over.shows("<a href=\"/office/turned-back\">1</a>"), "{}", handed_over.body);
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

async fn who_takes_over_a_centre_sees_what_is_open_there(app: TestApp) {
    let inside = app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, NOON), &Person::new(1)).await.number();
    app.set_clock("2021-03-30 12:10");
    assert_eq!(app.operator(MEKAHARA).await.scan(&inside).await.said(), "200 admitted");
    let here = app.logged_in("rekha", Role::Operator, MEKAHARA).await;
    here.post("/pin", &[("present", PASSWORD), ("pin", "4827")]).await;
    app.user("usha", Role::Operator, MEKAHARA).await;
    assert_eq!(here.log_in("usha", PASSWORD).await.status, 303);
    let open = here.get("/switch?lang=en").await;
    for text in ["<a href=\"/centre/hall\">1</a>", "<a href=\"/centre\">0</a>", "<a href=\"/centre/forms\">0</a>"] {
        assert!(open.shows(text), "{text} in {}", open.body);
    }
    // Whoever takes over is at their own work.
    assert_eq!(here.post("/switch", &[("username", "rekha"), ("pin", "4827")]).await.location(), "/centre");
}
