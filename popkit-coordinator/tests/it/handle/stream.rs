//! The output of a tool while it is written.

use super::{Stage, id};

#[tokio::test(start_paused = true)]
async fn output_arrives_in_its_parts() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    let mut stream = agents[0].stream("Bash").await.unwrap();
    let name = stream.id().to_string();
    let long = "ä".repeat(20_000);
    for text in ["one", "", &long, "three"] {
        stream.chunk(text).await.unwrap();
    }
    stream.end().await.unwrap();
    boss.until("the output", |told| told.outputs.len() == 4).await;
    {
        let told = boss.told();
        let text: String = told.outputs.iter().map(|output| output.content.as_str()).collect();
        assert!(text == format!("one{long}three"), "the parts are the whole");
        let parts: Vec<_> = told.outputs.iter().map(|output| output.index).collect();
        assert_eq!(parts, [0, 1, 2, 3]);
        assert!(told.outputs.iter().all(|o| o.agent == id("one") && o.stream == name));
        assert!(told.dead.is_empty(), "{:?}", told.dead);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_makes_place_for_others() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    for n in 0..40 {
        let mut stream = agents[0].stream("Bash").await.unwrap();
        stream.chunk("x").await.unwrap();
        match n % 2 {
            0 => stream.end().await.unwrap(),
            _ => stream.error("it was killed").await.unwrap(),
        }
    }
    boss.until("the output", |told| told.outputs.len() == 40).await;
    assert!(boss.told().dead.is_empty(), "an agent may have 16 open");
}
