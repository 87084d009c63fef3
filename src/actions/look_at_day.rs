//! Looking at a day: the figures of a district, a zone or a centre, of what it is made of, and what goes wrong there.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Actor;
use crate::board::Board;
use crate::core::Core;
use crate::domain::admission::Verdict;
use crate::domain::day::{Backlog, Figures, Steps, TurnedBack};
use crate::domain::moment::{Day, Moment};
use crate::domain::opening::Checks;
use crate::domain::place::Scope;
use crate::domain::trouble::{Facts, Trouble, in_order, troubles};
use crate::error::{Error, Result};
use crate::ids::{CentreId, DistrictId, SessionId, SlotId, ZoneId};
use crate::storage::field::{Centre, CentreKind};
use crate::storage::scan::ScanKind;
use crate::storage::slot::{Session, Slot};
use crate::storage::tally::{BacklogTally, ScanTally};
use crate::tally::{Counted, Tallies};

/// Hours of a day.
pub const HOURS: usize = 24;

/// What a day's view is made of, one step below what is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A district of the state.
    District(DistrictId),
    /// A zone of the district.
    Zone(ZoneId),
    /// A centre of the zone.
    Centre(CentreId),
    /// A slot of the centre.
    Slot(SlotId),
}

/// A centre on the day.
#[derive(Debug, Clone)]
pub struct CentreDay {
    /// Which.
    pub centre: Centre,
    /// Its figures.
    pub figures: Figures,
    /// Places by hour, and people who entered.
    pub hours: [(i64, i64); HOURS],
    /// Whether its session is stopped.
    pub stopped: bool,
}

/// A day.
#[derive(Debug)]
pub struct DayView {
    /// When it was true.
    pub as_of: Moment,
    /// All of what is looked at.
    pub total: Figures,
    /// At government centres.
    pub government: Figures,
    /// At private centres.
    pub private: Figures,
    /// One step below.
    pub parts: Vec<(Part, Figures)>,
    /// The centres, those in trouble first.
    pub centres: Vec<(CentreDay, Vec<Trouble>)>,
    /// Places and people who entered, by hour.
    pub hours: [(i64, i64); HOURS],
    /// The sessions and slots of the centre that is looked at.
    pub sessions: Vec<Session>,
    #[expect(missing_docs, reason = "see above")]
    pub slots: Vec<Slot>,
}

/// Checks that a part of the field lies within the actor's scope.
pub fn within(board: &Board, actor: &Actor, place: Scope) -> Result<()> {
    let inside = match (actor.scope, place) {
        (Scope::State, _) => true,
        (own, place) if own == place => true,
        (own, Scope::Zone(zone)) => board.zone(zone).is_some_and(|zone| own.meets(zone.district_id)),
        (own, Scope::Centre(id)) => board.centre(id).is_some_and(|centre| own.covers(centre.place())),
        _ => false,
    };
    let exists = match place {
        Scope::Zone(id) => board.zone(id).is_some(),
        Scope::Centre(id) => board.centre(id).is_some(),
        Scope::District(id) => board.district(id).is_some(),
        Scope::State => true,
    };
    if inside && exists { Ok(()) } else { Err(Error::NotFound) }
}

/// Looks at a day of a part of the field within the actor's scope.
pub async fn look_at_day(core: &Arc<Core>, tallies: &Arc<Tallies>, actor: &Actor, place: Scope, day: Day) -> Result<DayView> {
    let board = core.board();
    within(&board, actor, place)?;
    let counted = tallies.of(core, day).await?;
    // What lies before the board's days is read for itself; there is little to be seen of it but its figures.
    let (sessions, slots) = if day >= board.as_of.day() {
        let sessions = board.field.sessions.iter().filter(|session| session.day == day).cloned().collect();
        (sessions, board.field.slots.iter().filter(|slot| slot.day == day).cloned().collect())
    } else {
        let mut tx = core.read().await?;
        let read = (tx.sessions_on(day).await?, tx.slots_on(day).await?);
        tx.commit().await?;
        read
    };
    Ok(view(&Read { board: &board, counted: &counted, sessions: &sessions, slots: &slots }, place))
}

/// Everything that a view is put together from.
struct Read<'a> {
    board: &'a Board,
    counted: &'a Counted,
    sessions: &'a Vec<Session>,
    slots: &'a Vec<Slot>,
}

fn view(read: &Read, place: Scope) -> DayView {
    let now = read.counted.as_of;
    let sessions: HashMap<SessionId, &Session> = read.sessions.iter().map(|session| (session.id, session)).collect();
    let mut slots: HashMap<CentreId, Vec<&Slot>> = HashMap::new();
    for slot in read.slots {
        slots.entry(slot.centre_id).or_default().push(slot);
    }
    let mut scans: HashMap<CentreId, Vec<&ScanTally>> = HashMap::new();
    for scan in &read.counted.scans {
        scans.entry(scan.centre_id).or_default().push(scan);
    }
    let mut found = DayView {
        as_of: now,
        total: Figures::default(),
        government: Figures::default(),
        private: Figures::default(),
        parts: Vec::new(),
        centres: Vec::new(),
        hours: [(0, 0); HOURS],
        sessions: Vec::new(),
        slots: Vec::new(),
    };
    let mut parts: BTreeMap<Part, Figures> = BTreeMap::new();
    for centre in read.board.field.centres.iter().filter(|centre| place.covers(centre.place())) {
        let own_slots = slots.get(&centre.id).map_or(&[][..], Vec::as_slice);
        let own_scans = scans.get(&centre.id).map_or(&[][..], Vec::as_slice);
        let backlog = read.counted.backlog.get(&centre.id).map(backlog).unwrap_or_default();
        let tokenless = read.counted.tokenless.get(&centre.id).copied().unwrap_or_default();
        let overdue_forms = read.counted.overdue_forms.get(&centre.id).copied().unwrap_or_default();
        if own_slots.is_empty() && own_scans.is_empty() && backlog.all() == 0 && tokenless[0] == 0 && overdue_forms == 0 {
            continue;
        }
        let mut day = CentreDay { centre: centre.clone(), figures: Figures::default(), hours: [(0, 0); HOURS], stopped: false };
        let mut facts = Facts::default();
        for slot in own_slots {
            let Some(session) = sessions.get(&slot.session_id) else { continue };
            let figures = of_slot(read.counted, slot, session, now);
            spread(&mut day.hours, slot);
            if slot.starts <= now && now < slot.ends() {
                facts.due_now += figures.steps.issued - figures.steps.arrived;
            }
            facts.stopped |= session.stopped && session.closes > now;
            facts.wait = facts.wait.max(waits(read.counted, slot, now));
            if matches!(place, Scope::Centre(_)) {
                parts.insert(Part::Slot(slot.id), figures.clone());
            }
            day.figures += &figures;
        }
        if matches!(place, Scope::Centre(_)) {
            found.slots = own_slots.iter().map(|slot| (*slot).clone()).collect();
            found.sessions = read.sessions.iter().filter(|session| session.centre_id == centre.id).cloned().collect();
        }
        count_scans(&mut day, own_scans);
        day.figures.backlog = backlog;
        day.figures.steps.vaccinated += tokenless[0];
        day.figures.sixty.vaccinated += tokenless[1];
        day.figures.forty_five.vaccinated += tokenless[2];
        day.stopped = facts.stopped;
        facts.silent = silent(read.counted, centre.id, now).filter(|_| own_slots.iter().any(|slot| slot.day == now.day()));
        facts.due_records = backlog.overdue + backlog.within_six;
        facts.overdue_forms = overdue_forms;
        facts.turned_back = day.figures.all_turned_back();
        facts.arrived = day.figures.steps.arrived;
        let today = own_slots.iter().filter_map(|slot| sessions.get(&slot.session_id).copied()).filter(|session| session.day == now.day());
        facts.red = red(read.counted, centre, today, &day.figures);
        let kind = if centre.kind == CentreKind::Government { &mut found.government } else { &mut found.private };
        *kind += &day.figures;
        found.total += &day.figures;
        for (all, own) in found.hours.iter_mut().zip(&day.hours) {
            *all = (all.0 + own.0, all.1 + own.1);
        }
        let part = match place {
            Scope::State => Some(Part::District(centre.district_id)),
            Scope::District(_) => Some(Part::Zone(centre.zone_id)),
            Scope::Zone(_) => Some(Part::Centre(centre.id)),
            Scope::Centre(_) => None,
        };
        if let Some(part) = part {
            *parts.entry(part).or_default() += &day.figures;
        }
        found.centres.push((day, troubles(&facts)));
    }
    found.parts = Vec::from_iter(parts);
    in_order(&mut found.centres);
    found
}

/// What a centre lacks for its day, between the hour by which it must be ready and the end of its last session.
fn red<'a>(counted: &Counted, centre: &Centre, today: impl Iterator<Item = &'a Session>, figures: &Figures) -> Checks {
    let begun = figures.steps.arrived + figures.steps.vaccinated > 0;
    let morning = counted.mornings.of(centre, today, begun);
    morning.filter(|morning| counted.mornings.is_due(centre, morning, counted.as_of)).map(|morning| morning.red()).unwrap_or_default()
}

fn of_slot(counted: &Counted, slot: &Slot, session: &Session, now: Moment) -> Figures {
    let mut figures = Figures { capacity: slot.capacity, ..Figures::default() };
    if let Some(row) = counted.slots.get(&slot.id) {
        figures.steps = Steps { issued: row.issued, arrived: row.arrived, vaccinated: row.vaccinated };
        figures.sixty = Steps { issued: row.issued_sixty, arrived: row.arrived_sixty, vaccinated: row.vaccinated_sixty };
        figures.forty_five =
            Steps { issued: row.issued_forty_five, arrived: row.arrived_forty_five, vaccinated: row.vaccinated_forty_five };
        figures.waiting = row.arrived - row.vaccinated;
        figures.gone = row.gone;
        figures.no_show = if session.closes < now { row.issued - row.arrived } else { 0 };
    }
    figures
}

/// For how many minutes the first of a slot's people inside has waited.
fn waits(counted: &Counted, slot: &Slot, now: Moment) -> i64 {
    let since = counted.slots.get(&slot.id).and_then(|row| row.waits_since);
    since.filter(|since| since.day() == now.day()).map_or(0, |since| (now - since) / 60)
}

/// For how many minutes none of a centre's phones was heard.
fn silent(counted: &Counted, centre: CentreId, now: Moment) -> Option<i64> {
    let own = counted.gates.iter().filter(|gate| gate.centre_id == centre && gate.enrolled_at.is_some());
    let heard = own.map(|gate| gate.heard_at.or(gate.enrolled_at).unwrap_or_default()).max();
    heard.map(|heard| (now - heard) / 60)
}

/// Spreads a slot's places over the hours that it takes.
fn spread(hours: &mut [(i64, i64); HOURS], slot: &Slot) {
    let (starts, minutes) = (i64::from(slot.starts.minute_of_day()), slot.minutes);
    let mut given = 0;
    for (hour, places) in (0..).zip(hours.iter_mut()) {
        let passed = ((hour + 1) * 60 - starts).clamp(0, minutes);
        let by_then = slot.capacity * passed / minutes;
        places.0 += by_then - given;
        given = by_then;
    }
}

fn count_scans(day: &mut CentreDay, scans: &[&ScanTally]) {
    for scan in scans {
        if entered(scan.kind, scan.verdict) {
            day.hours[scan.hour.clamp(0, HOURS as i64 - 1) as usize].1 += scan.count;
        }
        if let Some(reason) = turned_back(scan.kind, scan.verdict) {
            *day.figures.turned_back.entry(reason).or_default() += scan.count;
        }
    }
}

fn entered(kind: ScanKind, verdict: Option<Verdict>) -> bool {
    matches!(kind, ScanKind::Scan | ScanKind::AdmitAnyway) && verdict == Some(Verdict::Admitted)
}

/// Why a scan turned somebody back.
pub fn turned_back(kind: ScanKind, verdict: Option<Verdict>) -> Option<TurnedBack> {
    match (kind, verdict) {
        (ScanKind::NoToken, _) => Some(TurnedBack::NoToken),
        (ScanKind::WrongPerson, _) => Some(TurnedBack::WrongPerson),
        (ScanKind::Scan, Some(verdict)) => TurnedBack::of(verdict),
        _ => None,
    }
}

fn backlog(row: &BacklogTally) -> Backlog {
    let BacklogTally { overdue, within_six, within_day, later, refused, .. } = *row;
    Backlog { overdue, within_six, within_day, later, refused }
}
