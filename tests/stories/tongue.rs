//! Stories of a district's third language: on the slip, in messages, in the hall.

use baari::actions::send_messages::{Way, take};
use baari::domain::place::Role;
use reqwest::multipart::{Form, Part};

use crate::support::browser::{Browser, Page};
use crate::support::callers::Person;
use crate::support::desk::Desk;
use crate::support::{TestApp, on_both};

on_both! {
    the_slip_says_it_in_the_districts_own_language_too,
    texts_are_taken_whole_or_not_at_all,
    a_message_is_in_the_language_of_the_person,
    a_desk_prints_the_same_without_a_link,
    the_display_speaks_when_every_word_is_recorded,
}

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOON: &str = "2021-03-30 12:00";

/// Every text that stands on the slip of somebody with a voter's card on a Tuesday in March at noon.
const URDU: [(&str, &str); 13] = [
    ("slip.title", "ویکسین ٹوکن"),
    ("slip.gate", "گیٹ"),
    ("slip.born", "پیدائش"),
    ("slip.dose", "خوراک"),
    ("slip.id_voter_id", "ووٹر کارڈ"),
    ("slip.secret_code", "خفیہ کوڈ"),
    ("slip.bring", "یہ پرچی اور وہی شناختی کارڈ ساتھ لائیں۔"),
    ("slip.weekday_2", "منگل"),
    ("slip.month_3", "مارچ"),
    ("slip.part_morning", "صبح"),
    ("slip.part_noon", "دوپہر"),
    ("slip.part_evening", "شام"),
    ("slip.part_night", "رات"),
];

const ON_SLIP: &str = "منگل 30 مارچ\nدوپہر 12:00–1:00";

async fn officer(app: &TestApp) -> Browser {
    app.logged_in("officer", Role::DistrictOfficer, "RPR").await
}

fn fields(page: &Page, more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let mut fields = vec![("district", page.value("district")), ("key", page.value("key"))];
    fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    fields
}

async fn post(officer: &Browser, path: &str, fields: &[(&str, String)]) -> Page {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    officer.post(path, &fields).await
}

async fn set(officer: &Browser, code: &str, name: &str, direction: &str, on_slip: &str) -> Page {
    let page = officer.get("/district/language").await;
    let more = [("code", code), ("name", name), ("direction", direction), ("on_slip", on_slip)];
    post(officer, "/district/language?lang=en", &fields(&page, &more)).await
}

async fn save(officer: &Browser, texts: &[(&'static str, &str)]) -> Page {
    let page = officer.get("/district/language").await;
    post(officer, "/district/language/texts?lang=en", &fields(&page, texts)).await
}

async fn slip_of(app: &TestApp, clerk: &Browser, card: u32, paper: &str) -> String {
    let token = app.clerk("RPR-Z2").await.issue(app.slot(MEKAHARA, NOON), &Person::new(card)).await;
    assert_eq!(token.said(), "201 issued");
    clerk.get(&format!("/office/slips?numbers={}&paper={paper}", token.number())).await.body
}

async fn the_slip_says_it_in_the_districts_own_language_too(app: TestApp) {
    let officer = officer(&app).await;
    let page = set(&officer, "hi-Latn", "", "ltr", "beside").await;
    assert!(page.shows("such as hne or ur") && page.shows("Give the language&#39;s own name"), "{}", page.body);
    assert_eq!(set(&officer, " UR ", "اردو", "rtl", "beside").await.status, 303);
    // A text that has no room comes back with everything that was typed, and none of them is saved.
    let long = "ٹوکن ".repeat(9);
    let page = save(&officer, &[("slip.title", &long), ("slip.born", "پیدائش")]).await;
    assert!(page.shows("room for 28 characters") && page.shows(long.trim()) && page.shows("پیدائش"), "{}", page.body);
    let page = save(&officer, &[("slip.title", "a\u{202e}b")]).await;
    assert!(page.shows("signs that cannot be seen"), "{}", page.body);
    assert_eq!(app.count("third_text").await, 0);
    assert_eq!(save(&officer, &URDU).await.status, 303);
    assert!(officer.get("/district/language?lang=en").await.shows("texts are missing. They stand in Hindi."));

    let clerk = app.logged_in("clerk", Role::Clerk, "RPR-Z2").await;
    let slip = slip_of(&app, &clerk, 1, "58").await;
    for text in ["ویکسین ٹوکن", ON_SLIP, "پیدائش 1954 · ووٹر کارڈ …0001 · خوراک 1", "خفیہ کوڈ"] {
        assert!(slip.contains(&format!("<span class=\"third\" lang=\"ur\" dir=\"rtl\">{text}</span>")), "{text}: {slip}");
    }
    // What is not given stands in Hindi alone; the English stays where it was.
    assert!(slip.contains("पूछताछ <span class=\"phone\"") && slip.contains("Vaccination token") && slip.contains("टीकाकरण टोकन"));
    // Six to a page have no room for three languages.
    let slip = slip_of(&app, &clerk, 2, "a4").await;
    assert!(slip.contains(ON_SLIP) && !slip.contains("Tue 30 March") && slip.contains("मंगल 30 मार्च"), "{slip}");
    assert_eq!(set(&officer, "ur", "اردو", "rtl", "instead").await.status, 303);
    let slip = slip_of(&app, &clerk, 3, "58").await;
    assert!(slip.contains(ON_SLIP) && !slip.contains("Vaccination token") && slip.contains(">Mekahara</span>"), "{slip}");
    // Another district's slips stay in two.
    let elsewhere = app.clerk("DRG-Z1").await.issue(app.slot("DRG-HOSPITAL", NOON), &Person::new(4)).await;
    let other = app.logged_in("durg", Role::Clerk, "DRG-Z1").await;
    let slip = other.get(&format!("/office/slips?numbers={}", elsewhere.number())).await;
    assert!(slip.status == 200 && !slip.shows("class=\"third\"") && slip.shows("Vaccination token"), "{}", slip.body);

    // Nobody reaches into another district, and a language with texts is not exchanged in passing.
    let page = officer.get("/district/language").await;
    let raipur = page.value("district");
    let durg = app.logged_in("durg-officer", Role::DistrictOfficer, "DRG").await;
    assert_eq!(durg.get(&format!("/district/language?district={raipur}")).await.status, 404);
    assert_eq!(post(&durg, "/district/language/texts", &fields(&page, &[("slip.title", "x")])).await.status, 404);
    assert!(set(&officer, "hne", "छत्तीसगढ़ी", "ltr", "beside").await.shows("Take that language away first"));
    // The journal says what stood there and what does now.
    save(&officer, &[("slip.title", "ٹیکہ ٹوکن")]).await;
    let journal = "select subject from journal where act = 'set_third_text' and actor = 'user:officer' and subject like '%slip.title%' order by subject desc";
    assert_eq!(app.rows(journal).await, ["ur slip.title: – → ویکسین ٹوکن", "ur slip.title: ویکسین ٹوکن → ٹیکہ ٹوکن"]);
    let page = officer.get("/district/language").await;
    assert!(post(&officer, "/district/language?lang=en", &fields(&page, &[("act", "remove")])).await.shows("Tick the box"));
    assert_eq!(post(&officer, "/district/language", &fields(&page, &[("act", "remove"), ("sure", "yes")])).await.status, 303);
    assert_eq!(app.count("third_text").await + app.count("third_language").await, 0);
    assert!(!slip_of(&app, &clerk, 5, "58").await.contains("class=\"third\""));
}

/// Sends a file of texts, first for the check.
async fn send_file(officer: &Browser, file: &str, checked: bool) -> Page {
    let district = officer.get("/district/language").await.value("district");
    let form = Form::new().text("district", district);
    let form = if checked {
        let file = data_encoding::BASE64.encode(file.as_bytes());
        form.text("checked", file).text("file_name", "texts.csv").text("apply", "yes")
    } else {
        form.part("file", Part::text(file.to_owned()).file_name("texts.csv"))
    };
    officer.send(officer.sending("/district/language/file?lang=en").multipart(form)).await
}

async fn texts_are_taken_whole_or_not_at_all(app: TestApp) {
    let officer = officer(&app).await;
    assert_eq!(set(&officer, "hne", "छत्तीसगढ़ी", "ltr", "beside").await.status, 303);
    // What is downloaded names every text, and comes back as it is.
    let file = officer.get("/district/language/texts.csv").await;
    assert_eq!(file.status, 200);
    let page = send_file(&officer, &file.body, false).await;
    assert!(page.shows("nothing to change"), "{}", page.body);
    let right = "key,hindi,english,text,registered\nslip.title,,,टीका के टोकन,\nmessage.reminder,,,\"{name}: काली {day} {time}\",1107\n";
    let wrong =
        format!("{right}slip.nonsense,,,x,\nslip.title,,,दूसर,\nmessage.token_moved,,,बिना नाव के,\nslip.bring,,,{},\n", "अ".repeat(101));
    for checked in [false, true] {
        let page = send_file(&officer, &wrong, checked).await;
        for why in ["stands in line 2 already", "The text must say whose message it is", "room for 100 characters"] {
            assert!(page.shows(why), "{why}: {}", page.body);
        }
        assert!(page.shows("<td>4</td><td>key</td>"), "{}", page.body);
    }
    assert_eq!(app.count("third_text").await, 0);
    assert!(send_file(&officer, right, false).await.shows("<b>2</b> new"));
    assert_eq!(app.count("third_text").await, 0, "a check writes nothing");
    assert!(send_file(&officer, right, true).await.shows("The file was taken in."));
    assert_eq!(
        app.rows("select text || ' ' || registered from third_text where key = 'message.reminder'").await,
        ["{name}: काली {day} {time} 1107"]
    );
    // The state's officer may do the same, and tightens the rules only as far as every text goes.
    let state = app.logged_in("state", Role::StateOfficer, "").await;
    let page = state.get("/district/language?lang=en").await;
    assert!(page.shows("छत्तीसगढ़ी") && page.shows("Durg"), "{}", page.body);
    let policy = [
        ("entity", ""),
        ("header", ""),
        ("variable", "19"),
        ("parts", "4"),
        ("quiet_from", "21:00"),
        ("quiet_until", "08:00"),
        ("remind_at", "18:00"),
    ];
    let page = state.post("/district/messages?lang=en", &policy).await;
    assert_eq!(page.status, 200, "nothing so short lets a day through");
}

async fn a_message_is_in_the_language_of_the_person(app: TestApp) {
    let officer = officer(&app).await;
    let clerk = app.clerk("RPR-Z2").await;
    let noon = app.slot(MEKAHARA, NOON);
    let sita = |card: u32, language: &str| {
        Person::new(card).with("name", "सीता बाई").mobile(&format!("987654321{card}")).with("language", language)
    };
    assert!(clerk.issue(noon, &sita(1, "hne")).await.fields().starts_with("person.language "), "no district has it");
    assert_eq!(set(&officer, "hne", "छत्तीसगढ़ी", "ltr", "beside").await.status, 303);
    let counter = app.logged_in("clerk", Role::Clerk, "RPR-Z2").await.get("/office").await;
    assert!(counter.shows("<option value=\"hne\" lang=\"hne\" dir=\"ltr\">छत्तीसगढ़ी</option>"), "{}", counter.body);
    let durg = app.logged_in("durg", Role::Clerk, "DRG-Z1").await.get("/office").await;
    assert!(!durg.shows("value=\"hne\""));

    let issued = [
        ("message.token_issued", "{name}: टोकन {number}, {day}, {time}, {centre}। कोड {code}"),
        ("message.token_issued.registered", "1107"),
        ("slip.weekday_2", "मंगरवार"),
    ];
    let page = save(&officer, &[("message.token_issued", "{name} {nam}")]).await;
    assert!(page.shows("{nam} is not known here"), "{}", page.body);
    assert_eq!(save(&officer, &issued).await.status, 303);
    let (first, second) = (clerk.issue(noon, &sita(1, "hne")).await, clerk.issue(noon, &sita(2, "en")).await);
    assert_eq!((first.said(), second.said()), ("201 issued".into(), "201 issued".into()));
    app.pass(61);
    let way = Way { worker: uuid::Uuid::from_u128(7), most: 10, once: false, lease: 60 };
    let mut taken = take(&app.core, way).await.expect("taken");
    taken.sort_by_key(|message| message.to.to_string());
    // The month is not given: the whole day stands in Hindi.
    assert!(taken[0].text.starts_with("सीता: टोकन ") && taken[0].text.contains("मंगल 30 मार्च, दोपहर 12:00, मेकाहारा। कोड "), "{taken:?}");
    assert_eq!((taken[0].registered.as_str(), taken[1].registered.as_str()), ("1107", ""));
    assert!(taken[1].text.contains("vaccination token"), "{taken:?}");
    assert_eq!(app.rows("select language from message order by language").await, ["en", "hne"]);

    // What the district has not written is told in Hindi; so is everything once the language is gone.
    save(
        &officer,
        &[
            ("slip.month_3", "मार्च"),
            ("slip.part_morning", "बिहनिया"),
            ("slip.part_noon", "मंझन"),
            ("slip.part_evening", "संझा"),
            ("slip.part_night", "रतिहा"),
        ],
    )
    .await;
    clerk.cancel(&first.number()).await;
    let third = clerk.issue(noon, &sita(3, "hne")).await;
    assert_eq!(third.said(), "201 issued");
    app.pass(61);
    let taken = take(&app.core, way).await.expect("taken");
    let says = |text: &str| taken.iter().any(|message| message.text.contains(text));
    assert!(says("का टीका टोकन") && says("मंगरवार 30 मार्च, मंझन 12:00"), "{taken:?}");
    let page = officer.get("/district/language").await;
    post(&officer, "/district/language", &fields(&page, &[("act", "remove"), ("sure", "yes")])).await;
    assert_eq!(clerk.reschedule(&third.number(), app.slot(MEKAHARA, "2021-03-30 14:00")).await.status, 200);
    let taken = take(&app.core, way).await.expect("taken");
    assert!(taken.iter().any(|message| message.text.contains("का समय बदल गया")), "{taken:?}");
}

async fn a_desk_prints_the_same_without_a_link(app: TestApp) {
    let officer = officer(&app).await;
    assert_eq!(set(&officer, "ur", "اردو", "rtl", "instead").await.status, 303);
    assert_eq!(save(&officer, &URDU).await.status, 303);
    let clerk = app.logged_in("clerk", Role::Clerk, "RPR-Z2").await;
    let mut desk = Desk::ask(&clerk, &app.url, "PC 1").await;
    let answer = desk.sync(app.core.clock.now(), false).await;
    let third = &answer.json["base"]["thirds"][0];
    assert_eq!((third["code"].as_str(), third["direction"].as_str(), third["instead"].as_bool()), (Some("ur"), Some("rtl"), Some(true)));
    assert_eq!(third["words"]["weekday_2"], "منگل");
    assert_eq!(third["district"], answer.json["base"]["centres"][0]["district"]);
    assert!(third.to_string().len() < 2_000, "{third}");
    // The empty slip has a place for each line, in every language that may come.
    let blank = clerk.get("/office/alone/slip/58").await;
    for line in ["title", "when", "gate", "about", "needs", "secret_code", "bring", "enquiries"] {
        assert!(blank.shows(&format!("data-third=\"{line}\"")), "{line}");
    }
}

async fn send_clips(officer: &Browser, files: Vec<(String, Vec<u8>)>) -> Page {
    let page = officer.get("/district/language").await;
    let mut form = Form::new().text("district", page.value("district")).text("key", app_key(&page));
    for (name, sound) in files {
        form = form.part("file", Part::bytes(sound).file_name(name));
    }
    officer.send(officer.sending("/district/language/clips?lang=en").multipart(form)).await
}

fn app_key(page: &Page) -> String {
    format!("{} clips", page.value("key"))
}

fn our_own(word: &str) -> Vec<u8> {
    std::fs::read(format!("{}/static/clips/hi-{word}.mp3", env!("CARGO_MANIFEST_DIR"))).expect("a clip")
}

async fn the_display_speaks_when_every_word_is_recorded(app: TestApp) {
    let officer = officer(&app).await;
    assert_eq!(set(&officer, "ur", "اردو", "rtl", "beside").await.status, 303);
    let page =
        send_clips(&officer, vec![("1.mp3".into(), our_own("1")), ("ten.mp3".into(), our_own("2")), ("2.wav".into(), b"RIFF".to_vec())])
            .await;
    assert!(page.shows("ten.mp3: Name the file for its word") && page.shows("2.wav: It must be an MP3 or WAV file."), "{}", page.body);
    assert_eq!(app.count("third_clip").await, 0, "whole or not at all");
    let display = format!("/centre/{MEKAHARA}/display");
    let digits: Vec<_> = (0..10).map(|digit| (format!("{digit}.mp3"), our_own(&digit.to_string()))).collect();
    assert_eq!(send_clips(&officer, digits).await.status, 303);
    assert!(app.browser().get(&display).await.shows("data-spoken=\"hi en\""), "two words are missing");
    let rest = ["number", "counter"].map(|word| (format!("ur-{word}.mp3"), our_own(word)));
    assert_eq!(send_clips(&officer, rest.to_vec()).await.status, 303);
    let page = app.browser().get(&display).await;
    assert!(page.shows("data-spoken=\"hi en ur\""), "{}", page.body);
    let address = page.body.split("id=\"clip-ur-7\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
    let clip = app.browser().get(address).await;
    assert_eq!((clip.status, clip.header("content-type"), &clip.bytes), (200, "audio/mpeg", &our_own("7")));
    assert!(!app.browser().get("/centre/DRG-HOSPITAL/display").await.shows("clip-ur"));
    // A new recording has a new address.
    send_clips(&officer, vec![("7.mp3".into(), our_own("8"))]).await;
    assert!(!app.browser().get(&display).await.shows(address));
}
