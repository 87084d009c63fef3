//! `baari doctor`

use super::{DataArgs, Failure};
use crate::clock::Clock;
use crate::doctor::{Health, Known, disk, examine};
use crate::keyring::MasterKey;
use crate::storage::Tx;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// A seal of the audit log as it was written down, such as 12:KX7F-2MQA: that nothing was cut off since. May be given more than once.
    #[arg(long = "seal", value_name = "NUMBER:WORD")]
    known: Vec<Known>,
}

/// Prints a line a check. It only reads, so a server may be running.
pub(super) async fn run(Args { data, known }: Args) -> Result<(), Failure> {
    let file = data.file();
    let mut tx = match &data.database {
        Some(url) => Tx::look_at_cluster(url).await?,
        None if !file.exists() => return Err(format!("there is no {}; name its folder with --data", file.display()).into()),
        None => Tx::look_at_file(&file).await?,
    };
    let master = match &data.master_key {
        Some(hex) => MasterKey::from_hex(hex),
        None => MasterKey::read_file(&data.key_file()),
    };
    let mut found = examine(&mut tx, master, &known, Clock::system().now()).await?;
    drop(tx);
    if data.data.exists() {
        found.push(disk(&data.data));
    }
    for finding in &found {
        println!("{finding}");
    }
    match found.iter().filter(|finding| finding.health == Health::Wrong).count() {
        0 => Ok(()),
        wrong => Err(format!("{wrong} of {} checks found something wrong; what to do stands below each", found.len()).into()),
    }
}
