//! A district as large as they come: 383 centres, 30,000 tokens on one day.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use baari::domain::campaign::Vaccine;
use baari::domain::care::{MobileOf, Needs};
use baari::domain::number::TokenNumber;
use baari::domain::person::{Category, Gender, IdType};
use baari::domain::place::{Owner, Role};
use baari::i18n::Lang;
use baari::ids::{BeneficiaryId, CentreId, SlotId};
use baari::storage::person::Beneficiary;
use baari::storage::slot::Claim;
use baari::storage::token::NewToken;

use super::day::{in_trouble, large};
use crate::support::callers::Caller;
use crate::support::{SESSION_COLUMNS, TestApp, on_both};

on_both! {
    the_day_of_383_centres_adds_up_and_names_those_in_trouble,
}

const CENTRES: usize = 383;
const TOKENS: usize = 30_000;
const DAY: &str = "2021-03-30";

/// A district of its own: ten zones, and a session of twelve places an hour at each centre.
async fn set_up(app: &TestApp) {
    let mut zones = "code,district,name_en,name_hi,address_en,address_hi,phone\n".to_owned();
    let mut centres =
        "code,zone,name_en,name_hi,address_en,address_hi,pin_code,kind,fee,step_free,gates,phone,supervisor_phone,lat,lon\n".to_owned();
    let mut sessions = SESSION_COLUMNS.to_owned();
    for zone in 0..10 {
        writeln!(zones, "BIG-Z{zone},BIG,Zone {zone},ज़ोन {zone},Road,सड़क,0771-5000000").expect("memory");
    }
    for n in 0..CENTRES {
        let zone = n % 10;
        writeln!(centres, "BIG-{n},BIG-Z{zone},Centre {n},केंद्र {n},Road,सड़क,492001,government,0,yes,1,0771-5000001,0771-5000002,,")
            .expect("memory");
        writeln!(sessions, "BIG-{n},{DAY},covishield,1 2,18,200,10:00,17:00,60,84,,2021-03-29 00:00,{DAY} 17:00").expect("memory");
    }
    app.field(&["code,name_en,name_hi\nBIG,Big,बड़ा\n", &zones, &centres, &sessions]).await;
}

/// People and their tokens, spread evenly over all slots, straight into the database: issuing has stories of its own.
async fn fill(app: &TestApp) -> Vec<TokenNumber> {
    let (board, now) = (app.core.board(), app.core.clock.now());
    let of = |n: usize| board.centre_by_code(&format!("BIG-{n}")).expect("a centre").id;
    let slots: Vec<(CentreId, Vec<SlotId>)> =
        (0..CENTRES).map(|n| (of(n), board.slots_on(of(n), DAY.parse().expect("a day")).map(|slot| slot.id).collect())).collect();
    let (mut people, mut tokens, mut taken) = (Vec::new(), Vec::new(), BTreeMap::<SlotId, i64>::new());
    for n in 0..TOKENS {
        let (centre_id, slots) = &slots[n % CENTRES];
        let slot_id = slots[n / CENTRES % slots.len()];
        let id = BeneficiaryId(app.core.chance.id(now));
        people.push(Beneficiary {
            id,
            mobile: None,
            mobile_of: MobileOf::Own,
            name: "सीता बाई".parse().expect("a name"),
            birth_year: if n % 4 == 0 { 1970 } else { 1950 },
            gender: Gender::Female,
            category: Category::Citizen,
            certificate: true,
            language: Lang::Hi.into(),
            needs: Needs::default(),
            locality: None,
        });
        let serial = taken.entry(slot_id).or_default();
        *serial += 1;
        tokens.push(NewToken {
            number: TokenNumber::from_nine(500_000_000 + n as i64).expect("a number"),
            beneficiary_id: id,
            dose: 1,
            vaccine: Vaccine::Covishield,
            centre_id: *centre_id,
            slot_id,
            owner: Owner::Open,
            serial: *serial,
            id_type: IdType::VoterId,
            id_end: format!("{:04}", n % 10_000),
            link: app.core.chance.link(),
            secret_code: "0000".into(),
            cose: Vec::new(),
            issued_at: now,
            issued_by: "test".into(),
        });
    }
    let mut tx = app.core.db.write().await.expect("a transaction");
    for some in people.chunks(500) {
        tx.add_people(some, now).await.expect("people");
    }
    for some in tokens.chunks(500) {
        tx.add_tokens(some).await.expect("tokens");
    }
    let taken = Vec::from_iter(taken);
    for some in taken.chunks(500) {
        let claims: Vec<_> = some.iter().map(|(slot, places)| Claim { slot: *slot, places: *places, serials: *places }).collect();
        assert!(tx.claim_slots(&claims).await.expect("claimed"));
        let shares: Vec<_> = some.iter().map(|(slot, places)| (*slot, Owner::Open, *places)).collect();
        assert!(tx.claim_shares(&shares).await.expect("claimed"));
    }
    tx.commit().await.expect("committed");
    app.core.reload_board().await.expect("a board");
    tokens.into_iter().map(|token| token.number).collect()
}

async fn admit(operator: &Caller, number: TokenNumber) {
    assert_eq!(operator.scan(&number.plain()).await.said(), "200 admitted");
}

async fn the_day_of_383_centres_adds_up_and_names_those_in_trouble(app: TestApp) {
    set_up(&app).await;
    // The opening checks are another story.
    app.tamper("insert into opening_hour (district_id, minute) select id, 1439 from district").await;
    let numbers = fill(&app).await;
    app.set_clock("2021-03-30 10:05");
    // At one centre twelve of the first hour have come, at another one person was turned back by the wrong slip.
    let (busy, strict) = (app.operator("BIG-7").await, app.operator("BIG-8").await);
    let at_ten = |n: usize| numbers.iter().skip(n).step_by(CENTRES).step_by(7).copied().collect::<Vec<_>>();
    for number in at_ten(7) {
        admit(&busy, number).await;
    }
    let arrived = at_ten(7).len().to_string();
    assert_eq!(strict.scan(&at_ten(9)[0].plain()).await.said(), "200 wrong_centre");

    let officer = app.logged_in("officer", Role::DistrictOfficer, "BIG").await;
    let page = officer.get("/district?lang=en").await;
    let shown = ["tokens issued", "arrived", "turned back"].map(|word| large(&page, word));
    assert_eq!(shown, ["30,000", &*arrived, "1"]);
    // Every zone's number, and together they are the district's.
    let zones: Vec<i64> = app
        .rows("select cast(id as text) from zone where code like 'BIG-%' order by code")
        .await
        .iter()
        .map(|id| id.parse().expect("an id"))
        .collect();
    let mut together = 0;
    for zone in zones {
        let page = officer.get(&format!("/district?zone={zone}&lang=en")).await;
        together += large(&page, "tokens issued").replace(',', "").parse::<usize>().expect("a number");
    }
    assert_eq!(together, TOKENS);
    // One centre's, and its slots.
    let centre = app.core.board().centre_by_code("BIG-7").expect("the centre").id;
    let page = officer.get(&format!("/district?centre={centre}&lang=en")).await;
    assert_eq!([large(&page, "tokens issued"), large(&page, "arrived")], ["79", &*arrived]);

    // One gate has been heard and is silent for half an hour: of 383 centres it alone is in trouble, with the reason.
    let mut gate = app.gate("BIG-9", "Gate A").await;
    assert_eq!(gate.sync(Vec::new()).await.status, 200);
    app.set_clock("2021-03-30 10:40");
    let mut page = officer.get("/district?lang=en").await;
    // A count of so many is kept for a moment.
    for _ in 0..100 {
        if page.shows("10:40 am") && !in_trouble(&page).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        page = officer.get("/district?lang=en").await;
    }
    assert_eq!(in_trouble(&page), ["Centre 9"]);
    assert!(page.shows("No gate heard for 35 min: 12 people are due now"), "{}", page.body);
    assert!(page.body.len() < 100_000, "{} bytes", page.body.len());
}
