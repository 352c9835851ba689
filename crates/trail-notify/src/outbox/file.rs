//! The outbox as a file: made or opened, brought up to date, locked.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::OutboxError;

/// The version that this program writes.
pub(super) const VERSION: i64 = UPGRADES.len() as i64;
/// What makes each version out of the one before; the first out of nothing.
const UPGRADES: [&str; 2] = [include_str!("1.sql"), include_str!("2.sql")];

pub(super) fn open(path: &Path) -> Result<Connection, OutboxError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    // It holds what people wrote into logs: nobody else's business.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| OutboxError::Io { path: path.display().to_string(), source })?;
    let broken = |source| OutboxError::Sqlite { path: path.display().to_string(), source };
    let mut connection = Connection::open(path).map_err(broken)?;
    let version = prepare(&mut connection).map_err(broken)?;
    of_this_version(path, version).map(|()| connection)
}

pub(super) fn open_read_only(path: &Path) -> Result<Connection, OutboxError> {
    // SQLite says only that it cannot open it; the system says why.
    File::open(path).map_err(|source| OutboxError::Io { path: path.display().to_string(), source })?;
    let read = || {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok((connection, version))
    };
    let (connection, version) =
        read().map_err(|source| OutboxError::Sqlite { path: path.display().to_string(), source })?;
    of_this_version(path, version).map(|()| connection)
}

fn of_this_version(path: &Path, version: i64) -> Result<(), OutboxError> {
    if version == VERSION { Ok(()) } else { Err(OutboxError::Version { path: path.display().to_string(), version }) }
}

fn prepare(connection: &mut Connection) -> Result<i64, rusqlite::Error> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // In WAL mode anything less may lose the last commits in a power cut, and a lost `sent` is a second mail.
    connection.pragma_update(None, "synchronous", "full")?;
    // An upgrade drops tables that others refer to, and puts new ones of their names in their place.
    connection.pragma_update(None, "foreign_keys", false)?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Some(upgrades) = usize::try_from(version).ok().and_then(|version| UPGRADES.get(version..)) else {
        return Ok(version);
    };
    for upgrade in upgrades {
        tx.execute_batch(upgrade)?;
    }
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(VERSION)
}

/// Only one process may deliver from a file. The lock goes with the process, however it ends.
pub(crate) fn lock(outbox: &Path, make: bool) -> Result<File, OutboxError> {
    let mut path = outbox.as_os_str().to_owned();
    path.push(".lock");
    let named = || outbox.display().to_string();
    let file = File::options().create(make).truncate(false).write(true).open(path);
    let file = file.map_err(|source| OutboxError::Io { path: named(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OutboxError::InUse { path: named() }),
        Err(std::fs::TryLockError::Error(source)) => Err(OutboxError::Io { path: named(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_is_brought_up_to_date() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outbox.sqlite");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(UPGRADES[0]).unwrap();
        old.execute_batch(
            "INSERT INTO notice VALUES ('n', 'routed', 5, NULL);
             INSERT INTO delivery (id, channel, group_key, severity, state, opened, next_try) VALUES ('d', 'c', 'g', 3, 'sent', 5, 6);
             INSERT INTO member VALUES ('n', 'c', 'd', 0);
             INSERT INTO attachment VALUES ('n', 0, 'a', 'b', x'00');
             PRAGMA user_version = 1;",
        )
        .unwrap();
        drop(old);
        assert!(matches!(open_read_only(&path), Err(OutboxError::Version { version: 1, .. })));
        let new = open(&path).unwrap();
        let all = "SELECT notice.fate || delivery.severity || delivery.gathers || attachment.name FROM member
                   JOIN notice ON notice.id = member.notice JOIN delivery ON delivery.id = member.delivery
                   JOIN attachment ON attachment.notice = notice.id";
        assert_eq!(new.query_row(all, [], |row| row.get::<_, String>(0)).unwrap(), "routed30a");
        assert_eq!(new.query_row("SELECT at FROM seeded", [], |row| row.get::<_, i64>(0)).unwrap(), 5);
        // References hold across the upgrade.
        assert!(new.execute("INSERT INTO member VALUES ('nobody', 'c', 'd', 1)", []).is_err());
        assert!(new.query_row("PRAGMA foreign_key_check", [], |_| Ok(())).is_err());
        drop(new);
        open_read_only(&path).unwrap();
    }
}
