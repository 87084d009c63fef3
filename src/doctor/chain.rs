//! The journal under its seals: whether the chain is unbroken, and if not, where and by what.

use std::fmt;
use std::str::FromStr;

use super::{Finding, lasted, minute};
use crate::domain::moment::Moment;
use crate::domain::seal::{Broken, Mark, compare, read_marks};
use crate::keyring::Keyring;
use crate::storage::Tx;
use crate::storage::seal::Seal;

const ABOUT: &str = "journal";

/// How many seals are read at a time.
const PIECE: i64 = 200;

/// How many broken entries are named.
const NAMED: usize = 3;

/// For how long entries may wait for their seal, in seconds.
const UNSEALED: i64 = 10 * 60;

/// What to do when the chain is broken.
const ADVICE: &str =
    "Somebody has changed the database by hand. Keep it as it is, compare with the last good copy, and ask who had access.";

/// A seal as somebody wrote it down: `12:KX7F-2MQA`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    number: i64,
    word: String,
}

impl FromStr for Known {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a seal is written as its number, a colon and its check word, such as 12:KX7F-2MQA";
        let (number, word) = text.split_once(':').ok_or(FORM)?;
        let word: String = word.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
        let (first, second) = word.split_at_checked(4).filter(|_| word.len() == 8).ok_or(FORM)?;
        Ok(Self { number: number.trim().parse().map_err(|_| FORM)?, word: format!("{first}-{second}") })
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.word)
    }
}

/// How far the chain was followed.
#[derive(Default)]
struct Followed {
    last: Option<Seal>,
    entries: usize,
    unknown: Vec<Known>,
}

/// Follows the chain from its first seal to its last, and looks at what is not sealed yet.
pub(super) async fn journal(tx: &mut Tx, keys: Option<&Keyring>, known: &[Known], now: Moment) -> sqlx::Result<Finding> {
    let Some(keys) = keys else {
        return Ok(Finding::watch(ABOUT, vec!["the seals cannot be checked without the keys".into()]));
    };
    let mut followed = Followed { unknown: known.to_vec(), ..Followed::default() };
    if let Some(broken) = follow(tx, keys, &mut followed).await? {
        return Ok(Finding::wrong(ABOUT, broken, ADVICE));
    }
    let last = followed.last.as_ref();
    let told = last.map_or("no seal yet".to_owned(), |last| {
        format!("unbroken up to seal {}, check word {}; {} entries under seal", last.number, last.word(), followed.entries)
    });
    if let Some(missing) = followed.unknown.first() {
        let lines = vec![told, format!("seal {missing} was written down and is not in the chain")];
        let advice = "The chain was cut off or made anew after it was written down, or the database was brought back from an older copy.";
        return Ok(Finding::wrong(ABOUT, lines, advice));
    }
    if !tx.is_journal_guarded().await? {
        let lines = vec![told, "the database would let entries be changed and removed".into()];
        return Ok(Finding::wrong(
            ABOUT,
            lines,
            "Somebody has taken the guard away. Start a server again: it puts it back. Ask who had access.",
        ));
    }
    let (entries, first) = tx.unsealed(last.map_or(i64::MIN, |last| last.until_seq)).await?;
    let Some(first) = first else { return Ok(Finding::good(ABOUT, told)) };
    let waits = format!("{told}; {entries} not sealed yet, the first of them {} old", lasted(now - first));
    Ok(if now - first > UNSEALED {
        Finding::watch(
            ABOUT,
            vec![waits, "A running server seals them within a minute or two. Is one running, and what does it say?".into()],
        )
    } else {
        Finding::good(ABOUT, waits)
    })
}

/// Follows the chain; what is said of the first seal that is broken.
async fn follow(tx: &mut Tx, keys: &Keyring, followed: &mut Followed) -> sqlx::Result<Option<Vec<String>>> {
    loop {
        let seals = tx.seals_after(followed.last.as_ref().map_or(i64::MIN, |last| last.number), PIECE).await?;
        let Some(end) = seals.last().map(|seal| seal.until_seq) else { return Ok(None) };
        let first = followed.last.as_ref().map_or(i64::MIN, |last| last.until_seq);
        let mut there = Vec::new();
        tx.walk_journal(first, end, |entry| there.push(entry.mark())).await?;
        let mut there = there.as_slice();
        for seal in seals {
            if let Some(fault) = misfit(&seal, followed.last.as_ref(), keys) {
                return Ok(Some(vec![fault]));
            }
            let (own, later) = there.split_at(there.partition_point(|mark| mark.seq <= seal.until_seq));
            there = later;
            let sealed = read_marks(seal.after_seq, &seal.marks);
            let broken = compare(&sealed, own);
            if !broken.is_empty() {
                return Ok(Some(told(tx, &seal, &broken, &sealed).await?));
            }
            followed.entries += own.len();
            let word = seal.word();
            followed.unknown.retain(|known| known.number != seal.number || known.word != word);
            followed.last = Some(seal);
        }
    }
}

/// Why a seal does not go with the one before it, or is none of ours.
fn misfit(seal: &Seal, before: Option<&Seal>, keys: &Keyring) -> Option<String> {
    let (number, after, hash) = before.map_or((1, 0, [].as_slice()), |before| (before.number + 1, before.until_seq, &before.hash));
    if seal.number != number {
        return Some(format!("seal {number} is missing, seal {} follows", seal.number));
    }
    if seal.after_seq != after || seal.hash != seal.hash_after(hash) || !keys.has_sealed(&seal.hash, &seal.proof) {
        return Some(format!("seal {number} of {} was changed, or made by somebody else", minute(seal.sealed_at)));
    }
    None
}

/// What became of the entries under a seal.
async fn told(tx: &mut Tx, seal: &Seal, broken: &[Broken], sealed: &[Mark]) -> sqlx::Result<Vec<String>> {
    let count = |is: fn(&Broken) -> bool| broken.iter().filter(|one| is(one)).count();
    let parts = [
        (count(|one| matches!(one, Broken::Missing(_))), "missing"),
        (count(|one| matches!(one, Broken::Changed(_))), "changed"),
        (count(|one| matches!(one, Broken::SlippedIn(_))), "slipped in"),
    ];
    let parts: Vec<_> = parts.iter().filter(|(count, _)| *count > 0).map(|(count, how)| format!("{count} {how}")).collect();
    let mut lines =
        vec![format!("seal {} of {} is broken: of {} entries {}", seal.number, minute(seal.sealed_at), sealed.len(), parts.join(", "))];
    for one in broken.iter().take(NAMED) {
        let (seq, how) = match one {
            Broken::Missing(seq) => (*seq, "is missing"),
            Broken::Changed(seq) => (*seq, "was changed"),
            Broken::SlippedIn(seq) => (*seq, "was slipped in"),
        };
        let mut says = String::new();
        tx.walk_journal(seq - 1, seq, |row| {
            let about = row.entry.subject.as_deref().unwrap_or("-");
            says = format!("; it says: {} {} {} {about}", minute(row.entry.at), row.entry.actor, row.entry.act);
        })
        .await?;
        lines.push(format!("entry {seq} {how}{says}"));
    }
    if broken.len() > NAMED {
        lines.push(format!("and {} more", broken.len() - NAMED));
    }
    Ok(lines)
}
