//! A month's figures by zone, centre, day, vaccinator or operator: on the screen, on paper, as CSV and XLSX.

use std::borrow::Borrow;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;

use super::day::{in_address, path, place};
use crate::actions::Actor;
use crate::actions::add_up_month::{By, Month, Part, Sums, add_up_month};
use crate::app::App;
use crate::domain::closing::{Column, Ending, Span};
use crate::domain::moment::Day;
use crate::domain::place::Scope;
use crate::error::{Error, Fault, Result};
use crate::i18n::grouped;
use crate::ids::CentreId;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::pages::sheet::{Cell, Sheet};

/// Which month, of what, and by what.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    month: String,
    by: String,
    district: String,
    zone: String,
    centre: String,
}

#[derive(Template)]
#[template(path = "district/month.html")]
struct MonthPage {
    f: Frame,
    place: Scope,
    path: Vec<(Scope, String)>,
    by: By,
    /// As it was typed.
    typed: String,
    /// The month with its table; absent when it cannot be read.
    found: Option<(Span, Month)>,
}

impl MonthPage {
    fn span(&self) -> Span {
        self.found.as_ref().map_or_else(|| Span::month(self.f.now.day()), |(span, _)| *span)
    }

    fn title(&self) -> String {
        format!("{} · {}", self.path.last().map_or("", |(_, name)| name), self.f.lang.month(self.span()))
    }

    fn address(&self, span: Span, by: By, place: Scope) -> String {
        format!("month={}&by={by}{}", span.from.0.format("%m-%Y"), in_address(place))
    }

    fn at(&self, place: &Scope) -> String {
        format!("/district/month?{}", self.address(self.span(), self.by, *place))
    }

    fn before(&self) -> String {
        format!("/district/month?{}", self.address(Span::month(self.span().from.plus(-1)), self.by, self.place))
    }

    fn after(&self) -> Option<String> {
        let next = Span::month(self.span().until.plus(1));
        (next.from <= self.f.now.day()).then(|| format!("/district/month?{}", self.address(next, self.by, self.place)))
    }

    fn file(&self, kind: &str) -> String {
        format!("/district/month/month.{kind}?{}", self.address(self.span(), self.by, self.place))
    }

    /// What the form keeps of the address.
    fn hidden(&self) -> Option<(&'static str, String)> {
        match self.place {
            Scope::State => None,
            Scope::District(id) => Some(("district", id.to_string())),
            Scope::Zone(id) => Some(("zone", id.to_string())),
            Scope::Centre(id) => Some(("centre", id.to_string())),
        }
    }

    fn divisions(&self) -> &'static [By] {
        By::ALL
    }

    fn n(&self, value: impl Borrow<i64>) -> String {
        grouped(*value.borrow())
    }

    fn centre(&self, id: CentreId) -> &str {
        self.f.board.centre_name(id, self.f.lang)
    }

    fn name(&self, part: &Part) -> String {
        match part {
            Part::Zone(id) => self.f.board.zone(*id).map_or("–", |zone| zone.name(self.f.lang)).to_owned(),
            Part::Centre(id) => self.centre(*id).to_owned(),
            Part::Day(day) => self.f.lang.short_day(*day),
            Part::Person(centre, name) if self.by == By::Operator => format!("{}, {}", self.f.lang.actor(name), self.centre(*centre)),
            Part::Person(centre, name) => format!("{name}, {}", self.centre(*centre)),
        }
    }

    /// Where a part's own figures are: a zone's centres, a centre's days, a day's centres.
    fn href(&self, part: &Part) -> Option<String> {
        match part {
            Part::Zone(id) => Some(format!("/district/month?{}", self.address(self.span(), By::Centre, Scope::Zone(*id)))),
            Part::Centre(id) => Some(format!("/district/month?{}", self.address(self.span(), By::Day, Scope::Centre(*id)))),
            Part::Day(day) => Some(match self.place {
                Scope::Centre(id) => format!("/centre/closing?date={day}&centre={id}"),
                _ => format!("/district/closings?date={day}{}", in_address(self.place)),
            }),
            Part::Person(..) => None,
        }
    }

    /// The endings that a division can tell: nobody's work is a person of whom nothing is noted.
    fn endings(&self) -> &'static [Ending] {
        match self.by {
            By::Vaccinator => &Ending::ALL[..1],
            By::Operator => &Ending::ALL[..4],
            By::Zone | By::Centre | By::Day => Ending::ALL,
        }
    }

    fn columns(&self) -> &'static [Column] {
        if self.by.is_work() { &[] } else { Column::ALL }
    }

    fn heads(&self) -> Vec<&'static str> {
        let t = self.f.t;
        let mut heads = vec![self.f.lang.month_by(self.by), t.month_days];
        if !self.by.is_work() {
            heads.extend([t.month_closed, t.month_changed, t.closing_admitted]);
        }
        heads.extend(self.endings().iter().map(|ending| self.f.lang.ending(*ending)));
        heads.extend(self.columns().iter().map(|column| self.f.lang.column(*column)));
        if !self.by.is_work() {
            heads.extend([t.difference, t.closing_doses_lost]);
        }
        heads
    }

    /// The numbers of a row, in the order of the columns.
    fn numbers(&self, sums: &Sums) -> Vec<i64> {
        let mut numbers = vec![sums.days];
        if !self.by.is_work() {
            numbers.extend([sums.closed, sums.changed, sums.people.admitted()]);
        }
        numbers.extend(self.endings().iter().map(|ending| sums.people.of(*ending)));
        numbers.extend(self.columns().iter().map(|column| sums.vials.of(*column)));
        if !self.by.is_work() {
            numbers.extend([sums.off, sums.vials.lost]);
        }
        numbers
    }

    /// The sum of what the rows show.
    fn total(&self, month: &Month) -> Vec<i64> {
        if !self.by.is_work() {
            return self.numbers(&month.total);
        }
        let rows = month.rows.iter().map(|(_, sums)| self.numbers(sums));
        rows.reduce(|all, row| all.iter().zip(&row).map(|(all, own)| all + own).collect()).unwrap_or_default()
    }

    /// The same cells as on the screen.
    fn sheet(&self, month: &Month) -> Sheet {
        let row = |name: String, numbers: Vec<i64>| {
            let mut cells = vec![Cell::from(name)];
            cells.extend(numbers.into_iter().map(Cell::from));
            cells
        };
        Sheet {
            name: format!("month-{}-{}", self.span().from.0.format("%Y-%m"), self.by),
            title: format!("{} · {}", self.f.t.month_title, self.title()),
            heads: self.heads().into_iter().map(str::to_owned).collect(),
            rows: month.rows.iter().map(|(part, sums)| row(self.name(part), self.numbers(sums))).collect(),
            total: Some(row(self.f.t.total.to_owned(), self.total(month))),
        }
    }
}

/// The page.
pub async fn month(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
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
    let kind = file.strip_prefix("month.").ok_or(Error::NotFound)?;
    let found = read(&app, f, &user.actor, asked).await?;
    let (_, month) = found.found.as_ref().ok_or_else(|| Error::field("month", Fault::Day))?;
    found.sheet(month).download(kind)
}

async fn read(app: &App, f: Frame, actor: &Actor, asked: Asked) -> Result<MonthPage> {
    let place = place(actor, &asked.district, &asked.zone, &asked.centre);
    let by = asked.by.parse().unwrap_or(By::Centre);
    let day = if asked.month.is_empty() { Some(f.now.day()) } else { read_month(&asked.month) };
    let found = match day.map(Span::month) {
        Some(span) => Some((span, add_up_month(&app.core, actor, place, span, by).await?)),
        None => None,
    };
    let path = path(&app.core.board(), actor, place, &f);
    let typed = found.as_ref().map_or(asked.month, |(span, _)| span.from.0.format("%m-%Y").to_string());
    Ok(MonthPage { f, place, path, by, typed, found })
}

/// A month as people write it: `03-2021`, `2021-03`, `3/2021`.
fn read_month(text: &str) -> Option<Day> {
    let (one, two) = text.trim().split_once(['-', '/'])?;
    let (month, year) = if one.len() == 4 { (two, one) } else { (one, two) };
    format!("{year}-{:02}-01", month.parse::<u32>().ok()?).parse().ok()
}
