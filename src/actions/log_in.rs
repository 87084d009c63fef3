//! Logging in and out, passwords, API keys.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use tokio::sync::Semaphore;

use super::Actor;
use crate::chance::fingerprint;
use crate::core::Core;
use crate::domain::place::{Role, Scope};
use crate::error::{Error, Fault, Result};
use crate::ids::{AccountId, KeyId};
use crate::storage::account::{Account, ApiKey, Login};
use crate::storage::journal::{Act, Entry};

/// A shift.
pub const LOGIN_SECONDS: i64 = 12 * 3600;

/// How many wrong passwords lock an account, and for how long.
pub const FAILURES: i64 = 5;
const LOCK_SECONDS: i64 = 5 * 60;

/// How often it is written down that a log-in was used, in seconds.
const SEEN_EVERY: i64 = 5 * 60;

/// The shortest password.
pub const SHORTEST: usize = 8;

/// Each hashing takes 19 MiB: never more at once than there are cores to do it.
static HASHING: Semaphore = Semaphore::const_new(2);

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct User {
    /// Their account.
    pub id: AccountId,
    /// What they log in as.
    pub username: String,
    /// What they are called.
    pub name: String,
    /// Who they are in the journal, and where they may act.
    pub actor: Actor,
    /// Their password was made by somebody else: first of all they change it.
    pub must_change: bool,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        let actor = Actor { name: account.actor_name().into(), role: account.role, scope: Scope::from(account.scope) };
        Self { id: account.id, username: account.username, name: account.name, actor, must_change: account.must_change }
    }
}

/// How a log-in went.
#[derive(Debug)]
pub enum Outcome {
    /// The cookie's secret, and who it is.
    In(String, User),
    /// Wrong name or password; tries left before the lock.
    Wrong(i64),
    /// Too many wrong tries; minutes to wait.
    Locked(i64),
}

/// The hash of a password.
pub async fn hash_password(password: String) -> Result<String> {
    let _permit = HASHING.acquire().await;
    let hashed = tokio::task::spawn_blocking(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()));
    hashed.await.map_err(|error| Error::Internal(error.to_string()))?.map_err(|error| Error::Internal(error.to_string()))
}

pub(super) async fn is_password(password: String, hash: String) -> bool {
    let _permit = HASHING.acquire().await;
    let checked = tokio::task::spawn_blocking(move || {
        let hash = PasswordHash::new(&hash)?;
        Argon2::default().verify_password(password.as_bytes(), &hash)
    });
    matches!(checked.await, Ok(Ok(())))
}

/// Logs somebody in.
pub async fn log_in(core: &Core, username: &str, password: String, device: &str) -> Result<Outcome> {
    let now = core.clock.now();
    let Some(account) = core.read().await?.account(username).await?.filter(|account| account.closed_at.is_none()) else {
        // The same work, so that the time does not tell which names exist.
        is_password(password, DUMMY_HASH.into()).await;
        return Ok(Outcome::Wrong(FAILURES - 1));
    };
    if account.locked_until > now {
        return Ok(Outcome::Locked((account.locked_until - now) / 60 + 1));
    }
    let right = is_password(password, account.password_hash.clone()).await;
    let mut tx = core.write().await?;
    if !right {
        let failures = tx.count_failure(account.id, FAILURES, now, now + LOCK_SECONDS).await?;
        tx.add_entries(&[entry(core, &account, Act::LogInFailed)]).await?;
        tx.commit().await?;
        let left = FAILURES - failures;
        return Ok(if left > 0 { Outcome::Wrong(left) } else { Outcome::Locked(LOCK_SECONDS / 60) });
    }
    // While the password was checked, others may have tried and locked the account.
    let account = tx.account(username).await?.filter(|account| account.closed_at.is_none()).ok_or(Error::LoggedOut)?;
    if account.locked_until > now {
        return Ok(Outcome::Locked((account.locked_until - now) / 60 + 1));
    }
    let secret = start(core, &mut tx, &account, device).await?;
    tx.commit().await?;
    Ok(Outcome::In(secret, account.into()))
}

/// Logs somebody in without a password: the demo opens each role so.
pub async fn log_in_as(core: &Core, username: &str, device: &str) -> Result<String> {
    let mut tx = core.write().await?;
    let account = tx.account(username).await?.ok_or(Error::NotFound)?;
    let secret = start(core, &mut tx, &account, device).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Begins a log-in.
pub(super) async fn start(core: &Core, tx: &mut crate::storage::Tx, account: &Account, device: &str) -> Result<String> {
    let now = core.clock.now();
    let secret = core.chance.secret();
    tx.clear_failures(account.id).await?;
    let device = device.to_owned();
    let login = Login { id: core.chance.id(now), account_id: account.id, began_at: now, seen_at: now, device };
    tx.add_login(&fingerprint(&secret), &login, now + LOGIN_SECONDS).await?;
    tx.add_entries(&[entry(core, account, Act::LogIn)]).await?;
    Ok(secret)
}

/// Who holds a cookie.
pub async fn user(core: &Core, secret: &str) -> Result<Option<User>> {
    let (hash, now) = (fingerprint(secret), core.clock.now());
    let Some((account, seen_at)) = core.read().await?.account_by_login(&hash, now).await? else { return Ok(None) };
    if now - seen_at > SEEN_EVERY {
        let mut tx = core.write().await?;
        tx.see_login(&hash, now).await?;
        tx.commit().await?;
    }
    Ok(Some(account.into()))
}

/// Ends a log-in.
pub async fn log_out(core: &Core, secret: &str) -> Result<()> {
    let mut tx = core.write().await?;
    tx.remove_login(&fingerprint(secret)).await?;
    Ok(tx.commit().await?)
}

/// The account of somebody who has just proved their password.
pub(super) async fn check_password(core: &Core, user: &User, present: String) -> Result<Account> {
    let account = core.read().await?.account(&user.username).await?.ok_or(Error::LoggedOut)?;
    if is_password(present, account.password_hash.clone()).await { Ok(account) } else { Err(Error::field("present", Fault::PasswordWrong)) }
}

/// Changes a password; every other log-in of the account ends, and a new one begins.
pub async fn change_password(core: &Core, user: &User, present: String, new: String, device: &str) -> Result<String> {
    let account = check_password(core, user, present).await?;
    if new.chars().count() < SHORTEST {
        return Err(Error::field("new", Fault::PasswordShort));
    }
    if account.must_change && is_password(new.clone(), account.password_hash.clone()).await {
        return Err(Error::field("new", Fault::PasswordSame));
    }
    let hash = hash_password(new).await?;
    let mut tx = core.write().await?;
    tx.set_password(account.id, &hash, false).await?;
    tx.add_entries(&[entry(core, &account, Act::ChangePassword)]).await?;
    let secret = start(core, &mut tx, &account, device).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Whether somebody may be called that when logging in: 1 to 40 small letters, digits, dots, dashes.
pub fn is_username(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    (1..=40).contains(&text.len()) && text.bytes().all(fits)
}

/// Adds somebody who logs in. Fails when the name is taken.
pub async fn add_user(core: &Core, username: &str, name: &str, role: Role, scope: Scope, password: String) -> Result<()> {
    if password.chars().count() < SHORTEST {
        return Err(Error::field("password", Fault::PasswordShort));
    }
    if !is_username(username) {
        return Err(Error::field("username", Fault::Username));
    }
    let password_hash = hash_password(password).await?;
    let mut tx = core.write().await?;
    if tx.account(username).await?.is_some() {
        return Err(Error::field("username", Fault::Choice));
    }
    let id = AccountId(tx.take_numbers("account", 1).await?);
    let account = Account {
        id,
        username: username.to_owned(),
        name: name.to_owned(),
        role,
        scope: scope.into(),
        password_hash,
        failures: 0,
        locked_until: crate::domain::moment::Moment(0),
        must_change: false,
        closed_at: None,
    };
    tx.put_account(&account).await?;
    tx.add_entries(&[Entry { subject: Some(format!("user:{username}")), ..core.note_in("cli", scope, Act::AddUser, None) }]).await?;
    Ok(tx.commit().await?)
}

/// Makes an API key; returns the secret, which is shown once.
pub async fn add_api_key(core: &Core, name: &str, role: Role, scope: Scope) -> Result<String> {
    let secret = format!("baari_{}", core.chance.secret());
    let mut tx = core.write().await?;
    let id = KeyId(tx.take_numbers("api_key", 1).await?);
    let now = core.clock.now();
    let key = ApiKey { id, name: name.to_owned(), role, scope: scope.into(), made_at: now, revoked_at: None };
    tx.add_api_key(&key, &fingerprint(&secret), now).await?;
    tx.add_entries(&[Entry { subject: Some(format!("key:{name}")), ..core.note_in("cli", scope, Act::AddApiKey, None) }]).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Who calls with a key.
pub async fn api_caller(core: &Core, secret: &str) -> Result<Option<Actor>> {
    let key = core.read().await?.api_key(&fingerprint(secret)).await?;
    Ok(key.map(|key| Actor { name: Arc::from(format!("key:{}", key.name)), role: key.role, scope: Scope::from(key.scope) }))
}

fn entry(core: &Core, account: &Account, act: Act) -> Entry {
    core.note_in(&account.actor_name(), Scope::from(account.scope), act, None)
}

/// A hash that no password matches.
const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$7yB3nJq2F2nB4nMHqj1mH3Yd2b0vLk9l0c8mHn0Vd3E";
