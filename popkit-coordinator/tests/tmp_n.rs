//! Temporary.
#[path = "it/checks/mod.rs"]
mod checks;
#[path = "it/mode/mod.rs"]
mod mode;
#[path = "it/native_files/mod.rs"]
mod native_files;
#[path = "it/process/mod.rs"]
mod process;
#[tokio::test]
async fn dogfood() {
    use popkit_coordinator::checks::Checks;
    for folder in ["/work/main"] {
        let checks = Checks::new(folder, popkit_coordinator::process::ShimCommand { program: process::example(), args: vec!["__shim".into()] });
        for n in ["readme_version_match", "no_autogen_drift"] {
            let c = serde_json::from_value::<popkit_coordinator::machine::Check>(serde_json::json!({"subject": {"documentation": n}, "text": n})).unwrap();
            println!("DOG {n} {:?}", checks.look(&c).await);
        }
        let g = checks.with_generator("true");
        let c = serde_json::from_value::<popkit_coordinator::machine::Check>(serde_json::json!({"subject": {"documentation": "no_autogen_drift"}, "text": "x"})).unwrap();
        println!("DOG gen {:?}", g.look(&c).await);
    }
}
