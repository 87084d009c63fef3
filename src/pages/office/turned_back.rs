//! Who was sent away from the gate today and has no new time yet: turning back ends with a new slot in hand.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::actions::look_up::turned_back as look_up;
use crate::app::App;
use crate::domain::admission::Verdict;
use crate::domain::moment::Moment;
use crate::error::Result;
use crate::pages::frame::{Frame, Staff};
use crate::pages::page;
use crate::storage::token::Token;

#[derive(Template)]
#[template(path = "office/turned_back.html")]
struct TurnedBackPage {
    f: Frame,
    people: Vec<(Token, Verdict, Moment)>,
}

/// The list, latest first.
pub async fn turned_back(State(app): State<Arc<App>>, f: Frame, Staff(user): Staff) -> Result<Response> {
    let people = look_up(&app.core, &user.actor, f.now.day().start()).await?;
    page(&TurnedBackPage { f, people })
}
