//! One verb, one file, one transaction: load, ask the domain, write, commit.

pub mod answer;
pub mod cancel_token;
pub mod command;
pub mod enrol_gate;
pub mod import;
pub mod issue_tokens;
pub mod lanes;
pub mod log_in;
pub mod look_up;
pub mod record_scans;
pub mod reschedule_token;
pub mod settle_conflict;
pub mod sync_gate;

use std::sync::Arc;

use crate::domain::place::{Role, Scope};

/// Who does something, and where they may.
#[derive(Debug, Clone)]
pub struct Actor {
    /// As the journal names them: `user:asha`, `key:help-desk`, `gate:4`, `citizen`.
    pub name: Arc<str>,
    /// What they are there for.
    pub role: Role,
    /// Where.
    pub scope: Scope,
}

/// On whose word a token is changed.
#[derive(Debug, Clone)]
pub enum Authority {
    /// Somebody of staff, within their scope.
    Staff(Actor),
    /// The person, who knows the secret code.
    Holder {
        /// What they typed.
        code: String,
    },
}

impl Authority {
    /// As the journal names them.
    pub fn name(&self) -> &str {
        match self {
            Self::Staff(actor) => &actor.name,
            Self::Holder { .. } => "citizen",
        }
    }
}
