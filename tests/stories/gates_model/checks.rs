//! What must hold once all links are back.

use std::collections::{BTreeMap, BTreeSet};

use super::world::World;
use super::{Checked, Fault, rows};
use crate::support::phone::Phone;
use baari::domain::admission::{TokenState, Verdict, lane};
use baari::domain::number::TokenNumber;
use baari::domain::place::Scope;
use baari::storage::Tx;
use baari::storage::charge::Whose;
use baari::storage::scan::{Scan, ScanKind};
use uuid::Uuid;

impl World {
    pub(super) async fn check(&self) -> Checked {
        let mut tx = self.core.read().await.expect("a transaction");
        let ids: Vec<_> = self.written.iter().map(|row| row.id).collect();
        let scans: BTreeMap<_, _> = tx.scans(&ids, &[]).await.expect("rows").into_iter().map(|found| (found.scan.id, found.scan)).collect();
        let all: Vec<String> = rows(&mut tx, "select cast(count(*) as text) from scan").await;
        let conflicts: BTreeSet<_> =
            tx.open_conflicts(Scope::State, Whose::All, 1_000).await.expect("rows").into_iter().map(|row| row.scan_id).collect();
        self.nothing_is_lost_or_doubled(&scans, all[0].parse().expect("a number"))?;
        self.doubles_are_seen(&scans, &conflicts)?;
        self.all_agree(&mut tx, &scans).await?;
        self.lanes_are_held_once(&mut tx).await
    }

    pub(super) fn nothing_is_lost_or_doubled(&self, scans: &BTreeMap<Uuid, Scan>, all: usize) -> Checked {
        if all > scans.len() {
            return Err(Fault("doubled", format!("{all} scans, of which {} were made", scans.len())));
        }
        for row in &self.written {
            let name = &self.phones[row.phone].name;
            let same = scans.get(&row.id).is_some_and(|scan| scan.kind == row.kind && scan.number == Some(row.number));
            if !same {
                return Err(Fault("lost", format!("{} of {} at {name}", row.kind, row.number)));
            }
        }
        Ok(())
    }

    /// No token has two standing admissions but with a conflict, and under strict lanes no two ordinary ones at one centre.
    pub(super) fn doubles_are_seen(&self, scans: &BTreeMap<Uuid, Scan>, conflicts: &BTreeSet<Uuid>) -> Checked {
        let back: BTreeSet<_> = scans.values().filter_map(|scan| scan.reverses).collect();
        let standing = |scan: &&Scan| scan.verdict == Some(Verdict::Admitted) && !back.contains(&scan.id);
        for person in &self.people {
            let number = person.slips[0].number;
            let own: Vec<_> = scans.values().filter(|scan| scan.number == Some(number)).filter(standing).collect();
            let seen = own.iter().filter(|scan| conflicts.contains(&scan.id)).count();
            if own.len() > seen + 1 {
                return Err(Fault("unseen", format!("{number} was admitted {} times, of which {seen} are conflicts", own.len())));
            }
            for centre in own.iter().map(|scan| scan.centre_id).collect::<BTreeSet<_>>() {
                let ordinary = own.iter().filter(|scan| scan.kind == ScanKind::Scan && scan.centre_id == centre).count();
                let excused = self.freed.contains(&(centre, lane(number, 2))) || self.unseen.contains(&number);
                if self.strict && ordinary > 1 && !excused {
                    return Err(Fault("two gates", format!("{number} was admitted by {ordinary} gates")));
                }
            }
        }
        Ok(())
    }

    /// A token waits if and only if nobody is in on it: each admission of it was taken back.
    pub(super) fn taken_back_is_back(&self, scans: &BTreeMap<Uuid, Scan>, number: TokenNumber, state: TokenState) -> Checked {
        let own = || scans.values().filter(|scan| scan.number == Some(number));
        let back: BTreeSet<_> = own().filter_map(|scan| scan.reverses).collect();
        let stand = own().filter(|scan| scan.verdict == Some(Verdict::Admitted) && !back.contains(&scan.id)).count();
        match (stand, state) {
            (0, TokenState::Admitted) => Err(Fault("not back", format!("{number} was taken back and is still admitted"))),
            (1.., TokenState::Issued) => Err(Fault("reopened", format!("{number} waits, though {stand} admissions of it stand"))),
            _ => Ok(()),
        }
    }

    pub(super) async fn all_agree(&self, tx: &mut Tx, scans: &BTreeMap<Uuid, Scan>) -> Checked {
        for person in &self.people {
            let number = person.slips[0].number;
            let token = tx.token_change(number).await.expect("read").expect("the token");
            self.taken_back_is_back(scans, number, token.state)?;
            let server = (token.state, token.revision, token.slot_id);
            for phone in self.phones.iter().filter(|phone| !phone.is_revoked() && phone.centre == token.centre_id) {
                let held = phone.token(number).map(|held| (held.known.state, held.known.revision, held.known.place.slot));
                if held != Some(server) {
                    return Err(Fault("apart", format!("{number}: the server has {server:?}, {} has {held:?}", phone.name)));
                }
            }
        }
        Ok(())
    }

    /// Each lane is held by one phone at most, and the server says the same.
    pub(super) async fn lanes_are_held_once(&self, tx: &mut Tx) -> Checked {
        for centre in self.phones.iter().map(|phone| phone.centre).collect::<BTreeSet<_>>() {
            let held = tx.lanes_of(centre).await.expect("rows");
            for lane in 0..2 {
                let holds = |phone: &&Phone| phone.centre == centre && !phone.is_revoked() && phone.lanes().contains(&lane);
                let holders: Vec<_> = self.phones.iter().filter(holds).filter_map(Phone::id).collect();
                let server: Vec<_> = held.iter().filter(|row| row.lane == lane).map(|row| row.gate_id).collect();
                if holders != server {
                    return Err(Fault("lane", format!("lane {lane} of centre {centre}: the server says {server:?}, phones {holders:?}")));
                }
            }
        }
        Ok(())
    }
}
