//! A file of people who log in. The password column only counts for new ones.

use std::collections::HashMap;

use super::change::{Person, Thing};
use super::field::is_first;
use super::plans::Issued;
use super::rows::{ImportFault, Rows};
use super::{Actor, Report};
use crate::actions::log_in::{SHORTEST, hash_password, is_username};
use crate::actions::users::may_manage;
use crate::core::Core;
use crate::domain::moment::Moment;
use crate::domain::place::{CentrePlace, Role, Scope};
use crate::error::Result;
use crate::ids::{AccountId, CentreId, ZoneId};
use crate::storage::Tx;
use crate::storage::account::{Account, ScopeColumns};

/// Hashes the passwords of a file by user name, before the transaction begins: it takes long, and the writer must not wait.
pub(super) async fn hash_passwords(rows: &mut Rows) -> Result<HashMap<String, String>> {
    let mut hashes = HashMap::new();
    for at in 0..rows.len() {
        let row = rows.row(at);
        let (username, password) = (row.optional("username").to_owned(), row.optional("password").to_owned());
        if password.chars().count() >= SHORTEST {
            hashes.insert(username, hash_password(password).await?);
        }
    }
    Ok(hashes)
}

pub(super) async fn users(
    core: &Core,
    tx: &mut Tx,
    actor: &Actor,
    rows: &mut Rows,
    hashes: &HashMap<String, String>,
    report: &mut Report,
) -> Result<()> {
    let board = core.board();
    let mut places: HashMap<(Role, String), (Scope, CentrePlace)> = HashMap::new();
    let zones = tx.zones().await?;
    for zone in &zones {
        let place = CentrePlace { centre_id: CentreId(0), zone_id: zone.id, district_id: zone.district_id };
        places.insert((Role::Clerk, zone.code.clone()), (Scope::Zone(zone.id), place));
    }
    let centres = tx.centres().await?;
    for centre in &centres {
        places.insert((Role::Operator, centre.code.clone()), (Scope::Centre(centre.id), centre.place()));
    }
    for district in tx.districts().await? {
        let place = CentrePlace { centre_id: CentreId(0), zone_id: ZoneId(0), district_id: district.id };
        places.insert((Role::DistrictOfficer, district.code), (Scope::District(district.id), place));
    }
    let known: HashMap<_, _> = tx.accounts().await?.into_iter().map(|account| (account.username.clone(), account)).collect();
    let mut seen = HashMap::new();
    for at in 0..rows.len() {
        let mut row = rows.row(at);
        let username = row.text("username", 40);
        if !username.is_empty() && !is_username(&username) {
            row.fault("username", ImportFault::Code);
        }
        is_first(&mut seen, &mut row, "username", &username);
        let name = row.text("name", 60);
        let role = row.word("role", Role::ALL, Role::word);
        let found = match (role, row.optional("place")) {
            (Role::StateOfficer, "") if actor.scope == Scope::State => Some(Scope::State),
            (Role::StateOfficer, _) => None,
            (role, code) => places.get(&(role, code.to_owned())).filter(|(_, place)| actor.scope.covers(*place)).map(|(scope, _)| *scope),
        };
        let before = known.get(&username);
        let outside = before.is_some_and(|account| !may_manage(&board, actor, account.scope));
        if found.is_none() || outside {
            row.fault("place", ImportFault::PlaceForRole);
        }
        let password = row.optional("password").to_owned();
        if before.is_none() && password.chars().count() < SHORTEST {
            row.fault("password", ImportFault::PasswordShort);
        }
        let (Some(scope), true) = (found, row.is_right()) else { continue };
        let columns = ScopeColumns::from(scope);
        let (id, password_hash) = match before {
            Some(before) => (before.id, String::new()),
            None => (AccountId(tx.take_numbers("account", 1).await?), hashes.get(&username).cloned().unwrap_or_default()),
        };
        let account = Account {
            id,
            username: username.clone(),
            name,
            role,
            scope: columns,
            password_hash,
            failures: 0,
            locked_until: Moment(0),
            must_change: row.optional("must_change") == "yes",
            closed_at: None,
        };
        tx.put_account(&account).await?;
        report.count(username, before.map(person), person(&account), Issued::new());
    }
    Ok(())
}

/// Somebody as they are set up.
pub(in crate::actions) fn person(account: &Account) -> Thing {
    let Account { username, name, role, scope, .. } = account.clone();
    Thing::User(Person { username, name, role, scope })
}
