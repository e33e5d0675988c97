//! A configuration as text, without the token.

use std::fmt;

use super::rest_config::RestConfig;
use crate::Address;

/// The URL, without token and options.
impl fmt::Display for RestConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.tls { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://")?;
        match &self.address {
            Address::Tcp { host, port } if *port == usual && host.contains(':') => {
                write!(f, "[{host}]")?;
            }
            Address::Tcp { host, port } if *port == usual => f.write_str(host)?,
            address => write!(f, "{address}")?,
        }
        f.write_str(&self.path)
    }
}

/// The URL and the options, without the token.
impl fmt::Debug for RestConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestConfig")
            .field("url", &self.to_string())
            .field("has_token", &self.token.is_some())
            .field("timeout", &self.timeout)
            .field("try_timeout", &self.try_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("silence", &self.silence)
            .field("answer_limit", &self.answer_limit)
            .field("poll", &(self.poll_least..=self.poll_most))
            .field("sse", &self.sse)
            .field("budget", &self.budget)
            .field("key_locking", &self.key_locking)
            .field("ca", &self.ca)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_url_without_the_token() {
        for (url, shown) in [
            ("upstash://:hunter2@a.upstash.io", "https://a.upstash.io"),
            ("https://hunter2@a.upstash.io:8443/", "https://a.upstash.io:8443"),
            ("http://:hunter2@[::1]/redis/?timeout=1s", "http://[::1]/redis"),
            ("http://x:hunter2@127.0.0.1:7", "http://127.0.0.1:7"),
        ] {
            let config: RestConfig = url.parse().unwrap();
            assert_eq!(config.to_string(), shown);
            let debug = format!("{config:?} {config:#?}");
            assert!(debug.contains("has_token: true") && !debug.contains("hunter2"), "{debug}");
        }
    }
}
