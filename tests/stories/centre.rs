//! Stories from inside a centre: the desk, the observation room, corrections, deadlines.

use baari::actions::watch_deadlines::watch_deadlines;
use baari::domain::place::Role;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::callers::Person;
use crate::support::{TestApp, on_both};

const MEKAHARA: &str = "RPR-MEKAHARA";

on_both! {
    an_operator_records_a_dose_and_sees_the_person_off,
    a_vial_is_warned_of_and_never_stops_a_dose,
    a_second_person_corrects_and_withdraws,
    the_second_dose_that_was_recorded_as_the_first_is_put_right,
    somebody_with_a_fever_gets_a_new_place_at_once,
    the_gates_where_somebody_is_to_come_again_hear_of_it,
    the_backlog_tells_ages_and_a_permission_reopens,
    doses_that_run_out_of_time_raise_an_alarm_until_they_are_there,
    a_severe_event_has_a_deadline_of_its_own,
}

/// Somebody admitted this morning: number and code.
async fn admitted(app: &TestApp, card: u32) -> (String, String) {
    let person = Person::new(card).born(1921 + 3 * i64::from(card));
    let clerk = app.caller(&format!("office {card}"), Role::Clerk, "RPR-Z2").await;
    let answer = clerk.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), &person).await;
    assert_eq!(answer.said(), "201 issued");
    let gate = app.caller(&format!("gate {card}"), Role::Operator, MEKAHARA).await;
    assert_eq!(gate.scan(&answer.number()).await.said(), "200 admitted");
    (answer.number(), answer.text("secret_code").to_owned())
}

/// Records a dose at the desk; the address of its record.
async fn record(desk: &Browser, number: &str, code: &str) -> String {
    let form = desk.get(&format!("/centre?q={number}&lang=en")).await;
    let fields = [
        ("key", &*form.value("key")),
        ("token", number),
        ("vial", ""),
        ("vaccine", "covishield"),
        ("batch", "4120z001"),
        ("vaccinator", "S. Devi"),
        ("code", code),
    ];
    let sent = desk.post("/centre/doses", &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    // Sent twice, recorded once.
    assert_eq!(desk.post("/centre/doses", &fields).await.location(), sent.location());
    sent.location().replace("/centre?done=", "/centre/doses/")
}

async fn an_operator_records_a_dose_and_sees_the_person_off(app: TestApp) {
    let (number, code) = admitted(&app, 1).await;
    let desk = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    let page = desk.get("/centre?lang=en").await;
    assert!(page.shows("02-001") && page.shows("Nobody sits in observation"), "{}", page.body);
    // The call number finds the person; a wrong code comes back with what was typed.
    let found = desk.get("/centre?q=०२-००१&lang=en").await;
    let wrong = if code == "0000" { "0001" } else { "0000" };
    let fields =
        |key, code| [("key", key), ("token", &*number), ("vaccine", "covishield"), ("batch", "B1"), ("vaccinator", "Devi"), ("code", code)];
    let again = desk.post("/centre/doses?lang=en", &fields(&found.value("key"), wrong)).await;
    assert!(again.status == 200 && again.shows("Tries left: 4") && again.shows("value=\"Devi\""), "{}", again.body);
    assert_ne!(again.value("key"), found.value("key"));
    let recorded = record(&desk, &number, &code).await;
    assert_eq!(app.count("dose where batch = '4120Z001' and vaccinator = 'S. Devi'").await, 1);
    let next = desk.get("/centre?lang=en").await;
    assert!(next.shows("data-until") && !next.shows("whose time is over"), "{}", next.body);

    // Nobody leaves too early by mistake, and what was typed stays; after half an hour one touch is enough.
    let early = desk.post("/centre/left?lang=en", &[("q", "02-001")]).await;
    assert!(early.shows("30 minutes are left") && early.shows("value=\"02-001\""), "{}", early.body);
    assert!(desk.post("/centre/left?lang=en", &[("q", "99-001")]).await.shows("There is no such token at this centre"));
    assert_eq!(app.rows("select state from token").await, ["vaccinated"]);
    app.pass(30 * 60);
    let page = desk.get("/centre?lang=en").await;
    assert!(page.shows("All whose time is over leave (1)"));
    // The touch is for those whom the page showed: nobody else whose time has run out since.
    desk.post("/centre/left", &[("doses", &uuid::Uuid::nil().to_string())]).await;
    assert_eq!(app.rows("select state from token").await, ["vaccinated"]);
    desk.post("/centre/left", &[("doses", &page.value("doses"))]).await;
    assert_eq!(app.rows("select state from token").await, ["left"]);
    assert_eq!(app.count("observation where left_at is not null and early_reason is null").await, 1);
    let seen = desk.get(&format!("{recorded}?lang=en")).await;
    assert!(seen.shows("left at 11:37, seen off by asha"), "{}", seen.body);
    // A clerk has no business here.
    assert_eq!(app.logged_in("clerk", Role::Clerk, "RPR-Z2").await.get("/centre").await.status, 403);
}

async fn a_vial_is_warned_of_and_never_stops_a_dose(app: TestApp) {
    let (number, code) = admitted(&app, 1).await;
    let desk = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    let nameless = desk.post("/centre/vials?lang=en", &[("vaccine", "covaxin"), ("back", &number), ("key", "none")]).await;
    assert!(nameless.shows("id=\"new-batch-fault\"") && nameless.shows("<option value=\"covaxin\" selected"), "{}", nameless.body);
    let open = [("vaccine", "covishield"), ("batch", "4120z001"), ("key", "one")];
    assert_eq!(desk.post("/centre/vials", &open).await.status, 303);
    assert_eq!(desk.post("/centre/vials", &open).await.status, 303);
    assert_eq!(app.count("vial where closed_at is null").await, 1);
    app.pass(4 * 3600 + 60);
    let page = desk.get(&format!("/centre?q={number}&lang=en")).await;
    assert!(page.shows("Open too long") && page.shows("doses left: 10"), "{}", page.body);
    let vial = app.rows("select batch from vial").await;
    assert_eq!(vial, ["4120Z001"]);
    let id = page.body.split("name=\"vial\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a vial").to_owned();
    let fields = [("key", &*page.value("key")), ("token", &number), ("vial", &id), ("vaccinator", "Devi"), ("code", &code)];
    assert_eq!(desk.post("/centre/doses", &fields).await.status, 303);
    assert!(desk.get("/centre?lang=en").await.shows("doses left: 9"));
    // What was drawn from is not put back, but thrown away.
    desk.post(&format!("/centre/vials/{id}/return"), &[]).await;
    assert_eq!(app.count("vial where closed_at is null").await, 1);
    desk.post(&format!("/centre/vials/{id}/discard"), &[]).await;
    assert_eq!(app.rows("select closed_how from vial").await, ["discarded"]);
}

async fn a_second_person_corrects_and_withdraws(app: TestApp) {
    let (number, code) = admitted(&app, 1).await;
    let asha = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    let record = record(&asha, &number, &code).await;
    let right = |key| {
        [
            ("key", key),
            ("dose", "1"),
            ("vaccine", "covishield"),
            ("batch", "B2"),
            ("vaccinator", "S. Devi"),
            ("date", "30-03-2021"),
            ("time", "10:40"),
            ("why", "wrong batch"),
        ]
    };
    let own = asha.post(&format!("{record}/correct?lang=en"), &right("k")).await;
    assert!(own.status == 200 && own.shows("ask somebody else to correct it"), "{}", own.body);
    let meena = app.logged_in("meena", Role::Operator, MEKAHARA).await;
    assert_eq!(meena.post(&format!("{record}/correct"), &right("k")).await.status, 303);
    assert_eq!(meena.post(&format!("{record}/correct"), &right("k")).await.status, 303);
    let page = asha.get(&format!("{record}?lang=en")).await;
    assert!(page.shows("B2") && page.shows("4120Z001") && page.shows("wrong batch") && page.shows(">meena<"), "{}", page.body);
    assert_eq!((app.count("dose where batch = 'B2'").await, app.count("dose_history").await), (1, 1));
    // Another centre's operator knows of no such record.
    let other = app.logged_in("ravi", Role::Operator, "RPR-FAFADIH").await;
    assert_eq!(other.get(&record).await.status, 404);

    let missing = meena.post(&format!("{record}/withdraw?lang=en"), &[("key", "w"), ("why", "")]).await;
    assert!(missing.status == 200 && missing.shows("Fill this in"), "{}", missing.body);
    assert_eq!(meena.post(&format!("{record}/withdraw"), &[("key", "w2"), ("why", "other person")]).await.status, 303);
    assert_eq!(
        app.rows(
            "select upload.state || ' ' || token.state from upload join dose on dose.id = dose_id join token on token.number = dose.token"
        )
        .await,
        ["withdrawn admitted"]
    );
    // The right record can still be made.
    self::record(&asha, &number, &code).await;
    assert_eq!(app.count("dose where withdrawn_at is null").await, 1);
}

async fn the_second_dose_that_was_recorded_as_the_first_is_put_right(app: TestApp) {
    let (number, code) = admitted(&app, 1).await;
    let record = record(&app.logged_in("asha", Role::Operator, MEKAHARA).await, &number, &code).await;
    let meena = app.logged_in("meena", Role::Operator, MEKAHARA).await;
    let right = |key, dose| {
        let what = [("key", key), ("dose", dose), ("vaccine", "covishield"), ("batch", "B2"), ("vaccinator", "S. Devi")];
        [&what[..], &[("date", "30-03-2021"), ("time", "10:40"), ("why", "the card shows a first dose")]].concat()
    };
    let third = meena.post(&format!("{record}/correct?lang=en"), &right("k3", "3")).await;
    assert!(third.status == 200 && third.shows("Both doses have been given"), "{}", third.body);
    assert_eq!(meena.post(&format!("{record}/correct"), &right("k2", "2")).await.status, 303);
    // The dose before it is not on record: that is noted, not obeyed.
    assert_eq!(app.rows("select number || ' ' || despite from dose").await, ["2 dose_missing"]);
    let page = meena.get(&format!("{record}?lang=en")).await;
    assert!(page.shows("Dose 1, Covishield") && page.shows("the dose before it is not on record"), "{}", page.body);
    // With a first dose on the card nothing is wrong any more; and back again it cannot go, for that would be the same dose twice.
    let first = "insert into dose (id, beneficiary_id, number, vaccine, given_on, source) \
                 select beneficiary_id, beneficiary_id, 1, vaccine, '2021-02-10', 'stated' from dose";
    app.tamper(first).await;
    assert_eq!(meena.post(&format!("{record}/correct"), &right("k4", "2")).await.status, 303);
    assert_eq!(app.rows("select number || ' ' || coalesce(despite, '-') from dose order by number").await, ["1 -", "2 -"]);
    let twice = meena.post(&format!("{record}/correct?lang=en"), &right("k1", "1")).await;
    assert!(twice.status == 200 && twice.shows("on record already"), "{}", twice.body);
    assert_eq!(app.count("dose_history").await, 2);
}

async fn somebody_with_a_fever_gets_a_new_place_at_once(app: TestApp) {
    let (number, _) = admitted(&app, 1).await;
    let (unwilling, _) = admitted(&app, 2).await;
    let desk = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    let fever = [("key", "f"), ("token", &*number), ("reason", "fever"), ("earliest", "31-03-2021")];
    let sent = desk.post("/centre/no-dose", &fever).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    assert_eq!(desk.post("/centre/no-dose", &fever).await.location(), sent.location());
    // Another hand, whose page still shows her inside, does not take the new day away.
    let again = [("key", "g"), ("token", &*number), ("reason", "fever"), ("earliest", "01-04-2021")];
    let second = desk.post("/centre/no-dose?lang=en", &again).await;
    assert!(second.status == 200 && app.count("deferral").await == 1, "{}", second.body);
    let home = desk.get(&format!("{}&lang=en", sent.location())).await;
    assert!(home.shows("Wed 31 March 2021") && home.shows("01-001"), "{}", home.body);
    // Her own page says so too, and not why.
    let link = app.rows(&format!("select link from token where number = {number}")).await.remove(0);
    let own = app.browser().get(&format!("/t/{link}?lang=en")).await;
    assert!(own.shows("you went home without a dose. You can come again from") && !own.shows("Fever"), "{}", own.body);
    let sql = "select token.state || ' ' || revision || ' ' || slot.day || ' ' || deferral.reason || ' ' || coalesce(earliest, '-') from token \
               join slot on slot.id = slot_id join deferral on deferral.token = number order by deferral.reason";
    let refused = [("key", "r"), ("token", &*unwilling), ("reason", "refused"), ("earliest", "")];
    assert_eq!(desk.post("/centre/no-dose", &refused).await.status, 303);
    assert_eq!(app.rows(sql).await, ["issued 2 2021-03-31 fever 2021-03-31", "cancelled 1 2021-03-30 refused -"]);
    assert_eq!(app.rows("select cast(sum(taken) as text) from slot where day = '2021-03-30'").await, ["0"]);
    let bad = desk.post("/centre/no-dose?lang=en", &[("key", "x"), ("token", &*number), ("reason", "fever"), ("earliest", "soon")]).await;
    assert!(
        bad.shows("<details open>") && bad.shows("value=\"soon\"") && bad.shows("value=\"fever\" data-days=\"14\" selected"),
        "{}",
        bad.body
    );
    assert!(bad.status == 200 && bad.shows("Type the date as"), "{}", bad.body);
    let today = [("key", "t"), ("token", &*number), ("reason", "fever"), ("earliest", "30-03-2021")];
    assert!(desk.post("/centre/no-dose?lang=en", &today).await.shows("Type a day after today."));
    // For whom no place is open yet, the list keeps the day: nobody is lost, and nobody is called while still ill.
    let (third, _) = admitted(&app, 3).await;
    let long = [("key", "l"), ("token", &*third), ("reason", "illness"), ("earliest", "")];
    let sent = desk.post("/centre/no-dose", &long).await;
    assert!(desk.get(&format!("{}&lang=en", sent.location())).await.shows("the name is on the waiting list"));
    assert_eq!(app.rows("select state || ' ' || not_before from waiting").await, ["waiting 2021-04-27"]);
    assert_eq!(app.rows(&format!("select state from token where number = {third}")).await, ["cancelled"]);
    let list = app.logged_in("ravi", Role::Clerk, "RPR-Z2").await.get("/office/waiting?lang=en").await;
    assert!(list.shows("not before"), "{}", list.body);
    // Whoever has to answer for it later sees why: at the token, and at the enquiry desk.
    let why = "Tue 30 March: went home without a dose – Fever. May come again from Wed 31 March.";
    assert!(desk.get(&format!("/office/tokens/{number}?lang=en")).await.shows(why));
    let told = desk.post("/office/enquiry?lang=en", &[("q", &*number), ("key", "ask")]).await;
    assert!(told.shows(why), "{}", told.body);
}

async fn the_gates_where_somebody_is_to_come_again_hear_of_it(app: TestApp) {
    let (number, _) = admitted(&app, 1).await;
    let mut gates = [app.gate(MEKAHARA, "Gate A").await, app.gate("RPR-FAFADIH", "Gate A").await];
    for gate in &mut gates {
        gate.hear_all().await;
    }
    // The centre itself has no place any more.
    app.tamper("update session set stopped = true where day > '2021-03-30' and centre_id = 1").await;
    let desk = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    let fever = [("key", "f"), ("token", &*number), ("reason", "fever"), ("earliest", "31-03-2021")];
    assert_eq!(desk.post("/centre/no-dose", &fever).await.status, 303);
    let place = "select code || ' ' || revision from token join centre on centre.id = token.centre_id";
    assert_eq!(app.rows(place).await, ["RPR-FAFADIH 2"]);
    for gate in &mut gates {
        let heard = gate.hear_all().await;
        assert_eq!((heard.len(), &heard[0]["number"], &heard[0]["revision"]), (1, &json!(number), &json!(2)));
    }
}

async fn doses_that_run_out_of_time_raise_an_alarm_until_they_are_there(app: TestApp) {
    let asha = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    for card in [1, 2] {
        let (number, code) = admitted(&app, card).await;
        record(&asha, &number, &code).await;
    }
    let look = async |time: &str| {
        app.set_clock(time);
        // Two servers look at the same time.
        for _ in 0..2 {
            watch_deadlines(&app.core).await.expect("a look");
        }
        app.rows("select doses || ' ' || case when over_at is null then 'open' else 'over' end from deadline_alarm order by id").await
    };
    assert_eq!(look("2021-04-01 05:00").await, Vec::<String>::new());
    app.tamper("update upload set due_at = due_at + 7200 where dose_id in (select dose_id from upload order by dose_id limit 1)").await;
    assert_eq!(look("2021-04-01 06:30").await, ["1 open"]);
    assert_eq!(look("2021-04-01 07:30").await, ["2 open"]);
    // Whoever opens the list has been told, and it says so.
    let asha = app.logged_in("asha-again", Role::Operator, MEKAHARA).await;
    assert!(asha.get("/centre?lang=en").await.shows("within six hours, or are late"));
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    for (who, path) in [(&asha, "/centre/backlog"), (&officer, "/district/backlog"), (&officer, "/district/backlog")] {
        assert!(who.get(&format!("{path}?lang=en")).await.shows("Running out of time"));
    }
    let told = ["user:asha-again", "user:officer"];
    assert_eq!(app.rows("select who from deadline_told order by who").await, told);
    let page = officer.get("/district/backlog?lang=en").await;
    assert!(page.shows("2 with less than six hours, or late, since Thu 1 April 06:30") && page.shows("asha-again (Thu 1 April 07:30)"));
    let elsewhere = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert!(!elsewhere.get("/district/backlog?lang=en").await.shows("Running out of time"));
    // They are on the portal: it is over, and a new spell is another alarm.
    app.tamper("update upload set state = 'uploaded'").await;
    assert_eq!(look("2021-04-01 08:00").await, ["2 over"]);
    assert!(officer.get("/district/backlog?lang=en").await.shows("up to 2 with less than six hours"));
    assert!(!asha.get("/centre?lang=en").await.shows("within six hours, or are late"));
    app.tamper("update upload set state = 'waiting'").await;
    assert_eq!(look("2021-04-01 09:00").await, ["2 over", "2 open"]);
    assert_eq!(app.count("journal where act = 'raise_alarm'").await, 2);
}

async fn the_backlog_tells_ages_and_a_permission_reopens(app: TestApp) {
    let operator = app.operator(MEKAHARA).await;
    for (card, date) in [(1, "2021-03-26"), (2, "2021-03-28"), (3, "2021-03-29"), (4, "2021-03-30"), (5, "2021-03-27")] {
        let person = Person::new(card).born(1921 + 3 * i64::from(card));
        let time = if card == 2 { "14:00" } else { "11:00" };
        let given = operator.dose_of(&format!("k{card}"), &person, json!({ "date": date, "time": time })).await;
        assert_eq!(given.status, 201, "{given:?}");
    }
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let page = officer.get("/district/backlog?lang=en").await;
    let counts: Vec<_> = ["overdue", "under_6", "under_24", "later"]
        .map(|age| {
            page.body
                .split(&format!("/district/backlog?age={age}#list\"><b>"))
                .nth(1)
                .and_then(|rest| rest.split('<').next())
                .unwrap_or("-")
                .to_owned()
        })
        .to_vec();
    assert_eq!(counts, ["2", "1", "1", "1"]);
    let elsewhere = app.logged_in("durg", Role::DistrictOfficer, "DRG").await.get("/district/backlog/roll?lang=en").await;
    assert!(elsewhere.shows("No dose waits for a permission"));
    let roll = officer.get("/district/backlog/roll?lang=en").await;
    assert!(roll.shows("Entered after the deadline") && roll.shows("(2)"), "{}", roll.body);
    let doses = roll.value("doses");
    let letter =
        |key, signed_on| [("key", key), ("doses", &*doses), ("letter", "RPR/2021/77"), ("signed_by", "CMHO"), ("signed_on", signed_on)];
    let bad = officer.post("/district/backlog/permission?lang=en", &letter("p", "05-04-2021")).await;
    assert!(bad.status == 200 && bad.shows("still to come"), "{}", bad.body);
    // The letter is for the roll that was printed, once.
    assert_eq!((bad.value("doses"), bad.value("key")), (doses.clone(), "p".into()));
    assert_eq!(app.count("journal where act = 'print_roll'").await, 2);
    let noted = officer.post("/district/backlog/permission", &letter("p2", "30-03-2021")).await;
    assert_eq!((noted.status, noted.location()), (303, "/district/backlog?reopened=2"));
    assert_eq!(officer.post("/district/backlog/permission", &letter("p2", "30-03-2021")).await.location(), noted.location());
    assert_eq!(app.count("upload where state = 'waiting'").await, 5);
    assert_eq!(app.count("upload join permission on permission.id = permission_id where letter = 'RPR/2021/77'").await, 2);
    let list = officer.get("/district/backlog?age=overdue&lang=en").await;
    assert!(list.shows("letter RPR/2021/77, CMHO, Tue 30 March"), "{}", list.body);
    // An operator prints the roll, and permits nothing.
    let operator = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    assert_eq!(operator.post("/district/backlog/permission", &letter("p3", "30-03-2021")).await.status, 403);
}

async fn a_severe_event_has_a_deadline_of_its_own(app: TestApp) {
    let (number, code) = admitted(&app, 1).await;
    let desk = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    let record = record(&desk, &number, &code).await;
    let note = |severity, words| [("key", words), ("severity", severity), ("words", words)];
    // Whoever sits in observation has the way to it beside the name.
    assert!(desk.get("/centre").await.shows(&format!("href=\"{record}#severity\"")));
    let bad = desk.post(&format!("{record}/events?lang=en"), &note("", "")).await;
    assert!(bad.status == 200 && bad.shows("Fill this in") && bad.shows("Choose one of"), "{}", bad.body);
    assert!(desk.post(&format!("{record}/events"), &note("severe", "")).await.shows("value=\"severe\" checked"));
    for (severity, words) in [("minor", "pain in the arm"), ("severe", "fainted")] {
        assert_eq!(desk.post(&format!("{record}/events"), &note(severity, words)).await.status, 303);
    }
    assert_eq!(app.count("adverse_event where due_at is not null").await, 1);
    app.pass(25 * 3600);
    let desk = app.logged_in("meena", Role::Operator, MEKAHARA).await;
    let list = desk.get("/centre/events?lang=en").await;
    assert!(list.shows("Overdue"), "{}", list.body);
    let id = list.body.split("/centre/events/").nth(1).and_then(|rest| rest.split('/').next()).expect("an event").to_owned();
    // The desk asks for it, and the officer's day has it among what goes wrong.
    assert!(desk.get("/centre?lang=en").await.shows("Case forms of adverse events: 1 overdue of 1"));
    let boss = app.logged_in("boss", Role::DistrictOfficer, "RPR").await;
    let forms = "Case forms of adverse events not sent within 24 hours: 1";
    assert!(boss.get("/district?lang=en").await.shows(forms));
    let nameless = desk.post(&format!("/centre/events/{id}/report?lang=en"), &[("case", " ")]).await;
    assert!(nameless.status == 200 && nameless.shows(&format!("href=\"#case-{id}\"")), "{}", nameless.body);
    // The district's officer sees it and may report it; another district's does not know of it.
    let officer = app.logged_in("raipur", Role::DistrictOfficer, "RPR").await;
    assert!(officer.get("/centre/events?lang=en").await.shows("fainted"));
    let elsewhere = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert!(elsewhere.get("/centre/events?lang=en").await.shows("None is noted"));
    assert_eq!(elsewhere.post(&format!("/centre/events/{id}/report"), &[("case", "X")]).await.status, 404);
    assert_eq!(desk.post(&format!("/centre/events/{id}/report"), &[("case", "AEFI/RPR/12")]).await.status, 303);
    assert!(!boss.get("/district?lang=en").await.shows(forms) && !desk.get("/centre?lang=en").await.shows("Case forms of"));
    let list = desk.get("/centre/events?lang=en").await;
    assert!(!list.shows("Overdue") && list.shows("AEFI/RPR/12"), "{}", list.body);
}
