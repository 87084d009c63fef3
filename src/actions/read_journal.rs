//! Reading the journal: who did what to whom. Reading it is an act like any other.

use uuid::Uuid;

use super::Actor;
use crate::core::Core;
use crate::domain::moment::{Day, Moment, clock};
use crate::domain::number::TokenNumber;
use crate::domain::person::Mobile;
use crate::error::Result;
use crate::storage::journal::{Act, Noted, Reading};

/// Whom an entry is about.
#[derive(Debug, Clone)]
pub enum About {
    /// A token's holder.
    Token(TokenNumber),
    /// Everybody under a mobile number, and look-ups of it.
    Mobile(Mobile),
}

/// What somebody wants to know of the journal.
#[derive(Debug, Clone)]
pub struct Question {
    /// About whom; nothing: anybody.
    pub about: Option<About>,
    /// By whom, as a user name or as the journal names them; empty: anybody.
    pub who: String,
    /// Which act; nothing: any.
    pub act: Option<Act>,
    /// From this day…
    pub from: Day,
    /// …to this one.
    pub to: Day,
    /// On the first day, not before this minute since midnight; on the last one, not after this. Nothing: the whole day.
    pub minutes: (Option<u32>, Option<u32>),
    /// Only what is older than this entry.
    pub before: Option<(Moment, Uuid)>,
}

/// A page of the journal, within the officer's district; where to go on, if there may be more.
pub type Page = (Vec<Noted>, Option<(Moment, Uuid)>);

/// What a mobile number is noted as: its end for the reader, and a keyed fingerprint that tells it from others with the same end.
pub fn mobile_noted(core: &Core, mobile: &Mobile) -> String {
    let hash = core.keys().hash_asked(&mobile.to_string());
    format!("mobile:{}…{}", data_encoding::HEXLOWER.encode(&hash[..6]), mobile.end())
}

/// Reads a page, and writes down that it was read (`act`: read or downloaded).
pub async fn read_journal(core: &Core, actor: &Actor, question: &Question, act: Act, most: i64) -> Result<Page> {
    let mut tx = core.write().await?;
    tx.add_entries(&[core.note(actor, act, Some(question.told()))]).await?;
    tx.commit().await?;
    read_on(core, actor, question, most).await
}

/// Reads a further page of what was asked for before.
pub async fn read_on(core: &Core, actor: &Actor, question: &Question, most: i64) -> Result<Page> {
    let mut tx = core.read().await?;
    let mut subjects = Vec::new();
    match &question.about {
        Some(About::Token(number)) => {
            subjects.push(number.plain());
            if let Some(token) = tx.token(*number).await? {
                subjects.extend(tx.noted_as(&[token.beneficiary_id]).await?);
            }
        }
        Some(About::Mobile(mobile)) => {
            let people = tx.people_of_mobile(mobile).await?;
            subjects.extend(tx.noted_as(&people).await?);
            subjects.push(mobile_noted(core, mobile));
        }
        None => {}
    }
    let actors = match question.who.trim() {
        "" => Vec::new(),
        who if who.contains(':') => vec![who.to_owned()],
        who => vec![format!("user:{}", who.to_lowercase()), format!("key:{who}"), who.to_owned()],
    };
    let reading = Reading {
        district: core.board().district_of(actor.scope),
        actors,
        subjects,
        act: question.act,
        from: question.begins(),
        until: question.ends(),
        before: question.before,
        most,
    };
    Ok(tx.read_journal(&reading).await?)
}

impl Question {
    fn begins(&self) -> Moment {
        self.from.start() + i64::from(self.minutes.0.unwrap_or(0)) * 60
    }

    /// The minute that is named is still asked for.
    fn ends(&self) -> Moment {
        self.minutes.1.map_or_else(|| self.to.plus(1).start(), |minute| self.to.start() + i64::from(minute + 1) * 60)
    }

    /// The question on one line, as the journal keeps it: of a mobile number only the end.
    fn told(&self) -> String {
        let about = match &self.about {
            Some(About::Token(number)) => number.plain(),
            Some(About::Mobile(mobile)) => format!("…{}", mobile.end()),
            None => String::new(),
        };
        let act = self.act.map_or("", Act::word);
        let parts = [about.as_str(), self.who.trim(), act].into_iter().filter(|part| !part.is_empty());
        let at = |minute: Option<u32>| minute.map_or_else(String::new, |minute| format!(" {}", clock(minute)));
        let when = format!("{}{} – {}{}", self.from, at(self.minutes.0), self.to, at(self.minutes.1));
        parts.chain([when.as_str()]).collect::<Vec<_>>().join(" · ")
    }
}
