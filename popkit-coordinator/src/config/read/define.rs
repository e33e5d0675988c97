//! What defines the blocks of the file and the words that stand in them.

/// Defines a block: its keys, their types, ranges, rules and defaults. A key that is no Rust
/// name is given in brackets.
macro_rules! block {
    ($(#[$doc:meta])* $name:ident { $(
        $(#[$field_doc:meta])*
        $field:ident $(($key:literal))?: $type:ty
            $([$low:literal ..= $high:literal])? $(where $rule:path)? = $default:expr,
    )+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[cfg_attr(
            feature = "schemars",
            derive(schemars::JsonSchema),
            schemars(default, deny_unknown_fields)
        )]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_doc])*
                $(#[cfg_attr(feature = "schemars", schemars(rename = $key))])?
                $(#[cfg_attr(feature = "schemars", schemars(range(min = $low, max = $high)))])?
                pub $field: $type,
            )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $crate::config::read::Read for $name {
            fn read(
                field: &$crate::config::read::Field<'_, '_>,
                report: &mut $crate::config::read::Report<'_>,
            ) -> Option<Self> {
                Some(Self::default().read_over(field, report))
            }
        }

        impl $name {
            /// The block with what the file says in place of what is here.
            pub(in crate::config) fn read_over(
                mut self,
                field: &$crate::config::read::Field<'_, '_>,
                report: &mut $crate::config::read::Report<'_>,
            ) -> Self {
                let known = [$($crate::config::read::key!($field $($key)?)),+];
                for (key, field) in field.entries(&known, report) {
                    $(if key == $crate::config::read::key!($field $($key)?) {
                        $(let field = field.ranged($low, $high);)?
                        let value = <$type as $crate::config::read::Read>::read(&field, report);
                        $(let value = value.filter(|value| {
                            $crate::config::read::within(value, &($low..=$high), &field, report)
                        });)?
                        $(let value = value.filter(|value| {
                            $rule(value).map_err(|wrong| field.refuse(wrong, report)).is_ok()
                        });)?
                        if let Some(value) = value {
                            self.$field = value;
                        }
                        continue;
                    })+
                }
                self
            }
        }
    };
}

/// The key of a field: its own name, or the one that is given.
macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

/// Defines words of which one stands at a key. Where there is but one, the reason says why.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident $(because $reason:literal)? { $(
        $(#[$word_doc:meta])* $word:ident = $text:literal,
    )+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[$word_doc])*
                #[cfg_attr(feature = "schemars", schemars(rename = $text))]
                $word,
            )+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$word),+];

            /// The word, as the file has it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::config::read::Read for $name {
            fn read(
                field: &$crate::config::read::Field<'_, '_>,
                report: &mut $crate::config::read::Report<'_>,
            ) -> Option<Self> {
                let text = <String as $crate::config::read::Read>::read(field, report)?;
                let word = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                if word.is_none() {
                    let known: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    let reasons: &[&str] = &[$($reason)?];
                    let reason = reasons.first().copied();
                    field.refuse($crate::config::read::no_word(&text, &known, reason), report);
                }
                word
            }
        }
    };
}

pub(in crate::config) use {block, key, words};

/// What is said about a word that is not known.
pub(in crate::config) fn no_word(text: &str, known: &[&str], reason: Option<&str>) -> String {
    let found = popkit_protocol::limits::cut(text, 60);
    let mend = match (reason, super::nearest(text, known.iter().copied())) {
        (Some(reason), _) => format!(": {reason}"),
        (None, Some(near)) => format!(" (did you mean {near:?}?)"),
        (None, None) => String::new(),
    };
    let known = known.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
    format!("found the string {found:?}, expected {known}{mend}")
}
