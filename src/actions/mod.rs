//! One verb, one file, one transaction: load, ask the domain, write, commit.

pub mod account_for_days;
pub mod add_up_month;
pub mod adverse_events;
pub mod answer;
pub mod ask_gate;
pub mod call_people;
pub mod call_standby;
pub mod cancel_token;
pub mod carry_doses;
pub mod centre_day;
pub mod check_opening;
pub mod close_day;
pub mod close_sessions;
pub mod command;
pub mod compare_people;
pub mod compose;
pub mod copy_sessions;
pub mod correct_dose;
pub mod count_forms;
pub mod count_vials;
pub mod desks;
pub mod enquire;
pub mod enrol_gate;
pub mod give_new_slot;
pub mod give_no_dose;
pub mod held_scans;
pub mod holidays;
pub mod import;
pub mod issue_tokens;
pub mod key_form;
pub mod lanes;
pub mod leases;
pub mod let_ahead;
pub mod log_in;
pub mod look_after_messages;
pub mod look_at_day;
pub mod look_at_links;
pub mod look_up;
pub mod mend_person;
pub mod mend_upload;
pub mod message_texts;
pub mod move_gate;
pub mod move_people;
pub mod note_alive;
pub mod object;
pub mod offer_places;
pub mod permit_late;
pub mod plan_session;
pub mod print_forms;
pub mod raise_alarms;
pub mod read_journal;
pub mod reconcile;
pub mod record_doses;
pub mod record_scans;
pub mod reschedule_token;
pub mod revive_token;
pub mod round_table;
pub mod run_late;
pub mod seal_journal;
pub mod see_off;
pub mod send_messages;
pub mod set_window;
pub mod settle_conflict;
pub mod stop_session;
pub mod switch_person;
pub mod sync_desk;
pub mod sync_gate;
pub mod take_charge;
pub mod take_in_doses;
pub mod tell;
pub mod third_language;
pub mod to_settle;
pub mod undo_import;
pub mod upload_doses;
pub mod users;
pub mod vials;
pub mod wait_for_place;
pub mod watch_deadlines;
pub mod watch_portal;

use std::sync::Arc;

use crate::board::Board;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Result};
use crate::ids::CentreId;
use crate::storage::field::Centre;

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

impl Actor {
    /// A centre within their scope. What lies outside does not exist for them.
    pub fn centre<'b>(&self, board: &'b Board, id: CentreId) -> Result<&'b Centre> {
        board.centre(id).filter(|centre| self.scope.covers(centre.place())).ok_or(Error::NotFound)
    }
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
