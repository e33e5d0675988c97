//! Drift: agents that leave their path.

use globset::GlobBuilder;
use popkit_protocol::message::{BoundaryAlert, CourseCorrect, DriftAlert, DriftKind};
use popkit_protocol::{AgentId, Message, Party};

use super::Machine;
use super::effect::About;
use super::input::Enforcement;
use super::phase::bounds;

/// Files outside that one agent is told of; later ones are not.
const STRAYS: usize = 64;
/// Files outside that one alert names.
const NAMED: usize = 5;

impl Machine {
    /// What a heartbeat shows: files, and tool calls since the last one.
    pub(super) fn look_at_agent(&mut self, agent: &AgentId, calls: u64) {
        if !self.settings.drift.enabled {
            return;
        }
        if calls > self.settings.drift.tool_calls {
            let most = self.settings.drift.tool_calls;
            let text = format!("{calls} tool calls since the last check-in, at most {most}");
            self.alert(agent, DriftKind::CheckinOverdue, text, "low");
        }
        if self.settings.drift.files != Enforcement::Off {
            self.look_at_files(agent);
        }
    }

    fn look_at_files(&mut self, agent: &AgentId) {
        let Some(member) = self.roster.get(agent) else { return };
        let scope = match member.files.is_empty() {
            true => bounds(&self.objective, &self.settings).files,
            false => member.files.clone(),
        };
        if scope.is_empty() {
            return;
        }
        let root = self.settings.drift.root.as_deref();
        let touched = member.state.files_touched.iter();
        let is_new = |file: &&String| !member.strays.contains(*file);
        let strays: Vec<String> =
            touched.filter(is_new).filter(|file| !is_within(file, root, &scope)).cloned().collect();
        let Some(member) = self.roster.get_mut(agent).filter(|m| m.strays.len() < STRAYS) else {
            return;
        };
        if strays.is_empty() {
            return;
        }
        member.strays.extend(strays.iter().cloned());
        let named: Vec<&str> = strays.iter().take(NAMED).map(String::as_str).collect();
        let more = strays.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let text = format!("outside the scope: {}{more}", named.join(", "));
        self.alert(agent, DriftKind::File, text.clone(), "high");
        self.violation(Some(agent.clone()), format!("{agent} touched files {text}"));
        if self.settings.drift.files == Enforcement::Block {
            let question = format!("{agent} touched files {text}: let it go on?");
            self.ask(About::Agent(agent.clone()), &question, Party::Agent(agent.clone()));
        }
    }

    /// Who has work and shows no activity is told so, once per silence. A heartbeat alone
    /// proves that a process lives, not that the work moves.
    pub(super) fn look_for_drift(&mut self) {
        if !self.settings.drift.enabled {
            return;
        }
        let (steady, limit) = (self.clock.steady(), self.settings.drift.silence);
        for agent in self.roster.present() {
            let is_paused = self.escalations.pauses(&agent);
            let has_job = self.jobs.holds_any(&agent);
            let Some(member) = self.roster.get_mut(&agent) else { continue };
            let works = member.state.current_task.is_some() || has_job;
            let silent = steady.since(member.active);
            if silent <= limit || member.is_called || is_paused || !works {
                continue;
            }
            member.is_called = true;
            let text = format!("no activity for {}s", silent.as_secs());
            self.alert(&agent, DriftKind::Silence, text, "medium");
        }
    }

    fn alert(&mut self, agent: &AgentId, kind: DriftKind, text: String, severity: &str) {
        let alert = DriftAlert::new(kind, text, severity);
        self.tell(agent, Message::DriftAlert(alert));
    }

    /// An agent, or a guard in its place, says that it broke a limit.
    pub(super) fn boundary_alert(&mut self, agent: &AgentId, alert: &BoundaryAlert) {
        let what = alert.description().unwrap_or_else(|| "a boundary".to_owned());
        let why = alert.reason().unwrap_or_else(|| "no reason given".to_owned());
        self.violation(Some(agent.clone()), format!("{what}: {why}"));
        if alert.requires_human() {
            let question = format!("{agent} broke a limit ({what}: {why}): let it go on?");
            self.ask(About::Agent(agent.clone()), &question, Party::Agent(agent.clone()));
        } else if let Some(suggestion) = alert.suggestion() {
            let correct = CourseCorrect::redirect(why, suggestion);
            self.tell(agent, Message::CourseCorrect(correct));
        }
    }
}

/// Whether a file lies within the globs. What cannot be judged does not: a path that leads
/// out of the root, a glob that cannot be read.
fn is_within(file: &str, root: Option<&str>, scope: &[String]) -> bool {
    let Some(path) = below(file, root) else { return false };
    scope.iter().any(|glob| {
        let glob = glob.trim_start_matches("./");
        let built = GlobBuilder::new(glob).literal_separator(true).build();
        built.is_ok_and(|glob| glob.compile_matcher().is_match(&path))
    })
}

/// The path below the root, without `.` and `..`; `None` where it is not below it.
fn below(file: &str, root: Option<&str>) -> Option<String> {
    let file = file.replace('\\', "/");
    let relative = match (file.starts_with('/'), root) {
        (false, _) => file.as_str(),
        (true, Some(root)) => file.strip_prefix(root.trim_end_matches('/'))?.strip_prefix('/')?,
        (true, None) => return None,
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_is_judged_on_resolved_paths() {
        let scope = ["src/**".to_owned(), "*.md".to_owned()];
        let root = Some("/work/app/");
        for (file, inside) in [
            ("src/a/b.rs", true),
            ("./src/./a.rs", true),
            ("/work/app/src/a.rs", true),
            ("README.md", true),
            ("docs/README.md", false),
            ("src/../secrets/a", false),
            ("src/a/../../../etc/passwd", false),
            ("/etc/passwd", false),
            ("/work/application/src/a.rs", false),
            ("srcs/a.rs", false),
        ] {
            assert_eq!(is_within(file, root, &scope), inside, "{file}");
        }
        assert!(!is_within("/work/app/src/a.rs", None, &scope), "nobody knows where that is");
        assert!(!is_within("a", None, &["[".to_owned()]), "a glob that cannot be read");
    }
}
