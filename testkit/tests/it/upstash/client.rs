//! A client without a thought of its own.

use std::time::Duration;

use popkit_testkit::{UpstashDouble, UpstashOptions};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

/// How long anything may take, on a machine that is busy.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

/// A double with a client.
pub(super) struct Client {
    pub(super) double: UpstashDouble,
    http: reqwest::Client,
}

impl Client {
    pub(super) async fn start() -> Self {
        Self::with(UpstashOptions::default()).await
    }

    pub(super) async fn with(options: UpstashOptions) -> Self {
        let double = UpstashDouble::start(options).await;
        Self { double, http: plain() }
    }

    /// A request without a token.
    pub(super) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.double.url())).timeout(DEADLINE)
    }

    /// A `POST` with the standard token.
    pub(super) fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.bare(Method::POST, path).bearer_auth(self.double.token()).body(body)
    }

    /// Status and body of a `POST`.
    pub(super) async fn ask(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        read(self.post(path, body).send().await.unwrap()).await
    }

    /// The result of a command.
    pub(super) async fn run(&self, command: &[&str]) -> Value {
        let (status, body) = self.ask("/", Value::from(command).to_string()).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<Value>(&body).unwrap()["result"].take()
    }

    /// The error of a command.
    pub(super) async fn fail(&self, command: &[&str]) -> String {
        let (status, body) = self.ask("/", Value::from(command).to_string()).await;
        assert_eq!(status, 400, "{body}");
        error(&body)
    }
}

/// A client without settings of the machine.
pub(super) fn plain() -> reqwest::Client {
    // Built with TLS where another crate of the build wants it: then it asks for a provider.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Status and body.
pub(super) async fn read(response: Response) -> (u16, String) {
    let status: StatusCode = response.status();
    (status.as_u16(), response.text().await.unwrap())
}

/// The text of an error.
pub(super) fn error(body: &str) -> String {
    serde_json::from_str::<Value>(body).unwrap()["error"].as_str().unwrap().to_owned()
}
