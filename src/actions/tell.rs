//! Facts make messages, in the transaction that makes the facts.

use crate::core::Core;
use crate::domain::booking::UNDO_SECONDS;
use crate::domain::message::{Fact, Template};
use crate::domain::moment::Moment;
use crate::ids::{BeneficiaryId, CentreId, DoseId, MessageId};
use crate::storage::Tx;
use crate::storage::message::{MessageState, NewMessage};
use crate::storage::token::{NewToken, Token};

/// For how long the news of a dose is worth sending.
const DOSE_NEWS: i64 = 7 * 86_400;

/// "A token was issued." It waits for the minute in which the clerk may take the token back.
pub fn token_issued(core: &Core, token: &NewToken, ends: Moment) -> NewMessage {
    NewMessage {
        id: MessageId(core.chance.id(token.issued_at)),
        beneficiary_id: token.beneficiary_id,
        centre_id: token.centre_id,
        template: Template::TokenIssued,
        about: Fact::Token(token.number, 1),
        send_at: token.issued_at + UNDO_SECONDS,
        expires_at: ends,
    }
}

/// What is to be told of a token as it stands now.
pub fn of_token(core: &Core, template: Template, about: Fact, token: &Token) -> NewMessage {
    let now = core.clock.now();
    NewMessage {
        id: MessageId(core.chance.id(now)),
        beneficiary_id: token.beneficiary_id,
        centre_id: token.centre_id,
        template,
        about,
        send_at: now,
        expires_at: token.ends(),
    }
}

/// Puts a token's news in line. Whoever has no phone is called: where they do not know it already (`known`).
pub(super) async fn tell_holder(core: &Core, tx: &mut Tx, template: Template, token: &Token, known: bool) -> sqlx::Result<()> {
    let state = match (&token.mobile, known) {
        (Some(_), _) => MessageState::Waiting,
        (None, false) => MessageState::NoPhone,
        (None, true) => return Ok(()),
    };
    let message = of_token(core, template, Fact::Token(token.number, token.revision), token);
    tx.add_messages(&[message], state, core.clock.now()).await
}

/// The same of what staff may take back for a minute: until then it waits. Whoever has no phone is called.
pub(super) async fn tell_after_the_minute(core: &Core, tx: &mut Tx, template: Template, token: &Token) -> sqlx::Result<()> {
    let now = core.clock.now();
    let state = if token.mobile.is_some() { MessageState::Waiting } else { MessageState::NoPhone };
    let news = of_token(core, template, Fact::Token(token.number, token.revision), token);
    tx.add_messages(&[NewMessage { send_at: now + UNDO_SECONDS, ..news }], state, now).await
}

/// The same for many, of a fact each: those without a phone are called.
pub(super) async fn tell_holders(
    core: &Core,
    tx: &mut Tx,
    template: Template,
    tokens: &[Token],
    about: impl Fn(&Token) -> Fact,
) -> sqlx::Result<()> {
    let (with, without): (Vec<_>, Vec<_>) = tokens.iter().partition(|token| token.mobile.is_some());
    for (tokens, state) in [(with, MessageState::Waiting), (without, MessageState::NoPhone)] {
        let messages: Vec<_> = tokens.into_iter().map(|token| of_token(core, template, about(token), token)).collect();
        for some in messages.chunks(500) {
            tx.add_messages(some, state, core.clock.now()).await?;
        }
    }
    Ok(())
}

/// What is to be told of a dose to somebody who has a phone.
pub fn of_dose(core: &Core, template: Template, dose: DoseId, person: BeneficiaryId, centre: CentreId) -> NewMessage {
    let now = core.clock.now();
    NewMessage {
        id: MessageId(core.chance.id(now)),
        beneficiary_id: person,
        centre_id: centre,
        template,
        about: Fact::Dose(dose),
        send_at: now,
        expires_at: now + DOSE_NEWS,
    }
}
