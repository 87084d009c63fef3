//! A thousand displays and five thousand waiting people: what they cost the server, and how soon a call is on the screens.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::Outcome;
use crate::client::Connection;
use crate::database::Kind;
use crate::district::{fill, officer, percentile};
use crate::field::{Files, under_load};
use crate::report::Report;
use crate::world::World;

/// Open displays, spread over the centres.
const DISPLAYS: usize = 1_000;

/// People whose page asks for their position, each this often.
const WAITING: i64 = 5_000;
const ASKED_EVERY: Duration = Duration::from_secs(15);

/// Connections that their questions come on.
const PHONES: i64 = 50;

/// How long it is watched, and how often somebody is called somewhere.
const WATCHED: Duration = Duration::from_secs(30);
const CALLED_EVERY: Duration = Duration::from_millis(500);

/// How long a call may take to the last display at most.
const LONGEST: Duration = Duration::from_secs(5);

/// Measures both figures.
pub async fn measure(report: &mut Report) -> Outcome {
    if !report.wants("display_cpu_cores", Kind::Sqlite) && !report.wants("call_to_display_ms", Kind::Sqlite) {
        return Ok(());
    }
    let centres = under_load()?;
    let each = DISPLAYS / centres.len();
    eprintln!("display: {DISPLAYS} displays at {} centres, {WAITING} people who wait", centres.len());
    let mut world = World::make(Kind::Sqlite, &Files::for_load().await?).await?;
    let mut database = world.direct().await?;
    let coded = centres.iter().map(|centre| format!("'{}'", centre.code)).collect::<Vec<_>>().join(", ");
    fill(&mut database, WAITING, &format!("centre_id in (select id from centre where code in ({coded}))")).await?;
    database.run("update token set state = 'admitted', admitted_at = unixepoch() - 600 + number % 500".into()).await?;
    let mut ids = Vec::with_capacity(centres.len());
    for centre in &centres {
        ids.push(database.count(format!("select id from centre where code = '{}'", centre.code)).await?);
    }
    drop(database);
    let server = world.serve()?;
    let cookie: Arc<str> = officer(&world, server).await?.into();

    let (shown, mut seen) = mpsc::unbounded_channel();
    let mut displays = tokio::task::JoinSet::new();
    for (at, centre) in centres.iter().enumerate() {
        for _ in 0..each {
            displays.spawn(display(server, centre.code.clone(), at, shown.clone()));
        }
    }
    // The first word of each is what stands there already.
    for _ in 0..each * centres.len() {
        seen.recv().await.ok_or("no display opened")?;
    }
    let mut phones = tokio::task::JoinSet::new();
    for phone in 0..PHONES {
        phones.spawn(ask(server, phone));
    }

    let mut connection = Connection::open(server).await?;
    let (began, used) = (Instant::now(), world.processor_seconds()?);
    let (mut took, mut key) = (Vec::new(), 0_usize);
    let mut due = tokio::time::Instant::now();
    while began.elapsed() < WATCHED {
        tokio::time::sleep_until(due).await;
        due += CALLED_EVERY;
        let at = key % centres.len();
        key += 1;
        let called = Instant::now();
        call(&mut connection, &cookie, ids[at], key).await?;
        for _ in 0..each {
            let waits = tokio::time::timeout(LONGEST, seen.recv());
            let (of, when): (usize, Instant) = waits.await?.ok_or("the displays have closed")?;
            if of != at {
                return Err("another centre's display has changed".into());
            }
            took.push(when.duration_since(called));
        }
    }
    let cores = (world.processor_seconds()? - used) / began.elapsed().as_secs_f64();
    phones.shutdown().await;
    displays.shutdown().await;
    report.figure("display_cpu_cores", cores, "cores")?;
    report.figure("call_to_display_ms", percentile(&mut took, 99), "ms")
}

/// A display: says when it was told of a call.
async fn display(server: SocketAddr, code: String, at: usize, shown: mpsc::UnboundedSender<(usize, Instant)>) -> Outcome {
    let mut stream = TcpStream::connect(server).await?;
    let request = format!("GET /centre/{code}/calls HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let (mut buffer, mut text) = (vec![0_u8; 16 * 1024], String::new());
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Err("a display was hung up on".into());
        }
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        // An event ends with an empty line.
        while let Some(end) = text.find("\n\n") {
            let is_call = text[..end].contains("event: calls");
            text.drain(..end + 2);
            if is_call && shown.send((at, Instant::now())).is_err() {
                return Ok(());
            }
        }
    }
}

/// Some of the people who wait: each asks where they stand every fifteen seconds.
async fn ask(server: SocketAddr, phone: i64) -> Outcome {
    let mut connection = Connection::open(server).await?;
    let own = WAITING / PHONES;
    let pause = ASKED_EVERY / u32::try_from(own)?;
    let mut due = tokio::time::Instant::now();
    for person in (0..own).cycle() {
        tokio::time::sleep_until(due).await;
        due += pause;
        let request = format!("GET /t/{:010}/turn HTTP/1.1\r\nHost: localhost\r\n\r\n", phone * own + person + 1);
        let status = connection.ask(request.as_bytes()).await?.status;
        if status != 200 {
            return Err(format!("a position was answered {status}").into());
        }
    }
    Ok(())
}

async fn call(connection: &mut Connection, cookie: &str, centre: i64, key: usize) -> Outcome {
    let body = format!("centre={centre}&counter=1&stage=dose&call=next&number=&key=bench{key}");
    let head = format!("POST /centre/hall HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let request = format!("{head}{form}Content-Length: {}\r\n\r\n{body}", body.len());
    let answer = connection.ask(request.as_bytes()).await?;
    if answer.status == 303 { Ok(()) } else { Err(format!("a call was answered {}", answer.status).into()) }
}
