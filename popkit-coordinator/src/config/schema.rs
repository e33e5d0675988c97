//! The JSON Schema of the file.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::{Config, example};

impl Config {
    /// The JSON Schema (2020-12) of the file, with what each key means and its default. A file
    /// that obeys it may be refused all the same: for a rule between two keys, or a pattern
    /// that is none.
    #[must_use]
    pub fn schema() -> String {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.inline_subschemas = true;
        });
        let mut schema = settings.into_generator().into_root_schema_for::<Self>().to_value();
        if let Ok(Value::Object(defaults)) = serde_json::from_str(example::EXAMPLE) {
            add_defaults(&mut schema, &defaults);
        }
        format!("{schema:#}\n")
    }
}

/// Says at each key what it is where it is missing.
fn add_defaults(schema: &mut Value, defaults: &Map<String, Value>) {
    for (key, default) in defaults {
        let Some(property) = schema.get_mut("properties").and_then(|all| all.get_mut(key)) else {
            continue;
        };
        match default {
            Value::Object(inner) => add_defaults(property, inner),
            _ => {
                if let Some(property) = property.as_object_mut() {
                    property.insert("default".to_owned(), default.clone());
                }
            }
        }
    }
}
