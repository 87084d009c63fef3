//! A district's third language beside Hindi and English: its code, and what is said in it.

use std::fmt;
use std::str::FromStr;

use super::campaign::Vaccine;
use super::care::Need;
use super::message::Template;
use super::person::IdType;
use crate::words::{as_json_text, words};

/// A language's code after BCP 47, as far as languages of India need it: `hne`, `ur`, `sat-Olck`, `bn-IN`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code([u8; LONGEST_CODE]);

/// Language, script and region with their dashes.
const LONGEST_CODE: usize = 11;

/// A text that is no code of a third language.
#[derive(Debug, thiserror::Error)]
#[error("is not the code of a language beside Hindi and English, such as hne or ur")]
pub struct BadCode;

impl Code {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        // Only ASCII goes in.
        std::str::from_utf8(&self.0).unwrap_or("").trim_end_matches('\0')
    }
}

impl FromStr for Code {
    type Err = BadCode;

    fn from_str(text: &str) -> Result<Self, BadCode> {
        let mut pieces = text.trim().split('-');
        let letters = |piece: &str, long: std::ops::RangeInclusive<usize>| {
            long.contains(&piece.len()) && piece.bytes().all(|letter| letter.is_ascii_alphabetic())
        };
        let language = pieces.next().filter(|piece| letters(piece, 2..=3)).ok_or(BadCode)?.to_ascii_lowercase();
        // Hindi and English are everywhere anyway.
        if ["hi", "en", "hin", "eng"].contains(&language.as_str()) {
            return Err(BadCode);
        }
        let mut code = language;
        let mut next = pieces.next();
        if let Some(script) = next.filter(|piece| letters(piece, 4..=4)) {
            code = format!("{code}-{}{}", script[..1].to_ascii_uppercase(), script[1..].to_ascii_lowercase());
            next = pieces.next();
        }
        if let Some(region) = next.filter(|piece| letters(piece, 2..=2)) {
            code = format!("{code}-{}", region.to_ascii_uppercase());
            next = pieces.next();
        }
        if next.is_some() {
            return Err(BadCode);
        }
        let mut bytes = [0; LONGEST_CODE];
        bytes[..code.len()].copy_from_slice(code.as_bytes());
        Ok(Self(bytes))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({self})")
    }
}

as_json_text!(Code);

words! {
    /// Which way a script runs.
    Direction {
        /// As Devanagari does.
        Ltr = "ltr",
        /// As Urdu does.
        Rtl = "rtl",
    }
}

words! {
    /// Where the third language stands on the slip. Hindi stays in any case.
    OnSlip {
        /// Under the Hindi, with the English.
        Beside = "beside",
        /// In place of the English.
        Instead = "instead",
    }
}

/// Languages that a form offers: code, own name, direction. Any other may be typed.
pub const OFFERED: &[(&str, &str, Direction)] = &[
    ("hne", "छत्तीसगढ़ी", Direction::Ltr),
    ("mai", "मैथिली", Direction::Ltr),
    ("bho", "भोजपुरी", Direction::Ltr),
    ("mag", "मगही", Direction::Ltr),
    ("ur", "اردو", Direction::Rtl),
    ("bn", "বাংলা", Direction::Ltr),
    ("or", "ଓଡ଼ିଆ", Direction::Ltr),
    ("te", "తెలుగు", Direction::Ltr),
    ("mr", "मराठी", Direction::Ltr),
    ("gu", "ગુજરાતી", Direction::Ltr),
    ("pa", "ਪੰਜਾਬੀ", Direction::Ltr),
    ("ta", "தமிழ்", Direction::Ltr),
    ("kn", "ಕನ್ನಡ", Direction::Ltr),
    ("ml", "മലയാളം", Direction::Ltr),
    ("as", "অসমীয়া", Direction::Ltr),
    ("ne", "नेपाली", Direction::Ltr),
    ("gon", "गोंडी", Direction::Ltr),
    ("sat", "ᱥᱟᱱᱛᱟᱲᱤ", Direction::Ltr),
];

words! {
    /// The part of a day that is said before the hour.
    DayPart {
        /// From four.
        Morning = "morning",
        /// From twelve.
        Noon = "noon",
        /// From four in the afternoon.
        Evening = "evening",
        /// From eight.
        Night = "night",
    }
}

impl DayPart {
    /// In which part an hour lies.
    pub fn of(hour: u32) -> Self {
        match hour {
            4..12 => Self::Morning,
            12..16 => Self::Noon,
            16..20 => Self::Evening,
            _ => Self::Night,
        }
    }
}

/// A text of the slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Word {
    /// What it is.
    Title,
    /// Before the gate's letter.
    Gate,
    /// Before the birth year.
    Born,
    /// Before which dose.
    Dose,
    /// Before the secret code.
    SecretCode,
    /// What to bring.
    Bring,
    /// Before the telephone.
    Enquiries,
    /// A kind of ID.
    Id(IdType),
    /// Help that is needed.
    Need(Need),
    /// A day of the week, Monday is 1.
    Weekday(u32),
    /// A month, from 1.
    Month(u32),
    /// A part of the day.
    Part(DayPart),
    /// A vaccine; messages name it.
    Vaccine(Vaccine),
}

impl Word {
    /// All of them, in the order of the form.
    pub fn all() -> Vec<Self> {
        let labels = [Self::Title, Self::Gate, Self::Born, Self::Dose, Self::SecretCode, Self::Bring, Self::Enquiries];
        let mut all = labels.to_vec();
        all.extend(IdType::ALL.iter().map(|kind| Self::Id(*kind)));
        all.extend(Need::ALL.iter().map(|need| Self::Need(*need)));
        all.extend((1..=7).map(Self::Weekday));
        all.extend((1..=12).map(Self::Month));
        all.extend(DayPart::ALL.iter().map(|part| Self::Part(*part)));
        all.extend(Vaccine::ALL.iter().map(|vaccine| Self::Vaccine(*vaccine)));
        all
    }

    /// How many characters it may have: the slip is 48 mm wide.
    pub fn most(self) -> usize {
        match self {
            Self::Bring => 100,
            Self::Weekday(_) | Self::Month(_) => 10,
            Self::Part(_) => 7,
            Self::Vaccine(_) => 12,
            _ => 28,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Title => f.write_str("title"),
            Self::Gate => f.write_str("gate"),
            Self::Born => f.write_str("born"),
            Self::Dose => f.write_str("dose"),
            Self::SecretCode => f.write_str("secret_code"),
            Self::Bring => f.write_str("bring"),
            Self::Enquiries => f.write_str("enquiries"),
            Self::Id(kind) => write!(f, "id_{kind}"),
            Self::Need(need) => write!(f, "need_{need}"),
            Self::Weekday(day) => write!(f, "weekday_{day}"),
            Self::Month(month) => write!(f, "month_{month}"),
            Self::Part(part) => write!(f, "part_{part}"),
            Self::Vaccine(vaccine) => write!(f, "vaccine_{vaccine}"),
        }
    }
}

/// A text that a district may give: of the slip, or of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// `slip.title`
    Slip(Word),
    /// `message.reminder`
    Message(Template),
}

impl Key {
    /// All of them, in the order of the form.
    pub fn all() -> Vec<Self> {
        Word::all().into_iter().map(Self::Slip).chain(Template::ALL.iter().map(|template| Self::Message(*template))).collect()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slip(word) => write!(f, "slip.{word}"),
            Self::Message(template) => write!(f, "message.{template}"),
        }
    }
}

/// A key that no text has.
#[derive(Debug, thiserror::Error)]
#[error("is not the key of a text")]
pub struct BadKey;

impl FromStr for Key {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        Self::all().into_iter().find(|key| key.to_string() == text).ok_or(BadKey)
    }
}

/// Why a text of the slip is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadText {
    /// Longer than there is room for.
    TooLong {
        /// How many characters there is room for.
        most: usize,
    },
    /// A sign that cannot be seen, which may turn the order of the letters round.
    Unseen,
}

/// Whether a text stands as it is typed: a line without controls. The joiners that scripts of India need are letters.
pub fn check_line(text: &str, most: usize) -> Result<(), BadText> {
    let unseen =
        |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    if text.chars().any(unseen) {
        return Err(BadText::Unseen);
    }
    if text.chars().count() > most { Err(BadText::TooLong { most }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_written_anywhere() {
        for (typed, code) in [("hne", "hne"), (" UR ", "ur"), ("sat-olck", "sat-Olck"), ("bn-in", "bn-IN"), ("sat-OLCK-in", "sat-Olck-IN")]
        {
            assert_eq!(typed.parse::<Code>().unwrap().as_str(), code);
        }
        for wrong in ["", "h", "hi", "EN", "hi-Latn", "hindi", "hne-", "hne-x", "u1", "ur-IN-Arab", "छत्तीसगढ़ी"] {
            assert!(wrong.parse::<Code>().is_err(), "{wrong}");
        }
        for (code, _, _) in OFFERED {
            assert_eq!(code.parse::<Code>().unwrap().to_string(), *code);
        }
    }

    #[test]
    fn every_key_is_read_back() {
        let all = Key::all();
        for key in &all {
            assert_eq!(key.to_string().parse::<Key>().unwrap(), *key);
        }
        assert_eq!(all.iter().map(ToString::to_string).collect::<std::collections::HashSet<_>>().len(), all.len());
    }

    #[test]
    fn joiners_are_letters_and_turns_are_not() {
        assert_eq!(check_line("क्\u{200d}ष می\u{200c}رود", 20), Ok(()));
        assert_eq!(check_line("a\u{202e}b", 20), Err(BadText::Unseen));
        assert_eq!(check_line("a\nb", 20), Err(BadText::Unseen));
        assert_eq!(check_line("टीका", 3), Err(BadText::TooLong { most: 3 }));
    }
}
