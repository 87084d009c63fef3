//! How many places a slot has, and whose they are, while people hold tokens for it: more, fewer, or another owner's.

use super::rows::{PushIn, write_rows};
use super::writes::push_rows;
use super::{Tx, Writes, on};
use crate::domain::fewer::Places;
use crate::domain::place::Owner;
use crate::ids::{SessionId, SlotId};

impl Tx {
    /// Adds places to a slot and to the owner's share of it.
    pub async fn add_places(&mut self, slot: SlotId, owner: Owner, places: i64) -> sqlx::Result<()> {
        let sql = "update slot set capacity = capacity + $2 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(slot).bind(places).execute(conn).await.map(drop)?);
        let sql = "update fewer_places set places = places + $2 where slot_id = $1";
        on!(self, conn => sqlx::query(sql).bind(slot).bind(places).execute(conn).await.map(drop)?);
        self.add_to_share(slot, owner, places).await
    }

    /// Makes free places of one owner another's. The slot is locked, and the places are free.
    pub async fn give_places_over(&mut self, slot: SlotId, (from, to): (Owner, Owner), places: i64) -> sqlx::Result<()> {
        let sql = "update share set capacity = capacity - $3 where slot_id = $1 and owner = $2";
        on!(self, conn => sqlx::query(sql).bind(slot).bind(from).bind(places).execute(conn).await.map(drop)?);
        self.add_to_share(slot, to, places).await
    }

    async fn add_to_share(&mut self, slot: SlotId, owner: Owner, places: i64) -> sqlx::Result<()> {
        let sql = "insert into share (slot_id, owner, capacity) values ($1, $2, $3) \
                   on conflict (slot_id, owner) do update set capacity = share.capacity + $3";
        on!(self, conn => sqlx::query(sql).bind(slot).bind(owner).bind(places).execute(conn).await.map(drop))
    }

    /// Notes how many places slots are to have: what comes back above that is gone.
    pub async fn set_fewer_places(&mut self, targets: &[(SlotId, i64)]) -> sqlx::Result<()> {
        let into = "insert into fewer_places (slot_id, places) ";
        let anew = " on conflict (slot_id) do update set places = excluded.places";
        write_rows!(self, into, targets, |row| [row.0, row.1], anew).map(drop)
    }

    /// Which of these slots are to have fewer places than they had, and how many.
    pub async fn fewer_places(&mut self, slots: &[SlotId]) -> sqlx::Result<Vec<(SlotId, i64)>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select slot_id, places from fewer_places where slot_id");
            sql.push_in(slots).push(" order by slot_id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The same of a session's slots.
    pub async fn fewer_places_of(&mut self, session: SessionId) -> sqlx::Result<Vec<(SlotId, i64)>> {
        let sql = "select slot_id, places from fewer_places join slot on slot.id = slot_id where slot.session_id = $1 order by slot_id";
        on!(self, conn => sqlx::query_as(sql).bind(session).fetch_all(conn).await)
    }

    /// A slot has as many places as it was set up with, and keeps what comes back.
    pub async fn forget_fewer_places(&mut self, slot: SlotId) -> sqlx::Result<()> {
        let sql = "delete from fewer_places where slot_id = $1";
        on!(self, conn => sqlx::query(sql).bind(slot).execute(conn).await.map(drop))
    }

    /// Gives locked slots and their shares so many places.
    pub async fn set_places(&mut self, slots: &[Places]) -> sqlx::Result<()> {
        let shares: Vec<_> =
            slots.iter().flat_map(|slot| slot.shares.iter().map(|(owner, places, _)| (slot.slot, *owner, *places))).collect();
        let mut writes = self.writes();
        writes.set_places(slots, &shares);
        self.write_together(writes).await.map(drop)
    }
}

impl Writes {
    fn set_places(&mut self, slots: &[Places], shares: &[(SlotId, Owner, i64)]) {
        push_rows!(
            self,
            "with wanted (id, places) as (",
            slots,
            |row| [row.slot, row.capacity],
            ") update slot set capacity = wanted.places from wanted where slot.id = wanted.id"
        );
        push_rows!(
            self,
            "with wanted (slot_id, owner, places) as (",
            shares,
            |row| [row.0, row.1, row.2],
            ") update share set capacity = wanted.places from wanted where share.slot_id = wanted.slot_id and share.owner = wanted.owner"
        );
    }
}
