//! Who may write: holders, claims and fences.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ParseError;

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(u128);

        impl $name {
            /// Takes 128 bits, from an [`IdSource`](crate::IdSource) or a store's record.
            #[must_use]
            pub const fn from_bits(bits: u128) -> Self {
                Self(bits)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn bits(self) -> u128 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:032x})", stringify!($name), self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                let digits = text.len() == 32
                    && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                match u128::from_str_radix(text, 16) {
                    Ok(bits) if digits => Ok(Self(bits)),
                    _ => Err(ParseError::new($what, text, "expected 32 lower-case hex digits")),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseError;

            fn try_from(text: String) -> Result<Self, ParseError> {
                text.parse()
            }
        }
    };
}

random_id! {
    /// Who numbers messages: 128 random bits drawn once per publishing handle. With a sequence
    /// per channel it makes a repeated message recognisable, and a lost one.
    ProducerId, "producer"
}
random_id! {
    /// The owner of leases: 128 random bits drawn once per process start (and slot
    /// group). A restarted process is another holder, so it never inherits the leases of
    /// its predecessor by name.
    HolderId, "holder id"
}
random_id! {
    /// The random half of the fencing token: 128 bits drawn by the client for one claim.
    ClaimId, "claim id"
}
random_id! {
    /// Names one `step`; a repeat with the same id is answered with the first reply.
    RequestId, "request id"
}

/// The growing half of the fencing token: `max(previous + 1, store clock in µs)` at every
/// claim of a task. Give it to outside resources, so that they can refuse older writers.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fence(u64);

impl Fence {
    /// No claim has happened yet.
    pub const NONE: Self = Self(0);

    /// Takes a number from a store's record.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The fence of the next claim: above this one, and at least the store's clock.
    #[must_use]
    pub fn next(self, store_micros: u64) -> Self {
        Self(self.0.saturating_add(1).max(store_micros))
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        let id = ClaimId::from_bits(0x1f);
        assert_eq!(id.to_string(), "0000000000000000000000000000001f");
        assert_eq!(id.to_string().parse::<ClaimId>().unwrap(), id);
        for bad in ["", "1f", "+000000000000000000000000000001f", &"G".repeat(32), &"F".repeat(32)]
        {
            assert!(bad.parse::<ClaimId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_fence_grows_even_when_the_clock_does_not() {
        assert_eq!(Fence::NONE.next(100).number(), 100);
        assert_eq!(Fence::from_number(100).next(100).number(), 101);
        assert_eq!(Fence::from_number(100).next(7).number(), 101);
    }
}
