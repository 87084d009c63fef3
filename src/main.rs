//! The program: parse the command line, run it.

use clap::Parser;

/// Every request makes and drops many small strings; this allocator makes that cheaper than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    baari::cli::run(baari::cli::Cli::parse()).await
}
