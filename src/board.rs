//! The board of free places: what everybody reads, from memory.
//!
//! It is refreshed after each commit of this process, and by a short poll where other processes write too. Pages made from
//! it are rendered once and compressed once, until it changes or the minute does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, interval};

use crate::core::Core;
use crate::domain::booking::Offer;
use crate::domain::moment::{Day, Moment};
use crate::domain::place::{Free, Owner, Scope};
use crate::i18n::{Lang, Third};
use crate::ids::{CentreId, DistrictId, SessionId, SlotId, ZoneId};
use crate::storage::field::{Centre, District, Zone};
use crate::storage::holiday::Holiday;
use crate::storage::slot::{BookingSlot, Session, Share, Slot};
use crate::storage::third::ThirdLanguage;
use crate::storage::{Db, Tx};

/// How long changes are gathered before the board is renewed.
const GATHER: Duration = Duration::from_millis(150);

/// How often a database that others write to is read again.
const POLL: Duration = Duration::from_secs(2);

/// How many rendered pages one board keeps.
const MOST_PAGES: usize = 2_000;

/// The field as of one moment.
#[derive(Default)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Field {
    pub districts: Vec<District>,
    pub zones: Vec<Zone>,
    pub centres: Vec<Centre>,
    pub sessions: Vec<Session>,
    pub slots: Vec<Slot>,
    /// From yesterday on, soonest first.
    pub holidays: Vec<Holiday>,
    /// Third languages of districts.
    pub thirds: Vec<Third>,
}

/// A rendered page.
pub struct Page {
    /// As it is.
    pub plain: Bytes,
    /// Gzipped.
    pub gzip: Bytes,
    /// Its name for caches.
    pub etag: String,
}

/// The field and its free places.
pub struct Board {
    /// Grows with each renewal.
    pub version: u64,
    /// When it was true.
    pub as_of: Moment,
    /// The field.
    pub field: Arc<Field>,
    free: HashMap<SlotId, Vec<(Owner, i64)>>,
    pages: Mutex<HashMap<String, Arc<Page>>>,
}

impl Board {
    /// Reads everything from yesterday on.
    pub async fn read(db: &Db, now: Moment, version: u64) -> sqlx::Result<Self> {
        let from = now.day().plus(-1);
        let mut tx = db.read().await?;
        let field = Field {
            districts: tx.districts().await?,
            zones: tx.zones().await?,
            centres: tx.centres().await?,
            sessions: tx.sessions_from(from).await?,
            slots: tx.slots_from(from).await?,
            holidays: tx.holidays_from(from).await?,
            thirds: thirds(&mut tx).await?,
        };
        let mut free = HashMap::with_capacity(field.slots.len());
        count_free(&mut free, tx.shares_from(from).await?);
        tx.commit().await?;
        Ok(Self { version, as_of: now, field: Arc::new(field), free, pages: Mutex::default() })
    }

    /// The same board with some slots read again.
    pub async fn with_slots(&self, db: &Db, slots: &[SlotId], now: Moment) -> sqlx::Result<Self> {
        let mut free = self.free.clone();
        for slot in slots {
            free.remove(slot);
        }
        for some in slots.chunks(500) {
            let mut tx = db.read().await?;
            count_free(&mut free, tx.shares_of(some).await?);
            tx.commit().await?;
        }
        Ok(Self { version: self.version + 1, as_of: now, field: Arc::clone(&self.field), free, pages: Mutex::default() })
    }

    /// Places that an office may still give out in a slot; walk-in places are not counted.
    pub fn free(&self, slot: SlotId) -> Free {
        self.counted(slot, |owner| *owner != Owner::WalkIn)
    }

    /// Places of these owners that are left in a slot.
    pub fn free_of(&self, slot: SlotId, owners: &[Owner]) -> Free {
        self.counted(slot, |owner| owners.contains(owner))
    }

    fn counted(&self, slot: SlotId, counts: impl Fn(&Owner) -> bool) -> Free {
        let mut free = Free::default();
        for (owner, places) in self.free.get(&slot).into_iter().flatten().filter(|(owner, _)| counts(owner)) {
            free.count(*owner, *places);
        }
        free
    }

    /// The centre with an id.
    pub fn centre(&self, id: CentreId) -> Option<&Centre> {
        self.field.centres.iter().find(|centre| centre.id == id)
    }

    /// A centre's name; empty for one that is not there any more.
    pub fn centre_name(&self, id: CentreId, lang: Lang) -> &str {
        self.centre(id).map_or("", |centre| centre.name(lang))
    }

    /// The centre with a code.
    pub fn centre_by_code(&self, code: &str) -> Option<&Centre> {
        self.field.centres.iter().find(|centre| centre.code == code)
    }

    /// The zone with an id.
    pub fn zone(&self, id: ZoneId) -> Option<&Zone> {
        self.field.zones.iter().find(|zone| zone.id == id)
    }

    /// The district with an id.
    pub fn district(&self, id: DistrictId) -> Option<&District> {
        self.field.districts.iter().find(|district| district.id == id)
    }

    /// The district that a scope lies in; none for the whole state.
    pub fn district_of(&self, scope: Scope) -> Option<DistrictId> {
        match scope {
            Scope::Zone(id) => self.zone(id).map(|zone| zone.district_id),
            Scope::Centre(id) => self.centre(id).map(|centre| centre.district_id),
            Scope::District(id) => Some(id),
            Scope::State => None,
        }
    }

    /// What a district keeps a day free for.
    pub fn holiday(&self, district: DistrictId, day: Day) -> Option<&Holiday> {
        self.field.holidays.iter().find(|holiday| holiday.day == day && holiday.is_in(district))
    }

    /// What its district keeps a slot's day free for.
    pub fn holiday_at(&self, slot: &Slot) -> Option<&Holiday> {
        self.holiday(self.centre(slot.centre_id)?.district_id, slot.day)
    }

    /// The session of a slot to which people may still be sent: neither stopped nor on a holiday, on which some sessions may stand
    /// until they are stopped.
    pub fn open_session(&self, slot: &Slot) -> Option<&Session> {
        self.session(slot.session_id).filter(|session| !session.stopped && self.holiday_at(slot).is_none())
    }

    /// What a slot offers, as far as it may still be given out.
    pub fn offer(&self, slot: &BookingSlot) -> Offer {
        Offer { holiday: self.holiday(slot.district_id, slot.starts.day()).is_some(), ..slot.offer() }
    }

    /// A district's third language.
    pub fn third(&self, district: DistrictId) -> Option<&Third> {
        self.field.thirds.iter().find(|third| third.language.district_id == district)
    }

    /// The third language at a centre.
    pub fn third_at(&self, centre: CentreId) -> Option<&Third> {
        self.third(self.centre(centre)?.district_id)
    }

    /// The session with an id.
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.field.sessions.iter().find(|session| session.id == id)
    }

    /// How many lanes a centre has: as many as gates are planned, or as a session has that was made for more and is yet to come.
    pub fn lanes_at(&self, centre: &Centre, today: Day) -> i64 {
        let sessions = self.field.sessions.iter().filter(|session| session.centre_id == centre.id && session.day >= today);
        sessions.map(|session| session.lanes).fold(centre.gates, i64::max)
    }

    /// The slot with an id.
    pub fn slot(&self, id: SlotId) -> Option<&Slot> {
        self.field.slots.iter().find(|slot| slot.id == id)
    }

    /// Slots of a centre on a day, in order of time.
    pub fn slots_on(&self, centre: CentreId, day: Day) -> impl Iterator<Item = &Slot> {
        self.field.slots.iter().filter(move |slot| slot.centre_id == centre && slot.day == day)
    }

    /// The days on which a centre still has slots after a moment.
    pub fn days(&self, centre: Option<CentreId>, now: Moment) -> Vec<Day> {
        let wanted = |slot: &&Slot| centre.is_none_or(|id| slot.centre_id == id) && slot.ends() > now;
        let mut days: Vec<_> = self.field.slots.iter().filter(wanted).map(|slot| slot.day).collect();
        days.dedup();
        days
    }

    /// The page under a key, rendered the first time it is asked for.
    pub fn page<E>(&self, key: &str, render: impl FnOnce() -> Result<String, E>) -> Result<Arc<Page>, E> {
        if let Some(page) = self.pages.lock().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Ok(Arc::clone(page));
        }
        let page = Arc::new(Page::new(render()?));
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() == MOST_PAGES {
            pages.clear();
        }
        pages.insert(key.to_owned(), Arc::clone(&page));
        Ok(page)
    }
}

impl Page {
    fn new(html: String) -> Self {
        use std::io::Write;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        // Writing into memory cannot fail.
        let _ = gzip.write_all(html.as_bytes());
        let etag = format!("\"{}\"", crate::chance::short_hash(&html));
        Self { gzip: gzip.finish().unwrap_or_default().into(), plain: html.into(), etag }
    }
}

/// The third languages, each with its texts and clips.
async fn thirds(tx: &mut Tx) -> sqlx::Result<Vec<Third>> {
    let languages = tx.third_languages().await?;
    // Most states have none.
    if languages.is_empty() {
        return Ok(Vec::new());
    }
    let (mut texts, mut clips) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
    for row in tx.third_texts().await? {
        texts.entry(row.district_id).or_default().push(row);
    }
    for (district, word, version) in tx.third_clips().await? {
        clips.entry(district).or_default().push((word, version));
    }
    let third = |language: ThirdLanguage| {
        let of = language.district_id;
        Third::new(language, texts.remove(&of).unwrap_or_default(), clips.remove(&of).unwrap_or_default())
    };
    Ok(languages.into_iter().map(third).collect())
}

fn count_free(free: &mut HashMap<SlotId, Vec<(Owner, i64)>>, shares: Vec<Share>) {
    for share in shares {
        free.entry(share.slot_id).or_default().push((share.owner, share.capacity - share.taken));
    }
}

/// Renews the board until the core is gone.
pub async fn keep_fresh(core: Weak<Core>, mut touches: UnboundedReceiver<SlotId>) {
    let mut poll = interval(POLL);
    let mut touched = Vec::new();
    let mut last_renewal = Instant::now();
    loop {
        let all = tokio::select! {
            count = touches.recv_many(&mut touched, 10_000) => if count == 0 { return } else { false },
            _ = poll.tick() => true,
        };
        let Some(core) = core.upgrade() else { return };
        let renewed = if all {
            let minute_passed = core.clock.now().0 / 60 != core.board().as_of.0 / 60;
            if !core.db.is_shared() && !minute_passed {
                continue;
            }
            reload_changed_keys(&core).await;
            if let Err(error) = core.reload_epoch().await {
                tracing::warn!(%error, "the epoch could not be read again");
            }
            core.reload_board().await
        } else {
            tokio::time::sleep_until(last_renewal + GATHER).await;
            while let Ok(slot) = touches.try_recv() {
                touched.push(slot);
            }
            touched.sort_unstable();
            touched.dedup();
            core.renew_slots(&touched).await
        };
        touched.clear();
        last_renewal = Instant::now();
        if let Err(error) = renewed {
            tracing::warn!(%error, "the board of free places could not be renewed");
        }
    }
}

async fn reload_changed_keys(core: &Core) {
    if let Err(error) = core.reload_keys().await {
        tracing::warn!(%error, "the keys could not be read again");
    }
}
