//! The day: the numbers are what happened, each leads to its list, and centres in trouble come first.

use baari::domain::place::Role;

use crate::support::browser::{Browser, Page};
use crate::support::callers::Person;
use crate::support::gates::{admitted, scan_id};
use crate::support::{TestApp, at, on_both};
use serde_json::json;

on_both! {
    the_numbers_are_what_happened_and_lead_to_their_lists,
    a_centre_with_people_outside_comes_first,
    vaccinated_leads_to_every_dose_of_the_day,
}

const MEKAHARA: &str = "RPR-MEKAHARA";
const FAFADIH: &str = "RPR-FAFADIH";
const NOON: &str = "2021-03-30 12:00";

/// The large number before a word.
pub(super) fn large(page: &Page, word: &str) -> String {
    let before = page.body.split_once(&format!("</b> {word}")).unwrap_or_else(|| panic!("no {word} in {}", page.body)).0;
    before.rsplit_once("<b>").expect("a number").1.to_owned()
}

/// The centres in trouble, as they stand.
pub(super) fn in_trouble(page: &Page) -> Vec<String> {
    let list = page.body.split_once("list trouble").map_or("", |(_, rest)| rest.split_once("</ul>").map_or("", |(list, _)| list));
    list.split("<b>").skip(1).map(|row| row.split("</b>").next().unwrap_or("").to_owned()).collect()
}

/// The rows of the list that a number leads to.
async fn rows_behind(browser: &Browser, page: &Page, number: &str, word: &str) -> usize {
    let before = page.body.split_once(&format!("<b>{number}</b> {word}")).expect("the number").0;
    let href =
        before.rsplit_once("href=\"").expect("a link").1.split('"').next().expect("its end").replace("&amp;", "&").replace("&#38;", "&");
    browser.get(&format!("{href}&lang=en")).await.body.matches("<tr").count() - 1
}

async fn the_numbers_are_what_happened_and_lead_to_their_lists(app: TestApp) {
    let (clerk, far) = (app.clerk("RPR-Z2").await, app.clerk("DRG-Z1").await);
    let gate_centre = app.operator(FAFADIH).await;
    let (noon, one) = (app.slot(FAFADIH, NOON), app.slot(MEKAHARA, "2021-03-30 13:00"));
    let mut numbers = Vec::new();
    for (card, born) in [(1, 1950), (2, 1970)] {
        let person = Person::new(card).born(born).with("certificate", true);
        numbers.push(clerk.issue(noon, &person).await.number());
    }
    let later = clerk.issue(one, &Person::new(3)).await.number();
    let cancelled = clerk.issue(one, &Person::new(4)).await.number();
    assert_eq!(clerk.cancel(&cancelled).await.said(), "200 cancelled");
    assert_eq!(far.issue(app.slot("DRG-HOSPITAL", NOON), &Person::new(5)).await.said(), "201 issued");
    assert_eq!(gate_centre.scan(&numbers[0]).await.said(), "200 admitted");
    assert_eq!(gate_centre.scan(&later).await.said(), "200 wrong_centre");
    assert_eq!(gate_centre.scan(&cancelled).await.said(), "200 cancelled");

    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let page = officer.get("/district?lang=en").await;
    assert!(page.shows("Raipur · Tue 30 March 2021"), "{}", page.body);
    let shown = ["tokens issued", "arrived", "vaccinated", "not yet on the portal", "inside, waiting now", "turned back"];
    assert_eq!(shown.map(|word| large(&page, word)), ["3", "1", "0", "0", "1", "2"]);
    for (number, word) in [("3", "tokens issued"), ("1", "arrived"), ("1", "inside, waiting now"), ("2", "turned back")] {
        assert_eq!(rows_behind(&officer, &page, number, word).await.to_string(), number, "{word}");
    }
    // 60 and over, 45 to 59.
    for (age, rows) in [("60", 2), ("45", 1)] {
        let list = officer.get(&format!("/office/register?date=2021-03-30&state=live&age={age}")).await;
        assert_eq!(list.body.matches("<tr").count() - 1, rows, "{age}");
    }
    // By kind of centre.
    let page_of = |kind: &str| format!("/office/register?date=2021-03-30&state=live&kind={kind}");
    assert!(page.shows("kind=government") && page.shows("kind=private"), "{}", page.body);
    for (kind, rows) in [("government", 3), ("private", 0)] {
        let list = officer.get(&page_of(kind)).await;
        assert_eq!(list.body.matches("<tr").count().saturating_sub(1), rows, "{kind}");
    }
    let cancelled_only = officer.get("/district/scans?date=2021-03-30&reason=cancelled&lang=en").await;
    assert!(cancelled_only.shows("cancelled token") && cancelled_only.body.matches("<tr").count() == 2, "{}", cancelled_only.body);
    // Zone, centre, slot.
    let centre = app.core.board().centre_by_code(FAFADIH).expect("the centre").id;
    let page = officer.get(&format!("/district?date=2021-03-30&centre={centre}&lang=en")).await;
    assert_eq!(large(&page, "tokens issued"), "2");
    assert!(page.shows("03 · 12:00–1:00 pm") && page.shows("PHC Fafadih · Tue 30 March 2021"), "{}", page.body);

    // What lies outside the scope does not exist.
    let durg = app.core.board().centre_by_code("DRG-HOSPITAL").expect("the centre").id;
    assert_eq!(officer.get(&format!("/district?centre={durg}")).await.status, 404);
    assert_eq!(officer.get(&format!("/district/scans?centre={durg}")).await.status, 404);
    let state = app.logged_in("state", Role::StateOfficer, "").await;
    assert_eq!(large(&state.get("/district?lang=en").await, "tokens issued"), "4");

    // When the session is over, whoever did not come is a number too; yesterday's day can still be looked at.
    app.set_clock("2021-03-30 18:00");
    let page = officer.get("/district?lang=en").await;
    assert_eq!(large(&page, "did not come"), "2");
    assert_eq!(rows_behind(&officer, &page, "2", "did not come").await, 2);
    app.set_clock("2021-04-05 10:00");
    app.core.reload_board().await.expect("a board");
    let officer = app.logged_in("later", Role::DistrictOfficer, "RPR").await;
    assert_eq!(large(&officer.get("/district?date=2021-03-30&lang=en").await, "tokens issued"), "3");
}

async fn a_centre_with_people_outside_comes_first(app: TestApp) {
    // The opening checks are another story.
    app.tamper("insert into opening_hour (district_id, minute) values (1, 1439)").await;
    let clerk = app.clerk("RPR-Z2").await;
    app.set_clock("2021-03-30 12:05");
    for (card, slot) in [(1, app.slot(FAFADIH, NOON)), (2, app.slot(FAFADIH, NOON)), (3, app.slot(MEKAHARA, NOON))] {
        assert_eq!(clerk.issue(slot, &Person::new(card)).await.said(), "201 issued");
    }
    let inside = clerk.issue(app.slot(MEKAHARA, NOON), &Person::new(4)).await.number();
    let mut gate = app.gate(MEKAHARA, "Gate A").await;
    let turned_back =
        |n| json!({ "id": scan_id(n), "kind": "no_token", "reason": "no slip", "at": at("2021-03-30 12:05"), "clock_proved": true });
    let scans = vec![admitted(1, &inside, at("2021-03-30 12:05")), turned_back(2), turned_back(3), turned_back(4)];
    assert_eq!(gate.sync(scans).await.status, 200);
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let page = officer.get("/district?lang=en").await;
    assert_eq!(in_trouble(&page), ["Mekahara"]);
    assert!(page.shows("75% of those who came were turned back (3)"), "{}", page.body);
    assert!(page.shows("came without a token"));

    // The link goes silent while people are due; then another centre is stopped with more of them outside.
    app.set_clock("2021-03-30 12:40");
    assert!(officer.get("/district?lang=en").await.shows("No gate heard for 35 min: 1 people are due now"));
    let fafadih = app.core.board().centre_by_code(FAFADIH).expect("the centre").id;
    let session = app.core.board().field.sessions.iter().find(|session| session.centre_id == fafadih).expect("a session").id;
    app.tamper(&format!("update session set stopped = true where id = {session}")).await;
    app.core.reload_board().await.expect("a board");
    let page = officer.get("/district?lang=en").await;
    assert_eq!(in_trouble(&page), ["PHC Fafadih", "Mekahara"]);
    assert!(page.shows("Session stopped: 2 people are due now"), "{}", page.body);
}

async fn vaccinated_leads_to_every_dose_of_the_day(app: TestApp) {
    let (clerk, operator) = (app.clerk("RPR-Z2").await, app.operator(MEKAHARA).await);
    let token = clerk.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), &Person::new(1).born(1930)).await;
    assert_eq!(operator.scan(&token.number()).await.said(), "200 admitted");
    let dose = operator.dose("with", &token.number(), json!({ "code": token.text("secret_code") })).await;
    assert_eq!(dose.status, 201, "{dose:?}");
    let without = operator.dose_of("without", &Person::new(2).born(1950), json!({})).await;
    assert_eq!(without.status, 201, "{without:?}");
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let page = officer.get("/district?lang=en").await;
    assert_eq!(large(&page, "vaccinated"), "2");
    assert_eq!(rows_behind(&officer, &page, "2", "vaccinated").await, 2);
    let list = officer.get("/district/given?date=2021-03-30&lang=en").await;
    assert!(list.shows("without a token") && list.shows(&token.number()), "{}", list.body);
    let private = officer.get("/district/given?date=2021-03-30&kind=private&lang=en").await;
    assert!(!private.shows("<tbody>"), "{}", private.body);
    let elsewhere = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert!(!elsewhere.get("/district/given?date=2021-03-30").await.shows("<tbody>"));
}
