//! `baari doctor`: whether the house is in order, a line a check, and what to do where it is not. Nothing here writes.

mod chain;
mod house;
mod work;

use std::fmt;

use crate::domain::moment::Moment;
use crate::keyring::{KeyError, Keyring, MasterKey, unusable_keys};
use crate::storage::Tx;
use crate::storage::checkup::Tables;

pub use chain::Known;
pub use house::disk;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// All is well.
    Good,
    /// Somebody should look at it; nothing is broken.
    Watch,
    /// Something is wrong.
    Wrong,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a word.
    pub about: &'static str,
    /// How it is.
    pub health: Health,
    /// The same in words; each line after the first is one more thing, and the last says what to do.
    pub lines: Vec<String>,
}

impl Finding {
    fn good(about: &'static str, told: impl Into<String>) -> Self {
        Self { about, health: Health::Good, lines: vec![told.into()] }
    }

    fn watch(about: &'static str, lines: Vec<String>) -> Self {
        Self { about, health: Health::Watch, lines }
    }

    fn wrong(about: &'static str, mut lines: Vec<String>, advice: &str) -> Self {
        lines.push(advice.to_owned());
        Self { about, health: Health::Wrong, lines }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.health {
            Health::Good => '✓',
            Health::Watch => '!',
            Health::Wrong => '✗',
        };
        write!(f, "{mark} {:<9} {}", self.about, self.lines.join("\n            "))
    }
}

/// Looks at everything that the database shows, in one snapshot. `known` are seals that somebody has written down.
pub async fn examine(tx: &mut Tx, master: Result<MasterKey, KeyError>, known: &[Known], now: Moment) -> sqlx::Result<Vec<Finding>> {
    let mut found = vec![house::database(tx).await?];
    let tables = tx.tables().await?;
    found.push(house::tables(tables));
    if !matches!(tables, Tables::Current(_)) {
        return Ok(found);
    }
    let keys = match &master {
        Ok(master) => Keyring::read(tx, master).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let unusable = match &master {
        Ok(master) if keys.is_ok() => unusable_keys(tx, master).await.unwrap_or_default(),
        _ => Vec::new(),
    };
    found.push(house::keys(&keys, &unusable));
    found.push(work::places(tx).await?);
    found.push(work::numbers(tx).await?);
    found.push(chain::journal(tx, keys.as_ref().ok(), known, now).await?);
    found.extend(work::waiting(tx, now).await?);
    found.push(house::clock(tx, now).await?);
    Ok(found)
}

/// A moment as it stands in a line: `2021-03-30 11:07`.
fn minute(at: Moment) -> String {
    at.local().format("%Y-%m-%d %H:%M").to_string()
}

/// How long something took, roughly.
fn lasted(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{} s", seconds.max(0)),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
