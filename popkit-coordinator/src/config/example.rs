//! The file that `popkit power init` writes.

use super::Config;

/// The whole file with the defaults.
pub(super) const EXAMPLE: &str = include_str!("example.json");

impl Config {
    /// The whole file with the defaults, as JSON without comments: a file to begin with. Its
    /// `$schema` is [`SCHEMA_FILE`](Self::SCHEMA_FILE).
    #[must_use]
    pub fn example() -> String {
        EXAMPLE.to_owned()
    }
}

/// The whole paths of all keys, blocks included.
pub(super) fn keys() -> Vec<String> {
    let mut keys = Vec::new();
    if let Ok(serde_json::Value::Object(root)) = serde_json::from_str(EXAMPLE) {
        collect("", &root, &mut keys);
    }
    keys
}

fn collect(
    block: &str,
    object: &serde_json::Map<String, serde_json::Value>,
    keys: &mut Vec<String>,
) {
    for (key, value) in object {
        let path = if block.is_empty() { key.clone() } else { format!("{block}.{key}") };
        if let serde_json::Value::Object(inner) = value {
            collect(&path, inner, keys);
        }
        keys.push(path);
    }
}
