//! Stories of the counter: who gets which place, and who hears why not.

use std::collections::HashSet;

use crate::support::callers::Person;
use crate::support::{SESSION_COLUMNS, TestApp, on_both, state_officer};
use baari::domain::admission::lane;
use baari::domain::place::Role;
use serde_json::json;

const MEKAHARA: &str = "RPR-MEKAHARA";
const FAFADIH: &str = "RPR-FAFADIH";
const NOON: &str = "2021-03-30 12:00";
const ONE: &str = "2021-03-30 13:00";

/// Who owns how many of a slot's places, and how many are taken.
async fn shares(app: &TestApp, slot: i64) -> String {
    let sql = format!("select owner || ' ' || taken || '/' || capacity from share where slot_id = {slot} order by owner");
    app.rows(&sql).await.join(", ")
}

on_both! {
    the_same_command_gives_the_same_answer_and_one_token,
    a_command_sent_eight_times_at_once_is_done_once,
    one_person_holds_one_token_whatever_mobile_they_name,
    who_is_due_follows_from_age_certificate_and_work,
    four_people_share_a_mobile_number,
    a_second_dose_waits_for_its_interval_and_its_vaccine,
    somebody_known_is_helped_as_they_need_it_today,
    a_zone_office_issues_within_its_window_only,
    every_place_has_an_owner_and_goes_back_to_it,
    places_kept_for_one_dose_go_to_nobody_else,
    a_family_of_second_doses_keeps_the_slot_that_is_kept_for_them,
    a_moved_token_keeps_its_number_and_its_old_slip_still_opens,
    a_clerk_takes_back_what_was_just_issued_for_a_minute,
    a_clerk_takes_a_cancellation_back_for_a_minute,
    bad_input_names_each_field,
    the_form_comes_back_with_everything_that_was_typed,
    an_operator_is_offered_her_own_centre_only,
    a_family_gets_adjacent_places_or_hears_why_not,
    a_family_is_sent_to_one_gate,
    a_slot_that_is_half_over_is_not_chosen_by_itself,
    the_same_family_sent_twice_is_issued_once,
    the_clerk_says_whether_it_is_the_same_person,
    one_search_finds_both_scripts_and_what_a_scanner_types,
}

async fn the_same_command_gives_the_same_answer_and_one_token(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let noon = app.slot(MEKAHARA, NOON);
    let answer = clerk.issue_as("k", noon, &Person::new(1)).await;
    assert_eq!(answer.said(), "201 issued");
    let told = ["call_number", "centre", "vaccine", "starts_at", "ends_at"].map(|field| answer.text(field)).join(" ");
    insta::assert_snapshot!(told, @"03-001 RPR-MEKAHARA covishield 2021-03-30T12:00:00+05:30 2021-03-30T13:00:00+05:30");
    assert_eq!((answer.json["dose"].as_i64(), answer.json["revision"].as_i64()), (Some(1), Some(1)));
    assert_eq!(clerk.token(&answer.number()).await.json, answer.json);

    assert_eq!(clerk.issue_as("k", noon, &Person::new(1)).await, answer);
    assert_eq!(clerk.issue_as("k", noon, &Person::new(2)).await.said(), "422 id_reused");
    assert_eq!(app.count("token").await, 1);
    // Another program's keys are its own.
    assert_eq!(app.operator(MEKAHARA).await.issue_as("k", noon, &Person::new(3)).await.said(), "201 issued");

    // A refusal stays one under its key, even when the reason is gone.
    assert_eq!(clerk.issue_as("r", noon, &Person::new(1)).await.said(), "409 has_token");
    assert_eq!(clerk.cancel(&answer.number()).await.said(), "200 cancelled");
    assert_eq!(clerk.issue_as("r", noon, &Person::new(1)).await.said(), "409 has_token");
    assert_eq!(clerk.issue_as("n", noon, &Person::new(1)).await.said(), "201 issued");
}

async fn a_command_sent_eight_times_at_once_is_done_once(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let (noon, one) = (app.slot(MEKAHARA, NOON), app.slot(MEKAHARA, ONE));
    let person = Person::new(1);
    let issued = futures_util::future::join_all((0..8).map(|_| clerk.issue_as("issue", noon, &person))).await;
    assert_eq!(issued[0].said(), "201 issued");
    assert!(issued.iter().all(|answer| *answer == issued[0]));
    let number = issued[0].number();
    let moved = futures_util::future::join_all((0..8).map(|_| clerk.reschedule_as("move", &number, one))).await;
    let said: Vec<_> = moved.iter().map(crate::support::callers::Answer::said).collect();
    assert_eq!(said, vec!["200 issued"; 8]);
    let cancelled = futures_util::future::join_all((0..8).map(|_| clerk.cancel_as("cancel", &number, "ill"))).await;
    let said: Vec<_> = cancelled.iter().map(crate::support::callers::Answer::said).collect();
    assert_eq!(said, vec!["200 cancelled"; 8]);
    assert_eq!(shares(&app, noon).await + &shares(&app, one).await, "open 0/4, walk_in 0/1, zone:1 0/1, zone:2 0/4".repeat(2));
}

async fn one_person_holds_one_token_whatever_mobile_they_name(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let (noon, one) = (app.slot(MEKAHARA, NOON), app.slot(MEKAHARA, ONE));
    let ram = Person::new(1).mobile("9876543210");
    let token = clerk.issue(noon, &ram).await.number();
    let second = clerk.issue(one, &ram).await;
    assert_eq!(second.said(), "409 has_token");
    assert_eq!(second.json["refusal"]["number"].as_str(), Some(&*token));

    let known = clerk.issue(one, &Person::new(1).mobile("9876500000")).await;
    insta::assert_snapshot!(known.explained(), @"409 id_known: This ID is on record for रा… प्र…, under a mobile ending in 210. Type that mobile number, or check the ID.");
    assert_eq!(clerk.issue(one, &Person::new(1)).await.json, known.json);
    assert_eq!(clerk.issue(one, &Person::new(1).mobile("+91 98765-43210")).await.said(), "409 has_token");
}

async fn who_is_due_follows_from_age_certificate_and_work(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let noon = app.slot(MEKAHARA, NOON);
    let fifty = Person::new(1).born(1971);
    assert_eq!(clerk.issue(noon, &fifty).await.said(), "409 certificate_needed");
    assert_eq!(clerk.issue(noon, &fifty.with("certificate", true)).await.said(), "201 issued");
    let thirty = Person::new(2).born(1991);
    let refused = clerk.issue(noon, &thirty).await;
    assert_eq!((refused.said(), refused.json["refusal"]["from"].as_str()), ("409 not_due".into(), Some("2021-05-01")));
    assert_eq!(clerk.issue(noon, &thirty.with("category", "front_line")).await.said(), "201 issued");
    assert_eq!(clerk.issue(noon, &Person::new(3).born(1961)).await.said(), "201 issued");
    // From 1 April on, 45 is enough: the rule of the day of issue counts.
    app.set_clock("2021-03-31 23:59");
    let april = "RPR-MEKAHARA,2021-04-02,covishield,1,18,200,10:00,11:00,60,5,,2021-03-30 00:00,2021-04-02 10:00\n";
    app.field(&[&format!("{SESSION_COLUMNS}{april}")]).await;
    let later = app.slot(MEKAHARA, "2021-04-02 10:00");
    let other_fifty = Person::new(4).born(1971);
    assert_eq!(clerk.issue(later, &other_fifty).await.said(), "409 certificate_needed");
    app.pass(60);
    assert_eq!(clerk.issue(later, &other_fifty).await.said(), "201 issued");
}

async fn four_people_share_a_mobile_number(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let noon = app.slot(MEKAHARA, NOON);
    let family = |card| Person::new(card).mobile("9876543210");
    let mut numbers = Vec::new();
    for card in 1..=4 {
        numbers.push(clerk.issue(noon, &family(card)).await.number());
    }
    let fifth = clerk.issue(noon, &family(5)).await;
    insta::assert_snapshot!(fifth.explained(), @"409 mobile_full: 4 people already hold tokens under this mobile number. Use another number, or none.");
    assert_eq!(clerk.issue(noon, &Person::new(5)).await.said(), "201 issued");
    // Whoever helps many is not stopped for it, and takes no place from their own family.
    let helped =
        Person::new(7).mobile("9876543210").with("mobile_of", "health_worker").with("language", "en").with("needs", "sight,wheelchair");
    assert_eq!(clerk.issue(noon, &helped).await.said(), "201 issued");
    let kept = app.rows("select mobile_of || ' ' || language || ' ' || needs from beneficiary where mobile_of <> 'own'").await;
    assert_eq!(kept, ["health_worker en wheelchair,sight"]);
    assert_eq!(clerk.issue(noon, &helped.with("id_number", "CGR0000099").with("needs", "legs")).await.fields(), "person.needs bad_choice");
    assert_eq!(clerk.cancel(&numbers[0]).await.said(), "200 cancelled");
    assert_eq!(clerk.issue(noon, &family(6)).await.said(), "201 issued");
    // Whoever is picked from the record instead of typed is counted too, at the counter and on the way to the waiting list.
    let first = app.core.read().await.expect("a transaction").token(numbers[0].parse().expect("a number")).await.expect("read");
    let first = first.expect("the token").beneficiary_id.to_string();
    let asha = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let key = asha.get("/office").await.value("key");
    let picked = [("mobile", "9876543210"), ("person", &*first), ("key", &key)];
    for (path, more) in [("/office/tokens", ("slot", noon.to_string())), ("/office/waiting", ("standby", String::new()))] {
        let mut fields = picked.to_vec();
        fields.push((more.0, &more.1));
        let told = asha.post(&format!("{path}?lang=en"), &fields).await;
        assert!(told.shows("4 people already hold tokens under this mobile number"), "{path}: {} {}", told.status, told.body);
    }
}

async fn somebody_known_is_helped_as_they_need_it_today(app: TestApp) {
    let (clerk, asha) = (app.clerk("RPR-Z2").await, app.logged_in("asha", Role::Clerk, "RPR-Z2").await);
    let noon = app.slot(MEKAHARA, NOON);
    let before = clerk.issue(noon, &Person::new(1).mobile("9876543210").with("needs", "sight").with("language", "en")).await.number();
    assert_eq!(clerk.cancel(&before).await.said(), "200 cancelled");
    let found = asha.post("/office/people", &[("mobile", "9876543210")]).await;
    assert!(found.shows("data-needs=\"sight\" data-language=\"en\""), "{}", found.body);
    let token = app.core.read().await.expect("a transaction").token(before.parse().expect("a number")).await.expect("read");
    let id = token.expect("the token").beneficiary_id.to_string();
    let noon = noon.to_string();
    let on_record = async || app.rows("select language || ' ' || needs from beneficiary").await;
    let issue = async |key: &str, cared: &str| {
        let care = [("cared", cared), ("need_wheelchair", "yes"), ("language", "hi")];
        let fields = [&[("mobile", "9876543210"), ("person", &*id), ("slot", &*noon), ("key", key)][..], &care[..]].concat();
        let number = asha.post("/office/tokens", &fields).await.location().rsplit('=').next().unwrap_or_default().to_owned();
        assert_eq!(clerk.cancel(&number).await.said(), "200 cancelled");
    };
    // What stands in the form of somebody else is not theirs.
    issue("one", "").await;
    assert_eq!(on_record().await, ["en sight"]);
    issue("two", &id).await;
    assert_eq!(on_record().await, ["hi wheelchair"]);
}

async fn a_second_dose_waits_for_its_interval_and_its_vaccine(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let noon = app.slot(MEKAHARA, NOON);
    let soon = clerk.issue_second(noon, &Person::new(1), "covishield", "2021-02-17").await;
    assert_eq!((soon.said(), soon.json["refusal"]["earliest"].as_str()), ("409 too_soon".into(), Some("2021-03-31")));
    let other = clerk.issue_second(noon, &Person::new(1), "covaxin", "2021-01-20").await;
    assert_eq!((other.said(), other.json["refusal"]["vaccine"].as_str()), ("409 other_vaccine".into(), Some("covaxin")));
    let in_time = clerk.issue_second(noon, &Person::new(1), "covishield", "2021-02-16").await;
    assert_eq!((in_time.said(), in_time.json["dose"].as_i64()), ("201 issued".into(), Some(2)));
    // The stated dose is on record now, and nobody talks it away.
    assert_eq!(clerk.cancel(&in_time.number()).await.said(), "200 cancelled");
    let again = clerk.issue(noon, &Person::new(1)).await;
    assert_eq!((again.said(), again.json["dose"].as_i64()), ("201 issued".into(), Some(2)));
    // Somebody who had a first dose was due then: age is not asked again.
    assert_eq!(clerk.issue_second(noon, &Person::new(2).born(1980), "covishield", "2021-02-01").await.said(), "201 issued");
}

async fn a_zone_office_issues_within_its_window_only(app: TestApp) {
    let (clerk, operator) = (app.clerk("RPR-Z2").await, app.operator(FAFADIH).await);
    let tomorrow = app.slot(FAFADIH, "2021-03-31 14:00");
    assert_eq!(clerk.issue(tomorrow, &Person::new(1)).await.said(), "409 outside_issue_window");
    assert_eq!(operator.issue(tomorrow, &Person::new(2)).await.said(), "201 issued");
    app.set_clock(NOON);
    assert_eq!(clerk.issue(tomorrow, &Person::new(3)).await.said(), "201 issued");
    app.set_clock("2021-03-31 12:00");
    assert_eq!(clerk.issue(tomorrow, &Person::new(4)).await.said(), "409 outside_issue_window");
    assert_eq!(clerk.issue(app.slot(MEKAHARA, "2021-03-30 10:00"), &Person::new(4)).await.said(), "409 slot_over");
}

async fn every_place_has_an_owner_and_goes_back_to_it(app: TestApp) {
    let (clerk, operator) = (app.clerk("RPR-Z2").await, app.operator(FAFADIH).await);
    let noon = app.slot(FAFADIH, NOON);
    let own = clerk.issue(noon, &Person::new(1)).await;
    assert_eq!(shares(&app, noon).await, "open 0/1, walk_in 0/1, zone:2 1/1");
    let open = clerk.issue(noon, &Person::new(2)).await;
    assert_eq!(shares(&app, noon).await, "open 1/1, walk_in 0/1, zone:2 1/1");
    assert_eq!(clerk.issue(noon, &Person::new(3)).await.said(), "409 no_place");
    assert_eq!(operator.issue(noon, &Person::new(3)).await.said(), "201 issued");
    assert_eq!(operator.issue(noon, &Person::new(4)).await.said(), "409 no_place");
    assert_eq!([&own, &open].map(|token| token.text("call_number").to_owned()), ["03-001", "03-002"]);

    assert_eq!(clerk.cancel(&own.number()).await.said(), "200 cancelled");
    assert_eq!(shares(&app, noon).await, "open 1/1, walk_in 1/1, zone:2 0/1");
    assert_eq!(clerk.cancel(&own.number()).await.said(), "409 not_waiting");
    // A serial is never given twice, a place is.
    assert_eq!(clerk.issue(noon, &Person::new(5)).await.text("call_number"), "03-004");

    // A zone's share counts at any centre; what is open there does not.
    let (far_clerk, hospital) = (app.clerk("RPR-Z1").await, app.slot(MEKAHARA, NOON));
    assert_eq!(far_clerk.issue(hospital, &Person::new(6)).await.said(), "201 issued");
    assert_eq!(far_clerk.issue(hospital, &Person::new(7)).await.said(), "409 no_place");
    assert_eq!(far_clerk.issue(noon, &Person::new(7)).await.said(), "409 out_of_scope");
}

async fn places_kept_for_one_dose_go_to_nobody_else(app: TestApp) {
    let (clerk, operator) = (app.clerk("RPR-Z2").await, app.operator(FAFADIH).await);
    let day = |shares: &str, doses: &str| {
        let row = format!("{FAFADIH},2021-04-05,covishield,{doses},18,200,10:00,12:00,60,6,{shares},2021-03-29 00:00,2021-04-05 10:00\n");
        format!("{SESSION_COLUMNS}{row}")
    };
    let wrong = app.import(&state_officer(), &day("dose_2:1", "1"), true).await;
    assert!(wrong.wrong.iter().any(|row| row.column == "shares"), "{:?}", wrong.wrong);
    app.field(&[&day("RPR-Z2:1 dose_2:2", "1 2")]).await;
    let (ten, eleven) = (app.slot(FAFADIH, "2021-04-05 10:00"), app.slot(FAFADIH, "2021-04-05 11:00"));
    assert_eq!(clerk.issue(ten, &Person::new(1)).await.said(), "201 issued");
    for second in [2, 3] {
        assert_eq!(clerk.issue_second(ten, &Person::new(second), "covishield", "2021-02-01").await.said(), "201 issued");
    }
    // Whoever comes for a second dose took nobody's place for it.
    assert_eq!(shares(&app, ten).await, "dose_2 2/2, zone:2 1/1");
    assert_eq!(clerk.issue(eleven, &Person::new(4)).await.said(), "201 issued");
    assert_eq!(clerk.issue(eleven, &Person::new(5)).await.said(), "409 no_place");
    assert_eq!(operator.issue(eleven, &Person::new(5)).await.said(), "409 no_place");

    app.core.reload_board().await.expect("a board");
    let free = app.browser().get("/api/v1/slots?date=2021-04-05").await.body;
    let free: serde_json::Value = serde_json::from_str(&free).expect("JSON");
    assert_eq!(free["slots"][1]["free"], 2);
    assert_eq!(free["slots"][1]["free_by_dose"], serde_json::json!([{ "dose": 1, "free": 0 }, { "dose": 2, "free": 2 }]));
    let page = app.browser().get(&format!("/c/{FAFADIH}?date=2021-04-05&lang=en")).await.body;
    assert!(page.contains("2 only for dose 2"), "{page}");

    // A move keeps to them too, and gives them back.
    let moved = clerk.issue_second(eleven, &Person::new(6), "covishield", "2021-02-01").await.number();
    assert_eq!(shares(&app, eleven).await, "dose_2 1/2, zone:2 1/1");
    let first = clerk.issue(app.slot(FAFADIH, "2021-03-31 14:00"), &Person::new(7)).await;
    assert_eq!(first.said(), "409 outside_issue_window");
    let first = operator.issue(app.slot(FAFADIH, "2021-03-31 14:00"), &Person::new(7)).await.number();
    assert_eq!(operator.reschedule(&first, eleven).await.said(), "409 no_place", "two are free there, for second doses");
    let second = operator.issue_second(app.slot(FAFADIH, "2021-03-31 14:00"), &Person::new(8), "covishield", "2021-02-01").await.number();
    assert_eq!(operator.reschedule(&second, eleven).await.said(), "200 issued");
    assert_eq!(shares(&app, eleven).await, "dose_2 2/2, zone:2 1/1");
    assert_eq!(clerk.cancel(&moved).await.said(), "200 cancelled");
    assert_eq!(shares(&app, eleven).await, "dose_2 1/2, zone:2 1/1");
}

async fn a_family_of_second_doses_keeps_the_slot_that_is_kept_for_them(app: TestApp) {
    let row = format!("{FAFADIH},2021-04-05,covishield,1 2,18,200,10:00,11:00,60,2,dose_2:2,2021-03-29 00:00,2021-04-05 10:00\n");
    app.field(&[&format!("{SESSION_COLUMNS}{row}")]).await;
    let kept = app.slot(FAFADIH, "2021-04-05 10:00").to_string();
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let key = browser.get("/office").await.value("key");
    let person = |card: &'static str| {
        let id = [("gender", "female"), ("id_type", "voter_id"), ("id_number", card)];
        [&[("name", "सीता बाई"), ("age", "69"), ("earlier_vaccine", "covishield"), ("earlier_date", "01-02-2021")][..], &id[..]].concat()
    };
    let first = [&person("CGR0000001")[..], &[("slot", &*kept), ("key", &*key), ("act", "add")]].concat();
    let page = browser.post("/office/tokens?lang=en", &first).await;
    assert!(page.shows(&format!("value=\"{kept}\" checked")) && !page.shows("error-summary"), "{}", page.body);
    let (key, members) = (page.value("key"), page.value("members").replace("&#34;", "\""));
    let second =
        [&person("CGR0000002")[..], &[("name", "गीता बाई"), ("slot", &*kept), ("key", &*key), ("members", &*members), ("act", "issue")]]
            .concat();
    assert_eq!(browser.post("/office/tokens", &second[1..]).await.status, 303);
    assert_eq!(app.rows("select owner || ' ' || count(*) from token group by owner").await, ["dose_2 2"]);
}

async fn a_moved_token_keeps_its_number_and_its_old_slip_still_opens(app: TestApp) {
    let (clerk, browser) = (app.clerk("RPR-Z2").await, app.browser());
    let (noon, one) = (app.slot(MEKAHARA, NOON), app.slot(MEKAHARA, ONE));
    let token = clerk.issue(noon, &Person::new(1)).await;
    let moved = clerk.reschedule_as("m", &token.number(), one).await;
    assert_eq!((moved.said(), moved.json["revision"].as_i64(), moved.text("call_number")), ("200 issued".into(), Some(2), "04-001"));
    for same in ["number", "secret_code", "link"] {
        assert_eq!(moved.text(same), token.text(same));
    }
    assert_ne!(moved.text("qr"), token.text("qr"));
    assert_eq!(clerk.reschedule_as("m", &token.number(), one).await, moved);
    assert_eq!(shares(&app, noon).await, "open 0/4, walk_in 0/1, zone:1 0/1, zone:2 0/4");
    assert_eq!(shares(&app, one).await, "open 0/4, walk_in 0/1, zone:1 0/1, zone:2 1/4");
    assert_eq!(clerk.reschedule(&token.number(), one).await.said(), "409 same_slot");
    for slip in [&token, &moved] {
        let (_, code) = slip.text("qr").split_once("/T/").expect("an address");
        let opened = browser.get(&format!("/T/{code}")).await;
        assert_eq!((opened.status, format!("{}{}", app.url, opened.location())), (303, token.text("link").to_owned()));
    }
    // To another centre of the zone, and back into the past: no.
    assert_eq!(clerk.reschedule(&token.number(), app.slot(FAFADIH, NOON)).await.text("centre"), FAFADIH);
    assert_eq!(clerk.reschedule(&token.number(), app.slot(FAFADIH, "2021-03-30 10:00")).await.said(), "409 slot_over");
    assert_eq!(clerk.reschedule(&token.number(), app.slot("RPR-KHAMTARAI", NOON)).await.said(), "409 out_of_scope");
}

async fn a_clerk_takes_back_what_was_just_issued_for_a_minute(app: TestApp) {
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let noon = app.slot(MEKAHARA, NOON).to_string();
    let mut undo = Vec::new();
    for (name, card) in [("गीता", "CGR0000001"), ("मीना", "CGR0000002")] {
        let person = [("name", name), ("age", "६६"), ("gender", "female"), ("id_type", "voter_id"), ("id_number", card)];
        let issued = browser.post("/office/tokens", &[&person[..], &[("slot", &*noon), ("key", card)]].concat()).await;
        let number = issued.location().strip_prefix("/office?issued=").expect("the counter again").to_owned();
        assert!(browser.get(issued.location()).await.shows(&format!("/office/tokens/{number}/undo")));
        undo.push(format!("/office/tokens/{number}/undo"));
    }
    // Only who issued it, whatever the office.
    let other = app.logged_in("usha", Role::Clerk, "RPR-Z2").await;
    assert!(other.post(&undo[0], &[]).await.shows("वापस लेने का एक मिनट बीत गया"));
    app.pass(60);
    assert_eq!(browser.post(&undo[0], &[]).await.location(), "/office?undone=1");
    app.pass(1);
    let late = browser.post(&format!("{}?lang=en", undo[1]), &[]).await;
    assert!(late.shows("The minute for taking back is over."), "{}", late.body);
    assert_eq!(app.count("token where state = 'issued'").await, 1);
}

async fn a_clerk_takes_a_cancellation_back_for_a_minute(app: TestApp) {
    let asha = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let clerk = app.clerk("RPR-Z2").await;
    let noon = app.slot(MEKAHARA, NOON);
    let number = clerk.issue(noon, &Person::new(1).mobile("9876543210")).await.number();
    let (cancel, uncancel) = (format!("/office/tokens/{number}/cancel"), format!("/office/tokens/{number}/uncancel"));
    let cancelled = asha.post(&cancel, &[("reason", "mistake"), ("key", "one")]).await;
    assert!(asha.get(cancelled.location()).await.shows(&uncancel));
    let told = "select state from message where template = 'token_cancelled'";
    assert_eq!(app.rows(told).await, ["waiting"]);

    // Only who cancelled it, within the minute.
    let usha = app.logged_in("usha", Role::Clerk, "RPR-Z2").await;
    assert!(usha.post(&uncancel, &[("key", "u")]).await.shows("यह टोकन रद्द हो चुका है"));
    app.pass(60);
    for _ in 0..2 {
        assert_eq!(asha.post(&uncancel, &[("key", "u")]).await.location(), format!("/office/tokens/{number}?done=uncancelled"));
    }
    assert_eq!(
        (app.rows("select state from token").await, app.rows(told).await, app.faults().await),
        (vec!["issued".into()], vec![], vec![])
    );
    // Cancelled again, it is told again.
    asha.post(&cancel, &[("reason", "ill"), ("key", "two")]).await;
    assert_eq!(app.rows(told).await, ["waiting"]);

    // The person has another one meanwhile, or somebody else has the place, or the minute is over.
    let other = clerk.issue(app.slot(MEKAHARA, ONE), &Person::new(1).mobile("9876543210")).await.number();
    assert!(asha.post(&uncancel, &[("key", "v")]).await.shows("वही फिर छापें"));
    assert_eq!(clerk.cancel(&other).await.said(), "200 cancelled");
    let ours: i64 = 8;
    for card in 0..ours {
        assert_eq!(clerk.issue(noon, &Person::new(10 + card as u32)).await.said(), "201 issued");
    }
    assert!(asha.post(&uncancel, &[("key", "w")]).await.shows("इस स्लॉट में जगह नहीं बची"));
    assert_eq!(app.count("token where state = 'issued'").await, ours);
    app.pass(61);
    assert!(asha.post(&uncancel, &[("key", "x")]).await.shows("यह टोकन रद्द हो चुका है"));
    assert_eq!(app.faults().await, [""; 0]);
}

async fn bad_input_names_each_field(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let noon = app.slot(MEKAHARA, NOON);
    let words = clerk.issue(noon, &Person::new(1).with("gender", "x").with("category", "king")).await;
    assert_eq!(words.fields(), "person.category bad_choice, person.gender bad_choice");
    let wrong = Person::new(1).mobile("12345").born(1850).with("name", "7");
    let wrong = wrong.with("id_type", "aadhaar").with("id_number", "2341 2341 2364");
    let answer = clerk.issue(noon, &wrong).await;
    assert_eq!(answer.said(), "422 invalid");
    insta::assert_snapshot!(answer.fields(), @"person.mobile bad_mobile, person.name bad_name, person.birth_year bad_birth_year, person.id_number bad_id_check_digit");
    assert_eq!(clerk.issue(noon + 1000, &Person::new(1)).await.fields(), "slot bad_choice");
    assert_eq!(clerk.issue_second(noon, &Person::new(1), "soda", "2021-02-01").await.fields(), "earlier_dose.vaccine bad_choice");
    assert_eq!(clerk.issue_second(noon, &Person::new(1), "covaxin", "soon").await.fields(), "earlier_dose.date bad_date");
    assert_eq!(clerk.issue_as("", noon, &Person::new(1)).await.said(), "400 idempotency_key_missing");
    assert_eq!(clerk.token("4821093757").await.fields(), "number bad_number_check_digit");
    assert_eq!(clerk.token("48210").await.fields(), "number bad_number_length");
    let number = clerk.issue(noon, &Person::new(1)).await.number();
    assert_eq!(clerk.cancel_as("k", &number, " ").await.fields(), "reason missing");
    assert_eq!(app.count("token").await, 1);
}

async fn the_form_comes_back_with_everything_that_was_typed(app: TestApp) {
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let noon = app.slot(MEKAHARA, NOON).to_string();
    let typed = |age| {
        [
            ("mobile", "98765 43210"),
            ("name", "सीता \"बाई\""),
            ("age", age),
            ("gender", "female"),
            ("id_type", "pan"),
            ("id_number", "ABCDE1234"),
        ]
    };
    let key = browser.get("/office").await.value("key");
    let last = [("category", "health_worker"), ("certificate", "yes"), ("earlier_vaccine", "covaxin"), ("earlier_date", "31-02-2021")];
    let fields = [&typed("बारह")[..], &last, &[("slot", &*noon), ("key", &*key)]].concat();
    for (lang, title, name, day) in [
        ("hi", "कृपया यह ठीक करें", "नाम अक्षरों में लिखें, हिन्दी या अंग्रेज़ी में।", "तारीख़ 30-03-2021 की तरह लिखें।"),
        ("en", "Please correct this", "Type the name in letters, Hindi or English.", "Type the date as 30-03-2021."),
    ] {
        let page = browser.post(&format!("/office/tokens?lang={lang}"), &fields).await;
        assert_eq!(page.status, 200);
        for text in [title, name, day, &format!("<html lang=\"{lang}\">")] {
            assert!(page.shows(text), "{text} in {}", page.body);
        }
        for (field, value) in [("mobile", "98765 43210"), ("age", "बारह"), ("id_number", "ABCDE1234"), ("earlier_date", "31-02-2021")]
        {
            assert_eq!(page.value(field), value);
        }
        assert_eq!(page.value("name").replace("&#34;", "\""), "सीता \"बाई\"");
        for chosen in ["\"female\" data-needed checked", "\"pan\" selected", "\"health_worker\" selected", "\"covaxin\" selected"] {
            assert!(page.shows(chosen), "{chosen} in {}", page.body);
        }
        assert!(page.shows("name=\"certificate\" value=\"yes\" checked"));
    }
    assert_eq!(app.count("token").await, 0);

    // A refusal keeps what was typed too, and brings a new key for the next try.
    let person =
        |age| [("name", "सीता"), ("age", age), ("gender", "female"), ("id_type", "pan"), ("id_number", "ABCDE1234F"), ("slot", &*noon)];
    let refused = browser.post("/office/tokens?lang=en", &[&person("30")[..], &[("key", &*key)]].concat()).await;
    assert!(refused.shows("is not due yet") || refused.shows("1 May"), "{}", refused.body);
    assert_eq!((refused.value("name"), refused.value("id_number")), ("सीता".into(), "ABCDE1234F".into()));
    let key = refused.value("key");
    let issued = browser.post("/office/tokens", &[&person("67")[..], &[("key", &*key)]].concat()).await;
    assert_eq!(issued.status, 303);
    // The button pressed twice is one token.
    assert_eq!(browser.post("/office/tokens", &[&person("67")[..], &[("key", &*key)]].concat()).await.location(), issued.location());
    assert_eq!(app.count("token").await, 1);
}

async fn an_operator_is_offered_her_own_centre_only(app: TestApp) {
    let browser = app.logged_in("rekha", Role::Operator, MEKAHARA).await;
    let counter = browser.get("/office?lang=en").await;
    assert!(counter.shows("Mekahara · Covishield"), "{}", counter.body);
    assert!(!counter.shows("Fafadih"), "walk-in places of another centre are offered");
}

/// The form of one person at the counter.
fn person<'a>(name: &'a str, age: &'a str, card: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("name", name), ("age", age), ("gender", "female"), ("id_type", "voter_id"), ("id_number", card)]
}

async fn a_family_gets_adjacent_places_or_hears_why_not(app: TestApp) {
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let noon = app.slot(FAFADIH, NOON).to_string();
    let common = [("mobile", "9876543210"), ("slot", &*noon)];
    let family = async |people: &[(&str, &str, &str)], together: bool| {
        let (mut members, mut page) = (String::new(), browser.get("/office").await);
        for (at, (name, age, card)) in people.iter().enumerate() {
            let act = if at + 1 < people.len() { "add" } else { "issue" };
            let (key, typed) = (page.value("key"), person(name, age, card));
            let list = [("members", &*members), ("key", &*key), ("act", act)];
            let mut fields = [&typed[..], &common, &list].concat();
            fields.extend(together.then_some(("together", "yes")));
            page = browser.post("/office/tokens?lang=en", &fields).await;
            if act == "add" {
                assert!(page.shows(&format!("{name}, {age}")), "{}", page.body);
                assert_eq!((page.value("mobile"), page.value("name")), ("9876543210".into(), String::new()));
                members = page.value("members").replace("&#34;", "\"");
            }
        }
        page
    };
    // Two of them find a place in Fafadih's slot, the third does not: nobody, if all or nobody was asked.
    let three = [("गीता बाई", "67", "CGR0000001"), ("मीना बाई", "70", "CGR0000002"), ("रेखा बाई", "72", "CGR0000003")];
    let none = family(&three, true).await;
    assert!(none.shows("No place is left in this slot") && none.shows("but not the whole family"), "{}", none.body);
    assert_eq!((app.count("token").await, none.body.matches("<li><span lang=\"und\">").count()), (0, 3));
    // Without that, an answer for each, and the third is still in the list.
    let some = family(&three, false).await;
    assert!(some.shows("Token issued 03-001") && some.shows("Token issued 03-002") && some.shows("रेखा बाई"), "{}", some.body);
    assert_eq!(
        app.rows("select serial || ' ' || name from token join beneficiary on id = beneficiary_id order by serial").await,
        ["1 गीता बाई", "2 मीना बाई"]
    );
    assert_eq!(shares(&app, noon.parse().expect("a number")).await, "open 1/1, walk_in 0/1, zone:2 1/1");
}

async fn a_family_is_sent_to_one_gate(app: TestApp) {
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    for family in 11..17 {
        let slot = app.slot(MEKAHARA, &format!("2021-03-30 {family}:00"));
        let card = |at: usize| format!("CGR{:07}", 10 * family + at);
        let member = |at: usize| json!({ "name": "गीता बाई", "age": "67", "gender": "female", "id_type": "voter_id", "id_number": card(at), "same": "none" });
        let members = json!((0..4).map(member).collect::<Vec<_>>()).to_string();
        let sent = [("slot", &*slot.to_string()), ("key", &*format!("family {family}")), ("members", &*members)];
        let issued = browser.post("/office/tokens", &sent).await;
        assert_eq!(issued.status, 303, "{}", issued.body);
        let numbers = issued.location().trim_start_matches("/office?issued=").to_owned();
        let lanes: HashSet<i64> = numbers.split(',').map(|number| lane(number.parse().expect("a number"), 2)).collect();
        assert_eq!((numbers.matches(',').count(), lanes.len()), (3, 1), "{numbers}");
    }
}

async fn a_slot_that_is_half_over_is_not_chosen_by_itself(app: TestApp) {
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    for (clock, chosen) in [("11:07", 0), ("11:45", 2)] {
        app.set_clock(&format!("2021-03-30 {clock}"));
        let page = browser.get("/office?lang=en").await;
        let slots: Vec<_> = page.body.split("name=\"slot\"").skip(1).collect();
        let at = slots.iter().position(|slot| slot.split('>').next().is_some_and(|tag| tag.contains("checked")));
        assert_eq!(at, Some(chosen), "{clock} {}", page.body);
    }
}

async fn the_same_family_sent_twice_is_issued_once(app: TestApp) {
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let noon = app.slot(MEKAHARA, NOON).to_string();
    let first = [&person("गीता बाई", "67", "CGR0000001")[..], &[("slot", &*noon), ("key", "one"), ("act", "add")]].concat();
    let list = browser.post("/office/tokens", &first).await.value("members").replace("&#34;", "\"");
    let all =
        [&person("सीता बाई", "69", "CGR0000002")[..], &[("slot", &*noon), ("key", "two"), ("members", &*list), ("act", "issue")]].concat();
    let issued = browser.post("/office/tokens", &all).await;
    assert_eq!(issued.location().matches(',').count(), 1, "{}", issued.body);
    assert_eq!(browser.post("/office/tokens", &all).await.location(), issued.location());
    assert_eq!(app.count("token").await, 2);
    // Their slips are one print.
    let slips = browser.get(&format!("/office/slips?numbers={}", issued.location().trim_start_matches("/office?issued="))).await;
    assert_eq!(slips.body.matches("<article class=\"slip\">").count(), 2);
}

async fn the_clerk_says_whether_it_is_the_same_person(app: TestApp) {
    let (clerk, browser) = (app.clerk("RPR-Z2").await, app.logged_in("asha", Role::Clerk, "RPR-Z2").await);
    let noon = app.slot(MEKAHARA, NOON);
    let first = clerk.issue_second(noon, &Person::new(1).mobile("9876543210"), "covishield", "2021-02-01").await;
    assert_eq!(clerk.cancel(&first.number()).await.said(), "200 cancelled");
    let slot = noon.to_string();
    let typed = |key, same| {
        let who = [("name", "Raam Prasaad"), ("age", "1955"), ("gender", "male"), ("id_type", "pan"), ("id_number", "ABCDE1234F")];
        [&who[..], &[("slot", &*slot), ("key", key), ("same", same), ("mobile", "9123456780")]].concat()
    };
    assert!(browser.post("/office/people?lang=en", &[("mobile", "Dewangan")]).await.shows("Nobody on record under this name."));
    let undated = [&typed("z", "")[..], &[("earlier_date", "01-02-2021")]].concat();
    let asked = browser.post("/office/tokens?lang=en", &undated).await;
    assert!(asked.shows("href=\"#earlier_vaccine\""), "a date that says nothing of the vaccine is not dropped: {}", asked.body);
    // Another card, another number, another script: the name sounds the same, and a year that is said may be one off.
    let asked = browser.post("/office/tokens?lang=en", &typed("a", "")).await;
    assert!(asked.shows("The same person?") && asked.shows("राम प्रसाद") && asked.shows("Dose 1: Covishield"), "{}", asked.body);
    let uuid = asked.body.split("name=\"same\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a choice").to_owned();
    assert_eq!(app.count("token").await, 1);
    // The same: dose 2, on the card that was shown now.
    let same = browser.post("/office/tokens", &typed("b", &uuid)).await;
    assert_eq!(same.status, 303, "{}", same.body);
    assert_eq!(app.rows("select dose || ' ' || id_end from token where state = 'issued'").await, ["2 234F"]);
    assert_eq!((app.count("beneficiary").await, app.count("identity").await), (1, 2));
    assert_eq!(app.count("journal where act = 'same_person'").await, 1);
    // Somebody else of that name and year.
    let other = [
        &typed("c", "none")[..2],
        &[("gender", "male"), ("id_type", "voter_id"), ("id_number", "CGR0000077"), ("slot", &*slot), ("key", "c"), ("same", "none")],
    ]
    .concat();
    assert_eq!(browser.post("/office/tokens", &other).await.status, 303);
    assert_eq!((app.count("beneficiary").await, app.count("journal where act = 'another_person'").await), (2, 1));
}

async fn one_search_finds_both_scripts_and_what_a_scanner_types(app: TestApp) {
    let (clerk, browser) = (app.clerk("RPR-Z2").await, app.logged_in("asha", Role::Clerk, "RPR-Z2").await);
    let noon = app.slot(MEKAHARA, NOON);
    let token = clerk.issue(noon, &Person::new(1).mobile("9876543210")).await;
    clerk.issue(noon, &Person::new(2).with("name", "Lakshmi Sharma").with("gender", "female")).await;
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let search = async |text: &str| browser.get(&format!("/office/register?lang=en&q={}", encoded(text))).await;
    for text in ["Raam", "राम प्रसाद", "ramprasad 1954", "98765 43210"] {
        let found = search(text).await;
        assert!(found.shows("राम प्रसाद") && !found.shows("Lakshmi"), "{text}: {}", found.body);
    }
    assert!(search("लक्ष्मी").await.shows("Lakshmi Sharma"));
    assert!(search("राम 1970").await.shows("Nothing matches"));
    // What a scanner types: control characters around it, small letters.
    let page = format!("/office/tokens/{}", token.number());
    for text in [format!("\u{2}{}\r\n", token.text("qr")), token.text("qr").to_lowercase(), format!("{}\t", token.number())] {
        assert_eq!(search(&text).await.location(), page, "{text:?}");
    }
    // At the counter, somebody without a phone is found by name.
    assert!(browser.post("/office/people", &[("mobile", "laxmi")]).await.shows("Lakshmi Sharma"));
}
