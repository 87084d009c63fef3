//! Stories of programs that call the API wrongly: each is told what to mend.

use serde_json::{Value, json};

use crate::support::callers::Person;
use crate::support::{TestApp, on_both};

const MEKAHARA: &str = "RPR-MEKAHARA";

on_both! {
    a_program_hears_which_field_is_wrong,
    a_mistyped_card_is_nobody_elses_token,
    the_order_of_the_fields_is_no_other_command,
    an_offices_key_admits_nobody,
    nobody_is_sent_to_a_holiday,
}

async fn a_program_hears_which_field_is_wrong(app: TestApp) {
    let (clerk, operator) = (app.clerk("RPR-Z2").await, app.operator(MEKAHARA).await);
    let slot = app.slot(MEKAHARA, "2021-03-30 12:00");
    let person = Person::new(1).0;
    let with = |field: &str, value: Value| {
        let mut person = person.clone();
        person[field] = value;
        json!({ "slot": slot, "person": person })
    };
    let mut nameless = person.clone();
    nameless.as_object_mut().expect("an object").remove("name");
    for (body, said) in [
        (json!({ "person": person }), "422 invalid: slot missing"),
        (json!({ "slot": slot, "person": nameless }), "422 invalid: name missing"),
        (json!({ "slot": "twelve", "person": person }), "422 invalid: slot bad_type"),
        (json!({ "slot": slot, "person": person, "earlier_dose": { "vaccine": "covaxin" } }), "422 invalid: earlier_dose.date missing"),
        (with("birth_year", json!("1950")), "422 invalid: birth_year bad_type"),
        (with("birth_year", json!(45)), "422 invalid: birth_year bad_birth_year"),
        (with("gender", json!("")), "422 invalid: gender missing"),
        (json!([1, 2]), "400 malformed: "),
    ] {
        let answer = clerk.send(clerk.request("/api/v1/tokens", "one", &body)).await;
        assert_eq!(format!("{}: {}", answer.said(), answer.fields()), said, "{body}");
    }
    let torn = clerk.send(clerk.request("/api/v1/tokens", "one", &json!({})).body("{\"slot\": 1")).await;
    assert_eq!(torn.said(), "400 malformed");
    // A dose is somebody's with a token, or somebody's without.
    let both = operator.dose_of("d", &Person::new(1), json!({ "token": "4821093753", "code": "1234" })).await;
    assert_eq!((both.said(), both.fields()), ("422 invalid".into(), "token only_one, code only_one".into()));
    assert_eq!((app.count("token").await, app.count("dose").await), (0, 0));
    // What cannot have been is not recorded.
    for (wrong, said) in [
        (json!({ "date": "2020-06-01", "time": "10:00" }), "date before_campaign"),
        (json!({ "dose": 7 }), "dose bad_choice"),
        (json!({ "dose": 0 }), "dose bad_choice"),
    ] {
        let answer = operator.dose_of("d", &Person::new(1), wrong).await;
        assert_eq!((answer.said(), answer.fields()), ("422 invalid".into(), said.into()));
    }
    let coming = clerk.issue_second(slot, &Person::new(1), "covishield", "2021-04-29").await;
    assert_eq!(coming.fields(), "earlier_dose.date not_yet");
    // An address that is there says what it takes.
    let client = reqwest::Client::new();
    let read = client.get(format!("{}/api/v1/tokens", app.url)).send().await.expect("an answer");
    assert_eq!((read.status().as_u16(), read.headers()["allow"].to_str().expect("text")), (405, "POST"));
    assert!(read.text().await.expect("a body").contains("\"code\":\"method_not_allowed\""));
}

async fn a_mistyped_card_is_nobody_elses_token(app: TestApp) {
    let (clerk, slot) = (app.clerk("RPR-Z2").await, app.slot(MEKAHARA, "2021-03-30 12:00"));
    let kavita = Person::new(1).born(1950);
    assert_eq!(clerk.cancel(&clerk.issue(slot, &kavita).await.number()).await.said(), "200 cancelled");
    assert_eq!(clerk.issue(slot, &Person::new(1).born(1957)).await.said(), "409 id_known");
    // An age is a guess within a year.
    assert_eq!(clerk.issue(slot, &Person::new(1).born(1951)).await.said(), "201 issued");
}

async fn the_order_of_the_fields_is_no_other_command(app: TestApp) {
    let (clerk, slot) = (app.clerk("RPR-Z2").await, app.slot(MEKAHARA, "2021-03-30 12:00"));
    let person = Person::new(1).0.to_string();
    let send = |body: String| {
        let request = clerk.request("/api/v1/tokens", "one", &Value::Null).body(body);
        clerk.send(request)
    };
    let first = send(format!(r#"{{"slot":{slot},"person":{person}}}"#)).await;
    assert_eq!(first.said(), "201 issued");
    assert_eq!(send(format!(r#"{{ "person": {person}, "slot": {slot} }}"#)).await, first);
    assert_eq!(send(format!(r#"{{"slot":{},"person":{person}}}"#, slot + 1)).await.said(), "422 id_reused");
    assert_eq!(app.count("token").await, 1);
}

async fn an_offices_key_admits_nobody(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let token = clerk.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), &Person::new(1)).await;
    let scan = json!({ "token": token.number(), "centre": MEKAHARA });
    assert_eq!(clerk.send(clerk.request("/api/v1/scans", "s", &scan)).await.said(), "403 forbidden");
    assert_eq!(clerk.scan_batch(json!([scan])).await.said(), "403 forbidden");
    assert_eq!(app.operator(MEKAHARA).await.scan(&token.number()).await.said(), "200 admitted");
}

async fn nobody_is_sent_to_a_holiday(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let (today, tomorrow) = (app.slot(MEKAHARA, "2021-03-30 12:00"), app.slot(MEKAHARA, "2021-03-31 12:00"));
    let token = clerk.issue(today, &Person::new(1)).await;
    app.tamper("insert into holiday (id, day, name_en, name_hi) values (1, '2021-03-31', 'Holi', 'होली')").await;
    app.core.reload_board().await.expect("renewed");
    assert_eq!(clerk.issue(tomorrow, &Person::new(2)).await.said(), "409 holiday");
    assert_eq!(clerk.reschedule(&token.number(), tomorrow).await.said(), "409 holiday");
    let free = reqwest::get(format!("{}/api/v1/slots?date=2021-03-31", app.url)).await.expect("an answer");
    assert_eq!(free.json::<Value>().await.expect("JSON")["slots"], json!([]));
    // Her own page offers no time there either.
    let own = app.browser().get(&format!("{}/change?lang=en", token.text("link").replace(&app.url, ""))).await;
    assert!(own.status == 200 && !own.body.contains(&format!("value=\"{tomorrow}\"")), "{}", own.body);
    // What stands on the day is served on the day.
    app.set_clock("2021-03-31 11:00");
    assert_eq!(clerk.issue(tomorrow, &Person::new(3)).await.said(), "201 issued");
}
