//! popkit's hooks among those of Claude Code's settings.

use std::fs;
use std::path::{Path, PathBuf};

use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstObject, CstRootNode};
use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::Value;

use super::say;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::{hook, whole};

/// JSON, but for comments.
pub(super) const SYNTAX: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The settings of a project.
pub(super) fn file(root: &Path) -> PathBuf {
    root.join(".claude/settings.json")
}

/// What settings say; `None` where there are none.
pub(super) fn read(file: &Path) -> Result<Option<Value>, CliError> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => {
            let what = format!("cannot read {}", file.display());
            return Err(CliError::io(Exit::Data, what, &e));
        }
    };
    let parsed = parse_to_serde_value::<Value>(&text, &SYNTAX);
    parsed.map(Some).map_err(|e| CliError::data(e.to_string()).at(file.display()))
}

/// Puts the hooks of this program into the settings, or renews them. All else there stays as it
/// is, comments and blanks included.
pub(super) fn install(cx: &Context, root: &Path) -> Result<(), CliError> {
    let program = std::env::current_exe()
        .map_err(|e| CliError::failed(format!("cannot tell where this program is: {e}")))?;
    let wanted: Value = serde_json::from_str(&hook::configuration(&program))
        .map_err(|e| CliError::failed(format!("the configuration of the hooks: {e}")))?;
    let file = file(root);
    if let Some(folder) = file.parent() {
        let made = fs::create_dir_all(folder);
        let what = format!("cannot make {}", folder.display());
        made.map_err(|e| CliError::io(Exit::Failed, what, &e))?;
    }
    let old = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => {
            let what = format!("cannot read {}", file.display());
            return Err(CliError::io(Exit::Data, what, &e));
        }
    };
    let new = merged(&old, &wanted).map_err(|why| {
        CliError::data(format!("{why}; mend it, or put in what `popkit hook --config` prints"))
            .at(file.display())
    })?;
    let did = whole::write_shared(&file, new.as_bytes())?;
    say(cx, &file, if did { "hooks put in" } else { "hooks are up to date" })
}

/// The settings with these hooks, once each.
fn merged(settings: &str, wanted: &Value) -> Result<String, String> {
    let text = settings.strip_prefix('\u{feff}').unwrap_or(settings);
    let text = if text.trim().is_empty() { "{}\n" } else { text };
    let root = CstRootNode::parse(text, &SYNTAX);
    let root = root.map_err(|error| format!("this is not JSON: {error}"))?;
    let all = root.object_value_or_create().ok_or("it is no JSON object")?;
    let hooks = all.object_value_or_create("hooks").ok_or("hooks is no object")?;
    let events = wanted.get("hooks").and_then(Value::as_object).into_iter().flatten();
    for (event, groups) in events {
        let there = hooks.array_value_or_create(event);
        let there = there.ok_or_else(|| format!("hooks.{event} is no list"))?;
        for group in groups.as_array().into_iter().flatten() {
            put(&there, event, group);
        }
    }
    Ok(root.to_string())
}

/// Puts a group into the list of an event, in the place of an older one of popkit's. It stays a
/// group of its own: the matcher of others says nothing about what is to be guarded. What is
/// popkit's in other groups goes.
fn put(groups: &CstArray, event: &str, wanted: &Value) {
    let mut is_there = false;
    for group in groups.elements() {
        let Some(group) = group.as_object() else { continue };
        let hooks = group.array_value("hooks").map(|hooks| hooks.elements()).unwrap_or_default();
        let (ours, others): (Vec<_>, Vec<_>) =
            hooks.into_iter().partition(|hook| is_ours(hook, event));
        match (ours.is_empty(), others.is_empty()) {
            (true, _) => {}
            (false, false) => ours.into_iter().for_each(CstNode::remove),
            (false, true) if is_there => group.remove(),
            (false, true) => {
                renew(group, wanted);
                is_there = true;
            }
        }
    }
    if !is_there {
        groups.append(input(wanted));
    }
}

fn renew(old: CstObject, wanted: &Value) {
    if old.to_serde_value().as_ref() != Some(wanted) {
        old.replace_with(input(wanted));
    }
}

fn is_ours(hook: &CstNode, event: &str) -> bool {
    hook.to_serde_value().is_some_and(|hook| is_hook_of_popkit(&hook, event))
}

/// Whether a hook of the settings is popkit's, for this event: wherever the program is.
pub(super) fn is_hook_of_popkit(hook: &Value, event: &str) -> bool {
    let command = hook.get("command").and_then(Value::as_str).unwrap_or_default();
    let line = match hook.get("args").and_then(Value::as_array) {
        Some(args) => args.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        None => command.to_owned(),
    };
    command.contains("popkit") && line.ends_with(&format!("hook {event}"))
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(is) => CstInputValue::Bool(*is),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(all) => CstInputValue::Array(all.iter().map(input).collect()),
        Value::Object(all) => {
            let field = |(name, value): (&String, &Value)| (name.clone(), input(value));
            CstInputValue::Object(all.iter().map(field).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(program: &str) -> Value {
        serde_json::from_str(&hook::configuration(Path::new(program))).unwrap()
    }

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn hooks_go_into_nothing_and_are_there_once() {
        for nothing in ["", " \n", "{}", "{\n  \"hooks\": {}\n}"] {
            let text = merged(nothing, &wanted("/a/popkit")).unwrap();
            assert_eq!(parsed(&text), wanted("/a/popkit"), "{text}");
            assert_eq!(merged(&text, &wanted("/a/popkit")).unwrap(), text);
        }
    }

    #[test]
    fn what_is_there_stays_as_it_is() {
        let old = "{\n  // mine\n  \"model\": \"opus\",\n  \"hooks\": {\n    \"PreToolUse\": [\n      { \"matcher\": \"Bash\", \"hooks\": [{ \"type\": \"command\", \"command\": \"lint\" }] }\n    ],\n    \"Stop\": []\n  }\n}\n";
        let text = merged(old, &wanted("/a/popkit")).unwrap();
        for line in old.lines().take(6) {
            assert!(text.contains(line.trim_end_matches(',')), "{line} is missing in {text}");
        }
        let plain = parsed(&text.replace("// mine", ""));
        assert_eq!(plain["model"], "opus");
        let groups = plain["hooks"]["PreToolUse"].as_array().unwrap();
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0]["hooks"][0]["command"], "lint");
        assert_eq!(groups[1], wanted("/a/popkit")["hooks"]["PreToolUse"][0]);
        assert_eq!(plain["hooks"]["Stop"], serde_json::json!([]));
    }

    #[test]
    fn an_older_hook_is_renewed_in_its_place() {
        let old = merged("", &wanted("/old/popkit")).unwrap();
        assert_eq!(parsed(&merged(&old, &wanted("/new/popkit")).unwrap()), wanted("/new/popkit"));
    }

    #[test]
    fn popkit_has_a_group_of_its_own_and_is_nowhere_else() {
        let ours = r#"{"type": "command", "command": "popkit hook PreToolUse"}"#;
        let lint = r#"{"type": "command", "command": "lint"}"#;
        let old = format!(
            r#"{{"hooks": {{"PreToolUse": [{{"matcher": "Write", "hooks": [{ours}, {lint}]}},
            {{"hooks": [{ours}]}}, {{"matcher": "x", "hooks": [{ours}, {ours}]}}]}}}}"#
        );
        let text = merged(&old, &wanted("/new/popkit")).unwrap();
        let expected = serde_json::json!([
            {"matcher": "Write", "hooks": [parsed(lint)]},
            wanted("/new/popkit")["hooks"]["PreToolUse"][0],
        ]);
        assert_eq!(parsed(&text)["hooks"]["PreToolUse"], expected, "{text}");
        assert_eq!(merged(&text, &wanted("/new/popkit")).unwrap(), text);
    }

    #[test]
    fn settings_of_another_shape_are_left_alone() {
        for odd in
            ["[]", "7", "{\"hooks\": []}", "{\"hooks\": {\"PreToolUse\": {}}}", "{", "{'a': 1}"]
        {
            assert!(merged(odd, &wanted("/a/popkit")).is_err(), "{odd}");
        }
    }
}
