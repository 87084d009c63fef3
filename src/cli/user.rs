//! `baari user`

use clap::Subcommand;

use super::{DataArgs, Failure};
use crate::actions::log_in::add_user;
use crate::board::Board;
use crate::clock::Clock;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Fault};
use crate::i18n::Lang;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add somebody who logs in; the first administrator is a state_officer.
    Add {
        #[command(flatten)]
        data: DataArgs,
        /// What they log in as.
        username: String,
        /// What they are called.
        #[arg(long)]
        name: Option<String>,
        /// clerk, operator, district_officer or state_officer.
        #[arg(long)]
        role: String,
        /// The code of their zone (clerk), centre (operator) or district (district_officer).
        #[arg(long, default_value = "")]
        place: String,
        /// The password, at least 8 characters; without it one is made and printed.
        #[arg(long, env = "BAARI_NEW_PASSWORD", hide_env_values = true)]
        password: Option<String>,
    },
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Command::Add { data, username, name, role, place, password } = args.command;
    let core = data.open(Clock::system(), "http://localhost".into()).await?;
    let role: Role = role.parse().map_err(|error| format!("--role {error}"))?;
    let scope = scope(&core.board(), role, &place)?;
    let made = password.is_none();
    let password = password.unwrap_or_else(|| core.chance.link());
    match add_user(&core, &username, name.as_deref().unwrap_or(&username), role, scope, password.clone()).await {
        Ok(()) if made => println!("{username} is added, with the password {password}"),
        Ok(()) => println!("{username} is added"),
        Err(Error::Invalid(faults)) => {
            let (field, fault) = faults[0];
            let taken = (field, fault) == ("username", Fault::Choice);
            let why = if taken { "this user name is taken" } else { Lang::En.fault(fault) };
            return Err(format!("{field}: {why}").into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// The scope of a role at a place named by its code.
pub(super) fn scope(board: &Board, role: Role, code: &str) -> Result<Scope, Failure> {
    let field = &board.field;
    let found = match role {
        Role::Clerk => field.zones.iter().find(|zone| zone.code == code).map(|zone| Scope::Zone(zone.id)),
        Role::Operator => board.centre_by_code(code).map(|centre| Scope::Centre(centre.id)),
        Role::DistrictOfficer => field.districts.iter().find(|district| district.code == code).map(|district| Scope::District(district.id)),
        Role::StateOfficer => Some(Scope::State),
    };
    found.ok_or_else(|| {
        format!("--place must be the code of an imported zone (clerk), centre (operator) or district (district_officer), not {code:?}")
            .into()
    })
}
