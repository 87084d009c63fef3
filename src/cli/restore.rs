//! `baari restore`

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::{DataArgs, Failure};
use crate::clock::Clock;
use crate::core::brought_back;
use crate::keyring::Keyring;
use crate::storage::Tx;
use crate::storage::checkup::Tables;

/// What SQLite keeps beside a database file. It belongs to that one file, and would be taken for another's that lies in its place.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// The copy of baari.sqlite. Without it the database itself has been brought back already, as PostgreSQL's own tools do it.
    copy: Option<PathBuf>,
}

/// Puts the copy where the server looks for it, and changes the epoch: a phone or a desk that hears it begins anew, and sends again what
/// it wrote in the last three days. What the database has already is answered again, and nothing is doubled. Numbers and serials that
/// were given out after the copy was made are passed over.
///
/// All of it is done or nothing: the file has its name only when it is whole, ours, opened by the key that is there, and put in order.
pub(super) async fn run(Args { data, copy }: Args) -> Result<(), Failure> {
    match copy {
        Some(_) if data.database.is_some() => {
            return Err("a cluster is brought back with its own tools; then run baari restore without a file".into());
        }
        Some(copy) => {
            let (file, making) = (data.file(), data.file().with_extension("sqlite.restoring"));
            refuse_to_overwrite(&file)?;
            fs::create_dir_all(&data.data)?;
            remove(&making)?;
            take(&copy, &making).map_err(|error| format!("{} cannot be copied to {}: {error}", copy.display(), making.display()))?;
            check(&making).await.map_err(|why| format!("{} {why}", copy.display()))?;
            put_in_order(&data, &making).await?;
            File::open(&making)?.sync_all()?;
            fs::rename(&making, &file)?;
            File::open(&data.data)?.sync_all()?;
        }
        None if data.database.is_none() && !data.file().exists() => {
            return Err(format!("there is no {}; name the copy: baari restore COPY", data.file().display()).into());
        }
        None => put_in_order(&data, &data.file()).await?,
    }
    println!("restored; gates and desks begin anew when they are heard, and send again what they wrote in the last three days");
    Ok(())
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn refuse_to_overwrite(file: &Path) -> Result<(), Failure> {
    let all = [file.to_owned()].into_iter().chain(BESIDE.map(|ending| beside(file, ending)));
    let there: Vec<_> = all.filter(|file| file.exists()).map(|file| file.display().to_string()).collect();
    if there.is_empty() { Ok(()) } else { Err(format!("stop the server and move these away first: {}", there.join(", ")).into()) }
}

/// Takes away what an earlier try has left.
fn remove(file: &Path) -> std::io::Result<()> {
    for file in [file.to_owned()].into_iter().chain(BESIDE.map(|ending| beside(file, ending))) {
        match fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// A copy that was made file by file, not by SQLite, has its newest part beside it.
fn take(copy: &Path, to: &Path) -> std::io::Result<()> {
    fs::copy(copy, to)?;
    let newest = beside(copy, "-wal");
    if newest.exists() {
        fs::copy(newest, beside(to, "-wal"))?;
    }
    Ok(())
}

async fn check(file: &Path) -> Result<(), String> {
    let unreadable = |error: sqlx::Error| format!("cannot be read: {error}");
    let mut tx = Tx::look_at_file(file).await.map_err(unreadable)?;
    let faults = tx.engine().await.map_err(unreadable)?.faults;
    if let Some(fault) = faults.first() {
        return Err(format!("is damaged: {fault}; take an older copy"));
    }
    match tx.tables().await.map_err(unreadable)? {
        Tables::None => Err("is no database of Baari's".into()),
        _ => Ok(()),
    }
}

async fn put_in_order(data: &DataArgs, file: &Path) -> Result<(), Failure> {
    let (db, master, chance) = data.open_database_in(file).await?;
    let now = Clock::system().now();
    Keyring::open(&db, &master, &chance, now).await?;
    brought_back(&db, &chance, now).await?;
    Ok(db.close().await?)
}
