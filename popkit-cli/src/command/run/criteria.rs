//! What must hold at the end.

use std::time::Duration;

use popkit_coordinator::plan::Criterion;
use popkit_coordinator::process::{ChildSpec, Finished, Runner};

use super::report::{Checked, CriterionReport, clean};
use super::work::Setting;

/// How long a criterion may take that does not say.
const LIMIT: Duration = Duration::from_secs(600);
/// How many lines of what it printed are kept.
const LINES: usize = 5;

/// A criterion that was not looked at.
pub(super) fn skipped(criterion: &Criterion) -> CriterionReport {
    let name = criterion.name.clone();
    CriterionReport { name, result: Checked::Skipped, seconds: 0.0, detail: None }
}

/// Looks at one.
pub(super) async fn check_one(criterion: &Criterion, setting: &Setting) -> CriterionReport {
    let mut spec = ChildSpec::new(criterion.command.to_argv());
    let dir = criterion.dir.as_ref();
    spec.dir = Some(dir.map_or_else(|| setting.base_dir.clone(), |d| setting.base_dir.join(d)));
    spec.env = setting.env.iter().map(|(name, value)| (name.into(), value.into())).collect();
    spec.timeout = Some(criterion.timeout.unwrap_or(LIMIT));
    spec.grace = Duration::from_secs(1);
    let ended = Runner::new(setting.shim.clone()).run(spec, std::future::pending()).await;
    let (seconds, detail) = match &ended {
        Ok(finished) if finished.exit.success() => (finished.elapsed, None),
        Ok(finished) => (finished.elapsed, Some(said(finished))),
        Err(error) => (Duration::ZERO, Some(error.to_string())),
    };
    CriterionReport {
        name: criterion.name.clone(),
        result: if detail.is_none() { Checked::Passed } else { Checked::Failed },
        seconds: seconds.as_secs_f64(),
        detail,
    }
}

/// How it ended, and the end of what it printed.
fn said(finished: &Finished) -> String {
    let (stdout, stderr) = (finished.stdout.to_text(), finished.stderr.to_text());
    let text = if stderr.trim().is_empty() { &stdout } else { &stderr };
    let lines: Vec<String> = text.trim_end().lines().map(clean).collect();
    let from = lines.len().saturating_sub(LINES);
    let tail = lines.get(from..).unwrap_or_default().join("\n");
    format!("{}\n{tail}", finished.exit).trim_end().to_owned()
}
