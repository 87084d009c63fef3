//! The links: minutes without one, beside the day before, and who was served meanwhile.

use baari::domain::place::Role;

use crate::support::callers::Person;
use crate::support::gates::admitted;
use crate::support::{TestApp, at, on_both};

on_both! { minutes_without_the_link_are_counted_with_who_was_served, }

const FAFADIH: &str = "RPR-FAFADIH";

async fn minutes_without_the_link_are_counted_with_who_was_served(app: TestApp) {
    let clerk = app.clerk("RPR-Z2").await;
    let token = clerk.issue(app.slot(FAFADIH, "2021-03-30 12:00"), &Person::new(1)).await.number();
    let mut gate = app.gate(FAFADIH, "Gate A").await;
    // Heard at 11:07, then not for forty minutes. Two are admitted alone, and sent at 11:47; a pause of two minutes is nothing.
    app.set_clock("2021-03-30 11:47");
    assert_eq!(gate.sync(vec![admitted(1, &token, at("2021-03-30 11:20"))]).await.status, 200);
    app.set_clock("2021-03-30 11:49");
    assert_eq!(gate.sync(Vec::new()).await.status, 200);
    let officer = app.logged_in("officer", Role::DistrictOfficer, "RPR").await;
    let row = |minutes: &str, before: &str, served: &str| format!("<td>{minutes}</td>|<td>{before}</td><td>{served}</td>");
    let shown = |body: &str| {
        let table = body.rsplit_once("<tbody>").expect("a table").1;
        let (first, rest) = table.split_once("<td class=\"bar-cell\">").expect("a bar");
        let minutes = first.rsplit_once("</th>").expect("a name").1;
        let after = rest.split_once("</td>").expect("its end").1;
        let cells: Vec<_> = after.split("</td>").take(2).collect();
        format!("{minutes}|{}</td>{}</td>", cells[0], cells[1])
    };
    let page = officer.get("/district/links?lang=en").await;
    assert!(page.shows("PHC Fafadih") && !page.shows("no link now"), "{}", page.body);
    assert_eq!(shown(&page.body), row("40", "0", "1"));
    // The same added up by district and zone, and as a file; what still waits on the phone says since when.
    (gate.waiting, gate.oldest_at) = (3, Some(at("2021-03-30 11:31")));
    assert_eq!(gate.sync(Vec::new()).await.status, 200);
    let page = officer.get("/district/links?lang=en").await;
    let sums = page.body.split_once("By district and zone").expect("the sums").1;
    let sum = "<td>1</td><td>1</td><td>3</td><td>Tue 30 March 11:31</td><td>40</td><td>0</td><td>1</td><td>0</td>";
    assert_eq!(sums.matches(sum).count(), 2, "{}", page.body);
    assert!(sums.contains("<b>Raipur</b>") && sums.contains("Zone 2 Office"), "{}", page.body);
    let file = officer.get("/district/links/links.csv?lang=en").await;
    assert!(file.shows("Raipur,Zone 2 Office,PHC Fafadih,1,3,Tue 30 March 11:31,40,0,1,0"), "{}", file.body);
    (gate.waiting, gate.oldest_at) = (0, None);
    assert_eq!(gate.sync(Vec::new()).await.status, 200);
    assert!(!officer.get("/district/links?lang=en").await.shows("Tue 30 March 11:31"));
    // A silence that goes on counts up to now, and no further than the session.
    app.set_clock("2021-03-30 12:20");
    let page = officer.get("/district/links?lang=en").await;
    assert!(page.shows("no link now"));
    assert_eq!(shown(&page.body), row("71", "0", "1"));
    app.set_clock("2021-03-31 09:00");
    let officer = app.logged_in("next", Role::DistrictOfficer, "RPR").await;
    assert_eq!(shown(&officer.get("/district/links?lang=en").await.body), row("0", "351", "0"));
    let stranger = app.logged_in("durg", Role::DistrictOfficer, "DRG").await;
    assert!(!stranger.get("/district/links?lang=en").await.shows("PHC Fafadih"));
}
