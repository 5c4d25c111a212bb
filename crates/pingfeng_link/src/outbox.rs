//! Records on disk until the hub has them: SQLite with a write-ahead log, synced at every commit.
//!
//! A record is deleted when the hub acknowledges it after its own commit, not when it is sent. What the hub refuses for
//! good is kept aside. The same file remembers which orders were carried out, how often the link was started, and what
//! the hub wants over the pages.

use std::fs;
use std::path::{Path, PathBuf};

use pingfeng_wire::{Record, Refusal, limits};
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

/// Records that wait for the hub. One more is refused: the screen then says that it could not save.
pub const OUTBOX_RECORDS_MAX: u64 = 100_000;
/// Refused records that are kept to be looked at; older ones are removed.
pub const REFUSED_MAX: u64 = 1_000;
/// Order ids that are remembered.
pub const ORDERS_MAX: u64 = 256;

/// Where a record stands in the order of things that happened.
pub type Seq = i64;

/// What the hub wants over the pages. It holds until the hub says otherwise, so a device that starts without a network
/// must know it still.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Over {
    /// A dark page.
    pub blank: bool,
    /// The envelope of a notice. It is checked each time before it is shown.
    pub notice: Option<String>,
}

/// The device's outbox.
#[derive(Debug)]
pub struct Outbox {
    db: Connection,
    waiting: u64,
    set_aside: Option<PathBuf>,
}

/// Why the outbox could not be opened. The screen must not offer check-in then.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or the file cannot be used.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// As the system says it.
        source: std::io::Error,
    },
    /// SQLite says no.
    #[error("outbox {}: {source}", .path.display())]
    Database {
        /// Which.
        path: PathBuf,
        /// As SQLite says it.
        source: rusqlite::Error,
    },
}

/// Why a record is not on disk.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// [`OUTBOX_RECORDS_MAX`] records wait already. The hub has been away for very long.
    #[error("the outbox holds {OUTBOX_RECORDS_MAX} records, its limit")]
    Full,
    /// The record is larger than the hub takes.
    #[error("the record has {0} bytes, more than {max}", max = limits::RECORD_BYTES_MAX)]
    TooLarge(usize),
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// SQLite says no.
    #[error("outbox: {0}")]
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for AppendError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Database(error),
        }
    }
}

impl Outbox {
    /// Opens the outbox, making it when it is not there. A file that is no database is set aside, never deleted:
    /// see [`Outbox::set_aside`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| OpenError::Io { path: folder.to_owned(), source })?;
        }
        let at = |source| OpenError::Database { path: path.to_owned(), source };
        match Self::open_database(path) {
            Ok(outbox) => Ok(outbox),
            Err(error)
                if matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)) =>
            {
                let aside = free_name(path);
                fs::rename(path, &aside).map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
                for suffix in ["-wal", "-shm"] {
                    let mut part = path.as_os_str().to_owned();
                    part.push(suffix);
                    let mut part_aside = aside.as_os_str().to_owned();
                    part_aside.push(suffix);
                    // Not there after a clean end.
                    let _ = fs::rename(part, part_aside);
                }
                Ok(Self { set_aside: Some(aside), ..Self::open_database(path).map_err(at)? })
            }
            Err(error) => Err(at(error)),
        }
    }

    fn open_database(path: &Path) -> rusqlite::Result<Self> {
        let db = Connection::open(path)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS record (
                 seq INTEGER PRIMARY KEY AUTOINCREMENT,
                 id TEXT NOT NULL UNIQUE,
                 json TEXT NOT NULL,
                 refused TEXT);
             CREATE TABLE IF NOT EXISTS handled_order (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE);
             CREATE TABLE IF NOT EXISTS start (only INTEGER PRIMARY KEY CHECK (only = 1), count INTEGER NOT NULL);
             CREATE TABLE IF NOT EXISTS over (
                 only INTEGER PRIMARY KEY CHECK (only = 1),
                 blank INTEGER NOT NULL,
                 notice TEXT);",
        )?;
        // Reads every page of the tables once, so that damage shows now and not in front of a visitor.
        let sound: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if sound != "ok" {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
                Some(sound),
            ));
        }
        let waiting =
            db.query_row("SELECT count(*) FROM record WHERE refused IS NULL", [], |row| row.get::<_, i64>(0))?;
        Ok(Self { db, waiting: u64::try_from(waiting).unwrap_or_default(), set_aside: None })
    }

    /// Where a damaged outbox was put when this one was opened. Its records may be lost: report it.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// Keeps a record. When this returns `Ok`, the record survives a power cut. The same id again is no error and
    /// keeps the first one.
    pub fn append(&mut self, record: &Record) -> Result<Seq, AppendError> {
        if let Some(seq) = self.seq_of(&record.id)? {
            return Ok(seq);
        }
        let json = serde_json::to_string(record)
            .map_err(|error| AppendError::Database(rusqlite::Error::ToSqlConversionFailure(error.into())))?;
        if json.len() > limits::RECORD_BYTES_MAX {
            return Err(AppendError::TooLarge(json.len()));
        }
        if self.waiting >= OUTBOX_RECORDS_MAX {
            return Err(AppendError::Full);
        }
        self.db.prepare_cached("INSERT INTO record (id, json) VALUES (?1, ?2)")?.execute(params![record.id, json])?;
        self.waiting += 1;
        Ok(self.db.last_insert_rowid())
    }

    fn seq_of(&self, id: &str) -> rusqlite::Result<Option<Seq>> {
        self.db.prepare_cached("SELECT seq FROM record WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()
    }

    /// The oldest waiting records with `after < seq <= up_to`, in the order they happened; as many as fit in a message.
    pub fn load(&self, after: Seq, up_to: Seq) -> rusqlite::Result<Vec<(Seq, Record)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT seq, json FROM record WHERE refused IS NULL AND seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3",
        )?;
        let mut rows = statement.query(params![after, up_to, limits::RECORDS_MAX as i64])?;
        let mut records = Vec::new();
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let seq: Seq = row.get(0)?;
            let json: String = row.get(1)?;
            bytes += json.len() + 1;
            // Half a packet leaves room for whatever is wrapped around it.
            if bytes > limits::PACKET_BYTES_MAX / 2 {
                break;
            }
            if let Ok(record) = serde_json::from_str(&json) {
                records.push((seq, record));
            }
        }
        Ok(records)
    }

    /// The newest record's place; 0 when there never was one.
    pub fn newest(&self) -> rusqlite::Result<Seq> {
        self.db.query_row("SELECT coalesce(max(seq), 0) FROM record", [], |row| row.get(0))
    }

    /// The hub has these: they leave the disk. Returns how many were still here.
    pub fn forget(&mut self, ids: &[String]) -> rusqlite::Result<usize> {
        let transaction = self.db.transaction()?;
        let mut forgotten = 0;
        {
            let mut statement = transaction.prepare_cached("DELETE FROM record WHERE id = ?1 AND refused IS NULL")?;
            for id in ids {
                forgotten += statement.execute([id])?;
            }
        }
        transaction.commit()?;
        self.waiting = self.waiting.saturating_sub(forgotten as u64);
        Ok(forgotten)
    }

    /// The hub will never take these: they are kept, and no longer sent. Returns those that were still waiting.
    pub fn refuse(&mut self, refusals: &[Refusal]) -> rusqlite::Result<Vec<Refusal>> {
        let transaction = self.db.transaction()?;
        let mut refused = Vec::new();
        {
            let mut statement =
                transaction.prepare_cached("UPDATE record SET refused = ?2 WHERE id = ?1 AND refused IS NULL")?;
            for refusal in refusals {
                if statement.execute(params![refusal.id, refusal.code])? > 0 {
                    refused.push(refusal.clone());
                }
            }
            transaction.execute(
                "DELETE FROM record WHERE refused IS NOT NULL AND seq NOT IN
                     (SELECT seq FROM record WHERE refused IS NOT NULL ORDER BY seq DESC LIMIT ?1)",
                [REFUSED_MAX as i64],
            )?;
        }
        transaction.commit()?;
        self.waiting = self.waiting.saturating_sub(refused.len() as u64);
        Ok(refused)
    }

    /// Records that wait for the hub.
    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Records that the hub has refused, with its reason, newest first.
    pub fn refused(&self) -> rusqlite::Result<Vec<Refusal>> {
        let mut statement =
            self.db.prepare_cached("SELECT id, refused FROM record WHERE refused IS NOT NULL ORDER BY seq DESC")?;
        let rows = statement.query_map([], |row| Ok(Refusal { id: row.get(0)?, code: row.get(1)? }))?;
        rows.collect()
    }

    /// Remembers an order before it is carried out, so that a restart does not carry it out again.
    pub fn remember_order(&mut self, id: &str) -> rusqlite::Result<()> {
        self.db.execute("INSERT OR IGNORE INTO handled_order (id) VALUES (?1)", [id])?;
        self.db.execute(
            "DELETE FROM handled_order WHERE seq <= (SELECT max(seq) FROM handled_order) - ?1",
            [ORDERS_MAX as i64],
        )?;
        Ok(())
    }

    /// The remembered orders, oldest first.
    pub fn orders(&self) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.db.prepare_cached("SELECT id FROM handled_order ORDER BY seq")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect()
    }

    /// Remembers what the hub wants over the pages.
    pub fn keep_over(&mut self, over: &Over) -> rusqlite::Result<()> {
        self.db.execute(
            "INSERT INTO over (only, blank, notice) VALUES (1, ?1, ?2)
             ON CONFLICT (only) DO UPDATE SET blank = excluded.blank, notice = excluded.notice",
            params![over.blank, over.notice],
        )?;
        Ok(())
    }

    /// What the hub wanted over the pages when it last spoke.
    pub fn over(&self) -> rusqlite::Result<Over> {
        let row = self
            .db
            .query_row("SELECT blank, notice FROM over", [], |row| Ok(Over { blank: row.get(0)?, notice: row.get(1)? }))
            .optional()?;
        Ok(row.unwrap_or_default())
    }

    /// Counts one more start of the link and returns how many there were. Revisions of reports are built on it, so
    /// that they rise whatever the clock does.
    pub fn count_start(&mut self) -> rusqlite::Result<u64> {
        // Not one statement with RETURNING: it hands out its row before it commits, and a commit that fails then says
        // so to nobody.
        let transaction = self.db.transaction()?;
        transaction.execute(
            "INSERT INTO start (only, count) VALUES (1, 1) ON CONFLICT (only) DO UPDATE SET count = count + 1",
            [],
        )?;
        let count: i64 = transaction.query_row("SELECT count FROM start", [], |row| row.get(0))?;
        transaction.commit()?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

/// `outbox.sqlite.damaged-1` and so on, the first that is free.
fn free_name(path: &Path) -> PathBuf {
    let mut number = 1_u32;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".damaged-{number}"));
        let name = PathBuf::from(name);
        if !name.exists() {
            return name;
        }
        number = number.saturating_add(1);
    }
}

#[cfg(test)]
mod tests;
