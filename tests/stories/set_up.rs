//! Stories of setting up by form: the same rules as a file, what changes is shown first, and it can be taken back.

use crate::support::browser::{Browser, Page};
use crate::support::callers::Person;
use crate::support::{TestApp, on_both};
use baari::domain::place::Role;

const FAFADIH: &str = "RPR-FAFADIH";
const NOON: &str = "2021-03-30 12:00";

on_both! {
    a_form_keeps_the_rules_of_a_file_and_shows_what_changes,
    the_offered_issue_window_follows_the_day,
    places_that_are_issued_stay_whoever_edits_the_session,
    a_day_is_copied_once_and_a_copy_is_taken_back,
    a_week_is_copied_to_the_weeks_after_it_but_not_to_holidays,
    a_day_closes_where_nothing_is_issued_and_the_rest_is_listed,
    a_holiday_closes_its_day_and_citizens_read_its_name,
    a_holiday_of_all_districts_is_the_states,
    what_is_outside_the_district_cannot_be_set_up,
    a_session_is_planned_with_its_own_figures,
    capacity_follows_whole_vials,
}

/// Sends a form, and then confirms what it showed.
async fn confirmed(officer: &Browser, path: &str, fields: &[(&str, &str)]) -> Page {
    let shown = officer.post(path, &with(fields, "preview")).await;
    assert!(shown.shows("value=\"confirm\""), "{}", shown.body);
    officer.post(path, &with(fields, "confirm")).await
}

fn with<'a>(fields: &[(&'a str, &'a str)], step: &'a str) -> Vec<(&'a str, &'a str)> {
    fields.iter().copied().chain([("step", step)]).collect()
}

const ZONE: [(&str, &str); 7] = [
    ("code", "RPR-Z9"),
    ("district", "RPR"),
    ("name_en", "Zone 9 Office"),
    ("name_hi", "ज़ोन 9 कार्यालय"),
    ("address_en", "GE Road"),
    ("address_hi", "जीई रोड"),
    ("phone", "0771-4000009"),
];

async fn a_form_keeps_the_rules_of_a_file_and_shows_what_changes(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let path = "/district/field/zones?lang=en";
    let new: Vec<_> = ZONE.into_iter().chain([("is_new", "yes"), ("key", "k1")]).collect();
    let wrong: Vec<_> = new.iter().map(|(name, value)| (*name, if *name == "code" { "zone 9" } else { value })).collect();
    let page = officer.post(path, &with(&wrong, "preview")).await;
    assert!(page.shows("may have capitals, digits and dashes only") && page.shows("value=\"Zone 9 Office\""), "{}", page.body);
    let done = confirmed(&officer, path, &new).await;
    assert_eq!(app.count("zone where code = 'RPR-Z9'").await, 1);
    // The same submit once more does nothing twice; another one may not take the code.
    assert_eq!(officer.post(path, &with(&new, "confirm")).await.location(), done.location());
    let taken: Vec<_> = new.iter().map(|(name, value)| (*name, if *name == "key" { "k2" } else { value })).collect();
    assert!(officer.post(path, &with(&taken, "confirm")).await.shows("is taken"));
    // A change stands before and after, and in the history.
    let renamed: Vec<_> =
        ZONE.into_iter().map(|(name, value)| (name, if name == "phone" { "0771-1" } else { value })).chain([("key", "k3")]).collect();
    let shown = officer.post(path, &with(&renamed, "preview")).await;
    assert!(shown.shows("0771-4000009") && shown.shows("0771-1"), "{}", shown.body);
    assert_eq!(app.count("zone where phone = '0771-1'").await, 0);
    let done = confirmed(&officer, path, &renamed).await;
    let one = officer.get(&format!("{}&lang=en", done.location())).await;
    assert!(one.shows("Saved.") && one.shows("0771-4000009") && one.shows("meera"), "{}", one.body);
    // Taken back, and once only.
    let undo = done.location().replace("?done=1", "/undo");
    assert!(officer.get(&format!("{undo}?lang=en")).await.shows("Put it all back?"));
    let undone = officer.post(&undo, &[("key", "u1")]).await;
    assert_eq!((app.count("zone where phone = '0771-4000009'").await, undone.status), (1, 303));
    assert!(officer.post(&format!("{undo}?lang=en"), &[("key", "u2")]).await.shows("was undone already"));
    assert_eq!(app.count("import").await, app.count("import where source <> 'form' and source not like 'undo%'").await + 3);
}

/// The form of Fafadih's session, as the page shows it.
async fn form_of(app: &TestApp, officer: &Browser, code: &str) -> (String, Vec<(String, String)>) {
    let sql = format!(
        "select cast(session.id as text) from session join centre on centre.id = centre_id where code = '{code}' and day = '2021-03-30'"
    );
    let id = app.rows(&sql).await[0].clone();
    let page = officer.get(&format!("/district/sessions/{id}?lang=en")).await;
    let mut fields: Vec<_> = ["owners", "session", "min_age", "max_age", "opens", "closes", "slot_minutes", "issue_from", "issue_until"]
        .into_iter()
        .map(|name| (name.to_owned(), page.value(name)))
        .collect();
    let table = page.body.split("</table>").next().expect("a table");
    for cell in table.split("inputmode=\"numeric\"").skip(1) {
        assert!(cell.starts_with(" aria-label="));
    }
    let cells = page.body.split("<input id=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|name| name.contains(':'));
    fields.extend(cells.map(|name| (name.to_owned(), page.value(name))));
    fields.push(("doses".into(), "1 2".into()));
    (id, fields)
}

fn changed<'a>(fields: &'a [(String, String)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| changes.iter().all(|(other, _)| other != name));
    kept.map(|(name, value)| (name.as_str(), value.as_str())).chain(changes.iter().copied()).collect()
}

async fn the_offered_issue_window_follows_the_day(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let form = officer.get("/district/sessions/new?lang=en&date=2021-04-05&centre=RPR-FAFADIH").await;
    let names = ["offered", "centre", "owners", "min_age", "max_age", "opens", "closes", "slot_minutes", "issue_from", "issue_until"];
    let fields: Vec<_> = names.into_iter().map(|name| (name.to_owned(), form.value(name))).collect();
    let more = [("date", "2021-04-09"), ("doses", "1"), ("vaccine", "covishield"), ("all:places", "5")];
    let preview = officer.post("/district/sessions?lang=en", &changed(&fields, &more)).await;
    assert_eq!((preview.value("issue_from"), preview.value("issue_until")), ("2021-04-08T12:00".into(), "2021-04-09T16:30".into()));
    // Where a session is there already that has issued more, that is what is said.
    for card in 1..=2 {
        assert_eq!(app.clerk("RPR-Z2").await.issue(app.slot(FAFADIH, NOON), &Person::new(card)).await.said(), "201 issued");
    }
    let there = [&more[..], &[("date", "2021-03-30"), ("all:places", "1"), ("vaccine", "covishield")]].concat();
    let refused = officer.post("/district/sessions?lang=en", &changed(&fields, &there)).await;
    assert!(refused.shows("is taken: choose another") && !refused.shows("tokens are issued"), "{}", refused.body);
    // Whoever chose another one keeps it.
    let own = [&more[..], &[("issue_from", "2021-04-01T08:00")]].concat();
    let preview = officer.post("/district/sessions?lang=en", &changed(&fields, &own)).await;
    assert_eq!((preview.value("issue_from"), preview.value("issue_until")), ("2021-04-01T08:00".into(), "2021-04-05T16:30".into()));
}

async fn places_that_are_issued_stay_whoever_edits_the_session(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let clerk = app.clerk("RPR-Z2").await;
    let noon = app.slot(FAFADIH, NOON);
    for card in 1..=2 {
        assert_eq!(clerk.issue(noon, &Person::new(card)).await.said(), "201 issued");
    }
    let (id, fields) = form_of(&app, &officer, FAFADIH).await;
    let path = "/district/sessions?lang=en";
    let told = officer.post(path, &changed(&fields, &[("720:places", "1"), ("720:zone:2", "0"), ("key", "a"), ("step", "preview")])).await;
    assert!(told.shows("2 tokens are issued already") && told.shows("Move or cancel those tokens first"), "{}", told.body);
    assert!(told.shows(&format!("/district/sessions/{id}/fewer?places=13")), "{}", told.body);
    // One slot gets more, walk-ins fewer; what is issued there is said first.
    let wider = changed(&fields, &[("720:places", "9"), ("720:walk_in", "0"), ("min_age", "45"), ("key", "b")]);
    let shown = officer.post(path, &with(&wider, "preview")).await;
    assert!(shown.shows("2 tokens are issued in the slot 12:00–1:00 pm"), "{}", shown.body);
    let done = confirmed(&officer, path, &wider).await;
    let shares = format!("select owner || ' ' || capacity || ' ' || taken from share where slot_id = {noon} order by owner");
    assert_eq!(app.rows(&shares).await, ["open 8 1", "walk_in 0 0", "zone:2 1 1"]);
    assert_eq!(app.rows(&format!("select cast(min_age as text) from session where id = {id}")).await, ["45"]);
    // The board shows it, and an undo would take away what is free, not what is issued meanwhile.
    for card in 3..=5 {
        assert_eq!(clerk.issue(noon, &Person::new(card)).await.said(), "201 issued");
    }
    let undo = done.location().replace("?done=1", "/undo?lang=en");
    assert!(officer.post(&undo, &[("key", "u")]).await.shows("tokens are issued already"));
    // In two touches the window is open till the end.
    let window = officer.get(&format!("/district/sessions/{id}/window?lang=en")).await;
    assert!(window.shows("At present"), "{}", window.body);
    let all = changed(&fields, &[("all:places", "12"), ("720:places", "9"), ("key", "c")]);
    confirmed(&officer, path, &all).await;
    assert_eq!(app.rows(&format!("select distinct cast(capacity as text) from slot where session_id = {id}")).await, ["12"]);
}

async fn a_day_is_copied_once_and_a_copy_is_taken_back(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let path = "/district/copy?lang=en";
    let asked = [("date", "2021-03-30"), ("place", ""), ("to", "2021-03-31"), ("to", "2021-04-05"), ("key", "k")];
    let shown = officer.post(path, &with(&asked, "preview")).await;
    // Of the district's three sessions two are there on the 31st already.
    assert!(shown.shows("Wed 31 March 2021</th><td><b>1</b></td><td>70</td><td>2</td>"), "{}", shown.body);
    assert!(shown.shows("Mon 5 April 2021</th><td><b>3</b></td>"), "{}", shown.body);
    assert_eq!(app.count("session where day = '2021-04-05'").await, 0);
    let done = confirmed(&officer, path, &asked).await;
    let slots = "select code || ' ' || call || ' ' || (((starts + 19800) % 86400) / 3600) || ' ' || capacity || ' ' || lanes || ' ' || (issue_until - starts) \
                 from slot join session on session.id = session_id join centre on centre.id = slot.centre_id where slot.day = '2021-04-05' order by 1";
    let copies = app.rows(slots).await;
    assert_eq!(copies, app.rows(&slots.replace("04-05", "03-30").replace(" order by", " and code like 'RPR%' order by")).await);
    assert_eq!(copies.len(), 21);
    // Once more: everything is there.
    assert_eq!(officer.post(path, &with(&asked, "confirm")).await.location(), done.location());
    let again = officer.post(path, &with(&asked, "preview")).await;
    assert!(again.shows("Nothing to do"), "{}", again.body);
    let undo = done.location().replace("?done=1", "/undo");
    officer.post(&undo, &[("key", "u")]).await;
    assert_eq!(app.count("session where day = '2021-04-05'").await, 0);
    assert_eq!(app.count("session where day = '2021-03-31'").await, 2);
}

async fn a_week_is_copied_to_the_weeks_after_it_but_not_to_holidays(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    set(&officer, "2021-04-14", "").await;
    let path = "/district/copy?lang=en";
    let form = officer.get("/district/copy?lang=en&date=2021-03-30").await;
    assert!(form.shows("Mon 29 March – Sun 4 April") && form.shows("Wed 7 April"), "{}", form.body);
    let asked = [("date", "2021-03-30"), ("place", ""), ("weeks", "2"), ("key", "w")];
    let shown = officer.post(path, &with(&asked, "weeks")).await;
    // Tuesday's three and Wednesday's two, twice; but the second Wednesday is a holiday.
    assert!(shown.shows("New sessions in all: 8, with"), "{}", shown.body);
    assert!(
        shown.shows("Wed 14 April 2021<br><span class=\"off\">Ambedkar Jayanti: left out</span></th><td><b>0</b></td>"),
        "{}",
        shown.body
    );
    assert!(!shown.shows("Thu 8 April 2021"), "days without sessions say nothing: {}", shown.body);
    let done = officer.post(path, &with(&asked, "confirm_weeks")).await;
    let days = "select day || ' ' || count(*) from session join centre on centre.id = centre_id where code like 'RPR%' and day > '2021-04-01' \
                group by day order by day";
    assert_eq!(app.rows(days).await, ["2021-04-06 3", "2021-04-07 2", "2021-04-13 3"]);
    assert_eq!(officer.post(path, &with(&asked, "confirm_weeks")).await.location(), done.location());
    // Days that are named one by one keep holidays free as well.
    let one = [("date", "2021-03-30"), ("place", ""), ("to", "2021-04-14"), ("key", "d")];
    let shown = officer.post(path, &with(&one, "preview")).await;
    assert!(shown.shows("Ambedkar Jayanti: left out") && !shown.shows("value=\"confirm\""), "{}", shown.body);
    officer.post(&done.location().replace("?done=1", "/undo"), &[("key", "u")]).await;
    assert!(app.rows(days).await.is_empty());
    // More than goes at once is said with what would go. 2,000 centres need no form to be made.
    for sql in [
        "insert into centre (id, code, zone_id, name_en, name_hi, address_en, address_hi, pin_code, kind, fee, step_free, gates, phone, \
         supervisor_phone) with recursive n (i) as (select 1000 union all select i + 1 from n where i < 2999) \
         select i, 'RPR-N' || i, 1, 'New', 'New', '', '', '492001', 'government', 0, true, 1, '', '' from n",
        "insert into session (id, centre_id, day, vaccine, doses, min_age, max_age, opens, closes, lanes, issue_from, issue_until) \
         select 100000 + centre.id, centre.id, day, vaccine, doses, min_age, max_age, opens, closes, lanes, issue_from, issue_until \
         from centre, session where centre.id >= 1000 and session.id = (select min(id) from session where day = '2021-03-30')",
    ] {
        app.tamper(sql).await;
    }
    app.core.reload_board().await.expect("the board");
    let told = officer.post(path, &with(&asked.map(|(name, value)| (name, if name == "weeks" { "3" } else { value })), "weeks")).await;
    assert!(told.shows("That is 6,015 sessions; 5,000 go at once. Choose at most 2 weeks, or one zone."), "{}", told.body);
    assert!(told.shows("<option value=\"3\" selected>"), "{}", told.body);
}

/// The form of a holiday.
const HOLIDAY: [(&str, &str); 2] = [("name_hi", "अंबेडकर जयंती"), ("name_en", "Ambedkar Jayanti")];

/// Sets a holiday: what is shown before, and where that leads.
async fn set(officer: &Browser, day: &str, district: &str) -> (Page, Page) {
    let fields: Vec<_> = HOLIDAY.into_iter().chain([("date", day), ("district", district), ("key", day)]).collect();
    let path = "/district/holidays?lang=en";
    let shown = officer.post(path, &with(&fields, "preview")).await;
    let done = officer.post(path, &with(&fields, "confirm")).await;
    assert_eq!(officer.post(path, &with(&fields, "confirm")).await.location(), done.location());
    (shown, done)
}

async fn a_day_closes_where_nothing_is_issued_and_the_rest_is_listed(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let clerk = app.clerk("RPR-Z2").await;
    let id = app.core.board().centre_by_code(FAFADIH).expect("the centre").id.to_string();
    let asked = |day: &'static str| format!("/district/close?lang=en&centre={id}&date={day}");
    let number = clerk.issue(app.slot(FAFADIH, NOON), &Person::new(1)).await.number();
    let session = app.core.board().field.slots.iter().find(|slot| slot.id.0 == app.slot(FAFADIH, NOON)).expect("the slot").session_id;
    let stop = format!("/district/sessions/{session}/stop");
    assert!(officer.get("/district/close?lang=en&place=&date=&step=see").await.shows("href=\"#date\""));
    let page = officer.get(&asked("2021-03-30")).await;
    assert!(page.shows("Nothing can be closed") && page.shows(&stop) && page.shows("Tokens issued: 1"), "{}", page.body);
    // The whole district: two sessions go, and the third is listed.
    let all = "/district/close?lang=en&date=2021-03-30";
    let page = officer.get(all).await;
    assert!(page.shows("Sessions that go: 2, at 2 centres, with 140 places") && page.shows(&stop), "{}", page.body);
    let zone = app.core.board().centre_by_code(FAFADIH).expect("the centre").zone_id;
    assert!(officer.get(&format!("{all}&place=zone:{zone}")).await.shows("Sessions that go: 1, at 1 centres, with 70 places"));
    let done = officer.post("/district/close", &[("date", "2021-03-30"), ("place", ""), ("key", "all")]).await;
    assert_eq!(officer.post("/district/close", &[("date", "2021-03-30"), ("place", ""), ("key", "all")]).await.location(), done.location());
    let page = officer.get(&format!("{}&lang=en", done.location())).await;
    assert!(page.shows("Closed.") && page.shows(&stop) && !page.shows("Close these sessions"), "{}", page.body);
    let raipur = "session join centre on centre.id = centre_id where code like 'RPR%' and day = '2021-03-30'";
    assert_eq!(app.count(raipur).await, 1);
    assert_eq!(app.count("session where day = '2021-03-30'").await, 2, "Durg's stays");
    let import = done.location().split("done=").nth(1).expect("the import").to_owned();
    officer.post(&format!("/district/import/{import}/undo"), &[("key", "u0")]).await;
    assert_eq!(app.count(raipur).await, 3);
    // One that was cancelled leaves its serial; a stopped one is closed already.
    clerk.cancel(&number).await;
    assert!(officer.get(&asked("2021-03-30")).await.shows("its tokens were cancelled"));
    officer.post(&stop, &[("key", "s"), ("reason", "no_vaccine"), ("what", "stop")]).await;
    assert!(officer.get(&asked("2021-03-30")).await.shows("Stopped already: 1"));
    assert!(officer.get(&asked("2021-03-31")).await.shows("Sessions that go: 1, at 1 centres, with 21 places"));
    let done = officer.post("/district/close", &[("centre", &id), ("date", "2021-03-31"), ("key", "k")]).await;
    assert_eq!(app.count(&format!("session where centre_id = {id} and day = '2021-03-31'")).await, 0);
    officer.post(&done.location().replace("?done=1", "/undo"), &[("key", "u")]).await;
    let shares = format!("share join slot on slot.id = slot_id where centre_id = {id} and day = '2021-03-31'");
    assert_eq!(app.count(&shares).await, 14);
    // A day that cannot be is said, and the form stays.
    assert!(officer.get("/district/close?lang=en&date=31+March").await.shows("Type the date as"));
}

async fn a_holiday_closes_its_day_and_citizens_read_its_name(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let clerk = app.clerk("RPR-Z2").await;
    clerk.issue(app.slot("RPR-MEKAHARA", NOON), &Person::new(1)).await.number();
    let path = "/district/holidays?lang=en";
    // What is wrong is said, and nothing typed is lost.
    let wrong = officer.post(path, &[("date", "2021-03-01"), ("name_en", "Holi"), ("name_hi", " "), ("step", "preview")]).await;
    assert!(wrong.shows("This day is over.") && wrong.shows("value=\"Holi\"") && wrong.shows("href=\"#name_hi\""), "{}", wrong.body);
    let (shown, done) = set(&officer, "2021-03-30", "").await;
    assert!(shown.shows("Sessions that go: 2, at 2 centres, with 91 places") && shown.shows("Tokens issued: 1"), "{}", shown.body);
    assert!(shown.shows("/stop\""), "{}", shown.body);
    let page = officer.get(&format!("{}&lang=en", done.location())).await;
    assert!(page.shows("Saved. Ambedkar Jayanti, Tue 30 March 2021") && page.shows("/stop\""), "{}", page.body);
    assert!(page.shows("Sessions still standing: 1"), "{}", page.body);
    let raipur = "session join centre on centre.id = centre_id where code like 'RPR%' and day = '2021-03-30'";
    assert_eq!((app.count(raipur).await, app.count("holiday").await), (1, 1));
    assert_eq!(app.count("journal where act = 'import_holidays'").await, 1);
    // Its name instead of an empty list, in both languages, and the next day first.
    let citizen = app.browser();
    let at = citizen.get("/c/RPR-FAFADIH?date=2021-03-30&lang=en").await;
    assert!(at.shows("No vaccination on this day: <b>Ambedkar Jayanti</b>") && !at.shows("no more slots"), "{}", at.body);
    assert!(at.shows("Next day with free places:"), "{}", at.body);
    assert!(citizen.get("/?district=RPR&date=2021-03-30").await.shows("इस दिन टीकाकरण नहीं: <b>अंबेडकर जयंती</b>"));
    assert!(!citizen.get("/?district=DRG&date=2021-03-30&lang=en").await.shows("Ambedkar"));
    assert!(citizen.get("/c/RPR-FAFADIH?lang=en").await.shows("<h2>Wed 31 March 2021</h2>"));
    // The day has one now.
    let again: Vec<_> = HOLIDAY.into_iter().chain([("date", "2021-03-30"), ("step", "preview")]).collect();
    assert!(officer.post(path, &again).await.shows("This day is a holiday already: Ambedkar Jayanti."));
    // Taken back with its sessions.
    let id = app.rows("select cast(id as text) from holiday").await[0].clone();
    let page = officer.get(&format!("{path}&away={id}")).await;
    assert!(page.shows("2 sessions were closed for this holiday."), "{}", page.body);
    let undo = page.body.split('"').find(|part| part.ends_with("/undo")).expect("a link").to_owned();
    officer.post(&undo, &[("key", "u")]).await;
    assert_eq!((app.count(raipur).await, app.count("holiday").await), (3, 0));
    assert!(!citizen.get("/c/RPR-FAFADIH?date=2021-03-30&lang=en").await.shows("Ambedkar"));
    // Or only the holiday, and that back again.
    let (_, done) = set(&officer, "2021-03-31", "").await;
    let id = done.location().split("done=").nth(1).expect("the holiday").to_owned();
    let away = officer.post(path, &[("away", &id), ("key", "a")]).await;
    assert_eq!(officer.post(path, &[("away", &id), ("key", "a")]).await.location(), away.location());
    assert_eq!((app.count("holiday").await, app.count("session where day = '2021-03-31'").await), (0, 0));
    officer.post(&away.location().replace("?done=1", "/undo"), &[("key", "ua")]).await;
    assert_eq!(app.count("holiday where name_hi = 'अंबेडकर जयंती'").await, 1);
}

async fn a_holiday_of_all_districts_is_the_states(app: TestApp) {
    let state = app.logged_in("kavita", Role::StateOfficer, "").await;
    let raipur = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let durg = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    let (shown, done) = set(&state, "2021-03-30", "").await;
    assert!(shown.shows("All districts") && shown.shows("Sessions that go: 4, at 4 centres"), "{}", shown.body);
    assert_eq!(app.count("session where day = '2021-03-30'").await, 0);
    let id = done.location().split("done=").nth(1).expect("the holiday").to_owned();
    let list = raipur.get("/district/holidays?lang=en").await;
    assert!(list.shows("Ambedkar Jayanti") && list.shows("All districts") && !list.shows("away="), "{}", list.body);
    assert_eq!(raipur.get(&format!("/district/holidays?away={id}")).await.status, 404);
    assert_eq!(raipur.post("/district/holidays", &[("away", &id), ("key", "a")]).await.status, 404);
    // One of Durg's own is nothing to Raipur; the state may set one for a single district.
    set(&durg, "2021-04-01", "").await;
    assert!(!raipur.get("/district/holidays?lang=en").await.shows("1 April 2021"));
    let own = app.rows("select cast(id as text) from district where code = 'RPR'").await[0].clone();
    set(&state, "2021-04-02", &own).await;
    assert!(raipur.get("/district/holidays?lang=en").await.shows("Fri 2 April 2021"));
    assert!(!durg.get("/district/holidays?lang=en").await.shows("Fri 2 April 2021"));
    let nowhere: Vec<_> = HOLIDAY.into_iter().chain([("date", "2021-04-05"), ("district", "999"), ("step", "preview")]).collect();
    assert!(state.post("/district/holidays?lang=en", &nowhere).await.shows("href=\"#district\""));
}

async fn what_is_outside_the_district_cannot_be_set_up(app: TestApp) {
    let durg = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    let raipur = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let new: Vec<_> = ZONE.into_iter().chain([("is_new", "yes"), ("key", "k")]).collect();
    assert!(durg.post("/district/field/zones?lang=en", &with(&new, "confirm")).await.shows("lies outside your district"));
    let done = confirmed(&raipur, "/district/field/zones?lang=en", &new).await;
    let id = app.rows("select cast(min(id) as text) from session").await[0].clone();
    let centre = app.core.board().centre_by_code(FAFADIH).expect("the centre").id;
    for path in [
        "/district/field/zones/edit?code=RPR-Z9".to_owned(),
        "/district/field/districts".to_owned(),
        format!("/district/sessions/{id}"),
        format!("/district/sessions/{id}/window"),
        format!("/district/close?centre={centre}&date=2021-03-31"),
        done.location().to_owned(),
        done.location().replace("?done=1", "/undo"),
    ] {
        assert_eq!(durg.get(&path).await.status, 404, "{path}");
    }
    assert!(!durg.get("/district/import").await.shows(done.location().trim_end_matches("?done=1")));
    assert_eq!(app.count("zone where code = 'RPR-Z9'").await, 1);
}

async fn a_session_is_planned_with_its_own_figures(app: TestApp) {
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let list = officer.get("/district/sessions?date=2021-03-30&q=RPR-FAFADIH&lang=en").await;
    let link = list.body.split('"').find(|part| part.starts_with("/district/planning?session=")).expect("a link").to_owned();
    let centre = app.core.board().centre_by_code(FAFADIH).expect("the centre").id;
    let asked = [("centre", centre.to_string()), ("key", "morning".into()), ("vaccinators", "17".into())];
    let asked: Vec<_> = asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(officer.post("/centre/opening", &asked).await.status, 303);
    // 21 places from 10 to 17, and more vaccinators than it needs: their row stands in the table all the same.
    let page = officer.get(&format!("{link}&lang=en")).await;
    let filled = ["people", "from", "until", "vaccinators"].map(|name| page.value(name));
    assert_eq!(filled, ["21", "10:00", "17:00", "17"]);
    assert!(page.shows("<th scope=\"row\">17 <span class=\"tag\">Vaccinators there are"), "{}", page.body);
    let typed = officer.get("/district/planning?people=500&vaccinators=x&lang=en").await;
    assert!(typed.shows("href=\"#vaccinators\"") && typed.value("people") == "500", "{}", typed.body);
    let elsewhere = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert_eq!(elsewhere.get(&link).await.status, 404);
}

async fn capacity_follows_whole_vials(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let path = "/district/sessions?lang=en";
    let (id, fields) = form_of(&app, &officer, FAFADIH).await;
    let page = officer.get(&format!("/district/sessions/{id}?lang=en")).await;
    assert!(page.shows("21 places need 3 vials of 10 doses; 9 doses of the last one have no place."), "{}", page.body);
    let wrong = officer.post(path, &changed(&fields, &[("vials", "many"), ("key", "a"), ("step", "vials")])).await;
    assert!(wrong.shows("href=\"#vials\"") && wrong.value("vials") == "many" && wrong.value("720:places") == "3", "{}", wrong.body);
    // Thirteen vials over seven slots: the earlier ones have one place more, and everybody's part grows with them.
    let spread = officer.post(path, &changed(&fields, &[("vials", "१३"), ("key", "b"), ("step", "vials")])).await;
    assert!(spread.shows("130 places need 13 vials of 10 doses; nothing is left over."), "{}", spread.body);
    let places = ["600:places", "780:places", "840:places", "960:places", "600:zone:2"].map(|name| spread.value(name));
    assert_eq!(places[..4], ["19", "19", "18", "18"]);
    assert_eq!(places[4].parse::<i64>().expect("a number"), 19 * page.value("600:zone:2").parse::<i64>().expect("a number") / 3);
    let filled: Vec<_> = fields.iter().map(|(name, _)| (name.clone(), spread.value(name))).filter(|(_, value)| !value.is_empty()).collect();
    let filled: Vec<_> =
        filled.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([("doses", "1 2"), ("key", "c")]).collect();
    confirmed(&officer, path, &filled).await;
    assert_eq!(app.rows(&format!("select cast(sum(capacity) as text) from slot where session_id = {id}")).await, ["130"]);
}
