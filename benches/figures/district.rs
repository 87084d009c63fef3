//! The district's day with a million tokens in the database, and ten thousand people moved while issuing goes on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use baari::domain::number::{BadNumber, TokenNumber};

use crate::Outcome;
use crate::client::{Connection, header};
use crate::database::{Direct, Kind};
use crate::field::{DISTRICT_DAYS, Files, now};
use crate::report::Report;
use crate::requests::Offices;
use crate::world::World;

/// Tokens in the database when the day is looked at, over all its days; `BAARI_DAY_TOKENS` for fewer.
const TOKENS: i64 = 1_000_000;

/// People of the session that is stopped; `BAARI_MOVED` for fewer.
const MOVED: i64 = 10_000;

/// How often the day is looked at, by so many officers at a time.
const LOOKS: usize = 60;
const OFFICERS: usize = 4;

/// How long an officer looks before looking again.
const READS: Duration = Duration::from_millis(100);

/// One person is issued a token so often while the move goes on.
const ISSUING: Duration = Duration::from_millis(10);

/// How long the move may take at most.
const LONGEST: Duration = Duration::from_mins(2);

/// Measures both.
pub async fn measure(report: &mut Report) -> Outcome {
    if report.wants("district_day", Kind::Sqlite) {
        day(report).await?;
    }
    if report.wants("move", Kind::Sqlite) {
        moving(report).await?;
    }
    Ok(())
}

fn size(variable: &str, full: i64) -> i64 {
    std::env::var(variable).ok().and_then(|size| size.parse().ok()).unwrap_or(full)
}

async fn day(report: &mut Report) -> Outcome {
    let tokens = size("BAARI_DAY_TOKENS", TOKENS);
    eprintln!("district_day: 500 centres, {tokens} tokens over {DISTRICT_DAYS} days");
    let mut world = World::make(Kind::Sqlite, &Files::for_a_district()?).await?;
    let mut database = world.direct().await?;
    fill(&mut database, tokens, "1 = 1").await?;
    let today = now().day().start().0;
    let admitted = "insert into scan (id, kind, number, revision, centre_id, verdict, stranger, late, phone_at, clock_proved, server_at, by_whom) \
        select randomblob(16), 'scan', number, 1, centre_id, case when number % 130 = 0 then 'too_late' else 'admitted' end, false, false, \
        admitted_at, true, admitted_at, 'gate:1' from token where admitted_at is not null";
    database
        .run("update token set state = 'left', admitted_at = (select starts from slot where id = slot_id) where number % 70 <> 0".into())
        .await?;
    database.run(format!("update token set state = 'admitted' where number % 90 = 0 and admitted_at >= {today}")).await?;
    database.run(admitted.into()).await?;
    drop(database);
    let server = world.serve()?;
    let cookie = officer(&world, server).await?;
    let request = get("/district?lang=en", &cookie);
    let first = Instant::now();
    let answer = Connection::open(server).await?.ask(&request).await?.status;
    if answer != 200 {
        return Err(format!("the day was answered {answer}").into());
    }
    report.figure("district_day_first_ms", first.elapsed().as_secs_f64() * 1000.0, "ms")?;
    let mut looking = tokio::task::JoinSet::new();
    for _ in 0..OFFICERS {
        looking.spawn(look(server, request.clone()));
    }
    let mut waits = Vec::new();
    while let Some(own) = looking.join_next().await {
        waits.extend(own??);
    }
    report.figure("district_day_p95_ms", percentile(&mut waits, 95), "ms")
}

async fn look(server: SocketAddr, request: Vec<u8>) -> Outcome<Vec<Duration>> {
    let mut connection = Connection::open(server).await?;
    let mut waits = Vec::with_capacity(LOOKS);
    for _ in 0..LOOKS {
        let at = Instant::now();
        connection.ask(&request).await?;
        waits.push(at.elapsed());
        tokio::time::sleep(READS).await;
    }
    Ok(waits)
}

async fn moving(report: &mut Report) -> Outcome {
    let people = size("BAARI_MOVED", MOVED);
    eprintln!("move: {people} people of one session");
    let mut world = World::make(Kind::Sqlite, &Files::for_a_move(people).await?).await?;
    let mut database = world.direct().await?;
    let stopped = "session_id = (select min(id) from session)";
    fill(&mut database, people, stopped).await?;
    let session = database.count("select min(id) from session".into()).await?;
    let server = world.serve()?;
    let cookie = officer(&world, server).await?;
    let offices = Offices::open(&world, server).await?.on(now().day());
    let over = Arc::new(AtomicBool::new(false));
    let issuing = tokio::spawn(issue(offices, server, Arc::clone(&over)));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let at = Instant::now();
    let body = "what=move&key=bench&reason=no_vaccine";
    let head = format!("POST /district/sessions/{session}/stop HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let request = format!("{head}{form}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
    let status = Connection::open(server).await?.ask(&request).await?.status;
    if status != 303 {
        return Err(format!("stopping was answered {status}").into());
    }
    while database.count("select count(*) from move_job where finished_at is null".into()).await? > 0 {
        if at.elapsed() > LONGEST {
            return Err("the move does not end".into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = at.elapsed();
    over.store(true, Ordering::Relaxed);
    let mut waits = issuing.await??;
    let moved = database.count("select count(*) from token where revision = 2".into()).await?;
    report.exactly("moved", usize::try_from(moved)?, "people", usize::try_from(people)?)?;
    report.figure("move_10000_s", took.as_secs_f64() * 10_000.0 / f64::from(u32::try_from(people)?), "s")?;
    report.figure("move_issue_p99_ms", percentile(&mut waits, 99), "ms")
}

/// Issues at an even pace until the move is over. How long each took from the moment when it was due.
async fn issue(offices: Offices, server: SocketAddr, over: Arc<AtomicBool>) -> Outcome<Vec<Duration>> {
    let mut connection = Connection::open(server).await?;
    let (mut waits, mut due) = (Vec::new(), Instant::now());
    for person in 1.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let answer = connection.ask(&offices.issue(person)).await?;
        if answer.status != 201 {
            return Err(format!("issuing was answered {}: {}", answer.status, String::from_utf8_lossy(answer.body)).into());
        }
        waits.push(due.elapsed());
        due += ISSUING;
    }
    Ok(waits)
}

/// Somebody for each token of the slots that a condition holds for, spread evenly over the slots: what years of use would leave in the tables.
pub async fn fill(database: &mut Direct, tokens: i64, slots: &str) -> Outcome {
    let numbered =
        format!("create table filling as select row_number() over (order by id) - 1 as k, id, centre_id, starts from slot where {slots}");
    database.run(numbered).await?;
    let slots = database.count("select count(*) from filling".into()).await?;
    let people = format!("with recursive n (i) as (select 1 union all select i + 1 from n where i < {tokens})");
    database
        .run(format!(
            "insert into beneficiary (id, mobile_of, name, name_key, birth_year, gender, category, certificate, language, needs, made_at) {people} \
             select unhex(printf('%032x', i)), 'own', 'Sita Verma', '', 1935 + i % 40, 'female', 'citizen', true, 'hi', '', 0 from n"
        ))
        .await?;
    database.run("create table numbered (i integer primary key, number integer)".into()).await?;
    for chunk in (1..=tokens).collect::<Vec<_>>().chunks(10_000) {
        let rows: Result<Vec<_>, _> = chunk.iter().map(|i| Ok(format!("({i}, {})", TokenNumber::from_nine(*i)?.plain()))).collect();
        let rows = rows.map_err(|_: BadNumber| "more tokens than numbers")?;
        database.run(format!("insert into numbered (i, number) values {}", rows.join(", "))).await?;
    }
    database
        .run(format!(
            "insert into token (number, beneficiary_id, dose, vaccine, centre_id, slot_id, owner, serial, revision, state, id_type, id_end, link, \
             secret_code, cose, issued_at, issued_by, revised_at) \
             select number, unhex(printf('%032x', i)), 1, 'covishield', filling.centre_id, filling.id, 'open', i / {slots} + 1, 1, 'issued', \
             'voter_id', '2345', printf('%010d', i), '1234', randomblob(118), filling.starts - 86400, 'key:1', 0 \
             from numbered join filling on filling.k = i % {slots}"
        ))
        .await?;
    let live = "(select count(*) from token where token.slot_id";
    database
        .run(format!("update slot set taken = {live} = slot.id), serials = {live} = slot.id) where id in (select id from filling)"))
        .await?;
    database
        .run(format!("update share set taken = {live} = share.slot_id) where owner = 'open' and slot_id in (select id from filling)"))
        .await?;
    database.run("drop table numbered".into()).await?;
    database.run("drop table filling".into()).await.map(drop)
}

/// Logs a state officer in; the cookie.
pub async fn officer(world: &World, server: SocketAddr) -> Outcome<String> {
    world.user("bench", "state_officer", "bench-password")?;
    let body = "username=bench&password=bench-password&next=";
    let head = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
    let mut connection = Connection::open(server).await?;
    let answer = connection.ask(&request).await?;
    let cookie = header(answer.head, "set-cookie").and_then(|cookie| cookie.split(';').next()).ok_or("nobody was logged in")?;
    Ok(cookie.to_owned())
}

fn get(path: &str, cookie: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n").into_bytes()
}

/// So many in a hundred took at most this long, in milliseconds.
pub fn percentile(waits: &mut [Duration], percent: usize) -> f64 {
    waits.sort_unstable();
    waits.get(waits.len() * percent / 100).map_or(0.0, |wait| wait.as_secs_f64() * 1000.0)
}
