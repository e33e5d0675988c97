//! The configuration that the environment names, or completes.

use std::env::{self, VarError};

use super::option;
use super::rest_config::RestConfig;
use crate::{Error, ErrorKind, Result};

const URL: &str = "UPSTASH_REDIS_REST_URL";
const TOKEN: &str = "UPSTASH_REDIS_REST_TOKEN";

impl RestConfig {
    /// What the environment says: `UPSTASH_REDIS_REST_URL` with `UPSTASH_REDIS_REST_TOKEN`;
    /// without the first, nothing. Empty variables count as missing.
    ///
    /// # Errors
    ///
    /// `InvalidConfig`, naming the variable and not its value.
    pub fn from_env() -> Result<Option<Self>> {
        Self::from_variables(|name| env::var(name))
    }

    /// The same of these variables, as [`env::var`] gives them.
    ///
    /// # Errors
    ///
    /// `InvalidConfig`, naming the variable and not its value.
    pub fn from_variables(
        variable: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<Option<Self>> {
        let read = |name: &str| match variable(name) {
            Ok(value) => Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(wrong(name, "it is no UTF-8 text")),
        };
        let Some(url) = read(URL)? else { return Ok(None) };
        let mut config: Self = url.parse().map_err(|error: Error| wrong(URL, error.message()))?;
        if config.token.is_none()
            && let Some(token) = read(TOKEN)?
        {
            config = config.token(token);
        }
        Ok(Some(config))
    }

    /// From a URL, of which the environment completes what it leaves out: all of `upstash:` but
    /// its options (`upstash:?sse=on`), the token of another. The environment's token goes to
    /// the environment's own host alone, where it names one.
    ///
    /// # Errors
    ///
    /// `InvalidConfig`, without the token in it.
    pub fn from_url(url: &str) -> Result<Self> {
        Self::from_url_and_variables(url, |name| env::var(name))
    }

    /// The same with these variables, as [`env::var`] gives them.
    ///
    /// # Errors
    ///
    /// `InvalidConfig`, without the token in it.
    pub fn from_url_and_variables(
        url: &str,
        variable: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<Self> {
        let url = url.trim();
        let (place, options) = url.split_once('?').unwrap_or((url, ""));
        if matches!(place, "upstash:" | "upstash://") {
            let named = Self::from_variables(variable)?.ok_or_else(|| {
                let message = format!(
                    "upstash: stands for what {URL} and {TOKEN} name; set them, or give \
                     upstash://:TOKEN@HOST"
                );
                Error::new(ErrorKind::InvalidConfig, message)
            })?;
            return option::set_all(named, options.split('&').filter(|pair| !pair.is_empty()));
        }
        let config: Self = url.parse()?;
        if config.token.is_some() {
            return Ok(config);
        }
        let Ok(token) = variable(TOKEN) else { return Ok(config) };
        let named = Self::from_variables(variable)?;
        if named.is_some_and(|named| named.address != config.address) {
            return Ok(config);
        }
        Ok(if token.trim().is_empty() { config } else { config.token(token.trim()) })
    }
}

fn wrong(name: &str, what: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("{name}: {what}"))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn of<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Result<String, VarError> + 'a {
        move |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
        }
    }

    fn token(config: &RestConfig) -> Option<&str> {
        config.token.as_ref().map(|token| token.expose_secret())
    }

    const BOTH: [(&str, &str); 2] = [(URL, "https://a.upstash.io"), (TOKEN, " hunter2\n")];

    #[test]
    fn url_and_token_belong_together() {
        let config = RestConfig::from_variables(of(&BOTH)).unwrap().unwrap();
        assert_eq!(
            (config.to_string().as_str(), token(&config)),
            ("https://a.upstash.io", Some("hunter2"))
        );
        for pairs in [&[(TOKEN, "hunter2")][..], &[(URL, ""), (TOKEN, "hunter2")], &[]] {
            assert!(RestConfig::from_variables(of(pairs)).unwrap().is_none());
        }
        let config = RestConfig::from_variables(of(&[(URL, "https://a")])).unwrap().unwrap();
        assert_eq!(token(&config), None);
    }

    #[test]
    fn the_environment_completes_a_url() {
        let read = |url, pairs| RestConfig::from_url_and_variables(url, of(pairs));
        let config = read("upstash:", &BOTH).unwrap();
        assert_eq!(
            (config.to_string().as_str(), token(&config)),
            ("https://a.upstash.io", Some("hunter2"))
        );
        assert!(read("upstash:", &[]).unwrap_err().message().contains(URL));
        let config = read("upstash:?timeout=1s", &BOTH).unwrap();
        assert_eq!((config.timeout.as_secs(), token(&config)), (1, Some("hunter2")));
        assert!(read("upstash:?timeot=1s", &BOTH).unwrap_err().message().contains("timeout?"));
        assert_eq!(token(&read("upstash://a.upstash.io", &BOTH).unwrap()), Some("hunter2"));
        assert_eq!(token(&read("https://b", &[(TOKEN, "t")]).unwrap()), Some("t"));
        assert_eq!(token(&read("https://:own@b", &BOTH).unwrap()), Some("own"));
        assert_eq!(token(&read("https://b", &[]).unwrap()), None);
    }

    #[test]
    fn the_environments_token_goes_to_no_other_host() {
        let config = RestConfig::from_url_and_variables("https://evil.example", of(&BOTH)).unwrap();
        assert_eq!(token(&config), None);
    }

    #[test]
    fn what_is_wrong_names_the_variable_alone() {
        let pairs = [(URL, "https://:hun/ter2@x")];
        let text = RestConfig::from_variables(of(&pairs)).unwrap_err().to_string();
        assert!(text.contains(URL) && !text.contains("hun"), "{text}");
    }
}
