//! What has not reached the portal, by how near its deadline is: for a centre, and for a district. The roll of overdue doses, and the
//! permission to enter them late.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::command::CommandId;
use crate::actions::log_in::User;
use crate::actions::look_up::note_list;
use crate::actions::permit_late::{Letter, permit_late};
use crate::actions::watch_deadlines::deadline_alarms;
use crate::app::App;
use crate::domain::dose::Age;
use crate::domain::moment::{Day, Moment};
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Fault, FieldFault, Result};
use crate::i18n::grouped;
use crate::ids::{CentreId, DoseId, ZoneId};
use crate::pages::dose_form::line;
use crate::pages::frame::{Frame, Officer, Staff};
use crate::pages::page;
use crate::storage::backlog::{DoseRecord, Waiting, WaitingFilter};
use crate::storage::deadline::{DeadlineAlarm, Told};
use crate::storage::journal::Act;
use crate::storage::pack::OnPaper;

/// Where the pages are.
const CENTRE: &str = "/centre/backlog";
const DISTRICT: &str = "/district/backlog";

/// Rows on a page of the list.
const ROWS: i64 = 100;

/// The most doses that one roll holds.
const MOST_ON_ROLL: i64 = 2_000;

/// How many wait, by age.
#[derive(Debug, Default, Clone, Copy)]
struct Counts([i64; 4]);

impl Counts {
    fn add(&mut self, more: Counts) {
        for (sum, count) in self.0.iter_mut().zip(more.0) {
            *sum += count;
        }
    }
}

impl From<&Waiting> for Counts {
    fn from(row: &Waiting) -> Self {
        Self([row.overdue, row.under_6, row.under_24, row.later])
    }
}

/// A bundle of forms that has something to key in.
struct PaperLine {
    pack: OnPaper,
    centre: String,
    due: Moment,
}

impl PaperLine {
    /// Its forms as doses that wait.
    fn counts(&self, now: Moment) -> Counts {
        let mut counts = Counts::default();
        counts.0[Age::of(self.due, now) as usize] = self.pack.waiting();
        counts
    }

    fn who(&self) -> &str {
        self.pack.assigned_to.as_deref().unwrap_or_default()
    }

    fn is_asked(&self, asked: &Asked, now: Moment) -> bool {
        let same = |asked: &str, own: &str| asked.is_empty() || asked == own;
        same(&asked.age, Age::of(self.due, now).word())
            && same(&asked.centre, &self.pack.centre_id.to_string())
            && same(&asked.zone, &self.pack.zone_id.to_string())
            && same(&asked.operator, self.who())
    }
}

/// A line of one of the tables.
struct Line {
    name: String,
    /// What the links ask for.
    query: String,
    counts: Counts,
}

/// Which part is looked at.
#[derive(Debug, Default, Clone, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    age: String,
    centre: String,
    zone: String,
    district: String,
    operator: String,
    skip: i64,
    reopened: String,
}

impl Asked {
    fn narrows(&self) -> bool {
        [&self.age, &self.centre, &self.zone, &self.district, &self.operator].iter().any(|part| !part.is_empty())
    }
}

#[derive(Template)]
#[template(path = "centre/backlog.html")]
struct BacklogPage {
    f: Frame,
    /// [`CENTRE`] or [`DISTRICT`].
    path: &'static str,
    total: Counts,
    /// Where time runs out, or did lately, and who has seen it.
    alarms: Vec<(DeadlineAlarm, Vec<Told>)>,
    tables: Vec<(&'static str, Vec<Line>)>,
    paper: Vec<PaperLine>,
    /// The list that a count leads to.
    list: Option<Vec<DoseRecord>>,
    asked: Asked,
    next: Option<String>,
}

impl BacklogPage {
    fn ages(&self) -> impl Iterator<Item = (usize, Age)> {
        Age::ALL.iter().copied().enumerate()
    }

    fn count(&self, counts: &Counts, at: &usize) -> String {
        grouped(counts.0[*at])
    }

    fn alarm(&self, alarm: &DeadlineAlarm, told: &[Told]) -> String {
        self.f.lang.deadline_alarm(alarm, told)
    }

    fn centre_of(&self, alarm: &DeadlineAlarm) -> &str {
        self.f.board.centre_name(alarm.centre_id, self.f.lang)
    }

    fn is_overdue(&self, due: &Moment) -> bool {
        *due < self.f.now
    }

    /// The bundles themselves are the centre's.
    fn is_centre(&self) -> bool {
        self.path == CENTRE
    }
}

/// The centre's backlog, or the district's.
pub async fn backlog(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Query(asked): Query<Asked>) -> Result<Response> {
    if user.actor.role == Role::Clerk {
        return Err(Error::Forbidden);
    }
    let path = if user.actor.role == Role::Operator { CENTRE } else { DISTRICT };
    let board = app.core.board();
    let centre_name = |id: CentreId| board.centre_name(id, f.lang).to_owned();
    let zone_name = |id: ZoneId| board.zone(id).map_or_else(String::new, |zone| zone.name(f.lang).to_owned());
    let alarms = deadline_alarms(&app.core, &user.actor).await?;
    if asked.narrows() {
        note_list(&app.core, &user.actor, "backlog").await?;
    }
    let mut tx = app.core.read().await?;
    let waiting = tx.waiting_doses(user.actor.scope, f.now).await?;
    let paper = tx.on_paper(user.actor.scope, f.now).await?;
    let list =
        if asked.narrows() { Some(tx.waiting_records(filter(&user, &asked, false), f.now, asked.skip.max(0), ROWS).await?) } else { None };
    tx.commit().await?;
    let due = |starts| app.core.campaign.upload_due(starts);
    let line = |pack: OnPaper| PaperLine { centre: centre_name(pack.centre_id), due: due(pack.starts), pack };
    let mut paper: Vec<_> = paper.into_iter().map(line).collect();
    let mut total = Counts::default();
    let (mut centres, mut zones, mut operators) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let keyed = waiting.iter().map(|row| (row.centre_id, row.zone_id, row.entered_by.clone(), Counts::from(row)));
    let on_paper = paper.iter().map(|line| (line.pack.centre_id, line.pack.zone_id, line.who().to_owned(), line.counts(f.now)));
    for (centre, zone, who, counts) in keyed.chain(on_paper) {
        total.add(counts);
        centres.entry(centre).or_insert_with(Counts::default).add(counts);
        zones.entry(zone).or_insert_with(Counts::default).add(counts);
        operators.entry(who).or_insert_with(Counts::default).add(counts);
    }
    let by_centre = centres.into_iter().map(|(id, counts)| Line { name: centre_name(id), query: format!("centre={id}"), counts });
    let by_zone = zones.into_iter().map(|(id, counts)| Line { name: zone_name(id), query: format!("zone={id}"), counts });
    // Whoever keys a form in is the one who enters its dose.
    let by_operator = operators.into_iter().filter(|(who, _)| !who.is_empty());
    let by_operator = by_operator.map(|(who, counts)| Line { query: format!("operator={who}"), name: f.lang.actor(&who), counts });
    let mut tables = vec![(f.t.backlog_by_operator, most_urgent_first(by_operator))];
    if user.actor.role != Role::Operator {
        tables.insert(0, (f.t.backlog_by_zone, most_urgent_first(by_zone)));
        tables.insert(0, (f.t.backlog_by_centre, most_urgent_first(by_centre)));
    }
    paper.retain(|line| line.is_asked(&asked, f.now));
    let more = list.as_ref().is_some_and(|list| list.len() as i64 == ROWS);
    let Asked { age, centre, zone, district, operator, skip, .. } = &asked;
    let next =
        more.then(|| format!("{path}?age={age}&centre={centre}&zone={zone}&district={district}&operator={operator}&skip={}", skip + ROWS));
    page(&BacklogPage { f, path, total, alarms, tables, paper, list, asked, next })
}

fn most_urgent_first(lines: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.counts.0));
    lines
}

fn filter<'a>(user: &User, asked: &'a Asked, closed: bool) -> WaitingFilter<'a> {
    // A district is a part of the state only: whoever has less sees their own.
    let scope = match (user.actor.scope, asked.district.parse()) {
        (Scope::State, Ok(district)) => Scope::District(district),
        (own, _) => own,
    };
    WaitingFilter {
        scope,
        age: asked.age.parse().ok(),
        centre: asked.centre.parse().ok(),
        zone: asked.zone.parse().ok(),
        operator: (!asked.operator.is_empty()).then_some(asked.operator.as_str()),
        closed,
    }
}

#[derive(Template)]
#[template(path = "centre/roll.html")]
struct RollPage {
    f: Frame,
    records: Vec<(String, DoseRecord)>,
    typed: TypedLetter,
    faults: Vec<FieldFault>,
}

impl RollPage {
    fn fault(&self, field: &str) -> Option<&'static str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, fault)| self.f.lang.fault(*fault))
    }
}

/// The roll of overdue doses, to be printed and signed; an officer notes the permission beneath.
pub async fn roll(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff, Query(asked): Query<Asked>) -> Result<Response> {
    if user.actor.role == Role::Clerk {
        return Err(Error::Forbidden);
    }
    let overdue = WaitingFilter { age: Some(Age::Overdue), ..filter(&user, &asked, true) };
    let mut tx = app.core.write().await?;
    let records = tx.waiting_records(overdue, f.now, 0, MOST_ON_ROLL).await?;
    tx.add_entries(&[app.core.note(&user.actor, Act::PrintRoll, Some(format!("doses:{}", records.len())))]).await?;
    tx.commit().await?;
    let doses = records.iter().map(|record| record.id.to_string()).collect::<Vec<_>>().join(",");
    let typed = TypedLetter { doses, key: app.core.chance.link(), ..TypedLetter::default() };
    show_roll(&app, f, records, typed, Vec::new())
}

fn show_roll(app: &App, f: Frame, records: Vec<DoseRecord>, typed: TypedLetter, faults: Vec<FieldFault>) -> Result<Response> {
    let board = app.core.board();
    let place = |id: CentreId| board.centre_name(id, f.lang).to_owned();
    let records = records.into_iter().map(|record| (place(record.centre_id), record)).collect();
    page(&RollPage { f, records, typed, faults })
}

/// The letter as it was typed, and the doses of the roll that it was given for.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct TypedLetter {
    letter: String,
    signed_by: String,
    signed_on: String,
    doses: String,
    key: String,
}

/// Notes the permission, which reopens the doses of the roll.
pub async fn permit(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Form(typed): Form<TypedLetter>) -> Result<Response> {
    let doses: Vec<DoseId> = typed.doses.split(',').filter_map(|id| id.parse().ok()).collect();
    let mut faults = Vec::new();
    let number = line(&typed.letter, 60).map_err(|fault| faults.push(("letter", fault))).ok();
    let signed_by = line(&typed.signed_by, 60).map_err(|fault| faults.push(("signed_by", fault))).ok();
    let signed_on = typed.signed_on.parse::<Day>().map_err(|_| Fault::Day);
    let signed_on = signed_on.and_then(|day| if day > f.now.day() { Err(Fault::NotYet) } else { Ok(day) });
    let signed_on = signed_on.map_err(|fault| faults.push(("signed_on", fault))).ok();
    let (Some(number), Some(signed_by), Some(signed_on)) = (number, signed_by, signed_on) else {
        // The letter is for the roll that was printed, whatever has become overdue since.
        let all = Asked::default();
        let overdue = WaitingFilter { age: Some(Age::Overdue), ..filter(&user, &all, true) };
        let mut records = app.core.read().await?.waiting_records(overdue, f.now, 0, MOST_ON_ROLL).await?;
        records.retain(|record| doses.contains(&record.id));
        return show_roll(&app, f, records, typed, faults);
    };
    let letter = Letter { number, signed_by, signed_on };
    let command = CommandId::new(&user.actor.name, &typed.key, format!("{letter:?} {}", typed.doses));
    let reopened = permit_late(&app.core, &user.actor, &command, &letter, &doses).await?;
    Ok(Redirect::to(&format!("{DISTRICT}?reopened={reopened}")).into_response())
}
