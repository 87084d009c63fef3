//! What a gate's phone calls.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::{bearer, read};
use crate::actions::answer::TokenAnswer;
use crate::actions::ask_gate::{Asked, ask_gate};
use crate::actions::enrol_gate::{enrol_gate, gate_by_secret};
use crate::actions::give_new_slot::give_new_slot;
use crate::actions::sync_gate::{Down, Up, sync_gate};
use crate::app::App;
use crate::domain::number::TokenNumber;
use crate::error::{Error, Result};
use crate::pages::frame::Address;
use crate::storage::gate::Gate;

/// A phone that is or was a gate.
pub struct Phone(pub Gate);

impl FromRequestParts<Arc<App>> for Phone {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        let secret = bearer(&parts.headers).ok_or(Error::LoggedOut)?;
        gate_by_secret(&app.core, secret).await?.map(Self).ok_or(Error::LoggedOut)
    }
}

/// An enrolled phone.
pub struct GateDevice(pub Gate);

impl FromRequestParts<Arc<App>> for GateDevice {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        let Phone(gate) = Phone::from_request_parts(parts, app).await?;
        if gate.revoked_at.is_some() { Err(Error::Forbidden) } else { Ok(Self(gate)) }
    }
}

#[derive(serde::Deserialize)]
struct Enrol {
    code: String,
    /// Made by the phone, which sends it again when no answer came.
    secret: Option<String>,
}

/// Uses a one-time code up: the phone gets its secret.
pub async fn enrol(State(app): State<Arc<App>>, Address(address): Address, body: Bytes) -> Result<Json<serde_json::Value>> {
    app.limit(address)?;
    let Enrol { code, secret } = read(&body)?;
    let (gate, secret) = enrol_gate(&app.core, &code, secret).await?;
    Ok(Json(serde_json::json!({ "secret": secret, "name": gate.name, "centre": gate.centre_id })))
}

/// Up go the scans, down come answers and changes. A revoked phone may still hand over what it wrote.
pub async fn sync(State(app): State<Arc<App>>, _: Phone, headers: HeaderMap, body: Bytes) -> Result<Json<Down>> {
    let _turn = app.sync_turn().await?;
    // It may have been revoked while it waited for its turn.
    let secret = bearer(&headers).ok_or(Error::LoggedOut)?;
    let gate = gate_by_secret(&app.core, secret).await?.ok_or(Error::LoggedOut)?;
    let up: Up = read(&body)?;
    Ok(Json(sync_gate(&app.core, &app.scanning, &gate, up).await?))
}

/// Before somebody of another gate's lane is admitted.
pub async fn ask(State(app): State<Arc<App>>, GateDevice(gate): GateDevice, body: Bytes) -> Result<Json<Asked>> {
    Ok(Json(ask_gate(&app.core, &gate, &read(&body)?).await?))
}

#[derive(serde::Deserialize)]
struct NewSlot {
    id: String,
    number: TokenNumber,
}

/// Turning back ends with a new slot in hand: the next free one at this centre, today if there is one.
pub async fn new_slot(State(app): State<Arc<App>>, GateDevice(gate): GateDevice, body: Bytes) -> Result<Json<TokenAnswer>> {
    let asked: NewSlot = read(&body)?;
    Ok(Json(give_new_slot(&app.core, &gate, &asked.id, asked.number).await?))
}
