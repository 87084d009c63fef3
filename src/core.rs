//! What every action needs: the database, the time, chance, the keys, the rules and the board of free places.

use std::sync::{Arc, PoisonError, RwLock};

use crate::actions::Actor;
use crate::board::Board;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::domain::campaign::Campaign;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::place::Scope;
use crate::domain::token::{PRACTICE_KID, qr_text};
use crate::error::Result;
use crate::ids::{CentreId, SlotId};
use crate::keyring::{KeyError, Keyring, MasterKey, SharedKeyring};
use crate::storage::forgotten::Forgotten;
use crate::storage::journal::{Act, Entry};
use crate::storage::{Db, Tx};

/// The shared core.
pub struct Core {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Chance.
    pub chance: Chance,
    /// The rules.
    pub campaign: Campaign,
    /// The address that stands in QR codes and links, without a slash at the end.
    pub public_url: String,
    epoch: RwLock<Arc<Epoch>>,
    master: MasterKey,
    keys: SharedKeyring,
    board: RwLock<Arc<Board>>,
    /// Held while the board or the epoch is renewed, so that what was read later is not overwritten by what was read earlier.
    renewing: tokio::sync::Mutex<()>,
    touched: tokio::sync::mpsc::UnboundedSender<SlotId>,
    /// Running numbers of tokens that this process has taken and not yet given out.
    token_indexes: tokio::sync::Mutex<std::ops::Range<i64>>,
}

/// What the memory of phones and desks belongs to: another one after the database was brought back from a copy.
struct Epoch {
    word: Arc<str>,
    /// What may have been given out and is not known here.
    forgotten: Vec<Forgotten>,
}

impl Epoch {
    async fn read(tx: &mut Tx) -> sqlx::Result<Option<Self>> {
        let Some(word) = tx.setting("epoch").await? else { return Ok(None) };
        Ok(Some(Self { word: word.into(), forgotten: tx.forgotten().await? }))
    }
}

/// How many running numbers a process takes at a time. Those that it does not use are never given out.
const INDEXES: i64 = 1_000;

/// More running numbers than are given out between a copy and its being brought back.
const SKIPPED: i64 = 1_000_000;

/// More names of keys than are given in that time. A key that was forgotten must not share its name with another.
const SKIPPED_KEYS: i64 = 30;

/// The setting that says when a phone last knew more than the database, and for how many seconds no other one is believed that.
const DOUBTED: &str = "epoch_doubted_at";
const DOUBTED_FOR: i64 = 3_600;

/// The database was brought back from a copy. What may have been given out since then is never given out again: token numbers and
/// serials begin anew beyond it. Phones and desks begin anew too, and send again what they wrote.
pub async fn brought_back(db: &Db, chance: &Chance, now: Moment) -> sqlx::Result<()> {
    let mut tx = db.write().await?;
    let first_index = tx.take_numbers("token", SKIPPED).await?;
    tx.add_forgotten(&Forgotten { first_index, last_index: first_index + SKIPPED - 1, until: now }).await?;
    tx.take_numbers("signing_key", SKIPPED_KEYS).await?;
    tx.skip_serials(now.day()).await?;
    tx.set_setting("epoch", &chance.link()).await?;
    tx.commit().await
}

impl Core {
    /// Opens the keys, reads the field, and starts the task that keeps the board fresh.
    pub async fn open(
        db: Db,
        clock: Clock,
        chance: Chance,
        campaign: Campaign,
        master: MasterKey,
        public_url: String,
    ) -> Result<Arc<Self>, OpenError> {
        let keys = Keyring::open(&db, &master, &chance, clock.now()).await?;
        let mut tx = db.write().await?;
        let epoch = if let Some(epoch) = Epoch::read(&mut tx).await? {
            epoch
        } else {
            let word = chance.link();
            tx.set_setting("epoch", &word).await?;
            Epoch { word: word.into(), forgotten: Vec::new() }
        };
        tx.commit().await?;
        let board = Board::read(&db, clock.now(), 1).await?;
        let (touched, touches) = tokio::sync::mpsc::unbounded_channel();
        let public_url = public_url.trim_end_matches('/').to_owned();
        let core = Self {
            db,
            clock,
            chance,
            campaign,
            public_url,
            epoch: RwLock::new(Arc::new(epoch)),
            master,
            keys: RwLock::new(Arc::new(keys)),
            board: RwLock::new(Arc::new(board)),
            renewing: tokio::sync::Mutex::new(()),
            touched,
            token_indexes: tokio::sync::Mutex::default(),
        };
        let core = Arc::new(core);
        tokio::spawn(crate::board::keep_fresh(Arc::downgrade(&core), touches));
        Ok(core)
    }

    /// A core of its own beside this one, under the same master key and behind the same address: practice.
    pub async fn beside(&self, db: Db, clock: Clock, campaign: Campaign, path: &str) -> Result<Arc<Self>, OpenError> {
        let address = format!("{}{path}", self.public_url);
        Self::open(db, clock, Chance::system(), campaign, self.master.clone(), address).await
    }

    /// Whether this is practice: nothing counts, and its tokens are signed by the key that says so.
    pub fn is_practice(&self) -> bool {
        self.keys().signer.kid() == PRACTICE_KID
    }

    /// The keys of this moment.
    pub fn keys(&self) -> Arc<Keyring> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the keys again: another process may have rotated them.
    pub async fn reload_keys(&self) -> Result<(), KeyError> {
        let keys = Keyring::open(&self.db, &self.master, &self.chance, self.clock.now()).await?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    /// The board of this moment.
    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the cursors of phones belong to: another one after the database was brought back from a copy.
    pub fn epoch(&self) -> Arc<str> {
        Arc::clone(&self.known_epoch().word)
    }

    fn known_epoch(&self) -> Arc<Epoch> {
        Arc::clone(&self.epoch.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a number may have been given out here, and been forgotten when the database was brought back from a copy.
    pub fn has_forgotten(&self, number: &TokenNumber) -> bool {
        let epoch = self.known_epoch();
        // Almost every installation has never been brought back.
        if epoch.forgotten.is_empty() {
            return false;
        }
        let index = self.keys().numbers.index(number);
        epoch.forgotten.iter().any(|numbers| (numbers.first_index..=numbers.last_index).contains(&index))
    }

    /// When the database was last brought back from a copy: of what was made before that, not everything is known.
    pub fn forgot_until(&self) -> Option<Moment> {
        self.known_epoch().forgotten.iter().map(|numbers| numbers.until).max()
    }

    /// The database knows less than it did under this epoch: phones begin anew, and send again what they wrote.
    pub async fn renew_epoch(&self, known: &str) -> Result<()> {
        let tx = self.write().await?;
        self.new_epoch(tx, known).await
    }

    /// Ends the transaction.
    async fn new_epoch(&self, mut tx: Tx, known: &str) -> Result<()> {
        if tx.setting("epoch").await?.as_deref() == Some(known) {
            tx.set_setting("epoch", &self.chance.link()).await?;
        }
        tx.commit().await?;
        self.reload_epoch().await
    }

    /// A phone says that it has heard more than the database knows: that was brought back from a copy, and all phones begin anew. At most
    /// once in an hour, so that a phone that lies does not keep all of them busy.
    pub async fn doubt_epoch(&self, known: &str) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let doubted = tx.setting(DOUBTED).await?.and_then(|at| at.parse().ok()).map(Moment);
        if doubted.is_some_and(|at| (at..at + DOUBTED_FOR).contains(&now)) {
            return Ok(());
        }
        tx.set_setting(DOUBTED, &now.0.to_string()).await?;
        self.new_epoch(tx, known).await
    }

    /// As `brought_back`, beside this core.
    pub async fn restored(&self) -> Result<()> {
        brought_back(&self.db, &self.chance, self.clock.now()).await?;
        self.reload_epoch().await
    }

    /// Reads the epoch again: another process may have changed it.
    pub async fn reload_epoch(&self) -> Result<()> {
        let _renewing = self.renewing.lock().await;
        if let Some(epoch) = Epoch::read(&mut self.read().await?).await? {
            *self.epoch.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(epoch);
        }
        Ok(())
    }

    /// The key by which the phones of a centre know each other's lane codes, until the next one of them leaves.
    pub fn lane_key(&self, centre: CentreId) -> Vec<u8> {
        let left = self.board().centre(centre).map_or(0, |centre| centre.phones_left);
        self.keys().lane_key(centre, left)
    }

    /// Puts up a new board.
    fn put_board(&self, board: Board) {
        *self.board.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(board);
    }

    /// Reads the whole board again, after the field itself has changed.
    pub async fn reload_board(&self) -> sqlx::Result<()> {
        let _renewing = self.renewing.lock().await;
        let version = self.board().version + 1;
        self.put_board(Board::read(&self.db, self.clock.now(), version).await?);
        Ok(())
    }

    /// Reads some slots again.
    pub async fn renew_slots(&self, slots: &[SlotId]) -> sqlx::Result<()> {
        let _renewing = self.renewing.lock().await;
        let renewed = self.board().with_slots(&self.db, slots, self.clock.now()).await?;
        self.put_board(renewed);
        Ok(())
    }

    /// So many running numbers for new tokens, from the first on: no process ever gets one of them again.
    pub async fn take_token_indexes(&self, count: i64) -> sqlx::Result<i64> {
        let mut own = self.token_indexes.lock().await;
        if own.end - own.start < count {
            let taken = count.max(INDEXES);
            let mut tx = self.db.write().await?;
            let first = tx.take_numbers("token", taken).await?;
            tx.commit().await?;
            *own = first..first + taken;
        }
        own.start += count;
        Ok(own.start - count)
    }

    /// Says that places of a slot were taken or given back, after the commit.
    pub fn touch(&self, slot: SlotId) {
        // The board's task ends only with the core itself.
        let _ = self.touched.send(slot);
    }

    /// The text of a token's QR code.
    pub fn qr(&self, cose: &[u8]) -> String {
        qr_text(&self.public_url, cose)
    }

    /// The address of a token's own page.
    pub fn link(&self, link: &str) -> String {
        format!("{}/t/{link}", self.public_url)
    }

    /// An act for the journal: who did what, now, on whom.
    pub fn note(&self, actor: &Actor, act: Act, subject: Option<String>) -> Entry {
        self.note_in(&actor.name, actor.scope, act, subject)
    }

    /// The same by anybody, and with the place that it belongs to: that district's officer may read it.
    pub fn note_in(&self, who: &str, place: Scope, act: Act, subject: Option<String>) -> Entry {
        let now = self.clock.now();
        let (id, district_id) = (self.chance.id(now), self.board().district_of(place));
        Entry { id, at: now, actor: who.to_owned(), act: act.to_string(), subject, district_id, body_hash: None, answer: None }
    }

    /// A transaction that only reads.
    pub async fn read(&self) -> Result<Tx> {
        Ok(self.db.read().await?)
    }

    /// A transaction that writes.
    pub async fn write(&self) -> Result<Tx> {
        Ok(self.db.write().await?)
    }
}

/// Why the core could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}
