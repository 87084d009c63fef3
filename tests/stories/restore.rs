//! Stories of `baari restore`: all of it is done, or nothing.

use std::fs;
use std::path::Path;

use crate::support::callers::Person;
use crate::support::database::Kind;
use crate::support::program::Program;
use crate::support::{TestApp, tell};

const MEKAHARA: &str = "RPR-MEKAHARA";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_takes_the_place_of_a_lost_file() {
    tell(Kind::Sqlite, the_copy).await;
}

/// Whether it ended well, and what it said.
fn restore(folder: &Path, options: &[&str]) -> (bool, String) {
    let output = Program::run("restore", folder, options);
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

async fn the_copy(app: TestApp) {
    let slot = app.slot(MEKAHARA, "2021-03-30 12:00");
    let issued = app.clerk("RPR-Z2").await.issue(slot, &Person::new(1)).await;
    assert_eq!(issued.said(), "201 issued");
    // Made file by file beside the running server: what was written last lies beside the file.
    let copies = tempfile::tempdir().expect("a folder");
    let copy = copies.path().join("copy");
    fs::copy(app.folder().join("baari.sqlite"), &copy).expect("copied");
    fs::copy(app.folder().join("baari.sqlite-wal"), copies.path().join("copy-wal")).expect("copied");
    let copy = copy.to_str().expect("text");

    let home = tempfile::tempdir().expect("a folder");
    let (file, stale) = (home.path().join("baari.sqlite"), home.path().join("baari.sqlite-wal"));

    // What is left of the old file would be taken for the copy's own.
    fs::write(&stale, "of another file").expect("written");
    let (done, said) = restore(home.path(), &[copy]);
    assert!(!done && said.contains("baari.sqlite-wal"), "{said}");
    fs::remove_file(&stale).expect("removed");

    // Nothing that cannot be served is put in the place.
    let other_key = copies.path().join("other.key");
    fs::write(&other_key, "ff".repeat(32)).expect("written");
    let words = copies.path().join("words");
    fs::write(&words, "these are words, not a database".repeat(100)).expect("written");
    let wrong = copies.path().join("cut");
    let whole = fs::read(copy).expect("read");
    fs::write(&wrong, &whole[..whole.len() / 2]).expect("written");
    for broken in [&words, &wrong] {
        let (done, said) = restore(home.path(), &[broken.to_str().expect("text")]);
        assert!(!done && said.contains(broken.to_str().expect("text")) && !file.exists(), "{said}");
    }
    let without_key = std::process::Command::new(env!("CARGO_BIN_EXE_baari"))
        .args(["restore", "--data", home.path().to_str().expect("text"), "--master-key-file", other_key.to_str().expect("text"), copy])
        .output()
        .expect("the program");
    let said = String::from_utf8_lossy(&without_key.stderr);
    assert!(!without_key.status.success() && said.contains("another master key") && !file.exists(), "{said}");

    // The same again with the right key goes on as if nothing had been tried.
    assert_eq!(restore(home.path(), &[copy]), (true, String::new()));
    assert!(file.exists() && !stale.exists());
    let left: Vec<_> = fs::read_dir(home.path()).expect("read").map(|entry| entry.expect("read").file_name()).collect();
    assert_eq!(left, ["baari.sqlite"]);
    let (done, said) = restore(home.path(), &[copy]);
    assert!(!done && said.contains("move these away"), "{said}");

    // The token is there, and no number after it is given out again.
    let doctor = Program::run("doctor", home.path(), &[]);
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));
    let server = Program::start(home.path(), &[]);
    server.kill();
    let held = sqlx::SqlitePool::connect(&format!("sqlite:{}", file.display())).await.expect("opened");
    let token: i64 = sqlx::query_scalar("select number from token").fetch_one(&held).await.expect("the token");
    assert_eq!(format!("{token:010}"), issued.number());
    let next: i64 = sqlx::query_scalar("select value from counter where name = 'token'").fetch_one(&held).await.expect("the count");
    assert!(next > 1_000_000, "{next}");
}
