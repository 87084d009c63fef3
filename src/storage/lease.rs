//! Places lent out of a slot: to desks that issue without a link, and to printed forms.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::{Dialect, PushIn, write_rows};
use super::{Tx, on};
use crate::domain::admission::Signature;
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::place::Owner;
use crate::domain::token::Claims;
use crate::ids::{CentreId, DeskId, PackId, SlotId};
use crate::words::words;

words! {
    /// What became of a lent place.
    LeaseState {
        /// Counts as taken; nobody has it yet.
        Held = "held",
        /// A token stands for it.
        Used = "used",
        /// Given back unused: the place is free, the serial is gone.
        Returned = "returned",
        /// Its holder was declared lost: the place is free, and a token may still turn up.
        Lost = "lost",
    }
}

/// One lent place: everything that a token needs but its person and its signature.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Leased {
    pub number: TokenNumber,
    pub desk_id: Option<DeskId>,
    pub pack_id: Option<PackId>,
    pub slot_id: SlotId,
    pub owner: Owner,
    pub serial: i64,
    pub link: String,
    pub secret_code: String,
    pub lent_at: Moment,
    pub state: LeaseState,
    pub record_id: Option<Uuid>,
}

/// Serials of a slot that a desk's key may sign, both ends counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct LeasedSerial {
    pub kid: i64,
    pub slot_id: SlotId,
    pub serial: i64,
}

/// A lent place, as far as a signature over it goes.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Lent {
    pub number: TokenNumber,
    pub kid: i64,
    pub slot_id: SlotId,
    pub serial: i64,
    pub state: LeaseState,
    pub revoked: bool,
}

impl Lent {
    /// What a good signature by a key over these claims is worth.
    pub fn says(&self, kid: i64, claims: &Claims) -> Signature {
        let same = self.kid == kid && self.slot_id == claims.slot && self.serial == claims.serial && claims.revision == 1;
        match (same, self.revoked) {
            (false, _) => Signature::Bad,
            (true, false) if self.state != LeaseState::Returned => Signature::Good,
            (true, _) => Signature::Unproved,
        }
    }
}

const LEASED: &str = "select number, desk_id, pack_id, slot_id, owner, serial, link, secret_code, lent_at, state, record_id from leased ";

impl Tx {
    /// Writes lent places down. Their slots' and shares' counts are claimed beside this.
    pub async fn add_leased(&mut self, places: &[Leased]) -> sqlx::Result<()> {
        let into = "insert into leased (number, desk_id, pack_id, slot_id, owner, serial, link, secret_code, lent_at, state) ";
        write_rows!(
            self,
            into,
            places,
            |row| [
                row.number,
                row.desk_id,
                row.pack_id,
                row.slot_id,
                row.owner,
                row.serial,
                &row.link,
                &row.secret_code,
                row.lent_at,
                row.state,
            ],
            ""
        )
        .map(drop)
    }

    /// The lent places with these numbers, locked for change. Their slots are locked before them.
    pub async fn lock_leased(&mut self, numbers: &[TokenNumber]) -> sqlx::Result<Vec<Leased>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(LEASED);
            sql.push("where number").push_in(numbers).push(" order by number").push(Sql::FOR_UPDATE);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The lent places with these numbers.
    pub async fn leased(&mut self, numbers: &[TokenNumber]) -> sqlx::Result<Vec<Leased>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(LEASED);
            sql.push("where number").push_in(numbers).push(" order by number");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// What desks' keys may sign of these numbers.
    pub async fn lent(&mut self, numbers: &[TokenNumber]) -> sqlx::Result<Vec<Lent>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select number, kid, slot_id, serial, state, revoked_at is not null as revoked \
                from leased join desk on desk.id = leased.desk_id where kid is not null and number");
            sql.push_in(numbers);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// What a desk holds, in calling order.
    pub async fn leased_to(&mut self, desk: DeskId) -> sqlx::Result<Vec<Leased>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(LEASED);
            sql.push("where desk_id = ").push_bind(desk).push(" and state = 'held' order by slot_id, serial");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// How many places of these slots any desk holds.
    pub async fn held_by_desks(&mut self, slots: &[SlotId]) -> sqlx::Result<Vec<(SlotId, i64)>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select slot_id, count(*) from leased where state = 'held' and desk_id is not null and slot_id");
            sql.push_in(slots).push(" group by slot_id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The serials of a centre's slots on some days that each desk's key may sign: all that it ever got, less what it gave back.
    pub async fn signable(&mut self, centre: CentreId, from: Day, until: Day) -> sqlx::Result<Vec<LeasedSerial>> {
        let sql = "select desk.kid, leased.slot_id, leased.serial from slot join leased on leased.slot_id = slot.id \
                   join desk on desk.id = leased.desk_id \
                   where slot.centre_id = $1 and slot.day >= $2 and slot.day < $3 and leased.state <> 'returned' and desk.kid is not null \
                   order by desk.kid, leased.slot_id, leased.serial";
        on!(self, conn => sqlx::query_as(sql).bind(centre).bind(from).bind(until).fetch_all(conn).await)
    }

    /// Ends the lease of places that are held; those that really were.
    pub async fn end_leases(&mut self, numbers: &[TokenNumber], state: LeaseState) -> sqlx::Result<Vec<Leased>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("update leased set state = ");
            sql.push_bind(state).push(" where state = 'held' and number").push_in(numbers);
            sql.push(" returning number, desk_id, pack_id, slot_id, owner, serial, link, secret_code, lent_at, state, record_id");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Notes that a record made a token of a lent place.
    pub async fn use_leased(&mut self, number: TokenNumber, record: Uuid, now: Moment) -> sqlx::Result<()> {
        let sql = "update leased set state = 'used', record_id = $2, used_at = $3 where number = $1";
        on!(self, conn => sqlx::query(sql).bind(number).bind(record).bind(now).execute(conn).await.map(drop))
    }
}
