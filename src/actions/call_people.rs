//! Calling people inside a centre: the next one, somebody again, somebody who was missed.

use super::Actor;
use super::command::{CommandId, commit};
use crate::core::Core;
use crate::domain::booking::Refusal;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::queue::{Stage, TurnState, in_order};
use crate::error::{Error, Fault, Result};
use crate::ids::CentreId;
use crate::slice::{Failure, repeating};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::turn::{InHall, Turn};

/// A key that a counter pressed.
#[derive(Debug, Clone)]
pub struct CallPeople {
    /// The same key press, however often it arrives.
    pub command: CommandId,
    /// Who pressed it.
    pub actor: Actor,
    /// In which hall.
    pub centre: CentreId,
    /// At which counter, 1 to 99.
    pub counter: i64,
    /// What is done at that counter.
    pub stage: Stage,
    /// What is asked for.
    pub call: Call,
    /// When, if it was pressed without a link; absent: now.
    pub at: Option<Moment>,
}

/// What a counter may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Whoever is next. Where papers are looked at, the one before has passed.
    Next,
    /// This one: again, or after they were missed, or over from another counter.
    This(TokenNumber),
    /// This one did not come.
    Missed(TokenNumber),
    /// This one is done here.
    Passed(TokenNumber),
}

/// Does it, once. Whoever was called, if anybody was.
pub async fn call_people(core: &Core, asked: &CallPeople) -> Result<Option<TokenNumber>> {
    asked.actor.centre(&core.board(), asked.centre)?;
    if !(1..=99).contains(&asked.counter) {
        return Err(Error::field("counter", Fault::Choice));
    }
    repeating(|| write(core, asked)).await
}

async fn write(core: &Core, asked: &CallPeople) -> Result<Option<TokenNumber>, Failure> {
    let now = asked.now(core);
    let mut tx = core.db.write().await?;
    if let Some(before) = asked.command.done_before(&mut tx).await? {
        return Ok(before);
    }
    tx.lock_hall(asked.centre).await?;
    let hall = tx.in_hall(asked.centre, now.day()).await?;
    let called = match asked.call {
        Call::Next => next(&mut tx, core, asked, &hall).await?,
        Call::This(number) | Call::Missed(number) | Call::Passed(number) => {
            let person = hall.iter().find(|person| person.number == number).ok_or(Refusal::NotWaiting)?;
            // What came in late does not undo what was done meanwhile.
            if asked.at.is_some_and(|at| person.called_at > Some(at)) {
                return Err(Refusal::NotWaiting.into());
            }
            let state = match asked.call {
                Call::Missed(_) => TurnState::Missed,
                Call::Passed(_) => TurnState::Passed,
                Call::This(_) | Call::Next => TurnState::Called,
            };
            tx.put_turn(&turn(core, asked, person, state)).await?;
            (state == TurnState::Called).then_some(number)
        }
    };
    let subject = called.or(asked.call.number()).map(TokenNumber::plain);
    let note = core.note(&asked.actor, Act::CallPeople, subject);
    if !tx.add_entries(&[asked.command.entry(note, Ok(&called))]).await? {
        return Err(Failure::Again);
    }
    commit(tx).await?;
    Ok(called)
}

async fn next(tx: &mut Tx, core: &Core, asked: &CallPeople, hall: &[InHall]) -> Result<Option<TokenNumber>, Failure> {
    if asked.stage == Stage::Check {
        let at_this_counter = |person: &&InHall| {
            person.stage == Some(Stage::Check) && person.state == Some(TurnState::Called) && person.counter == Some(asked.counter)
        };
        for person in hall.iter().filter(at_this_counter) {
            tx.put_turn(&turn(core, asked, person, TurnState::Passed)).await?;
        }
    }
    let checking = asked.stage == Stage::Check || tx.is_checking(asked.centre, asked.now(core).day()).await?;
    let mut waiting: Vec<_> = hall.iter().filter(|person| person.waits_for(asked.stage, checking)).map(InHall::waiting).collect();
    in_order(&mut waiting);
    let Some(first) = waiting.first() else { return Ok(None) };
    let person = hall.iter().find(|person| person.number == first.number).expect("one of them");
    tx.put_turn(&turn(core, asked, person, TurnState::Called)).await?;
    Ok(Some(first.number))
}

fn turn(core: &Core, asked: &CallPeople, person: &InHall, state: TurnState) -> Turn {
    let now = asked.now(core);
    let again = person.stage == Some(asked.stage);
    let times = if again { person.times.unwrap_or(0) } else { 0 };
    let is_call = state == TurnState::Called;
    Turn {
        number: person.number,
        centre_id: asked.centre,
        day: now.day(),
        stage: asked.stage,
        state,
        counter: asked.counter,
        times: times + i64::from(is_call),
        called_at: person.called_at.filter(|_| !is_call).unwrap_or(now),
        since: now,
        by_whom: asked.actor.name.to_string(),
    }
}

impl CallPeople {
    fn now(&self, core: &Core) -> Moment {
        self.at.unwrap_or_else(|| core.clock.now())
    }
}

impl Call {
    fn number(self) -> Option<TokenNumber> {
        match self {
            Self::Next => None,
            Self::This(number) | Self::Missed(number) | Self::Passed(number) => Some(number),
        }
    }
}
