//! Districts, zones and centres: what changes a few times a month and is read all day.

use sqlx::FromRow;

use super::{Tx, on};
use crate::domain::moment::Day;
use crate::domain::place::CentrePlace;
use crate::i18n::Lang;
use crate::ids::{CentreId, DistrictId, ZoneId};
use crate::words::words;

words! {
    /// Who runs a centre.
    CentreKind {
        /// Free of charge.
        Government = "government",
        /// May ask a fee.
        Private = "private",
    }
}

/// A district.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct District {
    pub id: DistrictId,
    pub code: String,
    pub name_en: String,
    pub name_hi: String,
}

/// A zone office.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Zone {
    pub id: ZoneId,
    pub code: String,
    pub district_id: DistrictId,
    pub name_en: String,
    pub name_hi: String,
    pub address_en: String,
    pub address_hi: String,
    pub phone: String,
}

/// A vaccination centre, with the district its zone lies in.
#[derive(Debug, Clone, PartialEq, FromRow, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Centre {
    pub id: CentreId,
    pub code: String,
    pub zone_id: ZoneId,
    pub district_id: DistrictId,
    pub name_en: String,
    pub name_hi: String,
    pub address_en: String,
    pub address_hi: String,
    pub pin_code: String,
    pub kind: CentreKind,
    pub fee: i64,
    pub step_free: bool,
    pub gates: i64,
    pub lenient: bool,
    pub phone: String,
    pub supervisor_phone: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub running_late: i64,
    pub late_on: Option<Day>,
    pub phones_left: i64,
}

/// Gives a row its name and address in the reader's language.
macro_rules! bilingual {
    ($($row:ident $(($address:ident))?,)+) => {$(
        impl $row {
            /// The name in a language.
            pub fn name(&self, lang: Lang) -> &str {
                lang.pick(&self.name_en, &self.name_hi)
            }
            $(
                /// The address in a language.
                pub fn $address(&self, lang: Lang) -> &str {
                    lang.pick(&self.address_en, &self.address_hi)
                }
            )?
        }
    )+};
}

bilingual! { District, Zone (address), Centre (address), }

impl Centre {
    /// Where it lies.
    pub fn place(&self) -> CentrePlace {
        CentrePlace { centre_id: self.id, zone_id: self.zone_id, district_id: self.district_id }
    }

    /// By how many minutes it has said that it is late on a day.
    pub fn late(&self, day: Day) -> i64 {
        if self.late_on == Some(day) { self.running_late } else { 0 }
    }
}

const CENTRES: &str = "select centre.id, centre.code, centre.zone_id, zone.district_id, centre.name_en, centre.name_hi, centre.address_en, \
     centre.address_hi, pin_code, kind, fee, step_free, gates, lenient, centre.phone, supervisor_phone, lat, lon, running_late, late_on, \
     phones_left from centre join zone on zone.id = centre.zone_id order by centre.id";

impl Tx {
    /// All districts, by English name.
    pub async fn districts(&mut self) -> sqlx::Result<Vec<District>> {
        let sql = "select id, code, name_en, name_hi from district order by name_en";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// All zones, in the order they were made.
    pub async fn zones(&mut self) -> sqlx::Result<Vec<Zone>> {
        let sql = "select id, code, district_id, name_en, name_hi, address_en, address_hi, phone from zone order by id";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// All centres, in the order they were made.
    pub async fn centres(&mut self) -> sqlx::Result<Vec<Centre>> {
        on!(self, conn => sqlx::query_as(CENTRES).fetch_all(conn).await)
    }

    /// Makes or changes a district.
    pub async fn put_district(&mut self, row: &District) -> sqlx::Result<()> {
        let sql = "insert into district (id, code, name_en, name_hi) values ($1, $2, $3, $4) \
                   on conflict (id) do update set name_en = excluded.name_en, name_hi = excluded.name_hi";
        on!(self, conn => {
            sqlx::query(sql).bind(row.id).bind(&row.code).bind(&row.name_en).bind(&row.name_hi).execute(conn).await.map(drop)
        })
    }

    /// Takes a district away that nothing hangs on. False: something does.
    pub async fn remove_district(&mut self, id: DistrictId) -> sqlx::Result<bool> {
        let sql = "delete from district where id = $1 and not exists (select 1 from zone where district_id = $1) \
                   and not exists (select 1 from account where district_id = $1) and not exists (select 1 from api_key where district_id = $1) \
                   and not exists (select 1 from third_language where district_id = $1) \
                   and not exists (select 1 from holiday where district_id = $1)";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).execute(conn).await?.rows_affected() == 1))
    }

    /// Takes a zone away that nothing hangs on. False: something does.
    pub async fn remove_zone(&mut self, id: ZoneId) -> sqlx::Result<bool> {
        let sql = "delete from zone where id = $1 and not exists (select 1 from centre where zone_id = $1) \
                   and not exists (select 1 from account where zone_id = $1) and not exists (select 1 from api_key where zone_id = $1) \
                   and not exists (select 1 from share where owner = 'zone:' || zone.id)";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).execute(conn).await?.rows_affected() == 1))
    }

    /// Takes a centre away that nothing hangs on. False: something does.
    pub async fn remove_centre(&mut self, id: CentreId) -> sqlx::Result<bool> {
        let sql = "delete from centre where id = $1 and not exists (select 1 from session where centre_id = $1) \
                   and not exists (select 1 from gate where centre_id = $1) and not exists (select 1 from scan where centre_id = $1) \
                   and not exists (select 1 from account where centre_id = $1) and not exists (select 1 from api_key where centre_id = $1)";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).execute(conn).await?.rows_affected() == 1))
    }

    /// Makes or changes a zone.
    pub async fn put_zone(&mut self, row: &Zone) -> sqlx::Result<()> {
        let sql = "insert into zone (id, code, district_id, name_en, name_hi, address_en, address_hi, phone) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do update set district_id = excluded.district_id, \
                   name_en = excluded.name_en, name_hi = excluded.name_hi, address_en = excluded.address_en, \
                   address_hi = excluded.address_hi, phone = excluded.phone";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(&row.code).bind(row.district_id).bind(&row.name_en).bind(&row.name_hi);
            query.bind(&row.address_en).bind(&row.address_hi).bind(&row.phone).execute(conn).await.map(drop)
        })
    }

    /// Lets a centre's gates admit each other's lanes, or not.
    pub async fn set_lenient(&mut self, centre: CentreId, lenient: bool) -> sqlx::Result<()> {
        let sql = "update centre set lenient = $2 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(centre).bind(lenient).execute(conn).await.map(drop))
    }

    /// Says by how many minutes a centre is late, and on which day.
    pub async fn set_late(&mut self, centre: CentreId, minutes: i64, day: Option<Day>) -> sqlx::Result<()> {
        let sql = "update centre set running_late = $2, late_on = $3 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(centre).bind(minutes).bind(day).execute(conn).await.map(drop))
    }

    /// Makes or changes a centre.
    pub async fn put_centre(&mut self, row: &Centre) -> sqlx::Result<()> {
        let sql = "insert into centre (id, code, zone_id, name_en, name_hi, address_en, address_hi, pin_code, kind, fee, step_free, \
                   gates, phone, supervisor_phone, lat, lon) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
                   on conflict (id) do update set zone_id = excluded.zone_id, name_en = excluded.name_en, name_hi = excluded.name_hi, \
                   address_en = excluded.address_en, address_hi = excluded.address_hi, pin_code = excluded.pin_code, \
                   kind = excluded.kind, fee = excluded.fee, step_free = excluded.step_free, gates = excluded.gates, \
                   phone = excluded.phone, supervisor_phone = excluded.supervisor_phone, lat = excluded.lat, lon = excluded.lon";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(&row.code).bind(row.zone_id).bind(&row.name_en).bind(&row.name_hi);
            let query = query.bind(&row.address_en).bind(&row.address_hi).bind(&row.pin_code).bind(row.kind).bind(row.fee);
            let query = query.bind(row.step_free).bind(row.gates).bind(&row.phone).bind(&row.supervisor_phone);
            query.bind(row.lat).bind(row.lon).execute(conn).await.map(drop)
        })
    }
}
