//! What goes on by itself beside the requests: uploads to the portal, messages.
//!
//! Any number of processes work at the same time. A worker takes rows under a lease (`leased_by`, `leased_until`) in a short
//! transaction, calls whoever has to be called outside of it, and writes what came of it, which ends the lease. A process that was
//! killed leaves nothing behind but leases that end: whoever takes such a row next knows that its outcome is not known.

pub mod gateway;
pub mod messages;
pub mod minutely;
pub mod moves;
pub mod reconciler;
pub mod uploader;
pub mod waiting;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::core::Core;
use crate::error::Result;

/// How long a stopping server waits for its workers. What is not finished then is a lease that ends.
const LAST_WAIT: Duration = Duration::from_secs(15);

/// How long a worker that panicked rests before it begins anew.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// One process's workers.
pub struct Workers {
    core: Arc<Core>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// What a worker knows of its process.
#[derive(Clone)]
pub struct Shift {
    /// What every action needs.
    pub core: Arc<Core>,
    /// Names the worker in `leased_by`.
    pub worker: Uuid,
    stopped: watch::Receiver<bool>,
}

impl Workers {
    /// Nobody works yet.
    pub fn new(core: Arc<Core>) -> Self {
        Self { core, stop: watch::Sender::new(false), tasks: JoinSet::new() }
    }

    /// Starts a worker, which works until its shift is over. One that panics begins anew after a moment, without what it had in its head:
    /// what it was at is a lease that ends.
    pub fn start<F: Future<Output = ()> + Send + 'static>(&mut self, name: &'static str, work: impl Fn(Shift) -> F + Send + 'static) {
        let worker = self.core.chance.id(self.core.clock.now());
        let mut shift = Shift { core: Arc::clone(&self.core), worker, stopped: self.stop.subscribe() };
        self.tasks.spawn(async move {
            while let Err(panicked) = tokio::spawn(work(shift.clone())).await {
                tracing::error!(error = %panicked, worker = name, "a worker broke off and begins anew");
                shift.rest(AFTER_PANIC).await;
                if shift.is_over() {
                    return;
                }
            }
        });
    }

    /// Starts a worker that takes one turn after the other. A turn says whether there may be more to do at once; if not, or if it
    /// failed, there is a pause.
    pub fn start_turns<F>(&mut self, name: &'static str, pause: Duration, turn: impl Fn(Shift) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<bool>> + Send + 'static,
    {
        let turn = Arc::new(turn);
        self.start(name, move |mut shift: Shift| {
            let turn = Arc::clone(&turn);
            async move {
                while !shift.is_over() {
                    let more = turn(shift.clone()).await.unwrap_or_else(|error| {
                        tracing::error!(%error, worker = name, "a turn failed");
                        false
                    });
                    if !more {
                        shift.rest(pause).await;
                    }
                }
            }
        });
    }

    /// Lets everybody finish what is under way.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_WAIT, all).await.is_err() {
            tracing::warn!("some work was not finished; its leases end by themselves");
        }
    }
}

impl Shift {
    /// Whether the server is stopping: nothing new is begun.
    pub fn is_over(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Waits, but not beyond the shift's end.
    pub async fn rest(&mut self, pause: Duration) {
        // When whoever could say that the shift is over is gone, it is over.
        let _ = tokio::time::timeout(pause, self.stopped.wait_for(|over| *over)).await;
    }
}
