//! Lines that may hold what must not be told.

/// Words that speak of it.
const SECRETS: [&str; 10] = [
    "password",
    "passwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "credential",
    "private key",
    "authorization",
    "bearer",
];

/// How keys of well-known services begin, and how long they are at least.
const KEYS: [(&str, usize); 14] = [
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 30),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 22),
    ("glpat-", 20),
    ("sk-", 20),
    ("sk_live_", 20),
    // A JWT: the text `{"` in Base64.
    ("eyJ", 20),
    ("npm_", 30),
];
/// How a key in a file of its own begins.
const BLOCK: &str = "-----BEGIN";

/// Whether a line may hold a secret: by its words, by a user in a URL, by what looks like a key.
pub(super) fn is_secret(line: &str) -> bool {
    let lower = line.to_lowercase();
    SECRETS.iter().any(|word| lower.contains(word))
        || line.contains(BLOCK)
        || line.split("://").skip(1).any(has_user)
        || line.split(|c: char| !is_of_key(c)).any(is_key)
}

/// Whether what follows `://` begins with a user. A password may have a slash in it.
fn has_user(rest: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
    let url = rest.split(ends).next().unwrap_or_default();
    let Some((before, _)) = url.rsplit_once('@') else { return false };
    // A name alone, as in `ssh://git@host`, is none.
    before.contains(':') || !before.contains('/') && before.len() >= 16
}

fn is_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn is_key(word: &str) -> bool {
    let is_known =
        KEYS.iter().any(|(start, least)| word.starts_with(start) && word.len() >= *least);
    // Of Slack: `xoxb-`, `xoxp-`, and so on.
    let of_slack = word.strip_prefix("xox").and_then(|rest| rest.get(1..));
    is_known || of_slack.is_some_and(|rest| rest.starts_with('-') && rest.len() >= 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_known_by_its_form() {
        for line in [
            "error: cannot reach redis://default:hunter2@db:6379/0",
            "error: redis://:pa/ss@db",
            "error: https://0123456789abcdef@host/x",
            "found AKIAIOSFODNN7EXAMPLE",
            "key=ghp_0123456789abcdefghij0123456789abcdef",
            "gho_0123456789abcdefghij0123456789abcdef",
            "using github_pat_0123456789abcdefghijkl",
            "error: (sk-proj-0123456789abcdefghij)",
            "xoxb-0123456789-abc",
            "found -----BEGIN RSA PRIVATE",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        ] {
            assert!(is_secret(line), "{line}");
        }
    }

    #[test]
    fn what_is_none_is_told() {
        for line in [
            "error: cannot reach redis://db:6379/0",
            "cannot clone ssh://git@host/x",
            "https://registry.example/a@1.2",
            "mail to a@b: it failed",
            "using sk-learn, xoxo, eyJ, npm_config",
            "found AKIA in src/a.rs",
            "://",
        ] {
            assert!(!is_secret(line), "{line}");
        }
    }
}
