//! A phone at a centre's door.

use baari::domain::moment::Moment;
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::callers::Answer;

/// A phone that is enrolled.
pub struct Gate {
    client: Client,
    url: String,
    /// What it keeps to itself.
    pub secret: String,
    cursor: Option<i64>,
    epoch: Option<String>,
    /// The version of the base that it holds.
    pub base: Option<String>,
    /// What the server last said of it.
    pub known: Value,
    /// How many scans it says are waiting after those it sends.
    pub waiting: i64,
    /// When it says that the oldest of those was written.
    pub oldest_at: Option<Moment>,
    now: Moment,
}

/// The id of a scan, made at the gate.
pub fn scan_id(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

/// An admission as the phone writes it down.
pub fn admitted(n: u128, number: &str, at: Moment) -> Value {
    json!({ "id": scan_id(n), "kind": "scan", "number": number, "revision": 1, "verdict": "admitted", "at": at, "clock_proved": true })
}

/// Something that takes an admission back.
pub fn taken_back(n: u128, kind: &str, number: &str, reverses: u128, at: Moment) -> Value {
    json!({ "id": scan_id(n), "kind": kind, "number": number, "reverses": scan_id(reverses), "at": at, "clock_proved": true })
}

/// Uses a one-time code.
pub async fn enrol(url: &str, code: &str) -> Answer {
    post(&Client::new(), &format!("{url}/api/gate/enrol"), None, &json!({ "code": code })).await
}

impl Gate {
    /// Enrols with a one-time code, and syncs.
    pub async fn enrol(url: &str, code: &str, now: Moment) -> Self {
        let answer = enrol(url, code).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let secret = answer.text("secret").to_owned();
        let (client, url) = (Client::new(), url.to_owned());
        let mut gate =
            Self { client, url, secret, cursor: None, epoch: None, base: None, known: Value::Null, waiting: 0, oldest_at: None, now };
        let down = gate.sync(Vec::new()).await;
        assert_eq!(down.status, 200, "{down:?}");
        gate
    }

    /// Sends scans, hears what changed, and remembers how far it has heard.
    pub async fn sync(&mut self, scans: Vec<Value>) -> Answer {
        self.sync_with(scans, json!([])).await
    }

    /// The same, with lanes that moved from phone to phone.
    pub async fn sync_with(&mut self, scans: Vec<Value>, lanes: Value) -> Answer {
        let up = json!({
            "scans": scans, "cursor": self.cursor, "epoch": self.epoch, "centre": self.known["centre"], "base": self.base,
            "phone_time": self.now, "waiting": self.waiting, "oldest_at": self.oldest_at, "version": "test", "lanes": lanes,
        });
        let down = self.call("/api/gate/sync", &up).await;
        if down.status == 200 {
            self.cursor = down.json["cursor"].as_i64();
            self.epoch = down.json["epoch"].as_str().map(str::to_owned);
            if let Some(version) = down.json["base"]["version"].as_str() {
                self.base = Some(version.to_owned());
                self.known = down.json["base"]["gate"].clone();
            }
        }
        down
    }

    /// Hears all that there is to hear: the tokens that changed.
    pub async fn hear_all(&mut self) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            let down = self.sync(Vec::new()).await;
            let tokens = down.json["tokens"].as_array().unwrap_or_else(|| panic!("no tokens in {down:?}"));
            if tokens.is_empty() {
                return heard;
            }
            heard.extend_from_slice(tokens);
        }
    }

    /// The lanes that it may admit, as it last heard.
    pub fn lanes(&self) -> Vec<i64> {
        self.known["lanes"].as_array().expect("lanes").iter().filter_map(Value::as_i64).collect()
    }

    /// Its id.
    pub fn id(&self) -> i64 {
        self.known["id"].as_i64().expect("an id")
    }

    /// Says that it is about to admit somebody.
    pub async fn ask(&self, id: Uuid, number: &str) -> Answer {
        self.call("/api/gate/ask", &json!({ "id": id, "number": number })).await
    }

    /// Asks for a new time for somebody who is turned back.
    pub async fn new_slot(&self, id: &str, number: &str) -> Answer {
        self.call("/api/gate/new-slot", &json!({ "id": id, "number": number })).await
    }

    async fn call(&self, path: &str, body: &Value) -> Answer {
        post(&self.client, &format!("{}{path}", self.url), Some(&self.secret), body).await
    }
}

async fn post(client: &Client, url: &str, secret: Option<&str>, body: &Value) -> Answer {
    let mut request = client.post(url).json(body);
    if let Some(secret) = secret {
        request = request.bearer_auth(secret);
    }
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let body = response.text().await.expect("a body");
    Answer { status, json: serde_json::from_str(&body).unwrap_or(Value::String(body)) }
}

/// What became of each scan, on one line each: `stored`, `stored double`, `id_reused`.
pub fn outcomes(down: &Answer) -> Vec<String> {
    let told = |answer: &Value| {
        let outcome = answer["outcome"].as_str().unwrap_or("-");
        match answer["detail"]["conflict"].as_str() {
            Some(conflict) => format!("{outcome} {conflict}"),
            None => outcome.to_owned(),
        }
    };
    down.json["answers"].as_array().unwrap_or_else(|| panic!("no answers in {down:?}")).iter().map(told).collect()
}
