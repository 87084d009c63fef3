//! `GET /api/v1/slots`: free places, from memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};

use super::Caller;
use super::problem::ReadFails;
use crate::actions::answer::iso;
use crate::app::App;
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Day;
use crate::domain::place::{Free, owners_of};
use crate::error::{Error, Fault, Result};
use crate::ids::SlotId;

/// How many slots one answer holds at most.
const MOST_SLOTS: usize = 1_000;

/// Which slots.
#[derive(Debug, Default, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichSlots {
    /// A centre's code; absent: all centres.
    #[param(example = "RPR-MEKAHARA")]
    centre: Option<String>,
    /// A day; absent: all days from today on.
    date: Option<Day>,
    /// Only what comes behind this slot: `next` of the answer before.
    after: Option<i64>,
}

/// Free slots.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FreeSlots {
    /// When this was true.
    #[schema(format = DateTime)]
    as_of: String,
    /// The slots that have not ended, in order of time; at most 1,000.
    slots: Vec<FreeSlot>,
    /// Where there are more: to be asked for as `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// A slot.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FreeSlot {
    /// Its id, to be sent when issuing.
    slot: i64,
    /// Its centre's code.
    #[schema(example = "RPR-MEKAHARA")]
    centre: String,
    /// When it begins, in Indian time.
    #[schema(format = DateTime, example = "2021-03-30T11:00:00+05:30")]
    starts_at: String,
    /// When it ends.
    #[schema(format = DateTime, example = "2021-03-30T12:00:00+05:30")]
    ends_at: String,
    /// Which vaccine is given.
    vaccine: Vaccine,
    /// Which doses are given.
    doses: Vec<i64>,
    /// With a key: the places that it may give out. Without: those that all offices together may; walk-in places are not counted.
    free: i64,
    /// The same for each dose given: some places may be kept for one of them.
    free_by_dose: Vec<FreeForDose>,
}

/// Places that somebody who comes for this dose may have.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct FreeForDose {
    /// 1 or 2.
    dose: i64,
    /// How many.
    free: i64,
}

/// Free slots. No key is needed; with one, the places that it may give out are counted.
#[utoipa::path(get, path = "/api/v1/slots", operation_id = "listSlots", tag = "slots", params(WhichSlots),
    responses((status = 200, description = "The slots", body = FreeSlots), ReadFails), security((), ("key" = [])))]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Option<Caller>,
    Query(which): Query<BTreeMap<String, String>>,
) -> Result<Json<FreeSlots>> {
    let which = WhichSlots::read(which)?;
    let board = app.core.board();
    let now = app.core.clock.now();
    let centre = match &which.centre {
        Some(code) => Some(board.centre_by_code(code).ok_or(Error::NotFound)?.id),
        None => None,
    };
    let behind = match which.after {
        Some(id) => {
            let slot = board.field.slots.iter().find(|slot| slot.id == SlotId(id)).ok_or_else(|| Error::field("after", Fault::Choice))?;
            Some((slot.starts, slot.id))
        }
        None => None,
    };
    let owners = caller.map(|Caller(actor)| owners_of(actor.role, actor.scope));
    let free = |slot| owners.as_ref().map_or_else(|| board.free(slot), |owners| board.free_of(slot, owners));
    let wanted = board.field.slots.iter().filter(|slot| {
        let there = centre.is_none_or(|id| slot.centre_id == id) && which.date.is_none_or(|day| slot.day == day);
        there && slot.ends() > now && behind.is_none_or(|behind| (slot.starts, slot.id) > behind)
    });
    let mut slots = wanted.filter_map(|slot| {
        let session = board.open_session(slot)?;
        let (free, doses): (Free, _) = (free(slot.id), [1, 2].into_iter().filter(|dose| session.doses & dose != 0));
        Some(FreeSlot {
            slot: slot.id.0,
            centre: board.centre(slot.centre_id)?.code.clone(),
            starts_at: iso(slot.starts),
            ends_at: iso(slot.ends()),
            vaccine: session.vaccine,
            doses: doses.clone().collect(),
            free: free.all(),
            free_by_dose: doses.map(|dose| FreeForDose { dose, free: free.for_dose(dose) }).collect(),
        })
    });
    let page: Vec<_> = slots.by_ref().take(MOST_SLOTS).collect();
    let next = slots.next().and(page.last()).map(|last| last.slot);
    Ok(Json(FreeSlots { as_of: iso(board.as_of), slots: page, next }))
}

impl WhichSlots {
    /// What stands in the address, or every name there that is wrong.
    fn read(asked: BTreeMap<String, String>) -> Result<Self> {
        let (mut which, mut wrong) = (Self::default(), Vec::new());
        for (name, text) in asked {
            let fault = match name.as_str() {
                "centre" => {
                    which.centre = Some(text);
                    None
                }
                "date" => text.parse().map(|day| which.date = Some(day)).err().map(|_| Fault::Day),
                "after" => text.parse().map(|slot| which.after = Some(slot)).err().map(|_| Fault::Number),
                "lang" => None,
                _ => Some(Fault::Unknown),
            };
            wrong.extend(fault.map(|fault| (name, fault)));
        }
        if wrong.is_empty() { Ok(which) } else { Err(Error::Body(wrong)) }
    }
}
