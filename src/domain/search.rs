//! What somebody types, or a scanner on USB types for them, into a search field.
//!
//! A code is known by its form and its check digit, never by how fast it came. Scanners put control characters before and
//! after it, and a stuck Caps Lock turns its letters small: neither matters.

use super::name_key::name_key;
use super::number::TokenNumber;
use super::person::{Mobile, digit};
use super::token::Unverified;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// Nothing.
    Nothing,
    /// The token of a slip, or of a number; ten digits may also be a mobile number.
    Token(TokenNumber, Option<Mobile>),
    /// A call number: the slot's two digits and the serial.
    Call(i64, i64),
    /// Everybody under a mobile number.
    Mobile(Mobile),
    /// Names that begin so, and a birth year if one was typed.
    Name(String, Option<i64>),
}

impl Sought {
    /// Reads it.
    pub fn read(text: &str) -> Self {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        let text = text.trim();
        if let Some(token) = slip(text) {
            return token;
        }
        let mobile = text.parse::<Mobile>().ok();
        match (text.parse::<TokenNumber>(), mobile, call_number(text)) {
            (Ok(number), mobile, _) => Self::Token(number, mobile),
            (_, Some(mobile), _) => Self::Mobile(mobile),
            (_, _, Some((slot, serial))) => Self::Call(slot, serial),
            _ => Self::name(text),
        }
    }

    fn name(text: &str) -> Self {
        let (years, words): (Vec<_>, Vec<_>) = text.split_whitespace().partition(|word| year(word).is_some());
        match name_key(&words.join(" ")) {
            key if key.is_empty() => Self::Nothing,
            key => Self::Name(key, years.first().and_then(|word| year(word))),
        }
    }
}

fn slip(text: &str) -> Option<Sought> {
    let capitals = text.to_uppercase();
    let token = Unverified::read(&capitals).ok()?;
    Some(Sought::Token(token.claims.number, None))
}

/// `03-042`
fn call_number(text: &str) -> Option<(i64, i64)> {
    let (slot, serial) = text.split_once('-')?;
    Some((few_digits(slot, 2)?, few_digits(serial, 5)?))
}

/// A number of so many digits at most, in either script.
fn few_digits(text: &str, most: usize) -> Option<i64> {
    let digits: Vec<u8> = text.chars().map(digit).collect::<Option<_>>()?;
    (1..=most).contains(&digits.len()).then(|| digits.iter().fold(0, |value, digit| value * 10 + i64::from(*digit)))
}

fn year(word: &str) -> Option<i64> {
    let digits: Vec<u8> = word.chars().map(digit).collect::<Option<_>>()?;
    let [thousands, hundreds, tens, ones] = <[u8; 4]>::try_from(digits).ok()?.map(i64::from);
    let value = ((thousands * 10 + hundreds) * 10 + tens) * 10 + ones;
    (1900..2100).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_by_its_form_whatever_surrounds_it() {
        let slips: serde_json::Value = serde_json::from_str(include_str!("../../tests/vectors/tokens.json")).unwrap();
        let qr = slips["cases"].as_array().unwrap().iter().find_map(|row| row["text"].as_str()).unwrap();
        let found = Sought::read(qr);
        assert!(matches!(found, Sought::Token(..)), "{qr}");
        for typed in [format!("\u{2}{qr}\r\n"), format!("{qr}\t"), format!(" \u{1d}{qr}\u{3} "), qr.to_lowercase()] {
            assert_eq!(Sought::read(&typed), found, "{typed:?}");
        }
        // Cut short it is no code, and nobody's name.
        assert!(!matches!(Sought::read(&qr[..qr.len() - 3]), Sought::Token(..)));
    }

    #[test]
    fn numbers_are_told_apart_by_their_check_digit() {
        let number = TokenNumber::from_nine(482_109_375).unwrap();
        assert_eq!(Sought::read(&format!("{number}\r")), Sought::Token(number, None));
        let mobile: Mobile = "98765 43210".parse().unwrap();
        assert!(matches!(Sought::read("+91 98765-43210"), Sought::Mobile(found) if found == mobile));
        // One mobile number in ten has the right check digit.
        let both = TokenNumber::from_nine(987_654_321).unwrap();
        assert!(matches!(Sought::read(&both.plain()), Sought::Token(number, Some(_)) if number == both));
        assert_eq!(Sought::read("03-042"), Sought::Call(3, 42));
        assert_eq!(Sought::read("०३-०४२"), Sought::Call(3, 42));
        // Mistyped, it finds nothing, which is said.
        assert!(matches!(Sought::read("4821 0937 5"), Sought::Name(..)));
        assert!(matches!(Sought::read("98765432101234567890"), Sought::Name(..)));
        assert_eq!(Sought::read(" \r\n"), Sought::Nothing);
    }

    #[test]
    fn a_name_may_come_with_a_birth_year() {
        assert_eq!(Sought::read("राम प्रसाद 1954"), Sought::read("१९५४ Ram Prasad"));
        assert_eq!(Sought::read("Raam"), Sought::Name("rm".into(), None));
    }
}
