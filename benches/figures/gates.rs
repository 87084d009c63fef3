//! Phones at the doors of many centres, and the scans that an outage left on them.

use std::collections::HashSet;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use baari::chance::fingerprint;
use baari::domain::moment::Moment;
use baari::domain::number::TokenNumber;
use serde::Deserialize;
use uuid::Uuid;

use crate::Outcome;
use crate::client::{Connection, header};
use crate::database::Direct;
use crate::field::{FURTHER, now};
use crate::requests::post_text;

/// How many phones there are.
pub const GATES: usize = 1_000;

/// How many of them stand at one centre.
const AT_A_CENTRE: usize = 4;

/// How many centres that makes.
pub const CENTRES: usize = GATES / AT_A_CENTRE;

/// How many scans each of them holds.
pub const SCANS: usize = 500;

/// How many scans go up in one call, as in the app.
const BATCH: usize = 200;

/// How many tokens belong to each phone's scans.
const TOKENS: usize = SCANS / ROUND * ADMITTED;

/// What happens at a door repeats itself after so many scans: two people come too early and are admitted later, someone shows
/// a slip again, and someone shows a code that is not ours.
const ROUND: usize = 20;

/// How many of a round are admitted.
const ADMITTED: usize = 16;

/// One round in so many admits someone whom another phone of the centre admits too.
const DOUBLE: usize = 5;

/// How long the app waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The app's pause between two calls; it doubles with each that fails.
const PAUSE: Duration = Duration::from_secs(5);

/// How long it becomes at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A phone.
pub struct Gate {
    address: SocketAddr,
    connection: Option<Connection>,
    secret: String,
    cursor: i64,
    epoch: String,
    base: String,
    /// Nothing before it has heard where it is.
    centre: Option<i64>,
    scans: Vec<String>,
    /// The ids of its scans, in order.
    pub ids: Vec<Uuid>,
    /// How many scans were answered.
    answered: usize,
    /// The scans that the server says it has stored.
    pub stored: Vec<Uuid>,
    /// How many calls went without an answer.
    pub silent: usize,
    /// How often the server was busy, and said when to come again.
    pub sent_away: usize,
}

/// What became of a call.
enum Heard {
    /// There is nothing more to send or to hear.
    All,
    /// There has to be another call.
    More,
    /// The server asks for one after this time.
    Busy(Duration),
    /// No answer.
    Nothing,
}

/// What a phone reads of an answer.
#[derive(Deserialize)]
struct Down<'a> {
    epoch: String,
    cursor: i64,
    more: bool,
    #[serde(borrow)]
    answers: Vec<Answer<'a>>,
    base: Option<Base>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    id: Uuid,
    outcome: &'a str,
}

#[derive(Deserialize)]
struct Base {
    version: String,
    gate: Own,
}

#[derive(serde::Deserialize)]
struct Own {
    centre: i64,
}

/// Puts the phones and the tokens of their scans into the database, past the server: a day's work of a whole state. `taken`
/// are numbers that the server has given out itself.
pub async fn make(server: SocketAddr, database: &mut Direct, taken: &HashSet<String>) -> Outcome<Vec<Gate>> {
    let Moment(began) = now();
    let mut gates = String::new();
    for gate in 0..GATES {
        let comma = if gate == 0 { "" } else { ", " };
        let hash = data_encoding::HEXLOWER.encode(&fingerprint(secret(gate)));
        write!(gates, "{comma}({}, '{FURTHER}{:04}', x'{hash}')", gate + 1, gate / AT_A_CENTRE)?;
    }
    database.run("begin".into()).await?;
    let gates = format!(
        "with made (id, code, hash) as (values {gates}) insert into gate (id, centre_id, name, secret_hash, enrol_lanes, enrolled_at) \
         select made.id, centre.id, 'Gate ' || made.id, made.hash, '', {began} from made join centre on centre.code = made.code"
    );
    if database.run(gates).await? != GATES as u64 {
        return Err("the centres of the phones are not in the database".into());
    }
    let numbers = numbers(taken)?;
    for (gate, numbers) in numbers.chunks(TOKENS).enumerate() {
        let numbers: Vec<_> = numbers.iter().enumerate().map(|(at, number)| format!("({}, {at})", number.value())).collect();
        add_tokens(database, gate, &numbers.join(", ")).await?;
    }
    database.run("commit".into()).await?;
    let of = |gate: usize| &numbers[gate * TOKENS..(gate + 1) * TOKENS];
    Ok((0..GATES).map(|gate| Gate::new(server, gate, of(gate), of(gate ^ 1))).collect())
}

/// Spread over all nine digits, as the server's own numbers are.
fn numbers(taken: &HashSet<String>) -> Outcome<Vec<TokenNumber>> {
    let spread = (1_i64..).map(|index| TokenNumber::from_nine(index * 387_420_489 % 1_000_000_000));
    let free = spread.filter(|number| !number.as_ref().is_ok_and(|number| taken.contains(&number.plain())));
    Ok(free.take(GATES * TOKENS).collect::<Result<_, _>>()?)
}

/// Adds a phone's tokens, each for a person of its own, in the one slot of its centre.
async fn add_tokens(database: &mut Direct, gate: usize, numbers: &str) -> Outcome {
    let made = format!("with made (number, at) as (values {numbers})");
    let person = "unhex(printf('%032x', made.number))";
    let people = format!(
        "{made} insert into beneficiary (id, mobile, mobile_of, name, name_key, birth_year, gender, category, certificate, language, needs, made_at) \
         select {person}, '9876543210', 'own', 'Demo Person', '', 1950, 'female', 'citizen', false, 'hi', '', 0 from made"
    );
    database.run(people).await?;
    // Signed by nobody: a scan by its number asks for no signature.
    let tokens = format!(
        "{made} insert into token (number, beneficiary_id, dose, vaccine, centre_id, slot_id, owner, serial, revision, state, \
         id_type, id_end, link, secret_code, cose, issued_at, issued_by, revised_at) \
         select made.number, {person}, 1, 'covishield', slot.centre_id, slot.id, 'open', {} + made.at, 1, 'issued', \
         'voter_id', '1234', 'link' || made.number, '1234', randomblob(150), 0, 'clerk', 0 \
         from made join gate on gate.id = {} join slot on slot.centre_id = gate.centre_id",
        gate % AT_A_CENTRE * TOKENS + 1,
        gate + 1,
    );
    if database.run(tokens).await? == TOKENS as u64 { Ok(()) } else { Err("the centres of the phones have no slots".into()) }
}

fn secret(gate: usize) -> String {
    data_encoding::BASE64URL_NOPAD.encode(&fingerprint(format!("gate {gate}")))
}

impl Gate {
    fn new(address: SocketAddr, gate: usize, own: &[TokenNumber], others: &[TokenNumber]) -> Self {
        let ids: Vec<_> = (0..SCANS).map(|n| random_id(gate, n)).collect();
        let Moment(began) = now() + -(SCANS as i64 * 6);
        let scan = |(n, id): (usize, &Uuid)| {
            let (round, at) = (n / ROUND, n % ROUND);
            let of_round = |token: usize| Some(own[round * ADMITTED + token]);
            let (number, verdict) = match at {
                0 | 1 => (of_round(at), "too_early"),
                17 if round % DOUBLE == 0 => (Some(others[round * ADMITTED]), "admitted"),
                2..18 => (of_round(at - 2), "admitted"),
                18 => (of_round(0), "already_admitted"),
                _ => (None, "not_ours"),
            };
            let number = number.map_or_else(String::new, |number| format!(r#","number":"{}","revision":1"#, number.plain()));
            let at = began + n as i64 * 6;
            format!(r#"{{"id":"{id}","kind":"scan"{number},"verdict":"{verdict}","late":false,"at":{at},"clock_proved":true}}"#)
        };
        let scans = ids.iter().enumerate().map(scan).collect();
        let (epoch, base) = (String::new(), String::new());
        let stored = Vec::with_capacity(SCANS);
        Self {
            address,
            connection: None,
            secret: secret(gate),
            cursor: 0,
            epoch,
            base,
            centre: None,
            scans,
            ids,
            answered: SCANS,
            stored,
            silent: 0,
            sent_away: 0,
        }
    }

    /// Hears what there is before the outage, and has its scans to send after it.
    pub async fn hear_all(self) -> Outcome<Self> {
        let heard = self.come_back().await?;
        Ok(Self { answered: 0, silent: 0, sent_away: 0, ..heard })
    }

    /// Sends what waits and hears what changed until there is nothing more of either, as the app does.
    pub async fn come_back(mut self) -> Outcome<Self> {
        let mut pause = PAUSE;
        loop {
            match self.call().await? {
                Heard::All => return Ok(self),
                Heard::More => pause = PAUSE,
                Heard::Busy(seconds) => {
                    self.sent_away += 1;
                    tokio::time::sleep(seconds.mul_f64(1.0 + self.spread())).await;
                }
                Heard::Nothing => {
                    self.silent += 1;
                    pause = LONGEST_PAUSE.min(pause * 2);
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    /// From 0 until 1: many come back at once, each a little later than the others.
    fn spread(&self) -> f64 {
        let hash = fingerprint(format!("{} {}", self.secret, self.sent_away));
        f64::from(hash[0]) / 256.0
    }

    /// One call.
    async fn call(&mut self) -> Outcome<Heard> {
        let upto = self.scans.len().min(self.answered + BATCH);
        let request = self.request(upto);
        let connection = self.connection.take();
        let address = self.address;
        let asked = async {
            let mut connection = if let Some(connection) = connection { connection } else { Connection::open(address).await? };
            let answer = connection.ask(&request).await?;
            let again = header(answer.head, "retry-after").and_then(|seconds| seconds.parse().ok());
            let (status, body) = (answer.status, answer.body.to_vec());
            Outcome::Ok((connection, status, again, body))
        };
        // Whoever does not wait any longer hangs up, as a browser does.
        let Ok(Ok((connection, status, again, body))) = tokio::time::timeout(TIMEOUT, asked).await else { return Ok(Heard::Nothing) };
        self.connection = Some(connection);
        match (status, again) {
            (200, _) => {}
            (429, Some(seconds)) => return Ok(Heard::Busy(Duration::from_secs(seconds))),
            (503, _) => return Ok(Heard::Nothing),
            _ => return Err(format!("a sync was answered {status}: {}", String::from_utf8_lossy(&body)).into()),
        }
        let down: Down = serde_json::from_slice(&body)?;
        let asked = &self.ids[self.answered..upto];
        if down.answers.iter().map(|answer| answer.id).ne(asked.iter().copied()) {
            return Err("a sync was answered with other ids".into());
        }
        self.stored.extend(down.answers.iter().filter(|answer| answer.outcome == "stored").map(|answer| answer.id));
        let more = down.more || asked.len() == BATCH;
        (self.answered, self.cursor, self.epoch) = (upto, down.cursor, down.epoch);
        if let Some(base) = down.base {
            (self.base, self.centre) = (base.version, Some(base.gate.centre));
        }
        Ok(if more { Heard::More } else { Heard::All })
    }

    fn request(&self, upto: usize) -> Vec<u8> {
        let Self { cursor, epoch, base, secret, .. } = self;
        let centre = self.centre.map_or_else(|| "null".to_owned(), |centre| centre.to_string());
        let (scans, waiting) = (self.scans[self.answered..upto].join(","), self.scans.len() - upto);
        let body = format!(
            r#"{{"scans":[{scans}],"cursor":{cursor},"epoch":"{epoch}","centre":{centre},"base":"{base}","phone_time":{},"waiting":{waiting}}}"#,
            now().0
        );
        post_text("/api/gate/sync", &format!("Authorization: Bearer {secret}\r\n"), &body)
    }
}

/// As random as the app's, but the same each time.
fn random_id(gate: usize, n: usize) -> Uuid {
    let hash = fingerprint(format!("scan {gate} {n}"));
    let bytes = std::array::from_fn(|at| hash[at]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
