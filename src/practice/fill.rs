//! Filling the practice centre, with the same verbs that people use. Names and numbers are invented.

use super::{CLOCK, begins, day, everybody, samples};
use crate::actions::Actor;
use crate::actions::command::CommandId;
use crate::actions::enrol_gate::{enrol_gate, prepare_gate};
use crate::actions::import::import;
use crate::actions::issue_tokens::IssueToken;
use crate::actions::log_in::add_user;
use crate::app::App;
use crate::core::Core;
use crate::demo::people::Invented;
use crate::domain::number::TokenNumber;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Result};

/// The practice centre.
pub const CENTRE: &str = "PRACTICE-1";

/// Another centre, whose tokens come to the wrong door.
pub(super) const OTHER_CENTRE: &str = "PRACTICE-2";

const DISTRICT: &str = "PRACTICE";
const ZONE: &str = "PRACTICE-Z";

/// A number that nobody answers.
const PHONE: &str = "00000-00000";

/// Written last: without it the centre is filled anew.
const FILLED: &str = "practice_filled";

/// The practice account of a role.
pub(super) fn username(role: Role) -> String {
    format!("practice-{}", role.word().replace('_', "-"))
}

/// Fills an empty practice centre; a filled one goes on where it was left.
pub(super) async fn fill(app: &App) -> Result<()> {
    let core = &app.core;
    if core.read().await?.setting(FILLED).await?.is_some() {
        return Ok(());
    }
    let mut tx = core.write().await?;
    tx.clear().await?;
    tx.commit().await?;
    core.clock.set(day().plus(-1).at_minute(10 * 60));
    for file in [districts(), zones(), centres(), sessions()] {
        let report = import(core, &everybody(), "practice", file.as_bytes(), true).await?;
        if !report.applied {
            return Err(Error::Internal(format!("practice's own file is wrong: {:?}", report.wrong)));
        }
    }
    add_accounts(core).await?;
    let centre = core.board().centre_by_code(CENTRE).ok_or(Error::NotFound)?.id;
    // The second door, to which the first one sends people.
    enrol_gate(core, &prepare_gate(core, &everybody(), &core.chance.secret(), centre, "अभ्यास B", &[1]).await?, None).await?;
    let samples = samples::make(app).await?;
    core.clock.set(begins());
    let mut tx = core.write().await?;
    tx.set_setting(samples::SETTING, &samples).await?;
    tx.set_setting(CLOCK, &core.clock.offset().to_string()).await?;
    tx.set_setting(FILLED, "yes").await?;
    tx.keep_as_first().await?;
    tx.commit().await?;
    Ok(core.reload_board().await?)
}

/// One account for each role. Nobody knows its password: the door lets people in.
async fn add_accounts(core: &Core) -> Result<()> {
    let board = core.board();
    let centre = board.centre_by_code(CENTRE).ok_or(Error::NotFound)?;
    for role in Role::ALL.iter().copied() {
        let scope = match role {
            Role::Clerk => Scope::Zone(centre.zone_id),
            Role::Operator => Scope::Centre(centre.id),
            Role::DistrictOfficer => Scope::District(centre.district_id),
            Role::StateOfficer => Scope::State,
        };
        add_user(core, &username(role), "अभ्यास", role, scope, core.chance.secret()).await?;
    }
    Ok(())
}

/// Issues tokens for a slot of a centre's day to invented people, as the zone's clerk; returns their numbers.
pub(super) async fn issue(app: &App, people: &mut Invented, slot: crate::ids::SlotId, count: usize) -> Result<Vec<TokenNumber>> {
    let (core, board) = (&app.core, app.core.board());
    let zone = board.centre_by_code(CENTRE).ok_or(Error::NotFound)?.zone_id;
    let actor = Actor { name: "practice".into(), role: Role::Clerk, scope: Scope::Zone(zone) };
    let mut commands = Vec::new();
    for _ in 0..count {
        let (person, earlier_dose) = people.next(core, &board, slot);
        commands.push(IssueToken { command: command(core), actor: actor.clone(), slot, person, earlier_dose });
    }
    let answers = app.issuing.many(commands).await?;
    answers.into_iter().map(|answer| answer??.number.parse().map_err(|_| Error::Internal("a number of our own".into()))).collect()
}

pub(super) fn command(core: &Core) -> CommandId {
    CommandId::new("practice", &core.chance.secret(), "practice")
}

fn districts() -> String {
    format!("code,name_en,name_hi\n{DISTRICT},Practice district,अभ्यास ज़िला\n")
}

fn zones() -> String {
    format!(
        "code,district,name_en,name_hi,address_en,address_hi,phone\n\
         {ZONE},{DISTRICT},Practice zone office,अभ्यास ज़ोन कार्यालय,Only for practice,केवल अभ्यास के लिए,{PHONE}\n"
    )
}

fn centres() -> String {
    let row = |code, en, hi, gates| {
        format!("{code},{ZONE},{en},{hi},Only for practice,केवल अभ्यास के लिए,492001,government,0,yes,{gates},{PHONE},{PHONE},,\n")
    };
    let columns =
        "code,zone,name_en,name_hi,address_en,address_hi,pin_code,kind,fee,step_free,gates,phone,supervisor_phone,lat,lon\n".to_owned();
    columns + &row(CENTRE, "Practice centre", "अभ्यास केंद्र", 2) + &row(OTHER_CENTRE, "Practice centre 2", "अभ्यास केंद्र 2", 1)
}

/// Hourly slots from 7 to 17, each with room for every sample, however chance gives the lanes out; Covaxin is the vaccine whose session is stopped.
fn sessions() -> String {
    let (yesterday, today, tomorrow) = (day().plus(-1), day(), day().plus(1));
    let row = |centre: &str, day, vaccine: &str| {
        format!("{centre},{day},{vaccine},1 2,18,200,07:00,17:00,60,600,{ZONE}:15 walk_in:5,{yesterday} 00:00,{day} 17:00\n")
    };
    let columns = "centre,date,vaccine,doses,min_age,max_age,opens,closes,slot_minutes,capacity,shares,issue_from,issue_until\n".to_owned();
    columns
        + &row(CENTRE, today, "covishield")
        + &row(CENTRE, today, "covaxin")
        + &row(CENTRE, tomorrow, "covishield")
        + &row(OTHER_CENTRE, today, "covishield")
}
