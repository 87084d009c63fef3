//! Who did what. A command's row also holds its answer, so that every retry is harmless.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Tx, on, push_list};
use crate::domain::moment::Moment;

/// One act.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Entry {
    pub id: Uuid,
    pub at: Moment,
    pub actor: String,
    pub act: String,
    pub subject: Option<String>,
    pub body_hash: Option<Vec<u8>>,
    pub answer: Option<String>,
}

impl Tx {
    /// The entries with these ids.
    pub async fn entries(&mut self, ids: &[Uuid]) -> sqlx::Result<Vec<Entry>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new("select id, at, actor, act, subject, body_hash, answer from journal where id in ");
            push_list!(sql, ids.iter().copied());
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds entries. False: one of the ids came in meanwhile, and nothing here may be committed.
    pub async fn add_entries(&mut self, entries: &[Entry]) -> sqlx::Result<bool> {
        let added = on!(self, conn, Sql => {
            let mut sql = Sql::new("insert into journal (id, at, actor, act, subject, body_hash, answer) ");
            sql.push_values(entries, |mut row, entry| {
                row.push_bind(entry.id).push_bind(entry.at).push_bind(&entry.actor).push_bind(&entry.act).push_bind(&entry.subject);
                row.push_bind(&entry.body_hash).push_bind(&entry.answer);
            });
            sql.push(" on conflict (id) do nothing");
            sql.build().execute(conn).await?.rows_affected()
        });
        Ok(added == entries.len() as u64)
    }
}
