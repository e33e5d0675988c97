//! An Upstash double for programs in other languages: `cargo xtask interop` starts it.
//!
//! It prints one line of JSON with `url`, `token` and `readOnlyToken`, and ends when its standard
//! input does. An argument breaks it in one way: `no-base64`, `any-token`, `flat-xread`,
//! `no-psubscribe`.
#![cfg_attr(
    unix,
    expect(clippy::print_stdout, reason = "a program tells on stdout where it listens")
)]

use std::process::ExitCode;

#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("error: the Upstash double needs Unix sockets: run it on Linux or macOS");
    ExitCode::FAILURE
}

#[cfg(unix)]
fn main() -> ExitCode {
    match unix::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::env;
    use std::io::{self, Read};

    use popkit_testkit::{Broken, UpstashDouble, UpstashOptions};

    pub(super) fn run() -> Result<(), String> {
        let options = match env::args().nth(1) {
            None => UpstashOptions::default(),
            Some(name) => UpstashOptions::default().broken(broken(&name)?),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
        let double = runtime.block_on(UpstashDouble::start(options));
        let place = serde_json::json!({
            "url": double.url(),
            "token": double.token(),
            "readOnlyToken": double.read_only_token(),
        });
        println!("{place}");
        // The end of the pipe is the order to stop, also where the caller was killed.
        let read = io::stdin().read_to_end(&mut Vec::new());
        read.map(|_| ()).map_err(|error| format!("standard input cannot be read: {error}"))
    }

    fn broken(name: &str) -> Result<Broken, String> {
        match name {
            "no-base64" => Ok(Broken::NoBase64),
            "any-token" => Ok(Broken::AnyToken),
            "flat-xread" => Ok(Broken::FlatXread),
            "no-psubscribe" => Ok(Broken::NoPsubscribe),
            other => Err(format!(
                "{other:?} is no way to break the double: use no-base64, any-token, flat-xread or no-psubscribe"
            )),
        }
    }
}
