//! A centre's day, as its page must know it to go on without a link.

use std::collections::HashMap;

use serde::Serialize;

use super::Actor;
use super::look_up::note_list;
use super::vials::good_until;
use crate::chance::short_hash;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::booking::PastDose;
use crate::domain::campaign::{Campaign, Vaccine};
use crate::domain::care::Needs;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::person::{IdType, Name};
use crate::domain::queue::{Stage, TurnState};
use crate::error::{Error, Result};
use crate::ids::{BeneficiaryId, CentreId, DoseId, VialId};
use crate::storage::centre::{Observed, Vial};
use crate::storage::token::{Filter, Narrowed, Token};
use crate::storage::turn::InHall;

/// How many tokens a centre's day has at most.
const MOST: i64 = 10_000;

/// A centre's day.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct CentreDay {
    /// Of all the rest.
    pub version: String,
    pub day: Day,
    pub name_en: String,
    pub name_hi: String,
    pub campaign: Campaign,
    pub people: Vec<Person>,
    /// Who sits in the observation room.
    pub sitting: Vec<Sitting>,
    pub vials: Vec<OpenVial>,
    /// What the one who asks recorded last today.
    pub last: Option<Last>,
}

/// The holder of a token for this day.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Person {
    pub number: TokenNumber,
    pub call: CallNumber,
    pub state: TokenState,
    /// Only of those who may still come to the vaccinator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<Waits>,
}

/// What the vaccinator must see, and what the rules go by.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct About {
    pub name: Name,
    pub birth_year: i64,
    pub id_type: IdType,
    pub id_end: String,
    pub dose: i64,
    pub vaccine: Vaccine,
    /// Help that they need, such as `wheelchair,sight`.
    #[serde(skip_serializing_if = "Needs::is_empty")]
    pub needs: Needs,
    pub booked_on: Day,
    pub doses: Vec<Given>,
}

/// A dose that somebody has had.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Given {
    pub number: i64,
    pub vaccine: Vaccine,
    pub given_on: Day,
}

/// The place of somebody who has entered.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Waits {
    pub entered: Moment,
    /// The moment that counts in the queue.
    pub counts_from: Moment,
    pub stage: Option<Stage>,
    pub state: Option<TurnState>,
    pub counter: Option<i64>,
    pub times: i64,
    pub called_at: Option<Moment>,
}

/// Somebody in the observation room.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Sitting {
    pub dose: DoseId,
    pub number: Option<TokenNumber>,
    pub call: Option<CallNumber>,
    pub name: Name,
    pub ends_at: Moment,
}

/// A vial that is open.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct OpenVial {
    pub id: VialId,
    pub vaccine: Vaccine,
    pub batch: String,
    pub left: i64,
    pub good_until: Moment,
}

/// What somebody recorded last.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Last {
    pub vial: Option<VialId>,
    pub vaccine: Vaccine,
    pub batch: String,
    pub vaccinator: String,
}

/// Today at a centre, for somebody who works there.
pub async fn centre_day(core: &Core, actor: &Actor, centre: CentreId) -> Result<CentreDay> {
    let board = core.board();
    let place = actor.centre(&board, centre)?;
    note_list(core, actor, &format!("centre {}", place.code)).await?;
    let day = core.clock.now().day();
    let narrowed = Narrowed::default();
    let filter =
        Filter { day: Some(day), centre: Some(centre), state: None, mobile: None, name: None, call: None, narrowed, skip: 0, most: MOST };
    let mut tx = core.read().await?;
    let mut tokens = tx.register(actor.scope, &filter).await?;
    tokens.extend(tx.let_in_at(centre, day.start()).await?);
    let hall: HashMap<TokenNumber, InHall> = tx.in_hall(centre, day).await?.into_iter().map(|person| (person.number, person)).collect();
    let ids: Vec<_> = tokens.iter().filter(|token| may_come(token)).map(|token| token.beneficiary_id).collect();
    let given = if ids.is_empty() { Vec::new() } else { tx.doses_of(&ids).await? };
    let sitting = tx.observed(centre).await?;
    let vials = tx.open_vials(centre).await?;
    let last = tx.last_dose_by(&actor.name, centre, day).await?;
    tx.commit().await?;
    let mut doses: HashMap<BeneficiaryId, Vec<PastDose>> = HashMap::new();
    for dose in given {
        doses.entry(dose.beneficiary_id).or_default().push(dose.into());
    }
    let person = |token: Token| Person {
        waits: waits(&token, hall.get(&token.number)),
        about: may_come(&token).then(|| about(&token, doses.get(&token.beneficiary_id).map_or(&[], Vec::as_slice))),
        number: token.number,
        call: token.call_number(),
        state: token.state,
    };
    let mut known = CentreDay {
        version: String::new(),
        day,
        name_en: place.name_en.clone(),
        name_hi: place.name_hi.clone(),
        campaign: core.campaign.clone(),
        people: tokens.into_iter().map(person).collect(),
        sitting: sitting.into_iter().map(sits).collect(),
        vials: vials.into_iter().map(|vial| open(core, vial)).collect(),
        last: last.map(|(vial, vaccine, batch, vaccinator)| Last { vial, vaccine, batch, vaccinator }),
    };
    let json = serde_json::to_vec(&known).map_err(|error| Error::Internal(error.to_string()))?;
    known.version = short_hash(json);
    Ok(known)
}

/// Whether the holder may still come to the vaccinator.
fn may_come(token: &Token) -> bool {
    matches!(token.state, TokenState::Issued | TokenState::Admitted)
}

fn about(token: &Token, doses: &[PastDose]) -> About {
    let given = |dose: &PastDose| Given { number: dose.number, vaccine: dose.vaccine, given_on: dose.given_on };
    About {
        name: token.name.clone(),
        birth_year: token.birth_year,
        id_type: token.id_type,
        id_end: token.id_end.clone(),
        dose: token.dose,
        vaccine: token.vaccine,
        needs: token.needs.clone(),
        booked_on: token.issued_at.day(),
        doses: doses.iter().map(given).collect(),
    }
}

/// Nothing of whoever is not inside, or has had the dose. Somebody let in with another centre's token waits from when they entered.
fn waits(token: &Token, inside: Option<&InHall>) -> Option<Waits> {
    let entered = token.admitted_at.filter(|_| token.state == TokenState::Admitted)?;
    Some(Waits {
        entered,
        counts_from: inside.map_or(entered, |person| person.waiting().counts_from()),
        stage: inside.and_then(|person| person.stage),
        state: inside.and_then(|person| person.state),
        counter: inside.and_then(|person| person.counter),
        times: inside.and_then(|person| person.times).unwrap_or(0),
        called_at: inside.and_then(|person| person.called_at),
    })
}

fn sits(observed: Observed) -> Sitting {
    Sitting { dose: observed.dose_id, number: observed.token, call: observed.call_number(), name: observed.name, ends_at: observed.ends_at }
}

fn open(core: &Core, vial: Vial) -> OpenVial {
    OpenVial { id: vial.id, vaccine: vial.vaccine, left: vial.left(), good_until: good_until(core, &vial), batch: vial.batch }
}
