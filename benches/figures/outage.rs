//! The link was gone for hours and is back: a thousand phones send what they did meanwhile, all at once.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Outcome;
use crate::ceiling;
use crate::client::Connection;
use crate::database::Kind;
use crate::field::Files;
use crate::gates::{self, CENTRES, GATES, Gate, SCANS};
use crate::report::Report;
use crate::requests::{Issued, Offices};
use crate::world::World;

/// How long the return may take before the run is given up.
const LONGEST: Duration = Duration::from_mins(4);

/// How often somebody is scanned online meanwhile.
const ONLINE: Duration = Duration::from_millis(50);

/// How many tokens are scanned online, in turn.
const TOKENS: usize = 1_000;

/// Measures the return, and whether every scan of it is on record.
pub async fn measure(report: &mut Report) -> Outcome {
    let [scans, p99, lost, memory] = ["scans", "online_p99_ms", "lost", "memory_mb"].map(|name| format!("outage_return_{name}"));
    if ![&scans, &p99, &lost, &memory].map(|name| report.wants(name, Kind::Sqlite)).contains(&true) {
        return Ok(());
    }
    eprintln!("{scans}: the ceiling");
    let most = ceiling::inserts(Kind::Sqlite).await?.rate;
    let mut world = World::make(Kind::Sqlite, &Files::with_further(CENTRES).await?).await?;
    let server = world.serve()?;
    let offices = Offices::open(&world, server).await?;
    let tokens = issue(&offices, server).await?;
    let taken: HashSet<_> = tokens.iter().map(|token| token.number.clone()).collect();
    let gates = gates::make(server, &mut world.direct().await?, &taken).await?;
    let gates = each(gates, Gate::hear_all).await?;

    eprintln!("{scans}: {GATES} phones come back with {SCANS} scans each");
    let back = Arc::new(AtomicBool::new(false));
    let online = tokio::spawn(scan_online(offices, server, tokens, Arc::clone(&back)));
    let began = Instant::now();
    let gates = tokio::time::timeout(LONGEST, each(gates, Gate::come_back)).await??;
    let took = began.elapsed();
    back.store(true, Ordering::Relaxed);
    let waits = online.await??;
    let peak = world.peak_memory()?;
    let silent: usize = gates.iter().map(|gate| gate.silent).sum();
    let sent_away: usize = gates.iter().map(|gate| gate.sent_away).sum();
    eprintln!("{scans}: after {took:.1?}; {silent} calls went without an answer, {sent_away} were asked to come again");
    report.share(&scans, f64::from(u32::try_from(GATES * SCANS)?) / took.as_secs_f64(), "scans/s", ("ceiling_sqlite", most))?;
    report.figure(&p99, all_but_one_percent(waits)?, "ms")?;
    report.exactly(&lost, GATES * SCANS - on_record(&world, &gates).await?, "scans", 0)?;
    report.figure(&memory, peak, "MB")
}

async fn each<F>(gates: Vec<Gate>, act: impl Fn(Gate) -> F) -> Outcome<Vec<Gate>>
where
    F: Future<Output = Outcome<Gate>> + Send + 'static,
{
    let acting: JoinSet<_> = gates.into_iter().map(act).collect();
    acting.join_all().await.into_iter().collect()
}

async fn issue(offices: &Offices, server: SocketAddr) -> Outcome<Vec<Issued>> {
    let mut connection = Connection::open(server).await?;
    let mut tokens = Vec::with_capacity(TOKENS);
    for person in 0..TOKENS {
        tokens.push(serde_json::from_slice(connection.ask(&offices.issue(person)).await?.body)?);
    }
    Ok(tokens)
}

/// Scans online, at an even pace, until the phones are back. How long each scan took from the moment when it was due.
async fn scan_online(offices: Offices, server: SocketAddr, tokens: Vec<Issued>, back: Arc<AtomicBool>) -> Outcome<Vec<Duration>> {
    let mut connection = Connection::open(server).await?;
    let (mut waits, mut due) = (Vec::new(), Instant::now());
    for token in tokens.iter().cycle() {
        if back.load(Ordering::Relaxed) {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let answer = connection.ask(&offices.scan(token)?).await?;
        if answer.status != 200 {
            return Err(format!("a scan online was answered {}: {}", answer.status, String::from_utf8_lossy(answer.body)).into());
        }
        waits.push(due.elapsed());
        due += ONLINE;
    }
    Ok(waits)
}

fn all_but_one_percent(mut waits: Vec<Duration>) -> Outcome<f64> {
    waits.sort_unstable();
    let longest = waits.get(waits.len() * 99 / 100).ok_or("nobody was scanned online")?;
    Ok(longest.as_secs_f64() * 1000.0)
}

/// How many of the scans are on record, once each, and were answered so.
async fn on_record(world: &World, gates: &[Gate]) -> Outcome<usize> {
    let rows = world.direct().await?.ids("select id from scan where gate_id is not null".into()).await?;
    let sent: HashSet<_> = gates.iter().flat_map(|gate| &gate.ids).collect();
    let stored: HashSet<_> = gates.iter().flat_map(|gate| &gate.stored).collect();
    let known = rows.iter().filter(|id| sent.contains(id) && stored.contains(id)).count();
    if rows.len() == known && stored.len() <= known {
        Ok(known)
    } else {
        Err(format!("{} scans are on record and {} were answered so, of {} that were sent", rows.len(), stored.len(), sent.len()).into())
    }
}
