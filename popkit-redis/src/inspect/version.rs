//! The version of a server.

use std::fmt;
use std::str::FromStr;

/// The version of a server, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerVersion {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub patch: u32,
}

impl ServerVersion {
    /// The earliest that popkit works with.
    pub const LEAST: Self = Self { major: 7, minor: 0, patch: 0 };
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for ServerVersion {
    type Err = ();

    /// Reads `7.0.15`, and what begins with it (`7.4.0-v1`); what is missing is 0.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.split('.').map(|part| {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            part.get(..digits).and_then(|digits| digits.parse().ok())
        });
        let major = numbers.next().flatten().ok_or(())?;
        let mut rest = || numbers.next().flatten().unwrap_or(0);
        Ok(Self { major, minor: rest(), patch: rest() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_ordered() {
        let read = |text: &str| text.parse::<ServerVersion>();
        assert_eq!(read("7.0.15").unwrap().to_string(), "7.0.15");
        assert_eq!(read("255.255.255-rc1").unwrap().to_string(), "255.255.255");
        assert_eq!(read("8").unwrap().to_string(), "8.0.0");
        assert!(read("6.3.4").unwrap() < ServerVersion::LEAST);
        assert!(read("7.0.0").unwrap() >= ServerVersion::LEAST);
        assert!(read("").is_err() && read("x.1").is_err());
    }
}
