//! Doses that go to the headquarters by hand, because no link ever comes: written out, taken in, acknowledged.

use std::collections::{HashMap, HashSet};

use super::Actor;
use super::command::commit;
use crate::chance::fingerprint;
use crate::core::Core;
use crate::domain::care::Needs;
use crate::domain::signed_file::{BadFile, Holds, read, thumbprint, write};
use crate::error::{Error, Result};
use crate::ids::DoseId;
use crate::storage::Tx;
use crate::storage::carry::{Carried, TrustedKey};
use crate::storage::journal::Act;
use crate::storage::person::{Beneficiary, Identity};
use crate::storage::upload::NewUpload;

/// How many rows are looked up together.
const SOME: usize = 500;

/// What became of a file.
#[derive(Debug, Clone, Default)]
pub struct TakenIn {
    /// Whose file it is.
    pub from: String,
    /// Doses that are new here.
    pub new: usize,
    /// Doses that were here already: the file, or another one, was taken in before.
    pub known: usize,
    /// Doses that were left out: the file's row, and why.
    pub left_out: Vec<(usize, String)>,
    /// All that are on record here now: what is acknowledged.
    pub on_record: Vec<DoseId>,
}

/// A row of an acknowledgement.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Acknowledged {
    dose: DoseId,
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

/// A file of everything that is not on the portal, and how many doses it holds. Nothing changes here until it is acknowledged.
pub async fn export_doses(core: &Core, actor: &Actor) -> Result<(Vec<u8>, usize)> {
    let mut tx = core.write().await?;
    let doses = tx.unsent_doses().await?;
    tx.add_entries(&[core.note(actor, Act::ExportDoses, Some(format!("doses:{}", doses.len())))]).await?;
    commit(tx).await?;
    let file = write(Holds::Doses, &doses, core.clock.now(), &core.keys().signer).map_err(|error| Error::Internal(error.to_string()))?;
    Ok((file, doses.len()))
}

/// The keys that are believed, by fingerprint.
async fn trusted(core: &Core, tx: &mut Tx) -> Result<HashMap<String, TrustedKey>> {
    let mut keys: HashMap<_, _> = tx.trusted_keys().await?.into_iter().map(|key| (key.thumbprint.clone(), key)).collect();
    // One's own file, brought back, does no harm.
    for (_, public) in core.keys().publics() {
        let (thumbprint, public) = (thumbprint(public), public.to_vec());
        keys.entry(thumbprint.clone()).or_insert(TrustedKey { thumbprint, name: "here".into(), public });
    }
    Ok(keys)
}

/// Takes a file of doses in: the same rows under the same ids, so that twice does no harm.
pub async fn import_doses(core: &Core, actor: &Actor, bytes: &[u8]) -> Result<TakenIn, CarryError> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let keys = trusted(core, &mut tx).await?;
    let (head, rows) = read::<Carried>(Holds::Doses, bytes, |key| keys.get(key).map(|key| key.public.clone()))?;
    let mut taken = TakenIn { from: keys.get(&head.key).map_or_else(String::new, |key| key.name.clone()), ..TakenIn::default() };
    let board = core.board();
    for (at, some) in rows.chunks(SOME).enumerate() {
        let ids: Vec<_> = some.iter().map(|row| row.dose).collect();
        let known: HashSet<_> = tx.doses_on_record(&ids).await?.into_iter().collect();
        let people: Vec<_> = some.iter().map(|row| row.person).collect();
        let mut here: HashSet<_> = tx.people_on_record(&people).await?.into_iter().collect();
        for (n, row) in some.iter().enumerate() {
            let line = at * SOME + n + 2;
            if known.contains(&row.dose) {
                taken.known += 1;
                taken.on_record.push(row.dose);
                continue;
            }
            let Some(centre) = board.centre_by_code(&row.centre) else {
                taken.left_out.push((line, format!("there is no centre {} here; import the centres first", row.centre)));
                continue;
            };
            if here.insert(row.person) {
                add_person(&mut tx, row, &head.key, now).await?;
            }
            if !tx.add_carried_dose(row, centre.id, &head.key, now).await? {
                taken.left_out.push((line, format!("{} has another dose {} on record", row.name, row.number)));
                continue;
            }
            tx.add_uploads(&[NewUpload { dose_id: row.dose, due_at: row.due_at, is_late: row.due_at < now }]).await?;
            taken.new += 1;
            taken.on_record.push(row.dose);
        }
    }
    tx.add_entries(&[core.note(actor, Act::ImportDoses, Some(format!("doses:{}", taken.new)))]).await?;
    commit(tx).await?;
    Ok(taken)
}

/// A person of another installation. Their ID's hash is made with that installation's key: here it finds nobody, but names one card.
async fn add_person(tx: &mut Tx, row: &Carried, key: &str, now: crate::domain::moment::Moment) -> Result<()> {
    let person = Beneficiary {
        id: row.person,
        mobile: row.mobile.clone(),
        mobile_of: row.mobile_of,
        name: row.name.clone(),
        birth_year: row.birth_year,
        gender: row.gender,
        category: row.category,
        certificate: false,
        language: row.language,
        needs: Needs::default(),
    };
    tx.add_people(&[person], now).await?;
    let hash = fingerprint(format!("{key} {}", row.person));
    tx.add_identities(&[Identity { hash, beneficiary_id: row.person, kind: row.id_type, id_end: row.id_end.clone() }]).await?;
    Ok(())
}

/// The file that says which doses are on record here.
pub fn acknowledge(core: &Core, taken: &TakenIn) -> Result<Vec<u8>> {
    let rows: Vec<_> = taken.on_record.iter().map(|dose| Acknowledged { dose: *dose }).collect();
    write(Holds::Ack, &rows, core.clock.now(), &core.keys().signer).map_err(|error| Error::Internal(error.to_string()))
}

/// Takes an acknowledgement in: its doses are the headquarters' to upload. How many of ours were still waiting.
pub async fn import_ack(core: &Core, actor: &Actor, bytes: &[u8]) -> Result<u64, CarryError> {
    let mut tx = core.write().await?;
    let keys = trusted(core, &mut tx).await?;
    let (_, rows) = read::<Acknowledged>(Holds::Ack, bytes, |key| keys.get(key).map(|key| key.public.clone()))?;
    let doses: Vec<_> = rows.iter().map(|row| row.dose).collect();
    let mut cleared = 0;
    for some in doses.chunks(SOME) {
        cleared += tx.hand_over_uploads(some).await?;
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
            let bytes = key[name].as_str().and_then(|text| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok());
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
