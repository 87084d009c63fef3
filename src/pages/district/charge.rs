//! Who looks after what has to be settled: on each list, in each row, the same three things. Mine, nobody's or all of it; who has it; a button.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use crate::actions::Actor;
use crate::actions::command::CommandId;
use crate::actions::take_charge::{Outcome, take_charge};
use crate::app::App;
use crate::domain::charge::{Charge, Matter, Request, Thing};
use crate::error::{Error, Result};
use crate::pages::frame::{Frame, Staff};
use crate::storage::charge::{Open, Whose};

/// Where the things of a kind are listed.
fn list_of(matter: Matter) -> &'static str {
    match matter {
        Matter::Conflict => "/district/conflicts",
        Matter::DeskTask => "/district/desks",
        Matter::Objection => "/district/objections",
        Matter::Message => "/office/messages",
        Matter::Upload => "/district/portal",
        Matter::Difference => "/district/portal/differences",
        Matter::Alarm => "/district/alarms",
    }
}

/// Whose things a list is asked for, and what has just come of taking one on.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    pub(in crate::pages) whose: String,
    charge: String,
}

impl Asked {
    /// What the list is limited to.
    pub fn whose<'a>(&self, actor: &'a Actor) -> Whose<'a> {
        match self.whose.as_str() {
            "mine" => Whose::Of(&actor.name),
            "nobodys" => Whose::Nobodys,
            _ => Whose::All,
        }
    }
}

/// What a list says of who looks after its things.
pub struct Charges {
    f: Frame,
    actor: Actor,
    matter: Matter,
    pub(in crate::pages) asked: Asked,
    /// What else the list is asked for.
    pub(in crate::pages) rest: String,
    pub(in crate::pages) key: String,
    held: HashMap<Thing, Charge>,
}

/// The same of one thing.
pub struct ItsCharge {
    pub(in crate::pages) id: String,
    pub(in crate::pages) action: String,
    pub(in crate::pages) words: String,
    /// What the button sends, and what it says; none: somebody has it from whom this one cannot take it.
    pub(in crate::pages) button: Option<(&'static str, String, &'static str)>,
}

impl Charges {
    /// Who has taken on which of these.
    pub async fn read(app: &App, f: &Frame, actor: &Actor, matter: Matter, asked: Asked, things: &[Thing]) -> Result<Self> {
        let mut tx = app.core.read().await?;
        let held = tx.charges(matter, things).await?;
        tx.commit().await?;
        let (f, actor, key) = (f.clone(), actor.clone(), app.core.chance.link());
        Ok(Self { f, actor, matter, asked, rest: String::new(), key, held })
    }

    /// The list is asked for something else as well, which stays so.
    #[must_use]
    pub fn beside(mut self, name: &str, value: &str) -> Self {
        self.rest = form_urlencoded::Serializer::new(self.rest).append_pair(name, value).finish();
        self
    }

    /// What was asked for, with its address; the current one is marked.
    pub fn views(&self) -> [(&'static str, String, bool); 3] {
        let t = self.f.t;
        [("", t.all), ("mine", t.whose_mine), ("nobodys", t.whose_nobodys)].map(|(whose, name)| {
            let is_current = whose == self.asked.whose;
            (name, back_to(self.matter, &self.rest, &[("whose", whose)]), is_current)
        })
    }

    /// Whether some of the list's things are left out.
    pub fn is_narrowed(&self) -> bool {
        !self.asked.whose.is_empty()
    }

    /// What came of taking one on.
    pub fn told(&self) -> &'static str {
        let t = self.f.t;
        match self.asked.charge.parse() {
            Ok(Outcome::Yours) => t.charge_yours,
            Ok(Outcome::TakenOver) => t.charge_taken_over,
            Ok(Outcome::Free) => t.charge_free,
            Ok(Outcome::Theirs) => t.charge_theirs,
            Ok(Outcome::Settled) => t.charge_settled,
            Err(_) => "",
        }
    }

    /// Who has something that is known by its id.
    pub fn named(&self, id: &Uuid) -> ItsCharge {
        self.of(Thing::named(*id))
    }

    /// Who has something that is known by its number.
    pub fn numbered(&self, number: &i64) -> ItsCharge {
        self.of(Thing::numbered(*number))
    }

    /// Who has something that is known by both.
    pub fn of_dose(&self, id: &Uuid, number: &i64) -> ItsCharge {
        self.of(Thing { id: *id, number: *number })
    }

    /// Who has something, without its time.
    pub fn name_of(&self, id: &Uuid) -> String {
        self.held.get(&Thing::named(*id)).map_or_else(String::new, |charge| self.f.lang.actor(&charge.by_whom))
    }

    fn of(&self, thing: Thing) -> ItsCharge {
        let (t, charge) = (self.f.t, self.held.get(&thing));
        let button = match charge {
            None => Some(("take", String::new(), t.take_charge)),
            Some(charge) if charge.by_whom == *self.actor.name => Some(("give", "back".to_owned(), t.give_charge_back)),
            Some(charge) if self.actor.role.is_officer() => Some(("take", charge.by_whom.clone(), t.take_charge_over)),
            Some(_) => None,
        };
        let words = charge.map_or_else(String::new, |charge| self.f.lang.charge(charge, &self.actor.name, self.f.now));
        let Thing { id, number } = thing;
        ItsCharge { id: anchor(thing), action: format!("/district/charge/{}/{id}/{number}", self.matter), words, button }
    }
}

fn anchor(thing: Thing) -> String {
    format!("charge-{}-{}", thing.id, thing.number)
}

/// A list's address with what it was asked for.
fn back_to(matter: Matter, rest: &str, more: &[(&str, &str)]) -> String {
    let kept = form_urlencoded::parse(rest.as_bytes());
    let more = more.iter().filter(|(_, value)| !value.is_empty());
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(kept).extend_pairs(more).finish();
    if query.is_empty() { list_of(matter).to_owned() } else { format!("{}?{query}", list_of(matter)) }
}

/// What was pressed.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Pressed {
    key: String,
    whose: String,
    rest: String,
    /// Who had it on the page; empty: nobody.
    take: Option<String>,
    give: Option<String>,
}

/// Takes something on, or gives it back.
pub async fn charge(
    State(app): State<Arc<App>>,
    Staff(user): Staff,
    Path((matter, id, number)): Path<(String, Uuid, i64)>,
    Form(pressed): Form<Pressed>,
) -> Result<Response> {
    let matter: Matter = matter.parse().map_err(|_| Error::NotFound)?;
    let asked = match (pressed.take, pressed.give) {
        (Some(seen), None) => Request::Take(Some(seen).filter(|seen| !seen.is_empty())),
        (None, Some(_)) => Request::GiveBack,
        _ => return Err(Error::NotFound),
    };
    let thing = Thing { id, number };
    let body = format!("{matter} {id} {number} {asked:?}");
    let command = CommandId::new(&user.actor.name, &format!("{} {body}", pressed.key), &body);
    let outcome = take_charge(&app.core, &user.actor, &command, matter, thing, &asked).await?;
    let back = back_to(matter, &pressed.rest, &[("whose", &pressed.whose), ("charge", outcome.word())]);
    Ok(Redirect::to(&format!("{back}#{}", anchor(thing))).into_response())
}

/// A kind of which something is open, as the day says it.
pub struct ToSettle {
    /// What it is.
    pub name: &'static str,
    /// Where it is listed.
    pub list: &'static str,
    /// How much of it.
    pub open: Open,
}

impl ToSettle {
    /// Those of a kind.
    pub fn new(f: &Frame, matter: Matter, open: Open) -> Self {
        Self { name: f.lang.matter(matter), list: list_of(matter), open }
    }
}
