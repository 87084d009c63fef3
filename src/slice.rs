//! Taking a slice: what many requests wait to write is written by one transaction, and each gets its own answer.
//!
//! The hot verbs use this. A slice is decided in order by the pure core and written by a few set-based statements. A row
//! that a rule refuses is an answer. A row that breaks a constraint sends its slice through one by one, so that it alone
//! fails. Live commands go before uploads.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::domain::booking::Refusal;
use crate::error::{Error, Result};

/// How many live commands one transaction takes at most: what keeps a slice well under 30 ms here.
const MOST: usize = 64;

/// From how many rows on no further upload goes into the same transaction: a live command may have to wait for it.
const MOST_BULK: usize = 400;

/// From how many commands in the last slice on the next one waits for more of them.
const COMPANY: usize = 8;

/// After so many live slices in a row one upload that waits goes first: live commands never keep the uploads out for good.
const IN_A_ROW: usize = 8;

/// How often a slice that met another process's transaction is tried again.
const TRIES: u32 = 8;

/// Why a whole slice was not written.
#[derive(Debug)]
pub enum Failure {
    /// Another transaction was in the way, or wrote one of the ids: nothing was written, try again.
    Again,
    /// Some row broke a constraint: nothing was written.
    Constraint(String),
    /// Anything else.
    Error(Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else { return Self::Error(error.into()) };
        match database.code().as_deref() {
            // Serialization failure and deadlock on PostgreSQL; busy on SQLite.
            Some("40001" | "40P01" | "5" | "517") => Self::Again,
            // A value that PostgreSQL does not take: one row's fault, like a broken constraint.
            Some(code) if code.len() == 5 && code.starts_with("22") => Self::Constraint(error.to_string()),
            _ if !matches!(database.kind(), sqlx::error::ErrorKind::Other) => Self::Constraint(error.to_string()),
            _ => Self::Error(error.into()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Error(refusal.into())
    }
}

struct Job<C, A> {
    commands: Vec<C>,
    answer: oneshot::Sender<Vec<Result<A>>>,
}

/// The queue before one hot verb.
pub struct Slice<C, A> {
    live: mpsc::Sender<Job<C, A>>,
    bulk: mpsc::Sender<Job<C, A>>,
}

impl<C: Clone + Send + Sync + 'static, A: Send + 'static> Slice<C, A> {
    /// Starts the verb's worker. `write` writes one slice in one transaction and answers each command, in order.
    pub fn start<W, F>(write: W) -> Self
    where
        W: Fn(Arc<[C]>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Vec<A>, Failure>> + Send + 'static,
    {
        Self::gathering(Duration::ZERO, write)
    }

    /// The same for a verb whose transaction costs much and each of its rows little: after a slice of several commands the next one
    /// waits so long for those who were just answered and ask again. Whoever comes alone never waits.
    pub fn gathering<W, F>(gather: Duration, write: W) -> Self
    where
        W: Fn(Arc<[C]>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Vec<A>, Failure>> + Send + 'static,
    {
        let (live, live_waiting) = mpsc::channel(4096);
        let (bulk, bulk_waiting) = mpsc::channel(256);
        tokio::spawn(run(live_waiting, bulk_waiting, gather, write));
        Self { live, bulk }
    }

    /// Does one command that somebody waits for.
    pub async fn one(&self, command: C) -> Result<A> {
        let mut answers = send(&self.live, vec![command]).await?;
        answers.pop().unwrap_or_else(|| Err(Error::Internal("a slice without an answer".into())))
    }

    /// Does a batch of commands, behind whatever somebody waits for.
    pub async fn many(&self, commands: Vec<C>) -> Result<Vec<Result<A>>> {
        if commands.is_empty() { Ok(Vec::new()) } else { send(&self.bulk, commands).await }
    }
}

impl<C: Clone + Send + Sync + 'static, A: Send + 'static> Slice<C, Result<A>> {
    /// Does a batch of which some rows could not be read: each row has its own outcome, in order.
    pub async fn rows(&self, rows: Vec<Result<C>>) -> Result<Vec<Result<A>>> {
        let mut done = self.many(rows.iter().flatten().cloned().collect()).await?.into_iter().map(Result::flatten);
        let missing = || Err(Error::Internal("an answer is missing".into()));
        Ok(rows.into_iter().map(|row| row.and_then(|_| done.next().unwrap_or_else(missing))).collect())
    }
}

async fn send<C, A>(queue: &mpsc::Sender<Job<C, A>>, commands: Vec<C>) -> Result<Vec<Result<A>>> {
    let (answer, answered) = oneshot::channel();
    let gone = || Error::Unavailable("the server is stopping".into());
    queue.send(Job { commands, answer }).await.map_err(|_| gone())?;
    answered.await.map_err(|_| gone())
}

async fn run<C, A, W, F>(mut live: mpsc::Receiver<Job<C, A>>, mut bulk: mpsc::Receiver<Job<C, A>>, gather: Duration, write: W)
where
    C: Clone + Send + Sync + 'static,
    A: Send + 'static,
    W: Fn(Arc<[C]>) -> F,
    F: Future<Output = Result<Vec<A>, Failure>> + Send + 'static,
{
    let mut waiting = Vec::with_capacity(MOST);
    // How many live commands were answered last, and how many slices of them there were since the last upload.
    let (mut answered, mut in_a_row) = (0, 0);
    loop {
        let due = if in_a_row < IN_A_ROW { None } else { bulk.try_recv().ok() };
        let upload = if due.is_some() {
            due
        } else {
            tokio::select! {
                biased;
                count = live.recv_many(&mut waiting, MOST) => if count == 0 { return } else { None },
                Some(job) = bulk.recv() => Some(job),
            }
        };
        let is_live = upload.is_none();
        in_a_row = if is_live { in_a_row + 1 } else { 0 };
        if is_live && answered >= COMPANY && !gather.is_zero() {
            let (enough, until) = ((waiting.len() + answered).min(MOST), Instant::now() + gather);
            while waiting.len() < enough
                && let Ok(Some(job)) = timeout_at(until, live.recv()).await
            {
                waiting.push(job);
            }
        }
        if let Some(job) = upload {
            let mut rows = job.commands.len();
            waiting.push(job);
            while rows < MOST_BULK
                && let Ok(job) = bulk.try_recv()
            {
                rows += job.commands.len();
                waiting.push(job);
            }
        }
        let jobs: Vec<_> = waiting.drain(..).filter(|job| !job.answer.is_closed()).collect();
        answered = if is_live { jobs.len() } else { 0 };
        let commands: Arc<[C]> = jobs.iter().flat_map(|job| job.commands.iter().cloned()).collect();
        if commands.is_empty() {
            continue;
        }
        let mut answers = write_slice(&write, commands).await.into_iter();
        for job in jobs {
            let own = answers.by_ref().take(job.commands.len()).collect();
            // Whoever hung up meanwhile hears the stored answer when they ask again.
            let _ = job.answer.send(own);
        }
    }
}

async fn write_slice<C, A, W, F>(write: &W, commands: Arc<[C]>) -> Vec<Result<A>>
where
    C: Clone,
    A: Send + 'static,
    W: Fn(Arc<[C]>) -> F,
    F: Future<Output = Result<Vec<A>, Failure>> + Send + 'static,
{
    match write_repeating(write, Arc::clone(&commands)).await {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(Failure::Constraint(why)) if commands.len() > 1 => {
            tracing::warn!(%why, "a slice goes through one by one");
            let mut answers = Vec::with_capacity(commands.len());
            for command in commands.iter() {
                let one = write_repeating(write, Arc::from([command.clone()])).await;
                answers.push(one.map_err(into_error).and_then(|mut one| one.pop().ok_or_else(|| Error::Internal("no answer".into()))));
            }
            answers
        }
        Err(failure) => {
            let error = into_error(failure);
            commands.iter().map(|_| Err(error.clone())).collect()
        }
    }
}

/// Each try is a task of its own: one that panics is a fault of its slice, and the next slice goes on.
async fn write_repeating<C, A, W, F>(write: &W, commands: Arc<[C]>) -> Result<Vec<A>, Failure>
where
    A: Send + 'static,
    W: Fn(Arc<[C]>) -> F,
    F: Future<Output = Result<Vec<A>, Failure>> + Send + 'static,
{
    let alone = commands.len() == 1;
    let attempt = || {
        let written = tokio::spawn(write(Arc::clone(&commands)));
        async { written.await.unwrap_or_else(|panicked| Err(Error::Internal(panicked.to_string()).into())) }
    };
    repeat(alone, attempt).await
}

/// Does an ordinary transaction, again where another one was in the way.
pub async fn repeating<T, F: Future<Output = Result<T, Failure>>>(write: impl Fn() -> F) -> Result<T> {
    repeat(true, write).await.map_err(into_error)
}

/// A single command that breaks a constraint may have met another process that wrote the same at the same moment: a second
/// look finds what that one wrote, and answers by the rules.
async fn repeat<T, F: Future<Output = Result<T, Failure>>>(alone: bool, write: impl Fn() -> F) -> Result<T, Failure> {
    let mut tries = 0;
    loop {
        match write().await {
            Err(Failure::Again) if tries < TRIES => {}
            Err(Failure::Constraint(_)) if alone && tries < 2 => {}
            done => return done,
        }
        tries += 1;
        tokio::time::sleep(std::time::Duration::from_millis(u64::from(tries) * 3)).await;
    }
}

fn into_error(failure: Failure) -> Error {
    match failure {
        Failure::Again => Error::Unavailable("too many transactions at once".into()),
        Failure::Constraint(why) => Error::Internal(why),
        Failure::Error(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::Barrier;

    use super::*;

    /// How large the slices were that two groups of eight made of it, the second of which came while the first was being written.
    async fn sizes(gather: Duration) -> Vec<usize> {
        let (sizes, here) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Barrier::new(9)));
        let (noted, first) = (Arc::clone(&sizes), Arc::clone(&here));
        let slice = Arc::new(Slice::gathering(gather, move |commands: Arc<[u32]>| {
            let (noted, first) = (Arc::clone(&noted), Arc::clone(&first));
            async move {
                let slices = {
                    let mut noted = noted.lock().unwrap();
                    noted.push(commands.len());
                    noted.len()
                };
                if slices == 1 {
                    first.wait().await;
                }
                // Whoever asks meanwhile is in the queue before this one is answered.
                tokio::task::yield_now().await;
                Ok(commands.to_vec())
            }
        }));
        let asking = |first: Option<Arc<Barrier>>| {
            let slice = Arc::clone(&slice);
            tokio::spawn(async move {
                for n in 0..4 {
                    let asked = slice.one(n);
                    if let (0, Some(first)) = (n, &first) {
                        tokio::join!(asked, first.wait()).0.unwrap();
                    } else {
                        assert_eq!(asked.await.unwrap(), n);
                    }
                }
            })
        };
        let mut all: Vec<_> = (0..8).map(|_| asking(None)).collect();
        while sizes.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        all.extend((0..8).map(|_| asking(Some(Arc::clone(&here)))));
        for one in all {
            one.await.unwrap();
        }
        let sizes = sizes.lock().unwrap();
        sizes.clone()
    }

    #[tokio::test]
    async fn those_who_were_just_answered_go_with_those_who_wait() {
        // The last eight wait in vain.
        assert_eq!(sizes(Duration::from_millis(300)).await, [8, 16, 16, 16, 8]);
        assert_eq!(sizes(Duration::ZERO).await, [8; 8]);
    }

    #[tokio::test]
    async fn a_panic_is_its_own_slices_fault() {
        let slice = Slice::start(|commands: Arc<[u32]>| async move {
            assert!(commands[0] != 13, "thirteen");
            Ok(commands.to_vec())
        });
        assert!(matches!(slice.one(13).await, Err(Error::Internal(why)) if why.contains("thirteen")));
        assert_eq!(slice.one(14).await.unwrap(), 14);
    }

    #[tokio::test]
    async fn live_commands_do_not_keep_an_upload_out_for_ever() {
        let slices = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&slices);
        let slice = Arc::new(Slice::start(move |commands: Arc<[u32]>| {
            noted.lock().unwrap().push(commands[0]);
            async move { Ok(commands.to_vec()) }
        }));
        // All are in their queues before the worker begins: an upload, and more live slices than may go in a row.
        let mut asking = tokio::task::JoinSet::new();
        let of = Arc::clone(&slice);
        asking.spawn(async move { of.many(vec![2]).await.unwrap().len() });
        for _ in 0..2 * IN_A_ROW * MOST {
            let of = Arc::clone(&slice);
            asking.spawn(async move { of.one(1).await.map(|_| 1).unwrap() });
        }
        assert_eq!(asking.join_all().await.len(), 2 * IN_A_ROW * MOST + 1);
        assert_eq!(slices.lock().unwrap().iter().position(|first| *first == 2), Some(IN_A_ROW));
    }

    #[tokio::test]
    async fn whoever_comes_alone_does_not_wait() {
        let slice = Slice::gathering(Duration::MAX, |commands: Arc<[u32]>| async move { Ok(commands.to_vec()) });
        for n in 0..4 {
            assert_eq!(slice.one(n).await.unwrap(), n);
        }
    }
}
