//! Insights that are new to an agent.

use std::collections::BTreeSet;

use popkit_protocol::{AgentId, Insight};

/// Those for an agent that checks in: in the order given, which is newest first, at most
/// `most`. Not its own, none that it has seen, and where it has tags only those that share one.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use popkit_coordinator::check_in::pull;
/// use popkit_protocol::{AgentId, Clock as _, Insight, InsightKind, Party, RandomIds, SystemClock};
///
/// let (ann, bob) = (AgentId::new("ann")?, AgentId::new("bob")?);
/// let kind = InsightKind::Discovery;
/// let found = Insight::new(&RandomIds, SystemClock.now(), Party::Agent(ann.clone()), kind, "x");
/// let all = [found.with_tags(["parser"])];
/// let tags = BTreeSet::from(["parser".to_owned()]);
/// assert_eq!(pull(&all, &bob, &tags, |_| false, 3).len(), 1);
/// assert_eq!(pull(&all, &ann, &tags, |_| false, 3).len(), 0);
/// # Ok::<(), popkit_protocol::ParseError>(())
/// ```
pub fn pull<'i>(
    all: &'i [Insight],
    agent: &AgentId,
    tags: &BTreeSet<String>,
    is_seen: impl Fn(&Insight) -> bool,
    most: usize,
) -> Vec<&'i Insight> {
    let concerns = |insight: &&Insight| {
        insight.is_new_to(agent)
            && !is_seen(insight)
            && (tags.is_empty() || insight.tags.iter().any(|tag| tags.contains(tag)))
    };
    all.iter().filter(concerns).take(most).collect()
}

#[cfg(test)]
mod tests {
    use popkit_protocol::{InsightKind, Party, RandomIds, Timestamp};

    use super::*;

    fn agent(name: &str) -> AgentId {
        AgentId::new(name).unwrap()
    }

    fn insight(from: &str, content: &str, tag: &str) -> Insight {
        let from = Party::Agent(agent(from));
        let kind = InsightKind::Discovery;
        Insight::new(&RandomIds, Timestamp::EPOCH, from, kind, content).with_tags([tag])
    }

    #[test]
    fn an_agent_gets_what_concerns_it_and_is_new_to_it() {
        let mut read = insight("ann", "read", "a");
        read.consume(&agent("me"));
        let all = [
            insight("me", "own", "a"),
            read,
            insight("ann", "seen", "a"),
            insight("ann", "other", "b"),
            insight("ann", "1", "a"),
            insight("bob", "2", "a"),
            insight("bob", "3", "a"),
        ];
        let pulled = |tags: &[&str], most| -> Vec<String> {
            let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            let is_seen = |insight: &Insight| insight.content == "seen";
            let found = pull(&all, &agent("me"), &tags, is_seen, most);
            found.into_iter().map(|insight| insight.content.clone()).collect()
        };
        assert_eq!(pulled(&["a"], 2), ["1", "2"]);
        assert_eq!(pulled(&[], 9), ["other", "1", "2", "3"]);
        assert!(pulled(&["c"], 9).is_empty());
    }
}
