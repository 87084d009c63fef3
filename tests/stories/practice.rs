//! The practice centre: everything can be tried there, and nothing of it reaches the real day.

use baari::actions::record_scans::{Code, RecordScan};
use baari::domain::admission::Verdict;
use baari::domain::place::Role;
use baari::practice::{CENTRE, Opened, Practice, samples};
use baari::storage::scan::ScanKind;
use serde_json::json;

use crate::support::callers::Person;
use crate::support::gates::{Gate, scan_id};
use crate::support::{TestApp, on_both};

on_both! {
    nothing_of_practice_reaches_the_real_day,
    a_slip_of_practice_means_nothing_at_a_real_gate_nor_a_real_one_in_practice,
    the_sample_codes_say_what_the_sheet_says_on_later_days_too,
}

const MEKAHARA: &str = "RPR-MEKAHARA";

/// Everything that could count: how many rows of what.
async fn real_day(app: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in ["token", "beneficiary", "scan", "conflict", "message", "upload", "dose", "gate", "account", "login", "journal", "change"]
    {
        counts.push(app.count(table).await);
    }
    counts
}

async fn nothing_of_practice_reaches_the_real_day(app: TestApp) {
    let browser = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    assert!(browser.get("/practice").await.shows("अभ्यास केंद्र"));
    let free = browser.get("/").await;
    let before = real_day(&app).await;

    let opened = browser.post("/practice/begin", &[]).await;
    assert_eq!((opened.status, opened.location()), (303, "/practice/office"));
    let counter = browser.get("/practice/office").await;
    assert!(counter.shows("class=\"practice\"") && counter.shows("action=\"/practice/end\""), "{}", counter.body);
    assert!(!counter.shows("action=\"/office") && !counter.shows("href=\"/office"), "{}", counter.body);
    assert!(counter.header("content-security-policy").contains("/practice/; "), "{:?}", counter.headers);
    let slot = counter.value("slot");
    let person = [("name", "गीता"), ("age", "66"), ("gender", "female"), ("id_type", "voter_id"), ("id_number", "CGR0000001")];
    let issued = browser.post("/practice/office/tokens", &[&person[..], &[("slot", &*slot), ("key", "k")]].concat()).await;
    let number = issued.location().strip_prefix("/practice/office?issued=").expect("the practice counter").to_owned();
    let slip = browser.get(&format!("/practice/office/slips?numbers={number}&paper=a4")).await;
    assert!(slip.shows("अभ्यास की पर्ची"), "{}", slip.body);
    let cancelled = browser.post(&format!("/practice/office/tokens/{number}/cancel"), &[("key", "c"), ("reason", "ill")]).await;
    assert_eq!(cancelled.status, 303, "{}", cancelled.body);

    // The real day has not moved, and the real log-in is as it was: side by side, in the same browser.
    assert_eq!(real_day(&app).await, before);
    let again = browser.get("/").await;
    assert_eq!(free.header("etag"), again.header("etag"));
    assert!(!again.shows("अभ्यास"), "{}", again.body);
    let real = browser.get("/office").await;
    assert!(real.status == 200 && !real.shows("class=\"practice\""), "{}", real.body);
    assert_eq!(browser.get(&format!("/office/tokens/{number}")).await.status, 404);

    // Neither log-in opens the other's doors.
    let stranger = app.browser();
    assert_eq!(stranger.post("/practice/begin", &[]).await.location(), "/login?next=/practice/begin");
    assert_eq!(stranger.get("/practice/office").await.location(), "/practice");
    let practice_secret = cookie(opened.header("set-cookie"));
    for name in ["baari_login", "practice_baari_login"] {
        let real = stranger.send(stranger.asking("/office").header("cookie", format!("{name}={practice_secret}"))).await;
        assert_eq!(real.status, 303, "{name}: {}", real.body);
    }
    let real_secret = cookie(app.browser().log_in("asha", crate::support::PASSWORD).await.header("set-cookie"));
    for name in ["baari_login", "practice_baari_login"] {
        let practice = stranger.send(stranger.asking("/practice/office").header("cookie", format!("{name}={real_secret}"))).await;
        assert_eq!(practice.location(), "/practice", "{name}: {}", practice.body);
    }

    assert_eq!(browser.post("/practice/end", &[]).await.location(), "/login");
    assert_eq!(browser.get("/practice/office").await.location(), "/practice");
    assert_eq!(browser.get("/office").await.status, 200);
}

fn cookie(header: &str) -> String {
    header.split_once('=').and_then(|(_, rest)| rest.split_once(';')).expect("a cookie").0.to_owned()
}

/// The practice centre of this installation, as another process sees it.
async fn practice(app: &TestApp) -> Practice {
    let practice = Practice::default();
    practice.open(&app.core).await.expect("an open practice centre");
    practice
}

async fn a_slip_of_practice_means_nothing_at_a_real_gate_nor_a_real_one_in_practice(app: TestApp) {
    let token = app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, "2021-03-30 11:00"), &Person::new(1)).await;
    let other = practice(&app).await;
    let opened = other.open(&app.core).await.expect("open");
    let sample = &samples(&opened.app.core).await.expect("samples")[0];
    let qr = sample.qr.as_deref().expect("a code");
    assert!(qr.contains("/PRACTICE/T/"), "{qr}");

    let scanned = app.operator(MEKAHARA).await.scan(qr).await;
    assert_eq!(scanned.said(), "200 not_ours", "{scanned:?}");
    assert_eq!(said(opened, 1, token.text("qr")).await, Verdict::NotOurs);

    // Any phone's camera opens the practice slip's own page, in practice; without the mark there is nothing.
    let browser = app.browser();
    let (_, code) = qr.split_once("/T/").expect("an address");
    let page = browser.get(&format!("/PRACTICE/T/{code}")).await;
    assert!(page.location().starts_with("/practice/t/"), "{page:?}");
    assert!(browser.get(page.location()).await.shows("class=\"practice\""));
    assert_eq!(browser.get(&format!("/T/{code}")).await.status, 404);

    // A phone that is a gate gets a practice gate of its own beside the real one.
    let real = app.gate(MEKAHARA, "गेट 1").await;
    let asked = reqwest::Client::new().post(format!("{}/api/gate/practice", app.url));
    assert_eq!(asked.try_clone().expect("the same").send().await.expect("an answer").status(), 401);
    let text = asked.bearer_auth(&real.secret).send().await.expect("an answer").text().await.expect("a text");
    let answer: serde_json::Value = serde_json::from_str(&text).expect("a code");
    let now = opened.app.core.clock.now();
    let mut phone = Gate::enrol(&format!("{}/practice", app.url), answer["code"].as_str().expect("a code"), now).await;
    assert_eq!(phone.lanes(), [0]);
    let (before, number) = (app.count("scan").await, sample.number.expect("a number").plain());
    let scan = json!({ "id": scan_id(7), "kind": "scan", "number": number, "revision": 1, "verdict": "admitted", "at": now, "clock_proved": true });
    assert_eq!(phone.sync(vec![scan]).await.json["answers"][0]["outcome"], "stored");
    assert_eq!(app.count("scan").await, before);
}

/// What practice's own server says to a code.
async fn said(practice: &Opened, n: u128, text: &str) -> Verdict {
    let core = &practice.app.core;
    let scan = RecordScan {
        id: scan_id(n),
        kind: ScanKind::Scan,
        code: Code::read(text).expect("a code"),
        centre: core.board().centre_by_code(CENTRE).expect("the centre").id,
        gate: None,
        decided: None,
        clock_proved: true,
        at: None,
        reason: None,
        reverses: None,
        by_whom: "practice".into(),
    };
    let answer = practice.app.scanning.one(scan).await.expect("an answer").expect("a verdict");
    answer.verdict.expect("a verdict")
}

async fn the_sample_codes_say_what_the_sheet_says_on_later_days_too(app: TestApp) {
    let browser = app.logged_in("asha", Role::Operator, MEKAHARA).await;
    let sheet = browser.get("/practice/codes").await;
    let practice = practice(&app).await;
    let printed = samples(&practice.open(&app.core).await.expect("open").app.core).await.expect("samples");
    let words: std::collections::BTreeSet<_> = printed.iter().map(|sample| sample.verdict.word()).collect();
    assert_eq!(words.len(), Verdict::ALL.len(), "{words:?}");
    for (round, at) in [0_u128, 100, 200].into_iter().enumerate() {
        let opened = practice.open(&app.core).await.expect("open");
        for (n, sample) in printed.iter().enumerate() {
            let text = sample.qr.clone().unwrap_or_else(|| sample.number.expect("a number").plain());
            // Which gate a lane belongs to is known at the gates; the server admits there.
            let wanted = if sample.verdict == Verdict::OtherGate { Verdict::Admitted } else { sample.verdict };
            assert_eq!(said(opened, at + n as u128, &text).await, wanted, "round {round}: {sample:?}");
        }
        let used = printed[0].qr.as_deref().expect("a code");
        assert_eq!(said(opened, at + 50, used).await, Verdict::AlreadyAdmitted);
        if round == 0 {
            assert_eq!(browser.post("/practice/afresh", &[]).await.location(), "/practice?done=afresh");
        } else {
            // The next day: the practice day is over, and begins afresh by itself.
            let mut tx = opened.app.core.write().await.expect("a transaction");
            let tomorrow = (opened.app.core.clock.offset() + 86_400).to_string();
            tx.set_setting("practice_clock", &tomorrow).await.expect("set");
            tx.commit().await.expect("committed");
        }
    }
    assert_eq!(browser.get("/practice/codes").await.body, sheet.body);
}
