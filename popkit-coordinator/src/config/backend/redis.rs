//! `redis`.

use std::fmt;
use std::time::Duration;

use jsonc_parser::ast::Value;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use popkit_protocol::duration;
use secrecy::{ExposeSecret, SecretString};

use crate::config::read::{Field, Read, Report, block, rule};

block! {
    /// The block `redis`: which server, and how long it is waited for.
    RedisConfig {
        /// The host.
        host: String where rule::host = "localhost".to_owned(),
        /// The port: 16379 in the file as it is shipped; 6379 where there is no file.
        port: u16 [1..=65535] = 16379,
        /// The database.
        db: u32 [0..=65535] = 0,
        /// The password of the user `default`; null for none.
        password: Option<Password> = None,
        /// Seconds that an answer is waited for; null for the default of the client.
        socket_timeout: Option<f64> where rule::timeout = Some(5.0),
        /// Whether a read without an answer is tried once more.
        retry_on_timeout: bool = true,
        /// Idle seconds after which a connection is tested; 0 for never.
        health_check_interval: f64 [0.0..=86400.0] = 30.0,
    }
}

impl RedisConfig {
    /// The server as a URL with options, as `--url` takes it.
    ///
    /// The password is in it: show it to nobody.
    #[must_use]
    pub fn url(&self) -> String {
        let Self { host, port, db, retry_on_timeout, .. } = self;
        let user = self.password.as_ref().map(Password::user_info).unwrap_or_default();
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let span = |seconds: f64| {
            duration::format(Duration::try_from_secs_f64(seconds).unwrap_or_default())
        };
        let timeout = self.socket_timeout.map(|seconds| format!("timeout={}&", span(seconds)));
        let (timeout, check) = (timeout.unwrap_or_default(), span(self.health_check_interval));
        format!(
            "redis://{user}{host}:{port}/{db}?{timeout}retry_on_timeout={retry_on_timeout}\
             &health_check_interval={check}"
        )
    }
}

/// A password. It is shown nowhere but in [`RedisConfig::url`].
#[derive(Clone)]
pub struct Password(SecretString);

impl Password {
    fn user_info(&self) -> String {
        format!(":{}@", utf8_percent_encode(self.0.expose_secret(), NON_ALPHANUMERIC))
    }
}

impl PartialEq for Password {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

impl Read for Password {
    fn read(field: &Field<'_, '_>, report: &mut Report<'_>) -> Option<Self> {
        match field.value() {
            Value::StringLit(text) if !text.value.is_empty() => {
                Some(Self(SecretString::from(text.value.clone().into_owned())))
            }
            // What was found is not shown: it may be the password all the same.
            _ => {
                field.refuse("expected the password as a string, or null for none", report);
                None
            }
        }
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Password {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Password".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1 })
    }
}
