//! The waiting list: who is on it, and what became of each.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::PushIn;
use super::{Tx, on};
use crate::domain::moment::{Day, Moment};
use crate::domain::number::TokenNumber;
use crate::domain::person::{Mobile, Name};
use crate::domain::place::{Owner, Scope};
use crate::domain::waiting::{Waiter, WaitingState, WhyRemoved};
use crate::ids::{BeneficiaryId, CentreId, SlotId, WaitingId, ZoneId};
use crate::storage::person::after_all;

/// Somebody on a list.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Waiting {
    pub id: WaitingId,
    pub beneficiary_id: BeneficiaryId,
    pub zone_id: ZoneId,
    pub centre_id: Option<CentreId>,
    pub standby: bool,
    pub not_before: Option<Day>,
    pub asked_at: Moment,
    pub asked_by: String,
    pub state: WaitingState,
    pub settled_at: Option<Moment>,
    pub settled_by: Option<String>,
    pub reason: Option<WhyRemoved>,
    pub number: Option<TokenNumber>,
    // Who it is.
    pub name: Name,
    pub birth_year: i64,
    pub mobile: Option<Mobile>,
}

impl Waiting {
    /// As far as the order goes.
    pub fn waiter(&self) -> Waiter {
        Waiter { id: self.id, centre: self.centre_id, standby: self.standby, not_before: self.not_before }
    }
}

/// Somebody who is to be put on a list.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct NewWaiting {
    pub id: WaitingId,
    pub beneficiary_id: BeneficiaryId,
    pub zone_id: ZoneId,
    pub centre_id: Option<CentreId>,
    pub standby: bool,
    pub not_before: Option<Day>,
    pub asked_at: Moment,
    pub asked_by: String,
}

/// Which entries a list shows.
#[derive(Debug, Clone, Default)]
pub struct WaitingFilter {
    /// Only those who take this centre.
    pub centre: Option<CentreId>,
    /// Only this one's entries.
    pub mobile: Option<Mobile>,
    /// Only those of this token's holder.
    pub holder_of: Option<TokenNumber>,
    /// Only names that begin with this key, and of this birth year.
    pub name: Option<(String, Option<i64>)>,
    /// Only those who are off the list since then, latest first; absent: those on it, in order.
    pub settled_since: Option<Moment>,
    /// Only those who come for one of these doses, as far as their record goes; none: whoever waits.
    pub doses: Vec<i64>,
    /// Only those who can come within the hour.
    pub standby: bool,
    /// Only those on the list who came after this one.
    pub after: Option<WaitingId>,
    /// At most so many.
    pub most: i64,
}

/// A place whose holder did not come and cannot enter any more.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Lapsed {
    pub number: TokenNumber,
    pub owner: Owner,
    pub slot_id: SlotId,
}

const WAITING: &str = "select waiting.id, waiting.beneficiary_id, waiting.zone_id, waiting.centre_id, waiting.standby, waiting.not_before, waiting.asked_at, waiting.asked_by, \
     waiting.state, waiting.settled_at, waiting.settled_by, waiting.reason, waiting.number, beneficiary.name, beneficiary.birth_year, \
     beneficiary.mobile from waiting join beneficiary on beneficiary.id = waiting.beneficiary_id ";

impl Tx {
    /// Puts somebody on a list. False: they are on one.
    pub async fn add_waiting(&mut self, row: &NewWaiting) -> sqlx::Result<bool> {
        let sql = "insert into waiting (id, beneficiary_id, zone_id, centre_id, standby, asked_at, asked_by, not_before, state) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting') on conflict (beneficiary_id) where state = 'waiting' do nothing";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.beneficiary_id).bind(row.zone_id).bind(row.centre_id);
            let query = query.bind(row.standby).bind(row.asked_at).bind(&row.asked_by).bind(row.not_before);
            Ok(query.execute(conn).await?.rows_affected() == 1)
        })
    }

    /// An entry.
    pub async fn waiting(&mut self, id: WaitingId) -> sqlx::Result<Option<Waiting>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(WAITING);
            sql.push("where waiting.id = ").push_bind(id);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// Somebody's entry on the list that they are on.
    pub async fn waiting_of(&mut self, person: BeneficiaryId) -> sqlx::Result<Option<Waiting>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(WAITING);
            sql.push("where waiting.state = 'waiting' and waiting.beneficiary_id = ").push_bind(person);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// How many on the same list are before an entry.
    pub async fn waiting_before(&mut self, zone: ZoneId, id: WaitingId) -> sqlx::Result<i64> {
        let sql = "select count(*) from waiting where state = 'waiting' and zone_id = $1 and id < $2";
        on!(self, conn => sqlx::query_scalar(sql).bind(zone).bind(id).fetch_one(conn).await)
    }

    /// Entries within a scope.
    pub async fn waiting_list(&mut self, scope: Scope, filter: &WaitingFilter) -> sqlx::Result<Vec<Waiting>> {
        let (zone, centre, district) = scope.columns();
        on!(self, conn, Sql => {
            let mut sql = Sql::new(WAITING);
            sql.push("join zone on zone.id = waiting.zone_id where waiting.state ");
            sql.push(if filter.settled_since.is_some() { "<> 'waiting'" } else { "= 'waiting'" });
            if zone.0 > 0 { sql.push(" and waiting.zone_id = ").push_bind(zone); }
            if district.0 > 0 { sql.push(" and zone.district_id = ").push_bind(district); }
            // Who takes any centre of the zone takes this one too.
            for centre in [Some(centre).filter(|centre| centre.0 > 0), filter.centre].into_iter().flatten() {
                sql.push(" and waiting.zone_id = (select zone_id from centre where id = ").push_bind(centre);
                sql.push(") and (waiting.centre_id is null or waiting.centre_id = ").push_bind(centre).push(")");
            }
            if let Some(after) = filter.after { sql.push(" and waiting.id > ").push_bind(after); }
            if !filter.doses.is_empty() {
                sql.push(" and (select coalesce(max(number), 0) + 1 from dose where dose.beneficiary_id = waiting.beneficiary_id and withdrawn_at is null)");
                sql.push_in(&filter.doses);
            }
            if filter.standby { sql.push(" and waiting.standby"); }
            if let Some(mobile) = &filter.mobile { sql.push(" and beneficiary.mobile = ").push_bind(mobile); }
            if let Some(number) = filter.holder_of {
                sql.push(" and waiting.beneficiary_id = (select holder.beneficiary_id from token as holder where holder.number = ");
                sql.push_bind(number).push(")");
            }
            if let Some((key, year)) = &filter.name {
                sql.push(" and beneficiary.name_key >= ").push_bind(key).push(" and beneficiary.name_key < ").push_bind(after_all(key));
                if let Some(year) = year { sql.push(" and beneficiary.birth_year = ").push_bind(*year); }
            }
            if let Some(since) = filter.settled_since {
                sql.push(" and waiting.settled_at >= ").push_bind(since).push(" order by waiting.settled_at desc, waiting.id desc");
            } else {
                sql.push(" order by waiting.id");
            }
            sql.push(" limit ").push_bind(filter.most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The zones on whose lists somebody is.
    pub async fn zones_waiting(&mut self) -> sqlx::Result<Vec<ZoneId>> {
        let sql = "select distinct zone_id from waiting where state = 'waiting' order by zone_id";
        on!(self, conn => sqlx::query_scalar(sql).fetch_all(conn).await)
    }

    /// Takes a zone's list under a lease. False: another process is at it.
    pub async fn lease_waiting(&mut self, zone: ZoneId, worker: Uuid, now: Moment, until: Moment) -> sqlx::Result<bool> {
        let sql = "insert into waiting_turn (zone_id, leased_by, leased_until) values ($1, $2, $4) on conflict (zone_id) do update \
                   set leased_by = $2, leased_until = $4 where waiting_turn.leased_until < $3 or waiting_turn.leased_by = $2";
        on!(self, conn => {
            Ok(sqlx::query(sql).bind(zone).bind(worker).bind(now).bind(until).execute(conn).await?.rows_affected() == 1)
        })
    }

    /// Ends the lease.
    pub async fn release_waiting(&mut self, zone: ZoneId, worker: Uuid) -> sqlx::Result<()> {
        let sql = "update waiting_turn set leased_until = 0 where zone_id = $1 and leased_by = $2";
        on!(self, conn => sqlx::query(sql).bind(zone).bind(worker).execute(conn).await.map(drop))
    }

    /// Those on a zone's list who have got a token since they came: the entry, the token, who issued it.
    pub async fn waiting_with_token(&mut self, zone: ZoneId) -> sqlx::Result<Vec<(WaitingId, TokenNumber, String)>> {
        let sql = "select waiting.id, token.number, token.issued_by from waiting join token on token.beneficiary_id = waiting.beneficiary_id \
                   where waiting.state = 'waiting' and waiting.zone_id = $1 and token.cancelled_at is null and token.issued_at >= waiting.asked_at \
                   order by waiting.id, token.issued_at";
        on!(self, conn => sqlx::query_as(sql).bind(zone).fetch_all(conn).await)
    }

    /// Notes what became of somebody. False: that is noted already.
    pub async fn settle_waiting(
        &mut self,
        id: WaitingId,
        state: WaitingState,
        number: Option<TokenNumber>,
        reason: Option<WhyRemoved>,
        (by, now): (&str, Moment),
    ) -> sqlx::Result<bool> {
        let sql =
            "update waiting set state = $2, number = $3, reason = $4, settled_by = $5, settled_at = $6 where id = $1 and state = 'waiting'";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(id).bind(state).bind(number).bind(reason).bind(by).bind(now);
            Ok(query.execute(conn).await?.rows_affected() == 1)
        })
    }

    /// Places of a zone's centres today whose holders did not come and cannot enter any more: their slot ended before. Each has not
    /// been given on, and the session has a slot after `from`: the place goes there.
    pub async fn lapsed_places(&mut self, zone: ZoneId, day: Day, ended_before: Moment, from: Moment) -> sqlx::Result<Vec<Lapsed>> {
        // A centre that is running late lets everybody in that much later.
        let sql = "select token.number, token.owner, (select later.id from slot as later where later.session_id = slot.session_id \
                   and later.starts >= $4 order by later.starts limit 1) as slot_id from token join slot on slot.id = token.slot_id \
                   join session on session.id = slot.session_id join centre on centre.id = slot.centre_id \
                   where centre.zone_id = $1 and slot.day = $2 and token.state = 'issued' and not session.stopped \
                   and slot.starts + slot.minutes * 60 + (case when centre.late_on = $2 then centre.running_late else 0 end) * 60 < $3 \
                   and exists (select 1 from slot as later where later.session_id = slot.session_id and later.starts >= $4) \
                   and not exists (select 1 from lapsed_place where lapsed_place.number = token.number) order by token.number limit 200";
        on!(self, conn => sqlx::query_as(sql).bind(zone).bind(day).bind(ended_before).bind(from).fetch_all(conn).await)
    }

    /// Notes that such a place was given on. False: that is noted already.
    pub async fn add_lapsed(&mut self, place: &Lapsed, now: Moment) -> sqlx::Result<bool> {
        let sql = "insert into lapsed_place (number, slot_id, at) values ($1, $2, $3) on conflict (number) do nothing";
        on!(self, conn => {
            Ok(sqlx::query(sql).bind(place.number).bind(place.slot_id).bind(now).execute(conn).await?.rows_affected() == 1)
        })
    }
}
