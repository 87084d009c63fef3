//! The enquiry desk: somebody asks where their dose is, and is told one sentence with one cause.

use super::Actor;
use super::command::{CommandId, commit};
use super::watch_portal;
use crate::core::Core;
use crate::domain::enquiry::{Cause, Known, PortalNow, cause};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::person::{IdNumber, IdType, Mobile, Name};
use crate::error::{Error, Result};
use crate::ids::{BeneficiaryId, CentreId};
use crate::storage::Tx;
use crate::storage::centre::Deferral;
use crate::storage::enquiry::{Asker, Standing};
use crate::storage::journal::Act;

/// How many people are shown to choose from.
const MOST: i64 = 50;

/// What is searched for.
#[derive(Debug, Clone)]
pub enum Search {
    /// A mobile number, a name, a photo ID, or the number of a token or form.
    Text(String),
    /// Everybody of a centre and day.
    Day(CentreId, Day),
}

/// What somebody is told.
#[derive(Debug, Clone)]
pub struct Told {
    /// Who asks.
    pub asker: Asker,
    /// Where the dose stands.
    pub cause: Cause,
    /// By which day something will have changed.
    pub expected: Option<Day>,
    /// The dose in question, when it is recorded.
    pub standing: Option<Standing>,
    /// Where they were, when it is not.
    pub visited: Option<(CentreId, Day)>,
    /// When they were sent home without a dose since the last one, the last time first.
    pub sent_home: Vec<Deferral>,
    /// Since when the portal is down.
    pub down_since: Option<Moment>,
    /// How often they have come to ask, this time included.
    pub times: i64,
}

/// The people who match, within the actor's scope.
pub async fn search(core: &Core, actor: &Actor, search: &Search) -> Result<Vec<Asker>> {
    let mut tx = core.write().await?;
    let found = match search {
        Search::Text(text) => by_text(core, &mut tx, text).await?,
        Search::Day(centre, day) => {
            actor.centre(&core.board(), *centre)?;
            tx.people_there(*centre, *day, 500).await?
        }
    };
    let askers = if found.is_empty() { Vec::new() } else { tx.askers(actor.scope, &found, MOST).await? };
    tx.add_entries(&[core.note(actor, Act::Enquire, None)]).await?;
    commit(tx).await?;
    Ok(askers)
}

/// A text may be several things at once: ten digits are a mobile number or a token's.
async fn by_text(core: &Core, tx: &mut Tx, text: &str) -> Result<Vec<BeneficiaryId>> {
    let mut found = Vec::new();
    if let Ok(number) = text.parse::<TokenNumber>() {
        found.extend(tx.token(number).await?.map(|token| token.beneficiary_id));
    }
    let mobiles: Vec<Mobile> = text.parse().into_iter().collect();
    let keys = core.keys();
    let ids = IdType::ALL.iter().filter_map(|kind| IdNumber::parse(*kind, text).ok());
    let hashes: Vec<_> = ids.map(|id| keys.hash_id(&id)).collect();
    if !mobiles.is_empty() || !hashes.is_empty() {
        found.extend(tx.people(&[], &mobiles, &hashes).await?.into_iter().map(|row| row.person.id));
    }
    if let Ok(name) = text.parse::<Name>() {
        found.extend(tx.people_named(&name.key(), MOST).await?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// What one person is told. It is counted that they came; the same command twice counts once.
pub async fn enquire(core: &Core, actor: &Actor, command: &CommandId, person: BeneficiaryId) -> Result<Told> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let asker = tx.askers(actor.scope, &[person], 1).await?.pop().ok_or(Error::NotFound)?;
    let state = watch_portal::read(&mut tx, now).await?;
    let standing = tx.standings(person).await?.into_iter().next();
    // A visit for a dose that is not recorded is what they ask about, rather than an earlier dose that is.
    let recorded = standing.as_ref().map_or(0, |row| row.number);
    let visit = tx.visits(person).await?.into_iter().find(|visit| visit.came && visit.dose > recorded);
    let given_on = standing.as_ref().map(|row| row.given_on);
    let mut sent_home = tx.deferrals_of(person).await?;
    sent_home.retain(|row| given_on.is_none_or(|given_on| row.at.day() > given_on));
    let standing = standing.filter(|_| visit.is_none());
    let known = standing.as_ref().map(|row| Known { upload: row.state.clone(), due_at: row.due_at, message_failed: row.message_failed });
    let portal = PortalNow {
        called: state.called,
        down: state.down.is_some(),
        slow: state.slow.is_some(),
        done_at: state.forecast.map(|forecast| forecast.done_at),
    };
    let (cause, expected) = cause(known.as_ref(), visit.as_ref().map(|visit| visit.day), portal, now);
    let times = tx.add_enquiry(command.id, &person.to_string(), cause, &actor.name, now).await?;
    tx.add_entries(&[core.note(actor, Act::Enquire, Some(format!("person:{person}")))]).await?;
    commit(tx).await?;
    let down_since = state.down.map(|spell| spell.began_at);
    Ok(Told { asker, cause, expected, standing, visited: visit.map(|visit| (visit.centre_id, visit.day)), sent_home, down_since, times })
}
