//! True copies of genuine messages.

use std::sync::Arc;

use popkit_protocol::{Clock as _, ManualClock};
use popkit_transport::layer::{Keyring, RefusalReason, Sign, signed_by};
use popkit_transport::{Event, PublishOptions, Stamp, Transport as _, TransportExt as _};

use super::support::{Forgery, SECOND, Stage, agent, is_waiting, latest, next, raw, refused};

#[tokio::test]
async fn a_copy_in_its_own_channel_is_dropped_as_a_repeat() {
    let stage = Stage::new();
    let (agent, coordinator) = (stage.agent("builder-1"), stage.coordinator());
    let mut reader = coordinator.replay(&[stage.results()]).await.unwrap();
    agent.publish(&stage.results(), "1").await.unwrap();
    agent.publish(&stage.results(), "2").await.unwrap();
    let first = next(&mut reader).await;
    Forgery::of(&first).publish(&stage.memory).await;
    assert_eq!(next(&mut reader).await.payload, "2");
    assert!(is_waiting(reader.next()).await);
    assert_eq!((reader.duplicates(), coordinator.refusals().total()), (1, 0));

    // Also by the next reader, from its cursor.
    let cursor = reader.cursor();
    let mut reader = coordinator.resume(&[stage.results()], cursor).await.unwrap();
    Forgery::of(&first).publish(&stage.memory).await;
    assert!(is_waiting(reader.next()).await);
    assert_eq!(reader.duplicates(), 1);
}

#[tokio::test]
async fn a_copy_that_comes_late_is_refused_by_who_never_saw_the_original() {
    let stage = Stage::new();
    stage.agent("builder-1").publish(&stage.results(), "done").await.unwrap();
    let genuine = raw(&stage.memory, &stage.results()).await;
    let minutes = |count: u32| SECOND * 60 * count;
    for (wait, late) in [(minutes(9), false), (minutes(2), true)] {
        stage.clock.advance(wait);
        let coordinator = stage.coordinator();
        let mut reader = coordinator.subscribe(&[stage.results()]).await.unwrap();
        Forgery::of(&genuine).publish(&stage.memory).await;
        if late {
            refused(&coordinator, &mut reader, RefusalReason::Late, "after 11 minutes").await;
        } else {
            assert_eq!(next(&mut reader).await.payload, "done", "within the 10 minutes");
        }
    }
    // It goes by when the transport accepted it: who reads late reads all the same.
    stage.clock.advance(minutes(10_000));
    let mut reader = stage.coordinator().replay(&[stage.results()]).await.unwrap();
    assert_eq!(next(&mut reader).await.payload, "done");

    let patient = stage.options().max_delay(None);
    let patient = stage.coordinator_over(stage.memory.clone(), patient);
    let mut reader = patient.subscribe(&[stage.results()]).await.unwrap();
    Forgery::of(&genuine).publish(&stage.memory).await;
    assert_eq!(next(&mut reader).await.payload, "done");
}

#[tokio::test]
async fn a_copy_is_refused_however_many_publishers_were_heard_since() {
    let stage = Stage::new();
    let coordinator = stage.coordinator();
    let mut reader = coordinator.replay(&[stage.results()]).await.unwrap();
    let mut publish = async || {
        stage.agent("builder-1").publish(&stage.results(), "x").await.unwrap();
        next(&mut reader).await
    };
    let first = publish().await;
    // More than a subscription remembers, each a process of its own.
    for _ in 0..1100 {
        publish().await;
    }
    Forgery::of(&first).publish(&stage.memory).await;
    refused(&coordinator, &mut reader, RefusalReason::Replayed, "the first one").await;
}

#[tokio::test]
async fn a_log_that_begins_anew_is_read_anew_and_the_reader_is_told() {
    let (stage, elsewhere) = (Stage::new(), Stage::new());
    let (agent, coordinator) = (stage.agent("builder-1"), stage.coordinator());
    let mut reader = coordinator.replay(&[stage.results()]).await.unwrap();
    for number in 1..=3 {
        agent.publish(&stage.results(), number.to_string()).await.unwrap();
        let copy = next(&mut reader).await;
        Forgery::of(&copy).publish(&elsewhere.memory).await;
    }
    let anew = stage.coordinator_over(elsewhere.memory.clone(), stage.options());
    let mut reader = anew.resume(&[stage.results()], reader.cursor()).await.unwrap();
    let first = reader.next().await.unwrap().unwrap();
    assert!(matches!(&first, Event::Reset { channel, .. } if *channel == stage.results()));
    for number in 1..=3 {
        assert_eq!(next(&mut reader).await.payload, number.to_string());
    }
}

#[tokio::test]
async fn an_older_heartbeat_does_not_come_back() {
    let stage = Stage::new();
    let coordinator = stage.coordinator();
    let mut reader = coordinator.subscribe(&[stage.results()]).await.unwrap();
    let mut seen = Vec::new();
    // Four processes of the same agent, one after the other.
    for number in 0..4 {
        let process = stage.agent("builder-1");
        let opts = latest("builder-1");
        for half in 0..2 {
            let payload = format!("{number}.{half}");
            process.publish_opts(&stage.results(), payload.into(), opts.clone()).await.unwrap();
            stage.clock.advance(SECOND);
            let beat = next(&mut reader).await;
            assert_eq!(signed_by(&beat), Some(agent("builder-1")));
            seen.push(beat);
        }
    }
    let newest = seen.pop().unwrap();
    for older in &seen {
        let copy = Forgery { latest: Some("builder-1"), ..Forgery::of(older) };
        copy.publish(&stage.memory).await;
        refused(&coordinator, &mut reader, RefusalReason::Replayed, "an older heartbeat").await;
    }
    // The newest may come again: it is the value.
    let copy = Forgery { latest: Some("builder-1"), ..Forgery::of(&newest) };
    copy.publish(&stage.memory).await;
    assert_eq!(next(&mut reader).await.payload, newest.payload);
}

#[tokio::test]
async fn nobody_can_use_up_the_numbers_of_another_party() {
    let stage = Stage::new();
    let (ann, speaker, coordinator) =
        (stage.agent("ann"), stage.coordinator(), stage.coordinator());
    let mut reader = coordinator.subscribe(&[stage.results()]).await.unwrap();
    speaker.publish(&stage.results(), "1").await.unwrap();
    let producer = next(&mut reader).await.stamp.unwrap().producer;
    let stamp = Stamp { producer, sequence: u64::MAX };
    let opts = || PublishOptions::default().with_stamp(stamp);
    ann.publish_opts(&stage.results(), "trust me".into(), opts()).await.unwrap();
    let reason = RefusalReason::BorrowedProducer;
    refused(&coordinator, &mut reader, reason, "the coordinator's producer").await;
    speaker.publish(&stage.results(), "2").await.unwrap();
    assert_eq!(next(&mut reader).await.payload, "2");

    // Nor before a later reader of the same layer has heard the other party itself.
    let mut reader = coordinator.subscribe(&[stage.results()]).await.unwrap();
    ann.publish_opts(&stage.results(), "trust me".into(), opts()).await.unwrap();
    refused(&coordinator, &mut reader, reason, "in front of a new reader").await;
    speaker.publish(&stage.results(), "3").await.unwrap();
    assert_eq!(next(&mut reader).await.payload, "3");
    ann.publish(&stage.results(), "under a number of her own").await.unwrap();
    assert_eq!(signed_by(&next(&mut reader).await), Some(agent("ann")));
}

#[tokio::test]
async fn nobody_can_outdate_the_heartbeats_of_another_party() {
    let stage = Stage::new();
    let (bob, coordinator) = (stage.agent("bob"), stage.coordinator());
    let mut reader = coordinator.subscribe(&[stage.results()]).await.unwrap();
    for (ahead, refusal) in [(SECOND * 60, None), (SECOND * 61, Some(RefusalReason::Early))] {
        let clock = ManualClock::new(stage.clock.now().after(ahead));
        let options = stage.options().clock(Arc::new(clock));
        let key = stage.key(&agent("evil"));
        let ring = Keyring::of([key.clone()]);
        let evil = Sign::with_options(stage.memory.clone(), &stage.session, key, ring, options);
        evil.publish_opts(&stage.results(), "evil".into(), latest("bob")).await.unwrap();
        match refusal {
            None => assert_eq!(signed_by(&next(&mut reader).await), Some(agent("evil"))),
            Some(reason) => refused(&coordinator, &mut reader, reason, "from the future").await,
        }
        bob.publish_opts(&stage.results(), "alive".into(), latest("bob")).await.unwrap();
        assert_eq!(signed_by(&next(&mut reader).await), Some(agent("bob")));
    }
}
