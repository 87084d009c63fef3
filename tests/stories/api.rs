//! Stories of programs that call the API wrongly: each is told what to mend.

use serde_json::{Value, json};

use crate::support::callers::{Caller, Person};
use crate::support::{TestApp, on_both};

const MEKAHARA: &str = "RPR-MEKAHARA";

on_both! {
    a_program_hears_which_field_is_wrong,
    a_mistyped_card_is_nobody_elses_token,
    the_order_of_the_fields_is_no_other_command,
    an_offices_key_admits_nobody,
    one_key_is_one_intention,
    a_key_counts_the_places_that_are_its_own,
    the_description_is_whole,
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
        (json!({ "slot": slot, "person": nameless }), "422 invalid: person.name missing"),
        (json!({ "slot": "twelve", "person": person }), "422 invalid: slot bad_type"),
        (json!({ "slot": slot, "person": person, "earlier_dose": { "vaccine": "covaxin" } }), "422 invalid: earlier_dose.date missing"),
        (with("birth_year", json!("1950")), "422 invalid: person.birth_year bad_type"),
        (with("birth_year", json!(45)), "422 invalid: person.birth_year bad_birth_year"),
        (with("gender", json!("")), "422 invalid: person.gender bad_choice"),
        // Everything is said at once, and nothing is passed over.
        (
            json!({ "slott": slot, "person": { "name": "", "nam": 1 } }),
            "422 invalid: slot missing, person.birth_year missing, person.gender missing, person.id_type missing, person.id_number missing, \
             person.nam unknown_field, person.name missing, slott unknown_field",
        ),
        (json!({ "slot": slot, "person": ["राम", 1954] }), "422 invalid: person bad_type"),
        (json!([slot, person]), "400 malformed: "),
    ] {
        let answer = clerk.send(clerk.request("/api/v1/tokens", "one", &body)).await;
        assert_eq!(format!("{}: {}", answer.said(), answer.fields()), said, "{body}");
    }
    let only_a_reason = clerk.send(clerk.request("/api/v1/tokens/4821093753/cancel", "c", &json!(["why"]))).await;
    assert_eq!(only_a_reason.said(), "400 malformed");
    let torn = clerk.send(clerk.request("/api/v1/tokens", "one", &json!({})).body("{\"slot\": 1")).await;
    assert_eq!(torn.said(), "400 malformed");
    // A dose is somebody's with a token, or somebody's without.
    let both = operator.dose_of("d", &Person::new(1), json!({ "token": "4821093753", "code": "1234" })).await;
    assert_eq!((both.said(), both.fields()), ("422 invalid".into(), "token only_one, code only_one".into()));
    assert_eq!((app.count("token").await, app.count("dose").await), (0, 0));
    // What cannot have been is not recorded.
    for (wrong, said) in [
        (json!({ "date": "2020-06-01", "time": "10:00" }), "date before_campaign"),
        (json!({ "date": "" }), "date bad_date"),
        (json!({ "dat": "2021-03-29" }), "dat unknown_field"),
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
    assert_eq!(clerk.send(clerk.request("/api/v1/doses/batch", "-", &json!({ "doses": [] }))).await.said(), "403 forbidden");
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

async fn one_key_is_one_intention(app: TestApp) {
    let (clerk, operator) = (app.clerk("RPR-Z2").await, app.operator(MEKAHARA).await);
    let body = json!({ "slot": app.slot(MEKAHARA, "2021-03-30 12:00"), "person": Person::new(1).0 });
    let long = clerk.send(clerk.request("/api/v1/tokens", &"k".repeat(201), &body)).await;
    assert_eq!(long.said(), "400 idempotency_key_unfit");
    let two = clerk.send(clerk.request("/api/v1/tokens", "one", &body).header("idempotency-key", "two")).await;
    assert_eq!(two.said(), "400 idempotency_key_unfit");
    let huge = clerk.send(clerk.request("/api/v1/tokens", "one", &Value::Null).body(vec![b' '; 9 << 20])).await;
    assert_eq!(huge.said(), "413 too_large");
    assert_eq!(app.count("token").await, 0);
    // A dose is the same dose alone and in a batch.
    let dose = json!({ "person": Person::new(2).0, "vaccine": "covishield", "batch": "4120Z025", "vaccinator": "A. Verma" });
    let alone = operator.send(operator.request("/api/v1/doses", "jab", &dose)).await;
    assert_eq!(alone.status, 201, "{alone:?}");
    let mut row = dose;
    row["id"] = json!("jab");
    let batch = operator.send(operator.request("/api/v1/doses/batch", "-", &json!({ "doses": [row, { "id": "x" }] }))).await;
    assert_eq!(batch.json["answers"][0]["dose"], alone.json);
    assert_eq!((batch.json["answers"][1]["error"].as_str(), app.count("dose").await), (Some("invalid"), 1));
    // Who has no key, or a wrong one, is told how to show one.
    let client = reqwest::Client::new();
    let nobody = client.get(format!("{}/api/v1/tokens/4821093753", app.url)).send().await.expect("an answer");
    assert_eq!((nobody.status().as_u16(), nobody.headers()["www-authenticate"].to_str().expect("text")), (401, "Bearer"));
    let wrong = client.get(format!("{}/api/v1/slots", app.url)).bearer_auth("baari_wrong").send().await.expect("an answer");
    assert_eq!(wrong.status().as_u16(), 401);
    let misspelt = client.get(format!("{}/api/v1/slots?dat=2021-03-30", app.url)).send().await.expect("an answer");
    assert_eq!(misspelt.status().as_u16(), 422);
}

async fn a_key_counts_the_places_that_are_its_own(app: TestApp) {
    let slot = app.slot(MEKAHARA, "2021-03-30 12:00");
    app.core.reload_board().await.expect("renewed");
    let (own, other) = (app.clerk("RPR-Z2").await, app.clerk("RPR-Z1").await);
    let free = async |caller: &Caller| {
        let path = format!("{}/api/v1/slots?centre={MEKAHARA}&date=2021-03-30", app.url);
        let answer = caller.send(reqwest::Client::new().get(path)).await;
        let slots = answer.json["slots"].as_array().expect("slots").clone();
        slots.into_iter().find(|one| one["slot"] == slot).expect("the slot")["free"].as_i64().expect("a number")
    };
    for (caller, first) in [(own, 100), (other, 200)] {
        let places = free(&caller).await;
        let mut issued = 0;
        while caller.issue(slot, &Person::new(first + u32::try_from(issued).expect("few"))).await.status == 201 {
            issued += 1;
        }
        assert_eq!(issued, places);
        app.core.reload_board().await.expect("renewed");
    }
}

async fn the_description_is_whole(app: TestApp) {
    let api: Value = reqwest::get(format!("{}/api/openapi.json", app.url)).await.expect("an answer").json().await.expect("JSON");
    let mut seen = 0;
    for (path, methods) in api["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let answers = operation["responses"].as_object().expect("responses");
            for (status, answer) in answers {
                assert!(answer["description"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path} {status}");
                let problem = &answer["content"]["application/problem+json"]["schema"]["$ref"];
                assert!(status.starts_with('2') || problem == "#/components/schemas/Problem", "{method} {path} {status}");
            }
            assert!(answers.contains_key("401") && operation["operationId"].is_string(), "{method} {path}");
            seen += 1;
        }
    }
    assert_eq!(seen, 9);
    let schemas = &api["components"]["schemas"];
    let codes = schemas["Problem"]["properties"]["code"]["enum"].as_array().expect("codes");
    assert!(codes.contains(&json!("no_place")) && codes.contains(&json!("idempotency_key_unfit")));
    assert!(schemas["Verdict"]["enum"].as_array().is_some_and(|words| words.contains(&json!("admitted"))));
    for asked in ["IssueRequest", "PersonRequest", "MoveRequest", "CancelRequest", "ScanRequest", "DoseRequest"] {
        assert_eq!(schemas[asked]["additionalProperties"], false, "{asked}");
    }
    // Whatever is referred to stands there.
    let whole = api.to_string();
    let names = whole.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next());
    for name in names {
        assert!(schemas.get(name).is_some(), "{name}");
    }
    let page = app.browser().get("/api").await;
    assert!(page.status == 200 && page.body.contains("id=\"no_place\""));
    let row = page.body.split("id=\"ScanRow\"").nth(1).and_then(|rest| rest.split("</section>").next()).expect("the row");
    for field in ["id", "scan", "error", "problem"] {
        assert!(row.contains(&format!("<code>{field}</code>")), "{row}");
    }
}
