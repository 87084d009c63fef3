//! `baari import`

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{DataArgs, Failure, command_line};
use crate::actions::carry_doses::{acknowledge, import_ack};
use crate::actions::import::{import, preview};
use crate::actions::record_doses::queue;
use crate::actions::take_in_doses::import_doses;
use crate::clock::Clock;
use crate::i18n::Lang;
use crate::pages::camp_file::{CampFile, Counts, Taking};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    carried: Option<Carried>,
    #[command(flatten)]
    field: FieldArgs,
}

/// What is carried here by hand.
#[derive(Debug, Subcommand)]
enum Carried {
    /// Take in a block's signed file of doses.
    Doses {
        #[command(flatten)]
        data: DataArgs,
        /// Where to write the acknowledgement that goes back to the block.
        #[arg(long, value_name = "FILE")]
        ack: Option<PathBuf>,
        /// The file.
        file: PathBuf,
    },
    /// Record the doses of a camp from a CSV file, one a row. The answers go into a file beside it; the same file again records nothing twice.
    Camp {
        #[command(flatten)]
        data: DataArgs,
        /// The language of answers: en or hi.
        #[arg(long, default_value = "en")]
        lang: String,
        /// Where to write the rows with their answers; absent: beside the file, as FILE.answers.csv.
        #[arg(long, value_name = "FILE")]
        answers: Option<PathBuf>,
        /// The file.
        file: PathBuf,
    },
    /// Take in the headquarters' acknowledgement: its doses are off this block's list.
    Ack {
        #[command(flatten)]
        data: DataArgs,
        /// The file.
        file: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct FieldArgs {
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
    match args.carried {
        None => field(args.field).await,
        Some(Carried::Doses { data, ack, file }) => {
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            let shown = file.display();
            let bytes = std::fs::read(&file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
            let taken = import_doses(&core, &command_line(), &bytes).await.map_err(|error| format!("{shown}: {error}"))?;
            let (new, known, withdrawn) = (taken.new, taken.known, taken.withdrawn);
            println!("{shown}, from {}: {new} doses are new, {known} were here already, {withdrawn} are withdrawn", taken.from);
            for (line, why) in &taken.left_out {
                eprintln!("{shown}:{line}: {why}");
            }
            if let Some(ack) = ack {
                let shown = ack.display();
                std::fs::write(&ack, acknowledge(&core, &taken)?).map_err(|error| format!("{shown} cannot be written: {error}"))?;
                println!("{shown}: carry it back; there: baari import ack FILE");
            }
            Ok(())
        }
        Some(Carried::Camp { data, lang, answers, file }) => camp(data, &lang, answers, &file).await,
        Some(Carried::Ack { data, file }) => {
            let core = data.open(Clock::system(), "http://localhost".into()).await?;
            let shown = file.display();
            let bytes = std::fs::read(&file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
            let cleared = import_ack(&core, &command_line(), &bytes).await.map_err(|error| format!("{shown}: {error}"))?;
            println!("{shown}: {cleared} doses are the headquarters' to upload now");
            Ok(())
        }
    }
}

async fn camp(data: DataArgs, lang: &str, answers: Option<PathBuf>, file: &Path) -> Result<(), Failure> {
    let lang: Lang = lang.parse().map_err(|error| format!("--lang {error}"))?;
    let core = data.open(Clock::system(), "http://localhost".into()).await?;
    let shown = file.display();
    let bytes = std::fs::read(file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let camp = CampFile::read(&bytes).map_err(|fault| format!("{shown}: {}", fault.told(lang)))?;
    let (dosing, actor) = (queue(&core), command_line());
    let taking = Taking { core: &core, dosing: &dosing, actor: &actor, lang };
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let bar = Bar::new(camp.len());
    let taken = camp.take(&taking, &name, |counts| bar.show(counts.rows)).await;
    bar.end();
    let (counts, csv) = taken.map_err(|error| format!("{shown}: {error}. What was recorded is safe: type the same command again"))?;
    let answers = answers.unwrap_or_else(|| file.with_extension("answers.csv"));
    std::fs::write(&answers, csv).map_err(|error| format!("{} cannot be written: {error}", answers.display()))?;
    let Counts { recorded, late, known, left_out, .. } = counts;
    println!("{shown}: {recorded} recorded, {late} recorded after their deadline, {known} on record already, {left_out} left out");
    println!("{}: each row with its answer", answers.display());
    Ok(())
}

/// How far a file is, for somebody who watches.
struct Bar {
    of: usize,
    watched: bool,
}

impl Bar {
    const WIDTH: usize = 40;

    fn new(of: usize) -> Self {
        Self { of, watched: std::io::stderr().is_terminal() }
    }

    fn show(&self, rows: usize) {
        if self.watched {
            let full = rows * Self::WIDTH / self.of.max(1);
            eprint!("\r[{:<width$}] {rows} / {}", "=".repeat(full), self.of, width = Self::WIDTH);
        }
    }

    fn end(&self) {
        if self.watched {
            eprintln!();
        }
    }
}

async fn field(args: FieldArgs) -> Result<(), Failure> {
    let lang: Lang = args.lang.parse().map_err(|error| format!("--lang {error}"))?;
    let core = args.data.open(Clock::system(), "http://localhost".into()).await?;
    let actor = command_line();
    let read = |file: &PathBuf| std::fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()));
    let contents = args.files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut previewed = if args.preview { preview(&core, &actor, &contents).await? } else { Vec::new() }.into_iter();
    for (file, bytes) in args.files.iter().zip(&contents) {
        let shown = file.display();
        let report = match previewed.next() {
            Some(report) => report,
            None if args.preview => break,
            None => import(&core, &actor, &shown.to_string(), bytes, true).await.map_err(|error| format!("{shown}: {error}"))?,
        };
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
