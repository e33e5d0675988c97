//! Times as Python reads and writes them.

use popkit_protocol::Timestamp;

/// With an offset in numbers: Python before 3.11 does not read a `Z`.
pub(super) fn format(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{}+00:00", text.trim_end_matches('Z'))
}

/// A time without a zone, as the originals write it, is taken as UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let at = Timestamp::from_micros(1_767_225_600_000_001);
        assert_eq!(format(at), "2026-01-01T00:00:00.000001+00:00");
        assert_eq!(parse(&format(at)), Some(at));
        assert_eq!(parse("2026-01-01T00:00:00.000001"), Some(at));
        assert_eq!(parse("yesterday"), None);
    }
}
