//! Requests as bytes, and whom they are about.

use std::net::SocketAddr;

use baari::chance::Chance;
use baari::domain::moment::{Day, Moment};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Outcome;
use crate::client::Connection;
use crate::field::{is_usable, under_load};
use crate::world::World;

/// What is asked for with `GET`.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n").into_bytes()
}

/// A `POST` with further headers.
pub fn post(path: &str, headers: &str, body: &Value) -> Vec<u8> {
    post_text(path, headers, &body.to_string())
}

/// A `POST` whose body is JSON already.
pub fn post_text(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
    format!("{head}{headers}\r\n{body}").into_bytes()
}

/// A slot, as `/api/v1/slots` names it.
#[derive(Deserialize)]
struct Slot {
    #[serde(rename = "slot")]
    id: i64,
    centre: String,
    ends_at: String,
}

/// A slot with the key of a clerk who may give out its places.
struct Place {
    slot: i64,
    day: Day,
    clerk: String,
}

/// What a scan needs of an issued token.
#[derive(Deserialize)]
pub struct Issued {
    /// Ten digits.
    pub number: String,
    centre: String,
    qr: String,
}

/// Clerks and operators with their keys, and the slots that are open.
pub struct Offices {
    chance: Chance,
    places: Vec<Place>,
    operators: Vec<(String, String)>,
}

impl Offices {
    /// Makes the keys and asks the server for the slots.
    pub async fn open(world: &World, server: SocketAddr) -> Outcome<Self> {
        let centres = under_load()?;
        let mut clerks: Vec<(&str, String)> = Vec::new();
        let mut operators = Vec::new();
        for centre in &centres {
            if clerks.iter().all(|(zone, _)| *zone != centre.zone) {
                clerks.push((&centre.zone, world.key("clerk", &centre.zone)?));
            }
            operators.push((centre.code.clone(), world.key("operator", &centre.code)?));
        }
        let mut connection = Connection::open(server).await?;
        let mut answer: Value = serde_json::from_slice(connection.ask(&get("/api/v1/slots")).await?.body)?;
        let slots: Vec<Slot> = serde_json::from_value(answer["slots"].take())?;
        let mut places = Vec::new();
        for slot in slots {
            let ends = Moment(chrono::DateTime::parse_from_rfc3339(&slot.ends_at)?.timestamp());
            let zone = centres.iter().find(|centre| centre.code == slot.centre).map(|centre| centre.zone.as_str());
            let clerk = clerks.iter().find(|(of, _)| Some(*of) == zone);
            if let (Some((_, clerk)), true) = (clerk, is_usable(ends)) {
                places.push(Place { slot: slot.id, day: ends.day(), clerk: clerk.clone() });
            }
        }
        if places.is_empty() { Err("no slot is open".into()) } else { Ok(Self { chance: Chance::system(), places, operators }) }
    }

    /// Only the slots of one day: another day's session may be stopped meanwhile.
    pub fn on(mut self, day: Day) -> Self {
        self.places.retain(|place| place.day == day);
        self
    }

    /// Asks for a token for a person of whom nobody has heard, somewhere in the field.
    pub fn issue(&self, person: usize) -> Vec<u8> {
        let place = &self.places[person % self.places.len()];
        let body = json!({
            "slot": place.slot,
            "person": {
                "name": "Sita Verma",
                "birth_year": 1950,
                "gender": "female",
                "mobile": format!("6{person:09}"),
                "id_type": "voter_id",
                "id_number": format!("ZZA{person:07}"),
            },
        });
        post("/api/v1/tokens", &self.headers(&place.clerk), &body)
    }

    /// Scans a token's code where it belongs, with an id of its own.
    pub fn scan(&self, token: &Issued) -> Outcome<Vec<u8>> {
        let operator = self.operators.iter().find(|(centre, _)| *centre == token.centre).ok_or("a token for an unknown centre")?;
        Ok(post("/api/v1/scans", &self.headers(&operator.1), &json!({ "token": token.qr })))
    }

    fn headers(&self, key: &str) -> String {
        let id = uuid::Builder::from_random_bytes(self.chance.bytes()).into_uuid();
        format!("Authorization: Bearer {key}\r\nIdempotency-Key: {id}\r\n")
    }
}
