//! Alarms about issuing, and the counts that raise them.

use sqlx::FromRow;

use super::charge::{PushWhose, Whose};
use super::rows::PushIn;
use super::{Tx, on};
use crate::domain::alarm::AlarmKind;
use crate::domain::charge::Matter;
use crate::domain::moment::Moment;
use crate::domain::number::TokenNumber;
use crate::domain::person::Mobile;
use crate::ids::{AlarmId, DistrictId};

/// An alarm.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Alarm {
    pub id: AlarmId,
    pub kind: AlarmKind,
    pub who: String,
    pub district_id: DistrictId,
    pub tokens: i64,
    pub first_at: Moment,
    pub last_at: Moment,
    pub found_at: Moment,
    pub settled_at: Option<Moment>,
    pub settled_by: Option<String>,
    pub note: Option<String>,
}

/// What one operator issued in a district since a moment.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Pace {
    pub issued_by: String,
    pub district_id: DistrictId,
    pub tokens: i64,
    pub outside: i64,
    pub first_at: Moment,
    pub last_at: Moment,
}

/// The tokens of a day under one mobile number in a district.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct UnderMobile {
    pub mobile: Mobile,
    pub district_id: DistrictId,
    pub tokens: i64,
    pub first_at: Moment,
    pub last_at: Moment,
}

const ALARM: &str =
    "select id, kind, who, district_id, tokens, first_at, last_at, found_at, settled_at, settled_by, note from alarm where ";

/// A token that its session's zone offices could not have issued then.
const OUTSIDE: &str = "(token.owner not in ('walk_in', 'dose_1', 'dose_2') and (token.issued_at < session.issue_from or token.issued_at >= session.issue_until))";

const PLACES: &str = "join slot on slot.id = token.slot_id join session on session.id = slot.session_id \
     join centre on centre.id = token.centre_id join zone on zone.id = centre.zone_id ";

impl Tx {
    /// What everybody issued since a moment, by operator and district; what the program itself did (`not_by`) is left out.
    pub async fn issuing_since(&mut self, since: Moment, not_by: &str) -> sqlx::Result<Vec<Pace>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select token.issued_by, zone.district_id, count(*) as tokens, cast(sum(case when ");
            sql.push(OUTSIDE).push(" then 1 else 0 end) as bigint) as outside, min(token.issued_at) as first_at, max(token.issued_at) as last_at from token ");
            sql.push(PLACES).push("where token.issued_at >= ").push_bind(since).push(" and token.issued_by <> ").push_bind(not_by);
            sql.push(" group by token.issued_by, zone.district_id order by token.issued_by");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// What desks issued without a link before a moment and brought since: by operator, district and hour of issuing.
    pub async fn late_issuing(&mut self, since: Moment) -> sqlx::Result<Vec<Pace>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select token.issued_by, zone.district_id, count(*) as tokens, cast(sum(case when ");
            sql.push(OUTSIDE).push(" then 1 else 0 end) as bigint) as outside, min(token.issued_at) as first_at, max(token.issued_at) as last_at \
                from leased join token on token.number = leased.number ").push(PLACES);
            sql.push("where leased.desk_id is not null and leased.used_at >= ").push_bind(since).push(" and token.issued_at < ").push_bind(since);
            sql.push(" group by token.issued_by, zone.district_id, token.issued_at / 3600 order by token.issued_by, first_at");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The mobile numbers under which tokens were issued, or came in from desks, since a moment.
    pub async fn mobiles_since(&mut self, since: Moment) -> sqlx::Result<Vec<Mobile>> {
        let sql = "select beneficiary.mobile from token join beneficiary on beneficiary.id = token.beneficiary_id \
                   where token.issued_at >= $1 and beneficiary.mobile is not null union \
                   select beneficiary.mobile from leased join token on token.number = leased.number \
                   join beneficiary on beneficiary.id = token.beneficiary_id where leased.used_at >= $1 and beneficiary.mobile is not null";
        on!(self, conn => sqlx::query_scalar(sql).bind(since).fetch_all(conn).await)
    }

    /// Those of these numbers under which more tokens were issued since a moment.
    pub async fn crowded_mobiles(&mut self, mobiles: &[Mobile], since: Moment, more_than: i64) -> sqlx::Result<Vec<UnderMobile>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select beneficiary.mobile, zone.district_id, count(*) as tokens, min(token.issued_at) as first_at, \
                max(token.issued_at) as last_at from beneficiary join token on token.beneficiary_id = beneficiary.id \
                join centre on centre.id = token.centre_id join zone on zone.id = centre.zone_id where beneficiary.mobile");
            sql.push_in(mobiles).push(" and token.issued_at >= ").push_bind(since);
            sql.push(" group by beneficiary.mobile, zone.district_id having count(*) > ").push_bind(more_than);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The tokens behind an alarm, in the order of their issue.
    pub async fn tokens_behind(&mut self, alarm: &Alarm, most: i64) -> sqlx::Result<Vec<TokenNumber>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select token.number from token ");
            sql.push(PLACES).push("join beneficiary on beneficiary.id = token.beneficiary_id where token.issued_at >= ").push_bind(alarm.first_at);
            sql.push(" and token.issued_at <= ").push_bind(alarm.last_at).push(" and zone.district_id = ").push_bind(alarm.district_id);
            sql.push(if alarm.kind == AlarmKind::Mobile { " and beneficiary.mobile = " } else { " and token.issued_by = " });
            sql.push_bind(alarm.who.as_str());
            if alarm.kind == AlarmKind::Window { sql.push(" and ").push(OUTSIDE); }
            sql.push(" order by token.issued_at, token.number limit ").push_bind(most);
            sql.build_query_scalar().fetch_all(conn).await
        })
    }

    /// The last alarm of a kind about somebody in a district.
    pub async fn last_alarm(&mut self, kind: AlarmKind, who: &str, district: DistrictId) -> sqlx::Result<Option<Alarm>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(ALARM);
            sql.push("kind = ").push_bind(kind).push(" and who = ").push_bind(who).push(" and district_id = ").push_bind(district);
            sql.push(" order by id desc limit 1");
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// Adds an alarm. False: one about the same is open.
    pub async fn add_alarm(&mut self, row: &Alarm) -> sqlx::Result<bool> {
        let sql = "insert into alarm (id, kind, who, district_id, tokens, first_at, last_at, found_at) values ($1, $2, $3, $4, $5, $6, $7, $8) \
                   on conflict (kind, who, district_id) where settled_at is null do nothing";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.kind).bind(&row.who).bind(row.district_id).bind(row.tokens);
            Ok(query.bind(row.first_at).bind(row.last_at).bind(row.found_at).execute(conn).await?.rows_affected() == 1)
        })
    }

    /// Notes that an open alarm has grown.
    pub async fn grow_alarm(&mut self, row: &Alarm) -> sqlx::Result<()> {
        let sql = "update alarm set tokens = $2, first_at = $3, last_at = $4 where id = $1 and settled_at is null";
        on!(self, conn => sqlx::query(sql).bind(row.id).bind(row.tokens).bind(row.first_at).bind(row.last_at).execute(conn).await.map(drop))
    }

    /// An alarm.
    pub async fn alarm(&mut self, id: AlarmId) -> sqlx::Result<Option<Alarm>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(ALARM);
            sql.push("id = ").push_bind(id);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// Open alarms, the latest first; of one district, or of all.
    pub async fn open_alarms(&mut self, district: Option<DistrictId>, whose: Whose<'_>, most: i64) -> sqlx::Result<Vec<Alarm>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(ALARM);
            sql.push("settled_at is null").push_whose(Matter::Alarm, whose);
            if let Some(district) = district { sql.push(" and district_id = ").push_bind(district); }
            sql.push(" order by id desc limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Alarms settled since a moment, likewise.
    pub async fn settled_alarms(&mut self, district: Option<DistrictId>, since: Moment, most: i64) -> sqlx::Result<Vec<Alarm>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(ALARM);
            sql.push("settled_at >= ").push_bind(since);
            if let Some(district) = district { sql.push(" and district_id = ").push_bind(district); }
            sql.push(" order by id desc limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Settles an alarm. False: it is settled.
    pub async fn settle_alarm(&mut self, id: AlarmId, by: &str, note: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update alarm set settled_at = $4, settled_by = $2, note = $3 where id = $1 and settled_at is null";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).bind(by).bind(note).bind(now).execute(conn).await?.rows_affected() == 1))
    }
}
