//! What a database that was brought back from a copy cannot know.

use sqlx::FromRow;

use super::{Tx, on};
use crate::domain::moment::Moment;
use crate::ids::SlotId;

/// Running numbers that may have been given out after a copy was made, both ends counted.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Forgotten {
    pub first_index: i64,
    pub last_index: i64,
    pub until: Moment,
}

impl Tx {
    /// Notes numbers that are passed over.
    pub async fn add_forgotten(&mut self, row: &Forgotten) -> sqlx::Result<()> {
        let sql = "insert into forgotten (first_index, last_index, until) values ($1, $2, $3)";
        on!(self, conn => sqlx::query(sql).bind(row.first_index).bind(row.last_index).bind(row.until).execute(conn).await.map(drop))
    }

    /// All that were ever passed over.
    pub async fn forgotten(&mut self) -> sqlx::Result<Vec<Forgotten>> {
        let sql = "select first_index, last_index, until from forgotten order by first_index";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// Whether anybody has this place of a slot, or this link.
    pub async fn is_given(&mut self, slot: SlotId, serial: i64, link: &str) -> sqlx::Result<bool> {
        let sql = "select exists (select 1 from leased where slot_id = $1 and serial = $2) or exists (select 1 from leased where link = $3) \
                   or exists (select 1 from token where slot_id = $1 and serial = $2) or exists (select 1 from token where link = $3)";
        on!(self, conn => sqlx::query_scalar(sql).bind(slot).bind(serial).bind(link).fetch_one(conn).await)
    }
}
