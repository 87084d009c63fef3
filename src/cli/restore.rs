//! `baari restore`

use std::path::PathBuf;

use super::{DataArgs, Failure};
use crate::clock::Clock;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// The copy of baari.sqlite. Without it the database itself has been brought back already, as PostgreSQL's own tools do it.
    copy: Option<PathBuf>,
}

/// Puts the copy where the server looks for it, and changes the epoch: a phone that hears it begins anew, and sends again what
/// it wrote in the last three days. What the database has already is answered again, and nothing is doubled. Numbers and serials that
/// were given out after the copy was made are passed over.
pub(super) async fn run(Args { data, copy }: Args) -> Result<(), Failure> {
    if let Some(copy) = copy {
        let file = data.file();
        if data.database.is_some() {
            return Err("a cluster is brought back with its own tools; then run baari restore without a file".into());
        }
        if file.exists() {
            return Err(format!("{} is there: stop the server and move it away first, with its -wal and -shm", file.display()).into());
        }
        std::fs::create_dir_all(&data.data)?;
        std::fs::copy(&copy, &file).map_err(|error| format!("{} cannot be copied to {}: {error}", copy.display(), file.display()))?;
        std::fs::File::open(&file)?.sync_all()?;
    }
    let core = data.open(Clock::system(), "http://localhost".into()).await?;
    core.restored().await?;
    println!("restored; gates begin anew when they are heard, and send again what they wrote in the last three days");
    Ok(())
}
