//! Stories of paper: forms printed ahead, admitted by the gate, counted when they come back, and keyed in by number.

use baari::domain::place::Role;
use baari::ids::PackId;
use baari::storage::pack::PrintedForm;

use crate::support::browser::{Browser, Page};
use crate::support::callers::Person;
use crate::support::{TestApp, on_both};

on_both! {
    a_bundle_goes_out_comes_back_and_is_keyed_in,
    a_form_that_is_not_keyed_is_answered_for,
    a_dose_on_a_form_may_need_an_answer,
    two_bundles_never_hold_the_same_place,
    a_file_keys_forms_in_row_by_row,
}

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOON: &str = "2021-03-30 12:00";

async fn make(nurse: &Browser, slot: i64, forms: &str) -> Page {
    let key = nurse.get("/centre/forms").await.value("key");
    nurse.post("/centre/forms?lang=en", &[("slot", &slot.to_string()), ("dose", "1"), ("forms", forms), ("key", &key)]).await
}

async fn forms(app: &TestApp, pack: i64) -> Vec<PrintedForm> {
    app.core.read().await.expect("a transaction").forms_of(PackId(pack)).await.expect("forms")
}

/// Keys a form of the first bundle in.
async fn key(nurse: &Browser, form: &str, card: u32, more: &[(&str, &str)]) -> Page {
    let typed = nurse.get("/centre/forms/1/key").await.value("key");
    let number = format!("CGR{card:07}");
    let person = [("form", form), ("name", "Sita Bai"), ("age", "1954"), ("gender", "female"), ("id_type", "voter_id")];
    let usual = [&person[..], &[("id_number", &*number), ("mobile", "9876543210"), ("key", &*typed)]].concat();
    let kept = usual.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let fields: Vec<_> = kept.chain(more.iter().copied()).collect();
    nurse.post("/centre/forms/1/key?lang=en", &fields).await
}

async fn taken(app: &TestApp, slot: i64) -> i64 {
    app.rows(&format!("select cast(taken as text) from slot where id = {slot}")).await[0].parse().expect("a number")
}

async fn a_bundle_goes_out_comes_back_and_is_keyed_in(app: TestApp) {
    let (nurse, noon) = (app.logged_in("nurse", Role::Operator, MEKAHARA).await, app.slot(MEKAHARA, NOON));
    let elsewhere = app.logged_in("uma", Role::Operator, "RPR-FAFADIH").await;
    // A centre has its walk-in place and the four open ones.
    let refused = make(&nurse, noon, "6").await;
    assert!(refused.shows("error-summary") && refused.value("forms") == "6", "{}", refused.body);
    assert!(make(&nurse, noon, "many").await.shows("error-summary"));
    assert_eq!(taken(&app, noon).await, 0);
    assert_eq!(make(&nurse, noon, "5").await.location(), "/centre/forms/1");
    assert_eq!(taken(&app, noon).await, 5);
    let printed = nurse.get("/centre/forms/1/print").await;
    let bundle = forms(&app, 1).await;
    assert_eq!(printed.body.matches("class=\"qr\"").count(), 5);
    assert!(bundle.iter().all(|form| printed.shows(&form.number.to_string()) && printed.shows(&form.secret_code)), "{}", printed.body);

    // It goes to a camp; the gate there admits a form that it never heard of.
    assert_eq!(nurse.post("/centre/forms/1/hand", &[("to", "ए. देवी")]).await.status, 303);
    app.set_clock("2021-03-30 12:05");
    let gate = app.operator(MEKAHARA).await;
    assert_eq!(gate.scan(&app.core.qr(&bundle[0].cose)).await.said(), "200 admitted");
    assert_eq!(gate.scan(&app.core.qr(&bundle[0].cose)).await.said(), "200 already_admitted");

    // It comes back and is counted before anything is keyed in.
    app.set_clock("2021-03-30 15:00");
    assert!(nurse.get("/centre/backlog?lang=en").await.shows("not counted yet (5)"));
    for (from, until, spoiled) in [("4", "3", ""), ("1", "9", ""), ("1", "4", "5"), ("one", "4", "")] {
        let wrong = nurse.post("/centre/forms/1/count?lang=en", &[("from", from), ("until", until), ("spoiled", spoiled)]).await;
        assert!(wrong.shows("error-summary") && wrong.value("from") == from, "{}", wrong.body);
    }
    for _ in 0..2 {
        assert_eq!(nurse.post("/centre/forms/1/count", &[("from", "1"), ("until", "4"), ("spoiled", "3")]).await.status, 303);
    }
    assert_eq!((taken(&app, noon).await, app.count("journal where act = 'count_forms'").await), (3, 1));
    let list = nurse.get("/centre/forms?lang=en").await;
    assert!(list.shows("<b>3</b> Forms to key in") && list.shows("ए. देवी") && list.shows("Due by Thu 1 April 12:00"), "{}", list.body);

    // Somebody is to key it in, and until then it waits with its deadline, like a dose that is entered.
    assert_eq!(nurse.post("/centre/forms/1/assign", &[("to", "user:uma")]).await.status, 404);
    assert_eq!(nurse.post("/centre/forms/1/assign", &[("to", "user:nurse")]).await.status, 303);
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    for (who, path) in [(&nurse, "/centre/backlog"), (&officer, "/district/backlog")] {
        let backlog = who.get(&format!("{path}?lang=en&operator=user:nurse")).await;
        assert!(
            backlog.shows("<b>3</b> Later") && backlog.shows("Thu 1 April 12:00") && backlog.shows("nurse, Later: 3"),
            "{}",
            backlog.body
        );
        let others = who.get(&format!("{path}?lang=en&operator=user:somebody")).await;
        assert!(!others.shows("Still on paper"), "{}", others.body);
    }

    // The first: person and dose.
    let jab = [("time", "1210"), ("code", &*bundle[0].secret_code), ("batch", "4120Z001"), ("vaccinator", "S. Devi")];
    let half = key(&nurse, "1", 1, &[&[("time", "1210"), ("code", "12")][..], &jab[2..]].concat()).await;
    assert!(half.shows("error-summary") && half.value("name") == "Sita Bai" && half.value("batch") == "4120Z001", "{}", half.body);
    let done = key(&nurse, "1", 1, &jab).await;
    assert!(
        done.shows(&bundle[0].number.to_string()) && done.value("form") == "2" && done.value("vaccinator") == "S. Devi",
        "{}",
        done.body
    );
    assert!(done.value("name").is_empty());
    let token = gate.token(&bundle[0].number.plain()).await;
    assert_eq!((token.said(), token.text("call_number")), ("200 vaccinated".into(), "03-001"));
    assert_eq!(app.count("dose where batch = '4120Z001'").await, 1);
    assert!(key(&nurse, "1", 2, &[]).await.shows("keyed in already"));
    assert!(key(&nurse, "3", 2, &[]).await.shows("counted as unused or spoiled"));

    // The second's person holds a token: the form is struck off, and its place is free.
    let other = app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, "2021-03-30 16:00"), &Person::new(2).mobile("9876543210")).await;
    assert_eq!(other.said(), "201 issued");
    assert!(key(&nurse, "2", 2, &[("gender", "male")]).await.shows("This person has token"));
    for _ in 0..2 {
        assert_eq!(nurse.post("/centre/forms/1/strike", &[("form", "2")]).await.status, 303);
    }
    assert_eq!(taken(&app, noon).await, 2);
    // A number that is another's makes nobody that person.
    assert!(key(&nurse, "4", 1, &[("name", "Ram Lal"), ("gender", "male")]).await.shows("S… B…"));
    // The fourth by its ten digits; nobody gave a dose.
    let last = key(&nurse, &bundle[3].number.to_string(), 4, &[]).await;
    assert!(last.shows("Every form of this bundle that was used is keyed in."), "{}", last.body);
    assert_eq!(gate.token(&bundle[3].number.plain()).await.said(), "200 issued");
    assert_eq!(app.count(&format!("token where slot_id = {noon}")).await, taken(&app, noon).await);
    let states = app.rows("select state || ' ' || cast(count(*) as text) from leased group by state order by state").await;
    assert_eq!(states, ["returned 3", "used 2"]);

    // Until somebody says why, the fourth waits with its deadline; then the bundle is done.
    let backlog = nurse.get("/centre/backlog?lang=en").await;
    assert!(backlog.shows("Still on paper") && backlog.shows("<b>2</b> Later"), "{}", backlog.body);
    assert!(nurse.get("/centre/forms?lang=en").await.shows("1 without a dose"));
    let number = bundle[3].number.plain();
    let waits = nurse.get("/centre/forms/1?lang=en").await;
    assert!(waits.shows("Keyed in, and no dose recorded") && waits.shows(&format!("/centre?q={number}")), "{}", waits.body);
    assert!(!waits.shows(&bundle[0].number.plain()), "{}", waits.body);
    let refused = [("key", "n1"), ("token", &*number), ("reason", "refused"), ("earliest", "")];
    assert_eq!(nurse.post("/centre/no-dose", &refused).await.location(), format!("/centre?home={number}"));
    assert!(!nurse.get("/centre/forms/1?lang=en").await.shows("Keyed in, and no dose recorded"));
    let backlog = nurse.get("/centre/backlog?lang=en").await;
    assert!(!backlog.shows("Still on paper"), "{}", backlog.body);

    // Another centre has nothing to do with it.
    for path in ["/centre/forms/1", "/centre/forms/1/print", "/centre/forms/1/key"] {
        assert_eq!(elsewhere.get(path).await.status, 404, "{path}");
    }
}

async fn a_form_that_is_not_keyed_is_answered_for(app: TestApp) {
    let nurse = app.logged_in("nurse", Role::Operator, MEKAHARA).await;
    make(&nurse, app.slot(MEKAHARA, NOON), "3").await;
    let form = forms(&app, 1).await.remove(0);
    let (number, scanned) = (form.number.plain(), app.core.qr(&form.cose));
    let ask = async |who: &Browser, q: &str, key: &str| who.post("/office/enquiry?lang=en", &[("q", q), ("key", key)]).await;
    let told = ask(&nurse, &number, "1").await;
    assert!(told.shows("not keyed in yet") && told.shows("Tue 30 March") && told.shows("Nobody is named for it"), "{}", told.body);
    assert_eq!(nurse.post("/centre/forms/1/assign", &[("to", "user:nurse")]).await.status, 303);
    // The stub's code is scanned as well as its number typed; both are the same question.
    let told = ask(&nurse, &format!("{scanned}\r\n"), "2").await;
    assert!(told.shows("nurse keys it in, by Wed 31 March") && told.shows("Has come to ask 2 times."), "{}", told.body);
    let far = app.logged_in("far", Role::Clerk, "RPR-Z1").await;
    assert!(ask(&far, &number, "3").await.shows("Nobody matches."));
    // Keyed in by its scanned code, it is a person like any other.
    let keyed = key(&nurse, &scanned, 1, &[]).await;
    assert!(keyed.shows("Keyed in"), "{}", keyed.body);
    assert!(ask(&nurse, &scanned, "4").await.shows("Sita Bai"));
}

async fn a_dose_on_a_form_may_need_an_answer(app: TestApp) {
    let (nurse, noon) = (app.logged_in("nurse", Role::Operator, MEKAHARA).await, app.slot(MEKAHARA, NOON));
    make(&nurse, noon, "4").await;
    app.set_clock("2021-03-30 15:00");
    let bundle = forms(&app, 1).await;
    let jab = |at: usize| [("time", "1210"), ("code", &*bundle[at].secret_code), ("batch", "4120Z001"), ("vaccinator", "S. Devi")];
    assert!(key(&nurse, "1", 1, &jab(0)).await.shows("Keyed in"));
    // Her sister-in-law, under the same mobile number: like somebody who has had a dose.
    let asked = key(&nurse, "2", 2, &jab(1)).await;
    assert!(asked.shows("Is it the same person?") && asked.value("keyed") == bundle[1].number.plain(), "{}", asked.body);
    assert_eq!((app.count("token").await, app.count("dose").await), (2, 1));
    let answer = |more: &[(&'static str, String)]| {
        let names =
            ["key", "keyed", "form", "name", "age", "gender", "id_type", "id_number", "mobile", "time", "code", "batch", "vaccinator"];
        let kept = names.into_iter().filter(|name| more.iter().all(|(other, _)| other != name));
        kept.map(|name| (name, asked.value(name))).chain(more.iter().cloned()).collect::<Vec<_>>()
    };
    let send = async |fields: Vec<(&'static str, String)>| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
        nurse.post("/centre/forms/1/key?lang=en", &fields).await
    };
    // What is typed wrongly now is said, and it is still the same form.
    let wrong = send(answer(&[("lookalike", "others".into()), ("code", "12".into())])).await;
    assert!(wrong.shows("error-summary") && wrong.value("keyed") == bundle[1].number.plain(), "{}", wrong.body);
    for _ in 0..2 {
        let done = send(answer(&[("lookalike", "others".into())])).await;
        assert!(done.shows("Keyed in") && done.value("form") == "3", "{}", done.body);
        assert_eq!((app.count("token").await, app.count("dose").await), (2, 2));
    }
    // In a file the answer stands in a column.
    let columns = nurse.get("/centre/forms/1/file").await.body.lines().next().expect("a line").to_owned();
    let row = |answer: &str| {
        let code = &bundle[2].secret_code;
        format!("{columns}\n3,Sita Bai,1954,female,voter_id,CGR0000003,9876543210,,,1210,{code},4120Z001,S. Devi,{answer},\n")
    };
    let asked = nurse.upload("/centre/forms/1/file?lang=en", "forms.csv", &row("")).await;
    assert!(asked.shows("lookalike: Somebody like this") && asked.shows("1 wrong"), "{}", asked.body);
    let done = nurse.upload("/centre/forms/1/file?lang=en", "forms.csv", &row("others")).await;
    assert!(done.shows("Keyed in: 1"), "{}", done.body);
    assert_eq!((app.count("token").await, app.count("dose").await), (3, 3));
}

async fn two_bundles_never_hold_the_same_place(app: TestApp) {
    let (nurse, noon) = (app.logged_in("nurse", Role::Operator, MEKAHARA).await, app.slot(MEKAHARA, NOON));
    let made = futures_util::future::join_all((0..4).map(|_| make(&nurse, noon, "2"))).await;
    assert_eq!(made.iter().filter(|page| page.status == 303).count(), 2);
    assert_eq!((taken(&app, noon).await, app.count("form").await, app.count("leased where state = 'held'").await), (4, 4, 4));
    assert_eq!(app.count("(select distinct number from form) as own").await, 4);
    // One place is left for whoever comes without a token.
    let operator = app.operator(MEKAHARA).await;
    assert_eq!(operator.issue(noon, &Person::new(1)).await.said(), "201 issued");
    assert_eq!(operator.issue(noon, &Person::new(2)).await.said(), "409 no_place");
}

async fn a_file_keys_forms_in_row_by_row(app: TestApp) {
    let (nurse, noon) = (app.logged_in("nurse", Role::Operator, MEKAHARA).await, app.slot(MEKAHARA, NOON));
    make(&nurse, noon, "4").await;
    app.set_clock("2021-03-30 15:00");
    let columns = "form,name,age,gender,id_type,id_number,mobile,locality,category,time,code,batch,vaccinator,lookalike,despite";
    let empty = nurse.get("/centre/forms/1/file").await;
    assert!(empty.shows(columns) && empty.shows("\n4,,,,,,,,,,,,,,\n"), "{}", empty.body);
    let code = forms(&app, 1).await[0].secret_code.clone();
    let row =
        |form: &str, card: u32, rest: &str| format!("{form},Sita Bai,1954,female,voter_id,CGR{card:07},9876543210,गली {form},,{rest}\n");
    let file = |age: &str| {
        let third = row("3", 3, ",,,").replace("1954", age);
        format!("\u{feff}{columns}\n{}{}{third}4,,,,,,,,,,,\n", row("1", 1, &format!("1205,{code},4120Z001,S. Devi")), row("9", 9, ",,,"))
    };
    let done = nurse.upload("/centre/forms/1/file?lang=en", "forms.csv", &file("old")).await;
    for text in ["2 wrong", "Keyed in: 1", "form: ", "age: "] {
        assert!(done.shows(text), "{text} in {}", done.body);
    }
    // Mended and sent again: what was keyed in stays as it is.
    let again = nurse.upload("/centre/forms/1/file?lang=en", "forms.csv", &file("67")).await;
    assert!(again.shows("Keyed in: 2") && again.shows("1 wrong"), "{}", again.body);
    assert_eq!((app.count("token").await, app.count("dose").await, app.count("form where state = 'keyed'").await), (2, 1, 2));
    assert_eq!(app.rows("select locality from beneficiary order by 1").await, ["गली 1", "गली 3"]);
    assert!(nurse.upload("/centre/forms/1/file?lang=en", "forms.csv", "nothing\n").await.shows("No row of this file"));
}
