//! Looking people up. Every look-up is written down: who looked, and at what.

use crate::core::Core;
use crate::domain::admission::{TokenState, Verdict};
use crate::domain::booking::{Applicant, PastDose, Refusal};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::{CallNumber, TokenNumber};
use crate::domain::person::{IdType, Mobile, Name};
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{BeneficiaryId, CentreId};
use crate::storage::Tx;
use crate::storage::centre::Deferral;
use crate::storage::charge::Whose;
use crate::storage::journal::{Act, Entry};
use crate::storage::mending::Former;
use crate::storage::message::{DoseTold, MessageList, MessageRow};
use crate::storage::person::{Beneficiary, Identity, OnRecord};
use crate::storage::reconcile::Finding;
use crate::storage::token::{Filter, Narrowed, Token};
use crate::storage::turn::InHall;

use super::Actor;
use super::command::CommandId;
use super::read_journal::mobile_noted;

/// How many people of a name are offered: one for each digit.
const MOST_NAMED: i64 = 9;

/// How many who were turned back are listed.
const MOST_TURNED_BACK: i64 = 100;

/// How many tokens a centre's day has at most on its list.
const MOST_LISTED: i64 = 10_000;

/// How many messages to one person are shown.
const MOST_MESSAGES: i64 = 200;

/// A person with what decides about the next dose.
#[derive(Debug, Clone)]
pub struct PersonFound {
    /// The person.
    pub row: Beneficiary,
    /// The ID that the next token will carry.
    pub identity: Identity,
    /// Doses so far and live tokens.
    pub applicant: Applicant,
}

/// The people registered under a mobile number.
pub async fn people_by_mobile(core: &Core, actor: &Actor, mobile: &Mobile) -> Result<Vec<PersonFound>> {
    let mut tx = core.write().await?;
    note(core, &mut tx, actor, Act::LookUpMobile, mobile_noted(core, mobile)).await?;
    let people = tx.people(&[], std::slice::from_ref(mobile), &[]).await?;
    let found = with_history(&mut tx, people).await?;
    tx.commit().await?;
    Ok(found)
}

/// People whose name sounds like what was typed, and, where a year was typed with it, who were born then.
pub async fn people_by_name(core: &Core, actor: &Actor, key: &str, birth_year: Option<i64>) -> Result<Vec<PersonFound>> {
    let mut tx = core.write().await?;
    note(core, &mut tx, actor, Act::LookUpName, birth_year.map_or_else(|| key.to_owned(), |year| format!("{key} {year}"))).await?;
    let ids = tx.people_by_name(key, birth_year, MOST_NAMED).await?;
    let people = if ids.is_empty() { Vec::new() } else { tx.people(&ids, &[], &[]).await? };
    let found = with_history(&mut tx, people).await?;
    tx.commit().await?;
    Ok(found)
}

/// One person by id.
pub async fn person(core: &Core, id: BeneficiaryId) -> Result<PersonFound> {
    let mut tx = core.read().await?;
    let people = tx.people(&[id], &[], &[]).await?;
    with_history(&mut tx, people).await?.pop().ok_or(Error::NotFound)
}

pub(super) async fn with_history(tx: &mut Tx, mut people: Vec<OnRecord>) -> Result<Vec<PersonFound>> {
    // The first of somebody's IDs is the one that tokens carry.
    people.dedup_by_key(|found| found.person.id);
    let ids: Vec<_> = people.iter().map(|found| found.person.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (doses, live) = (tx.doses_of(&ids).await?, tx.live_tokens_of(&ids).await?);
    let found = people.into_iter().map(|OnRecord { person: row, identity }| {
        let own: Vec<PastDose> = doses.iter().filter(|dose| dose.beneficiary_id == row.id).cloned().map(Into::into).collect();
        let live = live.iter().filter(|token| token.beneficiary_id == row.id);
        let applicant = Applicant {
            birth_year: row.birth_year,
            category: row.category,
            certificate: row.certificate,
            doses: own,
            live: live.map(|token| (token.number, token.dose, token.starts)).collect(),
        };
        PersonFound { row, identity, applicant }
    });
    Ok(found.collect())
}

/// A token, by somebody of staff.
pub async fn token_for_staff(core: &Core, actor: &Actor, number: TokenNumber) -> Result<Token> {
    let mut tx = core.write().await?;
    let token = tx.token(number).await?.filter(|token| token.within(actor.scope)).ok_or(Error::NotFound)?;
    note_token(core, &mut tx, &actor.name, Act::LookUpToken, &token).await?;
    tx.commit().await?;
    Ok(token)
}

/// A token at a centre's desk: one of that centre, or of whoever entered there with another centre's.
pub async fn token_at_centre(core: &Core, actor: &Actor, centre: CentreId, number: TokenNumber) -> Result<Token> {
    let mut tx = core.write().await?;
    let token = tx.token(number).await?.ok_or(Error::NotFound)?;
    if !token.within(actor.scope) && tx.entered_at(number).await? != Some(centre) {
        return Err(Error::NotFound);
    }
    note_token(core, &mut tx, &actor.name, Act::LookUpToken, &token).await?;
    tx.commit().await?;
    Ok(token)
}

/// A token's own page, by its short link.
pub async fn token_by_link(core: &Core, link: &str) -> Result<Token> {
    core.read().await?.token_by_link(link).await?.ok_or(Error::NotFound)
}

/// Somebody with a page of their own, behind its short link: a token's holder, or who was vaccinated without one.
pub struct Own {
    /// Who.
    pub person: BeneficiaryId,
    /// The token, where there is one.
    pub token: Option<TokenNumber>,
    /// Where to ask: the token's centre, or that of the last dose, or of the last message where no dose stands.
    pub centre: CentreId,
    /// What stands on record.
    pub name: Name,
    /// The year of birth.
    pub birth_year: i64,
    /// The ID that they show.
    pub id: (IdType, String),
}

/// Whose page a short link opens.
pub async fn own_by_link(core: &Core, link: &str) -> Result<Own> {
    let mut tx = core.read().await?;
    if let Some(token) = tx.token_by_link(link).await? {
        let (person, centre, id) = (token.beneficiary_id, token.centre_id, (token.id_type, token.id_end));
        return Ok(Own { person, token: Some(token.number), centre, name: token.name, birth_year: token.birth_year, id });
    }
    let person = tx.person_by_link(link).await?.ok_or(Error::NotFound)?;
    let centre = tx.centre_of_person(person).await?.ok_or(Error::NotFound)?;
    let OnRecord { person: row, identity } = tx.people(&[person], &[], &[]).await?.into_iter().next().ok_or(Error::NotFound)?;
    Ok(Own { person, token: None, centre, name: row.name, birth_year: row.birth_year, id: (identity.kind, identity.id_end) })
}

/// The centre in whose hall a token's holder is: where they entered.
pub async fn centre_inside(core: &Core, token: &Token) -> Result<CentreId> {
    Ok(core.read().await?.entered_at(token.number).await?.unwrap_or(token.centre_id))
}

/// A token by number and birth year, by anybody. The same answer whether the number or the year is wrong.
pub async fn token_by_birth_year(core: &Core, number: TokenNumber, birth_year: i64) -> Result<Token> {
    let mut tx = core.write().await?;
    let token = tx.token(number).await?;
    let place = token.as_ref().map_or(Scope::State, |token| Scope::Centre(token.centre_id));
    tx.add_entries(&[core.note_in("citizen", place, Act::LookUpNumber, Some(number.plain()))]).await?;
    let token = token.filter(|token| token.birth_year == birth_year);
    tx.commit().await?;
    token.ok_or(Error::NotFound)
}

/// Notes that somebody has opened a list of people, by its name and what it is of (`centre RPR-MEKAHARA`): once a day for each list, however often it is read again.
pub async fn note_list(core: &Core, actor: &Actor, list: &str) -> Result<()> {
    let once = CommandId::new(&actor.name, &format!("list {list} {}", core.clock.now().day()), list);
    let mut tx = core.read().await?;
    let noted = !tx.entries(&[once.id]).await?.is_empty();
    tx.commit().await?;
    if noted {
        return Ok(());
    }
    let note = core.note(actor, Act::ReadList, Some(format!("list:{list}")));
    let mut tx = core.write().await?;
    // Another window may have been faster.
    tx.add_entries(&[Entry { id: once.id, ..note }]).await?;
    Ok(tx.commit().await?)
}

/// A name that nobody's begins with may be a surname: whose name has its sound anywhere, on one day.
fn by_surname(filter: &Filter, day: Day) -> Option<Filter> {
    let (key, year) = filter.name.as_ref()?;
    // Within a whole name, no word but the first keeps its first vowel.
    let sound = key.trim_start_matches(['a', 'i', 'u']).to_owned();
    let narrowed = Narrowed { sound: Some(sound), born: year.map(|year| (year, year)), ..filter.narrowed.clone() };
    Some(Filter { name: None, day: Some(day), narrowed, ..filter.clone() }).filter(|found| found.narrowed.sound != Some(String::new()))
}

/// The register: a page of tokens, and the counts of the day that is asked about; a surname is looked for on `day`.
pub async fn register(core: &Core, actor: &Actor, filter: &Filter, day: Day) -> Result<(Vec<Token>, Vec<(TokenState, i64)>)> {
    let what = match (&filter.name, &filter.mobile, filter.call) {
        (Some((key, year)), ..) => Some(year.map_or_else(|| key.clone(), |year| format!("{key} {year}"))),
        (None, Some(mobile), _) => Some(mobile_noted(core, mobile)),
        (None, None, Some((slot, serial))) => Some(CallNumber { slot, serial }.to_string()),
        (None, None, None) => None,
    };
    if what.is_none() {
        note_list(core, actor, &filter.day.map_or_else(|| "register".into(), |day| format!("register {day}"))).await?;
    }
    let mut tx = if what.is_some() { core.write().await? } else { core.read().await? };
    if let Some(what) = what {
        note(core, &mut tx, actor, Act::SearchRegister, what).await?;
    }
    let mut tokens = tx.register(actor.scope, filter).await?;
    if let (true, Some(within)) = (tokens.is_empty(), by_surname(filter, day)) {
        tokens = tx.register(actor.scope, &within).await?;
    }
    let counts = match filter.day {
        Some(day) => tx.count_states(actor.scope, day).await?,
        None => Vec::new(),
    };
    tx.commit().await?;
    Ok((tokens, counts))
}

/// Those who were sent away from a gate since a moment and wait for a new time: the token, why and when, latest first.
pub async fn turned_back(core: &Core, actor: &Actor, since: Moment) -> Result<Vec<(Token, Verdict, Moment)>> {
    note_list(core, actor, "turned_back").await?;
    let mut tx = core.read().await?;
    let mut found = Vec::new();
    for row in tx.turned_back(actor.scope, since, MOST_TURNED_BACK).await? {
        found.extend(tx.token(row.number).await?.map(|token| (token, row.verdict, row.server_at)));
    }
    tx.commit().await?;
    Ok(found)
}

/// A centre's day, in calling order: for the list on paper.
pub async fn day_list(core: &Core, actor: &Actor, centre: CentreId, day: Day) -> Result<Vec<Token>> {
    let mut tx = core.write().await?;
    note(core, &mut tx, actor, Act::PrintList, format!("day:{centre}:{day}")).await?;
    let standing = TokenState::ALL.iter().copied().filter(|state| *state != TokenState::Cancelled).collect();
    let filter = Filter {
        day: Some(day),
        centre: Some(centre),
        state: None,
        mobile: None,
        name: None,
        call: None,
        narrowed: Narrowed { states: standing, ..Narrowed::default() },
        skip: 0,
        most: MOST_LISTED,
    };
    let tokens = tx.register(actor.scope, &filter).await?;
    tx.commit().await?;
    Ok(tokens)
}

/// What is known of a token's holder beside the token.
#[derive(Debug)]
pub struct AboutHolder {
    /// What was mended, latest first.
    pub former: Vec<Former>,
    /// When they came and got no dose, latest first.
    pub sent_home: Vec<Deferral>,
    /// Their standing doses, the first one first.
    pub doses: Vec<DoseTold>,
    /// Where the portal differs, as the last comparison found it.
    pub findings: Vec<Finding>,
    /// Messages to them, latest first.
    pub messages: Vec<MessageRow>,
}

/// What is known of a token's holder.
pub async fn about_holder(core: &Core, token: &Token) -> Result<AboutHolder> {
    let (person, mut tx) = (token.beneficiary_id, core.read().await?);
    let mut messages = tx.messages(Scope::State, MessageList::Of(person), Whose::All, None, 0..MOST_MESSAGES).await?;
    messages.reverse();
    let about = AboutHolder {
        former: tx.former_details(person).await?,
        sent_home: tx.deferrals_of(person).await?,
        doses: tx.doses_told_of(person).await?,
        findings: tx.findings_of(person).await?,
        messages,
    };
    tx.commit().await?;
    Ok(about)
}

/// Several tokens for printing, in the order asked for; those outside the scope are left out, and so are cancelled ones: what a slip would
/// say of them is true no more.
pub async fn tokens_for_print(core: &Core, actor: &Actor, numbers: &[TokenNumber]) -> Result<Vec<Token>> {
    let mut tx = core.write().await?;
    let (mut tokens, mut is_cancelled) = (Vec::with_capacity(numbers.len()), false);
    for number in numbers {
        if let Some(token) = tx.token(*number).await?.filter(|token| token.within(actor.scope)) {
            if token.state == TokenState::Cancelled {
                is_cancelled = true;
                continue;
            }
            note_token(core, &mut tx, &actor.name, Act::PrintSlip, &token).await?;
            tokens.push(token);
        }
    }
    tx.commit().await?;
    if tokens.is_empty() && is_cancelled { Err(Refusal::TokenCancelled.into()) } else { Ok(tokens) }
}

async fn note_token(core: &Core, tx: &mut Tx, who: &str, act: Act, token: &Token) -> Result<()> {
    let note = core.note_in(who, Scope::Centre(token.centre_id), act, Some(token.number.plain()));
    tx.add_entries(&[note]).await?;
    Ok(())
}

async fn note(core: &Core, tx: &mut Tx, actor: &Actor, act: Act, subject: String) -> Result<()> {
    tx.add_entries(&[core.note(actor, act, Some(subject))]).await?;
    Ok(())
}

/// Who has entered a centre today and has no dose yet, and whether papers are looked at first.
pub async fn hall(core: &Core, actor: &Actor, centre: CentreId) -> Result<(Vec<InHall>, bool)> {
    let code = actor.centre(&core.board(), centre)?.code.clone();
    note_list(core, actor, &format!("hall {code}")).await?;
    let day = core.clock.now().day();
    let mut tx = core.read().await?;
    let people = tx.in_hall(centre, day).await?;
    let checking = tx.is_checking(centre, day).await?;
    tx.commit().await?;
    Ok((people, checking))
}
