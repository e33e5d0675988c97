//! The example on Upstash, on a double of its own and on one that the variables name.

use popkit_testkit::{UpstashDouble, UpstashOptions};

use super::redis::{example, text};

const DOUBLE: &str = "no UPSTASH_REDIS_REST_URL: this is a double of the service";

#[test]
fn without_variables_it_runs_on_a_double_and_says_so() {
    let ended = example("upstash_rest").output().expect("it starts");
    let text = text(&ended);
    assert!(ended.status.success() && text.starts_with(DOUBLE), "{text}");
    finished(&text);
}

#[tokio::test]
async fn with_variables_it_runs_on_the_service_that_they_name() {
    let double = UpstashDouble::start(UpstashOptions::default()).await;
    let mut example = example("upstash_rest");
    example.env("UPSTASH_REDIS_REST_URL", double.url());
    example.env("UPSTASH_REDIS_REST_TOKEN", double.token());
    let ended = example.output().expect("it starts");
    let text = text(&ended);
    assert!(ended.status.success() && !text.contains(DOUBLE), "{text}");
    assert!(!text.contains(double.token()), "{text}");
    finished(&text);
    let last = text.trim_end().lines().last();
    let told = last.and_then(|line| line.split_whitespace().nth(4)).and_then(|n| n.parse().ok());
    // What scripts run is known in the usual case alone.
    let (billed, told): (u64, u64) = (double.commands(), told.expect("a number"));
    assert!(told <= billed && billed <= told * 5 / 4, "{billed}: {text}");
}

fn finished(text: &str) {
    for line in [
        "writer-1: draft is finished",
        "writer-1: review is finished",
        "writer-1: publish is finished",
        "3 done, 0 open; ",
    ] {
        assert!(text.contains(line), "no {line:?} in: {text}");
    }
}
