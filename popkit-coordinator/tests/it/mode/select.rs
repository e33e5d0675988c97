//! Looking at no more than is needed.

use std::sync::Mutex;

use async_trait::async_trait;
use popkit_coordinator::mode::{Mode, Probe, Probes, Seen, Version, Wanted, select};

use super::{all, bare, wanted};

/// Answers, and notes what it was asked.
#[derive(Debug)]
struct Looks {
    seen: Seen,
    asked: Mutex<Vec<&'static str>>,
}

impl Looks {
    fn new(seen: Seen) -> Self {
        Self { seen, asked: Mutex::default() }
    }

    fn note(&self, what: &'static str) {
        self.asked.lock().unwrap().push(what);
    }

    async fn select(&self, wanted: &Wanted) -> (Mode, Vec<&'static str>) {
        let choice = select(wanted, self).await.unwrap();
        (choice.mode, std::mem::take(&mut *self.asked.lock().unwrap()))
    }
}

#[async_trait]
impl Probes for Looks {
    async fn claude(&self) -> Option<Version> {
        self.note("claude");
        self.seen.claude
    }

    async fn upstash(&self) -> Option<Probe> {
        self.note("upstash");
        self.seen.upstash.clone()
    }

    async fn redis(&self) -> Option<Probe> {
        self.note("redis");
        self.seen.redis.clone()
    }

    async fn file(&self) -> Option<Probe> {
        self.note("file");
        self.seen.file.clone()
    }
}

#[tokio::test]
async fn nothing_is_asked_behind_the_first_that_can_be_used() {
    let looks = Looks::new(all());
    assert_eq!(looks.select(&Wanted::default()).await, (Mode::Native, vec!["claude"]));
    let own = wanted(|wanted| wanted.has_command = true);
    assert_eq!(looks.select(&own).await, (Mode::Native, vec![]));
    let redis = wanted(|wanted| wanted.mode = Some(Mode::Redis));
    assert_eq!(looks.select(&redis).await, (Mode::Redis, vec!["redis"]));
    let shipped = wanted(|wanted| wanted.priority = vec![Mode::Redis, Mode::File]);
    assert_eq!(looks.select(&shipped).await, (Mode::Upstash, vec!["upstash"]));
}

#[tokio::test]
async fn all_are_asked_until_one_can_be_used() {
    let looks = Looks::new(bare());
    let asked = vec!["claude", "upstash", "redis", "file"];
    assert_eq!(looks.select(&Wanted::default()).await, (Mode::File, asked));
}

#[tokio::test]
async fn a_choice_of_what_was_looked_at_is_that_of_all_there_is() {
    let looked = select(&Wanted::default(), &Looks::new(all())).await.unwrap();
    assert_eq!(looked, popkit_coordinator::mode::choose(&Wanted::default(), &all()).unwrap());
    let none = select(&Wanted::default(), &Looks::new(Seen::default())).await.unwrap_err();
    assert!(none.to_string().ends_with("choose a folder that can be written to"), "{none}");
}
