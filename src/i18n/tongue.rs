//! In which language somebody is told things.

use std::fmt;
use std::str::FromStr;

use super::Lang;
use crate::domain::tongue::{BadCode, Code};
use crate::words::as_json_text;

/// One of the two of the screens, or a district's third one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tongue {
    /// As the screens are.
    Screen(Lang),
    /// As a district has it; where it has not, Hindi.
    Third(Code),
}

impl From<Lang> for Tongue {
    fn from(lang: Lang) -> Self {
        Self::Screen(lang)
    }
}

impl fmt::Display for Tongue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Screen(lang) => lang.fmt(f),
            Self::Third(code) => code.fmt(f),
        }
    }
}

impl FromStr for Tongue {
    type Err = BadCode;

    fn from_str(text: &str) -> Result<Self, BadCode> {
        text.parse().map(Self::Screen).or_else(|_| text.parse().map(Self::Third))
    }
}

as_json_text!(Tongue);
