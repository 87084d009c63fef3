//! The vectors that hold a desk's rules in TypeScript and Rust to one truth.

#![expect(clippy::unwrap_used, reason = "a vector that cannot be read is a failed test")]

use baari::domain::booking::{Applicant, Offer, PastDose};
use baari::domain::campaign::{Campaign, Vaccine};
use baari::domain::dose::Jab;
use baari::domain::lease::{DeskKey, ListTimes, Serials};
use baari::domain::moment::{Day, Moment, parse_minute};
use baari::domain::person::{Category, IdType, Name};
use baari::domain::place::Role;
use baari::error::Fault;
use baari::ids::SlotId;
use baari::pages::form;
use serde_json::{Value, json};

fn read(name: &str) -> Value {
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn rows(of: &Value) -> &[Value] {
    of.as_array().unwrap()
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

#[test]
fn every_key_signs_what_is_written() {
    let file = read("leases.json");
    for case in rows(&file["cases"]) {
        let key = rows(&file["keys"]).iter().find(|key| key["kid"] == case["kid"]).unwrap();
        let serials: Serials = serde_json::from_value(file["serials"][case["kid"].to_string()].clone()).unwrap();
        let key = DeskKey { revoked: key["revoked"].as_bool().unwrap(), serials };
        let list = ListTimes { true_at: Moment(int(&file["true_at"])), forgot_until: case["forgot_until"].as_i64().map(Moment) };
        let (slot, issued) = (SlotId(int(&case["slot"])), Moment(int(&case["issued"])));
        let worth = key.says(list, slot, int(&case["serial"]), issued);
        assert_eq!(worth.word(), case["expect"], "{}", case["name"]);
    }
}

/// The rules that the vectors go by.
fn campaign() -> Campaign {
    let mut rules: Value = serde_json::from_str(include_str!("../../src/domain/campaign.json")).unwrap();
    for (name, rule) in read("booking.json")["campaign"].as_object().unwrap() {
        rules[name] = rule.clone();
    }
    Campaign::read(&rules.to_string()).unwrap()
}

fn day(value: &Value) -> Day {
    value.as_str().unwrap().parse().unwrap()
}

fn past_dose(row: &Value) -> PastDose {
    PastDose { number: int(&row["number"]), vaccine: row["vaccine"].as_str().unwrap().parse().unwrap(), given_on: day(&row["given_on"]) }
}

#[test]
fn every_dose_is_judged_as_written() {
    let (file, campaign) = (read("doses.json"), campaign());
    for case in rows(&file["jabs"]) {
        let said = &case["jab"];
        let jab = Jab {
            number: int(&said["number"]),
            vaccine: said["vaccine"].as_str().unwrap().parse().unwrap(),
            given_on: day(&said["given_on"]),
            booked_on: day(&said["booked_on"]),
        };
        let doses: Vec<_> = rows(&case["doses"]).iter().map(past_dose).collect();
        let refusal = jab.check(&campaign, &doses).err().map_or(Value::Null, |refusal| serde_json::to_value(refusal).unwrap());
        assert_eq!(refusal, case["expect"], "{}", case["name"]);
    }
    for row in rows(&file["times"]) {
        assert_eq!(json!(parse_minute(row["text"].as_str().unwrap())), row["minute"], "{row}");
    }
    for row in rows(&file["days"]) {
        assert_eq!(json!(row["text"].as_str().unwrap().parse::<Day>().ok()), row["day"], "{row}");
    }
}

#[test]
fn every_place_is_given_as_written() {
    let file = read("booking.json");
    let campaign = campaign();
    for row in rows(&file["people_per_mobile"]) {
        assert_eq!(campaign.people_per_mobile(Moment(int(&row["now"])).day()), int(&row["most"]));
    }
    for case in rows(&file["cases"]) {
        let (asked, offer) = (&case["applicant"], &case["offer"]);
        let applicant = Applicant {
            birth_year: int(&asked["birth_year"]),
            category: asked["category"].as_str().unwrap().parse::<Category>().unwrap(),
            certificate: asked["certificate"].as_bool().unwrap(),
            doses: rows(&asked["doses"]).iter().map(past_dose).collect(),
            live: Vec::new(),
        };
        let starts = Moment(int(&offer["starts"]));
        let offer = Offer {
            starts,
            ends: starts + int(&offer["minutes"]) * 60,
            vaccine: offer["vaccine"].as_str().unwrap().parse::<Vaccine>().unwrap(),
            doses: int(&offer["doses"]),
            min_age: int(&offer["min_age"]),
            max_age: int(&offer["max_age"]),
            issue_from: Moment(int(&offer["issue_from"])),
            issue_until: Moment(int(&offer["issue_until"])),
            stopped: offer["stopped"].as_bool().unwrap(),
            holiday: false,
        };
        let said = match offer.for_applicant(&campaign, &applicant, Role::Clerk, Moment(int(&case["now"]))) {
            Ok(dose) => json!({ "dose": dose }),
            Err(refusal) => serde_json::to_value(refusal).unwrap(),
        };
        assert_eq!(said, case["expect"], "{}", case["name"]);
    }
}

#[test]
fn every_person_is_read_as_written() {
    let file = read("people.json");
    let noon = format!("{}-06-30", int(&file["this_year"])).parse::<Day>().unwrap().at_minute(720);
    let pairs = |name: &str| {
        let pair = |row: &Value| (row[0].as_str().unwrap().to_owned(), row[1].clone());
        rows(&file[name]).iter().map(pair).collect::<Vec<_>>()
    };
    for (text, expected) in pairs("mobiles") {
        let said = form::mobile(&text).map_or_else(fault, |mobile| json!(mobile.map(|mobile| mobile.to_string())));
        assert_eq!(said, expected, "{text}");
    }
    for (text, expected) in pairs("names") {
        let read = form::required(&text).and_then(|text| text.parse::<Name>().map_err(|_| Fault::Name));
        assert_eq!(read.map_or_else(fault, |name| json!(name.as_str())), expected, "{text}");
    }
    for (text, expected) in pairs("localities") {
        let said = form::locality(&text).map_or_else(fault, |place| json!(place.map(|place| place.to_string())));
        assert_eq!(said, expected, "{text}");
    }
    for (text, expected) in pairs("years") {
        let read = form::required(&text).and_then(|text| form::birth_year(text, noon));
        assert_eq!(read.map_or_else(fault, |year| json!(year)), expected, "{text}");
    }
    for row in rows(&file["ids"]) {
        let (kind, text) = (row[0].as_str().unwrap().parse::<IdType>().unwrap(), row[1].as_str().unwrap());
        let read = form::required(text).and_then(|text| form::id_number(kind, text));
        let said = read.map_or_else(fault, |id| json!(id.hash_input().split_once(':').unwrap().1));
        assert_eq!(said, row[2], "{text}");
    }
}

fn fault(fault: Fault) -> Value {
    let word = match fault {
        Fault::Missing => "missing",
        Fault::Mobile => "mobile",
        Fault::Name => "name",
        Fault::Locality => "locality",
        Fault::BirthYear => "birth_year",
        Fault::IdForm => "id_form",
        Fault::IdCheckDigit => "id_check_digit",
        other => panic!("{other:?} is no fault of a person"),
    };
    json!(format!("fault {word}"))
}
