//! Hindi and English. Every string stands in one list with both, so that a missing one does not compile.

mod acts;
mod doses;
mod facts;
pub mod help;
mod list;
mod messages;
mod portal;
mod sentences;
mod text;
mod when;

pub use text::{EN, HI, Text};

use crate::words::words;

words! {
    /// The language of a page.
    Lang {
        /// Hindi, unless asked otherwise.
        Hi = "hi",
        /// English.
        En = "en",
    }
}

impl Lang {
    /// The string for this language.
    pub fn pick<'a>(self, en: &'a str, hi: &'a str) -> &'a str {
        match self {
            Self::Hi => hi,
            Self::En => en,
        }
    }

    /// All strings of this language.
    pub fn text(self) -> &'static Text {
        match self {
            Self::Hi => &HI,
            Self::En => &EN,
        }
    }

    /// The other language.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Hi => Self::En,
            Self::En => Self::Hi,
        }
    }
}

/// A whole number with Indian grouping: `12,34,567`.
pub fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len() - at;
        if at > 0 && (left == 3 || (left > 3 && left % 2 == 1)) {
            out.push(',');
        }
        out.push(digit);
    }
    if value < 0 { format!("-{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_in_india() {
        for (value, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (120_000, "1,20,000"), (1_234_567, "12,34,567"), (-95_000, "-95,000")]
        {
            assert_eq!(grouped(value), text);
        }
    }
}
