//! What must stay exact while many ask at the same instant; on PostgreSQL of two servers at once.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::client::Connection;
use crate::database::Kind;
use crate::field::Files;
use crate::report::Report;
use crate::requests::{Issued, Offices};
use crate::world::World;

/// How many ask for a place at the same time.
const CLAIMS: usize = 400;

/// How many places there are.
const PLACES: usize = 50;

/// How many scan one token at the same time.
const SCANS: usize = 8;

/// How many tokens that is tried with.
const ROUNDS: usize = 10;

/// Many claims on few places.
pub async fn claims(report: &mut Report, kind: Kind) -> Outcome {
    let name = format!("claims_exact_{}", kind.name());
    if !report.wants(&name, kind) {
        return Ok(());
    }
    eprintln!("{name}: {CLAIMS} claims on {PLACES} places");
    let (_world, servers, offices) = few_places(kind).await?;
    let requests = (0..CLAIMS).map(|person| offices.issue(person)).collect();
    let answers = at_once(&servers, requests).await?;
    let granted = answers.iter().filter(|(status, _)| *status == 201).count();
    if let Some((status, answer)) =
        answers.iter().find(|(status, answer)| *status != 201 && !(*status == 409 && answer["code"] == "no_place"))
    {
        return Err(format!("{name}: {granted} places were given, but one claim was answered {status}: {answer}").into());
    }
    report.exactly(&name, granted, "places", PLACES)
}

/// Scans of one token, each with an id of its own; and one scan that is sent many times.
pub async fn doubles(report: &mut Report, kind: Kind) -> Outcome {
    let suffix = if kind == Kind::Postgres { "_postgres" } else { "" };
    let [double, same] = ["double_scan_admitted", "same_id_rows"].map(|name| format!("{name}{suffix}"));
    let [wants_double, wants_same] = [&double, &same].map(|name| report.wants(name, kind));
    if !(wants_double || wants_same) {
        return Ok(());
    }
    eprintln!("{double}, {same}: {SCANS} scans at once, {ROUNDS} times");
    let (world, servers, offices) = few_places(kind).await?;
    let issued = at_once(&servers, (0..2 * ROUNDS).map(|person| offices.issue(person)).collect()).await?;
    let tokens = issued.into_iter().map(|(_, answer)| Ok(serde_json::from_value(answer)?)).collect::<Outcome<Vec<Issued>>>()?;
    let (for_double, for_same) = tokens.split_at(ROUNDS);

    // Of all rounds the worst is told.
    let mut admitted = 1;
    for token in for_double {
        let requests = (0..SCANS).map(|_| offices.scan(token)).collect::<Outcome<_>>()?;
        let answers = at_once(&servers, requests).await?;
        let with = |verdict: &str| answers.iter().filter(|(status, answer)| *status == 200 && answer["verdict"] == verdict).count();
        let (first, again) = (with("admitted"), with("already_admitted"));
        if first + again != SCANS {
            return Err(format!("{double}: an answer is neither: {answers:?}").into());
        }
        admitted = if first == 1 { admitted } else { first };
    }
    report.exactly(&double, admitted, "admitted", 1)?;

    let (mut rows, mut database) = (1, world.direct().await?);
    for token in for_same {
        let answers = at_once(&servers, vec![offices.scan(token)?; SCANS]).await?;
        if answers.iter().any(|answer| *answer != answers[0] || answer.0 != 200) {
            return Err(format!("{same}: the answers differ: {answers:?}").into());
        }
        let found = database.count(format!("select count(*) from scan where number = {}", token.number.trim_start_matches('0'))).await?;
        rows = if found == 1 { rows } else { usize::try_from(found)? };
    }
    report.exactly(&same, rows, "rows", 1)
}

async fn few_places(kind: Kind) -> Outcome<(World, Vec<SocketAddr>, Offices)> {
    let mut world = World::make(kind, &Files::with_places(PLACES as u32).await?).await?;
    let mut servers = vec![world.serve()?];
    if kind == Kind::Postgres {
        servers.push(world.serve()?);
    }
    let offices = Offices::open(&world, servers[0]).await?;
    Ok((world, servers, offices))
}

/// Sends each request on a connection of its own, all at the same instant, in turn to each server.
async fn at_once(servers: &[SocketAddr], requests: Vec<Vec<u8>>) -> Outcome<Vec<(u16, Value)>> {
    let start = Arc::new(Barrier::new(requests.len()));
    let mut asking: JoinSet<Outcome<(u16, Value)>> = JoinSet::new();
    for (request, server) in requests.into_iter().zip(servers.iter().cycle()) {
        let mut connection = Connection::open(*server).await?;
        let start = Arc::clone(&start);
        asking.spawn(async move {
            start.wait().await;
            let answer = connection.ask(&request).await?;
            Ok((answer.status, serde_json::from_slice(answer.body)?))
        });
    }
    asking.join_all().await.into_iter().collect()
}
