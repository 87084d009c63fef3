//! What was set up when and by whom: each file, form or copy with the rows it changed, so that it can be undone.

use sqlx::FromRow;

use super::rows::write_rows;
use super::{Tx, on};
use crate::domain::moment::Moment;
use crate::ids::{DistrictId, ImportId};

/// One taking-in.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Import {
    pub id: ImportId,
    pub at: Moment,
    pub by_whom: String,
    /// Whose officer may see it; absent: the state's only.
    pub district_id: Option<DistrictId>,
    pub kind: String,
    /// The file's name, or the word for a form, a copy, an undo.
    pub source: String,
    pub added: i64,
    pub changed: i64,
    pub removed: i64,
    pub undone_at: Option<Moment>,
    pub undone_by: Option<String>,
}

/// One row of it: what it was before and after, as JSON. Absent: it was not there.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct ImportRow {
    pub position: i64,
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// How many rows one statement writes.
const PIECE: usize = 500;

const IMPORT: &str = "select id, at, by_whom, district_id, kind, source, added, changed, removed, undone_at, undone_by from import ";

impl Tx {
    /// Writes down a taking-in with its rows.
    pub async fn add_import(&mut self, row: &Import, rows: &[ImportRow]) -> sqlx::Result<()> {
        let sql = "insert into import (id, at, by_whom, district_id, kind, source, added, changed, removed) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(row.id).bind(row.at).bind(&row.by_whom).bind(row.district_id).bind(&row.kind);
            query.bind(&row.source).bind(row.added).bind(row.changed).bind(row.removed).execute(conn).await.map(drop)?;
        });
        for some in rows.chunks(PIECE) {
            write_rows!(
                self,
                "insert into import_row (import_id, position, name, before, after) ",
                some,
                |one| [row.id, one.position, &one.name, one.before.as_deref(), one.after.as_deref()],
                ""
            )?;
        }
        Ok(())
    }

    /// The last ones before an id, newest first, of a district or of all.
    pub async fn imports(&mut self, district: Option<DistrictId>, before: ImportId, most: i64) -> sqlx::Result<Vec<Import>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(IMPORT);
            sql.push("where id < ").push_bind(before);
            if let Some(district) = district {
                sql.push(" and district_id = ").push_bind(district);
            }
            sql.push(" order by id desc limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// One of them.
    pub async fn import(&mut self, id: ImportId) -> sqlx::Result<Option<Import>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(IMPORT);
            sql.push("where id = ").push_bind(id);
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// The one of a kind that came from something that is named only once.
    pub async fn import_from(&mut self, kind: &str, source: &str) -> sqlx::Result<Option<Import>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(IMPORT);
            sql.push("where kind = ").push_bind(kind.to_owned()).push(" and source = ").push_bind(source).push(" order by id limit 1");
            sql.build_query_as().fetch_optional(conn).await
        })
    }

    /// Its rows, in the order in which they were taken in.
    pub async fn import_rows(&mut self, id: ImportId, most: i64) -> sqlx::Result<Vec<ImportRow>> {
        let sql = "select position, name, before, after from import_row where import_id = $1 order by position limit $2";
        on!(self, conn => sqlx::query_as(sql).bind(id).bind(most).fetch_all(conn).await)
    }

    /// Marks it as undone. False: it was already.
    pub async fn set_undone(&mut self, id: ImportId, by: &str, at: Moment) -> sqlx::Result<bool> {
        let sql = "update import set undone_at = $2, undone_by = $3 where id = $1 and undone_at is null";
        on!(self, conn => Ok(sqlx::query(sql).bind(id).bind(at).bind(by).execute(conn).await?.rows_affected() == 1))
    }
}
