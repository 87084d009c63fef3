//! Inside a centre: recording doses, the observation room, records and their deadlines.

pub mod alone;
pub mod backlog;
pub mod closing;
pub mod closing_people;
pub mod desk;
pub mod events;
pub mod forms;
pub mod forms_file;
pub mod key_form;
pub mod opening;
pub mod record;
pub mod rooms;
pub mod standby;
mod vial_lines;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::frame::Staff;
use crate::actions::log_in::User;
use crate::app::App;
use crate::domain::place::Scope;
use crate::error::Error;
use crate::ids::CentreId;
use crate::storage::field::Centre;

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

/// Which centre's day, as an address names it. Who works inside one needs to name none.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Named {
    centre: String,
    date: String,
    saved: String,
    of: String,
}

/// The centre whose day somebody looks at: the own one, or the one that an officer names.
fn centre_of(app: &App, user: &User, named: &str) -> Result<Centre, Error> {
    if !user.actor.role.runs_gates() {
        return Err(Error::Forbidden);
    }
    let id = match user.actor.scope {
        Scope::Centre(own) => own,
        _ => named.parse().map(CentreId).map_err(|_| Error::NotFound)?,
    };
    Ok(user.actor.centre(&app.core.board(), id)?.clone())
}

/// What an officer's addresses say of the centre that is looked at.
fn of_officer(user: &User, centre: CentreId) -> String {
    if user.actor.role.is_officer() { format!("&centre={centre}") } else { String::new() }
}
