//! Who has taken on what is to be settled, and how much of it is open.

use std::collections::HashMap;

use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};
use uuid::Uuid;

use super::rows::{PushIn, PushWithin};
use super::{Tx, on};
use crate::domain::charge::{Charge, Matter, Thing};
use crate::domain::moment::Moment;
use crate::domain::place::Scope;

/// Whose things a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    /// Everybody's.
    All,
    /// Those that nobody has taken on.
    Nobodys,
    /// Those that this one has taken on, as the journal names them.
    Of(&'a str),
}

/// How many things are open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct Open {
    /// In all.
    pub all: i64,
    /// Those that nobody has taken on.
    pub nobodys: i64,
}

/// From when on it counts that nobody knows of a message: sent before the first and never reported, kept here and worth telling after
/// the second.
pub type Untold = (Moment, Moment);

impl Matter {
    /// By which columns a row of its list is known: the id, where it has one, and the number.
    fn columns(self) -> (Option<&'static str>, &'static str) {
        match self {
            Self::Conflict => (Some("conflict.scan_id"), "0"),
            Self::DeskTask => (Some("desk_task.id"), "0"),
            Self::Objection => (None, "objection.number"),
            Self::Message => (Some("message.id"), "0"),
            Self::Upload => (Some("upload.dose_id"), "0"),
            Self::Difference => (Some("finding.beneficiary_id"), "finding.dose"),
            Self::Alarm => (None, "alarm.id"),
        }
    }

    /// What is open of it: each part through an index that holds nothing else.
    fn open(self) -> &'static str {
        match self {
            Self::Conflict => {
                "from conflict join centre on centre.id = conflict.centre_id join zone on zone.id = centre.zone_id \
                 where conflict.settled_at is null"
            }
            Self::DeskTask => {
                "from desk_task join desk on desk.id = desk_task.desk_id join zone on zone.id = desk.zone_id where desk_task.settled_at is null"
            }
            Self::Objection => {
                "from objection join centre on centre.id = objection.centre_id join zone on zone.id = centre.zone_id \
                 where objection.answered_at is null"
            }
            Self::Message => "from message join centre on centre.id = message.centre_id join zone on zone.id = centre.zone_id where 1 = 1",
            Self::Upload => {
                "from upload join dose on dose.id = upload.dose_id join centre on centre.id = dose.centre_id \
                 join zone on zone.id = centre.zone_id where upload.state = 'refused'"
            }
            Self::Difference => {
                "from portal_finding finding join dose on dose.id = (select own.id from dose own join upload on upload.dose_id = own.id \
                 where own.beneficiary_id = finding.beneficiary_id and own.withdrawn_at is null order by own.number desc limit 1) \
                 join centre on centre.id = dose.centre_id join zone on zone.id = centre.zone_id where 1 = 1"
            }
            Self::Alarm => "from alarm where alarm.settled_at is null",
        }
    }
}

/// Limits a list of things that are to be settled.
pub(super) trait PushWhose {
    /// Appends the condition.
    fn push_whose(&mut self, matter: Matter, whose: Whose) -> &mut Self;
    /// Appends which charge belongs to the row.
    fn push_its_charge(&mut self, matter: Matter) -> &mut Self;
}

impl<D: Database> PushWhose for QueryBuilder<D>
where
    for<'q> Uuid: Encode<'q, D> + Type<D>,
    for<'q> String: Encode<'q, D> + Type<D>,
{
    fn push_whose(&mut self, matter: Matter, whose: Whose) -> &mut Self {
        match whose {
            Whose::All => return self,
            Whose::Nobodys => self.push(" and not exists (select 1 from charge where "),
            Whose::Of(name) => {
                self.push(" and exists (select 1 from charge where charge.by_whom = ").push_bind(name.to_owned()).push(" and ")
            }
        };
        self.push_its_charge(matter).push(")")
    }

    fn push_its_charge(&mut self, matter: Matter) -> &mut Self {
        let (id, number) = matter.columns();
        self.push("charge.kind = '").push(matter).push("' and charge.number = ").push(number).push(" and charge.id = ");
        match id {
            Some(id) => self.push(id),
            None => self.push_bind(Uuid::nil()),
        }
    }
}

/// Limits a query to messages of whom nobody knows that they were told.
pub(super) trait PushUntold {
    /// Appends the condition.
    fn push_untold(&mut self, untold: Untold) -> &mut Self;
}

impl<D: Database> PushUntold for QueryBuilder<D>
where
    for<'q> Moment: Encode<'q, D> + Type<D>,
{
    fn push_untold(&mut self, (before, now): Untold) -> &mut Self {
        self.push(
            " and message.id in (select lost.id from message lost where lost.told_at is null and lost.state in ('failed', 'expired', 'no_phone') \
             union all select sent.id from message sent where sent.told_at is null and sent.state = 'sent' and sent.sent_at < ",
        );
        self.push_bind(before).push(
            " union all select kept.id from message kept where kept.told_at is null and kept.state = 'outbox' and kept.expires_at > ",
        );
        self.push_bind(now).push(")")
    }
}

impl Tx {
    /// How many things of a kind are open within a scope.
    pub async fn count_open(&mut self, matter: Matter, scope: Scope, untold: Untold) -> sqlx::Result<Open> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select count(*) as \"all\", cast(coalesce(sum(case when taken is null then 1 else 0 end), 0) as bigint) \
                as nobodys from (select (select 1 from charge where ");
            sql.push_its_charge(matter).push(") as taken ").push(matter.open());
            if matter == Matter::Message { sql.push_untold(untold); }
            match (matter, scope) {
                (_, Scope::State) => {}
                (Matter::Alarm, Scope::District(district)) => { sql.push(" and alarm.district_id = ").push_bind(district); }
                (Matter::DeskTask, Scope::Zone(zone)) => { sql.push(" and zone.id = ").push_bind(zone); }
                // Zones and centres have no alarms, and centres have no desks.
                (Matter::Alarm, _) | (Matter::DeskTask, Scope::Centre(_)) => { sql.push(" and 1 = 0"); }
                _ => { sql.push_within(scope); }
            }
            sql.push(") as open_ones").build_query_as().fetch_one(conn).await
        })
    }

    /// Who has taken on some of these.
    pub async fn charges(&mut self, matter: Matter, things: &[Thing]) -> sqlx::Result<HashMap<Thing, Charge>> {
        let mut found = HashMap::new();
        for some in things.chunks(500) {
            let (ids, numbers): (Vec<_>, Vec<_>) = some.iter().map(|thing| (thing.id, thing.number)).unzip();
            let rows: Vec<(Uuid, i64, String, Moment, Option<String>)> = on!(self, conn, Sql => {
                let mut sql = Sql::new("select id, number, by_whom, at, taken_from from charge where kind = ");
                sql.push_bind(matter).push(" and id").push_in(&ids).push(" and number").push_in(&numbers);
                sql.build_query_as().fetch_all(conn).await?
            });
            found.extend(
                rows.into_iter().map(|(id, number, by_whom, at, taken_from)| (Thing { id, number }, Charge { by_whom, at, taken_from })),
            );
        }
        Ok(found)
    }

    /// Gives something that is nobody's to somebody. False: somebody was faster.
    pub async fn take_on(&mut self, matter: Matter, thing: Thing, by: &str, now: Moment) -> sqlx::Result<bool> {
        let sql =
            "insert into charge (kind, id, number, by_whom, at) values ($1, $2, $3, $4, $5) on conflict (kind, id, number) do nothing";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(matter).bind(thing.id).bind(thing.number).bind(by).bind(now);
            Ok(query.execute(conn).await?.rows_affected() == 1)
        })
    }

    /// Gives something that is somebody's to somebody else. False: it is no longer theirs.
    pub async fn take_over(&mut self, matter: Matter, thing: Thing, from: &str, by: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update charge set by_whom = $5, at = $6, taken_from = $4 where kind = $1 and id = $2 and number = $3 and by_whom = $4";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(matter).bind(thing.id).bind(thing.number).bind(from).bind(by).bind(now);
            Ok(query.execute(conn).await?.rows_affected() == 1)
        })
    }

    /// Something is nobody's again. False: it was no longer theirs.
    pub async fn give_charge_back(&mut self, matter: Matter, thing: Thing, by: &str) -> sqlx::Result<bool> {
        let sql = "delete from charge where kind = $1 and id = $2 and number = $3 and by_whom = $4";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(matter).bind(thing.id).bind(thing.number).bind(by);
            Ok(query.execute(conn).await?.rows_affected() == 1)
        })
    }
}
