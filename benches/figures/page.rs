//! The page of free places, which everybody reads.

use crate::Outcome;
use crate::ceiling;
use crate::client::{Connection, header};
use crate::database::Kind;
use crate::field::Files;
use crate::report::Report;
use crate::requests::get;
use crate::world::World;

/// Measures the page, and the same bytes out of a bare server.
pub async fn measure(report: &mut Report) -> Outcome {
    let (name, bare) = ("slots_page", "ceiling_page");
    if ![name, bare].map(|name| report.wants(name, Kind::Sqlite)).contains(&true) {
        return Ok(());
    }
    eprintln!("{name}: the first page of some thirty centres");
    let mut world = World::make(Kind::Sqlite, &Files::for_the_page()?).await?;
    let server = world.serve()?;
    let mut connection = Connection::open(server).await?;
    let answer = connection.ask(&get("/")).await?;
    if answer.status != 200 || header(answer.head, "content-encoding") != Some("gzip") {
        return Err(format!("the page of free places is not as expected: {}", answer.head).into());
    }
    let file = crate::world::folder()?;
    let path = file.path().join("page");
    std::fs::write(&path, [answer.head.as_bytes(), answer.body].concat())?;

    let page = ceiling::load(server, get("/")).run().await?;
    drop(world);
    let most = ceiling::pages(&path, get("/")).await?;
    report.figure(bare, most.rate, "requests/s")?;
    report.share(name, page.rate, "requests/s", (bare, most.rate))?;
    report.figure("slots_page_p50_ms", page.p50, "ms")?;
    report.figure("slots_page_p99_ms", page.p99, "ms")
}
