//! People share a machine, not a name: a PIN changes who acts, among those who have logged in there today with their password.

use super::log_in::{self, User, hash_password, is_password};
use crate::chance::fingerprint;
use crate::core::Core;
use crate::domain::moment::Moment;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Fault, Result};
use crate::ids::{AccountId, CentreId};
use crate::storage::Tx;
use crate::storage::journal::Act;
use crate::storage::machine::Here;

/// How many wrong PINs in a row lock somebody to their password at that machine.
pub const WRONG_PINS: i64 = 3;

/// How many digits a PIN has.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=6;

/// What a machine has open, for whoever takes it over.
#[derive(Debug, Clone)]
pub struct HandOver {
    /// Who has logged in there today.
    pub people: Vec<Here>,
    /// How many tokens the one who hands over has issued today.
    pub issued: i64,
    /// How many people were turned back today and wait for a new time.
    pub turned_back: usize,
    /// What is open at the centre of an operator.
    pub centre: Option<OpenAtCentre>,
}

/// What stands open at a centre.
#[derive(Debug, Clone, Copy)]
pub struct OpenAtCentre {
    /// How many people are inside and wait.
    pub inside: usize,
    /// How many vials are open.
    pub vials: usize,
    /// How many forms on paper wait to be keyed in.
    pub forms: i64,
}

/// So many bundles of paper forms are looked through.
const PACKS: i64 = 100;

/// What stands open at a machine.
pub async fn hand_over(core: &Core, machine: &str, user: Option<&User>) -> Result<HandOver> {
    let now = core.clock.now();
    let mut tx = core.read().await?;
    let people = tx.people_at(&fingerprint(machine), now).await?;
    let (mut issued, mut turned_back, mut centre) = (0, 0, None);
    if let Some(user) = user {
        issued = tx.issued_since(&user.actor.name, now.day().start()).await?;
        turned_back = tx.turned_back(user.actor.scope, now.day().start(), 100).await?.len();
        if let Scope::Centre(id) = user.actor.scope {
            centre = Some(open_at(&mut tx, id, now).await?);
        }
    }
    tx.commit().await?;
    Ok(HandOver { people, issued, turned_back, centre })
}

async fn open_at(tx: &mut Tx, centre: CentreId, now: Moment) -> Result<OpenAtCentre> {
    let inside = tx.in_hall(centre, now.day()).await?.len();
    let vials = tx.open_vials(centre).await?.len();
    let forms = tx.packs(centre, PACKS).await?.iter().map(|pack| pack.unkeyed() + pack.doseless).sum();
    Ok(OpenAtCentre { inside, vials, forms })
}

/// Somebody has logged in at a machine with their password.
pub async fn remember_machine(core: &Core, machine: &str, account: AccountId) -> Result<()> {
    let now = core.clock.now();
    let mut tx = core.write().await?;
    tx.add_machine(&fingerprint(machine), account, now, now.day().plus(1).start()).await?;
    Ok(tx.commit().await?)
}

/// Sets a PIN: four to six digits, not all the same and not in a row.
pub async fn set_pin(core: &Core, user: &User, present: String, pin: &str) -> Result<()> {
    log_in::check_password(core, user, present).await?;
    if !is_pin(pin) {
        return Err(Error::field("pin", Fault::Pin));
    }
    let hash = hash_password(pin.to_owned()).await?;
    let mut tx = core.write().await?;
    tx.set_pin(user.id, &hash, core.clock.now()).await?;
    tx.add_entries(&[core.note(&user.actor, Act::SetPin, None)]).await?;
    Ok(tx.commit().await?)
}

fn is_pin(text: &str) -> bool {
    let digits: Vec<i16> = text.bytes().map(|byte| i16::from(byte) - i16::from(b'0')).collect();
    let steps: std::collections::BTreeSet<i16> = digits.windows(2).map(|two| two[1] - two[0]).collect();
    let plain = steps.len() == 1 && steps.iter().all(|step| (-1..=1).contains(step));
    DIGITS.contains(&digits.len()) && digits.iter().all(|digit| (0..10).contains(digit)) && !plain
}

/// How a switch went.
#[derive(Debug)]
pub enum Switched {
    /// The new log-in's secret, and as what they are logged in.
    In(String, Role),
    /// A wrong PIN; tries left before only the password helps.
    Wrong(i64),
    /// Only the password helps: too many wrong PINs, no PIN, or not logged in here today.
    Password,
}

/// Changes who acts at a machine. The log-in of whoever acted before ends.
pub async fn switch_person(
    core: &Core,
    machine: &str,
    username: &str,
    pin: String,
    before: Option<&str>,
    device: &str,
) -> Result<Switched> {
    let now = core.clock.now();
    let machine = fingerprint(machine);
    let people = core.read().await?.people_at(&machine, now).await?;
    let Some(person) = people.into_iter().find(|person| person.username == username) else { return Ok(Switched::Password) };
    let Some(hash) = person.pin.filter(|_| person.failures < WRONG_PINS) else { return Ok(Switched::Password) };
    let scope = core.read().await?.account(username).await?.map_or(Scope::State, |account| account.scope.into());
    let right = is_password(pin, hash).await;
    let mut tx = core.write().await?;
    if !right {
        let failures = tx.count_wrong_pin(&machine, person.account_id).await?;
        tx.add_entries(&[core.note_in(&format!("user:{username}"), scope, Act::WrongPin, None)]).await?;
        tx.commit().await?;
        return Ok(if failures < WRONG_PINS { Switched::Wrong(WRONG_PINS - failures) } else { Switched::Password });
    }
    // While the PIN was checked, others may have tried.
    let still = tx.people_at(&machine, now).await?.into_iter().any(|here| here.username == username && here.failures < WRONG_PINS);
    let Some(account) = tx.account(username).await?.filter(|_| still) else { return Ok(Switched::Password) };
    tx.clear_wrong_pins(&machine, account.id).await?;
    if let Some(before) = before {
        tx.remove_login(&fingerprint(before)).await?;
    }
    let secret = log_in::start(core, &mut tx, &account, device).await?;
    tx.add_entries(&[core.note_in(&format!("user:{username}"), scope, Act::SwitchPerson, None)]).await?;
    tx.commit().await?;
    Ok(Switched::In(secret, account.role))
}

#[cfg(test)]
mod tests {
    use super::is_pin;

    #[test]
    fn a_pin_is_not_the_first_that_one_would_try() {
        for pin in ["4827", "1990", "112233", "90817"] {
            assert!(is_pin(pin), "{pin}");
        }
        for pin in ["", "482", "4827193", "48a7", "1234", "9876", "0000", "४८२७"] {
            assert!(!is_pin(pin), "{pin}");
        }
    }
}
