//! Files that are carried from one installation to another: signed, compressed, laid down in `docs/dose-file.md`.
//!
//! Gzip around lines of JSON. The first line says what the file is and whose key signed it; the last is the ES256 signature over all
//! bytes before it, so that anybody can check a file with a JSON reader and openssl.

use std::io::{Read, Write};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::moment::Moment;
use super::token::Signer;
use crate::words::words;

/// No file of ours is longer when unpacked: a million doses.
const MOST_BYTES: u64 = 512 * 1024 * 1024;

words! {
    /// What a file holds.
    Holds {
        /// Doses for the portal.
        Doses = "doses",
        /// Which doses were taken in.
        Ack = "ack",
    }
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// What the file holds.
    pub baari: Holds,
    /// Of this layout.
    pub version: u32,
    /// The fingerprint of the key that signed it.
    pub key: String,
    /// When it was made.
    pub made_at: Moment,
    /// How many rows follow.
    pub count: usize,
}

/// Why a file is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum BadFile {
    /// Something else, or half of a file.
    #[error("this is no file of doses or acknowledgements, or only a part of one; copy it again")]
    Foreign,
    /// The other kind.
    #[error("this file holds {0}, which is taken in with: baari import {0} FILE")]
    Other(Holds),
    /// Of a newer program.
    #[error("this file was written by a newer program (layout {0}); bring this one up to date")]
    Newer(u32),
    /// Somebody's key that nobody here has said to be good.
    #[error(
        "this file is signed with a key that is not trusted here ({0}); if it is right, fetch the key from its maker and type: baari key trust"
    )]
    Untrusted(String),
    /// Not what was signed.
    #[error("this file was changed after it was signed; nothing was taken in. Fetch it again from its maker")]
    Changed,
}

/// The fingerprint of a public key (RFC 7638), given as the uncompressed point.
pub fn thumbprint(public: &[u8]) -> String {
    let (x, y) = public.get(1..65).map_or((&[][..], &[][..]), |both| both.split_at(32));
    let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
    let key = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    BASE64URL_NOPAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.as_bytes()).as_ref())
}

/// Writes a file.
pub fn write<T: Serialize>(holds: Holds, rows: &[T], made_at: Moment, signer: &Signer) -> std::io::Result<Vec<u8>> {
    let head = Head { baari: holds, version: 1, key: thumbprint(signer.public()), made_at, count: rows.len() };
    let mut text = serde_json::to_vec(&head)?;
    text.push(b'\n');
    for row in rows {
        serde_json::to_writer(&mut text, row)?;
        text.push(b'\n');
    }
    let signature = BASE64URL_NOPAD.encode(&signer.signature(&text));
    text.extend_from_slice(signature.as_bytes());
    text.push(b'\n');
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&text)?;
    packed.finish()
}

/// Reads a file and checks it: `public` finds a trusted key by its fingerprint. Its rows are only believed with the signature.
pub fn read<T: DeserializeOwned>(holds: Holds, bytes: &[u8], public: impl Fn(&str) -> Option<Vec<u8>>) -> Result<(Head, Vec<T>), BadFile> {
    let mut text = Vec::new();
    GzDecoder::new(bytes).take(MOST_BYTES).read_to_end(&mut text).map_err(|_| BadFile::Foreign)?;
    let end = text.strip_suffix(b"\n").ok_or(BadFile::Foreign)?;
    let cut = end.iter().rposition(|byte| *byte == b'\n').ok_or(BadFile::Foreign)? + 1;
    let (signed, signature) = end.split_at(cut);
    let lines: Vec<_> = signed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let head: Head = lines.first().and_then(|line| serde_json::from_slice(line).ok()).ok_or(BadFile::Foreign)?;
    if head.version != 1 {
        return Err(BadFile::Newer(head.version));
    }
    if head.baari != holds {
        return Err(BadFile::Other(head.baari));
    }
    let key = public(&head.key).ok_or_else(|| BadFile::Untrusted(head.key.clone()))?;
    let signature = BASE64URL_NOPAD.decode(signature).map_err(|_| BadFile::Changed)?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &key).verify(signed, &signature).map_err(|_| BadFile::Changed)?;
    let rows = lines[1..].iter().map(|line| serde_json::from_slice(line)).collect::<Result<Vec<T>, _>>().map_err(|_| BadFile::Foreign)?;
    if rows.len() == head.count { Ok((head, rows)) } else { Err(BadFile::Changed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_changed_or_is_foreign_is_refused() {
        let signer = Signer::new(1, &Signer::new_key().unwrap()).unwrap();
        let key = signer.public().to_vec();
        let file = write(Holds::Doses, &["एक".to_owned(), "दो".to_owned()], Moment(1), &signer).unwrap();
        let trusted = |name: &str| (name == thumbprint(&key)).then(|| key.clone());
        let (head, rows) = read::<String>(Holds::Doses, &file, trusted).unwrap();
        assert_eq!((head.count, rows), (2, vec!["एक".to_owned(), "दो".to_owned()]));
        assert!(matches!(read::<String>(Holds::Doses, &file, |_| None), Err(BadFile::Untrusted(_))));
        assert!(matches!(read::<String>(Holds::Ack, &file, trusted), Err(BadFile::Other(Holds::Doses))));
        assert!(matches!(read::<String>(Holds::Doses, &file[..file.len() / 2], trusted), Err(BadFile::Foreign)));
        let mut text = String::new();
        GzDecoder::new(&file[..]).read_to_string(&mut text).unwrap();
        let mut forged = GzEncoder::new(Vec::new(), Compression::default());
        forged.write_all(text.replace("दो", "तीन").as_bytes()).unwrap();
        assert!(matches!(read::<String>(Holds::Doses, &forged.finish().unwrap(), trusted), Err(BadFile::Changed)));
    }
}
