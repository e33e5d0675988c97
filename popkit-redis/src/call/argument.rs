//! One argument of a command.

use bytes::Bytes;

/// Bytes that an argument is made of: text, bytes, or a number in decimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument(Bytes);

impl Argument {
    /// The bytes.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl From<Bytes> for Argument {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<&Bytes> for Argument {
    fn from(bytes: &Bytes) -> Self {
        Self(bytes.clone())
    }
}

impl From<Vec<u8>> for Argument {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&[u8]> for Argument {
    fn from(bytes: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(bytes))
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&String> for Argument {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

macro_rules! decimal {
    ($($number:ty),*) => {$(
        impl From<$number> for Argument {
            fn from(number: $number) -> Self {
                number.to_string().into()
            }
        }
    )*};
}

decimal!(i32, i64, u16, u32, u64, usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_and_bytes_are_kept() {
        assert_eq!(Argument::from(-7_i64).into_bytes(), "-7");
        assert_eq!(Argument::from(u64::MAX).into_bytes(), "18446744073709551615");
        assert_eq!(Argument::from(&[0_u8, 255][..]).into_bytes()[..], [0, 255]);
    }
}
