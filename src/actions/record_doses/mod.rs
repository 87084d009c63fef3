//! Recording doses: the third hot verb. The dose, its place in line for the portal and what the gates must hear are written
//! together.
//!
//! A dose's own row is the memory of its command: it holds the command's id and fingerprint, and is never deleted.

mod sheet;

use std::sync::Arc;

use uuid::Uuid;

use super::Actor;
use super::answer::iso;
use super::command::{CommandId, commit};
use super::issue_tokens::Details;
use crate::core::Core;
use crate::domain::campaign::Vaccine;
use crate::domain::dose::NoCode;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::error::Result;
use crate::ids::{BeneficiaryId, CentreId, VialId};
use crate::slice::{Failure, Slice};
use crate::storage::dose::GivenDose;
use sheet::Sheet;

pub use sheet::AHEAD;

/// "This person was given a dose."
#[derive(Debug, Clone)]
pub struct RecordDose {
    /// The command's id, which becomes the dose's.
    pub command: CommandId,
    /// Who says so.
    pub actor: Actor,
    /// Where it was given.
    pub centre: CentreId,
    /// To whom.
    pub whom: Whom,
    /// Whether that is somebody who is on record already.
    pub lookalike: Lookalikes,
    /// 1, 2…; absent: the token's, or the person's next.
    pub number: Option<i64>,
    /// Which vaccine.
    pub vaccine: Vaccine,
    /// The batch on the vial.
    pub batch: String,
    /// The vial, when it was opened here.
    pub vial: Option<VialId>,
    /// Who gave it.
    pub vaccinator: String,
    /// When.
    pub given_at: Moment,
    /// That the person was there.
    pub proof: Proof,
    /// It has been given: record it even where a rule says that it should not have been.
    pub despite: bool,
    /// How it came in.
    pub way: Way,
    /// When it was keyed in, if that was without a link; absent: now.
    pub keyed_at: Option<Moment>,
}

/// To whom a dose was given.
#[derive(Debug, Clone)]
pub enum Whom {
    /// The holder of a token.
    Token(TokenNumber),
    /// Somebody without one.
    Person(Box<Details>),
}

/// What is known about others on record who may be the same person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookalikes {
    /// Nobody has looked yet.
    Unseen,
    /// They are other people.
    Others,
    /// This is the person: the dose is theirs.
    Is(BeneficiaryId),
}

/// That the person was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The four digits that only they know.
    Code(String),
    /// Why there are none.
    Without(NoCode),
}

/// How a record comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Somebody waits for the answer, and the person sits in the observation room.
    Live,
    /// From a camp's file: a row that was refused may be mended and sent again.
    File,
}

/// What is answered about a recorded dose.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct DoseAnswer {
    /// The dose's id.
    pub id: Uuid,
    /// The token's ten digits, when there was one.
    #[schema(example = "4821093753")]
    pub token: Option<String>,
    /// Which dose.
    pub dose: i64,
    /// Which vaccine.
    pub vaccine: Vaccine,
    /// When it was given, in Indian time.
    #[schema(format = DateTime)]
    pub given_at: String,
    /// When it was recorded here.
    #[schema(format = DateTime)]
    pub recorded_at: String,
    /// By when the portal must have it.
    #[schema(format = DateTime)]
    pub due_at: String,
    /// The deadline had passed when it was recorded: it needs a permission.
    pub late: bool,
    /// The rule that it was recorded despite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub despite: Option<String>,
    /// It had been recorded before this was asked.
    #[serde(skip)]
    pub known: bool,
}

impl DoseAnswer {
    fn new(core: &Core, dose: &GivenDose) -> Self {
        let due_at = core.campaign.upload_due(dose.given_at);
        Self {
            id: dose.id.0,
            token: dose.token.map(TokenNumber::plain),
            dose: dose.number,
            vaccine: dose.vaccine,
            given_at: iso(dose.given_at),
            recorded_at: iso(dose.entered_at),
            due_at: iso(due_at),
            late: due_at < dose.entered_at,
            despite: dose.despite.clone(),
            known: false,
        }
    }
}

/// The queue before recording.
pub type Dosing = Slice<RecordDose, Result<DoseAnswer>>;

/// Starts the queue.
pub fn queue(core: &Arc<Core>) -> Dosing {
    let core = Arc::clone(core);
    Slice::start(move |commands: Arc<[RecordDose]>| {
        let core = Arc::clone(&core);
        async move { write(&core, &commands).await }
    })
}

/// Writes a slice; one answer for each command, in order.
async fn write(core: &Core, commands: &[RecordDose]) -> Result<Vec<Result<DoseAnswer>>, Failure> {
    let now = core.clock.now();
    let mut tx = core.db.write().await?;
    let mut sheet = Sheet::load(&mut tx, commands).await?;
    let answers: Vec<_> = commands.iter().map(|command| sheet.record(core, command, now)).collect();
    sheet.write(&mut tx, now).await?;
    sheet.tell(&mut tx, core, now).await?;
    commit(tx).await.map_err(Failure::Error)?;
    Ok(answers)
}
