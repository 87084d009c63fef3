//! Issuing tokens: the first hot verb. A slice of commands, one transaction.

mod book;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::Actor;
use super::answer::TokenAnswer;
use super::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::admission::lane;
use crate::domain::booking::Refusal;
use crate::domain::campaign::Vaccine;
use crate::domain::care::{MobileOf, Needs};
use crate::domain::moment::Day;
use crate::domain::number::TokenNumber;
use crate::domain::person::{Category, Gender, IdType, Locality, Mobile, Name};
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::i18n::Tongue;
use crate::ids::{BeneficiaryId, SlotId};
use crate::slice::{Failure, Slice, repeating};
use crate::storage::journal::Act;
use book::Book;

/// How many of a family are issued for at one go.
pub const FAMILY: usize = 12;

/// The key of one in a family's list, from the key of the form that brought them all.
pub fn member_key(form: &str, at: usize) -> String {
    format!("{form} {at}")
}

/// "Give this person a place in this slot."
#[derive(Debug, Clone)]
pub struct IssueToken {
    /// The command's id.
    pub command: CommandId,
    /// Who asks.
    pub actor: Actor,
    /// Which slot.
    pub slot: SlotId,
    /// For whom.
    pub person: Person,
    /// A dose given elsewhere, from a card that was shown: vaccine and day. Only counts when no dose is on record.
    pub earlier_dose: Option<(Vaccine, Day)>,
}

/// For whom a token is.
#[derive(Debug, Clone)]
pub enum Person {
    /// Somebody on record, and what was seen of them now.
    Known(BeneficiaryId, Seen),
    /// Somebody whose details were typed.
    Typed(Box<Details>),
    /// Somebody on record who came with another ID or number: the clerk has compared, and says that it is the same person.
    Same(BeneficiaryId, Box<Details>),
}

/// What was seen of somebody on record who stands at the counter.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// A certificate was shown.
    pub certificate: bool,
    /// What help they need today and in which language they want to be told; nothing: as it stands on record.
    pub care: Option<Care>,
}

/// What help somebody needs, and in which language they are told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Care {
    pub needs: Needs,
    pub language: Tongue,
}

/// What is typed of a person.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Details {
    pub mobile: Option<Mobile>,
    pub mobile_of: MobileOf,
    pub name: Name,
    pub birth_year: i64,
    pub gender: Gender,
    pub category: Category,
    pub certificate: bool,
    pub language: Tongue,
    pub needs: Needs,
    pub locality: Option<Locality>,
    pub id_hash: Vec<u8>,
    pub id_type: IdType,
    pub id_end: String,
}

/// The queue before issuing.
pub type Issuing = Slice<IssueToken, Result<TokenAnswer>>;

/// How long a slice waits for more tokens: the transaction itself takes 4 ms, each token 0.1 ms.
const GATHER: Duration = Duration::from_millis(2);

/// Starts the queue before issuing.
pub fn queue(core: &Arc<Core>) -> Issuing {
    let core = Arc::clone(core);
    Slice::gathering(GATHER, move |commands: Arc<[IssueToken]>| {
        let core = Arc::clone(&core);
        async move { write(&core, &commands).await }
    })
}

/// A family at one go: one transaction, so that their places are beside each other, and numbers of one gate; an answer for each, in
/// order. `together`: either all of them get a place or nobody.
pub async fn issue_family(core: &Core, commands: &[IssueToken], together: bool) -> Result<Vec<Result<TokenAnswer>>> {
    repeating(|| async {
        let numbers = numbers_of_one_lane(core, commands).await?;
        write_in_one(core, commands, &numbers, together).await
    })
    .await
}

/// Several people who have nothing to do with each other; an answer for each, in order.
pub async fn issue_several(core: &Core, commands: &[IssueToken]) -> Result<Vec<Result<TokenAnswer>>> {
    repeating(|| write(core, commands)).await
}

/// Writes a slice; one answer for each command, in order.
async fn write(core: &Core, commands: &[IssueToken]) -> Result<Vec<Result<TokenAnswer>>, Failure> {
    let numbers = numbers(core, commands.len()).await?;
    write_in_one(core, commands, &numbers, false).await
}

/// New numbers. They are taken before the transaction begins, because they may need one of their own.
async fn numbers(core: &Core, count: usize) -> Result<Vec<TokenNumber>> {
    let first = core.take_token_indexes(count as i64).await?;
    let keys = core.keys();
    let number = |index| keys.numbers.number(index).map_err(|_| Error::Internal("all token numbers are used".into()));
    (first..).take(count).map(number).collect()
}

/// A new number for each, all of the first one's lane in its slot: a token's lane follows from its number, and who comes together is not
/// sent to two gates.
async fn numbers_of_one_lane(core: &Core, commands: &[IssueToken]) -> Result<Vec<TokenNumber>> {
    let mut numbers = numbers(core, commands.len()).await?;
    let board = core.board();
    let slot = commands.first().and_then(|command| board.slot(command.slot));
    let lanes = slot.and_then(|slot| board.session(slot.session_id)).map_or(1, |session| session.lanes);
    let Some((first, others)) = numbers.split_first_mut() else { return Ok(numbers) };
    for number in others {
        while lane(*number, lanes) != lane(*first, lanes) {
            *number = self::numbers(core, 1).await?.remove(0);
        }
    }
    Ok(numbers)
}

async fn write_in_one(
    core: &Core,
    commands: &[IssueToken],
    numbers: &[TokenNumber],
    together: bool,
) -> Result<Vec<Result<TokenAnswer>>, Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    let mut book = Book::load(&mut tx, commands).await?;
    let keys = core.keys();
    let mut decided = Vec::with_capacity(commands.len());
    let mut first_tries = HashSet::new();
    for (command, number) in commands.iter().zip(numbers) {
        let id = command.command.id;
        decided.push(if book.entries.contains_key(&id) || !first_tries.insert(id) {
            None
        } else {
            Some(book.decide(core, command, *number, now).map(|grant| book.grant(core, command, grant, now)))
        });
    }

    if together && decided.iter().flatten().any(Result::is_err) {
        // Nothing is written, so that the same family may come again.
        let apart = |decided: Option<Result<TokenAnswer>>| decided.and_then(Result::err).unwrap_or(Refusal::NotTogether.into());
        return Ok(decided.into_iter().map(|decided| Err(apart(decided))).collect());
    }

    // Signing takes about as long as writing all the rest: both go on at the same time.
    let claims = std::mem::take(&mut book.claims);
    let signing = tokio::task::spawn_blocking(move || claims.iter().map(|claims| keys.signer.sign(claims)).collect::<Vec<_>>());
    let touched = book.write_people_and_places(&mut tx, now).await?;
    book.sign(signing.await.map_err(|error| Failure::Error(Error::Internal(error.to_string())))?);

    let mut tokens = book.new_tokens.iter();
    let mut new_entries = Vec::with_capacity(commands.len());
    let mut answers = Vec::with_capacity(commands.len());
    for (asked, decided) in commands.iter().zip(decided) {
        let (command, actor) = (&asked.command, &asked.actor.name);
        let place = book.district(asked.slot).map_or(asked.actor.scope, Scope::District);
        let answer = match decided {
            // Done before, or by an earlier command of this slice, unless that one was so wrong that nothing is stored of it.
            None => match book.entries.get(&command.id) {
                Some(entry) => command.replay(entry),
                None => Err(Error::Unavailable("the same command came twice at once".into())),
            },
            Some(Ok(mut answer)) => {
                answer.qr = tokens.next().map_or_else(String::new, |token| core.qr(&token.cose));
                let note = core.note_in(actor, place, Act::IssueToken, Some(answer.number.clone()));
                let entry = command.entry(note, Ok(&answer));
                new_entries.push(entry.clone());
                book.entries.insert(entry.id, entry);
                Ok(answer)
            }
            Some(Err(Error::Refused(refusal))) => {
                let note = core.note_in(actor, place, Act::IssueToken, None);
                let entry = command.entry::<TokenAnswer>(note, Err(&refusal));
                new_entries.push(entry.clone());
                book.entries.insert(entry.id, entry);
                Err(Error::Refused(refusal))
            }
            Some(Err(error)) => Err(error),
        };
        answers.push(answer);
    }
    book.write_tokens(&mut tx, &new_entries).await?;
    commit(tx).await.map_err(Failure::Error)?;
    for slot in touched {
        core.touch(slot);
    }
    Ok(answers)
}
