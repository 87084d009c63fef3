//! Alarms about doses that run out of time, and who has seen them.

use sqlx::FromRow;

use super::rows::PushIn;
use super::{Tx, on};
use crate::domain::moment::Moment;
use crate::domain::place::Scope;
use crate::ids::{AlarmId, CentreId};

/// A spell in which a centre had doses with little time left.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct DeadlineAlarm {
    pub id: AlarmId,
    pub centre_id: CentreId,
    pub raised_at: Moment,
    /// The most that there were.
    pub doses: i64,
    pub over_at: Option<Moment>,
}

/// Who has seen an alarm, and when first.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Told {
    pub alarm_id: AlarmId,
    pub who: String,
    pub at: Moment,
}

impl Tx {
    /// The alarms of a part of the field that are open, or were over after a moment; the latest first.
    pub async fn deadline_alarms(&mut self, scope: Scope, since: Moment) -> sqlx::Result<Vec<DeadlineAlarm>> {
        let (zone, centre, district) = scope.columns();
        let sql = "select deadline_alarm.id, centre_id, raised_at, doses, over_at from deadline_alarm \
                   join centre on centre.id = centre_id join zone on zone.id = centre.zone_id \
                   where (over_at is null or over_at >= $4) and $1 in (0, centre.zone_id) and $2 in (0, centre.id) \
                   and $3 in (0, zone.district_id) order by deadline_alarm.id desc";
        on!(self, conn => sqlx::query_as(sql).bind(zone).bind(centre).bind(district).bind(since).fetch_all(conn).await)
    }

    /// Adds one. False: one of the centre is open.
    pub async fn add_deadline_alarm(&mut self, row: &DeadlineAlarm) -> sqlx::Result<bool> {
        let sql = "insert into deadline_alarm (id, centre_id, raised_at, doses) values ($1, $2, $3, $4) \
                   on conflict (centre_id) where over_at is null do nothing";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.centre_id).bind(row.raised_at).bind(row.doses);
            Ok(query.execute(conn).await?.rows_affected() == 1)
        })
    }

    /// Notes that there are more doses than before, or none any more.
    pub async fn set_deadline_alarm(&mut self, id: AlarmId, doses: i64, over_at: Option<Moment>) -> sqlx::Result<()> {
        let sql = "update deadline_alarm set doses = $2, over_at = $3 where id = $1 and over_at is null";
        on!(self, conn => sqlx::query(sql).bind(id).bind(doses).bind(over_at).execute(conn).await.map(drop))
    }

    /// Who has seen these alarms, in order.
    pub async fn told_of(&mut self, alarms: &[AlarmId]) -> sqlx::Result<Vec<Told>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select alarm_id, who, at from deadline_told where alarm_id");
            sql.push_in(alarms).push(" order by at, who");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Notes that somebody has seen one.
    pub async fn add_told(&mut self, alarm: AlarmId, who: &str, at: Moment) -> sqlx::Result<()> {
        let sql = "insert into deadline_told (alarm_id, who, at) values ($1, $2, $3) on conflict (alarm_id, who) do nothing";
        on!(self, conn => sqlx::query(sql).bind(alarm).bind(who).bind(at).execute(conn).await.map(drop))
    }
}
