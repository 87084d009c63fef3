//! Taking in a block's file of doses: the same rows under the same ids, so that twice does no harm; what has changed since is told.

use std::collections::{HashMap, HashSet};

use super::Actor;
use super::carry_doses::{CarryError, SOME, content, trusted};
use super::command::commit;
use super::correct_dose::keep_record;
use crate::chance::fingerprint;
use crate::core::Core;
use crate::domain::care::Needs;
use crate::domain::moment::Moment;
use crate::domain::place::{Role, Scope};
use crate::domain::signed_file::{Holds, read};
use crate::error::{Error, Result};
use crate::ids::DoseId;
use crate::slice::Failure;
use crate::storage::Tx;
use crate::storage::carry::{Carried, FromFile};
use crate::storage::journal::Act;
use crate::storage::person::{Beneficiary, Identity};
use crate::storage::upload::NewUpload;

/// What became of a file.
#[derive(Debug, Clone, Default)]
pub struct TakenIn {
    /// Whose file it is.
    pub from: String,
    /// Doses that are new here.
    pub new: usize,
    /// Doses that were here already: the file, or another one, was taken in before.
    pub known: usize,
    /// Doses that were withdrawn there and now are here.
    pub withdrawn: usize,
    /// Rows that were left out, or that somebody has to look after: the file's line, and why.
    pub left_out: Vec<(usize, String)>,
    /// All that are on record here as the file says it, with its fingerprint: what is acknowledged.
    pub on_record: Vec<(DoseId, Vec<u8>)>,
}

/// What one row came to.
enum Outcome {
    New,
    Known,
    Withdrawn,
    LeftOut(String),
}

/// Takes a file of doses in.
pub async fn import_doses(core: &Core, actor: &Actor, bytes: &[u8]) -> Result<TakenIn, CarryError> {
    let mut tx = core.write().await?;
    let keys = trusted(core, &mut tx).await?;
    let (head, rows) = read::<Carried>(Holds::Doses, bytes, |key| keys.get(key).map(|key| key.public.clone()))?;
    let from = keys.get(&head.key).map_or_else(String::new, |key| key.name.clone());
    let mut taken = TakenIn { from: from.clone(), ..TakenIn::default() };
    for (at, some) in rows.chunks(SOME).enumerate() {
        let mut desk = Desk::read(&mut tx, core, some, &head.key, &from).await?;
        for (n, row) in some.iter().enumerate() {
            let line = at * SOME + n + 2;
            match desk.take(&mut tx, row).await? {
                Outcome::LeftOut(why) => {
                    taken.left_out.push((line, why));
                    continue;
                }
                Outcome::New => taken.new += 1,
                Outcome::Known => taken.known += 1,
                Outcome::Withdrawn => {
                    taken.withdrawn += 1;
                    if let Some(words) = desk.is_on_portal(row) {
                        taken.left_out.push((line, words));
                    }
                }
            }
            taken.on_record.push((row.dose, content(row)));
        }
    }
    tx.add_entries(&[core.note(actor, Act::ImportDoses, Some(format!("doses:{}", taken.new)))]).await?;
    commit(tx).await?;
    Ok(taken)
}

/// What is known here of the doses and people of some rows.
struct Desk<'a> {
    core: &'a Core,
    now: Moment,
    key: &'a str,
    from: &'a str,
    held: HashMap<DoseId, Carried>,
    filed: HashMap<DoseId, FromFile>,
    people: HashSet<crate::ids::BeneficiaryId>,
    on_portal: HashSet<DoseId>,
}

impl<'a> Desk<'a> {
    async fn read(tx: &mut Tx, core: &'a Core, rows: &[Carried], key: &'a str, from: &'a str) -> Result<Self> {
        let doses: Vec<_> = rows.iter().map(|row| row.dose).collect();
        let people: Vec<_> = rows.iter().map(|row| row.person).collect();
        Ok(Self {
            core,
            now: core.clock.now(),
            key,
            from,
            held: tx.carried_doses(&doses).await?.into_iter().map(|row| (row.dose, row)).collect(),
            filed: tx.from_files(&doses).await?.into_iter().map(|row| (row.dose_id, row)).collect(),
            people: tx.people_on_record(&people).await?.into_iter().collect(),
            on_portal: tx.doses_on_portal(&doses).await?.into_iter().collect(),
        })
    }

    async fn take(&mut self, tx: &mut Tx, row: &Carried) -> Result<Outcome> {
        let Some(held) = self.held.get(&row.dose) else {
            // What was withdrawn before it was ever heard of here needs no record.
            return if row.withdrawn_at.is_some() { Ok(Outcome::Known) } else { self.add(tx, row).await };
        };
        let said = content(row);
        let is_theirs = self.filed.get(&row.dose).filter(|filed| filed.thumbprint == self.key);
        if row.withdrawn_at.is_some() && held.withdrawn_at.is_none() {
            return match is_theirs {
                Some(_) => self.withdraw(tx, row).await,
                None => Ok(Outcome::LeftOut(format!("{} withdrew this dose of {}, which came from elsewhere", self.from, row.name))),
            };
        }
        // As it stands here, or as their earlier file said it, whatever has been mended here since.
        if said != content(held) && is_theirs.is_none_or(|filed| filed.content != said) {
            let fields = differing(held, row).join(", ");
            return Ok(Outcome::LeftOut(format!(
                "{} is on record here otherwise ({fields}): compare both, and correct the one that is wrong",
                row.name
            )));
        }
        if let Some(permission) = &row.permission {
            tx.add_permission(permission).await?;
            tx.reopen(&[row.dose], permission.id).await?;
        }
        Ok(Outcome::Known)
    }

    async fn add(&mut self, tx: &mut Tx, row: &Carried) -> Result<Outcome> {
        let board = self.core.board();
        let Some(centre) = board.centre_by_code(&row.centre) else {
            return Ok(Outcome::LeftOut(format!("there is no centre {} here; import the centres first", row.centre)));
        };
        if self.people.insert(row.person) {
            add_person(tx, row, self.key, self.now).await?;
        }
        let from = FromFile { dose_id: row.dose, thumbprint: self.key.to_owned(), content: content(row) };
        if !tx.add_carried_dose(row, centre.id, &from, self.now).await? {
            return Ok(Outcome::LeftOut(format!("{} has another dose {} on record", row.name, row.number)));
        }
        if let Some(permission) = &row.permission {
            tx.add_permission(permission).await?;
        }
        let permission_id = row.permission.as_ref().map(|permission| permission.id);
        tx.add_uploads(&[NewUpload { dose_id: row.dose, due_at: row.due_at, is_late: row.due_at < self.now, permission_id }]).await?;
        Ok(Outcome::New)
    }

    /// What they withdrew is withdrawn here, too, and what it said is kept.
    async fn withdraw(&self, tx: &mut Tx, row: &Carried) -> Result<Outcome> {
        let Some(dose) = tx.given_doses(&[row.dose]).await?.pop() else { return Ok(Outcome::Known) };
        let by = Actor { name: format!("file:{}", self.from).into(), role: Role::StateOfficer, scope: Scope::State };
        let kept = keep_record(tx, self.core.chance.id(self.now), &dose, &by, "withdrawn", self.from, self.now).await;
        kept.map_err(|failure| match failure {
            Failure::Error(error) => error,
            other => Error::Internal(format!("{other:?}")),
        })?;
        tx.withdraw_dose(row.dose, self.now).await?;
        tx.add_entries(&[self.core.note(&by, Act::WithdrawDose, Some(format!("dose:{}", row.dose)))]).await?;
        Ok(Outcome::Withdrawn)
    }

    /// What has to be done about a withdrawn dose that the portal has.
    fn is_on_portal(&self, row: &Carried) -> Option<String> {
        let told = || format!("the dose of {} is withdrawn, but the portal has it already: its office has to take it off", row.name);
        self.on_portal.contains(&row.dose).then(told)
    }
}

/// The fields in which two records of one dose differ.
fn differing(one: &Carried, other: &Carried) -> Vec<&'static str> {
    let fields = [
        ("person", one.person == other.person),
        ("number", one.number == other.number),
        ("vaccine", one.vaccine == other.vaccine),
        ("given_on", one.given_on == other.given_on),
        ("given_at", one.given_at == other.given_at),
        ("batch", one.batch == other.batch),
        ("vaccinator", one.vaccinator == other.vaccinator),
        ("centre", one.centre == other.centre),
        ("name", one.name == other.name),
        ("birth_year", one.birth_year == other.birth_year),
        ("gender", one.gender == other.gender),
        ("mobile", one.mobile == other.mobile),
        ("id", (one.id_type, &one.id_end) == (other.id_type, &other.id_end)),
        ("withdrawn", one.withdrawn_at.is_some() == other.withdrawn_at.is_some()),
    ];
    fields.into_iter().filter(|(_, same)| !same).map(|(field, _)| field).collect()
}

/// A person of another installation. Their ID's hash is made with that installation's key: here it finds nobody, but names one card.
async fn add_person(tx: &mut Tx, row: &Carried, key: &str, now: Moment) -> Result<()> {
    let person = Beneficiary {
        id: row.person,
        mobile: row.mobile.clone(),
        mobile_of: row.mobile_of,
        name: row.name.clone(),
        birth_year: row.birth_year,
        gender: row.gender,
        category: row.category,
        certificate: false,
        language: row.language,
        needs: Needs::default(),
        locality: row.locality.clone(),
    };
    tx.add_people(&[person], now).await?;
    let hash = fingerprint(format!("{key} {}", row.person));
    tx.add_identities(&[Identity { hash, beneficiary_id: row.person, kind: row.id_type, id_end: row.id_end.clone() }]).await?;
    Ok(())
}
