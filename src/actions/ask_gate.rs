//! A gate asks before it admits somebody whom another gate might admit as well.

use uuid::Uuid;

use super::sync_gate::DownToken;
use crate::core::Core;
use crate::domain::number::TokenNumber;
use crate::error::Result;
use crate::storage::gate::Gate;

/// For how long a gate that has asked is believed to be admitting, in seconds.
const INTENT_SECONDS: i64 = 30;

/// What a gate says before it admits somebody of another's lane.
#[derive(Debug, serde::Deserialize)]
pub struct Ask {
    /// The scan that is about to be made.
    pub id: Uuid,
    /// The token.
    pub number: TokenNumber,
}

/// What the server knows of the token at this moment.
#[derive(Debug, serde::Serialize)]
pub struct Asked {
    /// The token, if the server has it.
    pub token: Option<DownToken>,
    /// The gate that is admitting it at this moment.
    pub taken_by: Option<String>,
}

/// Whoever asks first may.
pub async fn ask_gate(core: &Core, gate: &Gate, asked: &Ask) -> Result<Asked> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let before = tx.intend(asked.number, asked.id, gate.id, now, INTENT_SECONDS).await?;
    let token = tx.token_change(asked.number).await?;
    let taken_by = match before {
        Some((_, other)) => tx.gate(other).await?.map(|gate| gate.name),
        None => None,
    };
    tx.commit().await?;
    Ok(Asked { token: token.map(DownToken::from), taken_by })
}
