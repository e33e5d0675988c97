//! What agents and people ask of the coordinator, beside the documented messages.
//!
//! A request is a `QUERY` to the coordinator whose payload has the key `request`. The
//! originals declare `QUERY` and use it nowhere, so nothing of theirs is disturbed.
//!
//! | `request` | Other keys | From |
//! |---|---|---|
//! | `join` | `period` (a span of time as text), `tags`, `files` | an agent |
//! | `leave` | | an agent |
//! | `pull_insights` | `tags` | an agent |
//! | `spent` | `tokens`, `cost_micros`: since it last said so | an agent |
//! | `open_barrier` | `name`, `members`, `instruction`, `policy` | anybody |
//! | `assign` | `task_id`, `agent`, `body` | a person |
//! | `skip_phase` | | a person |
//! | `decided` | `decision` | a person: that a decision was written down |
//!
//! What an agent asks for is always about itself. A decision is not in the message: anybody
//! could write one. It is the document `decision:{id}`, which agents have no right to write;
//! the message only says that it is there.

use std::collections::BTreeSet;
use std::time::Duration;

use popkit_protocol::{
    AgentId, Clock, Envelope, IdSource, Message, MessageId, Object, ParseError, Party, TaskId,
    Timestamp, duration,
};
use serde::de::DeserializeOwned;

use crate::machine::{Assignment, BarrierRequest, Input, Join, Policy, Pull, Spending};

/// The key that makes a `QUERY` a request.
const KEY: &str = "request";

/// One thing that is asked of the coordinator.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Request {
    /// An agent says more about itself than its heartbeats can.
    Join {
        /// How often it sends heartbeats; the session's period where it does not say.
        period: Option<Duration>,
        /// What it works on.
        tags: BTreeSet<String>,
        /// The globs of the files it may touch; empty: those of the session.
        files: Vec<String>,
    },
    /// An agent has finished, by its own will.
    Leave,
    /// An agent wants the insights that are new to it. They come on its own channel.
    PullInsights {
        /// What it works on, beside what is known of it.
        tags: BTreeSet<String>,
    },
    /// An agent used something up since it last said so.
    Spent {
        /// Tokens.
        tokens: u64,
        /// Millionths of the currency.
        cost_micros: u64,
    },
    /// A barrier beside those of the phases.
    OpenBarrier(BarrierRequest),
    /// Work for an agent, outside the task store.
    Assign(Assignment),
    /// The phase that runs is to be skipped.
    SkipPhase,
    /// A person has written a decision down.
    Decided {
        /// About which question.
        decision: MessageId,
    },
}

/// What a request means, once it is clear that its sender may make it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Meaning {
    /// Something for the machine.
    Input(Input),
    /// Look whether this is decided.
    Look(MessageId),
}

impl Request {
    /// The request as a message to the coordinator.
    ///
    /// # Errors
    ///
    /// [`ParseError`] for an assignment whose body is nested too deep for a message.
    pub fn envelope(
        &self,
        from: Party,
        ids: &dyn IdSource,
        clock: &dyn Clock,
    ) -> Result<Envelope, ParseError> {
        let message = Message::Query(self.payload()?);
        Ok(Envelope::new(ids, clock.now(), from, Party::Coordinator, message))
    }

    fn payload(&self) -> Result<Object, ParseError> {
        let named = |name: &str| Object::default().with(KEY, name);
        match self {
            Self::Join { period, tags, files } => named("join")?
                .with("period", &period.map(duration::format))?
                .with("tags", tags)?
                .with("files", files),
            Self::Leave => named("leave"),
            Self::PullInsights { tags } => named("pull_insights")?.with("tags", tags),
            Self::Spent { tokens, cost_micros } => {
                named("spent")?.with("tokens", tokens)?.with("cost_micros", cost_micros)
            }
            Self::OpenBarrier(barrier) => named("open_barrier")?
                .with("name", &barrier.name)?
                .with("members", &barrier.members)?
                .with("instruction", &barrier.instruction)?
                .with("policy", &barrier.policy),
            Self::Assign(work) => named("assign")?
                .with("task_id", &work.task)?
                .with("agent", &work.agent)?
                .with("body", work.body.as_json()),
            Self::SkipPhase => named("skip_phase"),
            Self::Decided { decision } => named("decided")?.with("decision", decision),
        }
    }

    /// The request of a message; `None` where it is none.
    ///
    /// # Errors
    ///
    /// In words, what is wrong with it.
    pub fn of(envelope: &Envelope) -> Option<Result<Self, String>> {
        let Message::Query(payload) = &envelope.message else { return None };
        if envelope.to != Party::Coordinator || !payload.keys().iter().any(|key| key == KEY) {
            return None;
        }
        Some(read(payload))
    }

    /// What it means, coming from this sender, who sent it then.
    pub(crate) fn meaning(self, from: &Party, at: Timestamp) -> Result<Meaning, String> {
        let own = |what: &str| match from {
            Party::Agent(agent) => Ok(agent.clone()),
            other => Err(format!("{other} cannot {what}: it is no agent")),
        };
        let input = match self {
            Self::Join { period, tags, files } => {
                Input::Join(Join { agent: own("join")?, period, tags, files })
            }
            Self::Leave => Input::Leave { agent: own("leave")?, at: Some(at) },
            Self::PullInsights { tags } => Input::Pull(Pull { agent: own("pull insights")?, tags }),
            Self::Spent { tokens, cost_micros } => {
                Input::Spent(Spending { agent: own("spend")?, tokens, cost_micros })
            }
            Self::OpenBarrier(barrier) => Input::OpenBarrier(barrier),
            Self::Assign(_) | Self::SkipPhase | Self::Decided { .. } if *from != Party::Human => {
                return Err(format!("{from} may not ask for that: a person may"));
            }
            Self::Assign(work) => Input::Assign(work),
            Self::SkipPhase => Input::Skip { by: from.to_string() },
            Self::Decided { decision } => return Ok(Meaning::Look(decision)),
        };
        Ok(Meaning::Input(input))
    }
}

fn read(payload: &Object) -> Result<Request, String> {
    let name: String = required(payload, KEY)?;
    Ok(match name.as_str() {
        "join" => {
            let period: Option<String> = optional(payload, "period")?;
            let period = period.map(|text| duration::parse(&text)).transpose();
            Request::Join {
                period: period.map_err(|error| format!("period: {error}"))?,
                tags: optional(payload, "tags")?.unwrap_or_default(),
                files: optional(payload, "files")?.unwrap_or_default(),
            }
        }
        "leave" => Request::Leave,
        "pull_insights" => {
            Request::PullInsights { tags: optional(payload, "tags")?.unwrap_or_default() }
        }
        "spent" => Request::Spent {
            tokens: optional(payload, "tokens")?.unwrap_or(0),
            cost_micros: optional(payload, "cost_micros")?.unwrap_or(0),
        },
        "open_barrier" => Request::OpenBarrier(BarrierRequest {
            name: required(payload, "name")?,
            members: optional::<BTreeSet<AgentId>>(payload, "members")?,
            instruction: optional(payload, "instruction")?.unwrap_or_default(),
            policy: optional::<Policy>(payload, "policy")?,
        }),
        "assign" => Request::Assign(Assignment {
            task: required::<TaskId>(payload, "task_id")?,
            agent: optional(payload, "agent")?,
            body: Object::new(&required(payload, "body")?).map_err(|error| error.to_string())?,
        }),
        "skip_phase" => Request::SkipPhase,
        "decided" => Request::Decided { decision: required(payload, "decision")? },
        other => {
            let known = "join, leave, pull_insights, spent, open_barrier, assign, skip_phase, \
                         decided";
            return Err(format!("there is no request {other:?}; use one of {known}"));
        }
    })
}

fn required<T: DeserializeOwned>(payload: &Object, key: &str) -> Result<T, String> {
    optional(payload, key)?.ok_or_else(|| format!("the request has no {key}"))
}

/// A key that may be missing or null; what is there must be readable.
fn optional<T: DeserializeOwned>(payload: &Object, key: &str) -> Result<Option<T>, String> {
    let is_there = payload.get::<popkit_protocol::Json>(key).is_some_and(|json| !json.is_null());
    if !is_there {
        return Ok(None);
    }
    payload.get(key).map(Some).ok_or_else(|| format!("the request has an unreadable {key}"))
}

#[cfg(test)]
mod tests {
    use popkit_protocol::{Codec, RandomIds, SystemClock};

    use super::*;

    fn agent() -> Party {
        Party::Agent(AgentId::new("a").unwrap())
    }

    fn all() -> Vec<Request> {
        let tags = BTreeSet::from(["parser".to_owned()]);
        vec![
            Request::Join {
                period: Some(Duration::from_millis(1500)),
                tags: tags.clone(),
                files: vec!["src/**".to_owned()],
            },
            Request::Leave,
            Request::PullInsights { tags },
            Request::Spent { tokens: 5, cost_micros: 6 },
            Request::OpenBarrier(BarrierRequest {
                name: "merge".to_owned(),
                members: Some(BTreeSet::from([AgentId::new("a").unwrap()])),
                instruction: "rebase first".to_owned(),
                policy: Some(Policy::Hold),
            }),
            Request::Assign(Assignment {
                task: TaskId::new("t").unwrap(),
                agent: None,
                body: Object::default().with("title", "x").unwrap(),
            }),
            Request::SkipPhase,
            Request::Decided { decision: MessageId::new("0123456789ab").unwrap() },
        ]
    }

    #[test]
    fn a_request_round_trips_as_a_message() {
        for request in all() {
            let envelope = request.envelope(agent(), &RandomIds, &SystemClock).unwrap();
            let bytes = Codec::default().encode(&envelope).unwrap();
            let read = Codec::default().decode(&bytes).unwrap();
            assert_eq!(Request::of(&read), Some(Ok(request)));
        }
    }

    #[test]
    fn agents_ask_for_themselves_and_people_for_the_rest() {
        for request in all() {
            let (by_agent, by_human) = (
                request.clone().meaning(&agent(), Timestamp::EPOCH).is_ok(),
                request.clone().meaning(&Party::Human, Timestamp::EPOCH).is_ok(),
            );
            let expected = match request {
                Request::OpenBarrier(_) => (true, true),
                Request::Assign(_) | Request::SkipPhase | Request::Decided { .. } => (false, true),
                _ => (true, false),
            };
            assert_eq!((by_agent, by_human), expected, "{request:?}");
        }
    }

    #[test]
    fn what_is_no_request_says_why() {
        let query = |payload: Object| {
            let message = Message::Query(payload);
            let now = SystemClock.now();
            Request::of(&Envelope::new(&RandomIds, now, agent(), Party::Coordinator, message))
        };
        assert_eq!(query(Object::default().with("question", "?").unwrap()), None);
        let named = |name: &str| Object::default().with(KEY, name).unwrap();
        for (payload, says) in [
            (named("dance"), "there is no request \"dance\""),
            (named("decided"), "no decision"),
            (named("join").with("period", "soon").unwrap(), "period"),
            (named("spent").with("tokens", "many").unwrap(), "unreadable tokens"),
        ] {
            let error = query(payload).unwrap().unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
