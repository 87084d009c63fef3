//! The opening check: what is known of a centre's morning, and what somebody there says of it.

use std::collections::HashMap;

use super::Actor;
use super::command::{CommandId, commit};
use super::count_vials::{Count, counted};
use crate::core::Core;
use crate::domain::closing::Span;
use crate::domain::moment::{Day, Moment, clock};
use crate::domain::opening::{Morning, USUAL_HOUR, phones_until};
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{CentreId, DistrictId};
use crate::storage::Tx;
use crate::storage::field::Centre;
use crate::storage::journal::Act;
use crate::storage::opening::{Counted, Opening};
use crate::storage::slot::Session;

/// What is known of the mornings of a day.
#[derive(Debug, Default)]
pub struct Mornings {
    openings: HashMap<CentreId, Opening>,
    vials: HashMap<CentreId, i64>,
    lanes: HashMap<CentreId, Vec<(i64, Moment)>>,
    hours: HashMap<DistrictId, i64>,
}

impl Mornings {
    /// Reads it, for a part of the field.
    pub async fn read(tx: &mut Tx, scope: Scope, day: Day) -> sqlx::Result<Self> {
        let mut found = Self {
            openings: tx.openings_on(day).await?.into_iter().map(|row| (row.centre_id, row)).collect(),
            hours: tx.opening_hours().await?.into_iter().collect(),
            ..Self::default()
        };
        for count in tx.vial_counts(scope, Span::day(day)).await?.iter().filter(|count| count.what == Counted::Received) {
            *found.vials.entry(count.centre_id).or_default() += count.vials;
        }
        for lane in tx.held_lanes().await? {
            found.lanes.entry(lane.centre_id).or_default().push((lane.lane, lane.ends_at));
        }
        Ok(found)
    }

    /// What is known of a centre's, with its sessions of the day. Nothing: it has none, or they are stopped.
    pub fn of<'a>(&self, centre: &Centre, sessions: impl Iterator<Item = &'a Session>, begun: bool) -> Option<Morning> {
        let sessions: Vec<_> = sessions.filter(|session| session.centre_id == centre.id && !session.stopped).collect();
        let said = self.openings.get(&centre.id);
        let lanes = sessions.iter().map(|session| session.lanes).max()?;
        Some(Morning {
            phones_until: phones_until(lanes, centre.lenient, self.lanes.get(&centre.id).map_or(&[], Vec::as_slice)),
            closes: sessions.iter().map(|session| session.closes).max()?,
            vials: self.vials.get(&centre.id).copied(),
            printer: said.and_then(|said| said.printer),
            paper: said.and_then(|said| said.paper),
            staff: said.and_then(|said| said.staff),
            vaccinators: said.and_then(|said| said.vaccinators),
            begun,
        })
    }

    /// Whether a centre must be ready by now, and its day is not over.
    pub fn is_due(&self, centre: &Centre, morning: &Morning, now: Moment) -> bool {
        now >= now.day().at_minute(self.hour(centre.district_id)) && now < morning.closes
    }

    /// By when a district's centres must be ready, in minutes after midnight.
    pub fn hour(&self, district: DistrictId) -> u32 {
        self.hours.get(&district).and_then(|minute| u32::try_from(*minute).ok()).unwrap_or(USUAL_HOUR)
    }
}

/// "This is how we stand this morning."
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct CheckOpening {
    pub command: CommandId,
    pub actor: Actor,
    pub centre: CentreId,
    pub printer: Option<bool>,
    pub paper: Option<bool>,
    pub staff: Option<i64>,
    pub vaccinators: Option<i64>,
    pub note: String,
    /// Vials received, by batch.
    pub vials: Vec<Count>,
}

/// Keeps what was said. Saying the same once more adds nothing.
pub async fn check_opening(core: &Core, asked: &CheckOpening) -> Result<()> {
    actor_inside(core, &asked.actor, asked.centre)?;
    let now = core.clock.now();
    let day = now.day();
    let mut tx = core.write().await?;
    if asked.command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(());
    }
    let row = Opening {
        id: 0,
        centre_id: asked.centre,
        day,
        printer: asked.printer,
        paper: asked.paper,
        staff: asked.staff,
        vaccinators: asked.vaccinators,
        note: asked.note.clone(),
        said_at: now,
        said_by: asked.actor.name.to_string(),
    };
    let same = |last: &Opening| {
        let of = |row: &Opening| (row.printer, row.paper, row.staff, row.vaccinators, row.note.clone());
        of(last) == of(&row)
    };
    if !tx.openings_of(asked.centre, day).await?.first().is_some_and(same) {
        let id = tx.take_numbers("opening", 1).await?;
        tx.add_opening(&Opening { id, ..row }).await?;
    }
    counted(&mut tx, &asked.actor, asked.centre, day, &asked.vials, now).await?;
    let note = core.note(&asked.actor, Act::CheckOpening, Some(format!("day:{}:{day}", asked.centre)));
    asked.command.note(&mut tx, note, &()).await?;
    commit(tx).await
}

/// Sets by when the centres of a district must be ready.
pub async fn set_opening_hour(core: &Core, actor: &Actor, district: DistrictId, minute: u32) -> Result<()> {
    if !actor.role.is_officer() || !actor.scope.meets(district) {
        return Err(Error::NotFound);
    }
    let mut tx = core.write().await?;
    tx.set_opening_hour(district, i64::from(minute)).await?;
    let subject = clock(minute);
    tx.add_entries(&[core.note_in(&actor.name, Scope::District(district), Act::SetOpeningHour, Some(subject))]).await?;
    commit(tx).await
}

/// Checks that somebody answers for a centre's day: who works inside, or an officer above.
pub(super) fn actor_inside(core: &Core, actor: &Actor, centre: CentreId) -> Result<()> {
    actor.centre(&core.board(), centre)?;
    if actor.role.runs_gates() { Ok(()) } else { Err(Error::Forbidden) }
}
