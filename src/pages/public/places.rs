//! Free places by district, centre and day, from the board.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::board::{Board, Page};
use crate::domain::moment::Day;
use crate::domain::place::Free;
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::ids::DistrictId;
use crate::pages::frame::{Frame, lang_of, without_lang};
use crate::pages::render;
use crate::storage::field::{Centre, CentreKind, District, Zone};
use crate::storage::holiday::Holiday;
use crate::storage::slot::Slot;

/// How many free places count as a few.
const FEW: i64 = 5;

/// Holidays this near are told of even after the last day with slots.
const WEEK: i64 = 7;

/// How long a page that is the same for everybody may be kept by others, in seconds.
const PUBLIC_CACHE: &str = "public, max-age=15";

/// Where and when a place is looked for.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Where {
    /// The district's code.
    pub district: String,
    zone: String,
    pin: String,
    date: String,
}

/// A centre with its free places on the day.
struct CentreRow<'a> {
    centre: &'a Centre,
    free: i64,
    /// How many of them are for one dose only.
    kept: String,
    slots: usize,
}

#[derive(Template)]
#[template(path = "public/slots.html")]
struct SlotsPage<'a> {
    f: Frame,
    asked: &'a Where,
    districts: Vec<&'a District>,
    district: Option<&'a District>,
    zones: Vec<&'a Zone>,
    days: Vec<Day>,
    day: Day,
    /// What the day is kept free for.
    holiday: Option<&'a Holiday>,
    centres: Vec<CentreRow<'a>>,
}

impl SlotsPage<'_> {
    fn is_here(&self, district: &District) -> bool {
        self.district.is_some_and(|here| here.id == district.id)
    }

    fn on(&self, day: &Day) -> String {
        let (zone, pin) = (&self.asked.zone, &self.asked.pin);
        let district = self.district.map_or("", |district| &district.code);
        self.f.href(&format!("/?district={district}&zone={zone}&pin={pin}&date={day}"))
    }

    fn at(&self, centre: &Centre) -> String {
        self.f.href(&format!("/c/{}?date={}", centre.code, self.day))
    }
}

/// Free places by district, zone, PIN code and date.
pub async fn slots(State(app): State<Arc<App>>, request: Request) -> Result<Response> {
    let board = app.core.board();
    let asked = asked_of(request.uri().query());
    let query = Some(asked.as_str());
    let key = format!("/?{asked}");
    let page = board.page(&key, || {
        let Query(asked) = parse::<Where>(query)?;
        let lang = lang_of(query).unwrap_or(Lang::Hi);
        let f = Frame::public(&app, lang, without_lang("/", query));
        let served = |district: &&District| board.field.centres.iter().any(|centre| centre.district_id == district.id);
        let districts: Vec<_> = board.field.districts.iter().filter(served).collect();
        let busiest = || {
            districts.iter().max_by_key(|district| board.field.centres.iter().filter(|centre| centre.district_id == district.id).count())
        };
        let district = districts.iter().find(|district| district.code == asked.district).or_else(busiest).copied();
        let days = with_holidays(&board, board.days(None, f.now), district.map(|district| district.id), f.now.day());
        let day = asked
            .date
            .parse()
            .ok()
            .filter(|day| days.contains(day))
            .or(first_open(&board, &days, district.map(|district| district.id)))
            .unwrap_or(f.now.day());
        let pin: String = asked.pin.chars().filter_map(crate::domain::person::digit).map(|digit| char::from(b'0' + digit)).collect();
        let wanted = |centre: &&Centre| {
            let in_zone = asked.zone.is_empty() || board.zone(centre.zone_id).is_some_and(|zone| zone.code == asked.zone);
            if pin.is_empty() {
                Some(centre.district_id) == district.map(|district| district.id) && in_zone
            } else {
                centre.pin_code.starts_with(&pin)
            }
        };
        let mut centres: Vec<_> = board.field.centres.iter().filter(wanted).map(|centre| row(&board, centre, day, &f)).collect();
        centres.sort_by_key(|row| (row.slots == 0, row.free == 0));
        let of = if pin.is_empty() { district.map(|district| district.id) } else { centres.first().map(|row| row.centre.district_id) };
        let holiday = of.and_then(|district| board.holiday(district, day));
        if holiday.is_some() {
            centres.retain(|row| row.slots > 0);
        }
        let zones = board.field.zones.iter().filter(|zone| Some(zone.district_id) == district.map(|district| district.id)).collect();
        render(&SlotsPage { asked: &asked, districts, district, zones, days, day, holiday, centres, f })
    })?;
    Ok(public(&page, request.headers()))
}

/// Days with slots, and between them the holidays: whoever looks for one of those reads why there is nothing.
fn with_holidays(board: &Board, mut days: Vec<Day>, district: Option<DistrictId>, today: Day) -> Vec<Day> {
    let last = days.last().copied().unwrap_or(today).max(today.plus(WEEK));
    let here = |holiday: &&Holiday| district.is_some_and(|district| holiday.is_in(district));
    let free = board.field.holidays.iter().filter(here).map(|holiday| holiday.day);
    days.extend(free.filter(|day| (today..=last).contains(day)));
    days.sort_unstable();
    days.dedup();
    days
}

/// The first day that is no holiday.
fn first_open(board: &Board, days: &[Day], district: Option<DistrictId>) -> Option<Day> {
    let is_free = |day: Day| district.is_some_and(|district| board.holiday(district, day).is_some());
    days.iter().copied().find(|day| !is_free(*day)).or(days.first().copied())
}

fn row<'a>(board: &Board, centre: &'a Centre, day: Day, f: &Frame) -> CentreRow<'a> {
    let open: Vec<_> = board.slots_on(centre.id, day).filter(|slot| slot.ends() > f.now && board.open_session(slot).is_some()).collect();
    let free: Free = open.iter().map(|slot| board.free(slot.id)).sum();
    CentreRow { centre, free: free.all(), kept: kept(free, f), slots: open.len() }
}

/// A slot as a citizen reads it.
struct SlotRow {
    window: String,
    vaccine: &'static str,
    doses: &'static str,
    free: i64,
    /// How many of them are for one dose only.
    kept: String,
    over: bool,
}

impl SlotRow {
    fn few(&self) -> bool {
        self.free <= FEW
    }
}

#[derive(Template)]
#[template(path = "public/centre.html")]
struct CentrePage<'a> {
    f: Frame,
    centre: &'a Centre,
    zone: Option<&'a Zone>,
    days: Vec<Day>,
    day: Day,
    /// What the day is kept free for.
    holiday: Option<&'a Holiday>,
    slots: Vec<SlotRow>,
    next_free: Option<Day>,
    nearby: Vec<CentreRow<'a>>,
}

impl CentrePage<'_> {
    fn on(&self, day: &Day) -> String {
        self.f.href(&format!("/c/{}?date={day}", self.centre.code))
    }

    fn at(&self, centre: &Centre) -> String {
        self.f.href(&format!("/c/{}?date={}", centre.code, self.day))
    }

    fn nothing_free(&self) -> bool {
        self.slots.iter().all(|slot| slot.free == 0)
    }
}

/// One centre's slots on a day.
pub async fn centre(State(app): State<Arc<App>>, Path(code): Path<String>, request: Request) -> Result<Response> {
    let asked = asked_of(request.uri().query());
    let query = Some(asked.as_str());
    let board = app.core.board();
    let path = format!("/c/{code}");
    let key = format!("{path}?{asked}");
    let page = board.page(&key, || {
        let Query(asked) = parse::<Where>(query)?;
        let centre = board.centre_by_code(&code).ok_or(Error::NotFound)?;
        let lang = lang_of(query).unwrap_or(Lang::Hi);
        let f = Frame::public(&app, lang, without_lang(&path, query));
        let district = Some(centre.district_id);
        let days = with_holidays(&board, board.days(Some(centre.id), f.now), district, f.now.day());
        let day = asked.date.parse().ok().filter(|day| days.contains(day)).or(first_open(&board, &days, district)).unwrap_or(f.now.day());
        let holiday = board.holiday(centre.district_id, day);
        let mut slots: Vec<_> = board
            .slots_on(centre.id, day)
            .filter(|slot| board.open_session(slot).is_some())
            .filter_map(|slot| slot_row(&board, slot, &f))
            .collect();
        slots.sort_by_key(|slot| slot.free == 0);
        let has_room = |day: &Day| {
            board
                .slots_on(centre.id, *day)
                .any(|slot| slot.ends() > f.now && board.open_session(slot).is_some() && board.free(slot.id).all() > 0)
        };
        let next_free = days.iter().copied().find(|other| *other > day && has_room(other));
        let others = board.field.centres.iter().filter(|other| other.zone_id == centre.zone_id && other.id != centre.id);
        let nearby = others.map(|other| row(&board, other, day, &f)).filter(|row| row.free > 0).take(4).collect();
        let zone = board.zone(centre.zone_id);
        render(&CentrePage { f, centre, zone, days, day, holiday, slots, next_free, nearby })
    })?;
    Ok(public(&page, request.headers()))
}

/// How many free places are for one dose only; empty when each may have any.
fn kept(free: Free, f: &Frame) -> String {
    let some = [1, 2].into_iter().filter(|dose| free.kept(*dose) > 0);
    some.map(|dose| format!("{} {}", free.kept(dose), f.lang.only_for_dose(dose))).collect::<Vec<_>>().join(" · ")
}

fn slot_row(board: &Board, slot: &Slot, f: &Frame) -> Option<SlotRow> {
    let session = board.session(slot.session_id)?;
    let over = slot.ends() <= f.now;
    let free = if over { Free::default() } else { board.free(slot.id) };
    Some(SlotRow {
        window: f.lang.window(slot.starts, slot.ends()),
        vaccine: f.lang.vaccine(session.vaccine),
        doses: ["", "1", "2", "1, 2"][session.doses.clamp(0, 3) as usize],
        free: free.all(),
        kept: kept(free, f),
        over,
    })
}

/// What these pages are asked, without what others hang on to an address: one page each.
fn asked_of(query: Option<&str>) -> String {
    let ours = |pair: &&str| ["district=", "zone=", "pin=", "date=", "lang="].iter().any(|name| pair.starts_with(name));
    query.unwrap_or("").split('&').filter(ours).collect::<Vec<_>>().join("&")
}

pub(super) fn parse<T: serde::de::DeserializeOwned>(query: Option<&str>) -> Result<Query<T>> {
    let uri: axum::http::Uri =
        format!("/?{}", query.unwrap_or("")).parse().map_err(|_| Error::Malformed("the address cannot be read".into()))?;
    Query::try_from_uri(&uri).map_err(|error| Error::Malformed(error.to_string()))
}

/// A page from the board, with its name for caches, as small as the visitor takes it.
pub(super) fn public(page: &Page, headers: &HeaderMap) -> Response {
    let same = headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == page.etag.as_bytes());
    let caching = [(header::CACHE_CONTROL, PUBLIC_CACHE), (header::ETAG, &page.etag), (header::VARY, "accept-encoding")];
    if same {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let zipped = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("gzip"));
    let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    if zipped {
        (caching, html, [(header::CONTENT_ENCODING, "gzip")], page.gzip.clone()).into_response()
    } else {
        (caching, html, page.plain.clone()).into_response()
    }
}

/// What a centre asks for and offers, as one line.
pub fn centre_line(centre: &Centre, f: &Frame) -> String {
    let cost = match centre.kind {
        CentreKind::Government => f.t.government.to_owned(),
        CentreKind::Private => format!("{}, {} ₹{}", f.t.private, f.t.fee, centre.fee),
    };
    format!("{cost} · {}", if centre.step_free { f.t.step_free } else { f.t.steps })
}

/// Where a map programme finds a centre.
pub fn map_link(lat: Option<f64>, lon: Option<f64>) -> Option<String> {
    Some(format!("https://www.openstreetmap.org/directions?to={}%2C{}", lat?, lon?))
}
