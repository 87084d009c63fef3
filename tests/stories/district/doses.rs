//! The newspaper's table: the doses of the Raipur story, loaded as rows, come out as they were printed.

use baari::demo::second_round;
use baari::domain::place::Role;

use crate::support::{TestApp, on_both};

on_both! {
    the_printed_table_comes_out_exactly,
    an_officer_sees_the_own_district_and_a_bad_cut_off_is_named,
}

/// The districts of the state, by the demonstration's codes.
const DISTRICTS: &str = include_str!("../../../src/demo/field/districts.csv");

async fn the_printed_table_comes_out_exactly(app: TestApp) {
    app.field(&[DISTRICTS]).await;
    second_round::load(&app.core).await.expect("loaded");
    let officer = app.logged_in("state", Role::StateOfficer, "").await;
    let cut_off = "round=2&date=03-03-2021&time=17:00";
    let page = officer.get(&format!("/district/doses?{cut_off}&lang=en")).await;
    assert!(page.shows("Second round: doses given by Wed 3 March 2021, 5:00 pm"), "{}", page.body);

    let csv = officer.get(&format!("/district/doses/doses.csv?{cut_off}&lang=en")).await;
    let rows: Vec<Vec<&str>> = csv.body.trim_start_matches('\u{feff}').lines().map(|line| line.split(',').collect()).collect();
    let printed = [
        ("Raigarh", 1319),
        ("Durg", 1195),
        ("Bilaspur", 967),
        ("Raipur", 923),
        ("Mahasamund", 839),
        ("Surguja", 697),
        ("Rajnandgaon", 481),
        ("Baloda Bazar", 465),
        ("Bastar", 413),
        ("Jashpur", 393),
        ("Dhamtari", 356),
        ("Korba", 331),
        ("Kondagaon", 330),
        ("Gaurela-Pendra-Marwahi", 314),
        ("Balod", 311),
        ("Kanker", 233),
        ("Kawardha", 220),
        ("Mungeli", 218),
        ("Koriya", 209),
        ("Bemetara", 196),
        ("Sukma", 177),
        ("Surajpur", 168),
        ("Gariaband", 151),
        ("Balrampur", 135),
        ("Janjgir-Champa", 127),
        ("Dantewada", 73),
        ("Narayanpur", 48),
        ("Bijapur", 18),
    ];
    let shown: Vec<_> = rows[1..29].iter().map(|row| (row[0], row[1].parse().expect("a number"))).collect();
    assert_eq!(shown, printed);
    assert_eq!(rows[0][1..4], ["Doses", "60 and over", "45–59"]);
    // District, doses, 60+, 45–59, government and private doses, government and private centres, centres, planned.
    assert_eq!(rows[29][..4], ["Total", "11307", "9521", "1786"]);
    assert_eq!(rows[29][6..], ["338", "45", "383", "383"]);
    assert!(page.shows("<b>11,307</b>") && page.shows("<b>9,521</b>") && page.shows("<b>1,786</b>") && page.shows("<b>338 + 45</b>"));

    // A cut-off inside a day counts what had been given by then.
    let noon = officer.get("/district/doses/doses.csv?round=2&date=03-03-2021&time=12:00&lang=en").await;
    let by_noon: i64 = noon.body.lines().last().and_then(|row| row.split(',').nth(1)).and_then(|n| n.parse().ok()).expect("a number");
    assert!((7_000..11_000).contains(&by_noon), "{by_noon}");
    let xlsx = officer.get(&format!("/district/doses/doses.xlsx?{cut_off}")).await;
    assert!(xlsx.bytes.starts_with(b"PK") && xlsx.header("content-disposition").contains(".xlsx"));
}

async fn an_officer_sees_the_own_district_and_a_bad_cut_off_is_named(app: TestApp) {
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let page = officer.get("/district/doses?lang=en").await;
    assert!(page.shows("Raipur</th>") && !page.shows("Durg</th>"), "{}", page.body);
    let wrong = officer.get("/district/doses?round=2&date=31-02-2021&time=25:00&lang=en").await;
    assert!(wrong.shows("Type the date as 30-03-2021.") && wrong.shows("Type the time as 17:00."), "{}", wrong.body);
    assert_eq!((wrong.value("date"), wrong.value("time")), ("31-02-2021".into(), "25:00".into()));
    assert_eq!(officer.get("/district/doses/doses.pdf").await.status, 404);
    let clerk = app.logged_in("asha", Role::Clerk, "RPR-Z2").await;
    assert_eq!(clerk.get("/district/doses").await.status, 403);
}
