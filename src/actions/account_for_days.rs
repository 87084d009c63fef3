//! Accounting for days: the same figures for a centre's closing, an officer's list and a month, from the same rows.

use std::collections::{BTreeMap, BTreeSet};

use super::Actor;
use super::look_at_day::within;
use crate::core::Core;
use crate::domain::campaign::Campaign;
use crate::domain::closing::{Account, Batch, Line, Opened, Said, Span, Vials, vials};
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::error::Result;
use crate::ids::CentreId;
use crate::storage::Tx;
use crate::storage::closing::{Closing, Dosed, Given, OpenForms, SentHome, Unended};
use crate::storage::journal::Act;
use crate::storage::opening::{Counted, VialCount};

/// A centre's day.
#[derive(Debug, Clone, Default)]
pub struct DayAccount {
    /// The figures.
    pub account: Account,
    /// A session was planned.
    pub planned: bool,
    /// Doses by batch, vaccinator and operator.
    pub given: Vec<Given>,
    /// Who was sent home or went.
    pub sent_home: Vec<SentHome>,
    /// Of whom nobody has said how the visit ended.
    pub unended: Vec<Unended>,
    /// Bundles of paper forms with something left to do.
    pub forms: Vec<OpenForms>,
    /// What was counted of unopened vials.
    pub counts: Vec<VialCount>,
    /// The closings, the last one last.
    pub closings: Vec<Closing>,
}

impl DayAccount {
    /// The closing that stands.
    pub fn closed(&self) -> Option<&Closing> {
        self.closings.last().filter(|closing| closing.reopened_at.is_none())
    }

    /// It was closed, and opened again.
    pub fn is_reopened(&self) -> bool {
        self.closings.last().is_some_and(|closing| closing.reopened_at.is_some())
    }

    /// What is another number than when the day was closed.
    pub fn changes(&self) -> Vec<(Line, i64, i64)> {
        let then = self.closed().and_then(|closing| serde_json::from_str::<Account>(&closing.account).ok());
        then.map_or_else(Vec::new, |then| self.account.changes_since(&then))
    }

    /// What somebody counted of a batch.
    pub fn said(&self, batch: &Batch) -> Said {
        let mut said = Said::default();
        for count in self.counts.iter().filter(|count| count.vaccine == batch.vaccine && count.batch == batch.batch) {
            *match count.what {
                Counted::Received => &mut said.received,
                Counted::Returned => &mut said.returned,
                Counted::Broken => &mut said.broken,
            } = Some(count.vials);
        }
        said
    }
}

/// Centres' days, by centre and day.
pub type Accounts = BTreeMap<(CentreId, Day), DayAccount>;

/// The accounts of a part of the field within the actor's scope.
pub async fn look_at_accounts(core: &Core, actor: &Actor, place: Scope, span: Span) -> Result<Accounts> {
    within(&core.board(), actor, place)?;
    let mut tx = core.read().await?;
    let accounts = accounts(&mut tx, &core.campaign, place, span).await?;
    tx.commit().await?;
    Ok(accounts)
}

/// A centre's day, with everybody who got a dose.
pub async fn look_at_centre_day(core: &Core, actor: &Actor, centre: CentreId, day: Day) -> Result<(DayAccount, Vec<Dosed>)> {
    actor.centre(&core.board(), centre)?;
    let mut tx = core.read().await?;
    let found = accounts(&mut tx, &core.campaign, Scope::Centre(centre), Span::day(day)).await?;
    let dosed = tx.dosed(centre, day).await?;
    tx.commit().await?;
    Ok((found.into_values().next().unwrap_or_default(), dosed))
}

/// The same as a list of people; that somebody opened it is written down.
pub async fn list_people(core: &Core, actor: &Actor, centre: CentreId, day: Day) -> Result<(DayAccount, Vec<Dosed>)> {
    let found = look_at_centre_day(core, actor, centre, day).await?;
    let mut tx = core.write().await?;
    tx.add_entries(&[core.note(actor, Act::PrintList, Some(format!("day:{centre}:{day}")))]).await?;
    tx.commit().await?;
    Ok(found)
}

/// The accounts of the days on which there was a session, or anything happened.
pub async fn accounts(tx: &mut Tx, campaign: &Campaign, scope: Scope, span: Span) -> sqlx::Result<Accounts> {
    let mut days = Accounts::new();
    for key in tx.planned_days(scope, span).await? {
        days.entry(key).or_default().planned = true;
    }
    for row in tx.given(scope, span).await? {
        let day = days.entry((row.centre_id, row.day)).or_default();
        day.account.people.vaccinated += row.doses;
        day.given.push(row);
    }
    let mut inside = BTreeSet::new();
    for row in tx.unended(scope, span).await? {
        let key = (row.centre_id, row.came_at.day());
        inside.insert((key, row.number));
        let day = days.entry(key).or_default();
        day.account.people.inside += 1;
        day.unended.push(row);
    }
    // The last word on each counts; whoever came back in is inside.
    let mut home = BTreeMap::new();
    for row in tx.sent_home(scope, span).await? {
        home.insert(((row.centre_id, row.came_at.day()), row.token), row);
    }
    for ((key, number), row) in home {
        if !inside.contains(&(key, number)) {
            let day = days.entry(key).or_default();
            *day.account.people.at(row.kind) += 1;
            day.sent_home.push(row);
        }
    }
    for (centre, day, people) in tx.still_observed(scope, span).await? {
        days.entry((centre, day)).or_default().account.observed = people;
    }
    for row in tx.open_forms(scope, span).await? {
        let day = days.entry((row.centre_id, row.day)).or_default();
        day.account.forms += row.used + row.printed;
        day.forms.push(row);
    }
    for row in tx.vial_counts(scope, span).await? {
        days.entry((row.centre_id, row.day)).or_default().counts.push(row);
    }
    let mut opened: BTreeMap<_, BTreeMap<Batch, Vec<Opened>>> = BTreeMap::new();
    for row in tx.opened_vials(scope, span).await? {
        let batch = Batch { vaccine: row.vaccine, batch: row.batch };
        let vial = Opened { holds: row.holds, drawn: row.drawn, open: row.is_open };
        let key = (row.centre_id, row.opened_at.day());
        days.entry(key).or_default();
        opened.entry(key).or_default().entry(batch).or_default().push(vial);
    }
    for row in tx.closings(scope, span).await? {
        days.entry((row.centre_id, row.day)).or_default().closings.push(row);
    }
    for (key, day) in &mut days {
        let opened = opened.remove(key).unwrap_or_default();
        day.account.vials = batches(campaign, day, &opened);
    }
    Ok(days)
}

/// What became of the vials of each batch that was received, opened or given.
fn batches(campaign: &Campaign, day: &DayAccount, opened: &BTreeMap<Batch, Vec<Opened>>) -> Vec<(Batch, Vials)> {
    let given = day.given.iter().map(|row| Batch { vaccine: row.vaccine, batch: row.batch.clone() });
    let counted = day.counts.iter().map(|row| Batch { vaccine: row.vaccine, batch: row.batch.clone() });
    let all: BTreeSet<Batch> = given.chain(counted).chain(opened.keys().cloned()).collect();
    let found = all.into_iter().map(|batch| {
        let opened = opened.get(&batch).map_or(&[][..], Vec::as_slice);
        let holds = opened.first().map(|vial| vial.holds).or(campaign.vial(batch.vaccine).map(|rule| rule.doses)).unwrap_or(1);
        let of = day.given.iter().filter(|row| row.vaccine == batch.vaccine && row.batch == batch.batch);
        let found = vials(holds, opened, of.map(|row| row.doses).sum(), day.said(&batch));
        (batch, found)
    });
    found.collect()
}
