//! Stories of the field: files are taken whole or not at all.

use std::time::Duration;

use crate::support::callers::Person;
use crate::support::{SESSION_COLUMNS, TestApp, on_both, state_officer};
use baari::actions::Actor;
use baari::actions::import::{Report, preview};
use baari::domain::place::Role;
use data_encoding::BASE64;

const FAFADIH: &str = "RPR-FAFADIH";
const NOON: &str = "2021-03-30 12:00";

/// One session at Fafadih on the story's day, with so many places in all and these owners.
fn fafadih(capacity: &str, shares: &str) -> String {
    let hours = "10:00,17:00,60";
    format!("{SESSION_COLUMNS}RPR-FAFADIH,2021-03-30,covishield,1 2,18,200,{hours},{capacity},{shares},2021-03-29 00:00,2021-03-30 17:00\n")
}

/// What a report says, on one line: `2 new, 1 changed, 3 the same`.
fn told(report: &Report) -> String {
    assert!(report.wrong.is_empty(), "{:?}", report.wrong);
    format!("{} new, {} changed, {} the same", report.new.len(), report.changed.len(), report.same)
}

/// What is wrong, a line each, as an English reader is told.
fn wrong(report: &Report) -> String {
    assert!(!report.applied);
    let said =
        |row: &baari::actions::import::WrongRow| format!("{} {}: {}", row.line, row.column, baari::i18n::Lang::En.import_fault(&row.fault));
    let mut rows: Vec<_> = report.wrong.iter().collect();
    rows.sort_by_key(|row| row.line);
    rows.into_iter().map(said).collect::<Vec<_>>().join("\n")
}

/// Everything that files of the field have written.
async fn everything(app: &TestApp) -> Vec<String> {
    let mut rows = app.rows("select code || ' ' || name_en from district union all select code || ' ' || phone from zone order by 1").await;
    rows.extend(app.rows("select code || ' ' || gates || ' ' || name_hi from centre order by id").await);
    rows.extend(app.rows("select id || ' ' || day || ' ' || opens || ' ' || lanes from session order by session.id").await);
    rows.extend(app.rows("select id || ' ' || call || ' ' || capacity || ' ' || taken from slot order by slot.id").await);
    rows.extend(app.rows("select slot_id || ' ' || owner || ' ' || capacity from share order by slot_id, owner").await);
    rows
}

on_both! {
    the_same_file_twice_changes_nothing,
    one_wrong_row_and_nothing_is_taken,
    files_that_build_on_each_other_are_previewed_together,
    an_officer_checks_takes_in_and_gets_the_wrong_rows_back,
    places_that_are_issued_stay,
    a_district_officer_sets_up_the_own_district_only,
    files_are_read_as_spreadsheets_write_them,
    a_file_taken_in_while_tokens_are_issued_stays_on_the_board,
}

async fn the_same_file_twice_changes_nothing(app: TestApp) {
    let before = everything(&app).await;
    let officer = state_officer();
    let zones = "code,district,name_en,name_hi,address_en,address_hi,phone\nRPR-Z1,RPR,Zone 1 Office,ज़ोन 1 कार्यालय,Bilaspur Road,बिलासपुर रोड,0771-4000001\n";
    for file in [zones, &fafadih("21", "RPR-Z2:1 walk_in:1")] {
        assert_eq!(told(&app.import(&officer, file, true).await), "0 new, 0 changed, 1 the same");
    }
    assert_eq!(everything(&app).await, before);
    let journal = "journal where act = 'import_sessions'";
    assert_eq!(app.count(journal).await, 1);

    // A check says the same as taking in, and changes nothing.
    let larger = fafadih("35", "RPR-Z2:3");
    assert_eq!(told(&app.import(&officer, &larger, false).await), "0 new, 1 changed, 0 the same");
    assert_eq!((everything(&app).await, app.count(journal).await), (before, 1));
    assert_eq!(told(&app.import(&officer, &larger, true).await), "0 new, 1 changed, 0 the same");
    let noon = app.slot(FAFADIH, NOON);
    let shares = app.rows(&format!("select owner || ' ' || capacity from share where slot_id = {noon} order by owner")).await;
    assert_eq!(shares, ["open 2", "walk_in 0", "zone:2 3"]);
    assert_eq!(app.count(journal).await, 2);
}

async fn one_wrong_row_and_nothing_is_taken(app: TestApp) {
    let before = everything(&app).await;
    let file = "code,name_en,name_hi\nBST,Bastar,बस्तर\nbst 2,,बस्तर\nBST,Bastar again,बस्तर\nKNK,Kanker\n";
    let report = app.import(&state_officer(), file, true).await;
    insta::assert_snapshot!(wrong(&report), @"
    3 code: may have capitals, digits and dashes only (user names: small letters)
    3 name_en: is empty
    4 code: stands in line 2 already
    5 : has 2 columns instead of 3
    5 name_hi: is empty
    ");
    let sessions = format!(
        "{}NOWHERE,2021-04-01,covishield,1,18,200,10:00,17:00,60,70,,2021-03-29 00:00,2021-03-30 17:00\n\
         RPR-FAFADIH,31-02-2021,sputnik,3,60,45,17:00,10:00,60,0,open:2,soon,2021-03-30 17:00\n\
         RPR-FAFADIH,2021-04-01,covishield,1,18,200,10:00,17:00,50,70,,2021-03-29 00:00,2021-03-30 17:00\n",
        fafadih("21", "RPR-Z2:9"),
    );
    insta::assert_snapshot!(wrong(&app.import(&state_officer(), &sessions, true).await), @"
    2 shares: gives out more than the 3 places of a slot
    3 centre: no such code is on record: take in what it names first
    4 date: is not a date such as 30-03-2021
    4 doses: must be one of: 1, 2, 1 2
    4 vaccine: must be one of: covishield, covaxin
    4 issue_from: is not a time such as 10:00 (or 2021-03-29 12:00)
    4 closes: ends before it begins
    4 capacity: must be a whole number from 1 to 100000
    4 shares: must look like: RPR-Z2:12 dose_2:5 walk_in:2
    4 max_age: is below the lowest age
    5 slot_minutes: the hours cannot be divided into slots of this length
    ");
    assert_eq!(wrong(&app.import(&state_officer(), "name,phone\nA,1\n", true).await), "1 : the heading line fits none of the templates");
    let told = [("code,name_en\nA,1\n", "lacks these columns: name_hi"), ("code;name_en;name_hi\nA;B;C\n", "must be parted by commas")];
    for (file, why) in told {
        let said = wrong(&app.import(&state_officer(), file, true).await);
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(
        wrong(&app.import(&state_officer(), "code,name_en,name_hi\n", true).await),
        "2 : the file has no rows below its heading line"
    );
    assert_eq!(everything(&app).await, before);
}

async fn files_that_build_on_each_other_are_previewed_together(app: TestApp) {
    let before = everything(&app).await;
    let files = [
        "code,name_en,name_hi\nBST,Bastar,बस्तर\n",
        "code,district,name_en,name_hi,address_en,address_hi,phone\nBST-Z1,BST,One,एक,Road,सड़क,07782-222001\n",
        "code,district,name_en,name_hi,address_en,address_hi,phone\nBST-Z2,NO,Two,दो,Road,सड़क,07782-222002\n",
        "code,name_en,name_hi\nKNK,Kanker,कांकेर\n",
    ];
    let reports = preview(&app.core, &state_officer(), &files.map(|file| file.as_bytes().to_vec())).await.expect("reports");
    let new: Vec<_> = reports.iter().map(|report| (report.new.len(), report.wrong.len(), report.applied)).collect();
    assert_eq!(new, [(1, 0, false), (1, 0, false), (0, 1, false)]);
    assert_eq!(everything(&app).await, before);
}

async fn an_officer_checks_takes_in_and_gets_the_wrong_rows_back(app: TestApp) {
    let officer = app.logged_in("officer", Role::StateOfficer, "").await;
    let file = "code,name_en,name_hi\nBST,Bastar,बस्तर\nKNK,,कांकेर\n";
    for (lang, reason) in [("hi", "खाली है"), ("en", "is empty")] {
        let page = officer.upload(&format!("/district/import?lang={lang}"), "districts.csv", file).await;
        assert!(page.shows(&format!("<td>3</td><td>name_en</td><td>{reason}</td>")), "{}", page.body);
        let (_, rest) = page.body.split_once("base64,").expect("a file to download");
        let errors = BASE64.decode(rest.split('"').next().expect("its end").as_bytes()).expect("base64");
        let errors = String::from_utf8(errors).expect("UTF-8");
        assert_eq!(errors, format!("code,name_en,name_hi,error\nBST,Bastar,बस्तर,\nKNK,,कांकेर,name_en: {reason}\n"));
    }
    let checked = officer.upload("/district/import?lang=en", "districts.csv", &file.replace("KNK,,", "KNK,Kanker,")).await;
    assert!(checked.shows("<b>2</b> new") && checked.shows("+ Bastar"), "{}", checked.body);
    assert_eq!(app.count("district").await, 2);
    let done = officer.submit_checked("/district/import?lang=en", &checked.value("checked")).await;
    assert!(done.shows("The file was taken in. 2 new, 0 changed, 0 unchanged"), "{}", done.body);
    assert_eq!(app.count("district").await, 4);
    assert!(officer.get("/district/import/template/sessions.csv").await.shows(SESSION_COLUMNS.trim()));
}

async fn places_that_are_issued_stay(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let noon = app.slot(FAFADIH, NOON);
    for card in 1..=2 {
        assert_eq!(clerk.issue(noon, &Person::new(card)).await.said(), "201 issued");
    }
    let before = everything(&app).await;
    let officer = state_officer();
    assert_eq!(wrong(&app.import(&officer, &fafadih("7", ""), true).await), "2 capacity: 2 tokens are issued already: it cannot be less");
    assert_eq!(
        wrong(&app.import(&officer, &fafadih("21", "walk_in:1"), true).await),
        "2 shares: 1 tokens are issued already: it cannot be less"
    );
    let shorter = fafadih("21", "RPR-Z2:1 walk_in:1").replace("10:00,17:00,60", "14:00,17:00,60");
    let refused = wrong(&app.import(&officer, &shorter, true).await);
    assert_eq!(refused, "2 opens: would remove a slot that tokens were issued for (2 of them live)");
    assert_eq!(everything(&app).await, before);
    // Two are enough; and an hour that nobody has a token for may go.
    assert_eq!(told(&app.import(&officer, &fafadih("14", "RPR-Z2:1"), true).await), "0 new, 1 changed, 0 the same");
    let fewer = fafadih("10", "RPR-Z2:1").replace("10:00,17:00,60", "12:00,17:00,60");
    assert_eq!(told(&app.import(&officer, &fewer, true).await), "0 new, 1 changed, 0 the same");
    assert_eq!(clerk.issue(app.slot(FAFADIH, "2021-03-30 13:00"), &Person::new(3)).await.text("call_number"), "04-001");
}

async fn a_district_officer_sets_up_the_own_district_only(app: TestApp) {
    let scope = app.scope(Role::DistrictOfficer, "DRG");
    let durg = Actor { name: "user:durg".into(), role: Role::DistrictOfficer, scope };
    let before = everything(&app).await;
    let zones = "code,district,name_en,name_hi,address_en,address_hi,phone\n";
    let centres = "code,zone,name_en,name_hi,address_en,address_hi,pin_code,kind,fee,step_free,gates,phone,supervisor_phone,lat,lon\n";
    for (file, said) in [
        (fafadih("21", ""), "2 centre: lies outside your district"),
        (format!("{zones}RPR-Z9,RPR,Z,ज़,A,अ,0788-2210001\n"), "2 district: lies outside your district"),
        (format!("{zones}RPR-Z1,DRG,Z,ज़,A,अ,0788-2210001\n"), "2 district: lies outside your district"),
        (
            format!("{centres}RPR-FAFADIH,DRG-Z1,F,फ,A,अ,491001,government,0,yes,1,0788-2210001,112,,\n"),
            "2 zone: lies outside your district",
        ),
        (format!("{zones}DRG-Z1,DRG,Z,ज़,A,अ,office\n"), "2 phone: is not a phone number, like 0771-4000001"),
        ("code,name_en,name_hi\nDRG,Durg City,दुर्ग\n".into(), "2 code: lies outside your district"),
        (
            "username,name,role,place,password\nx,X,clerk,RPR-Z1,long-enough\n".into(),
            "2 place: must be the code of a zone (clerk), centre (operator) or district (officer) of yours",
        ),
    ] {
        assert_eq!(wrong(&app.import(&durg, &file, true).await), said);
    }
    assert_eq!(everything(&app).await, before);
    let own = "username,name,role,place,password\ndurg-clerk,क्लर्क,clerk,DRG-Z1,long-enough\n";
    assert_eq!(told(&app.import(&durg, own, true).await), "1 new, 0 changed, 0 the same");
    assert_eq!(app.browser().log_in("durg-clerk", "long-enough").await.location(), "/office");
    let taken_over = own.replace("DRG-Z1", "RPR-Z1");
    assert!(wrong(&app.import(&durg, &taken_over, true).await).starts_with("2 place:"));
}

async fn files_are_read_as_spreadsheets_write_them(app: TestApp) {
    let file = "\u{feff}centre,date,vaccine,doses,min_age,max_age,opens,closes,slot_minutes,capacity,shares,issue_from,issue_until,remark\r\n\
                RPR-FAFADIH, 05-04-2021 ,Covishield,\"1,2\",४५,२००,9.30,11:30:00,३०,१०,RPR-Z2:1;walk_in:1,03-04-2021 12:00,2021-04-05T11:30,\"x\"\"y\"\r\n\
                ,,,,,,,,,,,,,\r\n";
    assert_eq!(told(&app.import(&state_officer(), file, true).await), "1 new, 0 changed, 0 the same");
    let slots = "select call || ' ' || (((starts + 19800) % 86400) / 60) || ' ' || minutes || ' ' || capacity from slot \
                 where day = '2021-04-05' order by call";
    let slots = app.rows(slots).await;
    // Ten places do not divide by four: the earlier slots have one more.
    assert_eq!(slots, ["1 570 30 3", "2 600 30 3", "3 630 30 2", "4 660 30 2"]);
    assert_eq!(app.rows("select min_age || '-' || max_age || ' ' || doses from session where day = '2021-04-05'").await, ["45-200 3"]);
    // Lines are counted as the spreadsheet shows them, whatever ends them.
    let file = "code,name_en,name_hi\r\nBST,Bastar,बस्तर\r\nKNK,,कांकेर\r\n";
    assert_eq!(wrong(&app.import(&state_officer(), file, true).await), "3 name_en: is empty");
}

async fn a_file_taken_in_while_tokens_are_issued_stays_on_the_board(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let noon = app.slot("RPR-MEKAHARA", NOON);
    for card in 1..=3 {
        assert_eq!(clerk.issue(noon, &Person::new(card)).await.said(), "201 issued");
    }
    // The board gathers what changed for a moment; meanwhile a new day comes in.
    tokio::time::sleep(Duration::from_millis(20)).await;
    app.field(&[&fafadih("21", "RPR-Z2:1").replace("2021-03-30,covishield", "2021-04-05,covishield")]).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let page = app.browser().get("/c/RPR-FAFADIH?date=2021-04-05&lang=en").await;
    assert_eq!(page.texts("free").len(), 7, "{}", page.body);
}
