//! Putting the journal under seals, a while after it was written and beside it: no verb waits for this.

use std::time::Duration;

use crate::core::Core;
use crate::domain::seal::{SPAN, write_marks};
use crate::error::Result;
use crate::storage::seal::Seal;

/// How often it is looked whether those who were adding are done, and how long to wait at most. Then it is tried again a turn later.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: usize = 100;

/// Seals what has come in since the last seal, a span at a time; true: there is more. Of two processes that seal the same span one is first, and
/// the other's seal is dropped.
pub async fn seal_journal(core: &Core) -> Result<bool> {
    let now = core.clock.now();
    let Some(end) = settled_end(core).await? else { return Ok(false) };
    let mut tx = core.read().await?;
    let last = tx.last_seal().await?;
    let (number, after_seq) = last.as_ref().map_or((1, 0), |last| (last.number + 1, last.until_seq));
    let until_seq = end.min(after_seq + SPAN);
    let mut marks = Vec::new();
    tx.walk_journal(after_seq, until_seq, |entry| marks.push(entry.mark())).await?;
    tx.commit().await?;
    // Numbers that came to nothing wait for the entries that follow.
    if marks.is_empty() && until_seq < after_seq + SPAN {
        return Ok(false);
    }
    let marks = write_marks(after_seq, &marks);
    let mut seal = Seal { number, after_seq, until_seq, sealed_at: now, marks, hash: Vec::new(), proof: Vec::new() };
    seal.hash = seal.hash_after(last.as_ref().map_or(b"", |last| &last.hash));
    seal.proof = core.keys().prove_seal(&seal.hash);
    let mut tx = core.write().await?;
    let is_first = tx.add_seal(&seal).await?;
    tx.commit().await?;
    Ok(is_first && until_seq < end)
}

/// The last seal, which an officer may write down.
pub async fn last_seal(core: &Core) -> Result<Option<Seal>> {
    Ok(core.read().await?.last_seal().await?)
}

/// A running number up to which nothing more can come in: everybody who was adding when it was the last one is done. Nothing: somebody
/// takes too long.
async fn settled_end(core: &Core) -> Result<Option<i64>> {
    let end = core.read().await?.journal_end().await?;
    for _ in 0..LOOKS {
        if end.adding.is_empty() || !core.read().await?.still_adding(&end.adding).await? {
            return Ok(Some(end.seq));
        }
        tokio::time::sleep(LOOK).await;
    }
    tracing::warn!("the journal is not sealed yet: a transaction that adds to it stays open");
    Ok(None)
}
