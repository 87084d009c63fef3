//! `baari portal`, and how `serve` is told of the portal.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use tokio::net::TcpListener;

use super::{DataArgs, Failure, command_line};
use crate::actions::reconcile::{name_portal_centres, reconcile};
use crate::clock::Clock;
use crate::portal::test_server::{Switches, TestServer};
use crate::portal::{Portal, Settings};
use crate::workers::uploader::Uploader;
use crate::workers::{Workers, reconciler};

/// How the national portal is reached.
#[derive(Debug, Clone, clap::Args)]
pub struct PortalArgs {
    /// Where doses are uploaded to: cowin:URL, divoc:URL or fhir:URL; absent: nowhere.
    #[arg(long, env = "BAARI_PORTAL", value_name = "TONGUE:URL")]
    portal: Option<String>,
    /// The key or token that the portal knows us by.
    #[arg(long, env = "BAARI_PORTAL_KEY", value_name = "KEY", hide_env_values = true)]
    portal_key: Option<String>,
    /// A file with that key.
    #[arg(long, env = "BAARI_PORTAL_KEY_FILE", value_name = "FILE")]
    portal_key_file: Option<PathBuf>,
    /// How many records are under way at once.
    #[arg(long, env = "BAARI_PORTAL_AT_ONCE", value_name = "N", default_value_t = 16)]
    portal_at_once: usize,
    /// How many seconds a call to the portal may take.
    #[arg(long, env = "BAARI_PORTAL_TIMEOUT", value_name = "SECONDS", default_value_t = 20)]
    portal_timeout: u64,
}

impl PortalArgs {
    /// What was given; nothing: no portal.
    pub(super) fn settings(&self) -> Result<Option<Settings>, Failure> {
        let Some(address) = &self.portal else { return Ok(None) };
        let key = match (&self.portal_key, &self.portal_key_file) {
            (Some(key), _) => key.trim().to_owned(),
            (None, Some(file)) => {
                let read = std::fs::read_to_string(file);
                read.map_err(|error| format!("the portal's key in {} cannot be read: {error}", file.display()))?.trim().to_owned()
            }
            (None, None) => {
                return Err("--portal needs the key that the portal knows us by, in --portal-key-file or BAARI_PORTAL_KEY".into());
            }
        };
        let timeout = Duration::from_secs(self.portal_timeout.max(1));
        Ok(Some(Settings { address: address.clone(), key, at_once: self.portal_at_once, timeout }))
    }
}

/// How often it is looked whether it is time to compare with the portal.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// Starts the uploader, and the evening's comparison.
pub(super) fn start_uploader(workers: &mut Workers, settings: &Settings) -> Result<(), Failure> {
    let portal = Arc::new(Portal::new(settings)?);
    let to_compare = Arc::clone(&portal);
    workers.start_turns("reconciler", LOOK_EVERY, move |shift| reconciler::turn(shift, Arc::clone(&to_compare)));
    let settings = settings.clone();
    workers.start("uploader", move |shift| Uploader::new(shift, Arc::clone(&portal), &settings).work());
    Ok(())
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a stand-in of CoWIN's vaccinator API, which forgets everything when it ends.
    TestServer {
        /// Where to listen, on this machine only; port 0 picks a free one.
        #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR:PORT")]
        listen: SocketAddr,
        /// The key that it knows.
        #[arg(long, default_value = "test", value_name = "KEY")]
        key: String,
        /// Milliseconds that every call takes; POST /test/switches has more.
        #[arg(long, default_value_t = 0, value_name = "MS")]
        slow_ms: u64,
    },
    /// Read back what the portal holds, now, and list what differs.
    Reconcile {
        #[command(flatten)]
        data: DataArgs,
        #[command(flatten)]
        portal: PortalArgs,
        /// Doses given from this day on.
        #[arg(long, value_name = "DATE")]
        from: String,
    },
    /// Take in what the portal calls the centres: a CSV file with the columns centre and portal_id.
    Centres {
        #[command(flatten)]
        data: DataArgs,
        /// The file.
        file: PathBuf,
    },
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::TestServer { listen, key, slow_ms } => {
            if !listen.ip().is_loopback() {
                return Err(format!("the test server listens on this machine only, not on {listen}: anybody could write to it").into());
            }
            let listener = TcpListener::bind(listen).await.map_err(|error| format!("cannot listen on {listen}: {error}"))?;
            let server = TestServer::new(&key);
            server.switch(Switches { slow_ms, ..Switches::default() });
            println!("listening on http://{}", listener.local_addr()?);
            Ok(server.serve(listener).await?)
        }
        Command::Reconcile { data, portal, from } => {
            let settings = portal.settings()?.ok_or("--portal says where the portal is, such as cowin:URL")?;
            let Portal::Cowin(cowin) = Portal::new(&settings)? else {
                return Err("only a portal of the kind cowin: can be read back".into());
            };
            let from = from.parse().map_err(|error| format!("--from {error}"))?;
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            let told = reconcile(&core, &command_line(), &cowin, from).await?;
            println!("{} people were compared", told.people);
            if told.unread > 0 {
                println!("{} could not be: the portal's answer cannot be read", told.unread);
            }
            for (kind, count) in &told.found {
                println!("{count:>7}  {kind}");
            }
            Ok(())
        }
        Command::Centres { data, file } => {
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            let shown = file.display();
            let mut rows = csv::Reader::from_path(&file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
            let (board, mut numbers) = (core.board(), Vec::new());
            for (at, row) in rows.deserialize().enumerate() {
                let line = at + 2;
                let (code, portal_id): (String, String) =
                    row.map_err(|error| format!("{shown}:{line}: {error}; the columns are centre and portal_id"))?;
                let centre = board.centre_by_code(code.trim()).ok_or_else(|| format!("{shown}:{line}: there is no centre {code:?}"))?;
                if portal_id.trim().is_empty() {
                    return Err(format!("{shown}:{line}: the portal's number of {code} is missing").into());
                }
                numbers.push((centre.id, portal_id.trim().to_owned()));
            }
            name_portal_centres(&core, &command_line(), &numbers).await?;
            println!("{shown}: the portal's numbers of {} centres are known", numbers.len());
            Ok(())
        }
    }
}
