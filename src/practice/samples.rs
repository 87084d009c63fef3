//! A sample code for every verdict of the gate: printed once, good for ever.

use super::fill::{CENTRE, OTHER_CENTRE, command, issue};
use super::{day, everybody};
use crate::actions::Authority;
use crate::actions::cancel_token::{CancelToken, cancel_token};
use crate::actions::issue_tokens::IssueToken;
use crate::actions::record_scans::{Code, RecordScan};
use crate::actions::reschedule_token::{RescheduleToken, reschedule_token};
use crate::actions::stop_session::stop_session;
use crate::app::App;
use crate::core::Core;
use crate::demo::people::Invented;
use crate::domain::admission::{Verdict, lane};
use crate::domain::campaign::Vaccine;
use crate::domain::moment::Day;
use crate::domain::number::TokenNumber;
use crate::error::{Error, Result};
use crate::ids::SlotId;
use crate::storage::scan::ScanKind;

/// Where the samples are kept.
pub(super) const SETTING: &str = "practice_samples";

/// How many people may be admitted, one after the other.
const GOOD: usize = 3;

/// A code and what the gate should say to it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Sample {
    /// What the gate says.
    pub verdict: Verdict,
    /// It lets in somebody who comes late.
    pub late: bool,
    /// The text of the QR code; absent: the number is typed.
    pub qr: Option<String>,
    /// The number, when it is a token's.
    pub number: Option<TokenNumber>,
    /// The card that the person would show: year of birth, and the ID's end.
    #[serde(default)]
    pub card: Option<(i64, String)>,
    /// That card is somebody else's.
    #[serde(default)]
    pub wrong_person: bool,
}

/// The samples, in the order of the sheet.
pub async fn samples(core: &Core) -> Result<Vec<Sample>> {
    let text = core.read().await?.setting(SETTING).await?.ok_or(Error::NotFound)?;
    serde_json::from_str(&text).map_err(|error| Error::Internal(error.to_string()))
}

/// Issues what the samples need, lets the morning go by, and returns them as they are kept.
pub(super) async fn make(app: &App) -> Result<String> {
    let core = &app.core;
    let mut people = Invented::default();
    let slot = |centre: &str, day: Day, hour: u32, vaccine: Vaccine| -> Result<SlotId> {
        let board = core.board();
        let id = board.centre_by_code(centre).ok_or(Error::NotFound)?.id;
        let begins = |slot: &&crate::storage::slot::Slot| {
            slot.starts == day.at_minute(hour * 60) && board.session(slot.session_id).is_some_and(|session| session.vaccine == vaccine)
        };
        board.slots_on(id, day).find(begins).map(|slot| slot.id).ok_or(Error::NotFound)
    };
    let today = |hour| slot(CENTRE, day(), hour, Vaccine::Covishield);
    let now = issue(app, &mut people, today(11)?, 12).await?;
    let before = issue(app, &mut people, today(10)?, 8).await?;
    let long_ago = one(issue(app, &mut people, today(7)?, 3).await?)?;
    let afternoon = one(issue(app, &mut people, today(16)?, 4).await?)?;
    let tomorrow = one(issue(app, &mut people, slot(CENTRE, day().plus(1), 11, Vaccine::Covishield)?, 2).await?)?;
    let elsewhere = one(issue(app, &mut people, slot(OTHER_CENTRE, day(), 11, Vaccine::Covishield)?, 1).await?)?;
    let stopped = slot(CENTRE, day(), 11, Vaccine::Covaxin)?;
    let stopped_token = one(issue(app, &mut people, stopped, 2).await?)?;
    known_household(app, &mut people, today(15)?).await?;

    let of_lane = |numbers: &[TokenNumber], own: i64| -> Vec<TokenNumber> {
        numbers.iter().copied().filter(|number| lane(*number, 2) == own).collect()
    };
    let (ours, theirs) = (of_lane(&now, 0), of_lane(&now, 1));
    let (ours, late, theirs) = (enough(app, &mut people, today(11)?, ours, GOOD + 3, 0).await?, of_lane(&before, 0), theirs);
    let late = enough(app, &mut people, today(10)?, late, 2, 0).await?;
    let theirs = enough(app, &mut people, today(11)?, theirs, 1, 1).await?;
    let (good, [moved, cancelled, inside]) = (&ours[..GOOD], [ours[GOOD], ours[GOOD + 1], ours[GOOD + 2]]);

    let mut made = Vec::new();
    let mut add = |verdict, qr: Option<String>, number: Option<TokenNumber>| {
        made.push(Sample { verdict, late: false, qr, number, card: None, wrong_person: false });
    };
    let moved_before = code(core, moved).await?;
    for number in good {
        add(Verdict::Admitted, Some(code(core, *number).await?), Some(*number));
    }
    add(Verdict::Admitted, Some(code(core, late[0]).await?), Some(late[0]));
    for (verdict, number) in [
        (Verdict::TooEarly, afternoon),
        (Verdict::TooLate, long_ago),
        (Verdict::WrongDay, tomorrow),
        (Verdict::WrongCentre, elsewhere),
        (Verdict::OtherGate, theirs[0]),
        (Verdict::AlreadyAdmitted, inside),
        (Verdict::Cancelled, cancelled),
    ] {
        add(verdict, Some(code(core, number).await?), Some(number));
    }
    add(Verdict::Rescheduled, Some(moved_before), Some(moved));
    add(Verdict::SessionStopped, Some(code(core, stopped_token).await?), Some(stopped_token));
    add(Verdict::NotGenuine, Some(core.qr(&forged(core, ours[0]).await?)), None);
    add(Verdict::NotOurs, Some("upi://pay?pa=practice@example&pn=Practice".into()), None);
    // A number that was never given out.
    let unknown = core.keys().numbers.number(core.take_token_indexes(1).await?).map_err(|error| Error::Internal(error.to_string()))?;
    add(Verdict::CannotCheck, None, Some(unknown));
    made[GOOD].late = true;
    for sample in &mut made {
        let Some(number) = sample.number else { continue };
        let token = core.read().await?.token(number).await?;
        sample.card = token.map(|token| (token.birth_year, token.id_end));
    }
    // The last good slip is shown by somebody else.
    made[GOOD - 1].wrong_person = true;
    made[GOOD - 1].card = Some((1990, "7007".into()));

    cancel_token(core, &withdrawal(core, cancelled)).await?;
    let moving =
        RescheduleToken { command: command(core), authority: Authority::Staff(everybody()), number: moved, slots: vec![today(16)?] };
    reschedule_token(core, &moving).await?;
    core.clock.set(day().at_minute(10 * 60 + 40));
    let mut came = vec![admission(core, inside)?];
    for number in before.iter().filter(|number| **number != late[0]) {
        came.push(admission(core, *number)?);
    }
    drop(app.scanning.many(came).await?);
    let board = core.board();
    let session = board.slot(stopped).map(|row| row.session_id).ok_or(Error::NotFound)?;
    stop_session(core, &everybody(), session, true).await?;
    serde_json::to_string(&made).map_err(|error| Error::Internal(error.to_string()))
}

/// Three people on record under one number, without a token: somebody to issue to.
async fn known_household(app: &App, people: &mut Invented, slot: SlotId) -> Result<()> {
    let core = &app.core;
    for person in people.family(core) {
        let asked = IssueToken { command: command(core), actor: everybody(), slot, person, earlier_dose: None };
        let answer = app.issuing.one(asked).await??;
        cancel_token(core, &withdrawal(core, answer.number.parse().map_err(|_| Error::Internal("a number of our own".into()))?)).await?;
    }
    Ok(())
}

fn withdrawal(core: &Core, number: TokenNumber) -> CancelToken {
    CancelToken { command: command(core), authority: Authority::Staff(everybody()), number, reason: "wish".into(), undo: false }
}

/// Which lane a number falls into is chance: more are issued until there are enough.
async fn enough(
    app: &App,
    people: &mut Invented,
    slot: SlotId,
    mut have: Vec<TokenNumber>,
    wanted: usize,
    own: i64,
) -> Result<Vec<TokenNumber>> {
    while have.len() < wanted {
        have.extend(issue(app, people, slot, 1).await?.into_iter().filter(|number| lane(*number, 2) == own));
    }
    Ok(have)
}

fn one(numbers: Vec<TokenNumber>) -> Result<TokenNumber> {
    numbers.into_iter().next().ok_or(Error::NotFound)
}

async fn code(core: &Core, number: TokenNumber) -> Result<String> {
    let token = core.read().await?.token(number).await?.ok_or(Error::NotFound)?;
    Ok(core.qr(&token.cose))
}

/// A token whose signature does not match.
async fn forged(core: &Core, number: TokenNumber) -> Result<Vec<u8>> {
    let mut bytes = core.read().await?.token(number).await?.ok_or(Error::NotFound)?.cose;
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    Ok(bytes)
}

fn admission(core: &Core, number: TokenNumber) -> Result<RecordScan> {
    let now = core.clock.now();
    Ok(RecordScan {
        id: core.chance.id(now),
        kind: ScanKind::Scan,
        code: Code::Number(number, Some(1)),
        centre: core.board().centre_by_code(CENTRE).ok_or(Error::NotFound)?.id,
        gate: None,
        decided: None,
        clock_proved: true,
        at: Some(now),
        reason: None,
        reverses: None,
        by_whom: "practice".into(),
    })
}
