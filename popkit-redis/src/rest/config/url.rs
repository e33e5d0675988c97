//! A URL becomes a configuration. What a URL says is never repeated in an error where it may
//! be part of the token.

use std::str::FromStr;

use super::option;
use super::rest_config::RestConfig;
use crate::config::invalid;
use crate::config::part::Parts;
use crate::{Error, Result};

const EXAMPLE: &str = "for instance upstash://:TOKEN@HOST.upstash.io";

impl FromStr for RestConfig {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            invalid(format!(
                "not a URL of a REST service; it begins with upstash, https or http, {EXAMPLE}"
            ))
        };
        let (scheme, rest) = text.trim().split_once(':').ok_or_else(wrong)?;
        let tls = match scheme {
            "upstash" | "https" => true,
            "http" => false,
            _ => return Err(wrong()),
        };
        if !rest.starts_with("//") {
            return Err(invalid(format!("// is missing after the scheme; {EXAMPLE}")));
        }
        let parts = Parts::of(rest)?;
        let [address] = parts
            .addresses(if tls { 443 } else { 80 })?
            .try_into()
            .map_err(|_| invalid(format!("several hosts; a REST service has one, {EXAMPLE}")))?;
        let mut config = Self::at(tls, address);
        config.path = parts.path.trim_end_matches('/').to_owned();
        // A token alone is often written where a user would be.
        let token = match parts.password()? {
            Some(token) => Some(token),
            None => parts.user()?,
        };
        if let Some(token) = token {
            config = config.token(token);
        }
        option::set_all(config, parts.options())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::ExposeSecret as _;

    use super::*;

    fn says(url: &str) -> String {
        url.parse::<RestConfig>().unwrap_err().to_string()
    }

    #[test]
    fn every_part_has_an_effect() {
        let url = "upstash://:a%40b@h:1/p?timeout=1s&try_timeout=2s&connect_timeout=3s&silence=4s\
                   &answer_limit=5000&key_locking=false&ca=/x.pem&poll_least=5ms&poll_most=6ms\
                   &sse=on&budget=7000";
        let config: RestConfig = url.parse().unwrap();
        assert_eq!(config.token.as_ref().unwrap().expose_secret(), "a@b");
        let times = [config.timeout, config.try_timeout, config.connect_timeout, config.silence];
        assert_eq!(times, [1, 2, 3, 4].map(Duration::from_secs));
        assert!(config.answer_limit == 5000 && !config.key_locking && config.tls);
        assert_eq!([config.poll_least, config.poll_most], [5, 6].map(Duration::from_millis));
        assert!(config.sse && config.budget == Some(7000));
        assert_eq!(config.ca.as_ref().and_then(|ca| ca.to_str()), Some("/x.pem"));
        assert_eq!(config.to_string(), "https://h:1/p");
        let bare: RestConfig = "https://t0ken@h".parse().unwrap();
        assert_eq!(bare.token.unwrap().expose_secret(), "t0ken");
        assert!("https://h".parse::<RestConfig>().unwrap().token.is_none());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_mend() {
        for (url, expected) in [
            ("localhost", "it begins with upstash, https or http"),
            ("redis://localhost", "it begins with upstash, https or http"),
            ("upstash:", "// is missing"),
            ("https://", "not HOST or HOST:PORT"),
            ("https://a,b", "several hosts"),
            ("https://a?timeot=1s", "unknown option timeot; did you mean timeout?"),
            ("https://a?zzzzzzzzzz=1", "unknown option zzzzzzzzzz; there are answer_limit, budget"),
            ("https://a?timeout=5", "option timeout=5: expected a time as"),
            ("https://a?answer_limit=much", "expected a number"),
            ("https://a?sse=yes", "option sse=yes: expected on or off"),
            ("https://a?budget=much", "expected a number of commands"),
            ("https://a?key_locking=yes", "expected true or false"),
            ("https://a?ca", "option ca has no value"),
        ] {
            assert!(says(url).contains(expected), "{url}: {}", says(url));
        }
    }

    #[test]
    fn no_part_of_a_token_is_ever_shown() {
        for url in [
            "https://:hun/ter2@localhost",
            "https://:hun?ter2@localhost",
            "https://:hunter2@",
            "https://:hunter2:localhost",
            "https://:hunter2%ff@localhost",
            "hunter2 is my secret: really",
        ] {
            let text = says(url);
            assert!(!text.contains("hun") && !text.contains("ter2"), "{url}: {text}");
        }
    }
}
