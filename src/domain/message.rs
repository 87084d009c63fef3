//! What people are told by SMS: which facts, in what words, in how many parts, at what hours. The words are data.

use std::fmt;
use std::str::FromStr;

use super::moment::Moment;
use super::number::TokenNumber;
use crate::ids::DoseId;
use crate::words::words;

words! {
    /// The steps of which a person hears.
    Template {
        /// A token was issued.
        TokenIssued = "token_issued",
        /// A place has become free for somebody on the waiting list.
        PlaceFound = "place_found",
        /// The token now holds for another time or place.
        TokenMoved = "token_moved",
        /// The token was cancelled.
        TokenCancelled = "token_cancelled",
        /// The token's session was stopped.
        SessionStopped = "session_stopped",
        /// A stopped session goes on.
        SessionResumed = "session_resumed",
        /// The evening before.
        Reminder = "reminder",
        /// The dose was recorded here; the portal does not have it yet.
        DoseRecorded = "dose_recorded",
        /// The portal has it.
        DoseUploaded = "dose_uploaded",
        /// The next dose is due.
        NextDoseDue = "next_dose_due",
    }
}

words! {
    /// What stands in braces in a text, such as `{name}`.
    Variable {
        /// The first name: several people share a phone.
        Name = "name",
        /// The birth year, which tells two of one name apart.
        Born = "born",
        /// The token's number.
        Number = "number",
        /// What is called in the hall.
        Call = "call",
        /// The secret code. It is filled in only when the message goes out, and stands in no list.
        Code = "code",
        /// The day of the token, of the dose, or of the next one.
        Day = "day",
        /// When the slot begins.
        Time = "time",
        /// The centre's name.
        Centre = "centre",
        /// The centre's telephone.
        Phone = "phone",
        /// The address of the person's own page, or of the centre's free places.
        Link = "link",
        /// Which dose.
        Dose = "dose",
        /// The vaccine.
        Vaccine = "vaccine",
        /// By when the portal will have the dose.
        Due = "due",
        /// The portal's number for the person.
        Reference = "reference",
    }
}

impl Template {
    /// Whether it may go out at night.
    pub fn is_urgent(self) -> bool {
        matches!(self, Self::SessionStopped | Self::SessionResumed)
    }

    /// What may stand in its text.
    pub fn variables(self) -> &'static [Variable] {
        use Variable::{Born, Call, Centre, Code, Day, Dose, Due, Link, Name, Number, Phone, Reference, Time, Vaccine};
        match self {
            Self::TokenIssued | Self::PlaceFound | Self::TokenMoved => {
                &[Name, Born, Number, Call, Code, Day, Time, Centre, Phone, Link, Dose, Vaccine]
            }
            Self::TokenCancelled | Self::SessionStopped | Self::SessionResumed | Self::Reminder => {
                &[Name, Born, Number, Call, Day, Time, Centre, Phone, Link, Dose, Vaccine]
            }
            Self::DoseRecorded => &[Name, Born, Day, Centre, Phone, Link, Dose, Vaccine, Due],
            Self::DoseUploaded => &[Name, Born, Day, Centre, Phone, Link, Dose, Vaccine, Reference],
            Self::NextDoseDue => &[Name, Born, Day, Time, Centre, Phone, Link, Dose, Vaccine],
        }
    }
}

impl Variable {
    /// The most characters that its values have. Names of people and centres are as long as they are: the operator's limit counts.
    pub fn longest(self, policy: &Policy, link: usize) -> usize {
        match self {
            Self::Name => FIRST_NAME.min(policy.variable),
            Self::Centre => policy.variable,
            Self::Link => link,
            Self::Dose => 1,
            Self::Born | Self::Code => 4,
            Self::Call => 7,
            Self::Number | Self::Time | Self::Vaccine => 12,
            Self::Phone | Self::Reference => 14,
            Self::Day => 18,
            Self::Due => 28,
        }
    }
}

/// A longer first name is shortened, with an ellipsis that shows it.
const FIRST_NAME: usize = 20;

/// What the operator wants, and the hours at which nobody is disturbed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Policy {
    /// The sender's id with the telecom operators (DLT).
    pub entity: String,
    /// What stands as the sender.
    pub header: String,
    /// The most characters of a variable: a longer one is blocked by the operator.
    pub variable: usize,
    /// The most parts of a message.
    pub parts: usize,
    /// The minute of the day from which on nothing goes out.
    pub quiet_from: u32,
    /// The minute of the day until which nothing goes out.
    pub quiet_until: u32,
    /// The minute of the day at which people are reminded of the next.
    pub remind_at: u32,
}

impl Default for Policy {
    fn default() -> Self {
        let (entity, header) = (String::new(), String::new());
        Self { entity, header, variable: 40, parts: 4, quiet_from: 21 * 60, quiet_until: 8 * 60, remind_at: 18 * 60 }
    }
}

impl Policy {
    /// Whether only urgent messages go out now.
    pub fn is_quiet(&self, now: Moment) -> bool {
        let minute = now.minute_of_day();
        if self.quiet_from <= self.quiet_until {
            (self.quiet_from..self.quiet_until).contains(&minute)
        } else {
            minute >= self.quiet_from || minute < self.quiet_until
        }
    }
}

/// A fact that a message tells of. Its text is the message's `about`: nobody is told of one fact twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fact {
    /// A token as it stood with this revision.
    Token(TokenNumber, i64),
    /// A token's session was stopped, or went on, at that time.
    Session(TokenNumber, i64, Moment),
    /// A dose.
    Dose(DoseId),
}

impl Fact {
    /// The token that it is about, as it stood.
    pub fn token(self) -> Option<(TokenNumber, i64)> {
        match self {
            Self::Token(number, revision) | Self::Session(number, revision, _) => Some((number, revision)),
            Self::Dose(_) => None,
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(number, revision) => write!(f, "token:{}:{revision}", number.value()),
            Self::Session(number, revision, at) => write!(f, "session:{}:{revision}:{}", number.value(), at.0),
            Self::Dose(id) => write!(f, "dose:{id}"),
        }
    }
}

/// A text that names no fact.
#[derive(Debug, thiserror::Error)]
#[error("names no fact that messages are about")]
pub struct BadFact;

impl FromStr for Fact {
    type Err = BadFact;

    fn from_str(text: &str) -> Result<Self, BadFact> {
        let mut pieces = text.split(':');
        let mut next = || pieces.next().ok_or(BadFact);
        let kind = next()?;
        if kind == "dose" {
            return next()?.parse().map(Self::Dose).map_err(|_| BadFact);
        }
        let number = format!("{:0>10}", next()?).parse().map_err(|_| BadFact)?;
        let revision = next()?.parse().map_err(|_| BadFact)?;
        match kind {
            "token" => Ok(Self::Token(number, revision)),
            "session" => next()?.parse().map(|at| Self::Session(number, revision, Moment(at))).map_err(|_| BadFact),
            _ => Err(BadFact),
        }
    }
}

/// A text with its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Variable(Variable),
}

/// Why a text cannot be a template's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadWording {
    /// Nothing is left of it.
    Empty,
    /// A brace without its other one.
    Brace,
    /// Braces around what this template does not know.
    Unknown(String),
    /// It does not say whose message it is.
    Nameless,
    /// A variable may be longer than the operator lets through.
    VariableTooLong {
        /// Which.
        variable: Variable,
        /// How long it can be.
        longest: usize,
        /// What the operator lets through.
        most: usize,
    },
    /// With the longest variables it takes too many parts.
    TooManyParts {
        /// How many.
        parts: usize,
        /// What the settings allow.
        most: usize,
    },
}

impl Wording {
    /// Reads a template's text.
    pub fn read(template: Template, text: &str) -> Result<Self, BadWording> {
        let mut pieces = Vec::new();
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(BadWording::Empty);
        }
        while let Some(at) = rest.find(['{', '}']) {
            let (plain, braced) = rest.split_at(at);
            if !plain.is_empty() {
                pieces.push(Piece::Plain(plain.to_owned()));
            }
            let (word, after) = braced.strip_prefix('{').and_then(|braced| braced.split_once('}')).ok_or(BadWording::Brace)?;
            let known = word.parse().ok().filter(|variable| template.variables().contains(variable));
            pieces.push(Piece::Variable(known.ok_or_else(|| BadWording::Unknown(word.to_owned()))?));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Plain(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// What keeps a text from being saved: with the longest variables, the operator or the budget would stop it.
    ///
    /// A name may be in Hindi letters in any language, and with one such letter the whole message is sent in the wide alphabet.
    pub fn check(&self, policy: &Policy, link: usize) -> Result<(), BadWording> {
        if !self.variables().any(|variable| matches!(variable, Variable::Name | Variable::Number)) {
            return Err(BadWording::Nameless);
        }
        for variable in self.variables() {
            let longest = variable.longest(policy, link);
            if longest > policy.variable {
                return Err(BadWording::VariableTooLong { variable, longest, most: policy.variable });
            }
        }
        let Parts { parts, .. } = self.most_parts(policy, link);
        if parts > policy.parts { Err(BadWording::TooManyParts { parts, most: policy.parts }) } else { Ok(()) }
    }

    /// How many parts it takes with the longest variables, and a name in Hindi letters.
    pub fn most_parts(&self, policy: &Policy, link: usize) -> Parts {
        Parts::of(&self.fill(|variable| {
            let letter = if variable == Variable::Name { "म" } else { "0" };
            letter.repeat(variable.longest(policy, link))
        }))
    }

    /// The variables in the text, in order.
    pub fn variables(&self) -> impl Iterator<Item = Variable> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(*variable),
            Piece::Plain(_) => None,
        })
    }

    /// The text with its variables filled in.
    pub fn fill(&self, value: impl Fn(Variable) -> String) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Plain(text) => text.clone(),
            Piece::Variable(variable) => value(*variable),
        };
        self.0.iter().map(piece).collect()
    }
}

impl fmt::Display for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fill(Variable::braced))
    }
}

impl Variable {
    /// As it stands in a text: `{name}`.
    pub fn braced(self) -> String {
        format!("{{{self}}}")
    }
}

/// The first word of a name.
pub fn first_name(name: &str) -> String {
    shortened(name.split(' ').next().unwrap_or(name), FIRST_NAME)
}

/// A text of at most so many characters; one that is too long ends with an ellipsis, so that nobody takes it for the whole.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most.saturating_sub(1)).chain(['…']).collect() }
}

/// What a message costs: its alphabet, its units in it, its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Whether it needs the wide alphabet (UCS-2) instead of GSM 7 bit.
    pub wide: bool,
    /// Units: seven bits, or UTF-16.
    pub units: usize,
    /// Parts that it is sent in.
    pub parts: usize,
}

/// The GSM 7-bit alphabet (3GPP TS 23.038).
const GSM: &str =
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Its extension: each takes an escape and a second unit.
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";

fn gsm_units(c: char) -> Option<usize> {
    if GSM.contains(c) { Some(1) } else { GSM_EXTENSION.contains(c).then_some(2) }
}

impl Parts {
    /// Of a text. What takes two units is never cut between two parts.
    pub fn of(text: &str) -> Self {
        let wide = text.chars().any(|c| gsm_units(c).is_none());
        let weight = |c: char| if wide { c.len_utf16() } else { gsm_units(c).unwrap_or(1) };
        let units = text.chars().map(weight).sum();
        let (alone, joined) = if wide { (70, 67) } else { (160, 153) };
        if units <= alone {
            return Self { wide, units, parts: 1 };
        }
        let (mut parts, mut used) = (1, 0);
        for weight in text.chars().map(weight) {
            if used + weight > joined {
                parts += 1;
                used = 0;
            }
            used += weight;
        }
        Self { wide, units, parts }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_counted_as_networks_count_them() {
        let of = |text: String| (Parts::of(&text).units, Parts::of(&text).parts);
        assert_eq!(of("a".repeat(160)), (160, 1));
        assert_eq!(of("a".repeat(161)), (161, 2));
        assert_eq!(of("a".repeat(306)), (306, 2));
        assert_eq!(of("a".repeat(307)), (307, 3));
        // An escape is never cut from its letter: each part ends one short.
        assert_eq!(of("€".repeat(80)), (160, 1));
        assert_eq!(of("€".repeat(76 * 2)), (304, 2));
        assert_eq!(of("€".repeat(76 * 2 + 1)), (306, 3));
        assert_eq!(of("क".repeat(70)), (70, 1));
        assert_eq!(of("क".repeat(71)), (71, 2));
        assert_eq!(of("क".repeat(134)), (134, 2));
        assert_eq!(of("क".repeat(135)), (135, 3));
        // Outside the basic plane a letter takes two units, together.
        assert_eq!(of("😀".repeat(35)), (70, 1));
        assert_eq!(of("😀".repeat(33 * 2 + 1)), (134, 3));
        assert!(Parts::of("टोकन").wide && !Parts::of("Token [1] €").wide);
    }

    #[test]
    fn a_text_says_what_is_wrong_with_it() {
        let read = |text: &str| Wording::read(Template::Reminder, text);
        assert_eq!(read("  "), Err(BadWording::Empty));
        assert_eq!(read("{name"), Err(BadWording::Brace));
        assert_eq!(read("name}"), Err(BadWording::Brace));
        assert_eq!(read("{nam}"), Err(BadWording::Unknown("nam".into())));
        // The secret code belongs to the token's own messages only.
        assert_eq!(read("{code}"), Err(BadWording::Unknown("code".into())));
        let policy = Policy::default();
        assert_eq!(read("Come tomorrow").unwrap().check(&policy, 30), Err(BadWording::Nameless));
        let link = BadWording::VariableTooLong { variable: Variable::Link, longest: 41, most: 40 };
        assert_eq!(read("{name} {link}").unwrap().check(&policy, 41), Err(link));
        let long = read(&format!("{{name}}{}", "क".repeat(67 * 4))).unwrap();
        assert_eq!(long.check(&policy, 30), Err(BadWording::TooManyParts { parts: 5, most: 4 }));
    }

    #[test]
    fn nights_are_quiet_across_midnight() {
        let policy = Policy::default();
        let day: super::super::moment::Day = "2021-03-30".parse().unwrap();
        let quiet = |hour: u32, minute: u32| policy.is_quiet(day.at_minute(hour * 60 + minute));
        assert_eq!([quiet(20, 59), quiet(21, 0), quiet(0, 0), quiet(7, 59), quiet(8, 0)], [false, true, true, true, false]);
        let siesta = Policy { quiet_from: 13 * 60, quiet_until: 15 * 60, ..Policy::default() };
        assert!(siesta.is_quiet(day.at_minute(14 * 60)) && !siesta.is_quiet(day.at_minute(22 * 60)));
        let never = Policy { quiet_from: 0, quiet_until: 0, ..Policy::default() };
        assert!(!never.is_quiet(day.at_minute(0)));
    }

    proptest! {
        #[test]
        fn what_was_read_is_written_back_and_filled_in(plain in "[^{}]{0,40}", at in 0_usize..10, value in "[^{}]{0,40}") {
            let variable = Template::Reminder.variables()[at];
            let text = format!("x{plain}{}y{plain}", variable.braced());
            let wording = Wording::read(Template::Reminder, &text).unwrap();
            prop_assert_eq!(wording.to_string(), text.trim());
            let filled = wording.fill(|_| value.clone());
            prop_assert_eq!(filled, format!("x{plain}{value}y{plain}").trim().to_owned());
        }

        #[test]
        fn reading_never_panics(text in ".{0,80}") {
            if let Ok(wording) = Wording::read(Template::TokenIssued, &text) {
                let _ = wording.check(&Policy::default(), 30);
            }
        }

        #[test]
        fn parts_hold_all_units_and_no_part_is_spare(text in "[a-zA-Z{}\\[\\]€ ]{0,700}|[क-ह😀 ]{0,300}") {
            let Parts { wide, units, parts } = Parts::of(&text);
            let (alone, joined) = if wide { (70, 67) } else { (160, 153) };
            prop_assert!(parts >= 1);
            if parts == 1 {
                prop_assert!(units <= alone);
            } else {
                prop_assert!(units > alone && units <= parts * joined && units > (parts - 1) * (joined - 1));
            }
        }

        #[test]
        fn a_checked_text_keeps_to_its_parts_whatever_fits_in(plain in "[a-z ]{0,200}", name in "[क-ह]{1,20}", centre in "[a-z{}]{1,40}") {
            let policy = Policy { parts: 9, ..Policy::default() };
            let wording = Wording::read(Template::Reminder, &format!("{{name}} {{centre}} {plain}")).unwrap();
            let most = wording.most_parts(&policy, 30);
            let filled = wording.fill(|variable| if variable == Variable::Name { name.clone() } else { centre.clone() });
            prop_assert!(Parts::of(&filled).parts <= most.parts);
        }
    }
}
