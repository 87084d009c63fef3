//! A session gets fewer places: whoever came last gets another time, everybody else comes as their slip says.

use baari::domain::place::Role;

use super::stop::{FAFADIH, NOON, nothing_is_overbooked, session, work};
use crate::support::callers::Person;
use crate::support::{SESSION_COLUMNS, TestApp, on_both};

on_both! {
    the_last_of_each_slot_leave_and_the_session_goes_on,
    who_finds_no_other_place_keeps_this_one,
    free_places_go_without_anybody_moving,
    what_is_stopped_or_set_up_anew_afterwards,
}

/// The places of a session, whose they are adding up to as many.
async fn places(app: &TestApp, session: i64) -> i64 {
    let odd = "(select coalesce(sum(capacity), 0) from share where share.slot_id = slot.id)";
    assert_eq!(app.count(&format!("slot where session_id = {session} and capacity <> {odd}")).await, 0);
    let sum = app.rows(&format!("select cast(sum(capacity) as text) from slot where session_id = {session}")).await;
    sum[0].parse().expect("a number")
}

async fn the_last_of_each_slot_leave_and_the_session_goes_on(app: TestApp) {
    let (clerk, noon, later) = (app.clerk("RPR-Z2").await, app.slot(FAFADIH, NOON), app.slot(FAFADIH, "2021-03-30 14:00"));
    let stay = [clerk.issue(noon, &Person::new(1)).await, clerk.issue(later, &Person::new(2)).await];
    let go = [
        clerk.issue(noon, &Person::new(3).born(1960).mobile("9876543211")).await,
        clerk.issue(later, &Person::new(4).born(1940).mobile("9876543212")).await,
    ];
    let mut gate = app.gate(FAFADIH, "Gate A").await;
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let id = session(&app, FAFADIH);
    let path = format!("/district/sessions/{id}/fewer");

    let all = officer.get(&format!("{path}?lang=en")).await;
    assert!(all.shows("<b>15</b> places") && all.shows("<b>4</b> of them are taken") && !all.shows("name=\"reason\""), "{}", all.body);
    let wrong = officer.get(&format!("{path}?lang=en&places=16")).await;
    assert!(wrong.shows("from 0 to 15") && !wrong.shows("name=\"reason\""), "{}", wrong.body);
    let shown = officer.get(&format!("{path}?lang=en&places=2")).await;
    for text in ["<b>2</b> people have to move", "<b>2</b> stay at this centre", "<b>0</b> find no place"] {
        assert!(shown.shows(text), "{text} in {}", shown.body);
    }
    assert_eq!(places(&app, id).await, 21, "looking changes nothing");
    let unreasoned = officer.post(&format!("{path}?lang=en"), &[("places", "2"), ("had", "15"), ("key", &shown.value("key"))]).await;
    assert!(unreasoned.shows("Choose one of those shown."), "{}", unreasoned.body);
    let fields = [("places", "2"), ("had", "15"), ("key", &*shown.value("key")), ("reason", "no_vaccine")];
    let done = officer.post(&path, &fields).await;
    assert_eq!((done.status, officer.post(&path, &fields).await.location()), (303, done.location()));
    // Two slots have begun and keep their six. Until they have left, all four have their places, and nobody else gets one.
    assert_eq!((app.count("move_job").await, places(&app, id).await), (1, 10));
    assert_eq!(clerk.issue(noon, &Person::new(9)).await.said(), "409 no_place");
    work(&app).await;

    assert_eq!(places(&app, id).await, 8);
    assert_eq!(clerk.issue(noon, &Person::new(9)).await.said(), "409 no_place");
    nothing_is_overbooked(&app).await;
    for (tokens, revision) in [(&stay[..], 1), (&go[..], 2)] {
        for token in tokens {
            assert_eq!(clerk.token(&token.number()).await.json["revision"].as_i64(), Some(revision));
        }
    }
    assert_eq!(app.count("session where stopped").await, 0);
    assert_eq!(app.rows("select distinct template from message where template <> 'token_issued'").await, ["token_moved"]);
    let revised = |tokens: &[serde_json::Value]| tokens.iter().filter(|token| token["revision"] == 2).count();
    assert_eq!(revised(&gate.hear_all().await), 2);

    let result = officer.get(&format!("{}?lang=en", done.location())).await;
    assert!(result.shows("New times for the last of a session") && result.shows("<b>2</b> have a new place"), "{}", result.body);
    let notice = officer.get(&format!("{}/notice", done.location())).await;
    assert!(notice.shows("टीके कम लगेंगे") && notice.shows(go[0].text("call_number")), "{}", notice.body);
    assert_eq!(notice.body.matches("<th scope=\"row\"").count(), 2, "who stays is not on the door");
    let stranger = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert_eq!(stranger.get(&path).await.status, 404);
    assert_eq!(stranger.post(&path, &fields).await.status, 404);
}

async fn who_finds_no_other_place_keeps_this_one(app: TestApp) {
    /// Of the slots at ten and eleven.
    const BEGUN: i64 = 20;
    // Durg has one centre and no session but today's.
    let (clerk, noon) = (app.clerk("DRG-Z1").await, app.slot("DRG-HOSPITAL", NOON));
    let tokens = [clerk.issue(noon, &Person::new(1)).await.number(), clerk.issue(noon, &Person::new(2)).await.number()];
    let officer = app.logged_in("officer", Role::DistrictOfficer, "DRG").await;
    let id = session(&app, "DRG-HOSPITAL");
    let path = format!("/district/sessions/{id}/fewer?lang=en");
    let empty = officer.get(&format!("{path}&places=")).await;
    assert!(empty.shows("class=\"error-summary\"") && empty.shows("autofocus"), "{}", empty.body);
    let shown = officer.get(&format!("{path}&places=1")).await;
    assert!(shown.shows("<b>1</b> find no place") && shown.shows("keeps this one"), "{}", shown.body);
    let done =
        officer.post(&path, &[("places", "1"), ("had", &shown.value("had")), ("key", &shown.value("key")), ("reason", "no_staff")]).await;
    work(&app).await;
    let result = officer.get(&format!("{}?lang=en", done.location())).await;
    assert!(result.shows("<b>1</b> found no place") && result.shows("They keep their places"), "{}", result.body);
    // Both come as their slips say, nobody is told otherwise, and nobody else gets a place.
    assert_eq!(app.count("token where state = 'issued' and revision = 1").await, 2);
    assert_eq!(app.count("message where template in ('session_stopped', 'token_moved')").await, 0);
    assert_eq!(places(&app, id).await, BEGUN + 2);
    nothing_is_overbooked(&app).await;
    // A place that comes back later is gone, too; the last one stays and is given again.
    assert_eq!(clerk.cancel(&tokens[1]).await.status, 200);
    assert_eq!(places(&app, id).await, BEGUN + 1);
    assert_eq!(clerk.issue(noon, &Person::new(3)).await.said(), "409 no_place");
    assert_eq!(clerk.cancel(&tokens[0]).await.status, 200);
    assert_eq!(clerk.issue(noon, &Person::new(3)).await.said(), "201 issued");
    assert_eq!(places(&app, id).await, BEGUN + 1);
    nothing_is_overbooked(&app).await;
}

async fn free_places_go_without_anybody_moving(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    clerk.issue(app.slot(FAFADIH, NOON), &Person::new(1)).await;
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let id = session(&app, FAFADIH);
    let path = format!("/district/sessions/{id}/fewer?lang=en");
    // At noon the slots before it have begun: they keep what they have.
    app.set_clock("2021-03-30 11:30");
    let shown = officer.get(&format!("{path}&places=8")).await;
    assert!(shown.shows("<b>15</b> places in the slots to come") && shown.shows("Nobody has to move"), "{}", shown.body);
    let done = officer.post(&path, &[("places", "8"), ("had", "15"), ("key", &shown.value("key")), ("reason", "no_vaccine")]).await;
    assert_eq!((done.status, done.location()), (303, &*format!("/district/sessions/{id}")));
    assert_eq!((app.count("move_job").await, places(&app, id).await), (0, 14));
    nothing_is_overbooked(&app).await;
    // What was seen before a slot began is shown anew, and nothing is done.
    let seen = officer.get(&format!("{path}&places=4")).await;
    app.set_clock("2021-03-30 12:00");
    let late = [("places", "4"), ("had", &*seen.value("had")), ("key", &*seen.value("key")), ("reason", "no_vaccine")];
    let anew = officer.post(&path, &late).await;
    assert!(anew.status == 200 && anew.value("had") != seen.value("had"), "{}", anew.body);
    assert_eq!(places(&app, id).await, 14);
    // All people of a stopped session have to move, not its last.
    let stop = format!("/district/sessions/{id}/stop");
    officer.post(&stop, &[("key", "s"), ("what", "stop")]).await;
    assert_eq!(officer.get(&path).await.location(), stop);
    let stopped = [("places", "4"), ("had", &*anew.value("had")), ("key", &*anew.value("key")), ("reason", "no_vaccine")];
    assert_eq!(officer.post(&path, &stopped).await.location(), stop);
    officer.post(&stop, &[("key", "r"), ("what", "resume")]).await;
    assert_eq!(places(&app, id).await, 14);
    app.set_clock("2021-03-30 16:30");
    assert!(officer.get(&path).await.shows("All slots of this session have begun"));
}

async fn what_is_stopped_or_set_up_anew_afterwards(app: TestApp) {
    const TODAY: &str = "DRG-HOSPITAL,2021-03-30,covishield,1 2,18,200,10:00,17:00,60,70,,2021-03-29 00:00,2021-03-30 17:00\n";
    let (clerk, noon) = (app.clerk("DRG-Z1").await, app.slot("DRG-HOSPITAL", NOON));
    for card in 1..=4 {
        clerk.issue(noon, &Person::new(card)).await;
    }
    let officer = app.logged_in("officer", Role::DistrictOfficer, "DRG").await;
    let id = session(&app, "DRG-HOSPITAL");
    let path = format!("/district/sessions/{id}/fewer?lang=en");
    let shown = officer.get(&format!("{path}&places=2")).await;
    officer.post(&path, &[("places", "2"), ("had", &shown.value("had")), ("key", &shown.value("key")), ("reason", "no_staff")]).await;
    work(&app).await;
    assert_eq!(places(&app, id).await, 24, "two have no other place");
    // Then there is room on another day; all are moved, and whoever lets the session go on has two places, not four.
    app.field(&[&format!("{SESSION_COLUMNS}{}", TODAY.replace("03-30", "04-01"))]).await;
    let stop = format!("/district/sessions/{id}/stop");
    officer.post(&stop, &[("what", "move"), ("key", "s"), ("reason", "no_power")]).await;
    work(&app).await;
    officer.post(&stop, &[("what", "resume"), ("key", "r")]).await;
    assert_eq!((app.count("token where revision = 2").await, places(&app, id).await), (4, 22));
    // Set up anew it has as many as that says, and keeps what comes back.
    app.field(&[&format!("{SESSION_COLUMNS}{TODAY}")]).await;
    assert_eq!((places(&app, id).await, app.count("fewer_places").await), (70, 0));
    let again = clerk.issue(noon, &Person::new(5)).await.number();
    assert_eq!(clerk.cancel(&again).await.status, 200);
    assert_eq!(places(&app, id).await, 70);
    nothing_is_overbooked(&app).await;
}
