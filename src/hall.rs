//! The halls as displays and waiting people see them: kept in memory, renewed with each call here, and by a short poll where
//! other processes call too. A thousand displays cost one query a call.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::interval;

use crate::core::Core;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::queue::{Pace, TurnState};
use crate::error::Result;
use crate::ids::CentreId;
use crate::storage::turn::{CallRow, InHall, waiting_line};

/// How many calls the display shows: the one now and the four before.
const SHOWN: i64 = 5;

/// How often a database that others write to is asked for new calls.
const POLL: Duration = Duration::from_millis(500);

/// How old the queue of a hall may be when somebody asks for a position, in seconds.
const FRESH: i64 = 5;

/// A hall as of one moment.
#[derive(Debug, Clone)]
pub struct View {
    /// When it was true.
    pub as_of: Moment,
    /// Which reading this is: one that began later has a higher number.
    reading: u64,
    /// The last calls, the newest first.
    pub calls: Vec<CallRow>,
    /// Who waits for the next stage, in order.
    order: HashMap<TokenNumber, i64>,
    /// Who is called to which counter.
    called: HashMap<TokenNumber, i64>,
    pace: Pace,
}

impl View {
    async fn read(core: &Core, centre: CentreId, readings: &AtomicU64) -> Result<Self> {
        let now = core.clock.now();
        let day = now.day();
        let mut tx = core.read().await?;
        let reading = readings.fetch_add(1, Ordering::Relaxed);
        let calls = tx.last_calls(centre, day, SHOWN).await?;
        let hall = tx.in_hall(centre, day).await?;
        let checking = tx.is_checking(centre, day).await?;
        let pace = tx.pace(centre, day, now).await?;
        tx.commit().await?;
        let order = waiting_line(&hall, checking).into_iter().map(|person| person.number).zip(0..).collect();
        let called = |person: &&InHall| person.state == Some(TurnState::Called);
        let called = hall.iter().filter(called).filter_map(|person| Some((person.number, person.counter?))).collect();
        Ok(Self { as_of: now, reading, calls, order, called, pace })
    }

    /// Where somebody stands. Nothing: they do not wait here.
    pub fn place(&self, number: TokenNumber) -> Option<Place> {
        let called = self.called.get(&number).map(|counter| Place::Called { counter: *counter });
        let waiting = |before: &i64| Place::Waiting { before: *before, minutes: self.pace.minutes(*before) };
        called.or_else(|| self.order.get(&number).map(waiting))
    }
}

/// Where somebody stands in a hall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// So many are called before, which takes about so many minutes.
    Waiting {
        /// How many.
        before: i64,
        /// How long.
        minutes: i64,
    },
    /// Called to a counter.
    Called {
        /// Which.
        counter: i64,
    },
}

/// All halls that somebody looks at.
pub struct Halls {
    core: Arc<Core>,
    views: Mutex<HashMap<CentreId, watch::Sender<Arc<View>>>>,
    readings: AtomicU64,
}

impl Halls {
    /// Nobody looks yet.
    pub fn start(core: Arc<Core>) -> Arc<Self> {
        let halls = Arc::new(Self { core, views: Mutex::default(), readings: AtomicU64::default() });
        if halls.core.db.is_shared() {
            tokio::spawn(listen(Arc::downgrade(&halls)));
        }
        halls
    }

    /// The hall, and word of whatever changes on its display. It ends when the server stops.
    pub async fn watch(&self, centre: CentreId) -> Result<watch::Receiver<Arc<View>>> {
        if let Some(receiver) = self.known(centre) {
            return Ok(receiver);
        }
        let view = self.read(centre).await?;
        let (receiver, is_first) = {
            let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
            let is_first = !views.contains_key(&centre);
            (views.entry(centre).or_insert_with(|| watch::Sender::new(view)).subscribe(), is_first)
        };
        if is_first {
            // Whoever called while this was read had nobody to tell.
            self.renew(centre).await?;
        }
        Ok(receiver)
    }

    /// The hall as it was at most a few seconds ago.
    pub async fn view(&self, centre: CentreId) -> Result<Arc<View>> {
        let view = self.watch(centre).await?.borrow().clone();
        let age = self.core.clock.now() - view.as_of;
        if (0..FRESH).contains(&age) { Ok(view) } else { self.renew(centre).await }
    }

    async fn read(&self, centre: CentreId) -> Result<Arc<View>> {
        View::read(&self.core, centre, &self.readings).await.map(Arc::new)
    }

    /// Reads a hall again, for all who look at it.
    pub async fn renew(&self, centre: CentreId) -> Result<Arc<View>> {
        let view = self.read(centre).await?;
        let views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = views.get(&centre) {
            // Displays are told of calls only; who waits is asked for.
            sender.send_if_modified(|shown| {
                // What was read before the last call must not come back after it.
                if shown.reading > view.reading {
                    return false;
                }
                let news = shown.calls != view.calls;
                *shown = Arc::clone(&view);
                news
            });
        }
        Ok(view)
    }

    /// Ends all watching: the server stops.
    pub fn close(&self) {
        self.views.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Renews the halls in which somebody was called after a running number; the last number now.
    async fn renew_called(&self, heard: i64) -> Result<i64> {
        let mut tx = self.core.read().await?;
        let (centres, seq) = tx.called_after(heard).await?;
        tx.commit().await?;
        for centre in centres {
            if self.known(centre).is_some() {
                self.renew(centre).await?;
            }
        }
        Ok(seq)
    }

    fn known(&self, centre: CentreId) -> Option<watch::Receiver<Arc<View>>> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner).get(&centre).map(watch::Sender::subscribe)
    }
}

/// Hears what other processes call.
async fn listen(halls: Weak<Halls>) {
    let mut poll = interval(POLL);
    let mut heard = 0;
    loop {
        poll.tick().await;
        let Some(halls) = halls.upgrade() else { return };
        match halls.renew_called(heard).await {
            Ok(seq) => heard = seq,
            Err(error) => tracing::warn!(%error, "the halls could not be read again"),
        }
    }
}
