//! The signed token inside the QR code. The bytes are laid down in `docs/token-format.md`.
//!
//! A COSE_Sign1 (RFC 9052) with ES256 around a CBOR array of at most 40 bytes, written in canonical base32 after
//! `HTTPS://HOST/T/`: capitals, so that a QR code packs it in alphanumeric mode and stays small enough for a cheap camera.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey};
use ciborium::value::Value;
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable, iana};
use data_encoding::BASE32_NOPAD;

use super::moment::Moment;
use super::number::TokenNumber;
use super::person::IdType;
use crate::ids::{CentreId, SlotId};

/// No genuine token is longer; anything longer is not looked at.
pub const MAX_BYTES: usize = 118;

/// The key that signs practice slips, in every installation. No real key has this name.
pub const PRACTICE_KID: i64 = 0;

/// Birth years are counted from here, so that they take two bytes.
pub(super) const FIRST_YEAR: i64 = 1900;

/// The highest revision: a token that was signed so often stays as it is.
pub const LAST_REVISION: i64 = 255;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Claims {
    /// The token's number.
    pub number: TokenNumber,
    /// 1 for the first signing; each reschedule is one higher. At most 255.
    pub revision: i64,
    /// The slot's public number.
    pub slot: SlotId,
    /// The place within the slot's calling order, 1 to 65,535.
    pub serial: i64,
    /// The centre's public number, 1 to 65,535.
    pub centre: CentreId,
    /// When the slot begins: a whole minute.
    pub starts: Moment,
    /// How long the slot is, in minutes, 1 to 255.
    pub minutes: i64,
    /// Which dose: 1 or 2.
    pub dose: i64,
    /// When this revision was signed.
    pub issued: Moment,
    /// Whom it is for; absent on a blank paper form.
    pub holder: Option<Holder>,
}

/// What the gatekeeper holds against the card.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Holder {
    /// Year of birth.
    pub birth_year: i64,
    /// Kind of photo ID.
    pub id_type: IdType,
    /// The last four characters of that ID's number.
    pub id_end: String,
}

/// Why some bytes are no token of ours, or not a genuine one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Not our address, not base32, not this structure: somebody else's code.
    #[error("this is not a Baari token")]
    Foreign,
    /// Our structure, written in a way that we never write it, or values outside their range.
    #[error("this token is malformed")]
    Malformed,
}

/// A token taken apart, its signature not yet checked.
#[derive(Debug, Clone)]
pub struct Unverified {
    /// The key that it names.
    pub kid: i64,
    /// What it says, to be believed only after `verify`.
    pub claims: Claims,
    sign1: CoseSign1,
}

impl Unverified {
    /// Takes the text of a QR code apart: whatever stands before `/T/` is not trusted and not looked at.
    pub fn read(text: &str) -> Result<Self, BadToken> {
        let (_, code) = text.rsplit_once("/T/").ok_or(BadToken::Foreign)?;
        let bytes = BASE32_NOPAD.decode(code.as_bytes()).map_err(|_| BadToken::Foreign)?;
        Self::from_bytes(&bytes)
    }

    /// Takes the COSE bytes apart.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadToken> {
        if bytes.len() > MAX_BYTES {
            return Err(BadToken::Malformed);
        }
        let sign1 = CoseSign1::from_tagged_slice(bytes).map_err(|_| BadToken::Malformed)?;
        let header = &sign1.protected.header;
        let kid = kid_from(&header.key_id).ok_or(BadToken::Malformed)?;
        let payload = sign1.payload.as_deref().ok_or(BadToken::Malformed)?;
        let claims = Claims::from_cbor(payload).ok_or(BadToken::Malformed)?;
        // One token, one text: whatever we would have written differently is refused.
        let canonical = envelope(kid, claims.to_cbor()).signature(sign1.signature.clone());
        if sign1.signature.len() != 64 || canonical.build().to_tagged_vec().ok().as_deref() != Some(bytes) {
            return Err(BadToken::Malformed);
        }
        Ok(Self { kid, claims, sign1 })
    }

    /// Whether it is a slip to practise with, by its own word.
    pub fn is_practice(&self) -> bool {
        self.kid == PRACTICE_KID
    }

    /// Whether the holder of the key signed exactly this. `public` is an uncompressed P-256 point of 65 bytes.
    pub fn verify(&self, public: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
        self.sign1.verify_signature(b"", |signature, signed| key.verify(signed, signature)).is_ok()
    }
}

pub(super) fn kid_from(bytes: &[u8]) -> Option<i64> {
    match bytes {
        [low] => Some(i64::from(*low)),
        [high, low] if *high > 0 => Some(i64::from(*high) << 8 | i64::from(*low)),
        _ => None,
    }
}

pub(super) fn kid_bytes(kid: i64) -> Vec<u8> {
    let bytes = (kid as u16).to_be_bytes();
    if bytes[0] == 0 { vec![bytes[1]] } else { bytes.to_vec() }
}

fn envelope(kid: i64, payload: Vec<u8>) -> CoseSign1Builder {
    let header = HeaderBuilder::new().algorithm(iana::Algorithm::ES256).key_id(kid_bytes(kid)).build();
    CoseSign1Builder::new().protected(header).payload(payload)
}

impl Claims {
    /// The claims as a CBOR array of nine integers, or of twelve items with the holder.
    fn to_cbor(&self) -> Vec<u8> {
        let mut items: Vec<Value> = [
            self.number.nine(),
            self.revision,
            self.slot.0,
            self.serial,
            self.centre.0,
            self.starts.0 / 60,
            self.minutes,
            self.dose,
            self.issued.0,
        ]
        .map(Value::from)
        .to_vec();
        if let Some(holder) = &self.holder {
            items.push((holder.birth_year - FIRST_YEAR).into());
            items.push(holder.id_type.code().into());
            items.push(Value::Text(holder.id_end.clone()));
        }
        Value::Array(items).to_vec().unwrap_or_default()
    }

    fn from_cbor(bytes: &[u8]) -> Option<Self> {
        let items = Value::from_slice(bytes).ok()?.into_array().ok()?;
        let int = |at: usize, most: i64| -> Option<i64> {
            let value = i64::try_from(i128::from(items.get(at)?.as_integer()?)).ok()?;
            (0..=most).contains(&value).then_some(value)
        };
        let at_least_one = |at, most| int(at, most).filter(|value| *value > 0);
        let holder = match items.len() {
            9 => None,
            12 => Some(Holder {
                birth_year: int(9, 255)? + FIRST_YEAR,
                id_type: IdType::from_code(int(10, 23)?)?,
                id_end: items[11].as_text().filter(|end| is_id_end(end))?.to_owned(),
            }),
            _ => return None,
        };
        Some(Self {
            number: TokenNumber::from_nine(int(0, 999_999_999)?).ok()?,
            revision: at_least_one(1, LAST_REVISION)?,
            slot: SlotId(at_least_one(2, u32::MAX.into())?),
            serial: at_least_one(3, u16::MAX.into())?,
            centre: CentreId(at_least_one(4, u16::MAX.into())?),
            starts: Moment(int(5, u32::MAX.into())? * 60),
            minutes: at_least_one(6, 255)?,
            dose: at_least_one(7, 9)?,
            issued: Moment(int(8, u32::MAX.into())?),
            holder,
        })
    }
}

pub(super) fn is_id_end(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

/// Signs tokens with one P-256 key.
pub struct Signer {
    kid: i64,
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Signer {
    /// A signer from a PKCS#8 document, as `new_key` makes it.
    pub fn new(kid: i64, pkcs8: &[u8]) -> Result<Self, aws_lc_rs::error::KeyRejected> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)?;
        Ok(Self { kid, pair, random: SystemRandom::new() })
    }

    /// A new private key as PKCS#8.
    pub fn new_key() -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())?;
        Ok(document.as_ref().to_vec())
    }

    /// The key's short name inside tokens, 0 to 65,535.
    pub fn kid(&self) -> i64 {
        self.kid
    }

    /// The uncompressed public point, 65 bytes.
    pub fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The COSE bytes of a token: at most `MAX_BYTES` with a `kid` below 256.
    pub fn sign(&self, claims: &Claims) -> Vec<u8> {
        let sign1 = envelope(self.kid, claims.to_cbor()).create_signature(b"", |message| self.signature(message)).build();
        sign1.to_tagged_vec().unwrap_or_default()
    }

    /// The 64 bytes of a signature.
    pub fn signature(&self, message: &[u8]) -> Vec<u8> {
        let signature = self.pair.sign(&self.random, message);
        signature.map(|signature| signature.as_ref().to_vec()).unwrap_or_default()
    }
}

/// The text of the QR code for a token: the public address in capitals, `/T/` and base32 without padding.
pub fn qr_text(public_url: &str, cose: &[u8]) -> String {
    format!("{}/T/{}", public_url.to_ascii_uppercase(), BASE32_NOPAD.encode(cose))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer() -> Signer {
        Signer::new(1, &Signer::new_key().unwrap()).unwrap()
    }

    fn largest() -> Claims {
        Claims {
            number: TokenNumber::from_nine(999_999_999).unwrap(),
            revision: 255,
            slot: SlotId(u32::MAX.into()),
            serial: 65_535,
            centre: CentreId(65_535),
            starts: Moment(i64::from(u32::MAX) * 60),
            minutes: 255,
            dose: 9,
            issued: Moment(u32::MAX.into()),
            holder: Some(Holder { birth_year: 2021, id_type: IdType::Ration, id_end: "A21Z".into() }),
        }
    }

    #[test]
    fn the_largest_token_keeps_to_its_limit() {
        let signer = signer();
        let cose = signer.sign(&largest());
        assert_eq!(largest().to_cbor().len(), 40);
        assert_eq!(cose.len(), MAX_BYTES);
    }

    #[test]
    fn an_independent_library_accepts_the_signature() {
        use p256::ecdsa::signature::Verifier;
        let signer = signer();
        let sign1 = CoseSign1::from_tagged_slice(&signer.sign(&largest())).unwrap();
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(signer.public()).unwrap();
        let signature = p256::ecdsa::Signature::from_slice(&sign1.signature).unwrap();
        key.verify(&sign1.tbs_data(b""), &signature).unwrap();
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_any_changed_bit_is_noticed(at in 0_usize..MAX_BYTES, bit in 0_u8..8, noise in proptest::collection::vec(any::<u8>(), 0..140)) {
            let _ = Unverified::from_bytes(&noise);
            let signer = signer();
            let mut bytes = signer.sign(&largest());
            prop_assert!(Unverified::from_bytes(&bytes).unwrap().verify(signer.public()));
            bytes[at] ^= 1 << bit;
            prop_assert!(!Unverified::from_bytes(&bytes).is_ok_and(|token| token.verify(signer.public())));
        }
    }
}
