//! The vectors that hold Rust and TypeScript to one truth, and the program that wrote those of the token.

#![expect(clippy::unwrap_used, clippy::struct_field_names, reason = "a vector that cannot be read is a failed test")]

use std::path::PathBuf;

use baari::actions::lanes::lane_code;
use baari::domain::admission::{Decision, GateFacts, Known, Presented, SlotFacts, Verdict, decide};
use baari::domain::moment::Moment;
use baari::domain::number::{BadNumber, TokenNumber};
use baari::domain::person::IdType;
use baari::domain::record::{DoseRecord, UnverifiedRecord};
use baari::domain::token::{BadToken, Claims, Holder, Unverified};
use baari::i18n::Lang;
use baari::ids::{CentreId, GateId, SlotId};
use ciborium::value::Value;
use coset::{CborSerializable, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable, iana};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde::Deserialize;
use serde_json::{Value as Json, json};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

fn read<T: for<'de> Deserialize<'de>>(name: &str) -> T {
    serde_json::from_str(&std::fs::read_to_string(file(name)).unwrap()).unwrap()
}

#[derive(Deserialize)]
struct Verdicts {
    slots: Vec<SlotRow>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct SlotRow {
    slot: SlotId,
    #[serde(flatten)]
    facts: SlotFacts,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    gate: GateFacts,
    presented: Presented,
    known: Option<Known>,
    expect: Decision,
}

#[test]
fn every_verdict_is_as_written() {
    let Verdicts { slots, cases } = read("verdicts.json");
    for case in &cases {
        let slot = |id| slots.iter().find(|row| row.slot == id).map(|row| row.facts);
        let decision = decide(&case.gate, &case.presented, case.known.as_ref(), slot);
        assert_eq!(decision, case.expect, "{}", case.name);
    }
    for verdict in Verdict::ALL {
        assert!(cases.iter().any(|case| case.expect.verdict == *verdict), "no case for {verdict}");
    }
}

#[test]
fn every_record_of_a_dose_is_read_as_written() {
    #[derive(Deserialize)]
    struct Records {
        kid: i64,
        public: String,
        cases: Vec<Record>,
    }
    #[derive(Deserialize)]
    struct Record {
        name: String,
        text: String,
        outcome: String,
        record: Option<DoseRecord>,
    }
    let Records { kid, public, cases } = read("records.json");
    let public = BASE64URL_NOPAD.decode(public.as_bytes()).unwrap();
    for case in cases {
        let outcome = match UnverifiedRecord::read(&case.text) {
            Err(BadToken::Foreign) => "foreign",
            Err(BadToken::Malformed) => "malformed",
            Ok(read) if read.kid == kid && read.verify(&public) => {
                assert_eq!(Some(read.record), case.record, "{}", case.name);
                "good"
            }
            Ok(_) => "bad",
        };
        assert_eq!(outcome, case.outcome, "{}", case.name);
    }
}

#[test]
fn every_number_is_read_as_written() {
    #[derive(Deserialize)]
    struct Number {
        text: String,
        number: Option<String>,
        fault: Option<String>,
    }
    for case in read::<Vec<Number>>("numbers.json") {
        let expected = match case.fault.as_deref() {
            None => Ok(case.number.unwrap()),
            Some("length") => Err(BadNumber::Length),
            Some(_) => Err(BadNumber::CheckDigit),
        };
        assert_eq!(case.text.parse::<TokenNumber>().map(TokenNumber::plain), expected, "{}", case.text);
    }
}

#[test]
fn every_lane_code_is_as_written() {
    #[derive(Deserialize)]
    struct Lanes {
        key: String,
        cases: Vec<Lane>,
    }
    #[derive(Deserialize)]
    struct Lane {
        centre: CentreId,
        lane: i64,
        epoch: i64,
        from: GateId,
        to: GateId,
        code: String,
    }
    let Lanes { key, cases } = read("lanes.json");
    let key = BASE64URL_NOPAD.decode(key.as_bytes()).unwrap();
    for case in cases {
        assert_eq!(lane_code(&key, case.centre, case.lane, case.epoch, case.from, case.to), case.code);
    }
}

#[test]
fn every_time_is_said_as_written() {
    #[derive(Deserialize)]
    struct Time {
        at: Moment,
        time_hi: String,
        time_en: String,
        day_hi: String,
        day_en: String,
    }
    for case in read::<Vec<Time>>("times.json") {
        assert_eq!((Lang::Hi.time(case.at), Lang::En.time(case.at)), (case.time_hi, case.time_en));
        assert_eq!((Lang::Hi.short_day(case.at.day()), Lang::En.short_day(case.at.day())), (case.day_hi, case.day_en));
    }
}

#[derive(Deserialize)]
struct Tokens {
    keys: Vec<Key>,
    cases: Vec<TokenCase>,
}

#[derive(Deserialize)]
struct Key {
    kid: i64,
    public: String,
}

#[derive(Deserialize)]
struct TokenCase {
    name: String,
    text: String,
    outcome: String,
    claims: Option<Claims>,
}

#[test]
fn every_token_is_read_as_written() {
    if std::env::var_os("BAARI_WRITE_VECTORS").is_some() {
        std::fs::write(file("tokens.json"), format!("{:#}\n", token_vectors())).unwrap();
    }
    let Tokens { keys, cases } = read("tokens.json");
    for case in &cases {
        let slip = Unverified::read(&case.text);
        let key = |kid| keys.iter().find(|key| key.kid == kid).map(|key| BASE64URL_NOPAD.decode(key.public.as_bytes()).unwrap());
        let outcome = match &slip {
            Err(BadToken::Foreign) => "foreign",
            Err(BadToken::Malformed) => "malformed",
            Ok(slip) if slip.is_practice() => "practice",
            Ok(slip) => match key(slip.kid) {
                None => "unknown_key",
                Some(public) if slip.verify(&public) => "good",
                Some(_) => "bad",
            },
        };
        assert_eq!(outcome, case.outcome, "{}", case.name);
        if let Some(claims) = &case.claims {
            assert_eq!(&slip.unwrap().claims, claims, "{}", case.name);
        }
    }
}

/// Signs with an independent library and fixed keys, so that the same file comes out each time.
fn token_vectors() -> Json {
    let key = |byte: u8| SigningKey::from_slice(&[byte; 32]).unwrap();
    let public = |key: &SigningKey| BASE64URL_NOPAD.encode(key.verifying_key().to_sec1_point(false).as_bytes());
    let (ours, retired, stranger) = (key(7), key(8), key(9));
    let envelope = |kid: &[u8], payload: Vec<u8>, key: &SigningKey| {
        let header = HeaderBuilder::new().algorithm(iana::Algorithm::ES256).key_id(kid.to_vec()).build();
        let sign = |message: &[u8]| {
            let signature: Signature = key.sign(message);
            signature.to_bytes().to_vec()
        };
        let built = CoseSign1Builder::new().protected(header).payload(payload).create_signature(b"", sign).build();
        built.to_tagged_vec().unwrap()
    };
    let array = |claims: &Claims| {
        let mut items: Vec<Value> = vec![
            claims.number.nine().into(),
            claims.revision.into(),
            claims.slot.0.into(),
            claims.serial.into(),
            claims.centre.0.into(),
            (claims.starts.0 / 60).into(),
            claims.minutes.into(),
            claims.dose.into(),
            claims.issued.0.into(),
        ];
        if let Some(holder) = &claims.holder {
            items.push((holder.birth_year - 1900).into());
            items.push(holder.id_type.code().into());
            items.push(holder.id_end.clone().into());
        }
        items
    };
    let payload = |items: Vec<Value>| Value::Array(items).to_vec().unwrap();
    let text = |bytes: &[u8]| format!("HTTPS://BAARI.EXAMPLE.ORG/T/{}", BASE32_NOPAD.encode(bytes));
    let claims = Claims {
        number: TokenNumber::from_nine(482_109_375).unwrap(),
        revision: 1,
        slot: SlotId(1207),
        serial: 42,
        centre: CentreId(17),
        starts: Moment(1_617_082_200),
        minutes: 60,
        dose: 1,
        issued: Moment(1_616_997_600),
        holder: Some(Holder { birth_year: 1954, id_type: IdType::Aadhaar, id_end: "4821".into() }),
    };
    let largest = Claims {
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
    };
    let blank = Claims { holder: None, ..claims.clone() };
    let good = envelope(&[1], payload(array(&claims)), &ours);
    let changed = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        text(&bytes)
    };
    let swapped = |at: usize, item: Value| {
        let mut items = array(&claims);
        items[at] = item;
        text(&envelope(&[1], payload(items), &ours))
    };
    // The same claims with the revision spelt in two bytes, where one would do.
    let mut long_form = payload(array(&claims));
    long_form.splice(6..7, [0x18, 0x01]);
    let good_text = text(&good);
    let case = |name: &str, text: String, outcome: &str, claims: Option<&Claims>| json!({ "name": name, "text": text, "outcome": outcome, "claims": claims });
    json!({
        "about": "Signed with fixed keys that sign nothing else. `public` is the uncompressed P-256 point in base64url.",
        "keys": [{ "kid": 1, "public": public(&ours) }, { "kid": 300, "public": public(&retired) }],
        "cases": [
            case("a token", good_text.clone(), "good", Some(&claims)),
            case("the address before /T/ does not count", good_text.replace("HTTPS://BAARI.EXAMPLE.ORG", "HTTP://127.0.0.1:8080"), "good", Some(&claims)),
            case("the largest token", text(&envelope(&[1], payload(array(&largest)), &ours)), "good", Some(&largest)),
            case("a later revision", text(&envelope(&[1], payload(array(&Claims { revision: 7, ..claims.clone() })), &ours)), "good", Some(&Claims { revision: 7, ..claims.clone() })),
            case("a blank form", text(&envelope(&[1], payload(array(&blank)), &ours)), "good", Some(&blank)),
            case("an older key of two bytes", text(&envelope(&[1, 44], payload(array(&claims)), &retired)), "good", Some(&claims)),
            case("a changed number", changed(15), "bad", None),
            case("a changed signature", changed(good.len() - 1), "bad", None),
            case("signed by a stranger under our key's name", text(&envelope(&[1], payload(array(&claims)), &stranger)), "bad", None),
            case("a key that is not known", text(&envelope(&[9], payload(array(&claims)), &stranger)), "unknown_key", Some(&claims)),
            case("a practice slip", text(&envelope(&[0], payload(array(&claims)), &stranger)).replace("/T/", "/PRACTICE/T/"), "practice", Some(&claims)),
            case("cut short", text(&good[..good.len() - 5]), "malformed", None),
            case("something after the end", text(&[good.as_slice(), &[0]].concat()), "malformed", None),
            case("longer than any token", text(&envelope(&[1], payload([array(&largest), vec!["more than a token".into()]].concat()), &ours)), "malformed", None),
            case("a number spelt longer than needed", text(&envelope(&[1], long_form, &ours)), "malformed", None),
            case("a key name spelt longer than needed", text(&envelope(&[0, 1], payload(array(&claims)), &ours)), "malformed", None),
            case("ten items", text(&envelope(&[1], payload(array(&claims)[..10].to_vec()), &ours)), "malformed", None),
            case("revision 0", swapped(1, 0.into()), "malformed", None),
            case("a slot out of range", swapped(2, (1_i64 << 32).into()), "malformed", None),
            case("a kind of ID that does not exist", swapped(10, 22.into()), "malformed", None),
            case("the end of an ID in small letters", swapped(11, "ab12".into()), "malformed", None),
            case("a text where a number belongs", swapped(3, "42".into()), "malformed", None),
            case("small letters", good_text.replace("/T/", "/T/ ").to_lowercase().replace("/t/ ", "/T/"), "foreign", None),
            case("padded base32", format!("{good_text}="), "foreign", None),
            case("base32 with bits left over", with_left_over_bits(&good), "foreign", None),
            case("another path", good_text.replace("/T/", "/X/"), "foreign", None),
            case("a payment code", "upi://pay?pa=someone@example&am=100".into(), "foreign", None),
            case("a health certificate", "HC1:6BFOXN%TS3DH0YOJ58S".into(), "foreign", None),
            case("nothing", String::new(), "foreign", None),
        ],
    })
}

/// The last letter of the base32 with one of its unused bits set.
fn with_left_over_bits(good: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bytes = &good[..good.len() - 1];
    let mut text = BASE32_NOPAD.encode(bytes).into_bytes();
    assert!(!bytes.len().is_multiple_of(5), "there must be unused bits");
    let last = text.last_mut().unwrap();
    let value = LETTERS.iter().position(|letter| letter == last).unwrap();
    *last = LETTERS[value | 1];
    format!("HTTPS://BAARI.EXAMPLE.ORG/T/{}", String::from_utf8(text).unwrap())
}
