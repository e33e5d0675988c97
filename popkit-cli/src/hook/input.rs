//! The object on standard input.

use std::io::{self, Read as _};
use std::path::PathBuf;

use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{AgentId, Json, Object};
use serde::Deserialize;

/// Bytes of an input: 8 MiB, for a tool may write a whole file.
const MOST: u64 = 8 * 1024 * 1024;

/// What Claude Code says about an event. Keys that are not here are left alone.
#[derive(Debug, Deserialize)]
pub(super) struct Input {
    /// Which event.
    pub(super) hook_event_name: String,
    /// Whose session.
    pub(super) session_id: String,
    /// Where it works.
    pub(super) cwd: PathBuf,
    /// Which sub-agent of it.
    pub(super) agent_id: Option<String>,
    /// What sort of agent.
    pub(super) agent_type: Option<String>,
    /// The tool.
    pub(super) tool_name: Option<String>,
    /// What it is given.
    pub(super) tool_input: Option<Json>,
    /// What it answered.
    pub(super) tool_response: Option<Json>,
    /// Which call.
    pub(super) tool_use_id: Option<String>,
}

impl Input {
    /// Reads standard input to its end.
    pub(super) fn read() -> Result<Self, String> {
        let mut bytes = Vec::new();
        let mut stdin = io::stdin().lock();
        let read = stdin.by_ref().take(MOST + 1).read_to_end(&mut bytes);
        // To the end, though it is refused.
        let read = read.and_then(|_| io::copy(&mut stdin, &mut io::sink()));
        read.map_err(|error| format!("standard input cannot be read: {error}"))?;
        Self::parse(&bytes)
    }

    /// Reads one object: of the right types, without a key that is there twice, not too large
    /// and not too deep, and nothing behind it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() as u64 > MOST {
            return Err(format!("standard input has more than {} MiB", MOST >> 20));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| format!("standard input is not UTF-8: {error}"))?;
        let json = Json::from_text(text).map_err(|error| format!("standard input: {error}"))?;
        // Also what is not looked at: two readers could take one each of what is there twice.
        Object::new(&json).map_err(|error| format!("standard input: {}", error.reason()))?;
        let input: Self = json.decode().map_err(|error| format!("standard input: {error}"))?;
        if !input.cwd.is_absolute() {
            return Err(format!("cwd is {:?}, which is not absolute", input.cwd));
        }
        AgentIdentity::stable_id(&input.session_id, None).map_err(|error| error.to_string())?;
        Ok(input)
    }

    /// The agent: the same for all calls of a session, and of a sub-agent in it.
    pub(super) fn agent(&self) -> Result<AgentId, String> {
        AgentIdentity::stable_id(&self.session_id, self.agent_id.as_deref())
            .map_err(|error| error.to_string())
    }

    /// What people call it.
    pub(super) fn agent_name(&self) -> String {
        self.agent_type.clone().unwrap_or_else(|| "claude".to_owned())
    }

    /// The tool and what it is given.
    pub(super) fn call(&self) -> Result<(String, Object), String> {
        let tool = self.tool_name.clone().filter(|name| !name.is_empty());
        let tool = tool.ok_or("the tool_name is missing")?;
        let input = self.tool_input.as_ref().ok_or("the tool_input is missing")?;
        let input =
            Object::new(input).map_err(|error| format!("tool_input: {}", error.reason()))?;
        Ok((tool, input))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/w","extra":1,
        "tool_name":"Write","tool_input":{"file_path":"/w/a"},"tool_response":null}"#;

    fn with(from: &str, to: &str) -> Result<Input, String> {
        assert!(GOOD.contains(from), "{from}");
        Input::parse(GOOD.replace(from, to).as_bytes())
    }

    #[test]
    fn unknown_fields_are_tolerated() {
        let input = Input::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(input.call().unwrap().0, "Write");
        assert!(input.tool_response.is_none());
    }

    #[test]
    fn what_is_not_valid_is_refused() {
        for (from, to) in [
            ("{\"hook", "[\"hook"),
            ("\"extra\":1", "\"extra\":{\"a\":1,\"a\":2}"),
            ("\"extra\":1", "\"cwd\":\"/x\""),
            ("\"/w\"", "\"w\""),
            ("\"/w\"", "7"),
            ("\"s\"", "\"\""),
            ("\"s\"", "null"),
            ("\"Write\"", "[]"),
            ("null}", "null} x"),
            ("null}", "null"),
        ] {
            assert!(with(from, to).is_err(), "{from} -> {to}");
        }
        let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
        assert!(with("null}", &format!("{deep}}}")).unwrap_err().contains("deeper"));
        assert!(with("{\"file_path\":\"/w/a\"}", "[]").unwrap().call().is_err());
        assert!(with("\"Write\"", "null").unwrap().call().is_err());
        assert!(Input::parse(b"\xff").is_err() && Input::parse(b"").is_err());
        let large = vec![b' '; usize::try_from(MOST).unwrap() + 1];
        assert!(Input::parse(&large).unwrap_err().contains("8 MiB"));
    }

    #[test]
    fn p12_an_agent_is_the_same_at_every_event() {
        let main = Input::parse(GOOD.as_bytes()).unwrap().agent().unwrap();
        let later = with("\"Write\"", "\"Bash\"").unwrap().agent().unwrap();
        let sub = with("\"extra\":1", "\"agent_id\":\"a1\"").unwrap().agent().unwrap();
        assert_eq!(main, later);
        assert_ne!(main, sub);
    }
}
