//! What others send by `PUBLISH` alone.

use std::time::Duration;

use popkit_protocol::{Namespace, SessionId, Topic};
use popkit_testkit::{Aof, FaultProxy, RedisOptions, RedisServer};
use popkit_transport::{
    Bridge, ErrorKind, Event, RedisTransport, Subscription, Transport as _, TransportExt as _,
};
use tokio::task::JoinSet;

use super::support::{event, line, lines, open, options, results, soon};

pub(super) const LEASE: Duration = Duration::from_millis(300);

async fn opened() -> (RedisServer, RedisTransport) {
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Always));
    let transport = open(&server.url()).await;
    (server, transport)
}

fn bridge(transport: &RedisTransport) -> Bridge {
    transport.bridge(&Namespace::unnamed()).lease(LEASE)
}

/// Lets a bridge run in a task of its own; dropping the set ends it.
pub(super) fn start(bridge: &Bridge) -> JoinSet<()> {
    let (bridge, mut set) = (bridge.clone(), JoinSet::new());
    set.spawn(async move { bridge.run().await.unwrap() });
    set
}

pub(super) async fn leads(bridge: &Bridge) {
    soon("the lease", async {
        while !bridge.counts().leads {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// Waits until so many bridges listen.
async fn heard_by(server: &RedisServer, count: usize) {
    soon("listeners", async {
        while server.cli(&["CLIENT", "LIST", "TYPE", "pubsub"]).matches("psub=1").count() != count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Waits until these bridges have counted so many imports in all; all they will count is that.
async fn counted(bridges: &[&Bridge], expected: u64) {
    let sum = || bridges.iter().map(|bridge| bridge.counts().imported).sum::<u64>();
    soon("the counts", async {
        while sum() < expected {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(sum(), expected);
}

/// The next message, which must have been imported.
pub(super) async fn imported(reader: &mut Subscription) -> String {
    let Event::Message(message) = event(reader).await else { panic!("a message is due") };
    assert_eq!((message.stamp, message.headers.get(Bridge::HEADER)), (None, Some("1")));
    String::from_utf8(message.payload.to_vec()).unwrap()
}

#[tokio::test]
async fn what_others_publish_is_imported_and_what_popkit_publishes_is_not() {
    let (server, transport) = opened().await;
    let bridge = bridge(&transport);
    let _running = start(&bridge);
    leads(&bridge).await;
    let agent = Topic::Agent("builder-1".parse().unwrap());
    let channels = [Topic::Results, Topic::Heartbeat, Topic::TasksNew, agent]
        .map(|topic| Namespace::unnamed().channel(&topic));
    let mut reader = transport.subscribe(&channels).await.unwrap();
    for channel in &channels {
        transport.publish(channel, "ours").await.unwrap();
        assert_eq!(line(&mut reader).await, "ours");
        server.cli(&["PUBLISH", channel.as_str(), "{\"id\": \"theirs\"}"]);
        assert_eq!(imported(&mut reader).await, "{\"id\": \"theirs\"}");
        // The same once more is another message.
        server.cli(&["PUBLISH", channel.as_str(), "{\"id\": \"theirs\"}"]);
        assert_eq!(imported(&mut reader).await, "{\"id\": \"theirs\"}");
    }
    server.cli(&["PUBLISH", "pop:agent:builder-1:x", "no channel of ours"]);
    server.cli(&["PUBLISH", "pop:{team}:results", "of another session"]);
    server.cli(&["PUBLISH", "pop:results", "last"]);
    assert_eq!(imported(&mut reader).await, "last");
    counted(&[&bridge], 9).await;
    let mut late = transport.replay(&[results()]).await.unwrap();
    let told = lines(&mut late, 4).await;
    assert_eq!(told, ["ours", "{\"id\": \"theirs\"}", "{\"id\": \"theirs\"}", "last"]);
}

#[tokio::test]
async fn one_of_several_imports_and_another_takes_over() {
    let (server, transport) = opened().await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    let (first, second) = (bridge(&transport), bridge(&open(&server.url()).await));
    let running = start(&first);
    leads(&first).await;
    let _standing_by = start(&second);
    heard_by(&server, 2).await;
    for number in 0..20 {
        server.cli(&["PUBLISH", "pop:results", &format!("a{number}")]);
        assert_eq!(imported(&mut reader).await, format!("a{number}"));
    }
    counted(&[&first], 20).await;
    assert_eq!(second.counts().imported, 0);
    drop(running);
    // Nobody imports these before the lease has run out; the second one remembers them.
    heard_by(&server, 1).await;
    for number in 0..20 {
        server.cli(&["PUBLISH", "pop:results", &format!("b{number}")]);
    }
    for number in 0..20 {
        assert_eq!(imported(&mut reader).await, format!("b{number}"));
    }
    server.cli(&["PUBLISH", "pop:results", "last"]);
    assert_eq!(imported(&mut reader).await, "last");
    // What the first had imported is not imported again.
    counted(&[&second], 21).await;
}

#[tokio::test]
async fn who_was_taken_for_dead_imports_nothing_any_more() {
    let (server, transport) = opened().await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    let (first, second) = (bridge(&transport), bridge(&transport));
    let _one = start(&first);
    leads(&first).await;
    let _other = start(&second);
    heard_by(&server, 2).await;
    // The lease is taken away, again and again, from whoever has it.
    for number in 0..30 {
        if number % 5 == 2 {
            server.cli(&["DEL", "pop:stream:broadcast~bridge"]);
        }
        server.cli(&["PUBLISH", "pop:results", &format!("{number}")]);
    }
    for number in 0..30 {
        assert_eq!(imported(&mut reader).await, number.to_string());
    }
    counted(&[&first, &second], 30).await;
    reader.next_within(LEASE).await.unwrap().inspect(|event| panic!("once more: {event:?}"));
}

#[tokio::test]
async fn a_bridge_comes_back_after_the_server_and_says_what_it_may_have_missed() {
    let (server, transport) = opened().await;
    let mut reader = transport.subscribe(&[results()]).await.unwrap();
    let bridge = bridge(&transport);
    let _running = start(&bridge);
    leads(&bridge).await;
    server.cli(&["PUBLISH", "pop:results", "before"]);
    assert_eq!(imported(&mut reader).await, "before");
    server.kill();
    server.restart();
    heard_by(&server, 1).await;
    server.cli(&["PUBLISH", "pop:results", "after"]);
    assert_eq!(imported(&mut reader).await, "after");
    soon("the notice", async {
        while bridge.counts().missed == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn it_ends_with_the_transport_and_tells_what_waiting_cannot_mend() {
    let (server, transport) = opened().await;
    let running = bridge(&transport);
    let mut set = JoinSet::new();
    let run = running.clone();
    set.spawn(async move { run.run().await });
    leads(&running).await;
    transport.close().await.unwrap();
    soon("the end", set.join_next()).await.unwrap().unwrap().unwrap();
    assert!(!running.counts().leads);
    server.cli(&["ACL", "SETUSER", "ada", "on", ">pw", "~pop:*", "resetchannels", "+@all"]);
    let denied = open(&server.url_as("ada", Some("pw"))).await;
    let error = soon("the refusal", bridge(&denied).run()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.to_string().starts_with("bridge: "), "{error}");
}

#[tokio::test]
async fn a_named_session_has_a_bridge_of_its_own() {
    let (server, transport) = opened().await;
    let team = Namespace::of(&SessionId::new("team").unwrap());
    let bridges = [bridge(&transport), transport.bridge(&team).lease(LEASE)];
    let running: Vec<_> = bridges.iter().map(start).collect();
    for bridge in &bridges {
        leads(bridge).await;
    }
    let channel = team.channel(&Topic::Results);
    let mut reader = transport.subscribe(&[channel, results()]).await.unwrap();
    server.cli(&["PUBLISH", "pop:{team}:results", "team"]);
    assert_eq!(imported(&mut reader).await, "team");
    server.cli(&["PUBLISH", "pop:results", "unnamed"]);
    assert_eq!(imported(&mut reader).await, "unnamed");
    drop(running);
}

#[tokio::test]
async fn a_lost_answer_and_a_lease_that_ran_out_double_nothing() {
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Always));
    let proxy = FaultProxy::start(server.addr());
    let url = format!("{}?timeout=1s&connect_timeout=20s", server.url_via(proxy.addr()));
    let bridge = bridge(&options(&url).open().await.unwrap()).lease(LEASE * 10);
    let mut reader = open(&server.url()).await.subscribe(&[results()]).await.unwrap();
    let _running = start(&bridge);
    leads(&bridge).await;
    // The script is known then.
    server.cli(&["PUBLISH", "pop:results", "before"]);
    assert_eq!(imported(&mut reader).await, "before");
    counted(&[&bridge], 1).await;
    // The bridge, which runs in this thread, finds the message when it is let run again.
    let before = proxy.bytes_down();
    server.cli(&["PUBLISH", "pop:results", &"x".repeat(99)]);
    while proxy.bytes_down() < before + 99 {
        std::thread::yield_now();
    }
    proxy.drop_replies();
    assert_eq!(imported(&mut reader).await, "x".repeat(99));
    server.cli(&["DEL", "pop:stream:broadcast~bridge"]);
    soon("the lease", async {
        while server.cli(&["EXISTS", "pop:stream:broadcast~bridge"]) == "0" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    proxy.heal();
    heard_by(&server, 1).await;
    leads(&bridge).await;
    server.cli(&["PUBLISH", "pop:results", "after"]);
    assert_eq!(imported(&mut reader).await, "after");
}
