//! The district office: the day, files of the field, phones at the gates.

pub mod conflicts;
pub mod day;
pub mod days;
pub mod differences;
pub mod doses;
pub mod field;
pub mod gates;
pub mod history;
pub mod import;
pub mod journal;
pub mod links;
pub mod messages;
pub mod moves;
pub mod objections;
pub mod planning;
pub mod portal;
pub mod scans;
pub mod sessions;
pub mod stop;
pub mod users;

use super::frame::Frame;

impl Frame {
    /// The rooms of the district office: address and name.
    pub fn rooms(&self) -> Vec<(&'static str, &'static str)> {
        let t = self.t;
        vec![
            ("/district", t.the_day),
            ("/district/doses", t.doses_by_district),
            ("/district/conflicts", t.conflicts),
            ("/district/portal", t.portal),
            ("/district/gates", t.gates),
            ("/district/field/centres", t.set_up),
            ("/district/users", t.users),
            ("/district/links", t.links),
            ("/district/planning", t.planning),
            ("/district/import", t.import),
            ("/district/messages", t.messages),
            ("/district/objections", t.wrong_reports),
            ("/district/journal", t.journal),
        ]
    }

    /// Whether this page is that room or lies in it.
    pub fn is_in(&self, room: &str) -> bool {
        let path = self.here().split('?').next().unwrap_or("");
        let parts = ["/district/field", "/district/sessions", "/district/copy", "/district/close"];
        let sets_up = room.starts_with(parts[0]) && parts.iter().any(|part| path.starts_with(part));
        sets_up || path == room || (room != "/district" && path.strip_prefix(room).is_some_and(|rest| rest.starts_with('/')))
    }
}
