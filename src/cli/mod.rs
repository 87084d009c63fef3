//! The command line.

mod demo;
mod doctor;
mod export;
mod import;
mod key;
mod portal;
mod restore;
mod serve;
mod tls;
mod user;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};

use crate::actions::Actor;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::core::Core;
use crate::domain::campaign::Campaign;
use crate::domain::place::{Role, Scope};
use crate::keyring::MasterKey;
use crate::storage::Db;

/// Time-slotted vaccination tokens that hold with and without a link.
#[derive(Debug, Parser)]
#[command(name = "baari", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve.
    Serve(ServeArgs),
    /// Serve a filled-in demonstration of Raipur on a clock of its own.
    Demo(ServeArgs),
    /// Write doses into a signed file, where no link ever comes.
    Export(export::Args),
    /// Take in CSV files of districts, zones, centres, sessions and users.
    Import(import::Args),
    /// Add people who log in.
    User(user::Args),
    /// Add and revoke API keys; rotate the signing key.
    Key(key::Args),
    /// Check the database, the keys, the audit log's seals and what waits; nothing is changed.
    Doctor(doctor::Args),
    /// Bring the database back from a copy, so that gates send again what it lacks.
    Restore(restore::Args),
    /// The national portal: a stand-in to try with, and its numbers of the centres.
    Portal(portal::Args),
}

/// Where the data is.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// The folder of the SQLite file and the master key.
    #[arg(long, env = "BAARI_DATA", default_value = "data", value_name = "DIR")]
    data: PathBuf,
    /// A PostgreSQL address instead of the SQLite file.
    #[arg(long, env = "BAARI_DATABASE", value_name = "URL")]
    database: Option<String>,
    /// A file with the master key, 64 hexadecimal digits; made when it is not there [default: DIR/master.key].
    #[arg(long, env = "BAARI_MASTER_KEY_FILE", value_name = "FILE")]
    master_key_file: Option<PathBuf>,
    /// The master key itself.
    #[arg(long, env = "BAARI_MASTER_KEY", value_name = "HEX", hide_env_values = true)]
    master_key: Option<String>,
    /// A file of the campaign's rules instead of the built-in ones.
    #[arg(long, env = "BAARI_CAMPAIGN", value_name = "FILE")]
    campaign: Option<PathBuf>,
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Where to listen; port 0 picks a free one.
    #[arg(long, env = "BAARI_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR:PORT")]
    listen: SocketAddr,
    /// The address that QR codes and links carry [default: http:// or https:// and where it listens].
    #[arg(long, env = "BAARI_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Where to serve /metrics; absent: nowhere.
    #[arg(long, env = "BAARI_METRICS", value_name = "ADDR:PORT")]
    metrics: Option<SocketAddr>,
    /// A file that describes the SMS gateway; absent: messages are kept in the outbox.
    #[arg(long, env = "BAARI_SMS", value_name = "FILE")]
    sms: Option<PathBuf>,
    #[command(flatten)]
    tls: tls::TlsArgs,
    #[command(flatten)]
    portal: portal::PortalArgs,
}

/// Something that stops a command, said so that one can act on it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Whoever types commands on the server may do everything.
fn command_line() -> Actor {
    Actor { name: "cli".into(), role: Role::StateOfficer, scope: Scope::State }
}

/// Runs a command; what goes wrong is one line on standard error.
pub async fn run(cli: Cli) -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("BAARI_LOG").unwrap_or_else(|_| "baari=info,warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let done = match cli.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Export(args) => export::run(args).await,
        Command::Import(args) => import::run(args).await,
        Command::User(args) => user::run(args).await,
        Command::Key(args) => key::run(args).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Restore(args) => restore::run(args).await,
        Command::Portal(args) => portal::run(args).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("baari: {error}");
            ExitCode::FAILURE
        }
    }
}

impl DataArgs {
    async fn open(&self, clock: Clock, public_url: String) -> Result<Arc<Core>, Failure> {
        let (db, master, chance) = self.open_database().await?;
        let campaign = match &self.campaign {
            Some(file) => {
                let rules =
                    std::fs::read_to_string(file).map_err(|error| format!("the rules file {} cannot be read: {error}", file.display()))?;
                Campaign::read(&rules).map_err(|error| format!("the rules file {} is wrong: {error}", file.display()))?
            }
            None => Campaign::built_in(),
        };
        Ok(Box::pin(Core::open(db, clock, chance, campaign, master, public_url)).await?)
    }

    /// The SQLite file.
    fn file(&self) -> PathBuf {
        self.data.join("baari.sqlite")
    }

    /// The file of the master key.
    fn key_file(&self) -> PathBuf {
        self.master_key_file.clone().unwrap_or_else(|| self.data.join("master.key"))
    }

    async fn open_database(&self) -> Result<(Db, MasterKey, Chance), Failure> {
        self.open_database_in(&self.file()).await
    }

    /// The cluster, or this SQLite file, and its master key.
    async fn open_database_in(&self, file: &Path) -> Result<(Db, MasterKey, Chance), Failure> {
        let chance = Chance::system();
        std::fs::create_dir_all(&self.data)
            .map_err(|error| format!("the data folder {} cannot be made: {error}; name another with --data", self.data.display()))?;
        let db = match &self.database {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => Db::open_postgres(url).await?,
            Some(_) => {
                return Err("--database takes an address such as postgres://user@host/name; without it, SQLite in --data is used".into());
            }
            None => Db::open_sqlite(file).await?,
        };
        let master = match &self.master_key {
            Some(hex) => MasterKey::from_hex(hex)?,
            None => MasterKey::from_file(&self.key_file(), &db, &chance).await?,
        };
        Ok((db, master, chance))
    }
}
