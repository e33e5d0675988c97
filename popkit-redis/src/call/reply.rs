//! What a server answers, the same over every wire and protocol version.

use bytes::Bytes;

use crate::{Error, ErrorKind, Result, ServerError};

/// An answer.
///
/// Servers answer the same thing in more than one form: a map of RESP3 is a flat list in
/// RESP2, a number may come as text, a flag as a number. The `into_…` methods take every form
/// of what they are named after. They fail with `Unexpected`, saying what was there instead,
/// and with `Unexpected` and the server's words for an error inside an answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Reply {
    /// Nothing: no such key, no such field, a block that passed.
    Nil,
    /// A number.
    Int(i64),
    /// A number with a fraction (RESP3).
    Double(f64),
    /// A flag (RESP3).
    Bool(bool),
    /// A short word of the server's own, as `OK`.
    Status(String),
    /// A string, of any bytes.
    Bytes(Bytes),
    /// A list.
    Array(Vec<Self>),
    /// A map (RESP3).
    Map(Vec<(Self, Self)>),
    /// An error inside a list; an answer that is an error is an [`Error`] instead.
    Error(ServerError),
}

impl Reply {
    /// Whether it is nothing.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// The number.
    ///
    /// # Errors
    ///
    /// `Unexpected` where it is none, or beyond 64 bits.
    pub fn into_int(self) -> Result<i64> {
        let text = match self {
            Self::Int(number) => return Ok(number),
            Self::Bool(flag) => return Ok(i64::from(flag)),
            Self::Bytes(bytes) => bytes,
            Self::Status(text) => text.into(),
            other => return Err(other.is_not("a number")),
        };
        let number = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
        number.ok_or_else(|| Self::Bytes(text).is_not("a number"))
    }

    /// The number, which is not negative.
    ///
    /// # Errors
    ///
    /// `Unexpected` where it is none, negative, or beyond 63 bits.
    pub fn into_count(self) -> Result<u64> {
        let number = self.into_int()?;
        u64::try_from(number).map_err(|_| Self::Int(number).is_not("a count"))
    }

    /// The number with a fraction.
    ///
    /// # Errors
    ///
    /// `Unexpected` where it is none.
    pub fn into_double(self) -> Result<f64> {
        let text = match self {
            Self::Double(number) => return Ok(number),
            Self::Int(number) => return Ok(number as f64),
            other => other.into_text()?,
        };
        text.parse().map_err(|_| Self::Status(text).is_not("a number"))
    }

    /// The flag; of numbers, whether it is not 0.
    ///
    /// # Errors
    ///
    /// `Unexpected` where it is none.
    pub fn into_bool(self) -> Result<bool> {
        match self {
            Self::Bool(flag) => Ok(flag),
            other => Ok(other.into_int()? != 0),
        }
    }

    /// The string.
    ///
    /// # Errors
    ///
    /// `Unexpected` where it is none.
    pub fn into_bytes(self) -> Result<Bytes> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Status(text) => Ok(text.into()),
            Self::Int(number) => Ok(number.to_string().into()),
            Self::Double(number) => Ok(number.to_string().into()),
            other => Err(other.is_not("a string")),
        }
    }

    /// The string, as text.
    ///
    /// # Errors
    ///
    /// `Unexpected` where it is none, or not UTF-8.
    pub fn into_text(self) -> Result<String> {
        let bytes = match self {
            Self::Status(text) => return Ok(text),
            other => other.into_bytes()?,
        };
        String::from_utf8(bytes.into()).map_err(|error| {
            let message = "the server answered bytes that are no UTF-8 text";
            Error::new(ErrorKind::Unexpected, message).with_source(error.utf8_error())
        })
    }

    /// Nothing, or what `read` makes of it.
    ///
    /// # Errors
    ///
    /// What `read` says.
    ///
    /// ```
    /// use popkit_redis::Reply;
    ///
    /// assert_eq!(Reply::Nil.into_option(Reply::into_int)?, None);
    /// assert_eq!(Reply::Int(3).into_option(Reply::into_int)?, Some(3));
    /// # Ok::<(), popkit_redis::Error>(())
    /// ```
    pub fn into_option<T>(self, read: impl FnOnce(Self) -> Result<T>) -> Result<Option<T>> {
        if self.is_nil() { Ok(None) } else { read(self).map(Some) }
    }

    /// The list.
    ///
    /// # Errors
    ///
    /// `Unexpected` where it is none.
    pub fn into_array(self) -> Result<Vec<Self>> {
        match self {
            Self::Array(items) => Ok(items),
            other => Err(other.is_not("a list")),
        }
    }

    /// The list of exactly so many.
    ///
    /// # Errors
    ///
    /// `Unexpected` where it is none, or of another length.
    pub fn into_tuple<const N: usize>(self) -> Result<[Self; N]> {
        self.into_array()?.try_into().map_err(|items: Vec<Self>| {
            let message = format!("expected a list of {N}, the server answered {}", items.len());
            Error::new(ErrorKind::Unexpected, message)
        })
    }

    /// The map, in the server's order: of pairs, of lists of two, or flat.
    ///
    /// # Errors
    ///
    /// `Unexpected` where it is none.
    pub fn into_map(self) -> Result<Vec<(Self, Self)>> {
        let items = match self {
            Self::Map(pairs) => return Ok(pairs),
            Self::Array(items) if matches!(items.first(), Some(Self::Array(_))) => {
                let pair = |item: Self| item.into_tuple().map(|[key, value]| (key, value));
                return items.into_iter().map(pair).collect();
            }
            Self::Array(items) if items.len() % 2 == 0 => items,
            other => return Err(other.is_not("a map")),
        };
        let mut items = items.into_iter();
        Ok(std::iter::from_fn(|| Some((items.next()?, items.next()?))).collect())
    }

    /// That it is `OK`, or another word.
    ///
    /// # Errors
    ///
    /// `Unexpected` where it is no status.
    pub fn into_ok(self) -> Result<()> {
        match self {
            Self::Status(_) => Ok(()),
            // Over some wires a status cannot be told from a string.
            Self::Bytes(bytes) if bytes == "OK" => Ok(()),
            other => Err(other.is_not("OK")),
        }
    }

    /// The error that says what was there instead.
    fn is_not(&self, expected: &str) -> Error {
        let found = match self {
            Self::Error(refused) => {
                let message = format!("the server answered {refused}");
                return Error::new(ErrorKind::Unexpected, message).with_source(refused.clone());
            }
            Self::Nil => "nothing".to_owned(),
            Self::Int(number) => format!("the number {number}"),
            Self::Double(number) => format!("the number {number}"),
            Self::Bool(flag) => format!("the flag {flag}"),
            Self::Status(_) | Self::Bytes(_) => "a string".to_owned(),
            Self::Array(items) => format!("a list of {}", items.len()),
            Self::Map(pairs) => format!("a map of {}", pairs.len()),
        };
        let message = format!("expected {expected}, the server answered {found}");
        Error::new(ErrorKind::Unexpected, message)
    }
}

#[cfg(test)]
#[path = "reply/tests.rs"]
mod tests;
