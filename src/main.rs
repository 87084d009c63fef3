//! The program: parse the command line, run it.

use clap::Parser;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    baari::cli::run(baari::cli::Cli::parse()).await
}
