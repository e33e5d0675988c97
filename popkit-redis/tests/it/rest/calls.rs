//! Commands, pipelines and transactions.

use std::time::Duration;

use popkit_protocol::OutcomeKind;
use popkit_redis::{Command, ErrorKind, Invocation, Redis, Reply, Script};
use popkit_testkit::{UpstashDouble, UpstashOptions};

use super::{connect, connect_alone, double, until};
use crate::support::{get, incr, set, value};

async fn text(redis: &Redis, key: &str) -> String {
    redis.execute(get(key)).await.unwrap().into_text().unwrap()
}

#[tokio::test]
async fn every_text_comes_back_as_it_was_sent() {
    let double = double().await;
    let redis = connect(&double).await;
    for sent in ["", "OK", "T0s=", "null", "7", "{\"a\":[1,\"b\"]}", "\0\n\"\\€\u{1F600}", "v2"] {
        redis.execute(set("k", sent)).await.unwrap().into_ok().unwrap();
        assert_eq!(text(&redis, "k").await, sent);
    }
    assert_eq!(value(&redis, "missing").await, None);
    assert_eq!(double.redis().cli(&["GET", "k"]), "v2");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_read_and_not_written() {
    static WRITE: Script =
        Script::new("write", "redis.call('SET', KEYS[1], '\\255\\0\\254') return 1");
    let double = double().await;
    let redis = connect(&double).await;
    redis.eval(&WRITE, Invocation::new().key("b")).await.unwrap();
    let read = redis.execute(get("b")).await.unwrap().into_bytes().unwrap();
    assert_eq!(read[..], [255, 0, 254]);
    let requests = double.requests();
    let error = redis.execute(Command::new("SET").arg("b").arg(read)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(!redis.capabilities().binary && double.requests() == requests);
}

#[tokio::test]
async fn integers_keep_all_their_bits() {
    let double = double().await;
    let redis = connect(&double).await;
    for number in [(1_i64 << 53) + 1, i64::MAX, i64::MIN] {
        redis.execute(Command::new("SET").arg("n").arg(number)).await.unwrap();
        let read = redis.execute(Command::new("INCRBY").args(["n", "0"])).await.unwrap();
        assert_eq!(read, Reply::Int(number));
    }
}

#[tokio::test]
async fn an_ok_within_a_list_is_read_in_both_forms_and_apart_from_a_stored_one() {
    static BOTH: Script = Script::new("both", "return {redis.status_reply('OK'), 'OK', 3, false}");
    for options in [UpstashOptions::default(), UpstashOptions::default().encode_nested_ok()] {
        let double = UpstashDouble::start(options).await;
        let redis = connect(&double).await;
        let answer = redis.eval(&BOTH, Invocation::new()).await.unwrap();
        let [status, stored, number, nothing] = answer.into_tuple().unwrap();
        status.into_ok().unwrap();
        assert_eq!(stored, Reply::Bytes("OK".into()));
        assert_eq!((number, nothing), (Reply::Int(3), Reply::Nil));
    }
}

#[tokio::test]
async fn each_part_of_a_pipeline_stands_for_itself() {
    let double = double().await;
    let redis = connect(&double).await;
    let commands = vec![
        set("a", "x"),
        Command::new("LPUSH").args(["a", "1"]),
        Command::new("HELLO"),
        get("a"),
    ];
    let answers = redis.pipeline(commands).await.unwrap();
    let kinds: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().map_err(|error| error.kind())).collect();
    assert_eq!(kinds[0], Ok(&Reply::Status("OK".to_owned())));
    assert_eq!(kinds[1], Err(ErrorKind::Corrupt));
    assert_eq!(kinds[2], Err(ErrorKind::Unsupported));
    assert_eq!(kinds[3], Ok(&Reply::Bytes("x".into())));
    assert!(redis.pipeline(Vec::new()).await.unwrap().is_empty());
    let alone = redis.pipeline(vec![Command::new("HELLO")]).await.unwrap();
    assert!(alone[0].is_err());
}

#[tokio::test]
async fn a_transaction_is_done_whole_or_not_at_all() {
    let double = double().await;
    let redis = connect(&double).await;
    let answers = redis
        .transaction(vec![set("a", "x"), Command::new("LPUSH").args(["a", "1"]), incr("n")])
        .await
        .unwrap();
    assert_eq!(answers[1].as_ref().unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(answers[2].as_ref().unwrap(), &Reply::Int(1));

    let error = redis.transaction(vec![incr("n"), Command::new("INCR")]).await.unwrap_err();
    assert_eq!(error.outcome(), OutcomeKind::NotApplied, "{error}");
    assert_eq!(text(&redis, "n").await, "1");
    assert!(redis.transaction(Vec::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_hundred_transactions_at_once_do_not_mix() {
    let double = double().await;
    let redis = connect(&double).await;
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..100 {
        let redis = redis.clone();
        tasks.spawn(async move {
            let key = format!("k{i}");
            let commands =
                vec![Command::new("SET").arg(&key).arg(i), incr("all"), get(&key), incr("all")];
            let mut answers = redis.transaction(commands).await.unwrap().into_iter();
            let mut next = || answers.next().unwrap().unwrap();
            let (_, first, own, second) = (next(), next(), next(), next());
            assert_eq!(own.into_int().unwrap(), i);
            assert_eq!(second.into_int().unwrap(), first.into_int().unwrap() + 1);
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(text(&redis, "all").await, "200");
}

#[tokio::test]
async fn what_blocks_is_refused_without_asking() {
    let double = double().await;
    let redis = connect(&double).await;
    let requests = double.requests();
    for command in [
        Command::new("BLPOP").args(["a", "0"]),
        Command::new("XREAD").args(["BLOCK", "0", "STREAMS", "a", "0"]),
        Command::new("MULTI"),
    ] {
        let error = redis.execute(command.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        let error = redis.transaction(vec![incr("n"), command]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }
    let error = redis.dedicated().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert_eq!(double.requests(), requests);
    let capabilities = redis.capabilities();
    assert!(!capabilities.blocking && capabilities.pubsub && capabilities.key_locking_flag);
}

#[tokio::test]
async fn the_questions_about_the_server_leave_gaps_and_no_errors() {
    let double = double().await;
    let redis = connect(&double).await;
    redis.ping().await.unwrap();
    let identity = redis.identity("pop:a").await.unwrap();
    assert!(identity.check_version().is_ok());
    let settings = redis.settings("pop:a").await.unwrap();
    settings.refuse_eviction().unwrap();
}

#[tokio::test]
async fn reads_see_the_writes_before_them_though_the_replica_is_behind() {
    let options = UpstashOptions::default().stale_replica(Duration::ZERO);
    let double = UpstashDouble::start(options).await;
    let redis = connect(&double).await;
    redis.execute(set("a", "old")).await.unwrap();
    let other = connect_alone(&double).await;
    assert_eq!(text(&redis, "a").await, "old");
    let offset: u64 = double.redis().info("master_repl_offset").parse().unwrap();
    until("the replica to have all of it", || {
        let replica = double.redis().info("slave0");
        let seen = replica.split(',').find_map(|pair| pair.strip_prefix("offset="));
        seen.unwrap().parse::<u64>().unwrap() >= offset
    })
    .await;
    double.replica_link().black_hole();
    for i in 0..5 {
        let new = format!("new {i}");
        redis.execute(set("a", &new)).await.unwrap();
        assert_eq!(text(&redis, "a").await, new);
    }
    // Another wire has no token of these writes: it shows that the replica is behind.
    assert_eq!(text(&other, "a").await, "old");
}

#[tokio::test]
async fn a_closed_wire_says_so() {
    let double = double().await;
    let redis = connect(&double).await;
    redis.close().await.unwrap();
    redis.close().await.unwrap();
    assert_eq!(redis.ping().await.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(redis.pipeline(Vec::new()).await.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(redis.dedicated().unwrap_err().kind(), ErrorKind::Closed);
}
