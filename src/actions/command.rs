//! A command's id and fingerprint: what makes every retry harmless.

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::chance::fingerprint;
use crate::domain::booking::Refusal;
use crate::error::{Error, Result};
use crate::storage::Tx;
use crate::storage::journal::Entry;

/// The id that a command got where it began, and the fingerprint of what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandId {
    /// One for each intention, whatever the number of tries.
    pub id: Uuid,
    /// The same id with another fingerprint is an error.
    pub body_hash: Vec<u8>,
}

impl CommandId {
    /// From whatever key the caller uses; each caller has keys of its own.
    pub fn new(actor: &str, key: &str, body: impl AsRef<[u8]>) -> Self {
        let hash = fingerprint(format!("{actor}\n{key}"));
        let bytes: [u8; 16] = hash[..16].try_into().expect("sixteen of 32 bytes");
        Self { id: uuid::Builder::from_custom_bytes(bytes).into_uuid(), body_hash: fingerprint(body) }
    }

    /// One try under this key: what is noted of it holds for the same body only, so that another one may be tried.
    #[must_use]
    pub fn as_try(&self) -> Self {
        let body = data_encoding::HEXLOWER.encode(&self.body_hash);
        Self::new("try", &format!("{} {body}", self.id), &self.body_hash)
    }

    /// The answer that this entry holds for the command.
    pub fn replay<T: DeserializeOwned>(&self, entry: &Entry) -> Result<T> {
        if entry.body_hash.as_deref() != Some(&self.body_hash) {
            return Err(Error::IdReused);
        }
        let stored: Stored<T> =
            serde_json::from_str(entry.answer.as_deref().unwrap_or("")).map_err(|error| Error::Internal(error.to_string()))?;
        match stored {
            Stored::Done(answer) => Ok(answer),
            Stored::Refused(refusal) => Err(Error::Refused(refusal)),
        }
    }

    /// The stored answer, when the command has been done before.
    pub async fn done_before<T: DeserializeOwned>(&self, tx: &mut Tx) -> Result<Option<T>> {
        tx.entries(&[self.id]).await?.first().map(|entry| self.replay(entry)).transpose()
    }

    /// Notes what the command did. An equal one that was faster ends this one, of which nothing is committed: asked again, it hears what the
    /// other did.
    pub async fn note<T: Serialize>(&self, tx: &mut Tx, note: Entry, answer: &T) -> Result<()> {
        let is_first = tx.add_entries(&[self.entry(note, Ok(answer))]).await?;
        if is_first { Ok(()) } else { Err(Error::Unavailable("the same command came twice at once".into())) }
    }

    /// What was noted as the entry that holds the command's answer.
    pub fn entry<T: Serialize>(&self, note: Entry, answer: Result<&T, &Refusal>) -> Entry {
        let stored = match answer {
            Ok(answer) => serde_json::to_string(&Stored::Done(answer)),
            Err(refusal) => serde_json::to_string(&Stored::<&T>::Refused(refusal.clone())),
        };
        Entry { id: self.id, body_hash: Some(self.body_hash.clone()), answer: stored.ok(), ..note }
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stored<T> {
    Done(T),
    Refused(Refusal),
}

/// Commits; what the database says then may leave the outcome unknown.
pub async fn commit(tx: Tx) -> Result<()> {
    tx.commit().await.map_err(|error| Error::OutcomeUnknown(error.to_string()))
}
