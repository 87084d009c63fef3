//! What a centre's page calls: it goes on without a link, and brings what was done there meanwhile.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use uuid::Uuid;

use super::read;
use crate::actions::Actor;
use crate::actions::call_people::{Call, CallPeople, call_people};
use crate::actions::centre_day::{CentreDay, centre_day};
use crate::actions::command::CommandId;
use crate::actions::give_no_dose::{GiveNoDose, give_no_dose};
use crate::actions::log_in::User;
use crate::actions::look_at_links::hear_pc;
use crate::actions::record_doses::{RecordDose, Way, Whom};
use crate::actions::see_off::{Leaving, see_off};
use crate::actions::vials::{Closing, OpenVial, close_vial, open_vial};
use crate::app::App;
use crate::domain::admission::TokenState;
use crate::domain::booking::Refusal;
use crate::domain::campaign::Vaccine;
use crate::domain::dose::{LeftEarly, NoDose};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::place::{Role, Scope};
use crate::domain::queue::{Stage, TurnState};
use crate::error::{Error, Result};
use crate::ids::{CentreId, DoseId, VialId};
use crate::pages::centre::Operator;
use crate::pages::dose_form::{MOST_BATCH, Source, TypedDose, line};
use crate::pages::frame::Frame;
use crate::storage::link::CentrePc;

/// How many records one call takes.
const MOST_RECORDS: usize = 50;

/// What the page sends.
#[derive(serde::Deserialize)]
struct Up {
    #[serde(default)]
    records: Vec<serde_json::Value>,
    /// The version of the day that it holds.
    version: Option<String>,
    /// What it says of itself.
    pc: Option<Pc>,
}

/// A PC of a centre.
#[derive(serde::Deserialize)]
struct Pc {
    /// Made in its browser once.
    id: Uuid,
    /// Its clock.
    clock: Moment,
    /// Records that wait beyond those of this call, and since when the oldest.
    waiting: i64,
    oldest: Option<Moment>,
    /// Records that were not taken and that nobody has settled.
    refused: i64,
}

/// What the page hears.
#[derive(serde::Serialize)]
pub struct Down {
    server_time: Moment,
    /// Who is logged in.
    who: String,
    centre: CentreId,
    /// One for each record, in order.
    answers: Vec<Answer>,
    /// The centre's day; absent when the page has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    today: Option<CentreDay>,
}

/// What became of one record.
#[derive(serde::Serialize)]
struct Answer {
    /// As it was sent.
    id: String,
    /// `stored`, `known`, `over`, or why it was not taken.
    outcome: &'static str,
    /// What the operator is told when it was not taken.
    said: Option<String>,
}

/// One thing that was done without a link.
#[derive(serde::Deserialize)]
struct Record {
    id: Uuid,
    /// When, by the page's corrected clock.
    at: Moment,
    /// Who sat there.
    by: String,
    /// And where.
    centre: CentreId,
    deed: Deed,
}

#[derive(serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Deed {
    /// Somebody was called to a counter, was missed, or has passed there.
    Call { number: TokenNumber, counter: i64, stage: Stage, state: TurnState },
    /// A dose was given.
    Dose(Box<TypedDose>),
    /// Somebody was sent home without one.
    NoDose { number: TokenNumber, reason: NoDose, earliest: Option<Day> },
    /// A vial was opened; the record's id is the vial's.
    OpenVial { vaccine: Vaccine, batch: String },
    /// A vial was thrown away, or put back.
    CloseVial { vial: VialId, how: Closing },
    /// Somebody left the observation room.
    Left { number: Option<TokenNumber>, dose: Option<DoseId>, why: Option<LeftEarly> },
}

/// What becomes of a record that is not refused.
enum Outcome {
    Stored,
    /// This token's dose of that day is on record here.
    Known,
    /// It has no effect any more.
    Over,
    /// The page's clock cannot have been right.
    Clock,
}

/// Records up, answers and the centre's day down.
pub async fn sync(State(app): State<Arc<App>>, f: Frame, Operator(user, centre): Operator, body: Bytes) -> Result<Json<Down>> {
    let _turn = app.sync_turn().await?;
    let up: Up = read(&body)?;
    if up.records.len() > MOST_RECORDS {
        return Err(Error::Malformed(format!("at most {MOST_RECORDS} records in a call")));
    }
    let mut answers = Vec::with_capacity(up.records.len());
    let mut called = false;
    for sent in &up.records {
        let id = sent["id"].as_str().unwrap_or("").to_owned();
        called |= sent["deed"]["kind"] == "call";
        let outcome = match serde_json::from_value::<Record>(sent.clone()) {
            Ok(record) => take(&app, &user, centre, record).await,
            // A version of the page that this server does not understand, or a broken store.
            Err(error) => Err(Error::Malformed(error.to_string())),
        };
        answers.push(answer(&f, id, outcome));
    }
    if called {
        app.halls.renew(centre).await?;
    }
    if let Some(Pc { id, clock, waiting, oldest, refused }) = up.pc {
        let (heard_at, who) = (app.core.clock.now(), user.actor.name.to_string());
        let clock_offset = app.core.clock.offset_of(clock);
        hear_pc(&app.core, CentrePc { id, centre_id: centre, who, heard_at, waiting, oldest_at: oldest, refused, clock_offset }).await?;
    }
    let today = centre_day(&app.core, &user.actor, centre).await?;
    Ok(Json(Down {
        server_time: app.core.clock.now(),
        who: user.username,
        centre,
        answers,
        today: (up.version.as_deref() != Some(&today.version)).then_some(today),
    }))
}

fn answer(f: &Frame, id: String, outcome: Result<Outcome>) -> Answer {
    let (outcome, said) = match outcome {
        Ok(Outcome::Stored) => ("stored", None),
        Ok(Outcome::Known) => ("known", None),
        Ok(Outcome::Over) => ("over", None),
        Ok(Outcome::Clock) => ("clock", Some(f.t.centre_clock.to_owned())),
        Err(error) => {
            let word = error.status().1;
            if let Error::Internal(why) = &error {
                tracing::error!(%why, record = id, "a record of a centre was not taken");
            }
            let said = match error {
                Error::NotFound => f.t.dose_no_such_token.to_owned(),
                Error::Refused(Refusal::CodeLocked) => f.t.code_locked_here.to_owned(),
                error => f.tell(error).unwrap_or_else(|_| f.t.unreadable_text.to_owned()),
            };
            (word, Some(said))
        }
    };
    Answer { id, outcome, said }
}

/// Takes a record in, by the verb of its form. Taking it twice does no harm: its id is the command's, whoever brings it.
async fn take(app: &App, user: &User, centre: CentreId, record: Record) -> Result<Outcome> {
    let Record { id, at, by, centre: place, deed } = record;
    if place != centre {
        return Err(Error::NotFound);
    }
    if !at.is_possible(app.core.clock.now()) {
        return Ok(Outcome::Clock);
    }
    let actor = actor(app, user, centre, &by).await?;
    let whose = format!("centre:{centre}");
    let command = |body: String| CommandId::new(&whose, &id.to_string(), body);
    match deed {
        Deed::Call { number, counter, stage, state } => {
            let command = command(format!("{number} {counter} {stage} {state}"));
            let call = match state {
                TurnState::Called => Call::This(number),
                TurnState::Missed => Call::Missed(number),
                TurnState::Passed => Call::Passed(number),
            };
            match call_people(&app.core, &CallPeople { command, actor, centre, counter, stage, call, at: Some(at) }).await {
                Err(Error::Refused(Refusal::NotWaiting)) => Ok(Outcome::Over),
                called => called.map(|_| Outcome::Stored),
            }
        }
        Deed::Dose(mut typed) => {
            // It may be empty and closed by now: it was drawn from all the same.
            let vial = typed.vial.parse().ok();
            let is_ours = match vial {
                Some(vial) => app.core.read().await?.has_vial(vial, centre).await?,
                None => false,
            };
            if !is_ours {
                typed.vial.clear();
            }
            let source = Source { actor, centre, key: (whose.clone(), id.to_string()), way: Way::Live };
            let asked = typed.read(&app.core, None, source).map_err(Error::Invalid)?;
            let (token, given_on) = (asked.whom.clone(), asked.given_at.day());
            match app.dosing.one(RecordDose { keyed_at: Some(at), ..asked }).await? {
                Err(Error::Refused(Refusal::DoseRecorded { .. })) if is_here(app, centre, &token, given_on).await? => Ok(Outcome::Known),
                recorded => recorded.map(|_| Outcome::Stored),
            }
        }
        Deed::NoDose { number, reason, earliest } => {
            let earliest = earliest.filter(|_| reason.comes_again());
            let command = command(format!("no dose {number} {reason} {earliest:?}"));
            if is_sent_home(app, &command, number, at.day()).await? {
                return Ok(Outcome::Over);
            }
            give_no_dose(&app.core, &GiveNoDose { command, actor, number, reason, earliest, at }).await.map(|_| Outcome::Stored)
        }
        Deed::OpenVial { vaccine, batch } => {
            let batch = line(&batch.to_uppercase(), MOST_BATCH).map_err(|fault| Error::field("batch", fault))?;
            let command = command(format!("open {vaccine} {batch}"));
            open_vial(&app.core, OpenVial { command, actor, centre, id: VialId(id), vaccine, batch, at }).await.map(|_| Outcome::Stored)
        }
        Deed::CloseVial { vial, how } => {
            let closed = close_vial(&app.core, &actor, centre, vial, how, at).await?;
            Ok(if closed { Outcome::Stored } else { Outcome::Over })
        }
        Deed::Left { number, dose, why } => {
            let sitting = app.core.read().await?.observed(centre).await?;
            let sits = sitting.iter().find(|row| Some(row.dose_id) == dose || number.is_some() && row.token == number);
            let Some(dose) = sits.map(|row| row.dose_id) else { return Ok(Outcome::Over) };
            let who = why.map_or_else(|| Leaving::Due(vec![dose]), |why| Leaving::Early(dose, why));
            let left = see_off(&app.core, &actor, centre, &who, at).await?;
            Ok(if left > 0 { Outcome::Stored } else { Outcome::Over })
        }
    }
}

/// Who sat there: a name that the page says is believed only where it is somebody's of the same centre.
async fn actor(app: &App, user: &User, centre: CentreId, by: &str) -> Result<Actor> {
    let account = app.core.read().await?.account(by).await?;
    let theirs = account.filter(|account| account.role == Role::Operator && Scope::from(account.scope) == Scope::Centre(centre));
    Ok(theirs.map_or_else(|| user.actor.clone(), |account| User::from(account).actor))
}

/// Whether somebody was sent home that day by another command, and has not come in again.
async fn is_sent_home(app: &App, command: &CommandId, number: TokenNumber, day: Day) -> Result<bool> {
    let mut tx = app.core.read().await?;
    let Some(token) = tx.token(number).await?.filter(|token| token.state != TokenState::Admitted) else { return Ok(false) };
    let deferrals = tx.deferrals_of(token.beneficiary_id).await?;
    Ok(deferrals.iter().any(|row| row.token == number && row.id != command.id && row.at.day() == day))
}

/// Whether a token's dose of a day is on record at a centre.
async fn is_here(app: &App, centre: CentreId, whom: &Whom, day: Day) -> Result<bool> {
    let Whom::Token(number) = whom else { return Ok(false) };
    let record = app.core.read().await?.dose_record_of(*number).await?;
    Ok(record.is_some_and(|record| record.centre_id == centre && record.given_at.day() == day))
}
