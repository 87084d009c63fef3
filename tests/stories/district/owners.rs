//! What has to be settled has somebody who looks after it: taken on, taken over, given back; and the day says how much is nobody's.

use baari::domain::place::Role;

use crate::support::browser::{Browser, Page};
use crate::support::callers::Person;
use crate::support::gates::admitted;
use crate::support::{TestApp, on_both};

on_both! {
    everything_to_settle_is_counted_and_taken_on_in_its_list,
    nobody_loses_what_they_took_on_and_an_officer_takes_over,
}

const MEKAHARA: &str = "RPR-MEKAHARA";

/// Each list, and what the day calls what is in it.
const LISTS: [(&str, &str); 7] = [
    ("/district/conflicts", "scans that do not go together"),
    ("/district/desks", "brought by desks"),
    ("/district/objections", "reports from people"),
    ("/office/messages", "messages not delivered"),
    ("/district/portal", "doses refused by the portal"),
    ("/district/portal/differences", "differ from the portal"),
    ("/district/alarms", "alarms"),
];

/// Two admissions of one token.
async fn conflict(app: &TestApp) -> String {
    let number =
        app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, "2021-03-30 12:00"), &Person::new(1).mobile("9876500001")).await.number();
    let (mut a, mut b) = (app.gate(MEKAHARA, "Gate A").await, app.gate(MEKAHARA, "Gate B").await);
    let now = app.core.clock.now();
    a.sync(vec![admitted(1, &number, now)]).await;
    b.sync(vec![admitted(2, &number, now)]).await;
    number
}

/// One of each kind, in Raipur.
async fn one_of_each(app: &TestApp) {
    let number = conflict(app).await;
    let link = app.rows("select link from token").await.remove(0);
    let form = app.browser().get(&format!("/t/{link}/wrong")).await;
    let said = [("key", &*form.value("key")), ("about", "person"), ("words", "यह मैं नहीं हूँ")];
    assert_eq!(app.browser().post(&format!("/t/{link}/wrong"), &said).await.status, 303);
    let (id, blob) = if app.is_shared() { ("gen_random_uuid()", "'\\x00'") } else { ("randomblob(16)", "x'00'") };
    let board = app.core.board();
    let zone = board.field.zones.iter().find(|zone| zone.code == "RPR-Z2").expect("the zone");
    let (zone, district) = (zone.id, zone.district_id);
    for sql in [
        format!(
            "insert into dose (id, beneficiary_id, number, vaccine, given_on, source, token, centre_id, batch, given_at, entered_at) \
             select {id}, beneficiary_id, 1, 'covishield', '2021-03-30', 'recorded', number, centre_id, 'B1', 1617084000, 1617084120 \
             from token where number = {number}"
        ),
        "insert into upload (dose_id, due_at, state, words) select id, 1617256800, 'refused', 'no batch' from dose".to_owned(),
        "insert into portal_finding (beneficiary_id, dose, kind, here, there, found_at) \
         select beneficiary_id, 1, 'wrong_date', '2021-03-30', '2021-03-29', 1617085000 from dose"
            .to_owned(),
        "update message set state = 'failed', settled_at = 1617085000".to_owned(),
        format!(
            "insert into alarm (id, kind, who, district_id, tokens, first_at, last_at, found_at) \
             values (1, 'operator', 'user:bina', {district}, 9, 1617082000, 1617083000, 1617083000)"
        ),
        format!(
            "insert into desk (id, zone_id, name, public, secret_hash, asked_at, asked_by, most, word) \
             values (1, {zone}, 'PC 1', {blob}, {blob}, 1617080000, 'user:bina', 60, 'w')"
        ),
        format!("insert into desk_task (id, desk_id, kind, number, found_at) values ({id}, 1, 'copied', 0, 1617083000)"),
    ] {
        app.tamper(&sql).await;
    }
}

/// The first button by which something is taken on or given back: where it leads, its name and its value.
fn button(page: &Page) -> [String; 3] {
    let (_, rest) = page.body.split_once("form=\"charge\"").unwrap_or_else(|| panic!("no button in {}", page.body));
    ["formaction=\"", "name=\"", "value=\""].map(|part| {
        let (_, value) = rest.split_once(part).expect("its part");
        value.split('"').next().expect("its end").to_owned()
    })
}

/// Presses that button, as a browser does.
async fn press(browser: &Browser, page: &Page) -> Page {
    let [action, name, value] = button(page);
    let fields = [("key", page.value("key")), ("whose", page.value("whose")), ("rest", page.value("rest")), (&*name, value)];
    browser.post(&action, &fields.each_ref().map(|(name, value)| (*name, &**value))).await
}

async fn everything_to_settle_is_counted_and_taken_on_in_its_list(app: TestApp) {
    one_of_each(&app).await;
    let asha = app.logged_in("asha", Role::DistrictOfficer, "RPR").await;
    let durg = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert!(durg.get("/district?lang=en").await.shows("Nothing waits to be settled."));
    for (list, name) in LISTS {
        let day = asha.get("/district?lang=en").await;
        let (all, nobodys) =
            (format!("<a href=\"{list}\"><b>1</b> {name}</a>"), format!("<a href=\"{list}?whose=nobodys\">1 nobody&#39;s</a>"));
        assert!(day.shows(&all) && day.shows(&nobodys), "{all} {nobodys} in {}", day.body);
        let page = asha.get(&format!("{list}?whose=nobodys&lang=en")).await;
        assert_eq!((page.status, page.body.matches("I take it<").count()), (200, 1), "{list}: {}", page.body);
        assert_eq!(asha.get(&format!("{list}?whose=mine&lang=en")).await.body.matches("form=\"charge\"").count(), 0, "{list}");
        // Nobody takes on what lies in another district.
        let elsewhere = press(&durg, &page).await;
        assert!(elsewhere.status == 404 || elsewhere.location().contains("charge=settled"), "{list}: {}", elsewhere.status);

        // The same press twice is one.
        for _ in 0..2 {
            let taken = press(&asha, &page).await;
            assert!(taken.location().starts_with(&format!("{list}?whose=nobodys&charge=yours#charge-")), "{}", taken.location());
        }
        let day = asha.get("/district?lang=en").await;
        assert!(day.shows(&all) && !day.shows(&nobodys), "{list}: {}", day.body);
        assert!(asha.get(&format!("{list}?whose=nobodys&lang=en")).await.shows("None here."), "{list}");
        let mine = asha.get(&format!("{list}?whose=mine&lang=en")).await;
        assert!(mine.shows("Yours since") && mine.shows("Give it back"), "{list}: {}", mine.body);
    }
    assert_eq!(app.count("charge").await, 7);
    assert_eq!(app.count("journal where act = 'take_charge' and actor = 'user:asha' and district_id is not null").await, 7);
    // Settled, it is no longer counted; what was done stays written down.
    let page = asha.get("/district/objections").await;
    let (_, action) = page.body.split_once("action=\"/district/objections/").expect("a form");
    let number = action.split('"').next().expect("its end");
    assert_eq!(asha.post(&format!("/district/objections/{number}"), &[("words", "नाम ठीक किया।")]).await.status, 303);
    assert!(!asha.get("/district?lang=en").await.shows("reports from people"));
    assert!(press(&asha, &page).await.location().contains("charge=settled"));
    // A day further on the messages wait still: nothing is forgotten because it is old.
    app.set_clock("2021-03-31 11:00");
    let state = app.logged_in("state", Role::StateOfficer, "").await;
    assert!(state.get("/district?lang=en").await.shows("<b>1</b> messages not delivered"));
}

async fn nobody_loses_what_they_took_on_and_an_officer_takes_over(app: TestApp) {
    let number = conflict(&app).await;
    let (asha, bina) =
        (app.logged_in("asha", Role::DistrictOfficer, "RPR").await, app.logged_in("bina", Role::DistrictOfficer, "RPR").await);
    let list = "/district/conflicts?lang=en";
    let (first, second) = (asha.get(list).await, bina.get(list).await);
    assert!(press(&asha, &first).await.location().contains("charge=yours"));
    // Bina's page is older: hers says that it is free.
    assert!(press(&bina, &second).await.location().contains("charge=theirs"));
    let page = bina.get(list).await;
    assert!(page.shows("Given to asha since 11:07 am") && page.shows("I take it over"), "{}", page.body);
    app.pass(300);
    assert!(press(&bina, &page).await.location().contains("charge=taken_over"));
    let page = asha.get(list).await;
    assert!(page.shows("Given to bina since 11:12 am, taken over from you"), "{}", page.body);
    assert!(asha.get("/district/conflicts?lang=hi").await.shows("bina के ज़िम्मे, आप से लिया गया"));
    let mine = bina.get("/district/conflicts?whose=mine&lang=en").await;
    assert!(mine.shows("taken over from asha"), "{}", mine.body);
    for _ in 0..2 {
        assert!(press(&bina, &mine).await.location().contains("charge=free"));
    }
    assert!(asha.get("/district/conflicts?whose=nobodys&lang=en").await.shows("I take it<"));
    let acts =
        "select act || ' ' || actor || ' ' || subject from journal where act in ('take_charge', 'take_over', 'give_back') order by at, id";
    let done = [("take_charge", "asha"), ("take_over", "bina"), ("give_back", "bina")];
    assert_eq!(app.rows(acts).await.len(), 3);
    for (act, who) in done {
        assert!(app.rows(acts).await.contains(&format!("{act} user:{who} {number}")), "{act}");
    }

    // A clerk calls people: what a colleague has is left to them, and only officers take over or see the rest.
    app.tamper("update message set state = 'failed', settled_at = 1617085000").await;
    let (clerk, other) = (app.logged_in("chand", Role::Clerk, "RPR-Z2").await, app.logged_in("devi", Role::Clerk, "RPR-Z2").await);
    assert!(press(&clerk, &clerk.get("/office/messages?lang=en").await).await.location().starts_with("/office/messages?charge=yours"));
    let page = other.get("/office/messages?lang=en").await;
    assert!(page.shows("Given to chand since") && !page.shows("form=\"charge\""), "{}", page.body);
    assert!(other.get("/office/messages/calls").await.shows("<td lang=\"und\">chand</td>"));
    assert_eq!(press(&clerk, &mine).await.status, 403);
}
