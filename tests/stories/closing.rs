//! A centre's day from its opening check to its closing, and the month that it is part of.

use std::collections::BTreeMap;

use baari::domain::place::Role;
use serde_json::json;

use crate::support::browser::{Browser, Page};
use crate::support::callers::Person;
use crate::support::{TestApp, on_both};

on_both! {
    a_day_that_balances_is_closed_once,
    a_missing_person_and_a_vial_too_many_are_mended,
    what_comes_in_late_marks_the_closing,
    a_month_is_the_sum_of_its_days,
    the_opening_check_is_red_at_the_hour,
}

const MEKAHARA: &str = "RPR-MEKAHARA";
const FAFADIH: &str = "RPR-FAFADIH";

/// Somebody whose age tells them from everybody else here.
fn person(card: u32) -> Person {
    Person::new(card).born(1921 + 3 * i64::from(card))
}

/// Somebody admitted at the eleven o'clock slot of a day: number and code.
async fn admitted(app: &TestApp, centre: &str, day: &str, card: u32) -> (String, String) {
    let clerk = app.caller(&format!("office {card}"), Role::Clerk, "RPR-Z2").await;
    let answer = clerk.issue(app.slot(centre, &format!("{day} 11:00")), &person(card)).await;
    assert_eq!(answer.said(), "201 issued");
    let gate = app.caller(&format!("gate {card}"), Role::Operator, centre).await;
    assert_eq!(gate.scan(&answer.number()).await.said(), "200 admitted");
    (answer.number(), answer.text("secret_code").to_owned())
}

/// The same, vaccinated.
async fn vaccinated(app: &TestApp, centre: &str, day: &str, card: u32) {
    let (number, code) = admitted(app, centre, day, card).await;
    let nurse = app.caller(&format!("nurse {card}"), Role::Operator, centre).await;
    assert_eq!(nurse.dose("jab", &number, json!({ "code": code })).await.status, 201);
}

/// Everybody whose time in observation is over leaves.
async fn see_off(app: &TestApp, nurse: &Browser) {
    app.pass(31 * 60);
    let doses = nurse.get("/centre").await.value("doses");
    assert_eq!(nurse.post("/centre/left", &[("doses", &doses)]).await.status, 303);
}

/// Vials received today.
async fn receive(nurse: &Browser, batch: &str, vials: &str) -> Page {
    let key = nurse.get("/centre/opening").await.value("key");
    nurse.post("/centre/opening?lang=en", &[("key", &key), ("vaccine", "covishield"), ("batch", batch), ("received", vials)]).await
}

/// Vials that were not opened, as they are counted in the evening.
async fn count(nurse: &Browser, date: &str, returned: &str, broken: &str) -> Page {
    let key = format!("{}-vials", nurse.get(&format!("/centre/closing?date={date}")).await.value("key"));
    let fields = [("vaccine", "covishield"), ("batch", "4120Z001"), ("returned", returned), ("broken", broken)];
    nurse.post("/centre/closing/vials?lang=en", &[&[("key", &*key), ("date", date)][..], &fields].concat()).await
}

/// Confirms what a page shows.
async fn confirm(nurse: &Browser, page: &Page, name: &str, note: &str) -> Page {
    let [key, seen, date] = ["key", "seen", "date"].map(|field| page.value(field));
    let key = format!("{key} {name}");
    let fields = [("key", &*key), ("seen", &seen), ("date", &date), ("in_charge", name), ("note", note)];
    nurse.post("/centre/closing?lang=en", &fields).await
}

async fn a_day_that_balances_is_closed_once(app: TestApp) {
    const DAY: &str = "2021-03-30";
    let nurse = app.logged_in("nurse", Role::Operator, MEKAHARA).await;
    assert_eq!(receive(&nurse, "4120z001", "2").await.status, 303);
    for card in [1, 2] {
        vaccinated(&app, MEKAHARA, DAY, card).await;
    }
    let ends = [(3, "fever", "12-04-2021"), (4, "refused", ""), (5, "left_without", "")];
    for (card, reason, earliest) in ends {
        let (number, _) = admitted(&app, MEKAHARA, DAY, card).await;
        let fields = [("token", &*number), ("reason", reason), ("earliest", earliest), ("key", reason)];
        assert_eq!(nurse.post("/centre/no-dose", &fields).await.status, 303, "{reason}");
    }
    // People still sit in observation, and a vial is not counted yet.
    let page = nurse.get("/centre/closing?lang=en").await;
    assert!(page.shows("Still in observation: 2") && page.shows("1 more received than accounted for"), "{}", page.body);
    see_off(&app, &nurse).await;
    assert_eq!(count(&nurse, DAY, "1", "").await.status, 303);
    let page = nurse.get("/centre/closing?lang=en").await;
    assert!(page.shows("Everything adds up"), "{}", page.body);
    let counts = ["all", "vaccinated", "deferred", "refused", "left", "inside"];
    let shown = counts.map(|of| {
        let (_, rest) = page.body.split_once(&format!("of={of}\">")).expect("a number");
        rest.split('<').next().unwrap_or("").to_owned()
    });
    assert_eq!(shown, ["5", "2", "1", "1", "1", "0"]);
    for (of, rows) in counts.iter().zip(&shown) {
        let list = nurse.get(&format!("/centre/closing/people?date={DAY}&of={of}")).await;
        assert_eq!(list.body.matches("<tr").count().saturating_sub(1).to_string(), *rows, "{of}");
    }

    // A name is asked for. Two people confirm at once: one closing, and each sees it.
    let nameless = confirm(&nurse, &page, " ", "").await;
    assert!(nameless.shows("id=\"in_charge-fault\""), "{}", nameless.body);
    let second = app.logged_in("second", Role::Operator, MEKAHARA).await;
    let other = second.get("/centre/closing?lang=en").await;
    let closed = tokio::join!(confirm(&nurse, &page, "Dr. A. Verma", ""), confirm(&second, &other, "Dr. A. Verma", ""));
    assert_eq!((closed.0.status, closed.1.status), (303, 303), "{}", closed.1.body);
    assert_eq!(confirm(&nurse, &page, "Dr. A. Verma", "").await.status, 303);
    assert_eq!((app.count("closing").await, app.count("journal where act = 'close_day'").await), (1, 1));
    for browser in [&nurse, &second] {
        let page = browser.get("/centre/closing?lang=en").await;
        assert!(page.shows("confirmed by Dr. A. Verma") && !page.shows("name=\"seen\""), "{}", page.body);
    }

    // The district sees who has closed; whoever has no business here sees nothing.
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let list = officer.get("/district/closings?lang=en").await;
    assert!(list.shows("closed 11:38, Dr. A. Verma") && list.shows("<b>2</b> not closed yet"), "{}", list.body);
    let id = app.core.board().centre_by_code(MEKAHARA).expect("the centre").id;
    assert!(officer.get(&format!("/centre/closing?centre={id}&lang=en")).await.shows("confirmed by Dr. A. Verma"));
    let clerk = app.logged_in("clerk", Role::Clerk, "RPR-Z2").await;
    assert_eq!(clerk.get(&format!("/centre/closing?centre={id}")).await.status, 403);
    let durg = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert_eq!(durg.get(&format!("/centre/closing?centre={id}")).await.status, 404);
    assert_eq!(nurse.get("/centre/closing?date=2021-03-31").await.status, 404, "a day that has not begun");
    assert!(app.faults().await.is_empty());
}

async fn a_missing_person_and_a_vial_too_many_are_mended(app: TestApp) {
    const DAY: &str = "2021-03-30";
    let nurse = app.logged_in("nurse", Role::Operator, MEKAHARA).await;
    receive(&nurse, "4120Z001", "3").await;
    vaccinated(&app, MEKAHARA, DAY, 1).await;
    let (missing, _) = admitted(&app, MEKAHARA, DAY, 2).await;
    see_off(&app, &nurse).await;
    let wrong = count(&nurse, DAY, "many", "1").await;
    assert!(wrong.shows("id=\"vials-fault\"") && wrong.shows("value=\"many\""), "{}", wrong.body);
    assert_eq!(count(&nurse, DAY, "2", "1").await.status, 303);

    // Both stand there by name and number, each with the way to where it is settled.
    let page = nurse.get("/centre/closing?lang=en").await;
    assert!(page.shows("What does not add up (2)") && page.shows("no dose and no reason noted"), "{}", page.body);
    assert!(page.shows(&format!("/centre?q={missing}")) && page.shows("राम प्रसाद"), "{}", page.body);
    assert!(page.shows("Covishield 4120Z001: 1 more accounted for than received"), "{}", page.body);
    // It is not closed so without a word.
    let silent = confirm(&nurse, &page, "Dr. A. Verma", "").await;
    assert!(silent.shows("id=\"note-fault\"") && silent.value("in_charge") == "Dr. A. Verma", "{}", silent.body);
    assert_eq!(app.count("closing").await, 0);

    // One touch for the person, sent twice; the count once more. What was counted before is kept.
    for _ in 0..2 {
        let left = nurse.post("/centre/closing/left", &[("key", "left"), ("date", DAY), ("numbers", &missing)]).await;
        assert_eq!(left.location(), "/centre/closing?date=2021-03-30&of=left1");
    }
    assert_eq!(app.rows("select kind || ' ' || reason from deferral").await, ["left left_without"]);
    let stale = confirm(&nurse, &page, "Dr. A. Verma", "lost").await;
    assert!(stale.shows("The figures have changed while you looked"), "{}", stale.body);
    assert_eq!(count(&nurse, DAY, "2", "0").await.status, 303);
    let said = app.rows("select what || ' ' || cast(vials as text) from vial_count order by id").await;
    assert_eq!(said, ["received 3", "returned 2", "broken 1", "broken 0"]);

    // Whoever was let in here with another centre's token is this centre's to account for.
    let stray = app.clerk("RPR-Z2").await.issue(app.slot(FAFADIH, "2021-03-30 11:00"), &person(3)).await.number();
    let mut scan = crate::support::gates::admitted(1, &stray, app.core.clock.now());
    (scan["kind"], scan["reason"]) = (json!("admit_anyway"), json!("wrong_centre"));
    app.gate(MEKAHARA, "Gate A").await.sync(vec![scan]).await;
    let uma = app.logged_in("uma", Role::Operator, FAFADIH).await;
    let there = uma.get("/centre/closing?lang=en").await;
    assert!(there.shows("Everything adds up") && nurse.get("/centre/closing").await.shows(&stray), "{}", there.body);
    nurse.post("/centre/closing/left", &[("key", "stray"), ("date", DAY), ("numbers", &stray)]).await;
    assert_eq!(
        app.count("deferral join centre on centre.id = centre_id where deferral.kind = 'left' and centre.code = 'RPR-MEKAHARA'").await,
        2
    );

    let page = nurse.get("/centre/closing?lang=en").await;
    assert!(page.shows("Everything adds up"), "{}", page.body);
    assert_eq!(confirm(&nurse, &page, "Dr. A. Verma", "").await.status, 303);

    // Opened again with a reason, once, and closed again: both closings stay.
    let reopen = [("key", "again"), ("date", DAY), ("reason", "a form turned up")];
    let empty = nurse.post("/centre/closing/reopen?lang=en", &[("key", "empty"), ("date", DAY)]).await;
    assert!(empty.shows("id=\"reason-fault\""), "{}", empty.body);
    for _ in 0..2 {
        assert_eq!(nurse.post("/centre/closing/reopen", &reopen).await.status, 303);
    }
    assert_eq!(app.count("journal where act = 'reopen_day'").await, 1);
    let page = nurse.get("/centre/closing?lang=en").await;
    assert!(page.shows("not closed yet. Opened again") && page.shows("a form turned up"), "{}", page.body);
    assert_eq!(confirm(&nurse, &page, "Dr. B. Sahu", "").await.status, 303);
    let closings = app.rows("select in_charge || ' ' || coalesce(reopen_reason, '-') from closing order by id").await;
    assert_eq!(closings, ["Dr. A. Verma a form turned up", "Dr. B. Sahu -"]);
    assert!(app.faults().await.is_empty());
}

async fn what_comes_in_late_marks_the_closing(app: TestApp) {
    const DAY: &str = "2021-03-30";
    let nurse = app.logged_in("nurse", Role::Operator, MEKAHARA).await;
    receive(&nurse, "4120Z001", "1").await;
    vaccinated(&app, MEKAHARA, DAY, 1).await;
    // A form of the camp came in at the gate; nobody knows yet whose it is.
    let noon = app.slot(MEKAHARA, "2021-03-30 12:00").to_string();
    let made = nurse.post("/centre/forms", &[("slot", &noon), ("dose", "1"), ("forms", "2"), ("key", "forms")]).await;
    assert_eq!(made.location(), "/centre/forms/1");
    let form = app.core.read().await.expect("a transaction").forms_of(baari::ids::PackId(1)).await.expect("forms").remove(0);
    app.set_clock("2021-03-30 12:05");
    assert_eq!(app.operator(MEKAHARA).await.scan(&app.core.qr(&form.cose)).await.said(), "200 admitted");
    see_off(&app, &nurse).await;
    let page = nurse.get("/centre/closing?lang=en").await;
    for gap in ["Form 1 of bundle 1 came in and is not keyed in", "Bundle 1: 2 forms not counted yet"] {
        assert!(page.shows(gap), "{gap} in {}", page.body);
    }
    // Closed with a word about it.
    assert_eq!(confirm(&nurse, &page, "Dr. A. Verma", "one form of the camp is still on its way").await.status, 303);
    let page = nurse.get("/centre/closing?lang=en").await;
    assert!(page.shows("still on its way") && !page.shows("Changed since it was closed"), "{}", page.body);

    // In the evening the form is keyed in with its dose: the day changes, and its closing says so.
    app.set_clock("2021-03-30 19:00");
    assert_eq!(nurse.post("/centre/forms/1/count", &[("from", "1"), ("until", "1"), ("spoiled", "")]).await.status, 303);
    let key = nurse.get("/centre/forms/1/key").await.value("key");
    let typed = [("form", "1"), ("name", "Sita Bai"), ("age", "1954"), ("gender", "female"), ("id_type", "voter_id")];
    let jab =
        [("id_number", "CGR0000077"), ("time", "1215"), ("code", &*form.secret_code), ("batch", "4120Z001"), ("vaccinator", "S. Devi")];
    let done = nurse.post("/centre/forms/1/key?lang=en", &[&[("key", &*key)][..], &typed, &jab].concat()).await;
    assert!(done.shows("Every form of this bundle that was used is keyed in."), "{}", done.body);
    let page = nurse.get("/centre/closing?lang=en").await;
    for change in ["Changed since it was closed", "Vaccinated: 1 → 2", "No outcome noted: 1 → 0", "Paper forms: 2 → 0", "Sita Bai"] {
        assert!(page.shows(change), "{change} in {}", page.body);
    }
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let file = officer.get("/district/closings/closings.csv?date=2021-03-30&lang=en").await;
    let row = file.body.lines().find(|row| row.starts_with("Mekahara")).expect("the centre's row");
    assert!(row.contains("Vaccinated: 1 → 2") && row.contains("closed 12:36, Dr. A. Verma"), "{row}");
}

/// The last row of a month's file, by the heads of its columns.
async fn total(officer: &Browser, by: &str) -> BTreeMap<String, i64> {
    let file = officer.get(&format!("/district/month/month.csv?month=03-2021&by={by}&lang=en")).await;
    assert_eq!(file.status, 200, "{by}");
    let text = file.body.trim_start_matches('\u{feff}');
    let (heads, last) = (text.lines().next().expect("heads"), text.lines().last().expect("a last row"));
    heads.split(',').zip(last.split(',')).skip(1).map(|(head, value)| (head.to_owned(), value.parse().expect("a number"))).collect()
}

async fn a_month_is_the_sum_of_its_days(app: TestApp) {
    let nurse = app.logged_in("nurse", Role::Operator, MEKAHARA).await;
    receive(&nurse, "4120Z001", "2").await;
    for card in [1, 2] {
        vaccinated(&app, MEKAHARA, "2021-03-30", card).await;
    }
    vaccinated(&app, FAFADIH, "2021-03-30", 3).await;
    let (number, _) = admitted(&app, MEKAHARA, "2021-03-30", 4).await;
    let fields = [("token", &*number), ("reason", "refused"), ("earliest", ""), ("key", "refused")];
    assert_eq!(nurse.post("/centre/no-dose", &fields).await.status, 303);
    app.set_clock("2021-03-31 11:07");
    let nurse = app.logged_in("morning", Role::Operator, MEKAHARA).await;
    receive(&nurse, "4120Z002", "1").await;
    vaccinated(&app, MEKAHARA, "2021-03-31", 5).await;
    admitted(&app, MEKAHARA, "2021-03-31", 6).await;

    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let mut days = BTreeMap::<String, i64>::new();
    for day in ["2021-03-30", "2021-03-31"] {
        let file = officer.get(&format!("/district/closings/closings.csv?date={day}&lang=en")).await;
        let mut rows = csv::Reader::from_reader(file.body.trim_start_matches('\u{feff}').as_bytes());
        let heads = rows.headers().expect("heads").clone();
        for row in rows.records().map(|row| row.expect("a row")) {
            for (head, value) in heads.iter().zip(&row) {
                if let Ok(value) = value.parse::<i64>() {
                    *days.entry(head.to_owned()).or_default() += value;
                }
            }
        }
    }
    let by_centre = total(&officer, "centre").await;
    for head in ["Admitted", "Vaccinated", "Deferred", "Refused", "Left without a dose", "No outcome noted"] {
        assert_eq!(days[head], by_centre[head], "{head}");
    }
    let told = ["Admitted", "Vaccinated", "Refused", "No outcome noted", "Received", "Used", "Days"].map(|head| by_centre[head]);
    assert_eq!(told, [6, 4, 1, 1, 3, 3, 5]);
    for by in ["zone", "day"] {
        assert_eq!(total(&officer, by).await, by_centre, "{by}");
    }
    for by in ["vaccinator", "operator"] {
        assert_eq!(total(&officer, by).await["Vaccinated"], 4, "{by}");
    }
    assert_eq!(total(&officer, "operator").await["Refused"], 1);

    // A spreadsheet is one; a month that cannot be read says how to write it; others' districts stay out.
    let book = officer.get("/district/month/month.xlsx?month=2021-03").await;
    assert!(book.bytes.starts_with(b"PK") && book.header("content-disposition").contains("month-2021-03-centre.xlsx"));
    let wrong = officer.get("/district/month?month=March&lang=en").await;
    assert!(wrong.shows("Type the month like 03-2021.") && wrong.value("month") == "March", "{}", wrong.body);
    let before = officer.get("/district/month?month=02-2021&lang=en").await;
    assert!(before.shows("February 2021") && before.shows("Nothing was planned"), "{}", before.body);
    let durg = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert_eq!(total(&durg, "centre").await["Admitted"], 0);
}

async fn the_opening_check_is_red_at_the_hour(app: TestApp) {
    app.set_clock("2021-03-31 09:29");
    let nurse = app.logged_in("nurse", Role::Operator, FAFADIH).await;
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let lacks = async || {
        let page = officer.get("/district?lang=en").await;
        let (_, list) = page.body.split_once("list trouble").unwrap_or_default();
        let (_, row) = list.split_once("</ul>").map_or("", |(list, _)| list).split_once("<b>PHC Fafadih</b><span>").unwrap_or_default();
        row.split('<').next().unwrap_or("").to_owned()
    };
    assert_eq!(lacks().await, "");
    let desk = nurse.get("/centre?lang=en").await;
    assert!(desk.shows("href=\"/centre/opening\"") && desk.shows("Before the day begins"), "{}", desk.body);
    app.set_clock("2021-03-31 09:31");
    let all = "Phones at the gates, Printer, Vials received, Staff, Vaccinators, Paper for a power cut";
    assert_eq!(lacks().await, format!("Not ready for the day: {all}"));
    assert!(officer.get("/district?lang=en").await.shows("<b>2</b> centres not ready"));

    // The phone makes itself known; the rest is said, one thing wrongly.
    let mut gate = app.gate(FAFADIH, "Gate A").await;
    gate.sync(vec![]).await;
    let key = nurse.get("/centre/opening").await.value("key");
    let said = |printer: &'static str, staff: &'static str| {
        [("printer", printer), ("paper", "yes"), ("staff", staff), ("vaccinators", "1"), ("note", "")]
    };
    let vials = [("vaccine", "covishield"), ("batch", "4120z001"), ("received", "3")];
    let wrong = nurse.post("/centre/opening?lang=en", &[&[("key", &*key)][..], &said("no", "four"), &vials].concat()).await;
    assert!(wrong.shows("id=\"staff-fault\"") && wrong.value("staff") == "four" && wrong.shows("4120Z001"), "{}", wrong.body);
    for _ in 0..2 {
        let fields = [&[("key", "first")][..], &said("no", "4"), &vials].concat();
        assert_eq!(nurse.post("/centre/opening", &fields).await.status, 303);
    }
    assert_eq!((app.count("opening").await, app.count("vial_count").await), (1, 1));
    assert_eq!(lacks().await, "Not ready for the day: Printer");
    assert_eq!(nurse.post("/centre/opening", &[&[("key", "second")][..], &said("yes", "4"), &vials].concat()).await.status, 303);
    assert_eq!(lacks().await, "");
    assert!(!nurse.get("/centre?lang=en").await.shows("Before the day begins"));
    // A vial of what came this morning is opened without a word; of another batch the desk says so, and lets it be.
    for (batch, warned) in [("4120z001", 0), ("4120z099", 1)] {
        assert_eq!(nurse.post("/centre/vials", &[("key", batch), ("vaccine", "covishield"), ("batch", batch)]).await.status, 303);
        let desk = nurse.get("/centre?lang=en").await;
        assert_eq!(desk.body.matches("not among the vials received today").count(), warned, "{}", desk.body);
        assert!(desk.shows("<option value=\"4120Z001\">Covishield</option>"), "{}", desk.body);
    }
    let page = nurse.get("/centre/opening?lang=en").await;
    assert!(page.body.matches("light ready").count() == 6 && page.shows("Printer: No"), "{}", page.body);
    let list = officer.get("/district/closings?lang=en").await;
    assert!(list.shows(">Ready</a>"), "{}", list.body);

    // The hour is the district's. Once people have entered, what nobody looked at is no trouble any more.
    let mekahara = async || officer.get("/district?lang=en").await.shows("Not ready for the day");
    assert!(mekahara().await);
    let late = officer.post("/district/closings/hour?lang=en", &[("district", "1"), ("hour", "25:00")]).await;
    assert!(late.shows("id=\"hour-fault\"") && late.value("hour") == "25:00", "{}", late.body);
    assert_eq!(officer.post("/district/closings/hour", &[("district", "1"), ("hour", "10:15")]).await.status, 303);
    assert!(!mekahara().await);
    app.set_clock("2021-03-31 10:16");
    assert!(mekahara().await);
    let other = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert_eq!(other.post("/district/closings/hour", &[("district", "1"), ("hour", "09:00")]).await.status, 404);
    app.set_clock("2021-03-31 11:07");
    admitted(&app, MEKAHARA, "2021-03-31", 1).await;
    assert!(!mekahara().await);
}
