//! What this machine could do at best: a bare server that does one thing, in a process of its own.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use baari::chance::Chance;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Database, Encode, Executor, Postgres, QueryBuilder, Sqlite, Type};
use tokio::sync::{mpsc, oneshot};

use crate::Outcome;
use crate::database::{Kind, OnCluster};
use crate::load::{Load, Measured};
use crate::process::Process;
use crate::requests;

/// This program's first argument when it is to be such a server.
pub const ARGUMENT: &str = "--ceiling";

/// The most rows of one commit.
const GROUP: usize = 256;

const TABLE: &str = "create table bare (id bytea primary key, text text not null, number bigint not null)";

/// An id, a text and a number.
type Row = (Vec<u8>, String, i64);

/// A row, and who waits for its commit.
struct Job {
    row: Row,
    done: oneshot::Sender<()>,
}

#[derive(serde::Deserialize)]
struct Asked {
    text: String,
    number: i64,
}

/// Inserts of one row each, answered after the commit.
pub async fn inserts(kind: Kind) -> Outcome<Measured> {
    let folder = crate::world::folder()?;
    let database = if kind == Kind::Postgres { Some(OnCluster::make().await?) } else { None };
    let file = || folder.path().join("bare.sqlite").display().to_string();
    let target = database.as_ref().map_or_else(file, OnCluster::url);
    let server = start(kind.name(), &target)?;
    let body = json!({ "text": "A".repeat(200), "number": 1 });
    let request = requests::post("/", "", &body);
    load(server.address, request).run().await
}

/// Pages that are always the same: an answer's head and body from a file.
pub async fn pages(file: &std::path::Path, request: Vec<u8>) -> Outcome<Measured> {
    let server = start("page", &file.display().to_string())?;
    load(server.address, request).run().await
}

/// The load of one request again and again.
pub fn load(address: SocketAddr, request: Vec<u8>) -> Load {
    Load { address, requests: Arc::new(vec![request]), again: true, status: 200, keep: false, beyond: Duration::ZERO }
}

fn start(what: &str, target: &str) -> Outcome<Process> {
    Process::start(Command::new(std::env::current_exe()?).args([ARGUMENT, what, target]))
}

/// Is such a server until it is killed.
pub async fn serve(arguments: &[String]) -> Outcome {
    let [what, target] = arguments else { return Err("what to serve, and where from?".into()) };
    let routes = match what.as_str() {
        "page" => page(&std::fs::read(target)?)?,
        "sqlite" => {
            let options = SqliteConnectOptions::new().filename(target).create_if_missing(true).statement_cache_capacity(GROUP + 10);
            let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
            inserting(Writer::Sqlite(SqliteConnection::connect_with(&options).await?)).await?
        }
        _ => {
            let options: PgConnectOptions = target.parse()?;
            let options = options.statement_cache_capacity(GROUP + 10);
            inserting(Writer::Postgres(PgConnection::connect_with(&options).await?)).await?
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

async fn inserting(mut writer: Writer) -> Outcome<Router> {
    match &mut writer {
        Writer::Sqlite(connection) => connection.execute(TABLE).await.map(drop)?,
        Writer::Postgres(connection) => connection.execute(TABLE).await.map(drop)?,
    }
    let (queue, waiting) = mpsc::channel(4096);
    tokio::spawn(write(waiting, writer));
    let chance = Arc::new(Chance::system());
    let insert = async move |Json(asked): Json<Asked>| -> Result<Json<Value>, StatusCode> {
        let (done, written) = oneshot::channel();
        let row = (chance.bytes::<16>().to_vec(), asked.text, asked.number);
        let gone = StatusCode::INTERNAL_SERVER_ERROR;
        queue.send(Job { row, done }).await.map_err(|_| gone)?;
        written.await.map_err(|_| gone)?;
        Ok(Json(json!({ "done": true })))
    };
    Ok(Router::new().route("/", post(insert)))
}

enum Writer {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Writes what waits by one statement, which is one transaction. Whoever waits for a failed one sees its channel close.
async fn write(mut waiting: mpsc::Receiver<Job>, mut writer: Writer) {
    let mut jobs = Vec::with_capacity(GROUP);
    while waiting.recv_many(&mut jobs, GROUP).await > 0 {
        let (rows, answers): (Vec<_>, Vec<_>) = jobs.drain(..).map(|job| (job.row, job.done)).unzip();
        if let Err(error) = writer.insert(rows).await {
            eprintln!("the ceiling cannot write: {error}");
            continue;
        }
        for answer in answers {
            let _ = answer.send(());
        }
    }
}

impl Writer {
    async fn insert(&mut self, rows: Vec<Row>) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(connection) => statement::<Sqlite>(rows).build().execute(connection).await.map(drop),
            Self::Postgres(connection) => statement::<Postgres>(rows).build().execute(connection).await.map(drop),
        }
    }
}

/// The same statement for both databases; prepared once for each number of rows.
fn statement<D: Database>(rows: Vec<Row>) -> QueryBuilder<D>
where
    for<'q> Vec<u8>: Encode<'q, D> + Type<D>,
    for<'q> String: Encode<'q, D> + Type<D>,
    for<'q> i64: Encode<'q, D> + Type<D>,
{
    let mut sql = QueryBuilder::new("insert into bare (id, text, number) ");
    sql.push_values(rows, |mut row, (id, text, number)| {
        row.push_bind(id).push_bind(text).push_bind(number);
    });
    sql
}

/// Answers with the same headers and body each time.
fn page(answer: &[u8]) -> Outcome<Router> {
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("a page without a head")?;
    let mut headers = HeaderMap::new();
    // The server itself adds these.
    let added = |name: &str| ["date", "content-length"].contains(&name.to_lowercase().as_str());
    for (name, value) in
        std::str::from_utf8(&answer[..at])?.lines().filter_map(|line| line.split_once(':')).filter(|(name, _)| !added(name))
    {
        headers.insert(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value.trim())?);
    }
    let body = Bytes::copy_from_slice(&answer[at + 4..]);
    Ok(Router::new().route("/", get(async move || (headers, body))))
}
