//! The national portal: whether the uploader keeps it busy while pages stay quick, and whether an outage makes anybody late who need not be.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use baari::domain::moment::Moment;
use baari::domain::portal::{Calls, Circuit, again_after};

use crate::Outcome;
use crate::client::Connection;
use crate::database::Kind;
use crate::field::Files;
use crate::process::Process;
use crate::report::Report;
use crate::requests::get;
use crate::world::World;

/// How long the portal takes for a call, and how many calls are made at once: its own limit is 320 calls a second.
const CALL: Duration = Duration::from_millis(200);
const AT_ONCE: u32 = 64;

/// Doses that wait: more than can be sent while it is measured.
const DOSES: u32 = 6_000;

/// What is not counted at first, and how long is counted.
const WARM_UP: Duration = Duration::from_secs(3);
const COUNTED: Duration = Duration::from_secs(15);

/// How often a page is asked for meanwhile.
const PAGES: Duration = Duration::from_millis(25);

/// Measures the rate of calls and the pages beside them, and counts whom an outage makes late.
pub async fn measure(report: &mut Report) -> Outcome {
    let [rate, pages, late] = ["upload_rate", "upload_pages_p99_ms", "deadline_missed_needlessly"];
    if report.wants(late, Kind::Sqlite) {
        report.exactly(late, usize::try_from(missed_needlessly())?, "doses", 0)?;
    }
    if !report.wants(rate, Kind::Sqlite) && !report.wants(pages, Kind::Sqlite) {
        return Ok(());
    }
    let mut test_portal = Command::new(env!("CARGO_BIN_EXE_baari"));
    let slow = CALL.as_millis().to_string();
    let portal = Process::start(test_portal.args(["portal", "test-server", "--slow-ms", &slow]))?;
    let mut world = World::make(Kind::Sqlite, &Files::for_the_page()?).await?;
    fill(&world).await?;
    eprintln!("{rate}: {DOSES} doses wait");
    let (to, at_once) = (format!("cowin:http://{}", portal.address), AT_ONCE.to_string());
    let server = world.serve_with(&["--portal", &to, "--portal-key", "test", "--portal-at-once", &at_once])?;
    tokio::time::sleep(WARM_UP).await;
    let (before, began) = (calls(portal.address).await?, Instant::now());
    let waits = ask_for_pages(server).await?;
    let made = calls(portal.address).await? - before;
    let a_second = made / began.elapsed().as_secs_f64();
    report.share(rate, a_second, "calls/s", ("portal_limit", f64::from(AT_ONCE) / CALL.as_secs_f64()))?;
    report.figure(pages, p99(waits)?, "ms")
}

/// Doses of people with numbers of their own, straight into the file.
async fn fill(world: &World) -> Outcome {
    let numbers = format!("with recursive n (n) as (select 1 union all select n + 1 from n where n < {DOSES})");
    // Sixteen bytes: which table, and the number.
    let id = |table: u8| format!("unhex(printf('{table:02x}%030x', n))");
    let now = "cast(strftime('%s') as integer)";
    let letter = |place: u32| format!("char(97 + (n / {place}) % 10)");
    let name = format!("'Demo ' || {}", [1000, 100, 10, 1].map(letter).join(" || "));
    let mut direct = world.direct().await?;
    for sql in [
        format!(
            "{numbers} insert into beneficiary (id, mobile, mobile_of, name, name_key, birth_year, gender, category, certificate, language, needs, made_at) \
             select {}, cast(9000000000 + n as text), 'own', {name}, '', 1950, 'female', 'citizen', false, 'hi', '', {now} from n",
            id(1)
        ),
        format!(
            "{numbers} insert into identity (hash, beneficiary_id, type, id_end) select {}, {}, 'voter_id', printf('%04d', n % 10000) from n",
            id(2),
            id(1)
        ),
        format!(
            "{numbers} insert into dose (id, beneficiary_id, number, vaccine, given_on, source, centre_id, batch, vaccinator, given_at, entered_at, entered_by) \
             select {}, {}, 1, 'covishield', date('now'), 'recorded', (select min(id) from centre), 'BATCH', 'Nurse', {now}, {now}, 'bench' from n",
            id(3),
            id(1)
        ),
        format!("{numbers} insert into upload (dose_id, due_at, state) select {}, {now} + 172800, 'waiting' from n", id(3)),
    ] {
        direct.run(sql).await?;
    }
    Ok(())
}

/// How many calls the portal has had.
async fn calls(portal: SocketAddr) -> Outcome<f64> {
    let mut connection = Connection::open(portal).await?;
    let counts: serde_json::Value = serde_json::from_slice(connection.ask(&get("/test/calls")).await?.body)?;
    Ok(counts["calls"].as_f64().ok_or("a portal that counts no calls")?)
}

/// Asks at an even pace, in turn for a page and for whether the database can be written.
async fn ask_for_pages(server: SocketAddr) -> Outcome<Vec<Duration>> {
    let mut connection = Connection::open(server).await?;
    let (began, mut due, mut waits) = (Instant::now(), Instant::now(), Vec::new());
    let asked = [get("/find"), get("/readyz")];
    for request in asked.iter().cycle() {
        if began.elapsed() > COUNTED {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let status = connection.ask(request).await?.status;
        if status != 200 {
            return Err(format!("a page was answered {status}").into());
        }
        waits.push(due.elapsed());
        due += PAGES;
    }
    Ok(waits)
}

fn p99(mut waits: Vec<Duration>) -> Outcome<f64> {
    waits.sort_unstable();
    let longest = waits.get(waits.len() * 99 / 100).ok_or("no page was asked for")?;
    Ok(longest.as_secs_f64() * 1000.0)
}

/// Mega camp: 95,000 doses by one o'clock, due by five on the next day; the portal is down from eleven to three, and half a day again in the
/// night, so that the deadline is near. How many are late who would not have been had everybody known the outages in advance.
fn missed_needlessly() -> i64 {
    const HOUR: i64 = 3600;
    // A slow day: ten seconds a call and three calls a record, so that the hours in which it is up barely suffice.
    let rate = f64::from(AT_ONCE) / 9.6 / 3.0;
    // Seconds from nine in the morning.
    let due = 32 * HOUR;
    let is_down = |at: i64| (2 * HOUR..6 * HOUR).contains(&at) || (13 * HOUR..29 * HOUR).contains(&at);
    // Later ones were given later and are due a little later.
    let doses = 95_000_i64;
    let deadline = |n: i64| due + n * 60 / doses;
    let given_by = |at: i64| (doses * at / (4 * HOUR)).min(doses);

    // The best that can be done: as many a second as the portal takes, whenever it is up.
    let mut best = 0;
    let mut could = 0.0;
    for at in 0..due + 60 {
        if !is_down(at) {
            could = (could + rate).min(given_by(at) as f64);
        }
        best = could as i64;
    }

    let mut circuit = Circuit::default();
    let mut line: BinaryHeap<Reverse<(i64, i64)>> = BinaryHeap::new();
    let mut again: BinaryHeap<Reverse<(i64, i64, i64)>> = BinaryHeap::new();
    let (mut joined, mut in_time, mut budget) = (0, 0, 0.0);
    for at in 0..due + 60 {
        while joined < given_by(at) {
            line.push(Reverse((deadline(joined), joined)));
            joined += 1;
        }
        while again.peek().is_some_and(|Reverse((when, ..))| *when <= at) {
            again.pop().into_iter().for_each(|Reverse((_, due, n))| line.push(Reverse((due, n))));
        }
        budget = match circuit.calls(Moment(at)) {
            Calls::Many => (budget + rate).min(rate + 1.0),
            Calls::Probe => 1.0,
            Calls::None => 0.0,
        };
        while budget >= 1.0
            && let Some(Reverse((due, n))) = line.pop()
        {
            budget -= 1.0;
            if due <= at {
                continue;
            }
            let chance = f64::from((n % 97) as u32) / 97.0;
            if is_down(at) {
                circuit.failed(Moment(at), chance);
                let wait = if circuit.is_down() { 0 } else { again_after(1, chance) };
                again.push(Reverse((at + wait.max(1), due, n)));
                if circuit.is_down() {
                    break;
                }
            } else {
                circuit.answered(Moment(at));
                in_time += 1;
            }
        }
    }
    // A probe may come half a minute after the portal is back: so much is the price of not knowing.
    let price = (2.0 * 30.0 * rate).ceil() as i64;
    (best - in_time - price).max(0)
}
