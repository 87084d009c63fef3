//! Reading back what the portal holds: the faults that people complain of, each with what mends it.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _};

use super::Actor;
use super::command::commit;
use crate::core::Core;
use crate::domain::moment::{Day, Moment};
use crate::domain::place::Scope;
use crate::domain::reconcile::{Difference, There, differences};
use crate::error::{Error, Result};
use crate::ids::{BeneficiaryId, CentreId};
use crate::portal::CallError;
use crate::portal::cowin::{Beneficiary, Cowin};
use crate::storage::journal::Act;
use crate::storage::reconcile::{Finding, OnPortal};

/// How many people are read from the database at a time.
const SOME: i64 = 500;

/// The settings that say when everybody was compared last, and since when somebody waits for that.
const COMPARED: &str = "reconciled_at";
const ASKED: &str = "reconcile_asked_at";

/// The setting that says how far a comparison came that has not ended: the next one goes on there.
const CAME_TO: &str = "reconcile_came_to";

/// How many people are looked up at the same time.
const AT_ONCE: usize = 4;

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// People who were compared.
    pub people: usize,
    /// People of whom the portal told in a way that cannot be read: what was found of them before stands.
    pub unread: usize,
    /// What was found, by kind.
    pub found: BTreeMap<String, usize>,
}

/// Compares everybody who has a dose that was uploaded from here, given within some days. Stops at the first call that fails: what was
/// found until then stays, and the next comparison goes on from there.
pub async fn reconcile(core: &Core, actor: &Actor, portal: &Cowin, from: Day) -> Result<Reconciled> {
    let mut told = Reconciled::default();
    let came_to = core.read().await?.setting(CAME_TO).await?;
    let (begun, mut after) = going_on(came_to.as_deref(), from, core.clock.now());
    loop {
        let people = core.read().await?.uploaded_people(from, after, SOME).await?;
        let Some(last) = people.last() else { break };
        after = Some(last.person);
        let (found_at, mut findings) = (core.clock.now(), Vec::new());
        let mut compared = Vec::with_capacity(people.len());
        let mut calls = Vec::with_capacity(people.len());
        for person in &people {
            calls.push(look_up(portal, person));
        }
        let mut looked_up = stream::iter(calls).buffered(AT_ONCE);
        for person in &people {
            let Some(there) = looked_up.next().await else { break };
            let there = match there {
                Ok(there) => there,
                Err(CallError::Unreadable(words)) => {
                    tracing::warn!(person = %person.person, %words, "cannot be compared with the portal");
                    told.unread += 1;
                    continue;
                }
                Err(CallError::Fault(words) | CallError::Refused(words)) => {
                    return Err(Error::Unavailable(format!("the portal does not answer: {words}")));
                }
            };
            compared.push(person.person);
            for (kind, dose, here, there) in differences(&person.doses, person.mobile.as_ref(), &there) {
                *told.found.entry(kind.to_string()).or_default() += 1;
                findings.push(Finding { beneficiary_id: person.person, dose, kind, here, there, found_at });
            }
        }
        let mut tx = core.write().await?;
        tx.set_findings(&compared, &findings).await?;
        tx.set_setting(CAME_TO, &format!("{} {from} {}", begun.0, last.person)).await?;
        commit(tx).await?;
        told.people += compared.len();
    }
    let mut tx = core.write().await?;
    tx.set_setting(CAME_TO, "").await?;
    tx.set_setting(COMPARED, &begun.0.to_string()).await?;
    tx.add_entries(&[core.note(actor, Act::Reconcile, None)]).await?;
    commit(tx).await?;
    Ok(told)
}

/// When the comparison was begun that goes on now, and after whom. One of another day, or of other doses, is begun anew: what it found is
/// too old to be called today's.
fn going_on(came_to: Option<&str>, from: Day, now: Moment) -> (Moment, Option<BeneficiaryId>) {
    let left_off = || {
        let mut words = came_to?.split(' ');
        let begun = Moment(words.next()?.parse().ok()?);
        let same = words.next()? == from.to_string() && begun.day() == now.day();
        let last = words.next()?.parse().ok()?;
        same.then_some((begun, Some(BeneficiaryId(last))))
    };
    left_off().unwrap_or((now, None))
}

/// When everybody was compared last, and since when somebody waits for it to be done now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Comparing {
    /// The last one that came to its end: when it was begun.
    pub compared: Option<Moment>,
    /// Asked for, and not begun or not finished yet.
    pub asked: Option<Moment>,
}

/// How the comparing stands.
pub async fn comparing(core: &Core) -> Result<Comparing> {
    let mut tx = core.read().await?;
    let read = |text: Option<String>| text.and_then(|text| text.parse().ok()).map(Moment);
    Ok(Comparing { compared: read(tx.setting(COMPARED).await?), asked: read(tx.setting(ASKED).await?) })
}

/// Asks for a comparison now: whichever process is connected to the portal does it. Asking twice asks once.
pub async fn ask_to_compare(core: &Core, actor: &Actor) -> Result<()> {
    if comparing(core).await?.asked.is_some() {
        return Ok(());
    }
    let mut tx = core.write().await?;
    tx.set_setting(ASKED, &core.clock.now().0.to_string()).await?;
    tx.add_entries(&[core.note(actor, Act::AskToCompare, None)]).await?;
    commit(tx).await
}

/// What was asked for is done.
pub async fn was_compared(core: &Core) -> Result<()> {
    let mut tx = core.write().await?;
    tx.set_setting(ASKED, "").await?;
    commit(tx).await
}

/// Notes that the portal's office was asked to put a difference right, by somebody who may see the person.
pub async fn ask_office(core: &Core, actor: &Actor, person: BeneficiaryId, dose: i64, kind: Difference) -> Result<()> {
    let mut tx = core.write().await?;
    tx.askers(actor.scope, &[person], 1).await?.pop().ok_or(Error::NotFound)?;
    if !tx.add_asked(person, dose, kind, &actor.name, core.clock.now()).await? {
        return Err(Error::NotFound);
    }
    tx.add_entries(&[core.note(actor, Act::AskPortalOffice, Some(format!("person:{person}")))]).await?;
    commit(tx).await
}

/// Takes in what the portal calls centres.
pub async fn name_portal_centres(core: &Core, actor: &Actor, numbers: &[(CentreId, String)]) -> Result<()> {
    let mut tx = core.write().await?;
    let mut entries = Vec::with_capacity(numbers.len());
    for (centre, portal_id) in numbers {
        tx.set_portal_centre(*centre, portal_id).await?;
        entries.push(core.note_in(&actor.name, Scope::Centre(*centre), Act::NamePortalCentre, Some(format!("centre:{centre}"))));
    }
    for some in entries.chunks(SOME as usize) {
        tx.add_entries(some).await?;
    }
    commit(tx).await
}

/// What the portal holds of somebody: under the number it gave, else under the mobile number and name.
async fn look_up(portal: &Cowin, person: &OnPortal) -> Result<Vec<There>, CallError> {
    let mut found: Vec<Beneficiary> = Vec::new();
    if let Some(reference) = &person.reference {
        found.extend(portal.by_reference(reference).await?);
    }
    if let Some(mobile) = &person.mobile {
        let others = portal.by_mobile(mobile).await?;
        found.extend(others.into_iter().filter(|other| other.is_named(person.name.as_str(), person.birth_year)));
    }
    found.sort_by(|a, b| a.beneficiary_reference_id.cmp(&b.beneficiary_reference_id));
    found.dedup_by(|a, b| a.beneficiary_reference_id == b.beneficiary_reference_id);
    let there = |held: Beneficiary| There { days: [held.dose(1), held.dose(2)], mobile_end: held.mobile_number };
    Ok(found.into_iter().map(there).collect())
}
