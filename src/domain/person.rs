//! People: mobile numbers, names, photo IDs and the places somebody may act in.

use std::fmt;
use std::str::FromStr;

use crate::words::words;

/// The value of an ASCII or Devanagari digit.
pub fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' => Some(c as u8 - b'0'),
        '\u{966}'..='\u{96f}' => Some((c as u32 - 0x966) as u8),
        _ => None,
    }
}

/// A text with its digits in Latin script.
pub fn latin_digits(text: &str) -> String {
    text.chars().map(|c| digit(c).map_or(c, |digit| char::from(b'0' + digit))).collect()
}

/// Ten digits from 6, 7, 8 or 9, without the country's prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mobile(String);

/// A text that is not an Indian mobile number.
#[derive(Debug, thiserror::Error)]
#[error("is not a mobile number: ten digits, beginning with 6, 7, 8 or 9")]
pub struct BadMobile;

impl Mobile {
    /// `98765 43210`, as people say it.
    pub fn spaced(&self) -> String {
        format!("{} {}", &self.0[..5], &self.0[5..])
    }

    /// The last three digits, which is all that a page without log-in shows.
    pub fn end(&self) -> &str {
        &self.0[7..]
    }
}

impl fmt::Display for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Mobile {
    type Err = BadMobile;

    fn from_str(text: &str) -> Result<Self, BadMobile> {
        let mut digits = String::with_capacity(12);
        for c in text.chars() {
            match digit(c) {
                Some(value) => digits.push(char::from(b'0' + value)),
                None if matches!(c, ' ' | '-' | '+' | '(' | ')' | '.') => {}
                None => return Err(BadMobile),
            }
        }
        let bare = match digits.len() {
            12 => digits.strip_prefix("91"),
            11 => digits.strip_prefix('0'),
            _ => Some(digits.as_str()),
        };
        match bare {
            Some(ten) if ten.len() == 10 && ten.starts_with(['6', '7', '8', '9']) => Ok(Self(ten.to_owned())),
            _ => Err(BadMobile),
        }
    }
}

crate::words::as_json_text!(Mobile);

/// A person's name in either script, 2 to 60 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// A text that is no name.
#[derive(Debug, thiserror::Error)]
#[error("is not a name: 2 to 60 characters, letters in Hindi or English")]
pub struct BadName;

impl Name {
    /// The name as it was given, with single spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key that all its spellings have.
    pub fn key(&self) -> String {
        super::name_key::name_key(&self.0)
    }

    /// The first letters only, for pages that anybody may open: `राम प्रसाद` becomes `रा… प्र…`.
    pub fn masked(&self) -> String {
        self.0.split(' ').map(mask_word).collect::<Vec<_>>().join(" ")
    }
}

/// Signs that turn the direction of what follows: nobody's name has them, and a slip could be falsified with them.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn mask_word(word: &str) -> String {
    // A Devanagari letter keeps the signs and joined letters that follow it, else it could not be drawn.
    let mut kept = String::new();
    let mut joined = true;
    for c in word.chars() {
        let mark = matches!(c as u32, 0x900..=0x903 | 0x93a..=0x94f | 0x962 | 0x963 | 0x200c | 0x200d);
        if !mark && !joined {
            break;
        }
        joined = c == '\u{94d}';
        kept.push(c);
    }
    kept.push('…');
    kept
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let length = name.chars().count();
        let letters = name.chars().any(char::is_alphabetic);
        let foreign =
            name.chars().any(|c| c.is_control() || turns_text(c) || matches!(c, '<' | '>' | '"' | '@' | '/' | '\\') || digit(c).is_some());
        if (2..=60).contains(&length) && letters && !foreign { Ok(Self(name)) } else { Err(BadName) }
    }
}

crate::words::as_json_text!(Name);

/// Where somebody lives, in the words that people there use: a village, ward or street. At most 80 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Locality(String);

/// A text that names no place.
#[derive(Debug, thiserror::Error)]
#[error("is not a place: letters in Hindi or English, at most 80 characters")]
pub struct BadLocality;

impl fmt::Display for Locality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Locality {
    type Err = BadLocality;

    fn from_str(text: &str) -> Result<Self, BadLocality> {
        let place = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let foreign = place.chars().any(|c| c.is_control() || turns_text(c) || matches!(c, '<' | '>'));
        let named = place.chars().count() <= 80 && place.chars().any(char::is_alphanumeric);
        if named && !foreign { Ok(Self(place)) } else { Err(BadLocality) }
    }
}

crate::words::as_json_text!(Locality);

words! {
    /// As the person states it.
    Gender {
        /// Woman.
        Female = "female",
        /// Man.
        Male = "male",
        /// Any other.
        Other = "other",
    }
}

words! {
    /// Why somebody is due, beyond age.
    Category {
        /// Due by age alone.
        Citizen = "citizen",
        /// Works in health care.
        HealthWorker = "health_worker",
        /// Works in the front line: police, sanitation, administration.
        FrontLine = "front_line",
    }
}

words! {
    /// Photo IDs that the campaign accepts, in the order of their code in the token (from 1).
    IdType {
        /// Twelve digits, the last a Verhoeff check digit.
        Aadhaar = "aadhaar",
        /// Elector's photo identity card.
        VoterId = "voter_id",
        /// Passport.
        Passport = "passport",
        /// Driving licence.
        DrivingLicence = "driving_licence",
        /// Permanent account number.
        Pan = "pan",
        /// Smart card under the National Population Register.
        NprCard = "npr_card",
        /// Pension document with photograph.
        Pension = "pension",
        /// Unique disability card.
        Disability = "disability",
        /// Ration card with photograph.
        Ration = "ration",
    }
}

impl IdType {
    /// The small integer that stands for this type inside a token.
    pub fn code(self) -> i64 {
        Self::ALL.iter().position(|other| *other == self).map_or(0, |at| at as i64 + 1)
    }

    /// The type behind a token's small integer.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(code - 1).ok()?).copied()
    }
}

/// The full number of a photo ID. It exists while a request is answered and is never stored or printed.
#[derive(Clone, PartialEq, Eq)]
pub struct IdNumber {
    kind: IdType,
    number: String,
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdNumber({}, …{})", self.kind, self.end())
    }
}

/// A text that cannot be a number of that kind of ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadIdNumber {
    /// Wrong length or letters for this kind.
    #[error("does not have the form of this kind of ID")]
    Form,
    /// An Aadhaar number whose check digit does not match.
    #[error("is mistyped: its check digit does not match")]
    CheckDigit,
}

impl IdNumber {
    /// Reads what was typed: spaces and dashes are dropped, letters become capitals.
    pub fn parse(kind: IdType, text: &str) -> Result<Self, BadIdNumber> {
        let mut number = String::new();
        for c in text.chars().filter(|c| !matches!(c, ' ' | '-' | '/' | '.')) {
            match digit(c) {
                Some(value) => number.push(char::from(b'0' + value)),
                None if c.is_ascii_alphabetic() => number.push(c.to_ascii_uppercase()),
                None => return Err(BadIdNumber::Form),
            }
        }
        let shape: String = number.chars().map(|c| if c.is_ascii_digit() { '9' } else { 'A' }).collect();
        let fits = match kind {
            IdType::Aadhaar => shape == "999999999999" && !number.starts_with(['0', '1']),
            IdType::Pan => shape == "AAAAA9999A",
            IdType::Passport => shape == "A9999999",
            IdType::VoterId => (6..=16).contains(&number.len()),
            _ => (4..=20).contains(&number.len()),
        };
        if !fits {
            return Err(BadIdNumber::Form);
        }
        if kind == IdType::Aadhaar && !verhoeff(&number) {
            return Err(BadIdNumber::CheckDigit);
        }
        Ok(Self { kind, number })
    }

    /// What kind of ID it is.
    pub fn kind(&self) -> IdType {
        self.kind
    }

    /// The last four characters, which the slip and the token carry.
    pub fn end(&self) -> &str {
        &self.number[self.number.len() - 4..]
    }

    /// The bytes that the keyed hash is made of.
    pub fn hash_input(&self) -> String {
        format!("{}:{}", self.kind, self.number)
    }
}

/// Whether the last digit is the Verhoeff check digit of those before it: arithmetic in the dihedral group of a pentagon.
fn verhoeff(digits: &str) -> bool {
    fn times(a: u8, b: u8) -> u8 {
        match (a < 5, b < 5) {
            (true, true) => (a + b) % 5,
            (true, false) => (a + b - 5) % 5 + 5,
            (false, true) => (a + 5 - b) % 5 + 5,
            (false, false) => (a + 5 - b) % 5,
        }
    }
    const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let sum = digits.bytes().rev().enumerate().fold(0, |sum, (place, byte)| {
        let moved = (0..place % 8).fold(byte - b'0', |digit, _| PERMUTATION[digit as usize]);
        times(sum, moved)
    });
    sum == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobiles_are_read_as_people_write_them() {
        for text in ["98765 43210", "+91-98765-43210", "09876543210", "९८७६५४३२१०"] {
            assert_eq!(text.parse::<Mobile>().unwrap().to_string(), "9876543210");
        }
        for text in ["12345 67890", "98765", "98765x43210", "919876543210123"] {
            assert!(text.parse::<Mobile>().is_err(), "{text}");
        }
    }

    #[test]
    fn masked_names_keep_whole_letters() {
        let name: Name = "राम  प्रसाद".parse().unwrap();
        assert_eq!(name.as_str(), "राम प्रसाद");
        assert_eq!(name.masked(), "रा… प्र…");
        assert_eq!("Ram Prasad".parse::<Name>().unwrap().masked(), "R… P…");
        assert!("<b>".parse::<Name>().is_err());
        assert!("राम\u{202e}abc".parse::<Name>().is_err());
    }

    #[test]
    fn a_mistyped_aadhaar_is_caught() {
        let right = "2341 2341 2346";
        let id = IdNumber::parse(IdType::Aadhaar, right).unwrap();
        assert_eq!(id.end(), "2346");
        assert!(!format!("{id:?}").contains("23412341"));
        assert_eq!(IdNumber::parse(IdType::Aadhaar, "2341 2341 2364"), Err(BadIdNumber::CheckDigit));
        assert_eq!(IdNumber::parse(IdType::Pan, "ABCDE1234"), Err(BadIdNumber::Form));
        assert_eq!(IdNumber::parse(IdType::Pan, "abcde1234f").unwrap().end(), "234F");
    }
}
