//! Putting somebody on the waiting list, for whom there is no place now; looking at the list, and taking people off it.

use super::Actor;
use super::command::{CommandId, commit};
use super::issue_tokens::{Details, Person};
use super::look_up::with_history;
use super::mend_person::mobile_has_room;
use crate::core::Core;
use crate::domain::booking::{Applicant, PastDose, Refusal};
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Day;
use crate::domain::place::{Role, Scope};
use crate::domain::waiting::{WaitingState, WhyRemoved};
use crate::error::{Error, Result};
use crate::ids::{BeneficiaryId, CentreId, DoseId, WaitingId, ZoneId};
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::dose::DoseRow;
use crate::storage::journal::Act;
use crate::storage::person::Beneficiary;
use crate::storage::waiting::{NewWaiting, Waiting, WaitingFilter};

/// "There is no place for this person: put them on the list."
#[derive(Debug, Clone)]
pub struct WaitForPlace {
    /// The command's id.
    pub command: CommandId,
    /// Who asks.
    pub actor: Actor,
    /// For whom.
    pub person: Person,
    /// A dose given elsewhere, from a card that was shown. Only counts when no dose is on record.
    pub earlier_dose: Option<(Vaccine, Day)>,
    /// Only this centre will do; none: any of the zone's.
    pub centre: Option<CentreId>,
    /// They can come within the hour.
    pub standby: bool,
}

/// Whose list the actor puts people on, and for which centre: an operator's people wait for the operator's own.
fn list_of(core: &Core, asked: &WaitForPlace) -> Result<(ZoneId, Option<CentreId>)> {
    let board = core.board();
    let own = |id| asked.actor.centre(&board, id);
    match asked.actor.scope {
        Scope::Zone(zone) => Ok((zone, asked.centre.map(own).transpose()?.map(|centre| centre.id))),
        Scope::Centre(id) => Ok((own(id)?.zone_id, Some(id))),
        Scope::District(_) | Scope::State => Err(Error::Forbidden),
    }
}

/// Does it, or says why not. Who is on a list already keeps their place there.
pub async fn wait_for_place(core: &Core, asked: &WaitForPlace) -> Result<WaitingId> {
    repeating(|| write(core, asked)).await
}

async fn write(core: &Core, asked: &WaitForPlace) -> Result<WaitingId, Failure> {
    let now = core.clock.now();
    let (zone_id, centre_id) = list_of(core, asked)?;
    let mut tx = core.db.write().await?;
    if let Some(id) = asked.command.done_before(&mut tx).await? {
        return Ok(id);
    }
    let person = match decide(core, &mut tx, asked).await? {
        Ok(person) => person,
        Err(refusal) => {
            let entry = asked.command.entry::<WaitingId>(core.note(&asked.actor, Act::WaitForPlace, None), Err(&refusal));
            if !tx.add_entries(&[entry]).await? {
                return Err(Failure::Again);
            }
            commit(tx).await?;
            return Err(refusal.into());
        }
    };
    let id = if let Some(there) = tx.waiting_of(person).await? {
        there.id
    } else {
        let id = WaitingId(tx.take_numbers("waiting", 1).await?);
        let asked_by = asked.actor.name.to_string();
        let row = NewWaiting {
            id,
            beneficiary_id: person,
            zone_id,
            centre_id,
            standby: asked.standby,
            not_before: None,
            asked_at: now,
            asked_by,
        };
        if !tx.add_waiting(&row).await? {
            return Err(Failure::Again);
        }
        id
    };
    let note = core.note(&asked.actor, Act::WaitForPlace, Some(format!("person:{person}")));
    if !tx.add_entries(&[asked.command.entry(note, Ok(&id))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    Ok(id)
}

/// Whether the person is due and has no token; only then a new person is written down.
async fn decide(core: &Core, tx: &mut Tx, asked: &WaitForPlace) -> Result<Result<BeneficiaryId, Refusal>, Failure> {
    let now = core.clock.now();
    let (known, details) = match &asked.person {
        Person::Known(id, _) => (Some(*id), None),
        Person::Same(id, details) => (Some(*id), Some(details)),
        Person::Typed(details) => (None, Some(details)),
    };
    let hashes: Vec<_> = details.iter().map(|details| details.id_hash.clone()).collect();
    let by_id = tx.people(&[], &[], &hashes).await?.into_iter().next().map(|found| found.person);
    let known = match holder(known, by_id.as_ref(), details.map(|details| &**details)) {
        Ok(known) => known,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let id = known.unwrap_or_else(|| BeneficiaryId(core.chance.id(now)));
    let mut under = details.map(|details| (details.mobile.clone(), details.mobile_of));
    let mut applicant = match known {
        Some(id) => {
            let people = tx.people(&[id], &[], &[]).await?;
            let Some(found) = with_history(tx, people).await?.pop() else { return Ok(Err(Refusal::PersonUnknown)) };
            under = Some((found.row.mobile, found.row.mobile_of));
            Applicant { certificate: found.applicant.certificate || asked.person.certificate(), ..found.applicant }
        }
        None => details.map(|details| newcomer(details)).ok_or(Refusal::PersonUnknown)?,
    };
    let stated = asked.earlier_dose.filter(|_| applicant.doses.is_empty());
    applicant.doses.extend(stated.map(|(vaccine, given_on)| PastDose { number: 1, vaccine, given_on }));
    if let Err(refusal) = may_wait(core, &applicant) {
        return Ok(Err(refusal));
    }
    if let Some((Some(mobile), whose)) = under
        && whose.counts()
        && let Err(full) = mobile_has_room(core, tx, &mobile, Some(id)).await?
    {
        return Ok(Err(full));
    }
    if let (None, Some(details)) = (known, details) {
        tx.add_people(&[details.beneficiary(id)], now).await?;
    }
    if let (None, Some(details)) = (&by_id, details)
        && !tx.add_identities(&[details.identity(id)]).await?
    {
        return Err(Failure::Again);
    }
    if let (Some(id), Some(care)) = (known, asked.person.care()) {
        tx.set_care(id, &care.needs, care.language).await?;
    }
    if let Some(locality) = details.and_then(|details| details.locality.clone()) {
        tx.set_localities(&[(id, locality)]).await?;
    }
    if asked.person.certificate() && known.is_some() {
        tx.set_certificate(&[id]).await?;
    }
    if let Some((vaccine, given_on)) = stated {
        tx.add_stated_doses(&[DoseRow { id: DoseId(core.chance.id(now)), beneficiary_id: id, number: 1, vaccine, given_on }]).await?;
    }
    Ok(Ok(id))
}

/// Who on record is meant. An ID is one person's, whoever is thought to hold it.
fn holder(known: Option<BeneficiaryId>, by_id: Option<&Beneficiary>, details: Option<&Details>) -> Result<Option<BeneficiaryId>, Refusal> {
    let Some(other) = by_id else { return Ok(known) };
    let is_it = known == Some(other.id) || (known.is_none() && details.is_some_and(|details| details.mobile == other.mobile));
    if is_it { Ok(Some(other.id)) } else { Err(other.holds_the_id()) }
}

fn newcomer(details: &Details) -> Applicant {
    Applicant {
        birth_year: details.birth_year,
        category: details.category,
        certificate: details.certificate,
        doses: Vec::new(),
        live: Vec::new(),
    }
}

/// Whoever is not due, or has a token, has nothing to wait for. Which session serves them shows when there is a place.
fn may_wait(core: &Core, applicant: &Applicant) -> Result<(), Refusal> {
    let dose = applicant.next_dose(&core.campaign)?;
    if let Some((number, _, starts)) = applicant.live.iter().find(|(_, of, _)| *of == dose) {
        return Err(Refusal::HasToken { number: *number, starts: *starts });
    }
    applicant.is_due(&core.campaign, core.clock.now().day())
}

/// Entries within the actor's scope. That people were looked for, or the list printed, is written down.
pub async fn waiting_list(core: &Core, actor: &Actor, filter: &WaitingFilter) -> Result<Vec<Waiting>> {
    let mut tx = core.write().await?;
    let subject = filter.centre.map(|centre| format!("centre:{centre}"));
    tx.add_entries(&[core.note(actor, Act::ReadWaiting, subject)]).await?;
    let list = tx.waiting_list(actor.scope, filter).await?;
    tx.commit().await?;
    Ok(list)
}

/// An entry within the actor's scope, and how many are before it.
pub async fn waiting_entry(core: &Core, actor: &Actor, id: WaitingId) -> Result<(Waiting, i64)> {
    let mut tx = core.read().await?;
    let entry = own(core, &mut tx, actor, id).await?;
    let before = tx.waiting_before(entry.zone_id, id).await?;
    Ok((entry, before))
}

/// How many are before somebody on the list that they are on, for their own page.
pub async fn place_on_list(core: &Core, person: BeneficiaryId) -> Result<Option<(Waiting, i64)>> {
    let mut tx = core.read().await?;
    let Some(entry) = tx.waiting_of(person).await? else { return Ok(None) };
    let before = tx.waiting_before(entry.zone_id, entry.id).await?;
    Ok(Some((entry, before)))
}

/// Takes somebody off the list. False: they are off it already.
pub async fn remove_waiting(core: &Core, actor: &Actor, id: WaitingId, why: WhyRemoved) -> Result<bool> {
    let mut tx = core.write().await?;
    let entry = own(core, &mut tx, actor, id).await?;
    let removed = tx.settle_waiting(id, WaitingState::Removed, None, Some(why), (&actor.name, core.clock.now())).await?;
    if removed {
        tx.add_entries(&[core.note(actor, Act::RemoveWaiting, Some(entry.beneficiary_id.to_string()))]).await?;
    }
    commit(tx).await?;
    Ok(removed)
}

async fn own(core: &Core, tx: &mut Tx, actor: &Actor, id: WaitingId) -> Result<Waiting> {
    let entry = tx.waiting(id).await?.ok_or(Error::NotFound)?;
    let board = core.board();
    let zone = board.zone(entry.zone_id).ok_or(Error::NotFound)?;
    let within = match actor.scope {
        Scope::State => true,
        Scope::District(district) => zone.district_id == district,
        Scope::Zone(own) => zone.id == own,
        Scope::Centre(own) => entry.centre_id.is_none_or(|centre| centre == own) && actor.centre(&board, own)?.zone_id == zone.id,
    };
    if within { Ok(entry) } else { Err(Error::NotFound) }
}

/// Whether somebody in this role puts people on the list.
pub fn keeps_list(role: Role) -> bool {
    matches!(role, Role::Clerk | Role::Operator)
}
