//! The lines that are printed and kept.

use std::fs::{File, read_to_string};
use std::io::Write;

use serde_json::{Value, json};

use crate::Outcome;
use crate::database::Kind;

/// Where the lines are kept.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench.jsonl");

/// Which figures are wanted, and where they go.
pub struct Report {
    prefix: String,
    kept: File,
    printed: usize,
    left_out: Vec<String>,
    wrong: Vec<String>,
}

/// What is said of one figure.
#[derive(serde::Serialize)]
struct Line<'a> {
    name: &'a str,
    value: f64,
    unit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
}

impl Report {
    /// Begins the file with a line about the machine.
    pub fn new(prefix: String) -> Outcome<Self> {
        let mut kept = File::create(FILE)?;
        writeln!(kept, "{}", machine())?;
        Ok(Self { prefix, kept, printed: 0, left_out: Vec::new(), wrong: Vec::new() })
    }

    /// Whether anything under this name has to be measured. A PostgreSQL figure without PostgreSQL is noted as left out.
    pub fn wants(&mut self, name: &str, kind: Kind) -> bool {
        let wanted = name.starts_with(&self.prefix) || self.prefix.starts_with(name);
        if wanted && kind == Kind::Postgres && crate::database::postgres().is_none() {
            eprintln!("{name} is left out: BAARI_TEST_POSTGRES is not set; tests/with-postgres.sh sets it");
            self.left_out.push(name.to_owned());
            return false;
        }
        wanted
    }

    /// A figure by itself.
    pub fn figure(&mut self, name: &str, value: f64, unit: &str) -> Outcome {
        self.write(&Line { name, value: rounded(value, 10.0), unit, of: None, ratio: None })
    }

    /// A figure as a share of what was measured as `of` in the same run.
    pub fn share(&mut self, name: &str, value: f64, unit: &str, of: (&str, f64)) -> Outcome {
        let ratio = rounded(value / of.1, 1000.0);
        self.write(&Line { name, value: rounded(value, 10.0), unit, of: Some(of.0), ratio: Some(ratio) })
    }

    /// A figure that has exactly one right value.
    pub fn exactly(&mut self, name: &str, value: usize, unit: &str, right: usize) -> Outcome {
        if value != right {
            self.wrong.push(format!("{name} is {value} and must be {right}"));
        }
        self.write(&Line { name, value: f64::from(u32::try_from(value)?), unit, of: None, ratio: None })
    }

    fn write(&mut self, line: &Line) -> Outcome {
        if line.name.starts_with(&self.prefix) {
            let line = serde_json::to_string(line)?;
            println!("{line}");
            writeln!(self.kept, "{line}")?;
            self.printed += 1;
        }
        Ok(())
    }

    /// Fails when a figure is wrong or missing.
    pub fn finish(self) -> Outcome {
        if !self.wrong.is_empty() {
            return Err(self.wrong.join("; ").into());
        }
        if !self.left_out.is_empty() {
            return Err(format!("{} were left out for want of PostgreSQL", self.left_out.join(", ")).into());
        }
        // What the gate's page does is measured in a browser, after this program: benches/gate.mjs.
        if self.printed == 0 && !self.prefix.starts_with("gate") && !"gate".starts_with(&self.prefix) {
            return Err(format!("no figure's name begins with {:?}", self.prefix).into());
        }
        Ok(())
    }
}

fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// What the figures were measured on.
fn machine() -> Value {
    let line_of = |file: &str, name: &str| {
        let text = read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
        line.map_or_else(String::new, |(_, value)| value.trim().to_owned())
    };
    json!({
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "cpu": line_of("/proc/cpuinfo", "model name"),
        "memory": line_of("/proc/meminfo", "MemTotal"),
        "kernel": read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim(),
        // Whoever reads the figures must see whether the machine had other things to do.
        "busy": read_to_string("/proc/loadavg").unwrap_or_default().trim(),
    })
}
