//! What an officer sets up, in words: a line for each fact, so that before and after can stand side by side.

use super::{Lang, grouped};
use crate::actions::copy_sessions::MOST;
use crate::actions::import::{CLOSED, COPY, Change, FORM, HOLIDAY, Kind, Thing, UNDO};
use crate::board::Board;
use crate::domain::holiday::BadHoliday;
use crate::domain::moment::Moment;
use crate::domain::place::{Owner, Scope};
use crate::domain::plan::{Plan, PlannedSlot, Vials};
use crate::error::Fault;
use crate::storage::field::CentreKind;
use crate::storage::holiday::Holiday;

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
            Thing::Holiday(row) => vec![
                (t.date, self.day(row.day)),
                (t.district, self.kept_in(board, row).to_owned()),
                (t.name_en, row.name_en.clone()),
                (t.name_hi, row.name_hi.clone()),
            ],
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

    /// Where a holiday is kept.
    pub fn kept_in<'b>(self, board: &'b Board, holiday: &Holiday) -> &'b str {
        match holiday.district_id {
            Some(id) => board.district(id).map_or("–", |row| row.name(self)),
            None => self.text().all_districts,
        }
    }

    /// For whom places are kept that only one dose may use.
    pub fn only_for_dose(self, dose: i64) -> String {
        say!(self, "only for dose {dose}", "केवल खुराक {dose} के लिए")
    }

    /// Whose places they are.
    pub fn owner(self, board: &Board, owner: Owner) -> String {
        let t = self.text();
        match owner {
            Owner::Zone(id) => board.zone(id).map_or_else(|| owner.to_string(), |zone| zone.name(self).to_owned()),
            Owner::Open => t.open_places.to_owned(),
            Owner::WalkIn => t.walk_in_places.to_owned(),
            Owner::Dose(dose) => self.only_for_dose(dose),
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
            Kind::Holidays => t.holidays,
        }
    }

    /// Where a change came from: a file's name, or how it was made.
    pub fn source(self, source: &str) -> String {
        let t = self.text();
        match source.split_once(' ') {
            Some((UNDO, id)) => format!("{} {id}", t.source_undo),
            Some((HOLIDAY, id)) if id.parse::<i64>().is_ok() => t.source_holiday.to_owned(),
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

    /// What closing takes away.
    pub fn would_close(self, sessions: usize, centres: usize, places: i64) -> String {
        let places = grouped(places);
        match self {
            Self::En => format!("Sessions that go: {sessions}, at {centres} centres, with {places} places. It can be undone."),
            Self::Hi => format!("हटने वाले सत्र: {sessions}, केंद्र: {centres}, जगहें: {places}। इसे वापस लिया जा सकता है।"),
        }
    }

    /// Why sessions stay, and what to do instead.
    pub fn stays(self, sessions: usize, tokens: i64) -> String {
        let tokens = grouped(tokens);
        match self {
            Self::En => {
                format!("Sessions: {sessions}, tokens: {tokens}. They are not closed: stop each of them, then its people get a new time.")
            }
            Self::Hi => format!("सत्र: {sessions}, टोकन: {tokens}। ये बंद नहीं होंगे: हर एक को रोकें, तब लोगों को नया समय मिलेगा।"),
        }
    }

    /// How many sessions went for a holiday that is to be taken away.
    pub fn holiday_closed(self, sessions: i64) -> String {
        match self {
            Self::En => format!("{} sessions were closed for this holiday.", grouped(sessions)),
            Self::Hi => format!("इस छुट्टी के लिए {} सत्र बंद किए गए थे।", grouped(sessions)),
        }
    }

    /// What a copy makes in all.
    pub fn copy_in_all(self, sessions: usize, places: i64) -> String {
        let (sessions, places) = (grouped(sessions as i64), grouped(places));
        match self {
            Self::En => format!("New sessions in all: {sessions}, with {places} places."),
            Self::Hi => format!("कुल नए सत्र: {sessions}, जगहें: {places}।"),
        }
    }

    /// A copy would make more than goes at once; so many weeks, or days, would go.
    pub fn copy_too_many(self, sessions: usize, fit: usize, is_weeks: bool) -> String {
        let (sessions, most) = (grouped(sessions as i64), grouped(MOST as i64));
        match (self, fit, is_weeks) {
            (Self::En, 0, _) => format!("That is {sessions} sessions; {most} go at once. Choose one zone."),
            (Self::En, _, true) => format!("That is {sessions} sessions; {most} go at once. Choose at most {fit} weeks, or one zone."),
            (Self::En, _, false) => format!("That is {sessions} sessions; {most} go at once. Choose at most {fit} days, or one zone."),
            (Self::Hi, 0, _) => format!("ये {sessions} सत्र हैं; एक बार में {most} ही हो सकते हैं। एक ज़ोन चुनें।"),
            (Self::Hi, _, true) => {
                format!("ये {sessions} सत्र हैं; एक बार में {most} ही हो सकते हैं। ज़्यादा से ज़्यादा {fit} हफ़्ते चुनें, या एक ज़ोन।")
            }
            (Self::Hi, _, false) => {
                format!("ये {sessions} सत्र हैं; एक बार में {most} ही हो सकते हैं। ज़्यादा से ज़्यादा {fit} दिन चुनें, या एक ज़ोन।")
            }
        }
    }

    /// What is wrong with a holiday that was typed.
    pub fn bad_holiday(self, fault: &BadHoliday) -> String {
        match fault {
            BadHoliday::NoDay => self.fault(Fault::Day).to_owned(),
            BadHoliday::NoName => self.fault(Fault::Missing).to_owned(),
            BadHoliday::Place => self.fault(Fault::Choice).to_owned(),
            BadHoliday::Past => self.pick("This day is over.", "यह दिन निकल चुका है।").to_owned(),
            BadHoliday::Name => {
                self.pick("Type the name in at most 60 letters, on one line.", "नाम एक लाइन में, ज़्यादा से ज़्यादा 60 अक्षर का लिखें।").to_owned()
            }
            BadHoliday::There(en, hi) => match self {
                Self::En => format!("This day is a holiday already: {en}."),
                Self::Hi => format!("इस दिन पहले से छुट्टी है: {hi}।"),
            },
        }
    }
}
