//! No key is dead: whatever is changed, something else comes out of the file, or it is refused.

use popkit_coordinator::config::Config;
use serde_json::{Value, json};

use super::keys::paths;
use super::{SHIPPED, parse};

/// Other values for one: a setting that allows one value refuses the others.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!("http://127.0.0.1"), json!(7)],
        Value::Bool(truth) => vec![json!(!truth)],
        Value::Number(number) => match number.as_u64() {
            Some(number) => vec![json!(number + 1), json!(2 * number)],
            None => vec![json!(number.as_f64().unwrap() / 2.0)],
        },
        Value::String(text) => vec![json!(format!("{text}x")), json!("file"), json!("2.9.9")],
        Value::Array(items) => vec![json!([]), Value::from(items[1..].to_vec())],
        Value::Object(_) => Vec::new(),
    }
}

#[test]
fn every_key_that_is_changed_changes_something() {
    let shipped: Value = serde_json::from_str(SHIPPED).unwrap();
    let (unchanged, _) = parse(SHIPPED).unwrap();
    let mut dead = Vec::new();
    for path in paths() {
        let pointer = format!("/{}", path.replace('.', "/"));
        let value = shipped.pointer(&pointer).unwrap_or_else(|| panic!("{path} is not shipped"));
        let mut changes = 0;
        for other in others(value).into_iter().filter(|other| other != value) {
            let mut file = shipped.clone();
            *file.pointer_mut(&pointer).unwrap() = other.clone();
            match parse(&file.to_string()) {
                Ok((config, _)) if config == unchanged => dead.push(format!("{path} = {other}")),
                Ok(_) => changes += 1,
                Err(error) => {
                    let keys: Vec<&str> =
                        error.mistakes().iter().map(|mistake| mistake.key.as_str()).collect();
                    let block = path.split('.').next().unwrap();
                    assert!(keys.iter().all(|key| key.starts_with(block)), "{path}: {error}");
                    changes += 1;
                }
            }
        }
        assert!(changes > 0, "{path} was not changed");
    }
    assert_eq!(dead, [] as [&str; 0]);
}

#[test]
fn every_key_without_a_value_of_its_type_is_refused() {
    for path in paths() {
        let mut file: Value = serde_json::from_str(&Config::example()).unwrap();
        *file.pointer_mut(&format!("/{}", path.replace('.', "/"))).unwrap() = json!([{}]);
        let error = parse(&file.to_string()).expect_err(&path);
        let key = &error.mistakes()[0].key;
        assert!(key.starts_with(&path), "{path}: {error}");
    }
}
