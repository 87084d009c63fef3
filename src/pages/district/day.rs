//! The district's day: large numbers, what goes wrong, and the same numbers by district, zone, centre and slot. Each leads to its list.

use std::borrow::Borrow;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::actions::Actor;
use crate::actions::look_at_day::{CentreDay, DayView, Part, look_at_day};
use crate::actions::to_settle::to_settle;
use crate::app::App;
use crate::board::Board;
use crate::domain::day::{Backlog, Figures};
use crate::domain::dose::Age;
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::domain::trouble::Trouble;
use crate::error::Result;
use crate::i18n::{Text, grouped};
use crate::ids::{CentreId, DistrictId, ZoneId};
use crate::pages::district::charge::ToSettle;
use crate::pages::frame::{Frame, Officer};
use crate::pages::{page, picture};
use crate::storage::field::{Centre, CentreKind};
use crate::storage::moving::MoveJob;

/// Centres in trouble that are shown at first.
const TROUBLED: usize = 20;

/// Centres drawn beside each other.
const DRAWN: usize = 24;

/// Which day, and of what.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    pub(super) date: String,
    pub(super) district: String,
    pub(super) zone: String,
    pub(super) centre: String,
    all: String,
}

impl Asked {
    /// Today, of a district.
    pub fn of_district(id: &str) -> Self {
        Self { district: id.to_owned(), ..Self::default() }
    }
}

/// Which part of the field an address asks for; nothing: all that is the actor's.
pub fn place(actor: &Actor, district: &str, zone: &str, centre: &str) -> Scope {
    let centre = centre.parse().ok().map(|id| Scope::Centre(CentreId(id)));
    let zone = zone.parse().ok().map(|id| Scope::Zone(ZoneId(id)));
    let district = district.parse().ok().map(|id| Scope::District(DistrictId(id)));
    centre.or(zone).or(district).unwrap_or(actor.scope)
}

/// The same as part of an address.
pub fn in_address(place: Scope) -> String {
    match place {
        Scope::State => String::new(),
        Scope::District(id) => format!("&district={id}"),
        Scope::Zone(id) => format!("&zone={id}"),
        Scope::Centre(id) => format!("&centre={id}"),
    }
}

/// What is looked at and what lies around it, the largest first.
pub fn path(board: &Board, actor: &Actor, place: Scope, f: &Frame) -> Vec<(Scope, String)> {
    let centre = if let Scope::Centre(id) = place { board.centre(id) } else { None };
    let zone = match place {
        Scope::Zone(id) => board.zone(id),
        _ => centre.and_then(|centre| board.zone(centre.zone_id)),
    };
    let district = match place {
        Scope::District(id) => board.district(id),
        _ => zone.and_then(|zone| board.district(zone.district_id)),
    };
    let mut path = Vec::new();
    if actor.scope == Scope::State {
        path.push((Scope::State, f.t.whole_state.to_owned()));
    }
    path.extend(district.map(|row| (Scope::District(row.id), row.name(f.lang).to_owned())));
    path.extend(zone.map(|row| (Scope::Zone(row.id), row.name(f.lang).to_owned())));
    path.extend(centre.map(|row| (Scope::Centre(row.id), row.name(f.lang).to_owned())));
    path
}

struct PartRow {
    name: String,
    /// Where its own day is; a slot has none.
    href: Option<String>,
    /// What its lists are narrowed to.
    within: String,
    figures: Figures,
}

#[derive(Template)]
#[template(path = "district/day.html")]
struct DayPage {
    f: Frame,
    day: Day,
    days: Vec<Day>,
    place: Scope,
    path: Vec<(Scope, String)>,
    view: DayView,
    rows: Vec<PartRow>,
    show_all: bool,
    /// What waits to be settled in all that is the officer's; only on the page that shows all of it.
    to_settle: Option<Vec<ToSettle>>,
    /// Centres that lack something for their day.
    unready: usize,
    /// Where the centre's stopped sessions' people went.
    moves: Vec<MoveJob>,
}

impl DayPage {
    fn title(&self) -> &str {
        self.path.last().map_or("", |(_, name)| name)
    }

    fn on(&self, day: &Day) -> String {
        format!("/district?date={day}{}", in_address(self.place))
    }

    fn at(&self, place: &Scope) -> String {
        format!("/district?date={}{}", self.day, in_address(*place))
    }

    /// The opening checks and closings behind a number.
    fn closings(&self) -> String {
        format!("/district/closings?date={}{}", self.day, self.everywhere())
    }

    fn at_centre(&self, centre: &CentreDay) -> String {
        self.at(&Scope::Centre(centre.centre.id))
    }

    fn everywhere(&self) -> String {
        in_address(self.place)
    }

    /// The register's rows behind a number.
    fn register(&self, within: &str, state: &str) -> String {
        format!("/office/register?date={}{within}&state={state}", self.day)
    }

    fn of_age(&self, within: &str, state: &str, age: &str) -> String {
        format!("/office/register?date={}{within}&state={state}&age={age}", self.day)
    }

    fn of_kind(&self, state: &str, kind: &CentreKind) -> String {
        format!("/office/register?date={}{}&state={state}&kind={kind}", self.day, self.everywhere())
    }

    /// The doses behind a number, those without a token too.
    fn given(&self, within: &str, age: &str, kind: &str) -> String {
        format!("/district/given?date={}{within}&age={age}&kind={kind}", self.day)
    }

    /// The doses behind a part's number. A slot has only those of its tokens.
    fn given_in(&self, row: &PartRow) -> String {
        if row.href.is_some() { self.given(&row.within, "", "") } else { self.register(&row.within, "dosed") }
    }

    /// The scans behind a number.
    fn scans(&self, within: &str, reason: &str) -> String {
        format!("/district/scans?date={}{within}&reason={reason}", self.day)
    }

    /// The doses behind a number; an empty age: all that wait.
    fn backlog(&self, within: &str, age: &str) -> String {
        format!("/district/backlog?age={age}{within}#list")
    }

    /// The centre that is looked at.
    fn centre(&self) -> Option<&Centre> {
        if let Scope::Centre(id) = self.place { self.f.board.centre(id) } else { None }
    }

    fn public_page(&self, centre: &Centre) -> String {
        format!("/c/{}?d={}", centre.code, self.day)
    }

    fn n(&self, value: impl Borrow<i64>) -> String {
        grouped(*value.borrow())
    }

    fn capacity_label(&self) -> String {
        self.f.lang.arrivals_label(self.view.total.steps.arrived, self.view.total.capacity)
    }

    fn arrivals(&self) -> String {
        picture::arrivals(&self.view.hours, &self.capacity_label())
    }

    fn hours(&self) -> Vec<(String, i64, i64)> {
        let hours = picture::busy_hours(&self.view.hours).into_iter();
        hours.map(|(hour, places, people)| (format!("{hour}:00"), places, people)).collect()
    }

    fn reasons(&self) -> Vec<(&'static str, &'static str, i64, String)> {
        let mut reasons: Vec<_> = self.view.total.turned_back.iter().filter(|(_, count)| **count > 0).collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let most = reasons.first().map_or(0, |(_, count)| **count);
        reasons.into_iter().map(|(why, count)| (why.word(), self.f.lang.turned_back(*why), *count, picture::share(*count, most))).collect()
    }

    fn ages(&self) -> Vec<(&'static str, String, i64, String)> {
        let Backlog { overdue, within_six, within_day, later, refused } = self.view.total.backlog;
        let Text { backlog_overdue, backlog_six, backlog_day, backlog_later, backlog_refused, .. } = self.f.t;
        let list = |age: Age| self.backlog(&self.everywhere(), age.word());
        let rows = [
            (*backlog_overdue, list(Age::Overdue), overdue),
            (*backlog_six, list(Age::UnderSix), within_six),
            (*backlog_day, list(Age::UnderDay), within_day),
            (*backlog_later, list(Age::Later), later),
            (*backlog_refused, "/district/portal".to_owned(), refused),
        ];
        let most = rows.iter().map(|(.., count)| *count).max().unwrap_or(0);
        rows.into_iter().map(|(name, list, count)| (name, list, count, picture::share(count, most))).collect()
    }

    fn troubled(&self) -> impl Iterator<Item = &(CentreDay, Vec<Trouble>)> {
        let most = if self.show_all { usize::MAX } else { TROUBLED };
        self.view.centres.iter().filter(|(_, troubles)| !troubles.is_empty()).take(most)
    }

    fn more_troubled(&self) -> usize {
        let all = self.view.centres.iter().filter(|(_, troubles)| !troubles.is_empty()).count();
        if self.show_all { 0 } else { all.saturating_sub(TROUBLED) }
    }

    fn drawn(&self) -> Vec<(&CentreDay, String)> {
        let all = picture::busy_hours(&self.view.hours);
        let centres = self.view.centres.iter().map(|(centre, _)| centre).filter(|centre| centre.figures.capacity > 0).take(DRAWN);
        centres.map(|centre| (centre, picture::small_arrivals(&centre.hours, &all))).collect()
    }

    fn kinds(&self) -> [(CentreKind, &'static str, &Figures); 2] {
        let (government, private) = (&self.view.government, &self.view.private);
        [(CentreKind::Government, self.f.t.kind_government, government), (CentreKind::Private, self.f.t.private, private)]
    }
}

/// The day.
pub async fn day(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let day = asked.date.parse().unwrap_or(f.now.day());
    let place = place(&user.actor, &asked.district, &asked.zone, &asked.centre);
    let view = look_at_day(&app.core, &app.tallies, &user.actor, place, day).await?;
    let board = app.core.board();
    let mut tx = app.core.read().await?;
    let mut moves = Vec::new();
    for session in &view.sessions {
        moves.extend(tx.moves_of(session.id).await?);
    }
    tx.commit().await?;
    let to_settle = if place == user.actor.scope { Some(open_matters(&app, &f, &user.actor).await?) } else { None };
    let rows = view.parts.iter().map(|(part, figures)| part_row(&board, &f, day, &view, *part, figures)).collect();
    let path = path(&board, &user.actor, place, &f);
    let days = board.days(None, f.now.day().start());
    let lacks = |troubles: &[Trouble]| troubles.iter().any(|trouble| matches!(trouble, Trouble::Unready { .. }));
    let unready = view.centres.iter().filter(|(_, troubles)| lacks(troubles)).count();
    page(&DayPage { f, day, days, place, path, view, rows, show_all: asked.all == "yes", to_settle, unready, moves })
}

async fn open_matters(app: &App, f: &Frame, actor: &Actor) -> Result<Vec<ToSettle>> {
    let open = to_settle(&app.core, actor, app.gateway_reports()).await?;
    Ok(open.into_iter().map(|(matter, open)| ToSettle::new(f, matter, open)).collect())
}

fn part_row(board: &Board, f: &Frame, day: Day, view: &DayView, part: Part, figures: &Figures) -> PartRow {
    let (name, place) = match part {
        Part::District(id) => (board.district(id).map(|row| row.name(f.lang).to_owned()), Some(Scope::District(id))),
        Part::Zone(id) => (board.zone(id).map(|row| row.name(f.lang).to_owned()), Some(Scope::Zone(id))),
        Part::Centre(id) => (board.centre(id).map(|row| row.name(f.lang).to_owned()), Some(Scope::Centre(id))),
        Part::Slot(id) => {
            let slot = view.slots.iter().find(|slot| slot.id == id);
            (slot.map(|slot| format!("{:02} · {}", slot.call, f.lang.window(slot.starts, slot.ends()))), None)
        }
    };
    let within = match part {
        Part::Slot(id) => format!("&slot={id}"),
        _ => place.map_or_else(String::new, in_address),
    };
    let href = place.map(|place| format!("/district?date={day}{}", in_address(place)));
    PartRow { name: name.unwrap_or_else(|| "–".into()), href, within, figures: figures.clone() }
}
