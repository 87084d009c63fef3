//! What staff do about messages: read who was not reached, send again, tell by phone.

use std::ops::Range;

use super::Actor;
use super::command::{CommandId, commit};
use super::compose::{Composed, Facts};
use super::read_journal::mobile_noted;
use crate::core::Core;
use crate::domain::message::Variable;
use crate::domain::person::Mobile;
use crate::error::{Error, Result};
use crate::ids::MessageId;
use crate::storage::charge::{Untold, Whose};
use crate::storage::journal::Act;
use crate::storage::message::{MessageList, MessageRow, MessageState};

/// For how long a message that is sent again is worth sending, in seconds.
const AGAIN: i64 = 86_400;

/// After how many seconds a message should have been reported on.
const REPORTED: i64 = 3_600;

/// A message, with what it says or would say now; the secret code is struck out.
#[derive(Debug, Clone)]
pub struct ShownMessage {
    /// The message.
    pub row: MessageRow,
    /// What it says.
    pub text: String,
}

/// From when on it counts that nobody knows whether somebody was told.
pub fn untold(core: &Core, gateway_reports: bool) -> Untold {
    // Without reports, taken by the gateway is all that anybody can know.
    let since = if gateway_reports { core.clock.now() + -REPORTED } else { crate::domain::moment::Moment(0) };
    (since, core.clock.now())
}

/// Some rows of a list of messages within the actor's scope. Whoever reads them is written down.
pub async fn read_messages(
    core: &Core,
    actor: &Actor,
    list: MessageList,
    whose: Whose<'_>,
    to: Option<&Mobile>,
    rows: Range<i64>,
) -> Result<Vec<ShownMessage>> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let rows = tx.messages(actor.scope, list, whose, to, rows).await?;
    tx.add_entries(&[core.note(actor, Act::ReadMessages, to.map(|to| mobile_noted(core, to)))]).await?;
    let facts = Facts::read(&mut tx, rows.iter().map(|row| (row.beneficiary_id, row.about))).await?;
    tx.commit().await?;
    let show = |row: MessageRow| {
        let text = match &row.text {
            Some(text) => text.clone(),
            None => match facts.compose(core, row.beneficiary_id, row.template, row.about, now)? {
                Composed::Text { text, .. } | Composed::Unfit { text, .. } => text,
                Composed::Overtaken | Composed::NoPhone => String::new(),
            },
        };
        Ok(ShownMessage { text: text.replace(&Variable::Code.braced(), "••••"), row })
    };
    rows.into_iter().map(show).collect()
}

/// Sends a message again that did not arrive. False: there is nothing to send again.
pub async fn resend(core: &Core, actor: &Actor, command: &CommandId, id: MessageId) -> Result<bool> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    if let Some(done) = command.done_before(&mut tx).await? {
        return Ok(done);
    }
    let row = tx.message(id).await?.ok_or(Error::NotFound)?;
    actor.centre(&core.board(), row.centre_id)?;
    let done = tx.resend_message(id, now + AGAIN, now).await?;
    let note = core.note(actor, Act::ResendMessage, Some(format!("person:{}", row.beneficiary_id)));
    if !tx.add_entries(&[command.entry(note, Ok(&done))]).await? {
        return Err(Error::Unavailable("the same form came twice at once".into()));
    }
    commit(tx).await?;
    Ok(done)
}

/// Notes that somebody has told the person. Told is told: a second time changes nothing.
pub async fn told(core: &Core, actor: &Actor, id: MessageId) -> Result<()> {
    let mut tx = core.write().await?;
    let row = tx.message(id).await?.ok_or(Error::NotFound)?;
    actor.centre(&core.board(), row.centre_id)?;
    if tx.message_told(id, &actor.name, core.clock.now()).await? {
        tx.add_entries(&[core.note(actor, Act::TellPerson, Some(format!("person:{}", row.beneficiary_id)))]).await?;
    }
    Ok(tx.commit().await?)
}

/// How the messages of a part of the field stand.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// How many of the last week there are in each state.
    pub counts: Vec<(MessageState, i64)>,
    /// The gateway, if it is down.
    pub down: Option<crate::storage::message::GatewayDown>,
}

/// How the messages stand within the officer's scope.
pub async fn overview(core: &Core, actor: &Actor) -> Result<Overview> {
    let mut tx = core.read().await?;
    let counts = tx.count_messages(actor.scope, core.clock.now() + -7 * 86_400).await?;
    let down = tx.gateway_down(crate::workers::messages::NAME).await?;
    tx.commit().await?;
    Ok(Overview { counts, down })
}
