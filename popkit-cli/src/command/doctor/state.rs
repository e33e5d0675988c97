//! The state directory, and what is in it.

use std::fs;
use std::io;
use std::path::Path;

use popkit_protocol::{IdSource as _, RandomIds};

use crate::backend::{Check, Embedded, Part, Targets};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::state::in_url;

/// Rooms that are looked into.
const ROOMS: usize = 50;

/// Looks at it, at every room in it, and at what was named besides.
pub(super) async fn look(cx: &Context) -> Result<Vec<Check>, CliError> {
    let mut checks = Vec::new();
    let state = cx.state_dir(Path::new("."));
    let dir = state.path();
    if !dir.exists() {
        checks.push(Check::good("state", format!("{} is not made yet", dir.display())));
    } else {
        checks.push(Check::of("state", private(dir).map(|()| dir.display().to_string())));
        match state.rooms() {
            Ok(rooms) => {
                for room in rooms.iter().take(ROOMS) {
                    let messages = format!("file:{}", in_url(&room.messages()));
                    checks.push(open(cx, Embedded::store(cx, Some(&room.store_url()))).await);
                    checks.push(open(cx, Embedded::messages(cx, Some(&messages))).await);
                    let leases = room.leases();
                    if leases.exists() {
                        let found = private(&leases);
                        checks.extend(found.err().map(|error| Check::bad("leases", error)));
                    }
                }
            }
            Err(error) => checks.push(Check::bad("state", error)),
        }
    }
    for part in Targets::find(cx)?.0 {
        match part {
            Part::Store(Some(url)) => checks.push(open(cx, Embedded::store(cx, Some(&url))).await),
            Part::Messages(Some(url)) => {
                checks.push(open(cx, Embedded::messages(cx, Some(&url))).await);
            }
            Part::Redis { .. } | Part::Upstash(_) | Part::Store(None) | Part::Messages(None) => {}
        }
    }
    Ok(checks)
}

async fn open(cx: &Context, backend: Result<Embedded, CliError>) -> Check {
    let backend = match backend {
        Ok(backend) => backend,
        Err(error) => return Check::bad("store", error),
    };
    let (name, url) = (backend.name, &backend.url);
    match backend.look(cx).await {
        Ok(standing) => {
            let class = standing.durability.map(|class| class.to_string());
            let stands = class.unwrap_or_else(|| "not made yet".to_owned());
            Check::good(name, format!("{url}: {stands}"))
        }
        Err(error) => Check::bad(name, CliError::failed(error.to_string())),
    }
}

/// That a folder is writable, and nobody else's business.
fn private(dir: &Path) -> Result<(), CliError> {
    let shown = dir.display();
    let failed = |what: &str, e: &io::Error| {
        let error = CliError::io(Exit::Failed, format!("{shown} {what}"), e);
        CliError::failed(format!("{}; give it to this user: chown, chmod u+rwx", error.message))
    };
    let data = dir.metadata().map_err(|e| failed("cannot be looked at", &e))?;
    if !data.is_dir() {
        let message = format!("{shown} is no folder; remove it, or choose --state-dir DIR");
        return Err(CliError::failed(message));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = data.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let message = format!("{shown} is open to others ({mode:04o}); chmod 700 {shown}");
            return Err(CliError::failed(message));
        }
    }
    let probe = dir.join(format!(".doctor.{:032x}", RandomIds.draw()));
    fs::write(&probe, "").map_err(|e| failed("cannot be written to", &e))?;
    fs::remove_file(&probe).map_err(|e| failed("cannot be written to", &e))
}
