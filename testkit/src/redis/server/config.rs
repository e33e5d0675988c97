//! What a server is told at its start.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::path::Path;

use crate::redis::certificate::Certificate;
use crate::redis::options::{Aof, RedisOptions};
use crate::redis::process::{base, quoted, word};
use crate::redis::wire::{Access, Endpoint};

/// The user as whom the server's own methods ask, where users are set up.
const OWN_USER: &str = "popkit-testkit";

/// The socket that every server has beside its port, for the helper's own questions: it needs no
/// TLS, and what a test does to the port does not touch it.
pub(super) const SOCKET: &str = "redis.sock";

/// The text of `redis.conf`, and how the server is asked.
#[track_caller]
pub(super) fn write(
    options: &RedisOptions,
    folder: &Path,
    port: Option<SocketAddr>,
    certificate: Option<&Certificate>,
) -> (String, Access) {
    let socket = folder.join(SOCKET);
    let mut lines = base(folder, port.filter(|_| certificate.is_none()));
    lines.push_str(&format!("unixsocket {}\nunixsocketperm 700\nsave \"\"\n", quoted(&socket)));
    // A replica's copy of the data waits for more replicas for five seconds by default.
    lines.push_str("repl-diskless-sync-delay 0\n");
    lines.push_str(match options.aof {
        Aof::Always => "appendonly yes\nappendfsync always\n",
        Aof::EverySec => "appendonly yes\nappendfsync everysec\n",
        Aof::Off => "appendonly no\n",
    });
    if let (Some(addr), Some(made)) = (port, certificate) {
        lines.push_str(&format!("tls-port {}\ntls-auth-clients no\n", addr.port()));
        lines.push_str(&format!("tls-ca-cert-file {}\n", quoted(&made.authority)));
        lines.push_str(&format!("tls-cert-file {}\n", quoted(&made.chain)));
        lines.push_str(&format!("tls-key-file {}\n", quoted(&made.key)));
    }
    let mut access = Access::open(Endpoint::Unix(socket));
    if let Some(text) = &options.acl {
        let password = secret();
        let path = folder.join("users.acl");
        let users = users(text, options.password.as_deref(), &password);
        if let Err(error) = fs::write(&path, users) {
            panic!("no users.acl in {}: {error}", folder.display());
        }
        lines.push_str(&format!("aclfile {}\n", quoted(&path)));
        access = access.with_user(OWN_USER, &password);
    } else if let Some(password) = &options.password {
        lines.push_str(&format!("requirepass {}\n", word(password)));
        access = access.with_user("default", password);
    }
    for (name, value) in &options.args {
        lines.push_str(&format!("{name} {value}\n"));
    }
    (lines, access)
}

/// The ACL file; beside one, Redis ignores `requirepass`.
fn users(text: &str, default: Option<&str>, own: &str) -> String {
    let mut users = text.trim_end().to_owned();
    let mut names = text.lines().filter_map(|line| line.split_whitespace().nth(1));
    if let Some(password) = default.filter(|_| !names.any(|name| name == "default")) {
        users.push_str(&format!("\nuser default on >{password} ~* &* +@all"));
    }
    format!("{users}\nuser {OWN_USER} on >{own} ~* &* +@all\n")
}

/// A password that is in no test's text.
fn secret() -> String {
    format!("{:016x}", RandomState::new().hash_one(OWN_USER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_user_takes_the_password_unless_it_has_a_line() {
        let open = users("user ada on >a ~* +@all\n", Some("pw"), "own");
        let default = "user default on >pw ~* &* +@all";
        assert_eq!(open.lines().nth(1), Some(default));
        let shut = users("user ada on >a\nuser default off", Some("pw"), "own");
        assert!(!shut.contains(default) && shut.ends_with(">own ~* &* +@all\n"), "{shut}");
    }
}
