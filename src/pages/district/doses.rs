//! The newspaper's table: doses by district for a round, up to a date and time; on screen, on paper, as CSV and XLSX.

use std::borrow::Borrow;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;

use crate::actions::round_table::round_table;
use crate::app::App;
use crate::domain::moment::{Day, Moment, clock};
use crate::domain::round::{Line, Table};
use crate::error::{Error, Fault, Result};
use crate::i18n::grouped;
use crate::ids::DistrictId;
use crate::pages::form::minute_of_day;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::pages::sheet::{Cell, Sheet};

/// Which round, and up to when.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    round: String,
    date: String,
    time: String,
}

#[derive(Template)]
#[template(path = "district/doses.html")]
struct DosesPage {
    f: Frame,
    rounds: Vec<i64>,
    round: i64,
    date: String,
    time: String,
    date_fault: Option<&'static str>,
    time_fault: Option<&'static str>,
    /// The table with the moment it counts up to; absent when the cut-off cannot be read.
    found: Option<(Table, Moment)>,
    names: Vec<(DistrictId, String)>,
}

impl DosesPage {
    fn name(&self, id: &DistrictId) -> &str {
        self.names.iter().find(|(of, _)| of == id).map_or("", |(_, name)| name)
    }

    fn n(&self, value: impl Borrow<i64>) -> String {
        grouped(*value.borrow())
    }

    fn younger(&self) -> bool {
        self.found.as_ref().is_some_and(|(table, _)| table.total.doses.younger > 0)
    }

    fn file(&self, kind: &str) -> String {
        format!("/district/doses/doses.{kind}?round={}&date={}&time={}", self.round, self.date, self.time)
    }

    fn title(&self, by: &Moment) -> String {
        self.f.lang.round_title(self.round, *by)
    }

    /// The same cells as on the screen.
    fn sheet(&self, table: &Table, by: Moment) -> Sheet {
        let t = self.f.t;
        let younger = self.younger();
        let mut heads = vec![t.district, t.doses, t.age_sixty, t.age_forty_five];
        heads.extend(younger.then_some(t.age_younger));
        heads.extend([t.doses_government, t.doses_private, t.sites_government, t.sites_private, t.sites_gave, t.sites_planned]);
        let row = |name: &str, line: &Line| {
            let mut cells = vec![Cell::from(name)];
            let Line { doses, government, private } = line;
            cells.extend([doses.all(), doses.sixty, doses.forty_five].map(Cell::from));
            cells.extend(younger.then_some(Cell::from(doses.younger)));
            let rest = [government.doses, private.doses, government.gave, private.gave, line.gave(), line.planned()];
            cells.extend(rest.map(Cell::from));
            cells
        };
        Sheet {
            name: format!("doses-round-{}-{}-{}", self.round, by.day(), by.clock().replace(':', "")),
            title: self.title(&by),
            heads: heads.into_iter().map(str::to_owned).collect(),
            rows: table.districts.iter().map(|(id, line)| row(self.name(id), line)).collect(),
            total: Some(row(t.total, &table.total)),
        }
    }
}

/// The page.
pub async fn doses(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    page(&read(&app, f, &user.actor, asked).await?)
}

/// The same as a file.
pub async fn file(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let kind = file.strip_prefix("doses.").ok_or(Error::NotFound)?;
    let found = read(&app, f, &user.actor, asked).await?;
    let (table, by) = found.found.as_ref().ok_or_else(|| Error::field("date", Fault::Day))?;
    found.sheet(table, *by).download(kind)
}

async fn read(app: &App, f: Frame, actor: &crate::actions::Actor, asked: Asked) -> Result<DosesPage> {
    let core = &app.core;
    let now = f.now;
    let asked_day = if asked.date.is_empty() { Ok(now.day()) } else { asked.date.parse::<Day>().map_err(|_| Fault::Day) };
    let minute = if asked.time.is_empty() { Ok(now.minute_of_day()) } else { minute_of_day(&asked.time) };
    let round = asked.round.parse::<i64>().ok().and_then(|number| core.campaign.rounds.iter().find(|round| round.number == number));
    let round = round.or(core.campaign.round_on(asked_day.as_ref().copied().unwrap_or(now.day()))).ok_or(Error::NotFound)?;
    let found = match (&asked_day, &minute) {
        (Ok(day), Ok(minute)) => {
            let by = day.at_minute(*minute);
            Some((round_table(core, actor, round, by).await?, by))
        }
        _ => None,
    };
    let board = core.board();
    Ok(DosesPage {
        rounds: core.campaign.rounds.iter().map(|round| round.number).collect(),
        round: round.number,
        date: asked_day.as_ref().map_or(asked.date, |day| day.0.format("%d-%m-%Y").to_string()),
        time: minute.as_ref().map_or(asked.time, |minute| clock(*minute)),
        date_fault: asked_day.err().map(|fault| f.lang.fault(fault)),
        time_fault: minute.err().map(|fault| f.lang.fault(fault)),
        found,
        names: board.field.districts.iter().map(|district| (district.id, district.name(f.lang).to_owned())).collect(),
        f,
    })
}
