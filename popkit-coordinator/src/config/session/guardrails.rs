//! `guardrails`.

use crate::config::read::{Report, block, nearest, rule, words};

/// The actions that the documents name.
const ACTIONS: [&str; 9] = [
    "delete_production_data",
    "modify_security_config",
    "push_to_main",
    "deploy_to_production",
    "modify_payment_code",
    "access_credentials",
    "modify_auth_system",
    "bulk_delete_files",
    "external_api_with_cost",
];

block! {
    /// The block `guardrails`: what agents may not do.
    GuardrailsConfig {
        /// Actions that a person must allow.
        human_required_actions: Vec<String> where rule::names = owned(&ACTIONS),
        /// Patterns of files that no agent may touch, beside those that are protected always.
        protected_paths: Vec<String> where rule::globs = owned(&[
            ".env*", "**/secrets/**", "**/credentials/**", "**/.git/**", "**/node_modules/**",
            "**/prod.config.*", "**/*.pem", "**/*.key",
        ]),
        /// What looks like cheating.
        unconventional_patterns: Vec<Unconventional> where rule::unconventional = shipped(),
        /// How agents are noticed that leave their path.
        drift_detection: DriftConfig = DriftConfig::default(),
    }
}
block! {
    /// An approach that looks like cheating.
    Unconventional {
        /// What it is, for people.
        description: String = String::new(),
        /// Words that are all in the text of one that fits.
        keywords: Vec<String> = Vec::new(),
    }
}
block! {
    /// The block `guardrails.drift_detection`.
    DriftConfig {
        /// Whether anybody looks.
        enabled: bool = true,
        /// What happens when an agent touches a file outside its globs.
        file_scope_enforcement: FileScope = FileScope::Warn,
        /// An agent that has work and shows no activity for so many seconds is told.
        silent_agent_threshold_seconds: u64 [1..=86_400] = 60,
        /// An agent that made more tool calls between two check-ins is told.
        tool_call_overdue_threshold: u64 [1..=1_000_000] = 10,
    }
}
words! {
    /// What happens when an agent touches a file outside its globs.
    FileScope {
        /// Nothing.
        Off = "off",
        /// The agent is told.
        Warn = "warn",
        /// The agent is paused until a person has decided.
        Block = "block",
    }
}

impl GuardrailsConfig {
    /// The patterns that a text fits, whatever the case of its letters: a text that has all
    /// their keywords, as words or within words.
    #[must_use]
    pub fn unconventional(&self, text: &str) -> Vec<&Unconventional> {
        let text = text.to_lowercase();
        self.unconventional_patterns
            .iter()
            .filter(|pattern| {
                pattern.keywords.iter().all(|word| text.contains(&word.to_lowercase()))
            })
            .collect()
    }

    /// Reports actions of which no document says what they are.
    pub(in crate::config) fn settle(&self, report: &mut Report<'_>) {
        for (i, action) in self.human_required_actions.iter().enumerate() {
            let is_known = ACTIONS.contains(&action.as_str());
            if let Some(near) = nearest(action, ACTIONS).filter(|_| !is_known) {
                let key = format!("guardrails.human_required_actions[{i}]");
                report.warn(&key, format!("{action:?} is taken as it is (did you mean {near:?}?)"));
            }
        }
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn shipped() -> Vec<Unconventional> {
    let pattern = |description: &str, keywords: &[&str]| Unconventional {
        description: description.to_owned(),
        keywords: owned(keywords),
    };
    vec![
        pattern("deletes a test so that the tests pass", &["delete", "test", "pass"]),
        pattern("switches a rule of the linter off", &["eslint", "disable"]),
        pattern("writes a password into the code", &["hardcode", "password"]),
        pattern("leaves a validation out", &["skip", "validation"]),
        pattern("goes around the authentication", &["bypass", "auth"]),
    ]
}
