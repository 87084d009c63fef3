//! The signed record of a dose inside the QR code of a provisional slip. The bytes are laid down in `docs/record-format.md`.
//!
//! Made like the token and never taken for one: its protected header names another content type, and its address another letter.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use ciborium::value::Value;
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, Header, HeaderBuilder, TaggedCborSerializable, iana};
use data_encoding::BASE32_NOPAD;

use super::campaign::Vaccine;
use super::moment::{Day, Moment};
use super::person::IdType;
use super::token::{BadToken, FIRST_YEAR, Holder, Signer, is_id_end, kid_bytes, kid_from};
use crate::ids::{CentreId, DoseId};

/// What the header says that this is.
const CONTENT_TYPE: &str = "application/vnd.baari.dose";

/// No genuine record is longer.
const MAX_BYTES: usize = 300;

/// The longest batch number.
const BATCH: usize = 40;

/// What a record says: that we recorded this dose. The national certificate is another thing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DoseRecord {
    /// Our name for the dose.
    pub dose_id: DoseId,
    /// Which dose: 1, 2…
    pub dose: i64,
    /// What was given.
    pub vaccine: Vaccine,
    /// From which batch.
    pub batch: String,
    /// On which day.
    pub given_on: Day,
    /// At which centre.
    pub centre: CentreId,
    /// When it was keyed in.
    pub recorded: Moment,
    /// To whom: what is held against the person's card.
    pub holder: Holder,
    /// When this was signed.
    pub signed: Moment,
}

/// A record taken apart, its signature not yet checked.
#[derive(Debug, Clone)]
pub struct UnverifiedRecord {
    /// The key that it names.
    pub kid: i64,
    /// What it says, to be believed only after `verify`.
    pub record: DoseRecord,
    sign1: CoseSign1,
}

impl UnverifiedRecord {
    /// Takes the text of a QR code apart: whatever stands before `/V/` is not trusted and not looked at.
    pub fn read(text: &str) -> Result<Self, BadToken> {
        let (_, code) = text.rsplit_once("/V/").ok_or(BadToken::Foreign)?;
        let bytes = BASE32_NOPAD.decode(code.as_bytes()).map_err(|_| BadToken::Foreign)?;
        if bytes.len() > MAX_BYTES {
            return Err(BadToken::Malformed);
        }
        let sign1 = CoseSign1::from_tagged_slice(&bytes).map_err(|_| BadToken::Malformed)?;
        let kid = kid_from(&sign1.protected.header.key_id).ok_or(BadToken::Malformed)?;
        let record = DoseRecord::from_cbor(sign1.payload.as_deref().unwrap_or_default()).ok_or(BadToken::Malformed)?;
        // One record, one text; and no header but ours, so that nothing else that our keys sign is taken for a record.
        let canonical = envelope(kid, record.to_cbor()).signature(sign1.signature.clone());
        if sign1.signature.len() != 64 || canonical.build().to_tagged_vec().ok() != Some(bytes) {
            return Err(BadToken::Malformed);
        }
        Ok(Self { kid, record, sign1 })
    }

    /// Whether the holder of the key signed exactly this.
    pub fn verify(&self, public: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
        self.sign1.verify_signature(b"", |signature, signed| key.verify(signed, signature)).is_ok()
    }
}

fn envelope(kid: i64, payload: Vec<u8>) -> CoseSign1Builder {
    let header: Header =
        HeaderBuilder::new().algorithm(iana::Algorithm::ES256).content_type(CONTENT_TYPE.to_owned()).key_id(kid_bytes(kid)).build();
    CoseSign1Builder::new().protected(header).payload(payload)
}

fn epoch_day() -> Day {
    Moment(0).day()
}

impl DoseRecord {
    /// The text of the QR code.
    pub fn sign(&self, signer: &Signer, public_url: &str) -> String {
        let sign1 = envelope(signer.kid(), self.to_cbor()).create_signature(b"", |message| signer.signature(message)).build();
        format!("{}/V/{}", public_url.to_ascii_uppercase(), BASE32_NOPAD.encode(&sign1.to_tagged_vec().unwrap_or_default()))
    }

    /// A CBOR array of twelve items; the first is the version.
    fn to_cbor(&self) -> Vec<u8> {
        let vaccine = Vaccine::ALL.iter().position(|other| *other == self.vaccine).map_or(0, |at| at as i64 + 1);
        let items = vec![
            Value::from(1),
            Value::Bytes(self.dose_id.0.as_bytes().to_vec()),
            self.dose.into(),
            vaccine.into(),
            Value::Text(self.batch.clone()),
            (self.given_on.0 - epoch_day().0).num_days().into(),
            self.centre.0.into(),
            self.recorded.0.into(),
            (self.holder.birth_year - FIRST_YEAR).into(),
            self.holder.id_type.code().into(),
            Value::Text(self.holder.id_end.clone()),
            self.signed.0.into(),
        ];
        Value::Array(items).to_vec().unwrap_or_default()
    }

    fn from_cbor(bytes: &[u8]) -> Option<Self> {
        let items = Value::from_slice(bytes).ok()?.into_array().ok().filter(|items| items.len() == 12)?;
        let int = |at: usize, most: i64| -> Option<i64> {
            let value = i64::try_from(i128::from(items.get(at)?.as_integer()?)).ok()?;
            (0..=most).contains(&value).then_some(value)
        };
        let text = |at: usize| items.get(at)?.as_text().map(ToOwned::to_owned);
        int(0, 1).filter(|version| *version == 1)?;
        Some(Self {
            dose_id: DoseId(uuid::Uuid::from_slice(items[1].as_bytes()?).ok()?),
            dose: int(2, 9).filter(|dose| *dose > 0)?,
            vaccine: *Vaccine::ALL.get(usize::try_from(int(3, 23)? - 1).ok()?)?,
            batch: text(4).filter(|batch| batch.chars().count() <= BATCH)?,
            given_on: epoch_day().plus(int(5, 100_000)?),
            centre: CentreId(int(6, u16::MAX.into())?),
            recorded: Moment(int(7, u32::MAX.into())?),
            holder: Holder {
                birth_year: int(8, 255)? + FIRST_YEAR,
                id_type: IdType::from_code(int(9, 23)?)?,
                id_end: text(10).filter(|end| is_id_end(end))?,
            },
            signed: Moment(int(11, u32::MAX.into())?),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::token::{Signer, Unverified, qr_text};
    use super::*;

    fn record() -> DoseRecord {
        DoseRecord {
            dose_id: DoseId(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)),
            dose: 2,
            vaccine: Vaccine::Covaxin,
            batch: "37F21046A".into(),
            given_on: "2021-03-30".parse().unwrap(),
            centre: CentreId(65_535),
            recorded: Moment(u32::MAX.into()),
            holder: Holder { birth_year: 2021, id_type: IdType::Ration, id_end: "A21Z".into() },
            signed: Moment(u32::MAX.into()),
        }
    }

    #[test]
    fn a_record_says_what_was_signed_and_is_never_taken_for_a_token() {
        let signer = Signer::new(1, &Signer::new_key().unwrap()).unwrap();
        let text = record().sign(&signer, "https://x.in");
        let read = UnverifiedRecord::read(&text).unwrap();
        assert_eq!((&read.record, read.kid, read.verify(signer.public())), (&record(), 1, true));
        assert!(!read.verify(Signer::new(1, &Signer::new_key().unwrap()).unwrap().public()));
        let as_token = text.replace("/V/", "/T/");
        assert!(Unverified::read(&as_token).is_err());
        assert_eq!(UnverifiedRecord::read(&qr_text("https://x.in", b"anything").replace("/T/", "/V/")).err(), Some(BadToken::Malformed));
        assert_eq!(UnverifiedRecord::read("upi://pay").err(), Some(BadToken::Foreign));
    }

    proptest! {
        #[test]
        fn any_changed_bit_is_noticed(at in 0_usize..150, bit in 0_u8..8, noise in proptest::collection::vec(any::<u8>(), 0..240)) {
            let _ = UnverifiedRecord::read(&format!("/V/{}", BASE32_NOPAD.encode(&noise)));
            let signer = Signer::new(300, &Signer::new_key().unwrap()).unwrap();
            let text = record().sign(&signer, "https://x.in");
            let mut bytes = BASE32_NOPAD.decode(text.rsplit_once("/V/").unwrap().1.as_bytes()).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let changed = UnverifiedRecord::read(&format!("/V/{}", BASE32_NOPAD.encode(&bytes)));
            prop_assert!(!changed.is_ok_and(|record| record.verify(signer.public())));
        }
    }
}
