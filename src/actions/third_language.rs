//! A district's third language: which it is, its texts, and the recorded words of its halls.

use std::collections::HashMap;

use super::Actor;
use super::command::{CommandId, commit};
use super::message_texts::{Texts, longest_link};
use crate::core::Core;
use crate::domain::clip::{BadClip, check as check_clip, word_of};
use crate::domain::message::{BadWording, Policy, Wording};
use crate::domain::place::Scope;
use crate::domain::tongue::{BadText, Key, check_line};
use crate::error::{Error, Result};
use crate::ids::DistrictId;
use crate::storage::Tx;
use crate::storage::journal::{Act, Entry};
use crate::storage::third::{Clip, ThirdLanguage, ThirdText};

/// Why a text is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadThird {
    /// As a line.
    Line(BadText),
    /// As a message.
    Wording(BadWording),
}

/// The most characters of a message, before its parts are counted.
const MOST_MESSAGE: usize = 1_000;

/// Whether a text may stand under its key. An empty one may: it takes the district's away.
pub fn check(key: Key, text: &str, policy: &Policy, link: usize) -> Result<(), BadThird> {
    if text.is_empty() {
        return Ok(());
    }
    match key {
        Key::Slip(word) => check_line(text, word.most()).map_err(BadThird::Line),
        Key::Message(template) => {
            check_line(&text.replace('\n', " "), MOST_MESSAGE).map_err(BadThird::Line)?;
            Wording::read(template, text).and_then(|wording| wording.check(policy, link)).map_err(BadThird::Wording)
        }
    }
}

/// The district, if it is the officer's.
pub fn own_district(core: &Core, actor: &Actor, district: DistrictId) -> Result<()> {
    let is_there = core.board().district(district).is_some();
    if actor.role.is_officer() && actor.scope.meets(district) && is_there { Ok(()) } else { Err(Error::NotFound) }
}

/// A district's third language as it is stored, with its texts.
pub(super) async fn stored(tx: &mut Tx, district: DistrictId) -> Result<(ThirdLanguage, HashMap<Key, ThirdText>)> {
    let language = tx.third_languages().await?.into_iter().find(|row| row.district_id == district).ok_or(Error::NotFound)?;
    let texts = tx.third_texts().await?.into_iter().filter(|row| row.district_id == district);
    Ok((language, texts.map(|row| (row.key, row)).collect()))
}

fn note(core: &Core, actor: &Actor, district: DistrictId, act: Act, subject: String) -> Entry {
    core.note_in(&actor.name, Scope::District(district), act, Some(subject))
}

/// What kept a language from being set: another one with texts or clips is there, and must be taken away first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnotherIsThere;

/// Says which third language a district has, and how the slip shows it.
pub async fn set_language(core: &Core, actor: &Actor, command: &CommandId, row: &ThirdLanguage) -> Result<Result<(), AnotherIsThere>> {
    own_district(core, actor, row.district_id)?;
    let mut tx = core.write().await?;
    if command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(Ok(()));
    }
    if let Ok((there, texts)) = stored(&mut tx, row.district_id).await
        && there.code != row.code
        && (!texts.is_empty() || tx.third_clips().await?.iter().any(|clip| clip.0 == row.district_id))
    {
        return Ok(Err(AnotherIsThere));
    }
    tx.set_third_language(row).await?;
    let subject = format!("{} {} {} {}", row.code, row.name, row.direction, row.on_slip);
    done(core, tx, command, note(core, actor, row.district_id, Act::SetThirdLanguage, subject), &[]).await?;
    Ok(Ok(()))
}

/// Takes a district's third language away, with its texts and clips.
pub async fn remove_language(core: &Core, actor: &Actor, command: &CommandId, district: DistrictId) -> Result<()> {
    own_district(core, actor, district)?;
    let mut tx = core.write().await?;
    if command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(());
    }
    let (language, _) = stored(&mut tx, district).await?;
    tx.remove_third_language(district).await?;
    done(core, tx, command, note(core, actor, district, Act::RemoveThirdLanguage, language.code.to_string()), &[]).await
}

/// Saves texts, if every one of them passes the check; otherwise says what is wrong with which.
pub async fn save_texts(
    core: &Core,
    actor: &Actor,
    command: &CommandId,
    district: DistrictId,
    typed: &[ThirdText],
) -> Result<Result<(), Vec<(Key, BadThird)>>> {
    own_district(core, actor, district)?;
    let mut tx = core.write().await?;
    if command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(Ok(()));
    }
    let (language, texts) = stored(&mut tx, district).await?;
    let (policy, link) = (Texts::read(&mut tx).await?.policy, longest_link(core));
    let wrong: Vec<_> = typed.iter().filter_map(|row| Some((row.key, check(row.key, &row.text, &policy, link).err()?))).collect();
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    let changes: Vec<_> = typed.iter().filter(|row| changes(row, texts.get(&row.key))).collect();
    let notes = write_texts(core, &mut tx, actor, &language, &texts, &changes).await?;
    let subject = format!("{}: {}", language.code, changes.len());
    done(core, tx, command, note(core, actor, district, Act::SaveThirdTexts, subject), &notes).await?;
    Ok(Ok(()))
}

/// Whether a text would change what is stored.
pub(super) fn changes(row: &ThirdText, before: Option<&ThirdText>) -> bool {
    before.map_or(!row.text.is_empty(), |before| before != row)
}

/// Writes texts that passed; what the journal says of each: what stood there, and what does now.
pub(super) async fn write_texts(
    core: &Core,
    tx: &mut Tx,
    actor: &Actor,
    language: &ThirdLanguage,
    before: &HashMap<Key, ThirdText>,
    rows: &[&ThirdText],
) -> Result<Vec<Entry>> {
    let mut notes = Vec::with_capacity(rows.len());
    for row in rows {
        tx.set_third_text(row).await?;
        let old = before.get(&row.key).map_or("–", |row| &row.text);
        let new = if row.text.is_empty() { "–" } else { &row.text };
        let subject = format!("{} {}: {old} → {new}", language.code, row.key);
        notes.push(note(core, actor, language.district_id, Act::SetThirdText, subject));
    }
    Ok(notes)
}

/// A file that was chosen as a recorded word, and why it is not one.
pub type WrongClip = (String, BadClip);

/// Takes in recorded words, each file named for its word, if every one of them is one; otherwise says which is not.
pub async fn put_clips(
    core: &Core,
    actor: &Actor,
    command: &CommandId,
    district: DistrictId,
    files: Vec<(String, Vec<u8>)>,
) -> Result<Result<(), Vec<WrongClip>>> {
    own_district(core, actor, district)?;
    let (mut clips, mut wrong) = (Vec::new(), Vec::new());
    for (name, sound) in files {
        match word_of(&name).and_then(|word| Ok((word, check_clip(&sound)?))) {
            Ok((word, kind)) => clips.push((word, Clip { kind, sound })),
            Err(bad) => wrong.push((name, bad)),
        }
    }
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    let mut tx = core.write().await?;
    if command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(Ok(()));
    }
    let (language, _) = stored(&mut tx, district).await?;
    let version = tx.take_numbers("third_clip", 1).await?;
    for (word, clip) in &clips {
        tx.set_third_clip(district, word, clip, version).await?;
    }
    let words: Vec<_> = clips.iter().map(|(word, _)| *word).collect();
    let subject = format!("{}: {}", language.code, words.join(" "));
    done(core, tx, command, note(core, actor, district, Act::PutThirdClips, subject), &[]).await?;
    Ok(Ok(()))
}

/// Takes all recorded words away.
pub async fn remove_clips(core: &Core, actor: &Actor, command: &CommandId, district: DistrictId) -> Result<()> {
    own_district(core, actor, district)?;
    let mut tx = core.write().await?;
    if command.done_before::<()>(&mut tx).await?.is_some() {
        return Ok(());
    }
    let (language, _) = stored(&mut tx, district).await?;
    tx.remove_third_clips(district).await?;
    done(core, tx, command, note(core, actor, district, Act::PutThirdClips, format!("{}: –", language.code)), &[]).await
}

/// Writes the command down, commits, and lets everybody see it.
async fn done(core: &Core, mut tx: Tx, command: &CommandId, note: Entry, notes: &[Entry]) -> Result<()> {
    if !tx.add_entries(&[command.entry(note, Ok(&()))]).await? {
        return Err(Error::Unavailable("the same form came twice at once".into()));
    }
    if !notes.is_empty() {
        tx.add_entries(notes).await?;
    }
    commit(tx).await?;
    core.reload_board().await?;
    Ok(())
}
