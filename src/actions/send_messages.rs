//! The steps of a message on its way: taken under a lease, settled by what the gateway says, reported on, sent again.

use uuid::Uuid;

use super::compose::{Composed, Facts, next_place};
use super::tell::{of_dose, of_token};
use crate::core::Core;
use crate::domain::message::{Fact, Parts, Template};
use crate::domain::moment::Moment;
use crate::domain::person::Mobile;
use crate::error::Result;
use crate::ids::MessageId;
use crate::storage::Tx;
use crate::storage::field::Centre;
use crate::storage::message::{DoseTold, MessageState, TakenMessage};

/// What goes to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The message's id: a gateway that knows it again takes it once only.
    pub id: MessageId,
    /// Which try this is, from 1.
    pub tries: i64,
    /// To whom.
    pub to: Mobile,
    /// What it says.
    pub text: String,
    /// Whether it needs the wide alphabet.
    pub wide: bool,
    /// The sender's id with the operators.
    pub entity: String,
    /// What stands as the sender.
    pub header: String,
    /// The operators' id of the text.
    pub registered: String,
}

/// How messages leave.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// Who takes them.
    pub worker: Uuid,
    /// How many at most.
    pub most: i64,
    /// Whether the gateway takes the same id once only.
    pub once: bool,
    /// For how long, in seconds.
    pub lease: i64,
}

/// Why a message of a worker that is gone is tried again.
const CUT_OFF: &str = "cut off while sending";

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The gateway has it, under this name.
    Taken(Option<String>),
    /// It refuses this message for good.
    Refused(String),
    /// It takes nothing now.
    Busy(String),
    /// It may have it or not.
    Unknown(String),
}

/// Takes messages whose time has come. At night only urgent ones.
pub async fn take(core: &Core, way: Way) -> Result<Vec<Outgoing>> {
    let now = core.clock.now();
    let mut tx = core.read().await?;
    let quiet = super::message_texts::Texts::read(&mut tx).await?.policy.is_quiet(now);
    let templates: Vec<_> = Template::ALL.iter().copied().filter(|template| !quiet || template.is_urgent()).collect();
    let any = tx.messages_are_due(&templates, now).await?;
    tx.commit().await?;
    if !any {
        return Ok(Vec::new());
    }
    let mut tx = core.write().await?;
    tx.take_back_messages(way.once, CUT_OFF, now).await?;
    let due = tx.due_messages(&templates, way.most, now).await?;
    give_links(core, &mut tx, &due).await?;
    let facts = Facts::read(&mut tx, due.iter().map(|row| (row.beneficiary_id, row.about))).await?;
    let board = core.board();
    let mut outgoing = Vec::new();
    for row in due {
        let said_before = row.mobile.zip(row.language).zip(row.text);
        let (to, language, text) = match facts.compose(core, row.beneficiary_id, row.template, row.about, now)? {
            Composed::Text { to, language, text } => {
                said_before.map_or((to, language, text), |((to, language), text)| (to, language, text))
            }
            // Its place was taken meanwhile: the next place invites again. A try that may have arrived stays on record.
            Composed::Overtaken if row.template == Template::NextDoseDue && row.tries == 0 => {
                tx.forget_message(row.id).await?;
                continue;
            }
            Composed::Overtaken => {
                tx.end_message(row.id, MessageState::Overtaken, None, "", now).await?;
                continue;
            }
            Composed::NoPhone => {
                tx.end_message(row.id, MessageState::NoPhone, None, "", now).await?;
                continue;
            }
            Composed::Unfit { text, why } => {
                tx.end_message(row.id, MessageState::Failed, Some(&text), &why, now).await?;
                continue;
            }
        };
        tx.lease_message(row.id, &to, language, &text, way.worker, now + way.lease).await?;
        let text = facts.with_code(row.about, &text);
        let policy = &facts.texts().policy;
        outgoing.push(Outgoing {
            id: row.id,
            tries: row.tries + 1,
            to,
            wide: Parts::of(&text).wide,
            text,
            entity: policy.entity.clone(),
            header: policy.header.clone(),
            registered: facts.registered(&board, row.centre_id, row.template, language).to_owned(),
        });
    }
    tx.commit().await?;
    Ok(outgoing)
}

/// Whoever was vaccinated without a token gets a page of their own with the first message about the dose.
async fn give_links(core: &Core, tx: &mut Tx, due: &[TakenMessage]) -> Result<()> {
    let doses: Vec<_> = due
        .iter()
        .filter(|row| row.text.is_none())
        .filter_map(|row| if let Fact::Dose(id) = row.about { Some(id) } else { None })
        .collect();
    if doses.is_empty() {
        return Ok(());
    }
    let links: Vec<_> = tx.without_link(&doses).await?.into_iter().map(|person| (core.chance.link(), person)).collect();
    if !links.is_empty() {
        tx.add_person_links(&links).await?;
    }
    Ok(())
}

/// Keeps what was taken in the outbox: there is no gateway.
pub async fn keep(core: &Core, messages: &[Outgoing]) -> Result<()> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    for message in messages {
        tx.end_message(message.id, MessageState::Outbox, None, "", now).await?;
    }
    Ok(tx.commit().await?)
}

/// For how long a report may still say what became of a try that was cut off, in seconds.
const DOUBT: i64 = 60;

/// The first and the longest pause before another try, in seconds.
const PAUSE: i64 = 30;
const LONGEST_PAUSE: i64 = 1_800;

/// Writes down what became of tries.
pub async fn settle(core: &Core, worker: Uuid, done: &[(MessageId, i64, Said)]) -> Result<()> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    for (id, tries, said) in done {
        match said {
            Said::Taken(name) => tx.message_sent(*id, worker, name.as_deref(), now).await?,
            Said::Refused(words) => tx.message_refused(*id, worker, words, now).await?,
            Said::Busy(words) => tx.message_waits(*id, worker, now + pause(core, *tries), words).await?,
            Said::Unknown(words) => tx.message_doubtful(*id, worker, now + DOUBT, words).await?,
        }
    }
    Ok(tx.commit().await?)
}

/// Longer each time, and never the same for all: a gateway that comes back is not overrun.
fn pause(core: &Core, tries: i64) -> i64 {
    let longest = (PAUSE << tries.clamp(0, 6)).min(LONGEST_PAUSE);
    longest / 2 + i64::from(u16::from_be_bytes(core.chance.bytes())) % (longest / 2)
}

/// What the gateway reports later.
pub async fn report(core: &Core, id: MessageId, state: MessageState, words: &str) -> Result<bool> {
    let mut tx = core.write().await?;
    let changed = tx.message_reported(id, state, words, core.clock.now()).await?;
    tx.commit().await?;
    Ok(changed)
}

/// How many are put in line in one transaction.
const SOME: i64 = 200;

/// Puts reminders of tomorrow in line, in the evening. True: there are more.
pub async fn remind(core: &Core) -> Result<bool> {
    let now = core.clock.now();
    let mut tx = core.read().await?;
    let policy = super::message_texts::Texts::read(&mut tx).await?.policy;
    let (from, until) = (now.day().at_minute(policy.remind_at), now.day().plus(1).start());
    if now < from || policy.is_quiet(now) {
        return Ok(false);
    }
    // Whoever got or moved a token this evening knows of it.
    let tokens = tx.tokens_to_remind(now.day().plus(1), from + -3 * 3600, SOME).await?;
    tx.commit().await?;
    let mut messages = Vec::new();
    for token in &tokens {
        let mut message = of_token(core, Template::Reminder, Fact::Token(token.number, token.revision), token);
        message.expires_at = until;
        messages.push(message);
    }
    let mut tx = core.write().await?;
    tx.add_messages(&messages, MessageState::Waiting, now).await?;
    tx.commit().await?;
    Ok(tokens.len() as i64 == SOME)
}

/// For how many days after it is due somebody is still told of the next dose.
const INVITED_FOR: i64 = 120;

/// Puts in line that the next dose is due, for everybody for whom there is a place. True: there are more.
pub async fn invite(core: &Core) -> Result<bool> {
    let now = core.clock.now();
    let board = core.board();
    let mut more = false;
    for number in 1..core.campaign.last_dose {
        for vaccine in crate::domain::campaign::Vaccine::ALL {
            let Some(interval) = core.campaign.interval(*vaccine, now.day()) else { continue };
            let has_place = |centre: &&Centre| next_place(&board, centre.id, *vaccine, number + 1, now.day(), now).is_some();
            let centres: Vec<_> = board.field.centres.iter().filter(has_place).map(|centre| centre.id).collect();
            if centres.is_empty() {
                continue;
            }
            let due = (now.day().plus(-interval.min_days - INVITED_FOR), now.day().plus(-interval.min_days));
            let mut tx = core.read().await?;
            let doses = tx.doses_before_next(number, *vaccine, due, &centres, SOME).await?;
            tx.commit().await?;
            if doses.is_empty() {
                continue;
            }
            let message = |dose: &DoseTold| Some(of_dose(core, Template::NextDoseDue, dose.id, dose.beneficiary_id, dose.centre_id?));
            let messages: Vec<_> = doses.iter().filter_map(message).collect();
            let mut tx = core.write().await?;
            tx.add_messages(&messages, MessageState::Waiting, now).await?;
            tx.commit().await?;
            more |= messages.len() as i64 == SOME;
        }
    }
    Ok(more)
}

/// The moment before which a message should have been reported on.
pub fn reported_by(now: Moment) -> Moment {
    now + -3600
}
