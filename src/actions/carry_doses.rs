//! Doses that go to the headquarters by hand, because no link ever comes: written out, taken in, acknowledged.

use std::collections::HashMap;

use data_encoding::BASE64URL_NOPAD;

use super::Actor;
use super::command::commit;
use super::take_in_doses::TakenIn;
use crate::chance::fingerprint;
use crate::core::Core;
use crate::domain::signed_file::{BadFile, Holds, read, thumbprint, write};
use crate::error::{Error, Result};
use crate::ids::DoseId;
use crate::storage::Tx;
use crate::storage::carry::{Carried, TrustedKey};
use crate::storage::journal::Act;

/// How many rows are looked up together.
pub(super) const SOME: usize = 500;

/// A row of an acknowledgement.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Acknowledged {
    dose: DoseId,
    /// A fingerprint of what the file said of it.
    content: String,
}

/// A fingerprint of what must be the same here and there: who was given what, where, when and by whom, and whether it still counts.
pub(super) fn content(row: &Carried) -> Vec<u8> {
    let Carried { dose, person, number, vaccine, given_on, given_at, batch, vaccinator, centre, .. } = row;
    let Carried { name, birth_year, gender, mobile, id_type, id_end, withdrawn_at, .. } = row;
    let given = (dose, person, number, vaccine, given_on, given_at, batch, vaccinator, centre);
    let to = (name, birth_year, gender, mobile, id_type, id_end);
    // Ids, numbers and words alone: they are always written the same way.
    fingerprint(serde_json::to_vec(&(given, to, withdrawn_at.is_some())).unwrap_or_default())
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// The file.
    #[error(transparent)]
    File(#[from] BadFile),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<sqlx::Error> for CarryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}

/// A file of everything that is not on the portal, and of what has changed since it was in a file; how many doses it holds. Here they
/// stay in line until they are acknowledged.
pub async fn export_doses(core: &Core, actor: &Actor) -> Result<(Vec<u8>, usize)> {
    let mut tx = core.write().await?;
    let doses = tx.unsent_doses().await?;
    for some in doses.chunks(SOME) {
        let new: Vec<_> = some.iter().filter(|row| row.withdrawn_at.is_none()).map(|row| row.dose).collect();
        tx.begin_carrying(&new).await?;
    }
    tx.add_entries(&[core.note(actor, Act::ExportDoses, Some(format!("doses:{}", doses.len())))]).await?;
    commit(tx).await?;
    let file = write(Holds::Doses, &doses, core.clock.now(), &core.keys().signer).map_err(|error| Error::Internal(error.to_string()))?;
    Ok((file, doses.len()))
}

/// The keys that are believed, by fingerprint.
pub(super) async fn trusted(core: &Core, tx: &mut Tx) -> Result<HashMap<String, TrustedKey>> {
    let mut keys: HashMap<_, _> = tx.trusted_keys().await?.into_iter().map(|key| (key.thumbprint.clone(), key)).collect();
    // One's own file, brought back, does no harm.
    for (_, public) in core.keys().publics() {
        let (thumbprint, public) = (thumbprint(public), public.to_vec());
        keys.entry(thumbprint.clone()).or_insert(TrustedKey { thumbprint, name: "here".into(), public });
    }
    Ok(keys)
}

/// The file that says which doses are on record here.
pub fn acknowledge(core: &Core, taken: &TakenIn) -> Result<Vec<u8>> {
    let row = |(dose, content): &(DoseId, Vec<u8>)| Acknowledged { dose: *dose, content: BASE64URL_NOPAD.encode(content) };
    let rows: Vec<_> = taken.on_record.iter().map(row).collect();
    write(Holds::Ack, &rows, core.clock.now(), &core.keys().signer).map_err(|error| Error::Internal(error.to_string()))
}

/// Takes an acknowledgement in: its doses are the headquarters' to upload. How many of ours were still waiting.
pub async fn import_ack(core: &Core, actor: &Actor, bytes: &[u8]) -> Result<u64, CarryError> {
    let mut tx = core.write().await?;
    let keys = trusted(core, &mut tx).await?;
    let (_, rows) = read::<Acknowledged>(Holds::Ack, bytes, |key| keys.get(key).map(|key| key.public.clone()))?;
    let mut cleared = 0;
    for some in rows.chunks(SOME) {
        let ids: Vec<_> = some.iter().map(|row| row.dose).collect();
        cleared += tx.hand_over_uploads(&ids).await?;
        // What was changed after the file was written goes into the next one.
        let here: HashMap<_, _> =
            tx.carried_doses(&ids).await?.iter().map(|row| (row.dose, BASE64URL_NOPAD.encode(&content(row)))).collect();
        let (same, changed): (Vec<_>, Vec<_>) =
            some.iter().filter(|row| here.contains_key(&row.dose)).partition(|row| here.get(&row.dose) == Some(&row.content));
        for (rows, is_same) in [(same, true), (changed, false)] {
            tx.set_carried(&rows.iter().map(|row| row.dose).collect::<Vec<_>>(), is_same).await?;
        }
    }
    tx.add_entries(&[core.note(actor, Act::ImportAck, Some(format!("doses:{cleared}")))]).await?;
    commit(tx).await?;
    Ok(cleared)
}

/// Trusts a key no more. False: it was not trusted.
pub async fn distrust_key(core: &Core, actor: &Actor, fingerprint: &str) -> Result<bool> {
    let mut tx = core.write().await?;
    let Some(name) = tx.distrust_key(fingerprint, core.clock.now()).await? else { return Ok(false) };
    tx.add_entries(&[core.note(actor, Act::DistrustKey, Some(format!("key:{name}")))]).await?;
    commit(tx).await?;
    Ok(true)
}

/// Trusts the keys of a JWK set under a name. Their fingerprints.
pub async fn trust_keys(core: &Core, actor: &Actor, name: &str, jwks: &str) -> Result<Vec<String>> {
    let wrong = || Error::Malformed("this is no JWK set with P-256 keys, as /.well-known/jwks.json and baari key public give it".into());
    let set: serde_json::Value = serde_json::from_str(jwks).map_err(|_| wrong())?;
    let mut tx = core.write().await?;
    let mut trusted = Vec::new();
    for key in set["keys"].as_array().ok_or_else(wrong)? {
        let coordinate = |name: &str| {
            let bytes = key[name].as_str().and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
            bytes.filter(|bytes| bytes.len() == 32)
        };
        let (Some(x), Some(y), Some("P-256")) = (coordinate("x"), coordinate("y"), key["crv"].as_str()) else { return Err(wrong()) };
        let public = [&[4][..], &x, &y].concat();
        let row = TrustedKey { thumbprint: thumbprint(&public), name: name.to_owned(), public };
        tx.trust_key(&row, core.clock.now()).await?;
        tx.add_entries(&[core.note(actor, Act::TrustKey, Some(format!("key:{name}")))]).await?;
        trusted.push(row.thumbprint);
    }
    commit(tx).await?;
    if trusted.is_empty() { Err(wrong()) } else { Ok(trusted) }
}
