//! The hub's database: SQLite in the data folder, or PostgreSQL by URL. All SQL is in this folder. A function here is
//! one statement or one transaction; what it means is decided by the services that call it.

pub mod accounts;
pub mod certificates;
pub mod content;
pub mod entity;
pub mod fleet;
pub mod records;
pub mod rollouts;
pub mod secrets;
pub mod trust;

use std::{path::Path, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use self::entity::audit;

/// Migrations in order; each runs once, in a transaction. They expand first and contract a version later, because the
/// program before and the program after both have to run in between.
const MIGRATIONS: [(&str, &str); 4] = [
    ("0001", include_str!("db/0001.sql")),
    ("0002", include_str!("db/0002.sql")),
    ("0003", include_str!("db/0003.sql")),
    ("0004", include_str!("db/0004.sql")),
];

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    connection: DatabaseConnection,
}

impl Db {
    /// Opens the database and brings its tables up to date.
    pub async fn open(url: Option<&str>, data: &Path) -> Result<Self, DbErr> {
        let url = match url {
            Some(url) => url.to_owned(),
            None => format!("sqlite://{}?mode=rwc", data.join("hub.sqlite").display()),
        };
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(6)
            .acquire_timeout(Duration::from_secs(10))
            // Statements carry names and codes as parameters; none of that belongs in a log.
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|options| {
                options
                    .journal_mode(SqliteJournalMode::Wal)
                    // A record is acknowledged after its commit, so a commit has to survive a power cut.
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(10))
            });
        let db = Self { connection: Database::connect(options).await? };
        db.migrate().await?;
        Ok(db)
    }

    /// A transaction that is going to write. On SQLite it takes the write lock at once: one that begins by reading
    /// could not be upgraded while another writes, and would fail.
    pub async fn write(&self) -> Result<DatabaseTransaction, DbErr> {
        self.connection
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await
    }

    /// Notes who did what; names and ids only, never content.
    pub async fn audit(&self, now_ms: i64, actor: &str, action: &str, object: &str) -> Result<(), DbErr> {
        use sea_orm::{ActiveValue::Set, EntityTrait};
        audit::Entity::insert(audit::ActiveModel {
            id: Set(crate::new_id(now_ms)),
            at_ms: Set(now_ms),
            actor: Set(actor.to_owned()),
            action: Set(action.to_owned()),
            object: Set(object.to_owned()),
        })
        .exec_without_returning(&self.connection)
        .await?;
        Ok(())
    }

    /// The newest entries of the audit log, newest first.
    pub async fn audit_entries(&self, limit: u64) -> Result<Vec<audit::Model>, DbErr> {
        use sea_orm::{EntityTrait, QueryOrder, QuerySelect};
        audit::Entity::find().order_by_desc(audit::Column::Id).limit(limit).all(&self.connection).await
    }

    /// Closes the connections; what was committed stays.
    pub async fn close(self) -> Result<(), DbErr> {
        self.connection.close().await
    }

    async fn migrate(&self) -> Result<(), DbErr> {
        self.connection
            .execute_unprepared("CREATE TABLE IF NOT EXISTS migrations (version TEXT PRIMARY KEY)")
            .await?;
        for (version, sql) in MIGRATIONS {
            let transaction = self.write().await?;
            let backend = transaction.get_database_backend();
            let done = transaction
                .query_one_raw(Statement::from_string(
                    backend,
                    format!("SELECT version FROM migrations WHERE version = '{version}'"),
                ))
                .await?;
            if done.is_some() {
                continue;
            }
            // Comments may have semicolons; they are not part of what is split.
            let sql: String = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
            for statement in sql.split(';').filter(|statement| !statement.trim().is_empty()) {
                transaction.execute_unprepared(statement).await?;
            }
            transaction
                .execute_unprepared(&format!("INSERT INTO migrations (version) VALUES ('{version}')"))
                .await?;
            transaction.commit().await?;
        }
        Ok(())
    }
}
