//! The database itself, its tables, the keys, the clock and the disk.

use std::path::Path;

use super::{Finding, lasted, minute};
use crate::domain::moment::Moment;
use crate::keyring::Keyring;
use crate::storage::Tx;
use crate::storage::checkup::Tables;

/// A clock that is behind by less is another machine's.
const BEHIND: i64 = 120;

/// With less than this free a day may not end well; with less than that it may not begin.
const LITTLE: u64 = 2 << 30;
const TOO_LITTLE: u64 = 256 << 20;

pub(super) async fn database(tx: &mut Tx) -> sqlx::Result<Finding> {
    const ABOUT: &str = "database";
    let engine = tx.engine().await?;
    if engine.faults.is_empty() {
        let told =
            if matches!(tx, Tx::Sqlite(_)) { "whole, and every row that is pointed at is there" } else { "keeps what it has answered" };
        return Ok(Finding::good(ABOUT, format!("{}: {told}", engine.version)));
    }
    let advice = match tx {
        Tx::Sqlite(_) => "Stop the server, keep this file as it is, and bring the last good copy back with baari restore COPY.",
        Tx::Postgres(_) => "Switch it on in postgresql.conf and reload the cluster.",
    };
    Ok(Finding::wrong(ABOUT, [vec![engine.version], engine.faults].concat(), advice))
}

pub(super) fn tables(tables: Tables) -> Finding {
    const ABOUT: &str = "tables";
    let wrong = |told: &str, advice: &str| Finding::wrong(ABOUT, vec![told.to_owned()], advice);
    match tables {
        Tables::Current(steps) => Finding::good(ABOUT, format!("up to date, {steps} steps")),
        Tables::None => wrong("there are none", "Nothing of Baari is in this database. Name the right one with --data or --database."),
        Tables::Old => wrong("older than this program", "Start the server once: it brings them up to date. Then run baari doctor again."),
        Tables::Other => wrong("made by a newer program, or by another one", "Run the same version of baari as the server does."),
    }
}

pub(super) fn keys(keys: &Result<Keyring, String>, unusable: &[i64]) -> Finding {
    const ABOUT: &str = "keys";
    match keys {
        Err(error) => {
            let advice =
                "Without the right master key no token can be signed and no seal checked. Bring the copy of it that is kept elsewhere.";
            Finding::wrong(ABOUT, vec![error.clone()], advice)
        }
        Ok(_) if !unusable.is_empty() => {
            let lines = unusable.iter().map(|kid| format!("signing key {kid} cannot be used")).collect();
            Finding::wrong(ABOUT, lines, "Somebody has changed it. Bring the last good copy back, or make a new one with baari key rotate.")
        }
        Ok(keys) => {
            let told = format!("the master key opens everything; key {} signs, {} in all", keys.signer.kid(), keys.publics().len());
            Finding::good(ABOUT, told)
        }
    }
}

pub(super) async fn clock(tx: &mut Tx, now: Moment) -> sqlx::Result<Finding> {
    const ABOUT: &str = "clock";
    Ok(match tx.newest().await? {
        Some(newest) if newest - now > BEHIND => {
            let told = format!("it is {} here, and something was written at {}", minute(now), minute(newest));
            Finding::wrong(ABOUT, vec![told], "Set this machine's clock, or find out which server's clock is ahead.")
        }
        Some(newest) => Finding::good(ABOUT, format!("{}; the newest entry is {} old", minute(now), lasted(now - newest))),
        None => Finding::good(ABOUT, minute(now)),
    })
}

/// The room that is left where the folder lies.
pub fn disk(folder: &Path) -> Finding {
    const ABOUT: &str = "disk";
    let free = match rustix::fs::statvfs(folder) {
        Ok(told) => told.f_bavail * told.f_frsize,
        Err(error) => return Finding::watch(ABOUT, vec![format!("{} cannot be looked at: {error}", folder.display())]),
    };
    let told = format!("{}.{} GB free at {}", free >> 30, ((free >> 20) & 1023) * 10 / 1024, folder.display());
    if free < TOO_LITTLE {
        Finding::wrong(ABOUT, vec![told], "Make room now: without it nothing can be written any more.")
    } else if free < LITTLE {
        Finding::watch(ABOUT, vec![told, "Make room soon.".into()])
    } else {
        Finding::good(ABOUT, told)
    }
}
