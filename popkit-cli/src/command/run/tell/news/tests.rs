use popkit_protocol::{Namespace as Session, NewTask, Topic};
use popkit_store::{MemoryStore, TaskStore, TaskStoreExt as _};
use popkit_transport::{MemoryTransport, Start, SubscribeOptions, Transport as _};

use super::*;

/// A store and a transport that several runs share.
#[derive(Default)]
struct Stage {
    store: MemoryStore,
    transport: MemoryTransport,
}

impl Stage {
    fn teller(&self) -> Teller {
        let tasks: Arc<dyn TaskStore> = Arc::new(self.store.clone());
        let transport = Arc::new(self.transport.clone());
        let station = Station { transport, session: Session::unnamed(), tasks, tempo: Tempo::FREE };
        Teller::new(station, Arc::new(self.store.clone()), Failures::default())
    }

    async fn insert(&self, id: &str) {
        let task = NewTask::new(id.try_into().unwrap(), "work".try_into().unwrap());
        self.store.insert(task).await.unwrap();
    }

    /// How many new tasks were told, each once.
    async fn told(&self) -> usize {
        let channel = Session::unnamed().channel(&Topic::TasksNew);
        let options = SubscribeOptions::default().with_start(Start::Earliest).once();
        let mut reader = self.transport.subscribe_opts(&[channel], options).await.unwrap();
        let mut told = 0;
        while let Some(event) = reader.next().await.transpose().unwrap() {
            event.into_message().expect("no gap");
            told += 1;
        }
        assert_eq!(reader.duplicates(), 0);
        told
    }
}

#[tokio::test]
async fn a_run_waits_while_another_one_tells_and_goes_on_when_that_has_ended() {
    let stage = Stage::default();
    let (mut first, mut second) = (stage.teller(), stage.teller());
    stage.insert("a").await;
    assert_eq!(first.look().await, Tempo::FREE.news);
    for id in ["b", "c", "d", "e"] {
        stage.insert(id).await;
        assert_eq!(second.look().await, Tempo::FREE.news, "{id}: it has the place");
        assert_eq!(first.look().await, Tempo::FREE.again, "{id}: it leaves the place to the other");
    }
    drop(second);
    stage.insert("f").await;
    assert_eq!(first.look().await, Tempo::FREE.news);
    assert_eq!(stage.told().await, 6);
}

#[tokio::test]
async fn a_run_that_ends_tells_the_rest_though_another_one_had_the_place() {
    let stage = Stage::default();
    let (mut first, mut second) = (stage.teller(), stage.teller());
    stage.insert("a").await;
    assert_eq!(first.look().await, Tempo::FREE.news);
    stage.insert("b").await;
    assert_eq!(second.look().await, Tempo::FREE.news);
    second.end().await;
    stage.insert("c").await;
    first.end().await;
    assert_eq!(stage.told().await, 3);
}
