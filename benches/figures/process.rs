//! A server as a process of its own, ended by its handle.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::Outcome;

/// A server that listens.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Kept open, so that whatever it prints later finds a reader.
    _prints: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it and waits until it says where it listens.
    pub fn start(command: &mut Command) -> Outcome<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let prints = child.stdout.take().ok_or("a server without output")?;
        let mut prints = BufReader::new(prints);
        let address = listening(&mut prints);
        if address.is_err() {
            end(&mut child);
        }
        Ok(Self { address: address?, child, _prints: prints })
    }
}

fn listening(prints: &mut impl BufRead) -> Outcome<SocketAddr> {
    for line in prints.lines() {
        if let Some(address) = line?.strip_prefix("listening on http://") {
            return Ok(address.parse()?);
        }
    }
    Err("a server ended before it listened".into())
}

impl Process {
    /// The most memory it has ever held, in megabytes.
    pub fn peak_memory(&self) -> Outcome<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("a process without a peak of memory")?;
        let kilobytes: f64 = peak.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes / 1024.0)
    }
}

/// Ticks of the processor's time in a second, as Linux shows them to programs.
const TICKS: f64 = 100.0;

impl Process {
    /// How much of the processors' time it has had, in seconds.
    pub fn processor_seconds(&self) -> Outcome<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is a name in brackets, which may hold anything.
        let after_name = stat.rsplit_once(") ").ok_or("a process without a name")?.1;
        let ticks: Result<Vec<f64>, _> = after_name.split(' ').skip(11).take(2).map(str::parse).collect();
        Ok(ticks?.iter().sum::<f64>() / TICKS)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// A process that has ended by itself is only reaped.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
