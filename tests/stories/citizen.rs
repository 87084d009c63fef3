//! Stories of citizens: free places, their own token's page, another time, cancelling.

use std::io::Read;
use std::time::Duration;

use crate::support::browser::{Browser, Page};
use crate::support::callers::{Answer, Person};
use crate::support::{TestApp, on_both};
use baari::domain::number::TokenNumber;
use flate2::read::GzDecoder;

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOON: &str = "2021-03-30 12:00";
const DAY: &str = "/?district=RPR&date=2021-03-30";

/// A token for Sita Bai, born in 1954, at noon.
async fn token(app: &TestApp) -> Answer {
    let sita = Person::new(1).mobile("9876543210").with("name", "सीता बाई").with("gender", "female");
    let token = app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, NOON), &sita).await;
    assert_eq!(token.said(), "201 issued");
    token
}

/// The path of an address.
fn path<'a>(app: &TestApp, address: &'a str) -> &'a str {
    address.strip_prefix(&app.url).expect("our own address")
}

/// Opens a page until it shows a text, for at most three seconds.
async fn wait_for(browser: &Browser, path: &str, text: &str) -> Page {
    for _ in 0..60 {
        let page = browser.get(path).await;
        if page.shows(text) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{path} never shows {text}");
}

/// A page without what is different each time it is made.
fn without_key(page: &Page) -> String {
    page.body.replace(&page.value("number"), "")
}

on_both! {
    free_places_are_read_in_both_languages_and_fall_with_each_token,
    the_page_is_small_and_is_sent_once,
    a_token_is_found_by_number_and_birth_year_only,
    a_tokens_page_says_little_and_is_kept_nowhere,
    the_secret_code_moves_and_cancels,
    five_wrong_codes_lock_the_token_for_its_holder,
    whoever_is_late_reads_until_when_they_may_come,
}

async fn free_places_are_read_in_both_languages_and_fall_with_each_token(app: TestApp) {
    let browser = app.browser();
    // Six slots to come with nine places each that offices may give; at Fafadih two each.
    let hindi = browser.get(DAY).await;
    assert_eq!(hindi.texts("free"), ["54 जगह खाली", "12 जगह खाली", "60 जगह खाली"]);
    assert!(hindi.shows("<html lang=\"hi\">") && hindi.shows("मंगल 30 मार्च 2021") && hindi.shows("मेकाहारा"));
    let english = browser.get(&format!("{DAY}&lang=en")).await;
    assert_eq!(english.texts("free"), ["54 places free", "12 places free", "60 places free"]);
    assert!(english.shows("<html lang=\"en\">") && english.shows("Tue 30 March 2021") && english.shows("Mekahara"));

    token(&app).await;
    let fallen = wait_for(&browser, &format!("{DAY}&lang=en"), "53 places free").await;
    assert_eq!(fallen.texts("free"), ["53 places free", "12 places free", "60 places free"]);
    let centre = browser.get("/c/RPR-MEKAHARA?date=2021-03-30").await;
    assert_eq!(centre.texts("free"), ["9 जगह खाली", "8 जगह खाली", "9 जगह खाली", "9 जगह खाली", "9 जगह खाली", "9 जगह खाली"]);
    assert_eq!(centre.texts("full"), ["समय बीत गया"]);
    assert_eq!(browser.get("/c/NOWHERE").await.status, 404);
    assert_eq!(browser.get("/?district=DRG&lang=en").await.texts("free"), ["60 places free"]);
}

async fn the_page_is_small_and_is_sent_once(app: TestApp) {
    let browser = app.browser();
    for path in [DAY, "/c/RPR-MEKAHARA?lang=en"] {
        let page = browser.get(path).await;
        assert_eq!(page.header("cache-control"), "public, max-age=15");
        let zipped = browser.send(browser.asking(path).header("accept-encoding", "gzip")).await;
        assert_eq!(zipped.header("content-encoding"), "gzip");
        assert!(zipped.bytes.len() <= 14 * 1024, "{} bytes", zipped.bytes.len());
        let mut unzipped = String::new();
        GzDecoder::new(&*zipped.bytes).read_to_string(&mut unzipped).expect("gzip");
        assert_eq!(unzipped, page.body);
        let known = browser.send(browser.asking(path).header("if-none-match", page.header("etag"))).await;
        assert_eq!((known.status, known.bytes.len(), known.header("etag")), (304, 0, page.header("etag")));
        assert_eq!(page.header("set-cookie"), "");
    }
    let before = browser.get(DAY).await;
    token(&app).await;
    let after = wait_for(&browser, DAY, "53 जगह").await;
    assert_ne!(before.header("etag"), after.header("etag"));
}

async fn a_token_is_found_by_number_and_birth_year_only(app: TestApp) {
    let (token, browser) = (token(&app).await, app.browser());
    let find = |number: String, year: &'static str| {
        let browser = &browser;
        async move { browser.post("/find", &[("number", &number), ("birth_year", year)]).await }
    };
    let spoken = format!("{} {}-{}", &token.number()[..4], &token.number()[4..8], &token.number()[8..]);
    let found = find(spoken, "१९५४").await;
    assert_eq!((found.status, found.location()), (303, path(&app, token.text("link"))));

    let wrong_year = find(token.number(), "1955").await;
    let unknown = find(TokenNumber::from_nine(482_109_375).expect("nine digits").plain(), "1955").await;
    assert_eq!((wrong_year.status, unknown.status), (200, 200));
    assert!(unknown.shows("इस नंबर और जन्म वर्ष का कोई टोकन नहीं मिला"));
    assert_eq!(without_key(&wrong_year), without_key(&unknown));
    let mistyped = find("4821093757".into(), "nineteen").await;
    assert!(mistyped.shows("कोई अंक ग़लत है") && mistyped.shows("जन्म वर्ष (जैसे 1954)") && mistyped.value("number") == "4821093757");
}

async fn a_tokens_page_says_little_and_is_kept_nowhere(app: TestApp) {
    let (token, browser) = (token(&app).await, app.browser());
    let link = path(&app, token.text("link"));
    let page = browser.get(&format!("{link}?lang=en")).await;
    assert_eq!(page.status, 200);
    for shown in ["सी… बा…", "03-001", "Tue 30 March 2021", "12:00–1:00 pm", "Your token is good."] {
        assert!(page.shows(shown), "{shown} in {}", page.body);
    }
    for hidden in ["सीता", "9876543210", token.text("secret_code"), "CGR"] {
        assert!(!page.shows(hidden), "{hidden} in {}", page.body);
    }
    assert_eq!((page.header("cache-control"), page.header("x-robots-tag")), ("no-store", "noindex"));
    assert_eq!(page.header("referrer-policy"), "no-referrer");

    let (_, code) = token.text("qr").split_once("/T/").expect("an address");
    let scanned = browser.get(&format!("/T/{code}")).await;
    assert_eq!((scanned.status, scanned.location(), scanned.header("cache-control")), (303, link, "no-store"));
    let forged: String = code
        .char_indices()
        .map(|(at, c)| {
            if at != 150 {
                c
            } else if c == 'A' {
                'B'
            } else {
                'A'
            }
        })
        .collect();
    assert_eq!(browser.get(&format!("/T/{forged}")).await.status, 404);
    assert_eq!(browser.get("/t/0000000000").await.status, 404);
}

async fn the_secret_code_moves_and_cancels(app: TestApp) {
    let (token, browser) = (token(&app).await, app.browser());
    let link = path(&app, token.text("link"));
    let code = token.text("secret_code");
    let form = browser.get(&format!("{link}/change")).await;
    assert!(form.shows("दोपहर 1:00–2:00"));
    let (key, three) = (form.value("key"), app.slot(MEKAHARA, "2021-03-30 15:00").to_string());
    // No time is chosen for them.
    assert!(!form.shows(" checked"));
    let none = browser.post(&format!("{link}/change"), &[("code", code), ("key", "none")]).await;
    assert!(none.shows("error-summary") && none.shows("<p>नया समय चुनें</p>"), "{}", none.body);
    let wish = [("slot", &*three), ("code", code), ("key", &*key)];
    for _ in 0..2 {
        let moved = browser.post(&format!("{link}/change"), &wish).await;
        assert_eq!((moved.status, moved.location().to_owned()), (303, format!("{link}?done=moved")));
    }
    let page = browser.get(&format!("{link}?done=moved")).await;
    assert!(page.shows("06-001") && page.shows("समय बदल गया"));
    assert_eq!(app.clerk("RPR-Z2").await.token(&token.number()).await.json["revision"], 2);

    let form = browser.get(&format!("{link}/cancel?lang=en")).await;
    let cancelled = browser.post(&format!("{link}/cancel?lang=en"), &[("code", code), ("key", &form.value("key"))]).await;
    assert_eq!(cancelled.location(), format!("{link}?done=cancelled&lang=en"));
    assert!(browser.get(&format!("{link}?lang=en")).await.shows("This token is cancelled."));
    assert_eq!(app.rows("select cancel_reason || ' ' || state from token").await, ["wish cancelled"]);
}

async fn whoever_is_late_reads_until_when_they_may_come(app: TestApp) {
    let (token, browser) = (token(&app).await, app.browser());
    let link = format!("{}?lang=en", path(&app, token.text("link")));
    for (clock, said) in
        [("12:59", ["Your token is good.", ""]), ("13:05", ["Your token is good.", "You may still come until 5:00 pm today"])]
    {
        app.set_clock(&format!("2021-03-30 {clock}"));
        let page = browser.get(&link).await;
        assert!(said.iter().all(|text| page.shows(text)), "{clock} {}", page.body);
        assert_eq!(page.shows("Your time is over."), clock == "13:05");
    }
    app.set_clock("2021-03-30 17:05");
    assert!(!browser.get(&link).await.shows("You may still come"));
}

async fn five_wrong_codes_lock_the_token_for_its_holder(app: TestApp) {
    let (token, browser) = (token(&app).await, app.browser());
    let link = path(&app, token.text("link"));
    let right = token.text("secret_code");
    let wrong = if right == "0000" { "1111" } else { "0000" };
    // A thumb on the button is no try.
    let empty = browser.post(&format!("{link}/cancel?lang=en"), &[("code", " "), ("key", "empty")]).await;
    assert!(empty.shows("Secret code") && empty.shows("Fill this in."), "{}", empty.body);
    // Nor is what can be no code; and what was chosen stays chosen.
    let two = app.slot("RPR-MEKAHARA", "2021-03-31 12:00").to_string();
    for short in ["12", "abcd"] {
        let told = browser.post(&format!("{link}/change?lang=en"), &[("slot", &*two), ("code", short), ("key", short)]).await;
        assert!(told.shows("has four digits") && told.shows(&format!("value=\"{two}\" checked")), "{}", told.body);
    }
    for left in (0..5).rev() {
        let action = if left % 2 == 0 { "cancel" } else { "change" };
        let wish = [("slot", "1"), ("code", wrong), ("key", &*format!("try {left}"))];
        let told = browser.post(&format!("{link}/{action}?lang=en"), &wish).await;
        let said = if left > 0 { format!("The secret code is wrong. Tries left: {left}.") } else { "Go to the zone office".to_owned() };
        assert!(told.shows(&said), "{}", told.body);
        // Reloaded, it is still the same try; after the last one nothing is tried any more.
        let reloaded = browser.post(&format!("{link}/{action}?lang=en"), &wish).await;
        assert!(reloaded.shows(if left > 0 { &said } else { "five times" }), "{}", reloaded.body);
    }
    let locked = browser.post(&format!("{link}/cancel?lang=en"), &[("code", right), ("key", "k")]).await;
    assert!(locked.shows("The secret code was wrong five times."), "{}", locked.body);
    assert_eq!(app.rows("select act from journal where actor = 'citizen'").await, ["wrong_code"; 5]);
    // The office still can.
    assert_eq!(app.clerk("RPR-Z1").await.cancel(&token.number()).await.said(), "404 not_found");
    assert_eq!(app.operator(MEKAHARA).await.cancel(&token.number()).await.said(), "200 cancelled");
    // Then there is nothing left to change, and nothing to try.
    for action in ["cancel", "change"] {
        assert_eq!(browser.get(&format!("{link}/{action}?lang=en")).await.location(), format!("{link}?lang=en"));
    }
}
