//! What holds where the file says nothing.

use popkit_coordinator::config::Config;
use serde_json::Value;

use super::keys::paths;
use super::{SHIPPED, clean};

/// Texts for people, of which the table has none: their defaults are popkit's own.
const FOR_PEOPLE: [&str; 3] = ["/$schema", "/description", "/native/plan_mode/notes"];

/// The shipped file, with popkit's words where the table has none.
fn shipped() -> Value {
    let mut shipped: Value = serde_json::from_str(SHIPPED).unwrap();
    let example: Value = serde_json::from_str(&Config::example()).unwrap();
    for pointer in FOR_PEOPLE {
        *shipped.pointer_mut(pointer).unwrap() = example.pointer(pointer).unwrap().clone();
    }
    for i in 0..5 {
        let pointer = format!("/guardrails/unconventional_patterns/{i}/description");
        *shipped.pointer_mut(&pointer).unwrap() = example.pointer(&pointer).unwrap().clone();
    }
    shipped
}

#[test]
fn the_defaults_are_those_of_the_shipped_file() {
    assert_eq!(clean(&shipped().to_string()), Config::default());
    clean(SHIPPED);
}

#[test]
fn an_empty_file_has_the_defaults() {
    assert_eq!(clean("{}"), Config::default());
    assert_eq!(clean("\u{feff}{ /* none */ } // nothing"), Config::default());
}

#[test]
fn blocks_that_say_one_thing_keep_the_rest() {
    let config = clean(r#"{"tier_limits": {"pro": {"max_agents": 20}}, "native": {}}"#);
    let mut expected = Config::default();
    expected.tier_limits.pro.max_agents = 20;
    assert_eq!(config, expected);
}

#[test]
fn the_example_is_the_whole_file_with_the_defaults() {
    let example = Config::example();
    assert_eq!(clean(&example), Config::default());
    let json: Value = serde_json::from_str(&example).expect("it is plain JSON");
    assert_eq!(json["$schema"], Config::SCHEMA_FILE);
    for path in paths() {
        let pointer = format!("/{}", path.replace('.', "/"));
        assert!(json.pointer(&pointer).is_some(), "{path}");
    }
}

#[test]
fn without_a_file_redis_has_its_own_port() {
    let mut none = Config::without_file();
    assert_eq!(none.redis.port, 6379);
    none.redis.port = 16379;
    assert_eq!(none, Config::default());
}

#[test]
fn the_documentation_has_every_key() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/config.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    let rows: Vec<(String, &str)> = rows(&docs);
    let json: Value = serde_json::from_str(&Config::example()).unwrap();
    for path in paths() {
        let Some((_, default)) = rows.iter().find(|(key, _)| *key == path) else {
            panic!("docs/config.md has no row for {path}");
        };
        let value = json.pointer(&format!("/{}", path.replace('.', "/"))).unwrap();
        if !value.is_array()
            && !FOR_PEOPLE.contains(&format!("/{}", path.replace('.', "/")).as_str())
        {
            assert_eq!(*default, value.to_string(), "the default of {path}");
        }
    }
}

/// The keys of all tables, below the block that the heading names, and their defaults.
fn rows(docs: &str) -> Vec<(String, &str)> {
    let mut block = String::new();
    let mut rows = Vec::new();
    for line in docs.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            block = heading.trim_matches('`').to_owned();
        }
        let mut cells = line.split('|').map(str::trim).skip(1);
        if let (Some(keys), Some(default)) = (cells.next(), cells.next()) {
            for key in keys.split(',').map(str::trim) {
                let key = key.trim_matches('`');
                let path =
                    if block.contains(' ') { key.to_owned() } else { format!("{block}.{key}") };
                rows.push((path, default.trim_matches('`')));
            }
        }
    }
    rows
}
