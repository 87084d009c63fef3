//! Sessions, slots and who owns their places.

use sqlx::FromRow;

use super::rows::{Dialect, PushIn, write_rows};
use super::writes::push_rows;
use super::{Tx, Writes, on};
use crate::domain::booking::Offer;
use crate::domain::campaign::Vaccine;
use crate::domain::moment::{Day, Moment};
use crate::domain::place::{CentrePlace, Owner};
use crate::ids::{CentreId, DistrictId, SessionId, SlotId, ZoneId};

/// A centre on a date.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Session {
    pub id: SessionId,
    pub centre_id: CentreId,
    pub day: Day,
    pub vaccine: Vaccine,
    pub doses: i64,
    pub min_age: i64,
    pub max_age: i64,
    pub opens: Moment,
    pub closes: Moment,
    pub lanes: i64,
    pub issue_from: Moment,
    pub issue_until: Moment,
    pub stopped: bool,
}

/// A time window of a session.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Slot {
    pub id: SlotId,
    pub session_id: SessionId,
    pub centre_id: CentreId,
    pub day: Day,
    pub call: i64,
    pub starts: Moment,
    pub minutes: i64,
    pub capacity: i64,
    pub taken: i64,
}

impl Slot {
    /// When it ends.
    pub fn ends(&self) -> Moment {
        self.starts + self.minutes * 60
    }
}

/// The places of one slot that one owner has.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Share {
    pub slot_id: SlotId,
    pub owner: Owner,
    pub capacity: i64,
    pub taken: i64,
}

impl Share {
    /// How many places of a slot are free for whoever may use these owners' places.
    pub fn free(shares: &[Self], slot: SlotId, owners: &[Owner]) -> i64 {
        let usable = |share: &&Self| share.slot_id == slot && owners.contains(&share.owner);
        shares.iter().filter(usable).map(|share| share.capacity - share.taken).sum()
    }
}

/// A slot with its session and its place in the field: what deciding about a place needs.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct BookingSlot {
    pub id: SlotId,
    pub session_id: SessionId,
    pub centre_id: CentreId,
    pub zone_id: ZoneId,
    pub district_id: DistrictId,
    pub call: i64,
    pub starts: Moment,
    pub minutes: i64,
    pub capacity: i64,
    pub taken: i64,
    pub serials: i64,
    pub vaccine: Vaccine,
    pub doses: i64,
    pub min_age: i64,
    pub max_age: i64,
    pub issue_from: Moment,
    pub issue_until: Moment,
    pub closes: Moment,
    pub lanes: i64,
    pub stopped: bool,
}

impl BookingSlot {
    /// Where it is.
    pub fn place(&self) -> CentrePlace {
        CentrePlace { centre_id: self.centre_id, zone_id: self.zone_id, district_id: self.district_id }
    }

    /// What it offers, on a day that nobody keeps free.
    pub fn offer(&self) -> Offer {
        Offer {
            starts: self.starts,
            ends: self.starts + self.minutes * 60,
            vaccine: self.vaccine,
            doses: self.doses,
            min_age: self.min_age,
            max_age: self.max_age,
            issue_from: self.issue_from,
            issue_until: self.issue_until,
            stopped: self.stopped,
            holiday: false,
        }
    }
}

/// Places taken (or, negative, given back) at one slot; `serials` says how many serials that used up.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// The slot.
    pub slot: SlotId,
    /// Places.
    pub places: i64,
    /// Serials.
    pub serials: i64,
}

const BOOKING: &str = "select slot.id, slot.session_id, slot.centre_id, centre.zone_id, zone.district_id, slot.call, slot.starts, slot.minutes, slot.capacity, \
     slot.taken, slot.serials, session.vaccine, session.doses, session.min_age, session.max_age, session.issue_from, session.issue_until, \
     session.closes, session.lanes, session.stopped from slot join session on session.id = slot.session_id \
     join centre on centre.id = slot.centre_id join zone on zone.id = centre.zone_id ";

/// How many rows one statement writes.
const PIECE: usize = 500;

const SHARE: &str = "select slot_id, owner, capacity, taken from share ";

/// A slot's day is kept free by nobody: what still stands on a holiday waits to be stopped, and no more people are sent there.
const NO_HOLIDAY: &str = "not exists (select 1 from holiday where holiday.day = slot.day and coalesce(holiday.district_id, zone.district_id) = zone.district_id)";

impl Tx {
    /// Sessions from a day on.
    pub async fn sessions_from(&mut self, day: Day) -> sqlx::Result<Vec<Session>> {
        let sql = "select id, centre_id, day, vaccine, doses, min_age, max_age, opens, closes, lanes, issue_from, issue_until, stopped \
                   from session where day >= $1 order by day, centre_id, opens";
        on!(self, conn => sqlx::query_as(sql).bind(day).fetch_all(conn).await)
    }

    /// Sessions of a day.
    pub async fn sessions_on(&mut self, day: Day) -> sqlx::Result<Vec<Session>> {
        let sql = "select id, centre_id, day, vaccine, doses, min_age, max_age, opens, closes, lanes, issue_from, issue_until, stopped \
                   from session where day = $1 order by centre_id, opens";
        on!(self, conn => sqlx::query_as(sql).bind(day).fetch_all(conn).await)
    }

    /// Slots of a day, in order of time.
    pub async fn slots_on(&mut self, day: Day) -> sqlx::Result<Vec<Slot>> {
        let sql =
            "select id, session_id, centre_id, day, call, starts, minutes, capacity, taken from slot where day = $1 order by starts, id";
        on!(self, conn => sqlx::query_as(sql).bind(day).fetch_all(conn).await)
    }

    /// Sessions of a centre on a day.
    pub async fn sessions_at(&mut self, centre: CentreId, day: Day) -> sqlx::Result<Vec<Session>> {
        let sql = "select id, centre_id, day, vaccine, doses, min_age, max_age, opens, closes, lanes, issue_from, issue_until, stopped \
                   from session where centre_id = $1 and day = $2 order by opens, id";
        on!(self, conn => sqlx::query_as(sql).bind(centre).bind(day).fetch_all(conn).await)
    }

    /// Shares of all slots on a day.
    pub async fn shares_on(&mut self, day: Day) -> sqlx::Result<Vec<Share>> {
        let sql = "select slot_id, owner, share.capacity, share.taken from share join slot on slot.id = slot_id \
                   join session on session.id = session_id where session.day = $1 order by slot_id, owner";
        on!(self, conn => sqlx::query_as(sql).bind(day).fetch_all(conn).await)
    }

    /// Keeps a centre's slots of a day and their shares as they are until the end of the transaction.
    pub async fn lock_day(&mut self, centre: CentreId, day: Day) -> sqlx::Result<()> {
        if let Tx::Postgres(tx) = self {
            let slots = "select id from slot where centre_id = $1 and day = $2 order by id for no key update";
            let slots: Vec<SlotId> = sqlx::query_scalar(slots).bind(centre).bind(day).fetch_all(&mut **tx).await?;
            let shares = "select 1 from share where slot_id = any($1) order by slot_id, owner for no key update";
            sqlx::query(shares).bind(slots).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// The same for many centres.
    pub async fn lock_days(&mut self, centres: &[CentreId], day: Day) -> sqlx::Result<()> {
        if let Tx::Postgres(tx) = self {
            let slots = "select id from slot where day = $1 and centre_id = any($2) order by id for no key update";
            let slots: Vec<SlotId> = sqlx::query_scalar(slots).bind(day).bind(centres).fetch_all(&mut **tx).await?;
            let shares = "select 1 from share where slot_id = any($1) order by slot_id, owner for no key update";
            sqlx::query(shares).bind(slots).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// Sessions of a day that cannot be taken away: a serial was given out in them, or something else is on record of them.
    pub async fn used_sessions(&mut self, day: Day) -> sqlx::Result<Vec<SessionId>> {
        let sql = "select session_id from slot where day = $1 and \
                   (serials > 0 or exists (select 1 from lapsed_place where lapsed_place.slot_id = slot.id)) \
                   union select id from session where day = $1 and exists (select 1 from move_job where move_job.session_id = session.id)";
        on!(self, conn => sqlx::query_scalar(sql).bind(day).fetch_all(conn).await)
    }

    /// Slots of a centre on a day, in order of time.
    pub async fn slots_at(&mut self, centre: CentreId, day: Day) -> sqlx::Result<Vec<Slot>> {
        let sql = "select id, session_id, centre_id, day, call, starts, minutes, capacity, taken from slot where centre_id = $1 and day = $2 \
                   order by starts, id";
        on!(self, conn => sqlx::query_as(sql).bind(centre).bind(day).fetch_all(conn).await)
    }

    /// Shares of the slots of a centre on a day.
    pub async fn shares_at(&mut self, centre: CentreId, day: Day) -> sqlx::Result<Vec<Share>> {
        let sql = "select slot_id, owner, share.capacity, share.taken from share join slot on slot.id = slot_id \
                   where centre_id = $1 and day = $2 order by slot_id, owner";
        on!(self, conn => sqlx::query_as(sql).bind(centre).bind(day).fetch_all(conn).await)
    }

    /// How many tokens are issued in each slot of a centre from a day on, where any are.
    pub async fn issued_at(&mut self, centre: CentreId, from: Day) -> sqlx::Result<Vec<(Moment, i64)>> {
        let sql = "select starts, taken from slot where centre_id = $1 and day >= $2 and taken > 0 order by starts";
        on!(self, conn => sqlx::query_as(sql).bind(centre).bind(from).fetch_all(conn).await)
    }

    /// Makes many sessions at once, all of them new.
    pub async fn add_sessions(&mut self, sessions: &[Session], slots: &[Slot], shares: &[Share]) -> sqlx::Result<()> {
        for some in sessions.chunks(PIECE) {
            write_rows!(
                self,
                "insert into session (id, centre_id, day, vaccine, doses, min_age, max_age, opens, closes, lanes, issue_from, issue_until) ",
                some,
                |row| [
                    row.id,
                    row.centre_id,
                    row.day,
                    row.vaccine,
                    row.doses,
                    row.min_age,
                    row.max_age,
                    row.opens,
                    row.closes,
                    row.lanes,
                    row.issue_from,
                    row.issue_until,
                ],
                ""
            )?;
        }
        for some in slots.chunks(PIECE) {
            write_rows!(
                self,
                "insert into slot (id, session_id, centre_id, day, call, starts, minutes, capacity) ",
                some,
                |row| [row.id, row.session_id, row.centre_id, row.day, row.call, row.starts, row.minutes, row.capacity],
                ""
            )?;
        }
        for some in shares.chunks(PIECE) {
            write_rows!(self, "insert into share (slot_id, owner, capacity) ", some, |row| [row.slot_id, row.owner, row.capacity], "")?;
        }
        Ok(())
    }

    /// Takes a session away that has no slots any more.
    pub async fn remove_session(&mut self, session: SessionId) -> sqlx::Result<()> {
        on!(self, conn => sqlx::query("delete from session where id = $1").bind(session).execute(conn).await.map(drop))
    }

    /// Takes sessions away with their slots, in which no serial was ever given out, and what an outage added to their windows.
    pub async fn remove_sessions(&mut self, sessions: &[SessionId]) -> sqlx::Result<()> {
        for some in sessions.chunks(PIECE) {
            on!(self, conn, Sql => {
                let mut shares = Sql::new("delete from share where slot_id in (select id from slot where serials = 0 and session_id");
                shares.push_in(some).push(")").build().execute(&mut *conn).await?;
                let mut slots = Sql::new("delete from slot where serials = 0 and session_id");
                slots.push_in(some).build().execute(&mut *conn).await?;
                Sql::new("delete from window_extension where session_id").push_in(some).build().execute(&mut *conn).await?;
                Sql::new("delete from session where id").push_in(some).build().execute(conn).await?;
            });
        }
        Ok(())
    }

    /// Slots from a day on, in order of time.
    pub async fn slots_from(&mut self, day: Day) -> sqlx::Result<Vec<Slot>> {
        let sql =
            "select id, session_id, centre_id, day, call, starts, minutes, capacity, taken from slot where day >= $1 order by starts, id";
        on!(self, conn => sqlx::query_as(sql).bind(day).fetch_all(conn).await)
    }

    /// Shares of all slots from a day on.
    pub async fn shares_from(&mut self, day: Day) -> sqlx::Result<Vec<Share>> {
        let sql = "select slot_id, owner, share.capacity, share.taken from share join slot on slot.id = slot_id where day >= $1 order by slot_id, owner";
        on!(self, conn => sqlx::query_as(sql).bind(day).fetch_all(conn).await)
    }

    /// How often each share of these slots is taken.
    pub async fn shares_of(&mut self, slots: &[SlotId]) -> sqlx::Result<Vec<Share>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(SHARE);
            sql.push("where slot_id").push_in(slots).push(" order by slot_id, owner");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Locks slots for booking, in ascending order, then their shares.
    ///
    /// What the slots offer, and whose their places are, is read by later statements: one that had waited for a lock would still
    /// see the session as it was before, such as not stopped, or without a share that was added.
    pub async fn lock_slots(&mut self, slots: &[SlotId]) -> sqlx::Result<(Vec<BookingSlot>, Vec<Share>)> {
        if let Tx::Postgres(tx) = self {
            let sql = "select 1 from slot where id = any($1) order by id for no key update";
            sqlx::query(sql).bind(slots).execute(&mut **tx).await?;
        }
        let shares = on!(self, conn, Sql => {
            let mut sql = Sql::new(SHARE);
            sql.push("where slot_id").push_in(slots).push(" order by slot_id, owner").push(Sql::FOR_UPDATE);
            sql.build_query_as().fetch_all(conn).await?
        });
        Ok((self.booking_slots(slots).await?, shares))
    }

    /// The slots with these ids, with what they offer.
    pub async fn booking_slots(&mut self, slots: &[SlotId]) -> sqlx::Result<Vec<BookingSlot>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(BOOKING);
            sql.push("where slot.id").push_in(slots).push(" order by slot.id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Slots of a centre that have not ended, with what they offer, soonest first.
    pub async fn upcoming_slots(&mut self, centre: CentreId, now: Moment) -> sqlx::Result<Vec<BookingSlot>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(BOOKING);
            sql.push("where slot.centre_id = ").push_bind(centre).push(" and slot.day >= ").push_bind(now.day().plus(-1));
            sql.push(" and slot.starts + slot.minutes * 60 > ").push_bind(now);
            // Whoever stands at the centre today is served today.
            sql.push(" and not session.stopped and (slot.day = ").push_bind(now.day()).push(" or ").push(NO_HOLIDAY);
            sql.push(") order by slot.starts, slot.id limit 100");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Slots of a zone's centres that begin after a moment, up to a day, and have room.
    pub async fn slots_with_room(&mut self, zone: ZoneId, after: Moment, until: Day) -> sqlx::Result<Vec<BookingSlot>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(BOOKING);
            sql.push("where centre.zone_id = ").push_bind(zone).push(" and slot.day >= ").push_bind(after.day());
            sql.push(" and slot.day <= ").push_bind(until).push(" and slot.starts > ").push_bind(after);
            sql.push(" and slot.taken < slot.capacity and not session.stopped and ").push(NO_HOLIDAY).push(" order by slot.id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Slots out of which one of the owners may give a place now, soonest first.
    pub async fn slots_for(
        &mut self,
        owners: &[Owner],
        place: (ZoneId, CentreId, DistrictId),
        now: Moment,
    ) -> sqlx::Result<Vec<BookingSlot>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(BOOKING);
            sql.push("where slot.day >= ").push_bind(now.day().plus(-1)).push(" and slot.day <= ").push_bind(now.day().plus(14));
            sql.push(" and slot.starts + slot.minutes * 60 > ").push_bind(now);
            sql.push(" and slot.starts < ").push_bind(now + 14 * 86_400);
            sql.push(" and not session.stopped and ").push(NO_HOLIDAY).push(" and exists (select 1 from share where share.slot_id = slot.id and share.taken < share.capacity and owner");
            sql.push_in(owners);
            // A zone's own share counts at any centre, the open share only within the place.
            sql.push(" and (owner like 'zone:%' or (");
            for (column, id) in [("centre.zone_id", place.0.0), ("centre.id", place.1.0), ("zone.district_id", place.2.0)] {
                if id > 0 {
                    sql.push(column).push(" = ").push_bind(id).push(" and ");
                }
            }
            sql.push("1 = 1))) order by slot.starts, slot.id limit 3000");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Takes places, or gives them back, only where that keeps within the capacity. False: somewhere it would not.
    pub async fn claim_slots(&mut self, claims: &[Claim]) -> sqlx::Result<bool> {
        let mut writes = self.writes();
        writes.claim_slots(claims);
        self.write_together(writes).await
    }

    /// The same for the shares that the places come from.
    pub async fn claim_shares(&mut self, claims: &[(SlotId, Owner, i64)]) -> sqlx::Result<bool> {
        let mut writes = self.writes();
        writes.claim_shares(claims);
        self.write_together(writes).await
    }

    /// Passes over the serials of coming slots that may have been given out without this database knowing.
    pub async fn skip_serials(&mut self, from: Day) -> sqlx::Result<()> {
        let sql = "update slot set serials = serials + 2 * capacity + 100 where day >= $1 and serials + 2 * capacity + 100 <= 65535";
        on!(self, conn => sqlx::query(sql).bind(from).execute(conn).await.map(drop))
    }

    /// Makes or changes a session.
    pub async fn put_session(&mut self, row: &Session) -> sqlx::Result<()> {
        let sql = "insert into session (id, centre_id, day, vaccine, doses, min_age, max_age, opens, closes, lanes, issue_from, issue_until) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (id) do update set doses = excluded.doses, \
                   min_age = excluded.min_age, max_age = excluded.max_age, opens = excluded.opens, closes = excluded.closes, \
                   issue_from = excluded.issue_from, issue_until = excluded.issue_until";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.centre_id).bind(row.day).bind(row.vaccine).bind(row.doses);
            let query = query.bind(row.min_age).bind(row.max_age).bind(row.opens).bind(row.closes).bind(row.lanes);
            query.bind(row.issue_from).bind(row.issue_until).execute(conn).await.map(drop)
        })
    }

    /// Sets from when until when zone offices may issue for a session.
    pub async fn set_window(&mut self, id: SessionId, from: Moment, until: Moment) -> sqlx::Result<()> {
        let sql = "update session set issue_from = $1, issue_until = $2 where id = $3";
        on!(self, conn => sqlx::query(sql).bind(from).bind(until).bind(id).execute(conn).await.map(drop))
    }

    /// Makes a slot, or changes its length and capacity.
    pub async fn put_slot(&mut self, row: &Slot) -> sqlx::Result<()> {
        let sql = "insert into slot (id, session_id, centre_id, day, call, starts, minutes, capacity) values ($1, $2, $3, $4, $5, $6, $7, $8) \
                   on conflict (id) do update set minutes = excluded.minutes, capacity = excluded.capacity";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.session_id).bind(row.centre_id).bind(row.day).bind(row.call);
            query.bind(row.starts).bind(row.minutes).bind(row.capacity).execute(conn).await.map(drop)
        })
    }

    /// Sets how many places of a slot an owner has.
    pub async fn put_share(&mut self, row: &Share) -> sqlx::Result<()> {
        let sql = "insert into share (slot_id, owner, capacity) values ($1, $2, $3) \
                   on conflict (slot_id, owner) do update set capacity = excluded.capacity";
        on!(self, conn => sqlx::query(sql).bind(row.slot_id).bind(row.owner).bind(row.capacity).execute(conn).await.map(drop))
    }

    /// Removes a slot that no token was ever issued for. False: some token was.
    pub async fn remove_slot(&mut self, slot: SlotId) -> sqlx::Result<bool> {
        let shares = "delete from share where slot_id = $1 and not exists (select 1 from token where token.slot_id = share.slot_id)";
        on!(self, conn => sqlx::query(shares).bind(slot).execute(conn).await.map(drop)?);
        let sql = "delete from slot where id = $1 and serials = 0 and not exists (select 1 from share where slot_id = slot.id)";
        on!(self, conn => Ok(sqlx::query(sql).bind(slot).execute(conn).await?.rows_affected() == 1))
    }

    /// Whether a session is stopped.
    pub async fn is_stopped(&mut self, session: SessionId) -> sqlx::Result<bool> {
        let sql = "select stopped from session where id = $1";
        on!(self, conn => sqlx::query_scalar(sql).bind(session).fetch_one(conn).await)
    }

    /// Stops a session, or lets it go on. False: it stands so already. Its slots are locked first: whoever is issuing there is done
    /// before, and whoever comes after sees it.
    pub async fn set_stopped(&mut self, session: SessionId, stopped: bool) -> sqlx::Result<bool> {
        if let Tx::Postgres(tx) = self {
            let sql = "select 1 from slot where session_id = $1 order by id for no key update";
            sqlx::query(sql).bind(session).execute(&mut **tx).await?;
        }
        let sql = "update session set stopped = $2 where id = $1 and stopped <> $2";
        on!(self, conn => Ok(sqlx::query(sql).bind(session).bind(stopped).execute(conn).await?.rows_affected() > 0))
    }
}

impl Writes {
    /// Takes places, or gives them back, all of which must keep within the capacity.
    pub fn claim_slots(&mut self, claims: &[Claim]) {
        push_rows!(
            self,
            "with claim (id, places, serials) as (",
            claims,
            |claim| [claim.slot, claim.places, claim.serials],
            ") update slot set taken = taken + claim.places, serials = slot.serials + claim.serials from claim \
             where slot.id = claim.id and taken + claim.places between 0 and capacity"
        );
        self.must_write(claims.len());
    }

    /// The same for the shares that the places come from.
    pub fn claim_shares(&mut self, claims: &[(SlotId, Owner, i64)]) {
        push_rows!(
            self,
            "with claim (slot_id, owner, places) as (",
            claims,
            |claim| [claim.0, claim.1, claim.2],
            ") update share set taken = taken + claim.places from claim \
             where share.slot_id = claim.slot_id and share.owner = claim.owner and taken + claim.places between 0 and capacity"
        );
        self.must_write(claims.len());
    }
}
