//! The secrets of an installation: signing keys, the key of the numbers, the key of the ID hashes.
//!
//! They live in the database, so that every process has the same, sealed with AES-256-GCM under a master key that lives in
//! a file or the environment and never in the database.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::{hkdf, hmac};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};

use crate::chance::Chance;
use crate::domain::moment::Moment;
use crate::domain::number::{NumberKey, TokenNumber};
use crate::domain::person::IdNumber;
use crate::domain::token::Signer;
use crate::ids::{CentreId, MessageId};
use crate::storage::key::KeyRow;
use crate::storage::{Db, Tx};

/// Seals and opens secrets.
#[derive(Clone)]
pub struct MasterKey(Arc<LessSafeKey>);

/// What is wrong with the keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key's file cannot be read or made.
    #[error("the master key file {0} cannot be read or made: {1}")]
    File(String, std::io::Error),
    /// Not 32 bytes in hexadecimal.
    #[error("the master key must be 64 hexadecimal digits (make one with: openssl rand -hex 32)")]
    Form,
    /// Sealed under another key.
    #[error(
        "this database was made with another master key: give the one it was made with in --master-key-file or BAARI_MASTER_KEY \
         (by default it lies in the data folder as master.key)"
    )]
    Wrong,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The cryptographic library refused.
    #[error("the system could not make a key")]
    Crypto,
}

impl MasterKey {
    /// From 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).map_err(|_| KeyError::Form)?;
        UnboundKey::new(&AES_256_GCM, &bytes).map(|key| Self(Arc::new(LessSafeKey::new(key)))).map_err(|_| KeyError::Form)
    }

    /// From a file; makes it, readable by its owner only, when it is not there and nothing was sealed before.
    pub async fn from_file(file: &Path, db: &Db, chance: &Chance) -> Result<Self, KeyError> {
        let failed = |error| KeyError::File(file.display().to_string(), error);
        if !file.exists() && !db.read().await?.signing_keys().await?.is_empty() {
            return Err(KeyError::Wrong);
        }
        match new_secret_file(file) {
            Ok(mut made) => {
                use std::io::Write;
                made.write_all(HEXLOWER_PERMISSIVE.encode(&chance.bytes::<32>()).as_bytes()).map_err(failed)?;
                made.sync_all().map_err(failed)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        Self::read_file(file)
    }

    /// From a file that is there.
    pub fn read_file(file: &Path) -> Result<Self, KeyError> {
        Self::from_hex(&std::fs::read_to_string(file).map_err(|error| KeyError::File(file.display().to_string(), error))?)
    }

    fn seal(&self, plain: &[u8], chance: &Chance) -> Result<Vec<u8>, KeyError> {
        let nonce = chance.bytes::<12>();
        let mut sealed = plain.to_vec();
        let done = self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed);
        done.map_err(|_| KeyError::Crypto)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (nonce, body) = sealed.split_first_chunk::<12>().ok_or(KeyError::Wrong)?;
        let mut body = body.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        self.0.open_in_place(nonce, Aad::empty(), &mut body).map(|plain| plain.to_vec()).map_err(|_| KeyError::Wrong)
    }
}

/// What the key of a desk's box is derived for.
const BOX: &[u8] = b"baari id 1";

/// What is drawn once for an installation.
const SECRETS: [&str; 6] = ["numbers", "id_hash", "lanes", "reports", "desk_box", "seals"];

/// The opened secrets.
pub struct Keyring {
    /// Signs new tokens.
    pub signer: Signer,
    /// Gives numbers.
    pub numbers: NumberKey,
    publics: HashMap<i64, Vec<u8>>,
    id_hash: hmac::Key,
    lanes: hmac::Key,
    reports: hmac::Key,
    seals: hmac::Key,
    desk_box: PrivateKey,
    desks: HashMap<i64, Vec<u8>>,
}

impl Keyring {
    /// Opens the secrets, making those that are not there yet.
    pub async fn open(db: &Db, master: &MasterKey, chance: &Chance, now: Moment) -> Result<Self, KeyError> {
        let mut tx = db.write().await?;
        if tx.signing_keys().await?.is_empty() {
            add_key(&mut tx, master, chance, now).await?;
        }
        for name in SECRETS {
            if tx.secret(name).await?.is_none() {
                tx.add_secret(name, &master.seal(&chance.bytes::<32>(), chance)?).await?;
            }
        }
        let opened = Self::read(&mut tx, master).await?;
        tx.commit().await?;
        Ok(opened)
    }

    /// Opens the secrets that are there.
    pub async fn read(tx: &mut Tx, master: &MasterKey) -> Result<Self, KeyError> {
        let mut secrets = [const { Vec::new() }; SECRETS.len()];
        for (name, secret) in SECRETS.into_iter().zip(&mut secrets) {
            *secret = master.open(&tx.secret(name).await?.ok_or(KeyError::Wrong)?)?;
        }
        let [numbers, id_hash, lanes, reports, desk_box, seals] = secrets;
        let desks = tx.desk_keys().await?;
        let keys = tx.signing_keys().await?;
        let current = keys.iter().find(|key| key.retired_at.is_none()).ok_or(KeyError::Wrong)?;
        Ok(Self {
            signer: Signer::new(current.kid, &master.open(&current.sealed)?).map_err(|_| KeyError::Wrong)?,
            numbers: NumberKey::new(&numbers),
            publics: keys.into_iter().map(|key| (key.kid, key.public)).collect(),
            id_hash: hmac::Key::new(hmac::HMAC_SHA256, &id_hash),
            lanes: hmac::Key::new(hmac::HMAC_SHA256, &lanes),
            reports: hmac::Key::new(hmac::HMAC_SHA256, &reports),
            seals: hmac::Key::new(hmac::HMAC_SHA256, &seals),
            desk_box: PrivateKey::from_private_key(&ECDH_P256, &desk_box).map_err(|_| KeyError::Wrong)?,
            desks: desks.into_iter().map(|key| (key.kid, key.public)).collect(),
        })
    }

    /// The public key of a `kid`, current or retired.
    pub fn public(&self, kid: i64) -> Option<&[u8]> {
        self.publics.get(&kid).map(Vec::as_slice)
    }

    /// The public key of a desk's `kid`, whatever became of the desk.
    pub fn desk_public(&self, kid: i64) -> Option<&[u8]> {
        self.desks.get(&kid).map(Vec::as_slice)
    }

    /// The public key of the box in which a desk without a link keeps what nobody but the server may read.
    pub fn box_key(&self) -> Vec<u8> {
        self.desk_box.compute_public_key().map(|key| key.as_ref().to_vec()).unwrap_or_default()
    }

    /// Opens a box that a desk closed for a token: base64url of a fresh public key (65 bytes), a nonce (12) and the text under
    /// AES-256-GCM, by a key of HKDF-SHA-256 over the agreed secret; the token's number is bound to it. `None`: it cannot be opened.
    pub fn open_box(&self, sealed: &str, number: &TokenNumber) -> Option<String> {
        let bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        let (public, rest) = bytes.split_at_checked(65)?;
        let (nonce, body) = rest.split_first_chunk::<12>()?;
        let derive = |secret: &[u8]| {
            let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"").extract(secret);
            let mut key = [0; 32];
            prk.expand(&[BOX], &AES_256_GCM).and_then(|okm| okm.fill(&mut key)).map(|()| key)
        };
        let key = agree(&self.desk_box, UnparsedPublicKey::new(&ECDH_P256, public), aws_lc_rs::error::Unspecified, derive).ok()?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).ok()?);
        let (nonce, mut body) = (Nonce::assume_unique_for_key(*nonce), body.to_vec());
        let text = key.open_in_place(nonce, Aad::from(number.plain()), &mut body).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }

    /// All public keys by `kid`.
    pub fn publics(&self) -> Vec<(i64, &[u8])> {
        let mut keys: Vec<_> = self.publics.iter().map(|(kid, public)| (*kid, public.as_slice())).collect();
        keys.sort_unstable();
        keys
    }

    /// The keyed hash that finds the same ID again.
    pub fn hash_id(&self, id: &IdNumber) -> Vec<u8> {
        hmac::sign(&self.id_hash, id.hash_input().as_bytes()).as_ref().to_vec()
    }

    /// The keyed fingerprint of what somebody asked for and nobody was found under.
    pub fn hash_asked(&self, asked: &str) -> Vec<u8> {
        hmac::sign(&self.id_hash, format!("asked {asked}").as_bytes()).as_ref().to_vec()
    }

    /// The key by which the phones of one centre know each other's lane codes: another one after each phone that has left.
    pub fn lane_key(&self, centre: CentreId, left: i64) -> Vec<u8> {
        hmac::sign(&self.lanes, format!("centre {centre}, {left} left").as_bytes()).as_ref().to_vec()
    }

    /// What only the gateway knows that a message was given to.
    pub fn report_code(&self, message: MessageId) -> String {
        BASE64URL_NOPAD.encode(&hmac::sign(&self.reports, message.to_string().as_bytes()).as_ref()[..15])
    }

    /// What shows that this installation has sealed something: nobody who has the database alone can make it.
    pub fn prove_seal(&self, hash: &[u8]) -> Vec<u8> {
        hmac::sign(&self.seals, hash).as_ref().to_vec()
    }

    /// Whether this is the proof of a seal with that hash.
    pub fn has_sealed(&self, hash: &[u8], proof: &[u8]) -> bool {
        hmac::verify(&self.seals, hash, proof).is_ok()
    }

    /// The public keys as a JWK set (RFC 7517).
    pub fn jwks(&self) -> serde_json::Value {
        let desks = self.desks.iter().map(|(kid, public)| (*kid, public.as_slice()));
        let mut all: Vec<_> = self.publics().into_iter().chain(desks).collect();
        all.sort_unstable();
        let key = |(kid, public): (i64, &[u8])| {
            let coordinate = |from: usize| BASE64URL_NOPAD.encode(&public[from..from + 32]);
            serde_json::json!({
                "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid.to_string(),
                "x": coordinate(1), "y": coordinate(33),
            })
        };
        serde_json::json!({ "keys": all.into_iter().map(key).collect::<Vec<_>>() })
    }
}

/// Adds a signing key; the others sign nothing new but stay good. Returns its `kid`.
pub async fn rotate(db: &Db, master: &MasterKey, chance: &Chance, now: Moment) -> Result<i64, KeyError> {
    let mut tx = db.write().await?;
    let kid = add_key(&mut tx, master, chance, now).await?;
    tx.commit().await?;
    Ok(kid)
}

async fn add_key(tx: &mut Tx, master: &MasterKey, chance: &Chance, now: Moment) -> Result<i64, KeyError> {
    let kid = tx.take_numbers("signing_key", 1).await?;
    let pkcs8 = Signer::new_key().map_err(|_| KeyError::Crypto)?;
    let signer = Signer::new(kid, &pkcs8).map_err(|_| KeyError::Crypto)?;
    let sealed = master.seal(&pkcs8, chance)?;
    tx.add_signing_key(&KeyRow { kid, public: signer.public().to_vec(), sealed, retired_at: None }, now).await?;
    Ok(kid)
}

/// The `kid` of each signing key that cannot be opened, or whose public half is another one.
pub async fn unusable_keys(tx: &mut Tx, master: &MasterKey) -> Result<Vec<i64>, KeyError> {
    let is_usable = |key: &KeyRow| {
        let signer = master.open(&key.sealed).ok().and_then(|pkcs8| Signer::new(key.kid, &pkcs8).ok());
        signer.is_some_and(|signer| signer.public() == key.public)
    };
    Ok(tx.signing_keys().await?.iter().filter(|key| !is_usable(key)).map(|key| key.kid).collect())
}

/// Makes a file that only its owner may read; an error when it is there already.
pub fn new_secret_file(file: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// A keyring that can be exchanged while others hold it.
pub type SharedKeyring = std::sync::RwLock<Arc<Keyring>>;
