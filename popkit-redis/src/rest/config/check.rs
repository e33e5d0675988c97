//! What a configuration must obey before anything connects.

use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::rest_config::RestConfig;
use crate::Result;
use crate::config::invalid;

impl RestConfig {
    /// That it can be used; done by connecting, too.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` with the first thing that is wrong: no token, an unencrypted connection
    /// to another machine, a value out of its range.
    pub fn check(&self) -> Result<()> {
        self.check_secrecy()?;
        self.check_token()?;
        self.check_ranges()
    }

    fn check_secrecy(&self) -> Result<()> {
        if !self.tls && !self.address.is_local() {
            return refuse(format!(
                "the token and everything else would go to {} unencrypted; use https://",
                self.address
            ));
        }
        if self.ca.is_some() && !self.tls {
            return refuse("ca=FILE is for TLS; use https://");
        }
        Ok(())
    }

    fn check_token(&self) -> Result<()> {
        let Some(token) = &self.token else {
            return refuse(format!(
                "no token for {self}; set UPSTASH_REDIS_REST_TOKEN beside UPSTASH_REDIS_REST_URL, \
                 or give upstash://:TOKEN@HOST"
            ));
        };
        let token = token.expose_secret();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse(
                "the token holds spaces or other odd characters; copy it anew from the console",
            );
        }
        Ok(())
    }

    fn check_ranges(&self) -> Result<()> {
        let range = Duration::from_millis(10)..=Duration::from_secs(600);
        for (name, value) in [
            ("timeout", self.timeout),
            ("try_timeout", self.try_timeout),
            ("connect_timeout", self.connect_timeout),
        ] {
            if !range.contains(&value) {
                return refuse(format!("{name} of {value:?}: expected 10 ms to 10 min"));
            }
        }
        let range = Duration::from_millis(10)..=Duration::from_secs(24 * 3600);
        if !range.contains(&self.silence) {
            return refuse(format!("silence of {:?}: expected 10 ms to 1 day", self.silence));
        }
        let range = Duration::from_millis(1)..=Duration::from_secs(3600);
        if !range.contains(&self.poll_least) || !range.contains(&self.poll_most) {
            let (least, most) = (self.poll_least, self.poll_most);
            return refuse(format!("polling each {least:?} to {most:?}: expected 1 ms to 1 h"));
        }
        if self.poll_least > self.poll_most {
            let (least, most) = (self.poll_least, self.poll_most);
            return refuse(format!("poll_least of {least:?} is over poll_most of {most:?}"));
        }
        if self.budget.is_some_and(|budget| budget < 1000) {
            return refuse("a budget of fewer than 1000 commands; leave it out for no bound");
        }
        if self.answer_limit < 1024 {
            return refuse(format!("answer_limit of {}: expected 1024 or more", self.answer_limit));
        }
        Ok(())
    }
}

fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(invalid(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(url: &str) -> String {
        let config: RestConfig = url.parse().unwrap();
        config.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn nothing_leaves_this_machine_unencrypted() {
        assert_eq!(says("http://:t@127.0.0.1:8080"), "fine");
        assert_eq!(says("http://:t@localhost"), "fine");
        assert_eq!(says("https://:t@example.org"), "fine");
        let text = says("http://:hunter2@example.org");
        assert!(text.contains("to example.org:80 unencrypted; use https://"), "{text}");
        assert!(!text.contains("hunter2"));
    }

    #[test]
    fn what_cannot_work_is_refused_with_its_mend() {
        for (url, expected) in [
            ("https://a", "no token for https://a; set UPSTASH_REDIS_REST_TOKEN"),
            ("https://:a%20b@a", "copy it anew"),
            ("https://:a%0ab@a", "copy it anew"),
            ("http://:t@localhost?ca=/x.pem", "ca=FILE is for TLS"),
            ("https://:t@a?timeout=1us", "timeout of 1µs: expected 10 ms to 10 min"),
            ("https://:t@a?try_timeout=1h", "try_timeout of 3600s"),
            ("https://:t@a?connect_timeout=1h", "connect_timeout of 3600s"),
            ("https://:t@a?silence=2d", "expected 10 ms to 1 day"),
            ("https://:t@a?answer_limit=9", "expected 1024 or more"),
            ("https://:t@a?poll_least=1us", "polling each 1µs to 15s: expected 1 ms to 1 h"),
            ("https://:t@a?poll_most=2h", "expected 1 ms to 1 h"),
            ("https://:t@a?poll_least=20s", "poll_least of 20s is over poll_most of 15s"),
            ("https://:t@a?budget=9", "leave it out for no bound"),
        ] {
            assert!(says(url).contains(expected), "{url}: {}", says(url));
        }
    }
}
