//! The practice centre's database: a file of its own beside the real one, or a schema of its own on the same cluster. What it
//! held when it was filled is kept in tables beside it, so that everybody can begin afresh.

use sqlx::AssertSqlSafe;

use super::{Db, OpenError, Tx, on};

/// The file's name, beside the real one's.
const FILE: &str = "practice.sqlite";

/// What stands before the name of a table that holds how things were at first.
const FIRST: &str = "first_";

/// What stands before the name of a table that is there while somebody begins afresh.
const KEPT: &str = "kept_";

/// What never begins afresh: keys and numbers, so that printed codes stay good.
const LASTING: [&str; 3] = ["counter", "secret", "signing_key"];

/// Who is there stays there: phones and log-ins of people and centres that there were from the first.
const PRESENT: [(&str, &str, &str, &str); 2] =
    [("login", "secret_hash", "account_id", "first_account"), ("gate", "id", "centre_id", "first_centre")];

impl Db {
    /// Opens the practice database that belongs to this one, making it when it is not there.
    pub async fn open_practice(&self) -> Result<Self, OpenError> {
        match self {
            Self::Sqlite { read, .. } => Self::open_file(&read.connect_options().get_filename().with_file_name(FILE)).await,
            Self::Postgres { read, write } => {
                sqlx::query("create schema if not exists practice").execute(write).await?;
                Self::connect((*read.connect_options()).clone().options([("search_path", "practice")])).await
            }
        }
    }

    /// Whether there is a practice database.
    pub async fn has_practice(&self) -> sqlx::Result<bool> {
        match self {
            Self::Sqlite { read, .. } => Ok(read.connect_options().get_filename().with_file_name(FILE).exists()),
            Self::Postgres { read, .. } => {
                sqlx::query_scalar("select exists (select 1 from pg_namespace where nspname = 'practice')").fetch_one(read).await
            }
        }
    }
}

impl Tx {
    /// Held until the commit: only one process of a cluster makes or fills the practice database at a time.
    pub async fn lock_practice(&mut self) -> sqlx::Result<()> {
        if let Self::Postgres(tx) = self {
            sqlx::query("select pg_advisory_xact_lock(7112107)").execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// The signing key that is made next is the one that says practice.
    pub async fn expect_practice_key(&mut self) -> sqlx::Result<()> {
        let sql = "insert into counter (name, value) values ('signing_key', -1) on conflict (name) do nothing";
        on!(self, conn => sqlx::query(sql).execute(conn).await.map(drop))
    }

    /// Everything as it is now is how it will be when somebody begins afresh.
    pub async fn keep_as_first(&mut self) -> sqlx::Result<()> {
        for table in self.changing_tables().await? {
            self.run(format!("drop table if exists {FIRST}{table}")).await?;
            self.run(format!("create table {FIRST}{table} as select * from {table}")).await?;
        }
        Ok(())
    }

    /// Takes away whatever was made, also by a filling that did not come to its end.
    pub async fn clear(&mut self) -> sqlx::Result<()> {
        for table in self.changing_tables().await?.iter().rev() {
            self.run(format!("delete from {table}")).await?;
        }
        Ok(())
    }

    /// Puts everything back as it was at first. The gates hear of every token again.
    pub async fn begin_afresh(&mut self) -> sqlx::Result<()> {
        let tables = self.changing_tables().await?;
        for (table, _, of, first) in PRESENT {
            self.run(format!("create table {KEPT}{table} as select * from {table} where {of} in (select id from {first})")).await?;
        }
        self.run("create table kept_centre as select id, changed from centre".into()).await?;
        self.clear().await?;
        for table in tables {
            // A column that is newer than the copy has its default.
            if let Some(columns) = self.columns_of(&format!("{FIRST}{table}")).await? {
                self.run(format!("insert into {table} ({columns}) select {columns} from {FIRST}{table}")).await?;
            }
        }
        for (table, key, ..) in PRESENT {
            self.run(format!("insert into {table} select * from {KEPT}{table} where {key} not in (select {key} from {table})")).await?;
            self.run(format!("drop table {KEPT}{table}")).await?;
        }
        self.run(
            "update centre set changed = coalesce((select kept_centre.changed from kept_centre where kept_centre.id = centre.id), changed)"
                .into(),
        )
        .await?;
        self.run("drop table kept_centre".into()).await?;
        self.run("delete from change".into()).await?;
        self.run(
            "insert into change (centre_id, changed, number) select token.centre_id, \
             centre.changed + row_number() over (partition by token.centre_id order by number), number \
             from token join centre on centre.id = token.centre_id"
                .into(),
        )
        .await?;
        self.run(
            "update centre set changed = coalesce((select max(change.changed) from change where centre_id = centre.id), changed)".into(),
        )
        .await
    }

    /// Tables that begin afresh, in the order in which they were made: what is pointed at comes first.
    async fn changing_tables(&mut self) -> sqlx::Result<Vec<String>> {
        let all: Vec<String> = match self {
            Self::Sqlite(tx) => {
                let sql = "select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by rowid";
                sqlx::query_scalar(sql).fetch_all(&mut **tx).await?
            }
            Self::Postgres(tx) => {
                let sql =
                    "select relname::text from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace order by oid";
                sqlx::query_scalar(sql).fetch_all(&mut **tx).await?
            }
        };
        let ours = |name: &str| [FIRST, KEPT, "_"].iter().any(|prefix| name.starts_with(prefix)) || LASTING.contains(&name);
        Ok(all.into_iter().filter(|name| !ours(name)).collect())
    }

    /// The columns of a table, with commas; nothing: there is no such table.
    async fn columns_of(&mut self, table: &str) -> sqlx::Result<Option<String>> {
        let names: Vec<String> = match self {
            Self::Sqlite(tx) => sqlx::query_scalar("select name from pragma_table_info($1)").bind(table).fetch_all(&mut **tx).await?,
            Self::Postgres(tx) => {
                let sql = "select column_name::text from information_schema.columns \
                           where table_schema = current_schema() and table_name = $1 order by ordinal_position";
                sqlx::query_scalar(sql).bind(table).fetch_all(&mut **tx).await?
            }
        };
        Ok((!names.is_empty()).then(|| names.join(", ")))
    }

    async fn run(&mut self, sql: String) -> sqlx::Result<()> {
        on!(self, conn => sqlx::query(AssertSqlSafe(sql)).execute(conn).await.map(drop))
    }
}
