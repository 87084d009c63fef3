//! An SMS gateway that writes down every call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use baari::workers::gateway::Gateway;
use baari::workers::{Workers, messages};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::TestApp;

/// How the gateway is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It takes what comes.
    Well,
    /// It takes nothing now.
    Down,
    /// It takes nothing to numbers that begin with 6.
    Choosy,
    /// It takes a message and breaks off before it has answered.
    Mute,
}

/// A gateway.
#[derive(Clone)]
pub struct SmsGateway(Arc<Inner>);

struct Inner {
    url: String,
    mood: Mutex<Mood>,
    calls: Mutex<Vec<Value>>,
    /// How long it takes to answer, in milliseconds.
    pause: AtomicU64,
}

impl SmsGateway {
    /// Opens it.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/send", listener.local_addr().expect("an address"));
        let inner = Inner { url, mood: Mutex::new(Mood::Well), calls: Mutex::default(), pause: AtomicU64::new(0) };
        let gateway = Self(Arc::new(inner));
        let routes = Router::new().route("/send", post(take)).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        gateway
    }

    /// Sets its mood.
    pub fn is(&self, mood: Mood) {
        *self.0.mood.lock().expect("a mood") = mood;
    }

    /// Sets how long it takes to answer.
    pub fn takes(&self, pause: Duration) {
        self.0.pause.store(pause.as_millis() as u64, Ordering::Relaxed);
    }

    /// The messages that it has taken, as it was called.
    pub fn calls(&self) -> Vec<Value> {
        self.0.calls.lock().expect("calls").clone()
    }

    /// What it was asked to send to a number.
    pub fn texts_to(&self, mobile: &str) -> Vec<String> {
        let text = |call: &Value| call["text"].as_str().expect("a text").to_owned();
        self.calls().iter().filter(|call| call["to"] == format!("91{mobile}")).map(text).collect()
    }

    /// The file that describes it.
    pub fn file(&self, once: bool) -> String {
        json!({
            "kind": "http", "url": self.0.url, "once": once, "at_once": 4, "id": "/id",
            "json": { "to": "91{mobile}", "text": "{text}", "id": "{id}", "report": "{report}", "template": "{registered}" },
            "taken": { "at": "/status", "is": ["ok"] },
            "report": { "at": "status", "sent": ["accepted"], "delivered": ["delivered"], "failed": ["undelivered"] },
        })
        .to_string()
    }

    /// Lets an app send through it, until what is returned is dropped.
    pub fn serves(&self, app: &TestApp) -> Workers {
        let gateway = Gateway::read(&self.file(false), &app.url).expect("a gateway");
        let mut workers = Workers::new(Arc::clone(&app.core));
        messages::start(&mut workers, &app.app, Arc::new(gateway));
        workers
    }
}

async fn take(State(gateway): State<SmsGateway>, Json(call): Json<Value>) -> (StatusCode, Json<Value>) {
    let mood = *gateway.0.mood.lock().expect("a mood");
    let pause = Duration::from_millis(gateway.0.pause.load(Ordering::Relaxed));
    if mood == Mood::Down {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "come later" })));
    }
    if mood == Mood::Choosy && call["to"].as_str().is_some_and(|to| to.starts_with("916")) {
        return (StatusCode::OK, Json(json!({ "status": "number is blocked" })));
    }
    let name = {
        let mut calls = gateway.0.calls.lock().expect("calls");
        calls.push(call);
        calls.len()
    };
    tokio::time::sleep(pause).await;
    if mood == Mood::Mute {
        return (StatusCode::BAD_GATEWAY, Json(Value::Null));
    }
    (StatusCode::OK, Json(json!({ "status": "ok", "id": name })))
}
