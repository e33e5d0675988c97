//! Messages that are not what they say.

use popkit_protocol::{Namespace, Party, ProducerId, SessionId, Topic};
use popkit_transport::layer::{
    Keyring, RefusalReason, SessionSecret, Sign, SigningKey, Unverified, signed_by,
};
use popkit_transport::{Headers, PublishOptions, Stamp, Transport as _, TransportExt as _};

use super::support::{Forgery, SECOND, Stage, agent, next, raw, refused, told};

/// Changes one thing about a true copy.
type Change = fn(&mut Forgery);

const TABLE: [(&str, RefusalReason, Change); 23] = [
    ("unsigned", RefusalReason::Unsigned, |f| f.headers.clear()),
    ("without its sender", RefusalReason::Malformed, |f| f.without("sig-from")),
    ("without its time", RefusalReason::Malformed, |f| f.without("sig-at")),
    ("without its signature", RefusalReason::Malformed, |f| f.without("sig")),
    ("no hex", RefusalReason::Malformed, |f| f.header("sig", &"x".repeat(64))),
    ("capitals", RefusalReason::Malformed, |f| f.header("sig", &f.value("sig").to_uppercase())),
    ("as nobody", RefusalReason::Malformed, |f| f.header("sig-from", "Coordinator")),
    ("as everybody", RefusalReason::Malformed, |f| f.header("sig-from", "*")),
    ("odd time", RefusalReason::Malformed, |f| {
        f.header("sig-at", &format!("0{}", f.value("sig-at")));
    }),
    ("empty signature", RefusalReason::BadSignature, |f| f.header("sig", "")),
    ("cut signature", RefusalReason::BadSignature, |f| f.header("sig", &f.value("sig")[..62])),
    ("as the coordinator", RefusalReason::BadSignature, |f| f.header("sig-from", "coordinator")),
    ("as another agent", RefusalReason::BadSignature, |f| f.header("sig-from", "builder-2")),
    ("another time", RefusalReason::BadSignature, |f| f.header("sig-at", "1767225600000001")),
    ("altered", RefusalReason::BadSignature, |f| f.payload[0] ^= 1),
    ("cut", RefusalReason::BadSignature, |f| f.payload.truncate(3)),
    ("extended", RefusalReason::BadSignature, |f| f.payload.push(b'!')),
    ("another header's value", RefusalReason::BadSignature, |f| f.header("trace", "00-2")),
    ("one header more", RefusalReason::BadSignature, |f| f.header("more", "")),
    ("one header less", RefusalReason::BadSignature, |f| f.without("trace")),
    ("another number", RefusalReason::BadSignature, |f| {
        f.stamp = f.stamp.map(|stamp| Stamp { sequence: stamp.sequence + 1, ..stamp });
    }),
    ("another producer", RefusalReason::BadSignature, |f| {
        let producer = ProducerId::from_bits(7);
        f.stamp = f.stamp.map(|stamp| Stamp { producer, ..stamp });
    }),
    ("as a latest value", RefusalReason::BadSignature, |f| f.latest = Some("builder-1")),
];

#[tokio::test]
async fn whatever_is_changed_about_a_message_it_is_refused() {
    let stage = Stage::new();
    let (agent, results) = (stage.agent("builder-1"), stage.results());
    let opts = PublishOptions::default().with_headers(Headers::new().with("trace", "00-1"));
    agent.publish_opts(&results, "done".into(), opts).await.unwrap();
    let genuine = raw(&stage.memory, &results).await;

    let coordinator = stage.coordinator();
    for (what, reason, change) in TABLE {
        let mut reader = coordinator.subscribe(&[stage.results()]).await.unwrap();
        let mut forgery = Forgery::of(&genuine);
        change(&mut forgery);
        let claimed = forgery.headers.iter().find(|(name, _)| name == "sig-from");
        let claimed = claimed.and_then(|(_, value)| value.parse::<Party>().ok());
        forgery.publish(&stage.memory).await;
        refused(&coordinator, &mut reader, reason, what).await;
        let refusal = coordinator.refused().pop().unwrap();
        assert_eq!(refusal.channel, results, "{what}");
        assert_eq!(refusal.claimed, claimed.filter(|p| *p != Party::Everyone), "{what}");

        // The true copy beside it is told.
        Forgery::of(&genuine).publish(&stage.memory).await;
        let copy = next(&mut reader).await;
        assert_eq!(copy.payload, "done", "{what}");
        assert_eq!(signed_by(&copy), Some(super::support::agent("builder-1")));
    }
    let counted = coordinator.refusals();
    let sum = counted.unsigned + counted.malformed + counted.bad_signature;
    assert_eq!((counted.total(), sum), (23, 23), "{counted:?}");
}

#[tokio::test]
async fn a_message_belongs_to_its_channel_and_its_session() {
    let stage = Stage::new();
    let coordinator = stage.coordinator();
    stage.agent("builder-1").publish(&stage.results(), "done").await.unwrap();
    let genuine = raw(&stage.memory, &stage.results()).await;

    let human = stage.session.channel(&Topic::Human);
    let mut reader = coordinator.subscribe(std::slice::from_ref(&human)).await.unwrap();
    Forgery { channel: human, ..Forgery::of(&genuine) }.publish(&stage.memory).await;
    refused(&coordinator, &mut reader, RefusalReason::BadSignature, "re-channelled").await;

    // The same secret, key and channel, but signed for another session.
    let mut reader = coordinator.subscribe(&[stage.results()]).await.unwrap();
    let other = Namespace::of(&SessionId::new("other").unwrap());
    let key = stage.key(&agent("builder-1"));
    let foreign = Sign::new(stage.memory.clone(), &other, key.clone(), Keyring::of([key]));
    foreign.publish(&stage.results(), "elsewhere").await.unwrap();
    refused(&coordinator, &mut reader, RefusalReason::BadSignature, "another session").await;
}

#[tokio::test]
async fn a_key_speaks_for_its_party_alone() {
    let stage = Stage::new();
    let coordinator = stage.coordinator();
    let mut reader = coordinator.subscribe(&[stage.results()]).await.unwrap();
    let own = stage.key(&agent("builder-1")).expose_hex();
    let guessed = SessionSecret::new(*b"another secret, much like it").unwrap();
    for (what, key) in [
        ("own key, as the coordinator", SigningKey::from_hex(Party::Coordinator, &own).unwrap()),
        ("own key, as a human", SigningKey::from_hex(Party::Human, &own).unwrap()),
        ("own key, as another", SigningKey::from_hex(agent("builder-2"), &own).unwrap()),
        ("another secret", guessed.key_of(&agent("builder-1")).unwrap()),
    ] {
        stage.with_key(key).publish(&stage.results(), "trust me").await.unwrap();
        refused(&coordinator, &mut reader, RefusalReason::BadSignature, what).await;
    }
    for party in [agent("builder-1"), Party::Human, Party::Coordinator] {
        let signed = stage.with_key(stage.key(&party));
        assert_eq!(signed.party(), &party);
        signed.publish(&stage.results(), "true").await.unwrap();
        assert_eq!(signed_by(&next(&mut reader).await), Some(party));
    }
}

#[tokio::test]
async fn a_forged_number_does_not_hide_what_follows() {
    let stage = Stage::new();
    let (agent, coordinator) = (stage.agent("builder-1"), stage.coordinator());
    for policy in [Unverified::Refuse, Unverified::Mark] {
        let options = stage.options().unverified(policy);
        let coordinator = stage.coordinator_over(stage.memory.clone(), options);
        let mut reader = coordinator.subscribe(&[stage.results()]).await.unwrap();
        agent.publish(&stage.results(), "1").await.unwrap();
        let first = next(&mut reader).await;
        let mut forgery = Forgery::of(&first);
        forgery.headers.clear();
        forgery.stamp = first.stamp.map(|stamp| Stamp { sequence: 1_000_000, ..stamp });
        forgery.payload = b"forged".to_vec();
        forgery.publish(&stage.memory).await;
        agent.publish(&stage.results(), "2").await.unwrap();
        if policy == Unverified::Mark {
            let marked = next(&mut reader).await;
            assert_eq!((marked.payload.as_ref(), marked.stamp), (&b"forged"[..], None));
        }
        assert_eq!(next(&mut reader).await.payload, "2", "{policy:?}");
    }
    assert_eq!(told(&coordinator, &stage.results()).await.len(), 4);
}

#[tokio::test]
async fn what_cannot_be_verified_may_be_let_through_marked() {
    let stage = Stage::new();
    let options = stage.options().unverified(Unverified::Mark);
    let coordinator = stage.coordinator_over(stage.memory.clone(), options.clone());
    let mut reader = coordinator.subscribe(&[stage.results()]).await.unwrap();

    // A foreign publisher, and one that would like to look verified.
    stage.memory.publish(&stage.results(), "foreign").await.unwrap();
    let marked = next(&mut reader).await;
    assert_eq!((marked.headers.get("sig-missing"), signed_by(&marked)), (Some("unsigned"), None));
    let mut forgery = Forgery::of(&marked);
    forgery.header("sig-from", "coordinator");
    forgery.publish(&stage.memory).await;
    refused(&coordinator, &mut reader, RefusalReason::Malformed, "a header alone").await;

    // An agent holds its own key alone.
    let key = stage.key(&agent("builder-1"));
    let ring = Keyring::of([key.clone()]);
    let reading = Sign::with_options(stage.memory.clone(), &stage.session, key, ring, options);
    let mut reader = reading.subscribe(&[stage.results()]).await.unwrap();
    coordinator.publish(&stage.results(), "from the coordinator").await.unwrap();
    let marked = next(&mut reader).await;
    assert_eq!(marked.headers.get("sig-missing"), Some("unknown sender"));
    assert_eq!((signed_by(&marked), marked.headers.get("sig")), (None, None));

    // By default it gets nothing that it cannot verify.
    let strict = stage.agent("builder-1");
    let mut reader = strict.subscribe(&[stage.results()]).await.unwrap();
    coordinator.publish(&stage.results(), "again").await.unwrap();
    refused(&strict, &mut reader, RefusalReason::UnknownSender, "no key").await;
}

#[tokio::test]
async fn a_mark_that_was_put_on_a_genuine_message_is_taken_off() {
    let stage = Stage::new();
    stage.agent("builder-1").publish(&stage.results(), "done").await.unwrap();
    let mut marked = Forgery::of(&raw(&stage.memory, &stage.results()).await);
    marked.header("sig-missing", "unsigned");
    let coordinator = stage.coordinator();
    let mut reader = coordinator.subscribe(&[stage.results()]).await.unwrap();
    marked.publish(&stage.memory).await;
    let genuine = next(&mut reader).await;
    assert_eq!(genuine.headers.get("sig-missing"), None);
    assert_eq!(signed_by(&genuine), Some(agent("builder-1")));
}

#[tokio::test]
async fn a_flood_of_forgeries_does_not_end_a_reader() {
    let stage = Stage::new();
    let coordinator = stage.coordinator();
    for number in 0..1000 {
        stage.memory.publish(&stage.results(), format!("forged {number}")).await.unwrap();
    }
    assert!(told(&coordinator, &stage.results()).await.is_empty());
    let mut reader = coordinator.replay(&[stage.results()]).await.unwrap();
    assert_eq!(reader.next_within(SECOND / 100).await.unwrap(), None);
    stage.agent("builder-1").publish(&stage.results(), "true").await.unwrap();
    assert_eq!(next(&mut reader).await.payload, "true");
    assert_eq!((coordinator.refusals().unsigned, coordinator.refused().len()), (2000, 64));
    coordinator.close().await.unwrap();
    assert!(reader.next().await.is_none());
}
