//! `baari key`

use clap::Subcommand;

use super::{DataArgs, Failure, command_line};
use crate::actions::carry_doses::{distrust_key, trust_keys};
use crate::actions::log_in::add_api_key;
use crate::clock::Clock;
use crate::domain::place::{Role, Scope};
use crate::domain::signed_file::thumbprint;
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
    /// Print the public keys that files and tokens of this installation are checked with, as a JWK set.
    Public {
        #[command(flatten)]
        data: DataArgs,
    },
    /// Trust another installation's keys: its files of doses, or of acknowledgements, are taken in.
    Trust {
        #[command(flatten)]
        data: DataArgs,
        /// Whose keys they are.
        #[arg(long)]
        name: String,
        /// A file of baari key public, or the address of /.well-known/jwks.json.
        from: String,
    },
    /// List the keys of other installations that are trusted.
    Trusted {
        #[command(flatten)]
        data: DataArgs,
    },
    /// Trust a key no more.
    Distrust {
        #[command(flatten)]
        data: DataArgs,
        /// The key's fingerprint, as `baari key trusted` shows it.
        fingerprint: String,
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
        Command::Public { data } => {
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            println!("{}", core.keys().jwks());
        }
        Command::Trust { data, name, from } => {
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            let failed = |error: &dyn std::fmt::Display| format!("{from} cannot be read: {error}");
            let jwks = if from.starts_with("https://") || from.starts_with("http://") {
                let answer = reqwest::get(&from).await.and_then(reqwest::Response::error_for_status).map_err(|error| failed(&error))?;
                answer.text().await.map_err(|error| failed(&error))?
            } else {
                std::fs::read_to_string(&from).map_err(|error| failed(&error))?
            };
            for fingerprint in trust_keys(&core, &command_line(), &name, &jwks).await? {
                println!("{fingerprint}  {name}");
            }
            println!("Compare the fingerprints by telephone with what baari key trusted shows there.");
        }
        Command::Trusted { data } => {
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            for (_, public) in core.keys().publics() {
                println!("{}  (this installation)", thumbprint(public));
            }
            for key in core.read().await?.trusted_keys().await? {
                println!("{}  {}", key.thumbprint, key.name);
            }
        }
        Command::Distrust { data, fingerprint } => {
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            if !distrust_key(&core, &command_line(), &fingerprint).await? {
                return Err(format!("no trusted key has the fingerprint {fingerprint}; baari key trusted lists them").into());
            }
            println!("{fingerprint} is trusted no more");
        }
        Command::Add { data, name, role, place } => {
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            let role: Role = role.parse().map_err(|error| format!("--role {error}"))?;
            let scope = super::user::scope(&core.board(), role, &place)?;
            if name.trim().is_empty() || core.read().await?.api_key_named(&name).await?.is_some() {
                return Err(format!("the key needs a name of its own, and {name:?} is empty or taken").into());
            }
            println!("{}", add_api_key(&core, &name, role, scope).await?);
        }
        Command::Revoke { data, name } => {
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            let mut tx = core.write().await?;
            let key = tx.api_key_named(&name).await?;
            if let Some(key) = key {
                tx.revoke_api_key(key, core.clock.now()).await?;
                tx.add_entries(&[core.note_in("cli", Scope::State, Act::RevokeApiKey, Some(format!("key:{name}")))]).await?;
            }
            tx.commit().await?;
            if key.is_none() {
                return Err(format!("there is no live key named {name}").into());
            }
            println!("{name} is revoked; running servers refuse it within seconds");
        }
    }
    Ok(())
}
