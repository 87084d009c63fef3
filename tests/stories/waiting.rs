//! Stories of the waiting list: who is full gets a list, and what becomes free goes to the next in order.

use baari::actions::offer_places::turn;
use baari::domain::campaign::Campaign;
use baari::domain::place::Role;
use uuid::Uuid;

use crate::support::browser::{Browser, Page};
use crate::support::callers::Person;
use crate::support::{TestApp, on_both};

on_both! {
    a_place_that_becomes_free_goes_to_who_has_waited_longest,
    two_processes_give_one_place_once_and_in_order,
    who_got_a_token_elsewhere_or_does_not_want_one_leaves_the_list,
    who_leaves_the_list_while_a_token_is_made_has_none,
    a_place_of_who_did_not_come_goes_on_to_a_later_slot_once,
    leftover_doses_go_to_those_who_come_within_the_hour,
    leftover_doses_are_counted_by_the_dose_that_people_come_for,
}

const DURG: &str = "DRG-HOSPITAL";
const THREE: &str = "2021-03-30 15:00";
const FOUR: &str = "2021-03-30 16:00";
const WORKER: Uuid = Uuid::from_u128(7);

/// Nothing is left anywhere but one of the zone's places at three in Durg.
async fn nearly_full(app: &TestApp) -> i64 {
    let three = app.slot(DURG, THREE);
    app.tamper("update share set capacity = 0").await;
    app.tamper(&format!("update share set capacity = 1 where slot_id = {three} and owner like 'zone:%'")).await;
    app.core.reload_board().await.expect("a board");
    three
}

/// Somebody of 67 with a voter's card, as they are typed at the counter.
async fn put(browser: &Browser, card: u32, mobile: &str, more: &[(&str, &str)]) -> Page {
    let key = browser.get("/office").await.value("key");
    let number = format!("CGR{card:07}");
    let name = ["सीता", "राधा", "मीरा", "गीता", "उमा"][card as usize % 5];
    let person =
        [("mobile", mobile), ("name", name), ("age", "1954"), ("gender", "female"), ("id_type", "voter_id"), ("id_number", &number)];
    let mut fields: Vec<_> = person.into_iter().filter(|(field, _)| more.iter().all(|(other, _)| other != field)).collect();
    fields.extend(more);
    fields.push(("key", &key));
    browser.post("/office/waiting", &fields).await
}

/// The worker takes its turns until there is nothing to do.
async fn work(app: &TestApp) {
    while turn(&app.core, WORKER).await.expect("a turn") {}
}

async fn list(app: &TestApp) -> String {
    app.rows("select name || ' ' || state from waiting join beneficiary on beneficiary.id = beneficiary_id order by waiting.id")
        .await
        .join(", ")
}

async fn a_place_that_becomes_free_goes_to_who_has_waited_longest(app: TestApp) {
    let three = nearly_full(&app).await;
    let (asha, office) = (app.logged_in("asha", Role::Clerk, "DRG-Z1").await, app.clerk("DRG-Z1").await);
    let first = office.issue(three, &Person::new(90)).await;
    assert_eq!(first.said(), "201 issued");
    // The counter says what is full, and offers the list under one key.
    let advice = asha.post("/office/advice?lang=en", &[("age", "67")]).await;
    assert!(advice.shows("Full: Durg Hospital") && advice.shows("<kbd>F3</kbd>"), "{}", advice.body);

    assert!(put(&asha, 1, "9876543210", &[("wait_at", "999")]).await.status == 404, "another's centre");
    let done = put(&asha, 1, "9876543210", &[]).await;
    assert_eq!((done.status, done.location()), (303, "/office/waiting?put=1"), "{}", done.body);
    assert!(done.header("set-cookie").starts_with("baari_left=asha"), "the half-typed work is forgotten");
    put(&asha, 2, "", &[]).await;
    // Once more: the same place on the list.
    assert_eq!(put(&asha, 1, "9876543210", &[]).await.location(), "/office/waiting?put=1");
    let page = asha.get("/office/waiting?lang=en&put=2").await;
    assert!(page.shows("number 2 on the list") && page.shows("98765 43210"), "{}", page.body);
    work(&app).await;
    assert_eq!(list(&app).await, "राधा waiting, मीरा waiting");

    // Another zone's clerk sees nothing of it.
    let other = app.logged_in("uma", Role::Clerk, "RPR-Z2").await;
    assert!(!other.get("/office/waiting").await.shows("राधा"));
    assert_eq!(other.post("/office/waiting/1/remove", &[("why", "other")]).await.status, 404);

    assert_eq!(office.cancel(&first.number()).await.said(), "200 cancelled");
    work(&app).await;
    assert_eq!(list(&app).await, "राधा placed, मीरा waiting");
    let number = app.rows("select cast(number as text) from waiting where id = 1").await.remove(0);
    let token = office.token(&format!("{number:0>10}")).await;
    assert_eq!((token.text("starts_at"), token.said()), ("2021-03-30T15:00:00+05:30", "200 issued".into()));
    // One message, in the list's own words; nothing of an ordinary token.
    let told = app.rows("select template || ' ' || state from message order by template, state").await.join(", ");
    assert_eq!(told, "place_found waiting, token_cancelled no_phone, token_issued overtaken");
    let settled = asha.get("/office/waiting?show=settled&lang=en").await;
    assert!(settled.shows("Got a place") && settled.shows(&format!("/office/tokens/{}", token.number())), "{}", settled.body);

    // Whoever has no phone stands on the call list; the own page of somebody who had a token says where they are on the list.
    let third = put(&asha, 3, "9876500003", &[]).await;
    assert_eq!(third.location(), "/office/waiting?put=3");
    assert_eq!(office.cancel(&token.number()).await.said(), "200 cancelled");
    work(&app).await;
    assert_eq!(list(&app).await, "राधा placed, मीरा placed, गीता waiting");
    assert_eq!(app.count("message where template = 'place_found' and state = 'no_phone'").await, 1);
    put(&asha, 1, "9876543210", &[]).await;
    let own = app.browser().get(&format!("{}?lang=en", token.text("link"))).await;
    assert!(own.shows("You are number 2 on the waiting list of Durg Office"), "{}", own.body);
}

async fn two_processes_give_one_place_once_and_in_order(app: TestApp) {
    let three = nearly_full(&app).await;
    let asha = app.logged_in("asha", Role::Clerk, "DRG-Z1").await;
    let office = app.clerk("DRG-Z1").await;
    let tokens = [office.issue(three, &Person::new(90)).await];
    for card in 1..5 {
        put(&asha, card, &format!("987650000{card}"), &[]).await;
    }
    for token in &tokens {
        office.cancel(&token.number()).await;
    }
    let other = app.another().await;
    let turns = (0..6).map(|at| {
        let core = if at % 2 == 0 { &app.core } else { &other.core };
        turn(core, Uuid::from_u128(at))
    });
    for done in futures_util::future::join_all(turns).await {
        done.expect("a turn");
    }
    work(&app).await;
    assert_eq!(list(&app).await, "राधा placed, मीरा waiting, गीता waiting, उमा waiting");
    assert_eq!(app.count("token where state = 'issued'").await, 1);

    // A process that is killed after taking a list leaves a lease that ends; one killed after issuing, a token that the next one finds.
    app.tamper(&format!("update share set capacity = 3 where slot_id = {three} and owner like 'zone:%'")).await;
    app.tamper("update waiting_turn set leased_until = 9000000000, leased_by = '00000000-0000-0000-0000-000000000001'").await;
    work(&app).await;
    assert_eq!(app.count("waiting where state = 'placed'").await, 1);
    app.tamper("update waiting_turn set leased_until = 0").await;
    work(&app).await;
    app.tamper("update waiting set state = 'waiting', number = null where id = 2").await;
    work(&app).await;
    assert_eq!(list(&app).await, "राधा placed, मीरा placed, गीता placed, उमा waiting");
    assert_eq!(app.count("token where state = 'issued'").await, 3);
    assert_eq!(app.count("message where template = 'place_found'").await, 3);
}

async fn who_got_a_token_elsewhere_or_does_not_want_one_leaves_the_list(app: TestApp) {
    nearly_full(&app).await;
    let (asha, office) = (app.logged_in("asha", Role::Clerk, "DRG-Z1").await, app.clerk("RPR-Z2").await);
    let noon = app.slot("RPR-MEKAHARA", "2021-03-30 12:00");
    app.tamper(&format!("update share set capacity = 4 where slot_id = {noon}")).await;
    for card in 1..4 {
        put(&asha, card, "9876543210", &[("wait_at", &app.core.board().centre_by_code(DURG).expect("Durg").id.to_string())]).await;
    }
    app.tamper("update share set capacity = 0 where owner like 'zone:%' and slot_id in (select id from slot where centre_id = (select id from centre where code = 'DRG-HOSPITAL'))").await;
    // The first gets a token in Raipur, where their card is known.
    let mine = Person::new(1).mobile("9876543210").with("name", "राधा").with("gender", "female");
    let token = office.issue(noon, &mine).await;
    assert_eq!(token.said(), "201 issued", "{token:?}");
    work(&app).await;
    assert_eq!(list(&app).await, "राधा elsewhere, मीरा waiting, गीता waiting");
    // Whoever has a token has nothing to wait for; whoever is not due neither.
    let refused = put(&asha, 1, "9876543210", &[]).await;
    assert!(refused.status == 200 && refused.shows(&token.number()[..4]), "{}", refused.body);
    let young = put(&asha, 4, "", &[("age", "30")]).await;
    assert!(young.status == 200 && young.shows("error-summary"), "{}", young.body);
    assert_eq!(app.count("waiting").await, 3);

    assert_eq!(asha.post("/office/waiting/2/remove", &[("why", "")]).await.status, 422);
    for _ in 0..2 {
        assert_eq!(asha.post("/office/waiting/2/remove", &[("why", "withdrew")]).await.status, 303);
    }
    assert_eq!(app.count("journal where act = 'remove_waiting'").await, 1);
    let settled = asha.get("/office/waiting?show=settled&lang=en").await;
    assert!(settled.shows("Taken off: does not want a place any more") && settled.shows("Has a token"), "{}", settled.body);
}

async fn who_leaves_the_list_while_a_token_is_made_has_none(app: TestApp) {
    let three = nearly_full(&app).await;
    let asha = app.logged_in("asha", Role::Clerk, "DRG-Z1").await;
    for card in 1..3 {
        put(&asha, card, "", &[]).await;
    }
    // The database itself plays the clerk who takes the first off in that very moment.
    let leave = "update waiting set state = 'removed', reason = 'withdrew', settled_by = 'user:asha', settled_at = 1 where id = 1;";
    if app.is_shared() {
        app.tamper(&format!("create function leaves() returns trigger language plpgsql as $$ begin {leave} return null; end $$")).await;
        app.tamper("create trigger leaves after insert on token execute function leaves()").await;
    } else {
        app.tamper(&format!("create trigger leaves after insert on token begin {leave} end")).await;
    }
    work(&app).await;
    assert_eq!(list(&app).await, "राधा removed, मीरा placed");
    let tokens = format!(
        "select name || ' ' || token.state from token join beneficiary on id = beneficiary_id where slot_id = {three} order by serial"
    );
    assert_eq!(app.rows(&tokens).await, ["राधा cancelled", "मीरा issued"]);
}

async fn a_place_of_who_did_not_come_goes_on_to_a_later_slot_once(app: TestApp) {
    let mut rules = Campaign::built_in();
    rules.late_minutes = Some(30);
    let strict = app.under(rules).await;
    let noon = app.slot(DURG, "2021-03-30 12:00");
    app.tamper("update share set capacity = 0").await;
    app.tamper(&format!("update share set capacity = 2 where slot_id = {noon} and owner like 'zone:%'")).await;
    let (asha, office) = (app.logged_in("asha", Role::Clerk, "DRG-Z1").await, app.clerk("DRG-Z1").await);
    let absent = office.issue(noon, &Person::new(90)).await;
    let present = office.issue(noon, &Person::new(91)).await;
    assert_eq!((absent.said(), present.said()), ("201 issued".into(), "201 issued".into()));
    assert_eq!(app.operator(DURG).await.scan(present.text("qr")).await.said(), "200 admitted");
    put(&asha, 1, "9876543210", &[]).await;
    put(&asha, 2, "9876543210", &[]).await;
    for (time, waiting) in [("2021-03-30 13:29", 2), ("2021-03-30 13:31", 1), ("2021-03-30 13:32", 1)] {
        app.set_clock(time);
        strict.set_clock(time);
        work(&strict).await;
        assert_eq!(app.count("waiting where state = 'waiting'").await, waiting, "{time}");
    }
    let starts = app
        .rows("select cast(starts as text) from waiting join token on token.number = waiting.number join slot on slot.id = slot_id")
        .await;
    assert_eq!(starts, [crate::support::at(THREE).0.to_string()]);
    // The absent one's token is as it was; no slot holds more than it may.
    assert_eq!(office.token(&absent.number()).await.said(), "200 issued");
    assert_eq!(app.count("slot where taken > capacity").await, 0);
    assert_eq!(app.count("slot where capacity = 11").await, 1);
}

async fn leftover_doses_go_to_those_who_come_within_the_hour(app: TestApp) {
    app.tamper("update share set capacity = 0").await;
    let four = app.slot(DURG, FOUR);
    // One place is kept for a second dose, for which nobody comes any more.
    app.tamper(&format!("insert into share (slot_id, owner, capacity) values ({four}, 'dose_2', 1)")).await;
    let capacity = app.rows(&format!("select cast(capacity + 1 as text) from slot where id = {four}")).await;
    let asha = app.logged_in("asha", Role::Clerk, "DRG-Z1").await;
    for (card, standby) in [(1, false), (2, true), (3, true), (4, true)] {
        let more: &[_] = if standby { &[("standby", "yes")] } else { &[] };
        put(&asha, card, "9876543210", more).await;
    }
    app.set_clock("2021-03-30 15:50");
    let nurse = app.logged_in("nurse", Role::Operator, DURG).await;
    let page = nurse.get("/centre/standby?lang=en").await;
    assert!(page.shows("<b>3</b> Can come within the hour") && page.shows("5:00 pm"), "{}", page.body);
    let session = page.value("session");
    let wrong = nurse.post("/centre/standby?lang=en", &[("session", &session), ("doses", "many"), ("key", &page.value("key"))]).await;
    assert!(wrong.shows("error-summary") && wrong.shows("value=\"many\""), "{}", wrong.body);
    // Sent twice, it is one call.
    for _ in 0..2 {
        let done = nurse.post("/centre/standby", &[("session", &session), ("doses", "2"), ("key", &page.value("key"))]).await;
        assert_eq!((done.status, done.location()), (303, "/centre/standby?called=2"), "{}", done.body);
    }
    assert_eq!(list(&app).await, "राधा waiting, मीरा placed, गीता placed, उमा waiting");
    assert_eq!(app.rows(&format!("select cast(capacity as text) from slot where id = {four}")).await, capacity);
    assert_eq!(app.count(&format!("share where slot_id = {four} and owner = 'dose_2' and capacity = 0")).await, 1);
    assert_eq!(app.count(&format!("token where slot_id = {four} and owner = 'walk_in' and state = 'issued'")).await, 2);
    assert_eq!(app.count("slot where taken > capacity").await, 0);
    // A clerk has no such page, and another day there is no session to call for.
    assert_eq!(asha.get("/centre/standby").await.status, 403);
    app.set_clock("2021-03-30 17:10");
    assert!(nurse.get("/centre/standby?lang=en").await.shows("No session is open here now."));
}

async fn leftover_doses_are_counted_by_the_dose_that_people_come_for(app: TestApp) {
    let four = app.slot(DURG, FOUR);
    app.tamper("update share set capacity = 0").await;
    app.tamper(&format!("insert into share (slot_id, owner, capacity) values ({four}, 'dose_1', 1), ({four}, 'walk_in', 1)")).await;
    let asha = app.logged_in("asha", Role::Clerk, "DRG-Z1").await;
    put(&asha, 1, "9876543210", &[("standby", "yes")]).await;
    let second = [("standby", "yes"), ("earlier_vaccine", "covishield"), ("earlier_date", "01-02-2021")];
    put(&asha, 2, "9876543210", &second).await;
    app.set_clock("2021-03-30 15:50");
    let nurse = app.logged_in("nurse", Role::Operator, DURG).await;
    let page = nurse.get("/centre/standby").await;
    let fields = [("session", &*page.value("session")), ("doses", "2"), ("key", &*page.value("key"))];
    assert_eq!(nurse.post("/centre/standby", &fields).await.location(), "/centre/standby?called=2");
    let owners = app.rows(&format!("select dose || ' ' || owner from token where slot_id = {four} order by dose")).await;
    assert_eq!(owners, ["1 dose_1", "2 walk_in"]);
    assert_eq!(app.count(&format!("share where slot_id = {four} and capacity > 1")).await, 0);
}
