//! Objects that stand alone: documents of a store, entries of a list.

use super::error::CodecError;
use super::field::{Field, unexpected};
use super::reader::Reader;
use super::style::Style;
use super::writer::Writer;
use crate::Json;

/// An object with a form of its own outside a message, for
/// [`Codec::to_json`](super::Codec::to_json) and [`Codec::from_json`](super::Codec::from_json).
///
/// Implemented by the types of [`session`](crate::session); it cannot be implemented outside
/// this crate. Each of them also has serde's traits, which give the native form.
#[expect(private_bounds, reason = "sealed")]
pub trait Shape: Record {}

impl<T: Record> Shape for T {}

/// What a [`Shape`] does.
pub(crate) trait Record: Sized {
    /// What is expected, for error texts.
    const NAME: &'static str;

    /// Takes the keys that it knows.
    fn read(fields: &mut Reader) -> Result<Self, CodecError>;

    /// Writes its keys, in the order of the documentation.
    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError>;
}

impl<T: Record> Field for T {
    const EXPECTED: &'static str = T::NAME;

    fn read(json: &Json, style: Style) -> Result<Self, CodecError> {
        let mut fields = Reader::new(json, style).map_err(|_| unexpected(T::NAME, json))?;
        T::read(&mut fields)
    }

    fn write(&self, out: &mut String, style: Style) -> Result<(), CodecError> {
        let mut to = Writer::new(out, style);
        T::write(self, &mut to)?;
        to.finish();
        Ok(())
    }
}

/// Serde's traits for a [`Record`], by the native form without limits of size: what a
/// snapshot holds was checked when it came in.
macro_rules! shape {
    ($($type:ty),+ $(,)?) => {$(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let json = $crate::Codec::roomy().to_json(self);
                json.map_err(serde::ser::Error::custom)?.serialize(to)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let json = <$crate::Json as serde::Deserialize>::deserialize(from)?;
                $crate::Codec::roomy().from_json(&json).map_err(serde::de::Error::custom)
            }
        }
    )+};
}
pub(crate) use shape;
