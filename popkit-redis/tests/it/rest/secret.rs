//! The token is shown nowhere.

use popkit_redis::{Error, Redis, Topics};
use popkit_testkit::{Fault, StreamFault};

use super::{at, config, connect_with, double};
use crate::support::{get, incr};

fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(" {error} {error:?}"));
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn no_token_shows_in_anything_that_can_be_printed() {
    let double = double().await;
    let config = config(&double);
    let redis = connect_with(config.clone()).await;
    let mut printed = vec![format!("{config} {config:?} {config:#?} {redis:?} {redis:#?}")];
    for fault in [
        Fault::Status(502),
        Fault::TooManyRequests { retry_after: 1 },
        Fault::CloseBefore,
        Fault::CutBody,
        Fault::InvalidJson,
        Fault::WrongBase64,
    ] {
        double.faults().next(3, fault);
        for command in [incr("n"), get("n")] {
            if let Err(error) = redis.execute(command).await {
                printed.push(shown(&error));
            }
        }
        double.faults().clear();
    }
    double.faults().next_stream(1, StreamFault::Status(401));
    printed.push(shown(&redis.subscribe(Topics::channels(["a"])).await.unwrap_err()));
    let listener = redis.subscribe(Topics::channels(["a"])).await.unwrap();
    printed.push(format!("{listener:?} {listener:#?}"));
    assert!(printed.len() > 8);
    for text in printed {
        assert!(!text.contains(double.token()), "{text}");
    }
    for url in [double.url(), "http://127.0.0.1:1".to_owned()] {
        let error = Redis::connect_rest(at(&url, "hunter2")).await.unwrap_err();
        assert!(!shown(&error).contains("hunter2"), "{error:?}");
    }
}
