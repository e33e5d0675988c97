//! Recognising a Redis server that is new enough.

use std::process::{Command, Stdio};

use crate::find;

/// The oldest version that popkit supports; popkit-testkit asks for the same.
const OLDEST: (u32, u32) = (7, 0);

/// The `redis-server` on the search path, with its version; `None` also for one that is too old.
pub(super) fn server() -> Option<String> {
    let path = find::program("redis-server")?;
    let output = Command::new(&path).arg("--version").stdin(Stdio::null()).output().ok()?;
    let (major, minor) = version(&String::from_utf8_lossy(&output.stdout))?;
    let found = format!("{} {major}.{minor}", path.display());
    if (major, minor) < OLDEST {
        println!("setup: {found} is older than {}.{}", OLDEST.0, OLDEST.1);
        return None;
    }
    Some(found)
}

/// Reads `Redis server v=7.0.15 sha=00000000:0 …`; Valkey writes the same form.
fn version(line: &str) -> Option<(u32, u32)> {
    let text = line.split_whitespace().find_map(|word| word.strip_prefix("v="))?;
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_the_server_prints() {
        let line = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
        assert_eq!(version(line), Some((7, 0)));
        assert_eq!(version("Valkey server v=8.1.0 sha=00000000:0"), Some((8, 1)));
    }

    #[test]
    fn other_output_is_no_server() {
        for line in ["", "redis-server 7.0.15", "v=7", "v=seven.0"] {
            assert_eq!(version(line), None, "{line}");
        }
    }

    #[test]
    fn an_old_server_does_not_serve() {
        assert!(version("Redis server v=6.2.14").unwrap() < OLDEST);
        assert!(version("Redis server v=7.0.0").unwrap() >= OLDEST);
        assert!(version("Redis server v=10.0.0").unwrap() > OLDEST);
    }
}
