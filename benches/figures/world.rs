//! A field of its own for each figure: a folder, a database, and servers on it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::Outcome;
use crate::database::{Direct, Kind, OnCluster};
use crate::field::Files;
use crate::process::Process;

/// Servers, their database and their folder. They go in this order.
pub struct World {
    servers: Vec<Process>,
    database: Option<OnCluster>,
    folder: TempDir,
}

impl World {
    /// Takes in the field's files.
    pub async fn make(kind: Kind, files: &Files) -> Outcome<Self> {
        let database = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(OnCluster::make().await?),
        };
        let world = Self { servers: Vec::new(), database, folder: folder()? };
        for (name, csv) in files.in_order() {
            let file = world.folder.path().join(name);
            std::fs::write(&file, csv)?;
            world.run(world.baari(&["import"]).arg(file))?;
        }
        Ok(world)
    }

    /// Makes an API key; its secret.
    pub fn key(&self, role: &str, place: &str) -> Outcome<String> {
        let name = format!("{role}-{place}").to_lowercase();
        self.run(self.baari(&["key", "add"]).args([&name, "--role", role, "--place", place]))
    }

    /// Adds somebody who logs in.
    pub fn user(&self, username: &str, role: &str, password: &str) -> Outcome {
        self.run(self.baari(&["user", "add"]).args([username, "--role", role, "--password", password])).map(drop)
    }

    /// Starts one more server on the same database.
    pub fn serve(&mut self) -> Outcome<SocketAddr> {
        self.serve_with(&[])
    }

    /// The same with further options.
    pub fn serve_with(&mut self, options: &[&str]) -> Outcome<SocketAddr> {
        let mut command = self.baari(&["serve"]);
        let server = Process::start(command.args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]).args(options))?;
        let address = server.address;
        self.servers.push(server);
        Ok(address)
    }

    /// Types a command on the server, with what it is to read; what it printed.
    pub fn type_in(&self, words: &[&str], file: &Path) -> Outcome<String> {
        self.run(self.baari(words).arg(file))
    }

    /// Where files can be put.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The most memory that any of the servers has ever held, in megabytes.
    pub fn peak_memory(&self) -> Outcome<f64> {
        self.servers.iter().map(Process::peak_memory).try_fold(0.0, |most, one| Ok(one?.max(most)))
    }

    /// How much of the processors' time the servers have had, in seconds.
    pub fn processor_seconds(&self) -> Outcome<f64> {
        self.servers.iter().map(Process::processor_seconds).try_fold(0.0, |sum, one| Ok(sum + one?))
    }

    /// A connection past the servers.
    pub async fn direct(&self) -> Outcome<Direct> {
        match &self.database {
            Some(database) => Direct::to_cluster(&database.url()).await,
            None => Direct::to_file(&self.data().join("baari.sqlite")).await,
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn baari(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baari"));
        command.env("BAARI_LOG", "warn").args(words).arg("--data").arg(self.data());
        if let Some(database) = &self.database {
            command.args(["--database", &database.url()]);
        }
        command
    }

    fn run(&self, command: &mut Command) -> Outcome<String> {
        let done = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        let printed = String::from_utf8(done.stdout)?.trim().to_owned();
        if done.status.success() { Ok(printed) } else { Err(format!("{command:?} failed in {}", self.folder.path().display()).into()) }
    }
}

/// A folder on the same disk as everything that is built, which is no file system in memory.
pub fn folder() -> Outcome<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}
