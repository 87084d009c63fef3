//! Who did what. A command's row also holds its answer, so that every retry is harmless.

use sqlx::FromRow;
use uuid::Uuid;

use super::rows::{PushIn, write_rows};
use super::{Tx, on};
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
            let mut sql = Sql::new("select id, at, actor, act, subject, body_hash, answer from journal where id");
            sql.push_in(ids);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds entries. False: one of the ids came in meanwhile, and nothing here may be committed.
    pub async fn add_entries(&mut self, entries: &[Entry]) -> sqlx::Result<bool> {
        let into = "insert into journal (id, at, actor, act, subject, body_hash, answer) ";
        let added = write_rows!(
            self,
            into,
            entries,
            |entry| [
                entry.id,
                entry.at,
                &entry.actor,
                &entry.act,
                entry.subject.as_deref(),
                entry.body_hash.as_deref(),
                entry.answer.as_deref(),
            ],
            " on conflict (id) do nothing"
        )?;
        Ok(added == entries.len() as u64)
    }
}
