//! Seals over the journal, and the journal in the order in which it came in.

use futures_util::TryStreamExt;
use sqlx::FromRow;

use super::journal::Entry;
use super::{Tx, on};
use crate::domain::moment::Moment;
use crate::domain::seal::{Mark, chain, check_word};

/// A seal over a span of the journal.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Seal {
    pub number: i64,
    pub after_seq: i64,
    pub until_seq: i64,
    pub sealed_at: Moment,
    pub marks: Vec<u8>,
    pub hash: Vec<u8>,
    pub proof: Vec<u8>,
}

impl Seal {
    /// The hash that it must have after the seal before it.
    pub fn hash_after(&self, before: &[u8]) -> Vec<u8> {
        chain(before, self.number, (self.after_seq, self.until_seq), self.sealed_at, &self.marks)
    }

    /// The word by which a person knows it again.
    pub fn word(&self) -> String {
        check_word(&self.proof)
    }
}

/// An entry with its place in the journal.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct Numbered {
    pub seq: i64,
    #[sqlx(flatten)]
    pub entry: Entry,
}

impl Numbered {
    /// What a seal keeps of it.
    pub fn mark(&self) -> Mark {
        let Entry { id, at, actor, act, subject, district_id, body_hash, answer } = &self.entry;
        let district = district_id.map(|id| id.0.to_be_bytes());
        Mark::of(
            self.seq,
            &[
                Some(id.as_bytes()),
                Some(&at.0.to_be_bytes()),
                Some(actor.as_bytes()),
                Some(act.as_bytes()),
                subject.as_deref().map(str::as_bytes),
                district.as_ref().map(<[u8; 8]>::as_slice),
                body_hash.as_deref(),
                answer.as_deref().map(str::as_bytes),
            ],
        )
    }
}

/// Up to where the journal is, and who may still add before that.
#[derive(Debug, Clone)]
pub struct JournalEnd {
    /// The last running number that was given out.
    pub seq: i64,
    /// The transactions that were adding entries just then.
    pub adding: Vec<String>,
}

const SEAL: &str = "select number, after_seq, until_seq, sealed_at, marks, hash, proof from seal ";

/// Who is adding to the journal: the lock is taken before an entry gets its running number, and kept until the end of the transaction.
const ADDING: &str = "from pg_locks where relation = 'journal'::regclass and mode = 'RowExclusiveLock' and granted \
                      and database = (select oid from pg_database where datname = current_database())";

impl Tx {
    /// The last seal.
    pub async fn last_seal(&mut self) -> sqlx::Result<Option<Seal>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(SEAL);
            sql.push("order by number desc limit 1").build_query_as().fetch_optional(conn).await
        })
    }

    /// The seals after a number, in their order.
    pub async fn seals_after(&mut self, number: i64, most: i64) -> sqlx::Result<Vec<Seal>> {
        on!(self, conn, Sql => {
            let mut sql = Sql::new(SEAL);
            sql.push("where number > ").push_bind(number).push(" order by number limit ").push_bind(most);
            sql.build_query_as().fetch_all(conn).await
        })
    }

    /// Adds a seal. False: another process has sealed there meanwhile.
    pub async fn add_seal(&mut self, seal: &Seal) -> sqlx::Result<bool> {
        let sql = "insert into seal (number, after_seq, until_seq, sealed_at, marks, hash, proof) values ($1, $2, $3, $4, $5, $6, $7) \
                   on conflict do nothing";
        on!(self, conn => {
            let query = sqlx::query(sql).bind(seal.number).bind(seal.after_seq).bind(seal.until_seq).bind(seal.sealed_at);
            Ok(query.bind(&seal.marks).bind(&seal.hash).bind(&seal.proof).execute(conn).await?.rows_affected() == 1)
        })
    }

    /// Goes through the journal after one running number up to another, in their order, without holding it all.
    pub async fn walk_journal(&mut self, after: i64, until: i64, mut each: impl FnMut(Numbered)) -> sqlx::Result<()> {
        let sql = "select seq, id, at, actor, act, subject, district_id, body_hash, answer from journal \
                   where seq > $1 and seq <= $2 order by seq";
        on!(self, conn => {
            let mut rows = sqlx::query_as(sql).bind(after).bind(until).fetch(conn);
            while let Some(row) = rows.try_next().await? {
                each(row);
            }
            Ok(())
        })
    }

    /// How many entries came after a running number, and when the first of them did.
    pub async fn unsealed(&mut self, after: i64) -> sqlx::Result<(i64, Option<Moment>)> {
        let sql = "select count(*), min(at) from journal where seq > $1";
        on!(self, conn => sqlx::query_as(sql).bind(after).fetch_one(conn).await)
    }

    /// Up to where the journal is. A file has one writer: what it shows is final. On a cluster a smaller number may still be committed
    /// after a larger one, by one of those who are adding now.
    pub async fn journal_end(&mut self) -> sqlx::Result<JournalEnd> {
        match self {
            Self::Sqlite(tx) => {
                let seq = sqlx::query_scalar("select coalesce(max(seq), 0) from journal").fetch_one(&mut **tx).await?;
                Ok(JournalEnd { seq, adding: Vec::new() })
            }
            Self::Postgres(tx) => {
                // In this order: whoever got a number up to here and is not adding any more is committed or rolled back.
                let seq = "select case when is_called then last_value else 0 end from journal_seq_seq";
                let seq = sqlx::query_scalar(seq).fetch_one(&mut **tx).await?;
                let mut sql = sqlx::QueryBuilder::<sqlx::Postgres>::new("select virtualtransaction ");
                let adding = sql.push(ADDING).build_query_scalar().fetch_all(&mut **tx).await?;
                Ok(JournalEnd { seq, adding })
            }
        }
    }

    /// Whether one of them is still at it.
    pub async fn still_adding(&mut self, adding: &[String]) -> sqlx::Result<bool> {
        match self {
            Self::Sqlite(_) => Ok(false),
            Self::Postgres(tx) => {
                let mut sql = sqlx::QueryBuilder::<sqlx::Postgres>::new("select exists (select 1 ");
                sql.push(ADDING).push(" and virtualtransaction = any(").push_bind(adding).push("))");
                sql.build_query_scalar().fetch_one(&mut **tx).await
            }
        }
    }
}
