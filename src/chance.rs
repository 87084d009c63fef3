//! Chance: ids, links, codes and secrets. Seeded in tests, from the system otherwise.

use std::sync::{Mutex, PoisonError};

use data_encoding::{BASE64URL_NOPAD, Encoding};
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use uuid::Uuid;

use crate::domain::moment::Moment;

/// Where random bytes come from.
pub struct Chance(Mutex<StdRng>);

impl Chance {
    /// From the system.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    pub fn system() -> Self {
        Self(Mutex::new(StdRng::from_rng(&mut rand::rng())))
    }

    /// The same bytes each time.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// An id that sorts by time.
    pub fn id(&self, now: Moment) -> Uuid {
        uuid::Builder::from_unix_timestamp_millis(now.0.max(0) as u64 * 1000, &self.bytes()).into_uuid()
    }

    /// The ten characters of a short link, without letters that are taken for digits.
    pub fn link(&self) -> String {
        self.bytes::<10>().iter().map(|byte| char::from(LINK_LETTERS[usize::from(byte & 31)])).collect()
    }

    /// The four digits that a person must know to change a token.
    pub fn secret_code(&self) -> String {
        format!("{:04}", self.0.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..10_000))
    }

    /// 32 random bytes as text, for cookies, keys and gates.
    pub fn secret(&self) -> String {
        BASE64URL_NOPAD.encode(&self.bytes::<32>())
    }
}

/// Crockford's letters in small: no i, l, o or u.
const LINK_LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What is stored of a secret, and how commands are fingerprinted: SHA-256.
pub fn fingerprint(text: impl AsRef<[u8]>) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_ref()).as_ref().to_vec()
}

/// A short hash for names of files and versions.
pub fn short_hash(bytes: impl AsRef<[u8]>) -> String {
    const HEX: Encoding = data_encoding::HEXLOWER;
    HEX.encode(&fingerprint(bytes)[..6])
}
/// Whether a text is one that `Chance::link` could have made.
pub fn is_link(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|letter| LINK_LETTERS.contains(&letter))
}
