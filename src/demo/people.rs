//! Invented people: common first names and surnames put together at random, with ID numbers that belong to nobody.

use crate::actions::issue_tokens::{Details, Person};
use crate::board::Board;
use crate::core::Core;
use crate::domain::campaign::Vaccine;
use crate::domain::care::{MobileOf, Need, Needs};
use crate::domain::moment::Day;
use crate::domain::person::{Category, Gender, IdNumber, IdType};
use crate::i18n::Lang;
use crate::ids::SlotId;

const WOMEN: [&str; 12] = ["सुशीला", "कमला", "गीता", "शांति", "सरस्वती", "Radha", "लक्ष्मी", "Meena", "पार्वती", "उर्मिला", "Savitri", "रेखा"];
const MEN: [&str; 12] = ["रामलाल", "मोहन", "Dinesh", "सुरेश", "गणेश", "भोला", "Ashok", "शिव कुमार", "जगदीश", "Mahesh", "कृष्णा", "बाबूलाल"];
const SURNAMES: [&str; 12] = ["साहू", "वर्मा", "Sinha", "यादव", "निषाद", "Patel", "ठाकुर", "देवांगन", "Tiwari", "बघेल", "नायक", "सोनी"];
const STREETS: [&str; 4] = ["गली 3, तेलीबाँधा", "बाज़ार चौक, गुढ़ियारी", "टिकरापारा", "Ward 12, Pandri"];

/// Makes people, each different from the one before.
#[derive(Default)]
pub(crate) struct Invented(i64);

impl Invented {
    /// Somebody due for a slot, and the first dose that they have had elsewhere, if any.
    pub(crate) fn next(&mut self, core: &Core, board: &Board, slot: SlotId) -> (Person, Option<(Vaccine, Day)>) {
        self.0 += 1;
        let n = self.0;
        let mobile = if n % 11 == 0 { None } else { Some(format!("7{:09}", 100_003 * n % 1_000_000_000)) };
        let certificate = n % 5 == 0;
        let birth_year = if certificate { 1963 + n % 12 } else { 1934 + n % 27 };
        let person = self.person(core, mobile.as_deref(), birth_year, certificate);
        let session = board.slot(slot).and_then(|row| board.session(row.session_id));
        let covaxin = session.filter(|session| session.vaccine == Vaccine::Covaxin && n % 3 == 0);
        (person, covaxin.map(|session| (Vaccine::Covaxin, session.day.plus(-30))))
    }

    /// Three people of one household, under the tour's mobile number.
    pub(crate) fn family(&mut self, core: &Core) -> Vec<Person> {
        let named = [("सुशीला साहू", 1954, Gender::Female), ("रामलाल साहू", 1949, Gender::Male), ("Ashok Sahu", 1968, Gender::Male)];
        let person = |(name, birth_year, gender): (&str, i64, Gender)| {
            self.0 += 1;
            let mut person = self.person(core, Some(super::MOBILE), birth_year, birth_year > 1961);
            if let Person::Typed(details) = &mut person {
                details.name = name.parse().expect("a name");
                details.gender = gender;
            }
            person
        };
        named.into_iter().map(person).collect()
    }

    fn person(&self, core: &Core, mobile: Option<&str>, birth_year: i64, certificate: bool) -> Person {
        let n = self.0 as usize;
        let woman = n.is_multiple_of(2);
        let first = if woman { WOMEN[n / 2 % 12] } else { MEN[n / 2 % 12] };
        // Voter IDs with a prefix that no state uses.
        let id = IdNumber::parse(IdType::VoterId, &format!("ZZZ{:07}", 7919 * n % 10_000_000)).expect("the form of a voter ID");
        Person::Typed(Box::new(Details {
            mobile: mobile.and_then(|mobile| mobile.parse().ok()),
            mobile_of: MobileOf::Own,
            name: format!("{first} {}", SURNAMES[n * 7 / 3 % 12]).parse().expect("a name"),
            birth_year,
            gender: if woman { Gender::Female } else { Gender::Male },
            category: Category::Citizen,
            certificate,
            language: if n.is_multiple_of(7) { Lang::En.into() } else { Lang::Hi.into() },
            needs: if n.is_multiple_of(29) { Needs::from_iter([Need::Wheelchair]) } else { Needs::default() },
            locality: mobile.is_none().then(|| STREETS[n % 4].parse().expect("a place")),
            id_hash: core.keys().hash_id(&id),
            id_type: id.kind(),
            id_end: id.end().to_owned(),
        }))
    }
}
