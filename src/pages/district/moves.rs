//! A session's move: how far it is, who found no place, the notice for the centre's door, and whom somebody must tell.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use uuid::Uuid;

use crate::actions::Actor;
use crate::actions::move_people::{move_job, moved_people};
use crate::app::App;
use crate::domain::person::Mobile;
use crate::error::{Error, Result};
use crate::i18n::{Lang, grouped};
use crate::ids::MoveId;
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::pages::sheet::{Cell, Sheet};
use crate::storage::moving::{MoveFound, MoveJob, Outcome};

/// Rows of people without a place on a page.
const ROWS: usize = 200;

/// Which of them.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    skip: usize,
}

#[derive(Template)]
#[template(path = "district/move.html")]
struct MovePage {
    f: Frame,
    job: MoveJob,
    centre: String,
    counts: Vec<(Outcome, i64)>,
    /// Those without a place that this page shows, and how many stand before them.
    unplaced: Vec<MoveFound>,
    skip: usize,
}

impl MovePage {
    fn count(&self, outcome: &Outcome) -> i64 {
        self.counts.iter().find(|(of, _)| of == outcome).map_or(0, |(_, count)| *count)
    }

    fn n(&self, outcome: Outcome) -> String {
        grouped(self.count(&outcome))
    }

    fn moved(&self) -> String {
        self.n(Outcome::Moved)
    }

    fn waiting(&self) -> String {
        self.n(Outcome::Waiting)
    }

    fn without(&self) -> String {
        self.n(Outcome::Unplaced)
    }

    fn gone(&self) -> String {
        self.n(Outcome::Gone)
    }

    /// The next of those without a place.
    fn more(&self) -> Option<String> {
        let shown = self.skip + self.unplaced.len();
        (self.count(&Outcome::Unplaced) > shown as i64).then(|| format!("/district/moves/{}?skip={shown}", self.job.id))
    }

    fn file(&self, kind: &str) -> String {
        format!("/district/moves/{}/unplaced.{kind}", self.job.id)
    }

    fn back(&self) -> String {
        format!("/district?date={}&centre={}", self.job.day, self.job.centre_id)
    }

    fn old(&self, row: &MoveFound) -> String {
        old_place(row, self.f.lang)
    }
}

fn old_place(row: &MoveFound, lang: Lang) -> String {
    format!("{:02}-{:03} · {}", row.old_call, row.old_serial, lang.time(row.old_starts))
}

/// How far it is.
pub async fn progress(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let job = move_job(&app.core, &user.actor, MoveId(id)).await?;
    let mut tx = app.core.read().await?;
    let counts = tx.count_outcomes(job.id).await?;
    let unplaced = tx.moved_people(job.id, Some(Outcome::Unplaced)).await?;
    tx.commit().await?;
    let unplaced = unplaced.into_iter().skip(asked.skip).take(ROWS).collect();
    let centre = centre_name(&app, &job, f.lang)?;
    page(&MovePage { f, job, centre, counts, unplaced, skip: asked.skip })
}

/// All of those without a place, as a file.
pub async fn unplaced(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path((id, file)): Path<(Uuid, String)>,
) -> Result<Response> {
    let kind = file.strip_prefix("unplaced.").ok_or(Error::NotFound)?;
    let job = move_job(&app.core, &user.actor, MoveId(id)).await?;
    let mut people = moved_people(&app.core, &user.actor, &job).await?;
    people.retain(|row| row.outcome == Outcome::Unplaced);
    let t = f.t;
    let row = |row: &MoveFound| {
        let token = &row.token;
        let mobile = token.mobile.as_ref().map_or_else(String::new, Mobile::spaced);
        let year = token.birth_year.to_string();
        [old_place(row, f.lang), token.number.to_string(), token.name.to_string(), year, mobile].map(Cell::from).into()
    };
    let title = format!("{} · {} · {}", t.move_unplaced_title, centre_name(&app, &job, f.lang)?, f.lang.day(job.day));
    let sheet = Sheet {
        name: format!("unplaced-{}", job.day),
        title,
        heads: [t.old_slip, t.token, t.name, t.birth_year, t.mobile].map(str::to_owned).into(),
        rows: people.iter().map(row).collect(),
        total: None,
    };
    sheet.download(kind)
}

fn centre_name(app: &App, job: &MoveJob, lang: Lang) -> Result<String> {
    Ok(app.core.board().centre(job.centre_id).ok_or(Error::NotFound)?.name(lang).to_owned())
}

/// A sheet to print: the notice in large Hindi with everybody's new time by call number, or the list of those to be told.
#[derive(Template)]
#[template(path = "district/notice.html")]
struct NoticePage {
    f: Frame,
    job: MoveJob,
    centre: String,
    zone_phone: String,
    people: Vec<MoveFound>,
}

impl NoticePage {
    fn old(&self, row: &MoveFound) -> String {
        format!("{:02}-{:03}", row.old_call, row.old_serial)
    }

    fn new_time(&self, row: &MoveFound) -> String {
        let token = &row.token;
        format!("{}, {}", Lang::Hi.short_day(token.day), Lang::Hi.window(token.starts, token.ends()))
    }

    fn is_moved(&self, row: &MoveFound) -> bool {
        row.outcome == Outcome::Moved
    }

    fn where_to(&self, row: &MoveFound) -> String {
        row.token.centre_name(Lang::Hi).to_owned()
    }

    fn hindi_day(&self) -> String {
        Lang::Hi.short_day(self.job.day)
    }

    fn hindi_reason(&self) -> &'static str {
        Lang::Hi.stop_reason(self.job.reason, self.job.stops)
    }
}

/// The notice for the door.
pub async fn notice(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Path(id): Path<Uuid>) -> Result<Response> {
    let (job, people) = people(&app, &user.actor, id, false).await?;
    let board = app.core.board();
    let centre = board.centre(job.centre_id).ok_or(Error::NotFound)?;
    let zone_phone = board.zone(centre.zone_id).map_or_else(String::new, |zone| zone.phone.clone());
    page(&NoticePage { f, centre: centre.name(Lang::Hi).to_owned(), job, zone_phone, people })
}

async fn people(app: &App, actor: &Actor, id: Uuid, to_call: bool) -> Result<(MoveJob, Vec<MoveFound>)> {
    let job = move_job(&app.core, actor, MoveId(id)).await?;
    let mut people = moved_people(&app.core, actor, &job).await?;
    // Without another place they come as their slip says, where the session goes on.
    let concerns = |row: &MoveFound| row.outcome == Outcome::Moved || (job.stops && row.outcome != Outcome::Gone);
    people.retain(|row| concerns(row) && (!to_call || row.token.mobile.is_none() || !app.has_gateway()));
    Ok((job, people))
}

#[derive(Template)]
#[template(path = "district/calls.html")]
struct CallsPage {
    f: Frame,
    job: MoveJob,
    centre: String,
    people: Vec<MoveFound>,
    /// Messages leave this house: only those without a number are to be told.
    has_gateway: bool,
}

impl CallsPage {
    fn old(&self, row: &MoveFound) -> String {
        format!("{:02}-{:03}, {}", row.old_call, row.old_serial, self.f.lang.time(row.old_starts))
    }

    fn new_time(&self, row: &MoveFound) -> String {
        let (lang, token) = (self.f.lang, &row.token);
        match row.outcome {
            Outcome::Moved => {
                let when = format!("{}, {}", lang.short_day(token.day), lang.window(token.starts, token.ends()));
                format!("{} · {when} · {}", token.centre_name(lang), token.call_number())
            }
            _ => self.f.t.move_no_place.to_owned(),
        }
    }
}

/// Those whom no message reaches: without a mobile number, or everybody where no gateway sends. Somebody must tell them.
pub async fn calls(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Path(id): Path<Uuid>) -> Result<Response> {
    let (job, people) = people(&app, &user.actor, id, true).await?;
    let centre = centre_name(&app, &job, f.lang)?;
    page(&CallsPage { f, job, centre, people, has_gateway: app.has_gateway() })
}
