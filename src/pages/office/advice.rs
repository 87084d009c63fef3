//! What the counter's page asks for while the clerk types: who is on record, which dose is due, which slots are free.

use std::collections::HashSet;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;

use super::typed::Typed;
use crate::actions::log_in::User;
use crate::actions::look_up::{PersonFound, people_by_mobile, people_by_name, person};
use crate::actions::wait_for_place::keeps_list;
use crate::app::App;
use crate::board::Board;
use crate::domain::booking::{Applicant, Offer, PastDose, Refusal};
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::person::{Category, IdType};
use crate::domain::place::{Free, Owner, Scope, owners_for, owners_of};
use crate::domain::search::Sought;
use crate::error::Result;
use crate::ids::{BeneficiaryId, CentreId, SlotId};
use crate::pages::form::{birth_year, id_number};
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::Tx;
use crate::storage::field::Centre;
use crate::storage::slot::{BookingSlot, Session, Slot};

/// How many slots are offered.
const SLOTS: usize = 6;

/// Among how many of the next slots one is looked for that takes a whole family, or was chosen before.
const LOOKED_AT: usize = 200;

/// A slot as the clerk reads it.
pub struct SlotChoice {
    /// The slot.
    pub id: SlotId,
    /// Its centre's name.
    pub centre: String,
    /// Its day.
    pub day: String,
    /// Its hours.
    pub window: String,
    /// The vaccine.
    pub vaccine: &'static str,
    /// Free places.
    pub free: i64,
    /// The one that Enter takes.
    pub chosen: bool,
}

/// What is known before the token is issued: the dose, whether the person is due, the slots.
#[derive(Template)]
#[template(path = "office/advice.html")]
pub struct Advice {
    f: Frame,
    dose: Option<i64>,
    refusal: Option<String>,
    /// The token that they have already.
    has: Option<TokenNumber>,
    slots: Vec<SlotChoice>,
    /// Centres that would serve the person and have no place left.
    full: Vec<(CentreId, String)>,
    wait_at: String,
    standby: bool,
}

impl Advice {
    /// Nothing is known yet.
    pub fn none(f: Frame) -> Self {
        Self { f, dose: None, refusal: None, has: None, slots: Vec::new(), full: Vec::new(), wait_at: String::new(), standby: false }
    }

    /// Why there is no slot to choose from; nothing where there is one.
    pub(super) fn why_none(&self) -> Option<String> {
        let why = || self.refusal.clone().unwrap_or_else(|| self.f.t.no_slot_for.to_owned());
        self.slots.is_empty().then(why)
    }
}

#[derive(Template)]
#[template(path = "office/people.html")]
struct People {
    f: Frame,
    known: Vec<PersonFound>,
    /// A name was looked for, and is nobody's.
    nobody: bool,
}

/// The people under a mobile number, or whose name sounds like what was typed, as a list to pick from.
pub async fn people(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(typed): Form<Typed>) -> Result<Response> {
    let (core, actor) = (&app.core, &user.actor);
    let sought = Sought::read(&typed.mobile);
    let is_name = matches!(&sought, Sought::Name(key, _) if key.len() > 1);
    let mut people = match sought {
        Sought::Mobile(mobile) | Sought::Token(_, Some(mobile)) => people_by_mobile(core, actor, &mobile).await?,
        Sought::Name(key, year) if key.len() > 1 => people_by_name(core, actor, &key, year).await?,
        _ => Vec::new(),
    };
    let nobody = is_name && people.is_empty();
    // Who stands in the family's list is not offered again.
    let family = typed.family();
    people.retain(|found| family.iter().all(|member| member.person != found.row.id.to_string()));
    page(&People { f, known: people, nobody })
}

/// Dose, eligibility and slots for what has been typed so far.
pub async fn advice(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Form(typed): Form<Typed>) -> Result<Response> {
    let picked = picked(&app, &typed).await?;
    let applicant = applicant(&typed, picked.as_ref(), &f);
    let kind = typed.id_type.parse::<IdType>().ok();
    let number = kind.and_then(|kind| id_number(kind, &typed.id_number).ok());
    let number = number.map(|id| app.core.keys().hash_id(&id));
    page(&advise(&app, f, &user, applicant, number, &typed).await?)
}

/// Who on record has been picked.
pub async fn picked(app: &App, typed: &Typed) -> Result<Option<PersonFound>> {
    match typed.person.parse::<BeneficiaryId>() {
        Ok(id) => person(&app.core, id).await.map(Some),
        Err(_) => Ok(None),
    }
}

/// What is known so far of the person at the counter.
pub fn applicant(typed: &Typed, picked: Option<&PersonFound>, f: &Frame) -> Option<Applicant> {
    let mut applicant = match picked {
        Some(found) => found.applicant.clone(),
        None => Applicant {
            birth_year: birth_year(&typed.age, f.now).ok()?,
            category: typed.category.parse().unwrap_or(Category::Citizen),
            certificate: false,
            doses: Vec::new(),
            live: Vec::new(),
        },
    };
    applicant.certificate |= typed.certificate.is_some();
    if let (true, Ok(Some((vaccine, given_on)))) = (applicant.doses.is_empty(), typed.earlier_dose()) {
        applicant.doses.push(PastDose { number: 1, vaccine, given_on });
    }
    Some(applicant)
}

/// What the form says beside what was typed.
pub async fn advise(
    app: &App,
    f: Frame,
    user: &User,
    mut applicant: Option<Applicant>,
    id_hash: Option<Vec<u8>>,
    typed: &Typed,
) -> Result<Advice> {
    let (core, role, scope) = (&app.core, user.actor.role, user.actor.scope);
    let mut tx = core.read().await?;
    if let Some(hash) = id_hash
        && let Some(found) = tx.people(&[], &[], &[hash]).await?.pop()
        && let Some(applicant) = &mut applicant
    {
        let people = [found.person.id];
        applicant.doses = tx.doses_of(&people).await?.into_iter().map(Into::into).collect();
        applicant.live = tx.live_tokens_of(&people).await?.into_iter().map(|token| (token.number, token.dose, token.starts)).collect();
    }
    let coming_for = applicant.as_ref().and_then(|applicant| applicant.next_dose(&core.campaign).ok());
    let all_owners = owners_of(role, scope);
    let owners = coming_for.map_or_else(|| all_owners.clone(), |dose| owners_for(role, scope, dose));
    let doses = family_doses(&mut tx, typed).await?;
    let slots = tx.slots_for(&owners, scope.columns(), f.now).await?;
    let board = core.board();
    let mut refusal = None;
    let mut dose = None;
    let mut fitting: Vec<&BookingSlot> = slots.iter().filter(|slot| slot.offer().is_open(role, f.now).is_ok()).collect();
    if let Some(applicant) = &applicant {
        let judge = |slot: &&BookingSlot| slot.offer().for_applicant(&core.campaign, applicant, role, f.now);
        dose = applicant.next_dose(&core.campaign).ok();
        // When no slot fits, the reason that the nearest one gives is the one that helps.
        let first = applicant.next_dose(&core.campaign).and_then(|_| applicant.is_due(&core.campaign, f.now.day()));
        refusal = first.err().or_else(|| fitting.first().and_then(|slot| judge(slot).err()));
        fitting.retain(|slot| judge(slot).is_ok());
        if !fitting.is_empty() {
            refusal = None;
        }
    } else if fitting.is_empty() {
        refusal = slots.first().and_then(|slot| slot.offer().is_open(role, f.now).err()).or(Some(Refusal::NoPlace));
    }
    // Walk-in places and those of other offices are not this counter's to give.
    let shares = tx.shares_of(&fitting.iter().take(LOOKED_AT).map(|slot| slot.id).collect::<Vec<_>>()).await?;
    tx.commit().await?;
    let is_ours =
        |slot: &BookingSlot, owner: Owner| all_owners.contains(&owner) && (scope.covers(slot.place()) || matches!(owner, Owner::Zone(_)));
    let places = |slot: &BookingSlot| {
        let ours = shares.iter().filter(|share| share.slot_id == slot.id && is_ours(slot, share.owner));
        ours.map(|share| Free::of(share.owner, share.capacity - share.taken)).sum::<Free>()
    };
    let free = |slot: &BookingSlot| coming_for.map_or_else(|| places(slot).all(), |dose| places(slot).for_dose(dose));
    // A family is offered a slot that takes all of it, while there is one.
    let takes_all = |slot: &&BookingSlot| {
        let mut left = places(slot);
        // Whoever is not typed yet may come for any.
        doses.iter().all(|dose| left.take(*dose)) && coming_for.map_or(left.all(), |dose| left.for_dose(dose)) > 0
    };
    if !doses.is_empty() && fitting.iter().any(takes_all) {
        fitting.retain(takes_all);
    }
    let chosen: Option<SlotId> = typed.slot.parse().ok().filter(|id| fitting.iter().any(|slot| slot.id == *id));
    // A slot that is half over is there to be chosen, and not by itself: the person has yet to come from the zone office.
    let is_ending = |slot: &BookingSlot| f.now > slot.starts + slot.minutes * 30;
    let best = fitting.iter().take(LOOKED_AT).position(|slot| !is_ending(slot)).unwrap_or(0);
    let choice = |(at, slot): (usize, &&BookingSlot)| SlotChoice {
        id: slot.id,
        centre: board.centre_name(slot.centre_id, f.lang).to_owned(),
        day: f.lang.short_day(slot.starts.day()),
        window: f.lang.window(slot.starts, slot.starts + slot.minutes * 60),
        vaccine: f.lang.vaccine(slot.vaccine),
        free: free(slot),
        chosen: chosen.map_or(at == best, |chosen| chosen == slot.id),
    };
    let offered =
        fitting.iter().enumerate().filter(|(at, slot)| *at < SLOTS || *at == best || Some(slot.id) == chosen).map(choice).collect();
    let mut full = Vec::new();
    if keeps_list(role) {
        let serves = |offer: Offer| match &applicant {
            Some(applicant) => offer.for_applicant(&core.campaign, applicant, role, f.now).is_ok(),
            None => offer.is_open(role, f.now).is_ok(),
        };
        full = without_room(&board, scope, f.now, &fitting, serves).map(|centre| (centre.id, centre.name(f.lang).to_owned())).collect();
    }
    // What is full is offered its list; that says more than that there is no place.
    let has = if let Some(Refusal::HasToken { number, .. }) = &refusal { Some(*number) } else { None };
    let refusal = refusal.filter(|refusal| full.is_empty() || *refusal != Refusal::NoPlace).map(|refusal| f.lang.refusal(&refusal));
    Ok(Advice { f, dose, refusal, has, slots: offered, full, wait_at: typed.wait_at.clone(), standby: typed.standby.is_some() })
}

/// For which doses those of the family come who were typed before, as far as that is known.
async fn family_doses(tx: &mut Tx, typed: &Typed) -> Result<Vec<i64>> {
    let family = typed.family();
    let known: Vec<BeneficiaryId> = family.iter().filter_map(|member| member.person.parse().ok()).collect();
    let given = if known.is_empty() { Vec::new() } else { tx.doses_of(&known).await? };
    let next = |member: &Typed| {
        let last = member
            .person
            .parse()
            .ok()
            .and_then(|id: BeneficiaryId| given.iter().filter(|dose| dose.beneficiary_id == id).map(|dose| dose.number).max());
        last.unwrap_or(i64::from(!member.earlier_vaccine.is_empty())) + 1
    };
    Ok(family.iter().map(next).collect())
}

/// The centres within a scope of which some slot would serve the person, but none has room.
fn without_room<'b>(
    board: &'b Board,
    scope: Scope,
    now: Moment,
    room: &[&BookingSlot],
    serves: impl Fn(Offer) -> bool,
) -> impl Iterator<Item = &'b Centre> {
    let would_serve = move |centre: &Centre| {
        let own = board.field.slots.iter().filter(|slot| slot.centre_id == centre.id && slot.ends() > now);
        own.filter_map(|slot| Some(offer(board, board.session(slot.session_id)?, slot))).any(&serves)
    };
    let with_room: HashSet<_> = room.iter().map(|slot| slot.centre_id).collect();
    let within = board.field.centres.iter().filter(move |centre| scope.covers(centre.place()) && !with_room.contains(&centre.id));
    within.filter(move |centre| would_serve(centre))
}

fn offer(board: &Board, session: &Session, slot: &Slot) -> Offer {
    Offer {
        starts: slot.starts,
        ends: slot.ends(),
        vaccine: session.vaccine,
        doses: session.doses,
        min_age: session.min_age,
        max_age: session.max_age,
        issue_from: session.issue_from,
        issue_until: session.issue_until,
        stopped: session.stopped,
        holiday: board.holiday_at(slot).is_some(),
    }
}
