//! What is asked for.

use super::{Mode, TierRule, Version};

/// What a person and the configuration ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wanted {
    /// This mode or none.
    pub mode: Option<Mode>,
    /// The order in which modes are tried, `mode_priority`. Others are not taken. Empty:
    /// [`Mode::ALL`].
    pub priority: Vec<Mode>,
    /// What the tier allows. No tier, no limit.
    pub tier: Option<TierRule>,
    /// How many agents somebody asks for.
    pub agents: Option<u32>,
    /// Whether the agents have a command of their own, so that Claude Code is not needed.
    pub has_command: bool,
    /// The block `native`.
    pub native: NativeRule,
    /// How many agents at once in any mode, `limits.max_parallel_agents`.
    pub most: u32,
}

/// The rules of native mode: the block `native`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NativeRule {
    /// Whether it is taken at all, `enabled`.
    pub enabled: bool,
    /// The oldest Claude Code that will do, `min_claude_code_version`.
    pub version: Version,
    /// How many agents at once, `max_parallel_agents`.
    pub agents: u32,
}

impl Default for Wanted {
    /// As the originals' `config.json`, but with Upstash and Redis by their own names.
    fn default() -> Self {
        Self {
            mode: None,
            priority: Mode::ALL.into(),
            tier: None,
            agents: None,
            has_command: false,
            native: NativeRule::default(),
            most: 6,
        }
    }
}

impl Default for NativeRule {
    fn default() -> Self {
        Self { enabled: true, version: Version::new(2, 0, 64), agents: 5 }
    }
}

impl Wanted {
    /// The modes in the order in which they are tried, each once.
    #[must_use]
    pub fn order(&self) -> Vec<Mode> {
        if let Some(mode) = self.mode {
            return vec![mode];
        }
        let listed = if self.priority.is_empty() { &Mode::ALL[..] } else { &self.priority };
        let mut order = Vec::new();
        for mode in listed {
            if *mode == Mode::Redis && self.redis_means_both() {
                order.push(Mode::Upstash);
            }
            order.push(*mode);
        }
        let mut once = Vec::new();
        order.retain(|mode| {
            !once.contains(mode) && {
                once.push(*mode);
                true
            }
        });
        order
    }

    /// The originals' configuration says `redis` where their code knows `upstash` alone.
    pub(super) fn redis_means_both(&self) -> bool {
        self.priority.contains(&Mode::Redis) && !self.priority.contains(&Mode::Upstash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_is_tried_once_and_in_order() {
        let order =
            |priority: &[Mode]| Wanted { priority: priority.to_vec(), ..Wanted::default() }.order();
        use Mode::{File, Native, Redis, Upstash};
        assert_eq!(order(&[]), Mode::ALL);
        assert_eq!(order(&[File, Native, File]), [File, Native]);
        assert_eq!(order(&[Native, Redis, File]), [Native, Upstash, Redis, File]);
        assert_eq!(order(&[Redis, Upstash]), [Redis, Upstash]);
        assert_eq!(order(&[Upstash]), [Upstash]);
        let asked = Wanted { mode: Some(Redis), ..Wanted::default() };
        assert_eq!(asked.order(), [Redis]);
    }
}
