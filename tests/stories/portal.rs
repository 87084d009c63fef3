//! Stories of the desks around the portal: what it refuses is mended, and who asks is told one sentence.

use std::time::Duration;

use baari::domain::place::Role;
use baari::portal::test_server::Switches;

use crate::support::portal::TestPortal;
use crate::support::{TestApp, on_both};

on_both! {
    a_refused_dose_is_mended_at_the_desk_and_sent_again,
    many_refused_doses_are_mended_at_a_time,
    who_asks_hears_one_sentence,
}

async fn a_refused_dose_is_mended_at_the_desk_and_sent_again(app: TestApp) {
    let portal = TestPortal::start().await;
    portal.switch(Switches { refuse_name: "व्यक्ति B".into(), ..Switches::default() });
    app.doses(0, 3).await;
    app.tamper("update dose set batch = '' where beneficiary_id in (select id from beneficiary where name = 'व्यक्ति C')").await;
    let workers = portal.uploader(&app, 2, 2_000);
    app.until_sent(20).await;

    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let other = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    let clerk = app.logged_in("clerk", Role::Clerk, "RPR-Z2").await;
    let page = officer.get("/district/portal?lang=en").await;
    assert!(page.shows("Name does not match the photo ID") && page.shows("Mandatory fields missing"), "{}", page.body);
    assert!(page.shows("Nothing is in line for the portal."), "{}", page.body);
    let links = page.body.split("href=\"/district/portal/").skip(1).filter_map(|rest| rest.split('"').next());
    let dose = links.into_iter().find(|link| link.len() == 36).expect("a refused dose");
    let address = format!("/district/portal/{dose}");
    assert_eq!((other.get(&address).await.status, clerk.get("/district/portal").await.status), (404, 403));
    assert!(!other.get("/district/portal").await.shows("व्यक्ति"));

    // The first one is C, whose deadline is earlier. What is wrong is named, and nothing typed is lost.
    let form = officer.get(&format!("{address}?lang=en")).await;
    assert!(form.shows("व्यक्ति C") && form.shows("Mandatory fields missing"), "{}", form.body);
    let key = form.value("key");
    let typed = |mobile, batch| {
        [("name", "व्यक्ति C"), ("birth_year", "1951"), ("mobile", mobile), ("batch", batch), ("vaccinator", "सीता"), ("key", key.as_str())]
    };
    let wrong = officer.post(&format!("{address}?lang=en"), &typed("12345", "")).await;
    assert!(wrong.shows("id=\"mobile-fault\"") && wrong.shows("id=\"batch-fault\"") && wrong.shows("value=\"12345\""), "{}", wrong.body);
    for _ in 0..2 {
        let sent = officer.post(&address, &typed("98765 00001", "4120Z011")).await;
        assert_eq!(sent.location(), "/district/portal?sent=1");
    }
    app.until_sent(20).await;
    assert_eq!(app.uploads("uploaded").await, 2);
    assert_eq!(app.count("journal where act = 'mend_record'").await, 1);

    // The portal's own mistake is over: all with these words go again.
    portal.switch(Switches::default());
    let again = officer.post("/district/portal/again", &[("words", "Name does not match the photo ID")]).await;
    assert_eq!(again.location(), "/district/portal?sent=1");
    app.until_sent(20).await;
    workers.stop().await;
    assert_eq!(app.uploads("uploaded").await, 3);
    let holds = portal.holds().await;
    assert!(holds["beneficiaries"].as_array().expect("people").iter().any(|held| held["mobile_number"] == "9876500001"), "{holds}");
}

async fn many_refused_doses_are_mended_at_a_time(app: TestApp) {
    let doses = app.doses(0, 3).await;
    app.tamper("update upload set state = 'refused', words = 'vaccine_batch is wrong'").await;
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let page = officer.get("/district/portal?lang=en").await;
    assert!(page.shows(&format!("name=\"dose_{}\"", doses[0])), "{}", page.body);
    let boxes: Vec<_> = doses.iter().map(|dose| format!("dose_{dose}")).collect();
    let none = officer.post("/district/portal/chosen?lang=en", &[("key", "k"), ("batch", "4120z777")]).await;
    assert!(none.shows("Tick at least one") && none.value("batch") == "4120z777", "{}", none.body);
    let chosen = [("key", "k"), ("batch", "4120z777"), ("vaccinator", ""), (&*boxes[0], "yes"), (&*boxes[2], "yes")];
    assert_eq!(
        app.logged_in("durg", Role::DistrictOfficer, "DRG").await.post("/district/portal/chosen", &chosen).await.location(),
        "/district/portal?sent=0&own=0"
    );
    // Pressed twice, it is done once.
    assert_eq!(officer.post("/district/portal/chosen", &chosen).await.location(), "/district/portal?sent=2&own=0");
    officer.post("/district/portal/chosen", &chosen).await;
    assert_eq!((app.count("dose where batch = '4120Z777'").await, app.count("dose_history").await), (2, 2));
    assert_eq!((app.uploads("waiting").await, app.uploads("refused").await), (2, 1));
    // Who entered a dose does not correct it: somebody else has to.
    app.tamper("update dose set entered_by = 'user:officer'").await;
    let own = officer.post("/district/portal/chosen", &[("key", "o"), ("batch", "B9"), (&*boxes[1], "yes")]).await;
    assert_eq!(own.location(), "/district/portal?sent=0&own=1");
    assert!(officer.get(&format!("{}&lang=en", own.location())).await.shows("You entered 1 of them yourself"));
}

async fn who_asks_hears_one_sentence(app: TestApp) {
    let portal = TestPortal::start().await;
    app.doses(0, 2).await;
    app.tamper("update beneficiary set mobile = '9876543210'").await;
    let clerk = app.logged_in("clerk", Role::Clerk, "RPR-Z2").await;
    let far = app.logged_in("far", Role::Clerk, "RPR-Z1").await;
    let ask = async |q: &str| {
        let key = clerk.get("/office/enquiry").await.value("key");
        clerk.post("/office/enquiry?lang=en", &[("q", q), ("key", &key)]).await
    };
    assert!(ask("").await.shows("Type something to search for"));
    assert!(ask("9876500000").await.shows("Nobody matches."));
    // Who is not found is counted, by what was asked for; that itself is kept nowhere.
    assert!(ask(" 98765  00000").await.shows("Asked for the first time.") && ask("9876500000").await.shows("Has come to ask 2 times."));
    assert_eq!(app.count("enquiry where about like '%98765%'").await, 0);
    // What was looked for stands in the journal, a mobile number by its fingerprint and end.
    assert_eq!(app.count("journal where act = 'enquire' and subject is null").await, 0);
    assert_eq!(app.count("journal where act = 'enquire' and subject like '%98765%'").await, 0);
    let several = ask("98765 43210").await;
    assert!(several.shows("Several people match.") && several.texts("told").is_empty());
    assert!(app.count("journal where act = 'enquire' and subject like 'mobile:%'").await > 0);
    for id in ["2345 6789 0124", "ABCPE1234F", "CGR0000001"] {
        ask(id).await;
    }
    let noted = "select distinct subject from journal where act = 'enquire' and subject not like 'mobile:%' order by subject";
    assert!(app.rows(noted).await.iter().all(|subject| ["id", "nobody"].contains(&&**subject)), "{:?}", app.rows(noted).await);
    let told = ask("व्यक्ति A").await;
    assert!(told.shows("There is no link here") && told.shows("Asked for the first time."), "{}", told.body);
    assert!(far.post("/office/enquiry?lang=en", &[("q", "व्यक्ति A")]).await.shows("Nobody matches."));

    portal.switch(Switches { down: true, ..Switches::default() });
    let workers = portal.uploader(&app, 2, 2_000);
    while app.count("portal_spell where ended_at is null").await == 0 {
        app.pass(20);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let told = ask("व्यक्ति A").await;
    assert!(told.shows("The national portal is down since") && told.shows("Has come to ask 2 times."), "{}", told.body);
    portal.switch(Switches::default());
    for _ in 0..100 {
        app.pass(20);
        tokio::time::sleep(Duration::from_millis(100)).await;
        if app.uploads("uploaded").await == 2 {
            break;
        }
    }
    workers.stop().await;
    let told = ask("व्यक्ति A").await;
    assert!(told.shows("is on the portal under number 316240000000") && told.shows("/office/people/"), "{}", told.body);
    // Whoever works with records goes on to the record.
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    assert!(officer.post("/office/enquiry?lang=en", &[("q", "व्यक्ति A"), ("key", "o")]).await.shows("/centre/doses/"));
    let everybody = clerk.get("/office/enquiry").await;
    let centre = app.core.board().centre_by_code("RPR-MEKAHARA").expect("the centre").id.to_string();
    let day = [("q", ""), ("centre", centre.as_str()), ("date", "30-03-2021"), ("key", &everybody.value("key"))];
    assert!(clerk.post("/office/enquiry?lang=en", &day).await.shows("व्यक्ति B"));
}
