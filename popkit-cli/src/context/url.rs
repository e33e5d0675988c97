//! URLs that name a store, messages, or both.

use std::path::Path;

use popkit_protocol::SessionId;
use popkit_redis::{RedisConfig, RestConfig};

use crate::error::CliError;
use crate::state::in_url;

/// Options of a server's URL that say something to the store alone.
const OF_STORE: [&str; 3] = ["session", "max_lanes", "mode"];
/// Those that say something to the messages alone.
const OF_MESSAGES: [&str; 5] = ["keep_age", "keep_bytes", "keep_messages", "legacy", "root"];
/// The one that both understand, and the connection does not.
const OF_BOTH: &str = "allow_eviction";

/// What one URL names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Urls {
    /// The store, where it names one.
    pub(super) store: Option<String>,
    /// The messages, where it names them.
    pub(super) transport: Option<String>,
    /// The session of both, where it names one.
    pub(super) session: Option<SessionId>,
}

impl Urls {
    /// A server is both; a file or a folder is one of the two.
    ///
    /// # Errors
    ///
    /// A URL that is none, of no backend, or of a server that cannot be meant.
    pub(super) fn of(url: &str) -> Result<Self, CliError> {
        let url = url.trim();
        if is_server(url) {
            check(url)?;
            let session = option(url, "session").map(SessionId::new).transpose();
            let session = session.map_err(|error| CliError::usage(error.to_string()))?;
            let store = keep(url, |name| name != "session" && !OF_MESSAGES.contains(&name));
            let transport = keep(url, |name| !OF_STORE.contains(&name));
            return Ok(Self { store: Some(store), transport: Some(transport), session });
        }
        let whole = Some(url.to_owned());
        match url.split_once(':') {
            Some(("sqlite", _)) | Some(("memory", "")) => {
                Ok(Self { store: whole, ..Self::default() })
            }
            Some(("file", _)) => Ok(Self { transport: whole, ..Self::default() }),
            _ => Err(unknown_url(url)),
        }
    }
}

/// Whether a URL names a server: one that is both, store and messages.
pub(crate) fn is_server(url: &str) -> bool {
    is_redis(url) || is_rest(url)
}

/// Whether a URL is for the native wire of Redis to read.
pub(crate) fn is_redis(url: &str) -> bool {
    let Some((scheme, _)) = url.split_once(':') else { return false };
    let plain = scheme.split('+').next().unwrap_or_default();
    matches!(plain, "redis" | "rediss" | "unix")
}

/// Whether a URL is that of a REST service, which bills each command: Upstash.
pub(crate) fn is_rest(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme);
    matches!(scheme, Some("upstash" | "https" | "http"))
}

/// That a server's URL can be meant.
fn check(url: &str) -> Result<(), CliError> {
    if is_rest(url) {
        return Ok(RestConfig::from_url(&connection(url))?.check()?);
    }
    Ok(connection(url).parse::<RedisConfig>()?.check()?)
}

/// The URL of a server without what only stores and messages understand.
pub(crate) fn connection(url: &str) -> String {
    keep(url, |name| !OF_STORE.contains(&name) && !OF_MESSAGES.contains(&name) && name != OF_BOTH)
}

/// The URL for people: that of a server without its user, password or token and most options.
pub(crate) fn shown(url: &str) -> String {
    if !is_server(url) {
        return url.to_owned();
    }
    let place = match is_rest(url) {
        true => RestConfig::from_url(&connection(url)).map(|config| config.to_string()),
        false => connection(url).parse::<RedisConfig>().map(|config| config.to_string()),
    };
    let Ok(place) = place else {
        // It is refused wherever it is used; what is wrong with it may be a secret.
        return url.split(':').next().unwrap_or_default().to_owned();
    };
    let named = ["session", "root"].map(|name| Some((name, option(url, name)?)));
    named.into_iter().flatten().fold(place, |url, (name, value)| with(&url, name, value))
}

/// The URL of a store with this session, where it is one that has sessions and names none.
pub(super) fn with_session(url: &str, session: &SessionId) -> String {
    match option(url, "session") {
        None if is_server(url) => with(url, "session", session.as_str()),
        _ => url.to_owned(),
    }
}

/// The URLs of the store and the messages of a server, of this session whatever else the URL says.
pub(crate) fn urls_of_session(
    url: &str,
    session: &SessionId,
) -> Result<(String, String), CliError> {
    let Urls { store, transport, .. } = Urls::of(url)?;
    let (Some(store), Some(transport)) = (store, transport) else { return Err(unknown_url(url)) };
    Ok((with_session(&store, session), transport))
}

/// The URL, good in every folder: children have folders of their own.
pub(super) fn absolute(url: &str, cwd: &Path) -> String {
    let Some(file) = option(url, "ca").filter(|file| is_server(url) && !file.starts_with('/'))
    else {
        return url.to_owned();
    };
    let folder = in_url(cwd).replace('&', "%26").replace('@', "%40");
    with(&keep(url, |name| name != "ca"), "ca", &format!("{folder}/{file}"))
}

/// The value of an option of a URL, as it stands there.
pub(crate) fn option<'u>(url: &'u str, name: &str) -> Option<&'u str> {
    let (_, options) = url.split_once('?')?;
    options.split('&').find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
}

/// The URL with those options whose names are wanted.
fn keep(url: &str, wanted: impl Fn(&str) -> bool) -> String {
    let Some((place, options)) = url.split_once('?') else { return url.to_owned() };
    let name = |option: &&str| wanted(option.split('=').next().unwrap_or_default());
    let kept: Vec<&str> = options.split('&').filter(name).collect();
    if kept.is_empty() { place.to_owned() } else { format!("{place}?{}", kept.join("&")) }
}

fn with(url: &str, name: &str, value: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{name}={value}")
}

/// What is no URL, or that of no backend. Only its scheme is shown: the rest may hold a password.
pub(crate) fn unknown_url(url: &str) -> CliError {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let named = url.split_once(':').map(|(scheme, _)| scheme);
    let what = match named.filter(|scheme| scheme.len() <= 20 && scheme.chars().all(plain)) {
        Some(scheme) => format!("no backend for {scheme:?}"),
        None => "not a URL".to_owned(),
    };
    CliError::usage(format!(
        "{what}; use redis://HOST:PORT, rediss://, unix:PATH, redis+cluster://, \
         redis+sentinel://, upstash:, sqlite:PATH, file:FOLDER or memory:"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn named(url: &str) -> (Option<String>, Option<String>) {
        let urls = Urls::of(url).unwrap();
        (urls.store, urls.transport)
    }

    #[test]
    fn the_scheme_says_what_it_is() {
        let both = |url: &str| (Some(url.to_owned()), Some(url.to_owned()));
        for url in [
            "redis://localhost",
            "rediss+cluster://a,b",
            "unix:/run/redis.sock",
            "upstash://:t@a.upstash.io",
            "https://:t@a.upstash.io?sse=on",
            "http://:t@127.0.0.1:8080",
        ] {
            assert_eq!(named(url), both(url));
        }
        for url in ["sqlite:tasks.db", "memory:"] {
            assert_eq!(named(url), (Some(url.to_owned()), None));
        }
        assert_eq!(named("file:messages"), (None, Some("file:messages".to_owned())));
    }

    #[test]
    fn each_part_gets_the_options_that_it_understands() {
        let url = "redis://:hunter2@localhost?timeout=1s&max_lanes=9&session=red&keep_age=1d\
                   &allow_eviction=true";
        let urls = Urls::of(url).unwrap();
        let place = "redis://:hunter2@localhost?timeout=1s";
        assert_eq!(urls.store.unwrap(), format!("{place}&max_lanes=9&allow_eviction=true"));
        assert_eq!(urls.transport.unwrap(), format!("{place}&keep_age=1d&allow_eviction=true"));
        assert_eq!(urls.session.unwrap().as_str(), "red");
        assert_eq!(connection(url), place);
        assert_eq!(shown(url), "redis://localhost:6379/0?session=red");
        assert_eq!(shown("redis://:hun/ter2@x"), "redis");
        assert_eq!(shown("sqlite:a.db"), "sqlite:a.db");
        let url = "upstash://:hunter2@a.upstash.io?session=red&timeout=1s&root=my";
        assert_eq!(shown(url), "https://a.upstash.io?session=red&root=my");
    }

    #[test]
    fn a_session_that_is_named_stays() {
        let team = SessionId::new("team").unwrap();
        for (url, expected) in [
            ("redis://h", "redis://h?session=team"),
            ("unix:/s?db=3", "unix:/s?db=3&session=team"),
            ("redis://h?session=red", "redis://h?session=red"),
            ("upstash:", "upstash:?session=team"),
            ("sqlite:a.db", "sqlite:a.db"),
        ] {
            assert_eq!(with_session(url, &team), expected);
        }
    }

    #[test]
    fn a_file_with_authorities_is_found_from_every_folder() {
        let at = |url| absolute(url, Path::new("/w?&"));
        assert_eq!(at("rediss://h?ca=k.pem&db=1"), "rediss://h?db=1&ca=/w%3F%26/k.pem");
        for url in ["rediss://h?ca=/k.pem", "redis://h", "sqlite:a?ca=b"] {
            assert_eq!(at(url), url);
        }
    }

    #[test]
    fn what_is_no_backend_is_refused_without_its_secrets() {
        for (url, says) in [
            ("postgres://bob:hunter2@x/y", "no backend for \"postgres\""),
            ("hunter2", "not a URL"),
            ("bob hunter2:x", "not a URL"),
            ("memory:hunter2", "no backend for \"memory\""),
            ("redis://bob:hunter2@far.example", "unencrypted"),
            ("redis://:hunter2@localhost?timout=1s", "did you mean timeout"),
            ("redis://:hunter2@localhost?session=a.b", "session"),
            ("redis+bogus://x", "no Redis URL begins with redis+bogus"),
            ("http://:hunter2@far.example", "unencrypted"),
            ("https://:hunter2@a?timout=1s", "did you mean timeout"),
            ("https://a.upstash.io", "no token for https://a.upstash.io"),
        ] {
            let error = Urls::of(url).unwrap_err();
            assert_eq!(error.code, Exit::Usage, "{url}");
            assert!(error.message.contains(says), "{url}: {}", error.message);
            assert!(!error.message.contains("hunter2"), "{}", error.message);
        }
    }
}
