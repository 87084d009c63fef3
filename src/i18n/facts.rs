//! What an officer sets up, in words: a line for each fact, so that before and after can stand side by side.

use super::{Lang, grouped};
use crate::actions::import::{CLOSED, COPY, Change, FORM, Kind, Thing, UNDO};
use crate::board::Board;
use crate::domain::moment::Moment;
use crate::domain::place::{Owner, Scope};
use crate::domain::plan::{Plan, PlannedSlot, Vials};
use crate::storage::field::CentreKind;

/// A fact: what it is called, and what it says.
pub type Fact = (String, String);

impl Lang {
    /// What a thing is, fact by fact.
    pub fn facts(self, board: &Board, thing: &Thing) -> Vec<Fact> {
        let t = self.text();
        let facts: Vec<(&str, String)> = match thing {
            Thing::District(row) => vec![(t.name_en, row.name_en.clone()), (t.name_hi, row.name_hi.clone())],
            Thing::Zone(row) => vec![
                (t.district, board.district(row.district_id).map_or("–", |row| row.name(self)).to_owned()),
                (t.name_en, row.name_en.clone()),
                (t.name_hi, row.name_hi.clone()),
                (t.address_en, row.address_en.clone()),
                (t.address_hi, row.address_hi.clone()),
                (t.phone, row.phone.clone()),
            ],
            Thing::Centre(row) => {
                let decimal = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| value.to_string());
                vec![
                    (t.zone, board.zone(row.zone_id).map_or("–", |row| row.name(self)).to_owned()),
                    (t.name_en, row.name_en.clone()),
                    (t.name_hi, row.name_hi.clone()),
                    (t.address_en, row.address_en.clone()),
                    (t.address_hi, row.address_hi.clone()),
                    (t.pin_code, row.pin_code.clone()),
                    (t.run_by, self.centre_kind(row.kind).to_owned()),
                    (t.fee, format!("₹ {}", grouped(row.fee))),
                    (t.step_free, if row.step_free { t.yes } else { t.no }.to_owned()),
                    (t.gates_planned, row.gates.to_string()),
                    (t.phone, row.phone.clone()),
                    (t.supervisor_phone, row.supervisor_phone.clone()),
                    (t.latitude, decimal(row.lat)),
                    (t.longitude, decimal(row.lon)),
                ]
            }
            Thing::User(person) => {
                let place = match Scope::from(person.scope) {
                    Scope::Zone(id) => board.zone(id).map(|row| row.name(self)),
                    Scope::Centre(id) => board.centre(id).map(|row| row.name(self)),
                    Scope::District(id) => board.district(id).map(|row| row.name(self)),
                    Scope::State => Some(t.whole_state),
                };
                vec![(t.name, person.name.clone()), (t.role, self.role(person.role).to_owned()), (t.place, place.unwrap_or("–").to_owned())]
            }
            Thing::Session(plan) => return self.plan_facts(board, plan),
        };
        facts.into_iter().map(|(name, said)| (name.to_owned(), said)).collect()
    }

    fn plan_facts(self, board: &Board, plan: &Plan) -> Vec<Fact> {
        let t = self.text();
        let doses = match plan.doses {
            1 => "1",
            2 => "2",
            _ => "1, 2",
        };
        let moment = |at: Moment| format!("{}, {}", self.short_day(at.day()), self.time(at));
        let mut facts = vec![
            (t.doses.to_owned(), doses.to_owned()),
            (t.ages.to_owned(), format!("{}–{}", plan.min_age, plan.max_age)),
            (t.hours.to_owned(), self.window(plan.opens, plan.closes)),
            (t.issue_window.to_owned(), format!("{} – {}", moment(plan.issue_from), moment(plan.issue_until))),
        ];
        facts.extend(plan.slots.iter().map(|slot| (self.window(slot.starts, slot.starts + slot.minutes * 60), self.places(board, slot))));
        facts
    }

    /// `10: zone 2 4, open 6`
    fn places(self, board: &Board, slot: &PlannedSlot) -> String {
        let owned = slot.owners.iter().map(|(owner, count)| format!("{} {count}", self.owner(board, *owner)));
        format!("{} ({})", slot.places, owned.collect::<Vec<_>>().join(", "))
    }

    /// Whose places they are.
    pub fn owner(self, board: &Board, owner: Owner) -> String {
        let t = self.text();
        match owner {
            Owner::Zone(id) => board.zone(id).map_or_else(|| owner.to_string(), |zone| zone.name(self).to_owned()),
            Owner::Open => t.open_places.to_owned(),
            Owner::WalkIn => t.walk_in_places.to_owned(),
        }
    }

    /// Who runs a centre.
    pub fn centre_kind(self, kind: CentreKind) -> &'static str {
        match kind {
            CentreKind::Government => self.text().government,
            CentreKind::Private => self.text().private,
        }
    }

    /// What changes: the fact, before and after. What is new or gone stands on one side only.
    pub fn differences(self, board: &Board, change: &Change) -> Vec<(String, String, String)> {
        let facts = |thing: &Option<Thing>| thing.as_ref().map_or_else(Vec::new, |thing| self.facts(board, thing));
        let (before, after) = (facts(&change.before), facts(&change.after));
        let of =
            |facts: &[Fact], name: &str| facts.iter().find(|(fact, _)| fact == name).map_or_else(String::new, |(_, said)| said.clone());
        let gone = before.iter().filter(|(name, _)| after.iter().all(|(other, _)| other != name));
        let names = after.iter().chain(gone).map(|(name, _)| name.clone());
        names
            .map(|name| (of(&before, &name), of(&after, &name), name))
            .filter(|(b, a, _)| a != b)
            .map(|(b, a, name)| (name, b, a))
            .collect()
    }

    /// What kind of things a file or a list has.
    pub fn kind(self, kind: Kind) -> &'static str {
        let t = self.text();
        match kind {
            Kind::Districts => t.districts,
            Kind::Zones => t.zones,
            Kind::Centres => t.centres,
            Kind::Sessions => t.sessions,
            Kind::Users => t.users,
        }
    }

    /// Where a change came from: a file's name, or how it was made.
    pub fn source(self, source: &str) -> String {
        let t = self.text();
        match source.split_once(' ') {
            Some((UNDO, id)) => format!("{} {id}", t.source_undo),
            _ if source == FORM => t.source_form.to_owned(),
            _ if source == COPY => t.source_copy.to_owned(),
            _ if source == CLOSED => t.source_closed.to_owned(),
            _ => source.to_owned(),
        }
    }

    /// How many tokens hang on what is about to be changed.
    pub fn tokens_affected(self, slot: Option<(Moment, Moment)>, issued: i64) -> String {
        match (slot, self) {
            (Some((from, until)), Self::En) => format!("{issued} tokens are issued in the slot {}.", self.window(from, until)),
            (Some((from, until)), Self::Hi) => format!("{} के स्लॉट में {issued} टोकन जारी हैं।", self.window(from, until)),
            (None, Self::En) => format!("{issued} tokens are issued here from today on: their slips stay as they were printed."),
            (None, Self::Hi) => format!("आज से आगे यहाँ के {issued} टोकन जारी हैं: उनकी पर्चियाँ जैसी छपीं वैसी ही रहेंगी।"),
        }
    }

    /// How many vials of so many doses the places need, and what the last one leaves over.
    pub fn vials_for_places(self, holds: i64, Vials { places, count, left }: Vials) -> String {
        let left = match (left, self) {
            (0, Self::En) => "nothing is left over".to_owned(),
            (0, Self::Hi) => "कुछ नहीं बचेगा".to_owned(),
            (left, Self::En) => format!("{left} doses of the last one have no place"),
            (left, Self::Hi) => format!("आख़िरी शीशी की {left} खुराकों के लिए जगह नहीं"),
        };
        match self {
            Self::En => format!("{places} places need {count} vials of {holds} doses; {left}."),
            Self::Hi => format!("{places} जगहों के लिए {holds} खुराक वाली {count} शीशियाँ चाहिए; {left}।"),
        }
    }

    /// Why a centre cannot be closed on a day, and what to do instead.
    pub fn cannot_close(self, issued: i64) -> String {
        match (issued, self) {
            (0, Self::En) => {
                "Tokens were issued for this day and cancelled, so its slots stay on record. Stop its sessions instead.".into()
            }
            (0, Self::Hi) => "इस दिन के टोकन जारी होकर रद्द हो चुके हैं, इसलिए स्लॉट दर्ज रहेंगे। इसकी जगह सत्र रोकें।".into(),
            (_, Self::En) => {
                format!("{issued} tokens are issued for this day, so it cannot be closed. Stop its sessions instead.")
            }
            (_, Self::Hi) => format!("इस दिन के {issued} टोकन जारी हैं, इसलिए केंद्र बंद नहीं हो सकता। इसकी जगह सत्र रोकें।"),
        }
    }

    /// What closing takes away.
    pub fn would_close(self, sessions: usize, places: i64) -> String {
        match self {
            Self::En => format!("No token is issued. Sessions that go: {sessions}, with {places} places. It can be undone."),
            Self::Hi => format!("कोई टोकन जारी नहीं है। हटने वाले सत्र: {sessions}, जगहें: {places}। इसे वापस लिया जा सकता है।"),
        }
    }
}
