//! People who log in and programs with keys: who there is, where they are logged in, and ending it.

use uuid::Uuid;

use super::Actor;
use super::command::{CommandId, commit};
use super::log_in::hash_password;
use crate::board::Board;
use crate::core::Core;
use crate::domain::place::Scope;
use crate::error::{Error, Result};
use crate::ids::{AccountId, KeyId};
use crate::storage::Tx;
use crate::storage::account::{Account, ApiKey, Listed, Login, ScopeColumns};
use crate::storage::journal::Act;

/// Whether an account or key may be changed from an officer's scope: never one of a wider scope.
pub fn may_manage(board: &Board, actor: &Actor, of: ScopeColumns) -> bool {
    match actor.scope {
        Scope::State => true,
        Scope::District(own) => board.district_of(of.into()) == Some(own),
        Scope::Zone(_) | Scope::Centre(_) => false,
    }
}

/// A page of the accounts within the officer's scope, by user name.
pub async fn list_users(core: &Core, actor: &Actor, search: &str, after: &str, most: i64) -> Result<Vec<Listed>> {
    let district = core.board().district_of(actor.scope);
    let search = search.trim().to_lowercase();
    Ok(core.read().await?.list_accounts(district, &search, after, core.clock.now(), most).await?)
}

/// An account, and where it is logged in.
pub async fn user_with_logins(core: &Core, actor: &Actor, id: AccountId) -> Result<(Account, Vec<Login>)> {
    let mut tx = core.read().await?;
    let account = managed(core, &mut tx, actor, id).await?;
    let logins = tx.logins_of(id, core.clock.now()).await?;
    Ok((account, logins))
}

/// Makes a one-time password, which the officer reads out and the user changes first of all; every log-in of theirs ends.
///
/// Nothing: it was made by the first of two equal submits, and is shown only once.
pub async fn reset_password(core: &Core, actor: &Actor, id: AccountId, command: &CommandId) -> Result<Option<String>> {
    let password = core.chance.link();
    let hash = hash_password(password.clone()).await?;
    let mut tx = core.write().await?;
    if command.done_before::<bool>(&mut tx).await?.is_some() {
        return Ok(None);
    }
    let account = managed(core, &mut tx, actor, id).await?;
    let note = core.note_in(&actor.name, account.scope.into(), Act::ResetPassword, Some(account.actor_name()));
    command.note(&mut tx, note, &true).await?;
    tx.set_password(id, &hash, true).await?;
    commit(tx).await?;
    Ok(Some(password))
}

/// Lets nobody log in with an account any more and ends its log-ins at once; or opens it again.
pub async fn set_closed(core: &Core, actor: &Actor, id: AccountId, closed: bool) -> Result<()> {
    let mut tx = core.write().await?;
    let account = managed(core, &mut tx, actor, id).await?;
    // Whoever locks themselves out cannot undo it.
    if closed && *actor.name == *account.actor_name() {
        return Err(Error::Forbidden);
    }
    if account.closed_at.is_some() != closed {
        tx.set_closed(id, closed.then(|| core.clock.now())).await?;
        let act = if closed { Act::CloseUser } else { Act::ReopenUser };
        tx.add_entries(&[core.note_in(&actor.name, account.scope.into(), act, Some(account.actor_name()))]).await?;
    }
    Ok(tx.commit().await?)
}

/// Ends one log-in of somebody.
pub async fn end_login(core: &Core, actor: &Actor, id: AccountId, login: Uuid) -> Result<()> {
    let mut tx = core.write().await?;
    let account = managed(core, &mut tx, actor, id).await?;
    if tx.end_login(id, login).await? {
        tx.add_entries(&[core.note_in(&actor.name, account.scope.into(), Act::EndLogIn, Some(account.actor_name()))]).await?;
    }
    Ok(tx.commit().await?)
}

/// The API keys within the officer's scope.
pub async fn list_keys(core: &Core, actor: &Actor) -> Result<Vec<ApiKey>> {
    Ok(core.read().await?.api_keys(core.board().district_of(actor.scope)).await?)
}

/// Revokes an API key. Running servers refuse it within seconds.
pub async fn revoke_key(core: &Core, actor: &Actor, id: KeyId) -> Result<()> {
    let mut tx = core.write().await?;
    let keys = tx.api_keys(core.board().district_of(actor.scope)).await?;
    let key = keys.into_iter().find(|key| key.id == id).ok_or(Error::NotFound)?;
    if tx.revoke_api_key(key.id, core.clock.now()).await? {
        tx.add_entries(&[core.note_in(&actor.name, key.scope.into(), Act::RevokeApiKey, Some(format!("key:{}", key.name)))]).await?;
    }
    Ok(tx.commit().await?)
}

/// An account that the officer may change. What lies outside their scope does not exist for them.
async fn managed(core: &Core, tx: &mut Tx, actor: &Actor, id: AccountId) -> Result<Account> {
    let account = tx.account_by_id(id).await?.ok_or(Error::NotFound)?;
    if may_manage(&core.board(), actor, account.scope) { Ok(account) } else { Err(Error::NotFound) }
}
