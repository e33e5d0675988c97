//! The JSON Schema of the file.

use popkit_coordinator::config::Config;
use serde_json::{Value, json};

use super::keys::paths;
use super::{SHIPPED, clean};

fn schema() -> Value {
    serde_json::from_str(&Config::schema()).unwrap()
}

/// What is wrong with a value, by the keywords of a schema. One that is not known here is an
/// error, so that none is passed over.
fn check(schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().expect(at) {
        let is_obeyed = match keyword.as_str() {
            "$schema" | "title" | "description" | "default" | "format" => true,
            "type" => types(rule).iter().any(|name| is_of(value, name)),
            "enum" => rule.as_array().unwrap().contains(value),
            "const" => rule == value,
            "minimum" => value.as_f64().is_none_or(|n| n >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|n| n <= rule.as_f64().unwrap()),
            "minLength" => {
                value.as_str().is_none_or(|text| text.len() as u64 >= rule.as_u64().unwrap())
            }
            "anyOf" | "oneOf" => rule.as_array().unwrap().iter().any(|one| {
                let mut inner = Vec::new();
                check(one, value, at, &mut inner);
                inner.is_empty()
            }),
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    check(rule, item, &format!("{at}[]"), wrong);
                }
                true
            }
            "properties" => {
                for (key, property) in rule.as_object().unwrap() {
                    if let Some(inner) = value.get(key) {
                        check(property, inner, &format!("{at}.{key}"), wrong);
                    }
                }
                true
            }
            "additionalProperties" => {
                assert_eq!(*rule, json!(false), "{at}");
                let known = &schema["properties"];
                value.as_object().is_none_or(|all| all.keys().all(|key| known.get(key).is_some()))
            }
            other => panic!("{at}: the test does not know {other}"),
        };
        if !is_obeyed {
            wrong.push(format!("{at}: {keyword}"));
        }
    }
}

fn types(rule: &Value) -> Vec<&str> {
    match rule {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("no type {other}"),
    }
}

fn wrong(file: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    check(&schema(), file, "", &mut wrong);
    wrong
}

/// The schema of a key.
fn property<'s>(schema: &'s Value, path: &str) -> Option<&'s Value> {
    path.split('.').try_fold(schema, |schema, key| schema.get("properties")?.get(key))
}

#[test]
fn the_example_and_the_shipped_file_obey_the_schema() {
    for text in [Config::example(), SHIPPED.to_owned(), "{}".to_owned()] {
        clean(&text);
        assert_eq!(wrong(&serde_json::from_str(&text).unwrap()), [] as [&str; 0]);
    }
}

#[test]
fn the_schema_says_what_every_key_is() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let example: Value = serde_json::from_str(&Config::example()).unwrap();
    for path in paths() {
        let Some(property) = property(&schema, &path) else { panic!("no {path}") };
        assert!(property["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
        let default = example.pointer(&format!("/{}", path.replace('.', "/"))).unwrap();
        assert_eq!(property["default"], *default, "{path}");
    }
}

#[test]
fn unknown_keys_break_the_schema_in_every_block() {
    let example: Value = serde_json::from_str(&Config::example()).unwrap();
    let mut blocks: Vec<String> = paths()
        .iter()
        .map(|path| path.rsplit_once('.').map_or(String::new(), |(block, _)| block.to_owned()))
        .collect();
    blocks.push("tier_limits".to_owned());
    blocks.dedup();
    assert_eq!(blocks.len(), 25);
    for block in blocks {
        let mut file = example.clone();
        let pointer =
            if block.is_empty() { String::new() } else { format!("/{}", block.replace('.', "/")) };
        file.pointer_mut(&pointer).unwrap()["surprise"] = json!(1);
        assert_eq!(wrong(&file).len(), 1, "{block}");
    }
}

#[test]
fn what_the_schema_refuses_the_program_refuses() {
    for (pointer, value) in [
        ("/mode_priority", json!(["rediss"])),
        ("/redis/port", json!(0)),
        ("/redis/password", json!(1)),
        ("/limits/max_runtime_minutes", json!("30")),
        ("/phases/phase_timeout_multiplier", json!(0.01)),
        ("/coordinator/mode", json!("passive")),
        ("/tier_limits/pro/features", json!(["all"])),
        ("/guardrails/unconventional_patterns", json!([{"keywords": "x"}])),
    ] {
        let mut file: Value = serde_json::from_str(&Config::example()).unwrap();
        *file.pointer_mut(pointer).unwrap() = value;
        assert!(!wrong(&file).is_empty(), "{pointer}");
        super::refused(&file.to_string());
    }
}
