//! Truths, numbers, texts, lists.

use jsonc_parser::ast::Value;

use super::{Field, Read, Report};

/// Items of a list.
const ITEMS: usize = 256;
/// Bytes of a text.
const TEXT: usize = 4096;

impl Read for bool {
    fn read(field: &Field<'_, '_>, report: &mut Report<'_>) -> Option<Self> {
        if let Value::BooleanLit(literal) = field.value {
            return Some(literal.value);
        }
        field.expected("true or false", report);
        None
    }
}

/// Reads integers of a type.
macro_rules! integer {
    ($($type:ty)+) => {$(
        impl Read for $type {
            fn read(field: &Field<'_, '_>, report: &mut Report<'_>) -> Option<Self> {
                if let Value::NumberLit(literal) = field.value
                    && let Ok(number) = literal.value.parse()
                {
                    return Some(number);
                }
                field.expected("an integer", report);
                None
            }
        }
    )+};
}
integer!(u16 u32 u64);

impl Read for f64 {
    fn read(field: &Field<'_, '_>, report: &mut Report<'_>) -> Option<Self> {
        if let Value::NumberLit(literal) = field.value
            && let Ok(number) = literal.value.parse::<Self>()
            && number.is_finite()
        {
            return Some(number);
        }
        field.expected("a number", report);
        None
    }
}

impl Read for String {
    fn read(field: &Field<'_, '_>, report: &mut Report<'_>) -> Option<Self> {
        let Value::StringLit(literal) = field.value else {
            field.expected("a string", report);
            return None;
        };
        let wrong = if literal.value.len() > TEXT {
            "the text has more than 4096 bytes; shorten it"
        } else if literal.value.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
            "the text has a control character; leave it out"
        } else {
            return Some(literal.value.clone().into_owned());
        };
        field.refuse(wrong, report);
        None
    }
}

/// Null is none.
impl<T: Read> Read for Option<T> {
    fn read(field: &Field<'_, '_>, report: &mut Report<'_>) -> Option<Self> {
        match field.value {
            Value::NullKeyword(_) => Some(None),
            _ => T::read(field, report).map(Some),
        }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(field: &Field<'_, '_>, report: &mut Report<'_>) -> Option<Self> {
        let Value::Array(list) = field.value else {
            field.expected("a list", report);
            return None;
        };
        if list.elements.len() > ITEMS {
            let count = list.elements.len();
            field
                .refuse(format!("the list has {count} items; at most {ITEMS} are allowed"), report);
            return None;
        }
        let items = list.elements.iter().enumerate().map(|(i, value)| {
            let item = Field::new(value, format!("{}[{i}]", field.key), report);
            T::read(&item, report)
        });
        // All are read before one that is missing ends it: each may be wrong.
        items.collect::<Vec<_>>().into_iter().collect()
    }
}
