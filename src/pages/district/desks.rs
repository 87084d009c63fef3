//! Desks: which browsers may issue without a link, how many places each holds, and what they brought that somebody must look at.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use crate::actions::desks::{Decision, decide_desk, look_at_desks, settle_desk_task};
use crate::actions::log_in::User;
use crate::app::App;
use crate::domain::booking::Refusal;
use crate::domain::charge::{Matter, Thing};
use crate::domain::number::TokenNumber;
use crate::error::{Error, Result};
use crate::ids::DeskId;
use crate::pages::district::charge::{Asked, Charges};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::storage::desk::{Desk, DeskTask, TaskKind};

/// For how long a desk may be silent before that is said in red, in seconds.
const SILENT: i64 = 15 * 60;

struct DeskRow {
    desk: Desk,
    zone: String,
    held: i64,
}

struct TaskRow {
    task: DeskTask,
    desk: String,
    number: Option<TokenNumber>,
    /// The rule that it does not go together with.
    refusal: Option<String>,
}

impl TaskRow {
    /// Whether a token stands for it, which the register shows.
    fn has_token(&self) -> bool {
        !matches!(self.task.kind, TaskKind::Revoked | TaskKind::Unreadable | TaskKind::Copied)
    }
}

#[derive(Template)]
#[template(path = "district/desks.html")]
struct DesksPage {
    f: Frame,
    desks: Vec<DeskRow>,
    tasks: Vec<TaskRow>,
    error: String,
    charges: Charges,
}

impl DesksPage {
    fn asking(&self) -> impl Iterator<Item = &DeskRow> {
        self.desks.iter().filter(|row| row.desk.approved_at.is_none() && row.desk.revoked_at.is_none())
    }

    fn approved(&self) -> impl Iterator<Item = &DeskRow> {
        self.desks.iter().filter(|row| row.desk.approved_at.is_some())
    }

    fn is_silent(&self, desk: &Desk) -> bool {
        desk.heard_at.is_none_or(|at| self.f.now - at > SILENT)
    }

    fn has_ended(&self, desk: &Desk) -> bool {
        !desk.is_active()
    }

    /// What the button says that carries the record out after all.
    fn take(&self, row: &TaskRow) -> Option<&'static str> {
        match row.task.kind {
            TaskKind::Revoked => Some(self.f.t.desk_take),
            TaskKind::Cancel => Some(self.f.t.cancel_token),
            _ => None,
        }
    }
}

/// All of them.
pub async fn desks(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    show(&app, f, &user, asked, String::new()).await
}

async fn show(app: &App, f: Frame, user: &User, asked: Asked, error: String) -> Result<Response> {
    let (desks, tasks) = look_at_desks(&app.core, &user.actor, asked.whose(&user.actor)).await?;
    let things: Vec<_> = tasks.iter().map(|task| Thing::named(task.id)).collect();
    let charges = Charges::read(app, &f, &user.actor, Matter::DeskTask, asked, &things).await?;
    let board = app.core.board();
    let zone = |desk: &Desk| board.zone(desk.zone_id).map_or_else(String::new, |zone| zone.name(f.lang).to_owned());
    let desks: Vec<_> = desks.into_iter().map(|(desk, held)| DeskRow { zone: zone(&desk), desk, held }).collect();
    let row = |task: DeskTask| TaskRow {
        desk: desks.iter().find(|row| row.desk.id == task.desk_id).map_or_else(String::new, |row| row.desk.name.clone()),
        number: TokenNumber::from_nine(task.number / 10).ok().filter(|_| task.number > 0),
        refusal: task.detail.as_deref().and_then(|detail| serde_json::from_str::<Refusal>(detail).ok()).map(|why| f.lang.refusal(&why)),
        task,
    };
    let tasks = tasks.into_iter().map(row).collect();
    page(&DesksPage { f, desks, tasks, error, charges })
}

/// What an officer decides.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Decided {
    what: String,
    most: String,
}

/// Approves a desk, caps it, ends it, or declares it lost.
pub async fn decide(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(desk): Path<DeskId>,
    Form(decided): Form<Decided>,
) -> Result<Response> {
    let decision = match decided.what.as_str() {
        "approve" => Decision::Approve,
        "cap" => {
            let Some(most) = decided.most.trim().parse::<i64>().ok().filter(|most| (0..=500).contains(most)) else {
                let error = f.t.desk_most_wrong.to_owned();
                return show(&app, f, &user, Asked::default(), error).await;
            };
            Decision::Cap(most)
        }
        "recall" => Decision::Cap(0),
        "revoke" => Decision::Revoke,
        "lose" => Decision::Lose,
        _ => return Err(Error::NotFound),
    };
    decide_desk(&app.core, &user.actor, desk, decision).await?;
    Ok(Redirect::to("/district/desks").into_response())
}

/// How a task was settled.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Settled {
    how: String,
    take: Option<String>,
}

/// Settles a task.
pub async fn settle(
    State(app): State<Arc<App>>,
    f: Frame,
    Officer(user): Officer,
    Path(task): Path<Uuid>,
    Form(settled): Form<Settled>,
) -> Result<Response> {
    match settle_desk_task(&app.core, &user.actor, task, &settled.how, settled.take.is_some()).await {
        Ok(()) => Ok(Redirect::to("/district/desks").into_response()),
        Err(error) => {
            let error = f.tell(error)?;
            show(&app, f, &user, Asked::default(), error).await
        }
    }
}
