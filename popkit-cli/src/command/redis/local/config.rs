//! The text of `redis.conf`.

use std::path::Path;

use crate::command::redis::home::{Home, Record};
use crate::error::CliError;

/// The configuration: loopback alone, every write on the disk before it is answered, nothing
/// thrown away.
pub(super) fn text(home: &Home, record: &Record) -> Result<String, CliError> {
    let file = |name: &str| quoted(&home.file(name));
    let mut text = format!(
        "# Written anew by every `popkit redis start`. Settings of your own go into local.conf,\n\
         # beside this file; they win.\n\
         bind 127.0.0.1\n\
         port {}\n\
         protected-mode yes\n\
         daemonize no\n\
         supervised no\n\
         dir {}\n\
         pidfile {}\n\
         logfile {}\n\
         appendonly yes\n\
         appendfsync always\n\
         no-appendfsync-on-rewrite no\n\
         save \"\"\n\
         maxmemory-policy noeviction\n",
        record.port,
        file("data")?,
        file("redis.pid")?,
        file("redis.log")?,
    );
    if record.acl {
        text.push_str(&format!("aclfile {}\n", file("users.acl")?));
    }
    if home.file("local.conf").exists() {
        text.push_str(&format!("include {}\n", file("local.conf")?));
    }
    Ok(text)
}

/// A path as a word of `redis.conf`.
fn quoted(path: &Path) -> Result<String, CliError> {
    let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
    let Some(text) = text else {
        let path = path.display();
        return Err(CliError::usage(format!(
            "redis-server cannot work in {path}: the name is no plain text; choose --state-dir DIR"
        )));
    };
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted() {
        assert_eq!(quoted(Path::new(r#"/a b/"c"\d"#)).unwrap(), r#""/a b/\"c\"\\d""#);
        assert!(quoted(Path::new("/a\nport 1")).is_err());
    }
}
