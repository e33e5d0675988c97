//! Modes, tiers and versions, as the file names them.

use crate::config::read::{Field, Read, Report, no_word};
use crate::mode::{Mode, Tier, Version};

impl Read for Mode {
    fn read(field: &Field<'_, '_>, report: &mut Report<'_>) -> Option<Self> {
        let text = String::read(field, report)?;
        let mode = Self::ALL.into_iter().find(|mode| mode.name() == text);
        if mode.is_none() {
            field.refuse(no_word(&text, &Self::ALL.map(Self::name), None), report);
        }
        mode
    }
}

impl Read for Version {
    fn read(field: &Field<'_, '_>, report: &mut Report<'_>) -> Option<Self> {
        let text = String::read(field, report)?;
        let version = text.parse::<Self>();
        version.map_err(|error| field.refuse(error.to_string(), report)).ok()
    }
}

/// The keys of `tier_limits`.
pub(super) const TIERS: [&str; 3] = [Tier::Free.name(), Tier::Premium.name(), Tier::Pro.name()];

#[cfg(feature = "schemars")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use crate::mode::{Mode, Version};

    impl JsonSchema for Mode {
        fn schema_name() -> Cow<'static, str> {
            "Mode".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "string", "enum": Self::ALL.map(Self::name) })
        }
    }

    impl JsonSchema for Version {
        fn schema_name() -> Cow<'static, str> {
            "Version".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "string" })
        }
    }
}
