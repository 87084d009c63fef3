//! Desks on one slot, cut off half of the time: how many of its places they give out, and how many stay with those who do not need them.
//!
//! A simulation of the rule by which places are lent (`domain::lease`), minute by minute, with a ledger that refuses what is not there; that the
//! server keeps to it whatever is lost is the model test's to show.

use baari::domain::lease::{Pace, Room, difference, holdings};
use baari::domain::moment::Moment;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::Outcome;
use crate::database::Kind;
use crate::report::Report;

const DESKS: usize = 50;
const PLACES: i64 = 1_000;

/// People come for so many minutes before the slot begins: a few more than there are places.
const MINUTES: i64 = 240;
const PEOPLE: f64 = 1_100.0;

/// Every desk has a link once in the last so many minutes.
const LAST: i64 = 15;

/// How many runs with other chances the mean is taken of.
const RUNS: u64 = 20;

/// What a token costs by the link: the people of a number, the advice for age and ID, the form, the page after it and the slip.
const REQUESTS_A_TOKEN: f64 = 6.0;

/// Tokens that a desk makes before it is heard again, and how many one call carries.
const TOKENS: f64 = 200.0;
const A_CALL: f64 = 50.0;

/// Measures the shares.
pub fn measure(report: &mut Report) -> Outcome {
    let names = ["desks_issued", "desks_stranded_share", "desks_doubled", "desks_requests_ratio"];
    if !names.into_iter().any(|name| report.wants(name, Kind::Sqlite)) {
        return Ok(());
    }
    let (mut issued, mut stranded, mut doubled) = (0, 0, 0);
    for seed in 0..RUNS {
        let end = run(seed);
        issued += end.issued;
        stranded += end.stranded;
        doubled += (end.issued + end.stranded - PLACES).max(0);
    }
    let runs = RUNS as f64;
    report.figure(names[0], issued as f64 / runs, "tokens")?;
    report.share(names[1], stranded as f64 / runs, "places", ("places", PLACES as f64))?;
    report.exactly(names[2], usize::try_from(doubled)?, "places", 0)?;
    // The calls that carry the tokens, one that returns and one that hears.
    let calls = TOKENS / A_CALL + 2.0;
    report.share(names[3], calls, "requests", ("by_the_link", TOKENS * REQUESTS_A_TOKEN))
}

struct End {
    issued: i64,
    stranded: i64,
}

#[derive(Clone, Default)]
struct Desk {
    held: i64,
    made: Vec<i64>,
    /// The link is as it is until then.
    until: i64,
    up: bool,
    /// The minute of the last quarter of an hour in which it is surely up.
    surely: i64,
}

fn run(seed: u64) -> End {
    let mut chance = StdRng::seed_from_u64(seed);
    let starts = Moment(MINUTES * 60);
    let mut desks = vec![Desk::default(); DESKS];
    for desk in &mut desks {
        desk.up = chance.random_range(0..2) == 0;
        desk.until = chance.random_range(1..=20);
        desk.surely = MINUTES - chance.random_range(1..=LAST);
    }
    let (mut free, mut issued) = (PLACES, 0);
    let a_minute = PEOPLE / MINUTES as f64 / DESKS as f64;
    for minute in 0..MINUTES {
        let now = Moment(minute * 60);
        let mut order: Vec<_> = (0..DESKS).collect();
        for at in (1..DESKS).rev() {
            order.swap(at, chance.random_range(0..=at));
        }
        for n in order {
            if minute >= desks[n].until {
                desks[n].up = !desks[n].up;
                desks[n].until = minute + chance.random_range(1..=20);
            }
            let up = desks[n].up || minute == desks[n].surely;
            let held_by_all = desks.iter().map(|desk| desk.held).sum();
            let desk = &mut desks[n];
            if up {
                let an_hour = desk.made.iter().filter(|made| **made > minute - 60).count() as i64;
                let room = Room { starts, open: true, free, held: desk.held, held_by_all };
                let should = holdings(&[room], Pace { an_hour, most: 60 }, DESKS as i64, now)[0];
                let more = difference(&room, should, now).min(free);
                desk.held += more;
                free -= more;
            }
            if chance.random_bool(a_minute) {
                let place = if up && free > 0 { &mut free } else { &mut desk.held };
                if *place > 0 {
                    *place -= 1;
                    issued += 1;
                    desk.made.push(minute);
                }
            }
        }
    }
    End { issued, stranded: desks.iter().map(|desk| desk.held).sum() }
}
