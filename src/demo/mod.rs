//! The demonstration: Raipur in March 2021, made with the same verbs that people use. Names and numbers are invented.

pub(crate) mod mornings;
pub(crate) mod people;
pub mod second_round;

use std::fmt::Write;
use std::sync::atomic::AtomicBool;

use uuid::Uuid;

use crate::actions::Actor;
use crate::actions::Authority;
use crate::actions::cancel_token::{CancelToken, cancel_token};
use crate::actions::command::CommandId;
use crate::actions::import::import;
use crate::actions::issue_tokens::IssueToken;
use crate::actions::record_doses::{Lookalikes, Proof, RecordDose, Way, Whom};
use crate::actions::record_scans::{Code, RecordScan};
use crate::actions::see_off::{Leaving, see_off};
use crate::app::App;
use crate::core::Core;
use crate::domain::admission::TokenState;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Result};
use crate::portal::test_server::TestServer;
use crate::storage::scan::ScanKind;
use crate::storage::slot::Slot;
use crate::storage::token::Token;

/// Every demo log-in has this password.
pub const PASSWORD: &str = "baari-demo";

/// User names and roles.
pub const LOGINS: [(&str, &str); 5] = [
    ("clerk-z2", "clerk, zone 2"),
    ("clerk-z2b", "clerk, zone 2"),
    ("operator", "operator"),
    ("district", "district officer"),
    ("state", "state officer"),
];

/// The centre of the tour.
pub const CENTRE: &str = "RPR-MEKAHARA";

/// A centre with one place in each slot, where two clerks meet.
pub const SMALL_CENTRE: &str = "RPR-FAFADIH";

/// The mobile number that the tour types; three people are known under it.
pub const MOBILE: &str = "9876543210";

/// For how many days from the demo's day on there are sessions.
const DAYS: i64 = 4;

/// The demo's switches.
#[derive(Debug, Default)]
pub struct Demo {
    /// The gates' link is cut: the server refuses them.
    pub link_cut: AtomicBool,
    /// The zone offices' link is cut: it refuses their counters.
    pub office_cut: AtomicBool,
    /// The stand-in for the national portal.
    pub portal: Option<TestServer>,
    /// Slips go to the PC's printer; otherwise they stay on the screen.
    pub printer: AtomicBool,
}

/// Tuesday, 30 March 2021, 11:07 in Raipur: people of 60 and over, and of 45 to 59 with a certificate.
pub fn start_of_clock() -> Moment {
    Day(chrono::NaiveDate::from_ymd_opt(2021, 3, 30).expect("a date")).at_minute(11 * 60 + 7)
}

/// Whether a database is a demonstration's, whose passwords everybody knows.
pub async fn is_demo(core: &Core) -> Result<bool> {
    Ok(core.read().await?.setting("demo_clock").await?.is_some())
}

/// Fills an empty database; a filled one goes on where it was left. One that somebody really uses is refused.
pub async fn fill(app: &App) -> Result<()> {
    let core = &app.core;
    let left_at = core.read().await?.setting("demo_clock").await?;
    if let Some(left_at) = left_at.and_then(|text| text.parse().ok()) {
        set_clock(core, Moment(left_at).max(start_of_clock())).await?;
        return Ok(());
    }
    let mut tx = core.read().await?;
    let in_use = !tx.districts().await?.is_empty() || !tx.accounts().await?.is_empty();
    tx.commit().await?;
    if in_use {
        return Err(Error::Unavailable("this database holds a real installation; give the demo a folder of its own with --data".into()));
    }
    eprintln!("filling the demonstration…");
    let today = start_of_clock().day();
    core.clock.set(today.plus(-2).at_minute(10 * 60));
    let state = state_officer();
    for file in [include_str!("field/districts.csv"), include_str!("field/zones.csv"), include_str!("field/centres.csv")] {
        take_in(core, &state, file).await?;
    }
    take_in(core, &state, &sessions_csv(core, today.plus(-1), DAYS + 1)).await?;
    take_in(core, &state, &users_csv()).await?;
    second_round::load(core).await?;
    issue_and_admit(app, today).await?;
    mornings::check_and_close(core, today).await?;
    set_clock(core, start_of_clock()).await
}

/// Sets the demo's clock.
pub async fn set_clock(core: &Core, now: Moment) -> Result<()> {
    core.clock.set(now);
    keep_clock(core).await
}

/// Notes how late it is, for the next start, and makes sessions for the days that are reached by now.
pub async fn keep_clock(core: &Core) -> Result<()> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    tx.set_setting("demo_clock", &now.0.to_string()).await?;
    tx.commit().await?;
    let state = state_officer();
    let missing: Vec<_> = (0..DAYS)
        .map(|days| now.day().plus(days))
        .filter(|day| core.board().field.sessions.iter().all(|session| session.day != *day))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    for day in missing {
        take_in(core, &state, &sessions_csv(core, day, 1)).await?;
    }
    Ok(core.reload_board().await?)
}

/// Who sets the demonstration up.
pub(crate) fn state_officer() -> Actor {
    Actor { name: "demo".into(), role: Role::StateOfficer, scope: Scope::State }
}

async fn take_in(core: &Core, actor: &Actor, csv: &str) -> Result<()> {
    let report = import(core, actor, "demo.csv", csv.as_bytes(), true).await?;
    if report.applied { Ok(()) } else { Err(Error::Internal(format!("the demonstration's own file is wrong: {:?}", report.wrong))) }
}

/// Hourly slots from 10:00 to 17:00, 120 places a day; every fourth centre gives Covaxin.
fn sessions_csv(core: &Core, from: Day, days: i64) -> String {
    let board = core.board();
    let mut csv =
        String::from("centre,date,vaccine,doses,min_age,max_age,opens,closes,slot_minutes,capacity,shares,issue_from,issue_until\n");
    for day in (0..days).map(|offset| from.plus(offset)) {
        let own = board.field.centres.iter().filter(|centre| !centre.code.contains(second_round::SITE));
        for (at, centre) in own.enumerate() {
            let zone = board.zone(centre.zone_id).map_or("", |zone| &zone.code);
            let (vaccine, capacity, shares) = match centre.code.as_str() {
                CENTRE => ("covishield", 120, format!("{zone}:10 RPR-Z4:2 walk_in:2")),
                SMALL_CENTRE => ("covishield", 7, format!("{zone}:1")),
                _ => (if at % 4 == 3 { "covaxin" } else { "covishield" }, 120, format!("{zone}:11 walk_in:2")),
            };
            // Zone 3 keeps to the hours of 2021: on the day before, from noon to three.
            let window = if zone == "RPR-Z3" {
                format!("{} 12:00,{} 15:00", day.plus(-1), day.plus(-1))
            } else {
                format!("{} 09:00,{day} 16:30", day.plus(-3))
            };
            // Writing into a string cannot fail.
            let _ = writeln!(csv, "{},{day},{vaccine},1 2,18,120,10:00,17:00,60,{capacity},{shares},{window}", centre.code);
        }
    }
    csv
}

fn users_csv() -> String {
    format!(
        "username,name,role,place,password\n\
         clerk-z2,Clerk of Zone 2 (demo),clerk,RPR-Z2,{PASSWORD}\n\
         clerk-z2b,Second clerk of Zone 2 (demo),clerk,RPR-Z2,{PASSWORD}\n\
         operator,Operator at Mekahara (demo),operator,{CENTRE},{PASSWORD}\n\
         district,Officer of Raipur (demo),district_officer,RPR,{PASSWORD}\n\
         state,State officer (demo),state_officer,,{PASSWORD}\n"
    )
}

/// Some hundred tokens in all states: yesterday's, today's and those of the next days.
async fn issue_and_admit(app: &App, today: Day) -> Result<()> {
    let core = &app.core;
    let board = core.board();
    let mut invented = people::Invented::default();
    core.clock.set(today.plus(-2).at_minute(10 * 60 + 30));
    for centre in &board.field.centres {
        let big = centre.code == CENTRE;
        if centre.code == SMALL_CENTRE {
            continue;
        }
        let actor = Actor { name: "user:demo-office".into(), role: Role::Clerk, scope: Scope::Zone(centre.zone_id) };
        let slots: Vec<&Slot> = board.field.slots.iter().filter(|slot| slot.centre_id == centre.id && slot.day <= today.plus(1)).collect();
        let commands = slots.iter().enumerate().flat_map(|(at, slot)| {
            let count = if big { 9 - at % 4 } else { (at + centre.id.0 as usize) % 4 };
            std::iter::repeat_n(slot.id, count)
        });
        let commands: Vec<_> = commands
            .map(|slot| {
                let (person, earlier_dose) = invented.next(core, &board, slot);
                IssueToken { command: command(core), actor: actor.clone(), slot, person, earlier_dose }
            })
            .collect();
        for some in commands.chunks(60) {
            // Where the rules refuse one of the invented people, there is one token less.
            drop(app.issuing.many(some.to_vec()).await?);
        }
    }
    known_family(app, &mut invented).await?;
    live_through(app, today).await
}

fn command(core: &Core) -> CommandId {
    CommandId::new("demo", &core.chance.secret(), "demo")
}

/// Three people who are on record under the tour's mobile number and hold no token.
async fn known_family(app: &App, invented: &mut people::Invented) -> Result<()> {
    let (core, board) = (&app.core, app.core.board());
    let centre = board.centre_by_code(CENTRE).ok_or(Error::NotFound)?;
    let slot = board.slots_on(centre.id, core.clock.now().day().plus(3)).next().ok_or(Error::NotFound)?.id;
    let actor = Actor { name: "user:clerk-z2".into(), role: Role::Clerk, scope: Scope::Zone(centre.zone_id) };
    for person in invented.family(core) {
        let asked = IssueToken { command: command(core), actor: actor.clone(), slot, person, earlier_dose: None };
        let answer = app.issuing.one(asked).await??;
        let number = answer.number.parse().map_err(|_| Error::Internal("a number of our own".into()))?;
        let authority = Authority::Staff(actor.clone());
        cancel_token(core, &CancelToken { command: command(core), authority, number, reason: "wish".into(), undo: false }).await?;
    }
    Ok(())
}

/// Yesterday went by; this morning's first people are inside.
async fn live_through(app: &App, today: Day) -> Result<()> {
    let core = &app.core;
    let mut tx = core.read().await?;
    let filter = crate::storage::token::Filter {
        day: None,
        centre: None,
        state: Some(TokenState::Issued),
        mobile: None,
        name: None,
        call: None,
        narrowed: crate::storage::token::Narrowed::default(),
        skip: 0,
        most: 5_000,
    };
    let tokens = tx.register(Scope::State, &filter).await?;
    tx.commit().await?;
    let begins = start_of_clock();
    let mut scans = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let came = at % 9 != 4;
        if at % 23 == 7 {
            let actor = Actor { name: "user:demo-office".into(), role: Role::StateOfficer, scope: Scope::State };
            let asked = CancelToken {
                command: command(core),
                authority: Authority::Staff(actor),
                number: token.number,
                reason: "ill".into(),
                undo: false,
            };
            cancel_token(core, &asked).await?;
        } else if came && token.starts + 1800 <= begins && token.day <= today {
            scans.push(admission(core, token.number, token.centre_id, token.starts + (at as i64 % 25) * 60));
        }
    }
    for some in scans.chunks(60) {
        core.clock.set(some.iter().filter_map(|scan| scan.at).max().unwrap_or(begins));
        drop(app.scanning.many(some.to_vec()).await?);
    }
    give_doses(app, &tokens, &scans, today).await
}

/// The dose of a token's holder, as the demonstration records it: with the right code, out of the centre's usual batch.
pub(crate) fn demo_dose(core: &Core, actor: Actor, token: &Token, given_at: Moment) -> RecordDose {
    RecordDose {
        command: command(core),
        actor,
        centre: token.centre_id,
        whom: Whom::Token(token.number),
        lookalike: Lookalikes::Others,
        number: None,
        vaccine: token.vaccine,
        batch: mornings::batch(token.vaccine),
        vial: None,
        vaccinator: "सरिता ध्रुव (नमूना)".into(),
        given_at,
        proof: Proof::Code(token.secret_code.clone()),
        despite: false,
        way: Way::Live,
        keyed_at: None,
    }
}

/// Whoever came in was given their dose half an hour later; yesterday's have left, and some of this morning's.
async fn give_doses(app: &App, tokens: &[Token], scans: &[RecordScan], today: Day) -> Result<()> {
    let (core, begins) = (&app.core, start_of_clock());
    let mut doses = Vec::new();
    // The last ones of this morning still wait inside.
    let waits = |token: &Token| token.day == today && token.serial % 3 == 0;
    for token in tokens.iter().filter(|token| token.starts + 3600 <= begins && !waits(token)) {
        let Some(given_at) = scans.iter().find(|scan| is_of(scan, token.number)).and_then(|scan| scan.at).map(|at| at + 20 * 60) else {
            continue;
        };
        let nurse = Actor { name: "user:demo-nurse".into(), role: Role::Operator, scope: Scope::Centre(token.centre_id) };
        doses.push(demo_dose(core, nurse, token, given_at));
    }
    doses.sort_by_key(|dose| dose.given_at);
    for some in doses.chunks(60) {
        core.clock.set(some.iter().map(|dose| dose.given_at).max().unwrap_or(begins));
        // Where the rules refuse one of the invented people, there is one dose less.
        drop(app.dosing.many(some.to_vec()).await?);
    }
    let mut centres: Vec<_> = doses.iter().map(|dose| dose.centre).collect();
    centres.sort_unstable();
    centres.dedup();
    for at in [today.plus(-1).at_minute(18 * 60), begins + -10 * 60] {
        core.clock.set(at);
        for centre in &centres {
            let nurse = Actor { name: "user:demo-nurse".into(), role: Role::Operator, scope: Scope::Centre(*centre) };
            let sitting = core.read().await?.observed(*centre).await?;
            let leaving = Leaving::Due(sitting.iter().map(|observed| observed.dose_id).collect());
            see_off(core, &nurse, *centre, &leaving, at).await?;
        }
    }
    Ok(())
}

fn is_of(scan: &RecordScan, number: TokenNumber) -> bool {
    matches!(scan.code, Code::Number(of, _) if of == number)
}

fn admission(core: &Core, number: TokenNumber, centre: crate::ids::CentreId, at: Moment) -> RecordScan {
    let id: Uuid = core.chance.id(at);
    RecordScan {
        id,
        kind: ScanKind::Scan,
        code: Code::Number(number, Some(1)),
        centre,
        gate: None,
        decided: None,
        clock_proved: true,
        at: Some(at),
        reason: None,
        reverses: None,
        by_whom: "demo".into(),
    }
}
