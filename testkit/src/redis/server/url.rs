//! The URL of a server.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

/// `redis://user:password@address`, or `rediss://…` for TLS.
pub(super) fn tcp(tls: bool, addr: SocketAddr, user: &str, password: Option<&str>) -> String {
    let scheme = if tls { "rediss" } else { "redis" };
    let login = password.map(|secret| format!("{}:{}@", encoded(user), encoded(secret)));
    format!("{scheme}://{}{addr}", login.unwrap_or_default())
}

/// `redis+unix:///path?user=…&pass=…`, as the `redis` crate reads it.
pub(super) fn unix(path: &Path, user: &str, password: Option<&str>) -> String {
    let mut url = format!("redis+unix://{}", path.display());
    if let Some(password) = password {
        let name = if user.is_empty() { "default" } else { user };
        url.push_str(&format!("?user={}&pass={}", encoded(name), encoded(password)));
    }
    url
}

/// What may stand in a part of a URL; everything else becomes `%XX`.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut url, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
        url
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_is_encoded() {
        let addr = SocketAddr::from(([127, 0, 0, 1], 7000));
        assert_eq!(tcp(false, addr, "", None), "redis://127.0.0.1:7000");
        assert_eq!(tcp(true, addr, "", Some("p@ss/1")), "rediss://:p%40ss%2F1@127.0.0.1:7000");
        assert_eq!(tcp(false, addr, "ada", Some("é")), "redis://ada:%C3%A9@127.0.0.1:7000");
    }

    #[test]
    fn a_socket_takes_the_login_as_parameters() {
        let path = Path::new("/tmp/redis.sock");
        assert_eq!(unix(path, "", None), "redis+unix:///tmp/redis.sock");
        let url = unix(path, "", Some("a b"));
        assert_eq!(url, "redis+unix:///tmp/redis.sock?user=default&pass=a%20b");
    }
}
