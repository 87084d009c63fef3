//! The second round as the newspaper printed it on its third day: 11,307 doses in 28 districts, loaded as rows like any others.
//!
//! Printed were the doses of each district, and for the whole state how many went to which age group and how many centres of
//! which kind gave them. Everything below that (which centre, which day, which person) is invented so that it adds up.

use std::fmt::Write;

use crate::actions::import::import;
use crate::core::Core;
use crate::demo::state_officer;
use crate::domain::campaign::Vaccine;
use crate::domain::care::{MobileOf, Needs};
use crate::domain::dose::NoCode;
use crate::domain::moment::{Day, Moment};
use crate::domain::person::{Category, Gender, IdNumber, IdType};
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::ids::{BeneficiaryId, CentreId, DoseId};
use crate::storage::dose::GivenDose;
use crate::storage::person::{Beneficiary, Identity};

/// District codes and their doses, as printed.
const PRINTED: &str = include_str!("field/second_round.csv");

/// Doses to people of 60 and over, of all.
pub(crate) const SIXTY: usize = 9_521;

/// Government centres that gave them.
pub(crate) const GOVERNMENT: usize = 338;
/// The private ones among them.
pub(crate) const PRIVATE: usize = 45;

/// How the codes of these centres go on after the district's.
pub const SITE: &str = "-SITE-";

/// Rows a statement.
const ROWS: usize = 500;

/// Loads it: the centres with a session each, the people and their doses.
pub async fn load(core: &Core) -> Result<()> {
    let printed = printed();
    let total: usize = printed.iter().map(|(_, doses)| doses).sum();
    let sites = shared_out(GOVERNMENT + PRIVATE, &printed, total);
    for file in files(&printed, &sites) {
        let report = import(core, &state_officer(), "second-round.csv", file.as_bytes(), true).await?;
        if !report.applied {
            return Err(Error::Internal(format!("the second round's own file is wrong: {:?}", report.wrong)));
        }
    }
    let board = core.board();
    let mut rows = Vec::with_capacity(total);
    for ((code, doses), sites) in printed.iter().zip(&sites) {
        let own = format!("{code}{SITE}");
        let centres: Vec<CentreId> =
            board.field.centres.iter().filter(|centre| centre.code.starts_with(&own)).map(|centre| centre.id).collect();
        rows.extend((0..*doses).map(|n| (centres[n % sites], n / sites)));
    }
    let people: Vec<_> = rows.iter().enumerate().map(|(n, _)| person(core, n, total)).collect();
    let doses: Vec<_> = rows.into_iter().zip(&people).map(|((centre, turn), (person, _))| dose(core, centre, turn, person.id)).collect();
    for at in (0..total).step_by(ROWS) {
        let some = at..total.min(at + ROWS);
        let (rows, identities): (Vec<_>, Vec<_>) = people[some.clone()].iter().cloned().unzip();
        let mut tx = core.write().await?;
        tx.add_people(&rows, first_day().start()).await?;
        tx.add_identities(&identities).await?;
        tx.add_recorded_doses(&doses[some], first_day().start()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The districts' codes and their doses, in the order in which they were printed.
pub(crate) fn printed() -> Vec<(&'static str, usize)> {
    PRINTED.lines().skip(1).filter_map(|line| line.split_once(',')).map(read).collect()
}

/// Up to when was counted.
pub(crate) fn printed_at() -> Moment {
    first_day().plus(2).at_minute(17 * 60)
}

fn read<'a>((code, doses): (&'a str, &str)) -> (&'a str, usize) {
    (code, doses.trim().parse().expect("the program's own file"))
}

fn first_day() -> Day {
    Day(chrono::NaiveDate::from_ymd_opt(2021, 3, 1).expect("a date"))
}

/// So many centres by each district's doses: every district has one, the largest remainders get what is left.
fn shared_out(sites: usize, printed: &[(&str, usize)], total: usize) -> Vec<usize> {
    let mut shares: Vec<usize> = printed.iter().map(|(_, doses)| (sites * doses / total).max(1)).collect();
    let mut order: Vec<usize> = (0..printed.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(sites * printed[*at].1 % total));
    let mut left = sites - shares.iter().sum::<usize>();
    for at in order.into_iter().cycle() {
        if left == 0 {
            return shares;
        }
        shares[at] += 1;
        left -= 1;
    }
    shares
}

/// A zone for each district's centres, the centres, and a session of each on the first day.
fn files(printed: &[(&str, usize)], sites: &[usize]) -> [String; 3] {
    let mut zones = String::from("code,district,name_en,name_hi,address_en,address_hi,phone\n");
    let mut centres =
        String::from("code,zone,name_en,name_hi,address_en,address_hi,pin_code,kind,fee,step_free,gates,phone,supervisor_phone,lat,lon\n");
    let mut sessions =
        String::from("centre,date,vaccine,doses,min_age,max_age,opens,closes,slot_minutes,capacity,shares,issue_from,issue_until\n");
    let (day, mut n) = (first_day(), 0);
    let all = GOVERNMENT + PRIVATE;
    for ((code, _), sites) in printed.iter().zip(sites) {
        // Writing into a string cannot fail.
        let _ = writeln!(zones, "{code}-R2,{code},Second round (demo),दूसरा चरण (नमूना),Collectorate,कलेक्टोरेट,0771-4000000");
        for at in 1..=*sites {
            // Spread evenly over all centres; a district's only one is the government's.
            n += 1;
            let private = n * PRIVATE / all > (n - 1) * PRIVATE / all;
            let (kind, en, hi) = if private {
                ("private", "Hospital", "अस्पताल")
            } else {
                ("government", "Health centre", "स्वास्थ्य केंद्र")
            };
            let _ = writeln!(
                centres,
                "{code}{SITE}{at:02},{code}-R2,{en} {at} (demo),{hi} {at} (नमूना),Main Road,मुख्य मार्ग,492001,{kind},0,yes,1,0771-4000000,0771-4000000,,"
            );
            let window = format!("{} 09:00,{} 16:00", day.plus(-1), day.plus(2));
            let _ = writeln!(sessions, "{code}{SITE}{at:02},{day},covishield,1,45,120,10:00,17:00,210,120,,{window}");
        }
    }
    [zones, centres, sessions]
}

/// The n-th person, of an age that makes the groups come out as printed.
fn person(core: &Core, n: usize, total: usize) -> (Beneficiary, Identity) {
    let sixty = (n + 1) * SIXTY / total > n * SIXTY / total;
    let birth_year = if sixty { 1961 - (n % 25) as i64 } else { 1962 + (n % 15) as i64 };
    let id = BeneficiaryId(core.chance.id(first_day().start()));
    let card = IdNumber::parse(IdType::VoterId, &format!("ZZR{n:07}")).expect("the form of a voter ID");
    let woman = n % 2 == 1;
    let row = Beneficiary {
        id,
        mobile: None,
        mobile_of: MobileOf::Own,
        name: (if woman { "नमूना महिला" } else { "नमूना पुरुष" }).parse().expect("a name"),
        birth_year,
        gender: if woman { Gender::Female } else { Gender::Male },
        category: Category::Citizen,
        certificate: !sixty,
        language: Lang::Hi.into(),
        needs: Needs::default(),
        locality: None,
    };
    let identity = Identity { hash: core.keys().hash_id(&card), beneficiary_id: id, kind: card.kind(), id_end: card.end().to_owned() };
    (row, identity)
}

/// A centre's n-th dose: over three days, from 10:00 to 17:00. It has long reached the portal, so it is in no line.
fn dose(core: &Core, centre_id: CentreId, turn: usize, beneficiary_id: BeneficiaryId) -> GivenDose {
    let day = first_day().plus(turn as i64 % 3);
    let given_at: Moment = day.at_minute(600 + (turn as u32 / 3 * 23 + centre_id.0 as u32) % 420);
    GivenDose {
        id: DoseId(core.chance.id(given_at)),
        beneficiary_id,
        number: 1,
        vaccine: Vaccine::Covishield,
        given_on: day,
        token: None,
        centre_id,
        batch: "DEMO".into(),
        vaccinator: "–".into(),
        given_at,
        entered_at: given_at,
        entered_by: "demo".into(),
        no_code_reason: Some(NoCode::NoToken),
        vial_id: None,
        despite: None,
        body_hash: None,
        withdrawn_at: None,
    }
}
