//! Stories of the officer's desk: who did what, and who may know of it.

use crate::support::browser::Browser;
use crate::support::callers::Person;
use crate::support::{PASSWORD, TestApp, at, on_both};
use baari::domain::place::Role;

const MEKAHARA: &str = "RPR-MEKAHARA";
const NOON: &str = "2021-03-30 12:00";

on_both! {
    the_journal_answers_who_did_what_to_whom,
    the_journal_is_read_page_by_page_and_within_the_district,
    a_one_time_password_must_be_changed_first,
    an_officer_sees_and_ends_log_ins_of_the_own_district,
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
    // By time: of the two, only what was done in that minute.
    let page = ask("person=NUMBER&from=30-03-2021&from_time=11:08&to_time=1109").await;
    assert!(page.shows("<td>Cancelled a token") && !page.shows("<td>Issued a token"), "{}", page.body);
    assert!(page.shows("journal.csv?person=") && page.shows("from_time=11%3A08&#38;to_time=11%3A09"), "{}", page.body);
    assert!(ask("from_time=25:00").await.shows("value=\"25:00\""));
    // What cannot be read is said, and kept.
    let page = ask("person=12&from=31-02-2021").await;
    assert!(page.shows("Type the date as") && page.shows("value=\"31-02-2021\"") && page.shows("value=\"12\""), "{}", page.body);
    // Reading is an act too; in Hindi the acts are Hindi.
    assert!(ask("act=read_journal").await.shows("Read the audit log"));
    assert!(officer.get("/district/journal?lang=hi").await.shows("टोकन रद्द किया"));
    // A list that was opened has the name of its page, and of its centre.
    app.logged_in("rekha", Role::Operator, MEKAHARA).await.get("/centre").await;
    let read = officer.get("/district/journal?lang=en&act=read_list").await;
    assert!(read.shows("Hall, Mekahara") && !read.shows("list:"), "{}", read.body);
    let file = officer.get(&format!("/district/journal.csv?lang=en&person={number}")).await;
    let lines: Vec<_> = file.body.lines().collect();
    assert_eq!(lines.len(), 3, "{}", file.body);
    assert!(lines[1].contains(",cancel_token,Cancelled a token,") && lines[2].ends_with(",no"), "{}", file.body);
    assert_eq!(app.count("journal where act = 'download_journal' and actor = 'user:meera'").await, 1);
    // What was noted of the person is found by their token, and of another number with the same end nothing.
    let token = number.parse().expect("a number");
    let person = app.core.read().await.expect("a transaction").token(token).await.expect("an answer").expect("a token").beneficiary_id;
    let usha = app.logged_in("usha", Role::Clerk, "RPR-Z2").await;
    assert_eq!(usha.get(&format!("/office/people/{person}/mend")).await.status, 200);
    assert!(ask("person=NUMBER&who=usha").await.shows("Looked at a person"));
    for mobile in ["9876543210", "9000000210"] {
        usha.get(&format!("/office/register?q={mobile}")).await;
    }
    let theirs = ask("person=98765+43210&who=usha").await;
    assert_eq!(theirs.body.matches(">…210<").count(), 1, "{}", theirs.body);
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

/// The page of a user, as the list links to it.
async fn page_of(officer: &Browser, username: &str) -> String {
    let list = officer.get(&format!("/district/users?lang=en&q={username}")).await;
    let (_, rest) = list.body.split_once("/district/users/").unwrap_or_else(|| panic!("nobody in {}", list.body));
    format!("/district/users/{}", rest.split('"').next().unwrap_or(""))
}

async fn a_one_time_password_must_be_changed_first(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let asha = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    let page = page_of(&officer, "asha").await;
    let made = officer.post(&format!("{page}/reset?lang=en"), &[("key", "k1")]).await;
    let password = made.texts("digits password")[0].to_owned();
    assert!(password.len() >= 8 && asha.get("/office").await.location().starts_with("/login"), "{}", made.body);
    // The same submit again makes no other one, and shows none.
    let again = officer.post(&format!("{page}/reset?lang=en"), &[("key", "k1")]).await;
    assert!(again.shows("made already") && !again.shows(&password), "{}", again.body);
    assert_eq!(app.browser().log_in("asha", PASSWORD).await.status, 200);
    assert_eq!(asha.log_in("asha", &password).await.location(), "/office");
    for path in ["/office", "/office/register"] {
        assert_eq!(asha.get(path).await.location(), "/password");
    }
    assert_eq!(asha.post("/office/people", &[("mobile", "9876543210")]).await.location(), "/password");
    let same = asha.post("/password?lang=en", &[("present", &password), ("new", &password)]).await;
    assert!(same.shows("Choose another password"), "{}", same.body);
    let own = "मेरा-अपना-पासवर्ड";
    assert_eq!(asha.post("/password", &[("present", &password), ("new", own)]).await.location(), "/password?done=1");
    assert_eq!(asha.get("/office").await.status, 200);
    // It stands nowhere in the clear.
    assert_eq!(app.count(&format!("journal where answer like '%{password}%' or subject like '%{password}%'")).await, 0);
}

async fn an_officer_sees_and_ends_log_ins_of_the_own_district(app: TestApp) {
    let officer = app.logged_in("meera", Role::DistrictOfficer, "RPR").await;
    let durg = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    app.user("asha", Role::Clerk, "RPR-Z2").await;
    let asha = app.browser();
    let phone = "Mozilla/5.0 (Linux; Android 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0 Mobile Safari/537.36";
    let typed = [("username", "asha"), ("password", PASSWORD)];
    assert_eq!(asha.send(asha.posting("/login", &typed).header("user-agent", phone)).await.status, 303);
    let page = page_of(&officer, "asha").await;
    app.core.clock.set(at("2021-03-30 11:30"));
    asha.get("/office").await;
    let shown = officer.get(&format!("{page}?lang=en")).await;
    assert!(shown.shows("Chrome, Android") && shown.shows("11:07") && shown.shows("11:30"), "{}", shown.body);
    // Another district's officer sees neither list nor page, and can do nothing.
    assert!(!durg.get("/district/users").await.shows("asha"));
    let login = shown.value("login");
    for (path, fields) in [("end", [("login", login.as_str())]), ("reset", [("key", "k")]), ("close", [("closed", "yes")])] {
        assert_eq!(durg.post(&format!("{page}/{path}"), &fields).await.status, 404, "{path}");
    }
    assert_eq!((durg.get(&page).await.status, asha.get("/office").await.status), (404, 200));
    officer.post(&format!("{page}/end"), &[("login", &login)]).await;
    assert!(asha.get("/office").await.location().starts_with("/login"));
    // A closed account logs nobody in, whatever the password; opened again it does.
    officer.post(&format!("{page}/close"), &[("closed", "yes")]).await;
    assert!(asha.log_in("asha", PASSWORD).await.status == 200 && officer.get(&format!("{page}?lang=en")).await.shows("Open it again"));
    officer.post(&format!("{page}/close"), &[("closed", "no")]).await;
    assert_eq!(asha.log_in("asha", PASSWORD).await.status, 303);
    // Nobody closes the own account.
    let own = page_of(&officer, "meera").await;
    assert_eq!(officer.post(&format!("{own}/close"), &[("closed", "yes")]).await.status, 403);
    let acts = app.rows("select act from journal where actor = 'user:meera' and act <> 'log_in' order by act").await;
    assert_eq!(acts, ["close_user", "end_log_in", "reopen_user"]);
    // Keys too are the own district's.
    let (clerk, slot) = (app.clerk("RPR-Z2").await, app.slot(MEKAHARA, NOON));
    let id = app.rows("select cast(max(id) as text) from api_key").await[0].clone();
    assert_eq!(durg.post(&format!("/district/keys/{id}/revoke"), &[]).await.status, 404);
    assert!(officer.get("/district/users").await.shows("office RPR-Z2"));
    officer.post(&format!("/district/keys/{id}/revoke"), &[]).await;
    assert_eq!(clerk.issue(slot, &Person::new(1)).await.status, 401);
}
