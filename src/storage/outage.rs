//! When no server was alive, and the issue windows that were extended for it.

use sqlx::FromRow;

use super::{Tx, on};
use crate::domain::moment::Moment;
use crate::domain::outage::Outage;
use crate::ids::{CentreId, OutageId, SessionId};

/// A session whose issue window was open in an outage.
#[derive(Debug, Clone, Copy, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct OpenWindow {
    pub id: SessionId,
    pub centre_id: CentreId,
    pub issue_from: Moment,
    pub issue_until: Moment,
    pub closes: Moment,
}

/// A window that was extended.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Extension {
    pub outage_id: OutageId,
    pub from_at: Moment,
    pub until_at: Moment,
    pub until_before: Moment,
    pub until_after: Moment,
    pub undone_at: Option<Moment>,
    pub undone_by: Option<String>,
}

impl Tx {
    /// When any server was last alive.
    pub async fn last_alive(&mut self) -> sqlx::Result<Option<Moment>> {
        on!(self, conn => sqlx::query_scalar("select at from alive where id = 1").fetch_optional(conn).await)
    }

    /// Notes that one is alive. False: another one has noted itself since `last` was read.
    pub async fn note_alive(&mut self, last: Option<Moment>, now: Moment) -> sqlx::Result<bool> {
        let sql = "insert into alive (id, at) values (1, $2) on conflict (id) do update set at = $2 where alive.at = $1";
        on!(self, conn => Ok(sqlx::query(sql).bind(last).bind(now).execute(conn).await?.rows_affected() == 1))
    }

    /// Notes an outage.
    pub async fn add_outage(&mut self, id: OutageId, outage: Outage) -> sqlx::Result<()> {
        let sql = "insert into outage (id, from_at, until_at) values ($1, $2, $3)";
        on!(self, conn => sqlx::query(sql).bind(id).bind(outage.from).bind(outage.until).execute(conn).await.map(drop))
    }

    /// Sessions that are not over and whose windows were open in an outage.
    pub async fn windows_in(&mut self, outage: Outage) -> sqlx::Result<Vec<OpenWindow>> {
        let sql = "select id, centre_id, issue_from, issue_until, closes from session where day >= $3 and issue_from < $2 \
                   and issue_until > $1 and closes > $2 order by id";
        on!(self, conn => sqlx::query_as(sql).bind(outage.from).bind(outage.until).bind(outage.from.day()).fetch_all(conn).await)
    }

    /// Extends a window for an outage.
    pub async fn extend_window(&mut self, outage: OutageId, window: &OpenWindow, until: Moment) -> sqlx::Result<()> {
        let sql = "insert into window_extension (outage_id, session_id, until_before, until_after) values ($1, $2, $3, $4)";
        on!(self, conn => sqlx::query(sql).bind(outage).bind(window.id).bind(window.issue_until).bind(until).execute(conn).await.map(drop)?);
        let sql = "update session set issue_until = $2 where id = $1";
        on!(self, conn => sqlx::query(sql).bind(window.id).bind(until).execute(conn).await.map(drop))
    }

    /// How a session's window was extended, the last first.
    pub async fn extensions_of(&mut self, session: SessionId) -> sqlx::Result<Vec<Extension>> {
        let sql = "select outage_id, from_at, until_at, until_before, until_after, undone_at, undone_by from window_extension \
                   join outage on outage.id = outage_id where session_id = $1 order by outage_id desc";
        on!(self, conn => sqlx::query_as(sql).bind(session).fetch_all(conn).await)
    }

    /// Takes an extension back, while the window ends as it made it end. False: it does not, or was taken back.
    pub async fn undo_extension(&mut self, outage: OutageId, session: SessionId, by: &str, now: Moment) -> sqlx::Result<bool> {
        let sql = "update session set issue_until = (select until_before from window_extension where outage_id = $1 and session_id = $2) \
                   where id = $2 and issue_until = (select until_after from window_extension where outage_id = $1 and session_id = $2 \
                   and undone_at is null)";
        let done = on!(self, conn => sqlx::query(sql).bind(outage).bind(session).execute(conn).await?.rows_affected() == 1);
        if done {
            let sql = "update window_extension set undone_at = $4, undone_by = $3 where outage_id = $1 and session_id = $2";
            on!(self, conn => sqlx::query(sql).bind(outage).bind(session).bind(by).bind(now).execute(conn).await.map(drop)?);
        }
        Ok(done)
    }
}
