//! Stories of a centre without a link: what its page did alone comes in once, whatever happened meanwhile.

use baari::domain::place::Role;
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::callers::Person;
use crate::support::gates::admitted as scanned;
use crate::support::{TestApp, at, on_both};

const MEKAHARA: &str = "RPR-MEKAHARA";

on_both! {
    what_was_done_alone_comes_in_once_with_its_own_times,
    what_comes_too_soon_or_too_late_has_no_effect,
    a_gate_that_is_heard_after_its_centre_brings_nobody_back_in,
    vials_are_opened_drawn_from_and_closed,
    a_place_that_was_given_later_stays,
    a_refused_record_holds_up_nobody,
    a_dose_that_is_on_record_already_is_known_or_refused,
    records_wait_for_the_next_log_in_of_their_centre,
    the_officer_sees_which_pc_waits_to_be_heard,
    the_page_hears_of_its_day_and_of_nothing_else,
}

/// Somebody whose age tells them from everybody else here.
fn person(card: u32) -> Person {
    Person::new(card).born(1921 + 3 * i64::from(card))
}

/// Somebody admitted this morning: number and code.
async fn admitted(app: &TestApp, card: u32) -> (String, String) {
    let clerk = app.caller(&format!("office {card}"), Role::Clerk, "RPR-Z2").await;
    let answer = clerk.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), &person(card)).await;
    assert_eq!(answer.said(), "201 issued");
    let gate = app.caller(&format!("gate {card}"), Role::Operator, MEKAHARA).await;
    assert_eq!(gate.scan(&answer.number()).await.said(), "200 admitted");
    (answer.number(), answer.text("secret_code").to_owned())
}

/// A centre's page, as its server hears it.
struct Page<'a> {
    app: &'a TestApp,
    desk: Browser,
}

impl<'a> Page<'a> {
    async fn of(app: &'a TestApp, username: &str, centre: &str) -> Self {
        Self { app, desk: app.logged_in(username, Role::Operator, centre).await }
    }

    /// A record that asha made at a time of this day.
    fn record(&self, time: &str, deed: Value) -> Value {
        let centre = self.app.core.board().centre_by_code(MEKAHARA).expect("the centre").id;
        let at = at(&format!("2021-03-30 {time}"));
        let mut record = json!({ "id": self.app.core.chance.id(at), "at": at, "by": "asha", "centre": centre });
        record["deed"] = deed;
        record
    }

    /// What is answered, with its status.
    async fn sync(&self, body: Value) -> (u16, Value) {
        let page = self.desk.post_body("/api/centre/sync", &body.to_string()).await;
        (page.status, serde_json::from_str(&page.body).unwrap_or_default())
    }

    /// What became of records, in one call.
    async fn send(&self, records: &[&Value]) -> Vec<String> {
        let (status, down) = self.sync(json!({ "records": records })).await;
        assert_eq!(status, 200, "{down}");
        let answers = down["answers"].as_array().expect("answers").clone();
        answers.iter().map(|answer| answer["outcome"].as_str().expect("a word").to_owned()).collect()
    }
}

fn call(number: &str, state: &str) -> Value {
    json!({ "kind": "call", "number": number, "counter": 3, "stage": "dose", "state": state })
}

fn dose(number: &str, code: &str, time: &str) -> Value {
    json!({
        "kind": "dose", "token": number, "vaccine": "covishield", "batch": "4120z001", "vial": "", "vaccinator": "S. Devi",
        "date": "2021-03-30", "time": time, "code": code, "no_code": "",
    })
}

fn left(number: &str) -> Value {
    json!({ "kind": "left", "number": number, "dose": null, "why": null })
}

fn wrong(code: &str) -> String {
    format!("{:04}", (code.parse::<u32>().expect("digits") + 1) % 10_000)
}

async fn what_was_done_alone_comes_in_once_with_its_own_times(app: TestApp) {
    let (first, code) = admitted(&app, 1).await;
    let (second, _) = admitted(&app, 2).await;
    let page = Page::of(&app, "asha", MEKAHARA).await;
    let records = [
        page.record("11:10", call(&first, "called")),
        page.record("11:12", dose(&first, &code, "11:11")),
        page.record("11:13", call(&second, "called")),
        page.record("11:14", json!({ "kind": "no_dose", "number": second, "reason": "fever", "earliest": "2021-03-31" })),
        page.record("11:42", left(&first)),
    ];
    let records: Vec<&Value> = records.iter().collect();
    app.set_clock("2021-03-30 15:00");
    assert_eq!(page.send(&records).await, ["stored"; 5]);
    let dosed = "given_at || ' ' || entered_at || ' ' || entered_by || ' ' || due_at || ' ' || left_at from dose \
                 join upload on upload.dose_id = dose.id join observation on observation.dose_id = dose.id";
    let [given, entered, gone] = ["11:11", "11:12", "11:42"].map(|time| at(&format!("2021-03-30 {time}")).0);
    // The deadline counts from the jab, not from when it was heard of.
    let expected = format!("{given} {entered} user:asha {} {gone}", given + 48 * 3600);
    assert_eq!(app.rows(&format!("select {dosed}")).await, [expected]);
    // A day that was closed meanwhile says that this came in after it.
    assert_eq!(app.rows("select stored_at || '' from dose").await, [at("2021-03-30 15:00").0.to_string()]);
    let called = format!("{} called 3", at("2021-03-30 11:10").0);
    assert_eq!(app.rows(&format!("select called_at || ' ' || state || ' ' || counter from turn where number = {first}")).await, [called]);
    let sent_home = format!("{} fever user:asha", at("2021-03-30 11:14").0);
    assert_eq!(app.rows("select at || ' ' || reason || ' ' || by_whom from deferral").await, [sent_home]);
    assert_eq!(app.rows(&format!("select state || ' ' || revision from token where number = {second}")).await, ["issued 2"]);

    // The answer was lost: all of it again, the last one first, and each by itself.
    let before = app.count("journal").await;
    let mut again = page.send(&records).await;
    for record in records.iter().rev() {
        again.extend(page.send(&[record]).await);
    }
    // Leaving is its own memory: whoever has left is not there any more.
    assert_eq!(again.iter().filter(|word| *word == "over").count(), 2);
    assert_eq!(again.iter().filter(|word| *word == "stored").count(), 8);
    assert_eq!((app.count("dose").await, app.count("upload").await, app.count("deferral").await), (1, 1, 1));
    assert_eq!(app.count("journal").await, before);
    assert!(app.faults().await.is_empty());
}

async fn vials_are_opened_drawn_from_and_closed(app: TestApp) {
    let (first, code) = admitted(&app, 1).await;
    let (second, second_code) = admitted(&app, 2).await;
    let page = Page::of(&app, "asha", MEKAHARA).await;
    let open = |time: &str| page.record(time, json!({ "kind": "open_vial", "vaccine": "covishield", "batch": " 4120z900 " }));
    let close = |time: &str, vial: &Value, how: &str| page.record(time, json!({ "kind": "close_vial", "vial": vial, "how": how }));
    let (drawn, unused) = (open("11:00"), open("11:01"));
    let from = |vial: &Value, number: &str, code: &str, time: &str| {
        let mut given = dose(number, code, time);
        given["vial"] = vial.clone();
        page.record(time, given)
    };
    let late = from(&drawn["id"], &second, &second_code, "11:20");
    let records = [
        drawn.clone(),
        unused.clone(),
        from(&drawn["id"], &first, &code, "11:10"),
        close("11:15", &drawn["id"], "returned"),
        close("11:16", &unused["id"], "returned"),
        close("11:30", &drawn["id"], "discarded"),
        // Another PC of the centre is heard last: it drew from that vial before it was thrown away.
        late,
    ];
    app.set_clock("2021-03-30 15:00");
    // One that was drawn from is not put back.
    let said = ["stored", "stored", "stored", "over", "stored", "stored", "stored"];
    assert_eq!(page.send(&records.iter().collect::<Vec<_>>()).await, said);
    let vials = "select batch || ' ' || doses || ' ' || opened_at || ' ' || opened_by || ' ' || closed_how || ' ' || closed_at from vial order by opened_at";
    let [first_open, second_open, put_back, thrown] = ["11:00", "11:01", "11:16", "11:30"].map(|time| at(&format!("2021-03-30 {time}")).0);
    let expected = [
        format!("4120Z900 10 {first_open} user:asha discarded {thrown}"),
        format!("4120Z900 10 {second_open} user:asha returned {put_back}"),
    ];
    assert_eq!(app.rows(vials).await, expected);
    assert_eq!(app.count("dose join vial on vial.id = dose.vial_id where closed_how = 'discarded'").await, 2);
    // All of it again changes nothing.
    let again = page.send(&records.iter().collect::<Vec<_>>()).await;
    assert_eq!(again, ["stored", "stored", "stored", "over", "over", "over", "stored"]);
    assert_eq!((app.count("vial").await, app.count("dose").await, app.rows(vials).await), (2, 2, expected.to_vec()));
    // A vial of another centre is not this one's.
    let other = Page::of(&app, "mohan", "RPR-FAFADIH").await;
    let centre = app.core.board().centre_by_code("RPR-FAFADIH").expect("the centre").id;
    let mut foreign = other.record("11:40", json!({ "kind": "close_vial", "vial": drawn["id"], "how": "discarded" }));
    foreign["centre"] = json!(centre);
    assert_eq!(other.send(&[&foreign]).await, ["over"]);
    let nameless = page.record("11:50", json!({ "kind": "open_vial", "vaccine": "covishield", "batch": " " }));
    assert_eq!(page.send(&[&nameless]).await, ["invalid"]);
}

async fn a_place_that_was_given_later_stays(app: TestApp) {
    let clerk = app.caller("office", Role::Clerk, "RPR-Z2").await;
    let issued = clerk.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), &person(1)).await;
    let page = Page::of(&app, "asha", MEKAHARA).await;
    // Cut off, the centre writes down that she was unwilling; meanwhile she has asked the office for another day.
    let refused = page.record("11:14", json!({ "kind": "no_dose", "number": issued.number(), "reason": "refused", "earliest": null }));
    app.set_clock("2021-03-30 12:00");
    let moved = clerk.reschedule(&issued.number(), app.slot(MEKAHARA, "2021-03-31 11:00")).await;
    assert_eq!(moved.said(), "200 issued");
    assert_eq!(page.send(&[&refused]).await, ["not_waiting"]);
    assert_eq!(app.rows("select state || ' ' || revision from token").await, ["issued 2"]);
    assert_eq!(app.count("deferral").await, 0);
}

async fn what_comes_too_soon_or_too_late_has_no_effect(app: TestApp) {
    let (first, code) = admitted(&app, 1).await;
    let (second, second_code) = admitted(&app, 2).await;
    let (third, _) = admitted(&app, 3).await;
    let page = Page::of(&app, "asha", MEKAHARA).await;
    let (called, given, leaves) = (
        page.record("11:10", call(&first, "called")),
        page.record("11:12", dose(&first, &code, "11:12")),
        page.record("11:45", left(&first)),
    );
    app.set_clock("2021-03-30 12:00");
    // Nobody sits there yet, and nobody waits any more.
    assert_eq!(page.send(&[&leaves, &given, &called]).await, ["over", "stored", "over"]);
    assert_eq!(app.count("turn").await, 0);
    assert_eq!(page.send(&[&leaves]).await, ["stored"]);
    assert_eq!(app.rows(&format!("select state from token where number = {first}")).await, ["left"]);
    // Before the time is over nobody leaves without a reason.
    let early = page.record("11:50", left(&second));
    assert_eq!(page.send(&[&page.record("11:48", dose(&second, &second_code, "11:48")), &early]).await, ["stored", "over"]);
    let unseen = page.record("11:50", json!({ "kind": "left", "number": second, "dose": null, "why": "unseen" }));
    assert_eq!(page.send(&[&unseen]).await, ["stored"]);

    // Another counter has called somebody since: an older call does not take them back.
    let form = page.desk.get("/centre/hall?counter=7&stage=dose").await;
    let (key, centre) = (form.value("key"), form.value("centre"));
    let press = [("centre", &*centre), ("counter", "7"), ("stage", "dose"), ("call", "this"), ("number", &third), ("key", &key)];
    assert_eq!(page.desk.post("/centre/hall", &press).await.status, 303);
    assert_eq!(page.send(&[&page.record("11:55", call(&third, "missed"))]).await, ["over"]);
    assert_eq!(app.rows("select state || ' ' || counter from turn").await, ["called 7"]);
}

async fn a_gate_that_is_heard_after_its_centre_brings_nobody_back_in(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let mut numbers = Vec::new();
    for card in 1..=2 {
        numbers.push(clerk.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), &person(card)).await.number());
    }
    let [lata, mohan] = numbers.try_into().expect("two");
    let mut gate = app.gate(MEKAHARA, "Gate A").await;
    let page = Page::of(&app, "asha", MEKAHARA).await;
    // Gate and page are cut off: both are let in at 11:10. Lata has a fever, Mohan goes away; her form was pressed twice.
    let home = |number: &str, reason: &str| json!({ "kind": "no_dose", "number": number, "reason": reason, "earliest": "2021-03-31" });
    let (fever, twice) = (page.record("11:20", home(&lata, "fever")), page.record("11:21", home(&lata, "fever")));
    let away = page.record("11:30", home(&mohan, "left_without"));
    app.set_clock("2021-03-30 12:00");
    assert_eq!(page.send(&[&fever, &twice, &away]).await, ["stored", "over", "stored"]);
    let came = at("2021-03-30 11:10");
    assert_eq!(gate.sync(vec![scanned(1, &lata, came), scanned(2, &mohan, came)]).await.status, 200);
    // Her next place is as it was; who went away was not promised one. Both scans are on record, and nobody has to settle anything.
    assert_eq!(app.rows("select state from token order by state").await, ["cancelled", "issued"]);
    assert_eq!((app.count("deferral").await, app.count("scan").await, app.count("conflict").await), (2, 2, 0));
    assert!(app.faults().await.is_empty());
}

async fn a_refused_record_holds_up_nobody(app: TestApp) {
    let page = Page::of(&app, "asha", MEKAHARA).await;
    let mut people = Vec::new();
    for card in 1..=3 {
        people.push(admitted(&app, card).await);
    }
    app.set_clock("2021-03-30 13:00");
    let in_the_future = page.record("14:00", dose(&people[1].0, &people[1].1, "11:20"));
    let nameless = page.record("11:20", dose(&people[1].0, &people[1].1, "11:20"));
    let mut nobody = nameless.clone();
    nobody["deed"]["vaccinator"] = json!("");
    let records = [
        page.record("11:20", dose(&people[0].0, &people[0].1, "11:20")),
        page.record("11:21", dose(&people[1].0, &wrong(&people[1].1), "11:21")),
        page.record("11:22", dose("4821093753", "1234", "11:22")),
        json!({ "id": "1", "what": "is this" }),
        in_the_future,
        nobody,
        page.record("11:25", dose(&people[2].0, &people[2].1, "11:25")),
    ];
    let (_, down) = page.sync(json!({ "records": records })).await;
    let said: Vec<_> =
        down["answers"].as_array().expect("answers").iter().map(|answer| answer["outcome"].as_str().unwrap_or("-")).collect();
    assert_eq!(said, ["stored", "wrong_code", "not_found", "malformed", "clock", "invalid", "stored"]);
    let told = |at: usize| down["answers"][at]["said"].as_str().unwrap_or("").to_owned();
    assert!(told(1).contains('4') && !told(2).is_empty() && !told(3).is_empty() && !told(4).is_empty() && told(0).is_empty(), "{down}");
    // A wrong code counts once, however often it is sent.
    page.send(&[&records[1]]).await;
    assert_eq!(app.rows(&format!("select cast(code_tries as text) from token where number = {}", people[1].0)).await, ["1"]);
    // Mended, it is another record.
    assert_eq!(page.send(&[&page.record("12:59", dose(&people[1].0, &people[1].1, "11:21"))]).await, ["stored"]);
    assert_eq!(app.count("dose").await, 3);
    let (status, _) = page.sync(json!({ "records": vec![json!({}); 51] })).await;
    assert_eq!(status, 400);
}

async fn a_dose_that_is_on_record_already_is_known_or_refused(app: TestApp) {
    let page = Page::of(&app, "asha", MEKAHARA).await;
    let (first, code) = admitted(&app, 1).await;
    // A form was sent, its answer never came, and the page that went on recorded it again.
    assert_eq!(app.operator(MEKAHARA).await.dose("form", &first, json!({ "code": code })).await.status, 201);
    assert_eq!(page.send(&[&page.record("11:08", dose(&first, &code, "11:08"))]).await, ["known"]);
    // Somebody who was vaccinated elsewhere meanwhile.
    let (second, code) = admitted(&app, 2).await;
    let elsewhere = app.operator("RPR-FAFADIH").await.dose_of("there", &person(2), json!({ "centre": "RPR-FAFADIH" })).await;
    assert_eq!(elsewhere.status, 201, "{elsewhere:?}");
    let record = page.record("11:09", dose(&second, &code, "11:09"));
    let (_, down) = page.sync(json!({ "records": [record] })).await;
    assert_eq!(down["answers"][0]["outcome"], "dose_recorded");
    assert!(down["answers"][0]["said"].as_str().unwrap_or("").contains("पहले से दर्ज"), "{down}");
    assert_eq!(app.count("dose").await, 2);
}

async fn records_wait_for_the_next_log_in_of_their_centre(app: TestApp) {
    let page = Page::of(&app, "asha", MEKAHARA).await;
    let (first, code) = admitted(&app, 1).await;
    let record = page.record("11:10", dose(&first, &code, "11:10"));
    app.tamper("delete from login").await;
    assert_eq!(page.sync(json!({ "records": [record] })).await.0, 401);
    // Neither another centre's operator nor a clerk brings it in.
    let other = Page::of(&app, "mohan", "RPR-FAFADIH").await;
    assert_eq!(other.send(&[&record]).await, ["not_found"]);
    let clerk = Page { app: &app, desk: app.logged_in("clerk", Role::Clerk, "RPR-Z2").await };
    assert_eq!(clerk.sync(json!({ "records": [record] })).await.0, 403);
    assert_eq!(app.count("dose").await, 0);
    // Another operator of the centre does, in the name of who sat there; and asha's own later call changes nothing.
    let meena = Page::of(&app, "meena", MEKAHARA).await;
    assert_eq!(meena.send(&[&record]).await, ["stored"]);
    page.desk.log_in("asha", crate::support::PASSWORD).await;
    assert_eq!(page.send(&[&record]).await, ["stored"]);
    assert_eq!(app.rows("select entered_by from dose").await, ["user:asha"]);
    // A name that is nobody's of this centre is not believed.
    let (second, code) = admitted(&app, 2).await;
    let mut strange = meena.record("11:12", dose(&second, &code, "11:12"));
    strange["by"] = json!("mohan");
    assert_eq!(meena.send(&[&strange]).await, ["stored"]);
    assert_eq!(app.rows("select entered_by from dose where entered_by <> 'user:asha'").await, ["user:meena"]);
}

async fn the_officer_sees_which_pc_waits_to_be_heard(app: TestApp) {
    let page = Page::of(&app, "asha", MEKAHARA).await;
    let pc = app.core.chance.id(app.core.clock.now());
    let says = |time: &str, waiting: i64| {
        let now = at(&format!("2021-03-30 {time}"));
        let oldest = (waiting > 0).then(|| at("2021-03-30 11:02"));
        json!({ "pc": { "id": pc, "clock": now.0 + 300, "waiting": waiting, "oldest": oldest, "refused": 1 } })
    };
    for (time, waiting) in [("11:00", 0), ("11:01", 0), ("11:40", 7)] {
        app.set_clock(&format!("2021-03-30 {time}"));
        assert_eq!(page.sync(says(time, waiting)).await.0, 200);
    }
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let row = "<td>Tue 30 March 11:40</td><td>7 · Tue 30 March 11:02</td><td class=\"wrong\">1</td><td class=\"wrong\">300 s";
    let shown = officer.get("/district/links?lang=en").await;
    assert!(shown.shows("PCs of the centres") && shown.shows(row), "{}", shown.body);
    app.set_clock("2021-03-30 12:30");
    let shown = officer.get("/district/links?lang=en").await;
    assert!(shown.shows("11:40 · <b class=\"wrong\">"), "{}", shown.body);
    let elsewhere = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert!(!elsewhere.get("/district/links?lang=en").await.shows("PCs of the centres"));
    // What is not of its kind is refused, and nothing else happens.
    assert_eq!(page.sync(json!({ "pc": { "id": "me" } })).await.0, 400);
}

async fn the_page_hears_of_its_day_and_of_nothing_else(app: TestApp) {
    let page = Page::of(&app, "asha", MEKAHARA).await;
    let (first, code) = admitted(&app, 1).await;
    admitted(&app, 2).await;
    app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, "2021-03-31 11:00"), &person(3)).await;
    app.caller("fafadih", Role::Clerk, "RPR-Z2").await.issue(app.slot("RPR-FAFADIH", "2021-03-30 11:00"), &person(4)).await;
    let (_, down) = page.sync(json!({})).await;
    let people = down["today"]["people"].as_array().expect("people");
    assert_eq!((people.len(), down["who"].as_str(), down["today"]["day"].as_str()), (2, Some("asha"), Some("2021-03-30")));
    let one = people.iter().find(|one| one["number"] == first).expect("the first");
    let about = json!({
        "name": "राम प्रसाद", "birth_year": 1924, "id_type": "voter_id", "id_end": "0001", "dose": 1, "vaccine": "covishield",
        "booked_on": "2021-03-30", "doses": [],
    });
    assert_eq!(one["about"], about);
    // What it holds is not sent again; the secret code never is.
    let (_, same) = page.sync(json!({ "version": down["today"]["version"] })).await;
    assert!(same["today"].is_null());
    assert!(!down.to_string().contains(&format!("\"{code}\"")), "{down}");
    // Of whoever has had the dose the number remains, and who sits in view is known by name.
    page.send(&[&page.record("11:07", dose(&first, &code, "11:07"))]).await;
    let (_, down) = page.sync(json!({ "version": down["today"]["version"] })).await;
    let one = down["today"]["people"].as_array().expect("people").iter().find(|one| one["number"] == first).expect("the first").clone();
    assert_eq!((one["state"].as_str(), &one["about"], &one["waits"]), (Some("vaccinated"), &Value::Null, &Value::Null));
    assert_eq!(down["today"]["sitting"][0]["name"], "राम प्रसाद");
    assert_eq!(down["today"]["last"]["batch"], "4120Z001");
}
