//! A clerk's browser that issues without a link.

use std::collections::{BTreeMap, VecDeque};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf;
use baari::domain::moment::Moment;
use baari::domain::number::TokenNumber;
use baari::domain::person::{IdNumber, IdType};
use baari::domain::token::{Claims, Holder, Signer};
use baari::ids::{CentreId, SlotId};
use data_encoding::BASE64URL_NOPAD;
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::callers::Answer;

/// A lent place that nobody has yet.
#[derive(Debug, Clone)]
pub struct Place {
    pub slot: SlotId,
    pub serial: i64,
    link: String,
    code: String,
}

/// What the browser keeps. A copy of it is what a profile that was restored from a backup is.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Unused places by number.
    pub places: BTreeMap<TokenNumber, Place>,
    /// Everything ever got, so that a place that was used or given back never comes again.
    pub seen: Vec<TokenNumber>,
    /// What was done and not yet acknowledged.
    pub unsent: VecDeque<Value>,
    /// What is acknowledged, and goes up again when the server has forgotten it.
    pub sent: Vec<Value>,
    /// Given back for good.
    gone: Vec<TokenNumber>,
    epoch: Value,
    /// Struck off and not yet acknowledged.
    pub returned: Vec<TokenNumber>,
    word: String,
    /// The call that was not answered.
    call: Option<Uuid>,
    /// How often it has called: a number for each call. A copy goes on from another one.
    pub calls: u32,
    base: Value,
    /// Made in the last hour, as it says.
    pub pace: i64,
}

/// A bug that may be put into a desk, for the model to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// What was sent counts as heard, answer or not.
    ForgetsUnanswered,
    /// A place is given to two people.
    ReusesPlace,
    /// A place is still used after its return was sent.
    UsesReturned,
    /// Now and then a serial is signed that was not lent.
    SignsAnotherSerial,
    /// A call that was not answered is made again as another call.
    NewCallEachTime,
}

/// A browser that was made a desk.
#[derive(Clone)]
pub struct Desk {
    client: Client,
    url: String,
    secret: String,
    pkcs8: Vec<u8>,
    /// Its number.
    pub id: i64,
    /// What it keeps.
    pub kept: Kept,
    /// What is wrong with it.
    pub bug: Option<Bug>,
}

impl Desk {
    /// A clerk's browser, logged in, asks to be a desk.
    pub async fn ask(browser: &super::browser::Browser, url: &str, name: &str) -> Self {
        let pkcs8 = Signer::new_key().expect("a key");
        let public = Signer::new(1, &pkcs8).expect("a key").public().to_vec();
        let secret = BASE64URL_NOPAD.encode(&baari::chance::fingerprint(format!("secret of {name}")));
        let asked = json!({ "name": name, "public": BASE64URL_NOPAD.encode(&public), "secret": secret });
        let page = browser.send(browser.sending("/api/desk/ask").json(&asked)).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let answer: Value = serde_json::from_str(&page.body).expect("JSON");
        let kept = Kept {
            places: BTreeMap::new(),
            seen: Vec::new(),
            unsent: VecDeque::new(),
            sent: Vec::new(),
            gone: Vec::new(),
            epoch: Value::Null,
            returned: Vec::new(),
            word: answer["word"].as_str().expect("a word").to_owned(),
            call: None,
            calls: 0,
            base: Value::Null,
            pace: 0,
        };
        Self { client: Client::new(), url: url.to_owned(), secret, pkcs8, id: answer["desk"].as_i64().expect("a number"), kept, bug: None }
    }

    /// The same address is another server's by now.
    pub fn go_to(&mut self, url: &str) {
        url.clone_into(&mut self.url);
    }

    /// Whether it may issue, as it last heard.
    pub fn key(&self) -> Option<i64> {
        self.kept.base["kid"].as_i64()
    }

    /// The soonest unused place of a slot.
    pub fn place_in(&self, slot: SlotId) -> Option<TokenNumber> {
        self.kept.places.iter().filter(|(_, place)| place.slot == slot).min_by_key(|(_, place)| place.serial).map(|(number, _)| *number)
    }

    /// Issues out of what it holds, with no word to anybody: the number, and the text of the slip's QR code.
    pub fn issue(&mut self, slot: SlotId, card: u32, at: Moment) -> (TokenNumber, String) {
        self.issue_to(slot, card, at, json!({}))
    }

    /// The same, with more said of the person.
    pub fn issue_to(&mut self, slot: SlotId, card: u32, at: Moment, more: Value) -> (TokenNumber, String) {
        let number = self.place_in(slot).expect("a place");
        let place = self.kept.places[&number].clone();
        if self.bug != Some(Bug::ReusesPlace) || card.is_multiple_of(3) {
            self.kept.places.remove(&number);
        }
        let facts = self.slot(slot);
        let typed = format!("CGR{card:07}");
        let id = IdNumber::parse(IdType::VoterId, &typed).expect("an ID");
        let claims = Claims {
            number,
            revision: 1,
            slot,
            serial: if self.bug == Some(Bug::SignsAnotherSerial) && card.is_multiple_of(5) { place.serial + 1_000 } else { place.serial },
            centre: CentreId(facts["centre"].as_i64().expect("a centre")),
            starts: Moment(facts["starts"].as_i64().expect("a start")),
            minutes: facts["minutes"].as_i64().expect("minutes"),
            dose: 1,
            issued: at,
            holder: Some(Holder { birth_year: 1954, id_type: IdType::VoterId, id_end: id.end().to_owned() }),
        };
        let signer = Signer::new(self.key().expect("approved"), &self.pkcs8).expect("a key");
        let cose = signer.sign(&claims);
        let mut person = json!({
            "mobile": null, "mobile_of": "own", "name": "राम प्रसाद", "birth_year": 1954, "gender": "male", "category": "citizen", "certificate": false,
            "language": "hi", "needs": "", "id_type": "voter_id", "id_end": id.end(), "id_sealed": self.seal(&typed, number),
        });
        if let (Some(person), Value::Object(more)) = (person.as_object_mut(), more) {
            person.extend(more);
        }
        let record = json!({
            "kind": "issue", "id": Uuid::from_u128(u128::from(card) << 64 | number.value() as u128), "number": number.plain(), "at": at, "by": "asha",
            "cose": BASE64URL_NOPAD.encode(&cose), "link": place.link, "code": place.code, "person": person,
        });
        self.kept.unsent.push_back(record);
        (number, baari::domain::token::qr_text(&self.url, &cose))
    }

    /// Cancels a token of its own.
    pub fn cancel(&mut self, number: TokenNumber, at: Moment) {
        let id = Uuid::from_u128(0xc000 << 64 | number.value() as u128);
        let record = json!({ "kind": "cancel", "id": id, "number": number.plain(), "at": at, "by": "asha", "reason": "ill" });
        self.kept.unsent.push_back(record);
    }

    /// One call; what came back, and whether the desk heard it. `lost`: the answer never arrives.
    pub async fn sync(&mut self, now: Moment, lost: bool) -> Answer {
        if self.bug == Some(Bug::NewCallEachTime) {
            self.kept.call = None;
        }
        self.kept.calls += 1;
        let fresh = Uuid::from_u128(u128::from(self.kept.calls) << 64 | self.id as u128);
        let call = *self.kept.call.get_or_insert(fresh);
        let records: Vec<_> = self.kept.unsent.iter().take(50).cloned().collect();
        let returned: Vec<_> = self.kept.returned.iter().map(|number| number.plain()).collect();
        let up = json!({
            "call": call, "word": self.kept.word, "records": records, "returned": returned, "pace": self.kept.pace,
            "waiting": self.kept.unsent.len() - records.len(), "desk_time": now, "base": self.kept.base["version"],
        });
        let request = self.client.post(format!("{}/api/desk/sync", self.url)).bearer_auth(&self.secret).json(&up);
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let body = response.text().await.expect("a body");
        let down = Answer { status, json: serde_json::from_str(&body).unwrap_or(Value::String(body)) };
        if status == 200 && !lost {
            self.hear(&down.json);
        } else if self.bug == Some(Bug::ForgetsUnanswered) {
            self.kept.unsent.clear();
        }
        down
    }

    /// A call that never arrives.
    pub fn call_in_vain(&mut self) {
        if self.bug == Some(Bug::ForgetsUnanswered) {
            self.kept.unsent.clear();
        }
    }

    fn hear(&mut self, down: &Value) {
        let kept = &mut self.kept;
        kept.call = None;
        down["word"].as_str().expect("a word").clone_into(&mut kept.word);
        if down["base"].is_object() {
            kept.base = down["base"].clone();
        }
        for answer in down["answers"].as_array().expect("answers") {
            if !["unavailable", "outcome_unknown"].contains(&answer["outcome"].as_str().expect("a word")) {
                let (sent, unsent) = kept.unsent.drain(..).partition::<VecDeque<_>, _>(|record| record["id"] == answer["id"]);
                kept.sent.extend(sent);
                kept.unsent = unsent;
            }
        }
        kept.gone.append(&mut kept.returned);
        if kept.epoch.is_string() && kept.epoch != down["epoch"] {
            kept.unsent = kept.sent.drain(..).chain(kept.unsent.drain(..)).collect();
            kept.returned.append(&mut kept.gone);
            let lent =
                |number: &TokenNumber| down["places"].as_array().expect("places").iter().any(|place| place["number"] == number.plain());
            kept.places.retain(|number, _| lent(number));
        }
        kept.epoch = down["epoch"].clone();
        for place in down["places"].as_array().expect("places") {
            let number: TokenNumber = place["number"].as_str().expect("a number").parse().expect("a number");
            if !kept.seen.contains(&number) {
                kept.seen.push(number);
                let slot = SlotId(place["slot"].as_i64().expect("a slot"));
                let text = |name: &str| place[name].as_str().expect("a text").to_owned();
                let serial = place["serial"].as_i64().expect("a serial");
                kept.places.insert(number, Place { slot, serial, link: text("link"), code: text("code") });
            }
        }
        for number in down["give_back"].as_array().expect("numbers") {
            let number: TokenNumber = number.as_str().expect("a number").parse().expect("a number");
            if let Some(place) = kept.places.remove(&number) {
                kept.returned.push(number);
                if self.bug == Some(Bug::UsesReturned) {
                    kept.places.insert(number, place);
                }
            }
        }
    }

    /// Calls until there is nothing more to say.
    pub async fn settle(&mut self, now: Moment) -> Answer {
        loop {
            let down = self.sync(now, false).await;
            assert_eq!(down.status, 200, "{down:?}");
            if self.kept.unsent.is_empty() && self.kept.returned.is_empty() {
                return down;
            }
        }
    }

    fn slot(&self, slot: SlotId) -> Value {
        let slots = self.kept.base["slots"].as_array().expect("slots");
        slots.iter().find(|row| row["id"].as_i64() == Some(slot.0)).expect("a slot that it knows").clone()
    }

    /// The ID's number, for nobody but the server.
    fn seal(&self, text: &str, number: TokenNumber) -> String {
        let theirs = BASE64URL_NOPAD.decode(self.kept.base["box_key"].as_str().expect("a key").as_bytes()).expect("a point");
        let own = PrivateKey::generate(&ECDH_P256).expect("a key");
        let key: [u8; 32] = agree(&own, UnparsedPublicKey::new(&ECDH_P256, theirs), (), |secret| {
            let mut key = [0; 32];
            let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"").extract(secret);
            prk.expand(&[b"baari id 1"], &AES_256_GCM).and_then(|okm| okm.fill(&mut key)).map(|()| key).map_err(|_| ())
        })
        .expect("a secret");
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).expect("a key"));
        let (nonce, mut body) = ([7; 12], text.as_bytes().to_vec());
        let bound = Aad::from(number.plain());
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound, &mut body).expect("sealed");
        BASE64URL_NOPAD.encode(&[own.compute_public_key().expect("a key").as_ref(), &nonce, &body].concat())
    }
}
