//! The table of what the tests need.

use std::env;

use super::redis;
use crate::find;

/// Something that the tests need from the system.
#[derive(Debug)]
pub(super) struct Requirement {
    /// What it is called in messages.
    pub(super) name: &'static str,
    /// What the tests need it for.
    pub(super) purpose: &'static str,
    /// Finds it; gives what was found, for a message.
    pub(super) detect: fn() -> Option<String>,
    /// What happens without it; `None` when the tests cannot do without.
    pub(super) instead: Option<&'static str>,
    /// Debian packages that bring it.
    pub(super) debian: &'static [&'static str],
    /// Homebrew formulae that bring it; empty when none does.
    pub(super) homebrew: &'static [&'static str],
    /// What to do on any other system.
    pub(super) otherwise: &'static str,
}

/// Everything that the tests need, in the order in which it is looked for.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        name: "C compiler",
        purpose: "SQLite is built from source",
        detect: c_compiler,
        instead: None,
        debian: &["gcc", "libc6-dev"],
        homebrew: &[],
        otherwise: "install a C compiler that answers to `cc` (macOS: `xcode-select --install`)",
    },
    Requirement {
        name: "cargo-nextest",
        purpose: "it runs each test in a process of its own",
        detect: nextest,
        instead: Some("plain `cargo test` serves instead"),
        debian: &[],
        homebrew: &["cargo-nextest"],
        otherwise: "`cargo install --locked cargo-nextest`",
    },
    Requirement {
        name: "redis-server",
        purpose: "tests start Redis servers of their own",
        detect: redis::server,
        instead: None,
        debian: &["redis-server"],
        homebrew: &["redis"],
        otherwise: "install Redis 7.0 or newer, so that `redis-server --version` says so",
    },
    Requirement {
        name: "openssl",
        purpose: "it makes the certificates of the tests over TLS",
        detect: openssl,
        instead: None,
        debian: &["openssl"],
        homebrew: &["openssl"],
        otherwise: "install OpenSSL or LibreSSL, so that `openssl` is found in PATH",
    },
];

/// Whether the tests run through cargo-nextest.
pub(crate) fn has_nextest() -> bool {
    find::cargo_has("nextest")
}

fn nextest() -> Option<String> {
    has_nextest().then(|| "found".to_owned())
}

fn openssl() -> Option<String> {
    find::program("openssl").map(|path| path.display().to_string())
}

fn c_compiler() -> Option<String> {
    let chosen = env::var("CC").ok().filter(|name| !name.is_empty());
    if let Some(name) = chosen {
        return Some(format!("CC={name}"));
    }
    ["cc", "cl"].into_iter().find_map(find::program).map(|path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_tells_people_what_to_do() {
        for row in REQUIREMENTS {
            for text in [row.name, row.purpose, row.otherwise] {
                assert!(!text.is_empty() && !text.contains('\n'), "{row:?}");
            }
        }
    }
}
