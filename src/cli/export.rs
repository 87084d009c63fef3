//! `baari export`

use std::path::PathBuf;

use clap::Subcommand;

use super::{DataArgs, Failure, command_line};
use crate::actions::carry_doses::export_doses;
use crate::clock::Clock;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the doses that are not on the portal into a signed file for the headquarters.
    Doses {
        #[command(flatten)]
        data: DataArgs,
        /// Those that are not on the portal and not handed over: the only ones that are ever written.
        #[arg(long, required = true)]
        unsent: bool,
        /// The file to write; it must not be there yet.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Command::Doses { data, out, unsent: _ } = args.command;
    let core = data.open(Clock::system(), "http://localhost".into()).await?;
    let shown = out.display();
    let (file, count) = export_doses(&core, &command_line()).await?;
    if count == 0 {
        println!("every dose is on the portal or handed over: there is nothing to write");
        return Ok(());
    }
    let made = std::fs::File::create_new(&out).and_then(|mut made| {
        use std::io::Write;
        made.write_all(&file)?;
        made.sync_all()
    });
    made.map_err(|error| format!("{shown} cannot be written: {error}"))?;
    println!("{shown}: {count} doses. They stay on the list until the headquarters' acknowledgement: baari import ack FILE");
    Ok(())
}
