//! `baari import`

use std::path::PathBuf;

use super::{DataArgs, Failure};
use crate::actions::Actor;
use crate::actions::import::import;
use crate::clock::Clock;
use crate::domain::place::{Role, Scope};
use crate::i18n::Lang;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// Only say what would change.
    #[arg(long)]
    preview: bool,
    /// The language of errors: en or hi.
    #[arg(long, default_value = "en")]
    lang: String,
    /// CSV files, in the order in which they build on each other.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let lang: Lang = args.lang.parse().map_err(|error| format!("--lang {error}"))?;
    let core = args.data.open(Clock::system(), "http://localhost".into()).await?;
    let actor = Actor { name: "cli".into(), role: Role::StateOfficer, scope: Scope::State };
    for file in &args.files {
        let shown = file.display();
        let bytes = std::fs::read(file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
        let report = import(&core, &actor, &shown.to_string(), &bytes, !args.preview).await.map_err(|error| format!("{shown}: {error}"))?;
        if !report.wrong.is_empty() {
            for row in &report.wrong {
                eprintln!("{shown}:{}: {} {}", row.line, row.column, lang.import_fault(&row.fault));
            }
            let errors = file.with_extension("errors.csv");
            std::fs::write(&errors, report.with_errors(|row| format!("{}: {}", row.column, lang.import_fault(&row.fault))))?;
            return Err(format!("{shown}: nothing was taken in; {} has the rows with an error column", errors.display()).into());
        }
        let done = if args.preview { "would be" } else { "are" };
        println!("{shown}: {} rows {done} new, {} changed, {} unchanged", report.new.len(), report.changed.len(), report.same);
    }
    Ok(())
}
