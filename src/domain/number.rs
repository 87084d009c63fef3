//! Numbers that people read aloud: the token's number and the call number.
//!
//! A token's number is ten digits, `4821 0937 53`. The first nine are a running index sent through a keyed permutation, so
//! that nobody can guess a neighbour's; the tenth is a Damm check digit, which catches every single mistyped digit and
//! every swap of two neighbours without asking a server.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;

/// How many indexes the permutation covers: nine digits.
const INDEXES: u64 = 1_000_000_000;

/// The quasigroup of order ten from H. Michael Damm's thesis (Marburg, 2004).
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

fn damm(digits: impl Iterator<Item = u8>) -> u8 {
    digits.fold(0, |state, digit| DAMM[state as usize][digit as usize])
}

fn digits_of(value: i64, width: u32) -> impl Iterator<Item = u8> {
    (0..width).rev().map(move |place| ((value / 10_i64.pow(place)) % 10) as u8)
}

/// A token's number: ten digits, the last of them a check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenNumber(i64);

/// A text that is not a token's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    /// Not ten digits.
    #[error("a token's number has ten digits")]
    Length,
    /// Ten digits, one of them mistyped.
    #[error("the check digit does not match: type the number again")]
    CheckDigit,
}

impl TokenNumber {
    /// Adds the check digit to nine digits.
    ///
    /// Fails when `nine` is not within nine digits.
    pub fn from_nine(nine: i64) -> Result<Self, BadNumber> {
        if !(0..INDEXES as i64).contains(&nine) {
            return Err(BadNumber::Length);
        }
        Ok(Self(nine * 10 + i64::from(damm(digits_of(nine, 9)))))
    }

    /// The nine digits before the check digit: what the QR code carries.
    pub fn nine(self) -> i64 {
        self.0 / 10
    }

    /// The ten digits as one integer.
    pub fn value(self) -> i64 {
        self.0
    }

    /// The ten digits without spaces, for URLs.
    pub fn plain(self) -> String {
        format!("{:010}", self.0)
    }
}

impl fmt::Display for TokenNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.plain();
        write!(f, "{} {} {}", &digits[..4], &digits[4..8], &digits[8..])
    }
}

impl FromStr for TokenNumber {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let mut digits = Vec::with_capacity(10);
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            digits.push(super::person::digit(c).ok_or(BadNumber::Length)?);
        }
        if digits.len() != 10 {
            return Err(BadNumber::Length);
        }
        if damm(digits.iter().copied()) != 0 {
            return Err(BadNumber::CheckDigit);
        }
        Ok(Self(digits.iter().fold(0, |value, digit| value * 10 + i64::from(*digit))))
    }
}

impl serde::Serialize for TokenNumber {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.plain())
    }
}

impl<'de> serde::Deserialize<'de> for TokenNumber {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The keyed permutation of nine digits: a Feistel network over 30 bits, walked until it lands within nine digits.
pub struct NumberKey(hmac::Key);

impl NumberKey {
    const ROUNDS: u8 = 6;
    const HALF: u32 = 15;
    const MASK: u64 = (1 << Self::HALF) - 1;

    /// A permutation from 32 secret bytes.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The number at a running index.
    ///
    /// Fails when all thousand million numbers are used.
    pub fn number(&self, index: i64) -> Result<TokenNumber, BadNumber> {
        if !(0..INDEXES as i64).contains(&index) {
            return Err(BadNumber::Length);
        }
        let mut value = self.shuffle(index as u64);
        while value >= INDEXES {
            value = self.shuffle(value);
        }
        TokenNumber::from_nine(value as i64)
    }

    /// The running index of a number: whoever lacks the key cannot make a number of a given index.
    pub fn index(&self, number: &TokenNumber) -> i64 {
        let mut value = self.unshuffle(number.nine() as u64);
        while value >= INDEXES {
            value = self.unshuffle(value);
        }
        value as i64
    }

    fn shuffle(&self, value: u64) -> u64 {
        let (mut left, mut right) = (value >> Self::HALF, value & Self::MASK);
        for round in 0..Self::ROUNDS {
            (left, right) = (right, left ^ self.word(round, right));
        }
        (left << Self::HALF) | right
    }

    fn unshuffle(&self, value: u64) -> u64 {
        let (mut left, mut right) = (value >> Self::HALF, value & Self::MASK);
        for round in (0..Self::ROUNDS).rev() {
            (left, right) = (right ^ self.word(round, left), left);
        }
        (left << Self::HALF) | right
    }

    /// What a round mixes in, out of one half.
    fn word(&self, round: u8, half: u64) -> u64 {
        let mut block = [round; 9];
        block[1..].copy_from_slice(&half.to_be_bytes());
        let tag = hmac::sign(&self.0, &block);
        u64::from_be_bytes(tag.as_ref()[..8].try_into().expect("a tag of 32 bytes")) & Self::MASK
    }
}

/// What is called in the hall: the slot's number among the centre's slots of the day, and the serial in it. `03-042`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallNumber {
    /// 1 to 99.
    pub slot: i64,
    /// 1 for the first token of the slot.
    pub serial: i64,
}

impl fmt::Display for CallNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:03}", self.slot, self.serial)
    }
}

impl serde::Serialize for CallNumber {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_permutation_gives_each_index_its_own_number() {
        let key = NumberKey::new(&[7; 32]);
        let numbers: HashSet<_> = (0..20_000).map(|index| key.number(index).unwrap().value()).collect();
        assert_eq!(numbers.len(), 20_000);
        assert!((0..20_000).all(|index| key.index(&key.number(index).unwrap()) == index));
        assert!(key.number(INDEXES as i64).is_err());
    }

    proptest! {
        #[test]
        fn one_wrong_digit_or_one_swap_is_always_caught(nine in 0..INDEXES as i64, place in 0_usize..10, digit in 0_u8..10) {
            let right = TokenNumber::from_nine(nine).unwrap().plain().into_bytes();
            let mut wrong = right.clone();
            wrong[place] = b'0' + digit;
            let mut swapped = right.clone();
            swapped.swap(place.min(8), place.min(8) + 1);
            for typed in [wrong, swapped] {
                let read = String::from_utf8(typed.clone()).unwrap().parse::<TokenNumber>();
                prop_assert_eq!(read.is_ok(), typed == right);
            }
        }
    }

    #[test]
    fn numbers_are_read_with_spaces_and_devanagari_digits() {
        let number = TokenNumber::from_nine(482_109_375).unwrap();
        assert_eq!(number.to_string().parse(), Ok(number));
        let devanagari: String = number.plain().chars().map(|c| char::from_u32(c as u32 - 48 + 0x966).unwrap()).collect();
        assert_eq!(devanagari.parse(), Ok(number));
        assert_eq!("482109375".parse::<TokenNumber>(), Err(BadNumber::Length));
    }
}
