//! The figures: how fast real servers answer over loopback, and whether they stay exact while many ask at once.
//!
//! `tests/with-postgres.sh cargo bench --bench figures -- scan_http` measures every figure whose name begins so.

#[path = "figures/camp.rs"]
mod camp;
#[path = "figures/ceiling.rs"]
mod ceiling;
#[path = "figures/client.rs"]
mod client;
#[path = "figures/database.rs"]
mod database;
#[path = "figures/desks.rs"]
mod desks;
#[path = "figures/district.rs"]
mod district;
#[path = "figures/exact.rs"]
mod exact;
#[path = "figures/field.rs"]
mod field;
#[path = "figures/gates.rs"]
mod gates;
#[path = "figures/hall.rs"]
mod hall;
#[path = "figures/hot.rs"]
mod hot;
#[path = "figures/load.rs"]
mod load;
#[path = "figures/outage.rs"]
mod outage;
#[path = "figures/page.rs"]
mod page;
#[path = "figures/portal.rs"]
mod portal;
#[path = "figures/process.rs"]
mod process;
#[path = "figures/report.rs"]
mod report;
#[path = "figures/requests.rs"]
mod requests;
#[path = "figures/world.rs"]
mod world;

use std::process::ExitCode;

use database::Kind;
use report::Report;

/// Whatever stops the run, said in a sentence.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The result of everything here.
type Outcome<T = ()> = Result<T, Failure>;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some(ceiling::ARGUMENT) => on_runtime(ceiling::serve(&arguments[1..])),
        _ if arguments.iter().any(|argument| argument == "--bench") => on_runtime(measure(prefix(&arguments))),
        // `cargo test --all-targets` calls this program too; minutes of load are not what it wants.
        _ => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("figures: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Two threads: as many as the servers under load have.
fn on_runtime(work: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(work)
}

/// Which names are wanted: an argument with or without `ONLY=`, else the variable, else all.
fn prefix(arguments: &[String]) -> String {
    let given = arguments.iter().find(|argument| !argument.starts_with('-')).cloned();
    let given = given.or_else(|| std::env::var("ONLY").ok()).unwrap_or_default();
    given.trim_start_matches("ONLY=").to_owned()
}

/// Measures until done or told to stop; either way what was started is ended on the way out.
async fn measure(prefix: String) -> Outcome {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        done = all(prefix) => done,
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        _ = terminate.recv() => Err("terminated".into()),
    }
}

async fn all(prefix: String) -> Outcome {
    let mut report = Report::new(prefix)?;
    page::measure(&mut report).await?;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        hot::measure(&mut report, kind).await?;
        exact::claims(&mut report, kind).await?;
        exact::doubles(&mut report, kind).await?;
    }
    desks::measure(&mut report)?;
    district::measure(&mut report).await?;
    hall::measure(&mut report).await?;
    outage::measure(&mut report).await?;
    camp::measure(&mut report).await?;
    portal::measure(&mut report).await?;
    report.finish()
}
