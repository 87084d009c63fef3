//! What a taking-in changes: each thing as it was before and as it is after.

use super::plans::Issued;
use crate::board::Board;
use crate::domain::place::{Role, Scope};
use crate::domain::plan::Plan;
use crate::ids::DistrictId;
use crate::storage::account::ScopeColumns;
use crate::storage::field::{Centre, District, Zone};
use crate::storage::holiday::Holiday;

/// Something that an officer sets up.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// A district.
    District(District),
    /// A zone.
    Zone(Zone),
    /// A centre; what it says of the day itself is left out.
    Centre(Box<Centre>),
    /// A session with its slots.
    Session(Box<Plan>),
    /// Somebody who logs in.
    User(Person),
    /// A day without vaccination.
    Holiday(Holiday),
}

/// Somebody who logs in, without the password.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Person {
    pub username: String,
    pub name: String,
    pub role: Role,
    pub scope: ScopeColumns,
}

/// One row of a taking-in.
#[derive(Debug, Clone)]
pub struct Change {
    /// What people call it.
    pub name: String,
    /// Absent: it was not there.
    pub before: Option<Thing>,
    /// Absent: it is gone.
    pub after: Option<Thing>,
    /// Tokens that hang on it.
    pub issued: Issued,
}

impl Thing {
    /// A centre as it is set up.
    pub fn centre(centre: &Centre) -> Self {
        Self::Centre(Box::new(Centre { lenient: false, running_late: 0, ..centre.clone() }))
    }

    /// The district that it belongs to; none for the whole state.
    pub fn district(&self, board: &Board) -> Option<DistrictId> {
        match self {
            Self::District(row) => Some(row.id),
            Self::Zone(row) => Some(row.district_id),
            Self::Centre(row) => Some(row.district_id),
            Self::Session(plan) => board.district_of(Scope::Centre(plan.centre)),
            Self::Holiday(row) => row.district_id,
            Self::User(person) => board.district_of(person.scope.into()),
        }
    }
}

impl Change {
    /// What there is, or was.
    pub fn thing(&self) -> Option<&Thing> {
        self.after.as_ref().or(self.before.as_ref())
    }
}
