//! What has to be settled, and who looks after it, in words.

use super::{Lang, grouped};
use crate::domain::charge::{Charge, Matter};
use crate::domain::moment::Moment;

impl Lang {
    /// Things of a kind, after their number.
    pub fn matter(self, matter: Matter) -> &'static str {
        let t = self.text();
        match matter {
            Matter::Conflict => t.matter_conflict,
            Matter::DeskTask => t.matter_desk_task,
            Matter::Objection => t.matter_objection,
            Matter::Message => t.matter_message,
            Matter::Upload => t.matter_upload,
            Matter::Difference => t.matter_difference,
            Matter::Alarm => t.open_alarms,
        }
    }

    /// How many of them nobody has taken on.
    pub fn of_them_nobodys(self, count: i64) -> String {
        let count = grouped(count);
        say!(self, "{count} nobody's", "{count} किसी के ज़िम्मे नहीं")
    }

    /// Who has something, since when, and whom it was taken over from.
    pub fn charge(self, charge: &Charge, reader: &str, now: Moment) -> String {
        let at = self.moment(charge.at, now);
        let name = self.actor(&charge.by_whom);
        let held = if charge.by_whom == reader {
            say!(self, "Yours since {at}", "{at} से आपके ज़िम्मे")
        } else {
            say!(self, "Given to {name} since {at}", "{at} से {name} के ज़िम्मे")
        };
        let Some(from) = &charge.taken_from else { return held };
        let from = if from == reader { self.pick("you", "आप").to_owned() } else { self.actor(from) };
        say!(self, "{held}, taken over from {from}", "{held}, {from} से लिया गया")
    }
}
