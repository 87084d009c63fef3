//! The two hot verbs: tokens are issued to many people, and then scanned.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::Outcome;
use crate::ceiling;
use crate::database::Kind;
use crate::field::Files;
use crate::load::{Load, Measured};
use crate::report::Report;
use crate::requests::{Issued, Offices};
use crate::world::World;

/// How many tokens are issued at most: each can be scanned once.
const TOKENS: usize = 200_000;

/// How long issuing them may go on after it was measured.
const FILLING: Duration = Duration::from_secs(22);

/// Of so many tokens the server forgets one: that one has to be verified.
const FORGOTTEN: usize = 20;

/// Measures the ceiling of a database and what the server reaches of it.
pub async fn measure(report: &mut Report, kind: Kind) -> Outcome {
    let [bare, issue, scan] = ["ceiling", "issue_http", "scan_http"].map(|name| format!("{name}_{}", kind.name()));
    let [wants_bare, wants_issue, wants_scan] = [&bare, &issue, &scan].map(|name| report.wants(name, kind));
    if !(wants_bare || wants_issue || wants_scan) {
        return Ok(());
    }
    eprintln!("{bare}: bare inserts");
    let most = ceiling::inserts(kind).await?.rate;
    report.figure(&bare, most, "requests/s")?;
    if !(wants_issue || wants_scan) {
        return Ok(());
    }
    let mut world = World::make(kind, &Files::for_load().await?).await?;
    let server = world.serve()?;
    let offices = Offices::open(&world, server).await?;
    eprintln!("{issue}: tokens for up to {TOKENS} people");
    let issued = issue_all(&offices, server, if wants_scan { FILLING } else { Duration::ZERO }).await?;
    tell(report, &issue, &issued, (&bare, most))?;
    if wants_scan {
        let tokens = issued.bodies.iter().map(|(_, body)| serde_json::from_slice(body)).collect::<Result<Vec<Issued>, _>>()?;
        eprintln!("{scan}: {} tokens at the gates", tokens.len());
        forget_some(&world, &tokens).await?;
        let scanned = scan_all(&offices, server, &tokens).await?;
        check(&world, &scanned).await?;
        tell(report, &scan, &scanned, (&bare, most))?;
    }
    Ok(())
}

fn tell(report: &mut Report, name: &str, measured: &Measured, of: (&str, f64)) -> Outcome {
    report.share(name, measured.rate, "requests/s", of)?;
    report.figure(&format!("{name}_p50_ms"), measured.p50, "ms")?;
    report.figure(&format!("{name}_p99_ms"), measured.p99, "ms")
}

async fn issue_all(offices: &Offices, address: SocketAddr, beyond: Duration) -> Outcome<Measured> {
    let requests = Arc::new((1..=TOKENS).map(|person| offices.issue(person)).collect());
    Load { address, requests, again: false, status: 201, keep: true, beyond }.run().await
}

/// Takes some tokens out of the database: genuine slips that this server has not heard of.
async fn forget_some(world: &World, tokens: &[Issued]) -> Outcome {
    let numbers: Vec<_> = tokens.iter().step_by(FORGOTTEN).map(|token| token.number.trim_start_matches('0')).collect();
    let mut database = world.direct().await?;
    let mut forgotten = 0;
    for some in numbers.chunks(500) {
        forgotten += database.run(format!("delete from token where number in ({})", some.join(", "))).await?;
    }
    if forgotten == numbers.len() as u64 { Ok(()) } else { Err("the tokens to be forgotten are not in the database".into()) }
}

async fn scan_all(offices: &Offices, address: SocketAddr, tokens: &[Issued]) -> Outcome<Measured> {
    let requests = Arc::new(tokens.iter().map(|token| offices.scan(token)).collect::<Outcome<_>>()?);
    Load { address, requests, again: false, status: 200, keep: true, beyond: Duration::ZERO }.run().await
}

/// Everybody was admitted, and every answer is on record.
async fn check(world: &World, scanned: &Measured) -> Outcome {
    for (_, body) in &scanned.bodies {
        let answer: Value = serde_json::from_slice(body)?;
        if answer["verdict"] != "admitted" {
            return Err(format!("a good token was not admitted: {answer}").into());
        }
    }
    let rows = world.direct().await?.count("select count(*) from scan".into()).await?;
    if rows == scanned.bodies.len() as i64 { Ok(()) } else { Err(format!("{rows} scans are on record of {}", scanned.bodies.len()).into()) }
}
