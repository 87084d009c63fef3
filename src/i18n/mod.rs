//! Hindi and English, and what a district adds in a third language. Every string of the screens stands in one list with both, so that a missing one does not compile.

/// Picks one of two formatted texts.
macro_rules! say {
    ($lang:expr, $en:literal, $hi:literal) => {
        match $lang {
            $crate::i18n::Lang::En => format!($en),
            $crate::i18n::Lang::Hi => format!($hi),
        }
    };
}

mod acts;
mod charge;
mod day;
mod doses;
mod facts;
pub mod help;
mod list;
mod messages;
mod portal;
mod sentences;
mod text;
mod third;
mod tongue;
mod when;

pub use text::{EN, HI, Text};
pub use third::{SlipWords, Third, Voice};
pub use tongue::Tongue;

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
    use std::collections::HashMap;
    use std::path::Path;

    use super::*;

    /// The text of every file below a folder, but the list of strings itself.
    fn read(folder: &Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, into);
            } else if !path.ends_with("i18n/text.rs") {
                into.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
            }
        }
    }

    #[test]
    fn every_string_is_said_somewhere_and_once() {
        let (home, mut said) = (Path::new(env!("CARGO_MANIFEST_DIR")), String::new());
        read(&home.join("templates"), &mut said);
        read(&home.join("src"), &mut said);
        let words: std::collections::HashSet<&str> = said.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).collect();
        let rows = include_str!("text.rs").lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(';')?.split_once(": \""));
        let mut seen = HashMap::new();
        for (name, texts) in rows {
            assert!(words.contains(name), "nothing says {name}");
            if let Some(other) = seen.insert(texts, name) {
                panic!("{other} and {name} are the same string");
            }
        }
        assert!(seen.len() > 500, "the list was not read");
    }

    #[test]
    fn numbers_are_grouped_as_in_india() {
        for (value, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (120_000, "1,20,000"), (1_234_567, "12,34,567"), (-95_000, "-95,000")]
        {
            assert_eq!(grouped(value), text);
        }
    }
}
