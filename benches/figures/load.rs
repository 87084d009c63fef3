//! Load: 64 connections, each of which asks again as soon as it is answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Outcome;
use crate::client::Connection;

/// How many connections ask at the same time.
pub const CONNECTIONS: usize = 64;

/// What is asked before this is not counted.
const WARM_UP: Duration = Duration::from_secs(1);

/// How long is counted.
const COUNTED: Duration = Duration::from_secs(7);

/// The shortest time from which a figure is taken.
const SHORTEST: Duration = Duration::from_secs(2);

/// What is asked of a server.
#[derive(Clone)]
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// Each is sent once, in this order.
    pub requests: Arc<Vec<Vec<u8>>>,
    /// Begins again with the first request after the last.
    pub again: bool,
    /// The only status that is right.
    pub status: u16,
    /// Keeps the bodies.
    pub keep: bool,
    /// Goes on after what is counted, for at most so long.
    pub beyond: Duration,
}

/// What came of it.
pub struct Measured {
    /// Requests a second.
    pub rate: f64,
    /// Half of the requests took at most so many milliseconds.
    pub p50: f64,
    /// All but one in a hundred took at most so many milliseconds.
    pub p99: f64,
    /// The bodies that were kept, each with its request's place.
    pub bodies: Vec<(usize, Vec<u8>)>,
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    /// When each answer came, and how long that took.
    times: Vec<(Duration, Duration)>,
    bodies: Vec<(usize, Vec<u8>)>,
}

impl Load {
    /// Puts the load on the server.
    pub async fn run(self) -> Outcome<Measured> {
        let mut connections = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            connections.push(Connection::open(self.address).await?);
        }
        let (next, started) = (Arc::new(AtomicUsize::new(0)), Instant::now());
        let mut asking: JoinSet<Outcome<Seen>> =
            connections.into_iter().map(|connection| self.clone().ask_on(connection, Arc::clone(&next), started)).collect();
        let mut all = Seen::default();
        while let Some(seen) = asking.join_next().await {
            let seen = seen??;
            all.times.extend(seen.times);
            all.bodies.extend(seen.bodies);
        }
        all.bodies.sort_unstable_by_key(|(at, _)| *at);
        measured(all)
    }

    async fn ask_on(self, mut connection: Connection, next: Arc<AtomicUsize>, started: Instant) -> Outcome<Seen> {
        let mut seen = Seen::default();
        while started.elapsed() < WARM_UP + COUNTED + self.beyond {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let at = if self.again { at % self.requests.len() } else { at };
            let Some(request) = self.requests.get(at) else { break };
            let asked = Instant::now();
            let answer = connection.ask(request).await?;
            seen.times.push((started.elapsed(), asked.elapsed()));
            if answer.status != self.status {
                let body = String::from_utf8_lossy(answer.body);
                return Err(format!("{} was answered instead of {}: {body}", answer.status, self.status).into());
            }
            if self.keep {
                seen.bodies.push((at, answer.body.to_vec()));
            }
        }
        Ok(seen)
    }
}

fn measured(seen: Seen) -> Outcome<Measured> {
    let last = seen.times.iter().map(|(at, _)| *at).max().unwrap_or_default();
    let counted = last.min(WARM_UP + COUNTED).saturating_sub(WARM_UP);
    if counted < SHORTEST {
        return Err(format!("the load was over after {last:?}: there was too little to ask").into());
    }
    let window = WARM_UP..=WARM_UP + counted;
    let mut took: Vec<_> = seen.times.iter().filter(|(at, _)| window.contains(at)).map(|(_, took)| *took).collect();
    took.sort_unstable();
    let at_most = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1000.0;
    if took.is_empty() {
        return Err("nothing was answered after the first second".into());
    }
    let rate = f64::from(u32::try_from(took.len())?) / counted.as_secs_f64();
    Ok(Measured { rate, p50: at_most(50), p99: at_most(99), bodies: seen.bodies })
}
