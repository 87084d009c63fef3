//! Sessions by form: a day's list, and one session with its slots and whose the places are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::field::{Effects, Typed};
use crate::actions::command::CommandId;
use crate::actions::import::plans::Present;
use crate::actions::import::{Form as SetUp, ImportFault, Kind, Report, read_number, set_up};
use crate::actions::log_in::User;
use crate::app::App;
use crate::board::Board;
use crate::domain::campaign::{Campaign, Vaccine, VialRule};
use crate::domain::moment::{Day, Moment, parse_minute};
use crate::domain::place::Owner;
use crate::domain::plan::{Plan, Vials, in_proportion, spread, starts};
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::field::Centre;
use crate::storage::slot::Session;

/// Rows on a page.
const ROWS: usize = 50;

/// The most vials a session is planned with.
const MOST_VIALS: i64 = 9_999;

struct Listed {
    session: Session,
    centre: String,
    places: i64,
}

#[derive(Template)]
#[template(path = "district/sessions.html")]
struct SessionsPage {
    f: Frame,
    day: Day,
    days: Vec<Day>,
    q: String,
    rows: Vec<Listed>,
    found: usize,
    more: Option<String>,
}

impl SessionsPage {
    fn on(&self, day: &Day) -> String {
        format!("/district/sessions?date={day}")
    }
}

/// Which.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    date: String,
    q: String,
    skip: usize,
    centre: String,
}

/// The sessions of a day.
pub async fn sessions(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let day = asked.date.parse().unwrap_or(f.now.day());
    let (board, scope, q) = (app.core.board(), user.actor.scope, asked.q.trim().to_lowercase());
    let fits = |centre: &&Centre| {
        let named = [&centre.code, &centre.name_en, &centre.name_hi].iter().any(|text| text.to_lowercase().contains(&q));
        scope.covers(centre.place()) && (q.is_empty() || named)
    };
    let of_day = board.field.sessions.iter().filter(|session| session.day == day);
    let rows: Vec<_> = of_day.filter_map(|session| Some((session, board.centre(session.centre_id).filter(fits)?))).collect();
    let found = rows.len();
    let listed = |(session, centre): (&Session, &Centre)| Listed {
        session: session.clone(),
        centre: centre.name(f.lang).to_owned(),
        places: board.slots_on(centre.id, day).filter(|slot| slot.session_id == session.id).map(|slot| slot.capacity).sum(),
    };
    let more = (found > asked.skip + ROWS).then(|| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", &asked.q).finish();
        format!("/district/sessions?date={day}&{query}&skip={}", asked.skip + ROWS)
    });
    let rows = rows.into_iter().skip(asked.skip).take(ROWS).map(listed).collect();
    let days = board.days(None, f.now.day().start());
    page(&SessionsPage { f, day, days, q: asked.q, rows, found, more })
}

/// One cell of the table of slots: whose, the field's name, its value, how many are issued.
struct Cell {
    name: String,
    value: String,
    label: String,
    wrong: bool,
}

struct SlotRow {
    window: String,
    issued: i64,
    cells: Vec<Cell>,
}

#[derive(Template)]
#[template(path = "district/session.html")]
struct SessionPage {
    f: Frame,
    title: String,
    /// Absent: it is new.
    session: Option<SessionId>,
    typed: Typed,
    others: Vec<(String, String)>,
    owners: Vec<(Owner, String)>,
    all: Vec<Cell>,
    rows: Vec<SlotRow>,
    faults: Vec<(String, String)>,
    /// A slot would have fewer places than are issued.
    below_issued: bool,
    /// Where more is issued than would remain: which session, and how many places are asked for in the slots to come.
    fewer: Option<(SessionId, i64)>,
    /// What a vial holds, and how many vials the places need.
    vials: Option<(i64, Vials)>,
    preview: Option<Effects>,
    key: String,
}

impl SessionPage {
    fn typed(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }

    fn fault(&self, name: &str) -> Option<&str> {
        self.faults.iter().find(|(field, _)| field == name).map(|(_, told)| told.as_str())
    }

    /// Its day and vaccine, which never change.
    fn about(&self) -> String {
        let (day, vaccine) = (self.typed("date").parse().ok(), self.typed("vaccine").parse().ok());
        day.zip(vaccine).map_or_else(String::new, |(day, vaccine)| format!("{} · {}", self.f.lang.day(day), self.f.lang.vaccine(vaccine)))
    }

    /// Fields of one line: name, label, kind.
    fn inputs(&self) -> [(&'static str, &'static str, &'static str); 7] {
        let t = self.f.t;
        [
            ("min_age", t.min_age, "text"),
            ("max_age", t.max_age, "text"),
            ("opens", t.opens, "time"),
            ("closes", t.closes, "time"),
            ("slot_minutes", t.slot_minutes, "text"),
            ("issue_from", t.issue_from, "datetime-local"),
            ("issue_until", t.issue_until, "datetime-local"),
        ]
    }

    /// How many vials the places need, and what the last one leaves over.
    fn vials_told(&self, (holds, vials): &(i64, Vials)) -> String {
        self.f.lang.vials_for_places(*holds, *vials)
    }

    fn vaccines(&self) -> &'static [Vaccine] {
        Vaccine::ALL
    }

    /// The centres that the officer sets up.
    fn centres(&self) -> impl Iterator<Item = &Centre> {
        let scope = self.f.user.as_ref().map(|user| user.actor.scope);
        self.f.board.field.centres.iter().filter(move |centre| scope.is_some_and(|scope| scope.covers(centre.place())))
    }

    fn owner_words(&self) -> String {
        self.owners.iter().map(|(owner, _)| owner.to_string()).collect::<Vec<_>>().join(" ")
    }
}

/// The form of a new session.
pub async fn new(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let board = app.core.board();
    let day: Day = asked.date.parse().unwrap_or(f.now.day().plus(1));
    let centre = board.centre_by_code(&asked.centre).filter(|centre| user.actor.scope.covers(centre.place()));
    let typical = [("doses", "1 2"), ("min_age", "18"), ("max_age", "120"), ("opens", "10:00"), ("closes", "17:00")];
    let (issue_from, issue_until) = issue_window(day);
    let mut typed: Typed = typical.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    typed.extend([
        ("centre".to_owned(), asked.centre.clone()),
        ("date".to_owned(), day.to_string()),
        ("slot_minutes".to_owned(), "60".to_owned()),
        ("all:places".to_owned(), "10".to_owned()),
        ("issue_from".to_owned(), issue_from),
        ("issue_until".to_owned(), issue_until),
    ]);
    if let Some(centre) = centre {
        typed.insert("owners".into(), format!("{} {}", Owner::Zone(centre.zone_id), Owner::WalkIn));
    }
    show(&app, f, &user, None, typed, None).await
}

/// When tokens for a day are usually issued: from noon of the day before until shortly before the end.
fn issue_window(day: Day) -> (String, String) {
    (format!("{}T12:00", day.plus(-1)), format!("{day}T16:30"))
}

/// A window that was offered for one day and left as it was follows the day that was typed.
fn follow_day(typed: &mut Typed, offered: &str) {
    let (Ok(offered), Some(Ok(day))) = (offered.parse(), typed.get("date").map(|date| date.parse())) else { return };
    let of = |name: &str| typed.get(name).cloned().unwrap_or_default();
    if (of("issue_from"), of("issue_until")) == issue_window(offered) {
        let (from, until) = issue_window(day);
        typed.extend([("issue_from".to_owned(), from), ("issue_until".to_owned(), until)]);
    }
}

/// The form of a session that is there.
pub async fn session(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Path(id): Path<i64>) -> Result<Response> {
    let (plan, code) = planned(&app, &user, SessionId(id)).await?;
    show(&app, f, &user, Some(SessionId(id)), as_typed(&plan, &code), None).await
}

/// Shows what a form would do; once that is confirmed, does it.
pub async fn save(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Form(mut typed): Form<Typed>) -> Result<Response> {
    if let Some(centre) = typed.get_mut("centre") {
        *centre = centre.trim().to_uppercase();
    }
    let mut take = |name: &str| typed.remove(name).unwrap_or_default();
    let (key, step, vials, offered) = (take("key"), take("step"), take("vials"), take("offered"));
    follow_day(&mut typed, &offered);
    let id = typed.remove("session").and_then(|id| id.parse().ok());
    let mut fields: Vec<_> = typed.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    fields.sort();
    if let Some(id) = id {
        let (plan, code) = planned(&app, &user, id).await?;
        // Centre, day and vaccine say which session it is.
        for (name, value) in [("centre", code), ("date", plan.day.to_string()), ("vaccine", plan.vaccine.to_string())] {
            fields.retain(|(field, _)| field != name);
            fields.push((name.to_owned(), value.clone()));
            typed.insert(name.to_owned(), value);
        }
    }
    if step == "vials" {
        let Some(vials) = read_number(&vials, 1, MOST_VIALS) else {
            typed.insert("vials".into(), vials);
            return show(&app, f, &user, id, typed, Some((key, Report::bad_number("vials", 1, MOST_VIALS)))).await;
        };
        spread_vials(&app.core.campaign, &mut typed, vials);
        return show(&app, f, &user, id, typed, None).await;
    }
    if step == "again" || step == "owner" {
        if let Some(zone) = typed.remove("add_owner").filter(|zone| !zone.is_empty()) {
            let owners = typed.entry("owners".into()).or_default();
            *owners = format!("{zone} {owners}");
        }
        return show(&app, f, &user, id, typed, None).await;
    }
    let command = CommandId::new(&user.actor.name, &key, format!("session {fields:?}"));
    let form = SetUp { kind: Kind::Sessions, fields, is_new: id.is_none(), command };
    let report = set_up(&app.core, &user.actor, &form, step == "confirm").await?;
    if !report.applied {
        return show(&app, f, &user, id, typed, Some((key, report))).await;
    }
    let to = report.id.map_or_else(|| "/district/sessions".to_owned(), |id| format!("/district/import/{id}?done=1"));
    Ok(Redirect::to(&to).into_response())
}

/// Gives every slot its part of what so many vials hold. Whose the places are stays as it was, in proportion.
fn spread_vials(campaign: &Campaign, typed: &mut Typed, vials: i64) {
    let times = slot_times(typed);
    let Some(rule) = vial_of(campaign, typed).filter(|_| !times.is_empty()) else { return };
    let owners: Vec<Owner> = typed.get("owners").map_or("", String::as_str).split(' ').filter_map(|owner| owner.parse().ok()).collect();
    for ((start, _), places) in times.iter().zip(spread(vials * rule.doses, times.len() as i64)) {
        let minute = start.minute_of_day();
        let before = typed_places(typed, minute, "places");
        let had = owners.iter().map(|owner| (*owner, typed_places(typed, minute, &owner.to_string())));
        for (owner, count) in in_proportion(places, before, had.collect::<Vec<_>>()) {
            typed.insert(format!("{minute}:{owner}"), count.to_string());
        }
        typed.insert(format!("{minute}:places"), places.to_string());
    }
    // From now on each slot has its own.
    typed.retain(|name, _| !name.starts_with("all:"));
}

fn vial_of(campaign: &Campaign, typed: &Typed) -> Option<VialRule> {
    typed.get("vaccine").and_then(|vaccine| vaccine.parse().ok()).and_then(|vaccine| campaign.vial(vaccine))
}

/// What is typed for a slot: for all of them, or for itself.
fn typed_places(typed: &Typed, minute: u32, what: &str) -> i64 {
    let said = |at: &str| typed.get(&format!("{at}:{what}")).filter(|said| !said.trim().is_empty());
    said("all").or_else(|| said(&minute.to_string())).and_then(|said| read_number(said, 0, 100_000)).unwrap_or(0)
}

async fn planned(app: &App, user: &User, id: SessionId) -> Result<(Plan, String)> {
    let board = app.core.board();
    let session = board.session(id).ok_or(Error::NotFound)?;
    let centre = user.actor.centre(&board, session.centre_id)?;
    let present = Present::at(&mut app.core.read().await?, centre.id, session.day).await?;
    Ok((present.plan(centre.id, session.day, session.vaccine).ok_or(Error::NotFound)?, centre.code.clone()))
}

fn as_typed(plan: &Plan, centre: &str) -> Typed {
    let moment = |at: Moment| format!("{}T{}", at.day(), at.clock());
    let doses = ["", "1", "2", "1 2"][usize::try_from(plan.doses).unwrap_or(3).min(3)];
    let owners: BTreeSet<_> = plan.slots.iter().flat_map(|slot| slot.owners.keys()).filter(|owner| **owner != Owner::Open).collect();
    let minutes = plan.slots.first().map_or(60, |slot| slot.minutes);
    let mut typed: Typed = [
        ("centre", centre.to_owned()),
        ("date", plan.day.to_string()),
        ("vaccine", plan.vaccine.to_string()),
        ("doses", doses.to_owned()),
        ("min_age", plan.min_age.to_string()),
        ("max_age", plan.max_age.to_string()),
        ("opens", plan.opens.clock()),
        ("closes", plan.closes.clock()),
        ("slot_minutes", minutes.to_string()),
        ("issue_from", moment(plan.issue_from)),
        ("issue_until", moment(plan.issue_until)),
        ("owners", owners.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    for slot in &plan.slots {
        let minute = slot.starts.minute_of_day();
        typed.insert(format!("{minute}:places"), slot.places.to_string());
        let own = slot.owners.iter().filter(|(owner, _)| **owner != Owner::Open);
        typed.extend(own.map(|(owner, count)| (format!("{minute}:{owner}"), count.to_string())));
    }
    typed
}

async fn show(
    app: &App,
    f: Frame,
    user: &User,
    session: Option<SessionId>,
    typed: Typed,
    done: Option<(String, Report)>,
) -> Result<Response> {
    let board = app.core.board();
    let (key, report) = done.unwrap_or_else(|| (app.core.chance.link(), Report::default()));
    let get = |name: &str| typed.get(name).map_or("", String::as_str);
    let centre = board.centre_by_code(get("centre")).filter(|centre| user.actor.scope.covers(centre.place()));
    let mut owners: Vec<Owner> = get("owners").split(' ').filter_map(|owner| owner.parse().ok()).collect();
    if !owners.contains(&Owner::WalkIn) {
        owners.push(Owner::WalkIn);
    }
    owners.sort_unstable();
    owners.dedup();
    let owners: Vec<_> = owners.into_iter().map(|owner| (owner, f.lang.owner(&board, owner))).collect();
    let issued = issued(app, centre, &typed).await?;
    let below_issued = report.wrong.iter().any(|row| matches!(row.fault, ImportFault::BelowIssued { .. }));
    let fewer = session.filter(|_| below_issued).and_then(|id| {
        let coming = |start: &Moment| *start > f.now;
        let times = slot_times(&typed).into_iter().filter(|(start, _)| coming(start));
        let places = times.map(|(start, _)| typed_places(&typed, start.minute_of_day(), "places")).sum::<i64>();
        let had = board.field.slots.iter().filter(|slot| slot.session_id == id && coming(&slot.starts)).map(|slot| slot.capacity);
        (places < had.sum()).then_some((id, places))
    });
    let cell = |at: &str, what: &str, said: &str, when: &str| {
        let name = format!("{at}:{what}");
        let label = if when.is_empty() { said.to_owned() } else { format!("{when}: {said}") };
        Cell { value: get(&name).to_owned(), label, wrong: report.wrong.iter().any(|row| row.column == name), name }
    };
    let cells = |at: &str, when: &str| {
        let places = cell(at, "places", f.t.places, when);
        std::iter::once(places).chain(owners.iter().map(|(owner, said)| cell(at, &owner.to_string(), said, when))).collect::<Vec<_>>()
    };
    let rows = slot_times(&typed).into_iter().map(|(start, end)| SlotRow {
        window: f.lang.window(start, end),
        issued: issued.get(&start).copied().unwrap_or(0),
        cells: cells(&start.minute_of_day().to_string(), &start.clock()),
    });
    let (rows, all): (Vec<SlotRow>, _) = (rows.collect(), cells("all", f.t.all_slots));
    let mut faults: Vec<(String, String)> = Vec::new();
    for row in &report.wrong {
        // A slot that has issued more than it would keep is named by its time.
        let field = if typed.contains_key(&row.column) || row.column.starts_with("all:") { row.column.clone() } else { shown(&row.column) };
        let cell = rows.iter().flat_map(|row| &row.cells).chain(&all).find(|cell| cell.name == field);
        let said = f.lang.import_fault(&row.fault);
        let fault = (field, cell.map_or_else(|| said.clone(), |cell| format!("{}: {said}", cell.label)));
        // What is wrong with every slot is said once.
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    let district = board.district_of(user.actor.scope);
    let free = board.field.zones.iter().filter(|zone| district.is_none_or(|own| own == zone.district_id));
    let kept =
        Owner::KEPT.into_iter().chain(free.map(|zone| Owner::Zone(zone.id))).filter(|owner| owners.iter().all(|(shown, _)| shown != owner));
    let others = kept.map(|owner| (owner.to_string(), f.lang.owner(&board, owner))).collect();
    let title = centre.map_or_else(|| f.t.new_session.to_owned(), |centre| centre.name(f.lang).to_owned());
    let preview = (report.kind.is_some() && report.wrong.is_empty()).then(|| preview(&f, &board, &report));
    let places = slot_times(&typed).iter().map(|(start, _)| typed_places(&typed, start.minute_of_day(), "places")).sum();
    let vials = vial_of(&app.core.campaign, &typed).map(|rule| (rule.doses, Vials::for_places(places, rule.doses)));
    page(&SessionPage { f, title, session, typed, others, owners, all, rows, faults, below_issued, fewer, vials, preview, key })
}

/// The field that a fault of the whole plan is shown at.
fn shown(column: &str) -> String {
    match column {
        "capacity" | "shares" => "all:places".to_owned(),
        other => other.to_owned(),
    }
}

fn preview(f: &Frame, board: &Board, report: &Report) -> Effects {
    let Some(change) = report.changes.first() else { return Default::default() };
    let Some(crate::actions::import::Thing::Session(plan)) = &change.after else { return Default::default() };
    let ends = |start: Moment| plan.slots.iter().find(|slot| slot.starts == start).map_or(start, |slot| start + slot.minutes * 60);
    let told = change.issued.iter().map(|(start, issued)| f.lang.tokens_affected(Some((*start, ends(*start))), *issued));
    (f.lang.differences(board, change), told.collect())
}

/// The slots that the typed hours make, as far as they can be read.
fn slot_times(typed: &Typed) -> Vec<(Moment, Moment)> {
    let get = |name: &str| typed.get(name).map_or("", String::as_str);
    let read = || {
        let day: Day = get("date").parse().ok()?;
        let minutes: i64 = get("slot_minutes").parse().ok().filter(|minutes| (5..=240).contains(minutes))?;
        let (opens, closes) = (day.at_minute(parse_minute(get("opens"))?), day.at_minute(parse_minute(get("closes"))?));
        let starts = starts(opens, closes, minutes).ok()?;
        Some(starts.into_iter().take(99).map(|start| (start, start + minutes * 60)).collect())
    };
    read().unwrap_or_default()
}

async fn issued(app: &App, centre: Option<&Centre>, typed: &Typed) -> Result<BTreeMap<Moment, i64>> {
    let day = typed.get("date").and_then(|day| day.parse::<Day>().ok());
    let (Some(centre), Some(day)) = (centre, day) else { return Ok(BTreeMap::new()) };
    let there = app.core.read().await?.issued_at(centre.id, day).await?;
    Ok(there.into_iter().filter(|(start, _)| start.day() == day).collect())
}
