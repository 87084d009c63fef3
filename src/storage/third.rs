//! The third language of a district: its texts, and what the hall's display says in it.

use sqlx::FromRow;

use super::{Tx, on};
use crate::domain::clip::Sound;
use crate::domain::tongue::{Code, Direction, Key, OnSlip};
use crate::ids::DistrictId;

/// A district's third language.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct ThirdLanguage {
    pub district_id: DistrictId,
    pub code: Code,
    pub name: String,
    pub direction: Direction,
    pub on_slip: OnSlip,
}

/// A text in it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct ThirdText {
    pub district_id: DistrictId,
    pub key: Key,
    pub text: String,
    pub registered: String,
}

/// A recorded word.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Clip {
    pub kind: Sound,
    pub sound: Vec<u8>,
}

impl Tx {
    /// The third languages of all districts.
    pub async fn third_languages(&mut self) -> sqlx::Result<Vec<ThirdLanguage>> {
        let sql = "select district_id, code, name, direction, on_slip from third_language order by district_id";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// All their texts.
    pub async fn third_texts(&mut self) -> sqlx::Result<Vec<ThirdText>> {
        let sql = "select district_id, key, text, registered from third_text";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// Which words are recorded, and with which upload they came.
    pub async fn third_clips(&mut self) -> sqlx::Result<Vec<(DistrictId, String, i64)>> {
        let sql = "select district_id, word, version from third_clip";
        on!(self, conn => sqlx::query_as(sql).fetch_all(conn).await)
    }

    /// A recorded word.
    pub async fn third_clip(&mut self, district: DistrictId, word: &str) -> sqlx::Result<Option<Clip>> {
        let sql = "select kind, sound from third_clip where district_id = $1 and word = $2";
        on!(self, conn => sqlx::query_as(sql).bind(district).bind(word).fetch_optional(conn).await)
    }

    /// Gives a district a third language, or changes how it is shown.
    pub async fn set_third_language(&mut self, row: &ThirdLanguage) -> sqlx::Result<()> {
        let sql = "insert into third_language (district_id, code, name, direction, on_slip) values ($1, $2, $3, $4, $5) \
                   on conflict (district_id) do update set code = $2, name = $3, direction = $4, on_slip = $5";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.district_id).bind(row.code).bind(&row.name);
            query.bind(row.direction).bind(row.on_slip).execute(conn).await.map(drop)
        })
    }

    /// Takes a district's third language away, with everything in it.
    pub async fn remove_third_language(&mut self, district: DistrictId) -> sqlx::Result<()> {
        on!(self, conn => {
            for table in ["delete from third_clip where district_id = $1", "delete from third_text where district_id = $1",
                "delete from third_language where district_id = $1"] {
                sqlx::query(table).bind(district).execute(&mut *conn).await?;
            }
            Ok(())
        })
    }

    /// Stores a text; an empty one is taken away.
    pub async fn set_third_text(&mut self, row: &ThirdText) -> sqlx::Result<()> {
        let away = "delete from third_text where district_id = $1 and key = $2";
        let put = "insert into third_text (district_id, key, text, registered) values ($1, $2, $3, $4) \
                   on conflict (district_id, key) do update set text = $3, registered = $4";
        on!(self, conn => {
            if row.text.is_empty() {
                return sqlx::query(away).bind(row.district_id).bind(row.key).execute(conn).await.map(drop);
            }
            let query = sqlx::query(put).bind(row.district_id).bind(row.key).bind(&row.text).bind(&row.registered);
            query.execute(conn).await.map(drop)
        })
    }

    /// Stores a recorded word.
    pub async fn set_third_clip(&mut self, district: DistrictId, word: &str, clip: &Clip, version: i64) -> sqlx::Result<()> {
        let sql = "insert into third_clip (district_id, word, kind, sound, version) values ($1, $2, $3, $4, $5) \
                   on conflict (district_id, word) do update set kind = $3, sound = $4, version = $5";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(district).bind(word).bind(clip.kind).bind(&clip.sound).bind(version);
            query.execute(conn).await.map(drop)
        })
    }

    /// Takes all recorded words of a district away.
    pub async fn remove_third_clips(&mut self, district: DistrictId) -> sqlx::Result<()> {
        let sql = "delete from third_clip where district_id = $1";
        on!(self, conn => sqlx::query(sql).bind(district).execute(conn).await.map(drop))
    }
}
