//! Stories of a centre that runs late.

use crate::support::callers::Person;
use crate::support::{TestApp, on_both};
use baari::domain::place::Role;
use serde_json::json;

const MEKAHARA: &str = "RPR-MEKAHARA";

on_both! {
    a_late_centre_waits_for_everybody,
    only_who_runs_the_gates_says_it,
}

async fn a_late_centre_waits_for_everybody(app: TestApp) {
    let token = app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, "2021-03-30 16:00"), &Person::new(1)).await;
    let link = token.text("link").rsplit('/').next().expect("a link").to_owned();
    let (door, mut gate) = (app.operator(MEKAHARA).await, app.gate(MEKAHARA, "Gate A").await);
    let centre = app.core.board().centre_by_code(MEKAHARA).expect("the centre").id;
    let operator = app.logged_in("inside", Role::Operator, MEKAHARA).await;
    let say = async |minutes: &str| operator.post(&format!("/office/late/{centre}"), &[("minutes", minutes)]).await.status;

    app.set_clock("2021-03-30 16:50");
    let before = operator.get("/office/late?lang=en").await;
    assert!(before.shows("On time") && before.shows("until 5:30 pm"), "the effect is said before: {}", before.body);
    assert_eq!(say("30").await, 303);
    assert!(operator.get("/office/late?lang=en").await.shows("30 minutes late"));
    // The gate hears of it, the person reads it, and the server goes by it.
    let heard = gate.sync(Vec::new()).await.json["base"].clone();
    assert_eq!((&heard["running_late_minutes"], &heard["late_until"]), (&json!(30), &json!(crate::support::at("2021-03-31 00:00"))));
    app.set_clock("2021-03-30 17:20");
    let page = app.browser().get(&format!("/t/{link}?lang=en")).await;
    assert!(page.shows("until 5:30 pm you are not late") && page.shows("Your token is good"), "{}", page.body);
    let admitted = door.scan(token.text("qr")).await;
    assert_eq!((admitted.said(), admitted.json["late"].as_bool()), ("200 admitted".into(), Some(false)));

    // On time again; and with the day it is over by itself.
    assert_eq!(say("60").await, 303);
    assert_eq!(say("0").await, 303);
    assert_eq!(gate.sync(Vec::new()).await.json["base"]["running_late_minutes"], json!(0));
    assert_eq!(say("15").await, 303);
    app.set_clock("2021-03-31 10:00");
    assert_eq!(gate.sync(Vec::new()).await.json["base"]["running_late_minutes"], json!(0));
    let acts = app.rows("select act || ' ' || answer from journal where act in ('run_late', 'on_time') order by at, answer").await;
    assert_eq!(acts, ["run_late 30", "on_time 0", "run_late 15", "run_late 60"]);
}

async fn only_who_runs_the_gates_says_it(app: TestApp) {
    let centre = app.core.board().centre_by_code(MEKAHARA).expect("the centre").id;
    let address = format!("/office/late/{centre}");
    let clerk = app.logged_in("clerk", Role::Clerk, "RPR-Z2").await;
    assert_eq!((clerk.post(&address, &[("minutes", "30")]).await.status, clerk.get("/office/late").await.status), (403, 403));
    let elsewhere = app.logged_in("elsewhere", Role::Operator, "RPR-FAFADIH").await;
    assert_eq!(elsewhere.post(&address, &[("minutes", "30")]).await.status, 404);
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    assert_eq!(officer.post(&address, &[("minutes", "100000")]).await.status, 422);
    assert_eq!(officer.post(&address, &[("minutes", "90")]).await.status, 303);
    assert_eq!(app.rows("select cast(running_late as text) from centre where running_late > 0").await, ["90"]);
}
