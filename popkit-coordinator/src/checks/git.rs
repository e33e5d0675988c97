//! What git knows of a project.

use std::ffi::OsString;
use std::future::pending;
use std::time::Duration;

use popkit_protocol::{limits, text};

use super::project::Checks;
use crate::process::ChildSpec;

/// Far beyond what git takes for anything that is asked here.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Bytes of the longest answer.
const ANSWER: usize = 16 * 1024 * 1024;

/// The answer of a git command; why there is none.
pub(super) async fn ask<I>(
    checks: &Checks,
    args: I,
    env: &[(OsString, OsString)],
) -> Result<Vec<u8>, String>
where
    I: IntoIterator,
    I::Item: Into<OsString>,
{
    let mut argv: Vec<OsString> = vec!["git".into()];
    argv.extend(args.into_iter().map(Into::into));
    let mut spec = ChildSpec::new(argv);
    spec.dir = Some(checks.folder.clone());
    spec.env.clone_from(&checks.env);
    // It must not get in the way of agents that use git, and speak the language it is read in.
    spec.env
        .extend([("GIT_OPTIONAL_LOCKS", "0"), ("LC_ALL", "C")].map(|(k, v)| (k.into(), v.into())));
    spec.env.extend_from_slice(env);
    spec.timeout = Some(TIMEOUT);
    // The first and the last half are kept.
    spec.output_limit = 2 * ANSWER;
    let ended = checks.runner.run(spec, pending()).await;
    let finished = ended.map_err(|e| format!("git cannot be run: {e}"))?;
    if !finished.exit.success() {
        let said = finished.stderr.to_text();
        let said = text::clean(said.trim().lines().last().unwrap_or_default(), limits::NOTE_BYTES);
        return Err(format!("git: {} ({said})", finished.exit));
    }
    if finished.stdout.dropped() > 0 || !finished.stdout.is_complete() {
        return Err("the answer of git is too long".to_owned());
    }
    Ok(finished.stdout.into_bytes())
}

/// The names in an answer that separates them by zeros.
pub(super) fn names(answer: &[u8]) -> Vec<String> {
    let parts = answer.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    parts.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}
