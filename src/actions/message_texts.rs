//! The words of messages and what the operators want of them: data that the state officer edits.

use std::collections::HashMap;

use super::Actor;
use crate::core::Core;
use crate::domain::message::{BadWording, Policy, Template, Wording};
use crate::domain::place::Role;
use crate::domain::tongue::Key;
use crate::error::{Error, Result};
use crate::i18n::{Lang, Tongue};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::message::MessageText;

/// The setting that holds the policy.
const POLICY: &str = "messages";

/// The texts and the policy as they stand.
#[derive(Debug, Clone)]
pub struct Texts {
    /// What the operators want, and quiet hours.
    pub policy: Policy,
    changed: HashMap<(Template, Lang), MessageText>,
}

impl Texts {
    /// Reads them.
    pub async fn read(tx: &mut Tx) -> Result<Self> {
        let policy = match tx.setting(POLICY).await? {
            Some(json) => serde_json::from_str(&json).map_err(|error| Error::Internal(error.to_string()))?,
            None => Policy::default(),
        };
        let changed = tx.message_texts().await?.into_iter().map(|row| ((row.template, row.language), row)).collect();
        Ok(Self { policy, changed })
    }

    /// A template's text.
    pub fn text(&self, template: Template, lang: Lang) -> &str {
        self.changed.get(&(template, lang)).map_or_else(|| lang.message(template), |row| &row.text)
    }

    /// The operators' id of a text; empty: not registered yet.
    pub fn registered(&self, template: Template, lang: Lang) -> &str {
        self.changed.get(&(template, lang)).map_or("", |row| &row.registered)
    }

    /// A template's text, taken apart.
    pub fn wording(&self, template: Template, lang: Lang) -> Result<Wording> {
        read(template, self.text(template, lang))
    }
}

/// A text that was checked when it was saved, taken apart.
pub fn read(template: Template, text: &str) -> Result<Wording> {
    Wording::read(template, text).map_err(|bad| Error::Internal(format!("the text of {template}: {bad:?}")))
}

/// The longest address that a message carries.
pub fn longest_link(core: &Core) -> usize {
    core.link("0123456789").chars().count()
}

/// Saves a text that passes the check; otherwise says what is wrong with it.
pub async fn save_text(core: &Core, actor: &Actor, row: &MessageText) -> Result<Result<(), BadWording>> {
    only_the_state(actor)?;
    let mut tx = core.write().await?;
    let policy = Texts::read(&mut tx).await?.policy;
    let checked = Wording::read(row.template, &row.text).and_then(|wording| wording.check(&policy, longest_link(core)));
    if checked.is_ok() {
        let row = MessageText { text: row.text.trim().to_owned(), registered: row.registered.trim().to_owned(), ..row.clone() };
        tx.set_message_text(&row).await?;
        tx.add_entries(&[core.note(actor, Act::EditMessageText, Some(format!("{} {}", row.template, row.language)))]).await?;
        tx.commit().await?;
    }
    Ok(checked)
}

/// Saves the policy, if every text still fits it; otherwise says which does not.
pub async fn save_policy(core: &Core, actor: &Actor, policy: &Policy) -> Result<Result<(), (Template, Tongue, BadWording)>> {
    only_the_state(actor)?;
    let mut tx = core.write().await?;
    let texts = Texts::read(&mut tx).await?;
    for template in Template::ALL {
        for lang in Lang::ALL {
            if let Err(bad) = texts.wording(*template, *lang)?.check(policy, longest_link(core)) {
                return Ok(Err((*template, Tongue::Screen(*lang), bad)));
            }
        }
        for row in tx.third_texts().await?.iter().filter(|row| row.key == Key::Message(*template)) {
            if let Err(bad) = read(*template, &row.text)?.check(policy, longest_link(core))
                && let Some(third) = core.board().third(row.district_id)
            {
                return Ok(Err((*template, Tongue::Third(third.language.code), bad)));
            }
        }
    }
    let json = serde_json::to_string(policy).map_err(|error| Error::Internal(error.to_string()))?;
    tx.set_setting(POLICY, &json).await?;
    tx.add_entries(&[core.note(actor, Act::EditMessagePolicy, None)]).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

fn only_the_state(actor: &Actor) -> Result<()> {
    if actor.role == Role::StateOfficer { Ok(()) } else { Err(Error::Forbidden) }
}
