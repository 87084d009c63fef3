//! Days on which a district, or every district, does not vaccinate.

use sqlx::FromRow;

use super::{Tx, on};
use crate::domain::moment::Day;
use crate::i18n::Lang;
use crate::ids::{DistrictId, HolidayId};

/// A holiday.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Holiday {
    pub id: HolidayId,
    pub day: Day,
    /// Absent: in every district.
    pub district_id: Option<DistrictId>,
    pub name_en: String,
    pub name_hi: String,
}

impl Holiday {
    /// What it is called in a language.
    pub fn name(&self, lang: Lang) -> &str {
        lang.pick(&self.name_en, &self.name_hi)
    }

    /// Whether a district keeps it.
    pub fn is_in(&self, district: DistrictId) -> bool {
        self.district_id.is_none_or(|own| own == district)
    }
}

impl Tx {
    /// Whoever sets, copies or closes days waits for the other, so that nothing is copied onto a holiday that is being set.
    pub async fn lock_days_off(&mut self) -> sqlx::Result<()> {
        self.take_numbers("holiday", 0).await.map(drop)
    }

    /// Holidays from a day on, soonest first; on the same day a district's own before everybody's.
    pub async fn holidays_from(&mut self, day: Day) -> sqlx::Result<Vec<Holiday>> {
        let sql = "select id, day, district_id, name_en, name_hi from holiday where day >= $1 order by day, coalesce(district_id, 0) desc";
        on!(self, conn => sqlx::query_as(sql).bind(day).fetch_all(conn).await)
    }

    /// Makes a holiday, or names it anew.
    pub async fn put_holiday(&mut self, row: &Holiday) -> sqlx::Result<()> {
        let sql = "insert into holiday (id, day, district_id, name_en, name_hi) values ($1, $2, $3, $4, $5) \
                   on conflict (id) do update set name_en = excluded.name_en, name_hi = excluded.name_hi";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.day).bind(row.district_id);
            query.bind(&row.name_en).bind(&row.name_hi).execute(conn).await.map(drop)
        })
    }

    /// Takes a holiday away. False: it is gone already.
    pub async fn remove_holiday(&mut self, id: HolidayId) -> sqlx::Result<bool> {
        let sql = "delete from holiday where id = $1";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).execute(conn).await?.rows_affected() == 1))
    }
}
