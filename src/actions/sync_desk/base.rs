//! What a desk hears that changes seldom: what it needs to decide and to print alone.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;

use crate::chance::short_hash;
use crate::core::Core;
use crate::domain::campaign::{Campaign, Vaccine};
use crate::domain::moment::Moment;
use crate::domain::tongue::{Code, Direction, Key};
use crate::error::{Error, Result};
use crate::i18n::Third;
use crate::ids::{CentreId, DeskId, DistrictId, SlotId};
use crate::storage::desk::Desk;
use crate::storage::lease::Leased;

/// For how many days ahead a desk hears of slots.
const DAYS_AHEAD: i64 = 3;

/// What changes seldom.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Base {
    pub version: String,
    pub desk: DeskId,
    pub name: String,
    /// The name of its key.
    pub kid: Option<i64>,
    /// The public key of the box that whole ID numbers travel in.
    pub box_key: String,
    /// What stands before `/T/` in a QR code, and before `/t/` in a link.
    pub address: String,
    pub desk_phone: String,
    pub campaign: Campaign,
    pub slots: Vec<DeskSlot>,
    pub centres: Vec<DeskCentre>,
    /// Its own district, and the third languages of all that its centres lie in.
    pub district: DistrictId,
    pub thirds: Vec<DeskThird>,
}

/// What a slip says in a district's third language.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DeskThird {
    pub district: DistrictId,
    pub code: Code,
    pub name: String,
    pub direction: Direction,
    pub instead: bool,
    pub words: BTreeMap<String, String>,
}

impl DeskThird {
    fn of(third: &Third) -> Self {
        let words = third.texts().filter_map(|row| match row.key {
            Key::Slip(word) => Some((word.to_string(), row.text.clone())),
            Key::Message(_) => None,
        });
        let language = &third.language;
        Self {
            district: language.district_id,
            code: language.code,
            name: language.name.clone(),
            direction: language.direction,
            instead: third.is_instead(),
            words: words.collect(),
        }
    }
}

/// A slot that the desk may have places of.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DeskSlot {
    pub id: SlotId,
    pub centre: CentreId,
    pub call: i64,
    pub starts: Moment,
    pub minutes: i64,
    pub closes: Moment,
    pub lanes: i64,
    pub vaccine: Vaccine,
    pub doses: i64,
    pub min_age: i64,
    pub max_age: i64,
    pub issue_from: Moment,
    pub issue_until: Moment,
    pub stopped: bool,
}

/// A centre of such a slot.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DeskCentre {
    pub id: CentreId,
    pub district: DistrictId,
    pub name_en: String,
    pub name_hi: String,
    pub address_en: String,
    pub address_hi: String,
}

/// What changes seldom, as this desk is to hear it.
pub(super) fn base(core: &Core, desk: &Desk, held: &[Leased]) -> Result<Base> {
    let (board, today) = (core.board(), core.clock.now().day());
    let zone = board.zone(desk.zone_id).ok_or(Error::NotFound)?;
    let days = today..today.plus(DAYS_AHEAD);
    let mut slots = Vec::new();
    for slot in board.field.slots.iter().filter(|slot| days.contains(&slot.day)) {
        let (Some(session), Some(centre)) = (board.session(slot.session_id), board.centre(slot.centre_id)) else { continue };
        // Its own centres', and those elsewhere at which its office has places.
        if centre.zone_id != desk.zone_id && !held.iter().any(|place| place.slot_id == slot.id) {
            continue;
        }
        slots.push(DeskSlot {
            id: slot.id,
            centre: slot.centre_id,
            call: slot.call,
            starts: slot.starts,
            minutes: slot.minutes,
            closes: session.closes,
            lanes: session.lanes,
            vaccine: session.vaccine,
            doses: session.doses,
            min_age: session.min_age,
            max_age: session.max_age,
            issue_from: session.issue_from,
            issue_until: session.issue_until,
            stopped: session.stopped,
        });
    }
    let used = |centre: CentreId| slots.iter().any(|slot| slot.centre == centre);
    let centres = board.field.centres.iter().filter(|centre| used(centre.id)).map(|centre| DeskCentre {
        id: centre.id,
        district: centre.district_id,
        name_en: centre.name_en.clone(),
        name_hi: centre.name_hi.clone(),
        address_en: centre.address_en.clone(),
        address_hi: centre.address_hi.clone(),
    });
    let centres: Vec<_> = centres.collect();
    let spoken = |third: &&Third| {
        let of = third.language.district_id;
        of == zone.district_id || centres.iter().any(|centre: &DeskCentre| centre.district == of)
    };
    let thirds = board.field.thirds.iter().filter(spoken).map(DeskThird::of).collect();
    let mut base = Base {
        version: String::new(),
        desk: desk.id,
        name: desk.name.clone(),
        kid: desk.kid,
        box_key: BASE64URL_NOPAD.encode(&core.keys().box_key()),
        address: core.public_url.clone(),
        desk_phone: zone.phone.clone(),
        campaign: core.campaign.clone(),
        centres,
        slots,
        district: zone.district_id,
        thirds,
    };
    let json = serde_json::to_vec(&base).map_err(|error| Error::Internal(error.to_string()))?;
    base.version = short_hash(json);
    Ok(base)
}
