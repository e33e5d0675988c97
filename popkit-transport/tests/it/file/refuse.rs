//! Folders that are not opened.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use popkit_testkit::scratch;
use popkit_transport::{Error, ErrorKind, FileOptions, TransportExt as _};

use super::support::{channel, open, publish};

async fn refusal(path: impl AsRef<std::path::Path>) -> Error {
    let error = FileOptions::new(path.as_ref()).open().await.unwrap_err();
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
    assert!(error.to_string().contains(path.as_ref().to_str().unwrap()), "{error}");
    error
}

#[tokio::test]
async fn a_folder_of_others_is_refused_and_untouched() {
    let folder = scratch();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let error = refusal(folder.path()).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.to_string().contains("holds notes.txt"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_marker_that_is_not_ours_is_refused() {
    for (content, says) in [("popkit messages 2\n", "version does not know"), ("x", "damaged")] {
        let folder = scratch();
        fs::write(folder.join("transport"), content).unwrap();
        let error = refusal(folder.path()).await;
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(fs::read(folder.join("transport")).unwrap(), content.as_bytes());
    }
}

#[tokio::test]
async fn links_files_and_open_folders_are_refused() {
    let folder = scratch();
    open(folder.join("real")).await;
    symlink(folder.join("real"), folder.join("link")).unwrap();
    assert!(refusal(folder.join("link")).await.to_string().contains("is a link"));
    fs::write(folder.join("file"), "").unwrap();
    assert!(refusal(folder.join("file")).await.to_string().contains("is no folder"));
    fs::set_permissions(folder.join("real"), fs::Permissions::from_mode(0o777)).unwrap();
    let error = refusal(folder.join("real")).await;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().contains("chmod go-w"), "{error}");
}

#[tokio::test]
async fn a_channel_folder_that_is_another_channels_is_refused() {
    let folder = scratch();
    let transport = open(&folder).await;
    publish(&transport, &["one"]).await;
    fs::create_dir(folder.join("d")).unwrap();
    fs::copy(folder.join("c/channel"), folder.join("d/channel")).unwrap();
    for content in [None, Some("popkit channel 1\nd\n"), Some("\u{0}")] {
        if let Some(content) = content {
            fs::write(folder.join("d/channel"), content).unwrap();
        }
        let error = transport.publish(&channel("d"), "two").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        let error = transport.subscribe(&[channel("d")]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    }
}

#[tokio::test]
async fn everything_is_for_its_owner_alone() {
    let folder = scratch();
    let transport = open(folder.join("messages")).await;
    publish(&transport, &["one"]).await;
    let mode = |path: &str| fs::metadata(folder.join(path)).unwrap().permissions().mode() & 0o777;
    for path in ["messages", "messages/c"] {
        assert_eq!(mode(path), 0o700, "{path}");
    }
    for path in ["messages/transport", "messages/c/channel", "messages/c/turn"] {
        assert_eq!(mode(path), 0o600, "{path}");
    }
    for log in super::support::logs(folder.join("messages")) {
        assert_eq!(fs::metadata(log).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
