//! Waiting readers: they wake for what is published, and for nothing else.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::reader::Reader;
use crate::conformance::stage::{Stage, channel};
use crate::{PublishOptions, SubscribeOptions};

/// Waits in a task of its own for the next message, and answers with the reader.
fn wait(set: &mut JoinSet<(Reader, String)>, mut reader: Reader) {
    set.spawn(async move {
        let text = reader.texts(1).await.remove(0);
        (reader, text)
    });
}

/// One that waits wakes for a message of its own handle.
pub async fn by_the_same_handle(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    wakes(&stage, &stage).await;
}

/// One that waits wakes for a message of another handle.
pub async fn by_another_handle(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(second) = stage.second().await else { return };
    wakes(&stage, &second).await;
}

/// Several readers wait; the publisher comes when all of them do.
async fn wakes(reading: &Stage<'_>, publishing: &Stage<'_>) {
    let lane = channel("pop:results");
    let mut readers = Vec::new();
    for _ in 0..3 {
        readers.push(reading.listen(&lane).await);
    }
    for round in 0..10 {
        let mut waiting = JoinSet::new();
        for mut reader in readers.drain(..) {
            assert!(reader.glance().await.is_none(), "nothing is there yet");
            wait(&mut waiting, reader);
        }
        if round % 3 == 0 {
            // They had the time to fall asleep.
            let mut other = publishing.listen(&channel("pop:other")).await;
            other.is_idle().await;
        }
        let text = format!("round {round}");
        publishing.publish(&lane, text.clone()).await;
        while let Some(woken) = waiting.join_next().await {
            let (reader, told) = woken.expect("told");
            assert_eq!(told, text);
            readers.push(reader);
        }
    }
}

/// One that waits for several channels wakes for each of them.
pub async fn by_any_of_its_channels(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lanes = ["a", "b", "c"].map(channel);
    let mut reader = stage.read(&lanes, SubscribeOptions::default()).await;
    for lane in lanes.iter().cycle().take(9) {
        assert!(reader.glance().await.is_none(), "nothing is there yet");
        let mut waiting = JoinSet::new();
        wait(&mut waiting, reader);
        stage.publish(lane, lane.as_str().to_owned()).await;
        let told;
        (reader, told) = waiting.join_next().await.expect("one waits").expect("told");
        assert_eq!(told, lane.as_str());
    }
}

/// One that waits while many publish is told all of it, however often it sleeps in between.
pub async fn by_each_of_many(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let transport = Arc::clone(&stage.other().await.transport);
    let mut publisher = JoinSet::new();
    let into = lane.clone();
    publisher.spawn(async move {
        for number in 1..=200_u64 {
            let payload = number.to_string().into();
            let answer = transport.publish_opts(&into, payload, PublishOptions::default()).await;
            answer.expect("accepted");
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(account(&reader.up_to(200).await, 1..=200).len(), 200);
    publisher.join_all().await;
}

/// One for whom there is nothing waits on, whatever goes on in other channels: no event, no
/// error, no end. It still wakes when its time comes.
pub async fn idle_reader_stays_idle(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (mine, foreign) = (channel("pop:mine"), channel("pop:mine:not"));
    stage.publish(&mine, "before").await;
    let mut reader = stage.listen(&mine).await;
    let mut other = stage.listen(&foreign).await;
    for number in 1..=5 {
        stage.count(&foreign, number..=number).await;
        account(&other.up_to(number).await, number..=number);
        reader.is_idle().await;
        other.is_idle().await;
    }
    stage.publish(&mine, "after").await;
    assert_eq!(reader.texts(1).await, ["after"]);
}
