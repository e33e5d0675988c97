//! Literal requests and what they must be answered, through curl.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::double::Place;
use super::part::Outcome;
use crate::fault::Fault;
use crate::step;

/// Between the body and the status in curl's output; no body has it.
const MARK: &str = "\n--status ";

/// A request and its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    name: String,
    /// `POST` with something to send, else `GET`.
    method: Option<String>,
    /// `{token}` stands for the token.
    path: String,
    #[serde(default)]
    headers: Vec<String>,
    send: Option<String>,
    #[serde(default)]
    token: Token,
    /// How long the answer may take.
    #[serde(default = "patience")]
    seconds: u32,
    status: u16,
    /// The whole body.
    body: Option<String>,
    /// How the body begins.
    begins: Option<String>,
}

/// The token in the header.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Token {
    #[default]
    Standard,
    ReadOnly,
    Bad,
    None,
}

/// Long enough for a machine that is busy.
fn patience() -> u32 {
    20
}

/// Sends the requests of a file, in their order.
pub(super) fn run(path: &Path, place: &Place) -> Result<Outcome, Fault> {
    let unread =
        |error: String| Fault::new(format!("{}: {error}", path.display()), "mend the file");
    let text = fs::read_to_string(path).map_err(|error| unread(error.to_string()))?;
    let pairs: Vec<Pair> =
        serde_json::from_str(&text).map_err(|error| unread(error.to_string()))?;
    let mut outcome = Outcome::default();
    for pair in pairs {
        match pair.send(place)? {
            Ok(()) => outcome.passed.push(pair.name),
            Err(reason) => outcome.failed.push((pair.name, reason)),
        }
    }
    Ok(outcome)
}

impl Pair {
    /// What is wrong with the answer; a fault when curl does not run.
    fn send(&self, place: &Place) -> Result<Result<(), String>, Fault> {
        let output = self.command(place).output();
        let output = output.map_err(|error| step::unstartable("curl", &error))?;
        if !output.status.success() {
            return Ok(Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let (body, status) = text.rsplit_once(MARK).unwrap_or((&text, ""));
        Ok(self.judge(body, status))
    }

    fn judge(&self, body: &str, status: &str) -> Result<(), String> {
        if status != self.status.to_string() {
            return Err(format!("status {status} where {} belongs: {body}", self.status));
        }
        let whole = self.body.as_deref().is_none_or(|wanted| wanted == body);
        let begins = self.begins.as_deref().is_none_or(|wanted| body.starts_with(wanted));
        if whole && begins { Ok(()) } else { Err(format!("the body is {body:?}")) }
    }

    fn command(&self, place: &Place) -> Command {
        let mut command = Command::new("curl");
        command.stdin(Stdio::null()).env_remove("CURL_HOME");
        // Nobody's own settings, nothing rewritten, no proxy before this machine.
        command.args(["--disable", "--silent", "--show-error", "--path-as-is", "--globoff"]);
        command.args(["--noproxy", "*", "--max-time", &self.seconds.to_string()]);
        command.args(["--write-out", &format!("{MARK}%{{http_code}}")]);
        match self.method.as_deref() {
            Some("HEAD") => command.arg("--head"),
            Some(method) => command.args(["--request", method]),
            None => &mut command,
        };
        let token = match self.token {
            Token::Standard => Some(place.token.as_str()),
            Token::ReadOnly => Some(place.read_only_token.as_str()),
            Token::Bad => Some("nobody"),
            Token::None => None,
        };
        if let Some(token) = token {
            command.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        for header in &self.headers {
            command.args(["--header", header]);
        }
        if let Some(body) = &self.send {
            command.args(["--data-binary", body]);
        }
        let path = self.path.replace("{token}", &place.token);
        command.arg(format!("{}{path}", place.url));
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::root;

    fn pairs(file: &str) -> Vec<Pair> {
        let path = root().join("interop/curl").join(file);
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn the_files_are_understood() {
        for file in ["golden.json", "forms.json"] {
            assert!(pairs(file).len() > 10, "{file}");
        }
    }

    #[test]
    fn an_answer_is_judged_by_status_and_body() {
        let pair = &pairs("golden.json")[0];
        assert_eq!(pair.judge(r#"{"result":"OK"}"#, "200"), Ok(()));
        assert!(pair.judge(r#"{"result":"no"}"#, "200").is_err());
        assert!(pair.judge(r#"{"result":"OK"}"#, "400").is_err());
    }
}
