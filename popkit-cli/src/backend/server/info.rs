//! The text of `INFO`.

use popkit_redis::{Command, ErrorKind, Redis, Result};

/// What a server answered to `INFO`. Without the right to ask it is empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Info(String);

impl Info {
    /// Of this text.
    pub(crate) fn of(text: String) -> Self {
        Self(text)
    }

    /// Asks the server that keeps this key, for these sections or for all.
    ///
    /// # Errors
    ///
    /// Those of [`Redis::execute`], but for a refusal by the access rules.
    pub(crate) async fn ask(redis: &Redis, key: &str, sections: &[&str]) -> Result<Self> {
        let command = Command::new("INFO").args(sections.iter().copied()).near(key);
        match redis.execute(command).await {
            Ok(reply) => Ok(Self(reply.into_text()?)),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.lines().filter_map(|line| line.trim_end().split_once(':'));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The value of a field that is a number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.field(name)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let info = Info("# Memory\r\nused_memory:10\r\nused_memory_human:10B\r\n".to_owned());
        assert_eq!(info.field("used_memory_human"), Some("10B"));
        assert_eq!(info.number("used_memory"), Some(10));
        assert_eq!((info.number("used_memory_human"), info.field("memory")), (None, None));
    }
}
