//! Lines that are down, answers that are lost, documents that cannot be read, panics.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::machine::End;
use popkit_coordinator::native::NativeAgent;
use popkit_coordinator::{AgentError, Shutdown};
use popkit_protocol::message::{AfterDecision, CourseCorrect};
use popkit_protocol::{
    AgentId, Clock as _, Codec, Envelope, Message, Namespace, Party, RandomIds, SystemClock, Topic,
};
use popkit_store::layer as store_layer;
use popkit_store::{Document, SaveOptions, StateKey};
use popkit_testkit::scratch;
use popkit_transport::layer::{Fault, Injection, Operation};
use popkit_transport::{Start, SubscribeOptions};

use super::{options, work};
use crate::runtime::{Stage, start};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Works until it is told to go on.
const WAITS: &str = "touch began; while ! test -e go; do sleep 0.02; done; \
                     echo 'INSIGHT[parser]: seen'";

async fn until(what: &str, is_so: impl Fn() -> bool + Send + Sync) {
    let look = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(LONG, look).await.is_ok(), "waited for {what}");
}

/// What was sent to this topic.
async fn sent(stage: &Stage, topic: Topic) -> Vec<Envelope> {
    let channel = Namespace::unnamed().channel(&topic);
    let opts = SubscribeOptions::default().with_start(Start::Earliest).once();
    let mut messages = stage.transport.subscribe_opts(&[channel], opts).await.unwrap();
    let mut sent = Vec::new();
    while let Some(event) = messages.next().await {
        let payload = event.unwrap().into_message().unwrap().payload;
        sent.push(Codec::default().decode(&payload).unwrap());
    }
    sent
}

#[tokio::test]
async fn a_report_whose_answer_is_lost_is_said_again_and_counts_once() {
    let (stage, folder) = (Stage::memory(), scratch());
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore"], 1)).await.unwrap();
    let line = Fault::new(Arc::clone(&stage.transport));
    let behind = Stage { transport: Arc::new(line.clone()), ..stage.clone() };
    let go = async {
        until("the command", || folder.join("began").exists()).await;
        line.script(Operation::Publish, [Injection::Lose; 16]);
        std::fs::write(folder.join("go"), "").unwrap();
    };
    let shutdown = Shutdown::new();
    let (ended, one, ()) = tokio::join!(
        coordinator.run(&shutdown),
        work(&behind, options("one", WAITS, folder.path())),
        go,
    );
    assert!(one.unwrap().is_some());
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
    for topic in [Topic::Insights, Topic::Results] {
        let all = sent(&stage, topic.clone()).await;
        let mine: Vec<_> = all.iter().filter(|one| one.from.agent().is_some()).collect();
        assert!(mine.iter().all(|one| one.id == mine[0].id), "{topic:?}: {mine:#?}");
    }
    let said =
        [sent(&stage, Topic::Insights).await.len(), sent(&stage, Topic::Results).await.len()];
    assert!(said.iter().any(|copies| *copies > 1), "something was said again: {said:?}");
}

#[tokio::test]
async fn an_agent_whose_line_is_down_ends_when_it_is_told_to() {
    let (stage, folder) = (Stage::memory(), scratch());
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore"], 1)).await.unwrap();
    let line = Fault::new(Arc::clone(&stage.transport));
    let behind = Stage { transport: Arc::new(line.clone()), ..stage.clone() };
    let (leads, shutdown) = (Shutdown::new(), Shutdown::new());
    let agent = async {
        let (transport, documents) = (Arc::clone(&behind.transport), Arc::clone(&behind.documents));
        let options = options("one", WAITS, folder.path());
        let agent = NativeAgent::join(transport, documents, options).await?;
        let ended = tokio::time::timeout(LONG, agent.run(&shutdown)).await;
        leads.drain();
        Ok::<_, AgentError>(ended)
    };
    let stop = async {
        until("the command", || folder.join("began").exists()).await;
        line.down();
        std::fs::write(folder.join("go"), "").unwrap();
        // It cannot say what its command has found.
        until("a report", || line.injected_into(Operation::Publish).cut_off > 2).await;
        shutdown.drain();
    };
    let (_, ended, ()) = tokio::join!(coordinator.run(&leads), agent, stop);
    let ended = ended.unwrap().expect("it ends");
    assert_eq!(ended.unwrap(), None);
}

#[tokio::test]
async fn a_no_is_not_taken_for_the_door_while_nobody_can_read_what_was_asked() {
    let (stage, folder) = (Stage::memory(), scratch());
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore"], 1)).await.unwrap();
    let key = StateKey::new("approval:0123456789ab").unwrap();
    let asked = Document::text("{}".to_owned());
    stage.documents.save(&key, asked, SaveOptions::default()).await.unwrap();
    let fault = store_layer::Fault::new(Arc::clone(&stage.documents));
    let behind = Stage { documents: Arc::new(fault.clone()), ..stage.clone() };
    let deny = async {
        until("the command", || folder.join("began").exists()).await;
        let failures = [Injection::Fail; 2];
        fault.script(store_layer::Operation::Load, failures);
        let no = CourseCorrect::resolve(AfterDecision::Abort, "0123456789ab", false);
        let to = Party::Agent(AgentId::new("one").unwrap());
        let (from, no) = (Party::Coordinator, Message::CourseCorrect(no));
        let no = Envelope::new(&RandomIds, SystemClock.now(), from, to, no);
        stage.post().send(&no).await.unwrap();
        let failed = || fault.injected_into(store_layer::Operation::Load).failed;
        until("two reads that fail", || failed() == 2).await;
        std::fs::write(folder.join("go"), "").unwrap();
    };
    let shutdown = Shutdown::new();
    let (ended, one, ()) = tokio::join!(
        coordinator.run(&shutdown),
        work(&behind, options("one", WAITS, folder.path())),
        deny,
    );
    assert!(one.unwrap().is_some(), "it stayed to the end");
    assert_eq!(ended.unwrap().unwrap().end, End::Completed);
}

#[tokio::test]
async fn work_that_ends_in_a_panic_is_reported_as_failed() {
    let (stage, folder) = (Stage::memory(), scratch());
    let coordinator = stage.coordinator(Stage::options());
    coordinator.begin(start(&["explore"], 1)).await.unwrap();
    let sink = Arc::new(|_, line: &str| assert!(line != "bad", "a sink that panics"));
    let options = options("one", "echo bad", folder.path()).with_output(sink);
    let shutdown = Shutdown::new();
    let (ended, one) = tokio::join!(coordinator.run(&shutdown), work(&stage, options));
    assert!(one.unwrap().is_some());
    let completed = ended.unwrap().unwrap().completed.unwrap();
    for says in ["a panic", "\"success\":false"] {
        assert!(completed.as_str().contains(says), "{says}: {}", completed.as_str());
    }
}
