//! A session is stopped: its people get the next places, nobody is lost, and no place is given twice.

use std::sync::Arc;

use baari::actions::move_people;
use baari::domain::place::Role;
use baari::error::Error;
use uuid::Uuid;

use crate::support::callers::Person;
use crate::support::gates::{admitted, outcomes};
use crate::support::{SESSION_COLUMNS, TestApp, on_both};

on_both! {
    its_people_get_the_next_places_and_the_old_slip_shows_them,
    who_holds_a_place_kept_for_their_dose_may_have_one_of_the_zone,
    who_finds_no_place_is_a_list_and_gets_one_later,
    a_worker_that_dies_leaves_the_move_to_the_next,
    issuing_goes_on_meanwhile_and_no_place_is_given_twice,
    four_hundred_are_moved_at_noon_while_one_gate_is_cut_off,
}

pub(super) const FAFADIH: &str = "RPR-FAFADIH";
pub(super) const NOON: &str = "2021-03-30 12:00";
const MOVER: Uuid = Uuid::from_u128(7);

/// The session of a centre on the first day.
pub(super) fn session(app: &TestApp, centre: &str) -> i64 {
    let board = app.core.board();
    let id = board.centre_by_code(centre).expect("the centre").id;
    let day = "2021-03-30".parse().expect("a day");
    board.field.sessions.iter().find(|session| session.centre_id == id && session.day == day).expect("a session").id.0
}

/// Lets a worker take its turns until there is nothing to do.
pub(super) async fn work(app: &TestApp) {
    while move_people::turn(&app.core, MOVER).await.expect("a turn") {}
}

/// What always holds: counts are the tokens, and nothing is above its capacity.
pub(super) async fn nothing_is_overbooked(app: &TestApp) {
    let live = "(select count(*) from token where token.slot_id = slot.id and state <> 'cancelled')";
    assert_eq!(app.count(&format!("slot where taken <> {live} or taken > capacity")).await, 0);
    let live = "(select count(*) from token where token.slot_id = share.slot_id and token.owner = share.owner and state <> 'cancelled')";
    assert_eq!(app.count(&format!("share where taken <> {live} or taken > capacity")).await, 0);
}

async fn its_people_get_the_next_places_and_the_old_slip_shows_them(app: TestApp) {
    let (clerk, noon) = (app.clerk("RPR-Z2").await, app.slot(FAFADIH, NOON));
    // An old couple under one number, and a younger man without a phone. The centre has three places an hour tomorrow, one of them the zone's.
    let couple = |card, born| Person::new(card).born(born).mobile("9876543210");
    let one = clerk.issue(noon, &couple(1, 1938)).await;
    let two = clerk.issue(noon, &couple(2, 1945)).await;
    let alone = clerk.issue(app.slot(FAFADIH, "2021-03-30 14:00"), &Person::new(3).born(1955)).await;
    let mut gate = app.gate(FAFADIH, "Gate A").await;
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let path = format!("/district/sessions/{}/stop?lang=en", session(&app, FAFADIH));

    let shown = officer.get(&path).await;
    for text in
        ["<b>3</b> people have to move", "<b>3</b> stay at this centre", "<b>0</b> find no place", "<b>1</b> of them have no mobile"]
    {
        assert!(shown.shows(text), "{text} in {}", shown.body);
    }
    assert!(shown.shows("<td>Wed 31") && !shown.shows("<td>Tue 30"), "nobody is sent to the session that is stopped: {}", shown.body);
    assert_eq!(app.count("token where revision > 1").await, 0);
    let unreasoned = officer.post(&path, &[("what", "move"), ("key", &shown.value("key"))]).await;
    assert!(unreasoned.shows("Choose one of those shown."), "{}", unreasoned.body);
    // Enter in the form, without its button, stops nothing and lets nothing go on.
    let enter = officer.post(&path, &[("key", &*shown.value("key")), ("reason", "no_vaccine")]).await;
    assert!(enter.status == 200 && enter.shows("value=\"no_vaccine\" checked"), "{}", enter.body);
    assert_eq!(app.count("session where stopped").await, 0);
    let fields = [("what", "move"), ("key", &*shown.value("key")), ("reason", "no_vaccine")];
    let done = officer.post(&path, &fields).await;
    assert_eq!((done.status, officer.post(&path, &fields).await.location()), (303, done.location()));
    assert_eq!(app.count("move_job").await, 1);
    work(&app).await;
    let over = officer.get(&path).await;
    assert!(over.shows("This session is stopped.") && over.shows("value=\"resume\"") && !over.shows("value=\"move\""), "{}", over.body);

    // All three tomorrow at noon, which is the first of the afternoon and has three places.
    let now = |number: String| {
        let clerk = clerk.clone();
        async move { clerk.token(&number).await }
    };
    let places: Vec<_> = [now(one.number()).await, now(two.number()).await, now(alone.number()).await]
        .iter()
        .map(|token| (token.text("centre").to_owned(), token.text("starts_at")[..16].to_owned(), token.json["revision"].as_i64()))
        .collect();
    let at = |time: &str| (FAFADIH.to_owned(), format!("2021-03-31T{time}"), Some(2));
    assert_eq!(places, [at("12:00"), at("12:00"), at("12:00")]);
    nothing_is_overbooked(&app).await;
    // Two are told by message, one has no phone and is called.
    let told = app.rows("select template || ' ' || state from message where template = 'token_moved' order by state").await;
    assert_eq!(told, ["token_moved no_phone", "token_moved waiting", "token_moved waiting"]);

    // The old slip opens the page with the new time; the gate has heard; the result, the notice and the list can be printed.
    let (_, code) = one.text("qr").split_once("/T/").expect("an address");
    let link = app.browser().get(&format!("/T/{code}")).await.location().to_owned();
    assert!(app.browser().get(&format!("{link}?lang=en")).await.shows("Wed 31 March"), "the new day");
    let heard = gate.sync(Vec::new()).await;
    let revisions: Vec<_> =
        heard.json["tokens"].as_array().expect("tokens").iter().filter_map(|token| token["revision"].as_i64()).collect();
    assert_eq!(revisions, [2, 2, 2]);
    let result = officer.get(&format!("{}?lang=en", done.location())).await;
    assert!(result.shows("<b>3</b> have a new place") && result.shows("Everybody has had a turn."), "{}", result.body);
    let notice = officer.get(&format!("{}/notice", done.location())).await;
    assert!(notice.shows("मंगल 30 मार्च को यहाँ टीका नहीं लगेगा") && notice.shows(one.text("call_number")), "{}", notice.body);
    assert!(!notice.shows("राम प्रसाद"), "a name on the door");
    let calls = officer.get(&format!("{}/calls?lang=en", done.location())).await;
    // Here no gateway sends: those with a number must be called, too, and the list says so.
    assert_eq!(calls.body.matches("☐").count(), 3, "{}", calls.body);
    assert!(calls.shows("राम प्रसाद") && calls.shows("no SMS gateway is set up") && calls.shows("href=\"tel:+91"), "{}", calls.body);
    // Somebody else's district knows nothing of it.
    let stranger = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert_eq!(stranger.get(done.location()).await.status, 404);
    assert_eq!(stranger.get(&path).await.status, 404);
}

async fn who_holds_a_place_kept_for_their_dose_may_have_one_of_the_zone(app: TestApp) {
    let day = |date: &str, shares: &str| {
        format!("{FAFADIH},{date},covishield,1 2,18,200,10:00,11:00,60,1,{shares},2021-03-29 00:00,{date} 10:00\n")
    };
    app.field(&[&format!("{SESSION_COLUMNS}{}{}", day("2021-04-05", "dose_2:1"), day("2021-04-06", "RPR-Z2:1"))]).await;
    let clerk = app.clerk("RPR-Z2").await;
    let (first, next) = (app.slot(FAFADIH, "2021-04-05 10:00"), app.slot(FAFADIH, "2021-04-06 10:00"));
    assert_eq!(clerk.issue_second(first, &Person::new(1), "covishield", "2021-02-01").await.said(), "201 issued");
    assert_eq!(app.rows("select owner from token").await, ["dose_2"]);
    app.set_clock("2021-04-04 11:00");
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let id = app.rows("select cast(id as text) from session where day = '2021-04-05'").await.remove(0);
    let path = format!("/district/sessions/{id}/stop?lang=en");
    let key = officer.get(&path).await.value("key");
    assert_eq!(officer.post(&path, &[("what", "move"), ("key", &key), ("reason", "no_power")]).await.status, 303);
    work(&app).await;
    assert_eq!(app.rows("select owner || ' ' || slot_id from token").await, [format!("zone:2 {next}")]);
    nothing_is_overbooked(&app).await;
}

async fn who_finds_no_place_is_a_list_and_gets_one_later(app: TestApp) {
    // Durg has one centre and no session but today's.
    let clerk = app.clerk("DRG-Z1").await;
    let token = clerk.issue(app.slot("DRG-HOSPITAL", NOON), &Person::new(1)).await;
    let officer = app.logged_in("officer", Role::DistrictOfficer, "DRG").await;
    let path = format!("/district/sessions/{}/stop?lang=en", session(&app, "DRG-HOSPITAL"));
    let key = officer.get(&path).await.value("key");
    let done = officer.post(&path, &[("what", "move"), ("key", &key), ("reason", "no_power")]).await;
    // While the move goes on its page renews itself.
    let running = officer.get(&format!("{}?lang=en", done.location())).await;
    assert!(running.shows("data-renew") && running.shows("dist/renew"), "{}", running.body);
    work(&app).await;
    let result = officer.get(&format!("{}?lang=en", done.location())).await;
    assert!(!result.shows("data-renew"), "{}", result.body);
    let file = officer.get(&format!("{}/unplaced.csv", done.location())).await;
    assert!(file.status == 200 && file.shows(&shown(&token.number())));
    let elsewhere = app.logged_in("raipur", Role::DistrictOfficer, "RPR").await;
    assert_eq!(elsewhere.get(&format!("{}/unplaced.csv", done.location())).await.status, 404);
    // Whatever their number, each of them is on some page.
    assert!(!officer.get(&format!("{}?skip=1", done.location())).await.shows(&token.number()));
    assert!(result.shows("<b>1</b> found no place") && result.shows(&token.number()), "{}", result.body);
    assert_eq!(clerk.token(&token.number()).await.json["revision"].as_i64(), Some(1));

    // Places are made: the same page moves them.
    let more = "DRG-HOSPITAL,2021-04-01,covishield,1 2,18,200,10:00,17:00,60,70,,2021-03-29 00:00,2021-04-01 17:00\n";
    app.field(&[&format!("{SESSION_COLUMNS}{more}")]).await;
    let again = officer.get(&path).await;
    let next = officer.post(&path, &[("what", "move"), ("key", &again.value("key")), ("reason", "no_power")]).await;
    assert_ne!(next.location(), done.location());
    work(&app).await;
    assert_eq!(&clerk.token(&token.number()).await.text("starts_at")[..10], "2021-04-01");
    nothing_is_overbooked(&app).await;
}

/// A number as people read it.
fn shown(number: &str) -> String {
    number.parse::<baari::domain::number::TokenNumber>().expect("a number").to_string()
}

async fn a_worker_that_dies_leaves_the_move_to_the_next(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let token = clerk.issue(app.slot(FAFADIH, NOON), &Person::new(1)).await.number();
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let path = format!("/district/sessions/{}/stop", session(&app, FAFADIH));
    let key = officer.get(&path).await.value("key");
    assert_eq!(officer.post(&path, &[("what", "move"), ("key", &key), ("reason", "rain")]).await.status, 303);
    // The first worker takes it and is never heard of again.
    let now = app.core.clock.now();
    let mut tx = app.core.write().await.expect("a transaction");
    assert!(tx.lease_move(Uuid::from_u128(1), now, now + 30).await.expect("a lease").is_some());
    tx.commit().await.expect("committed");
    assert!(!move_people::turn(&app.core, MOVER).await.expect("a turn"), "two at one move");
    app.pass(31);
    work(&app).await;
    assert_eq!(clerk.token(&token).await.json["revision"].as_i64(), Some(2));
    work(&app).await;
    assert_eq!(clerk.token(&token).await.json["revision"].as_i64(), Some(2));
}

async fn issuing_goes_on_meanwhile_and_no_place_is_given_twice(app: TestApp) {
    // A hundred and thirty people at Khamtarai. Left are 24 open places of today's other vaccine, and sixty tomorrow.
    let days = ["30", "31"]
        .map(|day| format!("RPR-KHAMTARAI,2021-03-{day},covishield,1 2,18,200,12:00,16:00,60,260,,2021-03-29 00:00,2021-03-31 17:00\n"));
    app.field(&[&format!("{SESSION_COLUMNS}{}", days[0])]).await;
    let clerk = app.clerk("RPR-Z1").await;
    let from = app.core.board().field.slots.iter().find(|slot| slot.capacity == 65).expect("a slot").id.0;
    for card in 0..130 {
        let family = Person::new(card).mobile(&format!("98765{:05}", card / 3));
        assert_eq!(clerk.issue(from + i64::from(card % 2), &family).await.said(), "201 issued");
    }
    app.field(&[&format!("{SESSION_COLUMNS}{}", days[1].replace(",260,", ",60,"))]).await;
    let board = app.core.board();
    let session = board.field.slots.iter().find(|slot| slot.id.0 == from).expect("the slot").session_id;
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let path = format!("/district/sessions/{session}/stop");
    let key = officer.get(&path).await.value("key");
    assert_eq!(officer.post(&path, &[("what", "move"), ("key", &key), ("reason", "other")]).await.status, 303);

    let targets: Vec<_> = board.field.slots.iter().filter(|slot| slot.capacity == 15).map(|slot| slot.id.0).collect();
    assert_eq!(targets.len(), 4);
    let core = Arc::clone(&app.core);
    let moving = tokio::spawn(async move { move_people::turn(&core, MOVER).await });
    let mut issued = 0;
    for card in 200..230 {
        let answer = clerk.issue(targets[card as usize % 4], &Person::new(card)).await;
        issued += i64::from(answer.said() == "201 issued");
        assert!(["201 issued", "409 no_place"].contains(&&*answer.said()), "{answer:?}");
    }
    let moved: Result<bool, Error> = moving.await.expect("a worker");
    assert!(moved.expect("a turn"));
    nothing_is_overbooked(&app).await;
    // Everybody is somewhere: moved, or on the list of those without a place.
    let outcomes = app.rows("select outcome || ' ' || cast(count(*) as text) from move_person group by outcome order by outcome").await;
    let (placed, room) = (84 - issued, 130 - (84 - issued));
    assert_eq!(outcomes, [format!("moved {placed}"), format!("unplaced {room}")], "{issued} issued meanwhile");
    assert_eq!(app.count("token where revision = 2").await, placed);
}

/// A centre for 560 a day stops at noon with 400 people still to come; one of its gates hears nothing.
async fn four_hundred_are_moved_at_noon_while_one_gate_is_cut_off(app: TestApp) {
    let sessions = [
        "RPR-FAFADIH,2021-04-01,covishield,1 2,18,200,10:00,17:00,60,560,,2021-03-29 00:00,2021-04-01 17:00\n",
        "RPR-FAFADIH,2021-04-02,covishield,1 2,18,200,10:00,17:00,60,280,,2021-03-29 00:00,2021-04-02 17:00\n",
        "RPR-MEKAHARA,2021-04-02,covishield,1 2,18,200,10:00,17:00,60,112,,2021-03-29 00:00,2021-04-02 17:00\n",
    ];
    app.field(&[&format!("{SESSION_COLUMNS}{}", sessions.concat())]).await;
    let (mut near, mut far) = (app.gate(FAFADIH, "Gate A").await, app.gate(FAFADIH, "Gate B").await);
    let clerk = app.clerk("RPR-Z2").await;
    let mut slips = Vec::new();
    for card in 0..400 {
        let slot = app.slot(FAFADIH, &format!("2021-04-01 {}:00", 12 + card / 80));
        // Couples under one number; every tenth has none.
        let person = Person::new(card).born(1930 + i64::from(card % 30));
        let person = if card % 10 == 9 { person } else { person.mobile(&format!("98{:08}", card / 2)) };
        let issued = clerk.issue(slot, &person).await;
        assert_eq!(issued.said(), "201 issued", "{card}");
        slips.push(issued.number());
    }
    app.set_clock("2021-04-01 11:50");
    assert_eq!((near.hear_all().await.len(), far.hear_all().await.len()), (400, 400));

    app.set_clock("2021-04-01 12:05");
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let today = "select cast(session.id as text) from session join centre on centre.id = centre_id where code = 'RPR-FAFADIH' and day = '2021-04-01'";
    let path = format!("/district/sessions/{}/stop?lang=en", app.rows(today).await[0]);
    let key = officer.get(&path).await.value("key");
    let done = officer.post(&path, &[("what", "move"), ("key", &key), ("reason", "no_power")]).await;
    work(&app).await;

    // 280 tomorrow at the same centre, 112 at the zone's other one; eight are a list.
    let result = officer.get(&format!("{}?lang=en", done.location())).await;
    assert!(result.shows("<b>392</b> have a new place") && result.shows("<b>8</b> found no place"), "{}", result.body);
    let places = "select code || ' ' || day || ' ' || count(*) from token join slot on slot.id = slot_id join centre on centre.id = token.centre_id \
                  group by code, day order by code, day";
    assert_eq!(app.rows(places).await, ["RPR-FAFADIH 2021-04-01 8", "RPR-FAFADIH 2021-04-02 280", "RPR-MEKAHARA 2021-04-02 112"]);
    nothing_is_overbooked(&app).await;
    assert_eq!(app.count("message where template = 'token_moved'").await, 392);
    assert_eq!(app.count("message where template = 'session_stopped'").await, 8);
    assert_eq!(officer.get(&format!("{}/calls?lang=en", done.location())).await.body.matches("☐").count(), 400);

    // The gate with a link knows; the other lets three in by their old slips, and loses none of them.
    let revised = |tokens: &[serde_json::Value]| tokens.iter().filter(|token| token["revision"] == 2).count();
    assert_eq!(revised(&near.hear_all().await), 392);
    app.pass(300);
    let now = app.core.clock.now();
    let scans: Vec<_> = slips.iter().take(3).zip(1..).map(|(slip, n)| admitted(n, slip, now)).collect();
    app.pass(1800);
    let back = far.sync(scans.clone()).await;
    assert_eq!(outcomes(&back), ["stored"; 3]);
    assert_eq!(outcomes(&far.sync(scans).await), ["stored"; 3]);
    assert_eq!(app.count("scan").await, 3);
    let held = slips[..3].join(", ");
    assert_eq!(app.count(&format!("token where number in ({held}) and state = 'admitted'")).await, 3);
    nothing_is_overbooked(&app).await;
    far.hear_all().await;
    near.hear_all().await;
}
