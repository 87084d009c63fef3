//! The program as one starts it, on a test's own database.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use super::MASTER_KEY;

/// A process that ends with the test.
pub struct Program(Child);

impl Program {
    /// Starts it, and waits until it listens.
    pub fn start(data: &Path, options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baari"));
        command.arg("serve").arg("--data").arg(data).args(["--listen", "127.0.0.1:0", "--master-key", MASTER_KEY]).args(options);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program");
        let mut lines = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = String::new();
        while !line.starts_with("listening on ") {
            line.clear();
            assert_ne!(lines.read_line(&mut line).expect("a line"), 0, "it ended");
        }
        Self(process)
    }

    /// Runs another of its commands to its end.
    pub fn run(command: &str, data: &Path, options: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_baari"));
        program.arg(command).arg("--data").arg(data).args(["--master-key", MASTER_KEY]).args(options).output().expect("the program")
    }

    /// Ends it at once, as a power cut does.
    pub fn kill(mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("an end");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
