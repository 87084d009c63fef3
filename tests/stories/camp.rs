//! Stories of a camp's list of doses: a row each, an answer each, nothing twice.

use std::fmt::Write;
use std::time::Duration;

use baari::actions::send_messages::{Way, keep, take};
use baari::domain::place::Role;
use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::portal::Killed;
use crate::support::{TestApp, on_both};

on_both! {
    every_row_of_a_camp_has_its_answer,
    a_camp_that_was_cut_off_goes_on,
    who_came_without_a_token_has_a_page_of_their_own,
}

const HEADING: &str = "centre,name,birth_year,gender,mobile,id_type,id_number,dose,vaccine,batch,vaccinator,date,time,despite";

/// A row, with what stands in the columns of one of the people.
fn row(centre: &str, n: u32, date: &str) -> String {
    let year = 1921 + n % 60;
    format!("{centre},राम प्रसाद,{year},male,9{n:09},voter_id,CGR{n:07},,Covishield,4120Z001,S. Devi,{date},10:40,")
}

/// What became of the rows of an answer: words, and the errors.
fn answers(csv: &str) -> Vec<(String, String)> {
    let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let at = reader.headers().expect("headings").iter().position(|heading| heading == "answer").expect("answers");
    reader.records().map(|row| row.expect("a row")).map(|row| (row[at].to_owned(), row[at + 1].to_owned())).collect()
}

async fn every_row_of_a_camp_has_its_answer(app: TestApp) {
    let today = "2021-03-30";
    let mekahara = |n| row("RPR-MEKAHARA", n, today);
    let wrong = mekahara(3).replace("9000000003", "12345").replace("4120Z001", "");
    let late = row("RPR-FAFADIH", 4, "26-03-2021");
    // Whoever had the first dose a week ago is not due yet; but it was given.
    let (first, second) = (row("RPR-MEKAHARA", 5, "2021-03-29"), row("RPR-MEKAHARA", 5, today));
    let rows = [mekahara(1), mekahara(2), wrong, late, first, second, mekahara(1), row("DRG-HOSPITAL", 6, today), row("NOWHERE", 7, today)];
    let file = format!("{HEADING}\n{}\n", rows.join("\n"));
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let send = async |file: &str| {
        let page = officer.post_body("/district/import/camp/piece?name=camp.csv&lang=en", file).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let answer: Value = serde_json::from_str(&page.body).expect("JSON");
        answer["csv"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    let answered = send(&file).await;
    let told = answers(&answered);
    let words: Vec<_> = told.iter().map(|row| row.0.as_str()).collect();
    let twice = ["recorded", "recorded", "left_out", "recorded_late", "recorded", "left_out", "known", "left_out", "left_out"];
    assert_eq!(words, twice, "{told:?}");
    insta::assert_snapshot!(told[2].1, @"mobile: A mobile number has ten digits and begins with 6, 7, 8 or 9.; batch: Fill this in.");
    insta::assert_snapshot!(told[5].1, @"The next dose may be given from Mon 10 May 2021 on. Choose a later day. despite: Write yes here to record it all the same, because it was given.");
    insta::assert_snapshot!(told[7].1, @"centre: No centre of yours has this code.");
    assert_eq!((app.count("dose").await, app.count("upload where state = 'closed'").await), (4, 1));
    // Every dose has its own deadline and is told of; the file has one entry in the journal.
    let due = app.rows("select distinct cast(upload.due_at - dose.given_at as text) from upload join dose on dose.id = dose_id").await;
    assert_eq!(due, [(48 * 3600).to_string()]);
    assert_eq!(app.count("message where template = 'dose_recorded' and state = 'waiting'").await, 4);

    // The answered file is mended and sent again: only what was mended is new.
    let mended = answered.replace(",12345,", ",9000000003,").replace("Covishield,,S. Devi", "Covishield,4120Z001,S. Devi");
    let mended = mended.replace(",,left_out,\"The", ",yes,left_out,\"The");
    let words: Vec<_> = answers(&send(&mended).await).into_iter().map(|row| row.0).collect();
    assert_eq!(words, ["known", "known", "recorded", "known", "known", "recorded", "known", "left_out", "left_out"]);
    assert_eq!((app.count("dose").await, app.count("beneficiary").await), (6, 5));
    assert_eq!(app.rows("select subject from journal where act = 'import_camp'").await, ["file:camp.csv"]);

    // Without scripts the form takes the file as a whole, and what is no such file is named.
    let page = officer.upload("/district/import/camp?lang=en", "camp.csv", &file).await;
    assert!(page.shows("<b data-count=\"known\">6</b>") && page.shows("<b data-count=\"left_out\">3</b>"), "{}", page.body);
    let page = officer.upload("/district/import/camp?lang=en", "other.csv", "centre,name\nA,B\n").await;
    assert!(page.shows("This column is missing: birth_year"), "{}", page.body);
    let clerk = app.logged_in("clerk", Role::Clerk, "RPR-Z2").await;
    assert_eq!(clerk.post_body("/district/import/camp/piece", &file).await.status, 403);
}

async fn a_camp_that_was_cut_off_goes_on(app: TestApp) {
    const ROWS: u32 = 1_500;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("camp.csv");
    let mut file = HEADING.to_owned();
    for n in 0..ROWS {
        // Processes go by the system's time, so these are late; they are recorded all the same.
        write!(file, "\n{}", row("RPR-MEKAHARA", n, "2021-06-16")).expect("memory");
    }
    std::fs::write(&path, file).expect("written");
    let mut command = app.command(&["import", "camp"]);
    command.arg(&path);
    let cut_off = Killed::start(&mut command);
    while app.count("dose").await < 400 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(cut_off);
    let before = app.count("dose").await;
    assert!(before < i64::from(ROWS), "it was faster than the knife");
    assert!(command.status().expect("an end").success());
    assert_eq!((app.count("dose").await, app.uploads("closed").await), (i64::from(ROWS), i64::from(ROWS)));
    let told = answers(&std::fs::read_to_string(folder.path().join("camp.answers.csv")).expect("answers"));
    let known = told.iter().filter(|row| row.0 == "known").count();
    assert!(known as i64 >= before && told.iter().all(|row| row.0 != "left_out"), "{known} of {before}");
}

async fn who_came_without_a_token_has_a_page_of_their_own(app: TestApp) {
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    // The second has no phone: nobody could open a page that is told to nobody.
    let rows = [row("RPR-MEKAHARA", 1, "2021-03-30"), row("RPR-MEKAHARA", 2, "2021-03-30").replace("9000000002", "")];
    let file = format!("{HEADING},locality\n{},\n{},गली 3\n", rows[0], rows[1]);
    let sent = officer.post_body("/district/import/camp/piece?name=camp.csv", &file).await;
    assert_eq!((sent.status, app.count("dose").await, app.count("person_link").await), (200, 2, 0));
    assert_eq!(app.rows("select coalesce(mobile, locality) from beneficiary order by 1").await, ["9000000001", "गली 3"]);

    app.pass(61);
    let way = || Way { worker: app.core.chance.id(app.core.clock.now()), most: 10, once: true, lease: 60 };
    let messages = take(&app.core, way()).await.expect("taken");
    keep(&app.core, &messages).await.expect("kept");
    assert!(take(&app.core, way()).await.expect("taken").is_empty());
    assert_eq!(app.count("person_link").await, 1);
    let [message] = &*messages else { panic!("{messages:?}") };
    let (_, link) = message.text.split_once("/t/").unwrap_or_else(|| panic!("no link in {}", message.text));
    let link: String = link.chars().take_while(char::is_ascii_alphanumeric).collect();

    let page = app.browser().get(&format!("/t/{link}?lang=en")).await;
    for text in
        ["Your dose has been given.", "रा… प्र…", "born 1922", "Dose 1, Covishield", "Recorded here", "On its way to the national portal"]
    {
        assert!(page.shows(text), "{text} in {}", page.body);
    }
    assert!(!page.shows("प्रसाद") && !page.shows("CGR"), "{}", page.body);
    let slip = app.browser().get(&format!("/t/{link}/dose/1?lang=en")).await;
    assert!(slip.status == 200 && slip.shows("4120Z001") && slip.shows("<svg class=\"qr\""), "{}", slip.body);
    for nobodys in [format!("/t/{link}/dose/2"), format!("/t/{link}/change"), "/t/0000000000".to_owned()] {
        assert_eq!(app.browser().get(&nobodys).await.status, 404, "{nobodys}");
    }
    what_is_wrong_is_answered_there(&app, &officer, &format!("/t/{link}")).await;
}

async fn what_is_wrong_is_answered_there(app: &TestApp, officer: &Browser, path: &str) {
    let browser = app.browser();
    let form = browser.get(&format!("{path}/wrong?lang=en")).await;
    assert!(form.shows("← Your doses"), "{}", form.body);
    let said = [("key", form.value("key")), ("about", "vaccine".to_owned()), ("words", "कोवैक्सीन लगी थी".to_owned())];
    let said: Vec<_> = said.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let sent = browser.post(&format!("{path}/wrong?lang=en"), &said).await;
    assert_eq!((sent.status, sent.location()), (303, &*format!("{path}?reported=1001&lang=en")));
    assert!(browser.get(sent.location()).await.shows("Its number: 1001"));
    let elsewhere = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert!(elsewhere.get("/district/objections?lang=en").await.shows("Nothing waits for an answer."));
    let asked = officer.get("/district/objections?lang=en").await;
    assert!(asked.shows("कोवैक्सीन लगी थी") && asked.shows("Mekahara"), "{}", asked.body);
    let person = asked.value("person");
    let stands = officer.post("/office/enquiry?lang=en", &[("look", "yes"), ("person", &person)]).await;
    assert!(stands.shows("Read this out") && stands.shows("राम प्रसाद"), "{}", stands.body);
    assert_eq!(app.count("enquiry").await, 0, "nobody came");
    assert_eq!(officer.post("/district/objections/1001", &[("words", "रिकॉर्ड ठीक किया।")]).await.status, 303);
    assert!(browser.get(path).await.shows("रिकॉर्ड ठीक किया।"));
    let acts =
        app.rows("select act from journal where subject like 'person:%' and act in ('object', 'answer_objection') order by at, seq").await;
    assert_eq!(acts, ["object", "answer_objection"]);
}
