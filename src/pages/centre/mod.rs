//! Inside a centre: recording doses, the observation room, records and their deadlines.

pub mod alone;
pub mod backlog;
pub mod desk;
pub mod events;
pub mod forms;
pub mod forms_file;
pub mod key_form;
pub mod record;
pub mod rooms;
pub mod standby;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::frame::Staff;
use crate::actions::log_in::User;
use crate::app::App;
use crate::domain::place::Scope;
use crate::error::Error;
use crate::ids::CentreId;

/// Somebody who works inside a centre, and which.
pub struct Operator(pub User, pub CentreId);

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let Staff(user) = Staff::from_request_parts(parts, app).await?;
        match user.actor.scope {
            Scope::Centre(centre) => Ok(Self(user, centre)),
            _ => Err(Error::Forbidden),
        }
    }
}
