//! Stories of the officer's desk: who did what, and who may know of it.

use crate::support::callers::Person;
use crate::support::{TestApp, at, on_both};
use baari::domain::place::Role;

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOON: &str = "2021-03-30 12:00";

on_both! {
    the_journal_answers_who_did_what_to_whom,
    the_journal_is_read_page_by_page_and_within_the_district,
}

async fn the_journal_answers_who_did_what_to_whom(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let clerk = app.clerk("RPR-Z2").await;
    let slot = app.slot(MEKAHARA, NOON);
    let number = clerk.issue(slot, &Person::new(1).mobile("9876543210")).await.number();
    let other = clerk.issue(slot, &Person::new(2)).await.number();
    app.core.clock.set(at("2021-03-30 11:09"));
    clerk.cancel(&number).await;
    app.logged_in("asha", Role::Clerk, "RPR-Z2").await.post("/office/people", &[("mobile", "9876543210")]).await;
    let ask = |query: &'static str| {
        let (officer, number) = (&officer, number.clone());
        async move { officer.get(&format!("/district/journal?lang=en&{}", query.replace("NUMBER", &number))).await }
    };
    // By token: issued and cancelled, in words, with a link; nothing of the other token.
    let page = ask("person=NUMBER").await;
    assert!(page.shows("Issued a token") && page.shows("Cancelled a token"), "{}", page.body);
    assert!(page.shows(&format!("/office/tokens/{number}")) && !page.shows(&other), "{}", page.body);
    // By mobile: its tokens, cancelled ones too, and that somebody looked the number up, of which only the end is kept.
    let page = ask("person=98765+43210").await;
    assert!(page.shows(&number) && page.shows("Looked up a mobile number") && page.shows("…210"), "{}", page.body);
    assert!(!page.shows(&other));
    // By operator and by act.
    let page = ask("who=asha").await;
    assert!(page.shows("Logged in") && !page.shows("<td>Issued a token"), "{}", page.body);
    let page = ask("act=cancel_token").await;
    assert!(page.shows(&number) && !page.shows(&other), "{}", page.body);
    // What cannot be read is said, and kept.
    let page = ask("person=12&from=31-02-2021").await;
    assert!(page.shows("Type the date as") && page.shows("value=\"31-02-2021\"") && page.shows("value=\"12\""), "{}", page.body);
    // Reading is an act too; in Hindi the acts are Hindi.
    assert!(ask("act=read_journal").await.shows("Read the audit log"));
    assert!(officer.get("/district/journal?lang=hi").await.shows("टोकन रद्द किया"));
    let file = officer.get(&format!("/district/journal.csv?lang=en&person={number}")).await;
    let lines: Vec<_> = file.body.lines().collect();
    assert_eq!(lines.len(), 3, "{}", file.body);
    assert!(lines[1].contains(",cancel_token,Cancelled a token,") && lines[2].ends_with(",no"), "{}", file.body);
    assert_eq!(app.count("journal where act = 'download_journal' and actor = 'user:meera'").await, 1);
}

async fn the_journal_is_read_page_by_page_and_within_the_district(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    clerk.issue(app.slot(MEKAHARA, NOON), &Person::new(1)).await;
    let durg = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    let page = durg.get("/district/journal?lang=en").await;
    assert!(page.shows("durg") && !page.shows("<td>Issued a token"), "{}", page.body);
    // More rows than a page, many of them of the same second.
    let now = app.core.clock.now();
    let id = if app.is_shared() { "gen_random_uuid()" } else { "randomblob(16)" };
    let many = format!(
        "insert into journal (id, at, actor, act, subject, district_id) with recursive n (i) as (select 1 union all select i + 1 from n \
         where i < 250) select {id}, {} - i / 100, 'user:durg', 'print_slip', 'row ' || i, 2 from n",
        now.0
    );
    app.tamper(&many).await;
    let mut next = "/district/journal?lang=en&act=print_slip".to_owned();
    let mut seen = Vec::new();
    for pages in 1.. {
        let page = durg.get(&next).await;
        let rows = page.body.split("lang=\"und\">row ").skip(1).map(|rest| rest.split('<').next().unwrap_or("").to_owned());
        seen.extend(rows);
        let Some((link, _)) = page.body.split_once("\">Older entries") else {
            assert_eq!(pages, 3);
            break;
        };
        next = link.rsplit_once("href=\"").expect("a link").1.replace("&#38;", "&").replace("&amp;", "&");
    }
    assert_eq!(seen.len(), 250);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 250);
    let file = durg.get("/district/journal.csv?lang=en&act=print_slip").await;
    assert_eq!(file.body.lines().count(), 251);
}
