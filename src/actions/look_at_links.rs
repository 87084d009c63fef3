//! Looking at the links: each phone and desk as it was last heard, the portal and the SMS gateway, and how long centres were without the
//! link, with how many they served meanwhile.

use std::collections::HashMap;
use std::ops::AddAssign;

use super::Actor;
use super::watch_portal::{self, PortalState};
use crate::core::Core;
use crate::domain::link::{GAP, Stretch, minutes_without};
use crate::domain::moment::{Day, Moment};
use crate::error::Result;
use crate::ids::CentreId;
use crate::storage::Tx;
use crate::storage::desk::Desk;
use crate::storage::field::Centre;
use crate::storage::gate::Gate;
use crate::storage::link::CentrePc;
use crate::storage::message::GatewayDown;
use crate::storage::portal::Spell;

/// For how long a PC that is not heard any more, and has brought everything, is shown; in seconds.
const PCS_SHOWN: i64 = 2 * 86_400;

/// For how long it is remembered at all.
const PCS_KEPT: i64 = 60 * 86_400;

/// How many spells of the SMS gateway are told of.
const SPELLS: i64 = 10;

/// How often a PC of which nothing is new is written down, in seconds.
const EVERY: i64 = 55;

/// A day of a centre's link.
#[derive(Debug, Clone, Copy, Default)]
pub struct LinkDay {
    /// Minutes of its hours in which one of its phones had no link.
    pub minutes: i64,
    /// People admitted without it.
    pub served: i64,
}

impl AddAssign for LinkDay {
    fn add_assign(&mut self, more: Self) {
        self.minutes += more.minutes;
        self.served += more.served;
    }
}

/// The links of several centres, added up.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct LinkSum {
    pub centres: i64,
    pub phones: i64,
    pub waiting: i64,
    /// When the oldest of what waits was written.
    pub oldest_at: Option<Moment>,
    pub day: LinkDay,
    pub before: LinkDay,
}

impl LinkSum {
    /// Adds a centre.
    pub fn add(&mut self, row: &CentreLink) {
        self.centres += 1;
        self.phones += row.gates.len() as i64;
        self.waiting += row.gates.iter().map(|gate| gate.waiting).sum::<i64>();
        self.oldest_at = self.oldest_at.into_iter().chain(row.gates.iter().filter_map(|gate| gate.oldest_at)).min();
        self.day += row.day;
        self.before += row.before;
    }
}

/// A centre with its phones.
#[derive(Debug, Clone)]
pub struct CentreLink {
    /// Which.
    pub centre: Centre,
    /// Its phones, revoked ones left out.
    pub gates: Vec<Gate>,
    /// On the day.
    pub day: LinkDay,
    /// On the day before.
    pub before: LinkDay,
}

/// What hangs on a link.
#[derive(Debug, Clone)]
pub struct Links {
    /// The centres that have a phone; those longest without the link first.
    pub centres: Vec<CentreLink>,
    /// The zone offices' desks that may issue.
    pub desks: Vec<Desk>,
    /// The PCs of centres, those longest silent first.
    pub pcs: Vec<CentrePc>,
    /// The national portal.
    pub portal: PortalState,
    /// Since when the SMS gateway takes nothing, if it does.
    pub gateway_down: Option<GatewayDown>,
    /// When it took nothing, the last time first.
    pub gateway_spells: Vec<Spell>,
}

/// Notes what a centre's PC says of itself.
pub async fn hear_pc(core: &Core, heard: CentrePc) -> Result<()> {
    let before = core.read().await?.centre_pc(heard.id).await?;
    let same = |row: &CentrePc| {
        let said = |row: &CentrePc| (row.centre_id, row.waiting, row.refused);
        said(row) == said(&heard) && heard.heard_at - row.heard_at < EVERY
    };
    if before.as_ref().is_some_and(same) {
        return Ok(());
    }
    let mut tx = core.write().await?;
    tx.set_centre_pc(&heard).await?;
    if before.is_none() {
        tx.forget_centre_pcs(heard.heard_at + -PCS_KEPT).await?;
    }
    Ok(tx.commit().await?)
}

/// The links of the actor's part of the field.
pub async fn look_at_links(core: &Core, actor: &Actor, day: Day) -> Result<Links> {
    let now = core.clock.now();
    let mut tx = core.read().await?;
    let gates: Vec<_> = tx.gates().await?.into_iter().filter(|gate| gate.enrolled_at.is_some()).collect();
    let days = [of_day(&mut tx, &gates, day, now).await?, of_day(&mut tx, &gates, day.plus(-1), now).await?];
    let desks = tx.desks(actor.scope).await?.into_iter().filter(Desk::is_active).collect();
    let pcs = tx.centre_pcs(actor.scope, now + -PCS_SHOWN).await?;
    let portal = watch_portal::read(&mut tx, now).await?;
    let gateway_down = tx.gateway_down(crate::workers::messages::NAME).await?;
    let gateway_spells = tx.gateway_spells(crate::workers::messages::NAME, SPELLS).await?;
    tx.commit().await?;
    let board = core.board();
    let mut by_centre: HashMap<CentreId, Vec<Gate>> = HashMap::new();
    for gate in gates {
        by_centre.entry(gate.centre_id).or_default().push(gate);
    }
    let found = by_centre.into_iter().filter_map(|(id, gates)| {
        let centre = actor.centre(&board, id).ok()?.clone();
        let [on_day, before] = [0, 1].map(|n| days[n].get(&id).copied().unwrap_or_default());
        Some(CentreLink { centre, gates, day: on_day, before })
    });
    let mut centres: Vec<_> = found.collect();
    centres.sort_by_key(|row| (-row.day.minutes, row.centre.id));
    Ok(Links { centres, desks, pcs, portal, gateway_down, gateway_spells })
}

async fn of_day(tx: &mut Tx, gates: &[Gate], day: Day, now: Moment) -> Result<HashMap<CentreId, LinkDay>> {
    let (from, until) = (day.start(), day.plus(1).start());
    let mut gaps: HashMap<CentreId, Vec<Stretch>> = HashMap::new();
    for gap in tx.link_gaps(from, until).await? {
        gaps.entry(gap.centre_id).or_default().push((gap.from_at, gap.until_at));
    }
    for gate in gates {
        // A silence that goes on has no row yet.
        if let Some(heard) = gate.heard_at.or(gate.enrolled_at).filter(|heard| now - *heard > GAP) {
            gaps.entry(gate.centre_id).or_default().push((heard, now));
        }
    }
    let mut open: HashMap<CentreId, Vec<Stretch>> = HashMap::new();
    for session in tx.sessions_on(day).await? {
        open.entry(session.centre_id).or_default().push((session.opens, session.closes));
    }
    let mut days: HashMap<CentreId, LinkDay> = HashMap::new();
    for (centre, gaps) in gaps {
        let minutes = minutes_without(&gaps, open.get(&centre).map_or(&[][..], Vec::as_slice));
        days.entry(centre).or_default().minutes = minutes;
    }
    for (centre, served) in tx.served_without_link(from, until).await? {
        days.entry(centre).or_default().served = served;
    }
    Ok(days)
}
