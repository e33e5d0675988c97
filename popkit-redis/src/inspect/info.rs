//! The text of `INFO`.

/// The value of a field in the text of `INFO`.
pub(super) fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let pairs = info.lines().filter_map(|line| line.trim_end().split_once(':'));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_between_titles() {
        let info = "# Server\r\nredis_version:7.0.15\r\n\r\n# Replication\r\nrole:master\r\n";
        assert_eq!(field(info, "redis_version"), Some("7.0.15"));
        assert_eq!(field(info, "role"), Some("master"));
        assert_eq!(field(info, "Server"), None);
    }
}
