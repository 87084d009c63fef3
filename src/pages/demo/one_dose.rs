//! One dose of the tour: recorded while the portal is down, and the page of the person who had it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{Redirect, Response};

use super::open_at;
use crate::actions::Actor;
use crate::actions::record_doses::RecordDose;
use crate::app::App;
use crate::demo::{CENTRE, demo_dose};
use crate::domain::place::{Role, Scope};
use crate::domain::queue::TurnState;
use crate::error::{Error, Result};
use crate::pages::frame::Device;

/// Records the dose of whoever was called last, or else waits, by the code on their slip; the operator's desk says so.
pub(super) async fn record(State(app): State<Arc<App>>, Device(device): Device) -> Result<Response> {
    let (core, board) = (&app.core, app.core.board());
    let centre = board.centre_by_code(CENTRE).ok_or(Error::NotFound)?.id;
    let now = core.clock.now();
    let mut tx = core.read().await?;
    let hall = tx.in_hall(centre, now.day()).await?;
    let numbers: Vec<_> = hall.iter().map(|person| person.number).collect();
    let tokens = if numbers.is_empty() { Vec::new() } else { tx.tokens(&numbers).await? };
    tx.commit().await?;
    // Whoever has a mobile number will find the message on their page.
    let called = |number| hall.iter().find(|person| person.number == number && person.state == Some(TurnState::Called));
    let due = tokens.into_iter().max_by_key(|token| (token.mobile.is_some(), called(token.number).and_then(|person| person.called_at)));
    let token = due.ok_or(Error::NotFound)?;
    let actor = Actor { name: "user:operator".into(), role: Role::Operator, scope: Scope::Centre(centre) };
    // They may have come in on another centre's token.
    let dose = RecordDose { centre, ..demo_dose(core, actor, &token, now) };
    let answer = app.dosing.one(dose).await??;
    open_at(&app, "operator", &device, &format!("/centre?done={}", answer.id)).await
}

/// The page of the person whose dose was recorded last.
pub(super) async fn person(State(app): State<Arc<App>>) -> Result<Redirect> {
    let core = &app.core;
    let centre = core.board().centre_by_code(CENTRE).ok_or(Error::NotFound)?.id;
    let mut tx = core.read().await?;
    let last = tx.dose_records_at(centre, core.clock.now().day(), 1).await?.pop().and_then(|record| record.token);
    let token = tx.token(last.ok_or(Error::NotFound)?).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/t/{}", token.link)))
}
