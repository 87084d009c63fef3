//! Phones at the gates: enrol, see, revoke.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::actions::enrol_gate::{prepare_gate, revoke_gate};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{CentreId, GateId};
use crate::pages::frame::{Frame, Officer};
use crate::pages::page;
use crate::pages::qr::{Symbol, draw};
use crate::storage::field::Centre;
use crate::storage::gate::Gate;
use crate::storage::token::lane_letter;

struct GateRow {
    gate: Gate,
    lanes: String,
}

#[derive(Template)]
#[template(path = "district/gates.html")]
struct GatesPage {
    f: Frame,
    centres: Vec<Centre>,
    chosen: Option<Centre>,
    gates: Vec<GateRow>,
    /// A fresh enrolment code: its symbol and address.
    code: Option<(Symbol, String)>,
    error: String,
}

impl GatesPage {
    /// Lanes of a centre: the value of the form, and the letter.
    fn lanes(&self, centre: &Centre) -> Vec<(i64, char)> {
        (0..centre.gates).map(|lane| (lane, lane_letter(lane))).collect()
    }
}

/// Which centre, and what the new gate is called.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    centre: String,
    name: String,
    lane: String,
}

/// The gates of a centre.
pub async fn gates(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Query(asked): Query<Asked>) -> Result<Response> {
    let centre = asked.centre.parse().ok();
    show(&app, f, &user, centre, None, String::new()).await
}

async fn show(
    app: &App,
    f: Frame,
    user: &crate::actions::log_in::User,
    centre: Option<CentreId>,
    code: Option<(Symbol, String)>,
    error: String,
) -> Result<Response> {
    let board = app.core.board();
    let centres: Vec<_> = board.field.centres.iter().filter(|centre| user.actor.scope.covers(centre.place())).cloned().collect();
    let chosen = centres.iter().find(|row| Some(row.id) == centre).or(centres.first()).cloned();
    let mut rows = Vec::new();
    if let Some(chosen) = &chosen {
        let mut tx = app.core.read().await?;
        let lanes = tx.lanes_of(chosen.id).await?;
        for gate in tx.gates().await?.into_iter().filter(|gate| gate.centre_id == chosen.id) {
            let own = lanes.iter().filter(|(_, holder)| *holder == gate.id).map(|(lane, _)| lane_letter(*lane).to_string());
            let lanes = own.collect::<Vec<_>>().join(", ");
            rows.push(GateRow { gate, lanes });
        }
        tx.commit().await?;
    }
    page(&GatesPage { f, centres, chosen, gates: rows, code, error })
}

/// Makes a one-time code.
pub async fn prepare(State(app): State<Arc<App>>, f: Frame, Officer(user): Officer, Form(typed): Form<Asked>) -> Result<Response> {
    let centre: CentreId = typed.centre.parse().map_err(|_| Error::NotFound)?;
    // Empty: the first free one, or all.
    let lanes: Vec<i64> = typed.lane.parse().into_iter().collect();
    match prepare_gate(&app.core, &user.actor, centre, &typed.name, &lanes).await {
        Ok(code) => {
            let address = format!("{}/gate#{code}", app.core.public_url);
            let symbol = draw(&address)?;
            show(&app, f, &user, Some(centre), Some((symbol, address)), String::new()).await
        }
        Err(Error::Invalid(faults)) => {
            let told = faults.first().map_or("", |(_, fault)| f.lang.fault(*fault)).to_owned();
            show(&app, f, &user, Some(centre), None, told).await
        }
        Err(error) => Err(error),
    }
}

/// Revokes a phone.
pub async fn revoke(
    State(app): State<Arc<App>>,
    Officer(user): Officer,
    Path(gate): Path<i64>,
    Form(typed): Form<Asked>,
) -> Result<Response> {
    revoke_gate(&app.core, &user.actor, GateId(gate)).await?;
    Ok(Redirect::to(&format!("/district/gates?centre={}", typed.centre)).into_response())
}
