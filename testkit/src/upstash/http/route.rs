//! What a request asks for.

use axum::http::Method;

use super::answer::Answer;
use super::request::decoded;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// A command as a JSON array in the body.
    Body,
    /// A command in the path, its segments decoded.
    Path(Vec<Vec<u8>>),
    /// `/pipeline`
    Pipeline,
    /// `/multi-exec`
    MultiExec,
    /// A stream of events.
    Watch(Watch),
}

/// What a stream of events tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::upstash) enum Watch {
    /// The messages of a channel.
    Channel(Vec<u8>),
    /// The messages of the channels that match.
    Pattern(Vec<u8>),
    /// All commands.
    Commands,
}

impl Route {
    /// Reads the method and the path as it came.
    ///
    /// # Errors
    ///
    /// The answer to a request that cannot be meant.
    pub(super) fn of(method: &Method, path: &str) -> Result<Self, Answer> {
        let writes = *method == Method::POST || *method == Method::PUT;
        if !writes && *method != Method::GET && *method != Method::HEAD {
            return Err(Answer::error(405, "ERR method not allowed"));
        }
        let path = path.strip_prefix('/').unwrap_or(path);
        if path.is_empty() {
            let empty = || Answer::error(400, "ERR empty command");
            return if writes { Ok(Self::Body) } else { Err(empty()) };
        }
        let mut segments: Vec<Vec<u8>> = path.split('/').map(decoded).collect();
        let first =
            String::from_utf8_lossy(segments.first().map(Vec::as_slice).unwrap_or_default())
                .to_ascii_lowercase();
        let only = segments.len() == 1;
        match first.as_str() {
            "pipeline" if only && writes => Ok(Self::Pipeline),
            "multi-exec" if only && writes => Ok(Self::MultiExec),
            "monitor" if only => Ok(Self::Watch(Watch::Commands)),
            kind @ ("subscribe" | "psubscribe") => match segments.pop() {
                Some(name) if segments.len() == 1 && kind == "subscribe" => {
                    Ok(Self::Watch(Watch::Channel(name)))
                }
                Some(name) if segments.len() == 1 => Ok(Self::Watch(Watch::Pattern(name))),
                _ => Err(Answer::error(
                    400,
                    &format!("ERR wrong number of arguments for '{kind}' command"),
                )),
            },
            _ => Ok(Self::Path(segments)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &Method, path: &str) -> Result<Route, u16> {
        Route::of(method, path).map_err(|answer| answer.status)
    }

    #[test]
    fn the_path_says_what_is_asked_for() {
        let words = |words: &[&str]| {
            Route::Path(words.iter().map(|word| word.as_bytes().to_vec()).collect())
        };
        assert_eq!(route(&Method::POST, "/"), Ok(Route::Body));
        assert_eq!(route(&Method::POST, "/pipeline"), Ok(Route::Pipeline));
        assert_eq!(route(&Method::PUT, "/multi-exec"), Ok(Route::MultiExec));
        assert_eq!(route(&Method::GET, "/get/a%2Fb/%20"), Ok(words(&["get", "a/b", " "])));
        assert_eq!(route(&Method::GET, "/pipeline"), Ok(words(&["pipeline"])));
        let pattern = Route::Watch(Watch::Pattern(b"pop:*".to_vec()));
        assert_eq!(route(&Method::POST, "/psubscribe/pop:*"), Ok(pattern));
        assert_eq!(route(&Method::POST, "/monitor"), Ok(Route::Watch(Watch::Commands)));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_eq!(route(&Method::DELETE, "/get/a"), Err(405));
        assert_eq!(route(&Method::GET, "/"), Err(400));
        assert_eq!(route(&Method::POST, "/subscribe"), Err(400));
        assert_eq!(route(&Method::POST, "/subscribe/a/b"), Err(400));
    }
}
