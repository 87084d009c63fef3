//! Which centres are ready in the morning, and which have closed their day in the evening; as a table, on paper and as a file.

use std::borrow::Borrow;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::day::{Asked, in_address, path, place};
use crate::actions::account_for_days::{DayAccount, look_at_accounts};
use crate::actions::check_opening::{Mornings, set_opening_hour};
use crate::actions::log_in::User;
use crate::app::App;
use crate::domain::closing::{Ending, Span};
use crate::domain::moment::{Day, clock};
use crate::domain::opening::{Check, Checks};
use crate::domain::place::Scope;
use crate::error::{Error, Fault, Result};
use crate::i18n::grouped;
use crate::ids::DistrictId;
use crate::pages::form::minute_of_day;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::pages::sheet::{Cell, Sheet};
use crate::storage::field::Centre;

/// A centre's day.
struct Row {
    centre: Centre,
    found: DayAccount,
    /// What its opening check lacks. Absent: it has no session, or it is stopped.
    red: Option<Checks>,
}

#[derive(Template)]
#[template(path = "district/closings.html")]
struct ClosingsPage {
    f: Frame,
    day: Day,
    days: Vec<Day>,
    place: Scope,
    path: Vec<(Scope, String)>,
    rows: Vec<Row>,
    /// The district whose hour can be set here, and the hour.
    hour: Option<(DistrictId, String)>,
    hour_fault: Option<&'static str>,
}

impl ClosingsPage {
    fn title(&self) -> String {
        format!("{} · {}", self.path.last().map_or("", |(_, name)| name), self.f.lang.day(self.day))
    }

    fn on(&self, day: &Day) -> String {
        format!("/district/closings?date={day}{}", in_address(self.place))
    }

    fn at(&self, place: &Scope) -> String {
        format!("/district/closings?date={}{}", self.day, in_address(*place))
    }

    fn file(&self, kind: &str) -> String {
        format!("/district/closings/closings.{kind}?date={}{}", self.day, in_address(self.place))
    }

    fn own(&self, row: &Row) -> String {
        format!("/centre/closing?date={}&centre={}", self.day, row.centre.id)
    }

    fn people(&self, row: &Row, of: &str) -> String {
        format!("/centre/closing/people?date={}&centre={}&of={of}", self.day, row.centre.id)
    }

    fn check(&self, row: &Row) -> Option<String> {
        (self.day == self.f.now.day()).then(|| format!("/centre/opening?centre={}", row.centre.id))
    }

    fn n(&self, value: impl Borrow<i64>) -> String {
        grouped(*value.borrow())
    }

    fn not_closed(&self) -> usize {
        self.rows.iter().filter(|row| row.found.closed().is_none()).count()
    }

    fn unready(&self) -> usize {
        self.rows.iter().filter(|row| row.red.is_some_and(|red| !red.is_empty())).count()
    }

    fn endings(&self) -> &'static [Ending] {
        Ending::ALL
    }

    /// How a centre's opening check stands, in words.
    fn opening(&self, row: &Row) -> String {
        match row.red {
            Some(red) if red.is_empty() => self.f.t.closings_ready.to_owned(),
            Some(red) => self.f.lang.checks(red),
            None => "–".to_owned(),
        }
    }

    /// Whether a centre's day is closed, in words.
    fn closed(&self, row: &Row) -> String {
        let t = self.f.t;
        match row.found.closed() {
            Some(closing) => format!("{} {}, {}", t.closings_done, closing.closed_at.clock(), closing.in_charge),
            None if row.found.is_reopened() => t.closing_reopened.to_owned(),
            None => t.closings_open.to_owned(),
        }
    }

    fn changes(&self, row: &Row) -> String {
        row.found.changes().iter().map(|change| self.f.lang.change(change)).collect::<Vec<_>>().join("; ")
    }

    /// The same cells as on the screen.
    fn sheet(&self) -> Sheet {
        let t = self.f.t;
        let mut heads = vec![t.centre, t.opening, t.closing_admitted];
        heads.extend(Ending::ALL.iter().map(|ending| self.f.lang.ending(*ending)));
        heads.extend([t.difference, t.closing_forms, t.the_closing, t.closing_changed]);
        let row = |row: &Row| {
            let account = &row.found.account;
            let mut cells = vec![Cell::from(row.centre.name(self.f.lang)), self.opening(row).into(), account.people.admitted().into()];
            cells.extend(Ending::ALL.iter().map(|ending| Cell::from(account.people.of(*ending))));
            cells.extend([account.vials_off(), account.forms].map(Cell::from));
            cells.extend([self.closed(row), self.changes(row)].map(Cell::from));
            cells
        };
        Sheet {
            name: format!("closings-{}", self.day),
            title: format!("{} · {}", t.closings, self.title()),
            heads: heads.into_iter().map(str::to_owned).collect(),
            rows: self.rows.iter().map(row).collect(),
            total: None,
        }
    }
}

/// The page.
pub async fn closings(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    page(&read(&app, f, &user, &asked).await?)
}

/// The same as a file.
pub async fn file(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let kind = file.strip_prefix("closings.").ok_or(Error::NotFound)?;
    read(&app, f, &user, &asked).await?.sheet().download(kind)
}

async fn read(app: &App, f: Frame, user: &User, asked: &Asked) -> Result<ClosingsPage> {
    let day = asked.date.parse().unwrap_or(f.now.day());
    let place = place(&user.actor, &asked.district, &asked.zone, &asked.centre);
    let mut found = look_at_accounts(&app.core, &user.actor, place, Span::day(day)).await?;
    let mut tx = app.core.read().await?;
    let mornings = Mornings::read(&mut tx, place, day).await?;
    let sessions = tx.sessions_on(day).await?;
    tx.commit().await?;
    let board = app.core.board();
    let rows = board.field.centres.iter().filter_map(|centre| {
        let found = found.remove(&(centre.id, day))?;
        let begun = found.account.people.admitted() > 0;
        let own = sessions.iter().filter(|session| session.centre_id == centre.id);
        let red = mornings.of(centre, own, begun).map(|morning| morning.red());
        // What the phones were ready for is known of today only.
        let red = if day == f.now.day() { red } else { red.map(|red| red.without(Check::Phones)) };
        Some(Row { centre: centre.clone(), found, red })
    });
    let mut rows: Vec<_> = rows.collect();
    // Those that somebody must call come first.
    rows.sort_by_key(|row| {
        let red = row.red.map_or(0, Checks::len);
        (row.found.closed().is_some(), row.found.changes().is_empty(), std::cmp::Reverse(red), row.centre.id)
    });
    let district = match place {
        Scope::District(id) => Some(id),
        _ => None,
    };
    let hour = district.map(|id| {
        let minute = mornings.hour(id);
        (id, clock(minute))
    });
    let path = path(&board, &user.actor, place, &f);
    let mut days = board.days(None, f.now.day().plus(-1).start());
    days.retain(|day| *day <= f.now.day());
    Ok(ClosingsPage { day, days, place, path, rows, hour, hour_fault: None, f })
}

/// By when a district's centres must be ready.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct TypedHour {
    district: String,
    hour: String,
}

/// Sets it.
pub async fn set_hour(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Form(typed): Form<TypedHour>) -> Result<Response> {
    let district: DistrictId = typed.district.parse().map_err(|_| Error::NotFound)?;
    match minute_of_day(&typed.hour) {
        Ok(minute) => {
            set_opening_hour(&app.core, &user.actor, district, minute).await?;
            Ok(Redirect::to(&format!("/district/closings?district={district}#hour")).into_response())
        }
        Err(fault) => {
            let asked = Asked::of_district(&typed.district);
            let mut shown = read(&app, f, &user, &asked).await?;
            shown.hour = Some((district, typed.hour));
            let fault = if fault == Fault::Missing { Fault::Time } else { fault };
            shown.hour_fault = Some(shown.f.lang.fault(fault));
            page(&shown)
        }
    }
}
