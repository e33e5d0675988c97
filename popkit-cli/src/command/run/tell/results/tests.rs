use popkit_coordinator::{MirrorOptions, TaskMirror};
use popkit_protocol::{Kinds, NewTask, Outcome, Profile};
use popkit_store::{Claimant, MemoryStore, TaskStoreExt as _};
use popkit_transport::{Event, MemoryTransport, TransportExt as _};

use super::*;

async fn work(store: &MemoryStore, id: &str, outcome: Outcome) {
    let task = NewTask::new(id.try_into().unwrap(), "work".try_into().unwrap());
    store.insert(task).await.unwrap();
    let worker = Claimant::new(&RandomIds, Profile::new("ann".try_into().unwrap(), Kinds::Any, []));
    let lease = store.claim(&worker).await.unwrap().unwrap();
    store.finish(&worker, &lease, outcome).await.unwrap();
}

async fn told(transport: &MemoryTransport) -> Vec<Envelope> {
    let results = Session::unnamed().channel(&Topic::Results);
    let options = SubscribeOptions::default().with_start(popkit_transport::Start::Earliest).once();
    let mut events = transport.subscribe_opts(&[results], options).await.unwrap();
    let mut told = Vec::new();
    while let Some(event) = events.next().await {
        let Event::Message(delivery) = event.unwrap() else { panic!("a gap") };
        told.push(Codec::default().decode(&delivery.payload).unwrap());
    }
    told
}

fn body(envelope: &Envelope) -> String {
    let Message::Result(result) = &envelope.message else { panic!("{envelope:?}") };
    result.body.as_json().to_string()
}

async fn mirror(store: &MemoryStore, transport: &MemoryTransport) -> TaskMirror {
    let tasks: Arc<dyn TaskStore> = Arc::new(store.clone());
    let inner: Arc<dyn Transport> = Arc::new(transport.clone());
    let with = WithResults::new(inner, Session::unnamed(), Arc::clone(&tasks));
    let options = MirrorOptions::default();
    TaskMirror::open(tasks, Arc::new(store.clone()), Arc::new(with), options).await.unwrap()
}

#[tokio::test]
async fn each_end_of_a_task_is_a_result_of_its_agent() {
    let (store, transport) = (MemoryStore::new(), MemoryTransport::new());
    work(&store, "good", Outcome::done(&7).unwrap()).await;
    work(&store, "bad", Outcome::fail("it broke")).await;
    work(&store, "big", Outcome::done(&"x".repeat(SMALL)).unwrap()).await;
    mirror(&store, &transport).await.catch_up().await.unwrap();
    // The next mirror does not remember who held what.
    work(&store, "late", Outcome::done(&1).unwrap()).await;
    mirror(&store, &transport).await.catch_up().await.unwrap();
    let told = told(&transport).await;
    let ids: Vec<String> = told.iter().map(body).collect();
    assert_eq!(ids[0], r#"{"task_id":"good","success":true,"result":7}"#);
    assert!(ids[1].starts_with(r#"{"task_id":"bad","success":false,"error":""#), "{}", ids[1]);
    assert!(ids[1].contains("it broke"), "{}", ids[1]);
    assert_eq!(
        ids[2],
        format!(r#"{{"task_id":"big","success":true,"result_bytes":{}}}"#, SMALL + 2)
    );
    assert_eq!(told.len(), 4);
    for envelope in told {
        assert_eq!(envelope.from.as_str(), "ann");
        assert_eq!(envelope.to, Party::Coordinator);
    }
}

#[tokio::test]
async fn a_repeat_of_the_news_is_a_repeat_of_the_result() {
    let (store, transport) = (MemoryStore::new(), MemoryTransport::new());
    let inner: Arc<dyn Transport> = Arc::new(transport.clone());
    let with = WithResults::new(inner, Session::unnamed(), Arc::new(store.clone()));
    let channel = Session::unnamed().channel(&Topic::TasksComplete);
    let stamp = Stamp { producer: ProducerId::from_bits(8), sequence: 1 };
    let opts = PublishOptions::default().with_stamp(stamp);
    let news = Publish::new(channel, r#"{"task_id":"a","result":null}"#).with_opts(opts);
    for _ in 0..2 {
        with.publish_batch(vec![news.clone()]).await.unwrap().remove(0).unwrap();
    }
    let told = told(&transport).await;
    assert_eq!(told.iter().map(body).collect::<Vec<_>>(), [r#"{"task_id":"a","success":true}"#]);
    assert_eq!(told[0].from, Party::Coordinator, "nobody is known to have held it");
}

#[tokio::test]
async fn news_without_their_result_do_not_count() {
    let (store, transport) = (MemoryStore::new(), MemoryTransport::new());
    let inner: Arc<dyn Transport> = Arc::new(transport.clone());
    let with = WithResults::new(inner, Session::unnamed(), Arc::new(store.clone()));
    transport.close().await.unwrap();
    let channel = Session::unnamed().channel(&Topic::TasksComplete);
    assert!(with.publish_batch(vec![Publish::new(channel.clone(), "{}")]).await.is_err());
    assert!(with.subscribe(&[channel]).await.is_err());
    assert_eq!(beside(ProducerId::from_bits(8), true), ProducerId::from_bits(9));
    assert_ne!(beside(ProducerId::from_bits(8), true), beside(ProducerId::from_bits(8), false));
}
