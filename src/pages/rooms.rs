//! The houses of those who work here, and the rooms in each: what stands at the top of every page of theirs.

use super::frame::Frame;
use crate::domain::place::Role;

/// An address and its name.
type Room = (&'static str, &'static str);

/// What lies under no address of its own house.
const ELSEWHERE: [&str; 7] = [
    "/district/language",
    "/district/sessions",
    "/district/holidays",
    "/district/copy",
    "/district/close",
    "/district/import",
    "/district/users",
];

/// Where setting up begins.
const SET_UP: &str = "/district/field";

impl Frame {
    /// The houses that are open to whoever is logged in.
    pub fn houses(&self) -> Vec<Room> {
        let t = self.t;
        let mut houses = Vec::new();
        if self.is_operator() {
            houses.push(("/centre", t.dose_inside));
        }
        if self.is_issuer() {
            houses.push(("/office", t.counter));
        }
        if self.is_officer() {
            houses.extend([("/district", t.district), ("/office/register", t.register)]);
        }
        houses
    }

    /// The rooms of the house that this page lies in.
    pub fn rooms(&self) -> Vec<Room> {
        if self.user.is_none() {
            return Vec::new();
        }
        match self.path().split('/').nth(1) {
            Some("office") => self.office(),
            Some("centre" | "district") if self.is_operator() => self.centre(),
            Some("centre" | "district") if self.is_officer() => self.district(),
            _ => Vec::new(),
        }
    }

    fn office(&self) -> Vec<Room> {
        let t = self.t;
        let mut rooms = if self.is_issuer() { vec![("/office", t.counter)] } else { Vec::new() };
        rooms.extend([
            ("/office/register", t.register),
            ("/office/enquiry", t.enquiry),
            ("/office/waiting", t.waiting_list),
            ("/office/turned-back", t.turned_back_today),
            ("/office/messages", t.not_delivered),
        ]);
        if self.runs_gates() {
            rooms.push(("/office/late", t.late_title));
        }
        rooms
    }

    fn centre(&self) -> Vec<Room> {
        let t = self.t;
        vec![
            ("/centre", t.dose_inside),
            ("/centre/hall", t.hall),
            ("/centre/backlog", t.backlog),
            ("/centre/forms", t.paper_forms),
            ("/centre/standby", t.standby_title),
            ("/centre/events", t.adverse_events),
            ("/district/portal", t.portal),
            ("/centre/opening", t.opening),
            ("/centre/closing", t.closing),
        ]
    }

    fn district(&self) -> Vec<Room> {
        let t = self.t;
        vec![
            ("/district", t.the_day),
            ("/district/closings", t.closings),
            ("/district/month", t.month_title),
            ("/district/doses", t.doses_by_district),
            ("/district/conflicts", t.conflicts),
            ("/district/alarms", t.alarms),
            ("/district/backlog", t.backlog),
            ("/district/portal", t.portal),
            ("/centre/events", t.adverse_events),
            ("/district/gates", t.gates),
            ("/district/desks", t.desks),
            ("/district/links", t.links),
            ("/district/field/centres", t.set_up),
            ("/district/planning", t.planning),
            ("/district/messages", t.messages),
            ("/district/objections", t.wrong_reports),
            ("/district/journal", t.journal),
        ]
    }

    /// What can be set up: on top of each page that does.
    pub fn set_up(&self) -> Vec<Room> {
        let t = self.t;
        let is_state = self.user.as_ref().is_some_and(|user| user.actor.role == Role::StateOfficer);
        let mut kinds = if is_state { vec![("/district/field/districts", t.districts)] } else { Vec::new() };
        kinds.extend([
            ("/district/field/zones", t.zones),
            ("/district/field/centres", t.centres),
            ("/district/sessions", t.sessions),
            ("/district/holidays", t.holidays),
            ("/district/users", t.users),
            ("/district/language", t.third_language),
            ("/district/import", t.import),
        ]);
        kinds
    }

    /// Whether this page is that room or lies in it. The first room of a house is only itself.
    pub fn is_in(&self, room: &str) -> bool {
        let path = self.path();
        let path = if ELSEWHERE.iter().any(|part| lies_in(path, part)) { SET_UP } else { path };
        let room = if lies_in(room, SET_UP) { SET_UP } else { room };
        path == room || (room.matches('/').count() > 1 && lies_in(path, room))
    }

    /// Whether this page lies in that house.
    pub fn is_in_house(&self, house: &str) -> bool {
        self.is_in(house) || self.rooms().first().is_some_and(|room| room.0 == house)
    }

    fn path(&self) -> &str {
        self.here().split('?').next().unwrap_or("")
    }
}

fn lies_in(path: &str, room: &str) -> bool {
    path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
