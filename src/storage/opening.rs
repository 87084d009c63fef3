//! What centres say of their morning, and of the vials that they received, gave back or lost. Rows are added and never changed.

use sqlx::FromRow;

use super::rows::write_rows;
use super::{Tx, on};
use crate::domain::campaign::Vaccine;
use crate::domain::closing::Span;
use crate::domain::moment::{Day, Moment};
use crate::domain::place::Scope;
use crate::ids::{CentreId, DistrictId};
use crate::words::words;

words! {
    /// What vials are counted for.
    Counted {
        /// They came in for the day.
        Received = "received",
        /// They went back unopened.
        Returned = "returned",
        /// They were lost before they were opened.
        Broken = "broken",
    }
}

/// What a centre said of its morning.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Opening {
    pub id: i64,
    pub centre_id: CentreId,
    pub day: Day,
    pub printer: Option<bool>,
    pub paper: Option<bool>,
    pub staff: Option<i64>,
    pub vaccinators: Option<i64>,
    pub note: String,
    pub said_at: Moment,
    pub said_by: String,
}

/// What somebody counted of a batch.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct VialCount {
    pub id: i64,
    pub centre_id: CentreId,
    pub day: Day,
    pub vaccine: Vaccine,
    pub batch: String,
    pub what: Counted,
    pub vials: i64,
    pub said_at: Moment,
    pub said_by: String,
}

/// A lane that a phone holds.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct HeldLane {
    pub centre_id: CentreId,
    pub lane: i64,
    pub ends_at: Moment,
}

const OPENING: &str = "id, centre_id, day, printer, paper, staff, vaccinators, note, said_at, said_by from opening ";

impl Tx {
    /// How many vaccinators a centre counted last, on whichever day.
    pub async fn vaccinators_at(&mut self, centre: CentreId) -> sqlx::Result<Option<i64>> {
        let sql = "select vaccinators from opening where centre_id = $1 and vaccinators is not null order by said_at desc, id desc limit 1";
        on!(self, conn => sqlx::query_scalar(sql).bind(centre).fetch_optional(conn).await)
    }

    /// What a centre said of a morning, the last word first.
    pub async fn openings_of(&mut self, centre: CentreId, day: Day) -> sqlx::Result<Vec<Opening>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select ");
            sql.push(OPENING).push("where day = ").push_bind(day).push(" and centre_id = ").push_bind(centre).push(" order by id desc");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// The last word of every centre on a morning.
    pub async fn openings_on(&mut self, day: Day) -> sqlx::Result<Vec<Opening>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select ");
            sql.push(OPENING).push("where id in (select max(id) from opening where day = ").push_bind(day).push(" group by centre_id)");
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds what a centre says of its morning.
    pub async fn add_opening(&mut self, row: &Opening) -> sqlx::Result<()> {
        let sql = "insert into opening (id, centre_id, day, printer, paper, staff, vaccinators, note, said_at, said_by) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.centre_id).bind(row.day).bind(row.printer).bind(row.paper).bind(row.staff);
            query.bind(row.vaccinators).bind(&row.note).bind(row.said_at).bind(&row.said_by).execute(conn).await.map(drop)
        })
    }

    /// The last counts of every batch, within a scope and some days; in the order in which batches were first counted.
    pub async fn vial_counts(&mut self, scope: Scope, span: Span) -> sqlx::Result<Vec<VialCount>> {
        let (zone, centre, district) = scope.columns();
        let sql = "select id, centre_id, day, vaccine, batch, what, vials, said_at, said_by from (select vial_count.id, centre_id, day, vaccine, \
                   batch, what, vials, said_at, said_by, row_number() over (partition by centre_id, day, vaccine, batch, what order by \
                   vial_count.id desc) as nth, min(vial_count.id) over (partition by centre_id, day, vaccine, batch) as first \
                   from vial_count join centre on centre.id = centre_id join zone on zone.id = zone_id where day >= $4 and day <= $5 \
                   and ($1 = 0 or zone_id = $1) and ($2 = 0 or centre_id = $2) and ($3 = 0 or district_id = $3)) as said \
                   where nth = 1 order by centre_id, day, first";
        on!(self, conn => {
            let query = sqlx::query_as(sql).bind(zone).bind(centre).bind(district).bind(span.from).bind(span.until);
            query.fetch_all(conn).await
        })
    }

    /// Adds counts.
    pub async fn add_vial_counts(&mut self, rows: &[VialCount]) -> sqlx::Result<()> {
        let into = "insert into vial_count (id, centre_id, day, vaccine, batch, what, vials, said_at, said_by) ";
        write_rows!(
            self,
            into,
            rows,
            |row| [row.id, row.centre_id, row.day, row.vaccine, &row.batch, row.what, row.vials, row.said_at, &row.said_by],
            ""
        )
        .map(drop)
    }

    /// The lanes that phones hold.
    pub async fn held_lanes(&mut self) -> sqlx::Result<Vec<HeldLane>> {
        let sql = "select centre_id, lane, ends_at from lane where gate_id is not null";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// By when centres must be ready, where a district has set it, in minutes after midnight.
    pub async fn opening_hours(&mut self) -> sqlx::Result<Vec<(DistrictId, i64)>> {
        let sql = "select district_id, minute from opening_hour";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// Sets it.
    pub async fn set_opening_hour(&mut self, district: DistrictId, minute: i64) -> sqlx::Result<()> {
        let sql = "insert into opening_hour (district_id, minute) values ($1, $2) on conflict (district_id) do update set minute = $2";
        on!(self, conn => sqlx::query(sql).bind(district).bind(minute).execute(conn).await.map(drop))
    }
}
