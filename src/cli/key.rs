//! `baari key`

use clap::Subcommand;

use super::{DataArgs, Failure};
use crate::actions::log_in::add_api_key;
use crate::clock::Clock;
use crate::domain::place::{Role, Scope};
use crate::keyring::rotate;
use crate::storage::journal::Act;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new signing key. Tokens signed with older keys stay good.
    Rotate {
        #[command(flatten)]
        data: DataArgs,
    },
    /// Make an API key; its secret is printed once.
    Add {
        #[command(flatten)]
        data: DataArgs,
        /// What the key is called in the journal.
        name: String,
        /// clerk, operator, district_officer or state_officer.
        #[arg(long)]
        role: String,
        /// The code of its zone (clerk), centre (operator) or district (district_officer).
        #[arg(long, default_value = "")]
        place: String,
    },
    /// Revoke an API key.
    Revoke {
        #[command(flatten)]
        data: DataArgs,
        /// What the key is called.
        name: String,
    },
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Rotate { data } => {
            let (db, master, chance) = data.open_database().await?;
            let kid = rotate(&db, &master, &chance, Clock::system().now()).await?;
            println!("tokens are signed with key {kid} from now on; running servers take it up within a minute");
        }
        Command::Add { data, name, role, place } => {
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            let role: Role = role.parse().map_err(|error| format!("--role {error}"))?;
            let scope = super::user::scope(&core.board(), role, &place)?;
            if name.trim().is_empty() || core.read().await?.has_api_key(&name).await? {
                return Err(format!("the key needs a name of its own, and {name:?} is empty or taken").into());
            }
            println!("{}", add_api_key(&core, &name, role, scope).await?);
        }
        Command::Revoke { data, name } => {
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            let mut tx = core.write().await?;
            let found = tx.revoke_api_key(&name, core.clock.now()).await?;
            if found {
                tx.add_entries(&[core.note_in("cli", Scope::State, Act::RevokeApiKey, Some(format!("key:{name}")))]).await?;
            }
            tx.commit().await?;
            if !found {
                return Err(format!("there is no live key named {name}").into());
            }
            println!("{name} is revoked; running servers refuse it within seconds");
        }
    }
    Ok(())
}
