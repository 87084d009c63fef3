//! Stories of `baari doctor` and of the seals over the journal: whatever was done to them is named.

use std::time::Duration;

use crate::support::callers::Person;
use crate::support::database::Kind;
use crate::support::program::Program;
use crate::support::{TestApp, master_key, on_both, tell};
use baari::actions::seal_journal::{last_seal, seal_journal};
use baari::doctor::{Finding, Health, Known, examine};
use baari::domain::place::{Role, Scope};
use baari::domain::seal::SPAN;
use baari::storage::journal::Act;

const MEKAHARA: &str = "RPR-MEKAHARA";

on_both! {
    a_house_in_order_passes,
    a_journal_that_was_tampered_with_is_named,
    a_chain_that_was_cut_off_or_made_anew_does_not_have_the_word_that_was_written_down,
    the_database_itself_refuses_to_change_the_journal,
    two_sealers_make_one_chain,
    what_is_committed_late_is_sealed_all_the_same,
    counts_and_numbers_that_are_off_are_named,
    an_officer_sees_what_to_write_down,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_says_it_beside_a_running_server() {
    tell(Kind::Sqlite, the_program_on_a_file).await;
}

/// What the doctor finds, with these seals written down.
async fn examined(app: &TestApp, known: &[&str]) -> Vec<Finding> {
    let known: Vec<Known> = known.iter().map(|text| text.parse().expect("a seal")).collect();
    examine(&mut app.look().await, Ok(master_key()), &known, app.core.clock.now()).await.expect("findings")
}

/// What it finds about one thing: how it is, and all of its words.
async fn about(app: &TestApp, what: &str, known: &[&str]) -> (Health, String) {
    let found = examined(app, known).await;
    let found = found.iter().find(|finding| finding.about == what).expect("the check");
    (found.health, found.lines.join("\n"))
}

async fn journal(app: &TestApp) -> (Health, String) {
    about(app, "journal", &[]).await
}

#[track_caller]
fn assert_says((health, words): &(Health, String), expected: Health, parts: &[&str]) {
    assert_eq!(*health, expected, "{words}");
    for part in parts {
        assert!(words.contains(part), "{part:?} is not said: {words}");
    }
}

/// Seals everything there is.
async fn seal(app: &TestApp) {
    while seal_journal(&app.core).await.expect("a turn") {}
}

/// Some tokens, and so some entries.
async fn issue(app: &TestApp, people: std::ops::Range<u32>) {
    let clerk = app.clerk("RPR-Z2").await;
    for person in people {
        let slot = app.slot(MEKAHARA, "2021-03-30 12:00");
        assert_eq!(clerk.issue(slot, &Person::new(person)).await.said(), "201 issued");
    }
}

/// The running number of a token's entry.
async fn entry(app: &TestApp, nth: usize) -> String {
    app.rows("select cast(seq as text) from journal where act = 'issue_token' order by journal.seq").await[nth].clone()
}

async fn a_house_in_order_passes(app: TestApp) {
    issue(&app, 1..4).await;
    let fresh = journal(&app).await;
    assert_says(&fresh, Health::Good, &["no seal yet", "not sealed yet"]);
    seal(&app).await;
    let found = examined(&app, &[]).await;
    assert!(found.iter().all(|finding| finding.health == Health::Good), "{found:#?}");
    let words = journal(&app).await;
    assert_says(
        &words,
        Health::Good,
        &["unbroken up to seal 1, check word", &last_seal(&app.core).await.expect("read").expect("a seal").word()],
    );
    // Entries that wait for a seal are a matter of time.
    issue(&app, 4..5).await;
    app.pass(1200);
    assert_says(&journal(&app).await, Health::Watch, &["not sealed yet, the first of them 20 min old", "Is one running"]);
    // Somebody else's keys open nothing, and a clock that went back is noticed.
    app.core.clock.set(app.core.clock.now() + -86_400);
    assert_says(&about(&app, "clock", &[]).await, Health::Wrong, &["Set this machine's clock"]);
    let other = baari::keyring::MasterKey::from_hex(&"ab".repeat(32));
    let found = examine(&mut app.look().await, other, &[], app.core.clock.now()).await.expect("findings");
    assert!(found.iter().any(|finding| finding.about == "keys" && finding.health == Health::Wrong), "{found:#?}");
}

async fn a_journal_that_was_tampered_with_is_named(app: TestApp) {
    issue(&app, 1..4).await;
    seal(&app).await;
    issue(&app, 4..6).await;
    seal(&app).await;
    let (first, last) = (entry(&app, 1).await, entry(&app, 4).await);
    // Changed.
    let actor = app.rows(&format!("select actor from journal where seq = {first}")).await[0].clone();
    app.tamper_unguarded(&format!("update journal set actor = 'user:nobody' where seq = {first}")).await;
    let found = journal(&app).await;
    assert_says(
        &found,
        Health::Wrong,
        &["seal 1 of 2021-03-30 11:07 is broken", "1 changed", &format!("entry {first} was changed; it says")],
    );
    assert_says(&found, Health::Wrong, &["user:nobody issue_token", "ask who had access"]);
    app.tamper_unguarded(&format!("update journal set actor = '{actor}' where seq = {first}")).await;
    assert_says(&journal(&app).await, Health::Good, &["unbroken up to seal 2,"]);
    // Slipped in, where an entry had its number and where there was none.
    let copy = "insert into journal (seq, id, at, actor, act) select SEQ, ID, at, 'user:nobody', act from journal where seq = ";
    let id = if app.is_shared() { "gen_random_uuid()" } else { "randomblob(16)" };
    app.tamper(&(copy.replace("SEQ", "-5").replace("ID", id) + &last)).await;
    assert_says(&journal(&app).await, Health::Wrong, &["seal 1", "1 slipped in", "entry -5 was slipped in", "user:nobody"]);
    app.tamper_unguarded("delete from journal where seq = -5").await;
    assert_says(&journal(&app).await, Health::Good, &[]);
    // Taken out, by whoever leaves the rest in order.
    app.tamper_unguarded(&format!("delete from journal where seq = {last}")).await;
    assert_says(&journal(&app).await, Health::Wrong, &["seal 2 of", "1 missing", &format!("entry {last} is missing")]);
    app.tamper((copy.replace("SEQ", &last).replace("ID", id) + &first).as_str()).await;
    assert_says(&journal(&app).await, Health::Wrong, &["seal 2 of", &format!("entry {last} was changed")]);
}

async fn a_chain_that_was_cut_off_or_made_anew_does_not_have_the_word_that_was_written_down(app: TestApp) {
    let mut written = Vec::new();
    for people in [1..3, 3..5, 5..7] {
        issue(&app, people).await;
        seal(&app).await;
        let seal = last_seal(&app.core).await.expect("read").expect("a seal");
        written.push(format!("{}:{}", seal.number, seal.word().to_lowercase().replace('-', "")));
    }
    let known: Vec<_> = written.iter().map(String::as_str).collect();
    assert_says(&about(&app, "journal", &known).await, Health::Good, &["up to seal 3,"]);
    // The last seal and its entries are cut off, and nothing is broken but for what was written down.
    let from = app.rows("select cast(after_seq as text) from seal where number = 3").await[0].clone();
    app.tamper_unguarded("delete from seal where number = 3").await;
    app.tamper_unguarded(&format!("delete from journal where seq > {from}")).await;
    assert_says(&journal(&app).await, Health::Good, &["up to seal 2,"]);
    assert_says(&about(&app, "journal", &known).await, Health::Wrong, &["seal 3:", "was written down and is not in the chain"]);
    assert_says(&about(&app, "journal", &known[..2]).await, Health::Good, &["up to seal 2,"]);
    // One is taken out of the middle, or made by somebody without the key.
    app.tamper_unguarded("update seal set sealed_at = sealed_at - 60 where number = 2").await;
    assert_says(&journal(&app).await, Health::Wrong, &["seal 2 of 2021-03-30 11:06 was changed, or made by somebody else"]);
    app.tamper_unguarded("update seal set sealed_at = sealed_at + 60 where number = 2").await;
    app.tamper_unguarded("delete from seal where number = 1").await;
    assert_says(&journal(&app).await, Health::Wrong, &["seal 1 is missing, seal 2 follows"]);
    app.tamper_unguarded("delete from seal").await;
    app.pass(60);
    seal(&app).await;
    assert_says(&about(&app, "journal", &known[..1]).await, Health::Wrong, &["seal 1:"]);
}

async fn the_database_itself_refuses_to_change_the_journal(app: TestApp) {
    issue(&app, 1..2).await;
    seal(&app).await;
    for sql in ["update journal set actor = 'user:nobody'", "delete from journal", "update seal set proof = hash", "delete from seal"] {
        let refused = app.try_sql(sql).await.expect_err(sql).to_string();
        assert!(refused.contains("is only added to"), "{refused}");
    }
    app.unguard().await;
    assert_says(&journal(&app).await, Health::Wrong, &["would let entries be changed", "Start a server again"]);
    drop(app.another().await);
    assert_says(&journal(&app).await, Health::Good, &[]);
}

async fn two_sealers_make_one_chain(app: TestApp) {
    let many = 3 * SPAN + 10;
    let id = if app.is_shared() { "gen_random_uuid()" } else { "randomblob(16)" };
    app.tamper(&format!(
        "insert into journal (id, at, actor, act) with recursive n (i) as (select 1 union all select i + 1 from n where i < {many}) \
         select {id}, 1617082620, 'test', 'print_slip' from n"
    ))
    .await;
    let other = app.another().await;
    tokio::join!(seal(&app), seal(&other), seal(&app));
    seal(&app).await;
    let entries = app.count("journal").await;
    let seals = entries / SPAN + 1;
    assert_says(&journal(&app).await, Health::Good, &[&format!("up to seal {seals},"), &format!("{entries} entries under seal")]);
    assert_eq!(app.count("seal").await, seals);
    // With nothing new there is no new seal.
    seal(&other).await;
    assert_eq!(app.count("seal").await, seals);
}

async fn what_is_committed_late_is_sealed_all_the_same(app: TestApp) {
    if !app.is_shared() {
        // A file has one writer: nobody comes late.
        return;
    }
    let note = || app.core.note_in("test", Scope::State, Act::PrintSlip, None);
    let mut late = app.core.write().await.expect("a transaction");
    assert!(late.add_entries(&[note()]).await.expect("added"));
    let mut soon = app.core.write().await.expect("a transaction");
    assert!(soon.add_entries(&[note()]).await.expect("added"));
    soon.commit().await.expect("committed");
    let core = std::sync::Arc::clone(&app.core);
    let sealing = tokio::spawn(async move { seal_journal(&core).await });
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(app.count("seal").await, 0, "it waits for whoever is adding");
    late.commit().await.expect("committed");
    sealing.await.expect("done").expect("sealed");
    let entries = app.count("journal").await;
    assert_says(&journal(&app).await, Health::Good, &[&format!("{entries} entries under seal")]);
}

async fn counts_and_numbers_that_are_off_are_named(app: TestApp) {
    issue(&app, 1..4).await;
    let slot = app.slot(MEKAHARA, "2021-03-30 12:00");
    assert_says(&about(&app, "places", &[]).await, Health::Good, &[]);
    app.tamper(&format!("update share set taken = taken + 1 where slot_id = {slot} and owner = 'open'")).await;
    let found = about(&app, "places", &[]).await;
    let call = app.rows(&format!("select cast(call as text) from slot where id = {slot}")).await[0].clone();
    assert_says(&found, Health::Wrong, &[&format!("{MEKAHARA} 2021-03-30 slot 0{call}, places of open:"), "tokens and lent places"]);
    assert_says(&found, Health::Wrong, &["in its shares", "put the counts right"]);
    app.tamper(&format!("update share set taken = taken - 1 where slot_id = {slot} and owner = 'open'")).await;
    app.tamper(&format!("update slot set serials = 1 where id = {slot}")).await;
    assert_says(
        &about(&app, "numbers", &[]).await,
        Health::Wrong,
        &[&format!("slot {slot} has given out 1 serials, and a token has number 3")],
    );
    app.tamper(&format!("update slot set serials = 3, capacity = capacity - 1 where id = {slot}")).await;
    assert_says(&about(&app, "numbers", &[]).await, Health::Good, &[]);
    assert_says(&about(&app, "places", &[]).await, Health::Wrong, &["room for 9, but 10 in its shares"]);
    // What is late is no fault, but is said.
    app.tamper("insert into gateway_down (name, since, words, probe_at, probes) values ('kannel', 1617082620, 'refused', 1617082620, 1)")
        .await;
    assert_says(&about(&app, "messages", &[]).await, Health::Watch, &["1 gateways are down"]);
    // A database that is older than the program is not looked into.
    app.tamper("delete from _sqlx_migrations where version = 13").await;
    let found = examined(&app, &[]).await;
    assert!(found.len() == 2 && found[1].lines[0].contains("older than this program"), "{found:#?}");
}

async fn an_officer_sees_what_to_write_down(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    assert!(officer.get("/district/journal?lang=en").await.shows("Not sealed yet"));
    seal(&app).await;
    let word = last_seal(&app.core).await.expect("read").expect("a seal").word();
    let page = officer.get("/district/journal?lang=en").await;
    assert!(page.shows("11:07</time>") && page.shows(&word) && page.shows("Note number and word on paper"), "{}", page.body);
    assert!(officer.get("/district/journal?lang=hi").await.shows("जाँच शब्द"));
}

async fn the_program_on_a_file(app: TestApp) {
    issue(&app, 1..4).await;
    let folder = app.folder();
    let doctor = |options: &[&str]| {
        let output = Program::run("doctor", &folder, options);
        (output.status.code(), String::from_utf8(output.stdout).expect("text") + &String::from_utf8_lossy(&output.stderr))
    };
    let server = Program::start(&folder, &[]);
    let mut sealed = None;
    for _ in 0..100 {
        sealed = last_seal(&app.core).await.expect("read");
        if sealed.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let word = sealed.expect("the server seals").word();
    let (code, said) = doctor(&["--seal", &format!("1:{word}")]);
    assert_eq!(code, Some(0), "{said}");
    for line in [
        "✓ database  SQLite",
        "✓ tables    up to date",
        "✓ keys",
        "✓ places",
        "✓ numbers",
        "✓ journal   unbroken up to seal 1",
        "✓ clock",
        "disk",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let (code, said) = doctor(&["--seal", "7:AAAA-AAAA"]);
    assert!(code == Some(1) && said.contains("✗ journal") && said.contains("seal 7:AAAA-AAAA was written down"), "{said}");
    server.kill();
    app.tamper("update slot set taken = taken + 1 where taken = 3").await;
    let (code, said) = doctor(&[]);
    assert!(
        code == Some(1) && said.contains("✗ places    RPR-MEKAHARA 2021-03-30") && said.contains("1 of 11 checks found something wrong"),
        "{said}"
    );
    // Nothing is made where there is nothing.
    let nowhere = folder.join("nowhere");
    let output = Program::run("doctor", &nowhere, &[]);
    assert!(output.status.code() == Some(1) && !nowhere.exists());
}
