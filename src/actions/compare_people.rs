//! The same person under another ID or number: who is likely meant, and what the clerk says after comparing.

use super::Actor;
use super::command::CommandId;
use super::issue_tokens::Details;
use super::look_up::{PersonFound, with_history};
use crate::core::Core;
use crate::error::Result;
use crate::ids::BeneficiaryId;
use crate::storage::journal::{Act, Entry};

/// How many are shown beside the one that was typed.
const MOST: i64 = 4;

/// Who on record is likely the one that was typed: the same ID under another number, or the same sound of name, gender and,
/// give or take one, birth year. Nobody, where the ID is on record under this very number: then there is nothing to ask.
pub async fn likely_same(core: &Core, actor: &Actor, details: &Details) -> Result<Vec<PersonFound>> {
    let mut tx = core.read().await?;
    let by_id = tx.people(&[], &[], std::slice::from_ref(&details.id_hash)).await?;
    if by_id.iter().any(|found| found.person.mobile == details.mobile) {
        return Ok(Vec::new());
    }
    let mut ids: Vec<_> = by_id.iter().map(|found| found.person.id).collect();
    ids.extend(tx.likely_same(&details.name.key(), details.birth_year, details.gender, MOST).await?);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let people = tx.people(&ids, &[], &[]).await?;
    let found = with_history(&mut tx, people).await?;
    tx.commit().await?;
    let mut tx = core.write().await?;
    let looked: Vec<_> = found.iter().map(|found| core.note(actor, Act::ComparePerson, Some(format!("person:{}", found.row.id)))).collect();
    tx.add_entries(&looked).await?;
    tx.commit().await?;
    Ok(found)
}

/// Writes down what the clerk has said: this one on record (`Some`), or somebody else. The same form sent twice says it once.
pub async fn note_decision(core: &Core, actor: &Actor, key: &str, same: Option<BeneficiaryId>) -> Result<()> {
    let act = if same.is_some() { Act::SamePerson } else { Act::AnotherPerson };
    let id = CommandId::new(&actor.name, &format!("{key} compared"), act.word()).id;
    let mut tx = core.write().await?;
    tx.add_entries(&[Entry { id, ..core.note(actor, act, same.map(|id| id.to_string())) }]).await?;
    Ok(tx.commit().await?)
}
