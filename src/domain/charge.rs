//! Who looks after something that has to be settled: taking it on, taking it over, giving it back.

use uuid::Uuid;

use super::moment::Moment;
use super::place::Role;
use crate::words::words;

words! {
    /// A kind of things that somebody has to settle.
    Matter {
        /// Facts of gates that do not go together.
        Conflict = "conflict",
        /// What a desk brought that waits for an officer.
        DeskTask = "desk_task",
        /// What people say is wrong.
        Objection = "objection",
        /// A message that reached nobody.
        Message = "message",
        /// A dose that the portal refused.
        Upload = "upload",
        /// What somebody's dose is here and on the portal.
        Difference = "difference",
        /// An alarm about issuing.
        Alarm = "alarm",
    }
}

impl Matter {
    /// Whether one of this kind is known by that: what it does not have is nil, or 0.
    pub fn fits(self, thing: Thing) -> bool {
        let (has_id, has_number) = (!thing.id.is_nil(), thing.number != 0);
        match self {
            Self::Conflict | Self::DeskTask | Self::Message | Self::Upload => has_id && !has_number,
            Self::Objection | Self::Alarm => has_number && !has_id,
            Self::Difference => has_id && has_number,
        }
    }

    /// Whether somebody in this role settles such things.
    pub fn is_for(self, role: Role) -> bool {
        match self {
            Self::Conflict | Self::DeskTask | Self::Objection | Self::Alarm => role.is_officer(),
            Self::Upload | Self::Difference => role.is_officer() || role == Role::Operator,
            Self::Message => true,
        }
    }
}

/// Which one of its kind: most have an id, some a number, and a person's dose has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Thing {
    /// Nil where it has a number alone.
    pub id: Uuid,
    /// 0 where it has an id alone.
    pub number: i64,
}

impl Thing {
    /// One that is known by its id.
    pub fn named(id: Uuid) -> Self {
        Self { id, number: 0 }
    }

    /// One that is known by its number.
    pub fn numbered(number: i64) -> Self {
        Self { id: Uuid::nil(), number }
    }
}

/// Who has taken something on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// As the journal names them.
    pub by_whom: String,
    /// Since when.
    pub at: Moment,
    /// Whom it was taken over from.
    pub taken_from: Option<String>,
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// "I take it", from whoever had it when the page was made.
    Take(Option<String>),
    /// "I give it back."
    GiveBack,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was nobody's.
    Take,
    /// It was this one's.
    TakeOver(String),
    /// It is nobody's again.
    GiveBack,
    /// It is as asked for already.
    Nothing,
    /// Somebody else has it, and was not asked for it.
    Theirs,
}

/// What a request changes. Nobody loses something that they took on meanwhile, and only an officer takes it over.
pub fn decide(held: Option<&str>, who: &str, role: Role, asked: &Request) -> Change {
    match (asked, held) {
        (Request::GiveBack, Some(holder)) if holder == who => Change::GiveBack,
        (Request::Take(_), Some(holder)) if holder == who => Change::Nothing,
        (Request::GiveBack, None) => Change::Nothing,
        (Request::Take(_), None) => Change::Take,
        (Request::Take(Some(seen)), Some(holder)) if seen == holder && role.is_officer() => Change::TakeOver(holder.to_owned()),
        (Request::Take(_) | Request::GiveBack, Some(_)) => Change::Theirs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_loses_what_they_took_on_meanwhile() {
        let (me, her, him) = ("user:asha", "user:bina", "user:chand");
        let take = |seen: Option<&str>| Request::Take(seen.map(str::to_owned));
        let officer = |held, asked| decide(held, me, Role::DistrictOfficer, &asked);
        assert_eq!(officer(None, take(None)), Change::Take);
        assert_eq!(officer(None, take(Some(her))), Change::Take);
        assert_eq!(officer(Some(me), take(None)), Change::Nothing);
        assert_eq!(officer(Some(her), take(None)), Change::Theirs);
        assert_eq!(officer(Some(her), take(Some(him))), Change::Theirs);
        assert_eq!(officer(Some(her), take(Some(her))), Change::TakeOver(her.to_owned()));
        assert_eq!(decide(Some(her), me, Role::Clerk, &take(Some(her))), Change::Theirs);
        assert_eq!(officer(Some(me), Request::GiveBack), Change::GiveBack);
        assert_eq!(officer(Some(her), Request::GiveBack), Change::Theirs);
        assert_eq!(officer(None, Request::GiveBack), Change::Nothing);
    }

    #[test]
    fn who_settles_it_may_take_it_on() {
        let for_role = |role| Matter::ALL.iter().filter(|matter| matter.is_for(role)).count();
        assert_eq!(for_role(Role::StateOfficer), Matter::ALL.len());
        assert_eq!((for_role(Role::Operator), for_role(Role::Clerk)), (3, 1));
    }
}
