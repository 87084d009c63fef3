//! What a desk calls: a clerk's browser that issues without a link.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;

use super::{bearer, read};
use crate::actions::desks::{AskForDesk, ask_for_desk};
use crate::actions::sync_desk::{Down, Up, desk_by_secret, sync_desk};
use crate::app::App;
use crate::error::{Error, Result};
use crate::pages::frame::Staff;

/// What a browser hears that asked to be a desk.
#[derive(serde::Serialize)]
pub struct Asked {
    /// The desk's number.
    desk: crate::ids::DeskId,
    /// To be brought by its first call.
    word: String,
}

/// A clerk asks that this browser be a desk.
pub async fn ask(State(app): State<Arc<App>>, Staff(user): Staff, body: Bytes) -> Result<Json<Asked>> {
    let asked: AskForDesk = read(&body)?;
    let desk = ask_for_desk(&app.core, &user.actor, &asked).await?;
    Ok(Json(Asked { desk: desk.id, word: desk.word }))
}

/// Records and returned places up, answers and places down.
pub async fn sync(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Result<Json<Down>> {
    let secret = bearer(&headers).ok_or(Error::LoggedOut)?;
    desk_by_secret(&app.core, secret).await?.ok_or(Error::LoggedOut)?;
    let _turn = app.sync_turn().await?;
    // It may have been ended while it waited for its turn.
    let desk = desk_by_secret(&app.core, secret).await?.ok_or(Error::LoggedOut)?;
    let up: Up = read(&body)?;
    Ok(Json(sync_desk(&app.core, &desk, up).await?))
}
