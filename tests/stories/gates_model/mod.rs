//! Gates that are cut off, crash, and move their lanes: whatever happens between them and the server, no scan is lost or
//! doubled, no token is admitted twice unseen, and all agree in the end.
//!
//! Thousands of short schedules are drawn from seeds. `BAARI_SEED` repeats one, `BAARI_SCHEDULES` draws more of them.

mod calls;
mod checks;
mod officers;
mod people;
mod world;

use std::fmt::Write;

use crate::support::phone::Bug;
use crate::support::{SESSION_COLUMNS, TestApp, on_both};
use baari::storage::Tx;
use sqlx::AssertSqlSafe;
use world::World;

/// How many schedules are drawn on a file; on a cluster a tenth of them.
const SCHEDULES: u64 = 350;

/// Within how many schedules each mistake must be found.
const FOUND_WITHIN: u64 = 400;

const CENTRES: &str = "code,zone,name_en,name_hi,address_en,address_hi,pin_code,kind,fee,step_free,gates,phone,supervisor_phone,lat,lon
RPR-SHANKAR,RPR-Z2,Shankar Nagar,शंकर नगर,Shankar Nagar,शंकर नगर,492007,government,0,yes,2,0771-4000105,0771-4000505,,
";

const SESSION: &str = "RPR-SHANKAR,2021-03-30,covishield,1 2,18,200,10:00,17:00,60,70,RPR-Z2:1,2021-03-29 00:00,2021-03-30 17:00\n";

/// What does not hold: which check, and what it saw.
#[derive(Debug)]
struct Fault(&'static str, String);

type Checked = Result<(), Fault>;

on_both! {
    strict_lanes_hold,
    lenient_lanes_hold,
    each_mistake_is_found,
}

async fn strict_lanes_hold(app: TestApp) {
    hold(app, true).await;
}

async fn lenient_lanes_hold(app: TestApp) {
    hold(app, false).await;
}

async fn hold(app: TestApp, strict: bool) {
    let app = furnish(app).await;
    for seed in seeds(&app) {
        if let Err((Fault(check, what), log)) = play(&app, seed, strict, None).await {
            panic!("{check}: {what}\n{log}\nBAARI_SEED={seed} repeats this");
        }
    }
}

async fn each_mistake_is_found(app: TestApp) {
    // What a phone does wrong is the same on either database.
    if app.is_shared() {
        return;
    }
    let app = furnish(app).await;
    for (bug, expected) in [
        (Bug::ShowsBeforeItStores, "lost"),
        (Bug::DropsWhatGotNoAnswer, "lost"),
        (Bug::NewIdsOnARetry, "doubled"),
        (Bug::KeepsALaneItGaveUp, "two gates"),
        (Bug::CursorWithoutTokens, "apart"),
    ] {
        let mut found = None;
        for seed in 1..=FOUND_WITHIN {
            if let Err((fault, _)) = play(&app, seed, true, Some(bug)).await {
                found = Some((seed, fault));
                break;
            }
        }
        let (seed, Fault(check, what)) = found.unwrap_or_else(|| panic!("{bug:?} was not found within {FOUND_WITHIN} schedules"));
        println!("{bug:?}: {check} after {seed}: {what}");
        assert_eq!(check, expected, "{bug:?}");
    }
}

fn number_from(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn seeds(app: &TestApp) -> Vec<u64> {
    if let Some(seed) = number_from("BAARI_SEED") {
        return vec![seed];
    }
    let schedules = number_from("BAARI_SCHEDULES").unwrap_or(SCHEDULES);
    (1..=if app.is_shared() { schedules / 10 } else { schedules }).collect()
}

/// Adds a second centre with two lanes. What becomes of a database when the power fails is no question of this model's: nothing
/// waits for the disk.
async fn furnish(app: TestApp) -> TestApp {
    app.field(&[CENTRES, &format!("{SESSION_COLUMNS}{SESSION}")]).await;
    if app.is_shared() {
        app.tamper("do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$").await;
        let app = app.another().await;
        app.unguard().await;
        return app;
    }
    app.unguard().await;
    let mut tx = app.core.write().await.expect("a transaction");
    for sql in ["commit", "pragma synchronous = off", "begin immediate"] {
        run(&mut tx, sql).await;
    }
    tx.commit().await.expect("committed");
    app
}

/// Plays one schedule on an emptied database. Nothing in it depends on the schedules before.
async fn play(app: &TestApp, seed: u64, strict: bool, bug: Option<Bug>) -> Result<(), (Fault, String)> {
    let mut world = World::new(app, seed, strict, bug).await;
    let done = world.run().await;
    done.map_err(|fault| {
        let mut log = world.log.join("\n");
        for phone in &world.phones {
            write!(log, "\n  {}", phone.told()).expect("memory");
        }
        (fault, log)
    })
}

async fn run(tx: &mut Tx, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    match tx {
        Tx::Sqlite(tx) => drop(sqlx::query(sql).execute(&mut **tx).await.expect("done")),
        Tx::Postgres(tx) => drop(sqlx::query(sql).execute(&mut **tx).await.expect("done")),
    }
}

async fn rows(tx: &mut Tx, sql: &str) -> Vec<String> {
    let sql = AssertSqlSafe(sql.to_owned());
    match tx {
        Tx::Sqlite(tx) => sqlx::query_scalar(sql).fetch_all(&mut **tx).await.expect("rows"),
        Tx::Postgres(tx) => sqlx::query_scalar(sql).fetch_all(&mut **tx).await.expect("rows"),
    }
}
