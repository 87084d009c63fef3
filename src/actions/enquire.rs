//! The enquiry desk: somebody asks where their dose is, and is told one sentence with one cause.

use super::Actor;
use super::command::{CommandId, commit};
use super::read_journal::mobile_noted;
use super::watch_portal;
use crate::core::Core;
use crate::domain::enquiry::{Cause, Known, PortalNow, cause};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::paper::FormState;
use crate::domain::person::{IdNumber, IdType, Mobile};
use crate::domain::place::Scope;
use crate::domain::search::Sought;
use crate::error::{Error, Result};
use crate::ids::{BeneficiaryId, CentreId};
use crate::storage::Tx;
use crate::storage::centre::Deferral;
use crate::storage::enquiry::{Asker, Standing, Visit};
use crate::storage::journal::Act;
use crate::storage::pack::PrintedForm;

/// How many people are shown to choose from.
pub const MOST: i64 = 50;

/// How many of a centre's day: that list is looked through from the top.
const MOST_THERE: i64 = 3_000;

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
    /// Their last token within the actor's scope, if there is one.
    pub token: Option<TokenNumber>,
}

/// A form that somebody was given and that nobody has keyed in yet.
#[derive(Debug, Clone)]
pub struct FormWaits {
    /// Its number.
    pub number: TokenNumber,
    /// Where it was printed for.
    pub centre: CentreId,
    /// For which day.
    pub day: Day,
    /// Who is to key it in, when somebody was named.
    pub keyer: Option<String>,
    /// By which day it should be.
    pub expected: Option<Day>,
    /// How often it was asked for, this time included.
    pub times: i64,
}

/// What is said to somebody whose form's number is typed, where the form waits to be keyed in. It is counted that they came.
pub async fn form_waits(core: &Core, actor: &Actor, command: &CommandId, text: &str) -> Result<Option<FormWaits>> {
    let Sought::Token(number, _) = Sought::read(text) else { return Ok(None) };
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let waits = |form: &PrintedForm| matches!(form.state, FormState::Printed | FormState::Used);
    let Some(form) = tx.form(number).await?.filter(waits) else { return Ok(None) };
    let Some(pack) = tx.pack(form.pack_id).await? else { return Ok(None) };
    if actor.centre(&core.board(), pack.centre_id).is_err() {
        return Ok(None);
    }
    let (cause, expected) = cause(None, Some(pack.day), PortalNow::default(), now);
    let times = tx.add_enquiry(command.id, &format!("form:{}", number.plain()), cause, &actor.name, now).await?;
    tx.add_entries(&[core.note(actor, Act::Enquire, Some(number.plain()))]).await?;
    commit(tx).await?;
    Ok(Some(FormWaits { number, centre: pack.centre_id, day: pack.day, keyer: pack.assigned_to, expected, times }))
}

/// Counts somebody of whom nothing was found. Of what was asked for only a keyed fingerprint is kept. How often it was asked for.
pub async fn found_nobody(core: &Core, actor: &Actor, command: &CommandId, text: &str) -> Result<i64> {
    let asked = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let about = data_encoding::HEXLOWER.encode(&core.keys().hash_asked(&asked));
    let mut tx = core.write().await?;
    let times = tx.add_enquiry(command.id, &about, Cause::NoVisit, &actor.name, core.clock.now()).await?;
    commit(tx).await?;
    Ok(times)
}

/// The people who match, within the actor's scope.
pub async fn search(core: &Core, actor: &Actor, search: &Search) -> Result<Vec<Asker>> {
    let mut tx = core.write().await?;
    let found = match search {
        Search::Text(text) => by_text(core, &mut tx, actor.scope, text).await?,
        Search::Day(centre, day) => {
            actor.centre(&core.board(), *centre)?;
            tx.people_there(*centre, *day, MOST_THERE).await?
        }
    };
    let most = if matches!(search, Search::Day(..)) { MOST_THERE } else { MOST };
    let askers = if found.is_empty() { Vec::new() } else { tx.askers(actor.scope, &found, most).await? };
    let subject = if found.is_empty() { "nobody".to_owned() } else { noted(core, search) };
    tx.add_entries(&[core.note(actor, Act::Enquire, Some(subject))]).await?;
    commit(tx).await?;
    Ok(askers)
}

/// What a search that found somebody is noted as. Whatever has digits that are no birth year may be an ID's number, of which nothing is
/// kept.
fn noted(core: &Core, search: &Search) -> String {
    let text = match search {
        Search::Day(centre, day) => return format!("{centre} {day}"),
        Search::Text(text) => text,
    };
    if let Ok(mobile) = text.parse() {
        return mobile_noted(core, &mobile);
    }
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    match Sought::read(text) {
        Sought::Token(number, _) => number.plain(),
        Sought::Name(key, Some(year)) if digits == 4 => format!("{key} {year}"),
        Sought::Name(key, None) if digits == 0 => key,
        _ => "id".to_owned(),
    }
}

/// A text may be several things at once: ten digits are a mobile number or a token's.
async fn by_text(core: &Core, tx: &mut Tx, scope: Scope, text: &str) -> Result<Vec<BeneficiaryId>> {
    let mut found = Vec::new();
    if let Sought::Token(number, _) = Sought::read(text) {
        found.extend(tx.token(number).await?.map(|token| token.beneficiary_id));
    }
    let mobiles: Vec<Mobile> = text.parse().into_iter().collect();
    let keys = core.keys();
    let ids = IdType::ALL.iter().filter_map(|kind| IdNumber::parse(*kind, text).ok());
    let hashes: Vec<_> = ids.map(|id| keys.hash_id(&id)).collect();
    if !mobiles.is_empty() || !hashes.is_empty() {
        found.extend(tx.people(&[], &mobiles, &hashes).await?.into_iter().map(|row| row.person.id));
    }
    if let Sought::Name(key, year) = Sought::read(text) {
        found.extend(tx.people_named(scope, &key, year, MOST).await?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// What one person is told. It is counted that they came; the same command twice counts once. Without a command nobody came: it is only
/// looked how things stand.
pub async fn enquire(core: &Core, actor: &Actor, command: Option<&CommandId>, person: BeneficiaryId) -> Result<Told> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    let asker = tx.askers(actor.scope, &[person], 1).await?.pop().ok_or(Error::NotFound)?;
    let state = watch_portal::read(&mut tx, now).await?;
    let standing = tx.standings(person).await?.into_iter().next();
    // A visit for a dose that is not recorded is what they ask about, rather than an earlier dose that is.
    let recorded = standing.as_ref().map_or(0, |row| row.number);
    let visits = tx.visits(person).await?;
    let own = |visit: &Visit| actor.centre(&core.board(), visit.centre_id).is_ok();
    let token = visits.iter().find(|visit| own(visit)).map(|visit| visit.number);
    let visit = visits.into_iter().find(|visit| visit.came && visit.dose > recorded);
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
    let about = person.to_string();
    let times = match command {
        Some(command) => tx.add_enquiry(command.id, &about, cause, &actor.name, now).await?,
        None => tx.count_enquiries(&about).await?,
    };
    tx.add_entries(&[core.note(actor, Act::Enquire, Some(format!("person:{person}")))]).await?;
    commit(tx).await?;
    let down_since = state.down.map(|spell| spell.began_at);
    let visited = visit.map(|visit| (visit.centre_id, visit.day));
    Ok(Told { asker, cause, expected, standing, visited, sent_home, down_since, times, token })
}
