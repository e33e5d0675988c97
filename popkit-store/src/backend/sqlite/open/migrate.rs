//! The versions of the schema, and whose file this is.

use std::time::Duration;

use popkit_protocol::ScoreMode;
use rusqlite::Connection;

use super::super::classify::{Fault, Sql, commit_failed, corrupt};
use super::super::tables::nat;
use crate::{Error, ErrorKind};

/// "popk": what tells a popkit store from other SQLite files.
const APPLICATION: i32 = 0x706f_706b;
/// The migrations, in order; the version is their number.
const STEPS: [&str; 2] = [include_str!("../schema/001.sql"), include_str!("../schema/002.sql")];

/// The version this build reads and writes.
pub(in crate::backend::sqlite) const VERSION: i32 = 2;

fn number(connection: &Connection, pragma: &str) -> Sql<i32> {
    Ok(connection.query_row(pragma, [], |row| row.get(0))?)
}

/// Refuses another program's database and one of a later version. Reads only.
pub(super) fn recognise(connection: &Connection) -> Sql<()> {
    let refuse = |message: String| Err(Error::new(ErrorKind::InvalidConfig, message).into());
    let application = number(connection, "PRAGMA application_id")?;
    let version = number(connection, "PRAGMA user_version")?;
    let tables = number(connection, "SELECT count(*) FROM sqlite_schema")?;
    if application != APPLICATION && (application != 0 || version != 0 || tables != 0) {
        let message = "the file is another program's SQLite database; name another path";
        return refuse(message.to_owned());
    }
    if application == APPLICATION && version > VERSION {
        return refuse(format!(
            "the store has version {version}, made by a later popkit; this one knows up to \
             {VERSION}: upgrade popkit"
        ));
    }
    Ok(())
}

/// Brings the schema to this build's version, all of it or nothing.
pub(super) fn migrate(connection: &Connection) -> Sql<()> {
    let found = number(connection, "PRAGMA user_version")?;
    if found == VERSION {
        return Ok(());
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = usize::try_from(found).map_err(|_| corrupt("a negative schema version"));
    let made = done.and_then(|done| {
        for step in STEPS.iter().skip(done) {
            connection.execute_batch(step)?;
        }
        let stamp =
            format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}");
        Ok(connection.execute_batch(&stamp)?)
    });
    match made {
        Ok(()) => connection.execute_batch("COMMIT").map_err(|e| Fault::Store(commit_failed(e))),
        Err(fault) => {
            // Where this fails too, closing the connection rolls back.
            let _ = connection.execute_batch("ROLLBACK");
            Err(fault)
        }
    }
}

/// The score mode of the store, kept when it is first opened.
pub(super) fn mode(connection: &Connection, wanted: Option<ScoreMode>) -> Sql<ScoreMode> {
    let step_of = |mode: ScoreMode| match mode {
        ScoreMode::Ageing { step } => i64::try_from(step.as_millis()).ok(),
        _ => None,
    };
    let mode = wanted.unwrap_or_default();
    let sql = "INSERT OR IGNORE INTO meta(one, ageing_ms) VALUES (1, ?1)";
    connection.execute(sql, [step_of(mode)])?;
    let kept: Option<i64> =
        connection.query_row("SELECT ageing_ms FROM meta", [], |row| row.get(0))?;
    let kept = match kept {
        None => ScoreMode::Strict,
        Some(step) => ScoreMode::Ageing { step: Duration::from_millis(nat(step)?) },
    };
    if wanted.is_some_and(|wanted| step_of(wanted) != step_of(kept)) {
        let message =
            format!("the store was made with score mode {}; open it with that", text(kept));
        return Err(Error::new(ErrorKind::InvalidConfig, message).into());
    }
    Ok(kept)
}

fn text(mode: ScoreMode) -> String {
    match mode {
        ScoreMode::Ageing { step } => {
            format!("ageing:{}", popkit_protocol::duration::format(step))
        }
        _ => "strict".to_owned(),
    }
}
