//! SMS gateways: Kannel, any other that speaks HTTP and is described in a file, or none.
//!
//! `docs/messages.md` says what may stand in the file and what each answer means.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::actions::send_messages::{Outgoing, Said};
use crate::storage::message::MessageState;

/// How long a gateway may take to answer. A worker's lease is longer.
const ANSWER: Duration = Duration::from_secs(20);

/// How much of an answer is kept as the gateway's words.
const WORDS: usize = 200;

/// Where messages go.
pub enum Gateway {
    /// Nowhere: they are kept to be looked at.
    Outbox,
    /// To a server.
    Http(Box<HttpGateway>),
}

/// A gateway that is called.
#[derive(Clone)]
pub struct HttpGateway {
    how: Arc<Http>,
    client: reqwest::Client,
    /// Where it reports to: this, and the message's own path.
    report_to: String,
}

/// The file that describes a gateway.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Description {
    Kannel(Kannel),
    Http(Box<Http>),
}

/// Kannel's `sendsms`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kannel {
    url: String,
    username: String,
    password: String,
    /// Which of its lines; absent: it decides.
    #[serde(default)]
    smsc: String,
    /// What the operators want beside the text, for lines that are set up for it.
    #[serde(default = "dlt_fields")]
    meta_data: String,
    #[serde(default)]
    report_to: Option<String>,
    #[serde(default = "at_once")]
    at_once: usize,
}

/// Any other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Http {
    #[serde(default = "post")]
    method: String,
    url: String,
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    json: Option<Value>,
    #[serde(default)]
    form: Option<BTreeMap<String, String>>,
    /// What an answer must be that took the message, beyond its status.
    #[serde(default)]
    taken: Taken,
    /// How a refusal begins that is not this message's fault, whatever its status.
    #[serde(default)]
    not_now: Vec<String>,
    /// Where in the answer its name for the message stands, such as `/data/id`.
    #[serde(default)]
    id: Option<String>,
    /// It takes the same id once only, so that a try may be repeated.
    #[serde(default)]
    once: bool,
    #[serde(default)]
    report: Report,
    /// Where it can reach this server; absent: at the public address.
    #[serde(default)]
    report_to: Option<String>,
    #[serde(default = "at_once")]
    at_once: usize,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Taken {
    starts_with: Vec<String>,
    at: String,
    is: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Report {
    at: String,
    sent: Vec<String>,
    delivered: Vec<String>,
    failed: Vec<String>,
}

fn post() -> String {
    "POST".into()
}

fn at_once() -> usize {
    8
}

fn dlt_fields() -> String {
    "?smpp?PE_ID={entity}&TEMPLATE_ID={registered}".into()
}

/// What is wrong with a gateway's file.
#[derive(Debug, thiserror::Error)]
pub enum BadGateway {
    /// It is not the JSON that is described in the docs.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Braces around something that a message does not have.
    #[error("{{{0}}} is nothing that a message has: mobile, text, header, entity, registered, coding, id or report")]
    Unknown(String),
    /// No such method.
    #[error("{0} is no HTTP method")]
    Method(String),
    /// No client for HTTP could be built on this machine.
    #[error("the program cannot speak HTTP: {0}")]
    Client(#[from] reqwest::Error),
}

impl From<Kannel> for Http {
    fn from(kannel: Kannel) -> Self {
        let query = [
            ("username", kannel.username),
            ("password", kannel.password),
            ("smsc", kannel.smsc),
            ("from", "{header}".into()),
            ("to", "+91{mobile}".into()),
            ("charset", "UTF-8".into()),
            ("coding", "{coding}".into()),
            ("text", "{text}".into()),
            ("meta-data", kannel.meta_data),
            // Every report: delivered, not delivered, queued, taken by the network, refused by it.
            ("dlr-mask", "31".into()),
            ("dlr-url", "{report}?state=%d&words=%A".into()),
        ];
        Self {
            method: "GET".into(),
            url: kannel.url,
            query: query.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            headers: BTreeMap::new(),
            json: None,
            form: None,
            taken: Taken { starts_with: vec!["0:".into(), "3:".into()], ..Taken::default() },
            // Neither the settings here nor Kannel's own name a sender.
            not_now: vec!["Sender missing".into()],
            id: None,
            once: false,
            report: Report {
                at: "state".into(),
                sent: vec!["4".into(), "8".into()],
                delivered: vec!["1".into()],
                failed: vec!["2".into(), "16".into()],
            },
            report_to: kannel.report_to,
            at_once: kannel.at_once,
        }
    }
}

impl Gateway {
    /// Reads a gateway's file.
    pub fn read(json: &str, public_url: &str) -> Result<Self, BadGateway> {
        let how = match serde_json::from_str(json)? {
            Description::Kannel(kannel) => kannel.into(),
            Description::Http(http) => *http,
        };
        let report_to = how.report_to.as_deref().unwrap_or(public_url).trim_end_matches('/').to_owned();
        if reqwest::Method::from_bytes(how.method.as_bytes()).is_err() {
            return Err(BadGateway::Method(how.method));
        }
        let client = reqwest::Client::builder().timeout(ANSWER).redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
        let gateway = HttpGateway { how: Arc::new(how), client, report_to };
        gateway.check()?;
        Ok(Self::Http(Box::new(gateway)))
    }

    /// Where messages go, as the officer's page says it.
    pub fn address(&self) -> &str {
        match self {
            Self::Outbox => "",
            Self::Http(gateway) => &gateway.how.url,
        }
    }

    /// Whether delivery is reported back.
    pub fn reports(&self) -> bool {
        matches!(self, Self::Http(gateway) if !gateway.how.report.at.is_empty())
    }

    /// What a report says, by the fields that came with it.
    pub fn reported(&self, field: impl Fn(&str) -> Option<String>) -> Option<MessageState> {
        let Self::Http(gateway) = self else { return None };
        let report = &gateway.how.report;
        let value = field(&report.at)?;
        let states =
            [(&report.sent, MessageState::Sent), (&report.delivered, MessageState::Delivered), (&report.failed, MessageState::Failed)];
        states.into_iter().find(|(values, _)| values.contains(&value)).map(|(_, state)| state)
    }
}

impl HttpGateway {
    /// Whether it takes the same id once only.
    pub fn once(&self) -> bool {
        self.how.once
    }

    /// How many messages go to it at the same time.
    pub fn at_once(&self) -> usize {
        self.how.at_once.clamp(1, 64)
    }

    /// Fills in a message that has everything, so that a wrong file is noticed at the start.
    fn check(&self) -> Result<(), BadGateway> {
        let every = |_: &str| Ok(String::new());
        let known = |name: &str| {
            let names = ["mobile", "text", "header", "entity", "registered", "coding", "id", "report"];
            if names.contains(&name) { every(name) } else { Err(BadGateway::Unknown(name.to_owned())) }
        };
        let texts = self.how.query.values().chain(self.how.headers.values()).chain(self.how.form.iter().flat_map(BTreeMap::values));
        for text in texts.chain([&self.how.url]) {
            fill(text, known)?;
        }
        if let Some(json) = &self.how.json {
            fill_json(json, &known)?;
        }
        Ok(())
    }

    /// Sends one message, under the secret name to which it will be reported.
    pub async fn send(&self, message: &Outgoing, report_path: &str) -> Said {
        let value = |name: &str| -> Result<String, std::convert::Infallible> {
            Ok(match name {
                "mobile" => message.to.to_string(),
                "text" => message.text.clone(),
                "header" => message.header.clone(),
                "entity" => message.entity.clone(),
                "registered" => message.registered.clone(),
                "coding" => if message.wide { "2" } else { "0" }.into(),
                "id" => message.id.to_string(),
                "report" => format!("{}{report_path}", self.report_to),
                _ => String::new(),
            })
        };
        let filled = |text: &str| match fill(text, value) {
            Ok(text) => text,
            Err(never) => match never {},
        };
        let method = reqwest::Method::from_bytes(self.how.method.as_bytes()).unwrap_or(reqwest::Method::POST);
        let mut request = self.client.request(method, filled(&self.how.url));
        let query: Vec<_> = self.how.query.iter().map(|(name, text)| (name, filled(text))).filter(|(_, text)| !text.is_empty()).collect();
        if !query.is_empty() {
            request = request.query(&query);
        }
        for (name, text) in &self.how.headers {
            request = request.header(name, filled(text));
        }
        if let Some(json) = &self.how.json {
            let Ok(body) = fill_json(json, &value);
            request = request.json(&body);
        } else if let Some(form) = &self.how.form {
            request = request.form(&form.iter().map(|(name, text)| (name, filled(text))).collect::<BTreeMap<_, _>>());
        }
        match request.send().await {
            Ok(answer) => self.understand(answer).await,
            // Whoever was not reached has nothing.
            Err(error) if error.is_connect() || error.is_builder() => Said::Busy(cause(&error)),
            Err(error) => Said::Unknown(cause(&error)),
        }
    }

    async fn understand(&self, answer: reqwest::Response) -> Said {
        let status = answer.status();
        let Ok(body) = answer.text().await else { return Said::Unknown(format!("{status}, and the answer broke off")) };
        let words = || format!("{}: {}", status.as_u16(), body.trim().chars().take(WORDS).collect::<String>());
        match status.as_u16() {
            200..=299 if self.took(&body) => Said::Taken(self.name(&body)),
            // The log-in, the address or the load is wrong, not this message.
            300..=399 | 401 | 403 | 404 | 405 | 407 | 408 | 429 | 503 => Said::Busy(words()),
            200..=499 if self.how.not_now.iter().any(|start| body.starts_with(start)) => Said::Busy(words()),
            200..=499 => Said::Refused(words()),
            _ => Said::Unknown(words()),
        }
    }

    fn took(&self, body: &str) -> bool {
        let Taken { starts_with, at, is } = &self.how.taken;
        let begins = starts_with.is_empty() || starts_with.iter().any(|start| body.starts_with(start));
        begins && (at.is_empty() || pointed(body, at).is_some_and(|value| is.is_empty() || is.contains(&value)))
    }

    fn name(&self, body: &str) -> Option<String> {
        pointed(body, self.how.id.as_deref()?)
    }
}

/// A value of a JSON answer, as text.
fn pointed(body: &str, pointer: &str) -> Option<String> {
    match serde_json::from_str::<Value>(body).ok()?.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// The innermost cause of a failed call, without the address: it may hold a password.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if error.is_timeout() { format!("no answer in {} s", ANSWER.as_secs()) } else { cause.to_string() }
}

/// Fills in what stands in braces, once: what a message says is not read again. A brace without its other one stays.
fn fill<E>(text: &str, value: impl Fn(&str) -> Result<String, E>) -> Result<String, E> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        filled.push_str(&value(name)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn fill_json<E>(json: &Value, value: &impl Fn(&str) -> Result<String, E>) -> Result<Value, E> {
    Ok(match json {
        Value::String(text) => Value::String(fill(text, value)?),
        Value::Array(items) => Value::Array(items.iter().map(|item| fill_json(item, value)).collect::<Result<_, E>>()?),
        Value::Object(fields) => {
            let field = |(name, field): (&String, &Value)| Ok((name.clone(), fill_json(field, value)?));
            Value::Object(fields.iter().map(field).collect::<Result<_, E>>()?)
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_says_is_not_read_as_a_template() {
        let value = |name: &str| Ok::<_, ()>(format!("<{name}{{id}}>"));
        assert_eq!(fill("a{text}b{id}c{", value).unwrap(), "a<text{id}>b<id{id}>c{");
    }

    #[test]
    fn a_wrong_file_is_noticed_at_the_start() {
        let read = |json: &str| Gateway::read(json, "http://x").err().map(|error| error.to_string());
        assert!(read(r#"{"kind":"http","url":"http://y/{mobil}"}"#).unwrap().contains("{mobil} is nothing"));
        assert!(read(r#"{"kind":"http","url":"http://y","metod":"GET"}"#).unwrap().contains("metod"));
        assert!(read(r#"{"kind":"kannel","url":"http://y"}"#).unwrap().contains("username"));
        assert_eq!(read(r#"{"kind":"kannel","url":"http://y","username":"u","password":"p"}"#), None);
    }
}
